"""Talks through the line: who has a request is rung up, and put through to the caller.

The rules:
- Only who has an open request is put through, and the line dials its caller only so often: whoever could have the line dial
  without end could run up its bill. A caller who waits on the line costs nothing.
- While a talk may be going on, who has the request is not reminded of it, and it is not given to others. The deadline stands.
- A talk is no contact: that says a key, or a text. Who hangs up without one is reminded soon.
"""

from dataclasses import replace

from bridge.core.errors import NotAllowed
from bridge.core.events import ConnectAsked, Connecting, LegStarted, TalkEnded
from bridge.core.messages import to_forget, with_record
from bridge.core.model import Channel, Context, Message, Purpose, Request, State, Status

TIME_FOR_A_KEY = 60.0  # seconds after a talk in which a key may still be pressed
RECEIPT_MAY_TAKE = 60.0  # seconds; after that the telephone that was rung up does not ring any more, whatever was heard of it


def ask(request: Request, event: ConnectAsked, context: Context, now: float) -> Request:
    """Ring up who has it. One ring at a time: asked twice, their telephone rings once."""
    _may_dial(request, event, context)
    if any(_rings(m, context, now) for m in request.messages):
        return request
    return request.with_message(event.by, Channel.CALL, Purpose.CONNECT, now)


def begin(request: Request, event: Connecting, context: Context, now: float) -> Request:
    """Two telephones are being connected."""
    if event.dials:
        _may_dial(request, event, context)
    policy = context.policy
    return replace(request, talks=request.talks + event.dials, talk_until=now + policy.ring_for + policy.talk_for)


def end(request: Request, event: TalkEnded, context: Context, now: float) -> Request:
    """They are not connected any more. Told twice, or about somebody else's talk, it changes nothing."""
    if request.talk_until is None or event.by != request.accepted_by:
        return request
    request = replace(request, talk_until=None)
    if not event.answered or request.state is not State.ACCEPTED:
        return request
    remind_at = now + TIME_FOR_A_KEY
    return_at = remind_at + context.policy.contact_within - context.policy.remind_after
    return replace(request, remind_at=remind_at, return_at=max(request.return_at or 0.0, return_at))


def going_on(request: Request, now: float) -> bool:
    """Whether they may still be talking."""
    return request.talk_until is not None and now < request.talk_until


def remember_leg(request: Request, event: LegStarted, context: Context, now: float) -> Request:
    """A record at the carrier. Where the request is erased already, it is deleted at once."""
    leg = Message(0, "caller", Channel.CALL, Purpose.TALK, at=now, status=Status.ANSWERED, changed_at=now, sid=event.sid)
    return with_record(request, to_forget(leg, now) if request.state is State.ERASED else leg)


def _may_dial(request: Request, event: ConnectAsked | Connecting, context: Context) -> None:
    if not request.callback or request.talks >= context.policy.most_talks:
        raise NotAllowed(state=f"{request.state}, with nobody to connect", event=type(event).__name__)


def _rings(message: Message, context: Context, now: float) -> bool:
    """Whether their telephone rings for this, or is about to."""
    if message.purpose is not Purpose.CONNECT:
        return False
    lately = now < message.changed_at + context.policy.ring_for + RECEIPT_MAY_TAKE
    return message.status is Status.WAITING or (message.status in (Status.SENT, Status.RINGING) and lately)
