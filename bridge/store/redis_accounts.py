"""The accounts on Redis or Valkey: users that were added by command, attempts to log in, and who is logged in."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

from redis import Redis

from bridge.actions.ports_board import Session
from bridge.settings import User
from bridge.store.versions import Format

SET_FORWARD = 7200  # seconds that the store's clock may be set forward: a code is used once all the same

_USER, _SESSION = Format("user", User), Format("session", Session)


class RedisAccounts:
    """See `bridge.actions.ports_board.Accounts`. Attempts stand under a hash that `secret` keys: anybody may type anything into
    the form. Sessions stand under a hash: who reads the store, or a copy of it, has nobody's cookie."""

    def __init__(self, redis: Redis, secret: str) -> None:
        self._redis: Any = redis
        self._secret = secret.encode(errors="surrogateescape")
        self._take = self._redis.register_script(files(__package__).joinpath("take.lua").read_text(encoding="utf-8"))

    def users(self) -> Mapping[str, User]:
        found = (_USER.read(doc) for doc in self._redis.hvals("users"))
        return {user.name: user for user in found}

    def put(self, user: User) -> None:
        self._redis.hset("users", user.name, _USER.write(user))

    def remove(self, name: str) -> bool:
        return bool(self._redis.hdel("users", name))

    def take(self, key: str, most: int, within: float, now: float) -> float:
        return float(self._take(keys=[self._tries(key)], args=[f"{now:.6f}", most, within, secrets.token_hex(8)]))

    def forgive(self, key: str) -> None:
        self._redis.delete(self._tries(key))

    def first_use(self, code: str, within: float) -> bool:
        return bool(self._redis.set(f"used:{code}", 1, nx=True, ex=int(within) + SET_FORWARD))

    def begin_session(self, id: str, session: Session, lasts: float) -> bool:
        out = self._redis.get(_out(session.user))
        if out is not None and session.since < float(out):
            return False
        self._redis.set(_session(id), _SESSION.write(session), nx=True, ex=int(lasts) + SET_FORWARD)
        kept = self.session(id)
        return kept is not None and not kept.ended

    def session(self, id: str) -> Session | None:
        return self._kept(_session(id))

    def end_session(self, id: str, session: Session, lasts: float) -> None:
        self._end(_session(id), session, lasts)

    def sessions(self) -> Mapping[str, Session]:
        found = {key.decode(): self._kept(key) for key in self._redis.scan_iter("session:*", count=1000)}
        return {key: session for key, session in found.items() if session}

    def end_sessions(self, user: str, now: float, lasts: float) -> int:
        self._redis.set(_out(user), f"{now:.6f}", ex=int(lasts) + SET_FORWARD)  # first: one that is begun meanwhile ends too
        theirs = {key: each for key, each in self.sessions().items() if each.user == user and not each.ended}
        for key, session in theirs.items():
            self._end(key, session, lasts)
        return len(theirs)

    def _kept(self, key: str | bytes) -> Session | None:
        document = self._redis.get(key)
        return _SESSION.read(document) if document else None

    def _tries(self, key: str) -> str:
        return f"tries:{hmac.new(self._secret, key.encode(errors='surrogatepass'), hashlib.sha256).hexdigest()[:32]}"

    def _end(self, key: str, session: Session, lasts: float) -> None:
        self._redis.set(key, _SESSION.write(replace(session, ended=True)), ex=int(lasts) + SET_FORWARD)


def _session(id: str) -> str:
    return f"session:{_hash(id)}"


def _out(user: str) -> str:
    return f"out:{_hash(user)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
