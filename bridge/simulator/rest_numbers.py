"""IncomingPhoneNumbers: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource ."""

from flask import Blueprint, Response, jsonify, request

from bridge.simulator import params
from bridge.simulator.carrier import Carrier
from bridge.simulator.clock import rfc2822
from bridge.simulator.errors import RestError
from bridge.simulator.model import API_VERSION, OwnedNumber

URLS = {
    "VoiceUrl": "voice_url",
    "VoiceFallbackUrl": "voice_fallback_url",
    "SmsUrl": "sms_url",
    "SmsFallbackUrl": "sms_fallback_url",
    "StatusCallback": "status_callback",
}
METHODS = {
    "VoiceMethod": "voice_method",
    "VoiceFallbackMethod": "voice_fallback_method",
    "SmsMethod": "sms_method",
    "SmsFallbackMethod": "sms_fallback_method",
    "StatusCallbackMethod": "status_callback_method",
}

ELSEWHERE = ("voice_application_sid", "sms_application_sid", "trunk_sid")


def add(rest: Blueprint, carrier: Carrier) -> None:
    """The routes of this resource."""

    def found(sid: str) -> OwnedNumber:
        for number in carrier.owned.values():
            if number.sid == sid:
                return number
        raise RestError(20404, request.path)

    @rest.get("/IncomingPhoneNumbers.json")
    def list_numbers(account: str) -> Response:
        wanted = request.args.get("PhoneNumber")
        shown = [as_json(carrier, each) for each in carrier.owned.values() if wanted in (None, each.phone_number)]
        return jsonify(params.page("incoming_phone_numbers", request.path, shown))

    @rest.get("/IncomingPhoneNumbers/<sid>.json")
    def fetch_number(account: str, sid: str) -> Response:
        return jsonify(as_json(carrier, found(sid)))

    @rest.post("/IncomingPhoneNumbers/<sid>.json")
    def update_number(account: str, sid: str) -> Response:
        number = found(sid)
        changes = {attribute: params.url(name, 21402) for name, attribute in URLS.items() if name in request.form}
        changes |= {attribute: params.method(name) for name, attribute in METHODS.items() if name in request.form}
        if "FriendlyName" in request.form:
            changes["friendly_name"] = request.form["FriendlyName"][:64]
        for attribute, value in changes.items():
            setattr(number, attribute, value)
        carrier.journal.add("number updated", ", ".join(sorted(changes)), number=number.phone_number)
        return jsonify(as_json(carrier, number))


def as_json(carrier: Carrier, number: OwnedNumber) -> dict[str, object]:
    """The resource as Twilio shows it."""
    created = rfc2822(number.created)
    urls = {attribute: getattr(number, attribute) for attribute in (*URLS.values(), *METHODS.values())}
    return {
        "sid": number.sid,
        "account_sid": carrier.account_sid,
        "phone_number": number.phone_number,
        "friendly_name": number.friendly_name or number.phone_number,
        "api_version": API_VERSION,
        "beta": False,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "address_requirements": "none",
        "origin": "twilio",
        "status": "in-use",
        "voice_receive_mode": "voice",
        "voice_caller_id_lookup": number.voice_caller_id_lookup,
        **{name: getattr(number, name) for name in ELSEWHERE},
        "emergency_status": "Inactive",
        "date_created": created,
        "date_updated": created,
        "uri": f"/{API_VERSION}/Accounts/{carrier.account_sid}/IncomingPhoneNumbers/{number.sid}.json",
        **urls,
    }
