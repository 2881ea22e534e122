"""The canary: a page to nobody. Once a minute it goes the way of every page, up to the carrier's door, and comes back.

It stands in the outbox, the clock leases it and hands it to the queue, a worker claims it and says so in the store, with the
time that it took. It reaches no person and no carrier, and asks for no room on the line. A worker that is killed with it loses
it as it loses a page: the clock hands it out again. There is never more than one, so it leaves nothing behind. Whether
telephones ring in the end only people can tell: see README.md.
"""

import secrets

from bridge.actions.world import World

EFFECT = "canary"
EVERY = 60.0  # seconds


def begin(world: World) -> None:
    """Send one, unless a clock has within the last minute, or the last one is still under way. Raises what the store raises."""
    if world.store.first_time("canary", "", EVERY, world.now()):
        world.store.begin_canary(world.now())


def carry_out(world: World) -> None:
    """It has come to a worker. Returns quietly where it was carried out already."""
    if world.store.claim(EFFECT, secrets.token_hex(8), world.now()):
        world.store.end_canary(world.now())
