"""Whatever the carrier once signed is sent again, by somebody who has kept it: nothing changes, and nobody is told anything.

Who sends it reads an answer, and no telephone hears it. Should the carrier itself mean it, a person is on the line: they hear
what to do, or are put through."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import request
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from bridge.actions import callers
from bridge.core.model import Channel, State
from tests.conftest import everything_in
from tests.stories.story import CALLER, Story

DAY = 24 * 3600.0
PLACE = "Oxford"  # where the caller of these stories is


@dataclass
class Tape:
    """Every webhook of a story, as it came."""

    story: Story
    kept: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    runs: bool = True

    def keep(self) -> None:
        """Remember this one."""
        if self.runs and request.method == "POST":
            self.kept.append((request.path, request.form.to_dict(), request.headers.get("X-Twilio-Signature", "")))

    def play(self, *, least: int = 1, paths: str = "/") -> list[str]:
        """Send them all again. Returns what is answered."""
        self.runs = False
        client = self.story.webhooks._app.test_client()
        found = [each for each in self.kept if each[0].startswith(paths)]
        assert len(found) >= least
        answers: list[TestResponse] = [
            client.post(path, data=form, headers={"X-Twilio-Signature": signature}) for path, form, signature in found
        ]
        self.runs = True
        assert {answer.status_code for answer in answers} == {200}
        return [answer.get_data(as_text=True).removeprefix('<?xml version="1.0" encoding="UTF-8"?>') for answer in answers]


@pytest.fixture
def tape(story: Story) -> Tape:
    kept = Tape(story)
    story.webhooks._app.before_request_funcs[None].append(kept.keep)
    return kept


@contextmanager
def unchanged(story: Story) -> Iterator[None]:
    """Nothing in the store is different afterwards, and nothing leaves."""
    story.settle()
    before, sent = standing(story), len(story.sim.texts_sent())
    yield
    story.settle()
    assert standing(story) == before
    assert len(story.sim.texts_sent()) == sent


def standing(story: Story) -> list[str]:
    """What is in the store, without what belongs to processes and queues, and to the count of what was looked at."""
    shed = ("b'rq:", "b'beats", "b'time:", "b'carrier")
    return [line for line in everything_in(story.redis).splitlines() if not line.startswith(shed)]


def taken_and_given_back(story: Story) -> None:
    """A call, a page by text, one by telephone: taken with a key, given back with a key."""
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    call = story.expect_call("boyd").answer()
    story.press(call, "1")
    story.press(call, "2")
    call.hang_up()
    story.settle()
    assert story.request().state is State.OPEN
    story.swallow_everything()


def test_a_whole_life_played_again_while_the_request_is_open_changes_nothing(story: Story, tape: Tape) -> None:
    taken_and_given_back(story)
    story.fast_forward(61)
    story.swallow_everything()
    with unchanged(story):
        answers = tape.play(least=10)
    assert not any(word in answer for answer in answers for word in ("<Gather", "<Enqueue", PLACE)), "nothing is asked or told"
    assert story.request().state is State.OPEN


def test_the_same_months_later_when_everything_is_erased(story: Story, tape: Tape) -> None:
    taken_and_given_back(story)
    story.text("boyd", "1")
    story.text("boyd", "done")
    story.swallow_everything()
    story.clock[0] += 100 * DAY  # at one leap: nothing is open
    story.settle()
    story.swallow_everything()
    with unchanged(story):
        answers = tape.play(least=10)
    assert not any(word in answer for answer in answers for word in ("<Gather", "<Enqueue", PLACE))
    assert story.world.store.requests() == []
    story.swallow_everything()


def test_a_copy_of_the_call_of_somebody_who_was_put_through_makes_no_request(story: Story, tape: Tape) -> None:
    call = story.call()
    call.press("36203").press("0")
    desk = story.expect_dial("dispatch").answer()
    desk.hang_up()
    story.settle()
    story.fast_forward(30)
    with unchanged(story):
        assert not any("<Gather" in answer for answer in tape.play(least=3))
    assert not story.world.store.requests()


def test_what_the_carrier_has_to_say_of_a_dial_may_come_after_the_end_of_the_call(story: Story) -> None:
    call = story.call()
    call.press("36203").press("1").silence().silence().silence()
    dial = story.expect_dial("dispatch")
    sid = call.sid
    callers.ended(story.world, sid)
    call_kept, _ = callers.dialled(story.world, sid, "no-answer", gone=True)
    assert call_kept is not None, "the word of the dial came later than the end"
    dial.no_answer()
    call.hang_up()
    story.fast_forward(30)
    assert story.request().callback == CALLER, "and what was asked for in vain is promised"
    story.swallow_everything()


def test_a_call_that_was_met_while_the_bridge_was_broken_makes_one_request_however_often_it_is_told(story: Story) -> None:
    sid = "CA" + "5" * 32
    for _ in range(2):
        callers.dialled_while_broken(story.world, sid, CALLER, "no-answer")
        story.world.store.forget_call(sid)  # as if nothing were known of it
        story.fast_forward(61)
    assert len(story.world.store.requests()) == 1
    assert len(story.unread("whitfield")) == 1, "nobody is told of the same call twice"
    story.swallow_everything()


def test_a_text_counts_as_long_as_the_carrier_may_tell_us_of_it_again_and_no_longer(story: Story, tape: Tape) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "1")
    story.expect_text("boyd", "256-555-0177")
    assert "is yours" in tape.play(paths="/sms")[0] or story.request().accepted_by == "boyd"
    story.text("boyd", "release")
    story.swallow_everything()
    story.fast_forward(601)
    story.swallow_everything()
    with unchanged(story):
        assert all("Please send it again" in answer for answer in tape.play(paths="/sms", least=2)), "should it be honest"
    assert story.request().state is State.OPEN, "an old 1 takes nothing"


def test_a_copy_of_an_old_receipt_says_nothing_of_a_telephone_as_it_is_now(story: Story, tape: Tape) -> None:
    story.phone("boyd").behave(text="undelivered", error=30006)
    story.asks_for_help()
    story.fast_forward(1)
    assert "boyd" in story.world.blocked, "a landline, says the carrier"
    story.world.store.allow_texts("boyd")  # it is none any more
    tape.play(paths="/page")
    assert "boyd" not in story.world.blocked
    story.settle()
    story.swallow_everything()


def test_a_key_counts_only_in_a_call_that_was_placed_about_this(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    call = story.expect_call("boyd").answer()
    page = next(m for m in story.request().messages if m.channel is Channel.CALL and m.person == "boyd")
    answer = signed(story, f"/page/{story.request().id}/{page.n}/key/take/1", {"CallSid": "CA" + "6" * 32, "Digits": "1"})
    assert "may not have stored your answer" in answer.get_data(as_text=True)
    assert story.request().state is State.OPEN
    story.press(call, "1")
    assert story.request().accepted_by == "boyd"
    story.swallow_everything()


@pytest.mark.parametrize("account", [None, "", "AC" + "0" * 32])
def test_what_an_account_calls_itself_shuts_nobody_out_whose_signature_is_right(story: Story, account: str | None) -> None:
    told = {} if account is None else {"AccountSid": account}
    form = {"CallSid": "CA" + "6" * 32, "From": CALLER, **told}
    assert "<Gather" in signed(story, "/voice", form).get_data(as_text=True)
    forged = story.webhooks._app.test_client().post("/voice", data=form, headers={"X-Twilio-Signature": "x"})
    assert forged.status_code == 403


def test_calls_without_a_name_are_answered_after_one_of_them_has_ended(story: Story) -> None:
    for word in ("completed", ""):
        assert signed(story, "/voice/ended", {"CallStatus": word}).status_code == 200
    callers.gone_quiet(story.world, "unnamed")
    story.clock[0] += 2 * DAY
    assert "<Gather" in signed(story, "/voice", {"From": CALLER}).get_data(as_text=True)


@pytest.mark.parametrize("path", ["/voice", "/voice/turn/2", "/voice/broken/1"])
def test_a_caller_whose_call_is_said_to_be_over_reaches_a_person(story: Story, path: str) -> None:
    form = {"CallSid": "CA" + "6" * 32, "From": CALLER}
    signed(story, "/voice/ended", {**form, "CallStatus": "completed"})
    story.fast_forward(30)
    with unchanged(story):
        answer = signed(story, path, {**form, "Digits": "1"}).get_data(as_text=True)
    assert story.world.settings.roster.people["dispatch"].phone in answer


def test_who_has_talked_to_the_desk_is_not_put_through_again_where_the_store_fails_then(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = {"CallSid": "CA" + "6" * 32, "DialCallStatus": "completed"}
    with monkeypatch.context() as broken:
        broken.setattr(story.world.store, "load_call", fails)
        broken.setattr(story.world.store, "counted_until", fails)
        for path in ("/voice/limited/1", "/voice/dialled/3", "/voice/broken/1"):
            assert "<Dial" not in signed(story, path, form).get_data(as_text=True)
    story.errors.lines.clear()


def test_a_key_counts_in_a_call_that_is_known_only_by_its_being_picked_up(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(90)
    call = story.expect_call("boyd").answer()
    page = next(m for m in story.request().messages if m.channel is Channel.CALL and m.person == "boyd")
    here, form = f"/page/{story.request().id}/{page.n}", {"CallSid": "CA" + "6" * 32}
    signed(story, f"{here}/answered", form)  # nothing says what the call is doing
    signed(story, f"{here}/key/take/1", {**form, "Digits": "1"})
    assert story.request().accepted_by == "boyd"
    call.hang_up()
    story.settle()
    story.swallow_everything()


def fails(*_: Any, **__: Any) -> None:
    raise ConnectionError


def test_what_is_remembered_of_calls_and_texts_is_no_name_and_is_bounded(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.store.redis_guard.MOST_REMEMBERED", 5)
    for n in range(9):
        story.world.store.counts_until(f"CA{n:032}", story.now + n, story.now)
    kept = [name.decode() for name, _ in story.redis.zrange("over", 0, -1, withscores=True)]
    assert len(kept) == 5
    assert not any("0000" in name for name in kept)
    assert story.world.store.counted_until(f"CA{8:032}") == pytest.approx(story.now + 8, abs=0.01)
    assert story.world.store.counted_until(f"CA{0:032}") == float("inf")
    assert story.world.store.counts_until(f"CA{8:032}", story.now + 99, story.now) == pytest.approx(story.now + 8, abs=0.01)


def signed(story: Story, path: str, form: dict[str, Any]) -> TestResponse:
    """What the application answers to this, signed as the carrier would."""
    settings = story.world.settings
    signature = RequestValidator(settings.auth_token).compute_signature(settings.public_url + path, form)
    return story.webhooks._app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})
