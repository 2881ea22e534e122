"""The lanes port on Redis or Valkey."""

from redis import Redis

from bridge.actions.world import Permit
from bridge.core.model import Channel


class RedisLanes:
    """See `bridge.actions.world.Lanes`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def ask(self, effect: str, person: str, channel: Channel, *, cost: int, urgency: float, now: float, joins: bool) -> Permit:
        return Permit()

    def hung_up(self, person: str) -> None:
        return
