"""Who has which region now and next, and where nobody has: what the status page, the page of the rota and the command show.

What comes out are names and instants (seconds, UTC). An empty `who` is nobody: a gap. An instant of None lies outside of what
was looked at: it has begun already, or goes on for longer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from bridge.core.errors import BadTime
from bridge.core.model import Region
from bridge.core.rota import RANKS, Leave, Override, Person, Roster, Shift, instant, local

DAY = 24 * 3600.0
WEEK = 7 * DAY
AHEAD = 90 * DAY  # seconds: gaps are shown for so long ahead
SAID_RANK = {"on-call": "on call", "backup": "backup"}
CENTURY = range(2000, 2100)  # years that somebody can mean


@dataclass(frozen=True)
class Post:
    """One region in one rank: who has it, until when, and who has it then. `troubles`: why that person may not be reached."""

    region: str
    name: str  # "Region D"
    rank: str
    who: str
    until: float | None
    then: str
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gap:
    """Nobody has the region in this rank from `start` until `end`."""

    region: str
    name: str  # "Region D"
    rank: str
    start: float | None
    end: float | None


@dataclass(frozen=True)
class Piece:
    """A part of a day: who has it, by a short name; None is the edge of the day."""

    who: str
    start: float | None
    end: float | None


@dataclass(frozen=True)
class Track:
    """One region in one rank, day after day."""

    name: str
    rank: str
    days: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True)
class Change:
    """An override ("Region D, on call") or leave ("off") that holds now or will. A `fixed` one stands in the files."""

    id: str
    what: str
    who: str
    start: float
    end: float
    made_at: float
    by: str
    fixed: bool


@dataclass(frozen=True)
class Outlook:
    """The rota as it is seen from `now`. `troubles` say why a person may not be reached, by id."""

    roster: Roster
    regions: tuple[Region, ...]
    now: float
    troubles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def posts(self, ranks: tuple[str, ...] = RANKS, ahead: float = AHEAD) -> tuple[Post, ...]:
        """Who has each region in each of the ranks, looking `ahead` so many seconds."""
        return tuple(self._post(region, rank, self.now + ahead) for region in self.regions for rank in ranks)

    def gaps(self, ranks: tuple[str, ...] = RANKS, ahead: float = AHEAD) -> tuple[Gap, ...]:
        """Every stretch in which nobody has a region, soonest first."""
        found = [self._gap(region, rank, shift, ahead) for region, rank, shift in self._uncovered(ranks, ahead)]
        return tuple(sorted(found, key=lambda gap: (gap.start or self.now, ranks.index(gap.rank), gap.region)))

    def tracks(self, count: int) -> tuple[Track, ...]:
        """Every region in every rank for so many days, today first. What of today has passed is left out."""
        edges, names = days(self.now, count), short_names(self.roster.people)
        return tuple(self._track(region, rank, edges, names) for region in self.regions for rank in RANKS)

    def changes(self, fixed: frozenset[str] = frozenset()) -> tuple[Change, ...]:
        """Every override and leave that is not over, soonest first. `fixed` are the ids of those that stand in the files."""
        made: list[Override | Leave] = [*self.roster.overrides, *self.roster.leaves]
        standing = [self._change(one, one.id in fixed) for one in made if one.end > self.now]
        return tuple(sorted(standing, key=lambda change: (change.start, change.what, change.id)))

    def _change(self, made: Override | Leave, fixed: bool) -> Change:
        what = self._what(made.region, made.rank) if isinstance(made, Override) else "off"
        by = self._name(made.by)
        return Change(made.id, what, self._name(made.who), made.start, made.end, made.made_at, by, fixed)

    def _what(self, region: str, rank: str) -> str:
        names = {each.id: each.name for each in self.regions}
        return f"{names.get(region, region)}, {SAID_RANK.get(rank, rank)}"

    def _post(self, region: Region, rank: str, end: float) -> Post:
        here, *later = self.roster.shifts(region.id, rank, self.now, end)
        return Post(
            region=region.id,
            name=region.name,
            rank=rank,
            who=self._name(here.who),
            until=here.end if later else None,
            then=self._name(later[0].who) if later else "",
            troubles=self.troubles.get(here.who, ()),
        )

    def _name(self, who: str) -> str:
        return self.roster.people[who].name if who in self.roster.people else who

    def _uncovered(self, ranks: tuple[str, ...], ahead: float) -> Iterator[tuple[Region, str, Shift]]:
        for region in self.regions:
            for rank in ranks:
                for shift in self.roster.gaps(region.id, rank, self.now, self.now + ahead):
                    yield region, rank, shift

    def _gap(self, region: Region, rank: str, shift: Shift, ahead: float) -> Gap:
        start = shift.start if shift.start > self.now else None
        end = shift.end if shift.end < self.now + ahead else None
        return Gap(region.id, region.name, rank, start, end)

    def _track(self, region: Region, rank: str, edges: list[float], names: Mapping[str, str]) -> Track:
        shifts = self.roster.shifts(region.id, rank, self.now, edges[-1])
        each = (_pieces(shifts, max(start, self.now), end, names) for start, end in pairwise(edges))
        return Track(region.name, rank, tuple(map(tuple, each)))


def nearest(gaps: Iterable[Gap]) -> Gap | None:
    """The gap to warn of, among gaps that stand soonest first: where nobody is on call, else where there is no backup."""
    return min(gaps, key=lambda gap: RANKS.index(gap.rank), default=None)


def days(now: float, count: int) -> list[float]:
    """The midnights in Alabama with which today and the days after it begin, and the one that ends the last of them."""
    today = datetime.combine(local(now).date(), datetime.min.time())
    return [instant(today + timedelta(days=n)) for n in range(count + 1)]


def short_names(people: Mapping[str, Person]) -> dict[str, str]:
    """Last names by id, "Boyd"; the whole name where two share the last one."""
    last = [person.name.split()[-1] for person in people.values()]
    return {
        person.id: name if last.count(name) == 1 else person.name for person, name in zip(people.values(), last, strict=True)
    }


def wall_clock(text: str) -> float:
    """The instant of "2026-11-27 18:00", by the wall clock in Alabama unless it names an offset. Raises BadTime."""
    try:
        there = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadTime(text=text.strip()[:40] or "Nothing") from None
    if there.year not in CENTURY:
        raise BadTime(text=text.strip())
    return there.timestamp() if there.tzinfo else instant(there)


def _pieces(shifts: list[Shift], start: float, end: float, names: Mapping[str, str]) -> Iterator[Piece]:
    for shift in shifts:
        if shift.start < end and shift.end > start:
            begins = shift.start if shift.start > start else None
            yield Piece(names.get(shift.who, shift.who), begins, shift.end if shift.end < end else None)
