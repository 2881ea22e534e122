"""What a coordinator's text, or key, means.

The rule: a text is understood only if *every* word of it belongs to the grammar, and all its
command words mean the same. "ok 412, thanks" is an acceptance; "not ok", "ok?", "1 or 2", "ok in
2 hours", "no problem", a tapback (``Liked “…”``) and an automatic driving reply are not: they are
UNCLEAR, and the answer to that says what to text. A wrong "unclear" costs one more text; a wrong
acceptance stops the paging and leaves an officer waiting.

To teach it more (a time of arrival: "1 in 20"), add a kind of token to ``_TOKEN`` and a field to
``Reply``; everything that is not taught stays unclear.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum


class Meaning(Enum):
    """What the coordinator wants. The value is the word that may be shown in a log."""

    ACCEPT = "accept"
    DECLINE = "decline"
    DONE = "done"  # the caller has been reached
    RELEASE = "release"  # gives an accepted request back
    LIST = "list"  # asks what is open
    ETA = "eta"  # who has it says in how many minutes they are there, or call
    SCENE = "scene"  # it needs people on scene
    ARRIVED = "arrived"  # somebody is on scene
    CALL = "call"  # connect me to the caller through the line
    WHO = "who"  # who is on call
    ME = "me"  # my next shifts
    OFF = "off"  # takes me off the rota for a while
    ON = "on"  # ends that
    COVER = "cover"  # takes a region for a while
    SWAP = "swap"  # asks somebody to take my shifts of a while
    CONFIRM = "confirm"  # a change of the rota was read back right
    REFUSE = "refuse"  # a change of the rota is not wanted
    VERIFY = "verify"  # the code that proves a number
    REPEAT = "repeat"  # keypad only: say it again
    OPT_OUT = "opt out"  # the network blocks our texts from now on
    OPT_IN = "opt in"  # the network lets them through again
    HELP = "help"  # the carrier has answered it already
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reply:
    """A meaning, and the codes of the requests it is about (none: the only one that it can be about).

    `minutes` until they are there (with ACCEPT, ETA); `people` wanted on scene (SCENE); `region` is a letter (WHO, COVER);
    `person` the name as it was texted, in lower case (SWAP); `period` from and until, in seconds, UTC (OFF, COVER, SWAP): None
    where none was said or it was not certain, so that it must be asked for; `digits` of a number's verification (VERIFY)."""

    meaning: Meaning
    codes: tuple[str, ...] = ()
    minutes: int | None = None
    people: int | None = None
    region: str = ""
    person: str = ""
    period: tuple[float, float] | None = None
    digits: str = ""


UNCLEAR = Reply(Meaning.UNCLEAR)

# Written in lower case, with no apostrophes, one space between words: see _plain().
# YES is missing on purpose: it is an opt-in word of the network, so it can't be one of ours.
_WORDS: dict[Meaning, str] = {
    Meaning.ACCEPT: "1|one|ack|acked|acknowledge|acknowledged|ok|okay|10 4|104|ten four|on it|onit"
    "|im on it|accept|accepted|accepting|copy|copy that|roger|roger that|wilco|affirm|affirmative"
    "|will do|ill take it|i will take it|ive got it|i got this",
    Meaning.DECLINE: "2|two|no|nope|negative|pass|passing|decline|declined|declining|cant|cannot"
    "|can not|cant take it|i cant|unable|unavailable|not available|im not available",
    Meaning.DONE: "3|three|done|contacted|made contact|contact made|contacted them|reached them",
    Meaning.RELEASE: "release|released|releasing|give it back|giving it back|hand it back",
    Meaning.LIST: "?|list|status",
    # The network's own words (Twilio's documentation of toll-free opt-outs).
    Meaning.OPT_OUT: "stop|stopall|stop all|unsubscribe|cancel|end|quit|revoke|optout|opt out",
    Meaning.OPT_IN: "start|unstop",
    Meaning.HELP: "help|info",
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words.split("|")}
_ABOUT_THE_LINE = {Meaning.OPT_OUT, Meaning.OPT_IN, Meaning.HELP}
_COURTESIES = "please|pls|thanks|thank you|thx|ty|sir|maam|and|the|for|code|request"

_LONGEST_FIRST = sorted(_MEANING, key=len, reverse=True)
_TOKEN = re.compile(
    rf"(?P<command>{'|'.join(map(re.escape, _LONGEST_FIRST))})(?!\w)"
    r"|(?P<code>\d{3,4})(?!\w)"
    rf"|(?:{_COURTESIES})(?!\w)"
    r"| "
    r"|(?P<stranger>\S)",
)
_GAP = re.compile(r"[\s.,;:!#*()\[\]\"\-\u2010-\u2015\u201c-\u201e\u2026\x00-\x1f\x7f-\x9f]+")
_KEYCAP = dict.fromkeys(map(ord, "\ufe0f\u20e3'\u2019\u2018\u02bc`\u00b4"))


def read_text(body: str, now: float) -> Reply:
    """What the text says; `now` (seconds, UTC) is what "until 6am" counts from. Never raises; the uncertain is UNCLEAR."""
    meanings: set[Meaning] = set()
    codes: list[str] = []
    for token in _TOKEN.finditer(_plain(body)):
        if word := token["command"]:
            meanings.add(_MEANING[word])
        elif (code := token["code"]) and is_code(code):
            codes.append(code)
        elif code or token["stranger"]:
            return UNCLEAR
    return _reply(meanings, tuple(dict.fromkeys(codes)))


def read_key(digits: str) -> Meaning | None:
    """What a key means, the same in every call; None for every other key, or several."""
    return {"1": Meaning.ACCEPT, "2": Meaning.DECLINE, "3": Meaning.DONE, "*": Meaning.REPEAT}.get(digits)


def is_code(text: str) -> bool:
    """Could this be the code of a request? Three or four digits that look like nothing else.

    From 200 up, so that a command (1, 2, 3) or "10-4" is never one; four digits only from 2400 up,
    so that a time of the day or a year is never one; no service code, emergency number, area code
    of Alabama or toll-free prefix.
    """
    if re.fullmatch(r"[2-9]\d\d|2[4-9]\d\d|[3-9]\d{3}", text, re.ASCII) is None:
        return False
    return text not in _TAKEN


_SERVICES = "211 311 411 511 611 711 811 911 933 988 999"
_ALABAMA = "205 251 256 334 659 938"
_BILLED_APART = "800 833 844 855 866 877 888 900 976"
_TAKEN = frozenset(f"{_SERVICES} {_ALABAMA} {_BILLED_APART}".split())
CODES: tuple[str, ...] = tuple(filter(is_code, map(str, range(200, 1000))))
"""Every three-digit code there is, in order; the store picks one at random that has rested."""


def _reply(meanings: set[Meaning], codes: tuple[str, ...]) -> Reply:
    if len(meanings) != 1 or (codes and meanings & _ABOUT_THE_LINE):
        return UNCLEAR
    return Reply(meanings.pop(), codes)


def _plain(body: str) -> str:
    """Lower case and plain digits; apostrophes and what cannot be seen are gone."""
    text = unicodedata.normalize("NFKC", body.translate(_KEYCAP)).casefold().translate(_KEYCAP)
    seen = (_digit(char) for char in text if unicodedata.category(char) != "Cf")
    return _GAP.sub(" ", "".join(seen)).strip()


def _digit(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)
