"""What a dispatcher sees. What they do: see `acts`."""

from bridge.actions import health, plan
from bridge.actions.world import World
from bridge.core import board
from bridge.core.board import Board, Row
from bridge.core.errors import UnknownRequest
from bridge.core.model import State
from bridge.core.oncall import WEEK, Outlook, nearest


def look(world: World) -> Board:
    """All that the status page shows, as it stands now. Raises what the store raises when it does not answer."""
    now = world.now()  # before anything is read: a store may take its time, and what it told before is not of after that
    requests, context = world.store.requests(), world.context
    outlook = Outlook(context.roster, tuple(context.regions.values()), now, plan.troubles(world))
    return Board(
        now=now,
        rows=tuple(board.rows(requests, context, now)),
        put_through=tuple(event.at for event in world.store.were_put_through() if event.at > now - board.DAY),
        vitals=health.strip(world, requests, context),
        posts=outlook.posts(("on-call",), WEEK),
        gap=nearest(outlook.gaps(ahead=WEEK)),
    )


def row(world: World, request_id: str) -> Row:
    """One request as the page shows it. Raises UnknownRequest."""
    request = world.store.load(request_id)
    if request.state is State.ERASED:
        raise UnknownRequest(id=request_id)
    return board.rows([request], world.context, world.now())[0]
