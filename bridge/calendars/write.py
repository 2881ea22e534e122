"""Shifts as a calendar: RFC 5545, as Google, Apple and Outlook read it. Nobody's number is in it, and nothing about callers.

Times are in UTC, which needs no zone to be defined. A feed is made anew whenever somebody asks, and nothing remembers what it
said before: so a shift has a UID by its region, rank and start, and its revision is told by the clock.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from bridge.core.model import Region
from bridge.core.rota import Person, Shift

AGAIN = timedelta(minutes=15)  # how often a reader should look; Google looks when it likes
_REVISIONS_SINCE = 1_767_225_600  # 2026-01-01, UTC: revisions are minutes since then, which fit where a number must


def document(
    name: str,
    shifts: Iterable[Shift],
    *,
    begins: float,
    now: float,
    regions: Mapping[str, Region],
    people: Mapping[str, Person],
) -> bytes:
    """The calendar called `name`. `begins` (seconds, UTC) is where shifts are cut off: one from there has begun before."""
    calendar = Calendar()
    for key, value in (("prodid", "-//bridge//rota//EN"), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        calendar.add(key, value)
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    events = [_event(shift, _words(shift, regions, people), shift.start <= begins, now) for shift in shifts]
    for event in events or [_event(Shift("none", "none", "", now, now + 1), "No shift within 90 days", True, now)]:
        calendar.add_component(event)  # a calendar without an event is not allowed
    return bytes(calendar.to_ical())


def _event(shift: Shift, words: str, standing: bool, now: float) -> Event:
    event = Event()
    begins = "standing" if standing else f"{shift.start:.0f}"
    event.add("uid", f"{shift.region}-{shift.rank}-{begins}@bridge".lower())
    event.add("dtstamp", _utc(now))
    event.add("last-modified", _utc(now))
    event.add("sequence", max(0, int(now - _REVISIONS_SINCE) // 60))  # readers ignore what is no newer than what they have
    event.add("dtstart", _utc(shift.start))
    event.add("dtend", _utc(shift.end))
    event.add("summary", words)
    event.add("transp", "TRANSPARENT")  # whoever is on call is not busy
    return event


def _words(shift: Shift, regions: Mapping[str, Region], people: Mapping[str, Person]) -> str:
    region = regions[shift.region].name if shift.region in regions else shift.region
    rank = "on call" if shift.rank == "on-call" else shift.rank
    if not shift.who:
        return f"{region}: NOBODY {'is backup' if rank == 'backup' else rank}"
    return f"{region} {rank}: {people[shift.who].name if shift.who in people else shift.who}"


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(round(at), UTC)
