"""The accounts on Redis or Valkey: users that were added by command, and attempts to log in."""

import hashlib
import secrets
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from redis import Redis

from bridge.settings import User
from bridge.store.versions import Format

SET_FORWARD = 7200  # seconds that the store's clock may be set forward: a code is used once all the same

_USER = Format("user", User)


class RedisAccounts:
    """See `bridge.actions.ports_board.Accounts`. Attempts stand under a hash: anybody may type anything into the form."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis
        self._take = self._redis.register_script(files(__package__).joinpath("take.lua").read_text(encoding="utf-8"))

    def users(self) -> Mapping[str, User]:
        found = (_USER.read(doc) for doc in self._redis.hvals("users"))
        return {user.name: user for user in found}

    def put(self, user: User) -> None:
        self._redis.hset("users", user.name, _USER.write(user))

    def remove(self, name: str) -> bool:
        return bool(self._redis.hdel("users", name))

    def take(self, key: str, most: int, within: float, now: float) -> float:
        return float(self._take(keys=[_tries(key)], args=[f"{now:.6f}", most, within, secrets.token_hex(8)]))

    def forgive(self, key: str) -> None:
        self._redis.delete(_tries(key))

    def first_use(self, code: str, within: float) -> bool:
        return bool(self._redis.set(f"used:{code}", 1, nx=True, ex=int(within) + SET_FORWARD))


def _tries(key: str) -> str:
    return f"tries:{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()[:32]}"
