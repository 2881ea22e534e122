"""Who may log in to a demonstration, which is a bridge without an account: the same at every start, and other secrets on every
machine."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

import argon2

from bridge.settings.passwords import Role, User

DEMO_USERS = {"watcher": Role.WATCH, "dispatcher": Role.DISPATCH, "admin": Role.ADMIN}


def demo_password(secret: str) -> str:
    """The password of all of them."""
    return _derived(secret, "demo").hex()[:10]


def demo_totp(secret: str) -> str:
    """The second factor of the administrator (base32)."""
    return base64.b32encode(_derived(secret, "demo totp")[:20]).decode()


def demo_users(secret: str) -> Mapping[str, User]:
    """By name. The hash is a cheap one: it is made anew at every start, and kept nowhere."""
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    salt = _derived(secret, "demo salt")  # every process makes the same hash: a session holds in all of them
    hashed = cheap.hash(demo_password(secret), salt=salt)
    return {
        name: User(name, hashed, role, demo_totp(secret) if role is Role.ADMIN else "") for name, role in DEMO_USERS.items()
    }


def _derived(secret: str, use: str) -> bytes:
    return hmac.new(secret.encode(errors="surrogateescape"), use.encode(), hashlib.sha256).digest()
