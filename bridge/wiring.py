"""The only place where real things are built. Importing this, or anything else, connects to nothing."""

import os
import time
from collections.abc import Callable
from functools import cache

from redis import Redis

from bridge.actions.line import NotedCarrier
from bridge.actions.world import World
from bridge.alarms import RoutedAlarms
from bridge.carrier.rest import TwilioCarrier
from bridge.core.places import Gazetteer
from bridge.queue import RqQueue
from bridge.settings import Settings, load
from bridge.store import connect
from bridge.store.redis_accounts import RedisAccounts
from bridge.store.redis_books import RedisBooks
from bridge.store.redis_lanes import RedisLanes
from bridge.store.redis_rota import RedisRota
from bridge.store.redis_store import RedisStore
from bridge.store.server import socket_path


def store_url(settings: Settings) -> str:
    """Where the store is: the operator's, or the embedded one."""
    return settings.redis_url or f"unix://{socket_path(settings.data)}"


def world(settings: Settings, redis: Redis, now: Callable[[], float]) -> World:
    """A world on this store, with the carrier that the settings name."""
    store = RedisStore(redis, settings.secret_key)
    twilio = TwilioCarrier(settings.account_sid, settings.auth_token, settings.line, settings.carrier_url)
    carrier = NotedCarrier(twilio, store, now)
    lanes = RedisLanes(redis, settings.policy)
    books, accounts, queue = RedisBooks(redis), RedisAccounts(redis), RqQueue(redis)
    alarms = RoutedAlarms(settings.alarms, now)
    return World(settings, Gazetteer.load(), store, RedisRota(redis), lanes, carrier, queue, books, accounts, alarms, now)


@cache
def background() -> World:
    """The world of this worker or clock process: built once, at its first job."""
    settings = load(os.environ)
    return world(settings, connect.patient(store_url(settings)), time.time)
