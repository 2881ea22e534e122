"""The store by itself: what a write does, what a second one like it does not, and what is never there."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from bridge.actions.ports import PutThrough
from bridge.core.errors import UnknownRequest
from bridge.core.events import Accepted, Closed, Corrected, Effect, Reported, Send, Settle, Ticked
from bridge.core.intake import Call, Stage
from bridge.core.model import Channel, Request, State, Status
from bridge.core.request import opened, step
from bridge.store import connect
from bridge.store.redis_store import CLAIMED, DAY, NET, QUEUED, REST, RedisStore
from tests.conftest import everything_in
from tests.given import CALLER, OXFORD, T0, context, draft
from tests.store.again import Sent

NOW = T0
OTHER = "+12565550178"


@pytest.fixture
def store(redis: "Redis[Any]") -> RedisStore:
    return RedisStore(redis, "secret")


def created(store: RedisStore, **fields: Any) -> Request:
    request, effects = opened(draft(**fields), context(), NOW)
    assert store.create(request, effects, NOW) == request.id
    return request


def moved(store: RedisStore, request: Request, *events: Any, now: float = NOW) -> Request:
    after, effects = request, list[Effect]()
    for event in events:
        after, more = step(after, event, context(), now)
        effects += more
    assert store.commit(request, after, effects, now)
    return store.load(request.id)


def leads_to(store: RedisStore, number: str) -> str:
    """The request that a caller with this number has open, or ""."""
    probe, effects = opened(draft(id="probe", code="412", callback=number), context(), NOW)  # a code that is taken
    return store.create(probe, effects, NOW)


def outbox(redis: "Redis[Any]") -> dict[str, float]:
    return {name.decode(): at for name, at in redis.zrange("outbox", 0, -1, withscores=True)}


# ---- create


def test_a_new_request_is_there_with_its_effects_its_due_instant_and_its_code(store: RedisStore, redis: "Redis[Any]") -> None:
    request = created(store)
    assert store.load("r1") == request
    assert store.requests() == [request]
    assert store.by_code("412") == "r1"
    assert store.due(NOW + 90, 10) == ["r1"]
    assert outbox(redis) == {"r1/0": NOW + QUEUED}, "handed to the queue now, and looked at again soon"


def test_to_create_it_twice_changes_nothing_even_when_it_has_moved_on(store: RedisStore) -> None:
    request, effects = opened(draft(), context(), NOW)
    store.create(request, effects, NOW)
    accepted = moved(store, request, Accepted("boyd"))
    assert store.create(request, effects, NOW) == "r1"
    assert store.load("r1") == accepted


def test_a_second_request_of_a_number_is_the_first_one_until_that_has_ended(store: RedisStore) -> None:
    first = created(store)
    other, effects = opened(draft(id="r2", code="523"), context(), NOW)
    assert store.create(other, effects, NOW) == "r1"
    assert store.by_code("523") == ""
    moved(store, first, Closed("test"))
    assert store.create(other, effects, NOW) == "r2"


def test_requests_without_a_number_are_never_taken_for_one_another(store: RedisStore) -> None:
    created(store, callback="")
    created(store, callback="", id="r2", code="523")
    assert len(store.requests()) == 2


def test_a_code_that_is_taken_is_said_to_be_and_nothing_is_stored(store: RedisStore, redis: "Redis[Any]") -> None:
    created(store)
    before = sorted(redis.keys("*"))
    other, effects = opened(draft(id="r2", callback="+12055550188"), context(), NOW)
    assert store.create(other, effects, NOW) == ""
    assert sorted(redis.keys("*")) == before


def test_a_code_rests_for_more_than_a_week_after_the_erasure_and_is_then_free(store: RedisStore, redis: "Redis[Any]") -> None:
    request = moved(store, created(store), Closed("test"))
    erased = moved(store, request, Ticked(), now=NOW + 3600)
    assert erased.state is State.ERASED
    assert REST > 7 * 24 * 3600
    assert REST - 5 <= redis.ttl("code:412") <= REST
    assert REST - 5 <= redis.ttl("req:r1") <= REST
    assert redis.persist("code:412"), "it was to expire"
    redis.delete("code:412")
    created(store, id="r2")


def test_where_no_clock_runs_the_store_lets_a_request_expire(store: RedisStore, redis: "Redis[Any]") -> None:
    """An hour after its day, so that a clock that is a little late comes first."""

    def left() -> float:
        return redis.pttl("req:r1") / 1000

    request = created(store)
    assert DAY + NET - 5 <= left() <= DAY + NET
    accepted = moved(store, request, Accepted("crane", Channel.TEXT), now=NOW + 600)
    assert DAY + NET - 605 <= left() <= DAY + NET - 600
    closed = moved(store, accepted, Closed("test"), now=NOW + 1200)
    assert DAY + NET - 1205 <= left() <= DAY + NET - 1200
    late = moved(store, closed, Reported(0, Status.DELIVERED), now=NOW + 3 * DAY)
    assert NET - 5 <= left() <= NET, "not at once, though its day was over long ago"
    assert late.state is State.CLOSED


def test_ten_callers_at_once_with_one_number_get_one_request(store: RedisStore, store_url: str) -> None:
    standing: list[str] = []

    def call(n: int) -> None:
        client = connect.quick(store_url)
        request, effects = opened(draft(id=f"r{n}", code=str(400 + n)), context(), NOW)
        standing.append(RedisStore(client, "secret").create(request, effects, NOW))
        client.close()

    threads = [threading.Thread(target=call, args=(n,)) for n in range(10)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(set(standing)) == 1
    assert len(store.requests()) == 1


# ---- commit


def test_of_two_writes_from_one_version_the_second_changes_nothing(store: RedisStore, redis: "Redis[Any]") -> None:
    request = created(store)
    moved(store, request, Accepted("boyd"))
    before = (outbox(redis), store.load("r1"))
    late, effects = step(request, Accepted("crane"), context(), NOW)
    assert not store.commit(request, late, effects, NOW)
    assert (outbox(redis), store.load("r1")) == before


def test_a_write_that_is_sent_twice_says_yes_twice_and_happens_once(store: RedisStore, redis: "Redis[Any]") -> None:
    request, sent = created(store), Sent(store)
    after, effects = step(request, Accepted("boyd"), context(), NOW)
    assert store.commit(request, after, effects, NOW)
    claimed = store.claim("r1/1", "worker", NOW)
    assert claimed
    before = (outbox(redis), redis.keys("claim:*"))
    assert sent.again()
    assert (outbox(redis), redis.keys("claim:*")) == before, "what has begun meanwhile is not undone"


def test_a_write_to_a_request_that_is_gone_changes_nothing(store: RedisStore, redis: "Redis[Any]") -> None:
    request, effects = opened(draft(), context(), NOW)
    assert not store.commit(request, request, effects, NOW)
    assert redis.keys("*") == []


def test_what_no_longer_waits_leaves_the_outbox_and_what_is_put_off_waits_until_then(
    store: RedisStore, redis: "Redis[Any]"
) -> None:
    request = created(store)
    store.claim("r1/0", "worker", NOW)
    busy = moved(store, request, Reported(0, Status.WAITING, retry_at=NOW + 0.5))
    assert outbox(redis) == {"r1/0": NOW + 0.5}
    assert store.claim("r1/0", "another", NOW + 0.5), "the claim is given back"
    moved(store, busy, Reported(0, Status.SENT, sid="SM1"))
    assert outbox(redis) == {}


def test_effects_of_several_events_in_one_write_end_as_the_last_one_says(store: RedisStore, redis: "Redis[Any]") -> None:
    request = created(store)
    after, effects = request, [Settle(0), Send(0, NOW + 9)]
    assert store.commit(request, after, effects, NOW)
    assert outbox(redis) == {"r1/0": NOW + 9}


def test_an_ended_request_is_no_longer_looked_up_under_its_number_and_an_erased_one_is_not_listed(
    store: RedisStore, redis: "Redis[Any]"
) -> None:
    request = moved(store, created(store), Closed("test"))
    assert redis.keys("caller:*") == []
    assert store.requests() == [request]
    moved(store, request, Ticked(), now=NOW + 3600)
    assert store.requests() == []
    assert store.load("r1").state is State.ERASED


def test_a_request_that_got_its_number_late_is_found_under_it(store: RedisStore) -> None:
    request = created(store, callback="")
    assert store.commit(request, replace(request, callback=CALLER), (), NOW)
    other, effects = opened(draft(id="r2", code="523"), context(), NOW)
    assert store.create(other, effects, NOW) == "r1"


def test_a_corrected_number_leads_to_its_request_and_the_old_one_does_not(store: RedisStore) -> None:
    request = created(store)
    after = moved(store, request, Corrected(callback=OTHER))
    assert [leads_to(store, number) for number in (OTHER, CALLER)] == ["r1", ""]
    moved(store, after, Corrected(callback=CALLER))
    assert [leads_to(store, number) for number in (OTHER, CALLER)] == ["", "r1"]


@pytest.mark.parametrize("first", ["r1", "r2"])
def test_of_two_requests_with_one_number_the_one_that_is_left_is_found_under_it(
    store: RedisStore, redis: "Redis[Any]", first: str
) -> None:
    created(store)
    created(store, id="r2", code="523", callback=OTHER)
    moved(store, store.load("r1"), Corrected(callback=OTHER))
    moved(store, store.load("r1"), Accepted("boyd"))
    assert leads_to(store, OTHER) == "r2"
    moved(store, store.load(first), Closed("duplicate"))
    left = "r2" if first == "r1" else "r1"
    assert leads_to(store, OTHER) == left
    moved(store, store.load(left), Closed("test"))
    assert leads_to(store, OTHER) == ""
    assert redis.keys("caller:*") + redis.keys("shares:*") == []


def test_a_number_that_was_right_for_a_moment_is_given_back_to_who_had_it(store: RedisStore, redis: "Redis[Any]") -> None:
    created(store)
    created(store, id="r2", code="523", callback=OTHER)
    moved(store, store.load("r1"), Corrected(callback=OTHER))
    moved(store, store.load("r2"), Corrected(callback=CALLER))
    assert [leads_to(store, number) for number in (OTHER, CALLER)] == ["r1", "r2"]
    assert redis.keys("shares:*") == []


def test_a_correction_that_is_sent_twice_happens_once(store: RedisStore, redis: "Redis[Any]") -> None:
    request, sent = created(store), Sent(store)
    created(store, id="r2", code="523", callback=OTHER)
    after, effects = step(request, Corrected(callback=OTHER), context(), NOW)
    assert store.commit(request, after, effects, NOW)
    moved(store, store.load("r2"), Closed("duplicate"))
    before = everything_in(redis)
    assert sent.again()
    assert everything_in(redis) == before


def test_an_erased_request_leaves_neither_number_nor_place_in_the_store_nor_the_number_in_any_key(
    store: RedisStore, redis: "Redis[Any]"
) -> None:
    request = created(store)
    assert not [key for key in redis.keys("*") if b"5550177" in key], "never, not even while it is open"
    moved(store, moved(store, request, Closed("test")), Ticked(), now=NOW + 3600)
    document = b"".join(redis.hgetall("req:r1").values())
    assert CALLER.removeprefix("+1").encode() not in document
    assert OXFORD.label.encode() not in document
    assert OXFORD.county.encode() not in document


def test_a_number_is_looked_up_under_a_hash_that_needs_the_secret(redis: "Redis[Any]") -> None:
    created(RedisStore(redis, "secret"))
    (key,) = redis.keys("caller:*")
    redis.flushall()
    created(RedisStore(redis, "another secret"))
    assert redis.keys("caller:*") != [key]


def test_nothing_is_loaded_of_a_request_that_never_was(store: RedisStore) -> None:
    for unknown in ("", "nobody"):
        with pytest.raises(UnknownRequest):
            store.load(unknown)
    assert store.by_code("999") == ""


def test_requests_come_oldest_first(store: RedisStore) -> None:
    for n, at in enumerate((30.0, 10.0, 20.0)):
        created(store, id=f"r{n}", code=str(400 + n), callback="", opened_at=NOW + at)
    assert [request.id for request in store.requests()] == ["r1", "r2", "r0"]


# ---- the outbox


def test_an_effect_is_one_workers_until_the_lease_is_over(store: RedisStore, redis: "Redis[Any]") -> None:
    created(store)
    assert store.claim("r1/0", "one", NOW)
    assert not store.claim("r1/0", "two", NOW)
    assert store.claim("r1/0", "one", NOW)
    assert outbox(redis) == {"r1/0": NOW + CLAIMED}


def test_a_claim_ends_by_our_own_time_whatever_becomes_of_the_stores_clock(store: RedisStore, redis: "Redis[Any]") -> None:
    created(store)
    assert store.claim("r1/0", "one", NOW)
    assert redis.ttl("claim:r1/0") > 3600 + CLAIMED, "an hour forward, and it still holds"
    assert not store.claim("r1/0", "two", NOW + CLAIMED - 0.1)
    assert store.claim("r1/0", "two", NOW + CLAIMED), "an hour back, and it is over all the same"
    assert not store.claim("r1/0", "one", NOW + CLAIMED)


def test_a_claim_of_a_former_release_holds_while_it_is_there(store: RedisStore, redis: "Redis[Any]") -> None:
    created(store)
    redis.set("claim:r1/0", "0123456789abcdef", ex=CLAIMED)
    assert not store.claim("r1/0", "two", NOW + 3600)
    redis.delete("claim:r1/0")
    assert store.claim("r1/0", "two", NOW)


def test_what_is_settled_cannot_be_claimed(store: RedisStore) -> None:
    request = created(store)
    moved(store, request, Reported(0, Status.SENT, sid="SM1"))
    assert not store.claim("r1/0", "one", NOW)
    assert not store.claim("nobody/7", "one", NOW)


def test_what_is_stuck_is_handed_out_once_per_lease_oldest_first_and_no_more_than_asked(store: RedisStore) -> None:
    for n in range(3):
        created(store, id=f"r{n}", code=str(400 + n), callback="")
    later = NOW + QUEUED
    assert store.lease(NOW, 10) == []
    assert store.lease(later, 2) == ["r0/0", "r1/0"]
    assert store.lease(later, 10) == ["r2/0"]
    assert store.lease(later, 10) == []
    assert len(store.lease(later + QUEUED, 10)) == 3


def test_a_dropped_effect_is_gone_with_its_claim(store: RedisStore, redis: "Redis[Any]") -> None:
    created(store)
    store.claim("r1/0", "one", NOW)
    store.drop("r1/0")
    assert outbox(redis) == {}
    assert redis.keys("claim:*") == []


# ---- what is due


def test_the_next_instant_is_the_earlier_of_what_is_due_and_what_waits(store: RedisStore) -> None:
    assert store.next_due() is None
    request = created(store)
    assert store.next_due() == NOW + QUEUED
    moved(store, request, Reported(0, Status.SENT, sid="SM1"))
    assert store.next_due() == pytest.approx(NOW + 90, rel=0, abs=0.001)


def test_what_could_not_be_dealt_with_is_put_off_and_what_is_gone_is_never_due(store: RedisStore) -> None:
    created(store)
    store.put_off("r1", NOW + 500)
    assert store.due(NOW + 499, 10) == []
    assert store.due(NOW + 500, 10) == ["r1"]
    store.never_due("r1")
    store.put_off("r1", NOW)
    assert store.due(NOW + 9999, 10) == [], "what is not due is not made so"


# ---- calls and the rest


def test_a_call_is_kept_looked_at_and_forgotten_without_a_trace(store: RedisStore, redis: "Redis[Any]") -> None:
    call = Call("CA1", "r1", caller_id=CALLER, stage=Stage.COUNTY, place=OXFORD, candidates=(OXFORD,))
    store.save_call(call, NOW + 180)
    assert store.load_call("CA1") == call
    assert store.due(NOW + 180, 10) == ["call/CA1"]
    assert redis.ttl("call:CA1") > 3600
    store.forget_call("CA1")
    assert store.load_call("CA1") is None
    assert redis.keys("*") == [b"rewrite"], "and the store's files are to be written anew"


def test_who_may_not_be_texted_is_remembered_until_they_may(store: RedisStore) -> None:
    store.block_texts("boyd", "opted out")
    store.block_texts("boyd", "opted out")
    assert store.no_text() == {"boyd": "opted out"}
    store.allow_texts("boyd")
    assert store.no_text() == {}


def test_a_throttle_holds_per_number_and_purpose_and_keeps_no_number(store: RedisStore, redis: "Redis[Any]") -> None:
    assert [store.first_time("stranger", number, 60, NOW) for number in (CALLER, CALLER, "+12055550188")] == [True, False, True]
    assert store.first_time("other", CALLER, 60, NOW)
    assert not store.first_time("other", CALLER, 60, NOW + 59.9)
    assert store.first_time("other", CALLER, 60, NOW + 60), "it ends by our own time"
    assert store.first_time("other", CALLER, 60, NOW - 3600), "our own time has gone back"
    assert not [key for key in redis.keys("*") if b"5550" in key]


def test_calls_put_through_are_kept_for_a_day_newest_first(store: RedisStore) -> None:
    for at in (NOW, NOW + 10, NOW + 24 * 3600 + 5):
        store.put_through(PutThrough(at))
    assert [event.at for event in store.were_put_through()] == [NOW + 24 * 3600 + 5, NOW + 10]


def test_heartbeats_are_told_apart_by_name(store: RedisStore) -> None:
    store.beat("clock:1", NOW)
    store.beat("clock:1", NOW + 1)
    store.beat("worker:2", NOW)
    assert store.beats() == {"clock:1": NOW + 1, "worker:2": NOW}


def test_a_request_comes_back_from_the_store_as_it_went_in(store: RedisStore) -> None:
    request = created(store, incomplete=True, hung_up=True, passed=frozenset({"crane"}), nudged_at=NOW, closed_for="")
    assert store.load("r1") == request


def test_a_document_that_cannot_be_read_is_not_repeated_in_the_error(store: RedisStore, redis: "Redis[Any]") -> None:
    request = created(store)
    broken = redis.hget("req:r1", "doc").replace(b'"code"', b'"edoc"')
    redis.hset("req:r1", "doc", broken)
    with pytest.raises(ValueError, match="cannot be read") as error:
        store.load(request.id)
    assert CALLER not in str(error.value)
    assert error.value.__suppress_context__
