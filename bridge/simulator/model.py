"""The records that the REST API shows: numbers, messages, calls. They hold what happened; they do nothing."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

API_VERSION = "2010-04-01"

FINAL_MESSAGE = ("delivered", "undelivered", "failed", "received", "canceled")
FINAL_CALL = ("completed", "busy", "no-answer", "failed", "canceled")


def new_sid(prefix: str) -> str:
    """Two letters and 32 hex digits."""
    return prefix + uuid.uuid4().hex


@dataclass
class OwnedNumber:
    """A number that the account owns, and whom it calls when something comes in."""

    phone_number: str
    sid: str
    created: datetime
    friendly_name: str = ""
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    voice_caller_id_lookup: bool = False
    voice_application_sid: str = ""  # each of these takes what would go to the addresses above
    sms_application_sid: str = ""
    trunk_sid: str = ""


@dataclass
class TextMessage:
    """One text, in either direction."""

    sid: str
    direction: str
    sender: str
    to: str
    body: str
    created: datetime
    status: str = "queued"
    error_code: int | None = None
    sent: datetime | None = None
    updated: datetime | None = None
    status_callback: str = ""
    discarded: bool = False  # the carrier keeps no words of it
    obfuscated: bool = False  # nor the whole number that it was for

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in FINAL_MESSAGE

    @property
    def shown_body(self) -> str:
        """Its words, as far as the carrier keeps them."""
        return "" if self.discarded else self.body

    @property
    def shown_to(self) -> str:
        """Whom it was for, as far as the carrier keeps that."""
        return f"{self.to[:-4]}XXXX" if self.obfuscated else self.to


@dataclass
class CallRecord:
    """One call, in either direction."""

    sid: str
    direction: str
    sender: str
    to: str
    created: datetime
    status: str = "queued"
    parent_sid: str = ""
    answered_by: str = ""
    started: datetime | None = None
    ended: datetime | None = None

    @property
    def final(self) -> bool:
        """Whether it is over."""
        return self.status in FINAL_CALL

    @property
    def seconds(self) -> int:
        """How long it was connected, in whole seconds."""
        return int((self.ended - self.started).total_seconds()) if self.started and self.ended else 0


@dataclass(frozen=True)
class Callbacks:
    """Where and when to report the progress of a call."""

    url: str = ""
    method: str = "POST"
    events: tuple[str, ...] = ("completed",)


@dataclass(frozen=True)
class Script:
    """What is to be done with a call once it is answered."""

    url: str = ""
    method: str = "POST"
    twiml: str = ""
    fallback_url: str = ""
    fallback_method: str = "POST"
    machine_detection: bool = False
    callbacks: Callbacks = field(default_factory=Callbacks)
    timeout: int = 60  # seconds of ringing
