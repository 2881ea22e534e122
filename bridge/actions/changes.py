"""How the rota changes: an override, a leave, the end of either. Each change is remembered with who, when and what, and those
whose shifts it moves are told."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace

from bridge.actions import notes, trail
from bridge.actions.world import World
from bridge.core import ledger as book
from bridge.core.errors import BadPeriod, RotaConflict, UnknownChange, UnknownPerson, UnknownRank, UnknownRegion
from bridge.core.handoffs import NEAR, Move, moves
from bridge.core.ledger import Entry, Ledger
from bridge.core.rota import DISPATCH, RANKS, Leave, Override, Person, Roster
from bridge.core.rota_words import RotaWords

MOST_TRIES = 20
SAME = 60.0  # seconds within which the same change of the same person is a double click
LONGEST = 400 * 24 * 3600.0  # seconds
Make = Callable[[Ledger, float], Ledger]


def add_override(  # noqa: PLR0917  the words of one sentence, in its order
    world: World, region: str, rank: str, who: str, start: float, end: float, by: str, via: str
) -> Override:
    """`who` (a person's id) has the region in this rank from `start` until `end` (seconds, UTC). The same twice within a minute
    is one. Raises UnknownRegion, UnknownRank, UnknownPerson, BadPeriod, RotaConflict."""
    _check_post(world, region, rank)
    _check(world, who, start, end)
    now = world.now()
    made = Override(new_id(), region, rank, who, start, end, now, by)
    words = words_of(world)
    what = f"{words.post(region, rank)}, {words.period(start, end)}: {words.who(who)} [{made.id}]"
    change(
        world, lambda ledger, _: ledger if _same(ledger.overrides, made) else book.with_override(ledger, made), by, via, what
    )
    return _same(world.rota.live()[0].overrides, made) or made


def add_leave(  # noqa: PLR0917  the words of one sentence, in its order
    world: World, who: str, start: float, end: float, by: str, via: str
) -> Leave:
    """`who` (a person's id) is off from `start` until `end` (seconds, UTC). The same twice within a minute is one.
    Raises UnknownPerson, BadPeriod, RotaConflict."""
    _check(world, who, start, end)
    made = Leave(new_id(), who, start, end, world.now(), by)
    words = words_of(world)
    what = f"{words.who(who)} is off, {words.period(start, end)} [{made.id}]"
    change(world, lambda ledger, _: ledger if _same(ledger.leaves, made) else book.with_leave(ledger, made), by, via, what)
    return _same(world.rota.live()[0].leaves, made) or made


def cancel(world: World, id: str, by: str, via: str) -> Override | Leave:
    """End an override or leave now; one that has not begun never was. Returns it as it stood.
    Raises UnknownChange, RotaConflict."""
    found = book.find(world.rota.live()[0], id, world.now())
    if found is None:
        raise UnknownChange(id=id)
    words = words_of(world)
    kind = words.post(found.region, found.rank) if isinstance(found, Override) else "leave"
    what = f"cancelled: {kind}, {words.period(found.start, found.end)}, {words.who(found.who)} [{id}]"
    change(world, lambda ledger, now: book.ended(ledger, id, now), by, via, what)
    return found


def change(world: World, make: Make, by: str, via: str, what: str, *, told: tuple[str, ...] = ()) -> bool:
    """Put what `make` makes of the ledger in its place, and tell those whose shifts it moves, except who did it and those who
    are `told` otherwise. Whether there was anything to change. Raises RotaConflict."""
    for _ in range(MOST_TRIES):
        now = world.now()
        before, _ = world.rota.live()
        after = make(before, now)
        if after == before:
            return False
        if world.rota.change(before, book.tidied(after, now), [Entry(now, by, via, what)]):
            trail.note(world, by, f"changed the rota by {via}: {what}")
            _tell(world, before, after, by, told)
            return True
    raise RotaConflict(tries=MOST_TRIES)


def moved(world: World, before: Ledger, after: Ledger, since: float) -> tuple[Move, ...]:
    """What is different in the rota of the second ledger, from `since` (seconds, UTC) on."""
    changed = set(before.overrides + before.leaves) ^ set(after.overrides + after.leaves)
    start, end = max(since, min((each.start for each in changed), default=since)), max((e.end for e in changed), default=since)
    return moves(with_ledger(world, before), with_ledger(world, after), world.settings.regions, start, end)


def with_ledger(world: World, ledger: Ledger) -> Roster:
    """The roster as it would be with this ledger."""
    base = world.settings.roster
    return replace(world.roster, overrides=base.overrides + ledger.overrides, leaves=base.leaves + ledger.leaves)


def words_of(world: World, now: float | None = None) -> RotaWords:
    """The words for the rota, as of `now` (seconds, UTC)."""
    s = world.settings
    return RotaWords(s.wording, s.regions, s.roster.people, world.now() if now is None else now)


def person(world: World, who: str) -> Person:
    """The coordinator with this id. Raises UnknownPerson."""
    people = world.settings.roster.people
    if who not in people or who == DISPATCH:
        raise UnknownPerson(person=who[:40] or "nothing", known=", ".join(sorted(set(people) - {DISPATCH})[:5]))
    return people[who]


def new_id() -> str:
    """A name for a change, short enough to be typed."""
    return secrets.token_hex(4)


def hand_off_id(who: str, at: float) -> str:
    """The notice that tells somebody of a hand-off at this instant: there is only one."""
    return f"shift-{who}-{int(at)}"


def _tell(world: World, before: Ledger, after: Ledger, by: str, told: tuple[str, ...]) -> None:
    now, words = world.now(), words_of(world)
    who = words.who(by) if by in world.settings.roster.people else by
    parts = moved(world, before, after, now)
    for concerned in dict.fromkeys(name for move in parts for name in (move.was, move.has) if name):
        mine = [move for move in parts if concerned in (move.was, move.has)]
        for move in mine:
            if move.start <= now + NEAR:  # no reminder on top of it
                notes.leave_untold(world, hand_off_id(concerned, move.start), concerned)
        if concerned not in (by, *told):
            listed = words.listed(words.move(move, concerned) for move in mine)
            notes.tell(
                world, f"change-{before.version + 1}-{concerned}", concerned, "notice.changed", {"who": who, "list": listed}
            )


def _check_post(world: World, region: str, rank: str) -> None:
    if region not in world.settings.regions:
        raise UnknownRegion(region=region[:20] or "nothing", known=", ".join(world.settings.regions))
    if rank not in RANKS:
        raise UnknownRank(rank=rank[:20] or "nothing", known=", ".join(RANKS))


def _check(world: World, who: str, start: float, end: float) -> None:
    person(world, who)
    if not start < end:
        raise BadPeriod(reason="it ends before it begins")
    if end <= world.now():
        raise BadPeriod(reason="it is over already")
    if end - start > LONGEST:
        raise BadPeriod(reason="it is longer than 400 days")


def _same(changes: Iterable[book.Change], made: book.Change) -> book.Change | None:
    """The first of the changes that is this one over again, by a double click."""
    return next((each for each in changes if _doubled(each, made)), None)


def _doubled(each: Override | Leave, made: Override | Leave) -> bool:
    return made.made_at - each.made_at < SAME and replace(each, id=made.id, made_at=made.made_at) == made
