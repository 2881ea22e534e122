"""The store tells how it is: durable or why not, and what of the outbox is overdue. A real server, set wrong for a moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redis import Redis

from bridge.core.events import Accepted, Reported
from bridge.core.ledger import Notice
from bridge.core.model import Channel, Policy, Status
from bridge.core.request import opened, step
from bridge.core.vitals import LATE, StoreCondition
from bridge.store import connect
from bridge.store.redis_lanes import RedisLanes
from bridge.store.redis_rota import RedisRota
from bridge.store.redis_signs import ASKED_AGAIN, STILL_THERE, _durable
from bridge.store.redis_store import CLAIMED, QUEUED, RedisStore
from tests.given import T0, context, draft

EFFECT = "r1/0"


@pytest.fixture
def store(redis: "Redis[Any]") -> RedisStore:
    return RedisStore(redis, "secret")


@contextmanager
def setting(redis: "Redis[Any]", name: str, value: str) -> Iterator[None]:
    before = redis.config_get(name)[name]
    redis.config_set(name, value)
    try:
        yield
    finally:
        redis.config_set(name, before)


def paged(store: RedisStore) -> None:
    request, effects = opened(draft(), context(), T0)
    store.create(request, effects, T0)


def looked(redis: "Redis[Any]", now: float) -> StoreCondition:
    """As somebody sees it who has not asked before."""
    return RedisStore(redis, "secret").condition(now)


# ---- durable


def test_the_store_that_we_bring_along_is_durable(store: RedisStore) -> None:
    assert store.condition(T0) == StoreCondition(True, (), 0, 0, None)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("appendfsync", "everysec", "appendfsync is everysec"),
        ("maxmemory-policy", "allkeys-lru", "maxmemory-policy is allkeys-lru"),
        ("appendonly", "no", "appendonly is no"),
    ],
)
def test_a_setting_that_loses_promises_is_named(redis: "Redis[Any]", name: str, value: str, fault: str) -> None:
    with setting(redis, name, value):
        found = looked(redis, T0)
    assert (found.durable, found.faults) == (False, (fault,))


def test_a_replica_takes_no_promises_and_says_so_though_it_can_only_be_read(redis: "Redis[Any]") -> None:
    redis.replicaof("127.0.0.1", "9")
    try:
        found = looked(redis, T0)
    finally:
        redis.replicaof("NO", "ONE")
    assert (found.durable, found.faults) == (False, ("it is a replica",))


@pytest.mark.parametrize(
    ("rights", "durable", "faults"),
    [
        (["-config"], None, ("does not tell appendfsync",)),
        (["-config", "-info"], None, ("does not tell appendonly, appendfsync, maxmemory-policy",)),
        (["-info"], True, ()),
    ],
)
def test_a_store_that_does_not_tell_its_settings_is_not_called_durable(
    redis: "Redis[Any]", store_url: str, rights: list[str], durable: bool | None, faults: tuple[str, ...]
) -> None:
    redis.execute_command("ACL", "SETUSER", "guest", "reset", "on", ">secret", "~*", "&*", "+@all", *rights)
    guest = connect.patient(f"{store_url}?username=guest&password=secret")
    try:
        found = RedisStore(guest, "secret").condition(T0)
    finally:
        guest.close()
        redis.execute_command("ACL", "DELUSER", "guest")
    assert (found.durable, found.faults) == (durable, faults)


def test_what_a_managed_store_forbids_but_shows_elsewhere_is_still_known(redis: "Redis[Any]", store_url: str) -> None:
    redis.execute_command("ACL", "SETUSER", "guest", "reset", "on", ">secret", "~*", "&*", "+@all", "-config")
    guest = connect.patient(f"{store_url}?username=guest&password=secret")
    try:
        with setting(redis, "maxmemory-policy", "allkeys-lru"):
            found = RedisStore(guest, "secret").condition(T0)
    finally:
        guest.close()
        redis.execute_command("ACL", "DELUSER", "guest")
    assert (found.durable, found.faults) == (False, ("maxmemory-policy is allkeys-lru",))


@pytest.mark.parametrize(
    ("told", "durable", "faults"),
    [
        ({"aof_last_write_status": "err"}, False, ("its last write to disk failed",)),
        ({"aof_last_bgrewrite_status": "err"}, True, ("its files could not be rewritten",)),
        ({"maxmemory": "1000", "used_memory": "951"}, True, ("its memory is nearly full",)),
        ({"maxmemory": "1000", "used_memory": "950"}, True, ()),
        ({"maxmemory": "0", "used_memory": "950"}, True, ()),
    ],
)
def test_what_only_a_broken_disk_or_a_full_memory_would_say(
    told: dict[str, str], durable: bool, faults: tuple[str, ...]
) -> None:
    well = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "role": "master"}
    assert _durable({**well, **told}) == (durable, faults)


def test_erased_data_that_do_not_leave_the_files_are_named(store: RedisStore, redis: "Redis[Any]") -> None:
    redis.hset("rewrite", "since", repr(T0))
    assert looked(redis, T0 + STILL_THERE).faults == ()
    assert store.condition(T0 + STILL_THERE + 1).faults == ("what was erased is still in its files",)


def test_what_it_says_of_itself_is_asked_again_only_after_two_seconds_and_the_outbox_each_time(
    store: RedisStore, redis: "Redis[Any]"
) -> None:
    assert store.condition(T0) == StoreCondition()
    paged(store)
    with setting(redis, "appendfsync", "everysec"):
        assert store.condition(T0 + ASKED_AGAIN - 0.1) == StoreCondition(waiting=1)
        assert store.condition(T0 + ASKED_AGAIN).durable is False
    asked = redis.info("commandstats")["cmdstat_info"]["calls"]
    for _ in range(100):
        store.condition(T0 + ASKED_AGAIN + 1)
    assert redis.info("commandstats")["cmdstat_info"]["calls"] == asked + 1, "ours"


# ---- the outbox


def test_what_waits_for_its_time_is_not_overdue(store: RedisStore, redis: "Redis[Any]") -> None:
    paged(store)
    assert looked(redis, T0) == StoreCondition(waiting=1)
    assert looked(redis, T0 + QUEUED + LATE - 0.1) == StoreCondition(waiting=1)


def test_without_clocks_what_nobody_hands_out_is_overdue_since_it_was_due(store: RedisStore, redis: "Redis[Any]") -> None:
    paged(store)
    assert looked(redis, T0 + QUEUED + LATE) == StoreCondition(overdue=1, oldest_at=T0 + QUEUED)


def test_without_workers_what_the_clock_hands_out_again_and_again_grows_older_all_the_same(
    store: RedisStore, redis: "Redis[Any]"
) -> None:
    paged(store)
    for after in (QUEUED, 2 * QUEUED, 20 * QUEUED):
        assert store.lease(T0 + after, 10) == [EFFECT]
    assert looked(redis, T0 + 20 * QUEUED) == StoreCondition(overdue=1, oldest_at=T0 + QUEUED)


def test_a_worker_that_claims_it_and_dies_each_time_makes_it_no_younger(store: RedisStore, redis: "Redis[Any]") -> None:
    paged(store)
    now = T0 + QUEUED
    for n in range(5):
        assert store.lease(now, 10) == [EFFECT]
        redis.delete(f"claim:{EFFECT}")  # the store's own clock stands still in this test
        assert store.claim(EFFECT, f"worker {n}", now)
        now += CLAIMED
    assert looked(redis, now - 1).oldest_at == T0 + QUEUED


def test_what_was_sent_or_is_to_be_tried_again_later_is_not_overdue(store: RedisStore, redis: "Redis[Any]") -> None:
    paged(store)
    store.lease(T0 + QUEUED, 10)
    request = store.load("r1")
    later, effects = step(request, Reported(0, Status.WAITING, "carrier busy", retry_at=T0 + 300), context(), T0 + 20)
    assert store.commit(request, later, effects, T0 + 20)
    assert looked(redis, T0 + 299) == StoreCondition(waiting=1)
    request = store.load("r1")
    store.lease(T0 + 300, 10)
    sent, effects = step(request, Reported(0, Status.SENT, sid="SM1"), context(), T0 + 301)
    assert store.commit(request, sent, effects, T0 + 301)
    assert redis.zscore("late", EFFECT) is redis.zscore("outbox", EFFECT) is None


def test_what_waits_in_its_lane_is_not_overdue(store: RedisStore, redis: "Redis[Any]") -> None:
    lanes = RedisLanes(redis, Policy((), texts_at_once=1))
    for effect in ("r1/0", "r2/0"):
        redis.zadd("outbox", {effect: T0})
        store.lease(T0, 10)
        store.claim(effect, "worker", T0)
        permit = lanes.ask(effect, "boyd", Channel.TEXT, cost=1, urgency=1.0, now=T0, joins=False)
    assert permit.until is not None
    lane = redis.zscore("outbox", "lane/text")
    assert lane is not None
    store.lease(lane, 10)  # the lane's turn has come
    store.drop("r1/0")
    assert lanes.next(Channel.TEXT, lane) == "r2/0"
    store.claim("r2/0", "worker", lane)
    assert lanes.ask("r2/0", "boyd", Channel.TEXT, cost=1, urgency=1.0, now=lane, joins=False).until is None
    assert looked(redis, lane + LATE).overdue == 0
    assert redis.zscore("late", "lane/text") is None


def test_a_lane_that_has_to_go_at_once_is_not_overdue_since_1970(store: RedisStore, redis: "Redis[Any]") -> None:
    redis.zadd("outbox", {"lane/call": 0.0})
    assert looked(redis, T0) == StoreCondition(waiting=1)
    store.lease(T0, 10)
    assert redis.zscore("late", "lane/call") == T0


def test_a_notice_that_is_put_off_is_not_overdue(store: RedisStore, redis: "Redis[Any]") -> None:
    rota = RedisRota(redis)
    rota.create_notice(Notice("n1", "boyd", Channel.TEXT, "notice.warning", {}, at=T0, changed_at=T0))
    store.lease(T0, 10)
    assert looked(redis, T0 + LATE).overdue == 1
    rota.change_notice("n1", lambda known: known, T0 + 500)
    assert looked(redis, T0 + LATE) == StoreCondition(waiting=1)


def test_what_was_dropped_is_forgotten_with_the_next_lease(store: RedisStore, redis: "Redis[Any]") -> None:
    paged(store)
    store.lease(T0 + QUEUED, 10)
    store.drop(EFFECT)
    assert looked(redis, T0 + 900) == StoreCondition()
    redis.zadd("outbox", {"r2/0": T0})
    store.lease(T0 + 10, 10)
    assert redis.zrange("late", 0, -1) == [b"r2/0"]


def test_an_acceptance_leaves_nothing_overdue(store: RedisStore, redis: "Redis[Any]") -> None:
    paged(store)
    request = store.load("r1")
    request, effects = step(request, Reported(0, Status.SENT, sid="SM1"), context(), T0 + 1)
    after, more = step(request, Accepted("boyd", Channel.TEXT), context(), T0 + 30)
    assert store.commit(store.load("r1"), after, [*effects, *more], T0 + 30)
    assert looked(redis, T0 + 30).overdue == 0


# ---- the carrier and the canary


def test_the_first_failure_after_an_answer_is_remembered_until_the_next_answer(store: RedisStore) -> None:
    assert store.carrier_news().last_at is None
    store.carrier_answered(T0)
    store.carrier_failed("time-out", False, T0 + 1)
    store.carrier_failed("HTTP 503", True, T0 + 2)
    news = store.carrier_news()
    assert (news.answered_at, news.failing_since, news.failed_at) == (T0, T0 + 1, T0 + 2)
    assert (news.trouble, news.reached, news.last_at) == ("HTTP 503", True, T0 + 2)
    store.carrier_answered(T0 + 3)
    news = store.carrier_news()
    assert (news.failing_since, news.failed_at, news.trouble, news.last_at) == (None, T0 + 2, "HTTP 503", T0 + 3)


def test_a_canary_is_alone_in_the_outbox_and_counts_only_when_it_is_overdue(store: RedisStore, redis: "Redis[Any]") -> None:
    store.begin_canary(T0)
    store.begin_canary(T0 + 60)
    assert store.canary().begun_at == T0, "it is still under way"
    assert looked(redis, T0 + 1) == StoreCondition()
    assert looked(redis, T0 + 61) == StoreCondition(overdue=1, oldest_at=T0)
    assert store.lease(T0 + 61, 10) == ["canary"]
    assert store.claim("canary", "worker", T0 + 61)
    store.end_canary(T0 + 62.5)
    canary = store.canary()
    assert (canary.done_at, canary.took, canary.begun_at) == (T0 + 62.5, 62.5, None)
    assert {key.decode() for key in redis.keys("*")} == {"canary"}, "it leaves nothing behind"
