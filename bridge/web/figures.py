"""The page of figures: how the line did on a day or in a month; and the same, a line for each request, as a table to download.

The table gives the hour of a call and not its minute: seven regions and a call or two a day, and a minute could be laid beside
a telephone bill or a log of dispatch, and name the caller. For the same reason no more than the hour is kept at all. Lengths
of time say nothing about when they were, and are given to the second.

Spreadsheets take a cell that begins with = + - or @ for a formula. None here does: each is a date, a number of zero or more, a
region's letter or a word of ours.
"""

import csv
import io
from collections.abc import Iterator

import structlog
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions import figures as actions
from bridge.actions.world import World
from bridge.core import figures_words as words
from bridge.core.board_words import clock, zone
from bridge.core.figures import End, Figures, end, kept_promise, kept_since
from bridge.core.periods import Kind, Period
from bridge.core.rota import local
from bridge.core.trail import Outcome
from bridge.settings import Role
from bridge.web import auth
from bridge.web.hardening import refusal_of, refused
from bridge.web.panels import panels

log = structlog.get_logger(__name__)

LISTED = 500  # requests that the page lists one by one: the download has all
NO_STORE = "The bridge cannot read the figures. Nothing is known here about how the line did."
BAD = "This is no day and no month. Write a day as 2026-11-22, or a month as 2026-11."
BOTH = "Ask for a day or for a month, not for both at once."
HEADS = ("day", "hour", "region", "seconds_to_acceptance", "seconds_to_contact", "met", "pages", "ended")
_MET = {True: "yes", False: "no", None: ""}
_ENDED = {End.IN_TIME: "reached", End.LATE: "reached late", End.OPEN: "open"}


def blueprint(world: World) -> Blueprint:
    """`/figures` and `/figures.csv`: of today, or with `?day=2026-11-22` or `?month=2026-11`."""
    bp = Blueprint("figures", __name__, template_folder="templates")

    @bp.before_request
    def only_people_we_know() -> AnyResponse | None:
        if auth.current(world) is None:
            return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
        return auth.needs(world, Role.WATCH)

    @bp.get("/figures")
    def page() -> Response:
        period = _period(world.now())
        if isinstance(period, str):
            return refused(400, period)
        seen = _look(world, period)
        return make_response(render_template("figures.html", **_context(world, period, seen)), 200 if seen else 503)

    @bp.get("/figures.csv")
    def download() -> Response:
        period = _period(world.now())
        if isinstance(period, str):
            return refused(400, period)
        seen = _look(world, period)
        return _table(seen) if seen else refused(503, NO_STORE)

    bp.register_error_handler(Exception, _broken)
    return bp


def _period(now: float) -> Period | str:
    """What is asked for, or why that is nothing."""
    asked = [(kind, request.args[kind]) for kind in Kind if kind in request.args]
    if len(asked) > 1:
        return BOTH
    try:
        return Period.read(*asked[0]) if asked else Period.around(Kind.DAY, now)
    except ValueError:
        return BAD


def _look(world: World, period: Period) -> Figures | None:
    """The figures, or None where the store does not answer."""
    try:
        return actions.look(world, period)
    except Exception as error:  # noqa: BLE001  whatever the reason, there is nothing true to show
        log.warning("the figures cannot be shown", error=type(error).__name__)
        return None


def _broken(error: Exception) -> Response:
    """Whatever else went wrong: in the log, and in words that promise nothing."""
    if isinstance(error, HTTPException):
        return refusal_of(error)
    log.error("a page failed", endpoint=request.endpoint, error=type(error).__name__, exc_info=error)
    return refused(503, NO_STORE)


def _context(world: World, period: Period, seen: Figures | None) -> dict[str, object]:
    now, deadline = world.now(), world.settings.policy.deadline
    return {
        "user": auth.current(world),
        "practice": world.settings.local,
        "now": now,
        "zone": zone(now),
        "clock": clock,
        "local": local,
        "period": period,
        "links": dict(_links(period, now)),
        "no_store": NO_STORE,
        "seen": seen,
        "headline": words.headline(seen, deadline, now) if seen else "",
        "notes": words.notes(seen, now) if seen else [],
        "panels": list(panels(seen, deadline)) if seen else [],
        "names": {region.id: region.name for region in world.settings.regions.values()},
        "within": words.within(deadline),
        "share": words.share,
        "took": words.took,
        "ended": words.ended,
        "promise": kept_promise,
        "listed": LISTED,
    }


def _links(period: Period, now: float) -> Iterator[tuple[str, Period]]:
    """Where one can go from here: not to what has not begun, nor to what is forgotten."""
    if kept_since(now) < period.previous.end and period.previous.start <= now:
        yield "previous", period.previous
    if period.next.start <= now:
        yield "next", period.next
    if period.kind is Kind.DAY:
        yield "month", period.month
    for kind in Kind:
        if (current := Period.around(kind, now)) != period:
            yield f"this {kind}", current


def _table(seen: Figures) -> Response:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS)
    writer.writerows(_line(one) for one in seen.outcomes)
    response = make_response(out.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="figures-{seen.period.written}.csv"'
    return response


def _line(one: Outcome) -> tuple[object, ...]:
    there = local(one.opened_at)
    lengths = ("" if each is None else int(each) for each in (one.accepted_after, one.contact_after))
    how = _ENDED.get(end(one), one.closed_for)
    return f"{there:%Y-%m-%d}", there.hour, one.region, *lengths, _MET[kept_promise(one)], one.pages, how
