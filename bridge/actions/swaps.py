"""Swaps that both sides confirm: within a period each takes what the other has, in every region and rank.

The asker confirms what is read back; then the other is asked, and agrees or refuses by text. Nobody's shift moves before that,
and all of them move in one write. An offer that nobody answers expires when it would begin, and after a day at the latest;
one that begins within the hour has an hour.
"""

from collections.abc import Iterable

from bridge.actions import changes, notes
from bridge.actions.world import World
from bridge.core import ledger as book
from bridge.core.ledger import Proposal, Swap
from bridge.core.replies import Reply
from bridge.core.rota import Override, Person, Roster
from bridge.core.rota_words import named

PATIENCE = 24 * 3600.0  # seconds that the other has
AT_ONCE = 3600.0  # seconds that they have where the swap begins sooner
MOST_NAMED = 5


def asked(world: World, person: Person, reply: Reply) -> Person | str:
    """Whom this person wants to swap with; where that is not certain, or there is nothing to swap, what to answer."""
    words = changes.words_of(world)
    now = words.now
    found = [each for each in named(world.settings.roster.people, reply.person) if each != person]
    if len(found) != 1:
        known = ", ".join(words.who(each.id) for each in (found or _near(world, person))[:MOST_NAMED])
        return words.say("rota.which_person", name=reply.person or words.say("rota.somebody"), list=known)
    if reply.period is None:
        return words.say("rota.swap_when", who=words.who(found[0].id))
    start, end = max(reply.period[0], now), reply.period[1]
    if not _exchange(world.roster, person.id, found[0].id, start, end):
        return words.say("rota.swap_nothing", who=words.who(found[0].id), period=words.period(start, end))
    return found[0]


def read_back(world: World, proposal: Proposal) -> str:
    """What the swap would do, for the asker."""
    words = changes.words_of(world, proposal.made_at)
    exchange = _exchange(world.roster, proposal.person, proposal.other, proposal.start, proposal.end)
    return words.say(
        "rota.swap", who=words.who(proposal.other), list=_listed(world, exchange, proposal.person, proposal.made_at)
    )


def offer(world: World, person: Person, proposal: Proposal) -> str:
    """The asker has confirmed: ask the other."""
    words = changes.words_of(world)
    now = words.now
    swap = Swap(
        id=proposal.id,
        asker=person.id,
        other=proposal.other,
        start=proposal.start,
        end=proposal.end,
        overrides=tuple(_overrides(world.roster, proposal, now)),
        made_at=now,
        expires_at=min(now + PATIENCE, max(proposal.start, now + AT_ONCE), proposal.end),
    )
    other, until = words.who(swap.other), words.when(swap.expires_at)
    pending = world.rota.live()[0].swap_for(swap.other, now)
    if pending and pending.id != swap.id:
        return words.say("rota.swap_busy", who=other)
    what = f"{person.name} asks {words.who(swap.other)} to swap, {words.period(swap.start, swap.end)} [{swap.id}]"
    changes.change(world, lambda ledger, _: book.with_swap(ledger, swap), person.id, "text", what)
    listed = _listed(world, swap.overrides, swap.other, now)
    values = {"about": swap.id, "who": words.who(person.id), "list": listed, "until": until}
    notes.tell(world, f"swap-{swap.id}", swap.other, "notice.swap_offer", values)
    return words.say("rota.swap_asked", who=other, until=until)


def agree(world: World, person: Person, swap: Swap) -> str:
    """The other agrees: all of it in one write, unless the rota has moved since they were asked."""
    words = changes.words_of(world)
    now = words.now
    asker, who = words.who(swap.asker), words.who(person.id)
    since = max(swap.start, now)
    stands = _exchange(world.roster, swap.asker, swap.other, since, swap.end)
    if _shape(stands, since) != _shape(swap.overrides, since):
        _end(world, person, swap, f"void: the swap of {asker} and {who}")
        notes.tell(world, f"swap-{swap.id}-void", swap.asker, "notice.swap_void", {"who": who})
        return words.say("rota.swap_void", who=asker)
    what = f"{person.name} agrees to swap with {asker}, {words.period(swap.start, swap.end)} [{swap.id}]"
    both = (swap.asker, swap.other)
    if changes.change(world, lambda ledger, now: book.agreed(ledger, swap, now), person.id, "text", what, told=both):
        listed = _listed(world, swap.overrides, swap.asker, now)
        notes.tell(world, f"swap-{swap.id}-agreed", swap.asker, "notice.swap_agreed", {"who": who, "list": listed})
    return words.say("rota.swap_agreed", who=asker, list=_listed(world, swap.overrides, swap.other, now))


def refuse(world: World, person: Person, swap: Swap) -> str:
    """The other does not want to."""
    words = changes.words_of(world)
    asker, who = words.who(swap.asker), words.who(person.id)
    if _end(world, person, swap, f"{person.name} refuses to swap with {asker}"):
        notes.tell(world, f"swap-{swap.id}-refused", swap.asker, "notice.swap_refused", {"who": who})
    return words.say("rota.swap_refused", who=asker)


def still_waiting(world: World, person: Person) -> str:
    """That an offer of somebody else still waits for an answer; empty where none does."""
    swap = world.rota.live()[0].swap_for(person.id, world.now())
    words = changes.words_of(world)
    return words.say("rota.swap_waits", who=words.who(swap.asker)) if swap else ""


def end_expired(world: World) -> None:
    """Offers that nobody answered in time are over, and both sides are told."""
    for swap in book.expired(world.rota.live()[0], world.now()):
        words = changes.words_of(world)
        asker, other = words.who(swap.asker), words.who(swap.other)
        what = f"the swap that {asker} asked of {other} expired [{swap.id}]"
        notes.tell(world, f"swap-{swap.id}-expired-asker", swap.asker, "notice.swap_expired", {"who": other})
        notes.tell(world, f"swap-{swap.id}-expired-other", swap.other, "notice.swap_gone", {"who": asker})
        changes.change(world, _dropping(swap), "bridge", "clock", what)


def _end(world: World, person: Person, swap: Swap, what: str) -> bool:
    return changes.change(world, _dropping(swap), person.id, "text", f"{what} [{swap.id}]")


def _dropping(swap: Swap) -> changes.Make:
    return lambda ledger, now: book.without_swap(ledger, swap.id)


def _overrides(roster: Roster, proposal: Proposal, now: float) -> Iterable[Override]:
    exchange = _exchange(roster, proposal.person, proposal.other, max(proposal.start, now), proposal.end)
    for n, (region, rank, who, start, end) in enumerate(exchange, 1):
        yield Override(f"{proposal.id}-{n}", region, rank, who, start, end, now, proposal.person)


Part = tuple[str, str, str, float, float]
"""Region, rank, who is to have it, from, until."""


def _exchange(roster: Roster, asker: str, other: str, start: float, end: float) -> list[Part]:
    """What each has, to the other."""
    pairs = ((asker, other), (other, asker))
    given = [(shift, has) for had, has in pairs for shift in roster.shifts_of(had, start, end)]
    return sorted((s.region, s.rank, has, s.start, s.end) for s, has in given)


def _shape(parts: Iterable[Part | Override], since: float) -> list[Part]:
    """What is still to come of it."""
    each = (_part(part) for part in parts)
    return sorted((region, rank, who, max(start, since), end) for region, rank, who, start, end in each if end > since)


def _part(part: Part | Override) -> Part:
    return (part.region, part.rank, part.who, part.start, part.end) if isinstance(part, Override) else part


def _listed(world: World, parts: Iterable[Part | Override], reader: str, now: float) -> str:
    words = changes.words_of(world, now)
    return words.listed(
        words.say("rota.takes", what=words.post(region, rank), period=words.period(start, end), who=words.who(who, reader))
        for region, rank, who, start, end in map(_part, parts)
    )


def _near(world: World, person: Person) -> list[Person]:
    """Whoever serves a region together with this person."""
    served = [world.roster.serving(region) for region in world.settings.regions]
    return list(dict.fromkeys(each for people in served if person in people for each in people if each != person))
