"""What a dispatcher sees and does."""

from bridge.actions.world import World
from bridge.core.model import Request
from bridge.core.request import CLOSING_REASONS, Closed


def close(world: World, request_id: str, reason: str) -> Request:
    """End a request for one of `CLOSING_REASONS`. Raises ValueError, UnknownRequest, NotAllowed."""
    if reason not in CLOSING_REASONS:
        raise ValueError(f"a reason is one of {', '.join(CLOSING_REASONS)}")
    return world.apply(request_id, Closed(reason))
