"""The store port on Redis or Valkey. Every change of a request is one Lua script: all or nothing, on disk when it returns."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from redis import Redis

from bridge.actions.ports import PutThrough
from bridge.core import figures
from bridge.core.errors import SealedElsewhere, UnknownRequest
from bridge.core.events import Effect, Send
from bridge.core.intake import Call
from bridge.core.model import Request, State
from bridge.core.rota import local
from bridge.core.trail import Outcome
from bridge.store.redis_files import RedisFiles
from bridge.store.redis_guard import RedisGuard
from bridge.store.redis_line import RedisLine
from bridge.store.redis_records import RedisRecords
from bridge.store.redis_signs import RedisSigns
from bridge.store.replicas import Replicas
from bridge.store.seal import CALL, REQUEST, Seal
from bridge.store.versions import Format

QUEUED = 5.0  # seconds within which a worker should have claimed what was handed to the queue
CLAIMED = 13  # seconds: longer than a question, a send in vain and one by another account, each with its time-out
REST = 8 * 24 * 3600  # seconds: texts can be answered days late, so a code rests for more than a week
CALL_KEPT = 6 * 3600  # seconds: a net under the clock, which forgets calls long before
WAITS = 60  # seconds: longer than two rounds of waiting on the line, with a sentence in each: one may be lost
# (Where the store's clock is set back the key outlives its call, which by our own time ends all the same: there is nobody to be
# put through to. Where it is set forward, the next round writes it anew.)
DAY = 24 * 3600.0
NET = 3600.0  # seconds that a request outlives the instant by which the clock has to erase it: the store's clock may be set
LONG_DEAD = 600.0  # seconds after which a process that no longer says that it lives is forgotten
KEPT = ("create", "commit", "call")  # the scripts that write what a caller has been promised: replicas have to have it

_OUTCOME = Format("outcome", Outcome)
_ENDED = {
    State.OPEN: "live",
    State.ACCEPTED: "live",
    State.CONTACTED: "ended",
    State.CLOSED: "ended",
    State.ERASED: "erased",
}


class RedisStore(RedisLine, RedisRecords, RedisSigns, RedisFiles, RedisGuard):
    """See `bridge.actions.ports.Store`. `secret` keys the hashes under which callers' numbers are looked up. Where `replicas`
    have to have what is promised, a method that writes a request or a call returns only once they do, or see there. Place and
    number are sealed by `seal`, by default with a key that is derived from the secret."""

    def __init__(self, redis: Redis, secret: str, replicas: Replicas | None = None, seal: Seal | None = None) -> None:
        self._redis: Any = redis
        self._secret = secret.encode()
        self._seal = seal or Seal((), secret)
        self._replicas = replicas or Replicas()
        self._wanted = self._replicas.wanted
        self._create, self._commit, self._lease = map(self._script, ("create", "commit", "lease"))
        self._claim, self._first = self._script("held", "claim"), self._script("first")
        self._save_call = self._script("call")

    def create(self, request: Request, effects: Sequence[Effect], now: float) -> str:
        head = [
            request.id,
            request.version,
            REQUEST.write(request, self._seal),
            _or_empty(request.due_at),
            _gone_in(request, now),
        ]
        keys, args = [*self._keys(request, request.callback), "changes"], head + _pairs(request, effects, now)
        standing = _text(self._create(keys, args))
        if standing and standing != request.id and self._is_lost(standing):
            self._unlink(self._caller(request.callback), standing)
            standing = _text(self._create(keys, args))
        return standing

    def _is_lost(self, request_id: str) -> bool:
        """Whether nobody can be called back by it: it went by its own expiry, or no key of ours opens it."""
        try:
            self.load(request_id)
        except (UnknownRequest, SealedElsewhere):
            return True
        return False

    def _unlink(self, caller: str, request_id: str) -> None:
        """The number leads to this request no more, so that who calls again is promised something anew."""

        def leave(pipe: Any) -> None:
            led = _text(pipe.get(caller) or "")
            pipe.multi()
            if led == request_id:
                pipe.delete(caller)

        self._redis.transaction(leave, caller)

    def load(self, request_id: str) -> Request:
        doc = self._redis.hget(f"req:{request_id}", "doc") if request_id else None
        if doc is None:
            raise UnknownRequest(id=request_id)
        return REQUEST.read(doc, self._seal)

    def commit(self, before: Request, after: Request, effects: Sequence[Effect], now: float) -> bool:
        doc = REQUEST.write(replace(after, version=before.version + 1), self._seal)  # once: what is sealed again differs
        head = [before.id, before.version, before.version + 1, doc, _or_empty(after.due_at), _ENDED[after.state], REST]
        kept = figures.outcome(after)
        head += [_OUTCOME.write(kept) if kept else "", self._mac(f"outcome {before.id}"), _gone_in(after, now)]
        caller, former = after.callback or before.callback, before.callback
        keys = [*self._keys(before, caller), self._caller(former) if former != caller else ""]
        keys += ["changes", f"outcomes:{local(before.opened_at):%Y-%m}"]
        return bool(self._commit(keys, head + _pairs(before, effects, now)))

    def requests(self) -> list[Request]:
        ids = [_text(each) for each in self._redis.smembers("requests")]
        pipe = self._redis.pipeline(transaction=False)
        for each in ids:
            pipe.hget(f"req:{each}", "doc")
        found = [self._opened(doc) for doc in pipe.execute() if doc]
        return sorted((each for each in found if each), key=lambda request: request.opened_at)

    def _opened(self, doc: bytes) -> Request | None:
        """None where no key of ours opens it: that takes nobody the others from the board, and the watchman has people told."""
        try:
            return REQUEST.read(doc, self._seal)
        except SealedElsewhere:
            return None

    def changes(self) -> int:
        return int(self._redis.get("changes") or 0)

    def by_code(self, code: str) -> str:
        return _text(self._redis.get(f"code:{code}") or "")

    def lease(self, now: float, limit: int) -> list[str]:
        return [_text(effect) for effect in self._lease(["outbox"], [now, QUEUED, limit])]

    def claim(self, effect: str, token: str, now: float) -> bool:
        return bool(self._claim(["outbox", f"claim:{effect}"], [effect, token, now, CLAIMED]))

    def drop(self, effect: str) -> None:
        self._redis.zrem("outbox", effect)
        self._redis.hdel("attempts", effect)
        self._redis.delete(f"claim:{effect}")

    def due(self, now: float, limit: int) -> list[str]:
        return [_text(each) for each in self._redis.zrangebyscore("due", "-inf", now, start=0, num=limit)]

    def next_due(self) -> float | None:
        firsts = [self._redis.zrange(key, 0, 0, withscores=True) for key in ("due", "outbox")]
        return min((float(score) for first in firsts for _, score in first), default=None)

    def put_off(self, member: str, until: float) -> None:
        self._redis.zadd("due", {member: until}, xx=True)

    def never_due(self, member: str) -> None:
        self._redis.zrem("due", member)

    def save_call(self, call: Call, due_at: float) -> None:
        self._save_call([f"call:{call.sid}", "due"], [CALL.write(call, self._seal), CALL_KEPT, f"call/{call.sid}", due_at])

    def load_call(self, sid: str) -> Call | None:
        doc = self._redis.get(f"call:{sid}")
        return CALL.read(doc, self._seal) if doc else None

    def forget_call(self, sid: str) -> None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.delete(f"call:{sid}")
        pipe.zrem("due", f"call/{sid}")
        pipe.hincrby("rewrite", "owed")  # it may have held a place and a number
        pipe.execute()

    def keep_waiting(self, request_id: str, call: str) -> None:
        self._redis.set(f"waits:{request_id}", call, ex=WAITS)

    def waiting_call(self, request_id: str) -> str:
        return _text(self._redis.get(f"waits:{request_id}") or "")

    def stop_waiting(self, request_id: str) -> None:
        self._redis.delete(f"waits:{request_id}")

    def block_texts(self, person: str, why: str) -> None:
        self._redis.hset("voice_only", person, why)

    def allow_texts(self, person: str) -> None:
        self._redis.hdel("voice_only", person)

    def no_text(self) -> dict[str, str]:
        return {_text(person): _text(why) for person, why in self._redis.hgetall("voice_only").items()}

    def put_through(self, event: PutThrough) -> None:
        pipe = self._redis.pipeline(transaction=True)
        pipe.zremrangebyscore("put_through", "-inf", event.at - DAY)
        pipe.zadd("put_through", {repr(event.at): event.at})
        pipe.execute()

    def were_put_through(self) -> list[PutThrough]:
        return [PutThrough(float(score)) for _, score in self._redis.zrange("put_through", 0, -1, desc=True, withscores=True)]

    def first_time(self, what: str, number: str, within: float, now: float) -> bool:
        return bool(self._first([f"once:{self._mac(what + number)}"], [now, within]))

    def beat(self, name: str, now: float) -> None:
        pipe = self._redis.pipeline(transaction=False)
        pipe.zadd("beats", {name: now})
        pipe.zremrangebyscore("beats", "-inf", now - LONG_DEAD)
        pipe.execute()

    def beats(self) -> dict[str, float]:
        return {_text(name): float(at) for name, at in self._redis.zrange("beats", 0, -1, withscores=True)}

    def _keys(self, request: Request, callback: str) -> list[str]:
        return [f"req:{request.id}", "requests", "due", "outbox", f"code:{request.code}", self._caller(callback)]

    def _caller(self, callback: str) -> str:
        return f"caller:{self._mac(callback)}" if callback else ""

    def _mac(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:32]

    def _script(self, *names: str) -> Callable[[list[str], list[Any]], Any]:
        source = "".join(files(__package__).joinpath(f"{name}.lua").read_text(encoding="utf-8") for name in names)
        script: Callable[..., Any] = self._redis.register_script(source)
        if names[-1] not in KEPT:
            return lambda keys, args: script(keys=keys, args=args)
        return lambda keys, args: self._replicas.run(self._redis, script, source, keys, args)


def is_open(doc: bytes | None) -> bool:
    """Whether the request in this document still counts the time: somebody is to answer, to call back or to be on scene.
    One that cannot be read may."""
    try:
        request = REQUEST.blind(doc) if doc else None
    except ValueError:
        return True
    return request is not None and (request.state in (State.OPEN, State.ACCEPTED) or request.awaited)


def _gone_in(request: Request, now: float) -> int | str:
    """The net under the clock, which erases by then: milliseconds, or "" for what is erased, and rests. Not sooner for what has
    ended: by its document the carrier's records are found, also after a machine was off for hours."""
    if request.state is State.ERASED or request.forget_by is None:
        return ""
    return round(1000 * (max(request.forget_by - now, 0.0) + NET))


def _pairs(request: Request, effects: Iterable[Effect], now: float) -> list[Any]:
    """Effect and next attempt. What goes at once is handed to the queue by us: the outbox only looks again after a while."""
    pairs: list[Any] = []
    for effect in effects:
        pairs += [f"{request.id}/{effect.n}", _next_attempt(effect, now)]
    return pairs


def _next_attempt(effect: Effect, now: float) -> float | str:
    if not isinstance(effect, Send):
        return ""
    return effect.at if effect.at > now else now + QUEUED


def _or_empty(at: float | None) -> float | str:
    return "" if at is None else at


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
