"""Whether a store may be relied on, asked at the start. One that is known to be able to lose what it has answered is not."""

from dataclasses import dataclass
from typing import Any

from bridge.settings.environment import MAY_LOSE
from bridge.store.redis_signs import SETTINGS, ask


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
