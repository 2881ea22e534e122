"""The only place where real things are built. Importing this, or anything else, connects to nothing."""

import os
from collections.abc import Callable
from functools import cache

from redis import Redis

from bridge.actions.line import Line
from bridge.actions.ports import Carrier
from bridge.actions.ports_watch import NoSteps, Steps
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
from bridge.store.redis_watch import RedisWatch
from bridge.store.replicas import Replicas
from bridge.store.seal import Seal
from bridge.store.server import socket_path
from bridge.store.timekeeper import Timekeeper


def store_url(settings: Settings) -> str:
    """Where the store is: the operator's, or the embedded one."""
    return settings.redis_url or f"unix://{socket_path(settings.data)}"


def timekeeper(settings: Settings) -> Timekeeper:
    """What tells this process the time. It has a connection of its own, which waits for nothing."""
    return Timekeeper(connect.hurried(store_url(settings)))


def seal(settings: Settings) -> Seal:
    """What seals the private parts of what is stored, and opens them."""
    return Seal(settings.seal_keys, settings.secret_key)


def carriers(settings: Settings) -> list[tuple[str, Carrier]]:
    """Every account at a carrier by its name, in the order in which they are tried."""
    return [(each.name, TwilioCarrier(each.sid, each.tokens[0], each.line, each.base_url)) for each in settings.accounts]


def world(
    settings: Settings, redis: Redis, now: Callable[[], float], steps: Steps | None = None, *, strict: bool = True
) -> World:
    """A world on this store, with the carrier that the settings name. `strict`: somebody is told where replicas lag behind."""
    secret, sealed = settings.secret_key, seal(settings)
    store = RedisStore(redis, secret, Replicas(settings.replicas, strict=strict), sealed)
    carrier = Line(carriers(settings), store, now, [each.name for each in settings.accounts if each.discard])
    lanes = RedisLanes(redis, settings.policy)
    books, accounts, queue = RedisBooks(redis, secret), RedisAccounts(redis, secret), RqQueue(redis)
    alarms, watch = RoutedAlarms(settings.alarms, now), RedisWatch(redis, secret, sealed)
    rota, gazetteer = RedisRota(redis), Gazetteer.load()
    return World(
        settings, gazetteer, store, rota, lanes, carrier, queue, books, accounts, alarms, watch, now, steps or NoSteps()
    )


@cache
def background() -> World:
    """The world of this worker or clock process: built once, at its first job."""
    settings = load(os.environ)
    redis, keeper = connect.patient(store_url(settings)), timekeeper(settings)
    keeper.begin(redis)  # nothing is to be sent by a clock that was set while this process was away
    return world(settings, redis, keeper.now, keeper, strict=False)


def lookout() -> World:
    """The world of who only looks: where the store does not answer, it is told so at once."""
    settings = load(os.environ)
    keeper = timekeeper(settings)
    return world(settings, connect.once(store_url(settings)), keeper.now, keeper)
