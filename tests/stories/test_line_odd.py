"""Odd moments on the line: long talks, keys that come twice or too late, a caller who waits while everything changes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.actions import coordinators
from bridge.core.events import Closed
from bridge.core.model import Purpose, State
from bridge.core.speech import Menu
from tests.stories.story import CALLER, Story
from tests.stories.test_line import accepted_by_phone, accepted_by_text, rings_at_the_callers, stays


def rounds(caller, most: int = 40) -> str:
    """The caller waits so long, without a word. Returns all that they hear."""
    caller.said_since_last()
    for _ in range(most):
        if caller.live:
            caller.silence()
    return caller.said_since_last()


def test_a_long_talk_is_not_interrupted_and_nobody_else_is_paged(story: Story) -> None:
    call = accepted_by_phone(story)
    story.press(call, "1")
    caller = rings_at_the_callers(story).answer()
    story.fast_forward(25 * 60)
    caller.hang_up()
    assert "Press 1 if you reached them" in call.said_since_last()
    assert "Noted that you reached" in story.press(call, "1")
    assert story.request().state is State.CONTACTED


def test_a_talk_with_a_caller_who_stayed_on_the_line_is_not_interrupted_either(story: Story) -> None:
    caller = stays(story)
    story.fast_forward(90)
    boyd = story.expect_call("boyd").answer()
    story.press(boyd, "1")
    story.expect_text("boyd", "256-555-0177")
    story.fast_forward(25 * 60)
    caller.hang_up()
    assert "Noted that you reached" in story.press(boyd, "1")
    assert story.request().state is State.CONTACTED


def test_who_talks_long_and_hangs_up_without_a_key_is_reminded_and_then_it_goes_to_others(story: Story) -> None:
    call = accepted_by_phone(story)
    story.press(call, "1")
    rings_at_the_callers(story).answer()
    story.fast_forward(25 * 60)
    call.hang_up()
    story.settle()
    assert not story.unread("crane")
    story.fast_forward(60)
    story.expect_text("boyd", "no contact reported")
    story.fast_forward(8 * 60)
    assert story.request().state is State.OPEN
    story.swallow_everything()


def test_who_is_not_answered_has_no_more_time_than_before(story: Story) -> None:
    call = accepted_by_phone(story)
    story.press(call, "1")
    rings_at_the_callers(story).no_answer()
    call.hang_up()
    story.fast_forward(8 * 60)
    story.expect_text("boyd", "no contact reported")
    story.fast_forward(7 * 60)
    assert story.request().state is State.OPEN
    story.swallow_everything()


def test_a_key_that_the_carrier_sends_twice_connects_nobody(story: Story) -> None:
    call = accepted_by_phone(story)
    assert "It is yours" in story.repeat_last_webhook(call)
    assert story.sim.phone(CALLER).ringing is None
    assert story.request().talks == 0


def test_who_took_it_by_text_while_the_page_was_spoken_hears_that_it_is_theirs(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    call = story.expect_call("boyd").answer()
    story.text("boyd", "1")
    story.expect_text("boyd", "256-555-0177")
    assert "It is yours" in story.press(call, "1")
    assert story.sim.phone(CALLER).ringing is None


def test_dispatch_takes_nothing_by_saying_that_it_was_heard(story: Story) -> None:
    accepted_by_text(story)
    story.text("boyd", "eta 14")
    story.fast_forward(14 * 60)
    story.text("boyd", "eta 13")
    story.fast_forward(16 * 60)
    story.swallow(["boyd"])
    call = story.expect_call("dispatch").answer()
    assert "Press 1 to confirm" in call.said_since_last()
    story.text("boyd", "release")
    assert "Press 1 to take it" in story.press(call, "1")
    assert story.request().state is State.OPEN
    story.swallow_everything()


def test_who_waits_hears_that_the_request_has_ended_and_no_promise(story: Story) -> None:
    caller = stays(story)
    story.world.apply(story.request().id, Closed("duplicate"))
    story.settle()
    said = rounds(caller)
    assert "This request has ended" in said
    assert "called back by" not in said
    assert not caller.live
    story.swallow_everything()


@pytest.mark.policy(hold_for=7200.0)
def test_who_waits_past_the_deadline_hears_the_truth_about_who_has_it(story: Story) -> None:
    caller = stays(story)
    for _ in range(31):
        story.fast_forward(60)
        caller.silence()
    assert "your call back is late" in rounds(caller, 3)
    story.text("boyd", "1")
    said = rounds(caller)
    assert "A coordinator has your request" in said
    assert "being paged" not in said
    assert not caller.live
    story.swallow_everything()


def test_a_store_that_is_away_for_a_moment_does_not_cost_the_caller_their_place(story: Story) -> None:
    caller = stays(story)
    with story.store_away():
        caller.silence()
    story.errors.lines.clear()
    caller.silence()
    story.fast_forward(90)
    boyd = story.expect_call("boyd").answer()
    assert "The caller is on the line" in story.press(boyd, "1")
    assert caller.connected_to == story.number("boyd")
    story.expect_text("boyd", "256-555-0177")


def test_a_store_that_stays_away_brings_a_dispatcher_and_no_false_word(story: Story) -> None:
    caller = stays(story)
    caller.said_since_last()
    with story.store_away():
        for _ in range(6):
            if story.phone("dispatch").ringing is None:
                caller.silence()
        story.expect_dial("dispatch").answer()
    said = caller.said_since_last()
    assert "cannot promise you a call" not in said
    assert "Your request is stored" in said
    story.errors.lines.clear()


def test_who_waits_hears_no_false_word_when_it_is_given_back(story: Story) -> None:
    caller = stays(story)
    story.text("boyd", "1")
    caller.silence()
    story.text("boyd", "release")
    said = rounds(caller, 2)
    assert "being paged" in said or "paging goes on" in said
    assert "Nobody has answered" not in said
    story.swallow_everything()


def test_who_leaves_for_a_dispatcher_is_not_waited_for_by_who_accepts(story: Story) -> None:
    caller = stays(story)
    story.fast_forward(90)
    boyd = story.expect_call("boyd").answer()
    caller.press("0")
    story.expect_dial("dispatch").answer()
    assert "caller is on the line" not in story.press(boyd, "1")
    story.expect_text("boyd", "256-555-0177")


def test_nothing_of_a_talk_with_a_dispatcher_is_left_at_the_carrier(story: Story) -> None:
    caller = stays(story)
    caller.press("0")
    story.expect_dial("dispatch").answer()
    caller.hang_up()
    story.settle()
    story.text("boyd", "1")
    story.expect_text("boyd", "256-555-0177")
    story.text("boyd", "done")
    story.fast_forward(3600)
    assert not [leg for leg in story.sim.calls if CALLER in (leg.record.sender, leg.record.to)]


def test_every_webhook_of_a_talk_on_the_line_may_come_twice(story: Story) -> None:
    caller = stays(story)
    story.repeat_last_webhook(caller)
    story.fast_forward(90)
    boyd = story.expect_call("boyd").answer()
    story.press(boyd, "1")
    story.expect_text("boyd", "256-555-0177")
    story.fast_forward(120)
    boyd.hang_up()
    story.settle()
    assert "coordinator has left" in story.repeat_last_webhook(caller)
    before = story.request()
    story.repeat_last_webhook(boyd)
    assert story.request() == before
    assert (before.state, before.talks, before.remind_at) == (State.ACCEPTED, 0, story.now + 60)
    caller.hang_up()
    story.text("boyd", "done")


def test_two_take_it_in_the_same_moment_and_one_of_them_talks_to_who_waits(story: Story) -> None:
    caller = stays(story)
    story.fast_forward(90)
    boyd = story.expect_call("boyd").answer()
    caller.silence()
    story.fast_forward(150)
    crane = story.expect_call("crane").answer()
    caller.silence()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda leg: leg.press("1"), (boyd, crane)))
    story.settle()
    holder = story.request().accepted_by
    assert caller.connected_to == story.number(holder)
    story.swallow_everything()


@pytest.mark.policy(scene_remind_every=300.0)
def test_who_is_asked_whether_they_arrived_can_be_connected_first(story: Story) -> None:
    """Star, and then 1 to be connected, is not an arrival."""
    accepted_by_text(story)
    story.text("boyd", "scene")
    story.world.store.block_texts("boyd", "opted out")
    story.fast_forward(5 * 60)
    call = story.expect_call("boyd").answer()
    assert "if you have arrived" in call.said_since_last()
    assert "Press 1 to be connected" in story.press(call, "*")
    assert "Connecting you" in story.press(call, "1")
    rings_at_the_callers(story).no_answer()
    assert story.request().arrived_at is None
    story.swallow_everything()


def test_who_has_opted_out_is_not_told_of_a_text(story: Story) -> None:
    story.world.store.block_texts("boyd", "opted out")
    story.asks_for_help()
    first = story.expect_call("boyd")
    story.text("boyd", "1")
    said = first.answer().said_since_last()
    assert "It is yours" in said
    assert "texted" not in said
    first.hang_up()
    story.settle()
    story.text("boyd", "release")
    story.swallow_everything()


def test_a_machine_that_picks_up_for_who_asked_is_connected_with_nobody(story: Story) -> None:
    accepted_by_text(story)
    story.phone("boyd").behave(call="voicemail")
    story.text("boyd", "CALL")
    story.expect_missed_call("boyd")
    assert story.sim.phone(CALLER).ringing is None
    assert story.request().state is State.ACCEPTED


@pytest.mark.parametrize("menu", list(Menu))
def test_a_key_about_a_message_that_is_not_there_ends_the_call(story: Story, menu: Menu) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    answer = coordinators.pressed(story.world, story.request().id, 99, "1", 1, menu=menu)
    assert answer.listen is None
    assert story.request().state is State.OPEN


@pytest.mark.parametrize("menu", list(Menu))
def test_a_key_for_another_menu_takes_and_ends_nothing(story: Story, menu: Menu) -> None:
    """The text of a page is no call, whatever is said of it."""
    story.asks_for_help()
    story.expect_text("boyd")
    page = next(m.n for m in story.request().messages if m.purpose is Purpose.PAGE)
    coordinators.pressed(story.world, story.request().id, page, "1", 1, menu=menu)
    story.settle()
    assert story.request().state is (State.ACCEPTED if menu is Menu.TAKE else State.OPEN)
    story.swallow_everything()
