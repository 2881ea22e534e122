"""The life of a request: one table is the law.

`step(request, event, context, now)` gives the request after the event, and what must be done about it. An event that the
table does not allow raises NotAllowed and changes nothing. Effects are never payloads: they point at a message of the request,
and what is said is made from the request as it stands when the message leaves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bridge.core import escalation
from bridge.core.errors import NotAllowed
from bridge.core.events import (
    Accepted,
    CalledAgain,
    Closed,
    Contacted,
    Declined,
    Effect,
    Event,
    Released,
    Reported,
    Send,
    Settle,
    Ticked,
)
from bridge.core.model import (
    DEAD,
    PENDING,
    RANK,
    Channel,
    Context,
    Message,
    Place,
    Purpose,
    Request,
    State,
    Status,
)
from bridge.core.rota import DISPATCH


def opened(request: Request, context: Context, now: float, *, call_sid: str = "") -> tuple[Request, tuple[Effect, ...]]:
    """A new request goes on the ladder. `call_sid` is the caller's own call, remembered until its record is deleted."""
    request = replace(_with_call(request, call_sid, now), alarm_at=request.deadline_at)
    after = escalation.advance(escalation.start(request, context, now), context, now)
    return after, effects(None, after)


def step(request: Request, event: Event, context: Context, now: float) -> tuple[Request, tuple[Effect, ...]]:
    """The request after the event, and what to do about it. Raises NotAllowed where the table has no such row."""
    row = TABLE.get((request.state, type(event)))
    if row is None:
        raise NotAllowed(state=request.state, event=type(event).__name__)
    after = row.do(request, event, context, now)
    after = escalation.advance(after, context, now)
    return after, effects(request, after)


def effects(before: Request | None, after: Request) -> tuple[Effect, ...]:
    """What changed between what waited before and what waits now."""
    waited = {m.n: m for m in before.messages if m.status in PENDING} if before else {}
    waits = {m.n: m for m in after.messages if m.status in PENDING}
    return (
        *(Settle(n) for n in waited if n not in waits),
        *(Send(n, m.at) for n, m in waits.items() if n not in waited or _attempt(waited[n]) != _attempt(m)),
    )


def _attempt(message: Message) -> tuple[float, Status, int]:
    return message.at, message.status, message.tries


def wanted(request: Request, message: Message) -> bool:
    """Whether a message that waited still has anything true to say."""
    if message.purpose is Purpose.PAGE and message.person in request.passed:
        return False
    return request.state in _WANTED_IN[message.purpose] and (
        message.purpose not in _ONLY_FOR_HOLDER or message.person == request.accepted_by
    )


_ONLY_FOR_HOLDER = frozenset({Purpose.DETAILS, Purpose.REMIND})
_WANTED_IN = {
    Purpose.INTAKE: frozenset[State](),
    Purpose.PAGE: frozenset({State.OPEN}),
    Purpose.DETAILS: frozenset({State.ACCEPTED}),
    Purpose.REMIND: frozenset({State.ACCEPTED}),
    Purpose.AGAIN: frozenset({State.OPEN, State.ACCEPTED}),
    Purpose.OVERDUE: frozenset({State.OPEN, State.ACCEPTED}),
    Purpose.RETURNED: frozenset({State.OPEN}),
    Purpose.STAND_DOWN: frozenset({State.ACCEPTED, State.CONTACTED, State.CLOSED}),
}


def _tick_open(request: Request, event: Ticked, context: Context, now: float) -> Request:
    return escalation.alarm(request, context, now)


def _tick_accepted(request: Request, event: Ticked, context: Context, now: float) -> Request:
    request = escalation.alarm(request, context, now)
    if request.return_at is not None and now >= request.return_at:
        return _give_back(request, context, now, Purpose.RETURNED)
    if request.remind_at is not None and now >= request.remind_at:
        return _tell(replace(request, remind_at=None), request.accepted_by, Purpose.REMIND, context, now)
    return request


def _tick_ended(request: Request, event: Ticked, context: Context, now: float) -> Request:
    if request.erase_at is None or now < request.erase_at:
        return request
    kept = tuple(_to_forget(m, now) for m in request.messages)
    return replace(request, state=State.ERASED, place=Place(), callback="", messages=kept, erase_at=None)


def _accept(request: Request, event: Accepted, context: Context, now: float) -> Request:
    policy = context.policy
    request = replace(
        request,
        state=State.ACCEPTED,
        accepted_by=event.by,
        accepted_at=now,
        next_at=None,
        remind_at=now + policy.remind_after,
        return_at=now + policy.contact_within,
    )
    request = _stand_down(request, context, now, besides=event.by)
    return _tell(request, event.by, Purpose.DETAILS, context, now, by_call=event.via is Channel.TEXT)


def _accept_again(request: Request, event: Accepted, context: Context, now: float) -> Request:
    """Who has it asks for it once more: the number is texted again. Nobody else may."""
    _holds(request, event)
    if event.via is Channel.CALL:
        return request
    return _tell(request, event.by, Purpose.DETAILS, context, now)


def _decline(request: Request, event: Declined, context: Context, now: float) -> Request:
    return replace(request, passed=request.passed | {event.by})


def _release(request: Request, event: Released, context: Context, now: float) -> Request:
    _holds(request, event)
    return _give_back(request, context, now)


def _contact(request: Request, event: Contacted, context: Context, now: float) -> Request:
    _holds(request, event)
    return _end(replace(request, state=State.CONTACTED, contacted_at=now), context, now)


def _holds(request: Request, event: Accepted | Released | Contacted) -> None:
    if event.by != request.accepted_by:
        raise NotAllowed(state=f"{request.state} by somebody else", event=type(event).__name__)


def _close(request: Request, event: Closed, context: Context, now: float) -> Request:
    ended = replace(request, state=State.CLOSED, closed_at=now, closed_for=event.reason)
    return _end(_stand_down(ended, context, now), context, now)


def _called_again(request: Request, event: CalledAgain, context: Context, now: float) -> Request:
    """Page again now. What the caller says now is what counts: a place in another region starts the ladder over there."""
    before, hung_up = request, request.hung_up and event.hung_up
    request = replace(_with_call(request, event.sid, now), callback=request.callback or event.callback, hung_up=hung_up)
    if event.place.region:
        request = replace(request, place=event.place, incomplete=hung_up or not request.callback)
    moved = _way_up(request, context) != _way_up(before, context)
    if now < request.nudged_at + context.policy.nudge_every and not moved:
        return request
    request = replace(request, nudged_at=now)
    if request.state is State.ACCEPTED:
        return _tell(request, request.accepted_by, Purpose.AGAIN, context, now)
    for person in _asked(request):
        request = _tell(request, person, Purpose.AGAIN, context, now, by_call=False)
    return escalation.start(request, context, now) if moved else replace(request, next_at=now)


def _way_up(request: Request, context: Context) -> tuple[object, ...]:
    """What decides whom the ladder pages."""
    return request.place.region, escalation.ladder_of(request, context.policy)


def _report(request: Request, event: Reported, context: Context, now: float) -> Request:
    message = request.message(event.n)
    if event.retry_at is not None and message.status in PENDING:
        later = replace(message, at=event.retry_at, tries=message.tries + 1, word=event.word, changed_at=now)
        return request.with_changed(later)
    sid = message.sid or event.sid
    if event.sid not in ("", sid):  # the answer to a first attempt was lost, and the carrier has two records of it
        status = Status.FORGETTING if request.state is State.ERASED else Status.SENT
        twin = replace(message, rung=-1, status=status, at=now, changed_at=now, sid=event.sid, tries=0)
        request = _with_record(request, twin)
    if RANK[event.status] <= RANK[message.status]:
        known = replace(message, sid=sid)
        late = request.state is State.ERASED and sid and not message.sid  # it was under way while its request was erased
        return request.with_changed(_to_forget(known, now) if late else known)
    changed = replace(message, status=event.status, sid=sid, word=event.word, changed_at=now)
    request = request.with_changed(changed)
    if message.status is Status.DROPPED:
        return _slipped_out(request, changed, context, now)
    return _follow_up(request, changed, context, now)


def _slipped_out(request: Request, message: Message, context: Context, now: float) -> Request:
    """A page that was dropped has left all the same, for it was under way: it is taken back."""
    over = request.state in _WANTED_IN[Purpose.STAND_DOWN] and message.person != request.accepted_by
    if over and message.purpose is Purpose.PAGE and message.person in _asked(request):
        return _tell(request, message.person, Purpose.STAND_DOWN, context, now, by_call=False)
    return request


def _follow_up(request: Request, message: Message, context: Context, now: float) -> Request:
    """What a failed message to the one who has the request, or an answered alarm, makes necessary."""
    if message.purpose is Purpose.OVERDUE and message.status is Status.ANSWERED:
        return replace(request, alarm_at=None)
    failed_text = message.status is Status.FAILED and message.channel is Channel.TEXT
    to_holder = message.person == request.accepted_by
    if failed_text and to_holder and message.purpose in _MUST_REACH and wanted(request, message):
        return request.with_message(message.person, Channel.CALL, message.purpose, now)
    return request


_MUST_REACH = frozenset({Purpose.DETAILS, Purpose.REMIND, Purpose.AGAIN})


def _give_back(request: Request, context: Context, now: float, tell: Purpose | None = None) -> Request:
    """Back on the ladder; who had it is not asked first again."""
    holder = request.accepted_by
    request = replace(
        request,
        state=State.OPEN,
        accepted_by="",
        accepted_at=None,
        remind_at=None,
        return_at=None,
    )
    if tell:
        request = _tell(request, holder, tell, context, now)
    if request.alarm_at is None:  # dispatch heard that somebody had it, which is no longer true
        request = replace(request, alarm_at=max(request.deadline_at, now))
    return escalation.start(request, context, now, passed={holder} - {DISPATCH})  # the desk is never left out


def _end(request: Request, context: Context, now: float) -> Request:
    return replace(
        request, next_at=None, remind_at=None, return_at=None, alarm_at=None, erase_at=now + context.policy.erase_after
    )


def _stand_down(request: Request, context: Context, now: float, besides: str = "") -> Request:
    """Tell everybody who was asked that they need not; what has not left yet never leaves."""
    asked = [person for person in _asked(request) if person != besides]
    if request.state is State.CLOSED and request.accepted_by and request.accepted_by not in asked:
        asked.append(request.accepted_by)
    for message in request.messages:
        if message.status is Status.WAITING:
            request = request.with_changed(replace(message, status=Status.DROPPED, changed_at=now))
    for person in asked:
        request = _tell(request, person, Purpose.STAND_DOWN, context, now, by_call=False)
    return request


def _asked(request: Request) -> list[str]:
    """Whom a page has left for since they were last told to stand down, and who has not passed, in order, each once."""
    asked: dict[str, None] = {}
    for message in request.messages:
        left = message.status not in DEAD | {Status.WAITING}
        if message.purpose is Purpose.PAGE and left:
            asked[message.person] = None
        elif message.purpose is Purpose.STAND_DOWN and message.status not in DEAD:
            asked.pop(message.person, None)
    return [person for person in asked if person not in request.passed]


def _tell(request: Request, person: str, purpose: Purpose, context: Context, now: float, *, by_call: bool = True) -> Request:
    """Text the person; where texts do not reach them, call, unless the news is not worth a call. Who has left is not told."""
    known = context.roster.people.get(person)
    if known is None:
        return request
    channel = context.channel(known, Channel.TEXT)
    if channel is Channel.CALL and not by_call:
        return request
    return request.with_message(person, channel, purpose, now)


def _with_call(request: Request, sid: str, now: float) -> Request:
    call = Message(0, "caller", Channel.CALL, Purpose.INTAKE, at=now, status=Status.ANSWERED, changed_at=now, sid=sid)
    return _with_record(request, call)


def _with_record(request: Request, record: Message) -> Request:
    """The same request, aware of one more record at the carrier, which is to be deleted one day."""
    if not record.sid or any(m.sid == record.sid for m in request.messages):
        return request
    return replace(request, messages=(*request.messages, replace(record, n=len(request.messages))))


def _to_forget(message: Message, now: float) -> Message:
    status = Status.FORGETTING if message.sid else Status.FORGOTTEN
    return replace(message, status=status, at=now, tries=0)


@dataclass(frozen=True)
class Row:
    """One row of the law: what an event does, and which states may follow."""

    do: Callable[[Request, "Event", Context, float], Request]
    to: tuple[State, ...]


def _row(do: Callable[..., Request], *to: State) -> Row:
    return Row(do, to)


_OPEN, _ACCEPTED, _CONTACTED, _CLOSED, _ERASED = State
TABLE: dict[tuple[State, type], Row] = {
    (_OPEN, Ticked): _row(_tick_open, _OPEN),
    (_OPEN, Accepted): _row(_accept, _ACCEPTED),
    (_OPEN, Declined): _row(_decline, _OPEN),
    (_OPEN, CalledAgain): _row(_called_again, _OPEN),
    (_OPEN, Closed): _row(_close, _CLOSED),
    (_ACCEPTED, Ticked): _row(_tick_accepted, _ACCEPTED, _OPEN),
    (_ACCEPTED, Accepted): _row(_accept_again, _ACCEPTED),
    (_ACCEPTED, Released): _row(_release, _OPEN),
    (_ACCEPTED, Contacted): _row(_contact, _CONTACTED),
    (_ACCEPTED, CalledAgain): _row(_called_again, _ACCEPTED),
    (_ACCEPTED, Closed): _row(_close, _CLOSED),
    (_CONTACTED, Ticked): _row(_tick_ended, _CONTACTED, _ERASED),
    (_CLOSED, Ticked): _row(_tick_ended, _CLOSED, _ERASED),
    (_ERASED, Ticked): _row(lambda request, *_: request, _ERASED),
    **{(state, Reported): _row(_report, state) for state in State},
}


def allowed() -> Iterator[tuple[State, str, tuple[State, ...]]]:
    """The table as (state, event name, possible next states), for the diagrams that are drawn from it."""
    for (state, event), row in TABLE.items():
        yield state, event.__name__, row.to
