"""The status page: what is waiting, for whom, until when. What a dispatcher does about it stands in `acts`.

`GET /` is the page, made of pieces. `GET /live` streams what changes of them (see `live`), and `GET /board?since=…` gives the
same to a page that asks because no stream reaches it: 204 where it has everything. A header says what time it is here: a
laptop's own clock may be anything.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import structlog
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions import desk
from bridge.actions.world import World
from bridge.core.atlas import Atlas
from bridge.core.errors import UnknownRequest
from bridge.core.rota import DISPATCH, Person
from bridge.settings import Role
from bridge.web import auth, pieces
from bridge.web.hardening import refusal_of, refused
from bridge.web.live import Live, TooMany

log = structlog.get_logger(__name__)
T = TypeVar("T")

NOW = "X-Bridge-Now"  # seconds, UTC: the bridge's clock when it answered
VERSION = "X-Bridge-Version"  # changes with the page's own files: a page that stands open for weeks fetches the new ones
NO_STORE = "The bridge cannot read what is waiting. Expect callers to be put through to dispatch until this is mended."
FULL = "More pages are open than this process can serve with a stream. Yours asks instead, and is as true."
STREAMED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # a proxy must not hold back what is said
UNSURE = "It is not known whether this was done. Look at the page before you try again."


def blueprint(world: World) -> Blueprint:
    """The page, and what changes of it."""
    bp = Blueprint("board", __name__, template_folder="templates")
    bp.record_once(lambda state: state.app.extensions.update(live=Live(cast(Flask, state.app), world)))

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
        role = _role(world)
        shown = _seen(lambda: _live().page(role))
        now = shown.now if shown else world.now()
        html = render_template("board.html", shown=shown, **_fixed(world), **pieces.common(now, role))
        return _stamped(make_response(html, 200 if shown else 503), now)

    @bp.get("/board")
    def changes() -> Response:
        found = _seen(lambda: _live().since(_role(world), request.args.get("since", "")))
        if found is None:
            return refused(503, NO_STORE)
        now, news = found
        return _stamped(make_response("", 204) if news is None else jsonify(news), now)

    @bp.get("/requests/<request_id>/messages")
    def messages(request_id: str) -> Response:
        try:
            row = desk.row(world, request_id)
        except UnknownRequest:
            return refused(404, "There is no such request any more: it has ended, and what was known about it is erased.")
        now = world.now()
        html = render_template("_messages.html", row=row, **pieces.common(now, _role(world)))
        return _stamped(make_response(html), now)

    @bp.get("/live")
    def stream() -> Response:
        live = _live()
        position = request.headers.get("Last-Event-ID") or request.args.get("since", "")
        try:
            told = live.stream(_role(world), position, lambda: _still_in(world))
        except TooMany:
            return _later(refused(503, FULL))
        response = Response(stream_with_context(iter(told)), mimetype="text/event-stream", headers=STREAMED)
        response.call_on_close(lambda: live.leave(told))  # also where nobody has begun to read
        return response

    bp.register_error_handler(CSRFError, auth.no_token)
    bp.register_error_handler(Exception, broken)
    return bp


def _live() -> Live:
    live = current_app.extensions["live"]
    assert isinstance(live, Live)
    return live


def _role(world: World) -> Role:
    """The role of whoever sends this; before_request has seen that they have one."""
    user = auth.current(world)
    return user.role if user else Role.WATCH


def _still_in(world: World) -> bool:
    """Whether whoever reads a stream is still logged in. So be it where the store cannot tell: the stream itself says that."""
    try:
        return auth.current(world) is not None
    except HTTPException:
        return True


def _seen(look: Callable[[], T]) -> T | None:
    """What was found, or None where the store does not answer: the page itself must, so that it can say so."""
    try:
        return look()
    except HTTPException:
        raise
    except Exception as error:  # noqa: BLE001  whatever the reason, there is nothing true to show
        log.warning("the status page cannot be shown", error=type(error).__name__)
        return None


def _people(world: World) -> list[Person]:
    """Who can be paged by name, in the order of last names."""
    people = (person for person in world.settings.roster.people.values() if person.id != DISPATCH)
    return sorted(people, key=lambda person: person.name.split()[-1])


def _fixed(world: World) -> dict[str, object]:
    """What the page shows besides its pieces."""
    settings = world.settings
    return {
        **{"user": auth.current(world), "local": settings.local, "no_store": NO_STORE, "version": _live().version},
        **{"regions": settings.regions, "people": _people(world)},
        "chart": Atlas.load().draw(settings.regions),
    }


def _later(response: Response) -> Response:
    response.headers["Retry-After"] = "10"
    return response


def _stamped(response: Response, now: float) -> Response:
    response.headers.update({NOW: f"{now:.3f}", VERSION: _live().version, "Cache-Control": "no-store"})
    return response


def broken(error: Exception) -> Response:
    """Whatever else went wrong: in the log, and in words that promise nothing."""
    if isinstance(error, HTTPException):
        return refusal_of(error)
    log.error("a page failed", endpoint=request.endpoint, error=type(error).__name__, exc_info=error)
    return refused(503, UNSURE if request.method == "POST" else NO_STORE)
