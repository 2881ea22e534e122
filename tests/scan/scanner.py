"""Schemathesis, let loose on a running web process as each role: every answer must be one that the description allows."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis import checks
from schemathesis.specs.openapi.checks import response_headers_conformance, response_schema_conformance, status_code_conformance
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tests.scan.api import JSON
from tests.web.test_every_route import CARRIER

CHECKS = [
    checks.not_a_server_error,
    checks.content_type_conformance,
    status_code_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MAY_BE_AWAY = ("health.ready",)  # 503 is what it is there to say
LAST = "acts.close"  # who was waiting is not there any more after it
NOT_CALLED = ("board.stream",)  # it does not end by itself, and is looked at elsewhere
OVERRIDE = {"X-HTTP-Method-Override": "POST", "X-Method-Override": "POST"}
PERSONAL = ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy")


class Signed(AuthBase):
    """Signs what it sends as the carrier would."""

    def __init__(self, token: str, public_url: str) -> None:
        self._validator, self._public_url = RequestValidator(token), public_url

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        body = request.body or ""
        text = body.decode("utf-8", "surrogateescape") if isinstance(body, bytes) else body
        form = MultiDict(parse_qsl(text, keep_blank_values=True, errors="replace"))
        url = self._public_url + request.path_url
        request.headers["X-Twilio-Signature"] = self._validator.compute_signature(url, form)
        return request


@dataclass
class Scanner:
    """`browsers` holds the headers of each role that is logged in, and none for nobody; `calls` counts what was sent."""

    raw: dict[str, Any]
    url: str
    signed: Signed
    browsers: Mapping[str, dict[str, str]]
    calls: int = 0
    codes: dict[str, set[int]] = field(default_factory=dict)

    def operations(self) -> Iterator[Any]:
        """Every address with each of its methods."""
        all_of_them = [found.ok() for found in schemathesis.openapi.from_dict(self.raw).get_all_operations()]
        for operation in sorted(all_of_them, key=lambda each: name_of(each) == LAST):
            if name_of(operation) not in NOT_CALLED:
                yield operation

    def scan(self, operation: Any, examples: int) -> None:
        """In each role: send what fits, and so many other things, to where something is and to wherever. Raises what
        schemathesis finds."""
        name = name_of(operation)
        carrier = name.partition(".")[0] in CARRIER
        for role in ("carrier", "nobody") if carrier else self.browsers:
            for strategy, count in strategies(operation, examples):
                run(strategy, count, lambda case, role=role: self._send(name, role, case))  # type: ignore[misc]

    def _send(self, name: str, role: str, case: Any) -> None:
        headers = {"Accept": JSON} if self.calls % 2 else {}
        browser = dict(self.browsers.get(role, {}))
        if name == "auth.logout":
            browser.pop("X-CSRFToken", None)  # the others of this role would be logged out too
        auth = self.signed if role == "carrier" else None
        response = case.call(base_url=self.url, headers={**headers, **browser}, auth=auth, allow_redirects=False, timeout=20)
        self.calls += 1
        self.codes.setdefault(name, set()).add(response.status_code)
        case.validate_response(response, checks=CHECKS[name in MAY_BE_AWAY :])
        lacks = [header for header in PERSONAL if header.lower() not in {each.lower() for each in response.headers}]
        assert not lacks, f"{name} answers without {lacks}"


def name_of(operation: Any) -> str:
    """The endpoint's name."""
    return str(operation.definition.raw["operationId"])


def strategies(operation: Any, examples: int) -> Iterator[tuple[Any, int]]:
    """What is sent, and how many of each."""
    fits = operation.definition.raw["x-fits"]
    there = {"path_parameters": fits["path"]} if fits["path"] else {}
    yield operation.as_strategy(**there, **({"body": fits["form"]} if fits["form"] else {})), 1
    yield operation.as_strategy(**there), examples
    if there:
        yield operation.as_strategy(), examples


def run(strategy: Any, examples: int, send: Callable[[Any], None]) -> None:
    """The same examples each time: what is found once is found again."""

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def sent(case: Any) -> None:
        send(case)

    sent()


def undeclared(raw: dict[str, Any], url: str) -> list[str]:
    """Methods that an address takes and the description does not name, or that are not refused as they should be."""
    wrong = []
    for path, methods in raw["paths"].items():
        there = (
            path.replace("{filename}", "board.css").replace("{how}", "queued").replace("{menu}", "take").replace("{key}", "1")
        )
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"):
            if method.lower() in methods:
                continue
            where = url + _filled(there)
            answer = requests.request(
                method, where, headers={"X-HTTP-Method-Override": "POST"}, timeout=20, allow_redirects=False
            )
            if answer.status_code != 405 or method in answer.headers.get("Allow", ""):
                wrong.append(f"{method} {path}: {answer.status_code}")
    return wrong


def _filled(path: str) -> str:
    """The address, with something in the place of each variable."""
    known = {"filename": "board.css", "how": "queued", "menu": "take", "key": "1"}
    return re.sub(r"{(\w+)}", lambda found: known.get(found[1], "0"), path)
