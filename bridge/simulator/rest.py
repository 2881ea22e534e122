"""The door of the REST API: who may come in, what is counted, what is spoilt on purpose, and how errors look."""

import hmac
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, Response, g, jsonify, make_response, request

from bridge.simulator import rest_accounts, rest_calls, rest_messages, rest_numbers, rest_queues, rest_recordings
from bridge.simulator.carrier import Carrier
from bridge.simulator.errors import RestError
from bridge.simulator.faults import RestFault
from bridge.simulator.model import API_VERSION

LONGEST_HANG = 60.0  # seconds
RESOURCES = {"Messages": "messages", "Calls": "calls", "Queues": "queues", "IncomingPhoneNumbers": "numbers"}


@dataclass(frozen=True)
class Arrival:
    """When a request came in: `wall` in seconds since 1970, `perf` as `time.perf_counter` counts."""

    method: str
    resource: str
    path: str
    to: str
    wall: float
    perf: float


def blueprint(carrier: Carrier, arrivals: list[Arrival]) -> Blueprint:
    """The API under /2010-04-01."""
    rest = Blueprint("rest", __name__, url_prefix=f"/{API_VERSION}/Accounts/<account>")

    @rest.before_request
    def come_in() -> Response | None:
        resource = _resource()
        arrivals.append(
            Arrival(request.method, resource, request.path, request.form.get("To", ""), time.time(), time.perf_counter())
        )
        _authenticate(carrier)
        fault = carrier.faults.take(resource, request.method)
        if fault is None:
            return None
        carrier.journal.add("fault", f"{fault.kind} of {resource}{' after it was carried out' if fault.processed else ''}")
        if fault.processed and fault.kind != "429":  # a 429 was never carried out
            g.fault = fault
            return None
        return _spoilt(carrier, fault)

    @rest.after_request
    def go_out(response: Response) -> Response:
        fault: RestFault | None = g.pop("fault", None)
        return _spoilt(carrier, fault) if fault else response

    @rest.errorhandler(RestError)
    def refuse(error: RestError) -> Response:
        level = "info" if error.blameless else "warning"
        to = request.form.get("To", "")
        carrier.journal.add("refused", error.message, number=to, level=level, code=error.code)
        return _error(error)

    rest_accounts.add(rest, carrier)
    rest_messages.add(rest, carrier)
    rest_calls.add(rest, carrier)
    rest_numbers.add(rest, carrier)
    rest_queues.add(rest, carrier)
    rest_recordings.add(rest, carrier)

    @rest.route("/<path:path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def nothing(account: str, path: str) -> Response:
        raise RestError(20404 if request.method in ("GET", "POST", "DELETE") else 20004, request.path)

    return rest


def _error(error: RestError) -> Response:
    response = make_response(jsonify(error.as_json()), error.status)
    if error.code == 20003:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response


def _resource() -> str:
    part = request.path.split("/")[4:5]
    return RESOURCES.get(part[0].removesuffix(".json"), "other") if part else "other"


def _authenticate(carrier: Carrier) -> None:
    account = (request.view_args or {}).get("account")
    given = request.authorization
    user, password = (given.username or "", given.password or "") if given else ("", "")
    fits = hmac.compare_digest(password.encode(), carrier.auth_token.encode())
    if not (fits and user == carrier.account_sid == account):
        raise RestError(20003)


def _spoilt(carrier: Carrier, fault: RestFault) -> Response:
    match fault.kind:
        case "429":
            response = _error(RestError(20429))
            response.headers["Retry-After"] = str(fault.retry_after)
            return response
        case "garbage":
            return Response("<html><body>It works!</body></html>", 200, content_type="text/html")
        case "hang":
            carrier.faults.over.wait(LONGEST_HANG)
            return _reset()
        case "reset":
            return _reset()
        case "20009" | "20001":
            return _error(RestError(int(fault.kind), "on purpose"))
        case _:
            response = _error(RestError(20503 if fault.kind == "503" else 20500))
            response.status_code = int(fault.kind)
            return response


def _reset() -> Response:
    """Drop the connection without an answer (a plain 502 where the server does not show its socket)."""
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)  # closing is not enough: the server's files hold the socket open
    return Response("", 502)
