"""Who is logged in. It stands in a signed cookie, which ends with the shift and survives a restart, and which counts only while
the session is open: see `register`.

A session is bound to what opened it: change the password, the role or the second factor, or take the user away, and it is over.
Whoever came by the agency's own log-in has name and role in the cookie; change what gives the roles, and that session is over.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from urllib.parse import quote, urlsplit

from flask import current_app, session
from flask.sansio.app import App
from flask_wtf.csrf import CSRFProtect

from bridge.actions import users
from bridge.actions.ports_board import Session
from bridge.actions.users import SESSION
from bridge.actions.world import World
from bridge.settings import Role, User
from bridge.web.register import Register

HALF = 300.0  # seconds between the password and the code
LONGEST = 512  # characters of where a log-in leads: it is kept in the cookie, and browsers refuse one of more than 4 KB


def let_in(world: World, user: User, *, by_provider: bool = False) -> None:
    """Log in. Nothing that was in the cookie before is believed after it, and who was logged in there is not any more."""
    log_out(world)
    session.permanent = True
    which, begun = secrets.token_urlsafe(16), Session(user.name, world.now())
    session.update(id=which, user=user.name, since=begun.since, proof=_proof(world, user, by_provider))
    if by_provider:
        session["role"] = str(user.role)
    if not _register().begin(which, begun):
        session["untold"] = True


def log_out(world: World) -> None:
    """Nobody is logged in with this cookie any more, nor with a copy of it."""
    which, begun = session.get("id"), _begun()
    if isinstance(which, str) and _is_fresh(world, begun.since, SESSION):
        _register().end(which, begun)
    session.clear()


def somebody(world: World, *, sure: bool = False) -> User | None:
    """Who sends this request, or None where nobody is logged in, or not any more. Where the store does not answer, who only
    looks is believed as far as `register` says, and AccountsAway is raised for the rest."""
    which, begun = session.get("id"), _begun()
    if not isinstance(which, str) or not _is_fresh(world, begun.since, SESSION):
        return None
    role = session.get("role")
    user = User(begun.user, "", Role(role)) if role else users.known(world, begun.user)
    if user is None or not _same(session.get("proof"), _proof(world, user, bool(role))):
        return None
    return user if _register().is_open(which, begun, told="untold" not in session, sure=sure) else None


def let_half_in(world: World, user: User, target: str) -> None:
    """The password was right, and a code is still to come: nobody is logged in yet."""
    log_out(world)
    session["half"] = {"user": user.name, "since": world.now(), "proof": _proof(world, user), "next": target}


def half_in(world: World) -> tuple[User, str] | None:
    """Whose code is still to come and where they then go; None where nobody's is, or not any more. Raises AccountsAway."""
    half = session.get("half") or {}
    if not _is_fresh(world, half.get("since"), HALF):
        return None
    user = users.known(world, str(half.get("user", "")))
    return (user, safe(str(half.get("next", "")))) if user and _same(half.get("proof"), _proof(world, user)) else None


def safe(target: str) -> str:
    """A path of this site, or the status page: never another site's address, however it is dressed."""
    plain = target.isprintable() and "\\" not in target and target.startswith("/") and not target.startswith("//")
    plain = plain and len(quote(target)) <= LONGEST
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    return target if plain and not parts.scheme and not parts.netloc else "/"


def set_up(app: App, world: World) -> None:
    """Give the application its session cookie, and forms that are known to be ours."""
    secure = world.settings.public_url.startswith("https:")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-bridge" if secure else "bridge",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_REFRESH_EACH_REQUEST=False,  # the page asks all the time: a session would never end
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=SESSION),
        WTF_CSRF_CHECK_DEFAULT=False,  # the carrier has signatures instead: see auth.check_csrf
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page may stand open all night
        WTF_CSRF_SSL_STRICT=False,  # a proxy may hide the address; the token and SameSite do the work
    )
    CSRFProtect(app)
    app.extensions["register"] = Register(world.accounts)


def _register() -> Register:
    register = current_app.extensions["register"]
    assert isinstance(register, Register)
    return register


def _begun() -> Session:
    """The session that the cookie speaks of, open or not."""
    since = session.get("since")
    return Session(str(session.get("user", "")), float(since) if isinstance(since, float | int) else float("-inf"))


def _is_fresh(world: World, since: object, within: float) -> bool:
    return isinstance(since, float | int) and 0 <= world.now() - since < within


def _proof(world: World, user: User, by_provider: bool = False) -> str:
    """What the session was opened with, in a form that tells nobody what it was."""
    oidc = world.settings.oidc if by_provider else None
    provider = (oidc.issuer, oidc.client_id, oidc.claim, sorted(oidc.roles.items())) if oidc else None
    parts = (user.name, user.password_hash, str(user.role), user.totp, by_provider, provider)
    key = world.settings.secret_key.encode(errors="surrogateescape")
    return hmac.new(key, repr(parts).encode(), hashlib.sha256).hexdigest()[:32]


def _same(one: object, other: str) -> bool:
    return isinstance(one, str) and hmac.compare_digest(one, other)
