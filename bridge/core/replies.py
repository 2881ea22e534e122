"""What a coordinator's text, or key, means.

The rule: a text is understood only if *every* word of it belongs to the grammar, and all its
command words mean the same. "ok 412, thanks" is an acceptance; "not ok", "ok?", "1 or 2", "ok in
2 hours", "no problem", a tapback (``Liked “…”``) and an automatic driving reply are not: they are
UNCLEAR, and the answer to that says what to text. A wrong "unclear" costs one more text; a wrong
acceptance stops the paging and leaves an officer waiting.

A change of the rota is less dangerous, since it is read back and has to be confirmed: there a name may be any word, and a time
that is not certain leaves `period` empty, so that it is asked for. Everything that is not taught stays unclear.

The words stand in `core/commands`, which docs/coordinators.md is made from as well.
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace

from bridge.core.commands import KEYS, WORDS, Meaning
from bridge.core.pins import LEAST, MOST
from bridge.core.when import Period, period, speaks_of_time

__all__ = ["CODES", "Meaning", "Reply", "is_code", "read_key", "read_text"]


@dataclass(frozen=True, slots=True)
class Reply:
    """A meaning, and the codes of the requests it is about (none: the only one that it can be about).

    `minutes` until they are there (with ACCEPT, ETA); `people` wanted on scene (SCENE); `region` is a letter (WHO, COVER);
    `person` the name as it was texted, in lower case (SWAP); `period` from and until, in seconds, UTC (OFF, COVER, SWAP): None
    where none was said or it was not certain, so that it must be asked for; `digits` of a number's verification (VERIFY);
    `pin` the digits after the word PIN, wherever it stands."""

    meaning: Meaning
    codes: tuple[str, ...] = ()
    minutes: int | None = None
    people: int | None = None
    region: str = ""
    person: str = ""
    period: Period | None = None
    digits: str = ""
    pin: str = field(default="", repr=False)


UNCLEAR = Reply(Meaning.UNCLEAR)

_ABOUT_NO_REQUEST = {Meaning.ON, Meaning.CONFIRM, Meaning.REFUSE, Meaning.OPT_OUT, Meaning.OPT_IN, Meaning.HELP}
_COURTESIES = "please|pls|thanks|thank you|thx|ty|sir|maam|and|the|for|code|request"

# What stands alone, except for codes and courtesies; the others have forms of their own.
_FORMED = {Meaning.WHO, Meaning.ME, Meaning.OFF, Meaning.COVER, Meaning.SWAP}
_MEANING = {word: m for m, words in WORDS.items() if m not in _FORMED for word in words.split("|") if word}
_NUMBERS = dict(
    zip("one two three four five ten fifteen twenty thirty forty".split(), (1, 2, 3, 4, 5, 10, 15, 20, 30, 40), strict=True)
)
_NUMBER = "|".join(_NUMBERS)
_FEW = "|".join(word for word, number in _NUMBERS.items() if number < 10)
_LONGEST_FIRST = sorted(_MEANING, key=len, reverse=True)
_TOKEN = re.compile(
    rf"(?P<lead>in|eta in|eta is|eta) (?P<minutes>\d\d?|{_NUMBER}) ?(?P<unit>m|mins?|minutes?)?(?!\w)"
    rf"|(?:need|i need|we need|scene) (?P<people>[1-9]|{_FEW})(?: people| persons| peers)?(?: (?:on|at)(?: the)? scene)?"
    r"(?!\w)"
    rf"|(?P<command>{'|'.join(map(re.escape, _LONGEST_FIRST))})(?!\w)"
    r"|(?P<code>\d{3,4})(?!\w)"
    rf"|(?:{_COURTESIES})(?!\w)"
    r"| "
    r"|(?P<stranger>\S)",
)
_PIN = re.compile(rf"(?<!\w)pin[\s:#-]*(\d{{{LEAST},{MOST}}})(?!\w)", re.ASCII)
_SIX_DIGITS = re.compile(r"(?:code )?(\d{3}) ?(\d{3})")
_FORMS = {
    Meaning.WHO: re.compile(
        rf"(?:{WORDS[Meaning.WHO]})(?: is| has)?(?: on| on call| oncall| on duty)?(?: for| in| at)?(?: region)?"
        r"(?: (?P<region>[a-z]))?(?: (?:right )?now)?(?: ?\?)?"
    ),
    Meaning.ME: re.compile(rf"(?:{WORDS[Meaning.ME]})(?: ?\?)?"),
    Meaning.OFF: re.compile(rf"(?:{WORDS[Meaning.OFF]})\b(?P<when>.*)"),
    Meaning.COVER: re.compile(rf"(?:{WORDS[Meaning.COVER]})\b(?: (?:region )?(?P<region>[a-z])\b)?(?P<when>.*)"),
    Meaning.SWAP: re.compile(rf"(?:{WORDS[Meaning.SWAP]})\b(?P<rest>.*)"),
}
_POLITELY = re.compile(r"^(?:please|pls) |[ ,]+(?:please|pls|thanks|thank you|thx|ty)$")
_GAP = re.compile(r"[\s.,;:!#*()\[\]\"\-\u2010-\u2015\u201c-\u201e\u2026\x00-\x1f\x7f-\x9f]+")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_KEYCAP = dict.fromkeys(map(ord, "\ufe0f\u20e3'\u2019\u2018\u02bc`\u00b4"))
_NAME = re.compile(r"[^\W\d]+(?:-[^\W\d]+)*\.?")
_NAMES_TOO = {"april", "may", "june", "august", "sun", "an"}  # words about time that people are called
LONGEST_NAME = 4  # words
MINUTES = range(1, 91)
FEWEST_BARE_MINUTES = 5  # "1 in 2" may mean hours


def read_text(body: str, now: float) -> Reply:
    """What the text says; `now` (seconds, UTC) is what "until 6am" counts from. Never raises; the uncertain is UNCLEAR."""
    seen = _seen(body)
    if pin := _PIN.search(seen):
        return replace(_read(f"{seen[: pin.start()]} {seen[pin.end() :]}", now), pin=pin[1])
    return _read(seen, now)


def _read(seen: str, now: float) -> Reply:
    plain = _GAP.sub(" ", seen).strip()
    if digits := _SIX_DIGITS.fullmatch(plain):
        return Reply(Meaning.VERIFY, digits=digits[1] + digits[2])
    return _about_the_rota(_SPACE.sub(" ", seen), now) or _about_requests(plain)


def read_key(digits: str) -> Meaning | None:
    """What a key means, the same in every call; None for every other key, or several."""
    return KEYS[digits].meaning if digits in KEYS else None


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


def _about_requests(text: str) -> Reply:
    tokens = list(_TOKEN.finditer(text))
    codes = [code for token in tokens if (code := token["code"])]
    if any(token["stranger"] for token in tokens) or not all(map(is_code, codes)) or _telephone(codes):
        return UNCLEAR
    minutes = {_minutes(token) for token in tokens if token["minutes"]}
    people = {_number(token["people"]) for token in tokens if token["people"]}
    meanings = {_MEANING[token["command"]] for token in tokens if token["command"]} | ({Meaning.SCENE} if people else set())
    if not meanings and any(token["lead"] not in (None, "in") for token in tokens):
        meanings = {Meaning.ETA}
    return _reply(meanings, tuple(dict.fromkeys(codes)), minutes, people)


def _reply(meanings: set[Meaning], codes: tuple[str, ...], minutes: set[int | None], people: set[int]) -> Reply:
    if len(meanings) != 1 or len(minutes) > 1 or len(people) > 1 or None in minutes:
        return UNCLEAR
    meaning = meanings.pop()
    timed = meaning in (Meaning.ACCEPT, Meaning.ETA)
    if (minutes and not timed) or (codes and meaning in _ABOUT_NO_REQUEST) or (len(codes) > 1 and meaning is Meaning.CALL):
        return UNCLEAR
    return Reply(meaning, codes, next(iter(minutes), None), next(iter(people), 1) if meaning is Meaning.SCENE else None)


def _minutes(token: re.Match[str]) -> int | None:
    minutes = _number(token["minutes"])
    return minutes if minutes in MINUTES and (token["unit"] or minutes >= FEWEST_BARE_MINUTES) else None


def _number(word: str) -> int:
    return _NUMBERS.get(word) or int(word)


def _telephone(codes: list[str]) -> bool:
    """Whether the digits are a telephone number: "1 (404) 555-4321" takes no request."""
    return [len(code) for code in codes] in ([3, 4], [3, 3, 4])


def _about_the_rota(text: str, now: float) -> Reply | None:
    """What a text about the rota says, or None where it is none."""
    sentence = _POLITELY.sub("", text.strip(" .!"))
    for meaning, form in _FORMS.items():
        if found := form.fullmatch(sentence):
            said = found.groupdict("")
            region = said.get("region", "").upper()
            return _swap(said["rest"].split(), now) if "rest" in said else _timed(meaning, said.get("when", ""), now, region)
    return None


def _timed(meaning: Meaning, when: str, now: float, region: str = "", person: str = "") -> Reply:
    if when.strip() and not speaks_of_time(when):
        return UNCLEAR
    return Reply(meaning, region=region, person=person, period=period(when, now))


def _swap(words: list[str], now: float) -> Reply:
    """The name, of a few words, and the period may stand in either order; a name may look like a month ("June")."""
    if "with" in words[1:]:
        split = words.index("with", 1)
        words = ["with", *words[split + 1 :], *words[:split]]
    first, words = (1, words[1:]) if words[:1] == ["with"] else (0, words)
    splits = [(words[:n], " ".join(words[n:])) for n in range(first, min(len(words), LONGEST_NAME) + 1)]
    replies = [_timed(Meaning.SWAP, when, now, person=" ".join(name)) for name, when in splits if all(map(_names, name))]
    understood = [reply for reply in replies if reply is not UNCLEAR]
    return next((reply for reply in understood if reply.period), understood[0] if understood else UNCLEAR)


def _names(word: str) -> bool:
    """Whether the word can be part of a person's name."""
    return _NAME.fullmatch(word) is not None and (word in _NAMES_TOO or not speaks_of_time(word))


def _seen(body: str) -> str:
    """Lower case and plain digits; apostrophes and what cannot be seen are gone."""
    text = unicodedata.normalize("NFKC", body.translate(_KEYCAP)).casefold().translate(_KEYCAP)
    return "".join(_digit(char) for char in text if unicodedata.category(char) != "Cf")


def _digit(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)
