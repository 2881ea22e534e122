"""What is happening to a request, and what happens next by itself, in words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bridge.core import escalation
from bridge.core.board_words import line
from bridge.core.events import ENDED_FOR
from bridge.core.model import DEAD, Channel, Context, Message, Purpose, Request, Rung, State, Status, Who

LIVE = frozenset({State.OPEN, State.ACCEPTED})
MOST_NAMES = 3  # who is next is named up to here, and counted from there on
_WHO = {
    Who.ON_CALL: "on call",
    Who.BACKUP: "backup",
    Who.NEIGHBOURS: "neighboring regions",
    Who.STATE: "state coordinator",
    Who.EVERYONE: "everyone",
    Who.DISPATCH: "dispatch",
}


@dataclass(frozen=True)
class Step:
    """What happens next by itself, and when."""

    what: str
    at: float


@dataclass(frozen=True)
class Doing:
    """What is happening now, and since when (None where its words say so, or where it does not matter)."""

    words: str
    at: float | None = None


def name(person: str, context: Context) -> str:
    """What a person is called; the id of somebody who has left the roster."""
    known = context.roster.people.get(person)
    return known.name if known else person


def of_this_round(request: Request, context: Context) -> list[Message]:
    """The pages of the round of the ladder that is going on."""
    rungs = len(escalation.ladder_of(request, context.policy))
    first = max(request.fired - 1, 0) // rungs * rungs
    return [m for m in request.messages if m.purpose is Purpose.PAGE and m.rung >= first]


def doing(request: Request, context: Context) -> Iterator[Doing]:
    """What is happening now; what matters most stands first."""
    holder = name(request.accepted_by, context)
    if request.state in LIVE or request.awaited:
        alarms = [m for m in request.messages if m.purpose in _ALARMS and m.status in _UNDER_WAY]
        yield from (_headline(request, m, context) for m in alarms[-1:])
    if request.state is State.OPEN:
        yield from _asking(request, context)
    elif request.state is State.ACCEPTED:
        yield Doing(f"{holder} has it, no contact reported yet")
    elif request.state is State.CONTACTED:
        yield Doing(f"{holder} has reached the caller" + (" and is on scene" if request.arrived_at is not None else ""))
    elif request.state is State.CLOSED:
        yield Doing(f"Closed: {ENDED_FOR.get(request.closed_for, request.closed_for)}")


_ALARMS = frozenset({Purpose.OVERDUE, Purpose.SCENE_OVERDUE})
_UNDER_WAY = frozenset({Status.WAITING, Status.SENT, Status.RINGING, Status.TALKING})


def _asking(request: Request, context: Context) -> Iterator[Doing]:
    """The pages that may still be answered: for each person the latest on each channel, newest first."""
    latest = {(m.person, m.channel): m for m in of_this_round(request, context)}
    standing = [m for m in latest.values() if m.status not in DEAD and m.person not in request.passed]
    yield from (_headline(request, m, context) for m in sorted(standing, key=lambda m: -m.n))
    if not standing:
        yield Doing("No page is under way")


def _headline(request: Request, message: Message, context: Context) -> Doing:
    """ "2nd call to Ana Crane (backup): ringing"."""
    shown = line(message, name(message.person, context))
    return Doing(
        f"{_nth(request, message)}{shown.channel} to {shown.who}{_as(request, message, context)}: {shown.said}", shown.at
    )


def _nth(request: Request, message: Message) -> str:
    """ "2nd " for the second one of its kind to the same person, and so on; nothing for the first."""
    like = [
        m for m in request.messages if (m.person, m.channel, m.purpose) == (message.person, message.channel, message.purpose)
    ]
    n = sum(m.n <= message.n for m in like)
    return "" if n == 1 else f"{n}{'th' if n in (11, 12, 13) else _ENDINGS.get(n % 10, 'th')} "


_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def _as(request: Request, message: Message, context: Context) -> str:
    """In which duty somebody was paged, where the ladder says so: " (backup)"."""
    ladder = escalation.ladder_of(request, context.policy)
    by_ladder = message.purpose is Purpose.PAGE and message.rung >= 0 and not message.chosen
    who = ladder[message.rung % len(ladder)].who if by_ladder else None
    return f" ({_WHO[who]})" if who in (Who.ON_CALL, Who.BACKUP, Who.STATE) else ""


def following(request: Request, context: Context) -> Iterator[Step]:
    """What comes next by itself, in no order."""
    if request.state is State.OPEN and request.next_at is not None:
        yield Step(next_page(request, context), request.next_at)
    if request.remind_at is not None:
        yield Step(f"{name(request.accepted_by, context)} is reminded to report contact", request.remind_at)
    if request.return_at is not None:
        yield Step("paging starts again, if no contact is reported", request.return_at)
    if request.alarm_at is not None:
        yield Step("dispatch is called again" if request.overdue else "deadline: dispatch is called", request.alarm_at)
    if request.scene_remind_at is not None:
        yield Step(f"{name(request.accepted_by, context)} is reminded to be on scene", request.scene_remind_at)
    if request.scene_alarm_at is not None:
        first = request.scene_alarm_at == request.scene_by
        yield Step("scene deadline: dispatch is called" if first else "dispatch is called again", request.scene_alarm_at)


def next_page(request: Request, context: Context) -> str:
    """Whom the next rung pages, and how, as things stand: "backup: Ana Crane, by call"; "" where nobody is paged any more."""
    at = request.next_at
    if request.state is not State.OPEN or at is None:
        return ""
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
