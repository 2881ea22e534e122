"""A day and a month of Alabama's calendar, as stretches of time. A day on which the clocks are changed has 23 or 25 hours."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import cached_property

from dateutil.relativedelta import relativedelta

from bridge.core.rota import instant, local

CENTURY = range(2000, 2100)  # years that somebody can mean


class Kind(StrEnum):
    """How long a period is."""

    DAY = "day"
    MONTH = "month"


_WRITTEN = {Kind.DAY: re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"), Kind.MONTH: re.compile(r"([0-9]{4})-([0-9]{2})")}
_LASTS = {Kind.DAY: relativedelta(days=1), Kind.MONTH: relativedelta(months=1)}


@dataclass(frozen=True)
class Period:
    """The day `first`, or the month that begins with it. `start` is in it, `end` is not (seconds, UTC)."""

    kind: Kind
    first: date

    @classmethod
    def read(cls, kind: Kind, written: str) -> "Period":
        """The day written as "2026-11-22", or the month written as "2026-11". Raises ValueError for anything else."""
        found = _WRITTEN[kind].fullmatch(written)
        if found is None or int(found[1]) not in CENTURY:
            raise ValueError(f"not a {kind}")
        year, month, day = (*map(int, found.groups()), 1)[:3]
        return cls(kind, date(year, month, day))

    @classmethod
    def around(cls, kind: Kind, now: float) -> "Period":
        """The one in which `now` (seconds, UTC) lies."""
        today = local(now).date()
        return cls(kind, today if kind is Kind.DAY else today.replace(day=1))

    @cached_property
    def start(self) -> float:
        """When it begins: midnight by the wall."""
        return instant(datetime.combine(self.first, time()))

    @cached_property
    def end(self) -> float:
        """When the next one begins."""
        return self.next.start

    @property
    def next(self) -> "Period":
        """The one after it."""
        return Period(self.kind, self.first + _LASTS[self.kind])

    @property
    def previous(self) -> "Period":
        """The one before it."""
        return Period(self.kind, self.first - _LASTS[self.kind])

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.next.first - self.first).days

    @property
    def month(self) -> "Period":
        """The month in which it begins."""
        return Period(Kind.MONTH, self.first.replace(day=1))

    @property
    def written(self) -> str:
        """As `read` takes it, and as files are named: "2026-11-22", "2026-11"."""
        return self.first.isoformat() if self.kind is Kind.DAY else f"{self.first:%Y-%m}"

    @property
    def title(self) -> str:
        """As it is said: "Sunday, November 22, 2026", "November 2026"."""
        if self.kind is Kind.MONTH:
            return f"{self.first:%B %Y}"
        return f"{self.first:%A, %B} {self.first.day}, {self.first:%Y}"

    def holds(self, at: float) -> bool:
        """Whether the instant (seconds, UTC) lies in it."""
        return self.start <= at < self.end
