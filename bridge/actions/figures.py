"""How the line does: what is kept of requests that have ended, and those that are still open."""

from bridge.actions.world import World
from bridge.core import figures
from bridge.core.figures import Figures, Today
from bridge.core.model import Request
from bridge.core.periods import Kind, Period
from bridge.core.trail import Outcome

MOST_LOOKS = 5  # in a flood something always changes; then one request may be counted as it was a moment ago


def look(world: World, period: Period) -> Figures:
    """The figures of a day or a month, as of now. Raises what the store raises when it does not answer."""
    ended, requests = _read(world, period)
    now = world.now()
    waiting = (figures.standing(request, now) for request in requests)
    return figures.figures([*ended, *filter(None, waiting)], period, world.settings.regions)


def today(world: World) -> Today:
    """The day so far, in Alabama. Raises what the store raises when it does not answer."""
    now = world.now()
    return figures.today(*_read(world, Period.around(Kind.DAY, now)), now)


def _read(world: World, period: Period) -> tuple[list[Outcome], list[Request]]:
    """Both, as of one moment: a request that ends between the two readings would be counted twice, or not at all."""
    for _ in range(MOST_LOOKS):
        before = world.store.changes()
        found = world.books.outcomes(period.start, period.end), world.store.requests()
        if world.store.changes() == before:
            break
    return found
