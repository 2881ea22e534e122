"""What happens seldom: twice, too late, out of nowhere, in the very moment when something else happens."""

from dataclasses import replace

import pytest

from bridge.actions import callers, paging, sending
from bridge.core.events import Reported
from bridge.core.intake import Heard
from bridge.core.model import State, Status
from bridge.core.replies import CODES
from tests.stories.story import CALLER, Story

CALL = "CA" + "7" * 32


def test_a_call_that_the_store_has_forgotten_begins_anew(story: Story) -> None:
    call, answer = callers.answered(story.world, CALL, CALLER, 5, Heard(digits="1"))
    assert (call.turn, call.caller_id) == (0, CALLER)
    assert "Where are you" in " ".join(answer.say)


def test_the_word_that_a_call_has_ended_may_come_twice_or_for_no_call(story: Story) -> None:
    callers.ended(story.world, CALL)
    callers.gone_quiet(story.world, CALL)
    assert callers.dialled(story.world, CALL, "completed", gone=False)[1].listen is None
    assert story.world.store.requests() == []


def test_zero_after_the_promise_puts_the_caller_through_and_keeps_the_promise(story: Story) -> None:
    call = story.call()
    call.press("36203").press("1").press("1").silence()
    call.press("0")
    desk = story.expect_dial("dispatch").answer()
    assert "put through" in story.repeat_last_webhook(call) or call.connected_to
    desk.hang_up()
    story.settle()
    assert story.request().state is State.OPEN
    assert story.world.store.were_put_through() == [], "this call has a request, and is shown as one"
    story.expect_text("boyd")


def test_zero_after_the_promise_and_no_dispatcher_says_that_the_promise_stands(story: Story) -> None:
    call = story.call()
    call.press("36203").press("1").press("1").silence()
    story.settle()
    story.text("boyd", "1")
    call.press("0")
    story.expect_dial("dispatch").no_answer()
    assert "A coordinator has your request" in call.said_since_last()
    call.hang_up()
    story.swallow(["boyd"])


def test_who_calls_again_after_the_contact_has_a_matter_of_its_own(story: Story) -> None:
    story.asks_for_help()
    first = story.request()
    story.text("boyd", "1")
    story.text("boyd", "3")
    story.swallow(["boyd"])
    story.fast_forward(60)
    story.asks_for_help()
    assert [r.state for r in story.world.store.requests()] == [State.CONTACTED, State.OPEN]
    assert story.world.store.requests()[1].code != first.code
    story.expect_text("boyd")


def test_a_request_that_ends_while_its_caller_is_still_on_the_line_is_followed_by_a_new_one(story: Story) -> None:
    call = story.call("anonymous")
    call.press("36203").press("1").silence().silence().silence()
    story.expect_dial("dispatch").no_answer()
    story.settle()
    story.text("boyd", "1")
    story.text("boyd", "3")
    story.swallow(["boyd"])
    call.press("2565550188").press("1")
    assert "called back by" in call.said_since_last()
    call.hang_up()
    story.settle()
    standing = {(r.state, r.callback) for r in story.world.store.requests()}
    assert standing == {(State.CONTACTED, ""), (State.OPEN, "+12565550188")}
    story.expect_text("boyd")


def test_when_the_short_codes_are_used_up_longer_ones_are_given(story: Story) -> None:
    for code in CODES:
        story.redis.set(f"code:{code}", "resting")
    story.asks_for_help()
    code = story.request().code
    assert len(code) == 4
    story.expect_text("boyd", code)
    story.text("boyd", f"ok {code}")
    story.expect_text("boyd", "256-555-0177")


def test_list_says_what_is_open_for_this_person(story: Story) -> None:
    assert story.text("boyd", "LIST") == ["No request is waiting for you."]
    story.asks_for_help()
    story.expect_text("boyd")
    assert story.text("boyd", "list") == [f"Open: {story.request().code} Region G."]
    assert story.text("landry", "?") == ["No request is waiting for you."]


@pytest.mark.parametrize("words", ["1", "2", "DONE", "RELEASE"])
def test_a_code_that_nobody_has_is_said_to_be_unknown(story: Story, words: str) -> None:
    assert story.text("boyd", f"{words} 777") == ["There is no request 777."]


def test_done_and_release_from_somebody_else_do_nothing_and_say_why(story: Story) -> None:
    story.asks_for_help()
    code = story.request().code
    story.expect_text("boyd")
    assert story.text("crane", f"done {code}") == [f"{code} is not yours. Reply 1 {code} to take it."]
    story.text("boyd", "1")
    story.expect_text("boyd")
    assert story.text("crane", f"release {code}") == [f"{code}: Sgt. Dana Boyd has it. You can stand down."]
    assert story.text("boyd", f"no {code}")[0].endswith("Others are being paged.")
    story.swallow(["boyd", "crane"])


def test_a_code_is_answered_for_days_after_its_request_was_erased(story: Story) -> None:
    story.asks_for_help()
    code = story.request().code
    story.text("boyd", "1")
    story.text("boyd", "3")
    story.swallow(["boyd"])
    assert story.text("boyd", f"1 {code}") == [f"{code} is closed. Nothing to do."]
    story.fast_forward(2 * 3600)
    assert story.text("boyd", f"1 {code}") == [f"{code} is closed. Nothing to do."]


def test_a_call_answered_after_everything_is_over_says_so(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    ringing = story.expect_call("boyd")
    story.text("boyd", "1")
    story.expect_text("boyd")
    story.text("boyd", "done")
    ringing.answer()
    assert "closed" in ringing.said_since_last()
    assert not ringing.live


def test_keys_that_mean_nothing_repeat_the_page_and_then_say_goodbye(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    call = story.expect_call("boyd").answer()
    assert "ALLEAPS page" in story.press(call, "*")
    assert "ALLEAPS page" in story.press(call, "7")
    call.silence().silence()
    assert "Goodbye" in call.said_since_last()
    story.settle()
    assert story.request().state is State.OPEN
    story.swallow(["crane"])


def test_who_has_it_may_press_other_keys_without_harm(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    call = story.expect_call("boyd").answer()
    story.press(call, "1")
    assert "It is yours" in story.press(call, "9")
    assert story.request().accepted_by == "boyd"
    call.hang_up()
    story.expect_text("boyd")


def test_2_means_the_same_to_who_has_it_already(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    call = story.expect_call("boyd").answer()
    story.press(call, "1")
    story.expect_text("boyd", "256-555-0177")
    assert "next person" in story.press(call, "2")
    assert story.request().state is State.OPEN
    story.expect_text("crane")
    story.expect_call("crane")


def test_a_key_that_comes_as_somebody_else_takes_it_hears_who_has_it(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.asks_for_help()
    story.fast_forward(90)
    call = story.expect_call("boyd").answer()
    stale = story.request()
    story.text("crane", f"1 {stale.code}")
    seen = [stale]
    load = story.world.store.load
    monkeypatch.setattr(story.world.store, "load", lambda request_id: seen.pop() if seen else load(request_id))
    assert "Theo Crane has taken this one" in story.press(call, "2")
    monkeypatch.undo()
    assert story.request().accepted_by == "crane"
    story.swallow(["boyd", "crane"])


def test_a_job_that_comes_twice_or_too_late_sends_nothing(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    effect = f"{story.request().id}/1"
    sending.carry_out(story.world, effect)
    story.redis.zadd("outbox", {effect: story.now, "gone/0": story.now})
    sending.carry_out(story.world, effect)
    sending.carry_out(story.world, "gone/0")
    assert story.redis.zcard("outbox") == 0


def test_an_effect_that_another_worker_is_carrying_out_is_left_to_it(story: Story) -> None:
    call = story.call()
    call.press("36203").press("1").press("1").silence().hang_up()
    story.sim.settle()
    effect = f"{story.request().id}/1"
    assert story.world.store.claim(effect, "the other worker", story.now)
    sending.carry_out(story.world, effect)
    assert story.unread("boyd") == []
    story.redis.delete(f"claim:{effect}")
    story.settle()
    story.expect_text("boyd")


def test_receipts_for_what_is_gone_or_never_was_change_nothing(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    before = story.request()
    paging.reported(story.world, "never", Reported(0, Status.DELIVERED))
    paging.reported(story.world, before.id, Reported(99, Status.DELIVERED))
    assert story.request() == before


def test_a_receipt_that_says_nothing_new_is_not_written(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    before = story.request()
    paging.reported(story.world, before.id, Reported(1, Status.SENT, "sent", before.message(1).sid))
    assert story.request().version == before.version


def test_a_receipt_that_says_opted_out_is_remembered(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    paging.reported(story.world, story.request().id, Reported(1, Status.FAILED, "undelivered 21610"))
    assert story.world.no_text == {"boyd"}
    story.settle()
    story.expect_call("boyd")


def test_who_opts_out_between_the_decision_and_the_text_is_called_instead(story: Story) -> None:
    call = story.call()
    call.press("36203").press("1").press("1").silence().hang_up()
    story.sim.settle()
    story.world.store.block_texts("boyd", "opted out")
    story.settle()
    story.expect_call("boyd")


def test_somebody_who_has_left_the_roster_is_not_paged_and_the_next_one_is(story: Story) -> None:
    call = story.call()
    call.press("36203").press("1").press("1").silence().hang_up()
    story.sim.settle()
    roster = story.world.settings.roster
    people = {name: person for name, person in roster.people.items() if name != "boyd"}
    duties = tuple(duty for duty in roster.duties if duty.who != ("boyd",))
    shrunk = replace(story.world.settings, roster=replace(roster, people=people, duties=duties))
    kept = story.world.settings
    object.__setattr__(story.world, "settings", shrunk)
    story.settle()
    object.__setattr__(story.world, "settings", kept)
    assert story.request().messages[1].word == "no number"
    story.swallow(["crane"])
    assert any(m.person == "crane" for m in story.request().messages)


def test_a_request_that_cannot_be_dealt_with_does_not_hold_up_the_others(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.redis.hset("req:broken", mapping={"version": 0, "doc": "{}"})
    story.redis.zadd("due", {"broken": story.now, "vanished": story.now})
    story.fast_forward(90)
    story.expect_call("boyd")
    assert any("'due': 'broken'" in line and "could not be dealt with" in line for line in story.errors.lines)
    assert story.redis.zscore("due", "vanished") is None
    story.errors.lines.clear()
    story.redis.zrem("due", "broken")


def test_a_record_that_the_carrier_does_not_give_up_yet_is_asked_for_again(story: Story) -> None:
    story.asks_for_help()
    story.text("boyd", "1")
    story.text("boyd", "3")
    story.swallow(["boyd"])
    story.fast_forward(1800)
    story.sim.faults.rest("503", method="DELETE")
    story.fast_forward(1800)
    assert {m.status for m in story.erased().messages} == {Status.FORGOTTEN}, "the request need not know any more"
    assert story.world.store.record_news(story.now).waiting == 3
    story.sim.faults.clear()
    story.fast_forward(180)
    assert story.world.store.record_news(story.now).waiting == 0
    assert [text for text in story.sim.messages if text.direction == "outbound-api"] == []
