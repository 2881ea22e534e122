"""Sealing anew, with the first key, what is sealed with another one, or not at all: so that an old key can go.

A request goes through the ordinary, versioned commit, and a call is changed where it still stands as it was read. So the bridge
may run meanwhile, and whoever is interrupted in the middle begins again and does the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bridge.actions.ports import Store
from bridge.core.errors import Conflict, SealedElsewhere, UnknownRequest
from bridge.store.seal import CALL, REQUEST, Seal, Sealed

AT_ONCE = 500  # keys that are looked for in one round trip
MOST_CONFLICTS = 20


@dataclass(frozen=True)
class Sealing:
    """How many documents hold something private, and are sealed with the first key, with another one, not at all, or with one
    that is not at hand. `unread` are those that cannot be read for another reason."""

    first: int = 0
    other: int = 0
    plain: int = 0
    shut: int = 0
    unread: int = 0


def look(redis: Any, seal: Seal) -> Sealing:
    """How it stands. Raises RedisError."""
    found = [_how(kind, doc, seal) for _, kind, doc in _documents(redis)]
    return Sealing(**{name: found.count(name) for name in Sealing.__dataclass_fields__})


def reseal(redis: Any, store: Store, seal: Seal, now: float) -> int:
    """Seal anew what is not sealed as it would be now. Returns how many those were. What cannot be opened stays as it is.
    Raises Conflict, RedisError."""
    old = ((key, kind) for key, kind, doc in _documents(redis) if _is_old(kind, doc, seal))
    return sum(_call(redis, seal, key) if kind is CALL else _request(store, key, now) for key, kind in old)


def _request(store: Store, key: str, now: float) -> bool:
    request_id = key.partition(":")[2]
    for _ in range(MOST_CONFLICTS):
        try:
            request = store.load(request_id)
        except UnknownRequest:
            return False
        if store.commit(request, request, (), now):
            return True
    raise Conflict(id=request_id, tries=MOST_CONFLICTS)


def _call(redis: Any, seal: Seal, key: str) -> bool:
    return bool(redis.transaction(lambda pipe: _swap(pipe, key, seal), key, value_from_callable=True))


def _swap(pipe: Any, key: str, seal: Seal) -> bool:
    """Called once more where the call has changed meanwhile."""
    doc = pipe.get(key)
    pipe.multi()
    if not doc or not _is_old(CALL, doc, seal):
        return False
    pipe.set(key, CALL.write(CALL.read(doc, seal), seal), keepttl=True)
    return True


def _documents(redis: Any) -> Iterator[tuple[str, Sealed[Any], bytes]]:
    """Every stored request and call: its key, its kind, and the document."""
    for pattern, kind in (("req:*", REQUEST), ("call:*", CALL)):
        for found in redis.scan_iter(pattern, count=AT_ONCE):
            key = found.decode()
            doc = redis.hget(key, "doc") if kind is REQUEST else redis.get(key)
            if doc:
                yield key, kind, doc


def _is_old(kind: Sealed[Any], doc: bytes, seal: Seal) -> bool:
    how = _how(kind, doc, seal)
    return how == "other" or (how == "plain" and seal.seals)


def _how(kind: Sealed[Any], doc: bytes, seal: Seal) -> str:
    """Which number of `Sealing` it counts to; "" where it holds nothing private."""
    try:
        if kind.token(doc):
            kind.read(doc, seal)
            return "first" if seal.seals and kind.is_latest(doc, seal) else "other"
        return "plain" if kind.is_plain(doc) else ""
    except SealedElsewhere:
        return "shut"
    except ValueError:
        return "unread"
