"""What a caller does: calls, answers, is put through, hangs up.

What was promised is on disk before it is spoken: `Answer`s that promise are made only from a request that the store has taken.
"""

import hashlib
import hmac
import secrets
from dataclasses import replace

import structlog

from bridge.actions import limits, opening, records, replays
from bridge.actions.ports import PutThrough
from bridge.actions.world import World
from bridge.core import phones, speech
from bridge.core.errors import Conflict, CountsNoMore, NotAllowed, TooMany, UnknownRequest
from bridge.core.events import CalledAgain, LegStarted
from bridge.core.intake import Call, Heard, Stage, hear
from bridge.core.model import Channel, Place, Request, State
from bridge.core.speech import Answer

log = structlog.get_logger(__name__)

LONG_CALL = 4 * 3600.0  # seconds: longer than any talk with a dispatcher
SETTLE = 10.0  # seconds that the answer of the dispatch desk may come later than the end of the call
MOST_DIALS = 3
ANSWERED = ("completed", "answered")  # DialCallStatus of a dial in which somebody picked up


def arrived(world: World, sid: str, caller_id: str) -> tuple[Call, Answer]:
    """A call comes in. `caller_id` is whatever the carrier says it is. Raises TooMany, CountsNoMore."""
    known = world.store.load_call(sid)
    if known:  # the carrier asks again where our first answer did not reach it: who has answered nothing has heard nothing
        return known, standing(world, known) if known.turn else speech.greeting(known, world.voice, world.ears)
    if replays.is_over(world, sid):
        raise CountsNoMore
    call = _new(world, sid, caller_id)
    limits.called(world, call)
    return kept(world, call), speech.greeting(call, world.voice, world.ears)


def answered(world: World, sid: str, caller_id: str, turn: int, heard: Heard) -> tuple[Call, Answer]:
    """The caller answered the question of this turn, or was silent. An answer to an older question only repeats the last.
    Raises TooMany, CountsNoMore."""
    call = world.store.load_call(sid)
    if call is None:
        return arrived(world, sid, caller_id)
    if call.turn != turn or call.stage is Stage.WAITING:
        return call, standing(world, call)
    if call.stage is Stage.TOLD:
        return _after_the_end(world, call, heard)
    try:
        return _heard(world, call, heard)
    except TooMany:  # nothing is kept of it
        world.store.forget_call(sid)
        raise


def _heard(world: World, call: Call, heard: Heard) -> tuple[Call, Answer]:
    call = hear(call, heard, world.ears)
    if call.stage is Stage.COMPLETE:
        return _complete(world, call)
    if call.stage is Stage.PUT_THROUGH:
        return put_through(world, call)
    return kept(world, call), speech.question(call, world.voice, world.ears)


def dialled(world: World, sid: str, status: str, gone: bool) -> tuple[Call | None, Answer]:
    """The dispatch desk answered, or did not: `status` is the carrier's DialCallStatus. `gone`: the caller has hung up.
    Raises TooMany."""
    call = world.store.load_call(sid)
    if call is None:
        return None, speech.goodbye(world.voice)
    if status in ANSWERED:
        return _reached(world, call), speech.goodbye(world.voice)
    if gone:
        return call, speech.goodbye(world.voice)  # what becomes of it is decided when the end of the call is reported
    return _no_dispatcher(world, *_stored(world, call)[:2])


def dialled_while_broken(world: World, sid: str, caller_id: str, status: str) -> tuple[Call, Answer]:
    """The desk was dialled because something of ours had failed. If it works again, the request is made with what is known.
    Raises TooMany, CountsNoMore."""
    call = world.store.load_call(sid) or _met_while_broken(world, sid, caller_id)
    call, request, _ = _stored(world, replace(call, stage=Stage.PUT_THROUGH))
    world.watch.met_broken(world.now())
    if status in ANSWERED:
        return _reached(world, call), speech.goodbye(world.voice)
    return _no_dispatcher(world, call, request)


def ended(world: World, sid: str) -> None:
    """The caller has hung up, or the call has come to its end. From now on nothing that is signed about it counts."""
    call = world.store.load_call(sid)
    if call is None:  # the bridge did not work while it went on, or this is told twice
        if not replays.is_over(world, sid):
            records.leave(world, Channel.CALL, sid)
    elif call.stage is Stage.PUT_THROUGH and not call.reached:
        kept(world, call, due_in=SETTLE)  # what became of the dial may still be on its way
    else:
        _over(world, call)
    replays.ended(world, sid)


def gone_quiet(world: World, sid: str) -> None:
    """Nothing was heard of this call for too long: it has ended, and the word of that was lost."""
    replays.quiet(world, sid)
    call = world.store.load_call(sid)
    if call is None:
        records.leave(world, Channel.CALL, sid)
        world.store.forget_call(sid)
    else:
        _over(world, call)


def leg_started(world: World, request_id: str, sid: str) -> None:
    """The carrier has a call of ours to the caller, whose record is to be deleted one day."""
    if not sid:
        return
    try:
        world.apply(request_id, LegStarted(sid))
    except UnknownRequest:
        log.info("a call of an unknown request", request=request_id)
        records.leave(world, Channel.CALL, sid)


def _new(world: World, sid: str, caller_id: str) -> Call:
    number = phones.callback_from(caller_id, world.settings.own_numbers) or ""
    return Call(sid, request_id=_new_id(), caller_id=number, withheld=not number)


def _met_while_broken(world: World, sid: str, caller_id: str) -> Call:
    """A call of which nothing is known. Its request has an id that follows from the call: told twice, it is one request."""
    if replays.is_over(world, sid, SETTLE):
        raise CountsNoMore
    call = _new(world, sid, caller_id)
    limits.called(world, call)
    own = hmac.new(world.settings.secret_key.encode(), f"request of {sid}".encode(), hashlib.sha256).hexdigest()
    return replace(call, request_id=own[:16])


def _new_id() -> str:
    return secrets.token_hex(8)


def _over(world: World, call: Call) -> None:
    """The end of a call. What was said before a hang-up survives it: by the policy, somebody is paged."""
    asked_in_vain = call.stage is Stage.PUT_THROUGH and not call.reached
    left_alone = world.settings.policy.hang_up == "ignore" and not asked_in_vain
    worth_it = (call.confirmed or asked_in_vain) and bool(call.number) and not left_alone
    if worth_it and not call.stored and not call.reached:
        call = _stored_at_last(world, call)
    if not call.stored:  # else the record goes with the request
        records.leave(world, Channel.CALL, call.sid)
    if call.stage is Stage.WAITING:
        world.store.stop_waiting(call.request_id)
    world.store.forget_call(call.sid)


def _stored_at_last(world: World, call: Call) -> Call:
    """The call, stored where its caller has not asked for too much."""
    try:
        return _stored(world, call, hung_up=True)[0]
    except TooMany:
        log.info("a hang-up is not stored: its caller has asked for too much")
        return call


def _complete(world: World, call: Call) -> tuple[Call, Answer]:
    call, request, again = _stored(world, call)
    return _told(world, call), speech.promise(request, again, world.live_voice, world.now())


def put_through(world: World, call: Call) -> tuple[Call, Answer]:
    """To a person. Who asked for one is in that person's hands; for anybody else the request is made first."""
    if not call.asked:
        call, _, _ = _stored(world, call)
    call = replace(call, dials=call.dials + 1)
    return kept(world, call, due_in=LONG_CALL), speech.put_through(world.voice, call)


def _after_the_end(world: World, call: Call, heard: Heard) -> tuple[Call, Answer]:
    """Everything has been said. Who presses 0 gets a person; who stays on the line waits there."""
    call = replace(call, turn=call.turn + 1)
    if heard.digits == "0" and call.dials < MOST_DIALS:
        return put_through(world, replace(call, stage=Stage.PUT_THROUGH, asked=True))
    request, now = world.store.load(call.request_id), world.now()
    plight = speech.PAGED if request.state is State.OPEN else speech.PLIGHT[request.state]
    if plight == speech.OVER or not request.callback:
        return kept(world, call), speech.goodbye(world.voice)
    call = kept(world, replace(call, stage=Stage.WAITING, waits_from=now, plight=plight, waited=0))
    return call, speech.hold(world.voice, plight, request, now)


def standing(world: World, call: Call) -> Answer:
    """What stands in this call, said again: for a webhook that came twice."""
    if call.stage is Stage.PUT_THROUGH:
        return speech.put_through(world.voice, call)
    if call.stage is Stage.TOLD:
        request = world.store.load(call.request_id)
        return speech.promise(request, False, world.voice, world.now())
    if call.stage is Stage.WAITING:
        return speech.hold(world.voice, call.plight, world.store.load(call.request_id), world.now())
    return speech.question(call, world.voice, world.ears)


def _reached(world: World, call: Call) -> Call:
    if call.asked and not call.stored:
        world.store.put_through(PutThrough(world.now()))
    return kept(world, replace(call, reached=True), due_in=LONG_CALL)


def _told(world: World, call: Call) -> Call:
    return kept(world, replace(call, stage=Stage.TOLD))


def kept(world: World, call: Call, due_in: float | None = None) -> Call:
    """The call, on disk; without a sign of life within `due_in` seconds it counts as over."""
    world.store.save_call(call, world.now() + (world.settings.policy.idle_call if due_in is None else due_in))
    return call


def _no_dispatcher(world: World, call: Call, request: Request) -> tuple[Call, Answer]:
    stage = Stage.TOLD if request.callback else Stage.NUMBER
    call = kept(world, replace(call, stage=stage, failures=0, turn=call.turn + 1))
    answer = speech.no_dispatcher(world.voice, request, world.now())
    return call, answer if call.dials < MOST_DIALS else replace(answer, listen=None)


def _stored(world: World, call: Call, *, hung_up: bool = False) -> tuple[Call, Request, bool]:
    """The call's request, on disk: a new one, or the one that this number has open already, which is nudged (True)."""
    for _ in range(opening.MOST_TRIES):
        try:
            standing, again = _standing_request(world, call, hung_up)
        except (NotAllowed, UnknownRequest):  # it ended in this very moment, so this is a matter of its own
            call = replace(call, request_id=_new_id(), stored=False)
        else:
            return replace(call, request_id=standing.id, stored=True), standing, again
    raise Conflict(id=call.request_id, tries=opening.MOST_TRIES)


def _standing_request(world: World, call: Call, hung_up: bool) -> tuple[Request, bool]:
    if not call.stored:
        limits.asked_for(world, call)
    standing = call.request_id if call.stored else opening.create(world, _draft(world, call, hung_up), call.sid)
    request = world.store.load(standing)
    if standing == call.request_id and not call.stored:
        return request, False
    if call.stored and (request.callback or not call.number):
        return request, True  # the same call, and nothing new was said in it
    place = call.place if call.confirmed else Place()
    return opening.called_again(world, standing, CalledAgain(place, call.number, call.sid, hung_up))[1], True


def _draft(world: World, call: Call, hung_up: bool) -> Request:
    incomplete = not (call.confirmed and call.callback) or hung_up
    return opening.draft(world, call.request_id, call.place, call.number, incomplete=incomplete, hung_up=hung_up)
