"""The carrier's own records of our texts, calls and queues: each holds a number, or words, and is deleted as soon as it may be.

A record is called by its effect, "record/{text|call|queue}/{sid}". Instants: seconds, UTC.

The rules:
- One that the carrier does not delete yet is tried again: after a minute, then after as long as it has waited so far, at least
  every fifteen minutes, for thirty days.
- One that it refuses to delete is kept by the carrier, is shown so with the carrier's code, and is tried again once a day.
- What nobody has remembered the sweep finds, among what the carrier lists of the line.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bridge.core.board_words import clock
from bridge.core.model import Channel
from bridge.core.vitals import Health, Vital

NAME = "Carrier records"  # of the vital
AGAIN_FIRST = 60.0  # seconds
AGAIN_MOST = 900.0  # seconds
GIVEN_UP = timedelta(days=30).total_seconds()  # the carrier's own inspector forgets by then, too
MARGIN = 900.0  # seconds: the sweep leaves alone what requests delete themselves, and what has only just ended
SLOW = 2 * 3600.0  # seconds after which a record that still waits is worth a look
OVERDUE = 24 * 3600.0  # seconds: nothing of a caller is to live longer
SWEPT_LATE = 3 * 3600.0  # seconds without a sweep, which comes every hour
QUEUE = "queue"
_SID = re.compile(r"[A-Za-z0-9-]{1,64}")
_QUEUE_SID = "QU"


@dataclass(frozen=True)
class Record:
    """`kind` is "text", "call" or "queue", `sid` the carrier's name for it; to be deleted since `since`."""

    kind: str
    sid: str
    since: float = 0.0

    @property
    def effect(self) -> str:
        """What it is called by."""
        return f"record/{self.kind}/{self.sid}"

    @property
    def channel(self) -> Channel:
        """By which channel the carrier is asked about it."""
        return Channel.TEXT if self.kind == Channel.TEXT else Channel.CALL


@dataclass(frozen=True)
class Listed:
    """A record as the carrier lists it. `at` is when it was made, None where that is not told; `over`: nothing more happens
    to it; `name` is what a queue is called, which is the id of its request."""

    kind: str
    sid: str
    at: float | None
    over: bool
    name: str = ""

    @property
    def record(self) -> Record:
        """The same, as something to delete: the carrier has had it since it was made."""
        return Record(self.kind, self.sid, self.at or 0.0)


@dataclass(frozen=True)
class Listing:
    """What the carrier lists of the line: `found`, and whether there is `more`. `troubles` are those of accounts that could
    not be asked."""

    found: tuple[Listed, ...] = ()
    more: bool = False
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordNews:
    """How it stands with the carrier's records. So many are `waiting`, the oldest since `oldest_at`; `kept` counts those that
    the carrier keeps by its code. The last whole sweep was at `swept_at`, and found so many; `trouble` is that of a later one.
    `undiscarded`: accounts that keep what we ask them to discard -> the code with which they say so."""

    waiting: int = 0
    oldest_at: float | None = None
    kept: Mapping[int, int] = field(default_factory=dict)
    kept_since: float | None = None
    begun_at: float | None = None  # when a sweep was first begun by this store
    swept_at: float | None = None
    found: int = 0
    trouble: str = ""
    undiscarded: Mapping[str, int] = field(default_factory=dict)


def record_of(channel: Channel, sid: str, since: float) -> Record | None:
    """The record that a request, a webhook or the answer to a send speaks of; None where there can be no such record."""
    if not _SID.fullmatch(sid):
        return None
    return Record(QUEUE if sid.startswith(_QUEUE_SID) else channel.value, sid, since)


def parsed(effect: str, since: float = 0.0) -> Record:
    """The record that an effect names."""
    _, kind, sid = effect.split("/", 2)
    return Record(kind, sid, since)


def again_in(age: float) -> float:
    """Seconds until the carrier is asked again to delete what has waited for so long (seconds)."""
    return min(max(age, AGAIN_FIRST), AGAIN_MOST)


def strays(
    listed: Iterable[Listed], needed: Collection[str], known: Collection[str], before: float, most: int
) -> Iterator[Record]:
    """The records that are to be deleted and that nobody has remembered, at most so many. `needed` are sids of texts and calls,
    and ids, of requests that are not erased; `known` the effects of what waits or is kept; what was made after `before` may
    still be asked for."""
    for each in listed:
        ours = each.over and each.at is not None and each.at < before
        if most and ours and each.sid not in needed and each.name not in needed and each.record.effect not in known:
            most -= 1
            yield each.record


def vital(news: RecordNews, now: float) -> Vital:
    """How it stands, for the health strip."""
    said = ", ".join(filter(None, (_waiting(news, now), _kept(news), _swept(news, now), _undiscarded(news)))) or "nothing waits"
    health, todo = _health(news, now)
    return Vital(NAME, health, said, at=news.oldest_at, todo=todo)


def overdue(news: RecordNews, now: float) -> bool:
    """Whether the carrier still has something that should have been deleted a day ago."""
    since = [at for at in (news.oldest_at, news.kept_since) if at is not None]
    return bool(since) and now - min(since) > OVERDUE


def swept_late(news: RecordNews, now: float) -> bool:
    """Whether the carrier was not asked for long what it still has."""
    last = news.swept_at if news.swept_at is not None else news.begun_at
    return last is not None and now - last > SWEPT_LATE


def _health(news: RecordNews, now: float) -> tuple[Health, str]:
    if news.kept or overdue(news, now):
        return Health.BAD, _STAYS
    if news.oldest_at is not None and now - news.oldest_at > SLOW:
        return Health.UNKNOWN, "They are tried again by themselves. Look at the workers, and at the carrier's account."
    if swept_late(news, now):
        return Health.UNKNOWN, "The clock asks the carrier every hour what it still has, and could not. Look at its log."
    if news.undiscarded:
        return Health.UNKNOWN, "Have the carrier switch the feature on, or set discard = false in policy.toml."
    return Health.GOOD, ""


_STAYS = "The carrier still has numbers or words of calls. `bridge privacy` tells more; delete these records in its console."


def _waiting(news: RecordNews, now: float) -> str:
    if not news.waiting or news.oldest_at is None:
        return ""
    oldest = f"since {clock(news.oldest_at, now, seconds=True)}"
    return f"1 record to delete {oldest}" if news.waiting == 1 else f"{news.waiting} records to delete, the oldest {oldest}"


def _kept(news: RecordNews) -> str:
    if not news.kept:
        return ""
    return f"{sum(news.kept.values())} kept by the carrier ({', '.join(map(str, sorted(news.kept)))})"


def _swept(news: RecordNews, now: float) -> str:
    if not swept_late(news, now):
        return ""
    last = news.swept_at
    return f"not looked for since {clock(last, now, seconds=True)}" if last else "never looked for"


def _undiscarded(news: RecordNews) -> str:
    told = [f"{account} keeps what it is sent ({code})" for account, code in sorted(news.undiscarded.items())]
    return ", ".join(told)
