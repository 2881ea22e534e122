"""Who looks whether all is well, as the actions know it: the watchman, whom it tells, and the machine's clock. See `ports`."""

from typing import Protocol

from bridge.core.findings import Facts, Repair
from bridge.core.vigil import Vigil
from bridge.core.vitals import Step


class Alarms(Protocol):
    """How people are told of trouble when the carrier cannot: never raises."""

    def tell(self, subject: str, body: str) -> bool:
        """Send it by every route there is. Whether any of them took it. Neither text may hold anything about a caller."""


class Watch(Protocol):
    """What the watchman sees, mends and remembers."""

    def facts(self, now: float) -> Facts:
        """What stands in the store, also where no list leads to; how parts of the bridge and people are is not in it."""

    def mend(self, repair: Repair, now: float) -> bool:
        """Mend it in the store, where it still stands as it was looked at. Whether that was so."""

    def met_broken(self, now: float) -> None:
        """A caller was put through because something of ours had failed. Nothing else is known of it."""

    def vigil(self) -> Vigil:
        """What is remembered."""

    def keep_vigil(self, before: Vigil, after: Vigil) -> bool:
        """Remember `after` in the place of `before`. False where somebody else was first."""


class Steps(Protocol):
    """Whether the machine's clock was set, and what is done about it."""

    def stepped(self) -> Step | None:
        """How it was set, where the bridge keeps its own time because of it."""

    def follow(self) -> None:
        """Let it count again where nothing is open any more. Raises what the store raises."""


class NoSteps:
    """Steps of a clock that nobody sets."""

    def stepped(self) -> Step | None:
        """None."""
        return None

    def follow(self) -> None:
        """There is nothing to follow."""
