"""Queues: who waits, what they hear meanwhile, who takes them out, and what the customer is told."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Response, request
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from bridge.simulator import CallLeg, Simulator
from bridge.simulator.runner import APPLICATION_ERROR
from tests.simulator.target import ACCOUNT, CALLER, DANA, ERIN, LINE, TOKEN, Target, eventually

OTHER = "+12055550178"
QUEUE = "<Enqueue action='/left' waitUrl='/hold'>K7</Enqueue><Say>Never reached.</Say>"
HOLD = "<Gather numDigits='1' action='/key' timeout='20'><Say>Please hold.</Say></Gather>"
TAKE = "<Dial action='/done'><Queue>K7</Queue></Dial>"


def waiting(sim: Simulator, target: Target, queue: str = QUEUE, number: str = CALLER) -> CallLeg:
    """A caller who waits in the queue."""
    target.answer("/voice", queue)
    target.answers.setdefault("/hold", HOLD)
    return sim.phone(number).dial()


def desk(sim: Simulator, target: Target, client: Client, take: str = TAKE) -> CallLeg:
    """A coordinator who was called, has answered, and is about to take somebody out of the queue."""
    target.answer("/page", "<Gather numDigits='1' action='/take'><Say>Press 1.</Say></Gather>")
    target.answer("/take", take)
    client.calls.create(to=DANA, from_=LINE, url=f"{target.url}/page")
    sim.settle()
    leg = sim.phone(DANA).ringing
    assert leg
    return leg.answer()


# waiting


def test_who_waits_hears_a_document_that_knows_how_it_stands(sim: Simulator, target: Target) -> None:
    call = waiting(sim, target)
    second = waiting(sim, target, number=OTHER)
    assert (call.state, call.queue, call.waiting_for, call.heard) == ("in-progress", "K7", "keys", ["Please hold."])
    first, then = target.forms("/hold")
    assert (first["QueuePosition"], first["CurrentQueueSize"], first["QueueTime"]) == ("1", "1", "0")
    assert (then["QueuePosition"], then["CurrentQueueSize"], then["AvgQueueTime"]) == ("2", "2", "0")
    assert first["QueueSid"] == then["QueueSid"]
    assert (first["CallSid"], then["CallSid"]) == (call.sid, second.sid)


def test_the_document_comes_round_again(sim: Simulator, target: Target) -> None:
    call = waiting(sim, target).silence().silence()
    assert call.heard == ["Please hold."] * 3
    assert len(target.forms("/hold")) == 3


@pytest.mark.parametrize("hold", ["<Say>Please hold.</Say>", "<Redirect>/music</Redirect>", ""])
def test_a_document_that_takes_no_time_waits_for_the_driver(sim: Simulator, target: Target, hold: str) -> None:
    target.answer("/hold", hold)
    target.answer("/music", "<Play>music.mp3</Play>")
    call = waiting(sim, target)
    assert (call.waiting_for, len(target.forms("/hold"))) == ("queue", 1)
    call.silence()
    assert (call.waiting_for, len(target.forms("/hold"))) == ("queue", 2)


def test_without_a_document_there_is_music(sim: Simulator, target: Target) -> None:
    call = waiting(sim, target, "<Enqueue>K7</Enqueue>")
    assert (call.heard, call.waiting_for, call.queue) == (["[hold music]"], "queue", "K7")
    assert call.silence().press("1").heard == ["[hold music]"] * 2


def test_a_key_is_sent_to_its_own_action_and_the_call_still_waits(sim: Simulator, target: Target) -> None:
    target.answer("/key", "<Say>Still here.</Say><Pause length='5'/>")
    call = waiting(sim, target).press("1")
    assert target.forms("/key")[0]["Digits"] == "1"
    assert "QueueSid" not in target.forms("/key")[0]
    assert (call.heard[-1], call.waiting_for, call.queue) == ("Still here.", "pause", "K7")
    assert call.silence().heard[-1] == "Please hold."


def test_how_long_one_has_waited_is_told(target: Target) -> None:
    now = [datetime(2026, 3, 1, 12, tzinfo=UTC)]
    with Simulator(
        account_sid=ACCOUNT, auth_token=TOKEN, line=LINE, voice_url=f"{target.url}/voice", clock=lambda: now[0]
    ) as sim:
        call = waiting(sim, target)
        now[0] += timedelta(seconds=30)
        waiting(sim, target, number=OTHER)
        assert (target.forms("/hold")[1]["QueueTime"], target.forms("/hold")[1]["AvgQueueTime"]) == ("0", "15")
        now[0] += timedelta(seconds=12)
        call.silence()
        assert target.forms("/hold")[2]["QueueTime"] == "42"
        target.answer("/key", "<Leave/>")
        call.press("1")
        assert target.forms("/left")[0]["QueueTime"] == "42"


def test_a_conversation_is_no_waiting(target: Target) -> None:
    now = [datetime(2026, 3, 1, 12, tzinfo=UTC)]
    with Simulator(
        account_sid=ACCOUNT, auth_token=TOKEN, line=LINE, voice_url=f"{target.url}/voice", clock=lambda: now[0]
    ) as sim:
        client = Client(ACCOUNT, TOKEN)
        client.api.base_url = sim.base_url
        waiting(sim, target)
        now[0] += timedelta(seconds=30)
        leg = desk(sim, target, client).press("1")
        now[0] += timedelta(seconds=60)
        leg.hang_up()
        sim.settle()
        assert target.forms("/left")[0]["QueueTime"] == "30"
        assert target.forms("/done")[0]["DialCallDuration"] == "60"


@pytest.mark.parametrize("verb", ["<Dial>+12565550101</Dial>", "<Enqueue>other</Enqueue>", "<Reject/>"])
def test_what_may_not_stand_in_the_document_is_passed_over(sim: Simulator, target: Target, verb: str) -> None:
    target.answer("/hold", verb + HOLD)
    assert waiting(sim, target).waiting_for == "keys"
    assert [(entry.level, entry.code) for entry in sim.journal.problems] == [("warning", 12200)]


# leaving


def test_leaving_asks_the_action_at_once(sim: Simulator, target: Target) -> None:
    target.answer("/key", "<Leave/>")
    target.answer("/left", "<Say>You will be called back.</Say>")
    call = waiting(sim, target).press("9")
    (form,) = target.forms("/left")
    assert (form["QueueResult"], form["QueueTime"], form["CallStatus"]) == ("leave", "0", "in-progress")
    assert form["QueueSid"] == target.forms("/hold")[0]["QueueSid"]
    assert (call.heard[-1], call.state, call.queue) == ("You will be called back.", "completed", None)


def test_without_an_action_the_verb_after_the_queue_follows(sim: Simulator, target: Target) -> None:
    target.answer("/hold", "<Leave/><Say>Never reached.</Say>")
    call = waiting(sim, target, "<Enqueue waitUrl='/hold'>K7</Enqueue><Say>Out.</Say>")
    assert (call.heard, call.state) == (["Out."], "completed")


def test_leaving_no_queue_is_a_mistake(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Leave/><Say>Hello.</Say>")
    assert sim.phone(CALLER).dial().heard == ["Hello."]
    assert [entry.level for entry in sim.journal.problems] == ["warning"]


def test_who_hangs_up_is_reported_and_never_taken_out(sim: Simulator, target: Target, client: Client) -> None:
    waiting(sim, target).hang_up()
    second = waiting(sim, target, number=OTHER)
    sim.settle()
    (form,) = target.forms("/left")
    assert (form["QueueResult"], form["CallStatus"]) == ("hangup", "completed")
    assert desk(sim, target, client).press("1").peer is second


def test_hanging_up_in_the_document_leaves_too(sim: Simulator, target: Target) -> None:
    target.answer("/key", "<Hangup/>")
    assert waiting(sim, target).press("1").state == "completed"
    sim.settle()
    assert target.forms("/left")[0]["QueueResult"] == "hangup"


def test_a_call_that_is_led_elsewhere_leaves(sim: Simulator, target: Target, client: Client) -> None:
    call = waiting(sim, target)
    client.calls(call.sid).update(twiml="<Response><Say>Elsewhere.</Say><Pause length='5'/></Response>")
    eventually(lambda: call.heard[-1] == "Elsewhere.")
    sim.settle()
    assert target.forms("/left")[0]["QueueResult"] == "redirected"
    assert (call.queue, call.waiting_for) == (None, "pause")
    desk(sim, target, client).press("1")
    assert call.peer is None


def test_a_broken_document_leads_to_the_fallback(sim: Simulator, target: Target) -> None:
    sim.configure(voice_fallback_url=f"{target.url}/fallback")
    target.answer("/hold", Response("oops", 500))
    target.answer("/fallback", f"<Dial>{DANA}</Dial>")
    sim.phone(DANA)
    call = waiting(sim, target)
    assert (call.queue, call.waiting_for) == (None, "dial")
    assert target.forms("/fallback")[0]["ErrorCode"] == "11200"
    assert len(sim.journal.problems) == 1


def test_a_broken_document_without_a_fallback_is_the_end(sim: Simulator, target: Target) -> None:
    target.answer("/key", Response("oops", 500))
    call = waiting(sim, target).press("1")
    assert (call.heard[-1], call.state) == (APPLICATION_ERROR, "completed")


# being taken out


def test_the_first_who_waits_is_connected(sim: Simulator, target: Target, client: Client) -> None:
    call = waiting(sim, target)
    second = waiting(sim, target, number=OTHER)
    leg = desk(sim, target, client).press("1")
    assert (leg.peer, call.peer, call.queue, call.waiting_for) == (call, leg, None, "conversation")
    assert (second.queue, second.peer) == ("K7", None)
    leg.say("Hello.")
    call.say("Thank you for calling.").press("1").silence()
    assert call.heard == ["Please hold.", "Hello."]
    assert leg.heard[-1] == "Thank you for calling."
    assert len(target.forms("/hold")) == 2
    assert target.at("/key") == []


def test_who_waited_goes_on_when_the_other_hangs_up(sim: Simulator, target: Target, client: Client) -> None:
    call = waiting(sim, target)
    target.answer("/left", "<Gather numDigits='1' action='/key'><Say>Were you helped?</Say></Gather>")
    leg = desk(sim, target, client).press("1")
    leg.hang_up()
    form = target.forms("/left")[0]
    assert (form["QueueResult"], form["CallStatus"]) == ("bridged", "in-progress")
    assert (call.heard[-1], call.waiting_for, call.peer) == ("Were you helped?", "keys", None)
    call.press("1")
    assert target.forms("/key")[0]["Digits"] == "1"
    sim.settle()
    form = target.forms("/done")[0]
    assert (form["DialCallStatus"], form["DialBridged"], form["CallStatus"]) == ("completed", "true", "completed")


def test_who_dialled_goes_on_when_the_one_who_waited_hangs_up(sim: Simulator, target: Target, client: Client) -> None:
    call = waiting(sim, target)
    target.answer("/done", "<Gather numDigits='1' action='/reached'><Say>1 if you reached them.</Say></Gather>")
    leg = desk(sim, target, client).press("1")
    call.hang_up()
    form = target.forms("/done")[0]
    assert (form["DialCallStatus"], form["DialBridged"], form["DialCallSid"]) == ("completed", "true", call.sid)
    assert (form["DialCallDuration"], form["CallStatus"]) == ("0", "in-progress")
    leg.press("1")
    assert target.forms("/reached")[0]["Digits"] == "1"
    sim.settle()
    form = target.forms("/left")[0]
    assert (form["QueueResult"], form["CallStatus"]) == ("bridged", "completed")


def star(leg: CallLeg) -> object:
    return leg.press("*")


def time_up(leg: CallLeg) -> object:
    return leg.time_up()


@pytest.mark.parametrize("part", [star, time_up])
def test_both_go_on_when_the_dialled_call_is_ended(
    sim: Simulator, target: Target, client: Client, part: Callable[[CallLeg], object]
) -> None:
    call = waiting(sim, target)
    target.answer("/left", "<Say>Goodbye.</Say>")
    target.answer("/done", "<Gather><Say>Reached?</Say></Gather>")
    leg = desk(sim, target, client, TAKE.replace("<Dial", "<Dial hangupOnStar='true' timeLimit='1800'")).press("1")
    call.press("*")
    assert call.peer is leg
    part(leg)
    assert (call.heard[-1], call.state) == ("Goodbye.", "completed")
    assert (leg.heard[-1], leg.state) == ("Reached?", "in-progress")
    assert [form["DialCallStatus"] for form in target.forms("/done")] == ["completed"]
    assert [form["QueueResult"] for form in target.forms("/left")] == ["bridged"]
    with pytest.raises(RuntimeError, match="connected to nobody"):
        leg.time_up()


def test_who_is_connected_may_be_led_elsewhere(sim: Simulator, target: Target, client: Client) -> None:
    call = waiting(sim, target)
    target.answer("/done", "<Say>Gone.</Say>")
    leg = desk(sim, target, client).press("1")
    client.calls(call.sid).update(twiml="<Response><Say>Elsewhere.</Say><Pause length='5'/></Response>")
    eventually(lambda: leg.state == "completed" and call.waiting_for == "pause")
    sim.settle()
    assert target.forms("/left")[0]["QueueResult"] == "redirected-from-bridged"
    assert leg.heard[-1] == "Gone."


def test_who_dialled_may_be_led_elsewhere(sim: Simulator, target: Target, client: Client) -> None:
    call = waiting(sim, target)
    leg = desk(sim, target, client).press("1")
    client.calls(leg.sid).update(twiml="<Response><Pause length='5'/></Response>")
    eventually(lambda: leg.waiting_for == "pause" and call.state == "completed")
    assert target.at("/done") == []
    assert target.forms("/left")[0]["QueueResult"] == "bridged"


def test_who_waited_is_told_first(sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/soon", "<Say>A coordinator is here.</Say><Pause length='1'/>")
    call = waiting(sim, target)
    leg = desk(sim, target, client, TAKE.replace("<Queue>", "<Queue url='/soon'>")).press("1")
    form = target.forms("/soon")[0]
    assert (form["CallSid"], form["DequeingCallSid"], form["QueueTime"]) == (call.sid, leg.sid, "0")
    assert (call.waiting_for, call.peer, leg.waiting_for, call.queue) == ("pause", None, "dial", None)
    call.silence()
    assert (call.heard[-1], call.peer) == ("A coordinator is here.", leg)
    call.hang_up()
    assert target.forms("/done")[0]["DialCallStatus"] == "completed"


@pytest.mark.parametrize("soon", [Response("oops", 500), HOLD])
def test_a_bad_announcement_is_passed_over(sim: Simulator, target: Target, client: Client, soon: object) -> None:
    target.answer("/soon", soon)
    call = waiting(sim, target)
    assert desk(sim, target, client, TAKE.replace("<Queue>", "<Queue url='/soon'>")).press("1").peer is call
    assert len(sim.journal.problems) == 1


def test_who_hangs_up_during_the_announcement_was_not_reached(sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/soon", "<Pause length='5'/>")
    call = waiting(sim, target)
    desk(sim, target, client, TAKE.replace("<Queue>", "<Queue url='/soon'>")).press("1")
    call.hang_up()
    form = target.forms("/done")[0]
    assert (form["DialCallStatus"], form["DialBridged"]) == ("no-answer", "false")


# nobody there


def test_a_queue_that_does_not_exist_is_a_failure(sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/done", "<Say>Nobody is there.</Say>")
    leg = desk(sim, target, client).press("1")
    form = target.forms("/done")[0]
    assert (form["DialCallStatus"], form["DialBridged"]) == ("failed", "false")
    assert (leg.heard[-1], leg.state) == ("Nobody is there.", "completed")


def test_an_empty_queue_is_waited_at(sim: Simulator, target: Target, client: Client) -> None:
    waiting(sim, target).hang_up()
    leg = desk(sim, target, client).press("1")
    assert (leg.waiting_for, target.at("/done")) == ("dial", [])
    leg.silence()
    assert target.forms("/done")[0]["DialCallStatus"] == "no-answer"
    assert waiting(sim, target).waiting_for == "keys"


def test_whoever_queues_then_is_connected_at_once(sim: Simulator, target: Target, client: Client) -> None:
    waiting(sim, target).hang_up()
    leg = desk(sim, target, client).press("1")
    call = waiting(sim, target)
    assert (call.peer, leg.peer) == (leg, call)
    leg.silence().hang_up()
    sim.settle()
    assert target.forms("/left")[-1]["QueueResult"] == "bridged"
    assert target.forms("/done")[0]["DialCallStatus"] == "completed"


def test_who_waited_at_an_empty_queue_and_hung_up_gets_nobody(sim: Simulator, target: Target, client: Client) -> None:
    waiting(sim, target).hang_up()
    desk(sim, target, client).press("1").hang_up()
    sim.settle()
    form = target.forms("/done")[0]
    assert (form["DialCallStatus"], form["CallStatus"]) == ("canceled", "completed")
    assert waiting(sim, target).peer is None


@pytest.fixture
def one_vanishes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first who is taken out hangs up just before they can be connected."""
    take_in = CallLeg.take_in

    def too_late(leg: CallLeg, other: CallLeg) -> None:
        monkeypatch.setattr(CallLeg, "take_in", take_in)
        other.hang_up()
        leg.take_in(other)

    monkeypatch.setattr(CallLeg, "take_in", too_late)


@pytest.mark.usefixtures("one_vanishes")
def test_who_vanishes_while_taken_out_is_passed_over(sim: Simulator, target: Target, client: Client) -> None:
    call, second = waiting(sim, target), waiting(sim, target, number=OTHER)
    assert desk(sim, target, client).press("1").peer is second
    assert (call.state, call.peer) == ("completed", None)
    sim.settle()
    assert target.forms("/left")[0]["QueueResult"] == "hangup"


@pytest.mark.usefixtures("one_vanishes")
def test_a_dialler_who_vanishes_leaves_the_caller_waiting(sim: Simulator, target: Target, client: Client) -> None:
    waiting(sim, target).hang_up()
    leg = desk(sim, target, client).press("1")
    call = waiting(sim, target)
    assert (leg.state, call.queue, call.peer) == ("completed", "K7", None)


def test_who_is_taken_out_can_leave_no_more(sim: Simulator, target: Target, client: Client) -> None:
    call, leg = waiting(sim, target), desk(sim, target, client)
    thread = threading.Thread(target=leg.press, args=("1",))

    def key() -> str:
        thread.start()
        eventually(lambda: not sim.carrier.queues.listed()[0].waiting)
        return "<Leave/>"

    target.answer("/key", key)
    call.press("1")
    thread.join(10)
    assert call.peer is leg
    assert target.at("/left") == []


def test_whoever_touches_one_of_two_who_talk_waits_for_the_other_too(sim: Simulator, target: Target, client: Client) -> None:
    call = waiting(sim, target)
    leg = desk(sim, target, client).press("1")
    thread = threading.Thread(target=call.hang_up)
    with leg.lock:
        thread.start()
        thread.join(0.2)
        assert call.live
    thread.join(10)
    assert call.state == "completed"


def test_whoever_waited_for_one_of_the_two_waits_on_when_they_are_connected(sim: Simulator, target: Target) -> None:
    target.answer("/voice", "<Pause length='9'/>")
    leg, call = sim.phone(DANA).dial(), sim.phone(CALLER).dial()
    thread = threading.Thread(target=call.hang_up)
    with leg.lock:
        with call.lock:
            thread.start()
            thread.join(0.2)
            leg.take_in(call)
        thread.join(0.2)
        assert call.live
    thread.join(10)
    assert call.state == "completed"


def test_of_many_who_come_and_go_at_once_each_has_one_partner(sim: Simulator, target: Target) -> None:
    """Callers queue, and others take them out, all at the same time: nobody is lost, shared or stuck."""
    target.answer("/voice", waiting_or_taking(target))
    callers, takers = ([f"+12565550{kind}{number:02}" for number in range(12)] for kind in (1, 2))
    legs: list[CallLeg] = []
    threads = [threading.Thread(target=lambda n=number: legs.append(sim.phone(n).dial())) for number in callers + takers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(legs) == 24
    assert all(leg.peer and leg.peer.peer is leg for leg in legs)
    ends = [threading.Thread(target=leg.hang_up) for leg in legs]
    for end in ends:
        end.start()
    for end in ends:
        end.join(30)
    assert {leg.state for leg in legs} == {"completed"}


def waiting_or_taking(target: Target) -> Callable[[], str]:
    """Callers of the one kind queue; those of the other take somebody out, once the queue exists."""
    exists = threading.Event()
    target.answer("/hold", lambda: exists.set() or HOLD)

    def answer() -> str:
        if request.form["From"].startswith("+125655501"):
            return QUEUE
        return "<Dial timeout='30'><Queue>K7</Queue></Dial>" if exists.wait(10) else ""

    return answer


# the account's queues


def test_queues_are_listed_and_stay_until_they_are_deleted(sim: Simulator, target: Target, client: Client) -> None:
    call = waiting(sim, target)
    (queue,) = client.queues.list()
    assert (queue.friendly_name, queue.current_size, queue.average_wait_time) == ("K7", 1, 0)
    assert queue.sid == target.forms("/hold")[0]["QueueSid"]
    with pytest.raises(TwilioRestException):
        client.queues(queue.sid).delete()
    call.hang_up()
    assert client.queues(queue.sid).fetch().current_size == 0
    assert client.queues(queue.sid).delete()
    assert client.queues.list() == []
    with pytest.raises(TwilioRestException):
        client.queues(queue.sid).fetch()


# in real time


def test_music_and_limits_run_by_themselves(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.simulator.holding.LULL", 0.05)
    monkeypatch.setattr("bridge.simulator.runner.CHARACTERS_A_SECOND", 1000)
    with Simulator(account_sid=ACCOUNT, auth_token=TOKEN, line=LINE, voice_url=f"{target.url}/voice", real_time=True) as sim:
        client = Client(ACCOUNT, TOKEN)
        client.api.base_url = sim.base_url
        target.answer("/hold", "")
        call = waiting(sim, target)
        eventually(lambda: len(target.forms("/hold")) > 2)
        target.answer("/done", "<Dial timeout='1' action='/late'><Queue>K7</Queue></Dial>")
        take = f"<Dial timeLimit='1' action='{target.url}/done'><Queue>K7</Queue></Dial>"
        client.calls.create(to=ERIN, from_=LINE, twiml=f"<Response>{take}</Response>")
        eventually(lambda: sim.phone(ERIN).ringing)
        sim.phone(ERIN).ringing.answer()  # type: ignore[union-attr]
        assert call.connected_to == ERIN
        eventually(lambda: target.forms("/left"))
        eventually(lambda: target.forms("/late"))
        assert target.forms("/done")[0]["DialCallStatus"] == "completed"
        assert target.forms("/late")[0]["DialCallStatus"] == "no-answer"
