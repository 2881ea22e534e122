"""Logging in and out. Who may is in the settings; who has is in a signed cookie, which ends with the shift.

A session is bound to the password that opened it: change the password or take the user away, and it is over.
"""

import hashlib
import hmac
import math
import secrets
import threading
from datetime import timedelta
from functools import cache
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, session, url_for
from flask.sansio.app import App
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions.world import World
from bridge.settings import Role, User, check_password, hash_password
from bridge.web.hardening import harden, refused
from bridge.web.limiter import Limiter

SESSION = 14 * 3600.0  # seconds: a shift and its hand-over
WINDOW = 300.0  # seconds in which failures count
MOST_PER_NAME = 10
MOST_PER_ADDRESS = 30  # a desk of several people may share one
AT_ONCE = 2  # argon2 takes 64 MiB a time: a flood of log-ins must not take the memory that calls need
PATIENCE = 5.0  # seconds that a log-in waits for its turn
LONGEST = 512  # characters of a name or a password
WRONG = "That name and password do not belong together. Check both, and whether Caps Lock is on."


def blueprint(world: World) -> Blueprint:
    """`/login` and `/logout`; it also gives the application its session cookie, its headers and its plain refusals."""
    bp = Blueprint("auth", __name__, template_folder="templates")
    door = _Door(world)
    bp.record_once(lambda state: _set_up_sessions(state.app, world))
    bp.before_request(check_csrf)
    bp.register_error_handler(CSRFError, no_token)
    harden(bp, world)

    @bp.get("/login")
    def login() -> AnyResponse:
        if current(world):
            return redirect(_safe(request.args.get("next", "")))
        return _page(world, 200)

    @bp.post("/login")
    def enter() -> AnyResponse:
        return door.knock(request.form.get("name", ""), request.form.get("password", ""))

    @bp.post("/logout")
    def logout() -> AnyResponse:
        session.clear()
        return redirect(url_for("auth.login", out="1"))

    return bp


def current(world: World) -> User | None:
    """Who sends this request, or None where nobody is logged in, or not any more."""
    user = world.settings.users.get(str(session.get("user", "")))
    age = world.now() - float(session.get("since", "-inf"))
    if user is None or not 0 <= age < SESSION:
        return None
    return user if hmac.compare_digest(str(session.get("proof", "")), _proof(user)) else None


def needs(world: World, role: Role) -> Response | None:
    """None where whoever sends this may do what takes this role; else the refusal: 401 for nobody, 403 for too little."""
    user = current(world)
    if user is None:
        return refused(401, "Your session has ended, and nothing was done. Log in and try again.", log_in=True)
    if not user.may(role):
        return refused(403, f"This takes the role {role}, and {user.name} has the role {user.role}. Nothing was done.")
    check_csrf()
    return None


def check_csrf() -> None:
    """Refuse a POST that did not come from one of our own forms. Called for the pages of people, never for the carrier's."""
    current_app.extensions["csrf"].protect()


def no_token(error: CSRFError) -> Response:
    """The page for a form that is not ours, or older than the session. Nothing was done."""
    return refused(400, "This form is no longer valid, and nothing was done. Go back to the page and try again.")


class _Door:
    """Lets people in, slowly where somebody guesses."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._names, self._addresses = Limiter(MOST_PER_NAME, WINDOW), Limiter(MOST_PER_ADDRESS, WINDOW)
        self._turn = threading.BoundedSemaphore(AT_ONCE)

    def knock(self, name: str, password: str) -> AnyResponse:
        """Log in, or say why not."""
        name, address, now = name.strip(), request.remote_addr or "", self._world.now()
        if not name or not password or max(len(name), len(password)) > LONGEST:
            return _page(self._world, 400, "Enter your name and your password.")
        wait = max(self._addresses.take(address, now), self._names.take(name.casefold(), now))
        if wait:
            return _slow_down(self._world, wait)
        if not self._turn.acquire(timeout=PATIENCE):
            return _slow_down(self._world, PATIENCE)
        try:
            user = _checked(self._world, name, password)
        finally:
            self._turn.release()
        if user is None:
            return _page(self._world, 403, WRONG)
        self._names.forgive(name.casefold())
        self._addresses.forgive(address)
        return _let_in(user, now)


def _checked(world: World, name: str, password: str) -> User | None:
    """The user, if this is the password. A name that nobody has takes as long as a wrong password."""
    user = world.settings.users.get(name)
    right = check_password(user or _nobody(), password)
    return user if right else None


@cache
def _nobody() -> User:
    return User("", hash_password(secrets.token_hex(16)), Role.WATCH)


def _let_in(user: User, now: float) -> AnyResponse:
    session.clear()  # nothing that was in the cookie before the log-in is believed after it
    session.permanent = True
    session.update(user=user.name, since=now, proof=_proof(user))
    return redirect(_safe(request.form.get("next", "")), 303)


def _proof(user: User) -> str:
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:16]


def _slow_down(world: World, wait: float) -> AnyResponse:
    seconds = math.ceil(wait)
    said = f"{seconds} seconds" if seconds < 100 else f"{round(seconds / 60)} minutes"
    response = _page(world, 429, f"Too many attempts. Try again in {said}.")
    response.headers["Retry-After"] = str(seconds)
    return response


def _page(world: World, code: int, trouble: str = "") -> Response:
    settings = world.settings
    return make_response(
        render_template(
            "login.html",
            trouble=trouble,
            out="out" in request.args,
            next=_safe(request.values.get("next", "")),
            name=request.form.get("name", "")[:LONGEST],
            nobody=not settings.users,
            local=settings.local,
        ),
        code,
    )


def _safe(target: str) -> str:
    """A path of this site, or the status page: never another site's address, however it is dressed."""
    plain = target.isprintable() and "\\" not in target and target.startswith("/") and not target.startswith("//")
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    return target if plain and not parts.scheme and not parts.netloc else "/"


def _set_up_sessions(app: App, world: World) -> None:
    secure = world.settings.public_url.startswith("https:")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-bridge" if secure else "bridge",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_REFRESH_EACH_REQUEST=False,  # the page asks every second: a session would never end
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=SESSION),
        WTF_CSRF_CHECK_DEFAULT=False,  # the carrier has signatures instead: see check_csrf
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page may stand open all night
        WTF_CSRF_SSL_STRICT=False,  # a proxy may hide the address; the token and SameSite do the work
    )
    CSRFProtect(app)
