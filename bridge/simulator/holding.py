"""What a leg hears while it waits in a queue, and just before it is connected: documents in which not every verb is allowed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bridge.simulator import verbs
from bridge.simulator.elements import SCHEMA
from bridge.simulator.errors import CustomerError
from bridge.simulator.model import Script
from bridge.simulator.runner import Runner

if TYPE_CHECKING:
    from bridge.simulator.enqueuing import Enqueuing
    from bridge.simulator.leg import CallLeg

LULL = 1.0  # seconds, in real time, until a document without any sound is asked for again


class _Errand(Runner):
    """Carries out documents beside the call's own."""

    allowed: tuple[type[verbs.Verb], ...] = ()

    def _perform(self, verb: verbs.Verb) -> None:
        if isinstance(verb, self.allowed):
            super()._perform(verb)
        else:
            self._leg.note("twiml", f"<{type(verb).__name__}> is not allowed here", level="warning", code=SCHEMA)


class WaitingRoom(_Errand):
    """The document of a `waitUrl`, again and again."""

    allowed = (verbs.Say, verbs.Play, verbs.Pause, verbs.Gather, verbs.Redirect, verbs.Hangup, verbs.Leave)

    def __init__(self, leg: "CallLeg", script: Script, enqueuing: "Enqueuing") -> None:
        super().__init__(leg, script)
        self._enqueuing = enqueuing

    def _perform(self, verb: verbs.Verb) -> None:
        if isinstance(verb, verbs.Leave):
            self._enqueuing.leave()
        else:
            super()._perform(verb)

    def _end_of_document(self) -> None:
        """Ask for it again; where nothing took any time, the next moment is waited for."""
        if self._documents.idle:
            self._hold("queue", LULL)
        else:
            self._guarded(lambda: self._load(self._documents.first(self._enqueuing.standing())))

    def _rescue(self, failure: CustomerError) -> None:
        self._enqueuing.broken(failure)


class Announcement(_Errand):
    """The document of a `<Queue>`, heard by the one who waited; a broken one is passed over."""

    allowed = (verbs.Say, verbs.Play, verbs.Pause, verbs.Redirect)

    def __init__(self, leg: "CallLeg", script: Script, finished: Callable[[], None]) -> None:
        super().__init__(leg, script, finished)

    def _rescue(self, failure: CustomerError) -> None:
        self._leg.note("webhook failed", failure.reason, level="error", code=failure.code)
        self._load([])
