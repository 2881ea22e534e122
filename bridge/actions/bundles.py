"""One call that stands for several messages: each is spoken in turn, and each key is about the one that was spoken last.

What nobody pressed a key for is reported as failed when the call is over, so that its ladder goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bridge.actions import coordinators
from bridge.actions.world import World
from bridge.core import paged
from bridge.core.errors import UnknownRequest
from bridge.core.messages import wanted
from bridge.core.model import Channel, Message, Purpose, Request, Status
from bridge.core.speech import Answer, Menu, one_line

DECISIONS = ("1", "2", "3")


@dataclass(frozen=True)
class Turn:
    """What is said, and what the next key is about: the effect number `index` of the bundle, "request id/message number".
    Where it is the `last`, its call goes on like that of a single message. `prompts`: how often it was asked for in a row."""

    answer: Answer
    effect: str = ""
    index: int = 0
    last: bool = True
    prompts: int = 0


def picked_up(world: World, bundle: str) -> Turn:
    """Somebody, or something, picked up: how many wait, and the first of them."""
    effects = world.lanes.bundle(bundle)
    waiting = list(_waiting(world, effects, 0))
    if not waiting:
        return Turn(one_line(world.voice, "call.ended"))
    turn = _spoken(world, effects, waiting)
    if turn.last:
        return turn
    said = world.voice.wording.say("call.bundle", count=str(len(waiting)))
    return replace(turn, answer=replace(turn.answer, say=(said, *turn.answer.say)))


def pressed(
    world: World, bundle: str, index: int, digits: str, prompts: int, *, menu: Menu, sid: str = "", pin: str = ""
) -> Turn:
    """A key was pressed, or none (""), after this one was spoken, with this menu. Once it is dealt with, the next one is spoken
    at once."""
    effects = world.lanes.bundle(bundle)
    if index >= len(effects):
        return Turn(one_line(world.voice, "call.ended"))
    request_id, n = _split(effects[index])
    answer = coordinators.pressed(world, request_id, n, digits, prompts, menu=menu, sid=sid, pin=pin)
    here = Turn(answer, effects[index], index, last=False, prompts=0 if digits in coordinators.KEYS else prompts)
    if answer.through:
        return replace(here, last=True)
    if not _dealt_with(world, effects[index], digits):
        return here
    following = list(_waiting(world, effects, index + 1))
    if not following:
        return replace(here, last=True)
    turn = _spoken(world, effects, following, always=True)
    return replace(turn, answer=replace(turn.answer, say=(*_in_short(world, effects[index], answer, digits), *turn.answer.say)))


def _spoken(world: World, effects: Sequence[str], waiting: Sequence[int], *, always: bool = False) -> Turn:
    index = waiting[0]
    request_id, n = _split(effects[index])
    last = len(waiting) == 1 and not always
    return Turn(coordinators.picked_up(world, request_id, n), effects[index], index, last)


def _in_short(world: World, effect: str, answer: Answer, digits: str) -> tuple[str, ...]:
    """What came of a key, without the keys that would come next. Who takes it and gets no texts hears the number here."""
    said = answer.say[:-1] if answer.listen else answer.say
    found = _found(world, effect)
    if found and digits == "1" and found[0].accepted_by == found[1].person and not _texted(*found):
        return (*said, *paged.number(found[0], world.voice).say[:-1])
    return said


def _texted(request: Request, message: Message) -> bool:
    """Whether the number is on its way to them."""
    return any(
        m.person == message.person and m.purpose is Purpose.DETAILS and m.channel is Channel.TEXT for m in request.messages
    )


def _dealt_with(world: World, effect: str, digits: str) -> bool:
    found = _found(world, effect)
    if found is None or not wanted(*found):
        return True
    return digits in DECISIONS and found[1].status is Status.ANSWERED


def _waiting(world: World, effects: Sequence[str], start: int) -> Iterator[int]:
    """Which of the effects, from `start` on, still wait for this person."""
    for index in range(start, len(effects)):
        found = _found(world, effects[index])
        if found and wanted(*found) and found[1].status is not Status.ANSWERED:
            yield index


def _found(world: World, effect: str) -> tuple[Request, Message] | None:
    request_id, n = _split(effect)
    try:
        request = world.store.load(request_id)
    except UnknownRequest:
        return None
    return request, request.message(n)


def _split(effect: str) -> tuple[str, int]:
    request_id, _, n = effect.rpartition("/")
    return request_id, int(n)
