"""What a dispatcher does to a request by hand: have somebody paged, put right what is wrong, silence an alarm.

The rules:
- Done twice, or by two dispatchers at once, it is done once.
- Who was paged by hand answers as anybody does who was paged. The ladder goes on as if they had not been.
- A correction is told to those whom it concerns, and to nobody where nothing changes.
- An alarm that is silenced is silent at the board only: the calls to the dispatch desk go on until a key is pressed there.
"""

from collections.abc import Iterator
from dataclasses import replace

from bridge.core import escalation
from bridge.core.errors import NotAllowed
from bridge.core.events import Corrected, PagedNow, PersonPaged, Silenced
from bridge.core.messages import asked, tell
from bridge.core.model import DEAD, Channel, Context, Message, Purpose, Request, State, Status

JUST_NOW = 60.0  # seconds: who was paged a moment ago is not paged again


def page_now(request: Request, event: PagedNow, context: Context, now: float) -> Request:
    """The next rung goes now, where as many have gone as the dispatcher saw."""
    return replace(request, next_at=now) if request.fired == event.fired else request


def page_person(request: Request, event: PersonPaged, context: Context, now: float) -> Request:
    """Page one person on every channel, at once, besides the ladder. Who had passed counts as asked anew. Where a page of the
    last minute may still be answered, there is no second one on its channel."""
    person, known = event.person, context.roster.people.get(event.person)
    if known is None:
        return request
    passed, request = person in request.passed, replace(request, passed=request.passed - {person})
    for channel in dict.fromkeys(context.channel(known, wanted) for wanted in (Channel.TEXT, Channel.CALL)):
        if not any(_stands(m, person, channel, passed, now) for m in request.messages):
            request = request.with_message(person, channel, Purpose.PAGE, now, rung=request.fired - 1, chosen=True)
    return request


def _stands(message: Message, person: str, channel: Channel, passed: bool, now: float) -> bool:
    """Whether this is a page that may still be answered. Who has passed has answered what had left."""
    if (message.person, message.channel, message.purpose) != (person, channel, Purpose.PAGE):
        return False
    lately = message.status not in DEAD | {Status.ANSWERED} and now < message.at + JUST_NOW
    return message.status is Status.WAITING or (lately and not passed)


def correct(request: Request, event: Corrected, context: Context, now: float) -> Request:
    """What a dispatcher says is right. A place in another region starts the ladder over there."""
    if request.state is State.CONTACTED and not request.awaited:
        raise NotAllowed(state=request.state, event=type(event).__name__)
    before, place = request, request.place if event.place is None else event.place
    request = replace(request, place=place, callback=event.callback or request.callback)
    request = replace(request, renumbered=before.renumbered + (request.callback != before.callback))
    request = replace(request, incomplete=not (request.place.region and request.callback))
    for person, purpose in who_must_know(before, request):
        request = _tell_once(request, person, purpose, context, now)
    moved = request.state is State.OPEN and escalation.way_up(request, context) != escalation.way_up(before, context)
    return escalation.start(request, context, now) if moved else request


def who_must_know(before: Request, request: Request) -> Iterator[tuple[str, Purpose]]:
    """Whom a correction concerns, and what says it: only who has the request knows the number."""
    number, place = request.callback != before.callback, request.place != before.place
    if request.state is State.OPEN and place:
        yield from ((person, Purpose.CORRECTED) for person in asked(request))
    elif request.state is State.ACCEPTED and number:
        yield request.accepted_by, Purpose.DETAILS
    elif request.state is not State.OPEN and (number or place):
        yield request.accepted_by, Purpose.CORRECTED


def _tell_once(request: Request, person: str, purpose: Purpose, context: Context, now: float) -> Request:
    """What still waits to leave will say how it stands then."""
    if any((m.person, m.purpose, m.status) == (person, purpose, Status.WAITING) for m in request.messages):
        return request
    return tell(request, person, purpose, context, now, by_call=request.state is not State.OPEN)


def silence(request: Request, event: Silenced, context: Context, now: float) -> Request:
    """No sound at the board about this alarm, until somebody who has the request gives it back."""
    if event.alarm not in sounding(request, now):
        raise NotAllowed(state=f"{request.state} without that alarm", event=type(event).__name__)
    return replace(request, silenced=request.silenced | {event.alarm})


def sounding(request: Request, now: float) -> frozenset[str]:
    """Which alarms are on at the board, silenced or not: from the very instant, even while the clock that marks it is down."""
    waits = request.state in (State.OPEN, State.ACCEPTED) and (request.overdue or now >= request.deadline_at)
    awaited = request.awaited and request.scene_by is not None and now >= request.scene_by
    return frozenset(alarm for alarm, on in (("overdue", waits), ("scene", awaited)) if on)
