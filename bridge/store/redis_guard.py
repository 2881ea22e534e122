"""What keeps strangers and copies of old webhooks from doing harm: what counts no more, and how often something was done.

Keys: `over` (sorted set, seconds UTC: a keyed hash of the carrier's name for a call or text -> until when it counts),
`limit:{kind}` and `limit:{kind}:{mac}` (sorted sets, seconds UTC, expire: what was counted, under keyed hashes), `abuse`
(sorted set, seconds UTC: what kinds of it there were, and when last). However many numbers somebody invents, there are no more
than 65,536 keys of a kind: whose hashes begin alike share one, which hardly ever happens to people.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from bridge.actions.ports_guard import Full, Limit

REMEMBERED = 400 * 24 * 3600  # seconds: the token that signs is to be changed once a year, and then nothing old counts
MOST_REMEMBERED = 300_000  # calls and texts: 30 MB
DIGITS = 4  # of a hash: 65,536 keys
ABUSE_KEPT = 24 * 3600  # seconds


class RedisGuard:
    """See `bridge.actions.ports_guard.Guard`."""

    _redis: Any
    _mac: Callable[[str], str]
    _script: Callable[[str], Callable[[list[str], list[Any]], Any]]

    def counts_until(self, name: str, until: float, now: float) -> float:
        return float(self._over(["over"], [self._mac(f"over {name}")[:20], f"{until:.6f}", now, REMEMBERED, MOST_REMEMBERED]))

    def counted_until(self, name: str) -> float:
        found = self._redis.zscore("over", self._mac(f"over {name}")[:20])
        return float("inf") if found is None else float(found)

    def admit(self, name: str, limits: Sequence[Limit], now: float) -> Full | None:
        bounds = [bound for limit in limits for bound in (limit.most, limit.within)]
        which, wait = self._admit([self._limit(each) for each in limits], [f"{now:.6f}", self._mac(name)[:20], *bounds])
        return Full(limits[which - 1], float(wait)) if which else None

    def forgive(self, limit: Limit) -> None:
        self._redis.delete(self._limit(limit))

    def kept(self) -> int:
        return int(self._redis.scard("requests"))

    def met_abuse(self, kind: str, now: float) -> None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.zadd("abuse", {kind: now})
        pipe.zremrangebyscore("abuse", "-inf", now - ABUSE_KEPT)
        pipe.execute()

    def abuse(self) -> Mapping[str, float]:
        return {kind.decode(): float(at) for kind, at in self._redis.zrange("abuse", 0, -1, withscores=True)}

    def _limit(self, limit: Limit) -> str:
        return f"limit:{limit.kind}:{self._mac(f'{limit.kind} {limit.who}')[:DIGITS]}" if limit.who else f"limit:{limit.kind}"

    @cached_property
    def _over(self) -> Callable[[list[str], list[Any]], Any]:
        return self._script("over")

    @cached_property
    def _admit(self) -> Callable[[list[str], list[Any]], Any]:
        return self._script("admit")
