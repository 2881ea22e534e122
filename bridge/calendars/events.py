"""What a calendar file says, as occurrences in time. What is odd about it is reported, not believed.

Recurrences, exceptions and zones are the libraries' work. Two things are ours: a time without a zone is one by the wall clock
in Alabama, as a day is from midnight to midnight there; and one broken event spoils no other.
"""

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import recurring_ical_events
from icalendar import Calendar

from bridge.core.errors import BadCalendar
from bridge.core.rota import instant, local

MOST = 3000  # occurrences: one an hour for the whole window would still pass
_TOO_OFTEN = ("SECONDLY", "MINUTELY")

# What the libraries raise where a file is odd: there are as many ways as there are odd files.
_ODD = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError)

Component = Any  # the library's types say of every property that it may be anything


@dataclass(frozen=True)
class Occurrence:
    """One event, once: from `start` until `end` (seconds, UTC). `names` are those of its attendees."""

    uid: str
    summary: str
    names: tuple[str, ...]
    start: float
    end: float


@dataclass
class Found:
    """What was read. `odd` counts what was left out, by the reason; `zones` are those that nobody knows."""

    occurrences: list[Occurrence] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)
    zones: set[str] = field(default_factory=set)


BROKEN = "cannot be read"
BACKWARDS = "ends before it begins"
NO_LENGTH = "has no length"
TOO_OFTEN = "repeats every minute or second"


def occurrences(body: bytes, start: float, end: float) -> Found:
    """Everything that happens from `start` until `end` (seconds, UTC). Raises BadCalendar where this is no calendar."""
    found = Found()
    for calendar in _calendars(body):
        _mend_zone(calendar, found)
        for series in _series(calendar, found):
            _collect(series, start, end, found)
    found.occurrences.sort(key=lambda one: (one.start, one.uid))
    return found


def _calendars(body: bytes) -> list[Component]:
    text = body.decode("utf-8-sig", errors="replace").strip()
    if not text.upper().startswith("BEGIN:VCALENDAR"):
        page = text[:200].lstrip().startswith("<")
        raise BadCalendar(fault="it is a web page, not a calendar" if page else "it is not a calendar; it must be an .ics file")
    if not text.upper().endswith("END:VCALENDAR"):
        raise BadCalendar(fault="it is cut off in the middle")
    try:
        found = _parsed(text)
    except _ODD:
        found = []
    if not found or _counted(text, "BEGIN") != _counted(text, "END"):
        raise BadCalendar(fault="it is a damaged calendar; export it anew")
    return found


def _parsed(text: str) -> list[Component]:
    with warnings.catch_warnings(action="ignore"):  # what it guesses about a zone of another maker is right
        return [each for each in Calendar.from_ical(text, multiple=True) if each.name == "VCALENDAR"]


def _counted(text: str, what: str) -> Counter[str]:
    """How often each component begins, or ends. The library would leave out one that does not end."""
    return Counter(name.upper() for name in re.findall(rf"^{what}:(\S+)", text, re.MULTILINE | re.IGNORECASE))


def _mend_zone(calendar: Component, found: Found) -> None:
    """A calendar may name the zone of its times; one that does not exist is no reason to lose the rest."""
    named = str(calendar.get("X-WR-TIMEZONE", ""))
    if named and not _known(named):
        found.zones.add(named)
        del calendar["X-WR-TIMEZONE"]


def _known(zone: str) -> bool:
    try:
        return bool(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name that is no path, or a path that is no zone
        return False


def _series(calendar: Component, found: Found) -> Iterator[Component]:
    """The events that belong together, those of one UID, each time as a calendar of their own. What is faulty is counted."""
    series: dict[str, list[Component]] = {}
    for n, event in enumerate(calendar.walk("VEVENT")):
        if fault := _fault(event):
            found.odd[fault] += 1
        else:
            series.setdefault(str(event.get("UID", f"without a UID {n}")), []).append(event)
            found.zones |= _unknown_zones(event)
    for events in series.values():
        alone = Calendar({name: value for name, value in calendar.items() if name == "X-WR-TIMEZONE"})
        alone.subcomponents = list(events)
        yield alone


def _fault(event: Component) -> str:
    try:
        return BROKEN if event.errors else _oddity(event)
    except _ODD:
        return BROKEN


def _oddity(event: Component) -> str:
    if "RRULE" in event and any(str(each).upper() in _TOO_OFTEN for rule in _rules(event) for each in rule.get("FREQ", ())):
        return TOO_OFTEN
    starts = _instant(event["DTSTART"].dt)
    ends = _instant(event["DTEND"].dt) if "DTEND" in event else starts
    backwards = "DURATION" in event and event["DURATION"].dt.total_seconds() < 0
    return BACKWARDS if ends < starts or backwards else ""  # the library would exchange the two


def _rules(event: Component) -> list[dict[str, list[str]]]:
    rules = event["RRULE"]
    return rules if isinstance(rules, list) else [rules]


def _unknown_zones(event: Component) -> set[str]:
    """Zones that the file names and does not define, and nobody knows: the libraries leave such times without any."""
    times = [event[name] for name in ("DTSTART", "DTEND") if name in event]
    return {str(at.params["TZID"]) for at in times if "TZID" in at.params and getattr(at.dt, "tzinfo", None) is None}


def _collect(series: Component, start: float, end: float, found: Found) -> None:
    try:
        events = recurring_ical_events.of(series).between(local(start), local(end))
        happening = [_occurrence(event) for event in events if str(event.get("STATUS", "")).upper() != "CANCELLED"]
    except _ODD:
        found.odd[BROKEN] += 1
        return
    found.odd[NO_LENGTH] += sum(one.end <= one.start for one in happening)
    found.occurrences += [one for one in happening if one.end > one.start]
    if len(found.occurrences) > MOST:
        raise BadCalendar(fault=f"it has more than {MOST} events in the next months; that is no rota")


def _occurrence(event: Component) -> Occurrence:
    attendees = event.get("ATTENDEE", [])
    people = attendees if isinstance(attendees, list) else [attendees]
    coming = [one.params for one in people if str(one.params.get("PARTSTAT", "")).upper() != "DECLINED"]
    names = tuple(str(params["CN"]) for params in coming if "@" not in str(params.get("CN", "@")))
    starts, ends = _instant(event.start), _instant(event.end)
    return Occurrence(str(event.get("UID", "")), str(event.get("SUMMARY", "")), names, starts, ends)


def _instant(at: date | datetime) -> float:
    """Seconds, UTC. A day begins at midnight in Alabama, and a time without a zone is one there."""
    if not isinstance(at, datetime):
        return instant(datetime.combine(at, time()))
    return instant(at) if at.tzinfo is None else at.timestamp()
