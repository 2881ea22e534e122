"""Messages: https://www.twilio.com/docs/messaging/api/message-resource ."""

from flask import Blueprint, Response, jsonify, make_response, request

from bridge.simulator import params
from bridge.simulator.carrier import Carrier
from bridge.simulator.clock import rfc2822
from bridge.simulator.errors import RestError
from bridge.simulator.model import API_VERSION, TextMessage
from bridge.simulator.segments import segments

LONGEST_BODY = 1600  # characters


def add(rest: Blueprint, carrier: Carrier) -> None:
    """The routes of this resource."""

    def found(sid: str) -> TextMessage:
        message = carrier.texting.messages.get(sid)
        if message is None:
            raise RestError(20404, request.path)
        return message

    @rest.post("/Messages.json")
    def create_message(account: str) -> Response:
        message = _create(carrier)
        return make_response(jsonify(as_json(carrier, message)), 201)

    @rest.get("/Messages.json")
    def list_messages(account: str) -> Response:
        wanted = _filtered(carrier.texting.listed())
        return jsonify(params.page("messages", request.path, [as_json(carrier, each) for each in wanted]))

    @rest.get("/Messages/<sid>.json")
    def fetch_message(account: str, sid: str) -> Response:
        return jsonify(as_json(carrier, found(sid)))

    @rest.post("/Messages/<sid>.json")
    def redact_message(account: str, sid: str) -> Response:
        message = found(sid)
        if request.form.get("Body") != "":
            raise RestError(20001, "only an empty Body can be set")
        _expect_final(message)
        message.body, message.updated = "", carrier.clock()
        carrier.journal.add("redacted", number=message.to, sid=sid)
        return jsonify(as_json(carrier, message))

    @rest.delete("/Messages/<sid>.json")
    def delete_message(account: str, sid: str) -> Response:
        _expect_final(found(sid))
        carrier.texting.discard(sid)
        carrier.journal.add("deleted", sid=sid)
        return Response(status=204)


def _create(carrier: Carrier) -> TextMessage:
    body = request.form.get("Body", "")
    to = params.recipient(21604, 21408)
    sender = params.sender(carrier, 21603, 21606)
    if to == sender:
        raise RestError(21266, to)
    callback = params.url("StatusCallback", 21609)
    params.whole("ValidityPeriod", 36000, 1, 36000)
    if not body:
        raise RestError(21602)
    if len(body) > LONGEST_BODY:
        raise RestError(21617)
    discarded, obfuscated = _retention(carrier)
    phone = carrier.phone(to, "reached")
    if phone.behaviour.text == "landline":
        raise RestError(21614, to)
    if carrier.texting.opted_out(phone, sender):
        raise RestError(21610, to)
    return carrier.texting.send(sender, to, body, callback, discarded=discarded, obfuscated=obfuscated)


def _retention(carrier: Carrier) -> list[bool]:
    """Whether the words are discarded, and the number obfuscated."""
    asked = []
    for name, value, code in (("ContentRetention", "discard", 30029), ("AddressRetention", "obfuscate", 30030)):
        given = request.form.get(name, "retain")
        if given not in (value, "retain"):
            raise RestError(20001, f"{name}={given}")
        if given == value and not carrier.retention_feature:
            raise RestError(code)
        asked.append(given == value)
    return asked


def _expect_final(message: TextMessage) -> None:
    if not message.final:
        raise RestError(20009, f"the message is {message.status}")


def _filtered(messages: list[TextMessage]) -> list[TextMessage]:
    to, sender, fits = request.args.get("To"), request.args.get("From"), params.dated("DateSent")
    return [
        each
        for each in messages
        if to in (None, each.shown_to) and sender in (None, each.sender) and fits(each.sent or each.created)
    ]


def as_json(carrier: Carrier, message: TextMessage) -> dict[str, object]:
    """The resource as Twilio shows it."""
    uri = f"/{API_VERSION}/Accounts/{carrier.account_sid}/Messages/{message.sid}"
    return {
        "sid": message.sid,
        "account_sid": carrier.account_sid,
        "api_version": API_VERSION,
        "body": message.shown_body,
        "direction": message.direction,
        "from": message.sender,
        "to": message.shown_to,
        "status": message.status,
        "error_code": message.error_code,
        "error_message": None,
        "num_media": "0",
        "num_segments": str(segments(message.body)),
        "messaging_service_sid": None,
        "price": None,
        "price_unit": "USD",
        "date_created": rfc2822(message.created),
        "date_sent": rfc2822(message.sent),
        "date_updated": rfc2822(message.updated or message.created),
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }
