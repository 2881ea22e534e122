"""Lets people in: a name and a password, for some a code too; slowly where somebody guesses; and remembers who tried.

Attempts are counted over all processes, by name, by address, and for codes by user. A name that nobody has is answered like a
wrong password, and takes as long.
"""

import math
import secrets
import threading
from functools import cache

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions import trail, users
from bridge.actions.world import World
from bridge.core.errors import AccountsAway
from bridge.settings import Role, User, check_password, codes, hash_password
from bridge.settings.passwords import LONGEST
from bridge.web import proxy, sessions
from bridge.web.tries import Tries

WINDOW = 300.0  # seconds in which failures count
MOST_PER_NAME = 10
MOST_PER_ADDRESS = 30  # a desk of several people may share one
CODE_WINDOW = 900.0  # seconds; of a million codes three are right at a time, so few may be tried
MOST_CODES = 5
TOGETHER = 900.0  # seconds in which failures of one name, or of names that nobody has, are written down as one
AT_ONCE = 2  # argon2 takes 64 MiB a time: a flood of log-ins must not take the memory that calls need
PATIENCE = 5.0  # seconds that a log-in waits for its turn
STRANGER = "an unknown name"

WRONG = "That name and password do not belong together. Check both, and whether Caps Lock is on."
WRONG_CODE = "That is not the code of this moment, or it was used before. Wait for the next one in your app."
LATE = "That took longer than five minutes. Begin again with your name and your password."
AWAY = (
    "That name and password do not belong together, or the bridge would have to read its store to know. "
    "It cannot: until this is mended, only users of users.toml can log in."
)
NO_FACTOR = (
    "An administrator logs in with a second factor, and {name} has none yet. On the server run: bridge users totp {name}. "
    "Where {name} stands in users.toml: bridge password {name} --role admin --totp, which prints the lines."
)


class Door:
    """The log-in of one world."""

    def __init__(self, world: World) -> None:
        self._world, self._tries = world, Tries(world)
        self._turn = threading.BoundedSemaphore(AT_ONCE)

    def knock(self, name: str, password: str) -> AnyResponse:
        """Log in, or ask for the code, or say why not."""
        name = name.strip()
        if not name or not password or max(len(name), len(password)) > LONGEST:
            return page(self._world, 400, "Enter your name and your password.")
        for key, most in ((_by_address(), MOST_PER_ADDRESS), (_by_name(name), MOST_PER_NAME)):
            wait = self._tries.take(key, most, WINDOW)
            if wait:
                return self._locked(name, key, wait)
        user = self._known(name)
        if not self._turn.acquire(timeout=PATIENCE):
            return _slow_down(self._world, PATIENCE)
        try:
            right = check_password(user or _nobody(), password)  # a name that nobody has takes as long
        finally:
            self._turn.release()
        return self._right(user) if user and right else self._wrong(name)

    def _known(self, name: str) -> User | None:
        """Who this is, as far as it can be known now."""
        try:
            return users.known(self._world, name)
        except AccountsAway:
            return None

    def _store_is_away(self) -> bool:
        try:
            self._world.accounts.users()
        except Exception:  # noqa: BLE001  whatever the reason
            return True
        return False

    def answer(self, code: str) -> AnyResponse:
        """The second step: log in, or say why not."""
        try:
            half = sessions.half_in(self._world)
        except AccountsAway:
            return page(self._world, 503, AWAY)
        if half is None:
            return page(self._world, 403, LATE)
        user, target = half
        wait = self._tries.take(_by_code(user), MOST_CODES, CODE_WINDOW)
        if wait:
            return self._locked(user.name, _by_code(user), wait)
        step = codes.matching_step(user.totp, code, self._world.now())
        if step is None or not self._tries.first_use(f"{user.name}:{step}", codes.KEPT):
            record(self._world, user.name, "was refused at the log-in: wrong code", within=CODE_WINDOW)
            return code_page(self._world, 403, user, WRONG_CODE)
        return self._welcome(user, target)

    def _right(self, user: User) -> AnyResponse:
        """The password was right. Only now is it said what else is missing."""
        target = sessions.safe(request.form.get("next", ""))
        if user.lacks_factor:
            record(self._world, user.name, "was refused at the log-in: an administrator without a second factor")
            return page(self._world, 403, NO_FACTOR.format(name=user.name))
        if user.totp:
            sessions.let_half_in(self._world, user, target)
            return redirect(url_for("auth.code"), 303)
        return self._welcome(user, target)

    def _welcome(self, user: User, target: str) -> AnyResponse:
        for key in (_by_address(), _by_name(user.name), _by_code(user)):
            self._tries.forgive(key)
        sessions.let_in(self._world, user)
        record(self._world, user.name, "logged in")
        return redirect(target, 303)

    def _wrong(self, name: str) -> AnyResponse:
        record(self._world, self._who(name), "was refused at the log-in: wrong name or password", within=TOGETHER)
        if self._store_is_away():  # said to everybody: who stands in the file is not to be told apart from who does not
            return page(self._world, 503, AWAY)
        return page(self._world, 403, WRONG)

    def _locked(self, name: str, key: str, wait: float) -> AnyResponse:
        if not self._tries.take(f"locked {key}", 1, wait):  # said once, however often somebody goes on trying
            record(self._world, self._who(name), "was locked out: too many attempts", within=TOGETHER)
        return _slow_down(self._world, wait)

    def _who(self, name: str) -> str:
        """As it may be written down: what strangers type into the field may be anything, such as a password."""
        return name if self._known(name) else STRANGER


def _by_address() -> str:
    return f"address:{proxy.origin(request.remote_addr or '')}"


def _by_name(name: str) -> str:
    return f"name:{name.casefold()}"


def _by_code(user: User) -> str:
    return f"code:{user.name}"


def record(world: World, who: str, what: str, *, within: float = 0.0) -> None:
    """Write down what somebody did; what comes in floods is counted `within` so many seconds. A store that is away keeps nobody
    out, and is said in the log."""
    trail.note(world, who, what, within=within)


def page(world: World, code: int, trouble: str = "") -> Response:
    """The log-in page, with what was wrong, if anything."""
    settings = world.settings
    shown = render_template(
        "login.html",
        trouble=trouble,
        out="out" in request.args,
        next=sessions.safe(request.values.get("next", "")),
        name=request.form.get("name", "")[:LONGEST],
        nobody=_nobody_may(world),
        provider=settings.oidc.name if settings.oidc else "",
        local=settings.local,
    )
    return make_response(shown, code)


def code_page(world: World, code: int, user: User, trouble: str = "") -> Response:
    """The page that asks for the code."""
    return make_response(render_template("login_code.html", trouble=trouble, user=user, local=world.settings.local), code)


@cache
def _nobody() -> User:
    return User("", hash_password(secrets.token_hex(16)), Role.WATCH)


def _nobody_may(world: World) -> bool:
    """Whether there is not one user. Where it cannot be known, there may be."""
    if world.settings.users or world.settings.oidc:
        return False
    try:
        return not world.accounts.users()
    except Exception:  # noqa: BLE001  whatever the reason
        return False


def _slow_down(world: World, wait: float) -> AnyResponse:
    response = page(world, 429, f"Too many attempts. Try again in {_said(wait)}.")
    response.headers["Retry-After"] = str(math.ceil(wait))
    return response


def _said(wait: float) -> str:
    seconds = math.ceil(wait)
    return f"{seconds} seconds" if seconds < 100 else f"{round(seconds / 60)} minutes"
