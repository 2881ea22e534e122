"""What is looked for: every form in which a number or a place of the day could stand somewhere.

A number is found however it is written, since all that is neither a letter nor a digit is left out before it is looked for:
"+12565550137", "(256) 555-0137", "256.555.0137" and "2 5 6, 5 5 5, 0 1 3 7" are one. What is left are the forms that have no
such digits (a code, a hash, a binary number), and those that are a part of it.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SHORTEST = 8  # characters of a code that are enough
BASE64 = {"base64": None, "base64 for addresses": bytes.maketrans(b"+/", b"-_")}


@dataclass(frozen=True)
class Needle:
    """One form of one thing. `whose` is told, never what was found. `squeezed`: it is looked for where only letters and digits
    are left, all of them small. `family`: of which pattern it is a match, where it is no plain text, and `value` its end."""

    whose: str
    form: str
    value: bytes
    squeezed: bool = False
    family: str = ""


_MASK = "(?:•|…|\\*\\*|xx|XX)".encode()
_APART = rb"[-. ()]{0,3}"
# What is part of a number only together with what stands around it: the group is what tells whose it is.
FAMILIES = {
    "its last seven": re.compile(rb"555[-. ]?(01[0-9]{2})(?![0-9A-Fa-f])"),
    "more than two digits behind a mask": re.compile(_MASK + _APART + rb"[0-9]?([0-9]{3})(?![0-9A-Fa-f])"),
    "its area before a mask": re.compile(rb"([2-9][0-9]{2})" + _APART + _MASK),
    "a ZIP": re.compile(rb"(3[56][0-9]{3})(?![\w.-])"),
}
_HEX = [bytes([code]) for code in b"0123456789abcdefABCDEF"]
BEFORE = {  # what does not stand before one of them
    "its last seven": [*_HEX, b"."],
    "its area before a mask": _HEX,
    "a ZIP": [bytes([code]) for code in range(256) if chr(code) in ".-_" or (code < 128 and chr(code).isalnum())],
}


def of_number(whose: str, e164: str) -> list[Needle]:
    """Every form of a telephone number."""
    national = e164.removeprefix("+1")
    found = [Needle(whose, "its digits", national.encode(), squeezed=True)]
    found += [Needle(whose, "in words", _in_words(national, zero), squeezed=True) for zero in ("zero", "oh")]
    found += [Needle(whose, family, part.encode(), family=family) for family, part in _parts(national)]
    found += [Needle(whose, form, value) for form, value in _coded(national.encode())]
    found += [Needle(whose, form, value) for form, value in _hashed(e164, national, e164[1:])]
    return found + [Needle(whose, "a binary number", int(digits).to_bytes(8, "little")) for digits in (national, e164[1:])]


def of_place(whose: str, place: str) -> list[Needle]:
    """Every form of a place, or of words that were said or typed."""
    if place.isdecimal():  # a ZIP
        return [Needle(whose, "a ZIP", place.encode(), family="a ZIP")]
    words = re.sub(r"[^a-z0-9]", "", place.lower()).encode()
    found = [Needle(whose, "its letters", words, squeezed=True)]
    return found + [Needle(whose, form, value) for form, value in _coded(place.encode())]


def _in_words(digits: str, zero: str) -> bytes:
    return "".join(zero if digit == "0" else WORDS[int(digit)] for digit in digits).encode()


def _parts(national: str) -> Iterator[tuple[str, str]]:
    """The last seven as they are written; more than two digits beside a mask."""
    yield "its last seven", national[6:]
    yield "more than two digits behind a mask", national[7:]
    yield "its area before a mask", national[:3]


def in_families(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Whatever is of one of the families: which, and its part that tells whose it is."""
    for family, pattern in FAMILIES.items():
        before = BEFORE.get(family, ())
        for found in pattern.finditer(content):
            if not found.start() or content[found.start() - 1 : found.start()] not in before:
                yield family, found[1]


def _coded(value: bytes) -> Iterator[tuple[str, bytes]]:
    """Base64 wherever it begins, and hexadecimal."""
    for ahead in range(3):
        code = base64.b64encode(b"\0" * ahead + value)[(ahead * 8 + 5) // 6 : (ahead + len(value)) * 8 // 6]
        if len(code) >= SHORTEST:
            yield from ((form, code.translate(table)) for form, table in BASE64.items())
    yield "hexadecimal", value.hex().encode()


def _hashed(*forms: str) -> Iterator[tuple[str, bytes]]:
    """A hash without a key hides no number: there are too few of them."""
    for form in forms:
        for name in ("md5", "sha1", "sha256"):
            digest = hashlib.new(name, form.encode()).digest()
            yield f"{name} without a key", digest[:8].hex().encode()
            yield f"{name} without a key, as bytes", digest[:8]
