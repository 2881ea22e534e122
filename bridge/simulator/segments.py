"""How many segments a text takes: 160 GSM-7 or 70 UCS-2 characters, less when there are several (3GPP TS 23.038)."""

GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = set("^{}\\[~]|€\f")  # two septets each


def segments(body: str) -> int:
    """The number of segments; an empty body counts as one."""
    if set(body) <= GSM | EXTENDED:
        septets = sum(2 if char in EXTENDED else 1 for char in body)
        return _parts(septets, 160, 153)
    return _parts(len(body.encode("utf-16-be")) // 2, 70, 67)


def _parts(length: int, single: int, several: int) -> int:
    return 1 if length <= single else -(-length // several)
