"""Everything that happened, in order: said, texted, rung, pressed, asked, refused.

A test reads it, the page shows it, the terminal prints it. `level` is `info`, or `warning` and `error` for what the customer
of the carrier did wrong; faults that were switched on are `info`.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bridge.simulator.clock import Clock, utc_now


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `number` is the telephone concerned, `sid` the call or message."""

    seq: int
    at: datetime
    kind: str
    text: str
    number: str = ""
    sid: str = ""
    level: str = "info"
    code: int | None = None

    def as_json(self) -> dict[str, object]:
        """The entry as the page gets it."""
        return {**self.__dict__, "at": self.at.isoformat()}


class Journal:
    """A list that only grows, safe between threads, that can be waited on."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._entries: list[Entry] = []
        self._grown = threading.Condition()

    def add(
        self, kind: str, text: str = "", *, number: str = "", sid: str = "", level: str = "info", code: int | None = None
    ) -> None:
        """Write one entry."""
        with self._grown:
            seq = len(self._entries) + 1
            self._entries.append(Entry(seq, self._clock(), kind, text, number, sid, level, code))
            self._grown.notify_all()

    def entries(self, kind: str | None = None, since: int = 0) -> list[Entry]:
        """The entries after number `since`, of one kind or of all."""
        with self._grown:
            found = self._entries[since:]
        return [entry for entry in found if kind in (None, entry.kind)]

    @property
    def problems(self) -> list[Entry]:
        """Warnings and errors: what a story that expects none should fail on."""
        return [entry for entry in self.entries() if entry.level != "info"]

    @property
    def seq(self) -> int:
        """The number of the newest entry."""
        return len(self._entries)

    def wait(self, since: int, seconds: float) -> bool:
        """Return as soon as there is an entry after `since`, or after so many seconds."""
        with self._grown:
            return self._grown.wait_for(lambda: len(self._entries) > since, seconds)

    def wait_until(self, fact: Callable[[], bool], seconds: float) -> bool:
        """Return as soon as `fact` holds, looked at whenever an entry is written."""
        with self._grown:
            return self._grown.wait_for(fact, seconds)
