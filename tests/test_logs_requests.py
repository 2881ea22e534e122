"""Whatever comes in, and whatever fails while it is dealt with: no number and no place of it stands in any log line."""

import io
import json
import logging
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import RedisError, ResponseError
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule
from werkzeug.serving import make_server

from bridge import logs
from bridge.actions.world import World
from bridge.carrier.rest import TwilioCarrier
from bridge.core.errors import CarrierBusy, CarrierRefused, UnknownPerson, UnknownRequest
from bridge.logs import sink
from bridge.settings import Role, User, load
from bridge.web import create_app, door
from tests.fuzz.bridge import furnished
from tests.web.desk import TOTP, Desk, cheap_hash, desk_on, log_in, token

CARRIER = ("voice", "pages", "bundles", "notices", "sms")
FIELDS = (
    *("From", "To", "Body", "Caller", "SpeechResult", "Digits", "CallSid", "MessageSid", "ErrorCode", "CallStatus", "FromCity"),
    *(
        "place",
        "callback",
        "region",
        "person",
        "reason",
        "once",
        "name",
        "password",
        "code",
        "next",
        "feed",
        "who",
        "from",
        "until",
    ),
)
HEADERS = ("User-Agent", "Referer", "X-Forwarded-For", "Accept", "Cookie", "Last-Event-ID", "If-None-Match", "X-Requested-With")
EVERY = settings(max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Private:
    """What must not be found: a number to call back, ten digits, and a place."""

    number: str
    place: str

    def written(self, how: int) -> str:
        """The number, in one of the ways in which people write it, and the place."""
        area, office, line = self.number[:3], self.number[3:6], self.number[6:]
        wide = "".join(chr(0xFF10 + int(each)) for each in self.number)
        ways = (f"+1{self.number}", f"({area}) {office}-{line}", f"{area}.{office}.{line}", " ".join(self.number), wide)
        return ways[how % len(ways)]

    def found_in(self, text: str) -> bool:
        """Whether any of it stands there, in any form."""
        plain = unicodedata.normalize("NFKC", re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text))
        digits = "".join(each for each in plain if each.isdigit())
        return self.place.casefold() in plain.casefold() or self.number in digits or f"555{self.number[6:]}" in digits


places = st.one_of(st.sampled_from(["Talladega", "Opelika", "Zip City"]), st.text("qxzjkvw", min_size=7, max_size=9))
private = st.builds(
    lambda area, n, place: Private(f"{area}5550{n}", place), st.integers(201, 989), st.integers(100, 199), places
)


class Mood:
    """Which call of a port fails, and with what."""

    error: "Exception | None" = None
    calls_until = 0

    def falls(self) -> None:
        self.calls_until -= 1
        if self.error is not None and self.calls_until < 0:
            raise self.error


class Moody:
    """A port that fails as it is told to."""

    def __init__(self, port: Any, mood: Mood) -> None:
        self._port, self._mood = port, mood

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def called(*args: Any, **more: Any) -> Any:
            self._mood.falls()
            return found(*args, **more)

        return called


def errors(text: str) -> list["Exception | None"]:
    """All kinds of them, with what must not be told in their messages."""
    chained = ValueError(text)
    chained.__cause__ = KeyError(text)
    return [
        *(
            None,
            None,
            RedisError(text),
            ResponseError(f"unknown {text}"),
            ConnectionError(text),
            OSError(5, text, text),
        ),
        *(chained, UnicodeEncodeError("ascii", text, 0, 1, text), ExceptionGroup(text, [ValueError(text), TypeError(text)])),
        *(UnknownRequest(id=text), UnknownPerson(person=text, known=text), CarrierRefused(code=text, status=text)),
        CarrierBusy(reason=text, retry_after=1.0, trouble=text),
    ]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Everything that is logged, at any level, by anybody."""
    written = list[str]()
    monkeypatch.setattr(sink, "MOST", 10**9)
    hears = sink.Sink(plain=False)
    hears._write = written.append  # type: ignore[method-assign]
    loggers = [logging.getLogger(name) for name in ("", *logs.QUIET, "redis", "rq", "flask", "twilio")]
    before = [each.level for each in loggers]
    logging.getLogger().addHandler(hears)
    for each in loggers:
        each.setLevel(logging.DEBUG)
    yield written
    for each, level in zip(loggers, before, strict=True):
        each.setLevel(level)
    logging.getLogger().removeHandler(hears)


@pytest.fixture
def mood() -> Mood:
    return Mood()


@pytest.fixture
def desk(redis: "Redis[Any]", tmp_path: Path) -> Desk:
    users = {"ada": User("ada", cheap_hash(), Role.ADMIN, TOTP)}
    return furnished(desk_on(redis, replace(load({"BRIDGE_DATA": str(tmp_path)}), users=users)))


@pytest.fixture
def app(desk: Desk, mood: Mood, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The whole application, in which what breaks is answered as in life, on ports that fail when they are told to."""
    for limit in ("MOST_PER_ADDRESS", "MOST_PER_NAME"):
        monkeypatch.setattr(door, limit, 10**6)
    ports = {name: Moody(getattr(desk.world, name), mood) for name in ("store", "rota", "lanes", "books", "accounts", "watch")}
    app = create_app(replace(desk.world, **ports))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.extensions["desk"] = desk
    return app


def sent(world: World, path: str, form: list[tuple[str, str]], client: FlaskClient, **more: Any) -> int:
    """The form, signed as the carrier signs it. Returns the status."""
    signature = RequestValidator(world.settings.auth_token).compute_signature(world.settings.public_url + path, MultiDict(form))
    headers = {**more.pop("headers", {}), "X-Twilio-Signature": signature}
    parts = urlsplit(path)
    environ = {"REQUEST_URI": path, "RAW_URI": path}
    response = client.open(parts.path, query_string=parts.query, headers=headers, environ_overrides=environ, **more)
    response.close()
    return response.status_code


def address(rule: Rule, text: str, known: bool) -> str:
    """The address, with what nobody may learn, or what is known, in the places of its variables."""
    variables = {"request_id": "req0", "n": "0", "filename": "board.css", "how": "queued", "menu": "take", "bundle": "b1"}
    value = (lambda name: variables.get(name, "0")) if known else (lambda name: quote(text, safe=""))
    return re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda found: value(found[1]), rule.rule)


def test_nothing_of_any_request_is_in_any_line(desk: Desk, app: Flask, mood: Mood, lines: list[str]) -> None:
    ada, nobody, answers, failed = app.test_client(), app.test_client(), set[int](), set[str]()
    assert log_in(ada, "ada").status_code == 303
    crumb = {"X-CSRFToken": token(ada.get("/"))}
    cookie = str(getattr(ada.get_cookie("bridge"), "value", ""))
    rules = [
        (rule, method) for rule in app.url_map.iter_rules() for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]
    rules = [each for each in rules if each[0].endpoint not in ("board.stream", "auth.logout")]

    @EVERY
    @given(st.data(), private, st.integers(0, 4))
    def send(data: st.DataObject, who: Private, how: int) -> None:
        rule, method = data.draw(st.sampled_from(rules))
        text = f"{who.written(how)} at {who.place}"
        mood.error = data.draw(st.sampled_from(errors(text)))
        mood.calls_until = data.draw(st.integers(0, 6))
        path = address(rule, text, known=data.draw(st.integers(0, 3)) > 0)
        if data.draw(st.booleans()):
            path += "?" + urlencode({data.draw(st.sampled_from([*FIELDS, text])): text})
        names = data.draw(st.lists(st.sampled_from([*FIELDS, text]), max_size=5, unique=True))
        form = [(name, data.draw(st.sampled_from([text, who.place, who.written(how)]))) for name in names]
        headers = {data.draw(st.sampled_from(HEADERS)): text.encode("ascii", "replace").decode()}
        client = ada if rule.endpoint.split(".")[0] not in (*CARRIER, "auth") and data.draw(st.integers(0, 4)) else nobody
        if client is ada:
            headers = crumb if "Cookie" in headers else {**headers, **crumb}
            ada.set_cookie("bridge", cookie)
        kinds: list[dict[str, Any]] = [
            *({"data": urlencode(form), "content_type": "application/x-www-form-urlencoded"},) * 4,
            {"data": json.dumps(dict(form)), "content_type": "application/json"},
            {"data": f"--x\r\n{text}".encode(), "content_type": "multipart/form-data; boundary=x"},
            {"data": {"f": (io.BytesIO(text.encode()), text)}, "content_type": "multipart/form-data"},
            {"data": text.encode(), "content_type": text.encode("ascii", "replace").decode()},
        ]
        body = data.draw(st.sampled_from(kinds)) if method == "POST" else {}
        del lines[:]
        answers.add(sent(desk.world, path, form, client, method=method, headers=headers, **body))
        told = [line for line in lines if who.found_in(line)]
        assert not told, told[0]
        failed.update(json.loads(line)["event"] for line in lines)

    send()
    assert {200, 404, 403, 503} <= answers
    assert {"a webhook failed", "the rota cannot be shown"} <= failed, "what fails is said all the same"


@contextmanager
def carrier_that_says(status: int, text: str) -> Iterator[str]:
    """Answers whatever it is asked with this text in all parts. Where `status` is 0, nobody is there. Yields its address."""

    def answer(environ: Any, start: Callable[..., Any]) -> list[bytes]:
        said = json.dumps({"code": 21211, "message": f"The To number {text} is not valid", "more_info": text, "sid": text})
        start(f"{status} {text}", [("Content-Type", "application/json"), ("X-Said", text)])
        return [text.encode() if status == 500 else said.encode()]

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    if status:
        thread.start()
    else:
        server.server_close()
    yield f"http://127.0.0.1:{server.server_port}"
    if status:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [201, 400, 404, 429, 500, 0])
def test_nothing_of_what_the_carrier_is_asked_and_says_is_in_any_line(status: int, lines: list[str]) -> None:
    who = Private("2565550177", "Talladega")
    text = f"{who.written(0)} at {who.place}"
    with carrier_that_says(status, text) as url:
        carrier = TwilioCarrier(f"AC{'0' * 32}", "token", "+12565550100", url)
        logging.getLogger("twilio.http_client").setLevel(logging.DEBUG)  # it is kept quiet, and would be safe all the same
        asks: list[Callable[[], object]] = [
            lambda: carrier.send_text(who.written(0), text, f"http://127.0.0.1/{who.place}"),
            lambda: carrier.place_call(who.written(0), f"http://127.0.0.1/{who.place}", "http://127.0.0.1/", 20),
            lambda: carrier.find_text(who.written(0), 0.0, lambda body: False),
            carrier.ping,
        ]
        for ask in asks:
            try:
                ask()
            except Exception as error:
                structlog.get_logger("bridge.x").error("it failed", exc_info=error)
    said = [json.loads(line) for line in lines]
    assert {"twilio.http_client", "urllib3.connectionpool"} <= {line["logger"] for line in said}
    assert len([line for line in said if line["event"] == "it failed"]) >= (0 if status == 201 else 2)
    assert not [line for line in lines if who.found_in(line)]
