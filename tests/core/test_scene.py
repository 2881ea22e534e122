"""The second promise, the time somebody said they would call, and being put through: who may say what, and what follows."""

from dataclasses import replace

import pytest

from bridge.core.errors import NotAllowed
from bridge.core.events import (
    Accepted,
    Arrived,
    Closed,
    ConnectAsked,
    Connecting,
    Contacted,
    Expected,
    LegStarted,
    Needed,
    Released,
    Reported,
)
from bridge.core.model import Purpose, State, Status
from bridge.core.rota import DISPATCH
from tests.given import CALL, T0, TEXT, Walk, in_state, walk

HOURS = 3600.0


def told(there: Walk, purpose: Purpose) -> list[tuple[str, float]]:
    """To whom, and when, messages for this purpose were made."""
    return [(m.person, m.changed_at - T0) for m in there.request.messages if m.purpose is purpose]


@pytest.fixture
def holder() -> Walk:
    return in_state(State.ACCEPTED)


def test_a_need_starts_a_promise_of_three_hours(holder: Walk) -> None:
    holder.does(Needed("boyd", 2))
    assert (holder.request.scene_by, holder.request.scene_people) == (T0 + 3 * HOURS, 2)
    assert holder.request.awaited


def test_a_need_that_is_said_again_changes_the_number_and_not_the_promise(holder: Walk) -> None:
    holder.does(Needed("boyd", 1))
    holder.passes(600)
    holder.does(Needed("boyd", 3))
    assert (holder.request.scene_by, holder.request.scene_people) == (T0 + 3 * HOURS, 3)


@pytest.mark.parametrize(
    "event",
    [Needed("crane"), Arrived("crane"), Expected("crane", T0 + 60), ConnectAsked("crane"), Connecting("crane")],
    ids=lambda event: type(event).__name__,
)
def test_only_who_has_it_may_say_so(holder: Walk, event: Needed) -> None:
    with pytest.raises(NotAllowed):
        holder.does(event)


def test_reminders_go_each_hour_and_dispatch_is_called_when_nobody_arrived(holder: Walk) -> None:
    holder.does(Needed("boyd")).does(Contacted("boyd"))
    holder.passes(3 * HOURS - 1)
    assert told(holder, Purpose.SCENE) == [("boyd", 1 * HOURS), ("boyd", 2 * HOURS)]
    assert told(holder, Purpose.SCENE_OVERDUE) == []
    holder.passes(1)
    assert told(holder, Purpose.SCENE_OVERDUE) == [(DISPATCH, 3 * HOURS)]


def test_dispatch_is_called_about_the_scene_until_a_key_is_pressed(holder: Walk) -> None:
    holder.does(Needed("boyd")).does(Contacted("boyd"))
    holder.passes(3 * HOURS)
    (call,) = (m for m in holder.request.messages if m.purpose is Purpose.SCENE_OVERDUE)
    holder.does(Reported(call.n, Status.FAILED, "no-answer"))
    holder.passes(120)
    second = holder.request.messages[-1]
    assert second.purpose is Purpose.SCENE_OVERDUE
    holder.does(Reported(second.n, Status.ANSWERED, "pressed 1"))
    assert holder.request.scene_alarm_at is None


def test_a_request_is_not_erased_while_somebody_is_awaited(holder: Walk) -> None:
    holder.does(Contacted("boyd")).does(Needed("boyd"))
    holder.passes(2 * HOURS)
    assert (holder.request.state, holder.request.erase_at) == (State.CONTACTED, None)
    holder.does(Arrived("boyd"))
    assert holder.request.erase_at == holder.now + 1 * HOURS
    assert holder.request.scene_alarm_at is None
    assert holder.request.scene_remind_at is None


def test_who_arrives_has_reached_the_caller(holder: Walk) -> None:
    holder.does(Arrived("boyd"))
    assert holder.request.state is State.CONTACTED
    assert holder.request.contacted_at == holder.request.arrived_at == holder.now


def test_arriving_after_the_contact_keeps_the_time_of_the_contact(holder: Walk) -> None:
    holder.does(Contacted("boyd")).does(Needed("boyd"))
    holder.passes(600)
    holder.does(Arrived("boyd"))
    assert (holder.request.contacted_at, holder.request.arrived_at) == (T0, T0 + 600)


def test_nobody_arrives_where_nobody_is_awaited(holder: Walk) -> None:
    holder.does(Contacted("boyd"))
    with pytest.raises(NotAllowed):
        holder.does(Arrived("boyd"))


def test_the_scene_is_not_needed_again_once_somebody_is_there(holder: Walk) -> None:
    holder.does(Needed("boyd")).does(Arrived("boyd"))
    with pytest.raises(NotAllowed):
        holder.does(Needed("boyd"))


def test_a_dispatcher_may_close_what_waits_only_for_the_scene(holder: Walk) -> None:
    holder.does(Contacted("boyd")).does(Needed("boyd")).does(Closed("not-needed"))
    assert holder.request.state is State.CLOSED
    assert not holder.request.awaited
    assert holder.request.scene_alarm_at is None


def test_the_promise_outlives_who_gives_it_back(holder: Walk) -> None:
    holder.does(Needed("boyd")).does(Released("boyd"))
    assert holder.request.scene_by == T0 + 3 * HOURS


def test_who_named_a_time_is_reminded_then_and_not_before() -> None:
    there = walk()
    there.does(Accepted("boyd", TEXT, eta=T0 + 1200))
    there.passes(1199)
    assert told(there, Purpose.REMIND) == []
    there.passes(1)
    assert told(there, Purpose.REMIND) == [("boyd", 1200.0)]
    there.passes(420)
    assert there.request.state is State.OPEN
    assert there.request.eta_at is None


def test_a_time_that_is_near_does_not_shorten_what_anybody_has() -> None:
    there = walk()
    there.does(Accepted("boyd", TEXT, eta=T0 + 300))
    assert (there.request.remind_at, there.request.return_at) == (T0 + 300, T0 + 900)


def test_who_has_it_may_name_another_time(holder: Walk) -> None:
    holder.does(Expected("boyd", T0 + 900))
    assert (holder.request.eta_at, holder.request.remind_at) == (T0 + 900, T0 + 900)


def test_asking_twice_rings_once(holder: Walk) -> None:
    holder.does(ConnectAsked("boyd")).does(ConnectAsked("boyd"))
    (ring,) = (m for m in holder.request.messages if m.purpose is Purpose.CONNECT)
    assert (ring.person, ring.channel) == ("boyd", CALL)


def test_asking_again_after_it_rang_in_vain_rings_again(holder: Walk) -> None:
    holder.does(ConnectAsked("boyd"))
    holder.does(Reported(holder.request.messages[-1].n, Status.FAILED, "no-answer"))
    holder.does(ConnectAsked("boyd"))
    assert len(told(holder, Purpose.CONNECT)) == 2


def test_the_line_connects_so_often_and_no_more(holder: Walk) -> None:
    for _ in range(holder.context.policy.most_talks):
        holder.does(Connecting("boyd"))
    for event in (Connecting("boyd"), ConnectAsked("boyd")):
        with pytest.raises(NotAllowed):
            holder.does(event)


def test_there_is_nobody_to_connect_without_a_number(holder: Walk) -> None:
    holder.request = replace(holder.request, callback="")
    for event in (Connecting("boyd"), ConnectAsked("boyd")):
        with pytest.raises(NotAllowed):
            holder.does(event)


def test_the_record_of_a_call_to_the_caller_is_deleted_with_the_others(holder: Walk) -> None:
    holder.does(LegStarted("CA77")).does(LegStarted("CA77")).does(Contacted("boyd"))
    holder.passes(1 * HOURS)
    assert [m.status for m in holder.request.messages if m.sid == "CA77"] == [Status.FORGETTING]


def test_a_call_that_is_learned_of_after_the_erasure_is_deleted_too() -> None:
    there = in_state(State.ERASED)
    there.does(LegStarted("CA78"))
    assert there.request.messages[-1].status is Status.FORGETTING
