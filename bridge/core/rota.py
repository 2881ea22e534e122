"""Who is on call: for a region, at an instant, and for months ahead.

The rules. Who has a region in a rank at an instant is found in this order:
1. the override that was made last, of those that cover the instant;
2. a booking from a calendar: the one that begins first;
3. the first layer in the file that holds (see layers: spans of the week, turns).
Somebody on leave is passed over in all three, except that an override made after the leave was counts: the latest word does.
Whoever is not on the roster any more is passed over too. Where all of it names nobody, nobody has the region: a gap.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, groupby, pairwise

from bridge.core.layers import ALABAMA, MINUTES_PER_DAY, MINUTES_PER_WEEK, Duty, Turn, instant, local, minute_of_week

__all__ = [
    "ALABAMA", "DISPATCH", "MINUTES_PER_DAY", "MINUTES_PER_WEEK", "RANKS", "Booking", "Duty", "Leave", "Override", "Person",
    "Roster", "Shift", "Turn", "instant", "local", "minute_of_week",
]  # fmt: skip

DISPATCH = "dispatch"  # the id under which the ALEA dispatch desk answers
RANKS = ("on-call", "backup")


@dataclass(frozen=True)
class Person:
    """Somebody who can be paged. `phone` is E.164; `text` is false for a landline or a desk that reads no texts."""

    id: str
    name: str
    phone: str
    text: bool = True
    pin: str = field(default="", repr=False)  # argon2's own text, or "" for none


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
        return self.people.get(self._plan(region, rank, now, now).who(now))

    def shifts(self, region: str, rank: str, start: float, end: float) -> list[Shift]:
        """Who has the region in this rank from `start` until `end` (seconds, UTC): in order, each as long as it lasts, gaps
        included. The first and the last are cut off at `start` and `end`."""
        plan = self._plan(region, rank, start, end)
        parts = [Shift(region, rank, plan.who(since), since, until) for since, until in pairwise(plan.edges(start, end))]
        runs = (list(run) for _, run in groupby(parts, key=lambda part: part.who))
        return [Shift(region, rank, run[0].who, run[0].start, run[-1].end) for run in runs]

    def gaps(self, region: str, rank: str, start: float, end: float) -> list[Shift]:
        """Every stretch from `start` until `end` (seconds, UTC) in which nobody of this rank has the region."""
        return [shift for shift in self.shifts(region, rank, start, end) if not shift.who]

    def shifts_of(self, person: str, start: float, end: float) -> list[Shift]:
        """All shifts of this person (id) in any region and rank from `start` until `end`, by their start."""
        lanes = [(region, rank) for region in self._regions() for rank in RANKS]
        found = chain.from_iterable(self.shifts(region, rank, start, end) for region, rank in lanes)
        return sorted((shift for shift in found if shift.who == person), key=lambda shift: shift.start)

    def serving(self, region: str) -> tuple[Person, ...]:
        """Everybody who may serve the region, by layers, overrides or bookings, each once, in that order."""
        layers = chain.from_iterable(duty.who for duty in self.duties if duty.region == region)
        others = (one.who for one in self.overrides + self.bookings if one.region == region)
        return tuple(self.people[who] for who in dict.fromkeys((*layers, *others)) if who in self.people)

    def is_off(self, person: str, now: float) -> bool:
        """Whether this person (id) is on leave at `now` (seconds, UTC)."""
        return any(leave.who == person and _covers(leave, now) for leave in self.leaves)

    def with_number(self, phone: str) -> Person | None:
        """The person who answers from this number (E.164), or None for a stranger."""
        return next((person for person in self.people.values() if person.phone == phone), None)

    def _regions(self) -> list[str]:
        return sorted({one.region for one in self.duties + self.overrides + self.bookings})

    def _plan(self, region: str, rank: str, start: float, end: float) -> "_Plan":
        overrides = [one for one in self.overrides if (one.region, one.rank) == (region, rank) and _touches(one, start, end)]
        bookings = [one for one in self.bookings if (one.region, one.rank) == (region, rank) and _touches(one, start, end)]
        return _Plan(
            people=self.people,
            overrides=sorted(overrides, key=lambda one: (one.made_at, one.id), reverse=True),
            bookings=sorted(bookings, key=lambda one: (one.start, one.who)),
            duties=[duty for duty in self.duties if (duty.region, duty.rank) == (region, rank)],
            leaves=[leave for leave in self.leaves if _touches(leave, start, end)],
        )


@dataclass(frozen=True)
class _Plan:
    """All that decides who has one region in one rank within a window; what comes first in its list counts first."""

    people: Mapping[str, Person]
    overrides: list[Override]
    bookings: list[Booking]
    duties: list[Duty]
    leaves: list[Leave]

    def who(self, now: float) -> str:
        """The id of whoever has it at `now`; "" for nobody."""
        return next((who for who in self._named(now) if who in self.people), "")

    def edges(self, start: float, end: float) -> list[float]:
        """`start`, every instant after it at which somebody else may have it, and `end`; in order, each once."""
        planned = chain.from_iterable(duty.edges(start, end) for duty in self.duties)
        made = chain.from_iterable((one.start, one.end) for one in self._made())
        return sorted({start, end, *planned, *(edge for edge in made if start < edge < end)}) if start < end else []

    def _made(self) -> Iterator[Override | Booking | Leave]:
        return chain(self.overrides, self.bookings, self.leaves)

    def _named(self, now: float) -> Iterator[str]:
        yield from (one.who for one in self.overrides if _covers(one, now) and not self._is_off(one.who, now, one.made_at))
        yield from (one.who for one in self.bookings if _covers(one, now) and not self._is_off(one.who, now))
        yield from (who for duty in self.duties if (who := duty.at(now)) and not self._is_off(who, now))

    def _is_off(self, who: str, now: float, said_at: float = float("-inf")) -> bool:
        """Whether a leave takes this person out at `now`; one that was made before `said_at` does not count."""
        return any(leave.who == who and leave.made_at >= said_at and _covers(leave, now) for leave in self.leaves)


def _covers(one: Override | Leave | Booking, now: float) -> bool:
    return one.start <= now < one.end


def _touches(one: Override | Leave | Booking, start: float, end: float) -> bool:
    return one.start <= end and one.end > start
