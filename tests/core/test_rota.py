"""Who is on call: on both sides of a change of the clocks, across midnight and the end of the week, and where nobody is."""

from datetime import UTC, datetime

import pytest

from bridge.core.rota import ALABAMA, MINUTES_PER_WEEK, Duty, Person, Roster, local, minute_of_week

DAY, HOUR = 24 * 60, 60
MON, TUE, WED, THU, FRI, SAT, SUN = (day * DAY for day in range(7))
PEOPLE = {name: Person(name, name.title(), f"+1256555010{n}") for n, name in enumerate(("ann", "bo", "cy"))}


def roster(*duties: Duty) -> Roster:
    return Roster(PEOPLE, duties, ())


def on_call(*spans: tuple[int, int], who: str = "ann", region: str = "G", rank: str = "on-call") -> Duty:
    return Duty(region, rank, who, spans)


def at(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ALABAMA, fold=fold).timestamp()


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


def test_in_autumn_the_hour_that_comes_twice_belongs_to_the_same_person_twice() -> None:
    rota = roster(on_call((SUN + HOUR, SUN + 2 * HOUR)))
    first, second = at("2026-11-01 01:30"), at("2026-11-01 01:30", fold=1)
    assert second - first == 3600
    assert [name(rota.on_duty("G", "on-call", t)) for t in (first - 1801, first, second, second + 1799, second + 1801)] == [
        "", "ann", "ann", "ann", "",
    ]  # fmt: skip


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
        assert all(duty.holds_at(minute) for minute in range(MINUTES_PER_WEEK))


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


def test_gaps_are_told_to_the_minute() -> None:
    rota = roster(on_call((MON + 6 * HOUR, FRI + 18 * HOUR), (SAT, SUN)))
    assert rota.gaps("G", "on-call") == [(MON, 6 * HOUR), (FRI + 18 * HOUR, SAT), (SUN, MINUTES_PER_WEEK)]
    assert rota.gaps("G", "backup") == [(0, MINUTES_PER_WEEK)]
    assert DAYS_AND_NIGHTS.gaps("G", "on-call") == []


def test_a_gap_is_exactly_where_nobody_is_found() -> None:
    rota = roster(on_call((MON + 6 * HOUR, FRI + 18 * HOUR), (SAT, SUN)))
    gaps = rota.gaps("G", "on-call")
    monday = at("2026-06-01 00:00")  # a week without a change of the clocks
    for minute in range(0, MINUTES_PER_WEEK, 7):
        found = rota.on_duty("G", "on-call", monday + minute * 60)
        assert minute_of_week(monday + minute * 60) == minute
        assert (found is None) == any(start <= minute < end for start, end in gaps)


def test_a_number_is_somebodys_or_a_strangers() -> None:
    rota = roster()
    assert name(rota.with_number("+12565550101")) == "bo"
    assert rota.with_number("+12565550199") is None
    assert rota.with_number("") is None
