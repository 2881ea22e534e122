"""The life of a request: one table is the law.

`step(request, event, context, now)` gives the request after the event, and what must be done about it. An event that the
table does not allow raises NotAllowed and changes nothing. Effects are never payloads: they point at a message of the request,
and what is said is made from the request as it stands when the message leaves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bridge.core import by_hand, escalation, scene, talks
from bridge.core.errors import NotAllowed
from bridge.core.events import (
    EXPIRED,
    Accepted,
    Arrived,
    CalledAgain,
    Closed,
    ConnectAsked,
    Connecting,
    Contacted,
    Corrected,
    Declined,
    Effect,
    Event,
    Expected,
    LegStarted,
    Needed,
    PagedNow,
    PersonPaged,
    Released,
    Reported,
    Silenced,
    TalkEnded,
    Ticked,
)
from bridge.core.messages import asked, effects, report, stand_down, tell, to_forget, with_call
from bridge.core.model import DEAD, Channel, Context, Place, Purpose, Request, State
from bridge.core.rota import DISPATCH

JUST_NOW = 30.0  # seconds: longer than the carrier goes on asking what it has had no answer to

Holder = Accepted | Expected | Released | Contacted | Needed | Arrived | ConnectAsked | Connecting


def opened(request: Request, context: Context, now: float, *, call_sid: str = "") -> tuple[Request, tuple[Effect, ...]]:
    """A new request goes on the ladder. `call_sid` is the caller's own call, remembered until its record is deleted."""
    request = replace(with_call(request, call_sid, now), alarm_at=request.deadline_at)
    request = replace(request, forget_by=request.opened_at + context.policy.keep_at_most)
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


def _tick_open(request: Request, event: Ticked, context: Context, now: float) -> Request:
    return scene.tick(escalation.alarm(request, context, now), context, now)


def _tick_accepted(request: Request, event: Ticked, context: Context, now: float) -> Request:
    request = scene.tick(escalation.alarm(request, context, now), context, now)
    if talks.going_on(request, now):
        return request
    if request.return_at is not None and now >= request.return_at:
        return _give_back(request, context, now, Purpose.RETURNED)
    if request.remind_at is not None and now >= request.remind_at:
        return tell(replace(request, remind_at=None), request.accepted_by, Purpose.REMIND, context, now)
    return request


def _tick_contacted(request: Request, event: Ticked, context: Context, now: float) -> Request:
    return _tick_ended(scene.tick(request, context, now), event, context, now)


def _tick_ended(request: Request, event: Ticked, context: Context, now: float) -> Request:
    if request.erase_at is None or now < request.erase_at:
        return request
    kept = tuple(to_forget(m, now) for m in request.messages)
    return replace(request, state=State.ERASED, place=Place(), callback="", messages=kept, erase_at=None)


def _accept(request: Request, event: Accepted, context: Context, now: float) -> Request:
    first = now if request.first_accepted_at is None else request.first_accepted_at
    request = replace(request, state=State.ACCEPTED, accepted_by=event.by, accepted_at=now, first_accepted_at=first)
    request = replace(request, next_at=None, talk_until=None)
    request = _expected(request, event.eta, context, now)
    request = stand_down(request, context, now, besides=event.by)
    return tell(request, event.by, Purpose.DETAILS, context, now, by_call=event.via is Channel.TEXT)


def _expected(request: Request, eta: float | None, context: Context, now: float) -> Request:
    """Whoever named a time is reminded at that time, and has it as long after it as anybody has after a reminder."""
    policy = context.policy
    remind_at, return_at = now + policy.remind_after, now + policy.contact_within
    if eta is not None:
        remind_at, return_at = eta, max(return_at, eta + policy.contact_within - policy.remind_after)
    return replace(request, eta_at=eta, remind_at=remind_at, return_at=return_at)


def _expect(request: Request, event: Expected, context: Context, now: float) -> Request:
    _holds(request, event)
    return _expected(request, event.eta, context, now)


def _accept_again(request: Request, event: Accepted, context: Context, now: float) -> Request:
    """Who has it asks for it once more: the number is texted again, unless it was just now: the carrier tells us of one text
    twice where our first answer did not reach it. Nobody else may ask. What a dispatcher says twice is said."""
    _holds(request, event)
    if event.eta is not None:
        request = _expected(request, event.eta, context, now)
    theirs = (m for m in request.messages if (m.person, m.purpose) == (event.by, Purpose.DETAILS) and m.status not in DEAD)
    if event.via is Channel.CALL or event.told or any(now < m.at + JUST_NOW for m in theirs):
        return request
    return tell(request, event.by, Purpose.DETAILS, context, now)


def _decline(request: Request, event: Declined, context: Context, now: float) -> Request:
    return replace(request, passed=request.passed | {event.by})


def _release(request: Request, event: Released, context: Context, now: float) -> Request:
    _holds(request, event)
    return _give_back(request, context, now)


def _contact(request: Request, event: Contacted, context: Context, now: float) -> Request:
    _holds(request, event)
    return _end(replace(request, state=State.CONTACTED, contacted_at=now), context, now)


def _need(request: Request, event: Needed, context: Context, now: float) -> Request:
    _holds(request, event)
    if request.arrived_at is not None:
        raise NotAllowed(state="arrived on scene", event=type(event).__name__)
    return scene.needed(request, event.people, context, now)


def _arrive(request: Request, event: Arrived, context: Context, now: float) -> Request:
    """Who is there has reached the caller."""
    _holds(request, event)
    if request.state is State.CONTACTED and not request.awaited:
        raise NotAllowed(state=request.state, event=type(event).__name__)
    contacted_at = now if request.contacted_at is None else request.contacted_at
    request = replace(scene.arrived(request, now), state=State.CONTACTED, contacted_at=contacted_at)
    return _end(request, context, now)


def _ask_to_connect(request: Request, event: ConnectAsked, context: Context, now: float) -> Request:
    _holds(request, event)
    return talks.ask(request, event, context, now)


def _connect(request: Request, event: Connecting, context: Context, now: float) -> Request:
    _holds(request, event)
    return talks.begin(request, event, context, now)


def _holds(request: Request, event: Holder) -> None:
    if event.by != request.accepted_by:
        raise NotAllowed(state=f"{request.state} by somebody else", event=type(event).__name__)


def _close_reached(request: Request, event: Closed, context: Context, now: float) -> Request:
    """The caller was reached: there is only something left to close while somebody is awaited on scene."""
    if not request.awaited:
        raise NotAllowed(state=request.state, event=type(event).__name__)
    return _close(request, event, context, now)


def _close(request: Request, event: Closed, context: Context, now: float) -> Request:
    ended = replace(request, state=State.CLOSED, closed_at=now, closed_for=event.reason)
    return _end(stand_down(ended, context, now), context, now)


def _called_again(request: Request, event: CalledAgain, context: Context, now: float) -> Request:
    """Page again now. What the caller says now is what counts: a place in another region starts the ladder over there."""
    before, hung_up = request, request.hung_up and event.hung_up
    request = replace(with_call(request, event.sid, now), callback=request.callback or event.callback, hung_up=hung_up)
    if event.place.region:
        request = replace(request, place=event.place, incomplete=hung_up or not request.callback)
    moved = escalation.way_up(request, context) != escalation.way_up(before, context)
    if now < request.nudged_at + context.policy.nudge_every and not moved:
        return request
    request = replace(request, nudged_at=now)
    if request.state is State.ACCEPTED:
        return tell(request, request.accepted_by, Purpose.AGAIN, context, now)
    for person in asked(request):
        request = tell(request, person, Purpose.AGAIN, context, now, by_call=False)
    return escalation.start(request, context, now) if moved else replace(request, next_at=now)


def _give_back(request: Request, context: Context, now: float, why: Purpose | None = None) -> Request:
    """Back on the ladder; who had it is not asked first again."""
    holder = request.accepted_by
    request = replace(
        request,
        state=State.OPEN,
        accepted_by="",
        accepted_at=None,
        eta_at=None,
        remind_at=None,
        return_at=None,
        silenced=frozenset(),  # what was quiet because somebody had it sounds again
    )
    if why:
        request = tell(request, holder, why, context, now)
    if request.alarm_at is None:  # dispatch heard that somebody had it, which is no longer true
        request = replace(request, alarm_at=max(request.deadline_at, now))
    return escalation.start(request, context, now, passed={holder} - {DISPATCH})  # the desk is never left out


def _end(request: Request, context: Context, now: float) -> Request:
    """The caller was reached, or nobody needs to be. What is known is kept only where somebody is awaited on scene."""
    request = replace(request, next_at=None, remind_at=None, return_at=None, alarm_at=None)
    if request.awaited:
        return request
    erase_at = now + context.policy.erase_after
    return replace(scene.settled(request), erase_at=min(erase_at, request.forget_by or erase_at))


@dataclass(frozen=True)
class Row:
    """One row of the law: what an event does, and which states may follow."""

    do: Callable[[Request, "Event", Context, float], Request]
    to: tuple[State, ...]


def _row(do: Callable[..., Request], *to: State) -> Row:
    return Row(do, to)


def _in_time(tick: Callable[..., Request]) -> Callable[..., Request]:
    """What time brings, unless nothing may be kept any longer, though nobody has reached the caller, or nobody has come."""

    def do(request: Request, event: Ticked, context: Context, now: float) -> Request:
        over = request.given_up_at is not None and now >= request.given_up_at
        return _close(request, Closed(EXPIRED), context, now) if over else tick(request, event, context, now)

    return do


_OPEN, _ACCEPTED, _CONTACTED, _CLOSED, _ERASED = State
TABLE: dict[tuple[State, type], Row] = {
    **{(state, LegStarted): _row(talks.remember_leg, state) for state in State},
    **{(state, TalkEnded): _row(talks.end, state) for state in State},
    (_OPEN, Ticked): _row(_in_time(_tick_open), _OPEN, _CLOSED),
    (_OPEN, Accepted): _row(_accept, _ACCEPTED),
    (_OPEN, Declined): _row(_decline, _OPEN),
    (_OPEN, CalledAgain): _row(_called_again, _OPEN),
    (_OPEN, Closed): _row(_close, _CLOSED),
    (_OPEN, PagedNow): _row(by_hand.page_now, _OPEN),
    (_OPEN, PersonPaged): _row(by_hand.page_person, _OPEN),
    (_OPEN, Corrected): _row(by_hand.correct, _OPEN),
    (_OPEN, Silenced): _row(by_hand.silence, _OPEN),
    (_ACCEPTED, Ticked): _row(_in_time(_tick_accepted), _ACCEPTED, _OPEN, _CLOSED),
    (_ACCEPTED, Accepted): _row(_accept_again, _ACCEPTED),
    (_ACCEPTED, Expected): _row(_expect, _ACCEPTED),
    (_ACCEPTED, ConnectAsked): _row(_ask_to_connect, _ACCEPTED),
    (_ACCEPTED, Connecting): _row(_connect, _ACCEPTED),
    (_ACCEPTED, Needed): _row(_need, _ACCEPTED),
    (_ACCEPTED, Arrived): _row(_arrive, _CONTACTED),
    (_ACCEPTED, Released): _row(_release, _OPEN),
    (_ACCEPTED, Contacted): _row(_contact, _CONTACTED),
    (_ACCEPTED, CalledAgain): _row(_called_again, _ACCEPTED),
    (_ACCEPTED, Closed): _row(_close, _CLOSED),
    (_ACCEPTED, Corrected): _row(by_hand.correct, _ACCEPTED),
    (_ACCEPTED, Silenced): _row(by_hand.silence, _ACCEPTED),
    (_CONTACTED, Ticked): _row(_in_time(_tick_contacted), _CONTACTED, _ERASED, _CLOSED),
    (_CONTACTED, Needed): _row(_need, _CONTACTED),
    (_CONTACTED, Arrived): _row(_arrive, _CONTACTED),
    (_CONTACTED, Closed): _row(_close_reached, _CLOSED),
    (_CONTACTED, Corrected): _row(by_hand.correct, _CONTACTED),
    (_CONTACTED, Silenced): _row(by_hand.silence, _CONTACTED),
    (_CLOSED, Ticked): _row(_tick_ended, _CLOSED, _ERASED),
    (_ERASED, Ticked): _row(lambda request, *_: request, _ERASED),
    **{(state, Reported): _row(report, state) for state in State},
}


def allowed() -> Iterator[tuple[State, str, tuple[State, ...]]]:
    """The table as (state, event name, possible next states), for the diagrams that are drawn from it."""
    for (state, event), row in TABLE.items():
        yield state, event.__name__, row.to
