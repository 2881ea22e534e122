"""Calendars for tests, written as programs write them."""

from collections.abc import Iterable
from pathlib import Path

from bridge.core.rota import Booking, local
from bridge.settings.model import CalendarSource

NOW = 1_795_335_245.0  # 2026-11-22 02:14:05 in Alabama, a Sunday
PEOPLE = {"boyd": "Sgt. Dana Boyd", "crane": "Cpl. Theo Crane", "reyes": "Lt. Ana Reyes", "oneal": "Dep. Kit O'Neal"}
D = CalendarSource("d", "D", "on-call", url="https://calendar.example.org/d.ics")


def event(summary: str, start: str, end: str = "", *more: str, uid: str = "") -> str:
    """One event. `start` and `end` may bring parameters: "TZID=America/Chicago:20261127T180000"."""
    lines = [f"UID:{uid or summary + start}", f"SUMMARY:{summary}", _property("DTSTART", start)]
    return _lines(
        "BEGIN:VEVENT", "DTSTAMP:20261101T000000Z", *lines, *([_property("DTEND", end)] if end else []), *more, "END:VEVENT"
    )


def calendar(*events: str, head: Iterable[str] = ()) -> bytes:
    """A whole file."""
    body = "".join(events)
    return (_lines("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", *head) + body + _lines("END:VCALENDAR")).encode()


def source(path: Path, rank: str = "on-call") -> CalendarSource:
    """A calendar that is a file."""
    return CalendarSource("d", "D", rank, file=path)


def said(bookings: Iterable[Booking]) -> list[str]:
    """Bookings as "boyd fri 27 18:00 - mon 30 06:00", by the wall clock in Alabama."""
    return [f"{one.who} {_wall(one.start)} - {_wall(one.end)}" for one in bookings]


def _wall(at: float) -> str:
    return local(at).strftime("%a %d %H:%M").lower()


def _property(name: str, value: str) -> str:
    return f"{name};{value}" if "=" in value else f"{name}:{value}"


def _lines(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines)
