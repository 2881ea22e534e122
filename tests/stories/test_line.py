"""Called back through the line: who is put through to whom, who sees which number, and what nobody may do with it."""

import pytest

from bridge.core.model import Purpose, State
from bridge.simulator import twiml
from tests.conftest import everything_in
from tests.stories.story import CALLER, Story

LINE = "+18332192461"


def accepted_by_text(story: Story) -> str:
    """Boyd has it, by text, and the story has told of that. Returns the code."""
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "1")
    story.expect_text("boyd", "256-555-0177", "CALL")
    return story.request().code


def accepted_by_phone(story: Story):
    """Boyd has it, by a key. Returns the call that he is in."""
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    call = story.expect_call("boyd").answer()
    assert "Press 1 to be connected now" in story.press(call, "1")
    story.expect_text("boyd", "256-555-0177")
    return call


def rings_at_the_callers(story: Story, number: str = CALLER):
    """The caller's telephone rings, and shows the line."""
    leg = story.sim.phone(number).ringing
    assert leg is not None, "the caller's telephone does not ring"
    assert leg.record.sender == LINE
    return leg


def test_call_by_text_rings_and_a_key_connects(story: Story) -> None:
    code = accepted_by_text(story)
    assert "your telephone rings now" in story.text("boyd", "CALL")[0]
    ring = story.expect_call("boyd").answer()
    assert " ".join(code) in ring.said_since_last()
    assert "Connecting you" in story.press(ring, "1")
    caller = rings_at_the_callers(story).answer()
    assert ring.connected_to == CALLER
    caller.hang_up()
    assert "Press 1 if you reached them" in ring.said_since_last()
    assert "Noted that you reached" in story.press(ring, "1")
    assert story.request().state is State.CONTACTED


def test_who_accepts_on_the_telephone_is_connected_at_once(story: Story) -> None:
    call = accepted_by_phone(story)
    story.press(call, "1")
    rings_at_the_callers(story).answer().hang_up()
    assert "Noted that you reached" in story.press(call, "1")
    assert story.request().state is State.CONTACTED
    assert story.minutes() == 1.5


def test_a_talk_is_no_contact_until_a_key_says_so(story: Story) -> None:
    """It may have been a mailbox, or somebody else in the family."""
    call = accepted_by_phone(story)
    story.press(call, "1")
    caller = rings_at_the_callers(story).answer()
    heard = list(caller.heard)
    caller.hang_up()
    call.hang_up()
    story.settle()
    assert story.request().state is State.ACCEPTED
    assert not [words for words in heard if words != "connected"], "whoever picked up heard why we called"
    story.fast_forward(8 * 60)
    story.expect_text("boyd", "no contact reported")


def test_who_does_not_answer_can_be_tried_again_and_not_without_end(story: Story) -> None:
    call = accepted_by_phone(story)
    for _ in range(story.world.settings.policy.most_talks):
        story.press(call, "1")
        rings_at_the_callers(story).no_answer()
        assert "did not answer" in call.said_since_last()
    assert "connected you too often" in story.press(call, "1")
    assert story.sim.phone(CALLER).ringing is None
    assert "connected you too often" in story.text("boyd", "CALL")[0]


def test_only_who_has_it_is_connected(story: Story) -> None:
    code = accepted_by_text(story)
    assert story.text("crane", f"CALL {code}") == [f"{code}: Sgt. Dana Boyd has it. You can stand down."]
    assert "No request is waiting" in story.text("crane", "CALL")[0]


def test_nobody_is_connected_after_giving_it_back(story: Story) -> None:
    accepted_by_text(story)
    story.text("boyd", "CALL")
    ring = story.expect_call("boyd")
    story.text("boyd", "RELEASE")
    ring.answer()
    assert "back on the ladder" in ring.said_since_last()
    story.press(ring, "1") if ring.live else None
    assert story.sim.phone(CALLER).ringing is None
    story.swallow_everything()


def test_the_caller_hangs_up_and_the_coordinator_gives_it_back(story: Story) -> None:
    call = accepted_by_phone(story)
    story.press(call, "1")
    rings_at_the_callers(story).answer().hang_up()
    assert "Passed" in story.press(call, "2")
    assert story.request().state is State.OPEN
    story.swallow_everything()


def test_star_after_a_talk_brings_the_number_and_the_keys_again(story: Story) -> None:
    call = accepted_by_phone(story)
    story.press(call, "1")
    rings_at_the_callers(story).answer().hang_up()
    assert "0 1 7 7" in story.press(call, "*")
    story.press(call, "1")
    rings_at_the_callers(story).answer().hang_up()
    story.press(call, "3")
    assert story.request().state is State.CONTACTED


def test_silence_after_a_talk_ends_the_call_and_changes_nothing(story: Story) -> None:
    call = accepted_by_phone(story)
    story.press(call, "1")
    rings_at_the_callers(story).answer().hang_up()
    for _ in range(6):
        if call.live:
            call.silence()
    assert not call.live
    assert story.request().state is State.ACCEPTED


def test_nothing_of_the_talk_is_left_at_the_carrier(story: Story) -> None:
    call = accepted_by_phone(story)
    story.press(call, "1")
    rings_at_the_callers(story).answer().hang_up()
    story.press(call, "1")
    talks = [m for m in story.request().messages if m.purpose is Purpose.TALK]
    assert len(talks) == 1
    story.fast_forward(3600)
    assert CALLER[2:] not in everything_in(story.redis)
    assert not [leg for leg in story.sim.calls if CALLER in (leg.record.sender, leg.record.to)]


# ---- who stays on the line


def stays(story: Story):
    """A caller hears the promise and stays."""
    call = story.call()
    call.press("36203").press("1").press("1").silence()
    assert "stay on the line" in call.said_since_last()
    call.silence()
    assert "You are waiting on the line" in " ".join(call.heard[-3:])
    story.settle()
    story.expect_text("boyd")
    return call


def test_who_stays_on_the_line_talks_to_the_first_who_accepts_by_telephone(story: Story) -> None:
    caller = stays(story)
    story.fast_forward(90)
    boyd = story.expect_call("boyd").answer()
    assert "The caller is on the line" in story.press(boyd, "1")
    assert caller.connected_to == story.number("boyd")
    story.expect_text("boyd", "256-555-0177")
    boyd.hang_up()
    assert "coordinator has left the call" in caller.said_since_last()
    assert story.request().state is State.ACCEPTED
    story.text("boyd", "DONE")
    assert story.request().state is State.CONTACTED


def test_the_queue_is_deleted_with_everything_else(story: Story) -> None:
    caller = stays(story)
    assert story.sim.carrier.queues.listed()
    caller.hang_up()
    story.text("boyd", "1")
    story.expect_text("boyd")
    story.text("boyd", "done")
    story.fast_forward(3600)
    assert not story.sim.carrier.queues.listed()


def test_who_hangs_up_while_waiting_keeps_the_promise(story: Story) -> None:
    caller = stays(story)
    caller.hang_up()
    story.settle()
    story.fast_forward(90)
    boyd = story.expect_call("boyd").answer()
    assert "Press 1 to be connected now" in story.press(boyd, "1")
    story.expect_text("boyd", "256-555-0177")
    boyd.hang_up()


def test_who_waits_hears_how_it_stands(story: Story) -> None:
    caller = stays(story)
    for _ in range(4):
        caller.silence()
    assert "No coordinator has your request yet" in caller.said_since_last()
    story.text("boyd", "1")
    story.expect_text("boyd", "256-555-0177")
    for _ in range(2):
        caller.silence()
    assert "Please hang up, so that your line is free" in caller.said_since_last()
    for _ in range(4):
        if caller.live:
            caller.silence()
    assert not caller.live, "the line is not free for the call back"


def test_who_waits_and_presses_0_gets_a_dispatcher(story: Story) -> None:
    caller = stays(story)
    caller.press("0")
    desk = story.expect_dial("dispatch").answer()
    assert caller.connected_to == story.number("dispatch")
    desk.hang_up()
    assert story.request().state is State.OPEN


def test_a_waiting_caller_is_put_through_to_who_accepted_by_text_and_asks_for_it(story: Story) -> None:
    caller = stays(story)
    caller.silence()
    story.text("boyd", "1")
    story.expect_text("boyd", "256-555-0177")
    story.text("boyd", "call")
    boyd = story.expect_call("boyd").answer()
    assert "The caller is on the line" in story.press(boyd, "1")
    assert caller.connected_to == story.number("boyd")
    caller.hang_up()
    assert "Press 1 if you reached them" in boyd.said_since_last()
    story.press(boyd, "1")


def test_a_long_talk_on_the_line_is_not_taken_for_a_hang_up(story: Story) -> None:
    caller = stays(story)
    story.fast_forward(90)
    boyd = story.expect_call("boyd").answer()
    story.press(boyd, "1")
    story.expect_text("boyd")
    story.fast_forward(7 * 60)
    boyd.hang_up()
    assert "press 0" in caller.said_since_last().lower()
    caller.hang_up()


def test_a_carrier_without_queues_says_the_same_and_rings_the_caller(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(twiml.VOICE, "Enqueue")
    caller = stays(story)
    caller.silence()
    assert caller.live
    caller.hang_up()
    story.fast_forward(90)
    boyd = story.expect_call("boyd").answer()
    assert "Press 1 to be connected now" in story.press(boyd, "1")
    story.expect_text("boyd")
    boyd.hang_up()
    story.expect_warning("unknown verb <Enqueue>")


@pytest.mark.parametrize("keys", ["5", "#", "99"])
def test_a_wrong_key_while_waiting_changes_nothing(story: Story, keys: str) -> None:
    caller = stays(story)
    caller.press(keys)
    assert caller.live
    caller.hang_up()
