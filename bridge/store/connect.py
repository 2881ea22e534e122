"""Redis clients for three kinds of patience, to one server or to whichever of several leads at the moment."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar

from redis import Redis
from redis.backoff import AbstractBackoff, ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError
from redis.retry import Retry
from redis.sentinel import (
    MasterNotFoundError,
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

from bridge.settings.store_url import TLS_FILES, Sentinels, by_sentinels, sentinels

T = TypeVar("T")

SENTINEL_WITHIN = 0.5  # seconds that each sentinel is given to answer before the next one is asked
BELIEVED = 1.0  # seconds for which a server is believed to lead without asking the sentinels again
# How answers begin that say: not now. MISCONF: the disk; NOREPLICAS: too few of them follow.
NOT_NOW = ("MISCONF", "NOREPLICAS")
QUOTED = " of pipeline caused error: "

_until: ContextVar[float] = ContextVar("the store is given up at", default=math.inf)  # time.monotonic()


class OutOfTime(RedisError):
    """The time that there is for this piece of work has gone, and the store is asked nothing more."""


class NotNow(RedisError):
    """The store lives and takes no writes for the time being."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is done inside asks `quick` clients for so long in all (and at most one answer more). Then they raise OutOfTime."""
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


def quick(url: str) -> Redis:
    """For webhooks: a caller is on the line, and rather hears a dispatcher than waits for a store that is away."""
    return _client(url, _InTime(ExponentialWithJitterBackoff(base=0.05, cap=0.2), 3), read=1.0, connect=0.5)


def patient(url: str) -> Redis:
    """For workers and the clock: an outage of a minute is waited out, and so is a store that takes no writes."""
    return _client(url, _Waiting(ExponentialWithJitterBackoff(base=0.05, cap=1.0), 120), read=5.0, connect=2.0)


def once(url: str) -> Redis:
    """For a look: it answers now, or it does not."""
    return _client(url, _Quiet(NoBackoff(), 0), read=2.0, connect=1.0)


def at_length(url: str) -> Redis:
    """For what takes the store long, such as all of it at once."""
    return _client(url, _Quiet(NoBackoff(), 0), read=120.0, connect=2.0)


class _Quiet(Retry):
    """What the store refuses comes out without the command, which the library quotes for commands in a row: it holds what was
    to be stored, and an error may be logged."""

    def call_with_retry(self, do: Callable[[], T], *args: Any, **kwargs: Any) -> T:
        return super().call_with_retry(lambda: self._answer(do), *args, **kwargs)

    def _answer(self, do: Callable[[], T]) -> T:
        try:
            return do()
        except ResponseError as error:
            error.args = (str(error).rpartition(QUOTED)[2], *error.args[1:])
            raise


class _InTime(_Quiet):
    """Begins nothing after the end of `within`."""

    def _answer(self, do: Callable[[], T]) -> T:
        if time.monotonic() >= _until.get():
            raise OutOfTime("no time is left to ask the store")
        return super()._answer(do)


class _Waiting(_Quiet):
    """Tries again, too, what a store refuses that is out of memory or of disk, or that does not lead for the moment."""

    def __init__(self, backoff: AbstractBackoff, retries: int) -> None:
        super().__init__(backoff, retries)
        self.update_supported_errors([NotNow, OutOfMemoryError, ReadOnlyError])

    def _answer(self, do: Callable[[], T]) -> T:
        try:
            return super()._answer(do)
        except ResponseError as error:
            if str(error).startswith(NOT_NOW):
                raise NotNow(str(error)) from None
            raise


def hurried(url: str) -> Redis:
    """For what is asked in passing, such as the time: whoever asks goes on without it, rather than wait."""
    return _client(url, _Quiet(NoBackoff(), 0), read=0.25, connect=0.25)


def _client(url: str, retry: Retry, read: float, connect: float) -> Redis:
    link = {"retry": retry, "socket_timeout": read, "socket_connect_timeout": connect}
    if by_sentinels(url):
        return _leader(sentinels(url), {**link, "health_check_interval": 15})
    extra = {} if url.startswith("unix:") else {"health_check_interval": 15}
    return Redis.from_url(url, **link, **extra)


def _leader(found: Sentinels, link: dict[str, Any]) -> Redis:
    """A client of whichever server the sentinels say leads."""
    ask = {"socket_timeout": SENTINEL_WITHIN, "socket_connect_timeout": SENTINEL_WITHIN, "retry": Retry(NoBackoff(), 0)}
    ask |= {"ssl": found.tls, "username": found.sentinel_username or None, "password": found.sentinel_password or None}
    files = {name: getattr(found, name) for name in TLS_FILES if getattr(found, name)}
    ask, link = {**ask, **files}, {**link, **files}
    asked = Sentinel(found.hosts, sentinel_kwargs=ask)  # type: ignore[no-untyped-call]
    mine = {"db": found.db, "username": found.username or None, "password": found.password or None}
    leading = _LeadingTls if found.tls else _Leading
    client: Redis = asked.master_for(  # type: ignore[no-untyped-call]
        found.name, connection_pool_class=_Leaders, connection_class=leading, **mine, **link
    )
    return client


class _Leaders(SentinelConnectionPool):
    """Connections to whoever leads, which the sentinels are asked again and again.

    A server that hung for a while takes itself for the leader until it is told otherwise, ten seconds later, and answers all
    that time: a worker that stays with it hears of no page, and what is written there is lost."""

    _asked_at = -math.inf  # time.monotonic()

    def get_connection(self, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() - self._asked_at >= BELIEVED:
            self._asked_at = time.monotonic()  # the other threads go on meanwhile
            with suppress(MasterNotFoundError):  # where no sentinel knows, whoever answers is as good as any
                self.get_master_address()  # type: ignore[no-untyped-call]  # where it is another one, idle connections are cut
            self._asked_at = time.monotonic()
        return super().get_connection(*args, **kwargs)


class _Leading(SentinelManagedConnection):
    """A connection that asks the sentinels each time it is made anew, and is never used again after half an answer.

    The one of the library does neither where a command is tried again (it goes back to the server that is dead), and leaves an
    answer that was not waited for to whoever asks next."""

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        if not self._sock:
            self._connect_retry()  # type: ignore[no-untyped-call]
        super().send_packed_command(command, check_health=check_health)  # type: ignore[no-untyped-call]

    def read_response(self, disable_decoding: bool = False, **how: Any) -> Any:
        return super().read_response(disable_decoding, **{**how, "disconnect_on_error": True})


class _LeadingTls(_Leading, SentinelManagedSSLConnection):
    """The same over TLS."""
