"""`/audit`: who did what, newest first, with whether the trail holds. For administrators.

What is asked for stands in the address, so it is chosen from lists, or is a day, a code or a user's name: nothing of a caller.
"""

import re
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response as AnyResponse

from bridge.actions import trail
from bridge.actions.world import World
from bridge.core import chain_file
from bridge.core.board_words import iso
from bridge.core.chain import Link
from bridge.core.errors import BadTime
from bridge.core.oncall import wall_clock
from bridge.core.rota import local
from bridge.core.trail_words import group_of
from bridge.settings import Role
from bridge.web import auth
from bridge.web.hardening import refused

log = structlog.get_logger(__name__)

SHOWN = 100  # on a page
SCANNED = 20_000  # entries that one look goes through; then it goes on by hand
SLACK = 7200.0  # seconds: entries are in the order in which they were written, and a clock may have been set back
BLOCK = 500  # rows that are sent at a time
CHECK_EVERY = 10.0  # seconds between looks at the whole trail by hand
NO_STORE = "The bridge cannot read its books now. What was done is not lost; look again once the store answers."
BUSY = "Somebody else is downloading the trail. Try again in a moment."
NOT_ASKED = "This cannot be asked for: choose from the lists, a day, and a code of digits."
ABOUT = {
    "numbers": "Numbers revealed",
    "requests": "Requests",
    "log-ins": "Log-ins and refusals",
    "users": "Users",
    "rota": "The rota",
    "bridge": "The bridge itself",
}
_WHO = re.compile(r"[^\x00-\x1f]{0,100}")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?", re.ASCII)
_BEFORE = re.compile(r"(-?[0-9]{1,12})?", re.ASCII)
_CODE = re.compile(r"[0-9]{0,6}", re.ASCII)
_NUMBER = re.compile(r"([0-9][^0-9a-zA-Z]{0,3}){7}")  # what may be a telephone number is nobody's name


@dataclass(frozen=True)
class Asked:
    """What is looked for; what is empty is not asked. `before` is the number of the last entry of the page before."""

    who: str = ""
    about: str = ""
    day: str = ""
    code: str = ""
    before: int | None = None

    def fits(self, link: Link) -> bool:
        """Whether this entry is looked for."""
        start, end = self.span
        act = link.act
        return (
            self.who in ("", act.by)
            and self.code in ("", act.code)
            and start <= act.at < end
            and self.about in ("", group_of(act.what))
        )

    @property
    def span(self) -> tuple[float, float]:
        """From when to when (seconds, UTC): a day in Alabama, or always."""
        if not self.day:
            return float("-inf"), float("inf")
        return wall_clock(self.day), wall_clock((date.fromisoformat(self.day) + timedelta(days=1)).isoformat())

    def address(self, **changed: object) -> str:
        """The same question, somewhere else in the trail."""
        told = {"who": self.who, "about": self.about, "day": self.day, "code": self.code, **changed}
        return urlencode({name: value for name, value in told.items() if value not in ("", None)})


def blueprint(world: World) -> Blueprint:
    """The page, its download, and the look at the whole trail."""
    bp = Blueprint("audit", __name__, template_folder="templates")
    turn = threading.BoundedSemaphore(1)

    @bp.before_request
    def only_administrators() -> AnyResponse | None:
        if auth.current(world) is None and request.method == "GET":
            return redirect(url_for("auth.login", next=url_for("audit.page")))
        return auth.needs(world, Role.ADMIN)

    @bp.get("/audit")
    def page() -> AnyResponse:
        asked = _asked(request.args)
        return _page(world, asked) if asked else refused(400, NOT_ASKED)

    @bp.get("/audit/table")
    def download() -> AnyResponse:
        asked = _asked(request.args)
        if asked is None:
            return refused(400, NOT_ASKED)
        return _download(world, asked, turn)

    @bp.post("/audit/check")
    def check() -> AnyResponse:
        try:
            if not world.accounts.take("trail by hand", 1, CHECK_EVERY, world.now()):
                trail.look(world)
        except Exception as error:  # noqa: BLE001  whatever the reason, nothing true is known
            log.warning("the trail cannot be read", error=type(error).__name__)
            return refused(503, NO_STORE)
        return redirect(url_for("audit.page"), 303)

    bp.register_error_handler(CSRFError, auth.no_token)
    return bp


def _asked(args: Mapping[str, str]) -> Asked | None:
    """What is looked for, or None where it cannot be."""
    who, about, day, code, before = (args.get(name, "").strip() for name in ("who", "about", "day", "code", "before"))
    if not _WHO.fullmatch(who) or _NUMBER.search(who) or not _CODE.fullmatch(code) or about not in ("", *ABOUT):
        return None
    if not _BEFORE.fullmatch(before) or not _DAY.fullmatch(day):
        return None
    asked = Asked(who, about, day, code, int(before) if before else None)
    try:
        _ = asked.span
    except (ValueError, OverflowError, BadTime):
        return None
    return asked


def _page(world: World, asked: Asked) -> Response:
    found, further, checked, now = list[Link](), None, None, world.now()
    try:
        found, further = _some(world, asked)
        checked = world.books.checked()
        failed = False
    except Exception as error:  # noqa: BLE001  whatever the reason, there is nothing true to show
        log.warning("the books cannot be shown", error=type(error).__name__)
        failed = True
    shown = render_template(
        "audit.html",
        user=auth.current(world),
        links=None if failed else found,
        asked=asked,
        about=ABOUT,
        further=further,
        checked=checked,
        days=round(world.settings.policy.keep_audit / 86400),
        no_store=NO_STORE,
        now=now,
        said=_said,
        iso=iso,
        practice=world.settings.local,
    )
    return make_response(shown, 503 if failed else 200)


def _some(world: World, asked: Asked) -> tuple[list[Link], int | None]:
    """A page of what is looked for, and the number of the entry that the next page begins before, or None at the end."""
    found, last, count = list[Link](), None, 0
    for link in islice(_reached(world, asked), SCANNED):
        if len(found) == SHOWN:
            return found, last
        last, count = link.n, count + 1
        if asked.fits(link):
            found.append(link)
    return found, last if count == SCANNED else None


def _reached(world: World, asked: Asked) -> Iterator[Link]:
    """The entries that may be what is looked for, newest first."""
    (start, end), before = asked.span, asked.before
    if asked.day and before is None:
        before = world.books.nearest(end + SLACK)
    for link in world.books.links(before):
        if link.n > 0 and 0 < link.act.at < start - SLACK:
            return
        yield link


def _download(world: World, asked: Asked, turn: threading.BoundedSemaphore) -> Response:
    """All that is looked for, as a table. One at a time: it may be long."""
    user = auth.current(world)
    if not turn.acquire(blocking=False):
        return refused(503, BUSY)
    try:
        trail.note(world, user.name if user else "", "downloaded the audit trail")
        rows = _rows(world, asked, turn.release)
        first = next(rows)  # so that a store which does not answer is said, and not half a table
    except Exception as error:  # noqa: BLE001  see above
        log.warning("the books cannot be downloaded", error=type(error).__name__)
        return refused(503, NO_STORE)
    response = Response(_after(first, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{local(world.now()):%Y-%m-%d}.csv"'
    response.call_on_close(rows.close)
    return response


def _rows(world: World, asked: Asked, done: Callable[[], None]) -> Generator[str, None, None]:
    rows = chain_file.table(link for link in _reached(world, asked) if asked.fits(link))
    try:
        while block := "".join(f"{row}\r\n" for row in islice(rows, BLOCK)):
            yield block
    finally:
        done()


def _after(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _said(at: float) -> str:
    """The day and the wall clock in Alabama, to the second: an order of events may be looked for here."""
    there = local(at)
    return f"{there:%a %b} {there.day} {there:%Y %H:%M:%S %Z}"
