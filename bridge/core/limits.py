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
    numbers_of_one: int = 12  # different numbers to call back on that one number asks for within an hour
    callers_of_one: int = 6  # different callers who ask for a call to the same number, not their own, within an hour
    calls_in_all: int = 1500  # calls within a minute
    most_kept: int = 3000  # requests that are not erased yet
    texts_of_one: int = 30  # of one person of the roster within ten minutes; beyond that only an acceptance counts
    strangers_answered: int = 20  # texts of strangers within an hour


UNKNOWN_CODES = 10  # that one person may text within ten minutes
FEED_MISSES = 30  # unknown calendar addresses that one network address may ask for within ten minutes
PIN_TRIES, PIN_WITHIN = 5, 900.0  # seconds

# What people are told of, by kind: what there was too much of, and what to do about it.
ABUSE = {
    "calls": ("one number has called very often, and was put through to dispatch", "Ask dispatch who it was."),
    "withheld": ("withheld numbers have called very often, and were put through to dispatch", "Ask dispatch what they heard."),
    "numbers": (
        "one caller has asked for calls to many numbers, and was put through to dispatch",
        "Ask dispatch; the line may be used to pester others.",
    ),
    "callers": (
        "many callers have asked for a call to one number, and were put through to dispatch",
        "Ask dispatch; the line may be used to pester somebody.",
    ),
    "flood": (
        "more calls came than [limits] allows, and callers were put through to dispatch",
        "Where people need it, raise calls_in_all or most_kept in policy.toml; else ask the carrier to block the source.",
    ),
    "texts": ("somebody on the roster has texted so often that only acceptances count", "The audit trail says who. Call them."),
    "strangers": ("strangers text the line, more than are answered", "Ask the carrier to block them, if it goes on."),
    "codes": ("somebody on the roster has texted many unknown codes", "The audit trail says who. Call them."),
    "proof": ("the code that proves a number was guessed wrong until no try was left", "Ask whose number it is; drill again."),
    "feeds": ("somebody has guessed addresses of calendars", "If it goes on, have the proxy block them."),
    "pin": ("somebody's PIN was wrong so often that it is locked", "The audit trail says whose. Call them."),
}
