"""How strictly documents are read, case by case, and what a caller hears when one is broken."""

import pytest
from flask import Response

from bridge.simulator import Simulator
from bridge.simulator.errors import TwimlError
from bridge.simulator.runner import APPLICATION_ERROR
from bridge.simulator.twiml import parse_reply, parse_voice
from tests.simulator.target import CALLER, Target


def voice(inside: str) -> bytes:
    return f"<Response>{inside}</Response>".encode()


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (voice(""), "", 12300),
        (voice(""), "text/html; charset=utf-8", 12300),
        (voice(""), "text/plain", 12300),
        (voice(""), "application/json", 12300),
        (b"", "text/xml", 12100),
        (b"<html>", "text/xml", 12100),
        (b"<Response><Say>a & b</Say></Response>", "text/xml", 12100),
        (b"<Response><Say>\x0b</Say></Response>", "text/xml", 12100),
        (b"<Response><Say>\xff</Say></Response>", "text/xml", 12100),
        (b" <?xml version='1.0'?><Response/>", "text/xml", 12100),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><Response><Say>&b;</Say></Response>", "text/xml", 12100),
        (b"<!DOCTYPE Response SYSTEM 'http://example.org/a.dtd'><Response/>", "text/xml", 12100),
        (b"<Twiml/>", "text/xml", 12102),
        (b"<response/>", "text/xml", 12102),
        (voice("<Say></Say>"), "text/xml", 13520),
        (voice(f"<Say>{'a' * 4097}</Say>"), "text/xml", 13520),
        (voice("<Say loop='often'>a</Say>"), "text/xml", 13510),
        (voice("<Play loop='-1'>a.mp3</Play>"), "text/xml", 13410),
        (voice("<Play/>"), "text/xml", 11100),
        (voice("<Pause length='0'/>"), "text/xml", 13910),
        (voice("<Gather input='mind'/>"), "text/xml", 12200),
        (voice("<Gather numDigits='0'/>"), "text/xml", 13314),
        (voice("<Gather numDigits='five'/>"), "text/xml", 13314),
        (voice("<Gather timeout='soon'/>"), "text/xml", 13313),
        (voice("<Gather speechTimeout='soon'/>"), "text/xml", 13313),
        (voice("<Gather finishOnKey='12'/>"), "text/xml", 13310),
        (voice("<Gather finishOnKey='x'/>"), "text/xml", 13310),
        (voice("<Gather method='PUT'/>"), "text/xml", 13312),
        (voice("<Gather actionOnEmptyResult='yes'/>"), "text/xml", 12200),
        (voice("<Gather><Redirect>/x</Redirect></Gather>"), "text/xml", 13320),
        (voice(f"<Gather hints='{','.join(['a'] * 501)}'/>"), "text/xml", 12200),
        (voice(f"<Gather hints='{'a' * 101}'/>"), "text/xml", 12200),
        (voice("<Redirect method='PUT'>/x</Redirect>"), "text/xml", 13710),
        (voice("<Dial timeout='0'>+12565550101</Dial>"), "text/xml", 13212),
        (voice("<Dial timeLimit='0'>+12565550101</Dial>"), "text/xml", 13216),
        (voice("<Dial method='PUT'>+12565550101</Dial>"), "text/xml", 13210),
        (voice("<Dial hangupOnStar='maybe'>+12565550101</Dial>"), "text/xml", 13213),
        (voice("<Dial answerOnBridge='maybe'>+12565550101</Dial>"), "text/xml", 12200),
        (voice("<Dial><Queue method='PUT'>a</Queue></Dial>"), "text/xml", 14210),
        (voice("<Dial><Queue/></Dial>"), "text/xml", 14212),
        (voice(f"<Dial><Queue>{'a' * 65}</Queue></Dial>"), "text/xml", 14213),
        (voice("<Dial><Queue>a</Queue><Number>+12565550101</Number></Dial>"), "text/xml", 13215),
        (voice("<Enqueue method='PUT'>a</Enqueue>"), "text/xml", 14201),
        (voice("<Enqueue/>"), "text/xml", 14204),
        (voice(f"<Enqueue>{'a' * 65}</Enqueue>"), "text/xml", 14205),
        (voice("<Enqueue waitUrlMethod='PUT'>a</Enqueue>"), "text/xml", 14206),
        (voice("<Dial><Conference>a</Conference></Dial>"), "text/xml", 13215),
        (voice("<Dial>" + "<Number>+12565550101</Number>" * 11 + "</Dial>"), "text/xml", 13215),
        (voice("<Reject reason='tired'/>"), "text/xml", 12200),
    ],
)
def test_what_twilio_would_not_carry_out_is_refused(body: bytes, content_type: str, code: int) -> None:
    with pytest.raises(TwimlError) as caught:
        parse_voice(body, content_type)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "inside",
    [
        "<Shout>a</Shout>",
        "<say>a</say>",
        "<Say mood='good'>a</Say>",
        "<Say><b>a</b></Say>",
        "stray text",
        "<Say>a</Say> and more",
        "<Hangup now='true'/>",
        "<Redirect><Say>a</Say></Redirect>",
        "<Message>a</Message>",
        "<Enqueue music='loud'>a</Enqueue>",
        "<Leave now='true'/>",
        "<Dial><Queue position='1'>a</Queue></Dial>",
    ],
)
def test_what_twilio_would_complain_about_is_a_warning(inside: str) -> None:
    assert parse_voice(voice(inside), "text/xml").warnings


@pytest.mark.parametrize("content_type", ["text/xml", "application/xml", "Text/XML; charset=utf-8"])
def test_a_good_document_has_no_warnings(content_type: str) -> None:
    inside = """<!-- a comment --><Gather input="dtmf speech" numDigits="5" timeout="6" speechTimeout="auto" language="en-US"
      hints="Oxford, Anniston" action="/zip" method="POST" actionOnEmptyResult="true" profanityFilter="false">
      <Say voice="alice">a <break/> b</Say><Pause length="2"/></Gather>
      <Dial timeout="20" callerId="+18332192461" action="/d"><Number url="/w"
      statusCallback="/s" statusCallbackEvent="initiated answered">+12565550101</Number></Dial>
      <Enqueue action="/left" method="POST" waitUrl="/hold" waitUrlMethod="GET">a</Enqueue><Leave/><Dial timeLimit="60"
      hangupOnStar="true" answerOnBridge="true"><Queue url="/soon" method="GET">a</Queue></Dial><Hangup/>"""
    document = parse_voice(voice(inside), content_type)
    assert document.warnings == []
    assert [type(verb).__name__ for verb in document.verbs] == ["Gather", "Dial", "Enqueue", "Leave", "Dial", "Hangup"]


@pytest.mark.parametrize(
    "inside", ["<Message></Message>", "<Message><Body> </Body></Message>", f"<Message>{'a' * 1601}</Message>"]
)
def test_a_reply_needs_a_body_of_at_most_1600_characters(inside: str) -> None:
    with pytest.raises(TwimlError) as caught:
        parse_reply(voice(inside), "text/xml")
    assert caught.value.code == 14103


# what becomes of a call


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response("oops", 500), 11200),
        (Response("gone", 404), 11200),
        (Response("", 302, {"Location": "/elsewhere"}), 11200),
        (Response("<Response/>", 200, content_type="text/html"), 12300),
        (Response("<Response>", 200, content_type="text/xml"), 12100),
        (Response("<Response>" + " " * 70_000 + "</Response>", 200, content_type="text/xml"), 11750),
    ],
)
def test_a_broken_answer_costs_the_caller_the_call(sim: Simulator, target: Target, answer: Response, code: int) -> None:
    target.answer("/voice", answer)
    call = sim.phone(CALLER).dial()
    assert call.heard == [APPLICATION_ERROR]
    assert call.state == "completed"
    assert [(entry.level, entry.code) for entry in sim.journal.problems] == [("error", code)]


def test_the_fallback_takes_over_and_learns_why(sim: Simulator, target: Target) -> None:
    sim.configure(voice_fallback_url=f"{target.url}/fallback")
    target.answer("/voice", Response("oops", 500))
    target.answer("/fallback", "<Say>One moment.</Say>")
    call = sim.phone(CALLER).dial()
    assert call.heard == ["One moment."]
    form = target.forms("/fallback")[0]
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("11200", f"{target.url}/voice")


def test_a_broken_fallback_is_the_end(sim: Simulator, target: Target) -> None:
    sim.configure(voice_fallback_url=f"{target.url}/fallback")
    target.answer("/voice", Response("oops", 500))
    target.answer("/fallback", Response("oops", 500))
    call = sim.phone(CALLER).dial()
    assert call.heard == [APPLICATION_ERROR]
    assert len(sim.journal.problems) == 2


def test_a_failure_in_mid_call_goes_to_the_fallback_too(sim: Simulator, target: Target) -> None:
    sim.configure(voice_fallback_url=f"{target.url}/fallback")
    target.answer("/voice", "<Gather numDigits='1' action='/key'/>")
    target.answer("/key", Response("oops", 503))
    target.answer("/fallback", "<Say>One moment.</Say>")
    assert sim.phone(CALLER).dial().press("1").heard == ["One moment."]


def test_ten_redirects_in_a_row_are_allowed_and_no_more(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Redirect>/voice</Redirect>")
    call = sim.phone(CALLER).dial()
    assert call.heard == [APPLICATION_ERROR]
    assert len(target.asked) == 11
    assert sim.journal.problems[-1].code == 11215


def test_a_prompt_that_is_asked_again_and_again_is_no_row_of_redirects(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Gather><Say>Your ZIP?</Say></Gather><Redirect>/voice</Redirect>")
    call = sim.phone(CALLER).dial()
    for _ in range(15):
        call.silence()
    assert call.waiting_for == "keys"
    call.hang_up()


def test_a_fallback_that_leads_back_ends(sim: Simulator, target: Target) -> None:
    sim.configure(voice_fallback_url=f"{target.url}/fallback")
    target.answer("/voice", Response("oops", 500))
    target.answer("/fallback", "<Redirect>/voice</Redirect>")
    assert sim.phone(CALLER).dial().state == "completed"


def test_an_unknown_verb_is_passed_over(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Shout>Hey</Shout><Say>Hello.</Say>")
    assert sim.phone(CALLER).dial().heard == ["Hello."]
    assert [(entry.level, entry.code) for entry in sim.journal.problems] == [("warning", 12200)]


def test_an_empty_document_hangs_up(sim: Simulator, target: Target) -> None:
    call = sim.phone(CALLER).dial()
    assert (call.state, call.heard) == ("completed", [])


@pytest.mark.parametrize(("reason", "state"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_rejected_call_was_never_answered(sim: Simulator, target: Target, reason: str, state: str) -> None:
    target.answer("/voice", f"<Reject reason='{reason}'/>")
    call = sim.phone(CALLER).dial()
    assert (call.state, call.record.started) == (state, None)


def test_a_reject_after_speaking_is_a_mistake(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Say>Hello.</Say><Reject/>")
    assert sim.phone(CALLER).dial().state == "completed"
    assert len(sim.journal.problems) == 1
