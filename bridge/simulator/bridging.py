"""Two legs that hear each other, from the moment a `<Dial>` connects them until it parts them."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from bridge.simulator.verbs import Dial

if TYPE_CHECKING:
    from bridge.simulator.leg import CallLeg


class Bridge:
    """Open from the start. `part` ends the dialled call: at the time limit, or when the one who dialled presses *."""

    def __init__(self, dialler: "CallLeg", other: "CallLeg", dial: Dial, part: Callable[[], None]) -> None:
        self._dialler, self._other, self._dial, self._part = dialler, other, dial, part
        self._opened = self._now()
        dialler.connect()
        dialler.bridge = other.bridge = self
        dialler.note("connected", f"to {other.phone.number}")
        if dialler.carrier.real_time:
            dialler.carrier.background.after(dial.time_limit, dialler.sid, self._run_out)

    def across(self, leg: "CallLeg") -> "CallLeg":
        """The leg at the other end."""
        return self._other if leg is self._dialler else self._dialler

    def key(self, leg: "CallLeg", key: str) -> None:
        """A key was pressed at one end."""
        if key == "*" and leg is self._dialler and self._dial.hangup_on_star:
            self._part()

    def time_up(self) -> None:
        """The time limit of the `<Dial>` is reached."""
        self._dialler.note("time limit", f"{self._dial.time_limit} s")
        self._part()

    def close(self) -> None:
        """They hear each other no more."""
        self._dialler.bridge = self._other.bridge = None

    @property
    def seconds(self) -> int:
        """How long it has been open, in whole seconds."""
        return int((self._now() - self._opened).total_seconds())

    def _now(self) -> datetime:
        return self._dialler.carrier.clock()

    def _run_out(self) -> None:
        with self._dialler.lock:
            if self._dialler.bridge is self:
                self.time_up()
