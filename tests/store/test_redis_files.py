"""What was erased is gone from the store's files: whatever becomes of a rewrite, there is another until one comes through."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from bridge.core.events import Closed, Ticked
from bridge.core.intake import Call
from bridge.core.model import Request, State
from bridge.core.request import opened, step
from bridge.store import connect
from bridge.store.redis_files import EVERY
from bridge.store.redis_store import RedisStore
from bridge.store.server import socket_path
from tests.conftest import start_store, wait_until
from tests.given import T0, context, draft

NEEDLE = "callfrom7"  # stands in the files as it is: what is sealed would not


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """The folder of a store that this test may kill."""
    server = start_store(tmp_path)
    yield tmp_path
    server.kill()
    server.wait()


@pytest.fixture
def client(data: Path) -> Iterator["Redis[Any]"]:
    redis = connect.patient(f"unix://{socket_path(data)}")
    yield redis
    redis.close()


def on_disk(data: Path) -> bool:
    """Whether the needle is in any file of the store."""
    return any(NEEDLE.encode() in file.read_bytes() for file in data.rglob("*") if file.is_file())


def idle(redis: "Redis[Any]") -> bool:
    told = redis.info("persistence")
    return not told["aof_rewrite_in_progress"] and not told["aof_rewrite_scheduled"]


def settles(store: RedisStore, redis: "Redis[Any]", now: float) -> None:
    """The clock asks once a second until nothing is owed."""
    clock = [now]

    def quiet() -> bool:
        clock[0] += 1.0
        store.compact(clock[0])
        return store.files_owed_since() is None

    wait_until(quiet)


def test_a_call_that_is_over_is_gone_from_the_files_soon(data: Path, client: "Redis[Any]") -> None:
    store = RedisStore(client, "s" * 32)
    settles(store, client, T0)
    store.save_call(Call(NEEDLE, "r1"), T0 + 60)
    store.forget_call(NEEDLE)
    assert on_disk(data), "the files are a journal"
    settles(store, client, T0 + 100)
    assert not on_disk(data)


def test_a_request_that_is_erased_is_owed_once(client: "Redis[Any]") -> None:
    store, ctx = RedisStore(client, "s" * 32), context()
    settles(store, client, T0)
    request, effects = opened(draft(), ctx, T0, call_sid="CA1")
    store.create(request, effects, T0)
    before = int(client.hget("rewrite", "owed") or 0)
    for event, at in ((Closed("test"), T0 + 1), (Ticked(), T0 + 3601.0)):
        standing: Request = store.load("r1")
        after, more = step(standing, event, ctx, at)
        assert store.commit(standing, after, more, at)
    erased = store.load("r1")
    assert erased.state is State.ERASED
    assert store.commit(erased, erased, (), T0 + 3700), "what follows holds nothing of anybody"
    assert int(client.hget("rewrite", "owed")) == before + 1


def test_what_is_erased_while_the_files_are_rewritten_is_owed_anew(client: "Redis[Any]") -> None:
    store = RedisStore(client, "s" * 32)
    settles(store, client, T0)
    store.forget_call("one")
    store.compact(T0 + 100)
    store.forget_call("two")  # the picture that is being written may have it
    wait_until(lambda: idle(client))
    store.compact(T0 + 101)
    assert store.files_owed_since() == T0 + 100
    assert int(client.hget("rewrite", "done")) < int(client.hget("rewrite", "owed"))
    settles(store, client, T0 + 101 + EVERY)


def test_a_rewrite_that_died_with_the_store_is_begun_again(data: Path, client: "Redis[Any]") -> None:
    store = RedisStore(client, "s" * 32)
    settles(store, client, T0)
    store.save_call(Call(NEEDLE, "r1"), T0 + 60)
    store.forget_call(NEEDLE)
    client.config_set("rdb-key-save-delay", 2_000_000)  # microseconds: the rewrite is not done when the store dies
    client.set("something", "to write")
    store.compact(T0 + 100)
    assert not idle(client)
    os.kill(client.info("server")["process_id"], signal.SIGKILL)
    again = start_store(data)
    try:
        assert store.files_owed_since() is not None
        settles(store, client, T0 + 200)
        assert not on_disk(data)
    finally:
        again.kill()
        again.wait()


def test_rewrites_are_not_begun_one_after_another(client: "Redis[Any]") -> None:
    store = RedisStore(client, "s" * 32)
    settles(store, client, T0)
    begun = client.info("persistence")["aof_rewrites"]
    for second in range(int(EVERY) - 2):
        store.forget_call(f"call{second}")
        wait_until(lambda: idle(client))
        store.compact(T0 + 1000 + second)
    wait_until(lambda: idle(client))
    assert client.info("persistence")["aof_rewrites"] == begun + 1


def test_anybody_may_ask_at_any_time(client: "Redis[Any]") -> None:
    store = RedisStore(client, "s" * 32)
    for _ in range(3):
        store.compact(T0)
    client.bgrewriteaof() if idle(client) else None
    store.forget_call("one")
    store.compact(T0 + 40)
    settles(store, client, T0 + 80)


def test_the_files_are_rewritten_once_a_day_though_nothing_is_known_to_be_erased(client: "Redis[Any]") -> None:
    store = RedisStore(client, "s" * 32)
    settles(store, client, T0)
    begun = client.info("persistence")["aof_rewrites"]
    store.compact(T0 + 3600)
    assert client.info("persistence")["aof_rewrites"] == begun
    store.compact(T0 + 90_000)
    assert client.info("persistence")["aof_rewrites"] == begun + 1


def test_a_server_that_lets_nobody_rewrite_is_not_asked_every_second(client: "Redis[Any]") -> None:
    store = RedisStore(client, "s" * 32)
    client.acl_setuser("default", enabled=True, nopass=True, commands=["+@all", "-bgrewriteaof"], keys=["*"])
    refused = 0
    for second in range(int(EVERY) + 2):
        try:
            store.compact(T0 + second)
        except NoPermissionError:
            refused += 1
    assert refused == 2
    assert store.files_owed_since() == T0, "it is shown that they are not rewritten"
