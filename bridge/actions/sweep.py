"""Once an hour the carrier is asked what it still has: answers to texts, what a crash lost, what an older release left.

Whatever is old enough, and belongs to no request that is not erased, is left to be deleted like every other record. Any number
of processes may come here at once, and one asks.
"""

import structlog

from bridge.actions.world import World
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.records import MARGIN, Listing, strays
from bridge.core.rota import DISPATCH

log = structlog.get_logger(__name__)

EVERY = 3600.0  # seconds
RETRY = 300.0  # seconds after one that was not whole
MOST = 500  # records that one sweep leaves: they are to be deleted one after another
KEPT_AGAIN = 24 * 3600.0  # seconds after which the carrier is asked again for what it refused to delete
BEFORE_ATTEMPT = 60.0  # seconds: the carrier's clock is not ours


def sweep(world: World) -> None:
    """Ask, where it is time. Raises what the store raises."""
    now, news = world.now(), world.store.record_news(world.now())
    if news.swept_at is not None and abs(now - news.swept_at) < EVERY:
        return
    if world.store.first_time("sweep", "", RETRY, now):
        world.store.sweep_begins(now)
        world.store.leave_kept(now - KEPT_AGAIN, now)
        _sweep(world)


def _sweep(world: World) -> None:
    before = _before(world)  # and what is needed: before the carrier is asked, so that what comes meanwhile is younger
    try:
        listing = listed(world)
    except (CarrierBusy, CarrierRefused) as error:
        log.warning("sweep not done", error=type(error).__name__)
        return world.store.swept(world.now(), 0, type(error).__name__)
    found = list(strays(listing.found, _needed(world), world.store.known_records(), before, MOST))
    for record in found:
        world.store.leave_record(record, world.now())
    trouble = ", ".join(listing.troubles) or ("more than one sweep takes" if listing.more or len(found) == MOST else "")
    world.store.swept(world.now(), len(found), trouble)
    log.info("the carrier was asked what it still has", count=len(found))


def listed(world: World) -> Listing:
    """What the carrier has of the line now. Raises CarrierBusy or CarrierRefused where no account tells."""
    return world.carrier.records([world.settings.roster.people[DISPATCH].phone])


def _before(world: World) -> float:
    """What was made later may still be wanted: its request deletes it, or somebody asks whether it was taken."""
    old = world.now() - world.settings.policy.erase_after - MARGIN
    attempt = world.store.oldest_attempt()
    return old if attempt is None else min(old, attempt - BEFORE_ATTEMPT)


def _needed(world: World) -> frozenset[str]:
    """Sids that requests will delete themselves, and the ids of those requests, which queues are called by."""
    requests = world.store.requests()
    return frozenset(m.sid for r in requests for m in r.messages if m.sid) | {r.id for r in requests}
