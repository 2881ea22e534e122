"""What must be true of the ways that messages go: outbox, claims, lanes."""

from collections.abc import Iterator

from bridge.core.findings import Facts, Finding, How, Repair
from bridge.core.model import PENDING, Message, Request

NET = 120.0  # seconds: what waits in a lane is looked at by the clock after so long, whatever happens
LEASED = 12.0  # seconds for which what was handed out or claimed stands further ahead
SLACK = 15.0  # seconds
LATE = 15.0  # seconds past its time: longer than it takes after a worker was killed
TOO_LATE = 60.0  # seconds: pages do not leave
LONGEST_CLAIM = 60.0  # seconds: several times as long as a claim may last
RECORDS = "record"  # keeps nobody waiting: how late it is, its own vital tells
OTHERS = ("canary", RECORDS)  # effects that point at no message

Pointed = tuple[Request, Message]


def outbox(facts: Facts, now: float) -> Iterator[Finding]:
    """Every message that is to be sent, or whose record is to be deleted, is handed out when its time has come."""
    for effect, (request, message) in _pointed(facts).items():
        stands, mend = facts.outbox.get(effect), Repair(How.OUTBOX, effect, request.version, max(message.at, now))
        said = f"a {message.channel} ({message.purpose}) of {request.code}"
        if stands is None:
            yield Finding("lost", effect, f"{said} would never leave", _LOOK, repair=mend)
        elif stands > max(message.at, now) + NET + SLACK:
            yield Finding("far", effect, f"{said} would leave much too late", _LOOK, repair=mend)


def pending(facts: Facts) -> int:
    """How many messages wait."""
    return len(_pointed(facts))


def points(facts: Facts, now: float) -> Iterator[Finding]:
    """Whoever carries out what points at nothing drops it, where it can be understood. What does not go away is in the way."""
    found = _pointed(facts)
    for effect in facts.outbox:
        if effect in found or effect in facts.notices or effect in OTHERS or effect.startswith("lane/"):
            continue
        if _about(effect) in facts.unreadable:
            continue  # nobody knows what it points at
        mend = Repair(How.DROP, effect, request.version if (request := facts.known.get(_about(effect))) else 0)
        yield Finding(
            "pointless", effect, "something in the outbox points at nothing", "Run `bridge audit --repair`.", False, mend
        )


def overdue(facts: Facts, now: float) -> Iterator[Finding]:
    """One finding for all of them: there may be hundreds."""
    since = {effect: facts.late.get(effect, at) for effect, at in facts.outbox.items() if effect != RECORDS}
    waits = [at for at in since.values() if 0 < at < now - LATE]  # at 0 stands what has to go at once
    if waits:
        grave = min(waits) < now - TOO_LATE
        words = f"texts or calls should have left and have not, for more than {TOO_LATE if grave else LATE:g} s"
        yield Finding("overdue", "outbox", words, "Page by telephone, and look at the workers.", grave)


def claims(facts: Facts, now: float) -> Iterator[Finding]:
    for effect, left in facts.claims.items():
        if left > LONGEST_CLAIM:
            words = "a message is held by somebody who may never let go of it"
            yield Finding("claim", effect, words, _LOOK, repair=Repair(How.CLAIM, effect))


def lanes(facts: Facts, now: float) -> Iterator[Finding]:
    """The channel of what waits in a lane is looked at when the line has room. What is settled may stand in it until then."""
    found, quiet = _pointed(facts), set[str]()
    for lane, effects in facts.lanes.items():
        waits = [each for each in effects if each in found and each in facts.outbox and each not in facts.claims]
        if any(_waits_its_turn(found[each][1], facts.outbox[each], now) for each in waits):
            quiet.add(lane.partition(":")[0])
    for channel in sorted(quiet):
        if f"lane/{channel}" not in facts.outbox:
            words = f"{channel}s wait for their turn, and nobody looks whether it has come"
            yield Finding("unarmed", channel, words, _LOOK, False, Repair(How.ARM, f"lane/{channel}", at=now))


def _waits_its_turn(message: Message, at: float, now: float) -> bool:
    """Whether only its lane holds it back: it was not put off by the carrier, and nobody has it in hand."""
    return at > now + LEASED and at > message.at + LEASED


def _pointed(facts: Facts) -> dict[str, Pointed]:
    """Every effect that there must be: request and message by effect."""
    known = facts.known.values()
    return {f"{request.id}/{m.n}": (request, m) for request in known for m in request.messages if m.status in PENDING}


def _about(effect: str) -> str:
    return effect.rpartition("/")[0]


_LOOK = "Run `bridge audit --repair`; if it comes back, look at the logs of clock and workers."
