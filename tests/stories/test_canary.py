"""`bridge run`, for real: the canary flies, the carrier is asked, and both get over a worker that is killed with -9."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis

from bridge.store.server import socket_path
from tests.conftest import wait_until
from tests.stories.story import ROOT, free_port
from tests.stories.test_kill import Stack, start


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("run")
    shutil.copytree(ROOT / "config", home / "config")
    ours = {"BRIDGE_DATA": str(home / "var"), "BRIDGE_CONFIG": str(home / "config"), "PORT": str(free_port())}
    stack = start({**ours, "BRIDGE_CARRIER_PORT": str(free_port())})
    yield stack
    stack.supervisor.terminate()
    stack.supervisor.wait(30)


@pytest.fixture
def store(stack: Stack) -> Iterator["Redis[Any]"]:
    client = Redis.from_url(f"unix://{socket_path(Path(stack.environ['BRIDGE_DATA']))}")
    yield client
    client.close()


def said(stack: Stack, name: str) -> dict[str, Any]:
    """What `/health/ready` says of this part."""
    strip = requests.get(f"{stack.url}/health/ready", timeout=2).json()["vitals"]
    found: dict[str, Any] = next(vital for vital in strip if vital["name"] == name)
    return found


def test_soon_after_the_start_every_part_is_known_to_be_well(stack: Stack) -> None:
    parts = ("Store", "Worker", "Clock", "Outbox", "Carrier", "Canary", "Texts", "Version")
    wait_until(lambda: {said(stack, name)["health"] for name in parts} == {"good"}, 20)
    answer = requests.get(f"{stack.url}/health/ready", timeout=2).json()
    assert (answer["ready"], answer["missing"], answer["degraded"]) == (True, [], [])
    assert said(stack, "Store")["said"] == "durable"
    assert said(stack, "Canary")["said"].startswith("took 0.")


def test_a_canary_comes_back_though_the_workers_are_killed_with_it(stack: Stack, store: "Redis[Any]") -> None:
    wait_until(lambda: said(stack, "Canary")["health"] == "good")
    before = said(stack, "Canary")["at"]
    for _ in range(3):
        store.delete("once:", *store.keys("once:*"))  # the minute is over
        wait_until(lambda: store.zscore("outbox", "canary") is not None or said(stack, "Canary")["at"] > before, 5)
        wait_until(lambda: stack.pids("bridge worker"))
        stack.kill("bridge worker")
    wait_until(lambda: said(stack, "Canary")["at"] > before, 30)
    wait_until(lambda: said(stack, "Worker")["said"] == "2 running" and said(stack, "Canary")["health"] == "good", 30)
    wait_until(lambda: store.zscore("outbox", "canary") is None, 30)
    assert not {b"late", b"claim:canary"} & set(store.keys("*"))
    assert all(not phone["texts"] for phone in stack.telephones.state()["phones"]), "it reaches nobody"
