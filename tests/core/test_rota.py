"""Who is on call: on both sides of a change of the clocks, across midnight and the end of the week, in turn, by override."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.core.rota import ALABAMA, Booking, Duty, Leave, Override, Person, Roster, Shift, Turn, instant, local

DAY, HOUR = 24 * 60, 60
MON, TUE, WED, THU, FRI, SAT, SUN = (day * DAY for day in range(7))
PEOPLE = {name: Person(name, name.title(), f"+1256555010{n}") for n, name in enumerate(("ann", "bo", "cy"))}


def roster(*duties: Duty) -> Roster:
    return Roster(PEOPLE, duties, ())


def on_call(*spans: tuple[int, int], who: str = "ann", region: str = "G", rank: str = "on-call") -> Duty:
    return Duty(region, rank, (who,), spans)


def at(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ALABAMA, fold=fold).timestamp()


def wall(text: str) -> float:
    return instant(datetime.fromisoformat(text))


def in_turn(every: int, unit: str, start: str, *who: str) -> Duty:
    return Duty("G", "on-call", who or ("ann", "bo", "cy"), (), Turn(every, unit, wall(start)))


def seen(rota: Roster, start: str, end: str, region: str = "G", rank: str = "on-call") -> list[tuple[str, str]]:
    """Each shift as who has it and when it begins by the wall clock, with the offset from UTC."""
    shifts = rota.shifts(region, rank, wall(start), wall(end))
    return [(shift.who, f"{local(shift.start):%m-%d %H:%M %z}") for shift in shifts]


def name(found: Person | None) -> str:
    return found.id if found else ""


DAYS_AND_NIGHTS = roster(
    on_call((MON + 6 * HOUR, FRI + 18 * HOUR)),
    on_call((FRI + 18 * HOUR, MON + 6 * HOUR), who="bo"),
)


@pytest.mark.parametrize(
    ("when", "who"),
    [
        ("2026-03-02 05:59:59", "bo"),
        ("2026-03-02 06:00:00", "ann"),
        ("2026-03-04 00:00:00", "ann"),
        ("2026-03-06 17:59:59", "ann"),
        ("2026-03-06 18:00:00", "bo"),
        ("2026-03-08 23:59:59", "bo"),
        ("2026-03-09 00:00:00", "bo"),
    ],
)
def test_a_duty_begins_and_ends_to_the_second_and_holds_across_the_end_of_the_week(when: str, who: str) -> None:
    assert name(DAYS_AND_NIGHTS.on_duty("G", "on-call", at(when))) == who


@pytest.mark.parametrize(("day", "offset"), [("2026-03-08", -5), ("2026-11-01", -6)])
def test_on_the_sunday_of_a_change_of_the_clocks_a_hand_off_at_six_is_at_six_by_the_wall(day: str, offset: int) -> None:
    rota = roster(on_call((SAT + 18 * HOUR, SUN + 6 * HOUR)), on_call((SUN + 6 * HOUR, SAT + 18 * HOUR), who="bo"))
    six = at(f"{day} 06:00")
    assert local(six).utcoffset().total_seconds() == offset * 3600  # type: ignore[union-attr]
    assert [name(rota.on_duty("G", "on-call", six + seconds)) for seconds in (-1, 0)] == ["ann", "bo"]


def test_in_spring_every_second_of_the_missing_hour_belongs_to_somebody() -> None:
    rota = roster(on_call((SUN, SUN + 2 * HOUR)), on_call((SUN + 2 * HOUR, SUN), who="bo"))
    two = at("2026-03-08 01:59:59") + 1
    assert local(two).hour == 3
    assert [name(rota.on_duty("G", "on-call", two + seconds)) for seconds in (-1, 0)] == ["ann", "bo"]


def test_in_autumn_a_span_takes_in_both_hours_that_show_the_same() -> None:
    rota = roster(on_call((SUN + HOUR, SUN + 2 * HOUR)))
    first, second = at("2026-11-01 01:30"), at("2026-11-01 01:30", fold=1)
    assert second - first == 3600
    assert [name(rota.on_duty("G", "on-call", t)) for t in (first - 1801, first, second, second + 1799, second + 1801)] == [
        "", "ann", "ann", "ann", "",
    ]  # fmt: skip


def test_in_autumn_a_hand_off_at_half_past_one_happens_once_and_is_the_first() -> None:
    rota = roster(on_call((SAT, SUN + 90)), on_call((SUN + 90, SAT), who="bo"))
    assert seen(rota, "2026-10-31 12:00", "2026-11-02 00:00") == [("ann", "10-31 12:00 -0500"), ("bo", "11-01 01:30 -0500")]


def test_in_spring_a_hand_off_at_half_past_two_is_when_the_clocks_jump() -> None:
    rota = roster(on_call((SAT, SUN + 150)), on_call((SUN + 150, SAT), who="bo"))
    assert seen(rota, "2026-03-07 12:00", "2026-03-09 00:00") == [("ann", "03-07 12:00 -0600"), ("bo", "03-08 03:00 -0500")]


def test_in_spring_a_span_within_the_missing_hour_is_no_time_and_the_rest_of_the_week_is_whole() -> None:
    rota = roster(on_call((SUN + 135, SUN + 165)), on_call((SUN + 165, SUN + 135), who="bo"))
    assert seen(rota, "2026-03-07 00:00", "2026-03-09 00:00") == [("bo", "03-07 00:00 -0600")]
    assert [who for who, _ in seen(rota, "2026-03-14 00:00", "2026-03-16 00:00")] == ["bo", "ann", "bo"]


@pytest.mark.parametrize(
    ("shown", "fold", "meant"),
    [
        ("2026-03-08 01:59", 0, "2026-03-08 07:59"),
        ("2026-03-08 02:00", 0, "2026-03-08 08:00"),
        ("2026-03-08 02:30", 0, "2026-03-08 08:00"),
        ("2026-03-08 02:59", 1, "2026-03-08 08:00"),
        ("2026-03-08 03:00", 0, "2026-03-08 08:00"),
        ("2026-11-01 00:59", 0, "2026-11-01 05:59"),
        ("2026-11-01 01:30", 0, "2026-11-01 06:30"),
        ("2026-11-01 01:30", 1, "2026-11-01 06:30"),
        ("2026-11-01 02:00", 0, "2026-11-01 08:00"),
        ("2026-07-04 12:00", 0, "2026-07-04 17:00"),
    ],
)
def test_every_wall_time_is_one_instant(shown: str, fold: int, meant: str) -> None:
    expected = datetime.fromisoformat(meant).replace(tzinfo=UTC).timestamp()
    assert instant(datetime.fromisoformat(shown).replace(fold=fold)) == expected


@pytest.mark.parametrize("year", [2026, 2027])
def test_no_minute_of_the_year_is_without_somebody_where_the_week_is_full(year: int) -> None:
    start, end = (datetime(y, 1, 1, tzinfo=UTC).timestamp() for y in (year, year + 1))
    for now in range(int(start), int(end), 900):
        assert DAYS_AND_NIGHTS.on_duty("G", "on-call", now) is not None


def test_a_span_may_cross_midnight() -> None:
    rota = roster(on_call((TUE + 22 * HOUR, WED + 6 * HOUR)))
    whens = ["2026-03-03 21:59", "2026-03-03 22:00", "2026-03-04 00:00", "2026-03-04 05:59", "2026-03-04 06:00"]
    assert [name(rota.on_duty("G", "on-call", at(when))) for when in whens] == ["", "ann", "ann", "ann", ""]


def test_a_duty_without_spans_holds_always_and_so_does_one_that_ends_where_it_begins() -> None:
    for duty in (on_call(), on_call((WED, WED))):
        assert seen(roster(duty), "2026-01-01 00:00", "2027-01-01 00:00") == [("ann", "01-01 00:00 -0600")]


def test_the_first_duty_in_the_file_has_it_where_two_hold() -> None:
    rota = roster(on_call((WED, THU), who="cy"), on_call())
    assert [name(rota.on_duty("G", "on-call", at(when))) for when in ("2026-03-03 12:00", "2026-03-04 12:00")] == ["ann", "cy"]


def test_rank_and_region_are_told_apart() -> None:
    rota = roster(on_call(), on_call(who="bo", rank="backup"), on_call(who="cy", region="F"))
    now = at("2026-03-04 12:00")
    assert [name(rota.on_duty(*which, now)) for which in (("G", "on-call"), ("G", "backup"), ("F", "on-call"))] == [
        "ann", "bo", "cy",
    ]  # fmt: skip
    assert rota.on_duty("F", "backup", now) is None
    assert rota.on_duty("", "on-call", now) is None
    assert [p.id for p in rota.serving("G")] == ["ann", "bo"]


def test_gaps_are_told_to_the_second_and_what_is_not_asked_for_is_cut_off() -> None:
    rota = roster(on_call((MON + 6 * HOUR, FRI + 18 * HOUR), (SAT, SUN)))
    start, end = wall("2026-03-02 00:00"), wall("2026-03-09 00:00")  # the Sunday is an hour short
    assert rota.gaps("G", "on-call", start, end) == [
        Shift("G", "on-call", "", start, wall("2026-03-02 06:00")),
        Shift("G", "on-call", "", wall("2026-03-06 18:00"), wall("2026-03-07 00:00")),
        Shift("G", "on-call", "", wall("2026-03-08 00:00"), end),
    ]
    assert rota.gaps("G", "backup", start, end) == [Shift("G", "backup", "", start, end)]
    assert DAYS_AND_NIGHTS.gaps("G", "on-call", start, end) == []
    assert DAYS_AND_NIGHTS.gaps("G", "on-call", start, start) == []


# ---- in turn


def test_a_week_is_handed_over_at_the_same_time_by_the_wall_on_both_sides_of_a_change() -> None:
    rota = roster(in_turn(1, "week", "2026-01-05 08:00"))
    assert seen(rota, "2026-03-02 08:00", "2026-03-16 09:00") == [
        ("cy", "03-02 08:00 -0600"), ("ann", "03-09 08:00 -0500"), ("bo", "03-16 08:00 -0500"),
    ]  # fmt: skip
    assert [when for _, when in seen(rota, "2026-10-26 08:00", "2026-11-03 00:00")] == [
        "10-26 08:00 -0500",
        "11-02 08:00 -0600",
    ]


def test_hours_are_real_hours_so_that_nobody_has_two_where_a_clock_is_changed() -> None:
    rota = roster(in_turn(1, "hour", "2026-01-01 00:00"))
    assert [when for _, when in seen(rota, "2026-03-08 00:00", "2026-03-08 05:00")] == [
        "03-08 00:00 -0600", "03-08 01:00 -0600", "03-08 03:00 -0500", "03-08 04:00 -0500",
    ]  # fmt: skip
    assert seen(rota, "2026-11-01 00:00", "2026-11-01 03:00") == [
        ("cy", "11-01 00:00 -0500"), ("ann", "11-01 01:00 -0500"), ("bo", "11-01 01:00 -0600"), ("cy", "11-01 02:00 -0600"),
    ]  # fmt: skip


def test_a_day_that_is_handed_over_at_two_is_handed_over_when_two_is_missing_and_when_it_comes_late() -> None:
    rota = roster(in_turn(1, "day", "2026-03-01 02:00", "ann", "bo"))
    assert seen(rota, "2026-03-07 02:00", "2026-03-10 00:00") == [
        ("ann", "03-07 02:00 -0600"), ("bo", "03-08 03:00 -0500"), ("ann", "03-09 02:00 -0500"),
    ]  # fmt: skip
    assert [when for _, when in seen(rota, "2026-10-31 02:00", "2026-11-03 00:00")] == [
        "10-31 02:00 -0500", "11-01 02:00 -0600", "11-02 02:00 -0600",
    ]  # fmt: skip


def test_a_month_that_is_too_short_shortens_itself_only() -> None:
    rota = roster(in_turn(1, "month", "2026-01-31 08:00", "ann", "bo"))
    assert [when[:5] for _, when in seen(rota, "2026-01-31 08:00", "2026-06-15 00:00")] == [
        "01-31", "02-28", "03-31", "04-30", "05-31",
    ]  # fmt: skip


def test_every_second_week_and_every_third_day() -> None:
    fortnights = roster(in_turn(2, "week", "2026-01-05 08:00", "ann", "bo"))
    assert [when[:5] for _, when in seen(fortnights, "2026-01-05 08:00", "2026-02-10 00:00")] == ["01-05", "01-19", "02-02"]
    days = roster(in_turn(3, "day", "2026-02-26 08:00"))
    assert [when[:5] for _, when in seen(days, "2026-02-26 08:00", "2026-03-05 00:00")] == ["02-26", "03-01", "03-04"]


def test_somebody_may_have_two_turns_of_three() -> None:
    rota = roster(in_turn(1, "day", "2026-02-01 08:00", "ann", "ann", "bo"))
    assert [(who, when[:5]) for who, when in seen(rota, "2026-02-01 08:00", "2026-02-08 00:00")] == [
        ("ann", "02-01"), ("bo", "02-03"), ("ann", "02-04"), ("bo", "02-06"), ("ann", "02-07"),
    ]  # fmt: skip


@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
def test_before_the_first_turn_nobody_has_it_and_a_layer_below_does(unit: str) -> None:
    first = in_turn(1, unit, "2026-03-01 08:00")
    assert seen(roster(first), "2026-02-28 00:00", "2026-03-01 08:30") == [
        ("", "02-28 00:00 -0600"),
        ("ann", "03-01 08:00 -0600"),
    ]
    below = roster(first, on_call(who="bo"))
    assert [who for who, _ in seen(below, "2026-02-28 00:00", "2026-03-01 08:30")] == ["bo", "ann"]


def test_a_turn_may_hold_on_some_days_only() -> None:
    weekdays = Duty("G", "on-call", ("ann", "bo"), ((MON, SAT),), Turn(1, "week", wall("2026-01-05 00:00")))
    assert [(who, when[:5]) for who, when in seen(roster(weekdays), "2026-01-05 00:00", "2026-01-19 00:00")] == [
        ("ann", "01-05"), ("", "01-10"), ("bo", "01-12"), ("", "01-17"),
    ]  # fmt: skip


# ---- what people change


def override(who: str, start: str, end: str, made_at: float = 1.0, id: str = "o1", rank: str = "on-call") -> Override:
    return Override(id, "G", rank, who, wall(start), wall(end), made_at)


def leave(who: str, start: str, end: str, made_at: float = 1.0) -> Leave:
    return Leave("l1", who, wall(start), wall(end), made_at)


def booking(who: str, start: str, end: str) -> Booking:
    return Booking("G", "on-call", who, wall(start), wall(end))


WEEKEND = ("2026-03-06 18:00", "2026-03-09 06:00")


def test_an_override_has_it_from_its_first_second_to_before_its_last_and_in_its_rank_only() -> None:
    rota = replace(roster(on_call(), on_call(rank="backup")), overrides=(override("bo", *WEEKEND),))
    start, end = map(wall, WEEKEND)
    assert [name(rota.on_duty("G", "on-call", t)) for t in (start - 0.001, start, end - 0.001, end)] == [
        "ann",
        "bo",
        "bo",
        "ann",
    ]
    assert name(rota.on_duty("G", "backup", start)) == "ann"


def test_of_two_overrides_the_one_made_last_counts_and_where_it_ends_the_other_goes_on() -> None:
    saturday = override("cy", "2026-03-07 00:00", "2026-03-08 00:00", made_at=2.0, id="o0")
    for overrides in ((override("bo", *WEEKEND), saturday), (saturday, override("bo", *WEEKEND))):
        rota = replace(roster(on_call()), overrides=overrides)
        assert [who for who, _ in seen(rota, "2026-03-06 00:00", "2026-03-10 00:00")] == ["ann", "bo", "cy", "bo", "ann"]


def test_of_two_overrides_made_at_once_the_later_id_counts() -> None:
    rota = replace(roster(), overrides=(override("bo", *WEEKEND, id="o1"), override("cy", *WEEKEND, id="o2")))
    assert name(rota.on_duty("G", "on-call", wall(WEEKEND[0]))) == "cy"


def test_a_booking_counts_more_than_layers_and_less_than_overrides_and_the_first_to_begin_has_it() -> None:
    bookings = (booking("bo", "2026-03-07 00:00", "2026-03-09 00:00"), booking("cy", *WEEKEND))
    rota = replace(roster(on_call()), bookings=bookings)
    assert [who for who, _ in seen(rota, "2026-03-06 00:00", "2026-03-10 00:00")] == ["ann", "cy", "ann"]
    rota = replace(rota, overrides=(override("ann", "2026-03-07 00:00", "2026-03-08 00:00"),))
    assert [who for who, _ in seen(rota, "2026-03-06 00:00", "2026-03-10 00:00")] == ["ann", "cy", "ann", "cy", "ann"]
    at_once = replace(roster(), bookings=(booking("cy", *WEEKEND), booking("bo", *WEEKEND)))
    assert [who for who, _ in seen(at_once, *WEEKEND)] == ["bo"]


def test_somebody_on_leave_has_nothing_and_the_next_in_order_has_it() -> None:
    rota = replace(roster(on_call(), on_call(who="bo")), leaves=(leave("ann", *WEEKEND),))
    assert [who for who, _ in seen(rota, "2026-03-06 00:00", "2026-03-10 00:00")] == ["ann", "bo", "ann"]
    rota = replace(rota, bookings=(booking("ann", *WEEKEND),), overrides=(override("ann", *WEEKEND),))
    assert [who for who, _ in seen(rota, "2026-03-06 00:00", "2026-03-10 00:00")] == ["ann", "bo", "ann"]
    alone = replace(roster(on_call()), leaves=(leave("ann", *WEEKEND),))
    assert [who for who, _ in seen(alone, "2026-03-06 00:00", "2026-03-10 00:00")] == ["ann", "", "ann"]


def test_who_takes_a_shift_after_going_on_leave_has_it_and_only_it() -> None:
    rota = replace(roster(on_call()), leaves=(leave("ann", *WEEKEND, made_at=1.0),))
    rota = replace(rota, overrides=(override("ann", "2026-03-07 00:00", "2026-03-08 00:00", made_at=2.0),))
    assert [who for who, _ in seen(rota, "2026-03-06 00:00", "2026-03-10 00:00")] == ["ann", "", "ann", "", "ann"]


def test_where_the_last_override_is_of_somebody_on_leave_the_one_before_it_counts() -> None:
    overrides = (override("bo", *WEEKEND, made_at=1.0), override("cy", *WEEKEND, made_at=2.0))
    rota = replace(roster(on_call()), overrides=overrides, leaves=(leave("cy", *WEEKEND, made_at=3.0),))
    assert [who for who, _ in seen(rota, "2026-03-06 00:00", "2026-03-10 00:00")] == ["ann", "bo", "ann"]


def test_who_is_not_on_the_roster_any_more_is_passed_over_everywhere() -> None:
    rota = roster(on_call(who="gone"), on_call())
    rota = replace(rota, overrides=(override("gone", *WEEKEND),), bookings=(booking("gone", *WEEKEND),))
    assert [who for who, _ in seen(rota, "2026-03-06 00:00", "2026-03-10 00:00")] == ["ann"]
    assert [person.id for person in rota.serving("G")] == ["ann"]


def test_whoever_an_override_or_a_calendar_names_serves_the_region_too() -> None:
    rota = replace(roster(on_call(who="bo")), overrides=(override("cy", *WEEKEND),), bookings=(booking("ann", *WEEKEND),))
    assert [person.id for person in rota.serving("G")] == ["bo", "cy", "ann"]
    assert rota.serving("F") == ()


def test_the_shifts_of_a_person_are_told_over_all_regions_and_ranks_by_their_start() -> None:
    duties = (on_call((FRI, SAT), region="F"), on_call((TUE, WED), rank="backup"), on_call((WED, THU)), on_call(who="bo"))
    rota = replace(
        roster(*duties), overrides=(Override("o1", "C", "on-call", "ann", wall("2026-03-02 12:00"), wall("2026-03-03 12:00")),)
    )
    shifts = rota.shifts_of("ann", wall("2026-03-02 00:00"), wall("2026-03-08 00:00"))
    assert [(shift.region, shift.rank, f"{local(shift.start):%a %H}") for shift in shifts] == [
        ("C", "on-call", "Mon 12"), ("G", "backup", "Tue 00"), ("G", "on-call", "Wed 00"), ("F", "on-call", "Fri 00"),
    ]  # fmt: skip
    assert all(shift.who == "ann" for shift in shifts)


def test_a_number_is_somebodys_or_a_strangers() -> None:
    rota = roster()
    assert name(rota.with_number("+12565550101")) == "bo"
    assert rota.with_number("+12565550199") is None
    assert rota.with_number("") is None
