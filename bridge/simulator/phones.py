"""The telephones: what each does with a text or a call, what it got, and whom it is talking to."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.simulator.carrier import Carrier
    from bridge.simulator.leg import CallLeg

TEXT_BEHAVIOURS = ("deliver", "undelivered", "failed", "opted_out", "landline")
CALL_BEHAVIOURS = ("ring", "answer", "no_answer", "busy", "failed", "voicemail")


@dataclass(frozen=True)
class Received:
    """A text on a phone's screen."""

    body: str
    sender: str
    sid: str
    at: datetime


@dataclass
class Behaviour:
    """What a phone does when nobody touches it. `error`: Twilio's code for a text that does not arrive.

    `keys` are pressed by a phone that answers by itself, one item for each prompt; then it is silent.
    """

    text: str = "deliver"
    call: str = "ring"
    error: int = 30003
    keys: tuple[str, ...] = ()


@dataclass
class Phone:
    """One telephone.

    `kind`: known (in the list at the start), reached (first met by a text or call), automatic (by a `<Dial>`) or caller.
    """

    number: str
    carrier: "Carrier"
    name: str = ""
    about: str = ""
    kind: str = "caller"
    behaviour: Behaviour = field(default_factory=Behaviour)
    texts: list[Received] = field(default_factory=list)
    sent: list[Received] = field(default_factory=list)
    legs: list["CallLeg"] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def behave(
        self,
        text: str | None = None,
        call: str | None = None,
        *,
        error: int | None = None,
        keys: str | tuple[str, ...] | list[str] | None = None,
    ) -> "Phone":
        """Change what the phone does from now on; what is not given stays."""
        if text not in (None, *TEXT_BEHAVIOURS) or call not in (None, *CALL_BEHAVIOURS):
            raise ValueError(f"no such behaviour: {text or ''} {call or ''}")
        now = self.behaviour
        pressed = (keys,) if isinstance(keys, str) else keys
        self.behaviour = Behaviour(
            text=text or now.text,
            call=call or now.call,
            error=error or now.error,
            keys=now.keys if pressed is None else tuple(key for key in pressed if key),
        )
        return self

    def dial(self, to: str | None = None) -> "CallLeg":
        """Call a number of the account (its first, if none is given); returns when the call waits or is over."""
        return self.carrier.take_call(self.number, to or self.carrier.line.phone_number)

    def send_text(self, body: str, to: str | None = None) -> list[str]:
        """Text a number of the account; returns the replies in the customer's answer."""
        to = to or self.carrier.line.phone_number
        return [reply.body for reply in self.carrier.texting.take(self.number, to, body)]

    @property
    def ringing(self) -> "CallLeg | None":
        """The call that rings on this phone."""
        return next((leg for leg in self.legs if leg.rings), None)

    @property
    def call(self) -> "CallLeg | None":
        """The call that this phone is in."""
        return next((leg for leg in reversed(self.legs) if leg.state == "in-progress"), None)

    def receive(self, text: Received) -> None:
        """A text arrives."""
        with self._lock:
            self.texts.append(text)

    def wrote(self, text: Received) -> None:
        """A text was sent from here; kept for the phone's screen."""
        with self._lock:
            self.sent.append(text)
