"""The rota as calendars to subscribe to. The address is the key: whoever has it may read, and it stands in no log."""

import hashlib
import math
from datetime import datetime, time, timedelta

import structlog
from flask import Blueprint, Response, make_response, request

from bridge.actions import limits
from bridge.actions.world import World
from bridge.calendars.write import document
from bridge.core.feeds import feed_names, feed_of
from bridge.core.rota import RANKS, Roster, Shift, instant, local
from bridge.web import proxy

log = structlog.get_logger(__name__)

BEHIND, AHEAD = 7, 90  # days
FRESH_FOR = 300  # seconds
UNKNOWN = "There is no calendar at this address. Ask a dispatcher for the present one."
TOO_MANY = "Too many addresses that there are not. Ask a dispatcher for the present one, and try it later."
AWAY = "The rota cannot be read just now. Calendar programs ask again by themselves."


def blueprint(world: World) -> Blueprint:
    """`/rota/<token>.ics`."""
    bp = Blueprint("feeds", __name__)

    @bp.get("/rota/<token>.ics")
    def feed(token: str) -> Response:
        try:
            return _answer(world, token)
        except Exception as error:  # left to Flask, the address would stand in its log
            log.exception("a calendar feed failed", error=type(error).__name__)
            return _refused(503, AWAY, {"Retry-After": "60"})

    return bp


def _answer(world: World, token: str) -> Response:
    settings, roster = world.settings, world.roster
    ledger, names = world.rota.live()[0], feed_names(settings.regions, roster.people)
    found = feed_of(token, settings.secret_key, ledger, names)
    if found is None:  # counted only here: whoever has the right address may share a network with a guesser
        wait = limits.missed_feed(world, proxy.origin(request.remote_addr or ""))
        return _refused(429, TOO_MANY, {"Retry-After": str(math.ceil(wait))}) if wait else _refused(404, UNKNOWN)
    begins, ends = window(world.now())
    kind, _, which = found.partition(" ")
    shifts = roster.shifts_of(which, begins, ends) if kind == "person" else _of_region(roster, which, begins, ends)
    title = f"On call: {roster.people[which].name if kind == 'person' else settings.regions[which].name}"
    body = document(title, shifts, begins=begins, now=world.now(), regions=settings.regions, people=roster.people)
    return _tagged(body, f"{title} {shifts!r} {sorted((one.id, one.name) for one in roster.people.values())!r}")


def window(now: float) -> tuple[float, float]:
    """From when until when a feed tells, in seconds, UTC: whole days in Alabama, so that it stays the same all day."""
    today = local(now).date()
    return tuple(instant(datetime.combine(today + timedelta(days=days), time())) for days in (-BEHIND, AHEAD + 1))  # type: ignore[return-value]


def _of_region(roster: Roster, region: str, begins: float, ends: float) -> list[Shift]:
    found = [shift for rank in RANKS for shift in roster.shifts(region, rank, begins, ends)]
    return sorted(found, key=lambda shift: shift.start)


def _tagged(body: bytes, said: str) -> Response:
    """The calendar, or 304 where the reader has it. The time at which it was made is no news."""
    response = make_response(body)
    response.headers.update(_HEADERS)
    response.set_etag(hashlib.sha256(said.encode()).hexdigest()[:32])
    response.make_conditional(request)
    return response


_HEADERS = {
    "Content-Type": "text/calendar; charset=utf-8",
    "Content-Disposition": 'inline; filename="rota.ics"',
    "Cache-Control": f"private, max-age={FRESH_FOR}",
    "X-Robots-Tag": "noindex",
}


def _refused(code: int, reason: str, headers: dict[str, str] | None = None) -> Response:
    return Response(f"{reason}\n", code, headers, content_type="text/plain; charset=utf-8")
