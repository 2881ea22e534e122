"""The carrier port on the local carrier: what is sent, and into which of two errors everything that fails is turned."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import trustme

from bridge.carrier.failures import too_many
from bridge.carrier.rest import TwilioCarrier
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.model import Channel
from bridge.simulator import Simulator
from bridge.simulator.model import OwnedNumber, Script, new_sid
from bridge.simulator.queues import Queue

SID, TOKEN, LINE = "AC" + "1" * 32, "token", "+18332192461"
Answering = Callable[[int, dict[str, object]], str]
DANA, THEO, NOWHERE = "+12565550101", "+12055550114", "http://127.0.0.1:9/nowhere"


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

            def do_POST(self) -> None:
                self.do_GET()

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


def test_words_go_before_the_record_and_a_carrier_that_cannot_redact_can_delete(sim: Simulator, carrier: TwilioCarrier) -> None:
    sid = carrier.send_text(DANA, "ALLEAPS 412", NOWHERE)
    sim.settle()
    sim.faults.rest("20001", "messages", method="DELETE", times=1)
    with pytest.raises(CarrierRefused):
        carrier.forget(Channel.TEXT, sid)
    assert [text.body for text in sim.messages] == [""]
    sim.faults.rest("20001", "messages", method="POST")
    carrier.forget(Channel.TEXT, sid)
    assert sim.messages == []


def test_all_that_the_carrier_has_of_the_line_is_listed_page_after_page(
    sim: Simulator, carrier: TwilioCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.carrier.rest.PAGE", 2)
    texts = {carrier.send_text(DANA, f"ALLEAPS {n}", NOWHERE) for n in range(5)}
    call = carrier.place_call(DANA, NOWHERE, NOWHERE, 25.0)
    sim.settle()
    listing = carrier.records([THEO])
    assert {each.sid for each in listing.found if each.kind == "text"} == texts
    assert [(each.sid, each.over) for each in listing.found if each.kind == "call"] == [(call, False)]
    assert all(each.at for each in listing.found)
    assert (listing.more, listing.troubles) == (False, ())


def test_what_others_do_in_the_same_account_is_not_ours_to_delete(sim: Simulator, carrier: TwilioCarrier) -> None:
    sim.carrier.own(OwnedNumber("+18005550147", new_sid("PN"), datetime.now(UTC)))
    sim.carrier.texting.send("+18005550147", DANA, "somebody else's")
    sim.carrier.place_call("+18005550147", THEO, Script(url=NOWHERE))
    sim.settle()
    assert carrier.records([THEO]).found == ()


def test_a_call_to_the_desk_is_ours_where_the_lines_call_led_to_it_or_is_deleted(
    sim: Simulator, carrier: TwilioCarrier
) -> None:
    sim.carrier.own(OwnedNumber("+18005550147", new_sid("PN"), datetime.now(UTC)))
    theirs, gone = (sim.carrier.place_call("+18005550147", DANA, Script(url=NOWHERE)).sid for _ in range(2))
    own = carrier.place_call(DANA, NOWHERE, NOWHERE, 25.0)
    sim.settle()
    legs = {}
    for parent in (theirs, gone, own):
        leg = sim.carrier.place_call("+18005550147", THEO, Script(url=NOWHERE))
        leg.record.parent_sid, legs[parent] = parent, leg.sid
    sim.settle()
    sim.carrier.discard_call(gone)
    assert {each.sid for each in carrier.records([THEO]).found} == {own, legs[own], legs[gone]}


def test_a_carrier_that_keeps_no_list_has_nothing_and_one_that_fails_says_so(sim: Simulator, carrier: TwilioCarrier) -> None:
    carrier.send_text(DANA, "ALLEAPS 412", NOWHERE)
    sim.settle()
    sim.faults.rest("garbage", "queues")
    assert [each.kind for each in carrier.records([THEO]).found] == ["text"]
    sim.faults.rest("503", "calls")
    with pytest.raises(CarrierBusy):
        carrier.records([THEO])


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
        (501, {"message": "Unsupported method"}, None),
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


# -- whether it was taken

SPOILT = ["500", "502", "503", "hang", "reset", "garbage"]
PAGE = "ALLEAPS 412"


def is_page(body: str) -> bool:
    return body == PAGE


@pytest.fixture
def hasty(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> TwilioCarrier:
    """One that waits for no answer longer than a moment."""
    monkeypatch.setattr("bridge.carrier.rest.READ", 0.3)
    return TwilioCarrier(SID, TOKEN, LINE, sim.base_url)


@pytest.mark.parametrize("fault", SPOILT)
@pytest.mark.parametrize("taken", [True, False])
def test_a_text_whose_answer_was_spoilt_is_found_where_it_was_taken(
    sim: Simulator, hasty: TwilioCarrier, fault: str, taken: bool
) -> None:
    since = time.time()
    sim.faults.rest(fault, "messages", times=1, processed=taken)
    with pytest.raises(CarrierBusy) as busy:
        hasty.send_text(DANA, PAGE, NOWHERE)
    assert busy.value.details["sure"] is False
    sim.faults.clear()
    assert hasty.find_text(DANA, since, is_page) == (sim.messages[0].sid if taken else "")


@pytest.mark.parametrize("fault", SPOILT)
@pytest.mark.parametrize("taken", [True, False])
def test_a_call_whose_answer_was_spoilt_is_found_where_it_was_taken(
    sim: Simulator, hasty: TwilioCarrier, fault: str, taken: bool
) -> None:
    since = time.time()
    sim.faults.rest(fault, "calls", times=1, processed=taken)
    with pytest.raises(CarrierBusy):
        hasty.place_call(DANA, NOWHERE, NOWHERE, 25.0)
    sim.faults.clear()
    assert hasty.find_call(DANA, since, ()) == (sim.calls[0].sid if taken else "")


def another_line(sim: Simulator) -> TwilioCarrier:
    """The same account has a number for something else."""
    number = "+18005550197"
    sim.carrier.own(OwnedNumber(number, new_sid("PN"), sim.carrier.clock()))
    return TwilioCarrier(SID, TOKEN, number, sim.base_url)


def test_the_newest_text_with_these_words_to_this_person_since_then_is_found() -> None:
    now = [1_800_000_000.0]
    with Simulator(account_sid=SID, auth_token=TOKEN, line=LINE, clock=lambda: datetime.fromtimestamp(now[0], UTC)) as sim:
        carrier = TwilioCarrier(SID, TOKEN, LINE, sim.base_url)
        carrier.send_text(DANA, PAGE, NOWHERE)
        now[0] += 60
        since = now[0]
        carrier.send_text(DANA, "other words", NOWHERE)
        carrier.send_text(THEO, PAGE, NOWHERE)
        another_line(sim).send_text(DANA, PAGE, NOWHERE)
        sim.phone(DANA).send_text(PAGE)
        assert carrier.find_text(DANA, since, is_page) == ""
        sids = [carrier.send_text(DANA, PAGE, NOWHERE) for _ in range(2)]
        assert carrier.find_text(DANA, since, is_page) == sids[1]
        assert carrier.find_text(DANA, since + 2, is_page) == sids[1], "its clock is not ours, and tells whole seconds"
        assert carrier.find_text(DANA, since + 3, is_page) == ""


def test_a_call_that_is_known_or_old_or_to_another_or_one_that_a_caller_was_put_through_by_is_not_found() -> None:
    now = [1_800_000_000.0]
    with Simulator(account_sid=SID, auth_token=TOKEN, line=LINE, clock=lambda: datetime.fromtimestamp(now[0], UTC)) as sim:
        carrier = TwilioCarrier(SID, TOKEN, LINE, sim.base_url)
        carrier.place_call(DANA, NOWHERE, NOWHERE, 25.0)
        now[0] += 60
        since = now[0]
        carrier.place_call(THEO, NOWHERE, NOWHERE, 25.0)
        another_line(sim).place_call(DANA, NOWHERE, NOWHERE, 25.0)
        sim.phone(THEO).behave(call="answer")
        dials = f'<Response><Dial callerId="{LINE}"><Number>{DANA}</Number></Dial></Response>'
        sim.carrier.place_call(LINE, THEO, Script(twiml=dials))
        sim.settle()
        assert [leg.record.to for leg in sim.calls if leg.record.parent_sid] == [DANA]
        assert carrier.find_call(DANA, since, ()) == ""
        sid = carrier.place_call(DANA, NOWHERE, NOWHERE, 25.0)
        assert carrier.find_call(DANA, since, ()) == sid
        assert carrier.find_call(DANA, since, {sid}) == ""
        assert carrier.find_call(DANA, since + 3, ()) == ""
        for leg in sim.calls:
            leg.hang_up() if leg.live else None
        sim.settle()


def test_a_text_is_found_where_the_carrier_does_not_say_in_which_direction_it_went(answering: Answering) -> None:
    created = "Mon, 23 Nov 2026 04:00:00 +0000"
    texts: list[dict[str, object]] = [{"sid": "0b51", "body": PAGE, "date_created": created}]
    carrier = TwilioCarrier("0a5e", TOKEN, LINE, answering(200, {"messages": texts}))
    assert carrier.find_text(DANA, datetime(2026, 11, 23, 4, tzinfo=UTC).timestamp(), is_page) == "0b51"


@pytest.mark.parametrize(
    ("retry_after", "date", "wait"),
    [
        ("7", "", 7.0),
        ("Mon, 23 Nov 2026 04:00:07 GMT", "Mon, 23 Nov 2026 04:00:00 GMT", 7.0),
        ("Mon, 23 Nov 2026 05:00:00 GMT", "Mon, 23 Nov 2026 04:00:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 03:00:00 GMT", "Mon, 23 Nov 2026 04:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 04:00:07 GMT", "", 0.0),
        ("Mon, 23 Nov 2026 04:00:07", "Mon, 23 Nov 2026 04:00:00 GMT", 0.0),
        ("soon", "now", 0.0),
        ("-7", "", 0.0),
    ],
)
def test_too_many_requests_say_until_when_in_seconds_or_as_a_date(retry_after: str, date: str, wait: float) -> None:
    assert too_many(retry_after, date).details["retry_after"] == wait


@pytest.mark.parametrize("fault", ["429", *(kind for kind in SPOILT if kind != "garbage")])
def test_a_question_that_fails_is_busy_and_takes_no_longer_than_it_may(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("bridge.carrier.rest.READ_QUESTION", 0.3)
    monkeypatch.setattr("bridge.carrier.rest.READ", 600.0)  # whoever asks by this one waits until the test is given up
    carrier = TwilioCarrier(SID, TOKEN, LINE, sim.base_url)
    for ask in (lambda: carrier.find_text(DANA, 0.0, is_page), lambda: carrier.find_call(DANA, 0.0, ())):
        sim.faults.rest(fault, times=1)
        with pytest.raises(CarrierBusy) as busy:
            ask()
        assert DANA not in str(busy.value)
        assert fault != "hang" or busy.value.details["trouble"] == "time-out"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, {"code": 20404, "message": f"no such list for {DANA}", "status": 404}, CarrierRefused),
        (405, {}, CarrierRefused),
        (403, {}, CarrierBusy),
        (502, {}, CarrierBusy),
        (501, {}, CarrierRefused),
        (302, {}, CarrierBusy),
        (200, {}, CarrierRefused),
        (200, {"messages": None}, CarrierRefused),
        (200, {"messages": ["odd"]}, CarrierRefused),
        (200, {"messages": [{}, {"sid": "SM1", "body": PAGE}, {"sid": "SM1", "body": PAGE, "date_created": "soon"}]}, None),
    ],
)
def test_a_carrier_without_such_a_list_says_so_or_finds_nothing(
    answering: Answering, status: int, body: dict[str, object], error: type[Exception] | None
) -> None:
    carrier = TwilioCarrier(SID, TOKEN, LINE, answering(status, body))
    if error is None:
        assert carrier.find_text(DANA, 0.0, is_page) == "", "what has no date may be old: rather a page twice than none"
        return
    for ask in (lambda: carrier.find_text(DANA, 0.0, is_page), lambda: carrier.find_call(DANA, 0.0, ())):
        with pytest.raises(error) as raised:
            ask()
        assert DANA not in str(raised.value)


def test_what_was_certainly_not_taken_is_told_apart(sim: Simulator, carrier: TwilioCarrier, answering: Answering) -> None:
    sim.faults.rest("429", times=1)
    closed = "http://127.0.0.1:9"
    certain = {
        "too many": carrier,
        "refused": TwilioCarrier(SID, TOKEN, LINE, closed),
        "no such account": TwilioCarrier(SID, TOKEN, LINE, answering(404, {"code": 20404, "status": 404})),
        "token": TwilioCarrier(SID, "another token", LINE, sim.base_url),
        "forbidden": TwilioCarrier(SID, TOKEN, LINE, answering(403, {"code": 20003, "status": 403})),
        "proxy": TwilioCarrier(SID, TOKEN, LINE, answering(407, {})),
    }
    for why, account in certain.items():
        with pytest.raises(CarrierBusy) as busy:
            account.send_text(DANA, PAGE, NOWHERE)
        assert busy.value.details["sure"] is True, why


@pytest.mark.parametrize(("status", "body"), [(408, {}), (409, {}), (302, {}), (200, {}), (201, {"sid": None}), (504, {})])
def test_whatever_else_fails_may_have_been_taken(answering: Answering, status: int, body: dict[str, object]) -> None:
    with pytest.raises(CarrierBusy) as busy:
        TwilioCarrier(SID, TOKEN, LINE, answering(status, body)).send_text(DANA, PAGE, NOWHERE)
    assert busy.value.details["sure"] is False
    assert busy.value.details["trouble"]


def test_a_host_with_no_way_in_or_with_somebody_else_s_certificate_has_taken_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridge.carrier.rest.CONNECT", 0.3)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, impostor() as port:
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:  # nobody accepts them: the next one waits for its turn
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        for url in (f"http://127.0.0.1:{full.getsockname()[1]}", f"https://127.0.0.1:{port}"):
            with pytest.raises(CarrierBusy) as busy:
                TwilioCarrier(SID, TOKEN, LINE, url).send_text(DANA, PAGE, NOWHERE)
            assert (busy.value.details["sure"], busy.value.details["reached"]) == (True, False), url
        for each in waiting:
            each.close()


@contextmanager
def impostor() -> Iterator[int]:
    """Answers over TLS, with a certificate that nobody knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    context.wrap_socket(connection, server_side=True)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def test_a_queue_of_somebody_else_in_the_account_is_not_listed(sim: Simulator, carrier: TwilioCarrier) -> None:
    queues = sim.carrier.queues
    for name in ("support", "0123456789abcdef", "0123456789ABCDEF", "night shift 0123456789abcdef"):
        queues._queues[name] = Queue(name, queues._clock)
    assert [each.name for each in carrier.records([]).found] == ["0123456789abcdef"]
