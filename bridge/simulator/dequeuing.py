"""One `<Dial><Queue>`: the first leg that waits in the queue is connected.

https://www.twilio.com/docs/voice/twiml/queue
"""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from bridge.simulator.bridging import Bridge
from bridge.simulator.model import Script
from bridge.simulator.verbs import Dial, QueueNoun

if TYPE_CHECKING:
    from bridge.simulator.enqueuing import Enqueuing
    from bridge.simulator.leg import CallLeg
    from bridge.simulator.queues import Queue


class Dequeuing:
    """What becomes of it; `finished` gets the fields for the action. `queue` is None where nobody ever queued."""

    inner: None = None

    def __init__(
        self,
        leg: "CallLeg",
        queue: "Queue | None",
        dial: Dial,
        *,
        noun: QueueNoun,
        base_url: str,
        finished: Callable[[dict[str, str]], None],
    ) -> None:
        self.leg = leg
        self._queue, self._dial, self._noun, self._base_url, self._finished = queue, dial, noun, base_url, finished
        self._met: Enqueuing | None = None
        self._bridge: Bridge | None = None
        self._over = False

    @property
    def open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.leg.live and not self._over

    def start(self) -> None:
        """Take the first who waits, or wait for one; a queue that does not exist is a failure at once."""
        self.leg.note("dials", f"queue {self._noun.name}")
        if self._queue is None:
            self._end("failed")
            return
        while (waiting := self._queue.take(self)) is not None:
            self.leg.take_in(waiting.leg)
            if waiting.open:
                self.meet(waiting)
                return
        if self.leg.carrier.real_time:
            self.leg.carrier.background.after(self._dial.timeout, self.leg.sid, self._run_out)

    def meet(self, waiting: "Enqueuing") -> None:
        """Connect with one who waits, after they have listened to the queue's document if it has one."""
        self._met = waiting
        form = waiting.taken(self)
        if self._noun.url:
            form["DequeingCallSid"] = self.leg.sid
            script = Script(url=urljoin(self._base_url, self._noun.url), method=self._noun.method)
            waiting.announce(script, form, self._connect)
        else:
            self._connect()

    def give_up(self) -> None:
        """Nobody queued in time."""
        if self._queue and self._queue.drop(self):
            self._end("no-answer")

    def lost(self) -> None:
        """The one who was met is gone."""
        self._end("completed" if self._bridge else "no-answer")
        self._met = None

    def abandon(self) -> None:
        """The one who dialled is gone, or led elsewhere; then the action is not told."""
        if self._over:
            return
        if self.leg.live:
            self._close()
        else:
            self._end("completed" if self._bridge else "canceled")
        self._let_go()

    def _connect(self) -> None:
        if self._met:
            self._bridge = Bridge(self.leg, self._met.leg, self._dial, self._part)

    def _part(self) -> None:
        self._end("completed")
        self._let_go()

    def _let_go(self) -> None:
        met, self._met = self._met, None
        if met:
            met.released()

    def _end(self, status: str) -> None:
        result = {"DialCallStatus": status, "DialBridged": str(self._bridge is not None).lower()}
        if self._met:
            result["DialCallSid"] = self._met.leg.sid
        if self._bridge:
            result["DialCallDuration"] = str(self._bridge.seconds)
        self._close()
        self._finished(result)

    def _close(self) -> None:
        self._over = True
        if self._bridge:
            self._bridge.close()

    def _run_out(self) -> None:
        with self.leg.lock:
            if self.open:
                self.give_up()
