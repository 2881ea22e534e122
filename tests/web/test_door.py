"""The carrier's door: who is let in, and that whatever comes in gets TwiML or a refusal, never a 500."""

import base64
import hashlib
import hmac
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from bridge import wiring
from bridge.core.speech import Menu
from bridge.settings import Account
from bridge.web import create_app
from tests.stories import story

PUBLIC = "https://bridge.example.org"
ROUTES = (
    *("/voice", "/voice/turn/0", "/voice/dialled/1", "/voice/broken/1", "/voice/ended", "/sms", "/voice/waited"),
    *(f"/voice/waits/{how}" for how in ("queued", "patient", "alone")),
)
PAGES = (
    *("/page/x/0/answered", "/page/x/0/receipt", "/page/x/0/talked", "/page/x/0/leg"),
    *(f"/page/x/0/key/{menu}/1" for menu in Menu),
)
FIELDS = (
    *("CallSid", "From", "To", "Digits", "SpeechResult", "Confidence", "DialCallStatus", "CallStatus", "AnsweredBy"),
    *("QueueResult", "QueueSid", "DialCallSid"),
    *("Body", "MessageSid", "MessageStatus", "ErrorCode"),
)


@pytest.fixture
def app(redis: "Redis[Any]", tmp_path: Path) -> Flask:
    """The application behind a public https address, with two tokens, and two of another account."""
    chosen = story.settings({"BRIDGE_DATA": str(tmp_path), "BRIDGE_PUBLIC_URL": PUBLIC})
    other = Account("other", "AC2", ("other-token", "its-second-token"), "+18005550198", "http://127.0.0.1:1")
    chosen = replace(chosen, auth_token="first-token", second_token="second-token", carrier_url="http://127.0.0.1:1")
    chosen = replace(chosen, fallbacks=(other,))
    return create_app(wiring.world(chosen, redis, lambda: story.NIGHT))


def sign(url: str, form: Mapping[str, str], token: str = "first-token") -> str:
    """A signature as the carrier's documentation describes it, written without the carrier's library."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(errors="surrogatepass"), hashlib.sha1).digest()).decode()


def post(app: Flask, path: str, form: Mapping[str, str], **given: Any) -> Any:
    """A signed POST."""
    signature = given.pop("signature", None) or sign(given.pop("url", PUBLIC + path), form, given.pop("token", "first-token"))
    return app.test_client().post(path, data=dict(form), headers={"X-Twilio-Signature": signature, **given})


FORM = {"CallSid": "CA" + "0" * 32, "From": "+12565550177", "To": "+18332192461", "Unknown": "key"}


@pytest.mark.parametrize("token", ["first-token", "second-token", "other-token", "its-second-token"])
def test_any_token_of_any_account_opens_the_door(app: Flask, token: str) -> None:
    assert post(app, "/voice", FORM, token=token).status_code == 200


@pytest.mark.parametrize(
    "url",
    [f"{PUBLIC}/voice", "https://bridge.example.org:443/voice"],
)
def test_the_port_may_be_signed_or_not(app: Flask, url: str) -> None:
    assert post(app, "/voice", FORM, url=url).status_code == 200


@pytest.mark.parametrize("path", ["/voice?a=b&c=d", "/voice?x=%20y&x=%2B", "/voice?b=2&a=1"])
def test_the_query_is_signed_as_it_was_sent(app: Flask, path: str) -> None:
    assert post(app, path, FORM, url=PUBLIC + path).status_code == 200


def test_what_a_proxy_says_of_host_and_scheme_does_not_matter(app: Flask) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Host": "10.0.0.1:8000"}
    assert post(app, "/voice", FORM, **headers).status_code == 200


@pytest.mark.parametrize(
    "signature", ["", "garbage", "é", "A" * 28, sign(PUBLIC + "/sms", FORM), sign(PUBLIC + "/voice", FORM, "x")]
)
@pytest.mark.parametrize("path", ROUTES + PAGES)
def test_without_a_signature_that_fits_nobody_is_let_in(app: Flask, path: str, signature: str) -> None:
    if path == "/sms" and signature == sign(PUBLIC + "/sms", FORM):
        return
    if path == "/voice" and signature == sign(PUBLIC + "/voice", FORM):
        return
    answer = app.test_client().post(path, data=FORM, headers={"X-Twilio-Signature": signature.encode().decode("latin-1")})
    assert answer.status_code == 403
    assert b"signature" in answer.data
    assert app.test_client().post(path, data=FORM).status_code == 403


def test_a_form_that_was_changed_on_the_way_is_refused(app: Flask) -> None:
    signature = sign(f"{PUBLIC}/voice", FORM)
    assert post(app, "/voice", {**FORM, "From": "+12565550199"}, signature=signature).status_code == 403


def test_a_form_that_is_too_large_is_refused_with_a_reason(app: Flask) -> None:
    answer = post(app, "/sms", {"Body": "x" * 100_000})
    assert answer.status_code == 413


def test_other_methods_are_refused(app: Flask) -> None:
    assert app.test_client().get("/voice").status_code == 405


anything = st.text(max_size=200) | st.sampled_from(["+12565550177", "0", "1", "36203", "oxford", "completed", "1 412"])


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.dictionaries(st.sampled_from(FIELDS), anything), path=st.sampled_from(ROUTES + PAGES))
def test_any_form_gets_twiml(app: Flask, caplog: pytest.LogCaptureFixture, form: dict[str, str], path: str) -> None:
    encoded = {name: value.encode("utf-8", "replace").decode() for name, value in form.items()}
    answer = post(app, path, encoded)
    assert answer.status_code == 200
    assert answer.mimetype == "text/xml"
    assert ET.fromstring(answer.data).tag == "Response"
    assert not [line for line in caplog.records if line.levelname == "ERROR"], "it was broken, and only covered up"


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300), kind=st.sampled_from(["", "text/xml", "application/json", "multipart/form-data; boundary=x"])
)
def test_any_bytes_are_refused_without_breaking(app: Flask, body: bytes, kind: str) -> None:
    for path in ROUTES + PAGES:
        answer = app.test_client().post(path, data=body, content_type=kind, headers={"X-Twilio-Signature": "x"})
        assert answer.status_code == 403
