"""Whether a store may be relied on, asked at the start. One that is known to be able to lose what it has answered is not, and
neither is one with requests in it that cannot be opened with the keys at hand.
"""

from dataclasses import dataclass
from typing import Any

from bridge.core.errors import SealedElsewhere
from bridge.settings.environment import MAY_LOSE
from bridge.store.redis_signs import SETTINGS, ask
from bridge.store.seal import CALL, REQUEST, Seal, Sealed


@dataclass(frozen=True)
class Trust:
    """What is known against a store (`wrong`: what it is, and what to do), and which settings it does not tell."""

    wrong: tuple[tuple[str, str], ...] = ()
    silent: tuple[str, ...] = ()


def look(redis: Any) -> Trust:
    """Ask it. Raises RedisError where it does not answer.

    Only what somebody has set is asked for: a disk that is full, or a replica that is away, is waited for while we run."""
    told = ask(redis)
    wrong = [
        (f"{name} is {told[name]}", f"CONFIG SET {name} {wanted}")
        for name, wanted in SETTINGS.items()
        if told.get(name, wanted) != wanted
    ]
    if told.get("role", "master") != "master":
        wrong.append(("it is a replica", "point REDIS_URL at the server that leads, or at the sentinels"))
    return Trust(tuple(wrong), tuple(name for name in SETTINGS if name not in told))


def refusal(trust: Trust) -> str:
    """Why nothing is started on this store, and what to do about it."""
    lines = [f"    {what}: {how}" for what, how in trust.wrong]
    return "\n".join(
        [
            "The store may lose requests that it has answered for, so this is not started:",
            *lines,
            "Have the store keep what was set (CONFIG REWRITE), and start again. Until then the number's fallback URL has",
            f"callers put through to dispatch. To run all the same, and risk that a promise is lost: {MAY_LOSE}=yes",
        ]
    )


def doubts(trust: Trust) -> list[str]:
    """What somebody should know of the store on which we run all the same."""
    found = (
        [f"the store may lose requests ({', '.join(what for what, _ in trust.wrong)}), and {MAY_LOSE}=yes"]
        if trust.wrong
        else []
    )
    if trust.silent:
        found.append(
            f"the store does not tell {', '.join(trust.silent)}: ask whoever runs it whether each write is on disk first"
        )
    return found


def shut(redis: Any, seal: Seal) -> int:
    """How many requests that are not erased, and calls that go on, cannot be opened with these keys. Raises RedisError."""
    requests, calls = redis.pipeline(transaction=False), redis.pipeline(transaction=False)
    for each in redis.smembers("requests"):
        requests.hget(f"req:{each.decode()}", "doc")
    for each in redis.zrange("due", 0, -1):
        if each.startswith(b"call/"):
            calls.get(each.decode().replace("/", ":", 1))
    return sum(_is_shut(REQUEST, doc, seal) for doc in requests.execute()) + sum(
        _is_shut(CALL, doc, seal) for doc in calls.execute()
    )


def shut_refusal(count: int, *, given: bool) -> str:
    """Why nothing is started with these keys; `given`: BRIDGE_SEAL_KEYS is set."""
    lacking = (
        "BRIDGE_SEAL_KEYS lacks that key: put it behind the first one, after a comma, and start again."
        if given
        else "BRIDGE_SEAL_KEYS is not set, so BRIDGE_SECRET_KEY (or the file `secret` in BRIDGE_DATA) has to be what it was "
        "then, or BRIDGE_SEAL_KEYS has to be set as it was."
    )
    return (
        f"{_counted(count)} in the store cannot be opened: what is private in them was sealed with a key that is not there. "
        f"So this is not started: nobody could be told whom to call back, or where. Nothing was changed.\n{lacking}\n"
        f"Where the key is lost for good, so are they; to run all the same: {MAY_LOSE}=yes"
    )


def shut_doubt(count: int) -> str:
    """What somebody should know who runs all the same."""
    return (
        f"{_counted(count)} in the store cannot be opened, for the key is not there, and {MAY_LOSE}=yes: their callers are lost"
    )


def _is_shut(kind: Sealed[Any], doc: bytes | None, seal: Seal) -> bool:
    """What cannot be read for another reason the watchman speaks of."""
    try:
        if doc:
            kind.read(doc, seal)
    except SealedElsewhere:
        return True
    except ValueError:
        return False
    return False


def _counted(count: int) -> str:
    return "1 open request or call" if count == 1 else f"{count} open requests and calls"
