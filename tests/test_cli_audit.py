"""`bridge audit`, as somebody types it: a table of what must be true, what to do, and mending."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bridge.actions import health
from bridge.core.invariants import INVARIANTS
from bridge.core.request import opened
from bridge.core.vitals import CarrierNews, Signs, StoreCondition
from bridge.store.redis_store import RedisStore
from tests.given import context, draft
from tests.test_cli import typed

SECRET = "s" * 40


@pytest.fixture
def store(redis: "Redis[Any]", monkeypatch: pytest.MonkeyPatch) -> RedisStore:
    """A store with one request, opened just now, in a bridge whose parts are well."""
    now = time.time()
    store = RedisStore(redis, SECRET)
    request, effects = opened(draft(opened_at=now, deadline_at=now + 1800), context(), now)
    store.create(request, effects, now)
    well = Signs({"worker:1": now, "clock:1": now}, StoreCondition(), CarrierNews(answered_at=now))
    monkeypatch.setattr(health, "heard", lambda world: well)
    return store


@pytest.fixture
def environ(store_url: str, tmp_path: Path) -> dict[str, str]:
    return {"BRIDGE_DATA": str(tmp_path), "REDIS_URL": store_url, "BRIDGE_SECRET_KEY": SECRET}


def test_where_all_is_well_it_says_what_it_looked_at(store: RedisStore, environ: dict[str, str]) -> None:
    result = typed("audit", **environ)
    assert result.exit_code == 0, result.output
    assert all(each.says in result.output for each in INVARIANTS)
    assert "the clock looks at a request when its document says                      1  none" in result.output
    assert result.output.endswith("All is well.\n")


def test_what_is_wrong_is_said_with_what_to_do_and_mended_when_asked(
    store: RedisStore, environ: dict[str, str], redis: "Redis[Any]"
) -> None:
    redis.zrem("due", "r1")
    result = typed("audit", **environ)
    assert result.exit_code == 1
    assert "! 412 is looked at never. To mend it (look at it when its document says): bridge audit --repair" in result.output
    assert redis.zscore("due", "r1") is None, "it only looks"
    mended = typed("audit", "--repair", **environ)
    assert (mended.exit_code, "mended: 412 is looked at never" in mended.output) == (0, True), mended.output
    assert redis.zscore("due", "r1") is not None
    assert typed("audit", **environ).exit_code == 0


def test_what_only_people_can_mend_stays(store: RedisStore, environ: dict[str, str], redis: "Redis[Any]") -> None:
    redis.delete("req:r1")
    result = typed("audit", "--repair", **environ)
    assert result.exit_code == 1
    assert "request r1 is listed, and nothing is known of it. Somebody may wait for a call" in result.output


def test_machines_read_it_too(store: RedisStore, environ: dict[str, str], redis: "Redis[Any]") -> None:
    redis.zrem("due", "r1")
    told = json.loads(typed("audit", "--json", **environ).stdout)
    assert told["well"] is False
    (due,) = [each for each in told["invariants"] if each["name"] == "due"]
    assert (due["looked_at"], due["findings"][0]["id"]) == (1, "due r1")
    assert "5550177" not in json.dumps(told)
    again = json.loads(typed("audit", "--json", "--repair", **environ).stdout)
    assert (again["well"], [each["id"] for each in again["mended"]]) == (True, ["due r1"])


def test_where_the_store_does_not_answer_it_says_so(tmp_path: Path) -> None:
    result = typed("audit", BRIDGE_DATA=str(tmp_path))
    assert result.exit_code == 2
    assert "The store does not answer (ConnectionError)" in result.output
    assert "Traceback" not in result.output


def test_a_broken_configuration_is_said(tmp_path: Path) -> None:
    result = typed("audit", BRIDGE_DATA=str(tmp_path), BRIDGE_CONFIG=str(tmp_path))
    assert result.exit_code == 1
    assert "roster.toml" in result.output
