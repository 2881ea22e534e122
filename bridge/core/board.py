"""What the status page shows: requests in, rows of words and instants out.

Only what is true at this moment, and no more than is known: a message that the carrier has taken is "with the carrier" until a
receipt says otherwise. A caller's number comes out masked, here, so that no template can show it. Instants are seconds, UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bridge.core import by_hand, phones
from bridge.core.board_course import LIVE, Doing, Step, doing, following, name, next_page, of_this_round
from bridge.core.board_words import Line, line
from bridge.core.events import ENDED_FOR
from bridge.core.model import Context, Place, Purpose, Request, State
from bridge.core.oncall import Gap, Post
from bridge.core.rota import local
from bridge.core.vitals import Vital

DAY = 24 * 3600.0  # seconds: callers who were put through are shown for so long
_OF_THE_MACHINE = frozenset({Purpose.INTAKE, Purpose.TALK})  # records of the caller's own calls


@dataclass(frozen=True)
class Row:
    """One request as the page shows it. `overdue` says that the deadline passed without contact, `late` contact included."""

    id: str
    code: str
    region: str
    place: str  # the town, or the county where that is all we know
    county: str  # "Calhoun County", or empty where `place` says it already
    where: Place  # the same by its keys, for the map
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
    eta_at: float | None  # when the one who has it said that they will call
    talks: int  # how often the line has connected them with the caller
    contacted_at: float | None
    closed_at: float | None
    closed_for: str
    scene: "Scene | None"  # the second promise, where there is one
    doing: tuple[Doing, ...]  # what is happening now
    lines: tuple[Line, ...]  # who was told what, newest first
    passed: tuple[str, ...]  # who is not asked again in this round of the ladder
    following: tuple[Step, ...]  # soonest first
    erase_at: float | None
    forget_by: float | None  # by then it is erased in any case
    fired: int  # how many rungs of the ladder have gone
    next_page: str  # whom the next one pages
    holder: str  # the id of who has it
    alarms: tuple[str, ...]  # those that are on, silenced or not: "overdue", "scene"
    silenced: frozenset[str]  # the alarms that a dispatcher has silenced
    renumbered: int = 0  # how often the number was put right: one that is shown may be another one by now

    @property
    def sounding(self) -> tuple[str, ...]:
        """The alarms that nobody has silenced yet."""
        return tuple(alarm for alarm in self.alarms if alarm not in self.silenced)

    @property
    def gist(self) -> "Row":
        """The same without what is under way: what there is to say about it elsewhere than in its own row."""
        nothing = {"doing": (), "lines": (), "passed": (), "following": (), "next_page": "", "fired": 0, "talks": 0}
        return replace(self, **nothing, silenced=frozenset())  # type: ignore[arg-type]

    @property
    def live(self) -> bool:
        """Whether somebody is still waiting to be reached, or for somebody on scene."""
        return self.state in LIVE or (self.scene is not None and self.scene.awaited)

    @property
    def kind(self) -> str:
        """Its state as the page names it: the state, "overdue", or "scene" where only the second promise is left."""
        return "overdue" if self.overdue else "scene" if self.live and self.state not in LIVE else str(self.state)

    @property
    def share(self) -> float:
        """How much of the time to the deadline is left, from 1 down to 0."""
        whole = self.deadline_at - self.opened_at
        return min(1.0, max(0.0, self.seconds_left / whole)) if whole > 0 else 0.0


@dataclass(frozen=True)
class Scene:
    """So many `people` are to be on scene by `by`; `seconds_left` is below zero once that has passed."""

    by: float
    people: int
    seconds_left: float
    arrived_at: float | None
    awaited: bool
    overdue: bool


@dataclass(frozen=True)
class Board:
    """The whole page at `now`."""

    now: float
    rows: tuple[Row, ...]
    put_through: tuple[float, ...]  # when callers were put through to dispatch, newest first
    vitals: tuple[Vital, ...]
    posts: tuple[Post, ...] = ()  # who is on call in each region
    gap: Gap | None = None  # the next one, if it is near

    @property
    def live(self) -> list[Row]:
        """Those whose caller has not been reached."""
        return [row for row in self.rows if row.live]

    @property
    def ended(self) -> list[Row]:
        """Those that are over, and not erased yet."""
        return [row for row in self.rows if not row.live]

    @property
    def gist(self) -> "Board":
        """The same board, of whose rows only the gist is told."""
        return replace(self, rows=tuple(row.gist for row in self.rows))

    @property
    def timeless(self) -> "Board":
        """The same board at no particular instant of its day: equal for as long as a reader would see nothing change."""
        rows = tuple(
            replace(row, seconds_left=0.0, scene=row.scene and replace(row.scene, seconds_left=0.0)) for row in self.rows
        )
        return replace(self, now=float(local(self.now).toordinal()), rows=rows)


_OVERDUE, _OPEN, _HELD, _ENDED = range(4)  # what stands further up


def rows(requests: Iterable[Request], context: Context, now: float) -> list[Row]:
    """The rows: overdue and open first, then open by deadline, accepted, and last what has ended, newest first."""
    return sorted((_row(request, context, now) for request in requests), key=_order)


def _order(row: Row) -> tuple[int, float, str]:
    if not row.live:
        return _ENDED, -(row.contacted_at or row.closed_at or row.opened_at), row.code
    if row.state is State.OPEN:
        return (_OVERDUE if row.overdue else _OPEN), row.deadline_at, row.code
    return _HELD, row.scene.by if row.scene and row.kind == "scene" else row.deadline_at, row.code


def _row(request: Request, context: Context, now: float) -> Row:
    live = request.state in LIVE
    county = f"{request.place.county} County" if request.place.county else ""
    past = live and now >= request.deadline_at  # true even while the clock that marks it is down
    return Row(
        id=request.id,
        code=request.code,
        region=_region(request.place, context),
        place=request.place.label or county or "Place not known",
        county=county if request.place.label not in ("", county) else "",
        where=request.place,
        callback=phones.masked(request.callback) if request.callback else "",
        state=request.state,
        overdue=live and (request.overdue or past),
        late=request.overdue or past,
        incomplete=request.incomplete,
        hung_up=request.hung_up,
        opened_at=request.opened_at,
        deadline_at=request.deadline_at,
        seconds_left=request.deadline_at - now,
        accepted_by=name(request.accepted_by, context),
        accepted_at=request.accepted_at,
        eta_at=request.eta_at if request.state is State.ACCEPTED else None,
        talks=request.talks,
        contacted_at=request.contacted_at,
        closed_at=request.closed_at,
        closed_for=ENDED_FOR.get(request.closed_for, request.closed_for),
        scene=_scene(request, now),
        doing=tuple(doing(request, context)),
        lines=_lines(request, context),
        passed=tuple(sorted(name(person, context) for person in request.passed)) if request.state is State.OPEN else (),
        following=tuple(sorted(following(request, context), key=lambda step: step.at)),
        erase_at=request.erase_at,
        forget_by=request.forget_by,
        fired=request.fired,
        next_page=next_page(request, context),
        holder=request.accepted_by,
        alarms=tuple(sorted(by_hand.sounding(request, now))),
        silenced=request.silenced,
        renumbered=request.renumbered,
    )


def _scene(request: Request, now: float) -> Scene | None:
    if request.scene_by is None:
        return None
    left = request.scene_by - now
    return Scene(
        by=request.scene_by,
        people=request.scene_people,
        seconds_left=left,
        arrived_at=request.arrived_at,
        awaited=request.awaited,
        overdue=request.awaited and left <= 0,
    )


def _region(place: Place, context: Context) -> str:
    region = context.regions.get(place.region)
    return region.name if region else place.region


def _lines(request: Request, context: Context) -> tuple[Line, ...]:
    told = (m for m in reversed(request.messages) if m.purpose not in _OF_THE_MACHINE)
    asked = {m.n for m in of_this_round(request, context)}
    return tuple(line(m, name(m.person, context), passed=m.n in asked and m.person in request.passed) for m in told)
