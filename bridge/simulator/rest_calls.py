"""Calls: https://www.twilio.com/docs/voice/api/call-resource ."""

from threading import Event

from flask import Blueprint, Response, jsonify, make_response, request

from bridge.simulator import params
from bridge.simulator.carrier import Carrier
from bridge.simulator.clock import rfc2822
from bridge.simulator.errors import RestError
from bridge.simulator.leg import CallLeg
from bridge.simulator.model import API_VERSION, Callbacks, Script

EVENTS = {"initiated", "ringing", "answered", "completed"}
LONGEST_TWIML = 4000  # characters
PATIENCE = 0.5  # seconds that an update may take before its request is answered without it


def add(rest: Blueprint, carrier: Carrier) -> None:
    """The routes of this resource."""

    def found(sid: str) -> CallLeg:
        leg = carrier.legs.get(sid)
        if leg is None:
            raise RestError(20404, request.path)
        return leg

    @rest.post("/Calls.json")
    def create_call(account: str) -> Response:
        to = params.recipient(21201, 21215)
        sender = params.sender(carrier, 21213, 21210)
        leg = carrier.place_call(sender, to, _script())
        return make_response(jsonify(as_json(carrier, leg)), 201)

    @rest.get("/Calls.json")
    def list_calls(account: str) -> Response:
        wanted = _filtered(carrier.listed_calls())
        return jsonify(params.page("calls", request.path, [as_json(carrier, leg) for leg in wanted]))

    @rest.get("/Calls/<sid>.json")
    def fetch_call(account: str, sid: str) -> Response:
        return jsonify(as_json(carrier, found(sid)))

    @rest.post("/Calls/<sid>.json")
    def update_call(account: str, sid: str) -> Response:
        leg = found(sid)
        _update(carrier, leg)
        return jsonify(as_json(carrier, leg))

    @rest.delete("/Calls/<sid>.json")
    def delete_call(account: str, sid: str) -> Response:
        leg = found(sid)
        if leg.live:
            raise RestError(20009, f"the call is {leg.state}")
        carrier.discard_call(sid)
        carrier.journal.add("deleted", sid=sid)
        return Response(status=204)


def _script(*, update: bool = False) -> Script:
    url, twiml = params.url("Url", 21205), request.form.get("Twiml", "")
    if not (url or twiml) or len(twiml) > LONGEST_TWIML:
        raise RestError(21205, "one of Url and Twiml (at most 4000 characters)")
    return Script(
        url="" if twiml else url,
        method=params.method("Method"),
        twiml=twiml,
        fallback_url=params.url("FallbackUrl", 21205),
        fallback_method=params.method("FallbackMethod"),
        machine_detection=_machine_detection(),
        callbacks=Callbacks() if update else _callbacks(),
        timeout=params.whole("Timeout", 60, 1, 600, 21208),
    )


def _machine_detection() -> bool:
    given = request.form.get("MachineDetection", "")
    if given not in ("", "Enable", "DetectMessageEnd"):
        raise RestError(20001, f"MachineDetection={given}")
    return bool(given)


def _callbacks() -> Callbacks:
    events = tuple(word for value in request.form.getlist("StatusCallbackEvent") for word in value.split())
    if set(events) - EVENTS:
        raise RestError(20001, f"StatusCallbackEvent={' '.join(events)}")
    url = params.url("StatusCallback", 21609)
    return Callbacks(url, params.method("StatusCallbackMethod"), events or ("completed",))


def _update(carrier: Carrier, leg: CallLeg) -> None:
    """Carried out in the background: the request may come from within a webhook of this very call."""
    status = request.form.get("Status", "")
    if status not in ("", "canceled", "completed"):
        raise RestError(20001, f"Status={status}")
    if not leg.live:
        raise RestError(21220, f"the call is {leg.state}")
    script = None if status else _script(update=True)
    if status == "canceled" and leg.state == "in-progress":
        return  # Twilio cancels only what is queued or ringing, and does not complain
    done = Event()

    def change() -> None:
        with leg.lock:
            if script is None:
                leg.end("completed" if leg.record.started else "canceled")
            elif leg.live and leg.runner:
                leg.runner.redirect(script)
        done.set()

    carrier.background.submit(leg.sid + "/update", change)
    done.wait(PATIENCE)


def _filtered(legs: list[CallLeg]) -> list[CallLeg]:
    to, sender, status, parent = (request.args.get(name) for name in ("To", "From", "Status", "ParentCallSid"))
    fits = params.dated("StartTime")
    return [
        leg
        for leg in legs
        if to in (None, leg.record.to)
        and sender in (None, leg.record.sender)
        and status in (None, leg.state)
        and parent in (None, leg.record.parent_sid)
        and fits(leg.record.started or leg.record.created)
    ]


def as_json(carrier: Carrier, leg: CallLeg) -> dict[str, object]:
    """The resource as Twilio shows it."""
    record = leg.record
    uri = f"/{API_VERSION}/Accounts/{carrier.account_sid}/Calls/{record.sid}"
    owned = carrier.owned.get(record.to if record.direction == "inbound" else record.sender)
    subresources = ("Notifications", "Recordings", "Payments", "Events", "Siprec", "Streams")
    return {
        "sid": record.sid,
        "account_sid": carrier.account_sid,
        "parent_call_sid": record.parent_sid or None,
        "phone_number_sid": owned.sid if owned else None,
        "api_version": API_VERSION,
        "direction": record.direction,
        "from": record.sender,
        "from_formatted": record.sender,
        "to": record.to,
        "to_formatted": record.to,
        "status": record.status,
        "answered_by": record.answered_by or None,
        "forwarded_from": None,
        "caller_name": None,
        "annotation": None,
        "group_sid": None,
        "trunk_sid": "",
        "queue_time": "0",
        "duration": str(record.seconds) if record.final else None,
        "price": None,
        "price_unit": "USD",
        "date_created": rfc2822(record.created),
        "date_updated": rfc2822(record.ended or record.started or record.created),
        "start_time": rfc2822(record.started),
        "end_time": rfc2822(record.ended),
        "uri": f"{uri}.json",
        "subresource_uris": {name.lower(): f"{uri}/{name}.json" for name in subresources},
    }
