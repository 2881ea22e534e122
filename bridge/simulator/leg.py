"""One end of a call: a telephone in somebody's hand.

A leg is touched from several threads (the driver, timers, REST), so each touch takes the lock that all legs of one
conversation share.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from bridge.simulator.bridging import Bridge
from bridge.simulator.clock import rfc2822
from bridge.simulator.model import CallRecord, Script
from bridge.simulator.owner import Owner
from bridge.simulator.receipts import Receipt
from bridge.simulator.runner import Runner

if TYPE_CHECKING:
    from bridge.simulator.carrier import Carrier
    from bridge.simulator.dialling import Dialling
    from bridge.simulator.phones import Phone


class CallLeg:
    """What one phone hears and does in one call."""

    def __init__(
        self, carrier: "Carrier", record: CallRecord, phone: "Phone", script: Script, dialling: "Dialling | None" = None
    ) -> None:
        self.carrier, self.record, self.phone, self.script, self.dialling = carrier, record, phone, script, dialling
        self.heard: list[str] = []
        self.pressed: list[str] = []
        self.queue: str | None = None  # the name of the queue that it waits in
        self.bridge: Bridge | None = None
        self.runner: Runner | None = None
        self._lock: threading.RLock = dialling.parent._lock if dialling else threading.RLock()
        self._told = 0
        self._events = 0
        self._owner = Owner(self)
        phone.legs.append(self)

    # what can be seen

    @property
    def sid(self) -> str:
        """The call's sid."""
        return self.record.sid

    @property
    def state(self) -> str:
        """Twilio's status: queued, ringing, in-progress, completed, busy, no-answer, failed, canceled."""
        return self.record.status

    @property
    def live(self) -> bool:
        """Whether the call is not over yet."""
        return not self.record.final

    @property
    def rings(self) -> bool:
        """Whether this phone rings and may be answered."""
        return self.state == "ringing" and self.record.direction != "inbound"

    @property
    def caller(self) -> str:
        """The number that this phone shows as the caller's; its own, if it called."""
        return self.record.sender

    @property
    def waiting_for(self) -> str | None:
        """What it waits for: `answer`, `keys`, `speech`, `keys or speech`, `pause`, `audio`, `dial`, `queue`, `conversation`.

        `dial`: another phone rings, or a queue is empty. `queue`: nothing more is to be heard until it is asked for again.
        `audio` occurs in real time only. None: it waits for nothing.
        """
        if not self.live:
            return None
        if self.rings:
            return "answer"
        if self.bridge:
            return "conversation"
        return self.listener.waiting_for if self.listener else None

    @property
    def peer(self) -> "CallLeg | None":
        """The other end, if this call was put through to one."""
        return self.bridge.across(self) if self.bridge else None

    @property
    def listener(self) -> Runner | None:
        """What hears the keys and words of this phone."""
        return self.runner.innermost if self.runner else None

    @property
    def connected_to(self) -> str | None:
        """The number of the phone at the other end, if this call was put through to one."""
        return self.peer.phone.number if self.peer else None

    def said_since_last(self) -> str:
        """What was heard since this was last asked, as one text."""
        told, self._told = self._told, len(self.heard)
        return " ".join(self.heard[told:])

    # what the phone's owner does

    def answer(self) -> "CallLeg":
        """Take a ringing call; returns when it waits for input or is over."""
        with self.lock:
            if self.rings:
                self.pick_up("human")
        return self

    def decline(self) -> None:
        """Refuse a ringing call: busy."""
        self._while_ringing("busy")

    def no_answer(self) -> None:
        """Let it ring until the carrier gives up."""
        self._while_ringing("no-answer")

    def press(self, keys: str) -> "CallLeg":
        """Press keys, one after the other; returns when the call waits again or is over."""
        with self.lock:
            self._expect_live("press")
            for key in keys:
                if not self.live:
                    self.note("key lost", key)
                    continue
                self.pressed.append(key)
                self.note("pressed", key)
                self._pass_on(key)
        return self

    def say(self, words: str, confidence: float = 0.9) -> "CallLeg":
        """Say something; a `<Gather>` that listens gets it with this confidence (0 to 1)."""
        with self.lock:
            self._expect_live("say")
            self.note("said", words)
            if self.peer:
                self.peer.hear("heard", words)
            elif self.listener:
                self.listener.words(words, confidence)
        return self

    def silence(self) -> "CallLeg":
        """Do nothing until the carrier's patience ends: a gather, a pause or the ringing of a dialled phone times out.

        In a queue: what is heard there comes round again. Where a queue was dialled: nobody queued in time.
        """
        with self.lock:
            self._expect_live("be silent")
            self.note("silence")
            if self.listener:
                self.listener.silence()
        return self

    def time_up(self) -> "CallLeg":
        """Talk until the time limit of the `<Dial>` that connected the two is reached."""
        with self.lock:
            if self.bridge is None:
                raise RuntimeError("this call is connected to nobody")
            self.bridge.time_up()
        return self

    def hang_up(self) -> None:
        """End the call from this side."""
        with self.lock:
            if self.rings:
                self.decline()
            elif self.live:
                self.note("hung up")
                self.end("completed" if self.record.started else "no-answer")

    # what the carrier does

    @property
    def lock(self) -> AbstractContextManager[None]:
        """Whoever touches this call holds it; all legs of one conversation share it."""
        return self._locked()

    def take_in(self, other: "CallLeg") -> None:
        """Make one conversation of the two, for good: the other leg changes over to this one's lock, which is held."""
        with other.lock:
            other._lock = self._lock

    def hear(self, kind: str, text: str) -> None:
        """Something sounds in this phone."""
        self.heard.append(text)
        self.note(kind, text)

    def note(self, kind: str, text: str = "", *, level: str = "info", code: int | None = None) -> None:
        """Write into the journal, about this phone and call."""
        self.carrier.journal.add(kind, text, number=self.phone.number, sid=self.sid, level=level, code=code)

    def ring(self) -> None:
        """Ring the phone, which answers, or not, as it is set to."""
        with self.lock:
            if not self.live:
                return
            self.report("initiated")
            if self.phone.behaviour.call == "failed":
                self.end("failed")
                return
            self.record.status = "ringing"
            self.note("ringing", f"from {self.record.sender}")
            self.report("ringing")
            self._owner.rung()

    def pick_up(self, who: str) -> None:
        """The phone was answered by a human or a machine."""
        self.record.status, self.record.started = "in-progress", self.carrier.clock()
        self.record.answered_by = who if self.script.machine_detection else ""
        self.note("answered", "by a machine" if who != "human" else "")
        self.report("answered")
        if self.dialling:
            self.dialling.answered(self)
        else:
            self.run()

    def connect(self) -> None:
        """An incoming call counts as answered from the first verb that is carried out."""
        if self.state == "ringing":
            self.record.status, self.record.started = "in-progress", self.carrier.clock()

    def run(self, finished: Callable[[], None] | None = None) -> None:
        """Carry out the script of this call; then `finished`, or hang up."""
        self.runner = Runner(self, self.script, finished)
        self.runner.begin()

    def end(self, status: str) -> None:
        """The call is over; whoever is at the other end learns it."""
        if not self.live:
            return
        self.record.status, self.record.ended = status, self.carrier.clock()
        self.note("ended", status)
        self.report("completed")
        runner, self.runner = self.runner, None
        if runner:
            runner.stop()
        if self.dialling:
            self.dialling.ended(self)

    def tell(self, url: str, method: str, form: dict[str, str]) -> None:
        """Tell the customer something, in the background; the answer is ignored."""
        form = self.form() | form
        self.carrier.background.submit(self.sid, lambda: self.carrier.tell(self, url, method, form))

    def prompted(self) -> None:
        """The call waits for its owner."""
        if self.listener and not self.bridge:
            self._owner.prompted()

    def report(self, event: str) -> None:
        """Tell the customer of an event, if they asked for it."""
        callbacks = self.script.callbacks
        if not callbacks.url or event not in callbacks.events:
            return
        form = self.form() | {
            "SequenceNumber": str(self._events),
            "CallbackSource": "call-progress-events",
            "Timestamp": rfc2822(self.carrier.clock()) or "",
        }
        if event == "initiated":
            form["CallStatus"] = "initiated"
        if self.record.final:
            form |= {"CallDuration": str(self.record.seconds), "Duration": str(-(-self.record.seconds // 60))}
        self._events += 1
        self.carrier.receipts.send(
            Receipt(self.sid, callbacks.url, callbacks.method, form, voice=True, final=self.record.final)
        )

    def form(self) -> dict[str, str]:
        """The fields that every webhook of this call carries."""
        return self.carrier.call_form(self.record)

    def _while_ringing(self, status: str) -> None:
        with self.lock:
            if self.rings:
                self.end(status)

    def _pass_on(self, key: str) -> None:
        if self.bridge:
            self.bridge.key(self, key)
        elif self.listener:
            self.listener.key(key)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        while True:
            with (lock := self._lock):
                if lock is self._lock:  # else it was changed while it was waited for
                    yield
                    return

    def _expect_live(self, act: str) -> None:
        if self.state != "in-progress" and not (self.live and self.record.direction == "inbound"):
            raise RuntimeError(f"cannot {act} in a call that is {self.state}")
