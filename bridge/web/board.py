"""The status page: what is waiting, for whom, until when. What a dispatcher does about it stands in `acts`.

`GET /` is the page, made of pieces. `GET /live` streams what changes of them (see `live`), and `GET /board?since=…` gives the
same to a page that asks because no stream reaches it: 204 where it has everything. A header says what time it is here: a
laptop's own clock may be anything.
"""

import logging

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions import desk
from bridge.actions.world import World
from bridge.core.board import Board
from bridge.core.board_words import zone
from bridge.web import auth, pieces
from bridge.web.hardening import refused

log = logging.getLogger(__name__)

NOW = "X-Bridge-Now"  # seconds, UTC: the bridge's clock when it answered
VERSION = "X-Bridge-Version"  # changes with the page's own files: a page that stands open for weeks fetches the new ones
NO_STORE = "The bridge cannot read what is waiting. Expect callers to be put through to dispatch until this is mended."
UNSURE = "It is not known whether this was done. Look at the page before you try again."


def blueprint(world: World) -> Blueprint:
    """The page, and what changes of it."""
    bp = Blueprint("board", __name__, template_folder="templates")

    @bp.before_request
    def only_people_we_know() -> AnyResponse | None:
        if auth.current(world):
            auth.check_csrf()
            return None
        if request.endpoint == "board.page":
            return redirect(url_for("auth.login"))
        return refused(401, "Your session has ended. Log in to see what is waiting.", log_in=True)

    @bp.get("/")
    def page() -> Response:
        board, user = _look(world), auth.current(world)
        now = board.now if board else world.now()
        shown = pieces.snapshot(board, user.role, world) if board and user else None
        fixed = {"no_store": NO_STORE, "version": pieces.version(), "local": world.settings.local, **pieces.WORDS}
        html = render_template("board.html", user=user, shown=shown, now=now, zone=zone(now), **fixed)
        return _stamped(make_response(html, 200 if board else 503), now)

    @bp.get("/board")
    def changes() -> Response:
        board, user = _look(world), auth.current(world)
        if board is None or user is None:
            return refused(503, NO_STORE)
        shown = pieces.snapshot(board, user.role, world)
        if request.args.get("since") == shown.id:
            return _stamped(make_response("", 204), board.now)
        said = {"id": shown.id, "now": board.now, "version": pieces.version(), **shown.since(None)}
        return _stamped(jsonify(said), board.now)

    @bp.get("/live")
    def stream() -> Response:
        return refused(503, NO_STORE)

    bp.register_error_handler(CSRFError, auth.no_token)
    bp.register_error_handler(Exception, broken)
    return bp


def _look(world: World) -> Board | None:
    """The board, or None where the store does not answer: the page itself must, so that it can say so."""
    try:
        return desk.look(world)
    except Exception as error:  # noqa: BLE001  whatever the reason, there is nothing true to show
        log.warning("the status page cannot be shown: %s", type(error).__name__)
        return None


def _stamped(response: Response, now: float) -> Response:
    response.headers.update({NOW: f"{now:.3f}", VERSION: pieces.version(), "Cache-Control": "no-store"})
    return response


def broken(error: Exception) -> Response | HTTPException:
    """Whatever else went wrong: in the log, and in words that promise nothing."""
    if isinstance(error, HTTPException):
        return error
    log.error("%s failed: %s", request.endpoint, type(error).__name__, exc_info=error)
    return refused(503, UNSURE if request.method == "POST" else NO_STORE)
