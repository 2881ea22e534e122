"""The audit trail as a chain: each entry carries the hash of the one before it, and a keyed hash over itself.

So an entry that was changed, removed, put in or moved shows, with its number, to whoever has the secret. What a chain alone
cannot show is a tail that was cut off: for that, its end (number and hash) is written elsewhere again and again, and compared.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bridge.core.trail import Act

FORMAT = 1  # what is hashed is never migrated: a later release adds fields, and all are hashed, known or not
MOST_FAULTS = 20  # are told one by one


@dataclass(frozen=True)
class Key:
    """What the hashes are keyed with. `name` (8 hex digits) tells keys apart, and nothing about the secret."""

    name: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True)
class Head:
    """The end of the chain: the number of its last entry and that entry's hash; 0 and "" where there is none."""

    n: int = 0
    hash: str = ""


@dataclass(frozen=True)
class Base:
    """What stands before the chain: entry `n`, which was trimmed away, with its `hash`, or 0 and "" at the very beginning; and
    `older` entries of a release that had no chain, which the keyed hash `older_hash` covers."""

    n: int = 0
    hash: str = ""
    older: int = 0
    older_hash: str = ""


@dataclass(frozen=True)
class Link:
    """One entry of the trail. `n` counts from 1; entries of a release that had no chain have 0 and less, and no hashes.

    `before` is the hash of the entry before, `once` a word that no other entry has, `key` the name of the key, `base` what
    stands before the chain from this entry on, or None where it says nothing about that. `raw` is the line that it was read
    from, which a later release may have written more into."""

    n: int
    act: Act
    before: str = ""
    once: str = ""
    key: str = ""
    base: Base | None = None
    hash: str = ""
    raw: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether a trail holds: what does not fit, in words with numbers. `count` entries were looked at, up to `head`;
    `unknown` of them were written with another secret, so that only their order is known.
    """

    faults: tuple[str, ...]
    count: int
    head: Head
    unknown: int = 0
    uncovered: int = 0  # entries of an older release that runs beside, which no entry covers yet

    @property
    def holds(self) -> bool:
        """Whether everything fits, as far as it can be known."""
        return not self.faults


@dataclass(frozen=True)
class Checked:
    """The whole trail was read at that instant (seconds, UTC), and this was found. `daily_at` is when the clock last did so."""

    at: float
    verdict: Verdict
    daily_at: float = 0.0


def key_of(secret: str) -> Key:
    """The key of the trail, made of the secret for this use alone."""
    raw = hmac.new(secret.encode(errors="surrogateescape"), b"audit trail", hashlib.sha256).digest()
    return Key(hmac.new(raw, b"name", hashlib.sha256).hexdigest()[:8], raw)


def link(act: Act, head: Head, key: Key, once: str, base: Base | None = None) -> Link:
    """The entry that follows `head`."""
    made = Link(head.n + 1, act, head.hash, once, key.name, base)
    return Link(made.n, act, made.before, once, made.key, base, signed(document(made), key))


def document(made: Link) -> dict[str, object]:
    """The entry as it is stored and exported, and hashed without its hash."""
    written = {"format": FORMAT, "n": made.n, **asdict(made.act), "before": made.before, "once": made.once, "key": made.key}
    written |= {"base": asdict(made.base)} if made.base else {}
    return written | ({"hash": made.hash} if made.hash else {})


def canonical(written: Mapping[str, object]) -> bytes:
    """The one way to write a document down: what was read is written as it was."""
    return json.dumps(written, sort_keys=True, separators=(",", ":")).encode()


def signed(written: Mapping[str, object], key: Key) -> str:
    """The hash of an entry: over all that stands in it, also what only a later release knows."""
    told = {name: value for name, value in written.items() if name != "hash"}
    return hmac.new(key.raw, canonical(told), hashlib.sha256).hexdigest()


def covering(lines: Sequence[bytes], key: Key) -> str:
    """The hash that covers entries of a release that had no chain; "" for none."""
    if not lines:
        return ""
    each = hmac.new(key.raw, b"older", hashlib.sha256)
    for line in lines:
        each.update(hashlib.sha256(line).digest())
    return each.hexdigest()


def read(line: bytes | str) -> dict[str, Any]:
    """The document in a line. Raises ValueError, TypeError."""
    return dict(json.loads(line))


def parsed(line: bytes | str) -> Link:
    """The entry in a line, as far as this release knows it; what stands before the chain is left out. Raises ValueError."""
    try:
        found = read(line)
        act = Act(float(found["at"]), str(found["by"]), str(found["what"]), str(found["code"]))
        before, once, key, hash_ = (str(found[name]) for name in ("before", "once", "key", "hash"))
        raw = line if isinstance(line, str) else line.decode()
        return Link(int(found["n"]), act, before, once, key, None, hash_, raw)
    except (KeyError, TypeError):
        raise ValueError("no entry") from None


class Check:
    """Goes along a trail, some lines at a time, and says at the end whether it holds.

    `start` is what is said to stand before the first line. `expected` are hashes of entries that somebody has written down.
    With `gaps` lines may be missing, as in an export of some of them: then each is looked at by itself."""

    def __init__(
        self, keys: Iterable[Key], start: Base | None = None, expected: Mapping[int, str] | None = None, *, gaps: bool = False
    ) -> None:
        self._keys, self._start = {key.name: key for key in keys}, start or Base()
        self._gaps, self._expected = gaps, dict(expected or {})
        self._last, self._begun = Head(self._start.n, self._start.hash), False
        self._vouched, self._vouching = Base(), ""
        self._faults, self._count, self._known, self._unknown = list[str](), 0, False, 0

    def feed(self, lines: Iterable[bytes | str]) -> None:
        """Look at the next lines, oldest first."""
        for line in lines:
            self._count += 1
            try:
                self._look(read(line))
            except (ValueError, TypeError, KeyError, RecursionError):
                self.fault(f"the line after entry {self._last.n} cannot be read")

    def end(self, head: Head | None, older: Sequence[bytes] | None = None) -> Verdict:
        """The verdict. `head` is where the trail is said to end, `older` the entries that stand before the chain; None where
        there is nobody who says so."""
        if head is not None and head != self._last:
            self.fault(_cut_off(head, self._last))
        if older is not None:
            self._base(older)
        for n, _ in sorted(self._expected.items()):
            self.fault(_unmet(n, self._last.n, self._start.n))
        uncovered = max(0, len(older or ()) - self._vouched.older)
        return Verdict(tuple(self._faults), self._count, self._last, self._unknown, uncovered)

    def _look(self, found: dict[str, Any]) -> None:
        n, before, hash_ = int(str(found["n"])), str(found["before"]), str(found["hash"])
        if not self._gaps or n == self._last.n + 1 or n <= self._last.n:
            self._follows(n, before)
        self._own(n, found, hash_)
        self._meets(n, hash_)
        if isinstance(found.get("base"), dict):
            self._vouched, self._vouching = Base(**found["base"]), str(found["key"])
        self._last, self._begun = Head(n, hash_), True

    def _follows(self, n: int, before: str) -> None:
        """Whether the entry is the next one, and says so itself."""
        wanted = self._last.n + 1
        if n > wanted:
            self.fault(f"entry {wanted} is missing" if n == wanted + 1 else f"entries {wanted} to {n - 1} are missing")
        elif n < wanted:
            self.fault(f"entry {n} stands after entry {self._last.n}: it was moved there, or stands twice")
        elif before != self._last.hash and (self._begun or not self._gaps):
            self.fault(f"entry {n} does not follow the entry before it: that one was changed or put in")

    def _own(self, n: int, found: dict[str, Any], hash_: str) -> None:
        """Whether the entry is as it was written. One of another secret cannot be known, and may only stand before ours."""
        key = self._keys.get(str(found["key"]))
        if key is None:
            self._unknown += 1
            if self._known:
                self.fault(f"entry {n} was not written with the secret of those before it")
        elif not hmac.compare_digest(signed(found, key).encode(), hash_.encode()):
            self.fault(f"entry {n} was changed")
        self._known = self._known or key is not None

    def _meets(self, n: int, hash_: str) -> None:
        wanted = self._expected.pop(n, hash_)
        if wanted != hash_:
            self.fault(f"entry {n} is not the one that was expected: its hash is {hash_[:16]}…")

    def _base(self, older: Sequence[bytes]) -> None:
        """Whether the trail begins where an entry of it says that it does."""
        if (self._start.n, self._start.hash) != (self._vouched.n, self._vouched.hash):
            begins = f"the trail begins after entry {self._start.n}"
            self.fault(f"{begins}, and should after entry {self._vouched.n}: what is older was removed, or put in")
        key = self._keys.get(self._vouching)
        covered = older[: self._vouched.older]
        if key and (len(covered) < self._vouched.older or covering(covered, key) != self._vouched.older_hash):
            self.fault("entries of an older release, which stand before the chain, were changed or removed")

    def fault(self, words: str) -> None:
        """Something does not fit."""
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(words)
        elif len(self._faults) == MOST_FAULTS:
            self._faults.append("and more that does not fit")


def _cut_off(head: Head, last: Head) -> str:
    if last.n < head.n:
        return f"the trail ends at entry {last.n}, and should at entry {head.n}: the end was cut off"
    if last.n > head.n:
        return f"the trail goes on after entry {head.n}, where it should end: entries were put in, or its end was put back"
    return f"entry {last.n} is not the one that the trail should end with"


def _unmet(n: int, last: int, start: int) -> str:
    if n <= start:
        return f"entry {n} was trimmed away, so that it cannot be compared: expect a younger one"
    return f"entry {n} was expected, and the trail ends at entry {last}: the end was cut off"
