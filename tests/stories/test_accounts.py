"""Two accounts at a carrier: where the main one fails, the other one pages, and is answered, as if it were the line itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bridge.core.model import Channel, State, Status
from bridge.simulator import CallLeg, Simulator
from tests.stories.story import CALLER, NIGHT, Story, told

SECOND = "+18005550198"


@pytest.fixture
def clock() -> list[Callable[[], float]]:
    """Tells the time at the other carrier: that of the story, once it has begun."""
    return [lambda: NIGHT]


@pytest.fixture
def second(clock: list[Callable[[], float]]) -> Iterator[Simulator]:
    """Another account, with a token and a line of its own."""

    def now() -> datetime:
        return datetime.fromtimestamp(clock[-1](), UTC)

    with Simulator(account_sid="AC" + "2" * 32, auth_token="second-token", line=SECOND, clock=now) as sim:
        yield sim
        sim.settle()
        assert not sim.journal.problems


@pytest.fixture
def story(
    second: Simulator,
    clock: list[Callable[[], float]],
    redis: "Redis[Any]",
    store_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Story]:
    with told(redis, store_url, tmp_path, monkeypatch, others=[second]) as story:
        for number in (CALLER, *(person.phone for person in story.world.settings.roster.people.values())):
            second.phone(number)  # in somebody's hand: it rings until it is answered
        clock.append(lambda: story.now)
        yield story
        if story.sim.carrier.journal.entries("refused"):
            story.expect_warning("Authenticate")


def refuse(story: Story) -> None:
    """The main account lets nobody in any more."""
    story.sim.carrier.auth_token = "another token"  # its webhooks are signed with the old one, as while tokens are rotated


def ringing(sim: Simulator, number: str) -> CallLeg:
    leg = sim.phone(number).ringing
    assert leg is not None, "the telephone does not ring"
    return leg


def test_while_the_main_account_is_well_the_other_one_is_not_asked(story: Story, second: Simulator) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "1")
    story.expect_text("boyd", "256-555-0177")
    assert second.arrivals == []


def test_a_page_leaves_by_the_other_account_and_is_answered_there(story: Story, second: Simulator) -> None:
    refuse(story)
    story.asks_for_help()
    boyd = second.phone(story.number("boyd"))
    (page,) = boyd.texts
    assert page.sender == SECOND
    assert story.request().message(1).status is Status.DELIVERED, "its receipts are signed with its own token"
    boyd.send_text("1")
    story.settle()
    assert (story.request().state, story.request().accepted_by) == (State.ACCEPTED, "boyd")
    assert "256-555-0177" in boyd.texts[-1].body
    assert boyd.texts[-1].sender == SECOND


def test_who_answers_by_key_is_put_through_and_the_line_of_that_account_is_shown(story: Story, second: Simulator) -> None:
    refuse(story)
    story.asks_for_help()
    story.fast_forward(90)
    boyd = ringing(second, story.number("boyd")).answer()
    assert boyd.record.sender == SECOND
    story.press(boyd, "1")
    story.press(boyd, "1")
    caller = ringing(second, CALLER)
    assert caller.record.sender == SECOND, "an account may show no line but its own"
    caller.answer()
    assert boyd.connected_to == CALLER
    caller.hang_up()
    story.press(boyd, "1")
    assert story.request().state is State.CONTACTED


def test_a_caller_who_waits_at_one_account_is_rung_by_who_answered_at_the_other(story: Story, second: Simulator) -> None:
    call = story.call()
    call.press("36203").press("1").press("1").silence()
    call.silence()
    refuse(story)
    story.settle()
    story.fast_forward(90)
    boyd = ringing(second, story.number("boyd")).answer()
    assert "The number is being texted to you" in story.press(boyd, "1"), "nobody is promised a caller who cannot be joined"
    assert call.live
    assert boyd.connected_to is None
    while call.live:
        call.silence()
    assert "hang up, so that your line is free" in " ".join(call.heard)
    story.press(boyd, "1")
    assert ringing(second, CALLER).answer() is not None
    assert boyd.connected_to == CALLER
    boyd.hang_up()
    story.settle()


def test_who_calls_the_other_line_with_a_withheld_number_is_put_through_under_that_line(
    story: Story, second: Simulator
) -> None:
    call = second.phone("anonymous").dial()
    call.press("0#")
    desk = ringing(second, story.number("dispatch"))
    assert desk.record.sender == SECOND
    desk.answer()
    desk.hang_up()


def test_records_are_deleted_at_the_account_that_has_them_even_where_the_main_one_lets_nobody_in(
    story: Story, second: Simulator
) -> None:
    refuse(story)
    story.asks_for_help()
    story.fast_forward(90)
    boyd = second.phone(story.number("boyd"))
    ringing(second, story.number("boyd")).answer().hang_up()
    boyd.send_text("1")
    story.settle()
    boyd.send_text("DONE")
    story.settle()
    story.fast_forward(3600 + 120)  # what only the main one may have is asked for in between, and it is left alone for a while
    assert story.erased().state is State.ERASED
    outbound = [text for text in second.messages if text.direction == "outbound-api"]
    assert (outbound, [leg for leg in second.calls if leg.record.direction == "outbound-api"]) == ([], [])
    assert {m.status for m in story.erased().messages if m.sid and m.channel is Channel.TEXT} <= {Status.FORGOTTEN}


def test_the_main_account_is_used_again_once_it_takes_something(story: Story, second: Simulator) -> None:
    token = story.sim.carrier.auth_token
    refuse(story)
    story.asks_for_help()
    story.sim.carrier.auth_token = token
    story.fast_forward(90)
    story.press(story.expect_call("boyd").answer(), "1")
    story.expect_text("boyd", "256-555-0177")
    assert [text.sender for text in second.phone(story.number("boyd")).texts] == [SECOND]
