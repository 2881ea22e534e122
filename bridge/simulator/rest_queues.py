"""Queues: https://www.twilio.com/docs/voice/api/queue-resource . To read and delete; an `<Enqueue>` makes them."""

from flask import Blueprint, Response, jsonify, request

from bridge.simulator import params
from bridge.simulator.carrier import Carrier
from bridge.simulator.clock import rfc2822
from bridge.simulator.errors import RestError
from bridge.simulator.model import API_VERSION
from bridge.simulator.queues import Queue

MAX_SIZE = 1000


def add(rest: Blueprint, carrier: Carrier) -> None:
    """The routes of this resource."""

    def found(sid: str) -> Queue:
        queue = next((queue for queue in carrier.queues.listed() if queue.sid == sid), None)
        if queue is None:
            raise RestError(20404, request.path)
        return queue

    @rest.get("/Queues.json")
    def list_queues(account: str) -> Response:
        return jsonify(params.page("queues", request.path, [as_json(carrier, queue) for queue in carrier.queues.listed()]))

    @rest.get("/Queues/<sid>.json")
    def fetch_queue(account: str, sid: str) -> Response:
        return jsonify(as_json(carrier, found(sid)))

    @rest.delete("/Queues/<sid>.json")
    def delete_queue(account: str, sid: str) -> Response:
        queue = found(sid)
        if queue.waiting:
            raise RestError(20009, "somebody waits in the queue")
        carrier.queues.discard(queue)
        carrier.journal.add("deleted", sid=sid)
        return Response(status=204)


def as_json(carrier: Carrier, queue: Queue) -> dict[str, object]:
    """The resource as Twilio shows it."""
    uri = f"/{API_VERSION}/Accounts/{carrier.account_sid}/Queues/{queue.sid}"
    return {
        "sid": queue.sid,
        "account_sid": carrier.account_sid,
        "friendly_name": queue.name,
        "current_size": len(queue.waiting),
        "max_size": MAX_SIZE,
        "average_wait_time": queue.average(),
        "date_created": rfc2822(queue.created),
        "date_updated": rfc2822(queue.created),
        "uri": f"{uri}.json",
        "subresource_uris": {"members": f"{uri}/Members.json"},
    }
