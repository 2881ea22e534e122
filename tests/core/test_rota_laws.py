"""What holds for every rota: any layers, turns, overrides, leave and bookings, over both changes of the clocks of a year.

The rota is held against a second reading of the rules, which goes through the hand-offs one by one and by the second.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from dateutil import tz
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.rota import (
    MINUTES_PER_WEEK,
    RANKS,
    Booking,
    Duty,
    Leave,
    Override,
    Person,
    Roster,
    Shift,
    Turn,
    instant,
    local,
)

NAMES = ("ann", "bo", "cy", "di")
PEOPLE = {name: Person(name, name.title(), f"+1256555010{n}") for n, name in enumerate(NAMES)}
STARTS = [datetime(2026, 3, 5), datetime(2026, 10, 29), datetime(2026, 6, 1)]  # noqa: DTZ001  Alabama's; a change of the clocks follows two of them
DAYS = 8
HOUR = 3600.0
CHANGES = [datetime(2026, 3, 8, 8, tzinfo=UTC), datetime(2026, 11, 1, 7, tzinfo=UTC)]
AROUND_THE_CHANGES = [at.timestamp() + minutes * 60 for at in CHANGES for minutes in (-60, -30, -0.01, 0, 30, 60, 90)]
laws = settings(derandomize=True, max_examples=100, deadline=None)

minutes = st.one_of(
    st.sampled_from([0, 120, 6 * 1440, 6 * 1440 + 60, 6 * 1440 + 90, 6 * 1440 + 120, 6 * 1440 + 150, 6 * 1440 + 180]),
    st.integers(0, MINUTES_PER_WEEK - 1),
)
people = st.sampled_from([*NAMES, "gone"])
ranks = st.sampled_from(RANKS)


@st.composite
def windows(draw: st.DrawFn) -> tuple[float, float]:
    begins = draw(st.sampled_from(STARTS)) + timedelta(minutes=draw(st.integers(-3000, 3000)))
    return instant(begins), instant(begins) + DAYS * 24 * HOUR


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    hour = draw(st.sampled_from([1, 2]) | st.integers(0, 23))
    begins = datetime(2026, 1, draw(st.integers(1, 31)), hour, draw(st.sampled_from([0, 30])))  # noqa: DTZ001
    late = timedelta(days=draw(st.sampled_from([0, 0, 0, 63, 300])))
    return Turn(draw(st.integers(1, 13)), draw(st.sampled_from(["hour", "day", "week", "month"])), instant(begins + late))


@st.composite
def duties(draw: st.DrawFn) -> Duty:
    who = tuple(draw(st.lists(people, min_size=1, max_size=4)))
    spans = tuple(draw(st.lists(st.tuples(minutes, minutes), max_size=2)))
    return Duty("G", draw(ranks), who, spans, draw(turns()) if len(who) > 1 else None)


@st.composite
def periods(draw: st.DrawFn, around: tuple[float, float]) -> tuple[float, float]:
    """Some hours around a window, not always in order, often on a change of the clocks."""
    hours = (around[1] - around[0]) / HOUR
    start = around[0] + draw(st.integers(-20, int(hours) + 20)) * HOUR / 2
    return start, start + draw(st.integers(-2, 120)) * HOUR / 2


@st.composite
def rotas(draw: st.DrawFn) -> tuple[Roster, float, float]:
    """A rota of one region, and a window to look at."""
    window = draw(windows())
    span, made = periods(window), st.integers(0, 3).map(float)
    overrides = [
        Override(f"o{n}", "G", draw(ranks), draw(people), *draw(span), draw(made)) for n in range(draw(st.integers(0, 4)))
    ]
    leaves = [Leave(f"l{n}", draw(people), *draw(span), draw(made)) for n in range(draw(st.integers(0, 3)))]
    bookings = [Booking("G", draw(ranks), draw(people), *draw(span)) for _ in range(draw(st.integers(0, 3)))]
    layers = draw(st.lists(duties(), max_size=4))
    return Roster(PEOPLE, tuple(layers), (), tuple(overrides), tuple(leaves), tuple(bookings)), *window


@st.composite
def moments(draw: st.DrawFn, start: float, end: float) -> float:
    return start + draw(st.integers(0, int(end - start) - 1))


# ---- a second reading of the rules


def read_again(rota: Roster, rank: str, now: float) -> str:
    """Who has it, the long way round."""
    off = {who: [one.made_at for one in rota.leaves if one.who == who and one.start <= now < one.end] for who in PEOPLE}
    made = [one for one in rota.overrides if one.rank == rank and one.start <= now < one.end and one.who in PEOPLE]
    valid = [one for one in made if all(one.made_at > at for at in off[one.who])]
    if valid:
        return max(valid, key=lambda one: (one.made_at, one.id)).who
    booked = [one for one in rota.bookings if one.rank == rank and one.start <= now < one.end and not off.get(one.who, [0.0])]
    if booked:
        return min(booked, key=lambda one: (one.start, one.who)).who
    planned = (by_hand(duty, now) for duty in rota.duties if duty.rank == rank)
    return next((who for who in planned if who in PEOPLE and not off[who]), "")


def by_hand(duty: Duty, now: float) -> str:
    """Whom one layer names: every hand-off since the first is gone through, and every week since the start of the year."""
    if duty.spans and not any(start <= now < end for span in duty.spans for start, end in weeks(*span)):
        return ""
    if duty.turn is None:
        return duty.who[0]
    passed = sum(1 for at in hand_offs(duty.turn, now) if at <= now)
    return duty.who[(passed - 1) % len(duty.who)] if passed else ""


def weeks(begins: int, ends: int) -> Iterator[tuple[float, float]]:
    monday = datetime(2025, 12, 15)  # noqa: DTZ001
    for week in range(60):
        start = monday + timedelta(weeks=week, minutes=begins)
        end = monday + timedelta(weeks=week + (ends <= begins), minutes=ends)
        yield seen_at(start), seen_at(end)


def hand_offs(turn: Turn, until: float) -> Iterator[float]:
    at, n, first = turn.start, 0, local(turn.start).replace(tzinfo=None)
    while at <= until:
        yield at
        n += turn.every
        if turn.unit == "hour":
            at = turn.start + n * HOUR
        elif turn.unit == "month":
            year, month = divmod(first.month - 1 + n, 12)
            at = seen_at(_last_that_exists(first.year + year, month + 1, first))
        else:
            at = seen_at(first + timedelta(days=n * (7 if turn.unit == "week" else 1)))


def _last_that_exists(year: int, month: int, first: datetime) -> datetime:
    for day in range(first.day, 0, -1):
        try:
            return first.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise AssertionError


def seen_at(wall: datetime) -> float:
    """When a clock on the wall first shows this time, or a later one: another library's table of the zone, read forwards."""
    there = wall.replace(tzinfo=tz.gettz("America/Chicago"))
    if not tz.datetime_exists(there):
        return datetime(2026, 3, 8, 8, tzinfo=UTC).timestamp()
    return tz.enfold(there, fold=0).timestamp()


# ---- the laws


@laws
@given(st.data())
def test_at_every_instant_the_rules_name_the_same_one_as_their_second_reading(data: st.DataObject) -> None:
    rota, start, end = data.draw(rotas())
    rank = data.draw(ranks)
    edges = [shift.start for shift in rota.shifts("G", rank, start, end)][:20]
    some = data.draw(st.lists(moments(start, end), max_size=10))
    for now in (*some, *edges, *(edge - 0.001 for edge in edges), *AROUND_THE_CHANGES):
        found = rota.on_duty("G", rank, now)
        assert (found.id if found else "") == read_again(rota, rank, now), local(now)


@laws
@given(st.data())
def test_the_shifts_tile_the_window_and_say_what_is_said_at_every_instant(data: st.DataObject) -> None:
    rota, start, end = data.draw(rotas())
    for rank in RANKS:
        shifts = rota.shifts("G", rank, start, end)
        assert (shifts[0].start, shifts[-1].end) == (start, end)
        for one, following in pairwise(shifts):
            assert one.end == following.start
            assert one.who != following.who
        assert all(shift.start < shift.end for shift in shifts)
        for now in data.draw(st.lists(moments(start, end), max_size=10)):
            [at] = [shift for shift in shifts if shift.start <= now < shift.end]
            assert said(rota, rank, now) == at.who
        for shift in shifts[:30]:
            assert said(rota, rank, shift.start) == said(rota, rank, shift.end - 0.001) == shift.who


@laws
@given(st.data())
def test_the_shifts_of_a_part_are_a_part_of_the_shifts(data: st.DataObject) -> None:
    rota, start, end = data.draw(rotas())
    first = data.draw(moments(start, end - 1))
    last = data.draw(moments(first + 1, end))
    cut = [(s.who, max(s.start, first), min(s.end, last)) for s in rota.shifts("G", "on-call", start, end)]
    part = [(s.who, s.start, s.end) for s in rota.shifts("G", "on-call", first, last)]
    assert part == [one for one in cut if one[1] < one[2]]


@laws
@given(st.data())
def test_what_is_anybodys_shift_or_a_gap_is_all_there_is(data: st.DataObject) -> None:
    rota, start, end = data.draw(rotas())
    everything = [shift for rank in RANKS for shift in rota.shifts("G", rank, start, end)]
    gaps = [gap for rank in RANKS for gap in rota.gaps("G", rank, start, end)]
    theirs = [shift for name in NAMES for shift in rota.shifts_of(name, start, end)]
    if rota.duties or rota.overrides or rota.bookings:
        assert sorted(everything, key=key) == sorted((*gaps, *theirs), key=key)
    else:
        assert everything == gaps


@laws
@given(st.data())
def test_an_override_made_last_wins_over_everything_and_without_it_all_is_as_it_was(data: st.DataObject) -> None:
    rota, start, end = data.draw(rotas())
    who, rank = data.draw(st.sampled_from(NAMES)), data.draw(ranks)
    period = data.draw(periods((start, end)))
    changed = replace(rota, overrides=(*rota.overrides, Override("last", "G", rank, who, *period, 9.0)))
    for now in data.draw(st.lists(moments(start, end), min_size=5, max_size=15)):
        inside = period[0] <= now < period[1]
        assert said(changed, rank, now) == (who if inside else said(rota, rank, now))
        for other in set(RANKS) - {rank}:
            assert said(changed, other, now) == said(rota, other, now)
    taken_back = replace(changed, overrides=tuple(one for one in changed.overrides if one.id != "last"))
    assert taken_back.shifts("G", rank, start, end) == rota.shifts("G", rank, start, end)


@laws
@given(st.data())
def test_who_is_on_leave_has_nothing_but_by_an_override_made_after_the_leave(data: st.DataObject) -> None:
    rota, start, end = data.draw(rotas())
    for leave in rota.leaves:
        for rank in RANKS:
            for shift in rota.shifts("G", rank, start, end):
                both = max(shift.start, leave.start), min(shift.end, leave.end)
                if shift.who == leave.who and both[0] < both[1]:
                    for now in (both[0], data.draw(moments(*both))):
                        assert taken_after(rota, leave, rank, now)


@laws
@given(st.data())
def test_a_leave_that_is_made_last_takes_its_person_out_and_touches_nobody_else(data: st.DataObject) -> None:
    rota, start, end = data.draw(rotas())
    who, period = data.draw(st.sampled_from(NAMES)), data.draw(periods((start, end)))
    changed = replace(rota, leaves=(*rota.leaves, Leave("last", who, *period, 9.0)))
    for now in data.draw(st.lists(moments(start, end), min_size=5, max_size=15)):
        before, after = said(rota, "on-call", now), said(changed, "on-call", now)
        if period[0] <= now < period[1]:
            assert after != who
        if before != who or not period[0] <= now < period[1]:
            assert after == before


@laws
@given(st.data())
def test_in_a_rotation_each_follows_the_one_before_without_a_gap_or_an_overlap(data: st.DataObject) -> None:
    turn, count = data.draw(turns()), data.draw(st.integers(2, 4))
    rota = Roster(PEOPLE, (Duty("G", "on-call", NAMES[:count], (), turn),), ())
    start, end = turn.start, turn.start + (40 if turn.unit == "hour" else 330) * 24 * HOUR
    shifts = rota.shifts("G", "on-call", start, end)
    assert [shift.who for shift in shifts] == [NAMES[n % count] for n in range(len(shifts))]
    assert shifts[0].start == turn.start
    for n, shift in enumerate(shifts):
        assert shift.start == turn.hand_off(n)
        if turn.unit != "hour" and not has_jumped(shift.start):
            assert local(shift.start).time() == local(turn.start).time()
    for n in data.draw(st.lists(st.integers(0, len(shifts) - 1), max_size=20)):
        assert turn.number(shifts[n].start) == n == turn.number(shifts[n].end - 0.001)
    assert said(rota, "on-call", turn.start - 0.001) == ""


@laws
@given(st.data())
def test_every_wall_time_is_reached_in_the_order_of_the_wall(data: st.DataObject) -> None:
    near = [datetime(2026, 3, 8, 2), datetime(2026, 11, 1, 1), datetime(2026, 6, 1)]  # noqa: DTZ001
    walls = [data.draw(st.sampled_from(near)) + timedelta(minutes=data.draw(st.integers(-200, 200))) for _ in range(2)]
    first, second = sorted(walls)
    assert instant(first) <= instant(second)
    shown = local(instant(first)).replace(tzinfo=None)
    assert shown == first or (has_jumped(instant(first)) and timedelta(0) < shown - first <= timedelta(hours=1))


def said(rota: Roster, rank: str, now: float) -> str:
    found = rota.on_duty("G", rank, now)
    return found.id if found else ""


def taken_after(rota: Roster, leave: Leave, rank: str, now: float) -> bool:
    """Whether an override gives this rank to who is on leave, and was made after the leave was."""
    theirs = [one for one in rota.overrides if (one.who, one.rank) == (leave.who, rank) and one.start <= now < one.end]
    return any(one.made_at > leave.made_at for one in theirs)


def has_jumped(now: float) -> bool:
    """Whether the clocks are put forward at this very second."""
    return local(now).hour - local(now - 1).hour == 2


def key(shift: Shift) -> tuple[str, float]:
    return shift.rank, shift.start
