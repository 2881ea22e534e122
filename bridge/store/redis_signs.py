"""What the store says of itself, and what the parts of the bridge leave there about how they are.

Keys: `late` (sorted set, seconds UTC: effects that the clock has handed out, and since when they were due: see lease.lua),
`carrier` and `canary` (hashes; an instant is seconds, UTC).
"""

from collections.abc import Callable
from typing import Any

from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import ResponseError

from bridge.core.circuit import CarrierNews, Circuit
from bridge.core.vitals import LATE, CanaryNews, StoreCondition

ASKED_AGAIN = 2.0  # seconds for which what the store says of itself will do: the board may look ten times a second
CANARY = "canary"  # its name in the outbox, and that of its key
RECORDS = "record"  # stands in the outbox for the carrier's records, which keep no page waiting: see redis_records
LAGS = 10  # seconds without a word from a replica, which says every second how far it is
STILL_THERE = 900.0  # seconds: rewriting the files takes much less
FULL = 0.95  # of what memory the store may take: soon it refuses writes

SETTINGS = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
SECTIONS = ("persistence", "memory", "replication")


class RedisSigns:
    """The part of `bridge.actions.ports.Store` that is about the health of the bridge."""

    _redis: Any
    _wanted: int = 0  # replicas that must have what is promised
    circuits: Callable[[], dict[str, Circuit]]
    _known: tuple[float, bool | None, tuple[str, ...]] | None = None  # when it was asked, and what it said of itself

    def condition(self, now: float) -> StoreCondition:
        """One round trip. A managed store may forbid to ask for its settings: then that is said, and the rest is known."""
        known = self._known if self._known and abs(now - self._known[0]) < ASKED_AGAIN else None
        pipe = self._redis.pipeline(transaction=False)
        _ask_outbox(pipe, now)
        if known is None:
            _ask_itself(pipe)
        outbox, canary, records, due, handed_out, owed, *told = pipe.execute(raise_on_error=False)
        for answer in (outbox, canary, records, due, handed_out, owed):
            if isinstance(answer, Exception):
                raise answer
        self._known = known or (now, *_durable(_told(told), self._wanted))
        overdue = {**dict(due), **{effect: at for effect, at in handed_out if at <= now - LATE}}
        overdue.pop(RECORDS.encode(), None)
        waiting = outbox - len(overdue) - (canary is not None and CANARY.encode() not in overdue) - (records is not None)
        _, durable, faults = self._known
        if owed is not None and now - float(owed) > STILL_THERE:
            faults = (*faults, "what was erased is still in its files")
        return StoreCondition(durable, faults, max(0, waiting), len(overdue), min(overdue.values(), default=None))

    def carrier_answered(self, now: float) -> None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset("carrier", "answered_at", repr(now))
        pipe.hdel("carrier", "failing_since")
        pipe.execute()

    def carrier_failed(self, trouble: str, reached: bool, now: float) -> None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset("carrier", mapping={"failed_at": repr(now), "trouble": trouble, "reached": int(reached)})
        pipe.hsetnx("carrier", "failing_since", repr(now))
        pipe.execute()

    def carrier_news(self) -> CarrierNews:
        kept = _words(self._redis.hgetall("carrier"))
        return CarrierNews(
            answered_at=_instant(kept, "answered_at"),
            failed_at=_instant(kept, "failed_at"),
            failing_since=_instant(kept, "failing_since"),
            trouble=kept.get("trouble", ""),
            reached=kept.get("reached") != "0",
            circuits=self.circuits(),
        )

    def begin_canary(self, now: float) -> None:
        if self._redis.zscore("outbox", CANARY) is None:
            pipe = self._redis.pipeline(transaction=True)
            pipe.hset(CANARY, "begun_at", repr(now))
            pipe.zadd("outbox", {CANARY: now})
            pipe.execute()

    def end_canary(self, now: float) -> None:
        begun = _instant(_words(self._redis.hgetall(CANARY)), "begun_at")
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset(CANARY, mapping={"done_at": repr(now), "took": repr(max(0.0, now - (begun or now)))})
        pipe.hdel(CANARY, "begun_at")
        pipe.zrem("outbox", CANARY)
        pipe.zrem("late", CANARY)
        pipe.delete(f"claim:{CANARY}")
        pipe.execute()

    def canary(self) -> CanaryNews:
        kept = _words(self._redis.hgetall(CANARY))
        return CanaryNews(_instant(kept, "done_at"), float(kept.get("took", 0.0)), _instant(kept, "begun_at"))


def _ask_outbox(pipe: Any, now: float) -> None:
    """Only reads, and costs little: whoever looks at the board asks, as often as they look."""
    pipe.zcard("outbox")
    pipe.zscore("outbox", CANARY)
    pipe.zscore("outbox", RECORDS)
    pipe.zrangebyscore("outbox", "(0", now - LATE, withscores=True)  # at 0 stands what has to go at once: see hung_up
    pipe.zinter({"late": 1, "outbox": 0}, aggregate="SUM", withscores=True)
    pipe.hget("rewrite", "since")


def _ask_itself(pipe: Any) -> None:
    for section in SECTIONS:
        pipe.info(section)
    for name in SETTINGS:
        pipe.config_get(name)


def _told(answers: list[Any]) -> dict[str, str]:
    """What the store says of itself, settings by their own names. What it does not want to tell is not in it."""
    told: dict[str, str] = {}
    for answer in answers:
        if isinstance(answer, NoConnection):  # it is reading its files, for one
            raise answer
        if not isinstance(answer, Exception):
            told |= {str(name): str(value) for name, value in answer.items()}
            told |= {"following": str(_following(answer))} if "connected_slaves" in answer else {}
        elif not isinstance(answer, ResponseError):
            raise answer
    aliases = {"maxmemory-policy": told.get("maxmemory_policy"), "appendonly": _yes(told.get("aof_enabled"))}
    return {name: value for name, value in aliases.items() if value} | told


def _following(answer: dict[str, Any]) -> int:
    """How many replicas have lately said how far they have come."""
    replicas = [value for value in answer.values() if isinstance(value, dict)]
    return sum(each.get("state") == "online" and int(each.get("lag", 0)) <= LAGS for each in replicas)


def _yes(flag: str | None) -> str | None:
    return None if flag is None else "yes" if flag == "1" else "no"


def ask(redis: Any) -> dict[str, str]:
    """What the store says of itself, settings by their own names. What it does not want to tell is not in it."""
    pipe = redis.pipeline(transaction=False)
    _ask_itself(pipe)
    return _told(pipe.execute(raise_on_error=False))


def _durable(told: dict[str, str], replicas: int = 0) -> tuple[bool | None, tuple[str, ...]]:
    """Whether what is answered is on disk and stays there, and what is wrong or not known."""
    wrong = [f"{name} is {told[name]}" for name, wanted in SETTINGS.items() if told.get(name, wanted) != wanted]
    if told.get("role", "master") != "master":
        wrong.append("it is a replica")
    if told.get("aof_last_write_status", "ok") != "ok":
        wrong.append("its last write to disk failed")
    if int(told.get("following", replicas)) < replicas:
        wrong.append(f"{told['following']} of {replicas} replicas follow it")
    if wrong:
        return False, tuple(wrong)
    worse = _worse(told)
    if silent := [name for name in SETTINGS if name not in told]:
        return None, (f"does not tell {', '.join(silent)}", *worse)
    return True, worse


def _worse(told: dict[str, str]) -> tuple[str, ...]:
    """What loses no write yet."""
    found = []
    if told.get("aof_last_bgrewrite_status", "ok") != "ok":
        found.append("its files could not be rewritten")  # what was erased may still be in them
    most = int(told.get("maxmemory", 0))
    if most and int(told.get("used_memory", 0)) > FULL * most:
        found.append("its memory is nearly full")
    return tuple(found)


def _words(kept: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in kept.items()}


def _instant(kept: dict[str, str], name: str) -> float | None:
    return float(kept[name]) if name in kept else None
