"""The search of every byte: views of a haystack in which a needle would show, and the needles in each of them."""

import base64
import os
import re
import subprocess
import sys
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.privacy.needles import Needle, in_families

SMALL = bytes(range(256)).lower()
DROP = bytes(code for code in range(256) if not (code < 128 and chr(code).isalnum()))
MOST = 4 * 2**20  # bytes that anything compressed is taken to be, at most
DUMPS = (b"REDIS", b"VALKEY")  # what a dump begins with
EMPTY = re.compile(rb"\0{64,}")  # memory that nobody has written to
WIDE_DIGIT = re.compile(rb"\xef\xbc[\x90-\x99]")
ESCAPED = re.compile(rb"\\+u([0-9A-Fa-f]{4})|&#x([0-9A-Fa-f]{2,6});|&#([0-9]{2,7});|&[a-z]{2,8};")  # of JSON, of HTML
ZLIB = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}")


@dataclass(frozen=True)
class Hit:
    """A needle in a haystack: whose it is, in which form, and in which view of which haystack; never the thing itself."""

    kind: str
    haystack: str
    whose: str
    form: str
    view: str


@dataclass(frozen=True)
class Haystack:
    """Some bytes, and where they come from. `kind`: "disk", "memory", "store", "log", "board" …"""

    kind: str
    name: str
    content: bytes


class Search:
    """Looks for these needles: plain ones by grep, which finds thousands in one pass."""

    def __init__(self, needles: Iterable[Needle], folder: Path) -> None:
        self.needles, self._folder = list(needles), folder
        self._families, self._slow = defaultdict[tuple[str, bytes], list[Needle]](list), list[Needle]()
        self._plain: dict[bool, dict[bytes, list[Needle]]] = {True: defaultdict(list), False: defaultdict(list)}
        for needle in self.needles:
            if needle.family:
                self._families[needle.family, needle.value].append(needle)
            elif b"\n" in needle.value:
                self._slow.append(needle)
            else:
                self._plain[needle.squeezed][needle.value].append(needle)
        for squeezed, plain in self._plain.items():
            self._file(squeezed).write_bytes(b"".join(value + b"\n" for value in plain))

    def _file(self, squeezed: bool) -> Path:
        return self._folder / f"needles-{squeezed}"

    def look(self, haystack: Haystack) -> list[Hit]:
        """Every needle in every view; of each form the first view."""
        found = dict[tuple[str, str], Hit]()
        for view, content in views(EMPTY.sub(b"\0" * 16, haystack.content)):
            for needle in self._in(content):
                found.setdefault(
                    (needle.whose, needle.form), Hit(haystack.kind, haystack.name, needle.whose, needle.form, view)
                )
        return list(found.values())

    def _in(self, content: bytes) -> Iterator[Needle]:
        for family, part in set(in_families(content)):
            yield from self._families.get((family, part), ())
        yield from (needle for needle in self._slow if needle.value in content)
        for squeezed, text in ((False, content), (True, content.translate(SMALL, DROP))):
            for value in self._grep(text, squeezed):
                yield from self._plain[squeezed].get(value, ())

    def _grep(self, content: bytes, squeezed: bool) -> set[bytes]:
        if not content:
            return set()
        command = ["grep", "-aoF", "-f", str(self._file(squeezed))]
        done = subprocess.run(
            command, input=content, capture_output=True, env={"LC_ALL": "C", "PATH": os.environ["PATH"]}, check=False
        )
        assert done.returncode < 2, done.stderr
        return set(done.stdout.split(b"\n"))


def views(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The bytes as they are, unpacked, and each of these as whoever knows how they were written would read them."""
    packed = (("inflated", inflated(content)), ("LZF", unpacked(content)), ("base64", decoded(content)))
    for name, whole in (("as it is", content), *((name, b"\0\0".join(parts)) for name, parts in packed)):
        if whole:
            yield name, whole
            yield from ((f"{name}, {how}", text) for how, text in _read(whole))


def _read(content: bytes) -> Iterator[tuple[str, bytes]]:
    if b"\0" in content:  # UTF-16 and UTF-32, whichever end comes first
        yield "without zeros", content.replace(b"\0", b"")
    before = content
    if b"%" in content:
        content = unquote_to_bytes(content)
    content = ESCAPED.sub(_character, content)
    content = WIDE_DIGIT.sub(lambda found: unicodedata.normalize("NFKC", found[0].decode()).encode(), content)
    if content != before:
        yield "unquoted", content


def _character(found: re.Match[bytes]) -> bytes:
    code = int(found[1] or found[2] or b"0", 16) or int(found[3] or b"32")
    return chr(code).encode(errors="replace") if code < sys.maxunicode else b"?"


def inflated(content: bytes) -> Iterator[bytes]:
    """What begins like gzip or zlib and can be read as that, as far as it can."""
    for found in ZLIB.finditer(content):
        reader = zlib.decompressobj(wbits=47)
        with suppress(zlib.error):
            part = reader.decompress(content[found.start() : found.start() + MOST], MOST)
            if len(part) > 8:
                yield part


def decoded(content: bytes) -> Iterator[bytes]:
    """Base64 that holds something compressed: what else is coded so is looked for in its coded form."""
    for found in BASE64.finditer(content):
        if b"eJ" in found[0][:4] or b"H4sI" in found[0][:6]:
            for skip in range(4):
                code = found[0][skip:].replace(b"-", b"+").replace(b"_", b"/")
                raw = base64.b64decode(code[: len(code) // 4 * 4])
                yield from inflated(raw[:MOST])


def unpacked(content: bytes) -> Iterator[bytes]:
    """Strings that the store has packed by LZF, as in the base of its append-only file: 0xC3, two lengths, the data."""
    for found in re.finditer(rb"\xc3", content) if content.startswith(DUMPS) else ():
        with suppress(IndexError, ValueError):
            packed, at = _length(content, found.end())
            whole, at = _length(content, at)
            if 4 < packed < whole <= MOST and at + packed <= len(content):
                yield lzf(content[at : at + packed], whole)


def _length(content: bytes, at: int) -> tuple[int, int]:
    """A length as the store's dumps have it, and where the next byte is."""
    first = content[at]
    if first < 0x40:
        return first, at + 1
    if first < 0x80:
        return (first & 0x3F) << 8 | content[at + 1], at + 2
    if first == 0x80:
        return int.from_bytes(content[at + 1 : at + 5], "big"), at + 5
    raise ValueError("no length")


def lzf(packed: bytes, whole: int) -> bytes:
    """What LZF has packed into these bytes. Raises ValueError where it is something else."""
    out, at = bytearray(), 0
    while at < len(packed):
        control = packed[at]
        at += 1
        if control < 32:
            out += packed[at : at + control + 1]
            at += control + 1
        else:
            length = control >> 5
            if length == 7:
                length += packed[at]
                at += 1
            back = len(out) - ((control & 31) << 8 | packed[at]) - 1
            at += 1
            if back < 0:
                raise ValueError("it points before the beginning")
            for n in range(length + 2):
                out.append(out[back + n])
        if len(out) > whole:
            raise ValueError("it is longer than it says")
    if len(out) != whole:
        raise ValueError("it is shorter than it says")
    return bytes(out)
