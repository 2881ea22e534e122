"""The simulator's only look at the clock; whoever drives it may pass another."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def rfc2822(at: datetime | None) -> str | None:
    """The date format of the 2010-04-01 API, e.g. `Sun, 22 Nov 2026 23:13:43 +0000`."""
    return format_datetime(at) if at else None
