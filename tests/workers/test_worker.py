"""Workers and clocks outlive whatever a store does to them: real processes on a real store that is set wrong for a while."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ReadOnlyError, RedisError
from rq.exceptions import StopRequested

from bridge.store.server import socket_path
from tests.conftest import start_store, wait_until
from tests.stories.story import ROOT
from workers import worker

KINDS = ("worker", "clock")


class Crew:
    """A worker and a clock, and their store."""

    def __init__(self, data: Path) -> None:
        environ = {**os.environ, "BRIDGE_DATA": str(data), "BRIDGE_CONFIG": str(ROOT / "config"), "PORT": "1024"}
        self.data, self.server = data, start_store(data)
        self.redis: Redis[Any] = Redis.from_url(f"unix://{socket_path(data)}")
        commands = [[sys.executable, "-m", "bridge", kind] for kind in KINDS]
        self.processes = [subprocess.Popen(command, env=environ) for command in commands]

    def heard_after(self, instant: float) -> bool:
        """Whether both have said since then that they live."""
        beats = {name.decode(): at for name, at in self.redis.zrange("beats", 0, -1, withscores=True)}
        return all(any(name.startswith(kind) and at > instant for name, at in beats.items()) for kind in KINDS)

    def go_on(self) -> None:
        """Both do, and neither has ended since."""
        now = time.time()
        wait_until(lambda: self.heard_after(now))
        assert [process.poll() for process in self.processes] == [None, None]

    def end(self) -> None:
        for process in (*self.processes, self.server):
            process.kill()
            process.wait()
        self.redis.close()


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    crew = Crew(tmp_path_factory.mktemp("crew"))
    wait_until(lambda: crew.heard_after(0.0), 60)
    yield crew
    crew.end()


def refused(redis: "Redis[Any]") -> int:
    """How many commands the store has refused."""
    return sum(int(told.get("count", 0)) for told in redis.info("errorstats").values())


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (lambda redis: redis.config_set("maxmemory", 1), lambda redis: redis.config_set("maxmemory", 0)),
        (lambda redis: redis.replicaof("127.0.0.1", "9"), lambda redis: redis.replicaof("NO", "ONE")),
    ],
    ids=["out of memory", "read-only"],
)
def test_a_store_that_takes_no_writes_ends_nobody(crew: Crew, wrong: Callable[..., Any], right: Callable[..., Any]) -> None:
    wrong(crew.redis)
    before = refused(crew.redis)
    wait_until(lambda: refused(crew.redis) > before + 8)  # each of them has tried several times
    right(crew.redis)
    crew.go_on()


def test_a_store_that_was_away_ends_nobody_and_whoever_is_told_to_stop_stops_while_it_is(crew: Crew) -> None:
    crew.server.kill()
    crew.server.wait()
    crew.server = start_store(crew.data)
    crew.go_on()
    crew.server.kill()
    crew.server.wait()
    for process in crew.processes:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(15) for process in crew.processes] == [0, 0]


class Script:
    """Stands in for RQ's worker: what happens in each life of it."""

    def __init__(self, *lives: Exception | None) -> None:
        self._lives, self.lived = list(lives), 0
        self.told_to_stop = False

    def work(self, **_: object) -> None:
        self.lived += 1
        ending = self._lives.pop(0)
        if ending:
            raise ending
        self.told_to_stop = not self._lives


def test_whatever_ends_a_worker_a_new_one_takes_its_place_until_it_is_told_to_stop() -> None:
    script = Script(ReadOnlyError("x"), RedisError("y"), ValueError("z"), None, None)
    worker.work_on(lambda: script, after_failure=0.0)  # type: ignore[arg-type,return-value]
    assert script.lived == 5


def test_a_worker_that_is_told_to_stop_while_it_waits_stops() -> None:
    script = Script(RedisError("x"), StopRequested())
    worker.work_on(lambda: script, after_failure=0.0)  # type: ignore[arg-type,return-value]
    assert script.lived == 2


def test_a_worker_that_cannot_even_be_made_is_made_later() -> None:
    script, failures = Script(StopRequested()), [RedisError("away"), OSError("away")]

    def make() -> Script:
        if failures:
            raise failures.pop()
        return script

    worker.work_on(make, after_failure=0.0)  # type: ignore[arg-type]
    assert script.lived == 1
