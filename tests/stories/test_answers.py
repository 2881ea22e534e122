"""The people who are paged: what they answer, what they do not, and what the network does with it."""

import re

import pytest

from bridge.actions import reachable
from bridge.core.model import Channel, State
from tests.conftest import everything_in
from tests.stories.story import CALLER, Story


def test_pass_brings_the_backup_at_once(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    assert "next person" in story.text("boyd", "PASS.")[0]
    story.expect_text("crane")
    story.expect_call("crane")
    assert story.minutes() == 0


def test_pass_on_the_telephone_brings_the_backup_at_once(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    assert "Passed" in story.press(story.expect_call("boyd").answer(), "2")
    story.expect_text("crane")
    story.expect_call("crane")
    assert story.minutes() == 1.5


def test_a_text_that_is_not_delivered_becomes_a_call_at_once(story: Story) -> None:
    story.phone("boyd").behave(text="undelivered", error=30003)
    story.asks_for_help()
    story.expect_call("boyd")
    assert story.request().messages[1].word == "undelivered 30003"
    assert story.minutes() == 0


def test_who_has_opted_out_is_called_and_hears_the_number(story: Story) -> None:
    story.phone("boyd").behave(text="opted_out")
    story.asks_for_help()
    call = story.expect_call("boyd").answer()
    assert "texted" not in story.press(call, "1")
    assert "0 1 7 7" in story.press(call, "*")
    assert "reached the caller" in story.press(call, "3")
    assert story.request().state is State.CONTACTED
    assert story.world.no_text == {"boyd"}


def test_stop_and_start_are_remembered(story: Story) -> None:
    story.text("boyd", "Stop ")
    assert story.world.no_text == {"boyd"}
    story.text("boyd", "START")
    assert story.world.no_text == frozenset()
    story.swallow(["boyd"])


@pytest.mark.parametrize("behaviour", ["voicemail", "busy", "no_answer", "failed"])
def test_only_a_key_counts_and_the_next_person_is_paged_at_once(story: Story, behaviour: str) -> None:
    story.phone("boyd").behave(call=behaviour)
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    story.expect_missed_call("boyd")
    story.expect_text("crane")
    story.expect_call("crane")
    assert story.minutes() == 1.5
    assert story.request().state is State.OPEN


def test_who_is_late_hears_who_has_it(story: Story) -> None:
    story.asks_for_help()
    code = story.request().code
    story.expect_text("boyd")
    story.text("boyd", "pass")
    story.expect_text("crane")
    ringing = story.expect_call("crane")
    story.text("crane", f"ok {code}")
    story.expect_text("crane", "256-555-0177")
    assert story.text("boyd", f"1 {code}") == [f"{code}: Cpl. Theo Crane has it. You can stand down."]
    ringing.answer()
    assert "It is yours" in ringing.said_since_last()
    ringing.hang_up()


def test_a_bare_word_with_two_open_lists_them_and_does_nothing(story: Story) -> None:
    story.asks_for_help()
    story.fast_forward(1)
    story.asks_for_help("+12565550178", "36201")
    story.expect_text("boyd")
    story.expect_text("boyd")
    first, second = story.world.store.requests()
    answer = story.text("boyd", "1")[0]
    assert first.code in answer
    assert second.code in answer
    assert {r.state for r in story.world.store.requests()} == {State.OPEN}
    story.text("boyd", f"{second.code} 1")
    story.expect_text("boyd", second.code, "256-555-0178")
    states = {r.code: r.state for r in story.world.store.requests()}
    assert states == {first.code: State.OPEN, second.code: State.ACCEPTED}


@pytest.mark.parametrize("body", ["not ok", "who is this?", "1?", "ok in 2 hours", "Liked “ALLEAPS 412”", "yes", "😀", ""])
def test_what_is_not_an_answer_changes_nothing_and_is_told_what_to_text(story: Story, body: str) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    assert "Reply 1" in story.text("boyd", body or " ")[0]
    assert story.request().state is State.OPEN


def test_a_stranger_gets_one_neutral_sentence_a_day(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    stranger = story.sim.phone("+12055550199")
    replies = stranger.send_text(f"1 {story.request().code}")
    assert story.request().code not in replies[0]
    assert stranger.send_text("hello?") == []
    assert story.request().state is State.OPEN


def test_release_puts_it_back_on_the_ladder_and_pages_somebody_else_first(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "on it")
    story.expect_text("boyd", "256-555-0177")
    story.fast_forward(60)
    assert "given back" in story.text("boyd", "RELEASE")[0]
    story.expect_text("crane")
    story.expect_call("crane")
    assert story.request().state is State.OPEN


def test_an_acceptance_without_a_contact_is_reminded_and_then_given_to_others(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "1")
    story.expect_text("boyd", "256-555-0177")
    story.fast_forward(8 * 60)
    story.expect_text("boyd", "no contact reported", "256-555-0177")
    story.fast_forward(7 * 60)
    story.expect_text("boyd", "others are being paged")
    story.expect_text("crane")
    story.expect_call("crane")
    assert story.minutes() == 15


def test_done_counts_though_it_had_gone_back_on_the_ladder_meanwhile(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "1")
    story.fast_forward(16 * 60)
    story.swallow(["boyd", "crane"])
    assert "reached the caller" in story.text("boyd", "done")[0]
    assert story.request().state is State.CONTACTED
    story.expect_text("crane", "closed")


def test_a_bare_1_never_takes_what_this_person_has_passed_on(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "2")
    story.fast_forward(1)
    story.asks_for_help("+12565550178", "36201")
    story.expect_text("boyd")
    story.swallow(["crane"])
    first, second = story.world.store.requests()
    story.text("crane", f"1 {second.code}")
    story.swallow(["boyd", "crane"])
    assert story.text("boyd", "1") == [f"{second.code}: Cpl. Theo Crane has it. You can stand down."]
    assert story.world.store.load(first.id).state is State.OPEN


def test_who_has_it_may_ask_for_the_number_again(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "1")
    story.expect_text("boyd", "256-555-0177")
    story.fast_forward(30)
    assert story.text("boyd", "1") == []
    story.expect_text("boyd", "256-555-0177")


def test_a_line_that_is_not_verified_is_an_alarm_for_the_operator(story: Story) -> None:
    story.phone("boyd").behave(text="undelivered", error=30032)
    story.asks_for_help()
    story.expect_call("boyd")
    assert any("30032" in line for line in story.errors.lines)
    story.errors.lines.clear()


def test_the_deadline_calls_dispatch_until_somebody_there_presses_a_key(story: Story) -> None:
    story.asks_for_help()
    story.fast_forward(23 * 60)
    story.text("okafor", "1")
    story.swallow_everything()
    story.fast_forward(7 * 60)
    assert story.request().overdue
    story.expect_call("dispatch").no_answer()
    story.fast_forward(2 * 60)
    call = story.expect_call("dispatch").answer()
    assert "Ben Okafor has it" in call.said_since_last()
    assert "status page" in story.press(call, "1")
    story.fast_forward(5 * 60)
    assert story.request().accepted_by == "okafor"
    story.expect_text("okafor", "no contact reported")


def test_nobody_at_all_answers_and_paging_goes_on_past_the_deadline(story: Story) -> None:
    story.asks_for_help()
    story.fast_forward(31 * 60)
    story.expect_call("dispatch")
    assert story.request().overdue
    before = len([m for m in story.request().messages if m.purpose == "page"])
    story.fast_forward(10 * 60)
    assert len([m for m in story.request().messages if m.purpose == "page"]) > before
    story.swallow_everything()


@pytest.mark.parametrize("fault", ["429", "500", "503", "reset", "garbage"])
def test_a_carrier_that_fails_twice_is_asked_again_and_the_page_leaves(story: Story, fault: str) -> None:
    story.sim.faults.rest(fault, "messages", times=2)
    story.asks_for_help()
    story.fast_forward(5)
    story.expect_text("boyd", "Oxford")


def test_a_carrier_that_hangs_costs_one_attempt(story: Story) -> None:
    story.sim.faults.rest("hang", "messages", times=1)
    story.asks_for_help()
    story.fast_forward(2)
    story.expect_text("boyd", "Oxford")


@pytest.mark.parametrize("mode", ["lost", "doubled", "reordered"])
def test_receipts_may_be_lost_doubled_or_out_of_order(story: Story, mode: str) -> None:
    story.sim.faults.receipts(mode)
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    call = story.expect_call("boyd").answer()
    story.press(call, "1")
    call.hang_up()
    story.settle()
    story.expect_text("boyd", "256-555-0177")
    assert story.request().accepted_by == "boyd"


def test_when_it_is_done_nothing_is_kept_here_or_at_the_carrier(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "1")
    story.expect_text("boyd")
    story.text("boyd", "3")
    story.fast_forward(3600 + 120)
    kept = everything_in(story.redis)
    assert CALLER[2:] not in kept
    assert "Oxford" not in kept
    assert all(m.status.value in ("forgotten",) for m in story.erased().messages)
    assert not [m for m in story.sim.messages if "0177" in m.body]


@pytest.mark.policy(text_unverified=False)
def test_where_the_agency_wants_it_only_a_proved_number_is_texted(story: Story) -> None:
    reachable.ask_for_proof(story.world, "boyd", Channel.TEXT, "mary", "board")
    story.settle()
    code = re.search(r"\d{6}", story.expect_text("boyd")).group()  # type: ignore[union-attr]
    story.text("boyd", code)
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "pass")
    assert not story.unread("crane")
    assert "It is yours" in story.press(story.expect_call("crane").answer(), "1")
