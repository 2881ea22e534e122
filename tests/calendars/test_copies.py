"""What is said about the copy of a calendar."""

import pytest

from bridge.core.copies import complaint, said_age, with_age
from bridge.core.ledger import CalendarCopy

NOW, MINUTE, HOUR, DAY = 1_795_335_245.0, 60.0, 3600.0, 86400.0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "1 minute"),
        (119, "1 minute"),
        (120, "2 minutes"),
        (90 * MINUTE, "90 minutes"),
        (2 * HOUR, "2 hours"),
        (47 * HOUR, "47 hours"),
        (2 * DAY, "2 days"),
        (30.9 * DAY, "30 days"),
    ],
)
def test_an_age_is_said_in_the_unit_that_fits(seconds: float, said: str) -> None:
    assert said_age(seconds) == said


def test_a_good_calendar_that_is_looked_at_gives_no_cause_for_complaint() -> None:
    assert complaint(CalendarCopy("d", (), NOW - 6 * MINUTE, NOW - 6 * MINUTE), NOW) == ""


def test_a_calendar_that_was_never_read_says_so() -> None:
    assert complaint(None, NOW) == "it has not been read yet"


def test_a_calendar_that_nobody_looks_at_any_more_says_that_too() -> None:
    late = "it was last looked at 20 minutes ago: is `bridge calendars` running?"
    assert complaint(CalendarCopy("d", (), 0.0, NOW - 20 * MINUTE), NOW) == late
    assert complaint(CalendarCopy("d", (), 0.0, NOW - 20 * MINUTE, "it is cut off"), NOW) == f"it is cut off; {late}"
    assert complaint(CalendarCopy("d", (), 0.0, NOW - MINUTE, "it is cut off"), NOW) == "it is cut off"


@pytest.mark.parametrize(
    ("fetched_at", "said"),
    [
        (0.0, "oh; there is no copy of it, so the roster decides alone"),
        (NOW - 5 * MINUTE, "oh; the last good copy, 5 minutes old, is used"),
        (NOW - 2 * DAY, "oh; the last good copy, 2 days old, is used"),
        (NOW - 2 * DAY - 1, "oh; the last good copy is old: 2 days"),
    ],
)
def test_a_fault_says_what_stands_in_for_the_calendar(fetched_at: float, said: str) -> None:
    assert with_age("oh", CalendarCopy("d", (), fetched_at), NOW) == said
