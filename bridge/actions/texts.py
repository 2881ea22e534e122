"""What a paged person texts.

A word is bound to one request: by its code, or because only one is meant. Whatever is not certain changes nothing and is
answered with what to text.
"""

import secrets
from collections.abc import Callable

from bridge.actions import limits, pins, reachable, replays, rota
from bridge.actions.world import World
from bridge.core import phones
from bridge.core.errors import CountsNoMore, NotAllowed, UnknownRequest
from bridge.core.events import (
    Accepted,
    Arrived,
    ConnectAsked,
    Contacted,
    Declined,
    Event,
    Expected,
    Needed,
    Released,
)
from bridge.core.limits import TEN_MINUTES
from bridge.core.model import Channel, Request, State
from bridge.core.replies import Meaning, Reply, read_text
from bridge.core.rota import Person
from bridge.core.wording import clock_time

HEARD_ALWAYS = (Meaning.OPT_OUT, Meaning.OPT_IN)  # what the network has done is true, however often somebody texts
LONGEST_ANSWER = 1600  # characters that the carrier takes in one text


def texted(world: World, sender: str, body: str, sid: str = "") -> list[str]:
    """A text came; `sid` is the carrier's name for it. Returns what to answer at once; what a change brings is sent by the
    outbox. Raises CountsNoMore."""
    sid = sid or secrets.token_hex(8)
    number = phones.normalise(sender) or ""
    person = world.settings.roster.with_number(number)
    if person is None:
        return _stranger(world, sender, sid)
    if replays.text_is_old(world, sid):
        raise CountsNoMore
    reply = read_text(body, world.now())
    if limits.texted(world, person, sid) and not _counts_always(world, person, reply):
        return _once(world, person, "reply.too_many")
    if pins.needed(world, person, reply.meaning):
        if not reply.pin:
            return [_say(world, "reply.pin_needed")]
        if wrong := pins.trouble(world, person, Channel.TEXT, reply.pin, sid):
            return [wrong.said]
    answers = _command(world, person, reply, sid) if reply.meaning in _MEANT else _about_the_line(world, person, reply)
    return [" ".join(answers)[:LONGEST_ANSWER]] if answers else []


def _counts_always(world: World, person: Person, reply: Reply) -> bool:
    """Whether a text counts however many there were: it takes a request that this person was paged for, and is clear."""
    if reply.meaning is not Meaning.ACCEPT:
        return reply.meaning in HEARD_ALWAYS
    waiting = [r for r in world.store.requests() if _may_take(r, person.id)]
    return bool({r.code for r in waiting} & set(reply.codes)) if reply.codes else len(waiting) == 1


def _once(world: World, person: Person, key: str) -> list[str]:
    """Said once in ten minutes, however often somebody texts."""
    return [_say(world, key)] if world.store.first_time(key, person.id, TEN_MINUTES, world.now()) else []


def _about_the_line(world: World, person: Person, reply: Reply) -> list[str]:
    """What is about no request. The network answers its own words itself."""
    match reply.meaning:
        case Meaning.OPT_OUT:
            reachable.opted_out(world, person)
            return []
        case Meaning.OPT_IN:
            world.store.allow_texts(person.id)
            return []
        case Meaning.LIST:
            return [_listed(world, person)]
        case Meaning.HELP:
            return []
        case Meaning.UNCLEAR:
            return [_say(world, "reply.unclear")]
    return rota.texted(world, person, reply) or [_say(world, "reply.unclear")]


def _command(world: World, person: Person, reply: Reply, sid: str) -> list[str]:
    if reply.codes:
        return [said for code in reply.codes if (said := _with_code(world, person, reply, code, sid))]
    known = world.store.requests()
    meant = [r for r in known if _MEANT[reply.meaning](r, person.id)]
    if reply.meaning is Meaning.ACCEPT and not meant:
        meant = [r for r in known if _holds(r, person.id)]  # they ask for the number once more
    if len(meant) == 1:
        return _spoken(_do(world, person, reply, meant[0]))
    if meant:
        return [_say(world, "reply.which", list=_codes(world, meant), code=meant[0].code)]
    return [_too_late(world, person, reply.meaning)]


def _with_code(world: World, person: Person, reply: Reply, code: str, sid: str) -> str:
    request_id = world.store.by_code(code)
    try:
        request = world.store.load(request_id)
    except UnknownRequest:
        request = None
    knows = request is not None and (request.paged(person.id) or request.held(person.id))
    if not knows and limits.unknown_code(world, person, f"{sid} {code}"):  # nobody finds out by trying which codes there are
        return "".join(_once(world, person, "reply.too_many_codes"))
    if request is None:
        return _say(world, "reply.ended" if request_id else "reply.unknown_code", code=code)
    return _do(world, person, reply, request)


def _do(world: World, person: Person, reply: Reply, request: Request) -> str:
    """Apply a command to a request. Returns the answer; empty where the text that follows is the answer."""
    meaning, holds, eta = reply.meaning, _holds(request, person.id), _eta(world, reply)
    if meaning is Meaning.DECLINE and holds:
        meaning = Meaning.RELEASE
    if eta is not None and eta > latest_eta(world, request) and request.state in (State.OPEN, State.ACCEPTED):
        return _say(world, "reply.eta_late", code=request.code, time=clock_time(request.deadline_at))
    events = _EVENTS[meaning](person.id, reply, eta)
    if meaning is Meaning.DONE and not holds and request.may_finish(person.id):
        events = (Accepted(person.id), *events)  # it had gone back on the ladder while they were talking
    try:
        return _answer(world, meaning, reply, world.apply(request.id, *events))
    except NotAllowed:
        return _not_now(world, person, meaning, world.store.load(request.id))


def _not_now(world: World, person: Person, meaning: Meaning, request: Request) -> str:
    """What was done already is said again: the carrier may tell us of one text twice, and they read the second answer."""
    if meaning is Meaning.DONE and request.state is State.CONTACTED and request.accepted_by == person.id:
        return _say(world, "reply.done", code=request.code)
    return _where_it_stands(world, person, meaning, request)


def _eta(world: World, reply: Reply) -> float | None:
    return None if reply.minutes is None else world.now() + 60.0 * reply.minutes


def latest_eta(world: World, request: Request) -> float:
    """In seconds, UTC. Who names a later time has not kept the promise: they are asked again, and the paging goes on."""
    return max(request.deadline_at, world.now() + world.settings.policy.contact_within)


def _answer(world: World, meaning: Meaning, reply: Reply, request: Request) -> str:
    said = _SAID[meaning]
    if not said:
        return ""
    at = request.scene_by if meaning is Meaning.SCENE else request.eta_at
    values = {"code": request.code, "time": clock_time(at or 0.0), "people": str(request.scene_people)}
    return _say(world, said, **values)


def _where_it_stands(world: World, person: Person, meaning: Meaning, request: Request) -> str:
    """The truth about a request, for somebody whose command came too late or is not theirs to give."""
    if request.state is State.OPEN:
        return _say(world, "reply.not_yours", code=request.code)
    if _awaited(request, person.id) and request.state is State.CONTACTED:
        return _say(world, "reply.scene_stands", code=request.code, time=clock_time(request.scene_by or 0.0))
    if request.state is not State.ACCEPTED:
        return _say(world, "reply.ended", code=request.code)
    if request.accepted_by == person.id:
        return _say(world, _why_not(request, meaning), code=request.code)
    return _taken(world, request)


def _why_not(request: Request, meaning: Meaning) -> str:
    """Why something is refused to the very person who has it."""
    if meaning is not Meaning.CALL:
        return "reply.already_yours"
    return "reply.no_talk" if request.callback else "reply.no_number"


def _taken(world: World, request: Request) -> str:
    who = world.voice.who(request.accepted_by)
    if request.eta_at is None:
        return _say(world, "reply.taken", code=request.code, who=who)
    return _say(world, "reply.taken_eta", code=request.code, who=who, time=clock_time(request.eta_at))


def _too_late(world: World, person: Person, meaning: Meaning) -> str:
    """Nothing is meant by a bare word: say who has the last request this person was paged for."""
    asked = [r for r in world.store.requests() if r.paged(person.id) or r.accepted_by == person.id]
    known = meaning if meaning is Meaning.DONE else Meaning.LIST
    return _not_now(world, person, known, asked[-1]) if asked else _say(world, "reply.none_open")


def _listed(world: World, person: Person) -> str:
    mine = [r for r in world.store.requests() if _may_take(r, person.id) or _holds(r, person.id) or _awaited(r, person.id)]
    return _say(world, "reply.list", list=_codes(world, mine)) if mine else _say(world, "reply.none_open")


def _stranger(world: World, sender: str, sid: str) -> list[str]:
    """One neutral sentence, which tells nothing, once a day; and never an answer to an answering machine's answer."""
    if not limits.stranger_is_answered(world, sender, sid) or replays.text_is_old(world, sid):
        return []
    return [_say(world, "reply.stranger", line=phones.written(world.settings.line))]


def _codes(world: World, requests: list[Request]) -> str:
    return ", ".join(f"{r.code} {world.voice.region(r.place)}" for r in requests)


def _say(world: World, key: str, **values: str) -> str:
    return world.voice.wording.say(key, **values)


def _spoken(said: str) -> list[str]:
    return [said] if said else []


def _may_take(request: Request, person: str) -> bool:
    return request.state is State.OPEN and request.paged(person)


def _may_pass(request: Request, person: str) -> bool:
    return (_may_take(request, person) and person not in request.passed) or _holds(request, person)


def _holds(request: Request, person: str) -> bool:
    return request.state is State.ACCEPTED and request.accepted_by == person


def _awaited(request: Request, person: str) -> bool:
    return request.awaited and request.accepted_by == person


def _may_need(request: Request, person: str) -> bool:
    """Who has it, or has reached the caller, and is not on scene yet."""
    reached = request.state is State.CONTACTED and request.accepted_by == person
    return (_holds(request, person) or reached) and request.arrived_at is None


_MEANT: dict[Meaning, Callable[[Request, str], bool]] = {
    Meaning.ACCEPT: lambda request, person: _may_take(request, person) and person not in request.passed,
    Meaning.DECLINE: _may_pass,
    Meaning.DONE: Request.may_finish,
    Meaning.RELEASE: _holds,
    Meaning.ETA: _holds,
    Meaning.CALL: _holds,
    Meaning.SCENE: _may_need,
    Meaning.ARRIVED: lambda request, person: _awaited(request, person) or _holds(request, person),
}
_EVENTS: dict[Meaning, Callable[[str, Reply, float | None], tuple[Event, ...]]] = {
    Meaning.ACCEPT: lambda person, reply, eta: (Accepted(person, eta=eta),),
    Meaning.DECLINE: lambda person, reply, eta: (Declined(person),),
    Meaning.DONE: lambda person, reply, eta: (Contacted(person),),
    Meaning.RELEASE: lambda person, reply, eta: (Released(person),),
    Meaning.ETA: lambda person, reply, eta: (Expected(person, eta or 0.0),),
    Meaning.CALL: lambda person, reply, eta: (ConnectAsked(person),),
    Meaning.SCENE: lambda person, reply, eta: (Needed(person, reply.people or 1),),
    Meaning.ARRIVED: lambda person, reply, eta: (Arrived(person),),
}
# An acceptance is answered by the text that brings the number.
_SAID = {
    Meaning.ACCEPT: "",
    Meaning.DECLINE: "reply.declined",
    Meaning.DONE: "reply.done",
    Meaning.RELEASE: "reply.released",
    Meaning.ETA: "reply.eta",
    Meaning.CALL: "reply.ringing",
    Meaning.SCENE: "reply.scene",
    Meaning.ARRIVED: "reply.arrived",
}
