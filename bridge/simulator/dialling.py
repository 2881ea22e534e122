"""One `<Dial>`: its numbers ring side by side, the first that answers gets the call.

https://www.twilio.com/docs/voice/twiml/dial
"""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from bridge.simulator import numbers, verbs
from bridge.simulator.bridging import Bridge
from bridge.simulator.errors import TwimlError
from bridge.simulator.model import Callbacks, Script

if TYPE_CHECKING:
    from bridge.simulator.leg import CallLeg

BAD_CALLER_ID, BAD_FORMAT, BAD_NUMBER, FORBIDDEN, ABROAD = 13214, 13223, 13224, 13225, 13227


class Dialling:
    """The dialled legs and what became of them; `finished` gets the fields for the action."""

    inner: None = None

    def __init__(self, parent: "CallLeg", dial: verbs.Dial, base_url: str, finished: Callable[[dict[str, str]], None]) -> None:
        self.parent, self._dial, self._base_url, self._finished = parent, dial, base_url, finished
        self._legs: list[CallLeg] = []
        self._taken: CallLeg | None = None
        self._bridge: Bridge | None = None
        self._over = False

    def start(self) -> None:
        """Check everything, then ring."""
        caller_id = self._caller_id()
        targets = [(_checked(number.number), number) for number in self._dial.numbers]
        for to, number in targets:
            self.parent.note("dials", to)
            self._legs.append(self.parent.carrier.dial(self, caller_id, to, self._script(number)))
        for leg in list(self._legs):
            leg.ring()

    def give_up(self) -> None:
        """Nobody answered in time."""
        for leg in list(self._legs):
            leg.no_answer()

    def abandon(self) -> None:
        """The caller is gone, or led elsewhere; then the action is not told."""
        self._over = self.parent.live
        if self._bridge:
            self._bridge.close()
        for leg in self._legs:
            leg.end("completed" if leg.record.started else "canceled")

    def answered(self, leg: "CallLeg") -> None:
        """The first to answer is connected, after listening to the number's own document if it has one."""
        if self._taken or self._over:
            leg.end("canceled")
            return
        self._taken = leg
        for other in self._legs:
            if other is not leg:
                other.end("canceled")
        if leg.script.url:
            leg.run(lambda: self._connect(leg))
        else:
            self._connect(leg)

    def ended(self, leg: "CallLeg") -> None:
        """A dialled leg is over; so is the dialling when it was the one that talked, or the last that rang."""
        done = leg is self._taken or all(not other.live for other in self._legs)
        if self._over or not done:
            return
        self._over = True
        if self._bridge:
            self._bridge.close()
        self._finished(self._result(self._taken or leg))

    def _connect(self, leg: "CallLeg") -> None:
        leg.runner = None
        self._bridge = Bridge(self.parent, leg, self._dial, lambda: leg.end("completed"))

    def _result(self, leg: "CallLeg") -> dict[str, str]:
        result = {"DialCallStatus": leg.state, "DialCallSid": leg.sid, "DialBridged": str(self._bridge is not None).lower()}
        if leg.record.started:
            result["DialCallDuration"] = str(leg.record.seconds)
        return result

    def _caller_id(self) -> str:
        """The calling or the called number, or one that the account owns; by default the caller's."""
        record = self.parent.record
        given = self._dial.caller_id
        if given and given not in (record.sender, record.to, *self.parent.carrier.owned):
            raise TwimlError(BAD_CALLER_ID, f"<Dial>: invalid callerId value {given!r}")
        return given or record.sender

    def _script(self, number: verbs.Number) -> Script:
        def absolute(url: str) -> str:
            return urljoin(self._base_url, url) if url else ""

        callbacks = Callbacks(absolute(number.status_callback), number.status_method, number.events)
        return Script(url=absolute(number.url), method=number.method, callbacks=callbacks, timeout=self._dial.timeout)


def _checked(number: str) -> str:
    to = numbers.dialled(number)
    if numbers.is_special(to):
        raise TwimlError(FORBIDDEN, f"<Dial>: {to} must not be dialled")
    if to == numbers.CRISIS:
        return to
    if not numbers.is_e164(to):
        raise TwimlError(BAD_FORMAT, f"<Dial>: {number!r} is not in E.164 format")
    if not numbers.is_valid(to):
        raise TwimlError(BAD_NUMBER, f"<Dial>: {to} is not a telephone number")
    if numbers.is_premium(to):
        raise TwimlError(FORBIDDEN, f"<Dial>: {to} is a premium number")
    if numbers.is_abroad(to):
        raise TwimlError(ABROAD, f"<Dial>: {to} is abroad")
    return to
