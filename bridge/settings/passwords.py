"""Who may log in to the status page, and the hashes their passwords are kept as."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import argon2

DEMO_USER = "dispatcher"


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


def hash_password(password: str) -> str:
    """The hash to write into users.toml."""
    return argon2.PasswordHasher().hash(password)


def check_password(user: User, password: str) -> bool:
    """Whether this is the user's password."""
    try:
        return argon2.PasswordHasher().verify(user.password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def is_hash(text: str) -> bool:
    """Whether the text is a password hash, and not, say, a password."""
    try:
        argon2.extract_parameters(text)
    except argon2.exceptions.InvalidHashError:
        return False
    return True


def demo_password(secret: str) -> str:
    """The password of the demonstration, where there is no account: the same at every start, and another on every machine."""
    return hmac.new(secret.encode(errors="surrogateescape"), b"demo", hashlib.sha256).hexdigest()[:10]


def demo_users(secret: str) -> Mapping[str, User]:
    """Who may log in to a demonstration. The hash is a cheap one: it is made anew at every start, and kept nowhere."""
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    return {DEMO_USER: User(DEMO_USER, cheap.hash(demo_password(secret)), Role.DISPATCH)}
