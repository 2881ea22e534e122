"""Texts: sending, delivering, receiving, and the network's own words (STOP, START, HELP).

https://help.twilio.com/articles/223134027 (opt-out keywords), https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

import threading
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from bridge.simulator import twiml, verbs
from bridge.simulator.elements import SCHEMA
from bridge.simulator.errors import CustomerError, TwimlError
from bridge.simulator.model import API_VERSION, OwnedNumber, TextMessage, new_sid
from bridge.simulator.phones import Phone, Received
from bridge.simulator.receipts import Receipt
from bridge.simulator.segments import segments

if TYPE_CHECKING:
    from bridge.simulator.carrier import Carrier

STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START = {"START", "UNSTOP"}
YES = {"YES"}  # opts in again who had opted out, and is an ordinary word otherwise
HELP = {"HELP", "INFO"}

STOPPED = (
    'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. '
    'Text back "unstop" to receive messages again.'
)
STARTED = 'NETWORK MSG: You have replied "unstop" and will begin receiving messages again from this number.'
HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."

OPTED_OUT = 21610
REACTION = 1.5  # seconds until a text fails, in real time
MOST_DOCUMENTS = 10  # redirects of one reply


class Texting:
    """What the carrier does with texts."""

    def __init__(self, carrier: "Carrier") -> None:
        self._carrier = carrier
        self.messages: dict[str, TextMessage] = {}
        self._opted_out: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def opted_out(self, phone: Phone, owned: str) -> bool:
        """Whether this phone wants no texts from this number."""
        return phone.behaviour.text == "opted_out" or (phone.number, owned) in self._opted_out

    def send(
        self,
        sender: str,
        to: str,
        body: str,
        callback: str = "",
        direction: str = "outbound-api",
        *,
        discarded: bool = False,
        obfuscated: bool = False,
    ) -> TextMessage:
        """Accept a text for sending; it is delivered, or not, in the background. `discarded`, `obfuscated`: what of it the
        account does not want kept."""
        self._carrier.traffic.text(to, body, reply=direction == "outbound-reply")
        message = self._new(direction, sender, to, body, callback)
        message.discarded, message.obfuscated = discarded, obfuscated
        self._carrier.background.submit(message.sid, lambda: self._deliver(message))
        return message

    def take(self, sender: str, to: str, body: str) -> list[TextMessage]:
        """A phone texts a number of the account: the network's words first, then the customer's webhook."""
        owned = self._carrier.owned[to]
        phone = self._carrier.phone(sender)
        message = self._new("inbound", sender, to, body)
        message.status, message.sent = "received", message.created
        phone.wrote(Received(body, to, message.sid, message.created))
        self._carrier.journal.add("text from", body, number=sender, sid=message.sid)
        self._network(phone, to, body.strip().upper())
        return self._ask_customer(owned, message)

    def discard(self, sid: str) -> None:
        """Forget a message."""
        with self._lock:
            self.messages.pop(sid, None)

    def listed(self) -> list[TextMessage]:
        """All messages, newest first."""
        with self._lock:
            return list(reversed(self.messages.values()))

    def _new(self, direction: str, sender: str, to: str, body: str, callback: str = "") -> TextMessage:
        message = TextMessage(new_sid("SM"), direction, sender, to, body, self._carrier.clock(), status_callback=callback)
        with self._lock:
            self.messages[message.sid] = message
        return message

    def _deliver(self, message: TextMessage) -> None:
        phone = self._carrier.phone(message.to, "reached")
        behaviour = phone.behaviour
        self._report(message)
        if self.opted_out(phone, message.sender):
            self._fail(message, "failed", OPTED_OUT)
        elif behaviour.text == "failed":
            self._soon(message, "failed", behaviour.error)
        elif behaviour.text in ("undelivered", "landline"):
            self._move(message, "sent")
            self._soon(message, "undelivered", 30006 if behaviour.text == "landline" else behaviour.error)
        else:
            self._move(message, "sent")
            phone.receive(Received(message.body, message.sender, message.sid, self._carrier.clock()))
            self._carrier.journal.add("text to", message.body, number=phone.number, sid=message.sid)
            self._move(message, "delivered")

    def _soon(self, message: TextMessage, status: str, error: int) -> None:
        if self._carrier.real_time:
            self._carrier.background.after(REACTION, message.sid, lambda: self._fail(message, status, error))
        else:
            self._fail(message, status, error)

    def _fail(self, message: TextMessage, status: str, error: int) -> None:
        self._carrier.journal.add(f"text {status}", message.body, number=message.to, sid=message.sid, code=error)
        self._move(message, status, error)

    def _move(self, message: TextMessage, status: str, error: int | None = None) -> None:
        message.status, message.error_code, message.updated = status, error, self._carrier.clock()
        if status == "sent":
            message.sent = message.updated
        self._report(message)

    def _report(self, message: TextMessage) -> None:
        if not message.status_callback:
            return
        form = self._form(message) | {"MessageStatus": message.status, "SmsStatus": message.status}
        if message.error_code:
            form["ErrorCode"] = str(message.error_code)
        self._carrier.receipts.send(
            Receipt(message.sid, message.status_callback, "POST", form, voice=False, final=message.final)
        )

    def _form(self, message: TextMessage) -> dict[str, str]:
        return {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "AccountSid": self._carrier.account_sid,
            "From": message.sender,
            "To": message.to,
            "ApiVersion": API_VERSION,
        }

    def _network(self, phone: Phone, owned: str, word: str) -> None:
        pair = (phone.number, owned)
        answer = ""
        if word in STOP:
            self._opted_out.add(pair)
            answer = STOPPED
        elif word in START or (word in YES and pair in self._opted_out):
            self._opted_out.discard(pair)
            if phone.behaviour.text == "opted_out":
                phone.behave(text="deliver")
            answer = STARTED
        elif word in HELP:
            answer = HELPED
        if answer:
            phone.receive(Received(answer, owned, new_sid("SM"), self._carrier.clock()))
            self._carrier.journal.add("network text", answer, number=phone.number)

    def _ask_customer(self, owned: OwnedNumber, message: TextMessage) -> list[TextMessage]:
        if not owned.sms_url:
            return []
        form = self._form(message) | {
            "Body": message.body,
            "NumMedia": "0",
            "NumSegments": str(segments(message.body)),
            "SmsMessageSid": message.sid,
            "SmsStatus": "received",
            "FromCountry": "US",
            "ToCountry": "US",
        }
        try:
            return self._read(owned.sms_url, owned.sms_method, form, message)
        except CustomerError as failure:
            self._complain(owned.sms_url, failure, message)
            return self._fall_back(owned, form, failure, message)

    def _fall_back(
        self, owned: OwnedNumber, form: dict[str, str], cause: CustomerError, message: TextMessage
    ) -> list[TextMessage]:
        if not owned.sms_fallback_url:
            return []
        form = form | {"ErrorCode": str(cause.code), "ErrorUrl": owned.sms_url}
        try:
            return self._read(owned.sms_fallback_url, owned.sms_fallback_method, form, message)
        except CustomerError as failure:
            self._complain(owned.sms_fallback_url, failure, message)
            return []

    def _read(self, url: str, method: str, form: dict[str, str], message: TextMessage) -> list[TextMessage]:
        replies: list[TextMessage] = []
        for _ in range(MOST_DOCUMENTS):
            answer = self._carrier.webhooks.send(url, form, method=method, voice=False)
            if answer.status == 204 and not answer.body:  # nothing to say is a valid answer to a text
                return replies
            document = twiml.parse_reply(answer.body, answer.content_type)
            for warning in document.warnings:
                self._carrier.journal.add("twiml", warning, sid=message.sid, level="warning", code=SCHEMA)
            redirect = self._carry_out(document, url, message, replies)
            if redirect is None:
                return replies
            url, method = urljoin(url, redirect.url), redirect.method
        raise TwimlError(14106, "more than ten redirects of one reply")

    def _carry_out(
        self, document: twiml.Document, url: str, message: TextMessage, replies: list[TextMessage]
    ) -> verbs.Redirect | None:
        for verb in document.verbs:
            if isinstance(verb, verbs.Redirect):
                return verb
            if isinstance(verb, verbs.Message):
                callback = urljoin(url, verb.status_callback) if verb.status_callback else ""
                sender, to = verb.sender or message.to, verb.to or message.sender
                replies.append(self.send(sender, to, verb.body, callback, "outbound-reply"))
        return None

    def _complain(self, url: str, failure: CustomerError, message: TextMessage) -> None:
        text, who = f"{url}: {failure.reason}", message.sender
        self._carrier.journal.add("webhook failed", text, number=who, sid=message.sid, level="error", code=failure.code)
