"""Recordings: https://www.twilio.com/docs/voice/api/recording . To list only: nothing is ever recorded here."""

from flask import Blueprint, Response, jsonify, request

from bridge.simulator import params
from bridge.simulator.carrier import Carrier
from bridge.simulator.clock import rfc2822
from bridge.simulator.model import API_VERSION


def add(rest: Blueprint, carrier: Carrier) -> None:
    """The route of this resource."""

    @rest.get("/Recordings.json")
    def list_recordings(account: str) -> Response:
        return jsonify(params.page("recordings", request.path, [as_json(carrier, each) for each in carrier.recordings]))


def as_json(carrier: Carrier, sid: str) -> dict[str, object]:
    """The resource as Twilio shows it."""
    created = rfc2822(carrier.line.created)
    return {
        "sid": sid,
        "account_sid": carrier.account_sid,
        "api_version": API_VERSION,
        "status": "completed",
        "date_created": created,
        "date_updated": created,
        "uri": f"/{API_VERSION}/Accounts/{carrier.account_sid}/Recordings/{sid}.json",
    }
