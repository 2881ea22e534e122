"""What a roster allows, and its writer should still look at: hours without anybody, duties that never come, changed clocks.

The next ninety days are looked at. What comes every week is said once ("from Fri 18:00 to Mon 06:00"), all else by its date.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations, product

from bridge.core.layers import weekly
from bridge.core.rota import DISPATCH, RANKS, Duty, Roster, Shift, Turn, instant, local, minute_of_week
from bridge.settings.model import Settings
from bridge.settings.values import said_minute

AHEAD = 90 * 86400.0
WEEK = 7 * 86400.0  # looked at before and after, to see where a stretch really begins and ends
MOST_SAID = 5  # times that something is said which harms nobody
Stretch = tuple[float, float]  # from, until


def roster_doubts(settings: Settings, now: float) -> Iterator[str]:
    """One line each."""
    yield from _gaps(settings, now)
    yield from _overlaps(settings, now)
    yield from _never(settings, now)
    yield from _same_person(settings, now)
    yield from _overridden_by_leave(settings, now)
    yield from dict.fromkeys(_clocks(settings, now))
    yield from _alone(settings)
    yield from _idle(settings)
    yield from _calendars(settings)


def said(stretches: Iterable[Stretch], now: float) -> Iterator[str]:
    """The stretches of the next ninety days in words; they do not touch each other, and are known a week before and after."""
    ahead = [(start, end) for start, end in stretches if end > now and start < now + AHEAD]
    short = {_span(one) for one in ahead if one[1] - one[0] < WEEK}
    spans = sorted(span for span in short if _comes_every_week(span, ahead, now))
    weeks = {one for span in spans for one in weekly(span, now - WEEK, now + AHEAD + WEEK)}
    yield from (f"from {said_minute(start)} to {said_minute(end)}" for start, end in spans)
    yield from (_said_once(one, now) for one in ahead if one not in weeks)


def _in_brief(whens: Iterable[str]) -> list[str]:
    found = list(whens)
    rest = len(found) - MOST_SAID
    return [*found[:MOST_SAID], f"{rest} times more in the next 90 days"] if rest > 1 else found


def _span(stretch: Stretch) -> tuple[int, int]:
    return minute_of_week(stretch[0]), minute_of_week(stretch[1])


def _comes_every_week(span: tuple[int, int], stretches: list[Stretch], now: float) -> bool:
    weeks = [one for one in weekly(span, now, now + AHEAD) if one[0] < now + AHEAD]
    return all(any(start <= a and b <= end for start, end in stretches) for a, b in weeks)


def _said_once(stretch: Stretch, now: float) -> str:
    begun, endless = stretch[0] <= now, stretch[1] >= now + AHEAD + WEEK
    if begun and endless:
        return "at any time"
    since = "now" if begun else _said_moment(stretch[0])
    return f"from {since} on" if endless else f"from {since} to {_said_moment(stretch[1])}"


def _said_moment(at: float) -> str:
    there = local(at)
    return f"{there:%a %b} {there.day} {there:%H:%M}"


def _gaps(settings: Settings, now: float) -> Iterator[str]:
    for region, rank in product(settings.regions.values(), RANKS):
        gaps = settings.roster.gaps(region.id, rank, now - WEEK, now + AHEAD + WEEK)
        what, unless = "nobody on call" if rank == "on-call" else "no backup", _unless(settings, region.id, rank)
        yield from (f"{region.name} has {what} {when}{unless}" for when in said(_stretches(gaps), now))


def _unless(settings: Settings, region: str, rank: str) -> str:
    """What is to be said where a calendar may fill the gap, and was not read so far."""
    names = [source.name for source in settings.calendars if (source.region, source.rank) == (region, rank)]
    read = any((booking.region, booking.rank) == (region, rank) for booking in settings.roster.bookings)
    return f", unless the calendar {' or '.join(names)} has somebody" if names and not read else ""


def _overlaps(settings: Settings, now: float) -> Iterator[str]:
    for duties in _lanes(settings):
        for first, second in combinations((duty for duty in duties if duty.spans), 2):
            one, other = _names(first), _names(second)
            names = f"{one} and {other}" if one != other else f"{one} twice"
            for when in said(_shared(_held(first, now), _held(second, now)), now):
                where = f"{settings.regions[first.region].name} has {names} as {first.rank}"
                yield f"{where} {when}; {one} stands first in the roster and has it"


def _never(settings: Settings, now: float) -> Iterator[str]:
    for duties in _lanes(settings):
        for n, duty in enumerate(duties):
            if n and _begun(duty, now) and not _changes_anything(settings.roster, duties[:n], duty, now):
                name = f"{settings.regions[duty.region].name} never comes to {_names(duty)} as {duty.rank}"
                yield f"{name}; who stands further up in the roster has it at any time, but for leave"


def _changes_anything(roster: Roster, above: list[Duty], duty: Duty, now: float) -> bool:
    plans = (replace(roster, duties=tuple(duties), overrides=(), bookings=()) for duties in (above, [*above, duty]))
    without, with_it = (plan.shifts(duty.region, duty.rank, now, now + AHEAD) for plan in plans)
    return without != with_it


def _begun(duty: Duty, now: float) -> bool:
    return duty.turn is None or duty.turn.start <= now


def _same_person(settings: Settings, now: float) -> Iterator[str]:
    for region in settings.regions.values():
        first, second = (settings.roster.shifts(region.id, rank, now - WEEK, now + AHEAD + WEEK) for rank in RANKS)
        for who in sorted({shift.who for shift in first if shift.who}):
            both = _shared(*(_stretches(shift for shift in shifts if shift.who == who) for shifts in (first, second)))
            yield from (f"{region.name} has {who} both on call and as backup {when}" for when in _in_brief(said(both, now)))


def _overridden_by_leave(settings: Settings, now: float) -> Iterator[str]:
    for override, leave in product(settings.roster.overrides, settings.roster.leaves):
        start, end = max(override.start, leave.start, now), min(override.end, leave.end)
        if override.who == leave.who and leave.made_at >= override.made_at and start < end:
            when = f"from {_said_moment(start)} to {_said_moment(end)}"
            yield f"{leave.who} is on leave {when}, and the override of region {override.region} does not count then"


def _clocks(settings: Settings, now: float) -> Iterator[str]:
    hours = range(int(now) // 3600 * 3600 + 3600, int(now + AHEAD), 3600)
    changes = [float(at) for at in hours if local(at).utcoffset() != local(at - 1).utcoffset()]
    for change, duty in product(changes, settings.roster.duties):
        name = settings.regions[duty.region].name
        if duty.turn and duty.turn.unit == "hour" and duty.turn.every > 1:
            yield f"{name} counts real hours: {_names(duty)} hand over an hour {_shifted(change)}"
        yield from (f"{name} {what}" for wall in _hand_offs(duty, change) if (what := _odd(wall)))


def _shifted(change: float) -> str:
    """How what is counted in real hours moves on the clock: "earlier by the clock from Sun Nov 1 on"."""
    before, after = (local(at).replace(tzinfo=None) for at in (change - 1, change))
    return f"{'earlier' if after < before else 'later'} by the clock from {before:%a %b} {before.day} on"


def _hand_offs(duty: Duty, change: float) -> list[datetime]:
    """When this layer is handed over, by the wall, in the week of a change of the clocks; its turns, on the day of it."""
    midnight = local(change).replace(hour=0, minute=0, tzinfo=None)
    monday = midnight - timedelta(days=midnight.weekday())
    walls = {monday + timedelta(minutes=edge) for span in duty.spans for edge in span}
    if duty.turn and duty.turn.unit != "hour":
        walls |= {_by_the_wall(duty.turn, at) for at in duty.turn.hand_offs(instant(midnight), instant(midnight) + 82800)}
    return sorted(walls)


def _by_the_wall(turn: Turn, hand_off: float) -> datetime:
    return datetime.combine(local(hand_off).date(), local(turn.start).time())


def _odd(wall: datetime) -> str:
    """What is odd about a hand-off at this time; "" for nothing."""
    when, there = f"{wall:%a %b} {wall.day} at {wall:%H:%M}", local(instant(wall))
    if there.replace(tzinfo=None) != wall:
        return f"hands over on {when}, which the clocks jump over: it is at {there:%H:%M} that day"
    twice = there.utcoffset() != there.replace(fold=1).utcoffset()
    return f"hands over on {when}, which comes twice that day: the first one counts" if twice else ""


def _alone(settings: Settings) -> Iterator[str]:
    planned = {source.region for source in settings.calendars}
    for region in settings.regions.values():
        if len(settings.roster.serving(region.id)) == 1 and not region.neighbours and region.id not in planned:
            yield f"{region.name} has one person and no neighbours; when that person does not answer, the state is next"


def _idle(settings: Settings) -> Iterator[str]:
    if settings.calendars:
        return  # they may name anybody
    roster = settings.roster
    busy = {DISPATCH, *roster.state, *(person.id for region in settings.regions for person in roster.serving(region))}
    for person in roster.people.values():
        if person.id not in busy:
            yield f"{person.id} ({person.name}) has no duty and is no state coordinator, and is never paged"


def _calendars(settings: Settings) -> Iterator[str]:
    for source in settings.calendars:
        if source.file and not source.file.is_file():
            yield f"the calendar {source.name} is not there: put it at {source.file}"


def _lanes(settings: Settings) -> Iterator[list[Duty]]:
    """The layers of every region and rank, in the order of the file."""
    for region, rank in product(settings.regions, RANKS):
        yield [duty for duty in settings.roster.duties if (duty.region, duty.rank) == (region, rank)]


def _names(duty: Duty) -> str:
    return ", ".join(dict.fromkeys(duty.who))


def _stretches(shifts: Iterable[Shift]) -> list[Stretch]:
    return [(shift.start, shift.end) for shift in shifts]


def _held(duty: Duty, now: float) -> list[Stretch]:
    return _merged(duty.held(now - WEEK, now + AHEAD + WEEK))


def _merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time, in order, in stretches that do not touch each other."""
    merged: list[Stretch] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _shared(first: list[Stretch], second: list[Stretch]) -> Iterator[Stretch]:
    """What lies in both; either is in order and does not overlap itself."""
    starts, ends = [start for start, _ in second], [end for _, end in second]
    for start, end in first:
        for a, b in second[bisect_right(ends, start) : bisect_left(starts, end)]:
            yield max(start, a), min(end, b)
