"""What a dispatcher does: to a request, and for a caller whose call they took themselves.

The rules:
- Done twice, or by two dispatchers at once, it is done once; whoever came second is told how it stands.
- What was done is written down, by whom and in words without a place or a number. Where that fails, it was done all the same;
  only a number is not shown before it is written down that it is.

All of them raise UnknownRequest, NotUnderstood (what was entered), NotNow (how it stands instead) or Conflict.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bridge.actions import entered, opening
from bridge.actions.world import World
from bridge.core import act_words
from bridge.core.errors import Conflict, NotAllowed, NotNow, NotUnderstood, UnknownRequest
from bridge.core.events import (
    ALARMS,
    CLOSING_REASONS,
    Accepted,
    Arrived,
    CalledAgain,
    Closed,
    Contacted,
    Corrected,
    Event,
    Needed,
    PagedNow,
    PersonPaged,
    Released,
    Silenced,
)
from bridge.core.model import Place, Request, State
from bridge.core.trail import Act

log = structlog.get_logger(__name__)

PEOPLE = range(1, 10)  # wanted on scene


Already = Callable[[Request], bool]


@dataclass(frozen=True)
class Done:
    """What came of an act: `said` is for who did it, `request` as it stands now."""

    said: str
    request: Request


def page_next(world: World, by: str, request_id: str, fired: int) -> Done:
    """The next rung of the ladder goes now. `fired` is how many rungs had gone when the dispatcher looked."""
    before, after = _changed(world, request_id, PagedNow(fired))
    _keep(world, by, "paged the next rung", before, after)
    return Done(act_words.next_rung(before, after, world.context, world.now()), after)


def page_person(world: World, by: str, request_id: str, person: str) -> Done:
    """Somebody of the dispatcher's choice is paged, by text and by call at once."""
    who = entered.name_of(world, person)
    before, after = _changed(world, request_id, PersonPaged(person))
    _keep(world, by, f"paged {who}", before, after)
    return Done(act_words.person(person, before, after, world.context), after)


def accept(world: World, by: str, request_id: str, person: str, minutes: int | None = None) -> Done:
    """Somebody on the roster has said that they take it, and perhaps in how many `minutes` they call."""
    who, standing = entered.name_of(world, person), world.store.load(request_id)
    eta = entered.eta(world, standing, minutes)
    if (standing.state, standing.accepted_by) == (State.ACCEPTED, person) and entered.same(eta, standing.eta_at):
        return Done(act_words.accepted(standing, standing, world.context, world.now()), standing)
    before, after = _changed(world, request_id, Accepted(person, eta=eta, told=True))
    _keep(world, by, f"accepted for {who}", before, after)
    return Done(act_words.accepted(before, after, world.context, world.now()), after)


def contacted(world: World, by: str, request_id: str, person: str) -> Done:
    """Who has it has reached the caller; or, where nobody has it, somebody on the roster who says so by telephone."""
    standing = world.store.load(request_id)
    who = entered.name_of(world, person, standing)
    events: tuple[Event, ...] = (Contacted(person),)
    if standing.state is State.OPEN:
        events = (Accepted(person, told=True), *events)
    before, after = _changed(world, request_id, *events, already=lambda r: _reached_by(r, person))
    _keep(world, by, f"reported contact for {who}", before, after)
    return Done(act_words.reached(after, world.context), after)


def arrived(world: World, by: str, request_id: str, person: str) -> Done:
    """Who has it is on scene."""
    who = entered.name_of(world, person, world.store.load(request_id))
    before, after = _changed(world, request_id, Arrived(person), already=lambda r: _is_there(r, person))
    _keep(world, by, f"reported {who} on scene", before, after)
    return Done(act_words.arrived(after, world.context), after)


def need(world: World, by: str, request_id: str, person: str, people: int) -> Done:
    """Who has it, or has reached the caller, needs so many people on scene."""
    who = entered.name_of(world, person, world.store.load(request_id))
    if people not in PEOPLE:
        raise NotUnderstood(why=f"Enter how many people are needed, {PEOPLE[0]} to {PEOPLE[-1]}. Nothing was done.")
    before, after = _changed(world, request_id, Needed(person, people))
    _keep(world, by, f"reported for {who} that people are needed on scene", before, after)
    return Done(act_words.needed(after, world.now()), after)


def release(world: World, by: str, request_id: str, person: str) -> Done:
    """Who has it gives it back."""
    who = entered.name_of(world, person, world.store.load(request_id))
    before, after = _changed(world, request_id, Released(person), already=lambda r: _had(r, person))
    _keep(world, by, f"gave it back for {who}", before, after)
    return Done(act_words.released(before, after, world.context, world.now()), after)


def correct(world: World, by: str, request_id: str, *, place: str = "", region: str = "", callback: str = "") -> Done:
    """Where the caller is, or the number to call back on, is put right. What is left empty stays. Raises Undecided, too."""
    where, number = entered.place(world, place, region), entered.number(world, callback)
    if where is None and not number:
        raise NotUnderstood(why="Enter a place or a number. Nothing was done.")
    before, after = _changed(world, request_id, Corrected(where, number or None))
    _keep(world, by, f"corrected {act_words.corrections(before, after)}", before, after)
    said = act_words.corrected(before, after, world.context)
    return Done(" ".join(filter(None, (said, _same_number(world, after, number)))), after)


def silence(world: World, by: str, request_id: str, alarm: str) -> Done:
    """The board's alarm about this request, one of `ALARMS`, makes no sound any more."""
    if alarm not in ALARMS:
        raise NotUnderstood(why="There is no such alarm. Nothing was done.")
    before, after = _changed(world, request_id, Silenced(alarm))
    _keep(world, by, f"silenced the alarm: {alarm}", before, after)
    return Done(f"The alarm of {after.code} is silent at the board. Dispatch is still called about it.", after)


def close(world: World, by: str, request_id: str, reason: str) -> Done:
    """End a request for one of `CLOSING_REASONS`; one that has ended for this very reason stays as it is."""
    if reason not in CLOSING_REASONS:
        raise NotUnderstood(why="Choose a reason from the list. Nothing was closed.")
    before, after = _changed(world, request_id, Closed(reason), already=lambda r: r.closed_for == reason)
    _keep(world, by, f"closed: {CLOSING_REASONS[reason]}", before, after)
    return Done(f"Request {after.code} is closed. Paging for it has stopped.", after)


def take_in(world: World, by: str, once: str, *, place: str = "", region: str = "", callback: str = "") -> Done:
    """A call that came another way becomes a request: where the caller is, and a number; one of the two may be missing.

    `once` is a UUID that was made with the form: however often it is sent, it makes one request. Raises Undecided, too."""
    request_id, where, number = (
        entered.once(once),
        entered.place(world, place, region) or Place(),
        entered.number(world, callback),
    )
    if not where.region and not number:
        raise NotUnderstood(why="Enter a place or a number to call back on. Nothing was done.")
    draft = opening.draft(world, request_id, where, number, incomplete=not (where.region and number))
    try:
        return _taken_before(world, world.store.load(request_id), draft)
    except UnknownRequest:
        return _taken_in(world, by, draft)


def reveal(world: World, by: str, request_id: str) -> str:
    """The number to call back on (E.164), once it is written down who sees it. Raises what the books raise where that fails."""
    request = world.store.load(request_id)
    if request.state is State.ERASED:
        raise UnknownRequest(id=request_id)
    if not request.callback:
        raise NotNow(why=f"No number is known for {request.code}.")
    world.books.record(Act(world.now(), by, "revealed the number", request.code))
    log.info("number revealed", request=request_id)
    return request.callback


def _never(request: Request) -> bool:
    return False


def _reached_by(request: Request, person: str) -> bool:
    return request.state is State.CONTACTED and request.accepted_by == person


def _is_there(request: Request, person: str) -> bool:
    return request.arrived_at is not None and request.accepted_by == person


def _had(request: Request, person: str) -> bool:
    return request.state is State.OPEN and request.held(person)


def _changed(world: World, request_id: str, *events: Event, already: Already = _never) -> tuple[Request, Request]:
    """The request before and after: the same where it is `already` so. Where the law refuses it, NotNow says how it stands."""
    try:
        return world.change(request_id, *events)
    except NotAllowed as refused:
        standing = world.store.load(request_id)
        if standing.state is State.ERASED:
            raise UnknownRequest(id=request_id) from refused
        if already(standing):
            return standing, standing
        raise NotNow(why=_why_not(world, standing, events)) from refused


def _why_not(world: World, standing: Request, events: tuple[Event, ...]) -> str:
    if any(isinstance(event, Silenced) for event in events):
        return f"That alarm of {standing.code} is not on. {act_words.NOTHING}"
    return act_words.refusal(standing, world.context, world.now())


def _keep(world: World, by: str, what: str, before: Request, after: Request) -> None:
    """Write down what was done, if anything was. It stands, whether that succeeds or not."""
    if after == before:
        return
    log.info("done by hand", request=after.id, version=after.version)
    try:
        world.books.record(Act(world.now(), by, what, after.code))
    except Exception as error:  # noqa: BLE001  it was done
        log.error("what was done by hand was not written down", request=after.id, error=type(error).__name__)  # noqa: TRY400


def _taken_in(world: World, by: str, draft: Request) -> Done:
    for _ in range(opening.MOST_TRIES):
        standing = world.store.load(opening.create(world, draft))
        if standing.id == draft.id:
            if standing.opened_at != draft.opened_at:  # the same form, at the same moment
                return _taken_before(world, standing, draft)
            _keep(world, by, "took in a call by hand", draft, standing)
            return Done(act_words.taken_in(standing, world.context, world.now()), standing)
        try:
            before, again = opening.called_again(world, standing.id, CalledAgain(draft.place, draft.callback))
        except (NotAllowed, UnknownRequest):  # it ended in this very moment, so this is a matter of its own
            continue
        _keep(world, by, "took in another call for it by hand", before, again)
        return Done(act_words.open_already(again, world.context, world.now()), again)
    raise Conflict(id=draft.id, tries=opening.MOST_TRIES)


def _taken_before(world: World, standing: Request, draft: Request) -> Done:
    """The same form came twice. One with something else in it is another caller, who must not be taken for the first one."""
    if (standing.place, standing.callback) != (draft.place, draft.callback):
        raise NotNow(why=f"This form has made request {standing.code} already. Nothing was done: open a new one.")
    return Done(act_words.taken_in(standing, world.context, world.now()), standing)


def _same_number(world: World, request: Request, number: str) -> str:
    """A word about another request with the same number: one of the two is needless."""
    waiting = (r for r in world.store.requests() if r.state in (State.OPEN, State.ACCEPTED) and r.id != request.id)
    twin = next((r for r in waiting if number and r.callback == number), None)
    return f"Request {twin.code} is open for the same number." if twin else ""
