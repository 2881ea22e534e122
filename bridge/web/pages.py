"""What we send out comes back here: receipts, and the telephones that we ring. `/page/ID/N/receipt`, `/answered`,
`/key/MENU/M`, `/pin/MENU/KEY/M`; `/talked` after two telephones were connected, and `/leg` about the call to the caller."""

from collections.abc import Mapping

import structlog
from flask import Blueprint, request

from bridge.actions import callers, coordinators, paging, replays
from bridge.actions.world import World
from bridge.carrier import twiml
from bridge.core.events import Reported
from bridge.core.model import Status
from bridge.core.speech import Answer, Menu, Through, one_line
from bridge.web.carrier_door import EMPTY, Door, call_ended, call_sid, from_here, line_here

log = structlog.get_logger(__name__)

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
QUEUE_PATIENCE = 5.0  # seconds: a caller who is not in the queue any more has hung up
MACHINES = ("machine", "fax")


def blueprint(world: World) -> Blueprint:
    """The routes for what we send."""
    door = Door("pages", world)

    def render(request_id: str, n: int, answer: Answer, prompts: int) -> str:
        return rendered(world, request_id, n, answer, prompts)

    def broken(**_: object) -> str:
        return twiml.voice(one_line(world.voice, "call.broken"))

    @door.route("/page/<request_id>/<int:n>/answered", if_broken=broken, of_our_call=True)
    def answered(request_id: str, n: int) -> str:
        if request.form.get("AnsweredBy", "").startswith(MACHINES):
            return twiml.voice(Answer(()))
        replays.picked_up(world, call_sid())
        status, said, sid = receipt_of(request.form)
        # That somebody picks up is a receipt too, and the others may be lost: by this one the call is known, whatever it says.
        paging.reported(world, request_id, Reported(n, status or Status.TALKING, said, sid))
        return render(request_id, n, coordinators.picked_up(world, request_id, n), 0)

    @door.route(
        f"/page/<request_id>/<int:n>/key/<any({', '.join(Menu)}):menu>/<int:prompts>", if_broken=broken, of_our_call=True
    )
    def pressed(request_id: str, n: int, menu: str, prompts: int) -> str:
        digits = request.form.get("Digits", "")[:8]
        answer = coordinators.pressed(from_here(world), request_id, n, digits, prompts, menu=Menu(menu), sid=call_sid())
        return render(request_id, n, answer, 0 if digits in coordinators.KEYS else prompts)

    @door.route(
        f"/page/<request_id>/<int:n>/pin/<any({', '.join(Menu)}):menu>/<any('1', '3'):key>/<int:prompts>",
        if_broken=broken,
        of_our_call=True,
    )
    def pin(request_id: str, n: int, menu: str, key: str, prompts: int) -> str:
        given = request.form.get("Digits", "")[:8]
        if not given and prompts >= coordinators.MOST_PROMPTS:
            return twiml.voice(one_line(world.voice, "call.goodbye"))
        answer = coordinators.pressed(from_here(world), request_id, n, key, 0, menu=Menu(menu), sid=call_sid(), pin=given)
        return render(request_id, n, answer, prompts if answer.key else 0)

    @door.route("/page/<request_id>/<int:n>/talked", if_broken=broken, of_our_call=True)
    def talked(request_id: str, n: int) -> str:
        callers.leg_started(world, request_id, request.form.get("DialCallSid", "")[:64])
        return render(request_id, n, coordinators.talked(world, request_id, n, request.form.get("DialCallStatus", "")), 0)

    @door.route("/page/<request_id>/<int:n>/leg", if_broken=lambda **_: EMPTY)
    def leg(request_id: str, n: int) -> str:
        if not replays.is_over(world, request.form.get("ParentCallSid", "")[:64]):
            callers.leg_started(world, request_id, call_sid())
        return EMPTY

    @door.route("/page/<request_id>/<int:n>/receipt", if_broken=lambda **_: EMPTY, of_our_call=True)
    def receipt(request_id: str, n: int) -> str:
        status, said, sid = receipt_of(request.form)
        if status:
            paging.reported(world, request_id, Reported(n, status, said, sid))
        call_ended(world)
        return EMPTY

    return door.blueprint


def rendered(world: World, request_id: str, n: int, answer: Answer, prompts: int) -> str:
    """What somebody hears in a call that we placed about one request. `prompts` counts how often they were asked in a row."""
    here = f"{world.settings.public_url}/page/{request_id}/{n}"
    if not answer.through:
        keyed = f"pin/{answer.menu}/{answer.key}" if answer.key else f"key/{answer.menu}"  # the PIN itself stands in no address
        return twiml.voice(answer, next_url=f"{here}/{keyed}/{prompts + 1}")
    policy = world.settings.policy
    line = twiml.Line(
        queue=request_id,
        number=answer.number,
        caller_id=line_here(world),
        leg_url=f"{here}/leg",
        ring_for=policy.ring_for if answer.through is Through.CALLER else QUEUE_PATIENCE,
        talk_for=policy.talk_for,
    )
    return twiml.voice(answer, next_url=f"{here}/talked", line=line)


def receipt_of(form: Mapping[str, str]) -> tuple[Status | None, str, str]:
    """What a receipt says: a status (None where it changes nothing), the carrier's words such as "undelivered 30003", a sid."""
    word = form.get("MessageStatus") or form.get("CallStatus") or ""
    said = " ".join(filter(None, (_word(word), _code(form.get("ErrorCode", "")))))
    sid = form.get("MessageSid") or form.get("SmsSid") or form.get("CallSid") or ""
    return STATUSES.get(word), said, sid[:64]


def _code(raw: str) -> str:
    return raw if raw.isascii() and raw.isdecimal() and len(raw) <= 6 else ""


def _word(word: str) -> str:
    return "no key pressed" if word == "completed" else word
