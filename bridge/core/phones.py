"""Telephone numbers: which ones a person can be called back on, and how they are said.

Inside the program a number is E.164 text ("+12565550100") or it is None. What is valid is for
``phonenumbers`` to say; what it cannot know is added here:

- Only the United States are dialled. Other countries of the numbering plan (Canada, and the
  Caribbean with its +1 876, +1 809, …) look domestic, are billed as international, and are what
  toll fraud dials: a stranger could otherwise make the line call a number that earns money.
- Never emergency or service codes (911, 933, 988, N11, short codes), nor premium ones (900, 976).
- 555 is for directories, except 555-0100 to 555-0199, set aside for examples: those are dialled,
  so that samples, drills and tests run the same code as life.

A withheld caller ID arrives as a word, as nothing, or as keypad words such as ``+266696687``
("ANONYMOUS"). None of them is a valid number in the United States, so no list of them is needed.
"""

import re
import unicodedata
from collections.abc import Collection

import phonenumbers
from phonenumbers import PhoneNumberType

_PUNCTUATION = re.compile(r"[\s().\-\u2010-\u2015/\u200b-\u200f\u202a-\u202e\ufeff]+")
_NANP = re.compile(r"(?:\+?1)?(?P<area>[2-9]\d\d)(?P<exchange>[2-9]\d\d)(?P<line>\d{4})", re.ASCII)
_ANSWERED_BY_PEOPLE = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.VOIP,
}


def normalise(raw: str) -> str | None:
    """The number in E.164 if a person in the United States can be reached on it, else None.

    Takes what a caller typed, what the carrier says, or what stands in a roster: ten digits,
    eleven with the 1, or +1, with any usual punctuation. Letters and extensions are refused.
    """
    parts = _NANP.fullmatch(_PUNCTUATION.sub("", unicodedata.normalize("NFKC", raw)))
    if parts is None or _reserved(parts["exchange"], parts["line"]):
        return None
    e164 = f"+1{parts['area']}{parts['exchange']}{parts['line']}"
    return e164 if _in_the_states(e164) else None


def callback_from(raw: str, own_numbers: Collection[str]) -> str | None:
    """The number to call back, from a caller ID or a keypad; None when it has to be asked for.

    ``own_numbers`` (E.164) are the line's own: calling them would ring nobody but ourselves.
    """
    number = normalise(raw)
    return None if number in own_numbers else number


def dialable(number: str, own_numbers: Collection[str]) -> bool:
    """May the line ever dial this E.164 number? Asked last, just before each dial and text."""
    return callback_from(number, own_numbers) == number


def spoken(e164: str) -> str:
    """Digit by digit, for a text-to-speech voice: "2 5 6, 5 5 5, 0 1 0 0"."""
    return ", ".join(" ".join(group) for group in _groups(e164))


def written(e164: str) -> str:
    """As it is written in a text and on a page: "256-555-0100"."""
    return "-".join(_groups(e164))


def masked(e164: str) -> str:
    """For those who need not know: at most the last two digits, "•••-•••-••00"."""
    return f"•••-•••-••{e164[-2:]}"


def _groups(e164: str) -> tuple[str, str, str]:
    digits = e164.removeprefix("+1")
    return digits[:3], digits[3:6], digits[6:]


def _reserved(exchange: str, line: str) -> bool:
    service = exchange.endswith("11") or exchange == "976"
    return service or (exchange == "555" and not line.startswith("01"))


def _in_the_states(e164: str) -> bool:
    number = phonenumbers.parse(e164)
    return phonenumbers.is_valid_number_for_region(number, "US") and phonenumbers.number_type(number) in _ANSWERED_BY_PEOPLE
