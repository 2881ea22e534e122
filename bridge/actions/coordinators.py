"""What a paged person does on the telephone: picks up, presses a key, is put through to the caller.

A key means the same in every menu, and as in a text: 1 goes on (takes it, connects, was reached), 2 gives it away, 3 says that
the caller was reached, star says it again. Only a pressed key proves that a person is there.
"""

from bridge.actions import callers, waiting
from bridge.actions.world import World
from bridge.core import paged, phones, speech
from bridge.core.errors import NotAllowed, UnknownRequest
from bridge.core.events import Accepted, Arrived, Connecting, Contacted, Declined, Released, Reported
from bridge.core.model import Channel, Message, Purpose, Request, State, Status
from bridge.core.replies import Meaning, read_key
from bridge.core.speech import Answer

MOST_PROMPTS = 3  # how often in a row a paged person is asked for a key
KEYS = ("1", "2", "3", "*")  # keys that a person presses on purpose: who does is still there


def picked_up(world: World, request_id: str, n: int) -> Answer:
    """Somebody, or something, picked up the call we placed."""
    try:
        request = world.store.load(request_id)
    except UnknownRequest:
        return speech.one_line(world.voice, "call.ended")
    message = request.message(n)
    answer = paged.page_call(request, message, world.voice)
    return paged.and_how_to_come_back(answer, world.voice) if _opted_out(world, message.person) else answer


def pressed(world: World, request_id: str, n: int, digits: str, prompts: int) -> Answer:
    """A key was pressed in a call that we placed, or none (""). `prompts` counts how often we have asked."""
    try:
        request = world.store.load(request_id)
        return _key(world, request, request.message(n), digits, prompts)
    except UnknownRequest:
        return speech.one_line(world.voice, "call.ended")
    except NotAllowed:  # it changed hands in this very moment: say how it stands now
        return picked_up(world, request_id, n)


def talked(world: World, request_id: str, n: int, status: str) -> Answer:
    """Two telephones were connected, or could not be: `status` is the carrier's DialCallStatus. That says nothing about who, or
    what, picked up."""
    try:
        request = world.store.load(request_id)
    except UnknownRequest:
        return speech.one_line(world.voice, "call.ended")
    if not _holds(request, request.message(n)):
        return picked_up(world, request_id, n)
    return paged.talked(world.voice) if status in callers.ANSWERED else paged.not_answered(request, world.voice)


def pressed_after_talk(world: World, request_id: str, n: int, digits: str, prompts: int) -> Answer:
    """The key, or none, that says whether the caller was reached."""
    if digits == "1":
        return pressed(world, request_id, n, "3", prompts)
    if digits in KEYS:
        return pressed(world, request_id, n, digits, prompts)
    if prompts >= MOST_PROMPTS:
        return speech.one_line(world.voice, "call.goodbye")
    return talked(world, request_id, n, callers.ANSWERED[0])


def _key(world: World, request: Request, message: Message, digits: str, prompts: int) -> Answer:
    if message.purpose in (Purpose.SCENE, Purpose.SCENE_OVERDUE) and digits == "1" and request.awaited:
        return _about_the_scene(world, request, message)
    if _holds(request, message):
        return _holder_key(world, request, message, digits, prompts)
    meaning = read_key(digits)
    if meaning is Meaning.ACCEPT and message.purpose in (Purpose.PAGE, Purpose.OVERDUE):
        return _accept(world, request, message)
    if meaning is Meaning.DECLINE and message.purpose is Purpose.PAGE and request.state is State.OPEN:
        world.apply(request.id, Reported(message.n, Status.ANSWERED, "passed"), Declined(message.person))
        return speech.one_line(world.voice, "call.declined")
    return _once_more(world, request, message, digits, prompts)


def _accept(world: World, request: Request, message: Message) -> Answer:
    heard = Reported(message.n, Status.ANSWERED, "pressed 1")
    try:
        request = world.apply(request.id, heard, Accepted(message.person, Channel.CALL))
    except NotAllowed:
        request = world.apply(request.id, heard)
        if message.purpose is Purpose.OVERDUE:
            return speech.one_line(world.voice, "call.overdue_heard")
        return paged.page_call(request, message, world.voice)
    if waiting.put_together(world, request.id):
        return paged.accepted_with_caller_waiting(world.voice)
    return paged.accepted(request, message.person, world.voice)


def _holder_key(world: World, request: Request, message: Message, digits: str, prompts: int) -> Answer:
    heard = Reported(message.n, Status.ANSWERED, f"pressed {digits}")
    if digits == "*":
        return paged.number(world.apply(request.id, heard), world.voice)
    if digits == "3":
        world.apply(request.id, heard, Contacted(message.person))
        return speech.one_line(world.voice, "call.done")
    if digits == "1":
        return _connect(world, world.apply(request.id, heard), message)
    if digits == "2":
        world.apply(request.id, heard, Released(message.person))
        return speech.one_line(world.voice, "call.declined")
    return _once_more(world, request, message, digits, prompts)


def _connect(world: World, request: Request, message: Message) -> Answer:
    """To the caller who waits on the line, or to their telephone: a number that may be dialled, and not without end."""
    if waiting.put_together(world, request.id):
        return paged.connecting(request, world.voice, waiting=True)
    if not phones.dialable(request.callback, world.settings.own_numbers):
        return paged.number(request, world.voice)
    try:
        request = world.apply(request.id, Connecting(message.person))
    except NotAllowed:
        return paged.no_more_talks(request, world.voice)
    return paged.connecting(request, world.voice)


def _about_the_scene(world: World, request: Request, message: Message) -> Answer:
    heard = Reported(message.n, Status.ANSWERED, "pressed 1")
    if message.purpose is Purpose.SCENE_OVERDUE:
        world.apply(request.id, heard)
        return speech.one_line(world.voice, "call.overdue_heard")
    world.apply(request.id, heard, Arrived(message.person))
    return speech.one_line(world.voice, "call.arrived")


def _once_more(world: World, request: Request, message: Message, digits: str, prompts: int) -> Answer:
    """Say it again, at most so often: silence is a voicemail, and nobody has answered until a key says so."""
    again = paged.page_call(request, message, world.voice)
    if prompts >= MOST_PROMPTS and digits != "*":
        return speech.one_line(world.voice, "call.goodbye")
    return again


def _holds(request: Request, message: Message) -> bool:
    return request.state is State.ACCEPTED and request.accepted_by == message.person


def _opted_out(world: World, person: str) -> bool:
    return world.store.no_text().get(person) == "opted out"
