"""The messages of a request: which are still wanted, who is told what, and what a receipt makes of them."""

from dataclasses import replace

from bridge.core.events import Effect, Reported, Send, Settle
from bridge.core.model import ALL_AWAY, AWAY, DEAD, PENDING, RANK, Channel, Context, Message, Purpose, Request, State, Status


def wanted(request: Request, message: Message) -> bool:
    """Whether a message that waited still has anything true to say."""
    if message.purpose is Purpose.PAGE and (message.person in request.passed or _repeated(request, message)):
        return False
    if message.purpose in (Purpose.SCENE, Purpose.SCENE_OVERDUE) and not request.awaited:
        return False
    if message.purpose is Purpose.CORRECTED and request.state is State.CONTACTED and not request.awaited:
        return False
    return request.state in _WANTED_IN[message.purpose] and (
        message.purpose not in _ONLY_FOR_HOLDER or message.person == request.accepted_by
    )


def _repeated(request: Request, page: Message) -> bool:
    """Whether a page that has not left need not, since a later one to the same telephone has not left either."""
    later = request.messages[page.n + 1 :] if page.status is Status.WAITING else ()
    return any(m.status is Status.WAITING and _same_way(m, page, page.channel) for m in later)


def _same_way(message: Message, other: Message, channel: Channel) -> bool:
    return (message.person, message.purpose, message.channel) == (other.person, other.purpose, channel)


_ONLY_FOR_HOLDER = frozenset({Purpose.DETAILS, Purpose.REMIND, Purpose.CONNECT, Purpose.SCENE})
_WANTED_IN = {
    Purpose.INTAKE: frozenset[State](),
    Purpose.TALK: frozenset[State](),
    Purpose.CONNECT: frozenset({State.ACCEPTED}),
    Purpose.SCENE: frozenset({State.ACCEPTED, State.CONTACTED}),
    Purpose.SCENE_OVERDUE: frozenset({State.OPEN, State.ACCEPTED, State.CONTACTED}),
    Purpose.PAGE: frozenset({State.OPEN}),
    Purpose.DETAILS: frozenset({State.ACCEPTED}),
    Purpose.REMIND: frozenset({State.ACCEPTED}),
    Purpose.AGAIN: frozenset({State.OPEN, State.ACCEPTED}),
    Purpose.CORRECTED: frozenset({State.OPEN, State.ACCEPTED, State.CONTACTED}),
    Purpose.OVERDUE: frozenset({State.OPEN, State.ACCEPTED}),
    Purpose.RETURNED: frozenset({State.OPEN}),
    Purpose.STAND_DOWN: frozenset({State.ACCEPTED, State.CONTACTED, State.CLOSED}),
}


def stand_down(request: Request, context: Context, now: float, besides: str = "") -> Request:
    """Tell everybody who was asked that they need not; what has not left yet never leaves."""
    for message in request.messages:
        if message.status is Status.WAITING:
            request = request.with_changed(replace(message, status=Status.DROPPED, changed_at=now))
    told = [person for person in asked(request) if person != besides]  # also whose last one has never left
    if request.state is State.CLOSED and request.accepted_by and request.accepted_by not in told:
        told.append(request.accepted_by)
    for person in told:
        request = tell(request, person, Purpose.STAND_DOWN, context, now, by_call=False)
    return request


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


def asked(request: Request) -> list[str]:
    """Whom a page has left for since they were last told to stand down, and who has not passed, in order, each once."""
    standing: dict[str, None] = {}
    for message in request.messages:
        left = message.status not in DEAD | {Status.WAITING}
        if message.purpose is Purpose.PAGE and left:
            standing[message.person] = None
        elif message.purpose is Purpose.STAND_DOWN and message.status not in DEAD:
            standing.pop(message.person, None)
    return [person for person in standing if person not in request.passed]


def tell(request: Request, person: str, purpose: Purpose, context: Context, now: float, *, by_call: bool = True) -> Request:
    """Text the person; where texts do not reach them, call, unless the news is not worth a call. Who has left is not told."""
    known = context.roster.people.get(person)
    if known is None:
        return request
    channel = context.channel(known, Channel.TEXT)
    if channel is Channel.CALL and not by_call:
        return request
    return request.with_message(person, channel, purpose, now)


def with_call(request: Request, sid: str, now: float) -> Request:
    """The same request, aware of one more call of the caller's."""
    call = Message(0, "caller", Channel.CALL, Purpose.INTAKE, at=now, status=Status.ANSWERED, changed_at=now, sid=sid)
    return with_record(request, call)


def with_record(request: Request, record: Message) -> Request:
    """The same request, aware of one more record at the carrier, which is to be deleted one day."""
    if not record.sid or any(m.sid == record.sid for m in request.messages):
        return request
    return replace(request, messages=(*request.messages, replace(record, n=len(request.messages))))


def to_forget(message: Message, now: float) -> Message:
    """The message, its record at the carrier to be deleted where there is one."""
    status = Status.FORGETTING if message.sid else Status.FORGOTTEN
    return replace(message, status=status, at=now, tries=0)


def report(request: Request, event: Reported, context: Context, now: float) -> Request:
    """What a receipt, or the answer to sending, makes of a message, and what follows from that."""
    message = request.message(event.n)
    if event.retry_at is not None and message.status in PENDING:
        later = replace(message, at=event.retry_at, tries=message.tries + 1, word=event.word, changed_at=now)
        return _other_way_too(request.with_changed(later), later, context, now)
    sid = message.sid or event.sid
    if event.sid not in ("", sid):  # the answer to a first attempt was lost, and the carrier has two records of it
        status = Status.FORGETTING if request.state is State.ERASED else Status.SENT
        twin = replace(message, rung=-1, status=status, at=now, changed_at=now, sid=event.sid, tries=0)
        request = with_record(request, twin)
    if RANK[event.status] <= RANK[message.status]:
        known = replace(message, sid=sid)
        late = request.state is State.ERASED and sid and not message.sid  # it was under way while its request was erased
        return request.with_changed(to_forget(known, now) if late else known)
    changed = replace(message, status=event.status, sid=sid, word=event.word, changed_at=now)
    request = request.with_changed(changed)
    if message.status is Status.DROPPED:
        return _slipped_out(request, changed, context, now)
    return _follow_up(request, changed, context, now)


def _other_way_too(request: Request, message: Message, context: Context, now: float) -> Request:
    """Where its channel is away, it is said by the other one as well. It waits on: whichever comes back first is used. The
    ladder does not move: the other one stands in the same rung."""
    person = context.roster.people.get(message.person)
    if message.word not in (AWAY[message.channel], ALL_AWAY) or person is None:
        return request
    other = Channel.CALL if message.channel is Channel.TEXT else Channel.TEXT
    if context.channel(person, other) is not other or not _may_go(request, message, other):
        return request
    rung, chosen = message.rung, message.chosen
    return request.with_message(person.id, other, message.purpose, now, rung, chosen=chosen, instead=message.n)


def _may_go(request: Request, message: Message, other: Channel) -> bool:
    """Whether it can be said by the other channel, is worth it, and was not: what goes instead of another never goes back."""
    if message.instead >= 0 or message.purpose in _ONLY_BY_CALL or not wanted(request, message):
        return False
    to_holder = message.person == request.accepted_by
    if message.purpose is Purpose.STAND_DOWN or (message.purpose in _NEWS and not to_holder):  # not worth a call
        return False
    return not any(_asked_by(m, message, other) for m in request.messages)


def _asked_by(message: Message, other: Message, channel: Channel) -> bool:
    """Whether this says the same by that channel: instead of the other one, in the same rung, or as soon as it can."""
    in_rung = message.purpose is Purpose.PAGE and message.rung == other.rung
    waits = message.status is Status.WAITING
    return message.instead == other.n or (_same_way(message, other, channel) and (in_rung or waits))


_ONLY_BY_CALL = frozenset({Purpose.CONNECT, Purpose.OVERDUE, Purpose.SCENE_OVERDUE})
_NEWS = frozenset({Purpose.AGAIN, Purpose.CORRECTED})


def _slipped_out(request: Request, message: Message, context: Context, now: float) -> Request:
    """A page that was dropped has left all the same, for it was under way: it is taken back."""
    over = request.state in _WANTED_IN[Purpose.STAND_DOWN] and message.person != request.accepted_by
    if over and message.purpose is Purpose.PAGE and message.person in asked(request):
        return tell(request, message.person, Purpose.STAND_DOWN, context, now, by_call=False)
    return request


def _follow_up(request: Request, message: Message, context: Context, now: float) -> Request:
    """What a failed message to the one who has the request, or an answered alarm, makes necessary."""
    if message.purpose is Purpose.OVERDUE and message.status is Status.ANSWERED:
        return replace(request, alarm_at=None)
    if message.purpose is Purpose.SCENE_OVERDUE and message.status is Status.ANSWERED:
        return replace(request, scene_alarm_at=None)
    failed_text = message.status is Status.FAILED and message.channel is Channel.TEXT
    to_holder = message.person == request.accepted_by
    if failed_text and to_holder and message.purpose in _MUST_REACH and wanted(request, message):
        return request.with_message(message.person, Channel.CALL, message.purpose, now)
    return request


_MUST_REACH = frozenset({Purpose.DETAILS, Purpose.REMIND, Purpose.AGAIN, Purpose.CORRECTED, Purpose.SCENE})
