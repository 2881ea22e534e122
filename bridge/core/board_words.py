"""Words for the status page: instants, and how far a message has come. No word promises more than is known."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bridge.core.model import ALL_AWAY, AWAY, Channel, Message, Purpose, Status
from bridge.core.rota import local


class Tone(StrEnum):
    """How the state of a message is meant, for its sign and color."""

    GOOD = "good"
    BUSY = "busy"  # under way
    BAD = "bad"
    IDLE = "idle"  # no longer matters


@dataclass(frozen=True)
class Line:
    """One message: to whom, how, what for, how far it has come, and since when (seconds, UTC)."""

    n: int
    who: str
    channel: Channel
    about: str
    said: str
    tone: Tone
    at: float


_ABOUT = {
    Purpose.INTAKE: "intake",
    Purpose.PAGE: "page",
    Purpose.DETAILS: "callback number",
    Purpose.STAND_DOWN: "stand-down",
    Purpose.REMIND: "reminder",
    Purpose.RETURNED: "taken back",
    Purpose.AGAIN: "caller called again",
    Purpose.CORRECTED: "correction",
    Purpose.OVERDUE: "deadline alarm",
    Purpose.CONNECT: "call back through the line",
    Purpose.TALK: "talk",
    Purpose.SCENE: "on-scene reminder",
    Purpose.SCENE_OVERDUE: "on-scene alarm",
}
_TONE = {
    Status.DELIVERED: Tone.GOOD,
    Status.ANSWERED: Tone.GOOD,
    Status.FAILED: Tone.BAD,
    Status.DROPPED: Tone.IDLE,
    Status.FORGETTING: Tone.IDLE,
    Status.FORGOTTEN: Tone.IDLE,
}
_SAID = {
    Status.SENT: "with the carrier",
    Status.TALKING: "picked up, no key pressed yet",
}
# https://www.twilio.com/docs/api/errors
_CODES = {
    "21610": "opted out of texts",
    "30003": "phone off or out of reach",
    "30004": "blocked by the receiver",
    "30005": "number unknown or not in service",
    "30006": "landline or carrier out of reach",
    "30007": "filtered by the network",
    "30008": "network gave no reason",
}
_CODE = re.compile(r"^(?P<word>.*?) ?(?P<code>\d{5})$")


def clock(at: float, now: float, seconds: bool = False) -> str:
    """The wall clock in Alabama: "02:14", with seconds "02:14:05", and on another day than today "Sat 02:14"."""
    there = local(at)
    day = "" if there.date() == local(now).date() else f"{there:%a} "
    return day + (f"{there:%H:%M:%S}" if seconds else f"{there:%H:%M}")


def moment(at: float, now: float) -> str:
    """Day and wall clock in Alabama: "18:00" today, "Fri 18:00" within a week, else "Fri Nov 27 18:00". An hour that comes
    twice names its zone."""
    there, here = local(at), local(now)
    days = (there.date() - here.date()).days
    day = "" if days == 0 else f"{there:%a} " if 0 < days < 7 else f"{there:%a %b} {there.day} "
    twice = there.replace(fold=1 - there.fold).utcoffset() != there.utcoffset()
    return f"{day}{there:%H:%M}" + (f" {there:%Z}" if twice else "")


def length(seconds: float) -> str:
    """A stretch of time in its two largest units: "2 days 12 hours", "45 minutes"."""
    whole = round(seconds / 60)
    parts = ((whole // 1440, "day"), (whole // 60 % 24, "hour"), (whole % 60, "minute"))
    said = [f"{n} {unit}" if n == 1 else f"{n} {unit}s" for n, unit in parts if n]
    return " ".join(said[:2]) or "less than a minute"


def zone(at: float) -> str:
    """The name of Alabama's time at that instant: CST or CDT."""
    return local(at).tzname() or ""


def iso(at: float) -> str:
    """The instant as HTML writes it: "2026-11-22T08:14:05Z"."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def countdown(seconds: float) -> str:
    """What is left, "12:34", or how long it is past, "+3:05"; from an hour on "1:02:03". Never too hopeful: 0.9 is 0:00."""
    whole = math.floor(seconds)
    hours, rest = divmod(abs(whole), 3600)
    clockwise = f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
    return ("+" if whole < 0 else "") + clockwise


def minutes(seconds: float) -> str:
    """A length of time in whole minutes, as a person would say it."""
    whole = math.floor(seconds / 60)
    return "less than a minute" if whole < 1 else "1 minute" if whole == 1 else f"{whole} minutes"


def line(message: Message, who: str, *, passed: bool = False) -> Line:
    """The message in words. `passed`: the person has said no since, or had the request and has not any more."""
    said, tone = _said(message), _TONE.get(message.status, Tone.BUSY)
    if passed and message.status is Status.DELIVERED:
        said, tone = "delivered, passed", Tone.IDLE
    if message.status is Status.WAITING and message.tries:
        tone = Tone.BAD
    return Line(message.n, who, message.channel, _about(message), said, tone, message.changed_at)


def _about(message: Message) -> str:
    instead = {Channel.TEXT: " instead of a call", Channel.CALL: " instead of a text"}[message.channel]
    return _ABOUT[message.purpose] + (instead if message.instead >= 0 else "")


def _said(message: Message) -> str:
    match message.status:
        case Status.WAITING:
            return _not_taken(message) if message.tries else "not sent yet"
        case Status.FAILED:
            return _failure(message.word)
        case Status.DROPPED:
            return "not sent, no longer needed"
        case Status.ANSWERED:
            return f"answered, {message.word}" if message.word else "answered"
    return _SAID.get(message.status, str(message.status))


def _failure(word: str) -> str:
    """What "undelivered 30003" means: "failed: undelivered, phone off or out of reach (30003)"."""
    coded = _CODE.match(word)
    if coded is None:
        return f"failed: {word.replace('no-answer', 'no answer')}" if word else "failed"
    meaning = _CODES.get(coded["code"], "")
    words = ", ".join(filter(None, (coded["word"], meaning)))
    return f"failed: {words} ({coded['code']})" if words else f"failed: carrier code {coded['code']}"


def _not_taken(message: Message) -> str:
    why = message.word if message.word in (*AWAY.values(), ALL_AWAY) else f"carrier did not take it {_times(message.tries)}"
    return f"{why}, trying again"


def _times(tries: int) -> str:
    return "once" if tries == 1 else f"{tries} times"
