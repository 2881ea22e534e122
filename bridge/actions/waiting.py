"""A caller who stays on the line after the promise, until a coordinator answers by telephone.

The caller waits in a queue of the carrier's, and hears every few rounds how it stands. At any moment they can hang up and keep
the promise of a call back, or press 0. A carrier that has no queues says the same words, but cannot connect.
"""

from dataclasses import replace

from bridge.actions import callers
from bridge.actions.world import World
from bridge.core import speech
from bridge.core.intake import Call, Stage
from bridge.core.model import Request
from bridge.core.speech import JOINING, OVER, PAGED, PLIGHT, STILL, TAKEN, WAITING_ROUND, Answer, Listen

ROUNDS_OF_SILENCE = 2  # of ten seconds each, then who waits hears again how it stands
# QueueResult of who was put through to a coordinator, and of whom we have led out of the queue.
BRIDGED, LED_OUT = "bridged", "leave"
SILENCE = Answer((), Listen(keys=1, patience=WAITING_ROUND))


def waits(world: World, sid: str, digits: str, queued: bool) -> tuple[Call | None, Answer]:
    """One round of waiting is over. `queued`: the carrier holds the caller where a coordinator can be put through to them."""
    call = world.store.load_call(sid)
    if call is None:
        return None, speech.goodbye(world.voice)
    if call.stage is Stage.WAITING and digits == "0" and call.dials < callers.MOST_DIALS:
        call, _ = callers.put_through(world, replace(call, turn=call.turn + 1, stage=Stage.PUT_THROUGH, asked=True))
    if call.stage is not Stage.WAITING:
        return call, Answer((), leave=True) if queued else callers.standing(world, call)
    if queued:
        world.store.keep_waiting(call.request_id, f"{world.here}/{sid}")
    return _next_round(world, call, world.store.load(call.request_id))


def put_together(world: World, request_id: str) -> bool:
    """Whether the caller is on the line, to be put together with who has accepted. From then on they may talk for hours.

    Not where they are two accounts' callers: neither's queue is known to the other. Who waits then hears that it is taken, and
    is asked to hang up for the call back."""
    account, _, sid = world.store.waiting_call(request_id).partition("/")
    call = world.store.load_call(sid) if account == world.here else None
    if call is None or call.stage is not Stage.WAITING:
        return False
    world.store.stop_waiting(request_id)
    callers.kept(world, replace(call, plight=JOINING, waited=0), due_in=callers.LONG_CALL)
    return True


def waited(world: World, sid: str, result: str) -> tuple[Call | None, Answer]:
    """The caller has left the queue: `result` is the carrier's QueueResult."""
    call = world.store.load_call(sid)
    if call is None:
        return None, speech.goodbye(world.voice)
    world.store.stop_waiting(call.request_id)
    if result == BRIDGED:
        call = callers.kept(world, replace(call, stage=Stage.TOLD, turn=call.turn + 1))
        return call, speech.talk_ended(world.voice)
    if call.stage is Stage.WAITING and result != LED_OUT:  # the queue failed: the words come without it
        return call, speech.waiting(world.voice, "", world.store.load(call.request_id), world.now())
    return call, callers.standing(world, call)


def _next_round(world: World, call: Call, request: Request) -> tuple[Call, Answer]:
    now, due = world.now(), call.waited >= ROUNDS_OF_SILENCE
    plight = PLIGHT[request.state]
    if call.plight == JOINING and not due and plight == TAKEN:  # who has accepted is still listening to what they took
        key = "" if call.waited else JOINING
        return callers.kept(world, replace(call, waited=call.waited + 1)), speech.waiting(world.voice, key, request, now)
    if now >= call.waits_from + world.settings.policy.hold_for or (plight in (TAKEN, OVER) and plight == call.plight and due):
        return callers.kept(world, replace(call, stage=Stage.TOLD)), speech.waited(world.voice, request, now)
    if due or (plight != call.plight and (call.plight, plight) != (PAGED, STILL)):
        return callers.kept(world, replace(call, plight=plight, waited=0)), speech.waiting(world.voice, plight, request, now)
    return callers.kept(world, replace(call, waited=call.waited + 1)), speech.waiting(world.voice, "", request, now)
