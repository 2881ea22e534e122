"""Calls: prompts, keys, speech, redirects, dialling, and how they end."""

from simulator_target import CALLER, DANA, ERIN, LINE, Target
from twilio.rest import Client

from bridge.simulator import Simulator

ASK = "<Gather numDigits='5' action='/zip'><Say>Your ZIP, please.</Say></Gather><Say>Nothing came.</Say>"


def test_a_caller_hears_the_prompt_and_presses_keys(sim: Simulator, target: Target) -> None:
    target.answer("/voice", ASK)
    target.answer("/zip", "<Say>Thank you.</Say>")
    call = sim.phone(CALLER).dial()
    assert (call.state, call.waiting_for) == ("in-progress", "keys")
    assert call.said_since_last() == "Your ZIP, please."
    call.press("36203")
    assert call.said_since_last() == "Thank you."
    assert call.state == "completed"
    form = target.forms("/zip")[0]
    assert form["Digits"] == "36203"
    assert form["CallSid"] == call.sid
    assert form["CallStatus"] == "in-progress"
    assert target.forms("/voice")[0]["CallStatus"] == "ringing"
    sim.settle()
    ended = target.forms("/ended")[0]
    assert (ended["CallStatus"], ended["CallSid"]) == ("completed", call.sid)
    assert "CallDuration" in ended
    assert sim.journal.problems == []


def test_silence_falls_through_to_the_next_verb(sim: Simulator, target: Target) -> None:
    target.answer("/voice", ASK)
    call = sim.phone(CALLER).dial().silence()
    assert call.heard == ["Your ZIP, please.", "Nothing came."]
    assert call.state == "completed"


def test_keys_before_silence_count(sim: Simulator, target: Target) -> None:
    target.answer("/voice", ASK)
    call = sim.phone(CALLER).dial().press("362").silence()
    assert target.forms("/zip")[0]["Digits"] == "362"
    assert call.state == "completed"


def test_a_dialled_phone_is_connected(sim: Simulator, target: Target) -> None:
    target.answer("/voice", f"<Dial action='/dialled'>{DANA}</Dial>")
    sim.phone(DANA)
    call = sim.phone(CALLER).dial()
    assert call.waiting_for == "dial"
    ringing = sim.phone(DANA).ringing
    assert ringing
    ringing.answer()
    assert call.connected_to == DANA
    assert ringing.connected_to == CALLER
    ringing.hang_up()
    assert target.forms("/dialled")[0]["DialCallStatus"] == "completed"
    assert call.state == "completed"


def test_an_outbound_call_rings_and_asks_for_a_key(sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/page", "<Gather numDigits='1' action='/key'><Say>Press 1.</Say></Gather>")
    target.answer("/key", "<Say>Accepted.</Say><Hangup/>")
    call = client.calls.create(
        to=DANA,
        from_=LINE,
        url=f"{target.url}/page",
        status_callback=f"{target.url}/progress",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    sim.settle()
    leg = sim.phone(DANA).ringing
    assert leg
    assert leg.sid == call.sid
    leg.answer().press("1")
    assert leg.heard == ["Press 1.", "Accepted."]
    sim.settle()
    forms = target.forms("/progress")
    assert [form["CallStatus"] for form in forms] == ["initiated", "ringing", "in-progress", "completed"]
    assert [form["SequenceNumber"] for form in forms] == ["0", "1", "2", "3"]
    assert client.calls(call.sid).fetch().status == "completed"


def test_a_text_is_delivered_and_answered(sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/sms", "<Message>Thanks.</Message>")
    sent = client.messages.create(to=ERIN, from_=LINE, body="Page", status_callback=f"{target.url}/receipt")
    sim.settle()
    assert [text.body for text in sim.phone(ERIN).texts] == ["Page"]
    assert [form["MessageStatus"] for form in target.forms("/receipt")] == ["queued", "sent", "delivered"]
    assert sim.phone(ERIN).send_text("1") == ["Thanks."]
    assert target.forms("/sms")[0]["Body"] == "1"
    assert client.messages(sent.sid).fetch().status == "delivered"
