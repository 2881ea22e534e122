"""What the account sent, as the carrier counts it."""

from datetime import UTC, datetime

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from bridge.simulator import Simulator
from bridge.simulator.client import Telephones
from tests.simulator.target import ACCOUNT, CALLER, DANA, ERIN, LINE, TOKEN, Target

NOON = datetime(2026, 3, 1, 18, tzinfo=UTC)


def test_every_text_is_counted_with_its_segments(target: Target) -> None:
    with Simulator(account_sid=ACCOUNT, auth_token=TOKEN, line=LINE, sms_url=f"{target.url}/sms", clock=lambda: NOON) as sim:
        client = Client(ACCOUNT, TOKEN)
        client.api.base_url = sim.base_url
        client.messages.create(to=DANA, from_=LINE, body="a" * 161)
        target.answer("/sms", "<Message>It is yours.</Message>")
        sim.phone(ERIN).send_text("1")
        sim.settle()
        texts = [(text.at, text.to, text.body, text.segments, text.reply) for text in sim.texts_sent()]
    at = NOON.timestamp()
    assert texts == [(at, DANA, "a" * 161, 2, False), (at, ERIN, "It is yours.", 1, True)]


def test_calls_are_counted_when_they_are_placed_but_not_dialled_ones(sim: Simulator, target: Target, client: Client) -> None:
    target.answer("/voice", f"<Dial>{DANA}</Dial>")
    sim.phone(CALLER).dial()
    assert sim.calls_started() == []
    client.calls.create(to=ERIN, from_=LINE, twiml="<Response/>")
    assert [call.to for call in sim.calls_started()] == [ERIN]


def test_what_was_refused_is_not_counted(sim: Simulator, client: Client) -> None:
    sim.phone(DANA).behave(text="opted_out")
    sim.faults.rest("429", times=1)
    for to in (ERIN, DANA):
        with pytest.raises(TwilioRestException):
            client.messages.create(to=to, from_=LINE, body="Page")
    assert sim.texts_sent() == []


def test_what_is_deleted_was_sent_all_the_same(sim: Simulator, client: Client) -> None:
    sid = client.messages.create(to=DANA, from_=LINE, body="Page").sid
    sim.settle()
    client.messages(str(sid)).delete()
    assert sim.messages == []
    assert [text.to for text in sim.texts_sent()] == [DANA]


def test_another_process_may_ask(sim: Simulator, client: Client) -> None:
    client.messages.create(to=DANA, from_=LINE, body="Page")
    client.calls.create(to=ERIN, from_=LINE, twiml="<Response/>")
    sim.settle()
    traffic = Telephones(sim.base_url).traffic()
    (text,), (call,) = traffic["texts"], traffic["calls"]
    assert (text["to"], text["body"], text["segments"], text["reply"]) == (DANA, "Page", 1, False)
    assert (call["to"], call["at"]) == (ERIN, sim.calls_started()[0].at)
    assert requests.get(f"{sim.base_url}/sim/traffic", timeout=5).json() == traffic
