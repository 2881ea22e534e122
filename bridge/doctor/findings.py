"""What is told of one thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How it is. HAND: nobody can tell from here, a person has to look."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    HAND = "by hand"


@dataclass(frozen=True)
class Found:
    """`about` names the thing, `said` is how it is, `todo` what to do where it is not good. None holds a secret."""

    about: str
    level: Level
    said: str
    todo: str = ""


def good(about: str, said: str) -> Found:
    """As it should be."""
    return Found(about, Level.OK, said)


def odd(about: str, said: str, todo: str) -> Found:
    """It works, and could be better."""
    return Found(about, Level.WARN, said, todo)


def bad(about: str, said: str, todo: str) -> Found:
    """Callers, or what they have told, are in danger."""
    return Found(about, Level.BAD, said, todo)


def by_hand(about: str, said: str) -> Found:
    """Somebody has to look."""
    return Found(about, Level.HAND, said)
