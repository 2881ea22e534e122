"""Who may log in to the status page, what each may do there, and the hashes their passwords are kept as."""

from dataclasses import dataclass, field
from enum import StrEnum

import argon2

SHORTEST, LONGEST = 10, 512  # characters of a new password


class Role(StrEnum):
    """What a user may do; each may all that those before it may."""

    WATCH = "watch"  # look
    DISPATCH = "dispatch"  # act on requests, see callback numbers, change the rota
    ADMIN = "admin"  # see what everybody did, replace the addresses of calendars


@dataclass(frozen=True)
class User:
    """One who may log in. `password_hash` is argon2's own text; `totp` the secret of their second factor (base32), or ""."""

    name: str
    password_hash: str = field(repr=False)
    role: Role
    totp: str = field(default="", repr=False)

    def may(self, role: Role) -> bool:
        """Whether this user may do what it takes this role to do."""
        return list(Role).index(self.role) >= list(Role).index(role)

    @property
    def lacks_factor(self) -> bool:
        """Whether the role takes a second factor, and this user has none: they cannot log in."""
        return self.role is Role.ADMIN and not self.totp


def hash_password(password: str) -> str:
    """The hash to write into users.toml."""
    return argon2.PasswordHasher().hash(password)


def check_password(user: User, password: str) -> bool:
    """Whether this is the user's password."""
    return is_right(password, user.password_hash)


def is_right(password: str, hashed: str) -> bool:
    """Whether this hash was made of this password, or PIN."""
    try:
        return argon2.PasswordHasher().verify(hashed, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def is_hash(text: str) -> bool:
    """Whether the text is a password hash, and not, say, a password."""
    try:
        argon2.extract_parameters(text)
    except argon2.exceptions.InvalidHashError:
        return False
    return True


def password_fault(password: str) -> str:
    """What is wrong with a password that somebody chose, or ""."""
    if SHORTEST <= len(password) <= LONGEST:
        return ""
    return f"a password has {SHORTEST} to {LONGEST} characters; a few words in a row are easy to remember"
