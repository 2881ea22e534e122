"""The rota by text: who is on call, my shifts, off, on, cover. Swaps are in `swaps`.

A text that changes the rota is read back, and done once the person confirms. What it comes to is worked out anew at that
moment: where the rota has moved meanwhile, it is read back anew.
"""

from collections.abc import Callable
from dataclasses import replace

from bridge.actions import changes, reachable, swaps
from bridge.actions.world import World
from bridge.core import ledger as book
from bridge.core.handoffs import Move
from bridge.core.ledger import Ledger, Proposal
from bridge.core.model import Channel
from bridge.core.replies import Meaning, Reply
from bridge.core.rota import DISPATCH, RANKS, Leave, Override, Person
from bridge.core.rota_words import RotaWords

AHEAD = 90 * 24 * 3600.0  # seconds that WHO and ME look ahead
SHIFTS = 4  # of one's own, in the answer to ME
PATIENCE = 900.0  # seconds: what was read back is confirmed within them, or forgotten


def texted(world: World, person: Person, reply: Reply) -> list[str] | None:
    """What to answer to a text about the rota; None where it is about something else. Raises RotaConflict."""
    do = _DO.get(reply.meaning)
    if do is None:
        return None
    if person.id == DISPATCH and reply.meaning is not Meaning.WHO:
        return [_words(world).say("rota.not_you")]
    return [do(world, person, reply)]


# ---- who has what


def _who(world: World, person: Person, reply: Reply) -> str:
    regions, roster = world.settings.regions, world.roster
    if reply.region and reply.region not in regions:
        return _words(world).say("rota.no_region", region=reply.region, list=", ".join(regions))
    mine = [reply.region] if reply.region else [r for r in regions if person in roster.serving(r)]
    if not mine:
        return _words(world).say("rota.who_all", list=", ".join(f"{region} {_holder(world, region)}" for region in regions))
    return " ".join(_who_has(world, region) for region in mine)


def _holder(world: World, region: str) -> str:
    holder = world.roster.on_duty(region, RANKS[0], world.now())
    return _words(world).who(holder.id if holder else "")


def _who_has(world: World, region: str) -> str:
    words, now = _words(world), world.now()
    here, *later = world.roster.shifts(region, RANKS[0], now, now + AHEAD)
    backup = world.roster.on_duty(region, RANKS[1], now)
    then = " " + words.say("rota.until", when=words.when(here.end), then=words.who(later[0].who)) if later else ""
    name, who = world.settings.regions[region].name, words.who(here.who)
    return words.say("rota.who", region=name, who=who, until=then, backup=words.who(backup.id if backup else ""))


def _me(world: World, person: Person, reply: Reply) -> str:
    words = _words(world)
    off = book.running_leave(world.roster.leaves, person.id, words.now)
    away = words.say("rota.off_until", when=words.when(max(each.end for each in off))) + " " if off else ""
    return words.say("rota.me", off=away, list=_my_shifts(world, person, words))


def _my_shifts(world: World, person: Person, words: RotaWords) -> str:
    horizon = words.now + AHEAD
    mine = world.roster.shifts_of(person.id, words.now, horizon)[:SHIFTS]
    return "; ".join(words.shift(shift, horizon) for shift in mine) or words.say("rota.no_shift")


# ---- what is read back


def _off(world: World, person: Person, reply: Reply) -> str:
    if reply.period is None:
        return _words(world).say("rota.off_until_when")
    return _propose(world, _proposal(world, person, "off", *reply.period))


def _on(world: World, person: Person, reply: Reply) -> str:
    now, words = world.now(), _words(world)
    off = book.next_leave(world.roster.leaves, person.id, now)
    if not off:
        return words.say("rota.not_off", list=_my_shifts(world, person, words))
    starts, ends = max(leave.start for leave in off), max(leave.end for leave in off)
    if not set(off) <= set(world.rota.live()[0].leaves):
        return words.say("rota.off_in_file", when=words.when(ends))
    return _propose(world, _proposal(world, person, "on", max(starts, now), ends))


def _cover(world: World, person: Person, reply: Reply) -> str:
    words, regions = _words(world), world.settings.regions
    served = [region for region in regions if person in world.roster.serving(region)]
    region = reply.region or (served[0] if len(served) == 1 else "")
    if region not in regions:
        return words.say("rota.which_region", list=", ".join(regions))
    if reply.period is None:
        return words.say("rota.cover_until_when", region=region)
    proposal = _proposal(world, person, "cover", *reply.period, region=region)
    return _propose(world, proposal) if _gained(world, proposal) else _read_back(world, proposal)


def _swap(world: World, person: Person, reply: Reply) -> str:
    found = swaps.asked(world, person, reply)
    if isinstance(found, str):
        return found
    start, end = reply.period or (0.0, 0.0)
    return _propose(world, _proposal(world, person, "swap", max(start, world.now()), end, other=found.id))


def _proposal(
    world: World, person: Person, want: str, start: float, end: float, *, region: str = "", other: str = ""
) -> Proposal:
    now = world.now()
    return Proposal(changes.new_id(), person.id, want, "", now, now + PATIENCE, start, end, region, other)


def _propose(world: World, proposal: Proposal) -> str:
    read = replace(proposal, read_back=_read_back(world, proposal))
    world.rota.propose(read)
    return read.read_back


def _read_back(world: World, proposal: Proposal) -> str:
    """What confirming would do, said as of the moment at which it was asked."""
    words = changes.words_of(world, proposal.made_at)
    period = words.period(proposal.start, proposal.end)
    match proposal.want:
        case "off":
            return words.say("rota.off", period=period, then=_then(words, _lost(world, proposal)))
        case "on":
            given = words.listed(words.move(move, proposal.person) for move in _gained(world, proposal))
            key = "rota.on" if proposal.start <= proposal.made_at else "rota.on_coming"
            return words.say(key, when=words.when(proposal.end), period=period, list=given or words.say("rota.no_shift_then"))
        case "cover":
            displaced = dict.fromkeys(words.who(move.was) for move in _gained(world, proposal))
            key, what = "rota.cover" if displaced else "rota.cover_yours", words.post(proposal.region, RANKS[0])
            return words.say(key, what=what, period=period, who=", ".join(displaced))
    return swaps.read_back(world, proposal)


def _then(words: RotaWords, lost: tuple[Move, ...]) -> str:
    """Who has what they leave; that nobody has it is said first, and with its times."""
    if not lost:
        return words.say("rota.no_shift_then")
    nobody = [move for move in lost if not move.has]
    gaps = [
        words.say("rota.nobody_then", what=_post(words, move), period=words.period(move.start, move.end)) for move in nobody
    ]
    others = [words.say("rota.then", what=_post(words, move), who=words.who(move.has)) for move in lost if move.has]
    return words.listed([*gaps, *others])


def _post(words: RotaWords, move: Move) -> str:
    return words.post(move.region, move.rank)


def _lost(world: World, proposal: Proposal) -> tuple[Move, ...]:
    return tuple(move for move in _moves(world, proposal) if move.was == proposal.person)


def _gained(world: World, proposal: Proposal) -> tuple[Move, ...]:
    return tuple(move for move in _moves(world, proposal) if move.has == proposal.person)


def _moves(world: World, proposal: Proposal) -> tuple[Move, ...]:
    """From the moment at which it was asked: that time goes on until it is confirmed changes nothing."""
    ledger = world.rota.live()[0]
    return changes.moved(world, ledger, _made(proposal, proposal.made_at)(ledger, world.now()), proposal.start)


# ---- what is confirmed


def _confirm(world: World, person: Person, reply: Reply) -> str:
    """What they asked for themselves comes first; else what somebody else has asked them."""
    proposal, now = world.rota.proposal(person.id), world.now()
    if proposal and now < proposal.expires_at:
        said = _confirmed(world, person, proposal)
        return " ".join(filter(None, (said, swaps.still_waiting(world, person))))
    swap = world.rota.live()[0].swap_for(person.id, now)
    if swap:
        return swaps.agree(world, person, swap)
    return _words(world).say("rota.too_late" if proposal else "rota.nothing")


def _confirmed(world: World, person: Person, proposal: Proposal) -> str:
    words = changes.words_of(world, proposal.made_at)
    fresh = _read_back(world, proposal)
    done = _is_done(world.rota.live()[0], proposal)
    if fresh != proposal.read_back and not done:
        now = world.now()
        again = replace(proposal, id=changes.new_id(), made_at=now, expires_at=now + PATIENCE)
        return words.say("rota.changed", again=_propose(world, again))
    said = swaps.offer(world, person, proposal) if proposal.want == "swap" else _apply(world, person, proposal)
    world.rota.withdraw(person.id)
    return said


def _apply(world: World, person: Person, proposal: Proposal) -> str:
    words = changes.words_of(world, proposal.made_at)
    period = words.period(proposal.start, proposal.end)
    post = words.post(proposal.region, RANKS[0]) if proposal.region else ""
    what = " ".join(filter(None, (proposal.want, post, period))) + f": {person.name} [{proposal.id}]"
    changes.change(world, _made(proposal), person.id, "text", what)
    match proposal.want:
        case "off":
            return words.say("rota.off_done", period=period)
        case "on":
            return words.say("rota.on_done", list=_my_shifts(world, person, _words(world)))
    return words.say("rota.cover_done", what=post, period=period)


def _made(proposal: Proposal, begins: float | None = None) -> changes.Make:
    """What confirming makes of the ledger. It begins at `begins`, or now: what has passed meanwhile stays as it was."""

    def make(ledger: Ledger, now: float) -> Ledger:
        start, who = max(proposal.start, now if begins is None else begins), proposal.person
        if proposal.want == "off":
            return book.with_leave(ledger, Leave(proposal.id, who, start, proposal.end, now, who))
        if proposal.want == "cover":
            made = Override(proposal.id, proposal.region, RANKS[0], who, start, proposal.end, now, who)
            return book.with_override(ledger, made)
        for leave in book.running_leave(ledger.leaves, who, proposal.start):
            ledger = book.ended(ledger, leave.id, start)
        return ledger

    return make


def _is_done(ledger: Ledger, proposal: Proposal) -> bool:
    """Whether a confirmation that comes for the second time has been carried out at the first."""
    made = {each.id for each in ledger.overrides} | {each.id for each in ledger.leaves} | {each.id for each in ledger.swaps}
    return proposal.id in made


def _refuse(world: World, person: Person, reply: Reply) -> str:
    """What somebody else has asked them comes first: only that is answered with a no."""
    swap = world.rota.live()[0].swap_for(person.id, world.now())
    if swap:
        return swaps.refuse(world, person, swap)
    proposal = world.rota.proposal(person.id)
    world.rota.withdraw(person.id)
    stood = proposal is not None and world.now() < proposal.expires_at
    return _words(world).say("rota.withdrawn" if stood else "rota.nothing")


def _verify(world: World, person: Person, reply: Reply) -> str:
    key = reachable.answered(world, person, Channel.TEXT, reply.digits)
    return _words(world).say(key, left=str(reachable.tries_left(world, person, Channel.TEXT)))


def _words(world: World) -> RotaWords:
    return changes.words_of(world)


_DO: dict[Meaning, Callable[[World, Person, Reply], str]] = {
    Meaning.WHO: _who,
    Meaning.ME: _me,
    Meaning.OFF: _off,
    Meaning.ON: _on,
    Meaning.COVER: _cover,
    Meaning.SWAP: _swap,
    Meaning.CONFIRM: _confirm,
    Meaning.REFUSE: _refuse,
    Meaning.VERIFY: _verify,
}
