"""Who has what before and after: what a change of the rota moves, and what time moves by itself.

Instants are seconds, UTC; an empty name is nobody.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from bridge.core.rota import RANKS, Roster, Shift

SHORT = 1800.0  # seconds: a shift that is shorter is not worth a reminder
NEAR = 1800.0  # seconds: what begins within them, or began so lately, has just begun
LATE = 7200.0  # seconds: a reminder of a hand-off that is longer ago says nothing new
MONTH = 30 * 24 * 3600.0  # seconds: where a shift goes on for longer, its end is not said
HOUR, DAY = 3600.0, 24 * 3600.0
HALF_DAY = 12 * HOUR


@dataclass(frozen=True)
class Move:
    """From `start` until `end` `has` has the region in this rank, where `was` would have it, or had it before."""

    region: str
    rank: str
    start: float
    end: float
    was: str
    has: str


def moves(before: Roster, after: Roster, regions: Iterable[str], start: float, end: float) -> tuple[Move, ...]:
    """What is different in `after`, from `start` until `end`."""
    return tuple(
        move
        for region in regions
        for rank in RANKS
        for move in _moved(before.shifts(region, rank, start, end), after.shifts(region, rank, start, end))
    )


def hand_offs(roster: Roster, regions: Iterable[str], since: float, until: float) -> Iterator[tuple[Shift, Shift]]:
    """Every shift that ends and the one that begins in its place, after `since` and up to `until`. What is shown of them
    begins no earlier than an hour before `since`, and ends no later than a month after `until`."""
    for region in regions:
        for rank in RANKS:
            for old, new in pairwise(roster.shifts(region, rank, since - HOUR, until + MONTH)):
                if since < new.start <= until:
                    yield old, new


def reminders(roster: Roster, regions: Iterable[str], now: float) -> dict[tuple[str, float], list[Move]]:
    """What has just changed hands: (a person that it concerns, when) -> all that it gave them and took from them."""
    found: dict[tuple[str, float], list[Move]] = {}
    for old, new in hand_offs(roster, regions, now - LATE, now):
        move = Move(new.region, new.rank, new.start, new.end, old.who, new.who)
        for person, shift in ((old.who, old), (new.who, new)):
            if person and new.end > now and shift.end - shift.start >= SHORT:
                found.setdefault((person, new.start), []).append(move)
    return found


def coming(roster: Roster, regions: Iterable[str], now: float) -> Iterator[tuple[Shift, Shift, str]]:
    """The on-call shifts that begin within a day, or have just begun: (the one before, the new one, "day" or "hour"). A gap
    counts for as long as it lasts, for half a day: it may be entered when it has begun long ago."""
    for old, new in hand_offs(roster, regions, now - HALF_DAY, now + DAY):
        stands = new.end > now if not new.who else new.start > now - NEAR
        if new.rank == RANKS[0] and stands:
            yield old, new, "hour" if new.start <= now + HOUR else "day"


def _moved(before: list[Shift], after: list[Shift]) -> Iterator[Move]:
    for was in before:
        for has in after:
            start, end = max(was.start, has.start), min(was.end, has.end)
            if start < end and was.who != has.who:
                yield Move(was.region, was.rank, start, end, was.who, has.who)
