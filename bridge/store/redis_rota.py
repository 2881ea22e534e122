"""The rota port on Redis or Valkey: the ledger and its log, copies of calendars, proposals, notices."""

from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any

from redis import Redis

from bridge.core.ledger import CalendarCopy, Entry, Ledger, Notice, Proposal
from bridge.core.model import Status
from bridge.store.versions import Format

LOG_KEPT = 20_000  # entries: years of them
NOTICE_KEPT = 3 * 24 * 3600  # seconds: within them the same notice is not sent twice
SET_FORWARD = 7200  # seconds that the store's clock may be set forward: when a proposal expires it says itself

_LEDGER = Format("ledger", Ledger)
_ENTRY = Format("entry", Entry)
_COPY = Format("calendar", CalendarCopy)
_PROPOSAL = Format("proposal", Proposal)
_NOTICE = Format("notice", Notice)


class RedisRota:
    """See `bridge.actions.ports_board.Rota`."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis
        self._change, self._create_notice = map(self._script, ("ledger", "notice"))
        self._read: tuple[Any, tuple[Ledger, tuple[CalendarCopy, ...]]] | None = None

    def live(self) -> tuple[Ledger, tuple[CalendarCopy, ...]]:
        pipe = self._redis.pipeline(transaction=False)
        pipe.hget("ledger", "doc")
        pipe.hgetall("calendars")
        raw = pipe.execute()
        if self._read is None or self._read[0] != raw:  # every step asks, and it hardly ever changes
            self._read = (raw, _parsed(*raw))
        return self._read[1]

    def change(self, before: Ledger, after: Ledger, entries: Any) -> bool:
        version = before.version + 1
        doc = _LEDGER.write(replace(after, version=version))
        lines = [_ENTRY.write(entry) for entry in entries]
        return bool(self._change(keys=["ledger", "ledger_log"], args=[before.version, version, doc, LOG_KEPT, *lines]))

    def entries(self, limit: int) -> list[Entry]:
        return [_ENTRY.read(line) for line in reversed(self._redis.lrange("ledger_log", -limit, -1))]

    def keep_calendar(self, copy: CalendarCopy) -> None:
        self._redis.hset("calendars", copy.name, _COPY.write(copy))

    def forget_calendar(self, name: str) -> None:
        self._redis.hdel("calendars", name)

    def propose(self, proposal: Proposal) -> None:
        within = max(1, int(proposal.expires_at - proposal.made_at))
        self._redis.set(f"proposal:{proposal.person}", _PROPOSAL.write(proposal), ex=within + SET_FORWARD)

    def proposal(self, person: str) -> Proposal | None:
        doc = self._redis.get(f"proposal:{person}")
        return _PROPOSAL.read(doc) if doc else None

    def withdraw(self, person: str) -> None:
        self._redis.delete(f"proposal:{person}")

    def create_notice(self, notice: Notice) -> bool:
        kept = NOTICE_KEPT + max(0, round(notice.at - notice.changed_at))
        at = notice.at if notice.status is Status.WAITING else ""
        args = [_NOTICE.write(notice), kept, f"notice/{notice.id}", at]
        return bool(self._create_notice(keys=[f"notice:{notice.id}", "outbox"], args=args))

    def load_notice(self, notice_id: str) -> Notice | None:
        doc = self._redis.get(f"notice:{notice_id}")
        return _NOTICE.read(doc) if doc else None

    def change_notice(self, notice_id: str, change: Callable[[Notice], Notice], retry_at: float | None) -> Notice | None:
        key = f"notice:{notice_id}"

        def put(pipe: Any) -> Notice | None:
            known = self.load_notice(notice_id)
            after = change(known) if known else None
            pipe.multi()
            if after:
                pipe.set(key, _NOTICE.write(after), xx=True, keepttl=True)
            _queue(pipe, f"notice/{notice_id}", retry_at if after else None)
            return after

        after: Notice | None = self._redis.transaction(put, key, value_from_callable=True)
        return after

    def _script(self, name: str) -> Any:
        return self._redis.register_script(files(__package__).joinpath(f"{name}.lua").read_text(encoding="utf-8"))


def _queue(pipe: Any, effect: str, retry_at: float | None) -> None:
    """Nobody is carrying the effect out any more; it is done, or to be tried again."""
    pipe.delete(f"claim:{effect}")
    pipe.zrem("late", effect)
    if retry_at is None:
        pipe.zrem("outbox", effect)
        pipe.hdel("attempts", effect)
    else:
        pipe.zadd("outbox", {effect: retry_at}, xx=True)


def _parsed(ledger: bytes | None, calendars: dict[bytes, bytes]) -> tuple[Ledger, tuple[CalendarCopy, ...]]:
    copies = (_COPY.read(doc) for _, doc in sorted(calendars.items()))
    return _LEDGER.read(ledger) if ledger else Ledger(), tuple(copies)
