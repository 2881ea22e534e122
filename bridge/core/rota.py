"""Who is on call: for a region, at an instant.

The rules:
- A duty names a person, a region and a rank, and the weekly spans in which it holds; no span means always.
- Spans are wall-clock minutes of the week in Alabama (America/Chicago), so a duty that begins at 06:00 begins at 06:00 on
  both sides of a change of the clocks, and a span may cross midnight or the end of the week.
- Where several duties of one rank hold at once, the first one in the file has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

ALABAMA = ZoneInfo("America/Chicago")
MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY
DISPATCH = "dispatch"  # the id under which the ALEA dispatch desk answers


@dataclass(frozen=True)
class Person:
    """Somebody who can be paged. `phone` is E.164; `text` is false for a landline or a desk that reads no texts."""

    id: str
    name: str
    phone: str
    text: bool = True


@dataclass(frozen=True)
class Duty:
    """`who` serves `region` as "on-call" or "backup" within `spans`: (start, end) minutes since Monday 00:00 in Alabama."""

    region: str
    rank: str
    who: str
    spans: tuple[tuple[int, int], ...] = ()

    def holds_at(self, minute: int) -> bool:
        """Whether the duty holds at this minute of the week."""
        return not self.spans or any(_within(minute, start, end) for start, end in self.spans)


@dataclass(frozen=True)
class Override:
    """`who` has the region in this rank from `start` until `end` (seconds, UTC), whatever else is planned. `by` made it."""

    id: str
    region: str
    rank: str
    who: str
    start: float
    end: float
    made_at: float = 0.0
    by: str = ""


@dataclass(frozen=True)
class Leave:
    """`who` is off from `start` until `end` (seconds, UTC)."""

    id: str
    who: str
    start: float
    end: float
    made_at: float = 0.0
    by: str = ""


@dataclass(frozen=True)
class Booking:
    """One shift from a calendar that the agency keeps elsewhere."""

    region: str
    rank: str
    who: str
    start: float
    end: float


@dataclass(frozen=True)
class Shift:
    """`who` has the region in this rank from `start` until `end` (seconds, UTC); an empty `who` is nobody: a gap."""

    region: str
    rank: str
    who: str
    start: float
    end: float


@dataclass(frozen=True)
class Roster:
    """Everybody the bridge may page. `people` is keyed by id and includes the dispatch desk."""

    people: Mapping[str, Person]
    duties: tuple[Duty, ...]
    state: tuple[str, ...]  # ids of the state coordinators, first one first
    overrides: tuple[Override, ...] = ()
    leaves: tuple[Leave, ...] = ()
    bookings: tuple[Booking, ...] = ()

    def on_duty(self, region: str, rank: str, now: float) -> Person | None:
        """The person of this rank who has the region at `now` (seconds, UTC), or None where nobody has."""
        minute = minute_of_week(now)
        for duty in self.duties:
            if duty.region == region and duty.rank == rank and duty.holds_at(minute):
                return self.people[duty.who]
        return None

    def serving(self, region: str) -> tuple[Person, ...]:
        """Everybody who ever serves the region, in the order of the file, each once."""
        return tuple({duty.who: self.people[duty.who] for duty in self.duties if duty.region == region}.values())

    def gaps(self, region: str, rank: str) -> list[tuple[int, int]]:
        """The spans of the week (minutes since Monday 00:00) in which nobody of this rank has the region."""
        duties = [duty for duty in self.duties if duty.region == region and duty.rank == rank]
        empty = [minute for minute in range(MINUTES_PER_WEEK) if not any(duty.holds_at(minute) for duty in duties)]
        return _runs(empty)

    def with_number(self, phone: str) -> Person | None:
        """The person who answers from this number (E.164), or None for a stranger."""
        return next((person for person in self.people.values() if person.phone == phone), None)


def local(now: float) -> datetime:
    """The wall clock in Alabama at `now` (seconds, UTC)."""
    return datetime.fromtimestamp(now, UTC).astimezone(ALABAMA)


def minute_of_week(now: float) -> int:
    """Wall-clock minutes since Monday 00:00 in Alabama."""
    there = local(now)
    return there.weekday() * MINUTES_PER_DAY + there.hour * 60 + there.minute


def _within(minute: int, start: int, end: int) -> bool:
    return start <= minute < end if start < end else minute >= start or minute < end


def _runs(minutes: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for minute in minutes:
        if runs and runs[-1][1] == minute:
            runs[-1] = (runs[-1][0], minute + 1)
        else:
            runs.append((minute, minute + 1))
    return runs
