"""What strangers may use up of the line, the store and people's patience: how often, and within which times.

The numbers, which policy.toml can change, are chosen so that a disaster is within them: a thousand callers in a minute is what
tests/bench/flood.py plays, and half as many again are let in; a whole shift may call from behind one switchboard, each of them
with a number of their own; a frightened caller may call again every half a minute. Whoever is beyond them reaches a person.
"""

from dataclasses import dataclass

MINUTE, TEN_MINUTES, HOUR, DAY = 60.0, 600.0, 3600.0, 24 * 3600.0  # seconds


@dataclass(frozen=True)
class Limits:
    """At most so many."""

    calls_of_one: int = 20  # of one number within ten minutes
    calls_withheld: int = 120  # of all withheld numbers together within ten minutes; and numbers that they ask for in an hour
    numbers_of_one: int = 30  # different numbers to call back on that one number asks for within an hour
    callers_of_one: int = 6  # different callers who ask for a call to the same number, not their own, within an hour
    calls_in_all: int = 1500  # calls within a minute
    most_kept: int = 3000  # requests that are not erased yet
    texts_of_one: int = 30  # of one person of the roster within ten minutes; beyond that only an acceptance counts
    strangers_answered: int = 20  # texts of strangers within an hour


UNKNOWN_CODES = 10  # that one person may text within ten minutes
FEED_MISSES = 30  # unknown calendar addresses that one network address may ask for within ten minutes
PIN_TRIES, PIN_WITHIN = 5, 900.0  # seconds


@dataclass(frozen=True)
class Abuse:
    """There was too much of something: as it stands in the audit trail; in an alarm, with what to do about it."""

    trail: str
    words: str
    todo: str


ABUSE = {
    "calls": Abuse(
        "one number called too often",
        "one number has called very often, and is put through to dispatch",
        "Ask dispatch who it is.",
    ),
    "withheld": Abuse(
        "withheld numbers called too often",
        "withheld numbers have called very often, and are put through to dispatch",
        "Ask dispatch what they hear. Where people need it, raise calls_withheld in policy.toml.",
    ),
    "numbers": Abuse(
        "one caller asked for calls to too many numbers",
        "one caller has asked for calls to many numbers, and is put through to dispatch",
        "Ask dispatch: the line may be used to pester others.",
    ),
    "callers": Abuse(
        "too many callers asked for a call to one number",
        "many callers have asked for a call to one number, and are put through to dispatch",
        "Ask dispatch: the line may be used to pester somebody.",
    ),
    "flood": Abuse(
        "more calls came than are taken",
        "more calls come than are taken, and callers are put through to dispatch",
        "Where people need it, raise calls_in_all or most_kept in policy.toml. Else ask the carrier to block the source.",
    ),
    "texts": Abuse(
        "texted too often",
        "somebody on the roster texts so often that only acceptances count",
        "The audit trail says who. Call them.",
    ),
    "strangers": Abuse(
        "more strangers texted than are answered",
        "more strangers text the line than are answered",
        "Ask the carrier to block them, if it goes on.",
    ),
    "codes": Abuse(
        "texted too many unknown codes",
        "somebody on the roster texts unknown codes again and again",
        "The audit trail says who. Call them.",
    ),
    "proof": Abuse(
        "gave back wrong codes until no try was left",
        "the code that proves a number was given back wrong until no try was left",
        "The audit trail says whose number it is. Ask them, and run the drill again.",
    ),
    "feeds": Abuse(
        "addresses of calendars were guessed",
        "somebody guesses addresses of calendars",
        "If it goes on, have the proxy block them.",
    ),
    "pin": Abuse(
        "gave a wrong PIN until it was locked",
        "somebody's PIN was wrong so often that it is locked",
        "The audit trail says whose. Call them.",
    ),
}
