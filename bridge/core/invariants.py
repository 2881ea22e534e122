"""What must always be true, whoever dies: the table that the watchman goes through, and the invariants of requests.

Each invariant is a function from the facts to what breaks it. A state that is passed through in the middle of something normal
breaks none: what is written together is looked at together. Those of the ways that messages go stand in `invariants_ways`,
those of the parts of the bridge in `invariants_parts`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bridge.core import invariants_parts as parts
from bridge.core import invariants_ways as ways
from bridge.core.board_words import clock
from bridge.core.events import EXPIRED
from bridge.core.findings import Facts, Finding, How, Repair
from bridge.core.limits import ABUSE
from bridge.core.model import Purpose, Request, State, Status

PUT_OFF = 10.0  # seconds: a request that could not be dealt with is tried again sooner than that
LAST_HOUR = 3600.0  # seconds
PASSED = 60.0  # seconds after its time, and still nothing has happened
CLOSE = 0.01  # seconds: instants that are the same
LIVE = (State.OPEN, State.ACCEPTED)
ENDED = (State.CONTACTED, State.CLOSED)
_PAST_ANSWERING = (Status.ANSWERED, Status.FORGETTING, Status.FORGOTTEN)


@dataclass(frozen=True)
class Invariant:
    """`says` what must be true; `look` finds where it is not; `count` says how many things were looked at."""

    name: str
    says: str
    look: Callable[[Facts, float], Iterator[Finding]]
    count: Callable[[Facts], int]


def check(facts: Facts, now: float) -> tuple[Finding, ...]:
    """Everything that should not be."""
    return tuple(finding for invariant in INVARIANTS for finding in invariant.look(facts, now))


def _listed(facts: Facts, now: float) -> Iterator[Finding]:
    for each in facts.gone:
        yield Finding("gone", each, f"request {each} is listed, and nothing is known of it", _RESTORE)
    for each in facts.unreadable:
        yield Finding("unreadable", each, f"request {each} cannot be read", _RESTORE)
    for request in facts.hidden:
        if request.state is not State.ERASED:
            mend = Repair(How.LIST, request.id, request.version, request.due_at)
            yield Finding("hidden", request.id, f"{request.code} is in no list: no board shows it", _LOOK, repair=mend)


def _next(facts: Facts, now: float) -> Iterator[Finding]:
    """There is an instant at which each request goes on by itself."""
    for request in facts.requests:
        if request.state is State.OPEN and request.next_at is None:
            mend = Repair(How.PAGE, request.id, request.version)
            yield Finding("no-next", request.id, f"{request.code} is open, and nobody is paged next", _PAGE, repair=mend)
        elif request.state is State.ACCEPTED and request.return_at is None:
            words = f"{request.code} is accepted, and would never go back on the ladder"
            yield Finding("no-next", request.id, words, "Ask who has it whether they have called.")
        elif request.state in ENDED and not request.awaited and request.erase_at is None:
            yield Finding("no-erasure", request.id, f"{request.code} has ended, and would never be erased", _LOOK, grave=False)


def _due(facts: Facts, now: float) -> Iterator[Finding]:
    """The clock looks at a request when its document says. It may look a little later where it could not deal with it."""
    for request in facts.requests:
        wanted, stands = request.due_at, facts.due.get(request.id)
        if stands is None and wanted is None:
            continue
        late = wanted is not None and (stands is None or (stands > wanted + CLOSE and stands > now + PUT_OFF))
        early = stands is not None and (wanted is None or stands < wanted - CLOSE)
        if late or early:
            words = f"{request.code} is looked at {'never' if stands is None else 'at the wrong time'}"
            yield Finding(
                "due", request.id, words, _LOOK, grave=late, repair=Repair(How.DUE, request.id, request.version, wanted)
            )


def _passed(facts: Facts, now: float) -> Iterator[Finding]:
    for request in facts.requests:
        if request.due_at is not None and now > request.due_at + PASSED:
            what = "should have gone back on the ladder" if _is_back(request, now) else "should have gone on"
            words = f"{request.code} {what}, and has not"
            yield Finding("passed", request.id, words, "Page by telephone, and look at the clock process and its log.")


def _is_back(request: Request, now: float) -> bool:
    return request.state is State.ACCEPTED and request.return_at is not None and now > request.return_at + PASSED


def _told(facts: Facts, now: float) -> Iterator[Finding]:
    """Who accepted is told whom to call. Whom no text reaches has heard it on the telephone."""
    for request in facts.requests:
        if request.state is not State.ACCEPTED:
            continue
        if not request.accepted_by:
            yield Finding("nobody", request.id, f"{request.code} is accepted by nobody", _PAGE)
        elif request.accepted_by in facts.texted and not _has_details(request):
            mend = Repair(How.TELL, request.id, request.version, to=request.accepted_by)
            words = f"{request.code} was accepted, and no message tells the number"
            yield Finding("untold", request.id, words, "Tell who has it the number by telephone.", repair=mend)


def _has_details(request: Request) -> bool:
    since, holder = request.accepted_at or 0.0, request.accepted_by
    return any(m.purpose is Purpose.DETAILS and m.person == holder and m.at >= since - CLOSE for m in request.messages)


def _alarm(facts: Facts, now: float) -> Iterator[Finding]:
    """Dispatch is called about what is overdue, again and again, until somebody has pressed a key."""
    for request in facts.requests:
        alarms = (
            ("deadline", request.state in LIVE and request.alarm_at is None, Purpose.OVERDUE),
            ("scene", request.awaited and request.scene_alarm_at is None, Purpose.SCENE_OVERDUE),
        )
        for name, silent, purpose in alarms:
            if silent and not _answered(request, purpose):
                words = f"dispatch would never be called about the {name} of {request.code}"
                yield Finding("no-alarm", f"{request.id}/{name}", words, "Watch this one until it is answered.")


def _answered(request: Request, purpose: Purpose) -> bool:
    return any(m.purpose is purpose and m.status in _PAST_ANSWERING for m in request.messages)


def _indexes(facts: Facts, now: float) -> Iterator[Finding]:
    """A code leads to its request, and a number to the open request of who is called back on it."""
    for request in facts.requests:
        if facts.codes.get(request.id, request.id) != request.id:
            mend = None if facts.codes[request.id] else Repair(How.CODE, request.id, request.version, to=request.code)
            words = f"an answer to {request.code} would not find its request"
            yield Finding("code", request.id, words, "Accept it at the board for whoever answers.", repair=mend)
        if request.state in LIVE and request.id not in facts.callers.get(request.id, {request.id}):
            mend = Repair(How.CALLER, request.id, request.version)
            words = f"who waits for {request.code} and calls again would get a second request"
            yield Finding("caller", request.id, words, _LOOK, grave=False, repair=mend)
    codes = {f"code:{request.code}" for request in facts.requests}
    for name, to in facts.strays.items():
        if name in codes:
            continue  # said already
        mend = Repair(How.UNLINK, name, to=to)
        yield Finding("stray", f"{name.partition(':')[0]} {to}", "an index leads to a request that is over", _LOOK, False, mend)


def _in_time(facts: Facts, now: float) -> Iterator[Finding]:
    """Nothing may be kept for long, also of who still waits: people hear of it an hour before, and when it is over."""
    for request in facts.requests:
        ends_at = request.given_up_at
        if ends_at is not None and now > ends_at - LAST_HOUR:
            words = f"{request.code} is unanswered, and is given up at {clock(ends_at, now)}: it may not be kept longer"
            yield Finding("expires", request.id, words, "Have the caller called back now, by whomever.")
        elif request.closed_for == EXPIRED and request.state is State.CLOSED:
            words = f"{request.code} was given up unanswered, and its place and number are about to be erased"
            yield Finding("expired", request.id, words, "Have the caller called back now, by whomever.")


def _many(facts: Facts) -> int:
    return len(facts.requests)


def _live(facts: Facts) -> int:
    return sum(request.state in LIVE for request in facts.requests)


def _accepted(facts: Facts) -> int:
    return sum(request.state is State.ACCEPTED for request in facts.requests)


_LOOK = "Run `bridge audit --repair`."
_PAGE = "Page somebody at the board, or by telephone."
_RESTORE = "Somebody may wait for a call: look in the last backup (README: backup and restore) and in the log."

INVARIANTS = (
    Invariant("listed", "every request is in the list, and can be read", _listed, lambda f: _many(f) + len(f.gone)),
    Invariant("next", "every request goes on by itself at some time", _next, _many),
    Invariant("due", "the clock looks at a request when its document says", _due, _many),
    Invariant("passed", "what was due has happened", _passed, _many),
    Invariant("in time", "every request is answered before it may not be kept longer", _in_time, _many),
    Invariant("told", "who has a request was told the number", _told, _accepted),
    Invariant("alarm", "dispatch is called about what is overdue until somebody answers", _alarm, _live),
    Invariant("indexes", "codes and numbers lead to their requests", _indexes, lambda f: len(f.codes) + len(f.callers)),
    Invariant("outbox", "every message that waits stands in the outbox", ways.outbox, ways.pending),
    Invariant("points", "what stands in the outbox points at what waits", ways.points, lambda f: len(f.outbox)),
    Invariant("overdue", "what should leave has left", ways.overdue, lambda f: len(f.outbox)),
    Invariant("claims", "whoever carries something out is done in time", ways.claims, lambda f: len(f.claims)),
    Invariant("lanes", "what waits for its turn gets it", ways.lanes, lambda f: sum(map(len, f.lanes.values()))),
    Invariant("processes", "a worker and a clock are alive", parts.processes, lambda f: len(f.signs.beats)),
    Invariant("canary", "a page to nobody comes through every minute", parts.canary, lambda f: 1),
    Invariant("durable", "what the store has answered is on disk", parts.durable, lambda f: 1),
    Invariant("calls", "no caller meets a bridge that does not work", parts.calls, lambda f: len(f.broken)),
    Invariant("abuse", "nobody uses up the line, and nobody guesses", parts.abuse, lambda f: len(ABUSE)),
    Invariant("carrier", "the carrier takes texts and calls", parts.carrier, lambda f: 1),
)
