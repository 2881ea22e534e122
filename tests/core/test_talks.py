"""Talks through the line: what they put off, what they cost, and what their end brings."""

from dataclasses import replace

import pytest

from bridge.core.events import Accepted, Closed, ConnectAsked, Connecting, Contacted, Released, Reported, TalkEnded
from bridge.core.model import Purpose, State, Status
from tests.given import T0, Walk, in_state

MINUTES = 60.0


@pytest.fixture
def holder() -> Walk:
    """Boyd has it."""
    return in_state(State.ACCEPTED)


def reminded(there: Walk) -> list[float]:
    """When Boyd was reminded, in seconds."""
    return [m.changed_at - T0 for m in there.request.messages if m.purpose is Purpose.REMIND]


def test_while_they_talk_nobody_is_reminded_and_nothing_is_given_back(holder: Walk) -> None:
    holder.does(Connecting("boyd")).passes(50 * MINUTES)
    assert holder.request.state is State.ACCEPTED
    assert reminded(holder) == []
    assert holder.request.overdue, "the deadline stands"


def test_a_talk_of_whose_end_nobody_hears_is_over_one_day(holder: Walk) -> None:
    policy = holder.context.policy
    holder.does(Connecting("boyd")).passes(policy.ring_for + policy.talk_for)
    assert holder.request.state is State.OPEN


def test_after_a_talk_there_is_a_reminder_and_then_it_is_given_back(holder: Walk) -> None:
    holder.does(Connecting("boyd")).passes(20 * MINUTES)
    holder.does(TalkEnded("boyd", answered=True)).passes(1 * MINUTES)
    assert reminded(holder) == [21 * MINUTES]
    holder.passes(7 * MINUTES - 1)
    assert holder.request.state is State.ACCEPTED
    holder.passes(1)
    assert holder.request.state is State.OPEN


def test_a_short_talk_takes_no_time_from_anybody(holder: Walk) -> None:
    holder.does(Connecting("boyd")).passes(30)
    holder.does(TalkEnded("boyd", answered=True))
    assert holder.request.return_at == T0 + holder.context.policy.contact_within


def test_a_call_that_nobody_answered_changes_no_clock(holder: Walk) -> None:
    before = holder.request
    holder.does(Connecting("boyd")).passes(25)
    holder.does(TalkEnded("boyd", answered=False))
    assert replace(holder.request, talks=0, version=before.version) == before


@pytest.mark.parametrize("event", [TalkEnded("boyd", answered=True), TalkEnded("crane", answered=True)])
def test_the_end_of_no_talk_changes_nothing(holder: Walk, event: TalkEnded) -> None:
    before = holder.request
    assert holder.does(event).request == before
    talking = holder.does(Connecting("boyd")).request
    if event.by == "crane":
        assert holder.does(event).request == talking


@pytest.mark.parametrize("event", [Contacted("boyd"), Closed("test")])
def test_the_end_of_a_talk_about_what_is_over_reminds_nobody(holder: Walk, event: Contacted | Closed) -> None:
    holder.does(Connecting("boyd")).does(event)
    due = holder.request.due_at
    assert holder.does(TalkEnded("boyd", answered=True)).request.due_at == due


def test_a_talk_of_who_gave_it_back_puts_nothing_off_for_the_next(holder: Walk) -> None:
    holder.does(Connecting("boyd")).does(Released("boyd")).does(Accepted("crane")).passes(15 * MINUTES)
    assert holder.request.state is State.OPEN


def test_who_waits_on_the_line_is_not_dialled_and_costs_nothing(holder: Walk) -> None:
    for _ in range(holder.context.policy.most_talks + 1):
        holder.does(Connecting("boyd", dials=False))
    assert holder.request.talks == 0


def test_a_ring_whose_end_was_never_reported_does_not_prevent_the_next(holder: Walk) -> None:
    holder.does(ConnectAsked("boyd"))
    holder.does(Reported(holder.request.messages[-1].n, Status.RINGING))
    holder.passes(80)
    holder.does(ConnectAsked("boyd"))
    assert len([m for m in holder.request.messages if m.purpose is Purpose.CONNECT]) == 1
    holder.passes(5)
    holder.does(ConnectAsked("boyd"))
    assert len([m for m in holder.request.messages if m.purpose is Purpose.CONNECT]) == 2
