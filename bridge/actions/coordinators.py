"""What a paged person does: texts, picks up, presses a key.

A word is bound to one request: by its code, or because only one is meant. Whatever is not certain changes nothing and is
answered with what to text.
"""

from collections.abc import Callable

from bridge.actions.world import World
from bridge.core import phones, speech
from bridge.core.errors import NotAllowed, UnknownRequest
from bridge.core.events import Accepted, Contacted, Declined, Event, Released, Reported
from bridge.core.model import Channel, Message, Purpose, Request, State, Status
from bridge.core.replies import Meaning, Reply, read_key, read_text
from bridge.core.rota import Person
from bridge.core.speech import Answer

STRANGERS = 24 * 3600.0  # seconds: a stranger who texts is answered once in so long
MOST_PROMPTS = 3  # how often in a row a paged person is asked for a key
KEYS = ("1", "2", "3", "*")  # keys that a person presses on purpose: who does is still there


def texted(world: World, sender: str, body: str) -> list[str]:
    """A text came. Returns what to answer at once; what a change brings is sent by the outbox."""
    number = phones.normalise(sender) or ""
    person = world.settings.roster.with_number(number)
    if person is None:
        return _stranger(world, sender)
    reply = read_text(body, world.now())
    if reply.meaning in _MEANT:
        return _command(world, person, reply)
    return _about_the_line(world, person, reply.meaning)


def picked_up(world: World, request_id: str, n: int) -> Answer:
    """Somebody, or something, picked up the call we placed."""
    try:
        request = world.store.load(request_id)
    except UnknownRequest:
        return speech.one_line(world.voice, "call.ended")
    return speech.page_call(request, request.message(n), world.voice)


def pressed(world: World, request_id: str, n: int, digits: str, prompts: int) -> Answer:
    """A key was pressed in a call that we placed, or none (""). `prompts` counts how often we have asked."""
    try:
        request = world.store.load(request_id)
        return _key(world, request, request.message(n), digits, prompts)
    except UnknownRequest:
        return speech.one_line(world.voice, "call.ended")
    except NotAllowed:  # it changed hands in this very moment: say how it stands now
        return picked_up(world, request_id, n)


def _key(world: World, request: Request, message: Message, digits: str, prompts: int) -> Answer:
    if message.person == request.accepted_by and request.state is State.ACCEPTED:
        return _holder_key(world, request, message, digits, prompts)
    meaning = read_key(digits)
    if meaning is Meaning.ACCEPT and message.purpose in (Purpose.PAGE, Purpose.OVERDUE):
        return _accept_by_key(world, request, message)
    if meaning is Meaning.DECLINE and message.purpose is Purpose.PAGE and request.state is State.OPEN:
        world.apply(request.id, Reported(message.n, Status.ANSWERED, "passed"), Declined(message.person))
        return speech.one_line(world.voice, "call.declined")
    return _once_more(world, request, message, digits, prompts)


def _accept_by_key(world: World, request: Request, message: Message) -> Answer:
    heard = Reported(message.n, Status.ANSWERED, "pressed 1")
    try:
        request = world.apply(request.id, heard, Accepted(message.person, Channel.CALL))
    except NotAllowed:
        request = world.apply(request.id, heard)
        if message.purpose is Purpose.OVERDUE:
            return speech.one_line(world.voice, "call.overdue_heard")
        return speech.page_call(request, message, world.voice)
    return speech.accepted(request, message.person, world.voice)


def _holder_key(world: World, request: Request, message: Message, digits: str, prompts: int) -> Answer:
    heard = Reported(message.n, Status.ANSWERED, f"pressed {digits}")
    if digits == "*":
        return speech.number(world.apply(request.id, heard), world.voice)
    if digits == "3":
        world.apply(request.id, heard, Contacted(message.person))
        return speech.one_line(world.voice, "call.done")
    if digits == "1":
        return speech.accepted(world.apply(request.id, heard), message.person, world.voice)
    if digits == "2":
        world.apply(request.id, heard, Released(message.person))
        return speech.one_line(world.voice, "call.declined")
    return _once_more(world, request, message, digits, prompts)


def _once_more(world: World, request: Request, message: Message, digits: str, prompts: int) -> Answer:
    """Say it again, at most so often: silence is a voicemail, and nobody has answered until a key says so."""
    again = speech.page_call(request, message, world.voice)
    if prompts >= MOST_PROMPTS and digits != "*":
        return speech.one_line(world.voice, "call.goodbye")
    return again


def _about_the_line(world: World, person: Person, meaning: Meaning) -> list[str]:
    """What is no command. The network answers its own words itself."""
    if meaning is Meaning.OPT_OUT:
        world.store.block_texts(person.id, "opted out")
    if meaning is Meaning.OPT_IN:
        world.store.allow_texts(person.id)
    if meaning is Meaning.LIST:
        return [_listed(world, person)]
    return [_say(world, "reply.unclear")] if meaning is Meaning.UNCLEAR else []


def _command(world: World, person: Person, reply: Reply) -> list[str]:
    if reply.codes:
        return [said for code in reply.codes if (said := _with_code(world, person, reply.meaning, code))]
    known = world.store.requests()
    meant = [r for r in known if _MEANT[reply.meaning](r, person.id)]
    if reply.meaning is Meaning.ACCEPT and not meant:
        meant = [r for r in known if _holds(r, person.id)]  # they ask for the number once more
    if len(meant) == 1:
        return _spoken(_do(world, person, reply.meaning, meant[0]))
    if meant:
        return [_say(world, "reply.which", list=_codes(world, meant), code=meant[0].code)]
    return [_too_late(world, person)]


def _with_code(world: World, person: Person, meaning: Meaning, code: str) -> str:
    request_id = world.store.by_code(code)
    try:
        request = world.store.load(request_id)
    except UnknownRequest:
        return _say(world, "reply.ended" if request_id else "reply.unknown_code", code=code)
    return _do(world, person, meaning, request)


def _do(world: World, person: Person, meaning: Meaning, request: Request) -> str:
    """Apply a command to a request. Returns the answer; empty where the text that follows is the answer."""
    holds = _holds(request, person.id)
    if meaning is Meaning.DECLINE and holds:
        meaning = Meaning.RELEASE
    events = _EVENTS[meaning](person.id)
    if meaning is Meaning.DONE and not holds and _may_finish(request, person.id):
        events = (Accepted(person.id), *events)  # it had gone back on the ladder while they were talking
    try:
        world.apply(request.id, *events)
    except NotAllowed:
        return _where_it_stands(world, person, world.store.load(request.id))
    said = _SAID[meaning]
    return _say(world, said, code=request.code) if said else ""


def _where_it_stands(world: World, person: Person, request: Request) -> str:
    """The truth about a request, for somebody whose command came too late or is not theirs to give."""
    if request.state is State.OPEN:
        return _say(world, "reply.not_yours", code=request.code)
    if request.state is not State.ACCEPTED:
        return _say(world, "reply.ended", code=request.code)
    if request.accepted_by == person.id:
        return _say(world, "reply.already_yours", code=request.code)
    return _say(world, "reply.taken", code=request.code, who=world.voice.who(request.accepted_by))


def _too_late(world: World, person: Person) -> str:
    """Nothing is meant by a bare word: say who has the last request this person was paged for."""
    asked = [r for r in world.store.requests() if r.paged(person.id) or r.accepted_by == person.id]
    return _where_it_stands(world, person, asked[-1]) if asked else _say(world, "reply.none_open")


def _listed(world: World, person: Person) -> str:
    mine = [r for r in world.store.requests() if _may_take(r, person.id) or _holds(r, person.id)]
    return _say(world, "reply.list", list=_codes(world, mine)) if mine else _say(world, "reply.none_open")


def _stranger(world: World, sender: str) -> list[str]:
    """One neutral sentence, which tells nothing, once a day; and never an answer to an answering machine's answer."""
    line = phones.written(world.settings.line)
    return [_say(world, "reply.stranger", line=line)] if world.store.first_time("stranger", sender, STRANGERS) else []


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


def _may_finish(request: Request, person: str) -> bool:
    return _holds(request, person) or (request.state is State.OPEN and request.held(person))


_MEANT = {
    Meaning.ACCEPT: lambda request, person: _may_take(request, person) and person not in request.passed,
    Meaning.DECLINE: _may_pass,
    Meaning.DONE: _may_finish,
    Meaning.RELEASE: _holds,
}
_EVENTS: dict[Meaning, Callable[[str], tuple[Event, ...]]] = {
    Meaning.ACCEPT: lambda person: (Accepted(person),),
    Meaning.DECLINE: lambda person: (Declined(person),),
    Meaning.DONE: lambda person: (Contacted(person),),
    Meaning.RELEASE: lambda person: (Released(person),),
}
# An acceptance is answered by the text that brings the number.
_SAID = {
    Meaning.ACCEPT: "",
    Meaning.DECLINE: "reply.declined",
    Meaning.DONE: "reply.done",
    Meaning.RELEASE: "reply.released",
}
