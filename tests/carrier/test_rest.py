"""The carrier port on the local carrier: what is sent, and into which of two errors everything that fails is turned."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bridge.carrier.rest import TwilioCarrier
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.model import Channel
from bridge.simulator import Simulator

SID, TOKEN, LINE = "AC" + "1" * 32, "token", "+18332192461"
Answering = Callable[[int, dict[str, object]], str]
DANA, NOWHERE = "+12565550101", "http://127.0.0.1:9/nowhere"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(account_sid=SID, auth_token=TOKEN, line=LINE) as simulator:
        yield simulator


@pytest.fixture
def carrier(sim: Simulator) -> TwilioCarrier:
    return TwilioCarrier(SID, TOKEN, LINE, sim.base_url)


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Another carrier, which answers whatever it is asked with this. Returns where it is."""
    servers: list[HTTPServer] = []

    def serve(status: int, body: dict[str, object]) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *args: object) -> None:
                pass

        servers.append(HTTPServer(("127.0.0.1", 0), Answer))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_text_arrives_and_its_sid_comes_back(sim: Simulator, carrier: TwilioCarrier) -> None:
    sid = carrier.send_text(DANA, "ALLEAPS 412", NOWHERE)
    sim.settle()
    (text,) = sim.phone(DANA).texts
    assert (text.sid, text.body, text.sender) == (sid, "ALLEAPS 412", LINE)


def test_a_call_rings_for_as_long_as_it_is_told(sim: Simulator, carrier: TwilioCarrier) -> None:
    sid = carrier.place_call(DANA, NOWHERE, NOWHERE, 25.0)
    sim.settle()
    leg = sim.phone(DANA).ringing
    assert leg is not None
    assert (leg.sid, leg.script.timeout) == (sid, 25)


@pytest.mark.parametrize(("behaviour", "code"), [("opted_out", 21610), ("landline", 21614)])
def test_a_recipient_who_cannot_be_texted_is_a_refusal_for_good(
    sim: Simulator, carrier: TwilioCarrier, behaviour: str, code: int
) -> None:
    sim.phone(DANA).behave(text=behaviour)
    with pytest.raises(CarrierRefused) as refused:
        carrier.send_text(DANA, "ALLEAPS 412", NOWHERE)
    assert refused.value.details["code"] == code
    assert DANA not in str(refused.value), "an error may be logged"


@pytest.mark.parametrize("fault", ["429", "500", "502", "503", "reset", "garbage"])
def test_whatever_may_pass_is_tried_again(sim: Simulator, carrier: TwilioCarrier, fault: str) -> None:
    sim.faults.rest(fault, times=1, retry_after=7)
    with pytest.raises(CarrierBusy) as busy:
        carrier.send_text(DANA, "ALLEAPS 412", NOWHERE)
    assert busy.value.details["retry_after"] == (7.0 if fault == "429" else 0.0)
    assert carrier.send_text(DANA, "ALLEAPS 412", NOWHERE).startswith("SM")


@pytest.mark.parametrize("account", [("AC" + "2" * 32, TOKEN), (SID, "another token")])
def test_a_fault_of_the_account_loses_no_page(sim: Simulator, account: tuple[str, str]) -> None:
    with pytest.raises(CarrierBusy):
        TwilioCarrier(*account, LINE, sim.base_url).send_text(DANA, "ALLEAPS 412", NOWHERE)


def test_a_carrier_that_is_not_there_is_busy() -> None:
    with pytest.raises(CarrierBusy):
        TwilioCarrier(SID, TOKEN, LINE, "http://127.0.0.1:9").send_text(DANA, "ALLEAPS 412", NOWHERE)


def test_records_are_deleted_once_they_are_final_and_what_is_gone_is_told_apart(sim: Simulator, carrier: TwilioCarrier) -> None:
    text = carrier.send_text(DANA, "ALLEAPS 412", NOWHERE)
    call = carrier.place_call(DANA, NOWHERE, NOWHERE, 25.0)
    sim.settle()
    with pytest.raises(CarrierBusy):
        carrier.forget(Channel.CALL, call)
    leg = sim.phone(DANA).ringing
    assert leg is not None
    leg.decline()
    for channel, sid in ((Channel.CALL, call), (Channel.TEXT, text)):
        carrier.forget(channel, sid)
        with pytest.raises(CarrierRefused) as refused:
            carrier.forget(channel, sid)
        assert refused.value.details["status"] == 404
    assert sim.messages == []


def test_a_carrier_that_is_well_answers_a_ping_and_nothing_else_happens(sim: Simulator, carrier: TwilioCarrier) -> None:
    carrier.ping()
    assert [(arrival.method, arrival.path) for arrival in sim.arrivals] == [("GET", f"/2010-04-01/Accounts/{SID}.json")]
    assert (sim.messages, sim.journal.entries()) == ([], [])


@pytest.mark.parametrize(
    ("fault", "trouble", "reached"),
    [
        ("429", "too many requests", True),
        ("500", "HTTP 500", True),
        ("503", "HTTP 503", True),
        ("garbage", "an answer that makes no sense", True),
        ("reset", "no connection", False),
    ],
)
def test_what_fails_is_told_in_words_that_a_dispatcher_may_see(
    sim: Simulator, carrier: TwilioCarrier, fault: str, trouble: str, reached: bool
) -> None:
    for ask in (carrier.ping, lambda: carrier.send_text(DANA, "ALLEAPS 412", NOWHERE)):
        sim.faults.rest(fault, times=1)
        with pytest.raises(CarrierBusy) as busy:
            ask()
        assert (busy.value.details["trouble"], busy.value.details.get("reached", True)) == (trouble, reached)


@pytest.mark.parametrize("account", [("AC" + "2" * 32, TOKEN), (SID, "another token")])
def test_a_ping_with_the_wrong_credentials_says_so(sim: Simulator, account: tuple[str, str]) -> None:
    with pytest.raises(CarrierBusy) as busy:
        TwilioCarrier(*account, LINE, sim.base_url).ping()
    assert busy.value.details["trouble"] == "credentials refused (401)"


def test_a_ping_to_nobody_is_no_connection_and_one_that_hangs_a_time_out(
    sim: Simulator, carrier: TwilioCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CarrierBusy) as busy:
        TwilioCarrier(SID, TOKEN, LINE, "http://127.0.0.1:9").ping()
    assert (busy.value.details["trouble"], busy.value.details["reached"]) == ("no connection", False)
    monkeypatch.setattr("bridge.carrier.rest.READ", 0.2)
    sim.faults.rest("hang", times=1)
    with pytest.raises(CarrierBusy) as busy:
        TwilioCarrier(SID, TOKEN, LINE, sim.base_url).ping()
    assert (busy.value.details["trouble"], busy.value.details["reached"]) == ("time-out", False)


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (404, {"code": 20404, "message": "no such resource", "status": 404}, None),
        (400, {"code": 20001, "message": "odd", "status": 400}, None),
        (403, {"code": 20003, "message": "Permission denied", "status": 403}, "credentials refused (403)"),
        (502, {"message": "Bad gateway"}, "HTTP 502"),
        (200, {"sid": SID, "status": "active"}, None),
        (200, {"sid": SID, "status": "suspended"}, "the account is suspended"),
    ],
)
def test_any_answer_to_a_ping_will_do_that_knows_us(
    answering: Answering, status: int, body: dict[str, object], trouble: str | None
) -> None:
    carrier = TwilioCarrier(SID, TOKEN, LINE, answering(status, body))
    if trouble is None:
        return carrier.ping()
    with pytest.raises(CarrierBusy) as busy:
        carrier.ping()
    assert busy.value.details["trouble"] == trouble


def test_a_record_that_is_not_final_is_no_trouble_of_the_carrier(carrier: TwilioCarrier) -> None:
    call = carrier.place_call(DANA, NOWHERE, NOWHERE, 25.0)
    with pytest.raises(CarrierBusy) as busy:
        carrier.forget(Channel.CALL, call)
    assert busy.value.details["trouble"] == ""
