"""Status callbacks: sent after the fact, in order for each resource, unless a fault says otherwise."""

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.simulator.background import Background
from bridge.simulator.faults import Faults
from bridge.simulator.journal import Journal
from bridge.simulator.webhooks import WebhookFailed, Webhooks

DELAY = 10.0  # seconds, in real time


@dataclass(frozen=True)
class Receipt:
    """One status callback of one call or message."""

    sid: str
    url: str
    method: str
    form: Mapping[str, str]
    voice: bool
    final: bool


class Receipts:
    """The way out for status callbacks."""

    def __init__(
        self, webhooks: Webhooks, background: Background, faults: Faults, journal: Journal, *, real_time: bool
    ) -> None:
        self._webhooks, self._background, self._faults, self._journal = webhooks, background, faults, journal
        self._real_time = real_time
        self._held: list[Receipt] = []
        self._early: dict[str, list[Receipt]] = defaultdict(list)
        self._lock = threading.Lock()

    def send(self, receipt: Receipt) -> None:
        """Send it, as the fault of the moment has it."""
        match self._faults.receipt_mode:
            case "lost":
                self._journal.add("receipt lost", self._status(receipt), sid=receipt.sid)
            case "doubled":
                self._enqueue(receipt)
                self._enqueue(receipt)
            case "reordered":
                self._collect(receipt)
            case "delayed":
                self._hold(receipt)
            case _:
                self._enqueue(receipt)

    def release(self) -> None:
        """Send what was delayed."""
        with self._lock:
            held, self._held = self._held, []
        for receipt in held:
            self._enqueue(receipt)

    def _collect(self, receipt: Receipt) -> None:
        with self._lock:
            self._early[receipt.sid].append(receipt)
            ready = self._early.pop(receipt.sid) if receipt.final else []
        for each in reversed(ready):
            self._enqueue(each)

    def _hold(self, receipt: Receipt) -> None:
        if self._real_time:
            self._background.after(DELAY, receipt.sid + "/receipts", lambda: self._post(receipt))
            return
        with self._lock:
            self._held.append(receipt)

    def _enqueue(self, receipt: Receipt) -> None:
        self._background.submit(receipt.sid + "/receipts", lambda: self._post(receipt))

    def _post(self, receipt: Receipt) -> None:
        try:
            self._webhooks.send(receipt.url, receipt.form, method=receipt.method, voice=receipt.voice)
        except WebhookFailed as failure:
            self._journal.add("receipt failed", failure.reason, sid=receipt.sid, level="error", code=failure.code)
        else:
            self._journal.add("receipt", self._status(receipt), sid=receipt.sid)

    @staticmethod
    def _status(receipt: Receipt) -> str:
        return receipt.form.get("MessageStatus") or receipt.form.get("CallStatus", "")
