"""Twilio's own client against every resource and each refusal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from bridge.simulator import Simulator
from tests.simulator.target import ACCOUNT, CALLER, DANA, ERIN, LINE, TOKEN, Target

URL = "http://127.0.0.1:9/page"


def refused(act: Any, *args: Any, **given: Any) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as caught:
        act(*args, **given)
    return caught.value


# messages


def test_a_message_reads_as_twilio_shows_it(sim: Simulator, client: Client) -> None:
    made = client.messages.create(to=DANA, from_=LINE, body="Page", validity_period=300)
    assert (made.status, made.direction, made.num_segments, made.price) == ("queued", "outbound-api", "1", None)
    assert made.sid.startswith("SM")
    assert len(made.sid) == 34
    sim.settle()
    read = client.messages(made.sid).fetch()
    assert (read.status, read.body, read.to, read.from_, read.error_code) == ("delivered", "Page", DANA, LINE, None)
    assert isinstance(read.date_sent, datetime)
    assert read.uri == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{made.sid}.json"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "2565550101"}, 21211),
        ({"to": "+15551"}, 21211),
        ({"to": "+10005550101"}, 21211),
        ({"to": "911"}, 21215),
        ({"to": "+1411"}, 21215),
        ({"to": "+19005550101"}, 21202),
        ({"to": "+442071838750"}, 21408),
        ({"to": LINE}, 21266),
        ({"from_": ""}, 21603),
        ({"from_": "bridge"}, 21212),
        ({"from_": CALLER}, 21606),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "/receipts"}, 21609),
        ({"status_callback": "ftp://example.org/"}, 21609),
        ({"validity_period": 0}, 20001),
        ({"validity_period": 36001}, 20001),
        ({"content_retention": "discard"}, 30029),
        ({"address_retention": "obfuscate"}, 30030),
    ],
)
def test_a_wrong_message_is_refused(sim: Simulator, client: Client, given: dict[str, Any], code: int) -> None:
    error = refused(client.messages.create, **({"to": DANA, "from_": LINE, "body": "Page"} | given))
    assert (error.code, error.status) == (code, 400)
    assert sim.messages == []
    assert sim.journal.entries("refused")[-1].code == code


def test_the_error_body_has_twilios_four_fields(sim: Simulator) -> None:
    url = f"{sim.base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    body = requests.post(url, auth=(ACCOUNT, TOKEN), data={"To": "x", "From": LINE}, timeout=5).json()
    assert set(body) == {"code", "message", "more_info", "status"}


def test_retention_is_accepted_where_the_account_has_the_feature(sim: Simulator, client: Client) -> None:
    sim.carrier.retention_feature = True
    client.messages.create(to=DANA, from_=LINE, body="Page", content_retention="discard", address_retention="obfuscate")
    sim.settle()
    assert [text.body for text in sim.phone(DANA).texts] == ["Page"], "it arrives as ever"
    (kept,) = client.messages.list(from_=LINE)
    assert (kept.body, kept.to) == ("", DANA[:-4] + "XXXX")
    assert client.messages.list(to=DANA) == [], "nobody can look for a number that is not kept"


@pytest.mark.parametrize("code", [20009, 20001])
def test_deleting_can_be_refused_on_purpose_while_all_else_is_done(sim: Simulator, client: Client, code: int) -> None:
    sim.faults.rest(str(code), "messages", method="DELETE", times=1)
    sid = client.messages.create(to=DANA, from_=LINE, body="Page").sid or ""
    sim.settle()
    client.messages(sid).update(body="")
    assert refused(client.messages(sid).delete).code == code
    assert client.messages(sid).delete()


def test_a_landline_and_an_opted_out_phone_are_refused(sim: Simulator, client: Client) -> None:
    sim.phone(DANA).behave(text="landline")
    sim.phone(ERIN).behave(text="opted_out")
    assert refused(client.messages.create, to=DANA, from_=LINE, body="Page").code == 21614
    assert refused(client.messages.create, to=ERIN, from_=LINE, body="Page").code == 21610
    assert sim.journal.problems == []


def test_messages_are_listed_newest_first_and_filtered(sim: Simulator, client: Client) -> None:
    for to in (DANA, ERIN, DANA):
        client.messages.create(to=to, from_=LINE, body="Page")
    sim.settle()
    now = datetime.now(UTC)
    assert [each.to for each in client.messages.list()] == [DANA, ERIN, DANA]
    assert len(client.messages.list(to=DANA)) == 2
    assert client.messages.list(from_=CALLER) == []
    assert len(client.messages.list(date_sent=now)) == 3
    assert len(client.messages.list(date_sent_after=now - timedelta(hours=1))) == 3
    assert client.messages.list(date_sent_after=now + timedelta(hours=1)) == []
    assert client.messages.list(date_sent_before=now - timedelta(hours=1)) == []


def test_long_lists_come_in_pages(client: Client, sim: Simulator) -> None:
    for number in range(5):
        client.messages.create(to=DANA, from_=LINE, body=str(number))
    assert [each.body for each in client.messages.list(page_size=2)] == ["4", "3", "2", "1", "0"]


def test_a_final_message_can_be_redacted_and_deleted(sim: Simulator, client: Client) -> None:
    sid = client.messages.create(to=DANA, from_=LINE, body="Page").sid
    sim.settle()
    assert refused(client.messages(sid).update, body="other").code == 20001
    assert client.messages(sid).update(body="").body == ""
    assert client.messages(sid).fetch().body == ""
    assert client.messages(sid).delete()
    assert refused(client.messages(sid).fetch).status == 404


def test_a_message_under_way_can_not(sim: Simulator, client: Client) -> None:
    sid = client.messages.create(to=DANA, from_=LINE, body="Page").sid
    sim.settle()
    sim.carrier.texting.messages[sid].status = "sent"
    assert refused(client.messages(sid).update, body="").code == 20009
    assert refused(client.messages(sid).delete).code == 20009


# calls


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to": ""}, 21201),
        ({"to": "12565550101"}, 21211),
        ({"to": "+1911"}, 21215),
        ({"to": "933"}, 21215),
        ({"to": "+442071838750"}, 21215),
        ({"from_": ""}, 21213),
        ({"from_": CALLER}, 21210),
        ({"url": "/page"}, 21205),
        ({"url": ""}, 21205),
        ({"url": "http://["}, 21205),
        ({"method": "PUT"}, 21209),
        ({"timeout": 0}, 21208),
        ({"timeout": 601}, 21208),
        ({"status_callback": "nowhere"}, 21609),
        ({"status_callback_event": ["answered", "rung"]}, 20001),
        ({"machine_detection": "Perhaps"}, 20001),
        ({"url": "", "twiml": "<Response/>" + " " * 4000}, 21205),
    ],
)
def test_a_wrong_call_is_refused(sim: Simulator, client: Client, given: dict[str, Any], code: int) -> None:
    error = refused(client.calls.create, **({"to": DANA, "from_": LINE, "url": URL} | given))
    assert (error.code, error.status) == (code, 400)
    assert sim.calls == []


def test_a_call_reads_as_twilio_shows_it(sim: Simulator, client: Client) -> None:
    made = client.calls.create(to=DANA, from_=LINE, twiml="<Response><Say>Hello.</Say></Response>", timeout=20)
    assert (made.status, made.direction, made.duration) == ("queued", "outbound-api", None)
    sim.settle()
    assert client.calls(made.sid).fetch().status == "ringing"
    leg = sim.phone(DANA).ringing
    assert leg
    leg.answer()
    read = client.calls(made.sid).fetch()
    assert (read.status, read.to, read.duration) == ("completed", DANA, "0")
    assert isinstance(read.start_time, datetime)
    assert leg.heard == ["Hello."]


def test_calls_are_listed_and_deleted_when_over(sim: Simulator, client: Client) -> None:
    sid = client.calls.create(to=DANA, from_=LINE, url=URL).sid
    sim.settle()
    assert [each.sid for each in client.calls.list(status="ringing", to=DANA)] == [sid]
    assert refused(client.calls(sid).delete).code == 20009
    assert client.calls(sid).update(status="canceled").status == "canceled"
    assert refused(client.calls(sid).update, status="completed").code == 21220
    assert client.calls.list(status="ringing") == []
    assert client.calls(sid).delete()
    assert refused(client.calls(sid).fetch).code == 20404


def test_a_live_call_can_be_led_elsewhere_and_ended(sim: Simulator, client: Client, target: Target) -> None:
    target.answer("/voice", "<Gather><Say>Wait.</Say></Gather>")
    target.answer("/other", "<Gather><Say>Somebody is found.</Say></Gather>")
    call = sim.phone(CALLER).dial()
    client.calls(call.sid).update(url=f"{target.url}/other", method="POST")
    assert call.heard == ["Wait.", "Somebody is found."]
    assert refused(client.calls(call.sid).update, status="paused").code == 20001
    assert client.calls(call.sid).update(status="completed").status == "completed"
    assert call.state == "completed"


def test_a_call_can_be_ended_from_within_its_own_webhook(sim: Simulator, client: Client, target: Target) -> None:
    def end_it() -> str:
        sid = target.forms("/voice")[0]["CallSid"]
        client.calls(sid).update(status="completed")
        return "<Gather><Say>Never heard.</Say></Gather>"

    target.answer("/voice", end_it)
    call = sim.phone(CALLER).dial()
    sim.settle()
    assert call.state == "completed"


# numbers


def test_the_line_is_listed_and_its_urls_can_be_set(sim: Simulator, client: Client, target: Target) -> None:
    (number,) = client.incoming_phone_numbers.list(phone_number=LINE)
    assert (number.voice_url, number.capabilities["sms"]) == (f"{target.url}/voice", True)
    changed = client.incoming_phone_numbers(number.sid).update(
        voice_url=f"{target.url}/new", sms_url=f"{target.url}/texts", voice_fallback_url=f"{target.url}/fallback"
    )
    assert changed.voice_fallback_url == f"{target.url}/fallback"
    target.answer("/new", "<Say>New.</Say>")
    assert sim.phone(CALLER).dial().heard == ["New."]
    assert client.incoming_phone_numbers.list(phone_number=DANA) == []
    assert refused(client.incoming_phone_numbers(number.sid).update, voice_url="not a url").code == 21402
    assert refused(client.incoming_phone_numbers("PN" + "0" * 32).update, sms_url="").code == 20404


# the door


def test_a_wrong_token_is_refused(sim: Simulator) -> None:
    stranger = Client(ACCOUNT, "guess")
    stranger.api.base_url = sim.base_url
    error = refused(stranger.messages.create, to=DANA, from_=LINE, body="Page")
    assert (error.status, error.code) == (401, 20003)
    assert sim.messages == []


def test_no_credentials_and_another_account_are_refused(sim: Simulator) -> None:
    url = f"{sim.base_url}/2010-04-01/Accounts"
    assert requests.get(f"{url}/{ACCOUNT}/Calls.json", timeout=5).status_code == 401
    assert requests.get(f"{url}/AC{'2' * 32}/Calls.json", auth=(ACCOUNT, TOKEN), timeout=5).status_code == 401


def test_unknown_resources_and_methods_are_refused(sim: Simulator) -> None:
    base = f"{sim.base_url}/2010-04-01/Accounts/{ACCOUNT}"
    assert requests.get(f"{base}/Faxes.json", auth=(ACCOUNT, TOKEN), timeout=5).json()["code"] == 20404
    assert requests.put(f"{base}/Calls.json", auth=(ACCOUNT, TOKEN), timeout=5).json()["code"] == 20004


def test_when_a_request_arrived_is_known(sim: Simulator, client: Client) -> None:
    client.messages.create(to=DANA, from_=LINE, body="Page")
    (arrival,) = sim.arrivals
    assert (arrival.method, arrival.resource, arrival.to) == ("POST", "messages", DANA)
    assert arrival.wall > 1e9
    assert arrival.perf > 0


# the account


def test_the_account_reads_as_twilio_shows_it(client: Client) -> None:
    account = client.api.accounts(ACCOUNT).fetch()
    assert (account.sid, account.status, account.type) == (ACCOUNT, "active", "Full")
    assert isinstance(account.date_created, datetime)
    assert account.subresource_uris["incoming_phone_numbers"] == f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json"


def test_the_account_stands_behind_the_same_door_as_everything_else(sim: Simulator, client: Client) -> None:
    url = f"{sim.base_url}/2010-04-01/Accounts/{ACCOUNT}.json"
    assert requests.get(url, auth=(ACCOUNT, "wrong")).status_code == 401
    assert requests.get(url).json()["code"] == 20003
    assert requests.get(f"{sim.base_url}/2010-04-01/Accounts/AC{'2' * 32}.json", auth=(ACCOUNT, TOKEN)).status_code == 401
    sim.faults.rest("503", times=1)
    assert requests.get(url, auth=(ACCOUNT, TOKEN)).status_code == 503
    assert requests.get(url, auth=(ACCOUNT, TOKEN)).status_code == 200
