"""A text arrives: `/sms`."""

import structlog
from flask import Blueprint, request

from bridge.actions import records, texts
from bridge.actions.world import World
from bridge.carrier import twiml
from bridge.core.model import Channel
from bridge.core.segments import plain, segments
from bridge.web.carrier_door import Door

log = structlog.get_logger(__name__)


def blueprint(world: World) -> Blueprint:
    """The route for texts."""
    door = Door("sms", world)

    @door.route("/sms", if_broken=lambda: twiml.texts([world.voice.wording.say("reply.try_again")]))
    def texted() -> str:
        body, sid = request.form.get("Body", "")[:1600], request.form.get("MessageSid", "")[:64]
        answers = [plain(answer) for answer in texts.texted(world, request.form.get("From", ""), body, sid)]
        _count(world, sum(map(segments, answers)))
        _forget(world, sid)
        return twiml.texts(answers)

    return door.blueprint


def _count(world: World, cost: int) -> None:
    """The line carries the answers too. What was done is done, and is answered, whether they can be counted or not."""
    try:
        if cost:
            world.lanes.replied(cost, world.now())
    except Exception as error:  # noqa: BLE001
        log.warning("answers not counted", segments=cost, error=type(error).__name__)


def _forget(world: World, sid: str) -> None:
    """Whoever has texted, and whatever: the carrier is not to keep it. What is lost here the sweep finds."""
    try:
        records.leave(world, Channel.TEXT, sid)
    except Exception as error:  # noqa: BLE001  what was done is done, and is answered
        log.warning("record of a text left to the sweep", error=type(error).__name__)
