"""How the line does: what may be kept of requests that have ended, and the figures of a day and a month made from it.

Nothing here can name a caller: an outcome has no place, no number, no code, and its time is cut to the hour.

The rules of counting:
- Tests, drills and requests about the same matter as another one are counted apart, and nowhere else.
- The promise was kept where contact was made before the deadline. It was missed where the deadline passed first: whether the
  caller was reached later, the request was closed later, for whatever reason, or still stands open.
- The share is of those two. What was closed in time for another reason, and what is open in time, is in neither: nobody
  knows how it would have ended. So closing what is overdue does not mend the share.
- A percentile is the nearest rank: a length that really was, of those that were reached.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import floor
from typing import TypeVar

from dateutil.relativedelta import relativedelta

from bridge.core.model import Purpose, Request, State, Status
from bridge.core.periods import Kind, Period
from bridge.core.rota import local
from bridge.core.trail import Outcome

# Three years: a month can be laid beside the same month of two years before, and a fiscal year be reported when it is over.
# Longer nobody compares, and what is not kept cannot be asked for. A constant, since no agency needs another. commit.lua has
# it in seconds, from a month's last write.
KEPT = 36  # months, with the one that runs
OVER = frozenset({State.CONTACTED, State.CLOSED})
LIVE = frozenset({State.OPEN, State.ACCEPTED})
APART = ("test", "duplicate")  # reasons for closing what was no request of its own
BINS = 6  # before the deadline: five minutes each, where it is half an hour
HOUR = 3600.0
K = TypeVar("K")
_NEVER_LEFT = frozenset({Status.WAITING, Status.DROPPED})


def outcome(request: Request) -> Outcome | None:
    """What may be kept of a request, once its caller was reached or it was closed; None before, and after it was erased."""
    if request.state not in OVER:
        return None
    over_at = request.closed_at if request.contacted_at is None else request.contacted_at
    return _outcome(request, missed=over_at is not None and over_at >= request.deadline_at)


def standing(request: Request, now: float) -> Outcome | None:
    """How it stands at `now` with a request whose caller nobody has reached yet; None for any other. It is kept nowhere."""
    return _outcome(request, missed=now >= request.deadline_at) if request.state in LIVE else None


def _outcome(request: Request, missed: bool) -> Outcome:
    contacted = request.contacted_at
    return Outcome(
        opened_at=request.opened_at // HOUR * HOUR,
        region=request.place.region,
        accepted_after=_after(request, request.first_accepted_at),
        contact_after=_after(request, contacted),
        contact_met=contacted is not None and not missed,
        pages=sum(m.purpose is Purpose.PAGE and m.status not in _NEVER_LEFT for m in request.messages),
        closed_for=request.closed_for,
        scene_met=_scene_met(request),
        missed=missed,
    )


def _after(request: Request, at: float | None) -> float | None:
    """Rounded down: a contact in the last second before the deadline is not shown as one at the deadline."""
    return None if at is None else float(max(0, floor(at - request.opened_at)))


def _scene_met(request: Request) -> bool | None:
    if request.scene_by is None:
        return None
    return request.arrived_at is not None and request.arrived_at < request.scene_by


@dataclass(frozen=True)
class Lengths:
    """How long something took, in seconds, shortest first; and how often the deadline passed and it never happened."""

    seconds: tuple[float, ...] = ()
    never: int = 0

    def percentile(self, p: int) -> float | None:
        """The length within which `p` percent of those that happened had happened; None where none has."""
        rank = -(-p * len(self.seconds) // 100)  # rounded up
        return self.seconds[max(rank, 1) - 1] if self.seconds else None

    @property
    def median(self) -> float | None:
        """The length within which half had happened."""
        return self.percentile(50)

    @property
    def most(self) -> float | None:
        """The length within which nine of ten had happened."""
        return self.percentile(90)

    def bins(self, deadline: float) -> tuple[int, ...]:
        """How many fall into each of `BINS` equal parts of the time to the deadline (seconds), and last, how many beyond."""
        within = Counter(min(int(each * BINS // deadline), BINS) for each in self.seconds)
        return tuple(within[n] for n in range(BINS + 1))


class End(StrEnum):
    """How it stands with one request, as it is counted."""

    IN_TIME = "in time"  # reached before the deadline
    LATE = "late"  # reached after it
    CLOSED = "closed"  # by a dispatcher, without contact
    OPEN = "open"
    APART = "apart"  # no request of its own


def end(one: Outcome) -> End:
    """Which of these it is."""
    if one.closed_for in APART:
        return End.APART
    if one.contact_after is not None:
        return End.IN_TIME if one.contact_met else End.LATE
    return End.CLOSED if one.closed_for else End.OPEN


def kept_promise(one: Outcome) -> bool | None:
    """Whether the promise was kept; None where it was neither kept nor missed."""
    if end(one) is End.APART:
        return None
    return False if one.missed else True if end(one) is End.IN_TIME else None


@dataclass(frozen=True)
class Summary:
    """The figures of any number of requests. Each is one of `in_time`, `late`, `closed` and `open`."""

    requests: int = 0  # without those counted apart
    in_time: int = 0  # reached before the deadline
    late: int = 0  # reached after it
    closed: Mapping[str, int] = field(default_factory=dict)  # without contact, by reason
    open: int = 0
    missed: int = 0  # the deadline passed first: all that are late, and some of the closed and the open
    overdue: int = 0  # the open ones among the missed
    apart: Mapping[str, int] = field(default_factory=dict)  # by reason
    acceptance: Lengths = Lengths()
    contact: Lengths = Lengths()
    pages: Mapping[int, int] = field(default_factory=dict)  # how many requests took so many pages

    @property
    def counted(self) -> int:
        """For how many the promise was kept or missed: of those the share is."""
        return self.in_time + self.missed

    @property
    def share(self) -> float | None:
        """For which part of them it was kept, from 0 to 1; None where there are none."""
        return self.in_time / self.counted if self.counted else None

    @property
    def closed_in_all(self) -> int:
        """How many were closed without contact, for any reason."""
        return sum(self.closed.values())

    @property
    def mean_pages(self) -> float | None:
        """Pages for one request, on the average; None where there are none."""
        return sum(pages * n for pages, n in self.pages.items()) / self.requests if self.requests else None


def summary(outcomes: Iterable[Outcome]) -> Summary:
    """Count them."""
    every = list(outcomes)
    ours = [one for one in every if end(one) is not End.APART]
    ends = Counter(map(end, ours))
    return Summary(
        requests=len(ours),
        in_time=ends[End.IN_TIME],
        late=ends[End.LATE],
        closed=Counter(one.closed_for for one in ours if end(one) is End.CLOSED),
        open=ends[End.OPEN],
        missed=sum(one.missed for one in ours),
        overdue=sum(one.missed and end(one) is End.OPEN for one in ours),
        apart=Counter(one.closed_for for one in every if end(one) is End.APART),
        acceptance=_lengths((one.accepted_after, one.missed) for one in ours),
        contact=_lengths((one.contact_after, one.missed) for one in ours),
        pages=Counter(one.pages for one in ours),
    )


def _lengths(each: Iterable[tuple[float | None, bool]]) -> Lengths:
    every = list(each)
    happened = sorted(seconds for seconds, _ in every if seconds is not None)
    return Lengths(tuple(happened), sum(seconds is None and missed for seconds, missed in every))


@dataclass(frozen=True)
class Figures:
    """A day or a month: its requests, by hour and in each hour in no order that was theirs, and their figures."""

    period: Period
    outcomes: tuple[Outcome, ...]
    all: Summary
    regions: Mapping[str, Summary]  # by id; "" where the region was not known, if there is such a request
    hours: tuple[Summary, ...]  # by the hour of the wall clock, 0 to 23
    days: tuple[Summary, ...]  # of a month, from its first; none of a day


def figures(outcomes: Iterable[Outcome], period: Period, regions: Collection[str]) -> Figures:
    """The figures of those that were opened in the period, for each of the regions (ids), whether it had any or not."""
    ours = sorted((one for one in outcomes if period.holds(one.opened_at)), key=_order)
    by_region = _split(ours, lambda one: one.region)
    by_hour = _split(ours, lambda one: local(one.opened_at).hour)
    by_day = _split(ours, lambda one: local(one.opened_at).day)
    return Figures(
        period=period,
        outcomes=tuple(ours),
        all=summary(ours),
        regions={region: summary(by_region[region]) for region in (*regions, *sorted(set(by_region) - set(regions)))},
        hours=tuple(summary(by_hour[hour]) for hour in range(24)),
        days=tuple(summary(by_day[day]) for day in range(1, period.days + 1)) if period.kind is Kind.MONTH else (),
    )


def _split(outcomes: Iterable[Outcome], by: Callable[[Outcome], K]) -> defaultdict[K, list[Outcome]]:
    parts = defaultdict[K, list[Outcome]](list)
    for one in outcomes:
        parts[by(one)].append(one)
    return parts


def _order(one: Outcome) -> tuple[float, str, float, int]:
    return one.opened_at, one.region, one.contact_after or 0.0, one.pages


@dataclass(frozen=True)
class Today:
    """The day so far, for a glance. `late` says that the deadline passed first, also where the request is still open;
    `median` is the time within which half of those reached were reached, in seconds, None where nobody was."""

    received: int
    in_time: int
    late: int
    open: int
    median: float | None


def today(outcomes: Iterable[Outcome], open_requests: Iterable[Request], now: float) -> Today:
    """The day in Alabama in which `now` lies. Requests that have ended are passed over: they are among the outcomes."""
    period = Period.around(Kind.DAY, now)
    every = [*outcomes, *filter(None, (standing(request, now) for request in open_requests))]
    found = summary(one for one in every if period.holds(one.opened_at))
    return Today(found.requests, found.in_time, found.missed, found.open, found.contact.median)


def kept_since(now: float) -> float:
    """Outcomes of requests before this instant may be forgotten; those after it are kept (seconds, UTC)."""
    this = Period.around(Kind.MONTH, now)
    return Period(Kind.MONTH, this.first - relativedelta(months=KEPT - 1)).start
