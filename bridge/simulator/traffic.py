"""What the account sends, as the carrier counts it: for judging whether a flood kept to the limits. Nothing is enforced.

Deleting a message or a call does not take it out of here.
"""

import threading
from dataclasses import asdict, dataclass

from bridge.simulator.clock import Clock
from bridge.simulator.segments import segments


@dataclass(frozen=True)
class TextSent:
    """A text that was accepted for sending, at so many seconds since 1970; `reply`: in the answer to an incoming text."""

    at: float
    to: str
    body: str
    segments: int
    reply: bool


@dataclass(frozen=True)
class CallStarted:
    """A call that was accepted from the REST API, at so many seconds since 1970."""

    at: float
    to: str


class Traffic:
    """Two lists that only grow, safe between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._texts: list[TextSent] = []
        self._calls: list[CallStarted] = []
        self._lock = threading.Lock()

    def text(self, to: str, body: str, *, reply: bool) -> None:
        """Count a text."""
        with self._lock:
            self._texts.append(TextSent(self._clock().timestamp(), to, body, segments(body), reply))

    def call(self, to: str) -> None:
        """Count the start of a call."""
        with self._lock:
            self._calls.append(CallStarted(self._clock().timestamp(), to))

    @property
    def texts(self) -> list[TextSent]:
        """All texts, in the order in which they were accepted."""
        with self._lock:
            return list(self._texts)

    @property
    def calls(self) -> list[CallStarted]:
        """All starts of calls, in order."""
        with self._lock:
            return list(self._calls)

    def as_json(self) -> dict[str, object]:
        """Both lists."""
        return {"texts": [asdict(text) for text in self.texts], "calls": [asdict(call) for call in self.calls]}
