"""Copies of old webhooks. What the carrier signs holds no time: whoever has once seen it could send it again, months later.

So it is remembered which calls are over, and which texts came when: what comes of them afterwards changes nothing. Only the end
that the carrier reports counts: a call that has merely gone quiet may go on, for a day at most. What came while the store was
away is not remembered: the token is to be changed after an outage, and once a year in any case.
"""

from bridge.actions.world import World

LONGEST_CALL = 24 * 3600.0  # seconds: the carrier ends every call then
LONGEST_TALK = 6 * 3600.0  # seconds: longer than anybody whom we called talks, with all talks that the line connects
OVERTAKEN = 60.0  # seconds that what somebody keyed in a call of ours may come later than its end
UNNAMED = "unnamed"  # a call that the carrier gives no name: of all of these together nothing is known
TEXT_AGAIN = 600.0  # seconds in which the carrier itself tells us of a text once more


def is_over(world: World, sid: str, late: float = 0.0) -> bool:
    """Whether what is signed about this call counts no more. It may come so many seconds after its end."""
    return sid not in ("", UNNAMED) and world.now() >= world.store.counted_until(sid) + late


def ended(world: World, sid: str, late: float = 0.0) -> None:
    """The carrier has reported the end of this call; what comes within so many seconds still counts."""
    if sid not in ("", UNNAMED):
        world.store.counts_until(sid, world.now() + late, world.now())


def picked_up(world: World, sid: str) -> None:
    """Somebody picked up this call of ours. That it has ended may never be reported."""
    ended(world, sid, LONGEST_TALK)


def quiet(world: World, sid: str) -> None:
    """Nothing was heard of this call for long."""
    ended(world, sid, LONGEST_CALL)


def text_is_old(world: World, sid: str) -> bool:
    """Whether this text came before, and so long ago that it is not the carrier that tells us once more."""
    now = world.now()
    return bool(sid) and world.store.counts_until(sid, now + TEXT_AGAIN, now) <= now
