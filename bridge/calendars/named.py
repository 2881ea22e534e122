"""Whom the words of a calendar event mean.

An event means somebody where it names them, by id, full name or last name, and says nothing else that could turn its sense:
"On call: Sgt. Dana Boyd" and "Boyd, week 32" do, "Boyd on leave" and "Reyes for Boyd" do not. What is not understood is
reported and left out, since the roster's own layers stand behind it.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import Enum

_SUFFIXES = frozenset("jr sr ii iii iv".split())
_HARMLESS = frozenset(
    "on call oncall duty shift is has the and at region peer support coordinator alleaps alea covers covering coverage cover "
    "week weekly weekend weekday weekdays weekends weeknight day days daytime night nights overnight daily monthly "
    "mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday am pm cst cdt ct w wk "
    "chief capt captain lt lieutenant sgt sergeant cpl corporal ofc officer dep deputy inv investigator det detective tpr "
    "trooper agent sa maj major col colonel ltc sheriff chaplain rev dr mr mrs ms".split()
)
_OF_RANK = {
    "on-call": frozenset("primary first 1st".split()),
    "backup": frozenset("backup back up secondary second 2nd".split()),
}


class Unnamed(Enum):
    """Why nobody can be put on call for an event."""

    NOBODY = "nobody"  # it has no name of the roster in it
    UNSURE = "unsure"  # it has, and something else as well


def meant(text: str, people: Mapping[str, str], region: str, rank: str) -> str | Unnamed:
    """The id of the person whom the text means, in a calendar of this region and rank. `people` is id -> name."""
    words = _words(text)
    mentioned = [who for who, name in people.items() if _mentions(words, who, name)]
    if not mentioned:
        return Unnamed.NOBODY
    if "?" in text:
        return Unnamed.UNSURE
    harmless = _HARMLESS | _OF_RANK[rank] | set(_words(region))
    fitting = [who for who in mentioned if all(_fits(word, harmless, _own(who, people[who])) for word in words)]
    return fitting[0] if len(fitting) == 1 else Unnamed.UNSURE


def _mentions(words: list[str], who: str, name: str) -> bool:
    return set(_words(who)) <= set(words) or _last(name) in words


def _last(name: str) -> str:
    words = [word for word in _words(name) if word not in _SUFFIXES]
    return words[-1] if words else ""


def _own(who: str, name: str) -> set[str]:
    """The person's own words, and the initials of their names."""
    words = set(_words(who)) | set(_words(name))
    return words | {word[0] for word in words}


def _fits(word: str, harmless: frozenset[str] | set[str], own: set[str]) -> bool:
    return word in harmless or word in own or re.fullmatch(r"\d+(am|pm|h|th|st|nd|rd)?", word) is not None


def _words(text: str) -> list[str]:
    """Letters and digits, small, without accents; "O'Neal" is one word, "Smith-Jones" two, and "Boyd's" is "boyd"."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", re.sub(r"['’`](s\b)?", "", plain.casefold()))
