"""`/audit`: what everybody did at the board and with users, newest first. For administrators."""

import structlog
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions.world import World
from bridge.core.board_words import iso
from bridge.core.rota import local
from bridge.core.trail import Act
from bridge.settings import Role
from bridge.web import auth

log = structlog.get_logger(__name__)

SHOWN = 200  # the latest
NO_STORE = "The bridge cannot read its books now. What was done is not lost; look again once the store answers."


def blueprint(world: World) -> Blueprint:
    """The page."""
    bp = Blueprint("audit", __name__, template_folder="templates")

    @bp.before_request
    def only_administrators() -> AnyResponse | None:
        if auth.current(world) is None and request.method == "GET":
            return redirect(url_for("auth.login", next=url_for("audit.page")))
        return auth.needs(world, Role.ADMIN)

    @bp.get("/audit")
    def page() -> Response:
        acts = _read(world)
        now = world.now()
        shown = render_template(
            "audit.html",
            user=auth.current(world),
            acts=acts,
            most=SHOWN,
            no_store=NO_STORE,
            now=now,
            said=_said,
            iso=iso,
            practice=world.settings.local,
        )
        return make_response(shown, 503 if acts is None else 200)

    bp.register_error_handler(CSRFError, auth.no_token)
    return bp


def _read(world: World) -> list[Act] | None:
    try:
        return world.books.acts(SHOWN)
    except Exception as error:  # noqa: BLE001  whatever the reason, there is nothing true to show
        log.warning("the books cannot be shown", error=type(error).__name__)
        return None


def _said(at: float) -> str:
    """The day and the wall clock in Alabama, to the second: an order of events may be looked for here."""
    there = local(at)
    return f"{there:%a %b} {there.day} {there:%Y %H:%M:%S %Z}"
