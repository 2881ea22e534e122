"""What a call can wait for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bridge.simulator import verbs

if TYPE_CHECKING:
    from bridge.simulator.runner import Runner


class Undertaking(Protocol):
    """A verb that involves other calls: a `<Dial>` or an `<Enqueue>`."""

    @property
    def inner(self) -> "Runner | None":
        """What carries out documents of its own meanwhile."""

    def start(self) -> None:
        """Begin; TwimlError when that is not possible."""

    def give_up(self) -> None:
        """Nothing came in time."""

    def abandon(self) -> None:
        """The call is over, or led elsewhere."""


@dataclass
class Wait:
    """What the call waits for, and what happens when it does not come."""

    kind: str
    timed_out: Callable[[], None]
    gather: verbs.Gather | None = None
    keys: str = ""
    undertaking: Undertaking | None = None
