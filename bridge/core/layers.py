"""One layer of the rota: who would have a region in one rank, by a plan that repeats, on the wall clock of Alabama.

The rules:
- A layer is one person's, or goes round several, each in turn. It holds always, or within spans of the week.
- Turns of hours are real hours. Turns of days, weeks and months are handed over at the same time by the wall; each hand-off is
  reckoned from the first one, never from the one before it, so that a short month shortens itself only.
- A wall time that the clocks jump over is the moment at which they jump; one that comes twice is meant the first time. So what
  follows on the wall follows in fact: no hand-off leaves a gap or an overlap.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

ALABAMA = ZoneInfo("America/Chicago")
MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY
WEEK = timedelta(weeks=1)
SECONDS = {"hour": 3600.0, "day": 86400.0, "week": 7 * 86400.0, "month": 365.2425 / 12 * 86400.0}  # of a unit, on the average


@dataclass(frozen=True)
class Turn:
    """Every so many units ("hour", "day", "week", "month") the next one has it. At `start` (seconds, UTC) the first one begins,
    and before it nobody has a turn."""

    every: int
    unit: str
    start: float

    def hand_off(self, n: int) -> float:
        """When the n-th turn begins, counted from 0 (seconds, UTC)."""
        if self.unit == "hour" or n == 0:
            return self.start + n * self.every * SECONDS[self.unit]
        return instant(local(self.start).replace(tzinfo=None) + relativedelta(**{f"{self.unit}s": n * self.every}))

    def number(self, now: float) -> int:
        """Which turn it is at `now`, counted from 0; negative before the first."""
        n = int((now - self.start) // (self.every * SECONDS[self.unit]))
        while n >= 0 and self.hand_off(n) > now:
            n -= 1
        while n >= 0 and self.hand_off(n + 1) <= now:
            n += 1
        return n

    def hand_offs(self, start: float, end: float) -> Iterator[float]:
        """Every hand-off from `start` until before `end`, in order."""
        n = max(0, self.number(start))
        while (at := self.hand_off(n)) < end:
            if at >= start:
                yield at
            n += 1


@dataclass(frozen=True)
class Duty:
    """`who` (ids) serves `region` as "on-call" or "backup" within `spans`: (start, end) minutes since Monday 00:00, none is
    always. Several have it in `turn`; one has it alone."""

    region: str
    rank: str
    who: tuple[str, ...]
    spans: tuple[tuple[int, int], ...] = ()
    turn: Turn | None = None

    def at(self, now: float) -> str:
        """The id of whoever has it by this layer at `now`; "" where it does not hold."""
        if self.spans and not any(begins <= now < ends for begins, ends in self.held(now, now)):
            return ""
        n = self.turn.number(now) if self.turn else 0
        return self.who[n % len(self.who)] if n >= 0 else ""

    def edges(self, start: float, end: float) -> Iterator[float]:
        """Every instant from `start` until before `end` at which this layer may say something new; in no order."""
        if self.turn:
            yield from self.turn.hand_offs(start, end)
        for held in self.held(start, end):
            yield from (edge for edge in held if start <= edge < end)

    def held(self, start: float, end: float) -> Iterator[tuple[float, float]]:
        """When the spans hold: as (from, until), all that touch `start` to `end`. Nothing for a layer without spans."""
        return (held for span in self.spans for held in weekly(span, start, end))


def weekly(span: tuple[int, int], start: float, end: float) -> Iterator[tuple[float, float]]:
    """When a span of the week (minutes since Monday 00:00) holds: as (from, until), in order, all that touch `start` to `end`.

    A span that ends where it begins lasts the whole week."""
    begins, ends = span
    lasts = timedelta(minutes=(ends - begins - 1) % MINUTES_PER_WEEK + 1)
    there = local(start)
    at = datetime.combine(there.date() - timedelta(days=there.weekday()), time()) - WEEK + timedelta(minutes=begins)
    while (opens := instant(at)) <= end:
        if (closes := instant(at + lasts)) > start:
            yield opens, closes
        at += WEEK


def local(now: float) -> datetime:
    """The wall clock in Alabama at `now` (seconds, UTC)."""
    return datetime.fromtimestamp(now, UTC).astimezone(ALABAMA)


@lru_cache(maxsize=10_000)  # the edges of the same few weeks, asked for again and again
def instant(wall: datetime) -> float:
    """When the clocks of Alabama show `wall`, which has no zone (seconds, UTC).

    Where they jump over it, the moment at which they jump; where they show it twice, the first time."""
    first, second = (wall.replace(tzinfo=ALABAMA, fold=fold).timestamp() for fold in (0, 1))
    return first if first <= second else _jump(second, first)


def minute_of_week(now: float) -> int:
    """Wall-clock minutes since Monday 00:00 in Alabama."""
    there = local(now)
    return there.weekday() * MINUTES_PER_DAY + there.hour * 60 + there.minute


def _jump(before: float, after: float) -> float:
    """The moment between these two at which the clocks are changed."""
    seconds, changed = range(int(before), int(after) + 1), local(after).utcoffset()
    return float(seconds[bisect_left(seconds, True, key=lambda second: local(second).utcoffset() == changed)])
