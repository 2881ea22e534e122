"""A text arrives: `/sms`."""

from flask import Blueprint, request

from bridge.actions import texts
from bridge.actions.world import World
from bridge.carrier import twiml
from bridge.web.carrier_door import Door


def blueprint(world: World) -> Blueprint:
    """The route for texts."""
    door = Door("sms", world)

    @door.route("/sms", if_broken=lambda: twiml.texts([world.voice.wording.say("reply.try_again")]))
    def texted() -> str:
        body = request.form.get("Body", "")[:1600]
        return twiml.texts(texts.texted(world, request.form.get("From", ""), body))

    return door.blueprint
