"""The page of the rota: who has which region now and in the days to come, every gap, and changing it.

A form that is refused comes back as it was filled in, with the reason beside it. Times are the wall clock in Alabama. The page
is of one moment; its script asks `GET /rota/version` whether it still holds, and says so where it does not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog
from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions import changes, plan
from bridge.actions.plan import Plan
from bridge.actions.world import World
from bridge.core.board_words import clock, iso, length, moment, zone
from bridge.core.errors import BadTime, BridgeError, UnknownChange
from bridge.core.oncall import SAID_RANK, wall_clock
from bridge.core.rota import DISPATCH, local
from bridge.settings import Role
from bridge.web import auth, board
from bridge.web.hardening import refused

log = structlog.get_logger(__name__)

VIA = "board"
LONGEST = 64  # characters of a field
WORDS = {"clock": clock, "iso": iso, "length": length, "moment": moment, "zone_at": zone, "local": local}
NO_STORE = "The bridge cannot read the rota. Who is on call by the files alone: run bridge oncall on the server."
UNKNOWN = "The bridge cannot read the rota, and so cannot tell whether it has changed."
NEEDS = {  # the role that each takes; looking takes the least
    "rota.override": Role.DISPATCH,
    "rota.leave": Role.DISPATCH,
    "rota.cancel": Role.DISPATCH,
    "rota.replace_feed": Role.ADMIN,
}
GONE = "This change is over, or was cancelled before. Nothing had to be done."


@dataclass
class Form:
    """A form as it came: the fields, and what is wrong with each ("" for the form as a whole)."""

    kind: str  # "override", "leave"
    values: Mapping[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def choice(self, name: str, known: Mapping[str, str]) -> str:
        """What was chosen from a list."""
        chosen = self.values.get(name, "")
        if chosen not in known:
            self.faults[name] = "Choose one from the list."
        return chosen

    def instant(self, name: str) -> float:
        """A date and time, in seconds, UTC; 0 where it is none."""
        try:
            return wall_clock(self.values.get(name, ""))
        except BadTime:
            self.faults[name] = "Enter a date and a time, by the wall clock in Alabama."
            return 0.0

    def period(self) -> tuple[float, float]:
        """From when until when, in seconds, UTC."""
        start, end = self.instant("from"), self.instant("until")
        if "from" not in self.faults and "until" not in self.faults and end <= start:
            self.faults["until"] = "This is not after the beginning."
        return start, end


def blueprint(world: World) -> Blueprint:
    """`/rota`, and what its forms do."""
    bp = Blueprint("rota", __name__, template_folder="templates")

    @bp.before_request
    def only_people_we_know() -> AnyResponse | None:
        if request.endpoint == "rota.page" and not auth.current(world):
            return redirect(url_for("auth.login", next=url_for("rota.page")))
        return auth.needs(world, NEEDS.get(request.endpoint or "", Role.WATCH))

    @bp.get("/rota")
    def page() -> Response:
        return _page(world, 200)

    @bp.get("/rota/version")
    def version() -> Response:
        try:
            return jsonify(version=plan.version(world))
        except Exception as error:  # noqa: BLE001  whatever the reason, it is not known
            log.warning("it cannot be told whether the rota has changed", error=type(error).__name__)
            return refused(503, UNKNOWN)

    @bp.post("/rota/override")
    def override() -> AnyResponse:
        form = _sent("override")
        region, rank = form.choice("region", _regions(world)), form.choice("rank", SAID_RANK)
        who, (start, end) = form.choice("who", _people(world)), form.period()
        if not form.faults:
            _tried(form, lambda: changes.add_override(world, region, rank, who, start, end, _me(world), VIA))
        if form.faults:
            return _page(world, 400, form)
        flash(f"{_regions(world)[region]}, {SAID_RANK[rank]}: {_people(world)[who]} {_said(start, end, world.now())}.")
        return redirect(url_for("rota.page"), 303)

    @bp.post("/rota/leave")
    def leave() -> AnyResponse:
        form = _sent("leave")
        who, (start, end) = form.choice("who", _people(world)), form.period()
        if not form.faults:
            _tried(form, lambda: changes.add_leave(world, who, start, end, _me(world), VIA))
        if form.faults:
            return _page(world, 400, form)
        flash(f"{_people(world)[who]} is off {_said(start, end, world.now())}.")
        return redirect(url_for("rota.page"), 303)

    @bp.post("/rota/changes/<change_id>/cancel")
    def cancel(change_id: str) -> AnyResponse:
        try:
            changes.cancel(world, change_id, _me(world), VIA)
            flash("Cancelled.")
        except UnknownChange:
            flash(GONE)
        return redirect(url_for("rota.page"), 303)

    @bp.post("/rota/feeds/replace")
    def replace_feed() -> AnyResponse:
        feed = plan.replace_address(world, request.form.get("feed", "")[:LONGEST], _me(world), VIA)
        flash(f"The calendar of {feed.label} has a new address. The old one shows nothing any more.")
        return redirect(url_for("rota.page"), 303)

    bp.register_error_handler(CSRFError, auth.no_token)
    bp.register_error_handler(BridgeError, lambda error: refused(400, f"{error} Nothing was changed."))
    bp.register_error_handler(Exception, board.broken)
    return bp


def _page(world: World, code: int, form: Form | None = None) -> Response:
    """The page, with the form that was refused, if any. Where the store does not answer it only says so."""
    seen, user = _look(world), auth.current(world)
    may_change, may_admin = (bool(user and user.may(role)) for role in (Role.DISPATCH, Role.ADMIN))
    shown = render_template(
        "rota.html",
        user=user,
        may_change=may_change,
        feeds=seen.feeds if seen and may_admin else None,
        plan=seen,
        now=seen.now if seen else world.now(),
        zone=zone(world.now()),
        forms={kind: form if form and form.kind == kind else Form(kind) for kind in ("override", "leave")},
        regions=_regions(world),
        ranks=SAID_RANK,
        people=_people(world),
        no_store=NO_STORE,
        practice=world.settings.local,
        **WORDS,
    )
    return make_response(shown, code if seen else 503)


def _look(world: World) -> Plan | None:
    try:
        return plan.look(world)
    except Exception as error:  # noqa: BLE001  whatever the reason, there is nothing true to show
        log.warning("the rota cannot be shown", error=type(error).__name__)
        return None


def _sent(kind: str) -> Form:
    return Form(kind, {name: value.strip()[:LONGEST] for name, value in request.form.items()})


def _tried(form: Form, change: Callable[[], object]) -> None:
    """Make the change; what it is refused for stands beside the form."""
    try:
        change()
    except BridgeError as error:
        form.faults[""] = str(error)


def _regions(world: World) -> dict[str, str]:
    return {region.id: region.name for region in world.settings.regions.values()}


def _people(world: World) -> dict[str, str]:
    return {person.id: person.name for person in world.settings.roster.people.values() if person.id != DISPATCH}


def _me(world: World) -> str:
    user = auth.current(world)
    return user.name if user else ""


def _said(start: float, end: float, now: float) -> str:
    return f"from {moment(start, now)} until {moment(end, now)}"
