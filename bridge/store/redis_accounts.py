"""The accounts on Redis or Valkey: users that were added by command, and attempts to log in."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from redis import Redis

from bridge.settings import User

_USER = TypeAdapter(User)


class RedisAccounts:
    """See `bridge.actions.ports.Accounts`."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis

    def users(self) -> Mapping[str, User]:
        found = (_USER.validate_json(doc) for doc in self._redis.hvals("users"))
        return {user.name: user for user in found}

    def put(self, user: User) -> None:
        self._redis.hset("users", user.name, _USER.dump_json(user))

    def remove(self, name: str) -> bool:
        return bool(self._redis.hdel("users", name))

    def take(self, key: str, most: int, within: float, now: float) -> float:
        raise NotImplementedError

    def forgive(self, key: str) -> None:
        raise NotImplementedError

    def first_use(self, code: str, within: float) -> bool:
        return bool(self._redis.set(f"used:{code}", 1, nx=True, ex=int(within)))
