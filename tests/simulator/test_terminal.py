"""The telephones over JSON, in a terminal, and in real time."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from twilio.rest import Client

from bridge.simulator import Simulator, owner, runner
from bridge.simulator.client import HangUp, Keys, Silence, TelephoneError, Telephones, Words
from tests.simulator.target import ACCOUNT, CALLER, DANA, ERIN, LINE, TOKEN, Target, eventually, free_port

PLACE = "<Gather input='dtmf speech' action='/place'><Say>Where are you?</Say></Gather><Say>Goodbye.</Say>"


@pytest.fixture
def live(target: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A carrier in real time, in which people talk and react quickly."""
    monkeypatch.setattr(owner, "REACTION", 0.05)
    monkeypatch.setattr(runner, "CHARACTERS_A_SECOND", 1000)
    with Simulator(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        line=LINE,
        voice_url=f"{target.url}/voice",
        sms_url=f"{target.url}/sms",
        real_time=True,
    ) as sim:
        sim.know([{"name": "Dana", "number": DANA, "about": "on call"}])
        yield sim
        assert not sim.journal.entries("simulator bug")


# in real time


def test_a_prompt_times_out_by_itself(live: Simulator, target: Target) -> None:
    target.answer("/voice", "<Gather timeout='1'><Say>Where are you?</Say></Gather><Say>Goodbye.</Say>")
    call = live.phone(CALLER).dial()
    assert call.live
    eventually(lambda: call.heard == ["Where are you?", "Goodbye."])
    eventually(lambda: call.state == "completed")


def test_keys_put_off_the_time_out_and_are_sent_when_it_comes(live: Simulator, target: Target) -> None:
    target.answer("/voice", "<Gather timeout='1' action='/zip'><Say>Your ZIP?</Say></Gather>")
    live.phone(CALLER).dial().press("362")
    eventually(lambda: target.forms("/zip"))
    assert target.forms("/zip")[0]["Digits"] == "362"


def test_an_answer_in_time_stops_the_clock(live: Simulator, target: Target) -> None:
    target.answer("/voice", "<Gather timeout='1' numDigits='1' action='/key'/><Say>Too late.</Say>")
    target.answer("/key", "<Pause length='2'/><Say>In time.</Say>")
    call = live.phone(CALLER).dial().press("1")
    eventually(lambda: call.state == "completed")
    assert call.heard == ["In time."]
    assert len(target.at("/key")) == 1


def test_a_phone_rings_until_the_timeout(live: Simulator, client_of: Client) -> None:
    sid = client_of.calls.create(to=DANA, from_=LINE, twiml="<Response/>", timeout=1).sid
    eventually(lambda: live.phone(DANA).ringing)
    eventually(lambda: client_of.calls(str(sid)).fetch().status == "no-answer")


@pytest.mark.parametrize(
    ("behaviour", "state"), [("busy", "busy"), ("no_answer", "no-answer"), ("answer", "completed"), ("voicemail", "completed")]
)
def test_phones_react_after_a_while(live: Simulator, client_of: Client, behaviour: str, state: str) -> None:
    live.phone(DANA).behave(call=behaviour, keys="1")
    twiml = "<Response><Gather numDigits='1' timeout='1'><Say>Press 1.</Say></Gather></Response>"
    sid = client_of.calls.create(to=DANA, from_=LINE, twiml=twiml).sid
    if behaviour == "answer":
        eventually(lambda: live.phone(DANA).legs and live.phone(DANA).legs[0].pressed == ["1"])
    eventually(lambda: client_of.calls(str(sid)).fetch().status == state)


def test_an_undelivered_text_takes_a_moment(live: Simulator, client_of: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.simulator.texting.REACTION", 0.05)
    live.phone(DANA).behave(text="undelivered")
    sid = client_of.messages.create(to=DANA, from_=LINE, body="Page").sid
    eventually(lambda: client_of.messages(str(sid)).fetch().status == "undelivered")


def test_delayed_receipts_come_by_themselves(
    live: Simulator, target: Target, client_of: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.simulator.receipts.DELAY", 0.05)
    live.faults.receipts("delayed")
    client_of.messages.create(to=DANA, from_=LINE, body="Page", status_callback=f"{target.url}/receipt")
    eventually(lambda: len(target.forms("/receipt")) == 3)


@pytest.fixture
def client_of(live: Simulator) -> Client:
    client = Client(ACCOUNT, TOKEN)
    client.api.base_url = live.base_url
    return client


# over JSON


def test_a_call_over_json(sim: Simulator, target: Target) -> None:
    target.answer("/voice", PLACE)
    target.answer("/place", "<Gather numDigits='1' action='/ok'><Say>Oxford?</Say></Gather>")
    telephones = Telephones(sim.base_url)
    call = telephones.dial(CALLER)
    assert (call["state"], call["waiting_for"], call["heard"]) == ("in-progress", "keys or speech", ["Where are you?"])
    call = telephones.act(call["sid"], "say", speech="oxford", confidence=0.5)
    assert target.forms("/place")[0]["Confidence"] == "0.50000000"
    assert telephones.act(call["sid"], "press", digits="1")["pressed"] == ["1"]
    assert telephones.call(call["sid"])["state"] == "completed"
    with pytest.raises(TelephoneError, match="completed"):
        telephones.act(call["sid"], "press", digits="1")


def test_a_ringing_phone_over_json(sim: Simulator, client: Client) -> None:
    client.calls.create(to=DANA, from_=LINE, twiml="<Response><Gather/></Response>")
    client.calls.create(to=ERIN, from_=LINE, twiml="<Response><Gather/></Response>")
    sim.settle()
    telephones = Telephones(sim.base_url)
    phones = {phone["number"]: phone for phone in telephones.state()["phones"]}
    assert telephones.act(phones[DANA]["ringing"], "answer")["state"] == "in-progress"
    assert telephones.act(phones[DANA]["ringing"], "hangup")["state"] == "completed"
    assert telephones.act(phones[ERIN]["ringing"], "decline")["state"] == "busy"


def test_texts_behaviour_and_faults_over_json(sim: Simulator, target: Target) -> None:
    target.answer("/sms", "<Message>Yours.</Message>")
    telephones = Telephones(sim.base_url)
    assert telephones.text(DANA, "1") == ["Yours."]
    telephones.behave(DANA, text="undelivered", error=30005, call="voicemail")
    assert (sim.phone(DANA).behaviour.error, sim.phone(DANA).behaviour.call) == (30005, "voicemail")
    post = requests.Session().post
    url = f"{sim.base_url}/sim/faults"
    assert post(url, json={"rest": {"kind": "503", "times": 2}, "receipts": "lost"}, timeout=5).json() == {
        "receipts": "lost",
        "rest": [{"kind": "503", "left": 2, "processed": False, "resource": "any", "retry_after": 1, "method": "any"}],
    }
    assert post(url, json={"clear": True}, timeout=5).json() == {"receipts": "normal", "rest": []}
    assert post(url, json={"rest": {"kind": "gremlin"}}, timeout=5).status_code == 400


@pytest.mark.parametrize("path", ["calls/CA0", "calls/CA0/press"])
def test_what_is_not_there_is_not_found(sim: Simulator, path: str) -> None:
    method = "POST" if path.endswith("press") else "GET"
    assert requests.request(method, f"{sim.base_url}/sim/{path}", json={}, timeout=5).status_code == 404


def test_only_json_is_taken_so_that_no_other_site_can_dial(sim: Simulator) -> None:
    response = requests.post(f"{sim.base_url}/sim/calls", data={"from": CALLER}, timeout=5)
    assert response.status_code == 415
    assert sim.calls == []


def test_news_are_waited_for(sim: Simulator) -> None:
    telephones = Telephones(sim.base_url)
    seen = telephones.state()["seq"]
    sim.phone(CALLER).dial()
    entries = telephones.state(seen, wait=5)["entries"]
    assert entries[0]["kind"] == "dialled"
    sim.settle()
    assert telephones.state(sim.journal.seq, wait=0.01)["entries"] == []


# in a terminal


def test_a_call_is_played_and_told(live: Simulator, target: Target, client_of: Client) -> None:
    target.answer("/voice", PLACE)
    target.answer("/place", "<Gather numDigits='1' action='/ok'><Say>Oxford?</Say></Gather>")

    def page() -> str:
        client_of.messages.create(to=DANA, from_=LINE, body="Page K7")
        return "<Say>You will be called back.</Say>"

    target.answer("/ok", page)
    told: list[str] = []
    call = Telephones(live.base_url).play(CALLER, [Words("oxford"), Keys("1")], listen=0.3, tell=told.append)
    assert call["state"] == "completed"
    story = [line[10:] for line in told]
    for line in (
        f"{CALLER} hears Where are you?",
        f"{CALLER} says oxford",
        f"{CALLER} presses 1",
        f"{CALLER} hears You will be called back.",
        "Dana gets a text: Page K7",
    ):
        assert line in story


def test_a_silent_caller_and_one_who_hangs_up(live: Simulator, target: Target) -> None:
    target.answer("/voice", PLACE)
    telephones = Telephones(live.base_url)
    assert telephones.play(CALLER, [], listen=0.1, tell=len)["heard"] == ["Where are you?", "Goodbye."]  # type: ignore[arg-type]
    assert telephones.play(CALLER, [Silence(), HangUp()], listen=0.1, tell=len)["state"] == "completed"  # type: ignore[arg-type]
    assert telephones.play(CALLER, [HangUp()], listen=0.1, tell=len)["heard"] == ["Where are you?"]  # type: ignore[arg-type]


def test_who_is_on_hold_hangs_up_when_patience_ends_or_when_that_is_the_next_step(
    live: Simulator, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.simulator.holding.LULL", 0.05)
    target.answer("/voice", "<Enqueue waitUrl='/hold' action='/left'>K7</Enqueue>")
    target.answer("/hold", "<Say>Please hold.</Say>")
    telephones = Telephones(live.base_url)
    told: list[str] = []
    for steps, patience in (([], 0.1), ([HangUp()], 3600.0)):
        call = telephones.play(CALLER, steps, listen=0.1, patience=patience, tell=told.append)
        assert (call["state"], call["heard"][0]) == ("completed", "Please hold.")
    assert f"{CALLER} is on hold in queue K7" in [line[10:] for line in told]


def test_who_is_on_hold_may_press_a_key(live: Simulator, target: Target) -> None:
    target.answer("/voice", "<Enqueue waitUrl='/hold'>K7</Enqueue><Say>Goodbye.</Say>")
    target.answer("/hold", "<Gather numDigits='1' action='/key'><Say>Please hold.</Say></Gather>")
    target.answer("/key", "<Leave/>")
    call = Telephones(live.base_url).play(CALLER, [Keys("1")], listen=0.1, patience=0.0, tell=len)  # type: ignore[arg-type]
    assert call["heard"] == ["Please hold.", "Goodbye."]


def test_a_conversation_has_a_time_limit_over_json(sim: Simulator, target: Target) -> None:
    target.answer("/voice", f"<Dial>{DANA}</Dial><Enqueue>K7</Enqueue>")
    sim.phone(DANA).behave(call="answer")
    telephones = Telephones(sim.base_url)
    call = telephones.dial(CALLER)
    assert (call["connected_to"], call["queue"]) == (DANA, None)
    call = telephones.act(call["sid"], "timeup")
    assert (call["connected_to"], call["queue"], call["waiting_for"]) == (None, "K7", "queue")
    with pytest.raises(TelephoneError, match="connected to nobody"):
        telephones.act(call["sid"], "timeup")


def test_what_the_customer_did_wrong_is_told(live: Simulator, target: Target) -> None:
    target.answer("/voice", "<Shout/>")
    told: list[str] = []
    Telephones(live.base_url).play(CALLER, [], listen=0.1, tell=told.append)
    assert any("! twiml 12200" in line for line in told)


# as a program


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    phones, port = tmp_path / "phones.json", free_port()
    phones.write_text(json.dumps([{"name": "Dana", "number": DANA, "about": "on call"}]))
    command = [sys.executable, "-m", "bridge.simulator", "--port", str(port), "--line", LINE, "--phones", str(phones)]
    environment = os.environ | {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    telephones = Telephones(f"http://127.0.0.1:{port}")

    def up() -> bool:
        try:
            return bool(telephones.state()["line"] == LINE)
        except requests.ConnectionError:
            return False

    try:
        eventually(up)
        assert telephones.state()["phones"][0]["name"] == "Dana"
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=10)
    assert f"http://127.0.0.1:{port}/" in out


def test_without_an_account_it_says_what_is_missing() -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO")}
    command = [sys.executable, "-m", "bridge.simulator", "--line", LINE]
    done = subprocess.run(command, env=bare, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "TWILIO_AUTH_TOKEN" in done.stderr
