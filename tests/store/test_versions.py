"""The formats of stored documents: their numbers, the way from an older one, and what is done about a newer one."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from redis import Redis

from bridge.core.errors import BridgeError, TooNew
from bridge.core.ledger import Ledger, Notice
from bridge.core.model import Channel, Request
from bridge.core.request import opened
from bridge.core.trail import Act
from bridge.settings import Role, User
from bridge.store import versions
from bridge.store.redis_accounts import RedisAccounts
from bridge.store.redis_books import RedisBooks
from bridge.store.redis_rota import RedisRota
from bridge.store.redis_store import RedisStore
from bridge.store.versions import MIGRATIONS, Format
from tests.given import CALLER, T0, context, draft


@dataclass(frozen=True)
class Thing:
    """As the present release knows it, in format 3."""

    name: str
    weight: float = 1.0


def _renamed(document: dict[str, Any]) -> dict[str, Any]:
    document["name"] = document.pop("title")
    return document


def _in_kilos(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "weight": document.pop("grams", 1000) / 1000}


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch) -> Format[Thing]:
    monkeypatch.setattr(versions, "MIGRATIONS", {"thing": (_renamed, _in_kilos)})
    return Format("thing", Thing)


def test_a_document_carries_its_number_and_is_read_as_it_was_written(form: Format[Thing]) -> None:
    written = form.write(Thing("scale", 2.5))
    assert json.loads(written) == {"format": 3, "name": "scale", "weight": 2.5}
    assert form.read(written) == Thing("scale", 2.5)


@pytest.mark.parametrize(
    "older",
    [b'{"title":"scale","grams":500}', b'{"format":1,"title":"scale","grams":500}', b'{"grams":500,"format":2,"name":"scale"}'],
)
def test_an_older_one_goes_through_the_migrations_that_follow_its_number(form: Format[Thing], older: bytes) -> None:
    assert form.read(older) == Thing("scale", 0.5)


def test_one_that_is_one_ahead_is_read_as_far_as_it_goes(form: Format[Thing]) -> None:
    assert form.read(b'{"format":4,"name":"scale","color":"red"}') == Thing("scale")


def test_one_that_is_further_ahead_is_refused_by_name_and_number(form: Format[Thing]) -> None:
    with pytest.raises(TooNew, match="stored thing has the format 5, and this release knows 3"):
        form.read(b'{"format":5,"name":"scale"}')
    assert issubclass(TooNew, BridgeError), "a command says it in one line"
    assert issubclass(TooNew, ValueError), "whoever looks at every document goes on with the next"


@pytest.mark.parametrize(
    "broken",
    [
        *(b"", b"null", b"[]", b"7", b"{", b"\xff\xfe", b"{}", b'{"format":3}', b'{"format":3,"name":7}'),
        *(b'{"format":"3","name":"x"}', b'{"format":0,"name":"x"}', b'{"format":true,"name":"x"}', b'{"format":-1}'),
        *(b'{"format":1,"name":"x"}', b'{"format":2,"grams":"many","name":"x"}', b'[["a"]]', b'{"format":null,"title":"x"}'),
    ],
)
def test_what_is_no_such_document_is_said_to_be_none_and_is_not_repeated(form: Format[Thing], broken: bytes) -> None:
    with pytest.raises(ValueError, match="a stored thing cannot be read") as caught:
        form.read(broken)
    assert caught.value.__cause__ is None
    assert "many" not in str(caught.value)


def test_everything_that_is_stored_for_longer_than_minutes_carries_a_number(redis: "Redis[Any]") -> None:
    store, rota = RedisStore(redis, "secret"), RedisRota(redis)
    request, effects = opened(draft(), context(), T0)
    store.create(request, effects, T0)
    rota.change(Ledger(), Ledger(feeds={"region D": 1}), ())
    rota.create_notice(Notice("n1", "boyd", Channel.TEXT, "notice.shift", {}, T0))
    RedisBooks(redis, "secret").record(Act(T0, "mary", "looked"))
    RedisAccounts(redis, "secret").put(User("mary", "x", Role.WATCH))
    documents = [redis.hget("req:r1", "doc"), redis.hget("ledger", "doc"), redis.get("notice:n1")]
    documents += [redis.lindex("trail", 0), redis.hget("users", "mary")]
    kinds = ("request", "ledger", "notice", "act", "user")
    assert [json.loads(each)["format"] for each in documents] == [1 + len(MIGRATIONS[kind]) for kind in kinds]


def test_a_request_too_new_is_not_half_read_and_its_number_is_not_told(redis: "Redis[Any]") -> None:
    store = RedisStore(redis, "secret")
    request, effects = opened(draft(), context(), T0)
    store.create(request, effects, T0)
    newer = {**json.loads(redis.hget("req:r1", "doc")), "format": 2 + Format("request", Request).number}
    redis.hset("req:r1", "doc", json.dumps(newer))
    with pytest.raises(TooNew) as caught:
        store.load("r1")
    assert CALLER not in str(caught.value)
