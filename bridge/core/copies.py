"""The copies of calendars that people keep elsewhere: which of them count, and what is to be said about one."""

from collections.abc import Collection, Iterable

from bridge.core.ledger import CalendarCopy
from bridge.core.rota import Booking

LATE = 15 * 60  # seconds: three looks were missed
OLD = 48 * 3600  # seconds


def bookings(copies: Iterable[CalendarCopy], calendars: Collection[str]) -> tuple[Booking, ...]:
    """The shifts that count: those of calendars that are still configured, which are given by their names."""
    return tuple(booking for copy in copies if copy.name in calendars for booking in copy.bookings)


def complaint(copy: CalendarCopy | None, now: float) -> str:
    """What is wrong with a calendar at `now`, in words, or ""."""
    if copy is None:
        return "it has not been read yet"
    if now - copy.tried_at > LATE:
        late = f"it was last looked at {said_age(now - copy.tried_at)} ago: is `bridge calendars` running?"
        return f"{copy.fault}; {late}" if copy.fault else late
    return copy.fault


def with_age(fault: str, copy: CalendarCopy, now: float) -> str:
    """Why a calendar could not be read at `now`, and what stands in for it."""
    if not copy.fetched_at:
        return f"{fault}; there is no copy of it, so the roster decides alone"
    age = said_age(now - copy.fetched_at)
    if now - copy.fetched_at > OLD:
        return f"{fault}; the last good copy is old: {age}"
    return f"{fault}; the last good copy, {age} old, is used"


def said_age(seconds: float) -> str:
    """An age in words: "3 minutes", "5 hours", "2 days"."""
    for size, noun in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or size == 60:
            count = max(1, int(seconds // size))
            return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
    return ""
