"""The queues of the account: who waits in which, and who waits for somebody to queue.

A queue is made when it is first needed, and stays. https://www.twilio.com/docs/voice/api/queue-resource
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from bridge.simulator.clock import Clock
from bridge.simulator.dequeuing import Dequeuing
from bridge.simulator.enqueuing import Enqueuing
from bridge.simulator.model import new_sid
from bridge.simulator.verbs import Dial, Enqueue, QueueNoun

if TYPE_CHECKING:
    from bridge.simulator.leg import CallLeg

Finished = Callable[[dict[str, str]], None]


class Queue:
    """One queue; at any time either legs wait in it or diallers wait for them, never both."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name, self.clock, self.sid, self.created = name, clock, new_sid("QU"), clock()
        self._waiting: list[Enqueuing] = []
        self._diallers: list[Dequeuing] = []
        self._lock = threading.Lock()

    @property
    def waiting(self) -> list[Enqueuing]:
        """Who waits, the first first."""
        with self._lock:
            return list(self._waiting)

    def join(self, enqueuing: Enqueuing) -> Dequeuing | None:
        """Wait in it, unless a dialler waits already: that one is taken out and returned."""
        with self._lock:
            if self._diallers:
                return self._diallers.pop(0)
            self._waiting.append(enqueuing)
            return None

    def take(self, dialler: Dequeuing) -> Enqueuing | None:
        """Take out the first who waits; where nobody does the dialler waits."""
        with self._lock:
            if self._waiting:
                return self._waiting.pop(0)
            self._diallers.append(dialler)
            return None

    def drop(self, who: Enqueuing | Dequeuing) -> bool:
        """Whoever it is waits no longer; False if they did not wait here, or somebody has just taken them out."""
        with self._lock:
            for each in (self._waiting, self._diallers):
                if who in each:
                    each.remove(who)  # type: ignore[arg-type]
                    return True
            return False

    def average(self) -> int:
        """How long those who wait have waited, in whole seconds."""
        seconds = [enqueuing.seconds for enqueuing in self.waiting]
        return sum(seconds) // len(seconds) if seconds else 0


class Queues:
    """All of them, by name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queues: dict[str, Queue] = {}
        self._lock = threading.Lock()

    def enqueue(self, leg: "CallLeg", enqueue: Enqueue, base_url: str, finished: Finished) -> Enqueuing:
        """What an `<Enqueue>` starts."""
        with self._lock:
            queue = self._queues.setdefault(enqueue.name, Queue(enqueue.name, self._clock))
        return Enqueuing(leg, queue, enqueue, base_url, finished)

    def dequeue(self, leg: "CallLeg", dial: Dial, noun: QueueNoun, base_url: str, finished: Finished) -> Dequeuing:
        """What a `<Dial><Queue>` starts."""
        return Dequeuing(leg, self._queues.get(noun.name), dial, noun=noun, base_url=base_url, finished=finished)

    def listed(self) -> list[Queue]:
        """All queues, newest first."""
        with self._lock:
            return list(reversed(self._queues.values()))

    def discard(self, queue: Queue) -> None:
        """Forget a queue."""
        with self._lock:
            self._queues.pop(queue.name, None)
