"""How the line does: what may be kept of requests that have ended, and the figures of a day and a month made from it.

Nothing here can name a caller: an outcome has no place, no number, no code, and its time is cut to the minute.
"""

from bridge.core.model import Purpose, Request, State
from bridge.core.trail import Outcome

OVER = frozenset({State.CONTACTED, State.CLOSED})


def outcome(request: Request) -> Outcome | None:
    """What may be kept of a request, once its caller was reached or it was closed; None before, and after it was erased."""
    if request.state not in OVER:
        return None
    contacted = request.contacted_at
    return Outcome(
        opened_at=request.opened_at // 60 * 60,
        region=request.place.region,
        accepted_after=_after(request, request.first_accepted_at),
        contact_after=_after(request, contacted),
        contact_met=contacted is not None and contacted < request.deadline_at,
        pages=sum(message.purpose is Purpose.PAGE for message in request.messages),
        closed_for=request.closed_for,
        scene_met=_scene_met(request),
    )


def _after(request: Request, at: float | None) -> float | None:
    return None if at is None else at - request.opened_at


def _scene_met(request: Request) -> bool | None:
    if request.scene_by is None:
        return None
    return request.arrived_at is not None and request.arrived_at < request.scene_by
