"""How the carrier is: whatever we ask of it is noted in the store, and where nobody asks anything, the clock does."""

import logging
from collections.abc import Callable, Collection
from typing import TypeVar

from bridge.actions.ports import Carrier, Store
from bridge.actions.world import World
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.model import Channel

log = logging.getLogger(__name__)

NOTED = 5.0  # seconds: in a flood not every answer is written down
IDLE = 60.0  # seconds without a word from the carrier after which it is asked
FAILING = 5.0  # seconds between questions to a carrier that fails
ASKING = 5.0  # seconds within which only one process asks
NOT_HERE = 404  # the account has no such record: deleted already, or another account's

T = TypeVar("T")


class NotedCarrier:
    """A carrier that answers as `carrier` does, and of which the store knows how it did. See `bridge.actions.ports.Carrier`."""

    def __init__(self, carrier: Carrier, store: Store, now: Callable[[], float]) -> None:
        self._carrier, self._store, self._now = carrier, store, now
        self._good_at: float | None = None  # when this process last noted an answer, None where a failure came after it

    def send_text(self, to: str, body: str, report_url: str) -> str:
        return self._noted(lambda: self._carrier.send_text(to, body, report_url))

    def place_call(self, to: str, answer_url: str, report_url: str, ring_for: float) -> str:
        return self._noted(lambda: self._carrier.place_call(to, answer_url, report_url, ring_for))

    def forget(self, channel: Channel, sid: str) -> None:
        try:
            self._noted(lambda: self._carrier.forget(channel, sid))
        except CarrierRefused as error:
            if error.details["status"] != NOT_HERE:
                raise

    def find_text(self, to: str, since: float, same: Callable[[str], bool]) -> str:
        return self._noted(lambda: self._carrier.find_text(to, since, same))

    def find_call(self, to: str, since: float, known: Collection[str]) -> str:
        return self._noted(lambda: self._carrier.find_call(to, since, known))

    def ping(self) -> None:
        self._noted(self._carrier.ping)

    def _noted(self, ask: Callable[[], T]) -> T:
        try:
            answer = ask()
        except CarrierBusy as error:
            self._note(str(error.details.get("trouble", error.details["reason"])), bool(error.details.get("reached", True)))
            raise
        except CarrierRefused:  # of this one recipient, say: the carrier itself is well
            self._note("")
            raise
        self._note("")
        return answer

    def _note(self, trouble: str, reached: bool = True) -> None:
        """A note that cannot be written must not undo what has left already: the next one will be."""
        try:
            self._write(trouble, reached, self._now())
        except Exception as error:  # noqa: BLE001  whatever the store's reason
            log.warning("how the carrier is could not be noted: %s", type(error).__name__)

    def _write(self, trouble: str, reached: bool, now: float) -> None:
        if trouble:
            self._good_at = None
            self._store.carrier_failed(trouble, reached, now)
        elif self._good_at is None or abs(now - self._good_at) >= NOTED:
            self._good_at = now
            self._store.carrier_answered(now)


def ask(world: World) -> None:
    """Ask the carrier how it is, where nothing has been heard for a while; whoever asks waits for the answer, so that nothing
    else should. Any number of processes may come here at once, and one asks. Raises what the store raises."""
    news, now = world.store.carrier_news(), world.now()
    wait = IDLE if news.failing_since is None else FAILING
    if news.last_at is not None and now - news.last_at < wait:
        return
    if world.store.first_time("ping", "", ASKING):
        try:
            world.carrier.ping()
        except (CarrierBusy, CarrierRefused) as error:
            log.log(logging.DEBUG if news.failing_since else logging.WARNING, "the carrier was asked how it is: %s", error)
