"""PINs: right, wrong, or locked. Each way in is counted for itself: who forges texts locks nobody out of their telephone."""

import math
import secrets
from dataclasses import dataclass

from bridge.actions import limits
from bridge.actions.ports_guard import Limit
from bridge.actions.world import World
from bridge.core.limits import MINUTE, PIN_TRIES, PIN_WITHIN
from bridge.core.model import Channel
from bridge.core.pins import takes_pin
from bridge.core.replies import Meaning
from bridge.core.rota import Person
from bridge.settings import is_right


@dataclass(frozen=True)
class Trouble:
    """What is said of a wrong PIN. `locked`: none is looked at for a while."""

    said: str
    locked: bool = False


def needed(world: World, person: Person, meaning: Meaning | None) -> bool:
    """Whether this command of theirs takes a PIN."""
    return takes_pin(meaning, person, world.settings.policy.pin_for)


def trouble(world: World, person: Person, channel: Channel, pin: str, sid: str = "") -> Trouble | None:
    """What is wrong with a PIN that came by this channel; None where it is right. `sid` is the text's: one that the carrier
    brings twice is counted once."""
    limit = Limit("pin", PIN_TRIES, PIN_WITHIN, f"{channel} {person.id}")
    full = world.store.admit(sid or secrets.token_hex(8), [limit], world.now())
    say, (wrong, locked) = world.voice.wording.say, _SAID[channel]
    if full:
        limits.met(world, "pin", person.id)
        return Trouble(say(locked, minutes=str(math.ceil(full.wait / MINUTE))), locked=True)
    if not is_right(pin, person.pin):
        return Trouble(say(wrong))
    world.store.forgive(limit)
    return None


_SAID = {
    Channel.TEXT: ("reply.pin_wrong", "reply.pin_locked"),
    Channel.CALL: ("call.pin_wrong", "call.pin_locked"),
}
