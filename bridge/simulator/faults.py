"""Faults on a switch: what goes wrong on purpose, until it is switched off or has happened often enough."""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass

REST_KINDS = ("429", "500", "502", "503", "hang", "reset", "garbage", "20009", "20001")  # the last two: error codes
RESOURCES = ("any", "messages", "calls", "queues", "numbers")
METHODS = ("any", "GET", "POST", "DELETE")
RECEIPT_MODES = ("normal", "lost", "doubled", "reordered", "delayed")
LONGEST_REFUSAL = 3600.0  # seconds


@dataclass
class RestFault:
    """One fault of the REST API. `processed`: the request is carried out all the same, only its answer is spoilt."""

    kind: str
    resource: str = "any"
    left: int | None = None
    processed: bool = False
    retry_after: int = 1
    method: str = "any"


class Faults:
    """The switches. Of several REST faults the one switched on first is taken."""

    def __init__(self) -> None:
        self._rest: list[RestFault] = []
        self._receipts = "normal"
        self._lock = threading.Lock()
        self.over = threading.Event()  # set while nothing may hang
        self.on_refuse: Callable[[float], None] = _nobody_listens

    def rest(
        self,
        kind: str,
        resource: str = "any",
        *,
        times: int | None = None,
        processed: bool = False,
        retry_after: int = 1,
        method: str = "any",
    ) -> None:
        """Spoil the next `times` requests (None: all) of a resource, by this method; `retry_after` in seconds, for 429."""
        if kind not in REST_KINDS or resource not in RESOURCES or method not in METHODS:
            raise ValueError(f"no such fault: {kind} of {method} {resource}")
        with self._lock:
            self.over.clear()
            self._rest.append(RestFault(kind, resource, times, processed, retry_after, method))

    def receipts(self, mode: str) -> None:
        """From now on receipts are normal, lost, doubled, reordered (newest first) or delayed."""
        if mode not in RECEIPT_MODES:
            raise ValueError(f"no such fault of receipts: {mode}")
        self._receipts = mode

    def refuse(self, seconds: float) -> None:
        """For so many seconds (real ones) nobody can connect at all: neither to the REST API, nor to the page."""
        if not 0 < seconds <= LONGEST_REFUSAL:
            raise ValueError(f"nobody can be refused for {seconds} s")
        self.on_refuse(seconds)

    @property
    def receipt_mode(self) -> str:
        """How receipts go out at present."""
        return self._receipts

    def take(self, resource: str, method: str = "any") -> RestFault | None:
        """The fault that the next request of this resource meets, and count it."""
        with self._lock:
            for fault in self._rest:
                if fault.resource in ("any", resource) and fault.method in ("any", method):
                    self._count(fault)
                    return fault
        return None

    def off(self, kind: str) -> None:
        """Switch one kind of fault of the REST API off."""
        with self._lock:
            self._rest = [fault for fault in self._rest if fault.kind != kind]
            if kind == "hang":
                self.over.set()

    def clear(self) -> None:
        """Switch everything off; requests that hang are let go."""
        with self._lock:
            self._rest.clear()
            self._receipts = "normal"
            self.over.set()

    def as_json(self) -> dict[str, object]:
        """The switches as the page shows them."""
        with self._lock:
            return {"rest": [asdict(fault) for fault in self._rest], "receipts": self._receipts}

    def _count(self, fault: RestFault) -> None:
        if fault.left is not None:
            fault.left -= 1
            if fault.left <= 0:
                self._rest.remove(fault)


def _nobody_listens(seconds: float) -> None:
    """A carrier without a server has no door to close."""
