"""What a dispatcher is told after an act: what was done by it, or why it was not. It is true at that moment, and no more than
is known: whose page is not sent yet is "being paged".
"""

from collections.abc import Iterable

from bridge.core.board_course import name
from bridge.core.board_words import clock
from bridge.core.by_hand import who_must_know
from bridge.core.events import ENDED_FOR
from bridge.core.model import Channel, Context, Message, Purpose, Request, State, Status

MOST_NAMES = 3  # who is paged is named up to here, and counted from there on
GONE = "There is no such request any more: it has ended, and what was known about it is erased."
NOTHING = "Nothing was done."


def stands(request: Request, context: Context, now: float) -> str:
    """How it stands with a request, in one sentence."""
    who = name(request.accepted_by, context)
    match request.state:
        case State.OPEN:
            return f"Nobody has {request.code} now, and paging goes on."
        case State.ACCEPTED:
            return f"{who} has it since {_clock(request.accepted_at, now)}."
        case State.CONTACTED:
            here = f", and is on scene since {_clock(request.arrived_at, now)}" if request.arrived_at is not None else ""
            return f"{who} has reached this caller already, at {_clock(request.contacted_at, now)}{here}."
        case State.CLOSED:
            reason = ENDED_FOR.get(request.closed_for, request.closed_for)
            return f"It was closed at {_clock(request.closed_at, now)}, for this reason: {reason}."
    return GONE


def refusal(request: Request, context: Context, now: float) -> str:
    """Why nothing was done: how it stands."""
    return f"{stands(request, context, now)} {NOTHING}"


def next_rung(before: Request, after: Request, context: Context, now: float) -> str:
    """After the next rung was to go."""
    if after.fired == before.fired:
        last = [m for m in after.messages if m.rung == after.fired - 1 and not m.chosen]
        return f"The next rung had gone already, to {_whom(last, context) or 'nobody'}. {NOTHING}"
    pages = _whom(_pages(before, after), context)
    if pages:
        return f"The next rung goes now. Being paged: {pages}."
    return f"The next rung found nobody to page. The one after it goes at {_clock(after.next_at, now)}."


def person(who: str, before: Request, after: Request, context: Context) -> str:
    """After somebody was to be paged."""
    pages = _whom(_pages(before, after), context)
    if pages:
        return f"Being paged: {pages}."
    return f"{name(who, context)} was paged a moment ago, and may still answer. {NOTHING}"


def accepted(before: Request, after: Request, context: Context, now: float) -> str:
    """After somebody has taken it, as a dispatcher says."""
    who, details = name(after.accepted_by, context), _added(before, after, Purpose.DETAILS)
    if before.state is State.ACCEPTED:
        said = f"They call by {_clock(after.eta_at, now)}." if after.eta_at != before.eta_at else "Nothing new was sent."
        return f"{stands(after, context, now)} {said}"
    how = "They are called about it" if any(m.channel is Channel.CALL for m in details) else "The details are texted to them"
    return f"{who} has {after.code} now. {how}."


def reached(after: Request, context: Context) -> str:
    """After a contact."""
    return f"Noted: {name(after.accepted_by, context)} has reached the caller of {after.code}. Paging has stopped."


def arrived(after: Request, context: Context) -> str:
    """After somebody has come to the scene."""
    return f"Noted: {name(after.accepted_by, context)} is on scene for {after.code}."


def needed(after: Request, now: float) -> str:
    """After somebody is needed on scene."""
    people = "1 person is" if after.scene_people == 1 else f"{after.scene_people} people are"
    return f"Noted: {people} needed on scene for {after.code}, by {_clock(after.scene_by, now)}."


def released(before: Request, after: Request, context: Context, now: float) -> str:
    """After somebody has given it back."""
    if after == before:
        return stands(after, context, now)
    pages = _whom(_pages(before, after), context)
    return f"{after.code} is given back, and paging starts over." + (f" Being paged: {pages}." if pages else "")


def corrected(before: Request, after: Request, context: Context) -> str:
    """After a correction."""
    what = corrections(before, after)
    if not what:
        return "Nothing was different, and nobody was told anything."
    waits = {(m.person, m.purpose) for m in after.messages if m.status is Status.WAITING}
    told = [person for person, purpose in who_must_know(before, after) if (person, purpose) in waits]
    parts = [f"Corrected for {after.code}: {what}."]
    parts += [f"Being told: {', '.join(name(each, context) for each in told)}."] if told else []
    pages = _whom(_pages(before, after), context)
    return " ".join(parts + ([f"Being paged: {pages}."] if pages else []))


def corrections(before: Request, after: Request) -> str:
    """What is different now, without saying what it is: "the place and the number"; "" for nothing."""
    both = [("the place", before.place, after.place), ("the number", before.callback, after.callback)]
    different = [what for what, old, new in both if old != new]
    return " and ".join(different) or ("nothing is missing any more" if before.incomplete and not after.incomplete else "")


def taken_in(request: Request, context: Context, now: float) -> str:
    """After a call was taken in by hand."""
    pages = _whom([m for m in request.messages if m.purpose is Purpose.PAGE], context)
    being = f" Being paged: {pages}." if pages and request.state is State.OPEN else ""
    return f"Taken in as request {request.code}, due by {_clock(request.deadline_at, now)}.{being}"


def open_already(request: Request, context: Context, now: float) -> str:
    """After a call was taken in from a number that is waiting already."""
    first = f"Request {request.code} is open for this number, and counts as called again. No second one was made."
    return f"{first} {stands(request, context, now)}"


def _pages(before: Request, after: Request) -> list[Message]:
    return _added(before, after, Purpose.PAGE)


def _added(before: Request, after: Request, purpose: Purpose) -> list[Message]:
    return [m for m in after.messages[len(before.messages) :] if m.purpose is purpose]


def _names(messages: Iterable[Message]) -> list[str]:
    return list(dict.fromkeys(m.person for m in messages))


def _whom(pages: list[Message], context: Context) -> str:
    """ "Sgt. Dana Boyd by text and call; Lt. Sam Kirby by text"; "9 people"; "" for nobody."""
    people = _names(pages)
    if len(people) > MOST_NAMES:
        return f"{len(people)} people"
    channels = {each: dict.fromkeys(str(m.channel) for m in pages if m.person == each) for each in people}
    return "; ".join(f"{name(each, context)} by {' and '.join(how)}" for each, how in channels.items())


def _clock(at: float | None, now: float) -> str:
    return "--:--" if at is None else clock(at, now)
