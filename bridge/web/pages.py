"""What we send out comes back here: receipts, and the telephones that we ring. `/page/ID/N/receipt`, `/answered`, `/key/M`."""

import logging

from flask import Blueprint, request

from bridge.actions import coordinators, paging
from bridge.actions.world import World
from bridge.carrier import twiml
from bridge.core.events import Reported
from bridge.core.model import Status
from bridge.core.speech import Answer, one_line
from bridge.web.carrier_door import Door

log = logging.getLogger(__name__)

# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values and .../voice/api/call-resource
STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.FAILED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
    "initiated": Status.SENT,
    "ringing": Status.RINGING,
    "answered": Status.TALKING,
    "in-progress": Status.TALKING,
    "busy": Status.FAILED,
    "no-answer": Status.FAILED,
    "completed": Status.FAILED,  # the call is over, and no key was pressed: a voicemail, or nobody
}
MACHINES = ("machine", "fax")


def blueprint(world: World) -> Blueprint:
    """The routes for what we send."""
    door = Door("pages", world)

    def render(request_id: str, n: int, answer: Answer, prompts: int) -> str:
        return twiml.voice(answer, next_url=f"{world.settings.public_url}/page/{request_id}/{n}/key/{prompts + 1}")

    def broken(**_: object) -> str:
        return twiml.voice(one_line(world.voice, "call.broken"))

    @door.route("/page/<request_id>/<int:n>/answered", if_broken=broken)
    def answered(request_id: str, n: int) -> str:
        if request.form.get("AnsweredBy", "").startswith(MACHINES):
            return twiml.voice(Answer(()))
        return render(request_id, n, coordinators.picked_up(world, request_id, n), 0)

    @door.route("/page/<request_id>/<int:n>/key/<int:prompts>", if_broken=broken)
    def pressed(request_id: str, n: int, prompts: int) -> str:
        digits = request.form.get("Digits", "")[:8]
        answer = coordinators.pressed(world, request_id, n, digits, prompts)
        return render(request_id, n, answer, 0 if digits in coordinators.KEYS else prompts)

    @door.route("/page/<request_id>/<int:n>/receipt", if_broken=lambda **_: "<Response/>")
    def receipt(request_id: str, n: int) -> str:
        form = request.form
        word = form.get("MessageStatus") or form.get("CallStatus") or ""
        status = STATUSES.get(word)
        if status:
            said = " ".join(filter(None, (_word(word), _code(form.get("ErrorCode", "")))))
            sid = form.get("MessageSid") or form.get("SmsSid") or form.get("CallSid") or ""
            paging.reported(world, request_id, Reported(n, status, said, sid[:64]))
        return "<Response/>"

    return door.blueprint


def _code(raw: str) -> str:
    return raw if raw.isascii() and raw.isdecimal() and len(raw) <= 6 else ""


def _word(word: str) -> str:
    return "no key pressed" if word == "completed" else word
