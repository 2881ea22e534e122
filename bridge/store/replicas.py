"""A write counts once so many replicas have it: what only the leading server has is lost when another takes its place."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from redis.exceptions import ConnectionError as NoConnection

log = structlog.get_logger(__name__)

WITHIN = 0.8  # seconds that the replicas are given: less than the time-out of a webhook's client
SAID_AGAIN = 60.0  # seconds
MARK = "replicated"  # written right before we wait


class NotReplicated(NoConnection):
    """It is written, and too few replicas have it: a server that takes over now may not know of it."""


class Replicas:
    """So many (`wanted`, 0 for none) must have what is written. Where they do not, a `strict` one raises NotReplicated, for
    somebody is on the line who can be told something else. Others say so in the log, and go on: it cannot be undone."""

    def __init__(self, wanted: int = 0, *, strict: bool = True) -> None:
        self.wanted = wanted
        self._strict = strict
        self._said_at = -SAID_AGAIN

    def run(self, redis: Any, script: Callable[..., Any], source: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Run this script, all or nothing, and have its writes reach the replicas. Returns what it returns.

        One connection takes all three: what is waited for is what this connection wrote last. A script that was run before
        writes nothing, so the mark does. The source itself is sent: a server that has just taken over knows no script yet."""
        if not self.wanted:
            return script(keys=keys, args=args)
        pipe = redis.pipeline(transaction=False)
        pipe.eval(source, len(keys), *keys, *args)
        pipe.set(MARK, 1)
        pipe.wait(self.wanted, int(WITHIN * 1000))
        answer, _, have = pipe.execute()
        if have < self.wanted:
            self._fell_short(have)
        return answer

    def _fell_short(self, have: int) -> None:
        said = f"written on {have} of {self.wanted} replicas: a fail-over may lose it"
        if self._strict:
            raise NotReplicated(said)
        if time.monotonic() - self._said_at >= SAID_AGAIN:
            self._said_at = time.monotonic()
            log.warning("not written on all replicas: a fail-over may lose it", count=have, wanted=self.wanted)
