"""What every address takes and what it may answer, as OpenAPI 3.1: made from the application's addresses and the tables here.

An address that is added must be written into ANSWERS. `python -m tests.scan --print` shows the description."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from tests.web.test_every_route import CARRIER, FORMS

HTML, JSON, XML, NONE = "text/html", "application/json", "text/xml", ""
Answers = Mapping[int, tuple[str, ...]]

PAGE: Answers = {200: (HTML,)}
DATA: Answers = {200: (JSON,)}
TO_LOG_IN: Answers = {302: (HTML,)}
SAID = (HTML, JSON)  # a refusal is a small page, or the same for a script that asks for JSON
NOBODY: Answers = {401: SAID}
AWAY: Answers = {503: SAID}
FORM: Answers = {400: SAID, 401: SAID, 403: SAID, 413: SAID, 503: SAID}  # what any form of people may be answered
DONE: Answers = {200: SAID, 303: (HTML,)}
ACT: Answers = {**DONE, **FORM, 404: SAID, 409: SAID}
ROTA: Answers = {**FORM, 303: (HTML,)}
TWIML: Answers = {200: (XML,), 403: SAID, 413: SAID}

ANSWERS: dict[str, Answers] = {
    "static": {200: ("text/css", "text/javascript", "image/svg+xml", "text/plain"), 304: (NONE,), 404: SAID},
    "health.live": DATA,
    "health.ready": {**DATA, 503: (JSON,)},
    "board.page": {**PAGE, **TO_LOG_IN, 503: SAID},
    "board.changes": {**DATA, 204: (HTML,), **NOBODY, **AWAY},
    "board.messages": {**PAGE, **NOBODY, **AWAY, 404: SAID},
    "board.stream": {200: ("text/event-stream",), **NOBODY, **AWAY},
    **{endpoint: ACT for endpoint in FORMS if endpoint.startswith("acts.")},
    "rota.page": {**PAGE, **TO_LOG_IN, 401: SAID, 503: SAID},
    "rota.version": {**DATA, **NOBODY, **AWAY},
    "rota.override": ROTA,
    "rota.leave": ROTA,
    "rota.cancel": ROTA,
    "rota.replace_feed": ROTA,
    "figures.page": {**PAGE, **TO_LOG_IN, 400: SAID, 503: SAID},
    "figures.download": {200: ("text/csv",), **TO_LOG_IN, 400: SAID, 503: SAID},
    "feeds.feed": {200: ("text/calendar",), 304: (NONE,), **dict.fromkeys((404, 429, 503), ("text/plain",))},
    "audit.page": {**PAGE, **TO_LOG_IN, 400: SAID, 403: SAID, 503: SAID},
    "audit.download": {200: ("text/csv",), **TO_LOG_IN, 400: SAID, 403: SAID, 503: SAID},
    "audit.check": ROTA,
    "auth.login": {**PAGE, **TO_LOG_IN},
    "auth.enter": {303: (HTML,), 400: SAID, 403: (HTML,), 413: SAID, 429: (HTML,), 503: SAID},
    "auth.code": {**PAGE, **TO_LOG_IN},
    "auth.prove": {303: (HTML,), 400: SAID, 403: (HTML,), 413: SAID, 429: (HTML,), 503: SAID},
    "auth.logout": {302: (HTML,), 400: SAID, 413: SAID},
}
POSTED = frozenset({*FORMS, "audit.check", "auth.logout"})  # and what the carrier sends; everything else is only asked for
QUERIES: dict[str, dict[str, tuple[str, ...]]] = {
    "board.changes": {"since": ("",)},
    "board.stream": {"since": ("",)},
    "figures.page": {"day": ("2026-11-22",), "month": ("2026-11",)},
    "figures.download": {"day": ("2026-11-22",), "month": ("2026-11",)},
    "audit.page": {"who": ("mary",), "about": ("rota", "log-ins"), "day": ("2026-11-22",), "code": ("412",), "before": ("3",)},
    "audit.download": {"who": ("mary",), "about": ("rota",), "day": ("2026-11-22",), "code": ("412",)},
    "auth.login": {"next": ("/rota", "//evil.example", "https://evil.example"), "out": ("1",)},
}
STATUSES = ("queued", "sent", "delivered", "undelivered", "failed", "completed", "busy", "no-answer", "canceled", "in-progress")
WEBHOOK: dict[str, tuple[str, ...]] = {  # what the carrier's forms hold, as far as anybody reads it
    "CallSid": ("CA00000000000000000000000000000001",),
    "MessageSid": ("SM00000000000000000000000000000001",),
    "From": ("+12565550123", "+12565550137", "anonymous", ""),
    "To": ("+18445550100",),
    "Body": ("1", "2", "1 412", "WHO", "CALL 412", "ETA 20", "STOP", "C 412"),
    "Digits": ("1", "0", "36203", "#", "*"),
    "SpeechResult": ("Oxford", "yes", "three six two oh three", "Calhoun County"),
    "Confidence": ("0.9", "NaN", "-1"),
    "MessageStatus": STATUSES,
    "CallStatus": STATUSES,
    "DialCallStatus": STATUSES,
    "DialCallSid": ("CA00000000000000000000000000000002",),
    "QueueResult": ("bridged", "hangup", "leave", "queue-full"),
    "QueueSid": ("QU00000000000000000000000000000001",),
    "AnsweredBy": ("human", "machine_start", "unknown"),
    "ErrorCode": ("30003", "21610", "0"),
}
_VARIABLE = re.compile(r"<(?:(?P<kind>\w+)(?:\((?P<choices>[^)]*)\))?:)?(?P<name>\w+)>")


def describe(app: Flask, known: Mapping[str, tuple[str, ...]], account: str) -> dict[str, Any]:
    """The description. `known` holds values of variables of addresses for which something is there, such as a request's id."""
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        path = _VARIABLE.sub(lambda found: f"{{{found['name']}}}", rule.rule)
        method = "POST" if rule.endpoint in POSTED or is_carrier_s(rule) else "GET"
        paths.setdefault(path, {})[method.lower()] = _operation(rule, method, known, account)
    return {"openapi": "3.1.0", "info": {"title": "The bridge", "version": "1"}, "paths": paths}


def is_carrier_s(rule: Rule) -> bool:
    """Whether only the carrier has anything to send there."""
    return rule.endpoint.partition(".")[0] in CARRIER


def _operation(rule: Rule, method: str, known: Mapping[str, tuple[str, ...]], account: str) -> dict[str, Any]:
    carrier = is_carrier_s(rule)
    answers = TWIML if carrier else ANSWERS[rule.endpoint]
    fields = {**WEBHOOK, "AccountSid": (account,)} if carrier else {k: (v,) for k, v in FORMS.get(rule.endpoint, {}).items()}
    query = [_parameter("query", name, _text(seen)) for name, seen in QUERIES.get(rule.endpoint, {}).items()]
    operation: dict[str, Any] = {
        "operationId": rule.endpoint,
        "x-fits": {"path": _fitting(rule, known), "form": {name: seen[0] for name, seen in fields.items()}},
        "parameters": [*_variables(rule, known), *query],
        "responses": {str(code): _answer(kinds) for code, kinds in {**answers, **_unknown(rule)}.items()},
    }
    if method == "POST":
        properties = {name: _text(seen) for name, seen in fields.items()}
        form = {"type": "object", "properties": properties, "additionalProperties": False}
        operation["requestBody"] = {"content": {"application/x-www-form-urlencoded": {"schema": form}}}
    return operation


def _unknown(rule: Rule) -> Answers:
    """What is not of the form that the address has is no address."""
    return {404: SAID} if _VARIABLE.search(rule.rule) and rule.endpoint != "feeds.feed" else {}


def _variables(rule: Rule, known: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    return [_parameter("path", found["name"], _variable(found, known)) for found in _VARIABLE.finditer(rule.rule)]


def _variable(found: "re.Match[str]", known: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    if found["kind"] == "int":
        return {"type": "integer", "minimum": 0}
    if found["kind"] == "any":
        return {"enum": [each.strip(" '\"") for each in found["choices"].split(",")]}
    return {"anyOf": [{"enum": list(known.get(found["name"], ("0",)))}, {"type": "string", "minLength": 1, "maxLength": 64}]}


def _fitting(rule: Rule, known: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """An address at which there is something."""
    found = {each["name"]: _variable(each, known) for each in _VARIABLE.finditer(rule.rule)}
    return {
        name: each.get("minimum", 0) if "type" in each else each.get("enum", known.get(name, ("0",)))[0]
        for name, each in found.items()
    }


def _parameter(where: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"in": where, "name": name, "required": where == "path", "schema": schema}


def _text(seen: tuple[str, ...]) -> dict[str, Any]:
    return {"anyOf": [{"enum": list(seen)}, {"type": "string"}]}


def _answer(kinds: tuple[str, ...]) -> dict[str, Any]:
    content = {"content": {kind: {} for kind in kinds if kind}} if any(kinds) else {}
    return {"description": "see bridge/web", **content}
