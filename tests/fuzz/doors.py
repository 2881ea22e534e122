"""The carrier's door, from outside: what is posted there is answered in the carrier's markup, or refused with a reason."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from bridge.core.model import State
from tests.fuzz.bridge import BUNDLE, IDS
from tests.fuzz.hostile import any_text, forms
from tests.web.desk import Desk

DOORS = ("voice", "pages", "bundles", "notices", "sms")  # the blueprints behind carrier_door
ENDS = {"Hangup", "Redirect", "Leave", "Dial"}  # what a call is never left without
VERBS = ENDS | {"Say", "Gather", "Enqueue"}
WITHIN = {"Gather": {"Say"}, "Dial": {"Number", "Queue"}, "Response": VERBS}
MAY_BE_EMPTY = re.compile(r"/(receipt|leg)$|^/voice/ended$|^/sms$")
FORM = "application/x-www-form-urlencoded"
KINDS = ("application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain", "", "\x7f/x")


class Unfit(AssertionError):
    """An answer that the carrier could do nothing with, or that says too much."""


def doors(app: Flask) -> list[Rule]:
    """Every address that the carrier posts to, found in the application itself."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in DOORS]


def addresses(rule: Rule) -> st.SearchStrategy[str]:
    """The address, with what may stand, and what may not, in the places of its variables."""
    parts = re.split(r"<(?:([^<>]+):)?(\w+)>", rule.rule)
    pieces = [st.just(parts[0])]
    for converter, _, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pieces += [_values(converter).map(lambda value: quote(value, safe="", errors="replace")), st.just(after)]
    return st.tuples(*pieces).map("".join)


def _values(converter: str | None) -> st.SearchStrategy[str]:
    if converter == "int":
        small, odd = st.integers(0, 5).map(str), st.sampled_from(["00", "-1", "9" * 30, "x", "\u0663"])
        return st.one_of(small, small, odd)
    if converter:
        return st.sampled_from([*re.findall(r"\w+", converter.removeprefix("any")), "nothing"])
    return st.one_of(st.sampled_from([*IDS, BUNDLE]), st.sampled_from([*IDS, BUNDLE]), any_text)


def posted(desk: Desk, app: Flask, path: str, form: list[tuple[str, str]], content_type: str = FORM) -> TestResponse:
    """The form, signed as the carrier signs it, for the address as it stands."""
    sent = [(_sendable(name), _sendable(value)) for name, value in form]
    body = urlencode(sent)
    ours = desk.world.settings
    signature = RequestValidator(ours.auth_token).compute_signature(ours.public_url + path, MultiDict(sent))
    headers = {"X-Twilio-Signature": signature}
    parts = urlsplit(path)
    return app.test_client().post(
        parts.path, query_string=parts.query, data=body, content_type=content_type, headers=headers,
        environ_overrides={"REQUEST_URI": path, "RAW_URI": path},
    )  # fmt: skip


def _sendable(text: str) -> str:
    """What a wire can carry: a lone surrogate cannot be sent in UTF-8."""
    return text.encode(errors="replace").decode()


def judge(path: str, response: TestResponse) -> str:
    """What kind of an answer it is: "refused", or its last verb. Raises Unfit where it is neither markup nor a refusal."""
    if 400 <= response.status_code < 500:
        if len(response.get_data(as_text=True)) < 5:
            raise Unfit(f"{path}: refused without a reason")
        return "refused"
    if response.status_code != 200 or not (response.content_type or "").startswith("text/xml"):
        raise Unfit(f"{path}: {response.status_code} {response.content_type}")
    try:
        root = ElementTree.fromstring(response.data)
    except ElementTree.ParseError as error:
        raise Unfit(f"{path}: {error}") from None
    return _verbs(path, root)


def _verbs(path: str, root: ElementTree.Element) -> str:
    if root.tag != "Response":
        raise Unfit(f"{path}: {root.tag}")
    verbs = [each.tag for each in root]
    if not verbs:
        if not MAY_BE_EMPTY.search(urlsplit(path).path):
            raise Unfit(f"{path}: a call with nothing to do next")
        return "nothing"
    if set(verbs) == {"Message"}:
        return "Message"
    inner = [(each.tag, child.tag) for each in root for child in each]
    wrong = set(verbs) - VERBS | {f"{outer}/{tag}" for outer, tag in inner if tag not in WITHIN.get(outer, set())}
    if wrong or verbs[-1] not in ENDS:
        raise Unfit(f"{path}: {verbs} {wrong}")
    return verbs[-1]


def fuzz(desk: Desk, app: Flask, rule: Rule, chosen: settings) -> set[str]:
    """Post what nobody meant to this address. Returns the kinds of answers. Raises Unfit."""
    answers = set[str]()

    @chosen
    @given(addresses(rule), forms, st.one_of(st.just(FORM), st.just(FORM), st.just(FORM), st.sampled_from(KINDS)))
    def post(path: str, form: list[tuple[str, str]], kind: str) -> None:
        answers.add(check(desk, app, path, form, kind))

    post()
    return answers


def check(desk: Desk, app: Flask, path: str, form: list[tuple[str, str]], content_type: str = FORM) -> str:
    """Post it, and judge the answer and what was logged. Raises Unfit."""
    with listening() as heard:
        found = judge(path, posted(desk, app, path, form, content_type))
    if heard:
        raise Unfit(f"{path}: {heard[0][:300]}")
    return found


def sound(desk: Desk) -> None:
    """Every request in the store can be read, and is one that the house knows."""
    for request in desk.world.store.requests():
        assert (request.state is State.ACCEPTED) <= bool(request.accepted_by)
        assert (request.state in (State.OPEN, State.ACCEPTED)) <= (request.due_at is not None)
        assert [message.n for message in request.messages] == list(range(len(request.messages)))


@contextmanager
def listening() -> Iterator[list[str]]:
    """What is logged as an error meanwhile."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(self.format(record))

    ear = Ear(logging.ERROR)
    logging.getLogger().addHandler(ear)
    try:
        yield heard
    finally:
        logging.getLogger().removeHandler(ear)
