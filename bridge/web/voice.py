"""A caller's call: `/voice` when it arrives, `/voice/turn/N` for each answer, `/voice/dialled/N` after a dial, `/voice/ended`;
`/voice/broken/N` and `/voice/limited/N` after the dials of who was asked nothing; `/voice/waits/…` for each round of waiting on
the line ("patient" after one that failed), `/voice/waited` after it.

Nothing about the caller stands in a URL: only which question was answered.
"""

from flask import Blueprint, request

from bridge.actions import callers, records, replays, waiting
from bridge.actions.world import World
from bridge.carrier import twiml
from bridge.core.intake import Call, Heard, Stage
from bridge.core.model import Channel
from bridge.core.speech import Answer
from bridge.web.carrier_door import EMPTY, Door, from_here
from bridge.web.to_dispatch import ToDispatch

LEAVE = "<Response><Leave/></Response>"
LIVE = ("queued", "initiated", "ringing", "answered", "in-progress")  # a call that is not over, in the carrier's words


def blueprint(world: World) -> Blueprint:
    """The caller's routes."""
    door, to_dispatch = Door("voice", world), ToDispatch(world)
    hints = tuple(world.gazetteer.hints())

    def render(call: Call, answer: Answer, *, queued: bool = False) -> str:
        public = world.settings.public_url
        if answer.hold:
            return twiml.queued(
                answer,
                queue=call.request_id,
                wait_url=f"{public}/voice/waits/queued",
                no_queue_url=f"{public}/voice/waits/alone",
                next_url=f"{public}/voice/waited",
            )
        path = f"/voice/dialled/{call.turn}" if answer.dial else f"/voice/turn/{call.turn}"
        if call.stage is Stage.WAITING:
            path = f"/voice/waits/{'queued' if queued else 'alone'}"
        asks_place = call.stage in (Stage.PLACE, Stage.COUNTY, Stage.ZIP)
        return twiml.voice(
            answer,
            next_url=public + path,
            desk=to_dispatch.desk(call.withheld),
            hints=hints if asks_place else (),
        )

    def broken_waiting(how: str = "") -> str:
        """Who waits has a request, and is lost to it only where it fails twice: one round in the queue passes in silence."""
        if how == "queued":
            return twiml.voice(waiting.SILENCE, next_url=f"{world.settings.public_url}/voice/waits/patient")
        return LEAVE if how == "patient" else to_dispatch.broken(said="caller.broken_waiting")

    def remember_leg(call: Call | None) -> None:
        """The call to the desk showed the caller's number: its record is to be deleted with everything else."""
        leg = request.form.get("DialCallSid", "")[:64]
        if call and call.stored:
            callers.leg_started(world, call.request_id, leg)
        elif not replays.is_over(world, _sid()):
            records.leave(world, Channel.CALL, leg)

    @door.route("/voice", if_broken=to_dispatch.broken)
    @to_dispatch.within_limits
    def arrived() -> str:
        return render(*callers.arrived(world, _sid(), request.form.get("From", "")))

    @door.route("/voice/turn/<int:turn>", if_broken=to_dispatch.broken)
    @to_dispatch.within_limits
    def turn(turn: int) -> str:
        return render(*callers.answered(world, _sid(), request.form.get("From", ""), turn, _heard()))

    @door.route("/voice/dialled/<int:turn>", if_broken=lambda turn: to_dispatch.still_broken(1))
    @to_dispatch.within_limits
    def dialled(turn: int) -> str:
        gone = request.form.get("CallStatus", "in-progress") not in LIVE
        call, answer = callers.dialled(world, _sid(), request.form.get("DialCallStatus", ""), gone)
        remember_leg(call)
        return render(call, answer) if call else twiml.voice(answer)

    @door.route("/voice/broken/<int:tried>", if_broken=to_dispatch.still_broken)
    @to_dispatch.within_limits
    def dialled_while_broken(tried: int) -> str:
        status = request.form.get("DialCallStatus", "")
        call, answer = callers.dialled_while_broken(world, _sid(), request.form.get("From", ""), status)
        remember_leg(call)
        return render(call, answer)

    @door.route("/voice/limited/<int:tried>", if_broken=to_dispatch.still_broken)
    def dialled_beyond_limits(tried: int) -> str:
        remember_leg(None)
        return to_dispatch.limited(tried)

    @door.route("/voice/waits/<any(queued, patient, alone):how>", if_broken=broken_waiting)
    def waits(how: str) -> str:
        queued = how != "alone"  # no verb that dials may stand in what who is queued hears: they leave the queue first
        call, answer = waiting.waits(from_here(world), _sid(), request.form.get("Digits", "")[:8], queued)
        if call and queued:  # the carrier keeps a queue for ever, unless it is told to delete it
            callers.leg_started(world, call.request_id, request.form.get("QueueSid", "")[:64])
        return render(call, answer, queued=queued) if call else twiml.voice(answer)

    @door.route("/voice/waited", if_broken=broken_waiting)
    def waited() -> str:
        call, answer = waiting.waited(world, _sid(), request.form.get("QueueResult", ""))
        return render(call, answer) if call else twiml.voice(answer)

    @door.route("/voice/ended", if_broken=lambda: EMPTY)
    def ended() -> str:
        if request.form.get("CallStatus", "completed") not in LIVE:
            callers.ended(world, _sid())
        return EMPTY

    return door.blueprint


def _sid() -> str:
    """The carrier's name for the call. Without one the call still goes on: every answer then asks the first question."""
    return request.form.get("CallSid", "")[:64] or replays.UNNAMED


def _heard() -> Heard:
    form = request.form
    return Heard(form.get("Digits", "")[:32], form.get("SpeechResult", "")[:200], _confidence(form.get("Confidence", "")))


def _confidence(raw: str) -> float | None:
    try:
        value = float(raw)
    except ValueError:
        return None
    return value if 0.0 < value <= 1.0 else None
