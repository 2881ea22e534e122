"""Faults on a switch, as a customer's client meets them."""

import threading
import time
from contextlib import suppress

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from bridge.simulator import Simulator
from tests.simulator.target import ACCOUNT, CALLER, DANA, LINE, TOKEN, Target, eventually


def send(client: Client, target: Target) -> None:
    client.messages.create(to=DANA, from_=LINE, body="Page", status_callback=f"{target.url}/receipt")


def statuses(target: Target) -> list[str]:
    return [form["MessageStatus"] for form in target.forms("/receipt")]


@pytest.mark.parametrize("kind", ["429", "500", "502", "503"])
def test_a_fault_strikes_as_often_as_it_was_told(sim: Simulator, client: Client, target: Target, kind: str) -> None:
    sim.faults.rest(kind, "messages", times=2)
    for _ in range(2):
        with pytest.raises(TwilioRestException) as caught:
            send(client, target)
        assert caught.value.status == int(kind)
    assert sim.messages == []
    send(client, target)
    assert len(sim.messages) == 1


def test_429_says_when_to_come_again(sim: Simulator) -> None:
    sim.faults.rest("429", retry_after=7)
    url = f"{sim.base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    response = requests.post(url, auth=(ACCOUNT, TOKEN), timeout=5)
    assert (response.status_code, response.headers["Retry-After"], response.json()["code"]) == (429, "7", 20429)


def test_a_fault_is_for_one_resource_until_switched_off(sim: Simulator, client: Client, target: Target) -> None:
    sim.faults.rest("503", "calls")
    send(client, target)
    for _ in range(3):
        with pytest.raises(TwilioRestException):
            client.calls.create(to=DANA, from_=LINE, twiml="<Response/>")
    sim.faults.clear()
    client.calls.create(to=DANA, from_=LINE, twiml="<Response/>")
    assert len(sim.calls) == 1


def test_a_reset_connection(sim: Simulator, client: Client, target: Target) -> None:
    sim.faults.rest("reset", times=1)
    with pytest.raises(requests.ConnectionError):
        send(client, target)
    assert sim.messages == []
    send(client, target)


@pytest.mark.parametrize("kind", ["500", "reset", "garbage"])
def test_carried_out_though_the_answer_was_lost(sim: Simulator, client: Client, target: Target, kind: str) -> None:
    sim.faults.rest(kind, times=1, processed=True)
    with pytest.raises((TwilioRestException, requests.RequestException, ValueError)):
        send(client, target)
    assert len(sim.messages) == 1


def test_garbage_is_a_2xx_that_is_not_json(sim: Simulator, client: Client, target: Target) -> None:
    sim.faults.rest("garbage", times=1)
    with pytest.raises(ValueError, match="Expecting value"):
        send(client, target)


def test_a_request_that_hangs_is_let_go_when_switched_off(sim: Simulator, target: Target) -> None:
    patient = Client(ACCOUNT, TOKEN, http_client=TwilioHttpClient(timeout=0.2))
    patient.api.base_url = sim.base_url
    sim.faults.rest("hang")
    start = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        send(patient, target)
    assert time.monotonic() - start < 3
    before = threading.active_count()
    sim.faults.clear()
    eventually(lambda: threading.active_count() < before)
    send(patient, target)


def test_an_unknown_fault_is_refused(sim: Simulator) -> None:
    with pytest.raises(ValueError, match="no such fault"):
        sim.faults.rest("gremlin")
    with pytest.raises(ValueError, match="no such fault"):
        sim.faults.receipts("eaten")


@pytest.mark.parametrize(
    ("mode", "seen"),
    [
        ("normal", ["queued", "sent", "delivered"]),
        ("lost", []),
        ("doubled", ["queued", "queued", "sent", "sent", "delivered", "delivered"]),
        ("reordered", ["delivered", "sent", "queued"]),
        ("delayed", []),
    ],
)
def test_receipts(sim: Simulator, client: Client, target: Target, mode: str, seen: list[str]) -> None:
    sim.faults.receipts(mode)
    send(client, target)
    sim.settle()
    assert statuses(target) == seen
    assert [text.body for text in sim.phone(DANA).texts] == ["Page"]
    assert sim.journal.problems == []


def test_delayed_receipts_come_when_released(sim: Simulator, client: Client, target: Target) -> None:
    sim.faults.receipts("delayed")
    send(client, target)
    sim.settle()
    sim.release_receipts()
    sim.settle()
    assert statuses(target) == ["queued", "sent", "delivered"]


def test_the_progress_of_calls_is_reordered_too(sim: Simulator, client: Client, target: Target) -> None:
    sim.faults.receipts("reordered")
    sim.phone(DANA).behave(call="no_answer")
    events = ["initiated", "ringing", "completed"]
    progress = f"{target.url}/progress"
    client.calls.create(to=DANA, from_=LINE, twiml="<Response/>", status_callback=progress, status_callback_event=events)
    sim.settle()
    assert [form["CallStatus"] for form in target.forms("/progress")] == ["no-answer", "ringing", "initiated"]
    assert [form["SequenceNumber"] for form in target.forms("/progress")] == ["2", "1", "0"]


def test_lost_receipts_of_an_incoming_call(sim: Simulator, target: Target) -> None:
    sim.faults.receipts("lost")
    sim.phone(CALLER).dial()
    sim.settle()
    assert target.forms("/ended") == []


def test_200_texts_that_come_at_once_are_all_taken_each_once(sim: Simulator) -> None:
    url = f"{sim.base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    sessions = [requests.Session() for _ in range(8)]

    def post(session: requests.Session) -> None:
        for _ in range(25):
            form = {"To": DANA, "From": LINE, "Body": "Page"}
            assert session.post(url, form, auth=(ACCOUNT, TOKEN), timeout=10).status_code == 201

    for session in sessions:
        session.get(sim.base_url + "/", timeout=10)
    threads = [threading.Thread(target=post, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sim.messages) == len(sim.arrivals) == 200


def test_while_it_refuses_nobody_can_connect_and_then_the_port_is_the_same(sim: Simulator) -> None:
    url = sim.base_url
    with sim.refusing(), pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/sim/state", timeout=5)
    assert (requests.get(f"{url}/sim/state", timeout=5).ok, sim.base_url) == (True, url)


def test_who_is_connected_when_it_begins_to_refuse_is_dropped(sim: Simulator, target: Target) -> None:
    sim.faults.rest("hang")
    failed: list[Exception] = []

    def post() -> None:
        try:
            requests.post(f"{sim.base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", auth=(ACCOUNT, TOKEN), timeout=50)
        except requests.RequestException as error:
            failed.append(error)

    thread = threading.Thread(target=post)
    thread.start()
    eventually(lambda: sim.arrivals)
    with sim.refusing():
        thread.join(20)
        assert [type(error) for error in failed] == [requests.ConnectionError]


def test_it_refuses_for_as_long_as_it_was_told(sim: Simulator) -> None:
    with suppress(requests.ConnectionError):  # the answer may be lost
        requests.post(f"{sim.base_url}/sim/faults", json={"refused": 0.2}, timeout=5)
    eventually(lambda: "nobody can connect for 0.2 s" in [entry.text for entry in sim.journal.entries()])
    eventually(lambda: _answers(sim))


@pytest.mark.parametrize("seconds", [0, -1, 1e9, "long", None, [1]])
def test_a_refusal_of_no_length_is_refused(sim: Simulator, seconds: object) -> None:
    answer = requests.post(f"{sim.base_url}/sim/faults", json={"refused": seconds}, timeout=5)
    assert (answer.status_code, _answers(sim)) == (400, True)


def _answers(sim: Simulator) -> bool:
    try:
        return requests.get(f"{sim.base_url}/sim/state", timeout=5).ok
    except requests.ConnectionError:
        return False
