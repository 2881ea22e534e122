"""Which fields a log line may have, and of what kind each is. What is not in this list does not reach the log.

A value that does not fit its kind is written as "?": a place or a number that came into a field by mistake stays out.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LEFT_OUT = "?"
MARK = "#"  # in the place of a number
_DIGITS = re.compile(r"\d(?:[\s.,:;/()_+*\-\u2010-\u2015]{0,3}\d){4,}")  # five or more, in any script and any writing
_ID = r"[0-9a-f]{16}(?:[0-9a-f]{16})?"
_SID = r"[A-Z]{2}[0-9a-f]{32}"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,79}")
_LANE = r"lane/(?:text|call)"

Kind = Callable[[object], object]


@dataclass(frozen=True)
class Field:
    """One field of a log line: what kind of value it has, and what that says."""

    kind: Kind
    meaning: str


def redacted(text: str) -> str:
    """The same text, with a mark in the place of whatever has five digits or more."""
    return _DIGITS.sub(MARK, text)


def shape(pattern: str) -> Kind:
    """A text of exactly this shape, and nothing else. Ids consist of digits too: what fits stays as it is."""
    fits = re.compile(pattern, re.ASCII)
    return lambda value: value if isinstance(value, str) and fits.fullmatch(value) else LEFT_OUT


def name(value: object) -> object:
    """One word of ours: of the roster, of a file of the configuration, of the source."""
    return redacted(value) if isinstance(value, str) and _NAME.fullmatch(value) else LEFT_OUT


def number(value: object) -> object:
    """A number of something, or of seconds: too small to be a telephone's."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 100_000 else LEFT_OUT


def serial(value: object) -> object:
    """A number that grows by one each time."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else LEFT_OUT


def finding(value: object) -> object:
    """The kind of a finding of the watchman, and the id that it is about."""
    kind, _, about = value.partition(" ") if isinstance(value, str) else ("", "", "")
    return f"{name(kind)} {_about(about)}"


def _about(value: object) -> object:
    return value if effect(value) == value or _request(value) == value else name(value)


def effect(value: object) -> object:
    """What a worker does: about a message of a request, a notice, a lane, a record at the carrier."""
    if isinstance(value, str) and value.startswith("notice/"):
        return f"notice/{name(value.removeprefix('notice/'))}"
    return _effect(value)


_request = shape(_ID)
_effect = shape(rf"{_ID}/\d{{1,4}}|{_LANE}|canary|record(?:/(?:text|call|queue)/{_SID})?")
_words = "|".join(
    (
        r"HTTP \d{3}(?:, error \d{1,5})?",
        r"[A-Z][A-Za-z]{1,60}",  # the type of an error
        r"no (?:text|call)(?: list)?(?: can leave now)?",
        r"not done after \d{1,3}(?:\.\d)? s",
        "it does not discard",
        "too many requests",
        "the account was not found",
        "an answer without a sid",
        "it offers no encryption, and a password is to be sent",
    )
)

FIELDS: Mapping[str, Field] = {
    "about": Field(_about, "what the watchman has mended: a request's id, an effect, or a word"),
    "account": Field(name, "an account at a carrier, by its name in policy.toml"),
    "calendar": Field(name, "a calendar, by its name in the configuration"),
    "channel": Field(shape("(?:text|call)(?: list)?|ping"), "how somebody is reached, or what an account is asked for"),
    "code": Field(number, "the carrier's error code"),
    "count": Field(number, "how many"),
    "due": Field(shape(rf"{_ID}|call/{_SID}"), "what the clock had to look at: a request's id, or the sid of a call"),
    "effect": Field(
        effect, "what was to be done: a request's id and the number of a message in it, a notice, a lane, a record"
    ),
    "endpoint": Field(name, "which page was asked for, by its name in the source, without what it was asked with"),
    "error": Field(name, "the type of an error, never its text"),
    "faults": Field(number, "how many faults were found"),
    "finding": Field(finding, "what the watchman has found, and the id that it is about"),
    "handler": Field(name, "a function or module of ours"),
    "hash": Field(shape("[0-9a-f]{8,128}"), "the keyed hash of an entry of the audit trail, of which nothing can be read"),
    "left_out": Field(number, "how many lines of the same event were left out"),
    "n": Field(serial, "the number of an entry of the audit trail"),
    "notice": Field(name, "a notice to a coordinator: why, and to whom on the roster"),
    "person": Field(name, "who was to be reached, by the id in roster.toml: never a caller"),
    "reason": Field(shape(_words), "why something was not taken, in fixed words"),
    "repair": Field(shape("[A-Z]{1,12}"), "what the watchman has done about a finding"),
    "request": Field(_request, "a request's id, which is made by chance"),
    "route": Field(shape("webhook|mail server"), "the way that an alarm takes"),
    "seconds": Field(number, "a duration"),
    "segments": Field(number, "how much of the line's budget texts have used"),
    "source": Field(shape(r"[\w.\-/<>]{1,120}:\d{1,6}"), "a file and a line of it"),
    "status": Field(number, "an HTTP status"),
    "version": Field(number, "how often a request has changed"),
    "wanted": Field(number, "how many there should have been"),
}


def fitting(fields: Mapping[str, object]) -> dict[str, object]:
    """What may be written of these fields. `dropped` counts those that are not in the list."""
    known = {key: FIELDS[key].kind(value) for key, value in fields.items() if key in FIELDS and value is not None}
    dropped = sum(key not in FIELDS for key in fields)
    return {**known, "dropped": dropped} if dropped else known
