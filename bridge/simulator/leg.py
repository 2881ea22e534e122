"""One end of a call: a telephone in somebody's hand.

A leg is touched from several threads (the driver, timers, REST), so each touch takes the lock that all legs of one
conversation share.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from bridge.simulator.clock import rfc2822
from bridge.simulator.model import CallRecord, Script
from bridge.simulator.receipts import Receipt
from bridge.simulator.runner import Runner

if TYPE_CHECKING:
    from bridge.simulator.carrier import Carrier
    from bridge.simulator.dialling import Dialling
    from bridge.simulator.phones import Phone

REACTION = 1.5  # seconds until a phone does by itself what it is set to, in real time
PATIENCE = 20  # silences after which a mailbox hangs up
TAPE = 120.0  # seconds that a mailbox records, in real time


class CallLeg:
    """What one phone hears and does in one call."""

    def __init__(
        self, carrier: "Carrier", record: CallRecord, phone: "Phone", script: Script, dialling: "Dialling | None" = None
    ) -> None:
        self.carrier, self.record, self.phone, self.script, self.dialling = carrier, record, phone, script, dialling
        self.lock: threading.RLock = dialling.parent.lock if dialling else threading.RLock()
        self.heard: list[str] = []
        self.pressed: list[str] = []
        self.peer: CallLeg | None = None
        self.runner: Runner | None = None
        self._told = 0
        self._events = 0
        self._keys = list(phone.behaviour.keys)
        self._silences = 0
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
    def waiting_for(self) -> str | None:
        """What it waits for: `answer`, `keys`, `speech`, `keys or speech`, `pause`, `audio`, `dial`, `conversation`, or None.

        `dial`: another phone rings. `audio` occurs in real time only.
        """
        if not self.live:
            return None
        if self.rings:
            return "answer"
        if self.peer:
            return "conversation"
        return self.runner.waiting_for if self.runner else None

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
                if self.runner and not self.peer:
                    self.runner.key(key)
        return self

    def say(self, words: str, confidence: float = 0.9) -> "CallLeg":
        """Say something; a `<Gather>` that listens gets it with this confidence (0 to 1)."""
        with self.lock:
            self._expect_live("say")
            self.note("said", words)
            if self.peer:
                self.peer.hear("heard", words)
            elif self.runner:
                self.runner.words(words, confidence)
        return self

    def silence(self) -> "CallLeg":
        """Do nothing until the carrier's patience ends: a gather, a pause or the ringing of a dialled phone times out."""
        with self.lock:
            self._expect_live("be silent")
            self.note("silence")
            if self.runner:
                self.runner.silence()
        return self

    def hang_up(self) -> None:
        """End the call from this side."""
        with self.lock:
            if self.rings:
                self.decline()
            elif self.live:
                self.note("hung up")
                self.end("completed")

    # what the carrier does

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
            self._react()

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

    def prompted(self) -> None:
        """The call waits for its owner: a phone that acts by itself does so."""
        if self.peer or not self.runner:
            return
        if self.phone.behaviour.call == "answer" and self._keys and self.runner.takes_keys:
            self._by_itself(self._press_next)
        elif self.phone.behaviour.call == "voicemail" and self.runner.listens and not self.carrier.real_time:
            self._listen()

    def _press_next(self) -> None:
        with self.lock:
            if self.live and self._keys and self.runner and self.runner.takes_keys:
                self.press(self._keys.pop(0))

    def _listen(self) -> None:
        """A mailbox is silent, for a while."""
        self._silences += 1
        if self._silences > PATIENCE:
            self.hang_up()
        else:
            self.silence()

    def _react(self) -> None:
        behaviour = self.phone.behaviour.call
        reactions: dict[str, Callable[[], object]] = {
            "busy": self.decline,
            "no_answer": self.no_answer,
            "voicemail": self._record,
            "answer": self.answer,
        }
        if behaviour in reactions:
            self._by_itself(reactions[behaviour])
        elif self.carrier.real_time:
            self.carrier.background.after(self.script.timeout, self.sid, self.no_answer)

    def _record(self) -> None:
        """A mailbox answers; in real time it hangs up when its tape is full."""
        with self.lock:
            if self.rings:
                self.pick_up("machine_start")
                if self.carrier.real_time:
                    self.carrier.background.after(TAPE, self.sid, self.hang_up)

    def _by_itself(self, move: Callable[[], object]) -> None:
        if self.carrier.real_time:
            self.carrier.background.after(REACTION, self.sid, move)
        else:
            move()

    def _while_ringing(self, status: str) -> None:
        with self.lock:
            if self.rings:
                self.end(status)

    def _expect_live(self, act: str) -> None:
        if self.state != "in-progress":
            raise RuntimeError(f"cannot {act} in a call that is {self.state}")
