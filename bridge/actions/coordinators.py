"""What a paged person does on the telephone: picks up, presses a key, is put through to the caller.

A key means the same in every menu, and as in a text: 1 goes on (takes it, connects, was reached), 2 gives it away, 3 says that
the caller was reached, star says it again. Only a pressed key proves that a person is there.
"""

from collections.abc import Callable

from bridge.actions import callers, pins, waiting
from bridge.actions.world import World
from bridge.core import paged, phones, speech
from bridge.core.errors import CountsNoMore, NotAllowed, UnknownRequest
from bridge.core.events import Accepted, Arrived, Connecting, Contacted, Declined, Released, Reported, TalkEnded
from bridge.core.model import Channel, Message, Purpose, Request, State, Status
from bridge.core.replies import Meaning, read_key
from bridge.core.speech import Answer, Menu

MOST_PROMPTS = 3  # how often in a row a paged person is asked for a key
KEYS = ("1", "2", "3", "*")  # keys that a person presses on purpose: who does is still there


def picked_up(world: World, request_id: str, n: int) -> Answer:
    """Somebody, or something, picked up the call we placed."""
    return _answered(world, request_id, n, lambda request, message: _standing(world, request, message))


def pressed(
    world: World, request_id: str, n: int, digits: str, prompts: int, *, menu: Menu, sid: str = "", pin: str = ""
) -> Answer:
    """A key was pressed in a call that we placed, or none (""), and a `pin` after it where that key takes one. It was asked for
    `prompts` times in a row, by this `menu`. Raises CountsNoMore where the call (`sid`) is none that we placed about this."""
    if prompts >= MOST_PROMPTS and digits not in KEYS:  # silence is a voicemail, and nobody has answered until a key says so
        return speech.one_line(world.voice, "call.goodbye")

    def press(request: Request, message: Message) -> Answer:
        if sid and message.sid and not any(m.sid == sid for m in request.messages):
            raise CountsNoMore
        return _ask_for_pin(world, request, message, digits, menu=menu, pin=pin) or _key(world, request, message, digits, menu)

    return _answered(world, request_id, n, press)


def _ask_for_pin(world: World, request: Request, message: Message, digits: str, *, menu: Menu, pin: str) -> Answer | None:
    """What is said instead of doing it, where the key takes a PIN, which is missing or wrong."""
    person = world.settings.roster.people.get(message.person)
    if person is None or not pins.needed(world, person, _meant(request, message, digits, menu)):
        return None
    if not pin:
        return paged.ask_for_pin(world.voice, digits, menu)
    wrong = pins.trouble(world, person, Channel.CALL, pin)
    if wrong and wrong.locked:
        return Answer((wrong.said,))
    return paged.ask_for_pin(world.voice, digits, menu, wrong.said) if wrong else None


def _meant(request: Request, message: Message, digits: str, menu: Menu) -> Meaning | None:
    """What the key comes to, where that may take a PIN."""
    if digits == "1" and menu is Menu.TAKE:
        return Meaning.ACCEPT
    if digits == "1" and menu is Menu.ARRIVED:
        return Meaning.ARRIVED
    reaches = (digits == "1" and menu is Menu.TALKED) or digits == "3"
    return Meaning.DONE if reaches and request.may_finish(message.person) else None


def talked(world: World, request_id: str, n: int, status: str) -> Answer:
    """Two telephones were connected, or could not be: `status` is the carrier's DialCallStatus. That says nothing about who, or
    what, picked up."""
    return _answered(world, request_id, n, lambda request, message: _talk_ended(world, request, message, status))


def _answered(world: World, request_id: str, n: int, answer: Callable[[Request, Message], Answer]) -> Answer:
    """What this request and message answer. Where the request changed hands in this very moment: how it stands now."""
    try:
        request = world.store.load(request_id)
        message = request.message(n)
        world.lanes.talks(message.person, world.now())
        return answer(request, message)
    except (UnknownRequest, IndexError):
        return speech.one_line(world.voice, "call.ended")
    except NotAllowed:
        return picked_up(world, request_id, n)


def _standing(world: World, request: Request, message: Message) -> Answer:
    answer = paged.page_call(request, message, world.voice)
    return paged.and_how_to_come_back(answer, world.voice) if _opted_out(world, message.person) else answer


def _talk_ended(world: World, request: Request, message: Message, status: str) -> Answer:
    answered = status in callers.ANSWERED
    request = world.apply(request.id, TalkEnded(message.person, answered))
    if not request.may_finish(message.person):
        return _standing(world, request, message)
    return paged.talked(world.voice) if answered else paged.not_answered(request, world.voice)


def _key(world: World, request: Request, message: Message, digits: str, menu: Menu) -> Answer:
    if digits == "1":
        return _YES[menu](world, request, message)
    if digits == "3" and request.may_finish(message.person):
        return _reached(world, request, message)
    if _holds(request, message) and digits in KEYS:
        return _holder_key(world, request, message, digits)
    if read_key(digits) is Meaning.DECLINE and message.purpose is Purpose.PAGE and request.state is State.OPEN:
        world.apply(request.id, Reported(message.n, Status.ANSWERED, "passed"), Declined(message.person))
        return speech.one_line(world.voice, "call.declined")
    return _once_more(world, request, message, menu)


def _take(world: World, request: Request, message: Message) -> Answer:
    if message.purpose not in (Purpose.PAGE, Purpose.OVERDUE):
        return _standing(world, request, message)
    heard = Reported(message.n, Status.ANSWERED, "pressed 1")
    if _holds(request, message):  # by text meanwhile, or the carrier has sent the key twice
        return _yours(world, world.apply(request.id, heard), message)
    try:
        return _yours(world, world.apply(request.id, heard, Accepted(message.person, Channel.CALL)), message)
    except NotAllowed:
        return paged.not_needed(world.apply(request.id, heard), world.voice)


def _yours(world: World, request: Request, message: Message) -> Answer:
    if _joins(world, request, message):
        return paged.accepted_with_caller_waiting(world.voice)
    return paged.accepted(request, message.person, world.voice)


def _joins(world: World, request: Request, message: Message) -> bool:
    """Whether the caller waits on the line, to be put together with who has the request."""
    if not waiting.put_together(world, request.id):
        return False
    world.apply(request.id, Connecting(message.person, dials=False))
    return True


def _held(world: World, request: Request, message: Message) -> Answer:
    if not _holds(request, message):
        return _standing(world, request, message)
    return _connect(world, world.apply(request.id, Reported(message.n, Status.ANSWERED, "pressed 1")), message)


def _reached(world: World, request: Request, message: Message) -> Answer:
    """Also where it had gone back on the ladder while they were talking."""
    if not request.may_finish(message.person):
        return _standing(world, request, message)
    heard = Reported(message.n, Status.ANSWERED, "reached the caller")
    taken = () if _holds(request, message) else (Accepted(message.person, Channel.CALL),)
    world.apply(request.id, heard, *taken, Contacted(message.person))
    return speech.one_line(world.voice, "call.done")


def _arrived(world: World, request: Request, message: Message) -> Answer:
    world.apply(request.id, Reported(message.n, Status.ANSWERED, "arrived"), Arrived(message.person))
    return speech.one_line(world.voice, "call.arrived")


def _heard(world: World, request: Request, message: Message) -> Answer:
    """The desk knows who has it. Where that is not true any more, it hears so first."""
    if message.purpose is Purpose.OVERDUE and request.state is State.OPEN:
        return _standing(world, request, message)
    world.apply(request.id, Reported(message.n, Status.ANSWERED, "pressed 1"))
    return speech.one_line(world.voice, "call.overdue_heard")


_YES = {Menu.TAKE: _take, Menu.HELD: _held, Menu.TALKED: _reached, Menu.ARRIVED: _arrived, Menu.HEARD: _heard}


def _holder_key(world: World, request: Request, message: Message, digits: str) -> Answer:
    heard = Reported(message.n, Status.ANSWERED, f"pressed {digits}")
    if digits == "*":
        return paged.number(world.apply(request.id, heard), world.voice)
    world.apply(request.id, heard, Released(message.person))
    return speech.one_line(world.voice, "call.declined")


def _connect(world: World, request: Request, message: Message) -> Answer:
    """To the caller who waits on the line, or to their telephone: a number that may be dialled, and not without end."""
    if _joins(world, request, message):
        return paged.connecting(request, world.voice, waiting=True)
    if not phones.dialable(request.callback, world.settings.own_numbers):
        return paged.number(request, world.voice)
    try:
        request = world.apply(request.id, Connecting(message.person))
    except NotAllowed:
        return paged.no_more_talks(request, world.voice)
    return paged.connecting(request, world.voice)


def _once_more(world: World, request: Request, message: Message, menu: Menu) -> Answer:
    if menu is Menu.TALKED and request.may_finish(message.person):
        return paged.talked(world.voice)
    return paged.page_call(request, message, world.voice)


def _holds(request: Request, message: Message) -> bool:
    return request.state is State.ACCEPTED and request.accepted_by == message.person


def _opted_out(world: World, person: str) -> bool:
    return world.store.no_text().get(person) == "opted out"
