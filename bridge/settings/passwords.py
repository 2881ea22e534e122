"""Who may log in to the status page, and the hashes their passwords are kept as."""

from dataclasses import dataclass, field

import argon2


@dataclass(frozen=True)
class User:
    """One who may log in. `password_hash` is argon2's own text; `role` is "dispatch"."""

    name: str
    password_hash: str = field(repr=False)
    role: str


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
