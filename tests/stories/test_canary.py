"""`bridge run`, for real: the canary flies, the carrier is asked, and both get over a worker that is killed with -9."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis

from bridge.store.server import socket_path
from tests.conftest import wait_until
from tests.stories.story import ROOT, free_port
from tests.stories.test_kill import Stack

ROTA = "ALLEAPS rota, hand-off "  # what people are told at the hours when a hand-off is due, whatever flies


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("run")
    shutil.copytree(ROOT / "config", home / "config")
    ours = {"BRIDGE_DATA": str(home / "var"), "BRIDGE_CONFIG": str(home / "config"), "PORT": str(free_port())}
    told = f"http://127.0.0.1:{free_port()}/"  # nobody listens there: of what is over soon nobody is told
    environ = {**ours, "BRIDGE_CARRIER_PORT": str(free_port()), "BRIDGE_ALARM_WEBHOOK": told}
    stack = Stack(subprocess.Popen([sys.executable, "-m", "bridge", "run"], env={**os.environ, **environ}), environ)
    try:
        wait_until(stack.ready, 90)
        yield stack
    finally:
        stack.supervisor.terminate()
        stack.supervisor.wait(60)


@pytest.fixture
def store(stack: Stack) -> Iterator["Redis[Any]"]:
    client = Redis.from_url(f"unix://{socket_path(Path(stack.environ['BRIDGE_DATA']))}")
    yield client
    client.close()


def strip(stack: Stack) -> dict[str, str]:
    """How each part is by `/health/ready`."""
    vitals = requests.get(f"{stack.url}/health/ready", timeout=20).json()["vitals"]
    return {vital["name"]: vital["health"] for vital in vitals}


def all_well(stack: Stack) -> bool:
    """Whether every part is known to be well."""
    return set(strip(stack).values()) == {"good"}


def flown(store: "Redis[Any]") -> float:
    """When a canary last came back (seconds, UTC)."""
    return float(store.hget("canary", "done_at") or 0)


def test_soon_after_the_start_every_part_is_known_to_be_well(stack: Stack) -> None:
    wait_until(lambda: all_well(stack), 60)
    answer = requests.get(f"{stack.url}/health/ready", timeout=20).json()
    assert (answer["ready"], answer["missing"]) == (True, [])
    assert strip(stack)["Store"] == "good"


def test_a_canary_comes_back_though_the_workers_are_killed_with_it(stack: Stack, store: "Redis[Any]") -> None:
    wait_until(lambda: all_well(stack), 60)
    before = flown(store)
    for _ in range(3):
        store.delete("once:", *store.keys("once:*"))  # the minute is over
        wait_until(lambda: store.hexists("canary", "begun_at") or flown(store) > before)
        wait_until(lambda: stack.pids("bridge worker"))
        stack.kill("bridge worker")
    wait_until(lambda: flown(store) > before, 60)
    wait_until(lambda: store.zscore("outbox", "canary") is None, 60)
    assert not {b"late", b"claim:canary"} & set(store.keys("*"))
    bodies = [text["body"] for phone in stack.telephones.state()["phones"] for text in phone["texts"]]
    assert [body for body in bodies if not body.startswith(ROTA)] == [], "it reaches nobody"
