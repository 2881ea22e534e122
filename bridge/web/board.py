"""The status page: what is waiting, for whom, until when. What a dispatcher does about it stands in `acts`.

`GET /` is the page, `GET /board` the part of it that changes. The page asks for that part every second, and is answered 304
where a reader would see nothing new. Either way a header says what time it is here: a laptop's own clock may be anything.
"""

import hashlib
import logging
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions import desk
from bridge.actions.world import World
from bridge.core.board import Board
from bridge.core.board_words import clock, countdown, iso, minutes, moment, zone
from bridge.core.events import CLOSING_REASONS
from bridge.web import auth
from bridge.web.hardening import refused

log = logging.getLogger(__name__)

NOW = "X-Bridge-Now"  # seconds, UTC: the bridge's clock when it answered
VERSION = "X-Bridge-Version"  # changes with the page's own files: a page that stands open for weeks fetches the new ones
NO_STORE = "The bridge cannot read what is waiting. Expect callers to be put through to dispatch until this is mended."
WORDS = {"clock": clock, "countdown": countdown, "iso": iso, "minutes": minutes, "moment": moment, "zone_at": zone}
UNSURE = "It is not known whether this was done. Look at the page before you try again."


def blueprint(world: World) -> Blueprint:
    """The page, and the part of it that changes."""
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
        board = _look(world)
        user = auth.current(world)
        shown = render_template("board.html", user=user, local=world.settings.local, **_context(board, world))
        return _stamped(make_response(shown, 200 if board else 503), world.now())

    @bp.get("/board")
    def changes() -> Response:
        board = _look(world)
        if board is None:
            return refused(503, NO_STORE)
        return _stamped(_fragment(board, world), board.now)

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


def _context(board: Board | None, world: World) -> dict[str, object]:
    now = board.now if board else world.now()
    fixed = {"reasons": CLOSING_REASONS, "no_store": NO_STORE, "version": version(), **WORDS}
    return {"board": board, "now": now, "zone": zone(now), **fixed}


def _fragment(board: Board, world: World) -> Response:
    """The part that changes, or 304 where this reader has it. Time alone changes nothing: the page counts for itself."""
    response = make_response()
    seen = f"{version()} {session.get('since')} {board.timeless!r}"  # a new log-in needs new forms
    response.set_etag(hashlib.sha256(seen.encode()).hexdigest()[:32])
    if not request.if_none_match.contains_weak(response.get_etag()[0] or ""):
        response.set_data(render_template("_board.html", **_context(board, world)))
    else:
        response.status_code = 304
    return response


def _stamped(response: Response, now: float) -> Response:
    response.headers.update({NOW: f"{now:.3f}", VERSION: version(), "Cache-Control": "no-store"})
    return response


def broken(error: Exception) -> Response | HTTPException:
    """Whatever else went wrong: in the log, and in words that promise nothing."""
    if isinstance(error, HTTPException):
        return error
    log.error("%s failed: %s", request.endpoint, type(error).__name__, exc_info=error)
    return refused(503, UNSURE if request.method == "POST" else NO_STORE)


@cache
def version() -> str:
    """A short name for the present state of the page's templates, style and script."""
    here = Path(__file__).parent
    parts = sorted(path for folder in ("static", "templates") for path in (here / folder).iterdir() if path.is_file())
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:12]
