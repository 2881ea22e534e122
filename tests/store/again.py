"""What a store's client has sent of commits, so that it can be sent once more, as where the answer to it was lost."""

from typing import Any

from bridge.store.redis_store import RedisStore


class Sent:
    """Listens to what this store sends from now on."""

    def __init__(self, store: RedisStore) -> None:
        self._send, self._sent = store._commit, list[Any]()
        store._commit = self._remember

    def again(self) -> bool:
        """Send the last one once more; whether the store says that it was done."""
        return bool(self._send(*self._sent[-1]))

    def _remember(self, keys: list[str], args: list[Any]) -> Any:
        self._sent.append((keys, args))
        return self._send(keys, args)
