"""The carrier port on the local carrier: what is sent, and into which of two errors everything that fails is turned."""

from collections.abc import Iterator

import pytest

from bridge.carrier.rest import TwilioCarrier
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.model import Channel
from bridge.simulator import Simulator

SID, TOKEN, LINE = "AC" + "1" * 32, "token", "+18332192461"
DANA, NOWHERE = "+12565550101", "http://127.0.0.1:9/nowhere"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator(account_sid=SID, auth_token=TOKEN, line=LINE) as simulator:
        yield simulator


@pytest.fixture
def carrier(sim: Simulator) -> TwilioCarrier:
    return TwilioCarrier(SID, TOKEN, LINE, sim.base_url)


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


def test_records_are_deleted_once_they_are_final_and_what_is_gone_is_no_error(sim: Simulator, carrier: TwilioCarrier) -> None:
    text = carrier.send_text(DANA, "ALLEAPS 412", NOWHERE)
    call = carrier.place_call(DANA, NOWHERE, NOWHERE, 25.0)
    sim.settle()
    with pytest.raises(CarrierBusy):
        carrier.forget(Channel.CALL, call)
    leg = sim.phone(DANA).ringing
    assert leg is not None
    leg.decline()
    for _ in range(2):
        carrier.forget(Channel.CALL, call)
        carrier.forget(Channel.TEXT, text)
    assert sim.messages == []
