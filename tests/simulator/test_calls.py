"""Calls: prompts, keys, speech, redirects, dialling, and how they end."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Response
from twilio.rest import Client

from bridge.simulator import Simulator
from bridge.simulator.runner import APPLICATION_ERROR
from tests.simulator.target import ACCOUNT, CALLER, DANA, ERIN, LINE, TOKEN, Target

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


# gathering


@pytest.mark.parametrize(
    ("attributes", "keys", "digits", "finished_on"),
    [
        ("numDigits='1'", "1", "1", ""),
        ("", "36203#", "36203", "#"),
        ("finishOnKey='*'", "12#*", "12#", "*"),
        ("finishOnKey='' numDigits='3'", "1#*", "1#*", ""),
        ("numDigits='5'", "12#", "12", "#"),
    ],
)
def test_keys_are_complete(sim: Simulator, target: Target, attributes: str, keys: str, digits: str, finished_on: str) -> None:
    target.answer("/voice", f"<Gather action='/key' {attributes}/>")
    sim.phone(CALLER).dial().press(keys)
    (form,) = target.forms("/key")
    assert (form["Digits"], form["FinishedOnKey"]) == (digits, finished_on)


def test_a_lone_finishing_key_is_empty(sim: Simulator, target: Target) -> None:
    target.answer("/voice", ASK)
    assert sim.phone(CALLER).dial().press("#").heard[-1] == "Nothing came."
    assert target.at("/zip") == []


def test_an_empty_result_is_sent_where_that_is_wanted(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Gather action='/key' actionOnEmptyResult='true'/>")
    sim.phone(CALLER).dial().silence()
    assert target.forms("/key")[0]["Digits"] == ""


def test_keys_too_many_are_lost(sim: Simulator, target: Target) -> None:
    target.answer("/voice", ASK)
    target.answer("/zip", "<Gather numDigits='1' action='/ok'><Say>Right?</Say></Gather>")
    call = sim.phone(CALLER).dial().press("36203")
    assert call.waiting_for == "keys"
    target.answer("/zip", "<Say>Bye.</Say>")
    call.press("1#")
    assert call.state == "completed"
    assert [entry.text for entry in sim.journal.entries("key lost")] == ["#"]


def test_without_an_action_the_same_document_is_asked(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Gather numDigits='1'/>")
    sim.phone(CALLER).dial().press("1")
    assert target.forms("/voice")[1]["Digits"] == "1"


def test_speech_is_recognised_with_a_confidence(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Gather input='dtmf speech' action='/place'><Say>Where?</Say></Gather>")
    call = sim.phone(CALLER).dial()
    assert call.waiting_for == "keys or speech"
    call.say("oxford", confidence=0.31)
    form = target.forms("/place")[0]
    assert (form["SpeechResult"], form["Confidence"]) == ("oxford", "0.31000000")
    assert "Digits" not in form


def test_keys_that_come_first_win(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Gather input='dtmf speech' action='/place' numDigits='5'/>")
    sim.phone(CALLER).dial().press("3").say("oxford").press("6203")
    assert target.forms("/place")[0]["Digits"] == "36203"
    assert [entry.text for entry in sim.journal.entries("words lost")] == ["oxford"]


def test_speech_is_not_heard_by_a_prompt_for_keys(sim: Simulator, target: Target) -> None:
    target.answer("/voice", ASK)
    call = sim.phone(CALLER).dial().say("oxford")
    assert call.waiting_for == "keys"


def test_keys_are_not_taken_by_a_prompt_for_speech(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Gather input='speech' action='/place'/>")
    call = sim.phone(CALLER).dial().press("1")
    assert call.waiting_for == "speech"
    call.say(" ")
    assert call.state == "completed"
    assert target.at("/place") == []


def test_a_pause_lasts_until_the_driver_ends_it(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Say>One.</Say><Pause length='30'/><Play>beep.mp3</Play>")
    call = sim.phone(CALLER).dial()
    assert (call.waiting_for, call.heard) == ("pause", ["One."])
    assert call.silence().heard == ["One.", f"[{target.url}/beep.mp3]"]


def test_a_call_that_is_over_takes_no_keys(sim: Simulator, target: Target) -> None:
    call = sim.phone(CALLER).dial()
    with pytest.raises(RuntimeError, match="completed"):
        call.press("1")


def test_hanging_up_ends_the_call_and_asks_nothing(sim: Simulator, target: Target) -> None:
    target.answer("/voice", ASK)
    call = sim.phone(CALLER).dial().press("36")
    call.hang_up()
    sim.settle()
    assert call.state == "completed"
    assert target.at("/zip") == []
    assert len(target.at("/ended")) == 1


def test_the_length_of_a_call_is_told(target: Target) -> None:
    now = [datetime(2026, 3, 1, 12, tzinfo=UTC)]
    with Simulator(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        line=LINE,
        voice_url=f"{target.url}/voice",
        status_url=f"{target.url}/ended",
        clock=lambda: now[0],
    ) as sim:
        target.answer("/voice", ASK)
        call = sim.phone(CALLER).dial()
        now[0] += timedelta(seconds=95)
        call.hang_up()
        sim.settle()
        assert sim.journal.entries("ended")[0].at == now[0]
    form = target.forms("/ended")[0]
    assert (form["CallDuration"], form["Duration"]) == ("95", "2")


# dialling


@pytest.mark.parametrize(
    ("behaviour", "status"), [("no_answer", "no-answer"), ("busy", "busy"), ("failed", "failed"), ("answer", "completed")]
)
def test_what_became_of_the_dialled_call(sim: Simulator, target: Target, behaviour: str, status: str) -> None:
    target.answer("/voice", f"<Dial action='/dialled'>{DANA}</Dial><Say>Never reached.</Say>")
    sim.phone(DANA).behave(call=behaviour)
    call = sim.phone(CALLER).dial()
    if behaviour == "answer":
        assert (call.waiting_for, call.connected_to) == ("conversation", DANA)
        sim.phone(DANA).call.hang_up()  # type: ignore[union-attr]
    form = target.forms("/dialled")[0]
    assert (form["DialCallStatus"], form["DialBridged"]) == (status, str(behaviour == "answer").lower())
    assert call.heard == []


def test_without_an_action_the_next_verb_follows(sim: Simulator, target: Target) -> None:
    target.answer("/voice", f"<Dial>{DANA}</Dial><Say>Nobody is there.</Say>")
    sim.phone(DANA).behave(call="busy")
    assert sim.phone(CALLER).dial().heard == ["Nobody is there."]


def test_an_unknown_number_is_answered_by_an_automatic_phone(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Dial>(256) 555-0199</Dial>")
    call = sim.phone(CALLER).dial()
    assert call.connected_to == "+12565550199"
    assert sim.phone("+12565550199").kind == "automatic"
    call.hang_up()
    assert sim.phone("+12565550199").call is None


def test_nobody_answers_in_time(sim: Simulator, target: Target) -> None:
    target.answer("/voice", f"<Dial action='/dialled' timeout='20'>{DANA}</Dial>")
    sim.phone(DANA)
    sim.phone(CALLER).dial().silence()
    assert target.forms("/dialled")[0]["DialCallStatus"] == "no-answer"


@pytest.mark.parametrize(("answered", "status"), [(False, "canceled"), (True, "completed")])
def test_a_caller_who_hangs_up_ends_the_dialled_call(sim: Simulator, target: Target, answered: bool, status: str) -> None:
    target.answer("/voice", f"<Dial action='/dialled'>{DANA}</Dial>")
    sim.phone(DANA)
    call = sim.phone(CALLER).dial()
    leg = sim.phone(DANA).ringing
    assert leg
    if answered:
        leg.answer()
    call.hang_up()
    sim.settle()
    assert leg.state == status
    form = target.forms("/dialled")[0]
    assert (form["DialCallStatus"], form["CallStatus"]) == (status, "completed")


def test_the_first_of_several_to_answer_gets_the_call(sim: Simulator, target: Target) -> None:
    target.answer("/voice", f"<Dial><Number>{DANA}</Number><Number>{ERIN}</Number></Dial>")
    for number in (DANA, ERIN):
        sim.phone(number)
    call = sim.phone(CALLER).dial()
    dana = sim.phone(DANA).ringing
    sim.phone(ERIN).ringing.answer()  # type: ignore[union-attr]
    assert call.connected_to == ERIN
    assert dana
    assert dana.state == "canceled"


def test_the_called_party_listens_first_and_may_refuse(sim: Simulator, target: Target) -> None:
    number = f"<Number url='/whisper' statusCallback='/leg' statusCallbackEvent='ringing answered completed'>{DANA}</Number>"
    target.answer("/voice", f"<Dial action='/dialled'>{number}</Dial>")
    target.answer("/whisper", "<Gather numDigits='1' action='/take'><Say>A call for help.</Say></Gather><Hangup/>")
    sim.phone(DANA)
    for key, bridged in (("1", True), (None, False)):
        call = sim.phone(CALLER).dial()
        leg = sim.phone(DANA).ringing
        assert leg
        leg.answer()
        assert call.connected_to is None
        if key:
            leg.press(key)
            leg.hang_up()
        else:
            leg.silence()
        assert target.forms("/dialled")[-1]["DialBridged"] == str(bridged).lower()
        sim.settle()  # the receipts of two calls are in no order
    statuses = [form["CallStatus"] for form in target.forms("/leg")]
    assert statuses == ["ringing", "in-progress", "completed"] * 2
    assert target.forms("/leg")[0]["ParentCallSid"] == target.forms("/voice")[0]["CallSid"]


def test_what_is_said_in_a_conversation_is_heard(sim: Simulator, target: Target) -> None:
    target.answer("/voice", f"<Dial>{DANA}</Dial>")
    sim.phone(DANA).behave(call="answer")
    call = sim.phone(CALLER).dial()
    call.say("Hello?").press("1")
    leg = sim.phone(DANA).call
    assert leg
    assert leg.heard == ["Hello?"]
    leg.say("Speaking.")
    assert call.heard == ["Speaking."]


@pytest.mark.parametrize(
    ("dial", "code"),
    [
        ("<Dial callerId='+12565550150'>+12565550101</Dial>", 13214),
        ("<Dial>12</Dial>", 13223),
        ("<Dial>+10005550101</Dial>", 13224),
        ("<Dial>911</Dial>", 13225),
        ("<Dial>+1911</Dial>", 13225),
        ("<Dial>+19005550101</Dial>", 13225),
        ("<Dial>+442071838750</Dial>", 13227),
        ("<Dial></Dial>", 13223),
    ],
)
def test_what_may_not_be_dialled(sim: Simulator, target: Target, dial: str, code: int) -> None:
    target.answer("/voice", dial)
    assert sim.phone(CALLER).dial().heard == [APPLICATION_ERROR]
    assert sim.journal.problems[0].code == code


@pytest.mark.parametrize("caller_id", [CALLER, LINE, ""])
def test_caller_ids_that_may_be_shown(sim: Simulator, target: Target, caller_id: str) -> None:
    target.answer("/voice", f"<Dial callerId='{caller_id}'>988</Dial>")
    assert sim.phone(CALLER).dial().connected_to == "988"
    assert sim.calls[-1].record.sender == (caller_id or CALLER)


# calls that the customer makes


def place(client: Client, target: Target, **given: object) -> str:
    events = ["initiated", "ringing", "answered", "completed"]
    sid = client.calls.create(
        to=DANA,
        from_=LINE,
        url=f"{target.url}/page",
        status_callback=f"{target.url}/progress",
        status_callback_event=events,
        **given,  # type: ignore[arg-type]
    ).sid
    assert sid
    return sid


@pytest.mark.parametrize(
    ("behaviour", "seen"),
    [
        ("no_answer", ["initiated", "ringing", "no-answer"]),
        ("busy", ["initiated", "ringing", "busy"]),
        ("failed", ["initiated", "failed"]),
        ("voicemail", ["initiated", "ringing", "in-progress", "completed"]),
        ("answer", ["initiated", "ringing", "in-progress", "completed"]),
    ],
)
def test_phones_that_act_by_themselves(sim: Simulator, target: Target, client: Client, behaviour: str, seen: list[str]) -> None:
    target.answer("/page", "<Gather numDigits='1' action='/key'><Say>Press 1.</Say></Gather><Say>Goodbye.</Say>")
    sim.phone(DANA).behave(call=behaviour, keys="1")
    sid = place(client, target)
    sim.settle()
    assert [form["CallStatus"] for form in target.forms("/progress")] == seen
    assert client.calls(sid).fetch().status == seen[-1]
    assert [form["Digits"] for form in target.forms("/key")] == (["1"] if behaviour == "answer" else [])


def test_a_mailbox_is_detected_when_asked(sim: Simulator, target: Target, client: Client) -> None:
    sim.phone(DANA).behave(call="voicemail")
    place(client, target, machine_detection="Enable")
    sim.settle()
    place(client, target)
    sim.settle()
    assert [form.get("AnsweredBy") for form in target.forms("/page")] == ["machine_start", None]


def test_a_mailbox_hangs_up_on_an_endless_prompt(sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/page", "<Gather action='/key' actionOnEmptyResult='true'><Say>Press 1.</Say></Gather>")
    target.answer("/key", "<Pause length='1'/><Redirect>/page</Redirect>")
    sim.phone(DANA).behave(call="voicemail")
    sid = place(client, target)
    sim.settle()
    assert client.calls(sid).fetch().status == "completed"


def test_keys_are_pressed_one_item_for_each_prompt(sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/page", "<Gather numDigits='1' action='/page'><Say>Press.</Say></Gather>")
    sim.phone(DANA).behave(call="answer", keys=["*", "2"])
    place(client, target)
    sim.settle()
    assert [form["Digits"] for form in target.forms("/page")[1:]] == ["*", "2"]
    leg = sim.phone(DANA).call
    assert leg
    assert leg.pressed == ["*", "2"]
    assert leg.waiting_for == "keys"


def test_declining_is_busy_and_ignoring_is_no_answer(sim: Simulator, target: Target, client: Client) -> None:
    sids = [place(client, target), place(client, target), place(client, target)]
    sim.settle()
    dana = sim.phone(DANA)
    for act in ("decline", "no_answer", "hang_up"):
        leg = dana.ringing
        assert leg
        assert leg.waiting_for == "answer"
        getattr(leg, act)()
    states = {client.calls(sid).fetch().status for sid in sids}
    assert states == {"busy", "no-answer"}
    assert dana.ringing is None


def test_an_outbound_call_has_a_fallback_of_its_own(sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/page", Response("oops", 500))
    target.answer("/rescue", "<Say>Call the desk.</Say>")
    sim.phone(DANA).behave(call="answer")
    place(client, target, fallback_url=f"{target.url}/rescue")
    sim.settle()
    assert target.forms("/rescue")[0]["ErrorCode"] == "11200"


def test_a_withheld_caller_is_whoever_they_say(sim: Simulator, target: Target) -> None:
    sim.phone("anonymous").dial()
    assert target.forms("/voice")[0]["From"] == "anonymous"


def test_a_behaviour_that_does_not_exist_is_refused(sim: Simulator) -> None:
    with pytest.raises(ValueError, match="no such behaviour"):
        sim.phone(DANA).behave(call="sing")
