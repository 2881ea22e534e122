"""The books on the real store: an outcome is written with what ends its request, once, for so long, and names nobody."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from bridge.core import figures
from bridge.core.events import Accepted, Arrived, Closed, Contacted, Effect, Needed, Ticked
from bridge.core.figures import KEPT, kept_since
from bridge.core.model import Request, State
from bridge.core.periods import Kind, Period
from bridge.core.request import opened, step
from bridge.core.trail import Act, Outcome
from bridge.store.redis_books import RedisBooks
from bridge.store.redis_store import RedisStore
from tests.given import CALLER, OXFORD, T0, context, draft
from tests.store.again import Sent

KEY = "outcomes:2026-03"
DAY = 24 * 3600.0
ID, CODE = "0198f2c4-77aa", "412"  # T0 has no 412 in it, nor has anything else that is kept


@pytest.fixture
def store(redis: "Redis[Any]") -> RedisStore:
    return RedisStore(redis, "secret")


@pytest.fixture
def books(redis: "Redis[Any]") -> RedisBooks:
    return RedisBooks(redis, "secret")


def created(store: RedisStore, **fields: Any) -> Request:
    request, effects = opened(draft(**{"id": ID, "code": CODE, **fields}), context(), T0)
    assert store.create(request, effects, T0) == request.id
    return request


def moved(store: RedisStore, request: Request, *events: Any, after: float = 60.0) -> Request:
    now, moving, effects = T0 + after, request, list[Effect]()
    for event in events:
        moving, more = step(moving, event, context(), now)
        effects += more
    assert store.commit(request, moving, effects, now)
    return store.load(request.id)


def kept(books: RedisBooks) -> list[Outcome]:
    return books.outcomes(T0 - DAY, T0 + DAY)


def test_nothing_is_kept_of_a_request_before_it_has_ended(store: RedisStore, books: RedisBooks, redis: "Redis[Any]") -> None:
    request = moved(store, created(store), Accepted("boyd"))
    assert kept(books) == []
    moved(store, request, Contacted("boyd"), after=600)
    assert [(one.accepted_after, one.contact_after, one.contact_met) for one in kept(books)] == [(60.0, 600.0, True)]
    assert redis.hlen(KEY) == 1


def test_a_change_that_was_overtaken_keeps_nothing_of_the_request(store: RedisStore, books: RedisBooks) -> None:
    request = created(store)
    moved(store, request, Accepted("boyd"))
    after, effects = step(request, Closed("test"), context(), T0 + 60)
    assert not store.commit(request, after, effects, T0 + 60)
    assert kept(books) == []


def test_a_write_that_is_sent_twice_keeps_one(store: RedisStore, books: RedisBooks, redis: "Redis[Any]") -> None:
    request = created(store)
    after, effects = step(request, Closed("not-needed"), context(), T0 + 60)
    sent = Sent(store)
    assert store.commit(request, after, effects, T0 + 60)
    assert sent.again()
    assert len(kept(books)) == redis.hlen(KEY) == 1


def test_what_happens_after_the_end_stands_in_the_place_of_what_was_kept(store: RedisStore, books: RedisBooks) -> None:
    request = moved(store, created(store), Accepted("boyd"), Needed("boyd"), Contacted("boyd"))
    assert [one.scene_met for one in kept(books)] == [False]
    moved(store, request, Arrived("boyd"), after=7200)
    assert [(one.scene_met, one.contact_after) for one in kept(books)] == [(True, 60.0)]


def test_closing_after_contact_stands_in_its_place_too(store: RedisStore, books: RedisBooks) -> None:
    request = moved(store, created(store), Accepted("boyd"), Needed("boyd"), Contacted("boyd"))
    moved(store, request, Closed("not-needed"), after=7200)
    assert [(one.closed_for, one.contact_met) for one in kept(books)] == [("not-needed", True)]


def test_it_outlives_the_erasure(store: RedisStore, books: RedisBooks) -> None:
    request = moved(store, created(store), Accepted("boyd"), Contacted("boyd"))
    before = kept(books)
    assert moved(store, request, Ticked(), after=7200).state is State.ERASED
    assert kept(books) == before != []


def test_two_requests_are_two_entries_in_their_months_by_the_wall_clock(
    store: RedisStore, books: RedisBooks, redis: "Redis[Any]"
) -> None:
    last = Period.read(Kind.MONTH, "2026-03").end - 1.0  # 23:59:59 in Alabama, and April in London
    moved(store, created(store, opened_at=last), Closed("not-needed"))
    moved(store, created(store, id="r2", code="523", callback="", opened_at=last + 1), Closed("reached"))
    assert (redis.hlen(KEY), redis.hlen("outcomes:2026-04")) == (1, 1)
    march, april = (books.outcomes(period.start, period.end) for period in _periods("2026-03", "2026-04"))
    assert [one.closed_for for one in march + april] == ["not-needed", "reached"]
    assert len(books.outcomes(T0, last + DAY)) == 2


def _periods(*written: str) -> Iterator[Period]:
    return (Period.read(Kind.MONTH, each) for each in written)


def test_only_those_between_the_two_instants_are_given(store: RedisStore, books: RedisBooks) -> None:
    moved(store, created(store), Closed("reached"))
    hour = figures.outcome(replace(draft(), state=State.CLOSED))
    assert hour is not None
    assert len(books.outcomes(hour.opened_at, hour.opened_at + 1)) == 1
    assert books.outcomes(hour.opened_at + 1, T0 + DAY) == []
    assert books.outcomes(T0 - DAY, hour.opened_at) == []


def test_a_month_is_forgotten_after_three_years(store: RedisStore, redis: "Redis[Any]") -> None:
    moved(store, created(store), Closed("reached"))
    lasts = redis.ttl(KEY)
    assert lasts == pytest.approx(KEPT * 31 * DAY, abs=60)
    written = Period.read(Kind.MONTH, "2026-03").start  # the worst that can be: on its first day, and then never again
    assert all(kept_since(now) >= written + DAY for now in (written + lasts, written + lasts + DAY)), (
        "or the page would say otherwise"
    )
    redis.expire(KEY, 100)
    moved(store, created(store, id="r2", code="523", callback=""), Closed("reached"))
    assert redis.ttl(KEY) == pytest.approx(lasts, abs=60), "every write counts anew"


def test_no_number_place_code_name_or_id_is_in_it(store: RedisStore, redis: "Redis[Any]") -> None:
    request = moved(store, created(store), Accepted("boyd"), Contacted("boyd"), after=601.25)
    raw = repr(redis.hgetall(KEY)) + KEY
    for private in (
        CALLER,
        CALLER[1:],
        OXFORD.label,
        OXFORD.county,
        ID,
        CODE,
        "boyd",
        "Boyd",
        f"{T0:g}",
        str(int(T0)),
        repr(T0),
    ):
        assert private not in raw, private
    assert str(int(T0 // 3600 * 3600)) in raw, "the hour, and nothing finer"
    (name,) = redis.hkeys(KEY)
    assert re.fullmatch(rb"[0-9a-f]{32}", name)
    others = [key for key in redis.scan_iter("*") if key != KEY.encode()]
    assert not any(name in (redis.dump(key) or b"") or name in key for key in others), "it leads to nothing else"
    assert request.state is State.CONTACTED


def test_the_same_request_has_another_name_in_the_books_of_another_bridge(redis: "Redis[Any]") -> None:
    moved(RedisStore(redis, "secret"), created(RedisStore(redis, "secret")), Closed("reached"))
    (name,) = redis.hkeys(KEY)
    redis.flushall()
    moved(RedisStore(redis, "another"), created(RedisStore(redis, "another")), Closed("reached"))
    assert redis.hkeys(KEY) != [name]


def test_an_outcome_of_an_older_release_is_still_read(books: RedisBooks, redis: "Redis[Any]") -> None:
    old = f'{{"opened_at":{T0},"region":"G","accepted_after":60.0,"contact_after":null,"contact_met":false,"pages":2,"more":1}}'
    redis.hset(KEY, "x", old)
    assert kept(books) == [Outcome(T0, "G", 60.0, None, False, 2)]


def test_acts_are_given_newest_first_and_no_more_than_asked_for(books: RedisBooks) -> None:
    acts = [Act(T0 + n, "mary", "Revealed a number", "412") for n in range(3)]
    for act in acts:
        books.record(act)
    assert books.acts(2) == [acts[2], acts[1]]
    assert books.acts(10) == acts[::-1]
