"""The account itself: https://www.twilio.com/docs/iam/api/account . To read only."""

from flask import Blueprint, Response, jsonify

from bridge.simulator.carrier import Carrier
from bridge.simulator.clock import rfc2822
from bridge.simulator.model import API_VERSION

SUBRESOURCES = ("calls", "incoming_phone_numbers", "messages", "queues")


def add(rest: Blueprint, carrier: Carrier) -> None:
    """The route of this resource. It stands beside the folder of all the others, and the same door leads to it."""

    def fetch_account(account: str) -> Response:
        return jsonify(as_json(carrier))

    path, endpoint = f"/{API_VERSION}/Accounts/<account>.json", f"{rest.name}.fetch_account"
    rest.record(lambda state: state.app.add_url_rule(path, endpoint, fetch_account))


def as_json(carrier: Carrier) -> dict[str, object]:
    """The resource as Twilio shows it."""
    uri = f"/{API_VERSION}/Accounts/{carrier.account_sid}"
    created = rfc2822(carrier.line.created)
    return {
        "sid": carrier.account_sid,
        "owner_account_sid": carrier.account_sid,
        "friendly_name": "The bridge",
        "auth_token": "",  # Twilio shows it; nobody needs it here
        "status": carrier.status,
        "type": carrier.kind,
        "date_created": created,
        "date_updated": created,
        "uri": f"{uri}.json",
        "subresource_uris": {name: f"{uri}/{''.join(map(str.capitalize, name.split('_')))}.json" for name in SUBRESOURCES},
    }
