"""The JSON API behind the telephones in the browser and in the terminal (see the package's docstring)."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request
from werkzeug.exceptions import HTTPException

from bridge.simulator.carrier import Carrier
from bridge.simulator.leg import CallLeg
from bridge.simulator.phones import Phone, Received

LONGEST_WAIT = 30.0  # seconds
OLD_CALLS = 12  # calls that are shown after they are over

ACTS: dict[str, Callable[[CallLeg, dict[str, Any]], object]] = {
    "press": lambda leg, given: leg.press(str(given["digits"])),
    "say": lambda leg, given: leg.say(str(given["speech"]), float(given.get("confidence", 0.9))),
    "silence": lambda leg, given: leg.silence(),
    "answer": lambda leg, given: leg.answer(),
    "decline": lambda leg, given: leg.decline(),
    "noanswer": lambda leg, given: leg.no_answer(),
    "hangup": lambda leg, given: leg.hang_up(),
    "timeup": lambda leg, given: leg.time_up(),
}


def blueprint(carrier: Carrier) -> Blueprint:
    """The API under /sim."""
    sim = Blueprint("sim", __name__, url_prefix="/sim")

    @sim.get("/state")
    def state() -> Response:
        since = request.args.get("since", 0, int)
        carrier.journal.wait(since, min(request.args.get("wait", 0.0, float), LONGEST_WAIT))
        return jsonify(_state(carrier, since))

    @sim.get("/traffic")
    def traffic() -> Response:
        return jsonify(carrier.traffic.as_json())

    @sim.post("/calls")
    def dial() -> Response:
        given = request.get_json()
        leg = carrier.phone(str(given["from"])).dial(given.get("to"))
        return make_response(jsonify(call_json(leg)), 201)

    @sim.get("/calls/<sid>")
    def look(sid: str) -> Response:
        return jsonify(call_json(carrier.legs[sid]))

    @sim.post("/calls/<sid>/<act>")
    def act(sid: str, act: str) -> Response:
        leg = carrier.legs[sid]
        ACTS[act](leg, request.get_json())
        return jsonify(call_json(leg))

    @sim.post("/phones/<number>/text")
    def text(number: str) -> Response:
        given = request.get_json()
        return jsonify({"replies": carrier.phone(number).send_text(str(given["body"]), given.get("to"))})

    @sim.post("/phones/<number>/behave")
    def behave(number: str) -> Response:
        given = request.get_json()
        phone = carrier.phone(number).behave(
            given.get("text"), given.get("call"), error=given.get("error"), keys=given.get("keys")
        )
        carrier.journal.add("behaves", f"texts: {phone.behaviour.text}, calls: {phone.behaviour.call}", number=number)
        return jsonify(phone_json(phone))

    @sim.post("/faults")
    def faults() -> Response:
        given = request.get_json()
        for what in _switch(carrier, given):
            carrier.journal.add("fault switched", what)
        return jsonify(carrier.faults.as_json())

    @sim.errorhandler(KeyError)
    @sim.errorhandler(ValueError)
    @sim.errorhandler(RuntimeError)
    def refuse(error: Exception) -> Response:
        status = 409 if isinstance(error, RuntimeError) else 404 if isinstance(error, KeyError) else 400
        return make_response(jsonify({"error": f"{type(error).__name__}: {error}"}), status)

    @sim.errorhandler(HTTPException)
    def unknown(error: HTTPException) -> Response:
        return make_response(jsonify({"error": error.description}), error.code or 500)

    return sim


def _switch(carrier: Carrier, given: dict[str, Any]) -> Iterator[str]:
    """Turn the switches; yields what was done, in words."""
    if given.get("clear"):
        carrier.faults.clear()
        carrier.receipts.release()
        yield "all off"
    if "off" in given:
        carrier.faults.off(given["off"])
        yield f"{given['off']} off"
    if "rest" in given:
        fault = {"resource": "any", "times": None, **given["rest"]}
        carrier.faults.rest(**fault)
        yield f"{fault['kind']} for {fault['resource']}, {fault['times'] or 'every'} request"
    if "receipts" in given:
        carrier.faults.receipts(given["receipts"])
        yield f"receipts {given['receipts']}"
    if "retention" in given:
        carrier.retention_feature = bool(given["retention"])
        yield f"contents and addresses {'can' if carrier.retention_feature else 'cannot'} be discarded"
    if "refused" in given:
        seconds = float(str(given["refused"]))
        yield f"nobody can connect for {seconds:g} s"
        carrier.faults.refuse(seconds)


def _state(carrier: Carrier, since: int) -> dict[str, object]:
    seq = carrier.journal.seq  # before the rest is looked at: what comes in between is told again, not lost
    calls = carrier.listed_calls()
    shown = [leg for leg in calls if leg.live] + [leg for leg in calls if not leg.live][:OLD_CALLS]
    return {
        "seq": seq,
        "line": carrier.line.phone_number,
        "phones": [phone_json(phone) for phone in list(carrier.phones.values())],
        "calls": [call_json(leg) for leg in shown],
        "entries": [entry.as_json() for entry in carrier.journal.entries(since=since) if entry.seq <= seq],
        "faults": carrier.faults.as_json(),
    }


def call_json(leg: CallLeg) -> dict[str, object]:
    """One end of a call."""
    return {
        "sid": leg.sid,
        "phone": leg.phone.number,
        "from": leg.record.sender,
        "to": leg.record.to,
        "direction": leg.record.direction,
        "state": leg.state,
        "waiting_for": leg.waiting_for,
        "connected_to": leg.connected_to,
        "queue": leg.queue,
        "heard": list(leg.heard),
        "pressed": list(leg.pressed),
    }


def phone_json(phone: Phone) -> dict[str, object]:
    """One phone, its texts both ways in the order of time."""
    ringing, call = phone.ringing, phone.call
    texts = [_text(each, "in") for each in list(phone.texts)] + [_text(each, "out") for each in list(phone.sent)]
    return {
        "number": phone.number,
        "name": phone.name,
        "about": phone.about,
        "kind": phone.kind,
        "behaviour": vars(phone.behaviour),
        "texts": sorted(texts, key=lambda text: text["at"]),
        "ringing": ringing.sid if ringing else None,
        "call": call.sid if call else None,
    }


def _text(text: Received, way: str) -> dict[str, str]:
    return {"way": way, "body": text.body, "at": text.at.isoformat(), "sid": text.sid}
