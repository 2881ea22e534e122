"""What the clock looks for in the rota, once a minute: hand-offs to remind people of, shifts that begin with nobody who can be
reached, swaps that nobody answered.

Every notice has an id made of what it is about, so that whoever looks again, or at the same time, sends nothing twice. All that
one person has to be warned of at one look is one notice: the desk is not called seven times because seven regions hand over.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from bridge.actions import changes, notes, reachable, swaps
from bridge.actions.world import World
from bridge.core import handoffs
from bridge.core.rota import DISPATCH, RANKS, Shift
from bridge.core.rota_words import RotaWords

log = structlog.get_logger(__name__)

MINUTE = 60.0  # seconds
KEPT = 600.0  # seconds: within them nobody looks again at the same minute


@dataclass(frozen=True)
class Worry:
    """A shift that begins soon, and that nobody has, or somebody (`who`) who may not be reached. `id` names it, `said` says it,
    and `told` are those whom it concerns (ids)."""

    id: str
    shift: Shift
    said: str
    told: tuple[str, ...]

    @property
    def about(self) -> str:
        """What it takes to look again whether it stands."""
        return f"{self.shift.region}@{self.shift.start}@{self.shift.who}"


def watch(world: World) -> None:
    """Look, unless somebody has looked in this minute. Never raises: the clock has pages to see to."""
    try:
        if world.store.first_time("watch", str(int(world.now() // MINUTE)), KEPT, world.now()):
            swaps.end_expired(world)
            _remind(world)
            _warn(world)
    except Exception as error:
        log.exception("the rota could not be watched", error=type(error).__name__)


def _remind(world: World) -> None:
    """A hand-off is worth a text, not a call at night."""
    if not world.settings.policy.shift_reminders:
        return
    words = changes.words_of(world)
    for (person, at), moves in handoffs.reminders(world.roster, world.settings.regions, world.now()).items():
        listed = words.listed(words.handed(move, person) for move in moves)
        notice_id = changes.hand_off_id(person, at)
        notes.tell(world, notice_id, person, "notice.shift", {"time": words.clock(at), "list": listed}, by_call=False)


def stands(world: World, about: str) -> bool:
    """Whether anything is left of what somebody was to be warned of: a gap may be filled before the warning leaves."""
    doubts = _doubts(world)
    return any(_stands(world, doubts, *each.split("@")) for each in about.split())


def _stands(world: World, doubts: dict[str, str], region: str, start: str, who: str) -> bool:
    holder = world.roster.on_duty(region, RANKS[0], max(float(start), world.now()))
    return (holder.id if holder else "") == who and (not who or who in doubts)


def _warn(world: World) -> None:
    found = sorted(_worries(world), key=lambda worry: worry.shift.who != "")  # that nobody is there comes first
    for person in dict.fromkeys(person for worry in found for person in worry.told):
        _warn_of(world, person, [worry for worry in found if person in worry.told])


def _warn_of(world: World, person: str, worries: list[Worry]) -> None:
    """All of it that this person was not told yet. It is stored before the rest is marked as told: better twice than never."""
    fresh = {f"{each.id}-{person}": each for each in worries if not world.rota.load_notice(f"{each.id}-{person}")}
    if not fresh:
        return
    first, *others = fresh
    values = {
        "list": changes.words_of(world).listed(each.said for each in fresh.values()),
        "about": " ".join(each.about for each in fresh.values()),
    }
    notes.tell(world, first, person, "notice.warning", values)
    for told in others:
        notes.leave_untold(world, told, person)


def _worries(world: World) -> Iterator[Worry]:
    words, doubts = changes.words_of(world), _doubts(world)
    for old, new, ahead in handoffs.coming(world.roster, world.settings.regions, world.now()):
        name = f"{ahead}-{new.region}-{int(new.start)}"
        if not new.who:
            yield Worry(f"gap-{name}", new, _gap(world, words, new), _concerned(world, old.who, new))
        elif new.who in doubts:
            said = _doubt(world, words, new, doubts[new.who])
            yield Worry(f"doubt-{name}-{new.who}", new, said, _concerned(world, new.who, new))


def _doubts(world: World) -> dict[str, str]:
    """Why somebody (id) may not be reached at all, in words. A landline can be called."""
    why = {each.person: [why for why in each.why if why != reachable.LANDLINE] for each in reachable.standing(world)}
    return {person: ", ".join(reasons) for person, reasons in why.items() if reasons}


def _gap(world: World, words: RotaWords, new: Shift) -> str:
    region = world.settings.regions[new.region].name
    return words.say("notice.gap", region=region, period=words.period(new.start, new.end))


def _doubt(world: World, words: RotaWords, new: Shift, why: str) -> str:
    region = world.settings.regions[new.region].name
    return words.say("notice.unreachable", who=words.who(new.who), region=region, start=words.when(new.start), why=why)


def _concerned(world: World, coordinator: str, new: Shift) -> tuple[str, ...]:
    """The coordinator, the backup at that time, and dispatch."""
    backup = world.roster.on_duty(new.region, RANKS[1], new.start)
    return tuple(dict.fromkeys(filter(None, (coordinator, backup.id if backup else "", DISPATCH))))
