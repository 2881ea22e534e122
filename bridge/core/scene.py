"""The second promise: somebody is on scene within three hours, where that is needed.

It begins when the one who has the request says so, runs beside the first, and outlives it: a request whose caller was reached
is not over while somebody is awaited on scene. Reminders go to the one who has it; at its end the dispatch desk is called,
again and again until somebody there presses a key.
"""

from dataclasses import replace

from bridge.core.model import Channel, Context, Purpose, Request, Status
from bridge.core.rota import DISPATCH

# A reminder that would come just before the alarm says nothing that the alarm does not.
TOO_LATE = 600.0  # seconds


def needed(request: Request, people: int, context: Context, now: float) -> Request:
    """So many people are needed on scene. Said again, only the number changes: the promise stands."""
    if request.scene_by is not None:
        return replace(request, scene_people=people)
    by = now + context.policy.scene_within
    request = replace(request, scene_by=by, scene_people=people, scene_alarm_at=by, erase_at=None)
    return replace(request, scene_remind_at=_next_reminder(request, context, now))


def arrived(request: Request, now: float) -> Request:
    """Somebody is there: nobody needs to be reminded any more."""
    return settled(replace(request, arrived_at=now))


def settled(request: Request) -> Request:
    """Nothing is due about it any more."""
    return replace(request, scene_remind_at=None, scene_alarm_at=None)


def tick(request: Request, context: Context, now: float) -> Request:
    """What time brings while somebody is awaited."""
    if request.scene_alarm_at is not None and now >= request.scene_alarm_at:
        request = _alarm(request, context, now)
    if request.scene_remind_at is not None and now >= request.scene_remind_at:
        request = _remind(request, context, now)
    return request


def _alarm(request: Request, context: Context, now: float) -> Request:
    again = replace(request, scene_alarm_at=now + context.policy.alarm_every)
    if any(m.purpose is Purpose.SCENE_OVERDUE and m.status is Status.WAITING for m in request.messages):
        return again  # the carrier has not taken the last one yet
    return again.with_message(DISPATCH, Channel.CALL, Purpose.SCENE_OVERDUE, now)


def _remind(request: Request, context: Context, now: float) -> Request:
    request = replace(request, scene_remind_at=_next_reminder(request, context, now))
    holder = context.roster.people.get(request.accepted_by)
    if holder is None:
        return request
    return request.with_message(holder.id, context.channel(holder, Channel.TEXT), Purpose.SCENE, now)


def _next_reminder(request: Request, context: Context, now: float) -> float | None:
    at = now + context.policy.scene_remind_every
    return at if request.scene_by is not None and at <= request.scene_by - TOO_LATE else None
