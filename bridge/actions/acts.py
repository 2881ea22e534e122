"""What a dispatcher does to a request."""

from bridge.actions.world import World
from bridge.core.errors import NotAllowed
from bridge.core.events import CLOSING_REASONS, Closed
from bridge.core.model import Request, State


def close(world: World, by: str, request_id: str, reason: str) -> Request:
    """End a request for one of `CLOSING_REASONS`; one that has ended for this very reason stays as it is.

    Raises ValueError, UnknownRequest, NotAllowed.
    """
    if reason not in CLOSING_REASONS:
        raise ValueError(f"a reason is one of {', '.join(CLOSING_REASONS)}")
    try:
        return world.apply(request_id, Closed(reason))
    except NotAllowed:
        standing = world.store.load(request_id)
        if standing.state is State.CLOSED and standing.closed_for == reason:
            return standing
        raise
