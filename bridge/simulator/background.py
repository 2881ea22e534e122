"""Work that goes on after an answer was given: status callbacks, ringing, delivery.

Jobs of one key run one after the other, in order; jobs of different keys run side by side.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable

Job = Callable[[], object]


class Background:
    """A few daemon threads, and a count of what is left to do."""

    def __init__(self, on_bug: Callable[[BaseException], None], workers: int = 16) -> None:
        self._on_bug = on_bug
        self._ready: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lanes: dict[str, deque[Job]] = {}
        self._left = 0
        self._changed = threading.Condition()
        self._timers: set[threading.Timer] = set()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, key: str, job: Job) -> None:
        """Do `job` after every earlier job of the same key."""
        with self._changed:
            self._left += 1
            lane = self._lanes.setdefault(key, deque())
            lane.append(job)
            if len(lane) == 1:
                self._ready.put(key)

    def after(self, seconds: float, key: str, job: Job) -> None:
        """Submit `job` in so many seconds (real ones). `settle` does not wait for it."""
        timer = threading.Timer(seconds, self.submit, (key, job))
        timer.daemon = True
        with self._changed:
            self._timers = {old for old in self._timers if old.is_alive()} | {timer}
            timer.start()

    def settle(self, limit: float = 20.0) -> None:
        """Wait until nothing is left to do; TimeoutError after `limit` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._left == 0, limit):
                raise TimeoutError(f"{self._left} jobs of the simulator unfinished after {limit} s: {list(self._lanes)}")

    def stop(self) -> None:
        """Forget the timers and let the threads go."""
        with self._changed:
            for timer in self._timers:
                timer.cancel()
        for _ in self._threads:
            self._ready.put(None)

    def _work(self) -> None:
        while (key := self._ready.get()) is not None:
            try:
                self._lanes[key][0]()
            except Exception as bug:  # noqa: BLE001 - a job's bug must be seen in the journal, not kill the thread
                self._on_bug(bug)
            finally:
                self._done(key)

    def _done(self, key: str) -> None:
        with self._changed:
            lane = self._lanes[key]
            lane.popleft()
            if lane:
                self._ready.put(key)
            else:
                del self._lanes[key]
            self._left -= 1
            self._changed.notify_all()
