"""How long anything of a caller may stay: an hour after its end, a day after the call, and never longer."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.board import rows
from bridge.core.errors import NotAllowed
from bridge.core.events import EXPIRED, Arrived, Closed, Contacted, Needed, Released
from bridge.core.findings import Facts
from bridge.core.invariants import check
from bridge.core.model import WIND_UP, Channel, Place, Purpose, State
from tests.given import T0, Walk, context, in_state, walk

HOURS = 3600.0
AT_MOST = 5 * HOURS


def kinds(there: Walk) -> set[str]:
    """What the watchman finds about how long it is kept."""
    request = there.request
    return {f.kind for f in check(Facts(requests=(request,), due={"r1": request.due_at or 0.0}), there.now)} & {
        "expires",
        "expired",
    }


def brief() -> Walk:
    """A request that may be kept for five hours."""
    return walk(ctx=context(keep_at_most=AT_MOST))


def test_who_is_never_answered_is_given_up_and_erased_in_time() -> None:
    there = brief().passes(AT_MOST - WIND_UP - 1)
    assert (there.request.state, there.request.overdue) == (State.OPEN, True)
    there.passes(1)
    assert (there.request.state, there.request.closed_for) == (State.CLOSED, EXPIRED)
    assert there.request.callback, "people still hear which one it was"
    there.passes(WIND_UP)
    assert (there.request.state, there.request.callback, there.request.place) == (State.ERASED, "", Place())


def test_who_was_paged_hears_that_it_is_closed_before_it_is_erased() -> None:
    there = brief().passes(AT_MOST - WIND_UP - 1)
    since = len(there.went)
    there.passes(1)
    assert ("crane", "text", "stand-down") in there.told(since)


def test_who_has_it_and_never_says_that_they_called_is_given_up_too() -> None:
    there = (
        walk(ctx=context(keep_at_most=AT_MOST, contact_within=2 * AT_MOST)).accepted_by("crane").passes(AT_MOST - WIND_UP - 1)
    )
    assert there.request.state is State.ACCEPTED
    assert there.passes(1).request.closed_for == EXPIRED


def test_a_scene_to_which_nobody_comes_is_given_up_too() -> None:
    there = brief().accepted_by("crane").does(Needed("crane")).does(Contacted("crane")).passes(AT_MOST - WIND_UP - 1)
    assert there.request.awaited
    assert there.passes(1).request.closed_for == EXPIRED
    assert there.request.scene_alarm_at is None
    assert there.passes(WIND_UP).request.state is State.ERASED


@pytest.mark.parametrize("end", [Closed("test"), Contacted("crane")])
def test_what_ends_late_is_not_kept_for_an_hour_more(end: Closed | Contacted) -> None:
    there = brief().passes(AT_MOST - WIND_UP - 60).accepted_by("crane").does(end)
    assert there.request.erase_at == T0 + AT_MOST
    assert there.passes(WIND_UP + 60).request.state is State.ERASED


@settings(max_examples=30, deadline=None)
@given(
    moves=st.lists(st.sampled_from(["accept", "release", "need", "done", "arrive", "close"]), max_size=6),
    pauses=st.lists(st.floats(0, AT_MOST), min_size=6, max_size=6),
)
def test_whatever_people_do_nothing_is_left_after_the_longest_time(moves: list[str], pauses: list[float]) -> None:
    there = brief()
    does = {
        "release": Released("crane"),
        "need": Needed("crane"),
        "done": Contacted("crane"),
        "arrive": Arrived("crane"),
        "close": Closed("test"),
    }
    for move, pause in zip(moves, pauses, strict=False):
        there.passes(min(pause, T0 + AT_MOST - there.now))
        with suppress(NotAllowed):
            there.accepted_by("crane", via=Channel.CALL) if move == "accept" else there.does(does[move])
    there.passes(max(T0 + AT_MOST - there.now, 0))
    assert (there.request.state, there.request.callback, there.request.place) == (State.ERASED, "", Place())
    assert there.now <= T0 + AT_MOST


def test_the_watchman_says_so_an_hour_before_and_when_it_has_happened() -> None:
    there = brief().passes(AT_MOST - WIND_UP - HOURS - 10)
    assert kinds(there) == set()
    assert kinds(there.passes(20)) == {"expires"}
    assert kinds(there.passes(HOURS)) == {"expired"}
    assert kinds(there.passes(WIND_UP)) == set()


def test_the_board_says_by_when_it_is_erased() -> None:
    there = brief()
    (row,) = rows([there.request], there.context, there.now)
    assert (row.erase_at, row.forget_by) == (None, T0 + AT_MOST)


def test_a_request_that_was_answered_in_time_is_erased_an_hour_after_its_end() -> None:
    there = in_state(State.CONTACTED)
    assert there.request.erase_at == (there.request.contacted_at or 0) + HOURS
    assert [m for m in there.request.messages if m.purpose is Purpose.OVERDUE] == []
