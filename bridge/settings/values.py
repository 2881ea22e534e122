"""Single values as people write them: a duration, a number, a span of the week, a moment, a turn. Each is refused with what to
write instead."""

import re
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

import durationpy
from pydantic import AfterValidator, BeforeValidator

from bridge.core.phones import normalise
from bridge.core.rota import MINUTES_PER_DAY, MINUTES_PER_WEEK, instant
from bridge.settings.codes import is_secret
from bridge.settings.documents import shown
from bridge.settings.passwords import is_hash

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# The library also takes "5mm" for months, and skips what it does not know between two parts.
_DURATION = re.compile(r"([0-9]+(\.[0-9]+)?[hms])+", re.ASCII)
_LONG_TIME = re.compile(r"([0-9]{1,6})([hd])", re.ASCII)
_DAY = 24 * 3600.0
_LONGEST_DURATION = 7 * _DAY
_TIME = rf"({'|'.join(DAYS)}) ([01]?\d|2[0-3]):([0-5]\d)"
_SPAN = re.compile(f"{_TIME} *- *{_TIME}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d", re.ASCII)
_YEARS = range(2000, 2100)
_TURN = re.compile(r"(?:(\d{1,9}) )?(hour|day|week|month)s?", re.ASCII)
_LONGEST_TURN = 366  # of any unit
TWILIO_ACCOUNT = "AC[0-9a-f]{32}"
VARIABLE = "[A-Z][A-Z0-9_]{0,63}"


def seconds(value: object) -> float:
    """A duration such as "90s", "2m" or "1h30m", in seconds. Raises ValueError."""
    bare = isinstance(value, int | float) and not isinstance(value, bool)
    if bare or re.fullmatch(r"[0-9.]+", str(value), re.ASCII):
        raise ValueError(f'{shown(value)} has no unit; write it in quotes with one, such as "90s"')
    if not _DURATION.fullmatch(str(value)):
        raise ValueError(f'{shown(value)} is not a duration; write it as "90s", "2m" or "1h30m"')
    try:
        found: float = durationpy.from_str(str(value)).total_seconds()
    except durationpy.DurationError:
        found = float("inf")
    if found > _LONGEST_DURATION:
        raise ValueError(f'{shown(value)} is longer than a week; write it as "90s", "2m" or "1h30m"')
    return found


def audit_time(value: object) -> float:
    """How long the audit trail is kept, such as "400d" or "8760h", in seconds. Raises ValueError.

    Less than a season, and who asks what happened finds nothing; audits ask for a year. More than ten only fills the store."""
    parts = _LONG_TIME.fullmatch(str(value))
    found = int(parts[1]) * {"h": 3600.0, "d": _DAY}[parts[2]] if parts else 0.0
    if not 90 * _DAY <= found <= 3660 * _DAY:
        raise ValueError(
            f'{shown(value)} is not a time to keep the audit trail; write between "90d" and "3660d", such as "400d"'
        )
    return found


def span(text: str) -> tuple[int, int]:
    """ "mon 06:00 - fri 18:00" as minutes since Monday 00:00: (start, end). Raises ValueError."""
    parts = _SPAN.fullmatch(text.strip().lower())
    if parts is None:
        raise ValueError(f'{shown(text)} is not a span of the week; write it as "mon 06:00 - fri 18:00"')
    start, end = _minute(*parts.group(1, 2, 3)), _minute(*parts.group(4, 5, 6))
    if start == end:
        raise ValueError(f"{shown(text)} ends where it begins; write when it ends, or leave the whole line out for always")
    return start, end


def moment(text: str) -> float:
    """ "2026-01-05 08:00", by the wall clock in Alabama, in seconds, UTC. Raises ValueError."""
    try:
        wall = datetime.strptime(text, "%Y-%m-%d %H:%M") if _MOMENT.fullmatch(text) else None  # noqa: DTZ007  Alabama's
    except ValueError:
        wall = None
    if wall is None or wall.year not in _YEARS:
        raise ValueError(f'{shown(text)} is not a moment; write date and time as "2026-01-05 08:00"')
    return instant(wall)


def turn(text: str) -> tuple[int, str]:
    """ "week" or "2 weeks" as (1, "week") or (2, "week"). Raises ValueError."""
    parts = _TURN.fullmatch(text.strip().lower())
    if parts is None or not 1 <= int(parts[1] or 1) <= _LONGEST_TURN:
        raise ValueError(f'{shown(text)} is not a turn; write "week", "2 weeks", "12 hours", "day" or "month"')
    return int(parts[1] or 1), parts[2]


def said_minute(minute: int) -> str:
    """A minute of the week as it is written and read: "Sat 18:00"."""
    day, rest = divmod(minute % MINUTES_PER_WEEK, MINUTES_PER_DAY)
    return f"{DAYS[day].capitalize()} {rest // 60:02}:{rest % 60:02}"


def _minute(day: str, hour: str, minute: str) -> int:
    return DAYS.index(day) * MINUTES_PER_DAY + int(hour) * 60 + int(minute)


def _more_than_nothing(value: float) -> float:
    if value <= 0:
        raise ValueError('is no time at all; write it as "90s", "2m" or "1h30m"')
    return value


def _ringing(value: float) -> float:
    if not 5 <= value <= 600:
        raise ValueError('is not a time that a telephone can ring; write between "5s" and "10m"')
    return value


def _misunderstandings(value: int) -> int:
    if not 1 <= value <= 10:
        raise ValueError(f"{value} is out of range; write a number from 1 to 10")
    return value


def _at_once(value: int) -> int:
    if not 1 <= value <= 100:
        raise ValueError(f"{value} is out of range; write a number from 1 to 100")
    return value


def _words(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; write at least one word")
    refused = next((c for c in text if not c.isprintable()), None)
    if refused:
        raise ValueError(f"holds the character U+{ord(refused):04X}, which cannot be spoken or texted; write a space instead")
    return text


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", text, re.ASCII):
        raise ValueError(f'{shown(text)} is not a simple name; write small letters, digits and hyphens, such as "boyd"')
    return text


def login(text: str) -> str:
    """A name to log in with. Raises ValueError where it is none."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", text, re.ASCII):
        raise ValueError(f'{shown(text)} is not a name to log in with; write letters, digits, ".", "-" and "@", such as "mary"')
    return text


def _phone(text: str) -> str:
    number = normalise(text)
    if number is None:
        raise ValueError(f'{shown(text)} is not a number that can be called; write it as "+12565550101"')
    return number


def _hash(text: str) -> str:
    if not is_hash(text):  # it may be a password: it is not shown
        raise ValueError('is not a hash; make the line with "bridge password NAME", and never write a password here')
    return text


def _totp(text: str) -> str:
    if not is_secret(text):
        raise ValueError('is not a secret for a second factor; make the line with "bridge password NAME --totp"')
    return text


def _spans(texts: list[str]) -> list[str]:
    if not texts:
        raise ValueError("is empty; leave the line out for always, or name a span")
    return texts


def _checked_span(text: str) -> str:
    span(text)
    return text


def _checked_moment(text: str) -> str:
    moment(text)
    return text


def _checked_turn(text: str) -> str:
    turn(text)
    return text


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _is_address(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        good = parts.scheme in schemes and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
    return good and text.isprintable() and " " not in text


def _calendar_address(text: str) -> str:
    if not _is_address(text, ("https",)):  # whoever knows the address can read the calendar: it is not shown
        raise ValueError('is not an https address; write it as "https://calendar.example.org/duty.ics", with no password in it')
    return text


def _carrier_address(text: str) -> str:
    if not _is_address(text, ("http", "https")) or "?" in text or "#" in text:
        raise ValueError('is not a web address; write it as "https://carrier.example.org", with no password in it')
    return text.rstrip("/")


def _account(text: str) -> str:
    if not re.fullmatch(r"[!-.0-~]{1,64}", text, re.ASCII):  # it stands in the path of an address
        raise ValueError(
            f'{shown(text)} is not an account; write its id as the carrier shows it, at Twilio "AC" and 32 hex digits'
        )
    return text


def _variable(text: str) -> str:
    if not re.fullmatch(VARIABLE, text, re.ASCII):  # it may be the token: it is not shown
        raise ValueError(
            "is not the name of a variable, of capital letters, digits and _; "
            'write token_env = "FALLBACK_AUTH_TOKEN", and the token into that variable, never here'
        )
    return text


Seconds = Annotated[float, BeforeValidator(seconds)]
Duration = Annotated[Seconds, AfterValidator(_more_than_nothing)]
AuditTime = Annotated[float, BeforeValidator(audit_time)]
RingTime = Annotated[Seconds, AfterValidator(_ringing)]
Failures = Annotated[int, AfterValidator(_misunderstandings)]
AtOnce = Annotated[int, AfterValidator(_at_once)]
Words = Annotated[str, AfterValidator(_words)]
Slug = Annotated[str, AfterValidator(_slug)]
Login = Annotated[str, AfterValidator(login)]
Phone = Annotated[str, AfterValidator(_phone)]
PasswordHash = Annotated[str, AfterValidator(_hash)]
TotpSecret = Annotated[str, AfterValidator(_totp)]
Moment = Annotated[str, AfterValidator(_checked_moment)]
Every = Annotated[str, AfterValidator(_checked_turn)]
People = Annotated[list[str], BeforeValidator(_several)]
CalendarAddress = Annotated[str, AfterValidator(_calendar_address)]
CarrierAddress = Annotated[str, AfterValidator(_carrier_address)]
AccountId = Annotated[str, AfterValidator(_account)]
Variable = Annotated[str, AfterValidator(_variable)]
Spans = Annotated[list[Annotated[str, AfterValidator(_checked_span)]], AfterValidator(_spans)]
