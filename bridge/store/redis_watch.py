"""What the watchman sees in the store, what it mends there, and what it remembers.

Keys: `watch` (hash): `doc`, what it remembers, and its `version`; `broken` (sorted set, seconds UTC): when callers were put
through because something of ours had failed.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridge.core.errors import SealedElsewhere
from bridge.core.findings import Facts, How, Repair
from bridge.core.model import PENDING, Request, State
from bridge.core.vigil import Vigil
from bridge.store.redis_store import CLAIMED, RedisStore, _text
from bridge.store.seal import REQUEST, Seal
from bridge.store.versions import Format

AT_ONCE = 500  # documents that are read in one round trip
BROKEN_KEPT = 3600  # seconds
FOR_EVER = -1  # what the store says of a key that does not end
_VIGIL = Format("vigil", Vigil)


class RedisWatch(RedisStore):
    """See `bridge.actions.ports_watch.Watch`. With a seal that seals nothing and does not open what is sealed it looks all the
    same, and sees neither place nor number."""

    def __init__(self, redis: Any, secret: str, seal: Seal | None = None) -> None:
        super().__init__(redis, secret, seal=seal)
        self._survey, self._leads, self._mend = self._script("look"), self._script("leads"), self._script("held", "mend")
        self._parsed: dict[bytes, Request] = {}

    def facts(self, now: float) -> Facts:
        suspects, strays = self._sweep()
        found = self._survey(["requests", "due", "outbox", "late"], suspects)
        listed, unlisted, due, outbox, late, claims, lanes, notices = found
        documents = {_text(each): doc for each, doc in _pairwise(listed)}
        requests, broken = self._read_all(documents.items())
        others, broken_too = self._read_all((_text(each), doc) for each, doc in _pairwise(unlisted))
        self._parsed = {doc: self._parsed[doc] for doc in (*listed[1::2], *unlisted[1::2]) if doc in self._parsed}
        codes, callers = self._led(requests)
        return Facts(
            requests=tuple(requests),
            hidden=tuple(each for each in others if _matters(each)),
            gone=tuple(each for each, doc in documents.items() if not doc),
            unreadable=(*broken, *broken_too),
            due=_scores(due),
            outbox=_scores(outbox),
            late=_scores(late),
            claims=dict(_held(claims, now)),
            lanes={_text(lane): frozenset(map(_text, effects)) for lane, *effects in lanes},
            notices=frozenset(map(_text, notices)),
            codes=codes,
            callers=callers,
            strays=strays,
            broken=tuple(at for _, at in self._redis.zrange("broken", 0, -1, withscores=True)),
        )

    def mend(self, repair: Repair, now: float) -> bool:
        about = repair.key.rpartition("/")[0] if repair.how in (How.OUTBOX, How.DROP) else repair.key
        keys = ["requests", "due", "outbox", "late", "changes", f"req:{about}" if about else "", self._index(repair)]
        at = "" if repair.at is None else repr(repair.at)
        args = [repair.how.name, repair.key, repair.version, at, repair.to, repr(now), CLAIMED]
        return bool(self._mend(keys, args))

    def met_broken(self, now: float) -> None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.zadd("broken", {repr(now): now})
        pipe.zremrangebyscore("broken", "-inf", now - BROKEN_KEPT)
        pipe.expire("broken", BROKEN_KEPT)
        pipe.execute()

    def vigil(self) -> Vigil:
        doc, version = self._redis.hmget("watch", "doc", "version")
        try:
            kept = _VIGIL.read(doc) if doc else Vigil()
        except ValueError:  # of another release: what stands is found again
            kept = Vigil()
        return replace(kept, version=int(version or 0))

    def keep_vigil(self, before: Vigil, after: Vigil) -> bool:
        doc = _VIGIL.write(replace(after, version=before.version + 1))

        def put(pipe: Any) -> bool:
            if int(pipe.hget("watch", "version") or 0) != before.version:
                return False
            pipe.multi()
            pipe.hset("watch", mapping={"doc": doc, "version": before.version + 1})
            return True

        return bool(self._redis.transaction(put, "watch", value_from_callable=True))

    def _sweep(self) -> tuple[list[str], dict[str, str]]:
        """Every key once: ids of requests that matter and may be in no list, and indexes that may lead to what is over."""
        found: dict[str, list[str]] = {"req": [], "code": [], "caller": []}
        for key in self._redis.scan_iter(count=AT_ONCE):
            kind, _, rest = _text(key).partition(":")
            if rest and kind in found:
                found[kind].append(rest)
        listed = set(map(_text, self._redis.smembers("requests")))
        suspects = [each for each in found["req"] if each not in listed]
        docs = self._many("hget", [(f"req:{each}", "doc") for each in suspects])
        indexes = [f"{kind}:{rest}" for kind in ("code", "caller") for rest in found[kind]]
        return [each for each, doc in zip(suspects, docs, strict=True) if doc and _seems_alive(doc)], self._strays(indexes)

    def _strays(self, indexes: list[str]) -> dict[str, str]:
        """A code that rests with its request goes away by itself, as that does."""
        leads = [_text(to or "") for to in self._many("get", [(index,) for index in indexes])]
        docs = self._many("hget", [(f"req:{to}", "doc") for to in leads])
        ends = self._many("ttl", [(index,) for index in indexes])
        found = {}
        for index, to, doc, left in zip(indexes, leads, docs, ends, strict=True):
            over = not doc if index.startswith("code:") else not (doc and self._is_live(doc))
            if to and over and left == FOR_EVER:
                found[index] = to
        return found

    def _is_live(self, doc: bytes) -> bool:
        """Whether a number leads to it. What cannot be read is left alone."""
        try:
            return REQUEST.blind(doc).state in (State.OPEN, State.ACCEPTED)
        except ValueError:
            return True

    def _many(self, command: str, calls: Sequence[tuple[str, ...]]) -> list[Any]:
        answers: list[Any] = []
        for start in range(0, len(calls), AT_ONCE):
            pipe = self._redis.pipeline(transaction=False)
            for call in calls[start : start + AT_ONCE]:
                getattr(pipe, command)(*call)
            answers += pipe.execute()
        return answers

    def _read_all(self, documents: Iterable[tuple[str, bytes]]) -> tuple[list[Request], list[str]]:
        """The requests, and the ids of those that cannot be read. What is as it was at the last look is not read again."""
        found, broken = list[Request](), list[str]()
        for each, doc in documents:
            try:
                if doc and doc not in self._parsed:
                    self._parsed[doc] = self._read(doc)
            except ValueError:
                broken.append(each)
            else:
                found += [self._parsed[doc]] if doc else []
        return found, broken

    def _read(self, doc: bytes) -> Request:
        try:
            return REQUEST.read(doc, self._seal)
        except SealedElsewhere:
            if self._seal.seals:  # we are to act on it, and cannot
                raise
            return REQUEST.blind(doc)

    def _led(self, requests: Sequence[Request]) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
        """Where the codes and numbers of these requests lead. Of one that has changed since, nothing is said."""
        keys = [key for r in requests for key in (f"req:{r.id}", f"code:{r.code}", self._caller(r.callback))]
        leads = self._leads(keys, [r.version for r in requests]) if requests else []
        known = [(r, list(map(_text, found))) for r, found in zip(requests, leads, strict=True) if found]
        codes = {r.id: found[0] for r, found in known}
        return codes, {r.id: frozenset(found[1:]) for r, found in known if r.callback}

    def _index(self, repair: Repair) -> str:
        if repair.how is How.CODE:
            return f"code:{repair.to}"
        return self._caller(self.load(repair.key).callback) if repair.how is How.CALLER else ""


def _matters(request: Request) -> bool:
    """Whether something is still to be done about a request that no list names. An erased one rests, and is in none."""
    return request.state is not State.ERASED or any(m.status in PENDING for m in request.messages)


def _seems_alive(doc: bytes) -> bool:
    """The same of a document, without reading it: there may be thousands that rest."""
    return b'"state":"erased"' not in doc or any(f'"{status}"'.encode() in doc for status in PENDING)


def _held(claims: Sequence[Any], now: float) -> Iterator[tuple[str, float]]:
    """Seconds until each claim ends. One that says so itself ends then, though its key lives on: see held.lua."""
    for effect, claim, left in zip(claims[::3], claims[1::3], claims[2::3], strict=True):
        who, _, ends = _text(claim).rpartition(" ")
        seconds = float(ends) - now if who else left / 1000 if left >= 0 else math.inf
        if seconds > 0:
            yield _text(effect), seconds


def _pairwise(flat: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return zip(flat[::2], flat[1::2], strict=True)


def _scores(flat: Sequence[bytes]) -> Mapping[str, float]:
    return {_text(name): float(at) for name, at in _pairwise(flat)}
