"""Texts: what phones do with them, what the network says, what the customer answers."""

import pytest
from flask import Response
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from bridge.simulator import Simulator
from bridge.simulator.segments import segments
from tests.simulator.target import DANA, ERIN, LINE, Target


def statuses(target: Target) -> list[str]:
    return [form["MessageStatus"] for form in target.forms("/receipt")]


def send(client: Client, target: Target, to: str = DANA) -> str:
    sid = client.messages.create(to=to, from_=LINE, body="Page", status_callback=f"{target.url}/receipt").sid
    assert sid
    return sid


@pytest.mark.parametrize("error", [30003, 30005, 30008])
def test_an_undelivered_text_says_why(sim: Simulator, client: Client, target: Target, error: int) -> None:
    phone = sim.phone(DANA).behave(text="undelivered", error=error)
    sid = send(client, target)
    sim.settle()
    assert statuses(target) == ["queued", "sent", "undelivered"]
    assert target.forms("/receipt")[-1]["ErrorCode"] == str(error)
    assert client.messages(sid).fetch().error_code == error
    assert phone.texts == []


def test_a_failed_text_was_never_sent(sim: Simulator, client: Client, target: Target) -> None:
    sim.phone(DANA).behave(text="failed", error=30007)
    send(client, target)
    sim.settle()
    assert statuses(target) == ["queued", "failed"]


def test_a_phone_that_opts_out_after_the_text_was_accepted_does_not_get_it(
    sim: Simulator, client: Client, target: Target
) -> None:
    target.answer("/sms", "<Message>You are out.</Message>")
    sim.phone(DANA).send_text("Stop ")
    sim.settle()
    assert sim.messages[-1].status == "failed"
    assert sim.messages[-1].error_code == 21610


def test_stop_opts_out_until_unstop(sim: Simulator, client: Client, target: Target) -> None:
    phone = sim.phone(DANA)
    phone.send_text("STOP")
    assert [text.body[:11] for text in phone.texts] == ["NETWORK MSG"]
    with pytest.raises(TwilioRestException) as caught:
        send(client, target)
    assert caught.value.code == 21610
    send(client, target, ERIN)
    phone.send_text("unstop")
    send(client, target)
    sim.settle()
    assert phone.texts[-1].body == "Page"
    assert [form["Body"] for form in target.forms("/sms")] == ["STOP", "unstop"]


def test_yes_is_an_ordinary_word_unless_opted_out(sim: Simulator, target: Target) -> None:
    phone = sim.phone(DANA)
    phone.send_text("YES")
    assert phone.texts == []
    phone.send_text("QUIT")
    phone.send_text("YES")
    assert len(phone.texts) == 2


def test_help_is_answered_by_the_carrier(sim: Simulator, target: Target) -> None:
    phone = sim.phone(DANA)
    phone.send_text("help")
    assert "STOP" in phone.texts[0].body


def test_the_customer_answers_with_texts_and_redirects(sim: Simulator, target: Target) -> None:
    target.answer("/sms", "<Message>One.</Message><Redirect>/more</Redirect>")
    target.answer("/more", "<Message to='+12565550102'><Body>Two.</Body></Message>")
    assert sim.phone(DANA).send_text("1") == ["One.", "Two."]
    sim.settle()
    assert [text.body for text in sim.phone(DANA).texts] == ["One."]
    assert [text.body for text in sim.phone(ERIN).texts] == ["Two."]
    assert sim.messages[-1].direction == "outbound-reply"


def test_an_empty_answer_is_no_reply(sim: Simulator, target: Target) -> None:
    target.answer("/sms", Response(status=204))
    assert sim.phone(DANA).send_text("1") == []
    assert sim.journal.problems == []


def test_a_broken_answer_goes_to_the_fallback(sim: Simulator, target: Target) -> None:
    target.answer("/sms", Response("sorry", 500))
    assert sim.phone(DANA).send_text("1") == []
    sim.configure(sms_fallback_url=f"{target.url}/fallback")
    target.answer("/fallback", "<Message>We got it.</Message>")
    assert sim.phone(DANA).send_text("1") == ["We got it."]
    assert target.forms("/fallback")[0]["ErrorCode"] == "11200"
    assert [entry.code for entry in sim.journal.problems] == [11200, 11200]


def test_a_voice_verb_in_a_reply_is_a_warning(sim: Simulator, target: Target) -> None:
    target.answer("/sms", "<Say>Hello</Say>")
    sim.phone(DANA).send_text("1")
    assert [(entry.level, entry.code) for entry in sim.journal.problems] == [("warning", 12200)]


def test_a_reply_that_redirects_to_itself_ends(sim: Simulator, target: Target) -> None:
    target.answer("/sms", "<Redirect/>")
    assert sim.phone(DANA).send_text("1") == []
    assert sim.journal.problems[-1].code == 14106


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("{" * 80, 1),
        ("{" * 81, 2),
        ("ä" * 160, 1),
        ("ł" * 70, 1),
        ("ł" * 71, 2),
        ("ł" * 135, 3),
        ("😀" * 35, 1),
    ],
)
def test_segments_are_counted_as_the_network_counts(body: str, count: int) -> None:
    assert segments(body) == count
