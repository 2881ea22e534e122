"""What the status page shows: requests in, rows of words and instants out.

Only what is true at this moment, and no more than is known: a message that the carrier has taken is "with the carrier" until a
receipt says otherwise. A caller's number comes out masked, here, so that no template can show it. Instants are seconds, UTC.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bridge.core import escalation, phones
from bridge.core.board_words import Line, line
from bridge.core.events import CLOSING_REASONS
from bridge.core.model import DEAD, Channel, Context, Message, Place, Purpose, Request, Rung, State, Status, Who
from bridge.core.rota import local
from bridge.core.vitals import Vital

DAY = 24 * 3600.0  # seconds: callers who were put through are shown for so long
MOST_NAMES = 3  # who is next is named up to here, and counted from there on


@dataclass(frozen=True)
class Step:
    """What happens next by itself, and when."""

    what: str
    at: float


@dataclass(frozen=True)
class Row:
    """One request as the page shows it. `overdue` says that the deadline passed without contact, `late` contact included."""

    id: str
    code: str
    region: str
    place: str  # the town, or the county where that is all we know
    county: str  # "Calhoun County", or empty where `place` says it already
    callback: str  # masked
    state: State
    overdue: bool
    late: bool
    incomplete: bool
    hung_up: bool
    opened_at: float
    deadline_at: float
    seconds_left: float  # to the deadline; below zero once it has passed
    accepted_by: str
    accepted_at: float | None
    contacted_at: float | None
    closed_at: float | None
    closed_for: str
    doing: tuple[str, ...]  # what is happening now
    lines: tuple[Line, ...]  # who was told what, newest first
    passed: tuple[str, ...]  # who is not asked again in this round of the ladder
    following: tuple[Step, ...]  # soonest first
    erase_at: float | None

    @property
    def live(self) -> bool:
        """Whether somebody is still waiting to be reached."""
        return self.state in _LIVE

    @property
    def share(self) -> float:
        """How much of the time to the deadline is left, from 1 down to 0."""
        whole = self.deadline_at - self.opened_at
        return min(1.0, max(0.0, self.seconds_left / whole)) if whole > 0 else 0.0


@dataclass(frozen=True)
class Board:
    """The whole page at `now`."""

    now: float
    rows: tuple[Row, ...]
    put_through: tuple[float, ...]  # when callers were put through to dispatch, newest first
    vitals: tuple[Vital, ...]

    @property
    def live(self) -> list[Row]:
        """Those whose caller has not been reached."""
        return [row for row in self.rows if row.live]

    @property
    def ended(self) -> list[Row]:
        """Those that are over, and not erased yet."""
        return [row for row in self.rows if not row.live]

    @property
    def timeless(self) -> "Board":
        """The same board at no particular instant of its day: equal for as long as a reader would see nothing change."""
        rows = tuple(replace(row, seconds_left=0.0) for row in self.rows)
        return replace(self, now=float(local(self.now).toordinal()), rows=rows)


_LIVE = frozenset({State.OPEN, State.ACCEPTED})
_SHELF = {State.OPEN: 1, State.ACCEPTED: 2, State.CONTACTED: 3, State.CLOSED: 3, State.ERASED: 3}
_WHO = {
    Who.ON_CALL: "on call",
    Who.BACKUP: "backup",
    Who.NEIGHBOURS: "neighboring regions",
    Who.STATE: "state coordinator",
    Who.EVERYONE: "everyone",
    Who.DISPATCH: "dispatch",
}


def rows(requests: Iterable[Request], context: Context, now: float) -> list[Row]:
    """The rows: overdue and open first, then open by deadline, accepted, and last what has ended, newest first."""
    return sorted((_row(request, context, now) for request in requests), key=_order)


def _order(row: Row) -> tuple[int, float, str]:
    if not row.live:
        return _SHELF[row.state], -(row.contacted_at or row.closed_at or row.opened_at), row.code
    return (0 if row.overdue and row.state is State.OPEN else _SHELF[row.state]), row.deadline_at, row.code


def _row(request: Request, context: Context, now: float) -> Row:
    live = request.state in _LIVE
    county = f"{request.place.county} County" if request.place.county else ""
    past = live and now >= request.deadline_at  # true even while the clock that marks it is down
    return Row(
        id=request.id,
        code=request.code,
        region=_region(request.place, context),
        place=request.place.label or county or "Place not known",
        county=county if request.place.label not in ("", county) else "",
        callback=phones.masked(request.callback) if request.callback else "",
        state=request.state,
        overdue=live and (request.overdue or past),
        late=request.overdue or past,
        incomplete=request.incomplete,
        hung_up=request.hung_up,
        opened_at=request.opened_at,
        deadline_at=request.deadline_at,
        seconds_left=request.deadline_at - now,
        accepted_by=_name(request.accepted_by, context),
        accepted_at=request.accepted_at,
        contacted_at=request.contacted_at,
        closed_at=request.closed_at,
        closed_for=CLOSING_REASONS.get(request.closed_for, request.closed_for),
        doing=tuple(_doing(request, context)),
        lines=_lines(request, context),
        passed=tuple(sorted(_name(person, context) for person in request.passed)) if request.state is State.OPEN else (),
        following=tuple(sorted(_following(request, context), key=lambda step: step.at)),
        erase_at=request.erase_at,
    )


def _name(person: str, context: Context) -> str:
    known = context.roster.people.get(person)
    return known.name if known else person


def _region(place: Place, context: Context) -> str:
    region = context.regions.get(place.region)
    return region.name if region else place.region


def _lines(request: Request, context: Context) -> tuple[Line, ...]:
    told = (m for m in reversed(request.messages) if m.purpose is not Purpose.INTAKE)
    asked = {m.n for m in _of_this_round(request, context)}
    return tuple(line(m, _name(m.person, context), passed=m.n in asked and m.person in request.passed) for m in told)


def _of_this_round(request: Request, context: Context) -> list[Message]:
    """The pages of the round of the ladder that is going on."""
    rungs = len(escalation.ladder_of(request, context.policy))
    first = max(request.fired - 1, 0) // rungs * rungs
    return [m for m in request.messages if m.purpose is Purpose.PAGE and m.rung >= first]


def _doing(request: Request, context: Context) -> Iterator[str]:
    holder = _name(request.accepted_by, context)
    if request.state in _LIVE:
        alarms = [m for m in request.messages if m.purpose is Purpose.OVERDUE and m.status in _UNDER_WAY]
        yield from (_headline(m, context) for m in alarms[-1:])
    if request.state is State.OPEN:
        yield from _asking(request, context)
    elif request.state is State.ACCEPTED:
        yield f"{holder} has it, no contact reported yet"
    elif request.state is State.CONTACTED:
        yield f"{holder} has reached the caller"
    elif request.state is State.CLOSED:
        yield f"Closed: {CLOSING_REASONS.get(request.closed_for, request.closed_for)}"


_UNDER_WAY = frozenset({Status.WAITING, Status.SENT, Status.RINGING, Status.TALKING})


def _asking(request: Request, context: Context) -> Iterator[str]:
    """The pages that may still be answered: for each person the latest on each channel, newest first."""
    latest = {(m.person, m.channel): m for m in _of_this_round(request, context)}
    standing = [m for m in latest.values() if m.status not in DEAD and m.person not in request.passed]
    yield from (_headline(m, context) for m in sorted(standing, key=lambda m: -m.n))
    if not standing:
        yield "No page is under way"


def _headline(message: Message, context: Context) -> str:
    shown = line(message, _name(message.person, context))
    return f"{shown.channel} to {shown.who}: {shown.said}"


def _following(request: Request, context: Context) -> Iterator[Step]:
    if request.state is State.OPEN and request.next_at is not None:
        yield Step(_next_rung(request, context, request.next_at), request.next_at)
    if request.remind_at is not None:
        yield Step(f"{_name(request.accepted_by, context)} is reminded to report contact", request.remind_at)
    if request.return_at is not None:
        yield Step("paging starts again, if no contact is reported", request.return_at)
    if request.alarm_at is not None:
        yield Step("dispatch is called again" if request.overdue else "deadline: dispatch is called", request.alarm_at)


def _next_rung(request: Request, context: Context, at: float) -> str:
    ladder = escalation.ladder_of(request, context.policy)
    over = request.fired > 0 and request.fired % len(ladder) == 0
    rung = ladder[request.fired % len(ladder)]
    whom = _whom(rung, request.place.region, frozenset() if over else request.passed, context, at)
    return ("from the start: " if over else "") + f"{_WHO[rung.who]}: {whom}"


def _whom(rung: Rung, region: str, passed: frozenset[str], context: Context, at: float) -> str:
    if region and region not in context.regions:
        return "region not in the configuration any more"
    found = [person for person in escalation.people(rung, region, context, at) if person.id not in passed]
    channels = dict.fromkeys(context.channel(person, wanted) for person in found for wanted in rung.by)
    if not found:
        return "nobody to page"
    if len(found) > MOST_NAMES:
        return f"{len(found)} people, {_by(channels)}"
    return f"{', '.join(person.name for person in found)}, {_by(channels)}"


def _by(channels: Iterable[Channel]) -> str:
    return " and ".join(f"by {channel}" for channel in channels)
