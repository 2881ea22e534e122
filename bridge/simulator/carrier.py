"""The carrier itself: its numbers, phones, texts and calls, all in memory, safe between threads."""

import threading
from collections.abc import Mapping

from bridge.simulator import numbers
from bridge.simulator.background import Background
from bridge.simulator.clock import Clock, utc_now
from bridge.simulator.dialling import Dialling
from bridge.simulator.faults import Faults
from bridge.simulator.journal import Journal
from bridge.simulator.leg import CallLeg
from bridge.simulator.model import API_VERSION, Callbacks, CallRecord, OwnedNumber, Script, new_sid
from bridge.simulator.phones import Behaviour, Phone
from bridge.simulator.queues import Queues
from bridge.simulator.receipts import Receipts
from bridge.simulator.texting import Texting
from bridge.simulator.traffic import Traffic
from bridge.simulator.webhooks import WebhookFailed, Webhooks


class Carrier:
    """Everything that REST, the page and a driving test act upon.

    `retention_feature`: whether the account may use ContentRetention and AddressRetention; an ordinary one may not.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        real_time: bool = False,
        clock: Clock = utc_now,
        retention_feature: bool = False,
    ) -> None:
        self.account_sid, self.auth_token = account_sid, auth_token
        self.real_time, self.clock, self.retention_feature = real_time, clock, retention_feature
        self.journal = Journal(clock)
        self.faults = Faults()
        self.background = Background(self._bug)
        self.webhooks = Webhooks(auth_token)
        self.receipts = Receipts(self.webhooks, self.background, self.faults, self.journal, real_time=real_time)
        self.texting = Texting(self)
        self.queues = Queues(clock)
        self.traffic = Traffic(clock)
        self.owned: dict[str, OwnedNumber] = {}
        self.phones: dict[str, Phone] = {}
        self.legs: dict[str, CallLeg] = {}
        self.recordings: list[str] = []  # their sids; nothing here makes one
        self.status, self.kind = "active", "Full"  # of the account
        self._lock = threading.Lock()

    def own(self, number: OwnedNumber) -> None:
        """The account has this number."""
        self.owned[number.phone_number] = number

    @property
    def line(self) -> OwnedNumber:
        """The account's first number."""
        return next(iter(self.owned.values()))

    def phone(self, number: str, kind: str = "caller") -> Phone:
        """The phone of this number, made when it is first asked for. An automatic one answers calls by itself."""
        with self._lock:
            if number not in self.phones:
                behaviour = Behaviour(call="answer") if kind == "automatic" else Behaviour()
                self.phones[number] = Phone(number, self, kind=kind, behaviour=behaviour)
            return self.phones[number]

    # calls

    def place_call(self, sender: str, to: str, script: Script) -> CallLeg:
        """A call made through REST; it rings in the background."""
        self.traffic.call(to)
        leg = self._leg("outbound-api", sender, to, script)
        self.journal.add("call placed", f"to {to}", number=to, sid=leg.sid)
        self.background.submit(leg.sid, leg.ring)
        return leg

    def take_call(self, sender: str, to: str) -> CallLeg:
        """A phone calls a number of the account; returns when the call waits for input or is over."""
        owned = self.owned[to]
        script = Script(
            url=owned.voice_url,
            method=owned.voice_method,
            fallback_url=owned.voice_fallback_url,
            fallback_method=owned.voice_fallback_method,
            callbacks=Callbacks(owned.status_callback, owned.status_callback_method),
        )
        leg = self._leg("inbound", sender, to, script)
        with leg.lock:
            leg.record.status = "ringing"
            leg.note("dialled", to)
            leg.run()
        return leg

    def dial(self, dialling: Dialling, sender: str, to: str, script: Script) -> CallLeg:
        """A call made by a `<Dial>`."""
        return self._leg("outbound-dial", sender, to, script, dialling)

    def discard_call(self, sid: str) -> None:
        """Forget a call."""
        with self._lock:
            self.legs.pop(sid, None)

    def listed_calls(self) -> list[CallLeg]:
        """All calls, newest first."""
        with self._lock:
            return list(reversed(self.legs.values()))

    def call_form(self, record: CallRecord) -> dict[str, str]:
        """The fields of a voice webhook; which optional ones come depends on the call, as with Twilio."""
        form = {
            "CallSid": record.sid,
            "AccountSid": self.account_sid,
            "From": record.sender,
            "To": record.to,
            "Caller": record.sender,
            "Called": record.to,
            "CallStatus": record.status,
            "Direction": record.direction,
            "ApiVersion": API_VERSION,
        }
        if record.direction == "inbound" and numbers.is_e164(record.sender):
            form |= {"FromCountry": "US", "FromState": "AL", "FromCity": "", "FromZip": ""}
            form["StirVerstat"] = "TN-Validation-Passed-A"
        if record.parent_sid:
            form["ParentCallSid"] = record.parent_sid
        if record.answered_by:
            form["AnsweredBy"] = record.answered_by
        return form

    def tell(self, leg: CallLeg, url: str, method: str, form: Mapping[str, str]) -> None:
        """A voice webhook whose answer does not matter."""
        try:
            self.webhooks.send(url, form, method=method)
        except WebhookFailed as failure:
            leg.note("webhook failed", f"{url}: {failure.reason}", level="error", code=failure.code)

    def _leg(self, direction: str, sender: str, to: str, script: Script, dialling: Dialling | None = None) -> CallLeg:
        inbound = direction == "inbound"
        phone = self.phone(sender) if inbound else self.phone(to, "automatic" if dialling else "reached")
        record = CallRecord(new_sid("CA"), direction, sender, to, self.clock())
        record.parent_sid = dialling.parent.sid if dialling else ""
        leg = CallLeg(self, record, phone, script, dialling)
        with self._lock:
            self.legs[leg.sid] = leg
        return leg

    def _bug(self, bug: BaseException) -> None:
        self.journal.add("simulator bug", f"{type(bug).__name__}: {bug}", level="error")
