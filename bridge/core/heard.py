"""What was heard, taken apart: its words, the ZIP code in it, the names that may be in it, and how
alike two names sound.

People say "uh, I'm near Pell City, Alabama", a recogniser writes "three six two oh three" or
"saint clair", and a name may itself hold the words that surround names ("West Point", "County
Line"). Nothing here knows any place: ``places`` compares these with its table.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise, takewhile

from rapidfuzz import fuzz


def key_of(name: str) -> str:
    """What names are compared by: no case, accents, punctuation or spaces, Saint for St."""
    return "".join(words_of(name))


def words_of(text: str) -> tuple[str, ...]:
    bare = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(char for char in bare if not unicodedata.combining(char))
    bare = re.sub(r"['\u2019`]|(?<=\d)[,.\-](?=\d)", "", bare)
    return tuple(_FULL.get(word, word) for word in re.findall(r"[^\W_]+", bare))


_FULL = {"st": "saint", "ft": "fort", "mt": "mount", "mtn": "mountain", "counties": "county"}
_STATE = re.compile(
    r"\b(?:alaska|arizona|arkansas|california|colorado|connecticut|florida|georgia|hawaii|idaho"
    r"|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan"
    r"|minnesota|mississippi|missouri|montana|nebraska|nevada|new (?:hampshire|jersey|mexico|york)"
    r"|(?:north|south) (?:carolina|dakota)|ohio|oklahoma|oregon|pennsylvania|rhode island"
    r"|tennessee|texas|utah|vermont|(?:west )?virginia|wisconsin|wyoming)$"
)


def other_state(phrase: tuple[str, ...]) -> str | None:
    """The state that the phrase ends with ("meridian mississippi"), if it isn't Alabama."""
    state = _STATE.search(" ".join(phrase))
    return state[0].title() if state else None


_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
_TEENS = "fifteen sixteen seventeen eighteen nineteen"
_NUMBERS = {word: str(n) for n, word in enumerate(f"{_UNITS} {_TEENS}".split())}
_NUMBERS |= {"oh": "0", "o": "0", "to": "2", "too": "2", "for": "4", "ate": "8", "won": "1"}
_TENTHS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: str(n) for n, word in enumerate(_TENTHS.split(), 2)}


def zip_in(words: tuple[str, ...]) -> str | None:
    """The ZIP code that was said, "" if it was some other number, None if it was no number."""
    if written := {word[:5] for word in words if re.fullmatch(r"\d{5}(\d{4})?", word, re.ASCII)}:
        return written.pop() if len(written) == 1 else ""
    said = [word for word in words if _is_number(word) or word not in _AROUND_ZIP]
    if not said or not all(map(_is_number, said)):
        return None
    digits = "".join(_spelled(said))
    return digits[:5] if len(digits) in (5, 9) else ""


def _is_number(word: str) -> bool:
    return word in _NUMBERS or word in _TENS or (word.isascii() and word.isdigit())


def _spelled(words: list[str]) -> Iterator[str]:
    """Digits of spoken numbers: "thirty six two oh three" is 36203."""
    for word, following in pairwise([*words, ""]):
        if word in _TENS:
            unit = _NUMBERS.get(following, following)
            yield _TENS[word] + ("" if len(unit) == 1 else "0")
        else:
            yield _NUMBERS.get(word, word)


_LEADING = frozenset(
    "im i am we are were its it is thats this in near by at from around outside inside of the a an "
    "city town uh um er ah well okay ok so yes yeah hi hello hey my location just about "
    "calling located live work working here somewhere over out up down to be please alabama "
    "between would said say think like north south east west side area part".split()
)
_TRAILING = frozenset(
    "alabama al ala please area city town thanks thank you sir maam in the usa is where am "
    "i im uh um region police department sheriffs office pd right now".split()
)
# Words that callers say and that sound like names ("person": Peterson, "caller": Calera).
_EVERYDAY = frozenset(
    "a i im to the person live real human caller calling alone station start back over try enter "
    "word spanish speak talk gun both however whoever block web division outside".split()
)
_AROUND_ZIP = _LEADING | _TRAILING | {"zip", "code", "postal"}
_CUES = frozenset("in near by from at around outside of".split())


def bare_phrases(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What may be a misheard name: bare of all that stands around it. Everyday words are not."""
    tails = (words[at + 1 :] for at, word in enumerate(words) if word in _CUES)
    for bare in map(stripped, (words, *tails)):
        if set(bare) - _EVERYDAY:
            yield bare


def phrases(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What may be the name, longest first: less and less of what stands around it; then what stands
    before a cue ("Oxford, near Anniston"), and then what follows one ("a deputy from Oxford").

    Step by step, for "West Point" and "Rainbow City" hold words of both kinds.
    """
    yield from _peeled(words)
    cues = [at for at, word in enumerate(words) if word in _CUES]
    for part in (*(words[:at] for at in cues), *(words[at + 1 :] for at in reversed(cues))):
        yield from _peeled(part)


def _peeled(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    starts = len(list(takewhile(_LEADING.__contains__, words)))
    ends = len(list(takewhile(_TRAILING.__contains__, reversed(words[starts:]))))
    cuts = [words[s : len(words) - e] for s in range(starts + 1) for e in range(ends + 1)]
    return sorted(filter(None, cuts), key=len, reverse=True)


def stripped(words: tuple[str, ...]) -> tuple[str, ...]:
    return min(_peeled(words), key=len, default=())


def sound_of(key: str) -> str:
    """About how a key is pronounced: consonants by class, every run of vowels as one "a"."""
    for pattern, sound in _SOUNDS:
        key = pattern.sub(sound, key)
    return key


_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"),
        (r"sch|sh|tch|ch", "j"),
        (r"c(?=[eiy])", "s"),
        (r"ck|c|q", "k"),
        (r"z", "s"),
        (r"d(?=t)|th", "t"),
        (r"(?<!^)[wyh]", "a"),
        (r"(?<=[^aeiou])e(?=s?$)", ""),
        (r"[aeiouy]+", "a"),
        (r"(.)\1+", r"\1"),
    )
]


def likeness(heard: tuple[str, str], name: tuple[str, str]) -> float:
    """From 0 to 100, of two pairs of key and sound: half by spelling, half by sound."""
    return (fuzz.ratio(heard[0], name[0]) + fuzz.ratio(heard[1], name[1])) / 2
