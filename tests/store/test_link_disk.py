"""The files of a store that is set as the embedded one is: what was answered is there, however the last of them ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from bridge.core.request import opened
from bridge.store.redis_store import RedisStore
from tests.given import T0, context, draft
from tests.store.servers import Server

# Starts a command whose files stay under 30,720 bytes: a write beyond that fails, as it does on a full disk.
FULL = ("/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 60; exec "$0" "$@"')


def promise(client: "Redis[Any]", n: int) -> str:
    """Store a request. Returns its id, and raises where that is not certain."""
    request, effects = opened(draft(id=f"r{n}", code=str(n), callback=""), context(), T0)
    return RedisStore(client, "secret").create(request, effects, T0)


def newest(server: Server) -> Path:
    """The file that it writes to."""
    return max((server.home / "appendonlydir").glob("*.incr.aof"))


@contextmanager
def client_of(server: Server) -> Iterator["Redis[Any]"]:
    try:
        with Redis(port=server.port, retry=Retry(NoBackoff(), 0)) as client:
            yield client
    finally:
        server.kill()


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_a_file_cut_in_its_last_record_loses_that_record_alone(tmp_path: Path, cut: int) -> None:
    server = Server(tmp_path)
    with client_of(server) as client:
        promised = [promise(client, n) for n in range(20)]
        whole = newest(server).stat().st_size
        client.set("last", "x" * 100)  # what was under way when the power failed
    assert newest(server).stat().st_size > whole + 100
    os.truncate(newest(server), newest(server).stat().st_size - cut)
    server.start()
    with client_of(server) as client:
        assert client.get("last") is None
        assert client.smembers("requests") == {each.encode() for each in promised}
        assert promise(client, 20) == "r20"


def test_a_full_disk_takes_no_promise_and_loses_none(tmp_path: Path) -> None:
    server, promised = Server(tmp_path, by=FULL), list[str]()
    with client_of(server) as client:
        with suppress(RedisError):
            while True:
                promised.append(promise(client, len(promised)))
        server.process.wait(20)  # it cannot know any more what is on disk: it ends, and starts again from what is
    assert len(promised) > 3
    server.start()
    with client_of(server) as client:
        assert set(promised) <= {each.decode() for each in client.smembers("requests")}
        assert promise(client, 9999) == "r9999"
