"""The figures of a day and a month: every request is counted once, in one place, and nothing is said that was not counted."""

from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core import figures_words as words
from bridge.core.events import CLOSING_REASONS, Closed, Contacted, Needed, Released
from bridge.core.figures import (
    APART,
    BINS,
    End,
    Lengths,
    end,
    figures,
    kept_promise,
    kept_since,
    outcome,
    standing,
    summary,
    today,
)
from bridge.core.model import Purpose, State, Status
from bridge.core.periods import Kind, Period
from bridge.core.rota import ALABAMA, instant, local
from bridge.core.trail import Outcome
from tests.given import CALLER, OXFORD, T0, in_state, walk

DEADLINE = 1800.0
HOUR = 3600.0
NOVEMBER = Period.read(Kind.MONTH, "2026-11")
REGIONS = ("A", "B", "C", "D", "E", "F", "G")
laws = settings(derandomize=True, max_examples=200, deadline=None)


def at(written: str) -> float:
    """An instant by the wall clock in Alabama."""
    return datetime.fromisoformat(written).replace(tzinfo=ALABAMA).timestamp()


def reached(after: float, opened: str = "2026-11-22 14:00", region: str = "G", pages: int = 2) -> Outcome:
    """A request whose caller was reached so many seconds after the call."""
    met = after < DEADLINE
    return Outcome(at(opened), region, min(after, 60.0), after, met, pages, missed=not met)


def closed(reason: str, *, late: bool = False) -> Outcome:
    """One that was closed before anybody reached its caller."""
    return replace(reached(0.0), accepted_after=None, contact_after=None, contact_met=False, closed_for=reason, missed=late)


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    opened = NOVEMBER.start + HOUR * draw(st.integers(-30, 31 * 24))
    contact = draw(st.none() | st.integers(0, 7200))
    accepted = draw(st.none() | st.integers(0, contact or 7200))
    reason = draw(st.sampled_from(["", *CLOSING_REASONS]))
    missed = contact >= DEADLINE if contact is not None else draw(st.booleans())
    met = contact is not None and not missed
    region, pages = draw(st.sampled_from(["", "A", "G", "Z"])), draw(st.integers(0, 40))
    lengths = (None if each is None else float(each) for each in (accepted, contact))
    return Outcome(opened, region, *lengths, met, pages, reason, None, missed)


many = st.lists(outcomes(), max_size=30)


# ---- what may be kept


def test_an_open_request_leaves_nothing_and_an_erased_one_adds_nothing() -> None:
    assert [outcome(in_state(state).request) for state in (State.OPEN, State.ACCEPTED, State.ERASED)] == [None] * 3
    assert outcome(in_state(State.CONTACTED).request) is not None
    assert outcome(in_state(State.CLOSED).request) is not None


def test_what_is_kept_is_the_hour_the_region_lengths_and_counts() -> None:
    there = walk().accepted_by("boyd", after=125.7).does(Contacted("boyd"), after=300.6)
    kept = outcome(there.request)
    assert kept == Outcome(T0 - 4 * 60, "G", 125.0, 426.0, True, pages=2)
    assert not {OXFORD.label, OXFORD.county, CALLER, there.request.id, there.request.code} & set(map(str, vars(kept).values()))
    assert {field.name for field in fields(Outcome)} == set(vars(kept)), "a new field is a new question of privacy"


def test_the_first_acceptance_counts_whoever_reached_the_caller_in_the_end() -> None:
    there = walk().accepted_by("boyd", after=60).does(Released("boyd"), after=60).accepted_by("crane", after=300)
    kept = outcome(there.does(Contacted("crane"), after=60).request)
    assert kept is not None
    assert (kept.accepted_after, kept.contact_after) == (60.0, 480.0)


@pytest.mark.parametrize(("after", "met"), [(1799.9, True), (1800.0, False)])
def test_contact_is_in_time_before_the_deadline_and_not_at_it(after: float, met: bool) -> None:
    request = replace(in_state(State.CONTACTED).request, contacted_at=T0 + after)
    kept = outcome(request)
    assert kept is not None
    assert (kept.contact_met, kept.missed, kept_promise(kept)) == (met, not met, met)
    assert summary([kept]).contact.bins(DEADLINE)[BINS] == (not met), "rounding moves nothing over the line"


def test_what_is_closed_after_contact_was_reached_all_the_same() -> None:
    there = walk().accepted_by("boyd").does(Needed("boyd"), after=60).does(Contacted("boyd"), after=60)
    kept = outcome(there.does(Closed("not-needed"), after=7200).request)
    assert kept is not None
    assert (kept.closed_for, kept.contact_met, kept.missed, kept.scene_met) == ("not-needed", True, False, False)
    assert end(kept) is End.IN_TIME


@pytest.mark.parametrize(("after", "promise"), [(1799.0, None), (1800.0, False)])
def test_closing_what_is_overdue_does_not_mend_the_share(after: float, promise: bool | None) -> None:
    kept = outcome(walk().does(Closed("not-needed"), after=after).request)
    assert kept is not None
    assert end(kept) is End.CLOSED
    assert kept_promise(kept) is promise


def test_a_page_counts_when_it_has_left_and_only_then() -> None:
    there = walk()
    left = there.request.with_message("crane", there.request.messages[0].channel, Purpose.PAGE, T0)
    for status, counted in ((Status.WAITING, 1), (Status.DROPPED, 1), (Status.SENT, 2), (Status.FAILED, 2)):
        seen = standing(left.with_changed(replace(left.messages[-1], status=status)), T0)
        assert seen is not None
        assert seen.pages == counted, status


def test_a_clock_that_ran_behind_makes_no_length_below_zero() -> None:
    request = replace(in_state(State.CONTACTED).request, first_accepted_at=T0 - 0.4, contacted_at=T0 - 0.1)
    kept = outcome(request)
    assert kept is not None
    assert (kept.accepted_after, kept.contact_after) == (0.0, 0.0)


def test_what_is_open_stands_as_open_and_as_missed_once_its_deadline_has_passed() -> None:
    request = walk().accepted_by("boyd", after=60).request
    before, after = standing(request, T0 + 1799.9), standing(request, T0 + 1800)
    assert before is not None
    assert after is not None
    assert [(end(each), each.missed, kept_promise(each)) for each in (before, after)] == [
        (End.OPEN, False, None),
        (End.OPEN, True, False),
    ]
    assert standing(in_state(State.CONTACTED).request, T0) is None, "what has ended is among the outcomes"


# ---- counting


def test_a_month_in_figures() -> None:
    every = [reached(300), reached(500), reached(1799), reached(1800), closed("no-number"), closed("not-needed", late=True)]
    every += [closed("test"), closed("duplicate", late=True), replace(closed(""), missed=True), closed("")]
    found = summary(every)
    assert (found.requests, found.in_time, found.late, found.missed, found.open, found.overdue) == (8, 3, 1, 3, 2, 1)
    assert (found.closed, found.apart) == ({"no-number": 1, "not-needed": 1}, {"test": 1, "duplicate": 1})
    assert (found.counted, found.share) == (6, 0.5)
    assert (found.contact.median, found.contact.most) == (500.0, 1800.0)
    assert found.contact.bins(DEADLINE) == (0, 2, 0, 0, 0, 1, 1)
    assert found.contact.never == 2


def test_of_nothing_there_is_no_share_and_no_median() -> None:
    found = summary([closed("test")])
    assert (found.requests, found.share, found.contact.median, found.acceptance.most, found.mean_pages) == (
        0,
        None,
        None,
        None,
        None,
    )


@given(many)
@laws
def test_every_request_is_counted_once(every: list[Outcome]) -> None:
    found = summary(every)
    assert found.requests + sum(found.apart.values()) == len(every)
    assert found.requests == found.in_time + found.late + found.closed_in_all + found.open
    assert found.counted == found.in_time + found.missed <= found.requests
    assert found.late + found.overdue <= found.missed
    assert found.missed - found.late == found.contact.never
    assert sum(found.contact.bins(DEADLINE)) == len(found.contact.seconds) == found.in_time + found.late
    assert sum(found.pages.values()) == found.requests
    assert found.share is None or 0 <= found.share <= 1


@given(many)
@laws
def test_regions_hours_and_days_add_up_to_the_whole(every: list[Outcome]) -> None:
    found = figures(every, NOVEMBER, REGIONS)
    for parts in (found.regions.values(), found.hours, found.days):
        for name in ("requests", "in_time", "late", "missed", "open", "overdue", "closed_in_all"):
            assert sum(getattr(part, name) for part in parts) == getattr(found.all, name)
        assert sum(sum(part.apart.values()) for part in parts) == sum(found.all.apart.values())
    assert len(found.outcomes) == sum(NOVEMBER.holds(one.opened_at) for one in every)
    assert set(found.regions) >= set(REGIONS)


@given(many)
@laws
def test_the_share_is_spoilt_by_no_test_and_mended_by_none(every: list[Outcome]) -> None:
    assert summary([*every, closed("test"), closed("duplicate", late=True)]).share == summary(every).share


@given(st.lists(st.integers(0, 4000).map(float), min_size=1), st.integers(1, 100))
@laws
def test_a_percentile_is_the_nearest_rank(seconds: list[float], p: int) -> None:
    found = Lengths(tuple(sorted(seconds))).percentile(p)
    assert found in seconds
    assert sum(each <= found for each in seconds) >= ceil(len(seconds) * p / 100)
    assert sum(each < found for each in seconds) < max(1, ceil(len(seconds) * p / 100))


def test_the_median_of_two_is_the_first_and_nine_of_ten_of_ten_is_the_ninth() -> None:
    assert Lengths((10.0, 20.0)).median == 10.0
    assert Lengths(tuple(map(float, range(1, 11)))).most == 9.0


def test_today_counts_what_came_since_midnight_and_is_still_open() -> None:
    now = at("2026-11-22 14:40")
    fresh, old = (
        walk(opened_at=now - 60, deadline_at=now + 1740).request,
        walk(opened_at=now - 2000, deadline_at=now - 200).request,
    )
    yesterday = walk(opened_at=now - 86400, deadline_at=now - 84600).request
    ended = [reached(300), reached(1900), closed("test"), reached(10, "2026-11-21 23:00")]
    found = today(ended, [fresh, old, yesterday, in_state(State.CONTACTED).request], now)
    assert (found.received, found.in_time, found.late, found.open, found.median) == (4, 1, 2, 2, 300.0)


# ---- periods


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-22", 24)])
def test_a_day_is_as_long_as_it_is_by_the_wall(day: str, hours: int) -> None:
    period = Period.read(Kind.DAY, day)
    assert period.end - period.start == hours * HOUR
    assert [local(each).hour for each in (period.start, period.end)] == [0, 0]


@pytest.mark.parametrize(("day", "none", "twice"), [("2026-03-08", {2}, set()), ("2026-11-01", set(), {1})])
def test_an_hour_that_is_left_out_counts_none_and_one_that_comes_twice_counts_both(
    day: str, none: set[int], twice: set[int]
) -> None:
    period = Period.read(Kind.DAY, day)
    every = [replace(reached(60), opened_at=hour) for hour in _hours(period)]
    counted = [each.requests for each in figures(every, period, REGIONS).hours]
    assert counted == [0 if hour in none else 2 if hour in twice else 1 for hour in range(24)]


def _hours(period: Period) -> list[float]:
    return [period.start + n * HOUR for n in range(round((period.end - period.start) / HOUR))]


@given(st.dates(date(2000, 2, 1), date(2099, 11, 30)), st.sampled_from(Kind), st.floats(0, 0.9999))
@laws
def test_periods_follow_one_another_without_a_gap(day: date, kind: Kind, part: float) -> None:
    period = Period.around(kind, instant(datetime.combine(day, datetime.min.time())))
    assert period.next.previous == period == Period.read(kind, period.written)
    assert (period.previous.end, period.next.start) == (period.start, period.end)
    inside = period.start + part * (period.end - period.start)
    assert Period.around(kind, inside) == period
    assert period.holds(inside)
    assert not period.holds(period.end)
    assert period.days == (1 if kind is Kind.DAY else (period.next.first - timedelta(days=1)).day)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2026",
        "2026-13",
        "2026-00",
        "2026-1",
        "2026-11-22",
        "1999-12",
        "2100-01",
        "٢٠٢٦-11",
        "2026-11\n",
        " 2026-11",
        "-026-11",
    ],
)
def test_what_is_no_month_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        Period.read(Kind.MONTH, written)


@pytest.mark.parametrize(
    "written", ["2026-02-29", "2026-11-31", "2026-11-00", "2026-11", "0000-01-01", "2026-11-22T00:00", "today"]
)
def test_what_is_no_day_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        Period.read(Kind.DAY, written)


def test_thirty_six_months_are_kept_with_the_one_that_runs() -> None:
    assert kept_since(at("2026-11-30 23:59")) == at("2023-12-01 00:00")
    assert kept_since(at("2026-12-01 00:00")) == at("2024-01-01 00:00")


# ---- words


def month(*every: Outcome, period: Period = NOVEMBER, now: str = "2027-02-03 12:00") -> str:
    return words.headline(figures(every, period, REGIONS), DEADLINE, at(now))


def test_the_headline_says_the_whole_month_in_a_sentence() -> None:
    every = [*[reached(530)] * 38, *[reached(1900)] * 2, closed("no-number")]
    said = "November 2026: 41 requests, 38 of 40 reached within 30 minutes; of those reached, half within 9 minutes."
    assert month(*every) == said
    assert month(reached(540), now="2026-11-25 12:00").startswith("November 2026, so far: 1 request, 1 of 1 reached")
    assert month() == "November 2026: no requests."
    assert month(closed("")) == "November 2026: 1 request."
    assert month(closed("test")) == "November 2026: no requests."
    assert month(now="2026-10-31 23:59") == "November 2026 has not begun."


def test_what_the_headline_leaves_out_is_said_below_it() -> None:
    every = [
        closed("not-needed"),
        closed("reached"),
        closed("reached", late=True),
        closed("test"),
        closed("test"),
        closed("duplicate"),
    ]
    every += [closed(""), replace(closed(""), missed=True)]
    assert words.notes(figures(every, NOVEMBER, REGIONS), at("2026-12-01 12:00")) == [
        "2 still open, 1 of them past the deadline.",
        "3 closed without a contact: the caller no longer needs support (1); the caller was reached another way (2).",
        "Not counted: 2 tests or drills and 1 duplicate.",
    ]
    old = figures([], Period.read(Kind.MONTH, "2023-11"), REGIONS)
    assert words.notes(old, at("2026-11-30 12:00")) == [
        "Figures are kept for 36 months: those from before December 2023 are erased."
    ]


@pytest.mark.parametrize(
    ("kept", "missed", "said"),
    [
        (0, 0, "none to count"),
        (3, 1, "3 of 4"),
        (20, 0, "20 of 20 (100%)"),
        (38, 2, "38 of 40 (95%)"),
        (999, 1, "999 of 1000 (99%)"),
        (1, 999, "1 of 1000 (under 1%)"),
    ],
)
def test_few_are_counted_and_many_have_a_share_that_is_never_rounded_up(kept: int, missed: int, said: str) -> None:
    assert words.share(summary([*[reached(60)] * kept, *[reached(1900)] * missed])) == said


@given(outcomes())
@laws
def test_how_it_ended_is_said_of_every_request(one: Outcome) -> None:
    assert words.ended(one)
    assert ("late" in words.ended(one) or "deadline" in words.ended(one)) == (kept_promise(one) is False)
    assert (one.closed_for in APART) == (end(one) is End.APART)


def test_bins_are_named_by_their_minutes() -> None:
    assert words.bins(1800, BINS) == ["0–5", "5–10", "10–15", "15–20", "20–25", "25–30", "30+"]
    assert words.bins(2700, BINS)[1] == "7.5–15"
