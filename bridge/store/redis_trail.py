"""The audit trail on Redis or Valkey: entries are appended to a chain (bridge.core.chain), counted where they come in floods,
and trimmed from the old end. What 0.4.0 wrote stands before the chain, in a list where it writes on while it runs beside.
"""

import hashlib
import hmac
import secrets
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter, ValidationError
from redis import Redis

from bridge.core import chain
from bridge.core.chain import Base, Check, Checked, Head, Key, Link, Verdict
from bridge.core.errors import TrailBusy
from bridge.core.trail import Act
from bridge.core.trail_words import counted, covered, trimmed
from bridge.store.versions import Format

MOST_TRIES = 200  # somebody is first each time, so nobody is last for long
CHUNK = 1000  # entries that are read at a time
OFTEN_NET = 2 * 24 * 3600  # seconds that a count outlives its time, should no clock write it down
MOST_COUNTS = 100  # that are written down in one go

UNREADABLE = "this entry cannot be read"

_ACT = Format("act", Act)
_CHECKED = TypeAdapter(Checked)


@dataclass(frozen=True)
class _Trim:
    """What is to go from the old end: `cut` entries, the last of which has the hash `last`, and `older` ones of the `standing`
    that a release without a chain has written. The trail begins after entry `first`."""

    cut: int = 0
    last: str = ""
    older: int = 0
    standing: tuple[bytes, ...] = ()
    first: Base = Base()

    def base(self, key: Key) -> Base:
        """What stands before the chain when it is done."""
        n, hash_ = (self.first.n + self.cut, self.last) if self.cut else (self.first.n, self.first.hash)
        left = self.standing[self.older :]
        return Base(n, hash_, len(left), chain.covering(left, key))


class RedisTrail:
    """See `bridge.actions.ports_board.Books`. `secret` keys the hashes."""

    def __init__(self, redis: Redis, secret: str) -> None:
        self._redis: Any = redis
        self._key = chain.key_of(secret)
        self._append, self._often = map(self._script, ("trail", "often"))

    def record(self, act: Act) -> None:
        self._write(act)

    def record_change(self, act: Act, name: str, value: str) -> bool:
        return self._write(act, mark=(name, value))

    def mark(self, name: str) -> str:
        return _text(self._redis.hget("trail_marks", name))

    def record_often(self, act: Act, within: float) -> None:
        name = f"often:{self._mac(act)}"
        args = [act.by, act.what, act.code, act.at, act.at + within, int(within) + OFTEN_NET]
        if int(self._often(keys=["trail_often", name], args=args)) == 1:
            self.record(act)

    def settle_counts(self, now: float) -> None:
        for name in self._redis.zrangebyscore("trail_often", "-inf", now, 0, MOST_COUNTS):
            found = {_text(field): _text(value) for field, value in self._redis.hgetall(name).items()}
            if int(found.get("count", 0)) > 1:
                what = counted(found["what"], int(found["count"]), now - float(found["since"]))
                self._write(Act(now, found["by"], what, found["code"]), settles=_text(name))
            else:
                self._redis.delete(name)
                self._redis.zrem("trail_often", name)

    def acts(self, limit: int) -> list[Act]:
        return [link.act for link, _ in zip(self.links(), range(limit), strict=False)]

    def head(self) -> Head:
        return _head(self._redis.hgetall("trail_head"))

    def links(self, before: int | None = None) -> Iterator[Link]:
        head, first = self._ends()
        top = head.n if before is None else min(head.n, before - 1)
        while top > first.n:
            low = max(first.n, top - CHUNK)
            lines = self._redis.lrange("trail", low - first.n, top - first.n - 1)
            yield from (_link(line, low + n) for n, line in reversed(list(enumerate(lines, 1))))
            top = low
        older = self.older() if before is None or before > -self._redis.llen("acts") else []
        stop = len(older) + min(0, (1 if before is None else before) - 1)  # the newest of them is 0, the one before it -1
        yield from (Link(n - len(older) + 1, _act(older[n])) for n in reversed(range(max(0, stop))))

    def nearest(self, at: float) -> int:
        """See there. Times may go back a little where a clock was set, so this is near it, not exact."""
        head, first = self._ends()

        def when(n: int) -> float:
            line = self._redis.lindex("trail", n - first.n - 1)
            return _link(line, n).act.at if line else float("inf")

        return bisect_left(range(head.n + 1), at, lo=min(first.n + 1, head.n + 1), key=when)

    def check(self, secrets_: Sequence[str] = (), expected: Mapping[int, str] | None = None) -> Verdict:
        keys = [self._key, *map(chain.key_of, secrets_)]
        while True:
            found = self._checked(keys, expected)
            if found is not None:
                return found

    def checked(self) -> Checked | None:
        found = self._redis.get("trail_checked")
        try:
            return _CHECKED.validate_json(found) if found else None
        except ValidationError:  # of a release to come: it is looked at anew
            return None

    def keep_checked(self, checked: Checked) -> None:
        self._redis.set("trail_checked", _CHECKED.dump_json(checked))

    def trim(self, at: float, by: str, now: float) -> int:
        """Entries of before `at` go. Only as many as stand together at the old end: an entry that is younger holds the rest."""
        first, cut, last = self._ends()[1], 0, ""
        while lines := self._redis.lrange("trail", cut, cut + CHUNK - 1):
            old = [chain.parsed(line) for line in lines]
            gone = next((n for n, each in enumerate(old) if each.act.at >= at), len(old))
            cut, last = cut + gone, old[gone - 1].hash if gone else last
            if gone < len(old):
                break
        older = tuple(self.older())
        old_cut = next((n for n, line in enumerate(older) if _ACT.read(line).at >= at), len(older))
        if not cut + old_cut:
            return 0
        done = self._write(Act(now, by, trimmed(cut + old_cut)), trim=_Trim(cut, last, old_cut, older, first))
        return cut + old_cut if done else 0

    def export(self) -> tuple[Base, Head, Iterator[bytes]]:
        """What stands before the chain, its end, and its lines, oldest first."""
        head, first = self._ends()
        return first, head, self._lines(first, head)

    def older(self) -> list[bytes]:
        """The lines of a release that had no chain, oldest first."""
        return list(self._redis.lrange("acts", 0, -1))

    def _write(self, act: Act, mark: tuple[str, str] = ("", ""), settles: str = "", trim: _Trim | None = None) -> bool:
        """Append the entry. Whether it was; not where the mark stands as it should, or nothing is left to settle or trim."""
        once, head, base = secrets.token_hex(8), self.head(), trim.base(self._key) if trim else None
        for _ in range(MOST_TRIES):
            made = chain.link(act, head, self._key, once, base)
            said, *where = self._put(made, mark, settles, trim)
            if said in (b"done", b"stands"):
                return bool(said == b"done")
            if said == b"moved":
                head = Head(int(where[0]), _text(where[1]))
            elif trim:  # 0.4.0 has written meanwhile: the next time
                return False
            else:
                self._cover(act.at)
                head = self.head()
        raise TrailBusy

    def _cover(self, at: float) -> None:
        """Entries of an older release, which has no chain, are covered by one of ours. Where somebody was first, they have."""
        older, (head, first) = tuple(self.older()), self._ends()
        everything = _Trim(standing=older, first=first)
        act = Act(at, "bridge", covered(len(older)))
        self._put(chain.link(act, head, self._key, secrets.token_hex(8), everything.base(self._key)), trim=everything)

    def _put(self, made: Link, mark: tuple[str, str] = ("", ""), settles: str = "", trim: _Trim | None = None) -> list[bytes]:
        covers = "" if trim is None else len(trim.standing)
        cut = trim or _Trim()
        line = chain.canonical(chain.document(made))
        args = [made.n - 1, made.before, made.hash, line, covers, *mark, cut.cut, cut.last, cut.older, cut.first.n]
        keys = ["trail", "trail_head", "trail_marks", "acts", "trail_often", settles]
        return list(self._append(keys=keys, args=args))

    def _checked(self, keys: Sequence[Key], expected: Mapping[int, str] | None) -> Verdict | None:
        """The verdict; None where the old end was trimmed meanwhile."""
        first, head, lines = self.export()
        check = Check(keys, first, expected)
        check.feed(lines)
        older = self.older()
        return check.end(head, older) if self._ends()[1] == first else None

    def _lines(self, first: Base, head: Head) -> Iterator[bytes]:
        """All lines up to the head; where more stand there than the head says, those too, unless they were just appended."""
        low, stop = 0, max(0, head.n - first.n)
        while low < stop and (lines := self._redis.lrange("trail", low, min(low + CHUNK, stop) - 1)):
            yield from lines
            low += len(lines)
        pipe = self._redis.pipeline(transaction=True)
        pipe.hget("trail_head", "n")
        pipe.lrange("trail", stop, -1)
        now, more = pipe.execute()
        if len(more) != int(now or 0) - head.n:
            yield from more

    def _ends(self) -> tuple[Head, Base]:
        found = self._redis.hgetall("trail_head")
        return _head(found), _first(found)

    def _mac(self, act: Act) -> str:
        told = chain.canonical({"by": act.by, "what": act.what, "code": act.code})
        return hmac.new(self._key.raw, told, hashlib.sha256).hexdigest()[:32]

    def _script(self, name: str) -> Any:
        return self._redis.register_script(files(__package__).joinpath(f"{name}.lua").read_text(encoding="utf-8"))


def _link(line: bytes, n: int) -> Link:
    """The n-th entry. One that was damaged is shown to be."""
    try:
        return chain.parsed(line)
    except ValueError:
        return Link(n, Act(0.0, "", UNREADABLE))


def _act(line: bytes) -> Act:
    try:
        return _ACT.read(line)
    except ValueError:
        return Act(0.0, "", UNREADABLE)


def _head(found: Mapping[bytes, bytes]) -> Head:
    return Head(int(found.get(b"n", 0)), _text(found.get(b"hash")))


def _first(found: Mapping[bytes, bytes]) -> Base:
    """Where the list begins. What it says of older entries is not told here: an entry of the chain vouches for that."""
    return Base(int(found.get(b"first", 0)), _text(found.get(b"first_hash")))


def _text(value: bytes | None) -> str:
    return value.decode(errors="replace") if value else ""
