"""What was asked of the carrier, and nobody knows what became of it: a worker died, or the answer did not come.

It is written down before the carrier is asked, and goes when the effect is settled. Whoever finds such an attempt asks the
carrier what it took before anything is sent again. Neither number nor words are kept, only a keyed hash of them.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence

import structlog

from bridge.actions.ports import Attempt
from bridge.actions.world import World
from bridge.core.errors import CarrierBusy
from bridge.core.model import Channel
from bridge.core.rota import Person

log = structlog.get_logger(__name__)

# Seconds, at least: a page may be late by so much where the carrier takes it, and does not tell what it took,
UNANSWERED = 15.0
UNKNOWN = 4.0  # or where it is there, and fails to look it up: an outage is over sooner than that list is mended


def send(
    world: World,
    effects: Sequence[str],
    hand_over: Callable[[], str],
    *,
    person: Person,
    channel: Channel,
    body: str = "",
    bundle: str = "",
) -> str:
    """Hand over to the carrier what stands for these effects; `body` is "" for a call. Returns the sid. Raises what
    `hand_over` raises; where nothing can have been taken, there was no attempt."""
    now, mac, earlier = world.now(), _mac(world, person, channel, body), world.store.attempts(effects)
    same = [attempt.since for attempt in earlier.values() if attempt.mac == mac]
    world.store.note_attempts(dict.fromkeys(effects, Attempt(min(same, default=now), now, mac, bundle)))
    try:
        return hand_over()
    except CarrierBusy as error:
        if error.details.get("sure"):
            world.store.note_attempts({effect: earlier.get(effect) for effect in effects})
        raise


def found(world: World, effects: Sequence[str], person: Person, channel: Channel) -> dict[str, str]:
    """Effects that the carrier has taken already, and as what sid: some of these, and what left together with them. Raises
    CarrierBusy where it cannot tell now."""
    taken = dict[str, str]()
    open_ = world.store.attempts(effects)
    for attempt in dict.fromkeys(open_.values()):
        sid = _ask(world, attempt, person, channel)
        if sid:
            log.warning("the carrier had taken something of which it had not told us", channel=channel.value)
            together = {**world.store.attempts(world.lanes.bundle(attempt.bundle)), **open_} if attempt.bundle else open_
            taken |= {effect: sid for effect, known in together.items() if known == attempt}
    return taken


def _ask(world: World, attempt: Attempt, person: Person, channel: Channel) -> str:
    """The sid of what the carrier took at that attempt; "" where it has taken nothing, or does not tell for too long."""

    def same(body: str) -> bool:
        return hmac.compare_digest(attempt.mac, _mac(world, person, Channel.TEXT, body))

    try:
        if channel is Channel.TEXT:
            return world.carrier.find_text(person.phone, attempt.since, same)
        if attempt.mac != _mac(world, person, channel, ""):  # they have another number now
            return ""
        return world.carrier.find_call(person.phone, attempt.since, _known(world, person))
    except CarrierBusy as error:
        if not error.details.get("asked", True) or world.now() - attempt.at < _patience(world, attempt, error):
            raise
        return ""


def _patience(world: World, attempt: Attempt, error: CarrierBusy) -> float:
    """How long (seconds) after an attempt nothing is sent while the carrier cannot say what it took. Each time twice as long: a
    carrier that takes everything and never answers must not bring the same page every few seconds. But one that answers."""
    if error.details.get("reached", True):
        return UNKNOWN
    answered_at = world.store.carrier_news().answered_at
    back = answered_at is not None and answered_at > attempt.at
    return UNANSWERED if back else max(UNANSWERED, attempt.at - attempt.since)


def _known(world: World, person: Person) -> frozenset[str]:
    """Calls to this person of which we know."""
    messages = (m for request in world.store.requests() for m in request.messages)
    return frozenset(m.sid for m in messages if m.person == person.id and m.channel is Channel.CALL and m.sid)


def _mac(world: World, person: Person, channel: Channel, body: str) -> str:
    text = f"attempt {channel} {person.phone} {body}".encode()
    return hmac.new(world.settings.secret_key.encode(), text, hashlib.sha256).hexdigest()[:32]
