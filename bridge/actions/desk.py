"""What a dispatcher sees. What they do: see `acts`."""

from bridge.actions import plan
from bridge.actions.world import World
from bridge.core import board, vitals
from bridge.core.board import Board
from bridge.core.model import Context
from bridge.core.oncall import WEEK, Outlook, nearest


def look(world: World) -> Board:
    """All that the status page shows, as it stands now. Raises what the store raises when it does not answer."""
    requests, context, now = world.store.requests(), world.context, world.now()
    outlook = Outlook(context.roster, tuple(context.regions.values()), now, plan.troubles(world))
    return Board(
        now=now,
        rows=tuple(board.rows(requests, context, now)),
        put_through=tuple(event.at for event in world.store.were_put_through() if event.at > now - board.DAY),
        vitals=vitals.vitals(world.store.beats(), requests, now, _textless(world, context)),
        posts=outlook.posts(("on-call",), WEEK),
        gap=nearest(outlook.gaps(ahead=WEEK)),
    )


def _textless(world: World, context: Context) -> dict[str, str]:
    """Names of people on the roster whom texts do not reach any more, and why."""
    people, why = context.roster.people, world.store.no_text()
    return {people[person].name: why[person] for person in context.no_text if person in people and person in why}


def missing(world: World) -> list[str]:
    """What is not there that it takes to page somebody: empty where the bridge is ready."""
    try:
        beats = world.store.beats()
    except Exception as error:  # noqa: BLE001  whatever the reason, the store does not answer
        return [f"store does not answer ({type(error).__name__})"]
    kinds = ("worker", "clock")
    return [f"no {kind} heard for {vitals.SILENT_AFTER:g} s" for kind in kinds if not vitals.beating(kind, beats, world.now())]
