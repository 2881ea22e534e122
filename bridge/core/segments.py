"""How many segments a text takes, and how it takes the fewest.

A text of GSM-7 characters has 160 of them in a segment, any other 70 (UCS-2); one character outside the alphabet, such as a
typographic quote, makes the whole text the other kind. A text of several segments has room for less in each: 152 and 66 on a
toll-free line, which is what is counted here; other networks fit in one more. 3GPP TS 23.038.
"""

import unicodedata

SINGLE, SEVERAL = 160, 152  # GSM-7 characters
WIDE_SINGLE, WIDE_SEVERAL = 70, 66  # UCS-2 code units

_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # each takes two places
_LIKE = {
    **dict.fromkeys("«»“”„‟″〝〞＂ʺˮ❝❞", '"'),
    **dict.fromkeys("‘’‚‛′＇ʹʻʼʽˈˊˋ`´❛❜", "'"),
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys("\u00a0\u1680\u202f\u205f\u3000\t", " "),
    **{chr(code): " " for code in range(0x2000, 0x200B)},
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    **dict.fromkeys("•·‣", "*"),
    "…": "...",
    "⁄": "/",
    "×": "x",
}
_TABLE = str.maketrans(_LIKE)


def plain(text: str) -> str:
    """The same text with typographic characters and letters that GSM-7 lacks put as it has them. What nothing in GSM-7 looks
    like is left alone."""
    return "".join(map(_nearest, text.translate(_TABLE)))


def segments(text: str) -> int:
    """How many segments the text takes; an empty one counts as one."""
    if all(char in _ALPHABET or char in _EXTENDED for char in text):
        return _parts(sum(2 if char in _EXTENDED else 1 for char in text), SINGLE, SEVERAL)
    return _parts(len(text.encode("utf-16-be", "surrogatepass")) // 2, WIDE_SINGLE, WIDE_SEVERAL)


def _nearest(char: str) -> str:
    """The letter without its accent, where only the accent is missing in GSM-7."""
    if char in _ALPHABET or char in _EXTENDED:
        return char
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)).translate(_TABLE)
    return bare if bare and all(c in _ALPHABET or c in _EXTENDED for c in bare) else char


def _parts(length: int, single: int, several: int) -> int:
    return 1 if length <= single else -(-length // several)
