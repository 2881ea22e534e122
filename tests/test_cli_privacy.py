"""`bridge privacy`, as somebody types it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bridge.core.records import Record
from bridge.core.request import opened
from bridge.settings import load
from bridge.simulator import Simulator
from bridge.store.redis_store import RedisStore
from tests.given import context, draft
from tests.stories.story import free_port
from tests.test_cli import typed

SECRET = "s" * 40
PORT = {"BRIDGE_CARRIER_PORT": str(free_port())}
DAY = 24 * 3600.0


@pytest.fixture
def store(redis: "Redis[Any]") -> RedisStore:
    return RedisStore(redis, SECRET)


@pytest.fixture
def environ(store_url: str, tmp_path: Path) -> dict[str, str]:
    return {"BRIDGE_DATA": str(tmp_path), "REDIS_URL": store_url, "BRIDGE_SECRET_KEY": SECRET, **PORT}


@pytest.fixture
def sim(environ: dict[str, str]) -> Iterator[Simulator]:
    """The carrier on this machine, where the command looks for it."""
    settings = load(environ)
    port = int(settings.carrier_url.rpartition(":")[2])
    with Simulator(account_sid=settings.account_sid, auth_token=settings.auth_token, line=settings.line, port=port) as sim:
        yield sim


def waits(store: RedisStore, age: float, at: float) -> None:
    """A caller was promised a call so long ago."""
    given = context()
    request, effects = opened(draft(opened_at=at - age, deadline_at=at - age + 1800), given, at - age)
    assert store.create(request, effects, at)


def test_where_nothing_is_held_it_says_so_and_what_it_cannot_know(store: RedisStore, environ: dict[str, str]) -> None:
    result = typed("privacy", **environ)
    assert result.exit_code == 0, result.output
    for line in ("requests             none", "carrier's records    none waits", "place and number     sealed", "PCI mode"):
        assert line in result.output


def test_it_counts_and_says_when_all_is_gone_and_names_nobody(store: RedisStore, environ: dict[str, str]) -> None:
    now = time.time()
    waits(store, 60, now)
    store.leave_record(Record("call", "CA1", now - 60), now + 60)
    store.record_kept(Record("text", "SM1", now - 60), 20001, now)
    store.sweep_begins(now)
    store.swept(now, 7, "second: HTTP 503")
    result = typed("privacy", **environ)
    assert result.exit_code == 0, result.output
    for words in ("1 open", "1 to be deleted, the oldest since", "1 with error 20001", "not all was seen: second: HTTP 503"):
        assert words in result.output
    assert "Oxford" not in result.output
    assert "555" not in result.output
    told = json.loads(typed("privacy", "--json", **environ).output)
    assert (told["requests"], told["records"]["kept"], told["late"]) == ({"open": 1}, {"20001": 1}, False)
    assert told["last_erasure"] == pytest.approx(now - 60 + DAY)


def test_what_is_held_for_too_long_ends_it_with_one(store: RedisStore, environ: dict[str, str], redis: "Redis[Any]") -> None:
    now = time.time()
    store.leave_record(Record("call", "CA1", now - DAY - 60), now)
    assert typed("privacy", **environ).exit_code == 1
    store.record_gone(Record("call", "CA1"))
    assert typed("privacy", **environ).exit_code == 0
    waits(store, DAY + 60, now)
    result = typed("privacy", **environ)
    assert result.exit_code == 1
    assert "1 open, 1 of them for too long" in result.output


def test_a_store_that_does_not_answer_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    result = typed("privacy", **environ | {"REDIS_URL": f"unix://{tmp_path}/nobody.sock"})
    assert result.exit_code == 2
    assert "The store does not answer" in result.output


def test_the_carrier_is_asked_where_somebody_wants_to_know(store: RedisStore, environ: dict[str, str], sim: Simulator) -> None:
    sim.carrier.texting.send(sim.line, "+12565550101", "a page")
    sim.settle()
    result = typed("privacy", "--carrier", **environ)
    assert "1 texts, 0 calls, 0 queues" in result.output, result.output
    sim.faults.rest("503")
    assert "not told by main: HTTP 503" in typed("privacy", "--carrier", **environ).output
