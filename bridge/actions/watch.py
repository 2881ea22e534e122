"""What the clock looks for in the rota, once a minute: hand-offs to remind people of, shifts that begin with nobody who can be
reached, swaps that nobody answered.

Every notice has an id made of what it is about, so that whoever looks again, or at the same time, sends nothing twice.
"""

import logging

from bridge.actions import changes, notes, reachable, swaps
from bridge.actions.world import World
from bridge.core import handoffs
from bridge.core.rota import DISPATCH, RANKS, Shift

log = logging.getLogger(__name__)

MINUTE = 60.0  # seconds
KEPT = 600.0  # seconds: within them nobody looks again at the same minute


def watch(world: World) -> None:
    """Look, unless somebody has looked in this minute. Never raises: the clock has pages to see to."""
    try:
        if world.store.first_time("watch", str(int(world.now() // MINUTE)), KEPT):
            swaps.end_expired(world)
            _remind(world)
            _warn(world)
    except Exception as error:
        log.exception("the rota could not be watched: %s", type(error).__name__)


def _remind(world: World) -> None:
    """A hand-off is worth a text, not a call at night."""
    if not world.settings.policy.shift_reminders:
        return
    words = changes.words_of(world)
    for (person, at), moves in handoffs.reminders(world.roster, world.settings.regions, world.now()).items():
        listed = words.listed(words.handed(move, person) for move in moves)
        notice_id = changes.hand_off_id(person, at)
        notes.tell(world, notice_id, person, "notice.shift", {"time": words.clock(at), "list": listed}, by_call=False)


def _warn(world: World) -> None:
    doubts = {each.person: [why for why in each.why if why != reachable.LANDLINE] for each in reachable.standing(world)}
    for old, new, ahead in handoffs.coming(world.roster, world.settings.regions, world.now()):
        if not new.who:
            _warn_of_gap(world, old, new, ahead)
        elif doubts.get(new.who):
            _warn_of_doubt(world, new, ahead, ", ".join(doubts[new.who]))


def _warn_of_gap(world: World, old: Shift, new: Shift, ahead: str) -> None:
    words = changes.words_of(world)
    region, period = world.settings.regions[new.region].name, words.period(new.start, new.end)
    for person in _concerned(world, old.who, new):
        notes.tell(world, _id("gap", person, new, ahead), person, "notice.gap", {"region": region, "period": period})


def _warn_of_doubt(world: World, new: Shift, ahead: str, why: str) -> None:
    words = changes.words_of(world)
    region, start = world.settings.regions[new.region].name, words.when(new.start)
    values = {"who": words.who(new.who), "region": region, "start": start, "why": why}
    for person in _concerned(world, new.who, new):
        notes.tell(world, _id("doubt", person, new, ahead), person, "notice.unreachable", values)


def _concerned(world: World, coordinator: str, new: Shift) -> list[str]:
    """The coordinator, the backup at that time, and dispatch."""
    backup = world.roster.on_duty(new.region, RANKS[1], new.start)
    return list(dict.fromkeys(filter(None, (coordinator, backup.id if backup else "", DISPATCH))))


def _id(kind: str, person: str, new: Shift, ahead: str) -> str:
    return f"{kind}-{ahead}-{new.region}-{int(new.start)}-{person}"
