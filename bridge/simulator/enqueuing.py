"""One `<Enqueue>`: a leg that waits in a queue, what it hears meanwhile, and what comes of it.

https://www.twilio.com/docs/voice/twiml/enqueue
"""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from bridge.simulator.errors import CustomerError
from bridge.simulator.holding import Announcement, WaitingRoom
from bridge.simulator.model import Script
from bridge.simulator.runner import Runner
from bridge.simulator.verbs import Enqueue

if TYPE_CHECKING:
    from bridge.simulator.dequeuing import Dequeuing
    from bridge.simulator.leg import CallLeg
    from bridge.simulator.queues import Queue

HOLD_MUSIC = "[hold music]"


class Enqueuing:
    """What becomes of it; `finished` gets the fields for the action. `inner` carries out what is heard meanwhile."""

    def __init__(
        self, leg: "CallLeg", queue: "Queue", enqueue: Enqueue, base_url: str, finished: Callable[[dict[str, str]], None]
    ) -> None:
        self.leg = leg
        self.inner: Runner | None = None
        self._queue, self._enqueue, self._base_url, self._finished = queue, enqueue, base_url, finished
        self._taker: Dequeuing | None = None
        self._joined = self._left = queue.clock()
        self._over = False

    @property
    def open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.leg.live and not self._over and self._taker is None

    @property
    def seconds(self) -> int:
        """How long it has waited, or did until it was taken out."""
        return int(((self._queue.clock() if self.open else self._left) - self._joined).total_seconds())

    def start(self) -> None:
        """Be connected with a dialler who waits, or wait for one."""
        self.leg.queue = self._queue.name
        self.leg.note("queued", self._queue.name)
        while (dialler := self._queue.join(self)) is not None:
            self.leg.take_in(dialler.leg)
            if dialler.open:
                dialler.meet(self)
                return
        self._wait()

    def standing(self) -> dict[str, str]:
        """The fields for the document that is heard meanwhile."""
        waiting = self._queue.waiting
        return {
            "QueueSid": self._queue.sid,
            "QueueTime": str(self.seconds),
            "QueuePosition": str(waiting.index(self) + 1 if self in waiting else 1),
            "CurrentQueueSize": str(len(waiting)),
            "AvgQueueTime": str(self._queue.average()),
        }

    def leave(self) -> None:
        """A `<Leave>`: the call goes on after the queue, unless somebody has just taken it out."""
        if self._queue.drop(self):
            self._end("leave")

    def broken(self, failure: CustomerError) -> None:
        """What is heard meanwhile is broken: the call leaves the queue, and its fallback takes over."""
        if self._queue.drop(self):
            self._close()
            if self.leg.runner:
                self.leg.runner.fail(failure)

    def taken(self, dialler: "Dequeuing") -> dict[str, str]:
        """A dialler has this leg; returns the fields for the dialler's document."""
        self._left = self._queue.clock()
        self._taker = dialler
        self._hush()
        return {"QueueSid": self._queue.sid, "QueueTime": str(self.seconds)}

    def announce(self, script: Script, form: dict[str, str], then: Callable[[], None]) -> None:
        """Let a document be heard, and then do `then`."""
        self.inner = Announcement(self.leg, script, then)
        self.inner.begin(form)

    def released(self) -> None:
        """The dialler has parted."""
        self._end("bridged")

    def give_up(self) -> None:
        """Whoever waits in silence hears the music again."""
        if self.open:
            self.leg.hear("play", HOLD_MUSIC)

    def abandon(self) -> None:
        """The call is over, or led elsewhere; the action is told, and its answer ignored."""
        if self._over:
            return
        self._queue.drop(self)
        bridged = self.leg.bridge is not None
        self._close()
        if self._taker:
            self._taker.lost()
        if self.leg.live:
            self._report("redirected-from-bridged" if bridged else "redirected")
        else:
            self._finished(self._result("bridged" if bridged else "hangup"))

    def _wait(self) -> None:
        if not self._enqueue.wait_url:
            self.leg.hear("play", HOLD_MUSIC)
            return
        script = Script(url=urljoin(self._base_url, self._enqueue.wait_url), method=self._enqueue.wait_method)
        self.inner = WaitingRoom(self.leg, script, self)
        self.inner.begin(self.standing())

    def _end(self, result: str) -> None:
        self._close()
        self._finished(self._result(result))

    def _close(self) -> None:
        if self._taker is None:
            self._left = self._queue.clock()
        self._over = True
        self._hush()

    def _hush(self) -> None:
        self.leg.queue = None
        inner, self.inner = self.inner, None
        if inner:
            inner.stop()

    def _result(self, result: str) -> dict[str, str]:
        return {"QueueResult": result, "QueueSid": self._queue.sid, "QueueTime": str(self.seconds)}

    def _report(self, result: str) -> None:
        if self._enqueue.action:
            self.leg.tell(urljoin(self._base_url, self._enqueue.action), self._enqueue.method, self._result(result))
