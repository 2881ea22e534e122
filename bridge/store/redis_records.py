"""The carrier's own records that are to be deleted, and what it said of them. No number and no word of anybody is in any of it.

Keys: `records` (sorted set: effect -> when it is tried next, seconds UTC), `records_since` (sorted set: effect -> since when it
is to be deleted), `records_kept` (hash: effect -> "code, since when it is kept, since when it was to be deleted"),
`records_swept` (hash: the last sweep), `undiscarded` (hash: account -> "code, when"). In the outbox stands "record", for the
first of them.
"""

from collections import Counter
from collections.abc import Callable
from functools import cached_property
from typing import Any

from bridge.core.records import Record, RecordNews, parsed

EFFECT = "record"
QUEUED = 5.0  # seconds within which a worker should have claimed what was handed to the queue
REFUSED_FOR = 3600.0  # seconds for which an account that does not discard is not asked to again


class RedisRecords:
    """See `bridge.actions.ports_records.Records`."""

    _redis: Any
    _script: Callable[[str], Callable[[list[str], list[Any]], Any]]

    def leave_record(self, record: Record, at: float) -> None:
        pipe = self._redis.pipeline(transaction=True)
        _leave(pipe, record, at)
        pipe.execute()

    def next_record(self, now: float) -> Record | None:
        found = self._redis.zrangebyscore("records", "-inf", now, start=0, num=1)
        if not found:
            return None
        since = self._redis.zscore("records_since", found[0])
        return parsed(found[0].decode(), now if since is None else float(since))

    def put_off_record(self, record: Record, until: float) -> None:
        self._redis.zadd("records", {record.effect: until}, xx=True)

    def record_gone(self, record: Record) -> None:
        pipe = self._redis.pipeline(transaction=True)
        _settle(pipe, record)
        pipe.hdel("records_kept", record.effect)
        pipe.execute()

    def record_kept(self, record: Record, code: int, now: float) -> None:
        pipe = self._redis.pipeline(transaction=True)
        _settle(pipe, record)
        pipe.hset("records_kept", record.effect, f"{code} {now!r} {record.since!r}")
        pipe.execute()

    def leave_kept(self, before: float, now: float) -> None:
        pipe = self._redis.pipeline(transaction=True)
        for effect, (_, at, since) in self._kept().items():
            if at < before:
                _leave(pipe, parsed(effect, since), now)
        pipe.execute()

    def arm_records(self, now: float, not_before: float) -> bool:
        return bool(self._arm(["outbox", "records"], [now, not_before, QUEUED]))

    def known_records(self) -> frozenset[str]:
        names = [*self._redis.zrange("records", 0, -1), *self._redis.hkeys("records_kept")]
        return frozenset(name.decode() for name in names)

    def record_news(self, now: float) -> RecordNews:
        pipe = self._redis.pipeline(transaction=False)
        pipe.zcard("records_since")
        pipe.zrange("records_since", 0, 0, withscores=True)
        pipe.hgetall("records_swept")
        waiting, oldest, swept = pipe.execute()
        kept, told = self._kept(), {name.decode(): value.decode() for name, value in swept.items()}
        return RecordNews(
            waiting=waiting,
            oldest_at=oldest[0][1] if oldest else None,
            kept=Counter(code for code, _, _ in kept.values()),
            kept_since=min((since for _, _, since in kept.values()), default=None),
            begun_at=_instant(told, "begun_at"),
            swept_at=_instant(told, "at"),
            found=int(told.get("found", 0)),
            trouble=told.get("trouble", ""),
            undiscarded=self.undiscarded(now),
        )

    def sweep_begins(self, now: float) -> None:
        """What waits and is not in the outbox, which a release that does not know it has dropped, is put back."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.hsetnx("records_swept", "begun_at", repr(now))
        if self._redis.zcard("records"):
            pipe.zadd("outbox", {EFFECT: now}, nx=True)
        pipe.execute()

    def swept(self, now: float, found: int, trouble: str) -> None:
        whole = {} if trouble else {"at": repr(now)}
        self._redis.hset("records_swept", mapping={**whole, "found": found, "trouble": trouble})

    def undiscarded(self, now: float) -> dict[str, int]:
        found = {}
        for account, told in self._redis.hgetall("undiscarded").items():
            code, at = told.decode().split()
            if abs(now - float(at)) < REFUSED_FOR:
                found[account.decode()] = int(code)
        return found

    def note_undiscarded(self, account: str, code: int, now: float) -> None:
        self._redis.hset("undiscarded", account, f"{code} {now!r}")

    def calls_held(self) -> int:
        return len({name for name, _ in self._redis.zscan_iter("due", match="call/*")})

    def _kept(self) -> dict[str, tuple[int, float, float]]:
        """Effect -> code, since when it is kept, since when it was to be deleted."""
        told = {effect.decode(): value.decode().split() for effect, value in self._redis.hgetall("records_kept").items()}
        return {effect: (int(code), float(at), float(since)) for effect, (code, at, since) in told.items()}

    @cached_property
    def _arm(self) -> Callable[[list[str], list[Any]], Any]:
        return self._script("arm")


def _leave(pipe: Any, record: Record, at: float) -> None:
    pipe.zadd("records", {record.effect: at}, nx=True)
    pipe.zadd("records_since", {record.effect: record.since}, nx=True)
    pipe.hdel("records_kept", record.effect)
    pipe.zadd("outbox", {EFFECT: at}, lt=True)


def _settle(pipe: Any, record: Record) -> None:
    pipe.zrem("records", record.effect)
    pipe.zrem("records_since", record.effect)


def _instant(kept: dict[str, str], name: str) -> float | None:
    return float(kept[name]) if name in kept else None
