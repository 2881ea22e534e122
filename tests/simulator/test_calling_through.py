"""A call back through the line: a coordinator who was called is put through to a caller, who sees only the line's number."""

import pytest
from twilio.rest import Client

from bridge.simulator import CallLeg, Simulator
from bridge.simulator.runner import APPLICATION_ERROR
from tests.simulator.target import ACCOUNT, CALLER, DANA, ERIN, LINE, TOKEN, Target, eventually

NUMBER = f"<Number statusCallback='/leg' statusCallbackEvent='initiated ringing answered completed'>{CALLER}</Number>"
THROUGH = f"<Dial action='/done' callerId='{LINE}' timeout='25' timeLimit='1800' hangupOnStar='true'>{NUMBER}</Dial>"
AFTER = "<Gather numDigits='1' action='/reached'><Say>1 if you reached them.</Say></Gather>"


def coordinator(sim: Simulator, target: Target, client: Client, through: str = THROUGH) -> CallLeg:
    """A coordinator who was called, has answered and pressed 1 to be put through."""
    target.answer("/page", "<Gather numDigits='1' action='/through'><Say>Press 1.</Say></Gather>")
    target.answer("/through", through)
    target.answer("/done", AFTER)
    sim.phone(CALLER)
    client.calls.create(to=DANA, from_=LINE, url=f"{target.url}/page")
    sim.settle()
    leg = sim.phone(DANA).ringing
    assert leg
    return leg.answer().press("1")


def ringing(sim: Simulator) -> CallLeg:
    """The caller's phone rings."""
    leg = sim.phone(CALLER).ringing
    assert leg
    return leg


def test_neither_side_sees_a_private_number(sim: Simulator, target: Target, client: Client) -> None:
    leg = coordinator(sim, target, client)
    caller = ringing(sim)
    assert (leg.caller, caller.caller, leg.waiting_for, caller.waiting_for) == (LINE, LINE, "dial", "answer")
    caller.answer()
    assert (leg.peer, caller.peer, leg.waiting_for) == (caller, leg, "conversation")
    leg.say("Hello?")
    assert caller.heard == ["Hello?"]
    sim.settle()
    statuses = [(form["CallStatus"], form["From"], form["To"]) for form in target.forms("/leg")]
    assert statuses == [(status, LINE, CALLER) for status in ("initiated", "ringing", "in-progress")]


def test_by_default_the_number_that_called_the_coordinator_is_shown(sim: Simulator, target: Target, client: Client) -> None:
    coordinator(sim, target, client, f"<Dial>{CALLER}</Dial>")
    assert ringing(sim).caller == LINE


def test_the_coordinators_own_number_may_be_shown_and_is_seen(sim: Simulator, target: Target, client: Client) -> None:
    coordinator(sim, target, client, f"<Dial callerId='{DANA}'>{CALLER}</Dial>")
    assert ringing(sim).caller == DANA


def test_somebody_elses_number_may_not_be_shown(sim: Simulator, target: Target, client: Client) -> None:
    leg = coordinator(sim, target, client, f"<Dial callerId='{ERIN}'>{CALLER}</Dial>")
    assert leg.heard[-1] == APPLICATION_ERROR
    assert sim.journal.problems[0].code == 13214
    assert sim.phone(CALLER).ringing is None


def test_the_coordinator_is_asked_when_the_caller_hangs_up(sim: Simulator, target: Target, client: Client) -> None:
    leg = coordinator(sim, target, client)
    caller = ringing(sim).answer()
    caller.hang_up()
    form = target.forms("/done")[0]
    assert (form["DialCallStatus"], form["DialCallSid"], form["DialBridged"]) == ("completed", caller.sid, "true")
    assert (form["DialCallDuration"], form["CallSid"], form["CallStatus"]) == ("0", leg.sid, "in-progress")
    assert (leg.heard[-1], leg.waiting_for, leg.peer) == ("1 if you reached them.", "keys", None)
    leg.press("1")
    assert target.forms("/reached")[0]["Digits"] == "1"


@pytest.mark.parametrize("part", ["*", "limit"])
def test_the_coordinator_ends_the_conversation_and_is_asked(sim: Simulator, target: Target, client: Client, part: str) -> None:
    leg = coordinator(sim, target, client)
    caller = ringing(sim).answer()
    caller.press("*")
    leg.press("1#")
    assert leg.peer is caller
    if part == "*":
        leg.press("*")
    else:
        caller.time_up()
    assert caller.state == "completed"
    assert target.forms("/done")[0]["DialCallStatus"] == "completed"
    leg.press("1")
    assert target.forms("/reached")[0]["Digits"] == "1"


def test_the_star_does_nothing_where_it_was_not_asked_for(sim: Simulator, target: Target, client: Client) -> None:
    leg = coordinator(sim, target, client, f"<Dial action='/done'>{CALLER}</Dial>")
    caller = ringing(sim).answer()
    assert leg.press("*").peer is caller


def test_a_coordinator_who_hangs_up_is_reported_all_the_same(sim: Simulator, target: Target, client: Client) -> None:
    leg = coordinator(sim, target, client)
    caller = ringing(sim).answer()
    leg.hang_up()
    sim.settle()
    form = target.forms("/done")[0]
    assert (form["DialCallStatus"], form["CallStatus"], form["DialBridged"]) == ("completed", "completed", "true")
    assert caller.state == "completed"


def test_a_coordinator_may_be_led_elsewhere_and_the_action_is_not_asked(sim: Simulator, target: Target, client: Client) -> None:
    leg = coordinator(sim, target, client)
    caller = ringing(sim).answer()
    client.calls(leg.sid).update(twiml="<Response><Pause length='5'/></Response>")
    eventually(lambda: leg.waiting_for == "pause" and caller.state == "completed")
    sim.settle()
    assert target.at("/done") == []


@pytest.mark.parametrize(("act", "status"), [("decline", "busy"), ("no_answer", "no-answer")])
def test_a_caller_who_does_not_answer(sim: Simulator, target: Target, client: Client, act: str, status: str) -> None:
    leg = coordinator(sim, target, client)
    getattr(ringing(sim), act)()
    form = target.forms("/done")[0]
    assert (form["DialCallStatus"], form["DialBridged"], "DialCallDuration" in form) == (status, "false", False)
    assert leg.heard[-1] == "1 if you reached them."


def test_a_mailbox_is_a_connected_call(sim: Simulator, target: Target, client: Client) -> None:
    sim.phone(CALLER).behave(call="voicemail")
    leg = coordinator(sim, target, client)
    assert leg.connected_to == CALLER
    leg.press("*")
    assert target.forms("/done")[0]["DialBridged"] == "true"


def test_both_calls_have_records_that_can_be_deleted(sim: Simulator, target: Target, client: Client) -> None:
    leg = coordinator(sim, target, client)
    (child,) = client.calls.list(parent_call_sid=leg.sid)
    assert (child.sid, child.parent_call_sid, child.to, child._from) == (ringing(sim).sid, leg.sid, CALLER, LINE)
    assert child.direction == "outbound-dial"
    assert len(client.calls.list()) == 2
    leg.hang_up()
    for sid in (child.sid, leg.sid):
        assert client.calls(str(sid)).delete()
    assert client.calls.list() == []


@pytest.mark.parametrize(("answer_on_bridge", "state"), [("true", "ringing"), ("false", "in-progress")])
def test_a_caller_may_hear_ringing_until_somebody_answers(
    sim: Simulator, target: Target, answer_on_bridge: str, state: str
) -> None:
    target.answer("/voice", f"<Dial answerOnBridge='{answer_on_bridge}' action='/done'>{DANA}</Dial>")
    sim.phone(DANA)
    call = sim.phone(CALLER).dial()
    assert call.state == state
    sim.phone(DANA).ringing.answer()  # type: ignore[union-attr]
    assert (call.state, call.connected_to) == ("in-progress", DANA)
    target.answer("/done", "<Say>Goodbye.</Say>")
    call = sim.phone(CALLER).dial().silence()
    assert (target.forms("/done")[-1]["CallStatus"], call.heard) == (state, ["Goodbye."])


def test_a_caller_who_hangs_up_before_anybody_answers_was_never_connected(sim: Simulator, target: Target) -> None:
    target.answer("/voice", f"<Dial answerOnBridge='true'>{DANA}</Dial>")
    sim.phone(DANA)
    call = sim.phone(CALLER).dial()
    call.hang_up()
    assert (call.state, call.record.started, sim.phone(DANA).ringing) == ("no-answer", None, None)


def test_the_time_limit_comes_by_itself_in_real_time(target: Target) -> None:
    with Simulator(account_sid=ACCOUNT, auth_token=TOKEN, line=LINE, voice_url=f"{target.url}/voice", real_time=True) as sim:
        target.answer("/voice", f"<Dial action='/done' timeLimit='1'>{DANA}</Dial>")
        sim.phone(DANA)
        call = sim.phone(CALLER).dial()
        sim.phone(DANA).ringing.answer()  # type: ignore[union-attr]
        assert call.connected_to == DANA
        eventually(lambda: target.forms("/done"))
        assert target.forms("/done")[0]["DialCallStatus"] == "completed"
