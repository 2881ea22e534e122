"""The audit trail as a file: lines of JSON that can be verified without the store, by whoever has the secret; or a table.

The first line says what the file holds and where it ends, and is signed; then come the entries of a release that had no chain,
where all is exported, and the entries as they are stored. A table is to be read: it cannot be verified.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import pairwise

from bridge.core import chain
from bridge.core.chain import Base, Check, Head, Key, Link, Verdict
from bridge.core.errors import BadTrailFile

KIND = "bridge audit trail"
HEADS = ("n", "time (UTC)", "who", "what", "request", "hash")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def written(base: Base, head: Head, older: Sequence[bytes], lines: Iterable[bytes], key: Key) -> Iterator[str]:
    """The whole trail, each entry as it is stored, also one that was damaged."""
    yield _first_line(base, head, key, gaps=False, whole=True)
    for line in older:
        yield chain.canonical({"older": line.decode(errors="surrogateescape")}).decode()
    yield from (" ".join(line.decode(errors="backslashreplace").splitlines()) for line in lines)


def some_written(links: Sequence[Link], key: Key) -> Iterator[str]:
    """Some entries, oldest first. Where none is missing in between, that can be verified too; where one is, each by itself."""
    gaps = any(after.n != before.n + 1 for before, after in pairwise(links))
    base = Base(links[0].n - 1, links[0].before) if links and not gaps else Base()
    head = Head(links[-1].n, links[-1].hash) if links else Head()
    yield _first_line(base, head, key, gaps=gaps, whole=False)
    yield from (link.raw for link in links)


def verified(lines: Sequence[str], keys: Sequence[Key], expected: Mapping[int, str] | None = None) -> Verdict:
    """Whether a file holds. Raises BadTrailFile where it is none, or its first line was not written with these secrets."""
    try:
        head = chain.read(lines[0])
        base, end = Base(**head["base"]), Head(**head["head"])
        gaps, whole, kind, named = bool(head["gaps"]), bool(head["whole"]), head["kind"], str(head["key"])
    except (LookupError, ValueError, TypeError):
        raise BadTrailFile(reason="its first line does not say what it is") from None
    key = next((key for key in keys if key.name == named), None)
    if kind != KIND or key is None:
        raise BadTrailFile(reason="it was written with another secret" if kind == KIND else "it is no audit trail")
    check = Check(keys, base, expected, gaps=gaps)
    if chain.signed(head, key) != head.get("hash"):
        check.fault("the first line of the file was changed")
    older = [text.encode(errors="surrogateescape") for text in _older(lines[1:])]
    check.feed(line for line in lines[1 + len(older) :])
    return check.end(end, older if whole else None)


def table(links: Iterable[Link]) -> Iterator[str]:
    """The entries as comma-separated values, for a spreadsheet: what would be a formula there begins with an apostrophe."""
    yield _row(HEADS)
    for link in links:
        act = link.act
        at = datetime.fromtimestamp(act.at, UTC).isoformat(timespec="milliseconds")
        yield _row((link.n if link.n > 0 else "", at, _plain(act.by), _plain(act.what), act.code, link.hash))


def _first_line(base: Base, head: Head, key: Key, *, gaps: bool, whole: bool) -> str:
    told: dict[str, object] = {"kind": KIND, "base": asdict(base), "head": asdict(head), "gaps": gaps, "whole": whole}
    told["key"] = key.name
    return chain.canonical({**told, "hash": chain.signed(told, key)}).decode()


def _older(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        try:
            found = chain.read(line)
        except (ValueError, TypeError):
            return
        if set(found) != {"older"}:
            return
        yield str(found["older"])


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def _row(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()
