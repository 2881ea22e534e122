"""The store: whether it keeps what it has answered, who can reach it, and what we may do there."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from redis.exceptions import AuthenticationError, RedisError, ResponseError

from bridge import wiring
from bridge.doctor.findings import Found, bad, good, odd
from bridge.settings import Settings
from bridge.settings.store_url import UNGUARDED, unguarded
from bridge.store import connect, trust
from bridge.store.seal import Seal
from bridge.store.server import socket_path

ABOUT = "store"
OTHERS = 0o077
ACL = "give it the user of docs/deploy/valkey.acl"
NOT_OURS = ("SLOWLOG", "LEN")  # it only reads, and the bridge never asks it: whoever may, may do more than the bridge has to


def store(settings: Settings) -> Iterator[Found]:
    """What can be seen of the store; one that does not answer is one line."""
    with closing(connect.once(wiring.store_url(settings))) as redis:
        try:
            yield from _durable(redis)
            yield from _sealed(settings, redis)
            yield from _reached(settings, redis)
        except AuthenticationError:
            yield bad(ABOUT, "it refuses our user or password", "look at REDIS_URL")
        except (RedisError, OSError) as error:
            yield bad(ABOUT, f"it does not answer ({type(error).__name__})", "start it, or the network to it")


def _durable(redis: Any) -> Iterator[Found]:
    known = trust.look(redis)
    for what, how in known.wrong:
        yield bad(ABOUT, what, how)
    if known.silent:
        yield odd(
            ABOUT, f"it does not tell {', '.join(known.silent)}", "ask whoever runs it whether each write is on disk first"
        )
    if not known.wrong and not known.silent:
        yield good(ABOUT, "every write is on disk before it is answered")


def _sealed(settings: Settings, redis: Any) -> Iterator[Found]:
    if count := trust.shut(redis, Seal(settings.seal_keys, settings.secret_key)):
        yield bad(
            ABOUT, f"{count} open in it cannot be opened with our keys", "put the key that is missing into BRIDGE_SEAL_KEYS"
        )


def _reached(settings: Settings, redis: Any) -> Iterator[Found]:
    """The embedded one by a socket in a folder of our own, any other one over TLS, by a user who may do what it has to."""
    if not settings.redis_url:
        yield _socket(socket_path(settings.data).parent)
        return
    if why := unguarded(settings.redis_url):
        yield bad(ABOUT, f"REDIS_URL {why}, and {UNGUARDED}=yes", "use rediss://user:password@…")
    else:
        yield good(ABOUT, "on this machine, or over TLS and with a password")
    yield _rights(redis)


def _socket(folder: Path) -> Found:
    if folder.stat().st_mode & OTHERS:
        return bad(ABOUT, f"others on this machine may get to its socket in {folder}", f"chmod 0700 {folder}")
    return good(ABOUT, "embedded, by a socket that nobody else gets to")


def _rights(redis: Any) -> Found:
    try:
        redis.execute_command(*NOT_OURS)
    except ResponseError:  # it refuses, or knows nothing of it
        return good(ABOUT, "our user may do no more there than it has to")
    return odd(ABOUT, "our user may do everything there", ACL)
