"""When somebody means, seen from any moment of the year, on both sides of a change of the clocks."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.rota import instant, local
from bridge.core.when import LONGEST, period, speaks_of_time

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
HOUR = 3600.0
EVENTS = [datetime(2026, 3, 8), datetime(2026, 11, 1), datetime(2026, 12, 31), datetime(2028, 2, 28)]  # noqa: DTZ001

nows = st.one_of(
    st.floats(instant(datetime(2026, 1, 1)), instant(datetime(2030, 1, 1)), allow_nan=False),  # noqa: DTZ001
    st.builds(lambda day, minutes: instant(day) + minutes * 60, st.sampled_from(EVENTS), st.integers(-48 * 60, 48 * 60)),
)
clocks = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.sampled_from([0, 1, 29, 30, 59]))
days = st.sampled_from(DAYS)


def wall(*parts: int) -> float:
    return instant(datetime(*parts))  # type: ignore[arg-type,misc]  # noqa: DTZ001


def shows(at: float, clock: str) -> bool:
    """Whether the clocks show it then; or they jump over it just there."""
    jumped = local(at).replace(tzinfo=None) - local(at - 1).replace(tzinfo=None) > timedelta(minutes=30)
    return f"{local(at):%H:%M}" == clock or (jumped and clock.startswith("02:"))


@given(nows, clocks)
def test_until_a_time_is_the_next_time_that_the_clocks_show_it(now: float, clock: str) -> None:
    found = period(f"until {clock}", now)
    assert found is not None
    assert found[0] == now
    assert shows(found[1], clock)
    assert 0 < found[1] - now <= 25 * HOUR


@given(nows, days, clocks, days, clocks)
def test_a_span_of_the_week_is_the_next_one_to_come_or_the_one_that_runs(
    now: float, first: str, begin: str, last: str, end: str
) -> None:
    found = period(f"{first} {begin} - {last} {end}", now)
    assert found is not None
    assert shows(found[1], end)
    assert f"{local(found[1]):%a}".lower() == last
    assert found[0] == now or (shows(found[0], begin) and f"{local(found[0]):%a}".lower() == first)
    assert now <= found[0] < found[1] <= found[0] + 7 * 24 * HOUR + HOUR
    assert found[0] - now <= 8 * 24 * HOUR


@given(nows, days)
def test_a_day_is_all_of_it_that_is_left(now: float, day: str) -> None:
    found = period(day, now)
    assert found is not None
    assert shows(found[1], "00:00")
    assert f"{local(found[1] - 1):%a}".lower() == day
    assert found[0] == now or (shows(found[0], "00:00") and 23 * HOUR <= found[1] - found[0] <= 25 * HOUR)
    assert found[0] - now < 7 * 24 * HOUR + HOUR


@given(nows, st.integers(1, 50))
def test_a_date_of_the_next_months_is_found_also_across_the_new_year(now: float, ahead: int) -> None:
    there = local(now).replace(tzinfo=None) + timedelta(days=ahead)
    midnight = instant(datetime.combine(there, datetime.min.time()))
    for text in (f"{there:%b} {there.day}", f"{there.month}/{there.day}", f"{there.month}/{there.day}/{there:%y}"):
        found = period(text, now)
        if there.month == 2 and there.day == 29:
            continue  # a leap day without its year is not certain
        assert found is not None
        assert found[0] == midnight
        assert 23 * HOUR <= found[1] - found[0] <= 25 * HOUR


WORDS = "until til - to for from fri sun mon 6am 18:00 1800 nov 27 feb 29 30 11/27 2/29/28 3 hours days a today tonight now"


@given(nows, st.lists(st.sampled_from(WORDS.split()), max_size=8).map(" ".join) | st.text(max_size=30))
def test_whatever_is_said_is_a_sensible_period_or_none(now: float, text: str) -> None:
    found = period(text, now)
    assert found is None or (now <= found[0] < found[1] <= found[0] + LONGEST)
    assert found is None or speaks_of_time(text)


@pytest.mark.parametrize(
    ("text", "start", "end", "hours"),
    [
        ("sun 01:00 - sun 03:30", (2026, 3, 8, 1), (2026, 3, 8, 3, 30), 1.5),
        ("sun 02:30 - sun 12:00", (2026, 3, 8, 3), (2026, 3, 8, 12), 9),  # the clocks jump from 2 to 3
        ("sat 22:00 - sun 06:00", (2026, 3, 7, 22), (2026, 3, 8, 6), 7),
        ("sun", (2026, 3, 8), (2026, 3, 9), 23),
        ("11/1", (2026, 11, 1), (2026, 11, 2), 25),
        ("11/1 01:30 - 11/1 03:00", (2026, 11, 1, 1, 30), (2026, 11, 1, 3), 2.5),  # 1:30 comes twice
        ("sat 18:00 for 12 hours", (2026, 3, 7, 18), (2026, 3, 8, 7), 12),
        ("sat 18:00 for 1 day", (2026, 3, 7, 18), (2026, 3, 8, 18), 23),
    ],
)
def test_a_change_of_the_clocks_inside(text: str, start: tuple[int, ...], end: tuple[int, ...], hours: float) -> None:
    found = period(text, wall(2026, 3, 3, 14))
    assert found == (wall(*start), wall(*end))
    assert found[1] - found[0] == hours * HOUR


def test_the_year_turns() -> None:
    now = wall(2026, 12, 20, 12)
    assert period("jan 3", now) == (wall(2027, 1, 3), wall(2027, 1, 4))
    assert period("dec 30 - jan 2", now) == (wall(2026, 12, 30), wall(2027, 1, 3))
    assert period("dec 18", now) is None
    assert period("feb 29", now) is None
    assert period("2/29/28", wall(2028, 2, 1)) == (wall(2028, 2, 29), wall(2028, 3, 1))


def test_a_text_as_long_as_texts_can_be_is_read_in_no_time() -> None:
    for word in ("6 pm ", "fri 18:00 - ", "nov 27 ", "a ", "1800 hrs ", "until ", "for 3 hours "):
        long = word * (1600 // len(word))
        assert period(long, wall(2026, 3, 3, 14)) is None
        assert speaks_of_time(long)
        assert not speaks_of_time(long + "boyd")


def test_nothing_is_not_about_time() -> None:
    assert not speaks_of_time("")
    assert period("", wall(2026, 3, 3, 14)) is None
