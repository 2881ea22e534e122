"""How often something was tried: counted by the store for all processes, and by this process alone while the store is away."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

import structlog

from bridge.actions.world import World

log = structlog.get_logger(__name__)

MOST_KEYS = 10_000
AWAY = 5.0  # seconds that a store which did not answer is not asked again: a log-in must not wait for it over and over
T = TypeVar("T")


class Limiter:
    """Attempts and codes in this process's memory, of bounded size. Times are given by the caller, in seconds."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, most: int, within: float, now: float) -> float:
        """Count an attempt. Returns 0 where it may go on, else the seconds to wait; one that is refused is not counted."""
        with self._lock:
            recent = [at for at in self._attempts.get(key, ()) if 0 <= now - at < within]
            if len(recent) >= most:
                return recent[0] + within - now
            self._attempts[key] = [*recent, now]
            self._attempts.move_to_end(key)
            if len(self._attempts) > MOST_KEYS:
                self._attempts.popitem(last=False)
            return 0.0

    def forgive(self, key: str) -> None:
        """The attempts of this key were honest."""
        with self._lock:
            self._attempts.pop(key, None)


class Tries:
    """See `bridge.actions.ports_board.Accounts`; a store that is away is no error here: then we count ourselves."""

    def __init__(self, world: World) -> None:
        self._world, self._here, self._ask_at = world, Limiter(), float("-inf")

    def take(self, key: str, most: int, within: float) -> float:
        """Count an attempt. Returns 0 where it may go on, else the seconds to wait; one that is refused is not counted."""
        now, accounts = self._world.now(), self._world.accounts
        return self._either(lambda: accounts.take(key, most, within, now), lambda: self._here.take(key, most, within, now))

    def forgive(self, key: str) -> None:
        """The attempts of this key were honest."""
        self._here.forgive(key)
        self._either(lambda: self._world.accounts.forgive(key), lambda: None)

    def first_use(self, code: str, within: float) -> bool:
        """Whether this one-time code was not used before in so many seconds: here too, should the store come and go."""
        if self._here.take(f"used:{code}", 1, within, self._world.now()):
            return False
        return self._either(lambda: self._world.accounts.first_use(code, within), lambda: True)

    def _either(self, ask: Callable[[], T], count: Callable[[], T]) -> T:
        if self._world.now() < self._ask_at:
            return count()
        try:
            return ask()
        except Exception as error:  # noqa: BLE001  whatever the reason: whoever stands in users.toml can still log in
            log.warning("attempts are counted by this process alone", error=type(error).__name__)
            self._ask_at = self._world.now() + AWAY
            return count()
