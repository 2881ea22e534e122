"""How often something may be tried: a sliding window in this process's memory, of bounded size."""

import threading
from collections import OrderedDict

MOST_KEYS = 10_000


class Limiter:
    """At most `most` attempts for a key within `within` seconds. Times are given by the caller, in seconds."""

    def __init__(self, most: int, within: float) -> None:
        self._most, self._within = most, within
        self._attempts: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now: float) -> float:
        """Count an attempt. Returns 0 where it may go on, else the seconds to wait; one that is refused is not counted."""
        with self._lock:
            recent = [at for at in self._attempts.get(key, ()) if 0 <= now - at < self._within]
            if len(recent) >= self._most:
                return recent[0] + self._within - now
            self._attempts[key] = [*recent, now]
            self._attempts.move_to_end(key)
            if len(self._attempts) > MOST_KEYS:
                self._attempts.popitem(last=False)
            return 0.0

    def forgive(self, key: str) -> None:
        """The attempts of this key were honest."""
        with self._lock:
            self._attempts.pop(key, None)
