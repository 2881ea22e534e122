"""What the carrier tells of an account and its number: read, and never changed.

https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from dataclasses import dataclass
from typing import Any

from bridge.carrier.failures import asked, looked_up
from bridge.carrier.rest import TwilioCarrier

ELSEWHERE = ("voice_application_sid", "trunk_sid", "sms_application_sid")  # each takes what would come to our addresses


@dataclass(frozen=True)
class Hook:
    """An address that the carrier asks, and how. It may hold a password."""

    url: str = ""
    method: str = ""


@dataclass(frozen=True)
class Number:
    """How a number is set: whom the carrier asks about a call and a text, and where that fails; whom it tells of the end.

    `elsewhere` names what takes calls or texts in our stead; `lookup`: the carrier looks callers' names up."""

    voice: Hook
    voice_fallback: Hook
    ended: Hook
    sms: Hook
    sms_fallback: Hook
    lookup: bool
    elsewhere: tuple[str, ...]
    lacks: tuple[str, ...]  # of "voice" and "sms"


class AccountReader(TwilioCarrier):
    """One account. What it raises is what every part of the carrier raises: CarrierBusy, CarrierRefused."""

    def standing(self) -> tuple[str, str]:
        """Its status ("active") and its type ("Full", "Trial"), as the carrier writes them."""
        account = asked(lambda: self._client.api.accounts(self._client.account_sid).fetch())
        return _word(account.status), _word(account.type)

    def number(self) -> Number | None:
        """How our line is set, or None where the account has no such number."""
        resource, line = self._client.incoming_phone_numbers, self._line
        found = looked_up(lambda: resource.list(phone_number=line, limit=1))
        return _number(found[0]) if found else None

    def has_recordings(self) -> bool:
        """Whether the account holds a recording of any call."""
        return bool(looked_up(lambda: self._client.recordings.list(limit=1)))


def _number(found: Any) -> Number:
    capabilities = found.capabilities or {}
    return Number(
        voice=_hook(found, "voice"),
        voice_fallback=_hook(found, "voice_fallback"),
        ended=Hook(found.status_callback or "", _word(found.status_callback_method)),
        sms=_hook(found, "sms"),
        sms_fallback=_hook(found, "sms_fallback"),
        lookup=bool(found.voice_caller_id_lookup),
        elsewhere=tuple(name for name in ELSEWHERE if getattr(found, name, None)),
        lacks=tuple(each for each in ("voice", "sms") if not capabilities.get(each, True)),
    )


def _hook(found: Any, name: str) -> Hook:
    return Hook(getattr(found, f"{name}_url") or "", _word(getattr(found, f"{name}_method")))


def _word(value: object) -> str:
    """Of an enumeration its value: not every version of the client makes one of it."""
    return str(getattr(value, "value", value) or "")
