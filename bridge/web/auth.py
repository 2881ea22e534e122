"""Logging in and out, and who may do what. See `sessions` (who is logged in), `door` and `oidc` (who is let in)."""

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions.world import World
from bridge.core.errors import AccountsAway
from bridge.settings import Role, User
from bridge.web import sessions
from bridge.web.door import Door, code_page, page, record
from bridge.web.hardening import harden, refused

REFUSALS = 3600.0  # seconds in which refusals of the same person are written down as one
WHO_ARE_YOU = (
    "The bridge cannot read its store, so it cannot tell who you are. "
    "Expect callers to be put through to dispatch until this is mended."
)
NOT_DONE = "The bridge cannot read its store, so it cannot tell who you are. Nothing was done."


def blueprint(world: World) -> Blueprint:
    """`/login` and `/logout`; it also gives the application its session cookie, its headers and its plain refusals."""
    bp = Blueprint("auth", __name__, template_folder="templates")
    door = Door(world)
    bp.record_once(lambda state: sessions.set_up(state.app, world))
    bp.before_request(check_csrf)
    bp.register_error_handler(CSRFError, no_token)
    harden(bp, world)
    if world.settings.oidc:
        from bridge.web import oidc

        oidc.add_routes(bp, world, world.settings.oidc)

    @bp.get("/login")
    def login() -> AnyResponse:
        if _somebody_sure(world):
            return redirect(sessions.safe(request.args.get("next", "")))
        return page(world, 200)

    @bp.post("/login")
    def enter() -> AnyResponse:
        return door.knock(request.form.get("name", ""), request.form.get("password", ""))

    @bp.get("/login/code")
    def code() -> AnyResponse:
        try:
            half = sessions.half_in(world)
        except AccountsAway:
            half = None
        return code_page(world, 200, half[0]) if half else redirect(url_for("auth.login"))

    @bp.post("/login/code")
    def prove() -> AnyResponse:
        return door.answer(request.form.get("code", ""))

    @bp.post("/logout")
    def logout() -> AnyResponse:
        user = _somebody_sure(world)
        sessions.log_out(world)
        if user:
            record(world, user.name, "logged out")
        return redirect(url_for("auth.login", out="1"))

    return bp


def current(world: World) -> User | None:
    """Who sends this request, or None where nobody is logged in, or not any more.

    Where only the store could tell, and it does not answer, the request ends here, with a page that says so (503)."""
    looks = request.method in ("GET", "HEAD")
    try:
        return sessions.somebody(world, sure=not looks)
    except AccountsAway:
        abort(refused(503, WHO_ARE_YOU if looks else NOT_DONE))


def needs(world: World, role: Role) -> Response | None:
    """None where whoever sends this may do what takes this role; else the refusal: 401 for nobody, 403 for too little."""
    user = current(world)
    if user is None:
        return refused(401, "Your session has ended, and nothing was done. Log in and try again.", log_in=True)
    if not user.may(role):
        record(world, user.name, f"was refused: it takes the role {role}", within=REFUSALS)
        return refused(403, f"This takes the role {role}, and {user.name} has the role {user.role}. Nothing was done.")
    check_csrf()
    return None


def check_csrf() -> None:
    """Refuse a POST that did not come from one of our own forms. Called for the pages of people, never for the carrier's."""
    current_app.extensions["csrf"].protect()


def no_token(error: CSRFError) -> Response:
    """The page for a form that is not ours, or older than the session. Nothing was done."""
    return refused(400, "This form is no longer valid, and nothing was done. Go back to the page and try again.")


def _somebody_sure(world: World) -> User | None:
    """Who is logged in, where that is certain: the log-in page is there for everybody else."""
    try:
        return sessions.somebody(world)
    except AccountsAway:
        return None
