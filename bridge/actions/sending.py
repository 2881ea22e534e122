"""What goes out: one effect of the outbox is carried out, alone or together with others to the same person.

May be run by any number of processes at once, twice, or after a crash: an effect is claimed before it is sent, and what it
points at is looked up again at that moment. What the line or the person cannot take now waits in the person's lane, and nothing
is written about it: see `bridge.store.redis_lanes`. "lane/{channel}" carries out the most urgent effect that waits there.
"""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bridge.actions import attempts, canary, line, notices, reachable, records
from bridge.actions.backoff import jitter, pause
from bridge.actions.ports import Permit
from bridge.actions.world import World
from bridge.core import digest
from bridge.core.circuit import PROBE_EVERY
from bridge.core.errors import CarrierBusy, CarrierRefused, UnknownRequest
from bridge.core.events import Reported
from bridge.core.messages import wanted
from bridge.core.model import ALL_AWAY, AWAY, PENDING, Channel, Message, Purpose, Request, Status
from bridge.core.phones import dialable
from bridge.core.rota import Person
from bridge.core.segments import segments
from bridge.core.urgency import PATIENT, joins, urgency

log = structlog.get_logger(__name__)

RETRY_FIRST = 0.5  # seconds
RETRY_CAP = 3.0  # seconds: a page is tried again at least this often, as long as its channel is not away
BUSY = "carrier busy"
DESK = frozenset({Purpose.OVERDUE, Purpose.SCENE_OVERDUE})  # calls to the dispatch desk ring for longer


@dataclass(frozen=True)
class Part:
    """An effect, the message that it points at, and its request as it stands."""

    effect: str
    request: Request
    message: Message


def carry_out(world: World, effect: str) -> None:
    """Send one message, or have records deleted. Returns quietly where that is done, or being done, or needless."""
    kind, _, rest = effect.partition("/")
    if kind == "lane":
        _from_lane(world, Channel(rest))
    elif kind == "notice":
        notices.carry_out(world, rest)
    elif kind == canary.EFFECT:
        canary.carry_out(world)
    elif kind == records.EFFECT:
        records.carry_out(world)
    else:
        _message(world, effect)


def _from_lane(world: World, channel: Channel) -> None:
    """What waits and may go now. Each asks for itself; where one has nothing to ask any more, the next one has its turn."""
    while effect := world.lanes.next(channel, world.now()):
        if effect.startswith("notice/"):
            return notices.carry_out(world, effect.removeprefix("notice/"))
        if _message(world, effect):
            return


def _message(world: World, effect: str) -> bool:
    """Whether the effect got as far as to ask the lanes."""
    if not world.store.claim(effect, secrets.token_hex(8), world.now()):
        return False
    part = _load(world, effect)
    if part is None:
        return False
    if part.message.status is Status.FORGETTING:
        _forget(world, part)
        return False
    if _held(world, part):
        return False
    permit = _ask(world, part)
    _go_on(world, part.message.channel, permit.more)
    if permit.until is None:
        _send(world, world.settings.roster.people[part.message.person], part.message.channel, permit)
    return True


def _load(world: World, effect: str) -> Part | None:
    """What the effect points at, where something is still to be done about it. Else that is written down, or forgotten. What
    cannot be read stays where it is, for a key may be given later, and keeps no page of another request waiting."""
    request_id, _, n = effect.rpartition("/")
    try:
        request = world.store.load(request_id)
    except UnknownRequest:
        world.store.drop(effect)
        return None
    except ValueError as error:
        log.error("a request cannot be read", request=request_id, error=type(error).__name__)  # noqa: TRY400
        return None
    message = request.message(int(n))
    if message.status not in PENDING:
        world.store.drop(effect)
        return None
    outcome = None if message.status is Status.FORGETTING else _needless(world, request, message)
    if outcome:
        world.apply(request_id, outcome)
        return None
    return Part(effect, request, message)


def _needless(world: World, request: Request, message: Message) -> Reported | None:
    """Why the message need not, or cannot, leave; None where it has to."""
    if not wanted(request, message):
        return Reported(message.n, Status.DROPPED)
    person = world.settings.roster.people.get(message.person)
    if person is None or not dialable(person.phone, world.settings.own_numbers):
        return Reported(message.n, Status.FAILED, "no number")
    if message.channel is Channel.TEXT and message.person in world.no_text:
        return Reported(message.n, Status.FAILED, "opted out")
    return None


def _held(world: World, part: Part) -> bool:
    """Whether the message waits for its channel, which is away, or wants to be left alone. It asks for no room and hardly costs
    anything: what probes is one message, and when that has left, all the others are let go."""
    channel, now = part.message.channel, world.now()
    if not (wait := line.closed(world, channel)):
        return False
    word = _word(world, channel)
    until = now + (wait if word == BUSY or wait > PROBE_EVERY else line.HELD) + jitter()  # longer only where it asked for that
    if part.message.tries and part.message.at > now:  # it was handed out twice: whoever probes keeps to its own time
        until = part.message.at
    if word not in (BUSY, part.message.word):
        world.apply(part.request.id, Reported(part.message.n, Status.WAITING, word, retry_at=until))
    world.store.hold(part.effect, channel, until)
    return True


def _ask(world: World, part: Part) -> Permit:
    message, now = part.message, world.now()
    texted = message.channel is Channel.TEXT
    return world.lanes.ask(
        part.effect,
        message.person,
        message.channel,
        cost=segments(digest.body([(part.request, message)], world.voice)) if texted else 1,
        urgency=urgency(part.request, message),
        now=now,
        joins=joins(message),
        answers=message.purpose is Purpose.DETAILS,
        patient=message.purpose in PATIENT,
    )


def _go_on(world: World, channel: Channel, more: bool) -> None:
    """Something else may leave at this moment. What is lost here the clock finds."""
    if not more:
        return
    try:
        world.queue.put(f"lane/{channel}")
    except Exception as error:  # noqa: BLE001  it stands in the outbox
        log.warning("lane left to the clock", channel=channel.value, error=type(error).__name__)


def _send(world: World, person: Person, channel: Channel, permit: Permit) -> None:
    """All that is permitted and still wanted, as one text or call. What does not fit waits on."""
    found = [part for effect in permit.effects if (part := _load(world, effect))]
    try:
        found = _not_taken(world, person, channel, found)
    except CarrierBusy as error:
        _go_on(world, channel, world.lanes.leaves(person.id, channel, permit, 0, world.now()))
        return _busy(world, person, channel, found, error)
    size, body = _body(world, found, channel, permit.room)
    parts, stays = found[:size], [part.effect for part in found[size:]]
    cost = segments(body) if channel is Channel.TEXT else len(parts[:1])
    _go_on(world, channel, world.lanes.leaves(person.id, channel, permit, cost if parts else 0, world.now(), stays=stays))
    if parts:
        _leave(world, person, channel, parts, body)
    else:
        _in_vain(world, person, channel, world.now())


def _not_taken(world: World, person: Person, channel: Channel, parts: list[Part]) -> list[Part]:
    """The parts that have to leave. What an earlier attempt has brought to the carrier is written down, and not sent again.
    Raises CarrierBusy where the carrier does not tell."""
    taken = attempts.found(world, [part.effect for part in parts], person, channel)
    for effect, sid in taken.items():
        request_id, _, n = effect.rpartition("/")
        world.apply(request_id, Reported(int(n), Status.SENT, sid=sid))
    return [part for part in parts if part.effect not in taken]


def _leave(world: World, person: Person, channel: Channel, parts: list[Part], body: str) -> None:
    """Hand it over to the carrier, and write down what became of each part."""
    try:
        sid = _hand_over(world, person, channel, parts, body)
    except CarrierRefused as error:
        _in_vain(world, person, channel, world.now())
        return _refused(world, person, parts, int(str(error.details["code"])))
    except CarrierBusy as error:
        return _busy(world, person, channel, parts, error)
    for part in parts:
        world.apply(part.request.id, Reported(part.message.n, Status.SENT, sid=sid))


def _body(world: World, parts: list[Part], channel: Channel, room: int) -> tuple[int, str]:
    """How many of the parts leave together, and in which words. A call finds its words when somebody picks up."""
    if not parts or channel is Channel.CALL:
        return len(parts), ""
    return digest.fitting([(part.request, part.message) for part in parts], world.voice, room)


def _hand_over(world: World, person: Person, channel: Channel, parts: list[Part], body: str) -> str:
    effects, policy = [part.effect for part in parts], world.settings.policy
    bundle = _bundle(world, effects)
    here = f"{world.settings.public_url}/{f'bundle/{bundle}' if bundle else f'page/{effects[0]}'}"
    ring_for = policy.dispatch_ring_for if any(part.message.purpose in DESK for part in parts) else policy.ring_for

    def hand_over() -> str:
        if channel is Channel.TEXT:
            return world.carrier.send_text(person.phone, body, f"{here}/receipt")
        return world.carrier.place_call(person.phone, f"{here}/answered", f"{here}/receipt", ring_for)

    return attempts.send(world, effects, hand_over, person=person, channel=channel, body=body, bundle=bundle)


def _bundle(world: World, effects: Sequence[str]) -> str:
    """A name for several messages, remembered before they leave: the carrier comes back to it. "" for a single one."""
    if len(effects) == 1:
        return ""
    bundle = secrets.token_hex(8)
    world.lanes.keep_bundle(bundle, effects)
    return bundle


def _refused(world: World, person: Person, parts: list[Part], code: int) -> None:
    """The carrier will never take it."""
    log.warning("message refused for good", person=person.id, code=code)
    reachable.learn(world, person.id, code)
    for part in parts:
        world.apply(part.request.id, Reported(part.message.n, Status.FAILED, f"refused {code}"))


def _busy(world: World, person: Person, channel: Channel, parts: list[Part], error: CarrierBusy) -> None:
    """The carrier may take it soon. Only about the first one is that written down; the others wait on, and go with it. Where
    the channel is away, each has to know: it goes by the other one as well."""
    first, word = parts[0], _word(world, channel)
    retry_at = world.now() + _pause(first.message, error, is_away=word != BUSY)
    level = logging.WARNING if error.details.get("asked", True) else logging.DEBUG
    log.log(level, "message not taken, again soon", effect=first.effect, reason=error.details["reason"])
    _in_vain(world, person, channel, retry_at, stays=[part.effect for part in parts[1:]])
    for part in parts:
        if part is first or word not in (BUSY, part.message.word):
            world.apply(part.request.id, Reported(part.message.n, Status.WAITING, word, retry_at=retry_at))


def _word(world: World, channel: Channel) -> str:
    """Why it was not taken: its channel is away, or all are, or the carrier could not just then."""
    away = line.away(world)
    if channel not in away:
        return BUSY
    return ALL_AWAY if len(away) == len(Channel) else AWAY[channel]


def _in_vain(world: World, person: Person, channel: Channel, until: float, stays: Sequence[str] = ()) -> None:
    _go_on(world, channel, world.lanes.in_vain(person.id, channel, until, world.now(), stays=stays))


def _pause(message: Message, error: CarrierBusy, *, is_away: bool) -> float:
    """As long as the carrier asks for; until the next probe, where it is away; else half a second, doubled up to the cap."""
    asked = float(str(error.details["retry_after"]))
    if asked:
        return asked + jitter()
    return PROBE_EVERY + jitter() if is_away else pause(message.tries, RETRY_FIRST, RETRY_CAP)


def _forget(world: World, part: Part) -> None:
    """From here on the record is one of those that are deleted until the carrier has them no more, whatever becomes of the
    request: it is remembered there before it is settled here."""
    records.leave(world, part.message.channel, part.message.sid, wait=0.0)
    world.apply(part.request.id, Reported(part.message.n, Status.FORGOTTEN))
