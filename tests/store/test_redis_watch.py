"""The watchman's eyes and hands on a real store: each key damaged by hand is found and mended; what is well is left alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test
from redis import Redis

from bridge.core.events import Accepted, Closed, Contacted, Event, Reported, Ticked
from bridge.core.findings import Facts, Finding, How, Repair
from bridge.core.invariants import check
from bridge.core.model import Channel, Policy, Request, State, Status
from bridge.core.request import opened, step
from bridge.core.vigil import Mended, Standing, Vigil
from bridge.core.vitals import CanaryNews, CarrierNews, Signs, StoreCondition
from bridge.store.redis_lanes import RedisLanes
from bridge.store.redis_store import CLAIMED, QUEUED, RedisStore
from bridge.store.redis_watch import RedisWatch
from tests.conftest import everything_in
from tests.given import T0, context, draft
from tests.store.test_machine import Life

PEOPLE = frozenset({"boyd", "crane", "kirby", "whitfield", "okafor", "ramsey"})


class House:
    """One request on a real store, and the watchman's look at it."""

    def __init__(self, redis: "Redis[Any]") -> None:
        self.redis, self.now = redis, T0
        self.store, self.watch = RedisStore(redis, "secret"), RedisWatch(redis, "secret")
        self.context = context()
        request, effects = opened(draft(), self.context, T0)
        assert self.store.create(request, effects, T0) == "r1"

    @property
    def request(self) -> Request:
        return self.store.load("r1")

    def does(self, *events: Event) -> "House":
        for event in events:
            after, effects = step(self.request, event, self.context, self.now)
            assert self.store.commit(self.request, after, effects, self.now)
        return self

    def broken(self, **fields: Any) -> "House":
        """The document is not as the law would have it."""
        assert self.store.commit(self.request, replace(self.request, **fields), [], self.now)
        return self

    def finds(self) -> list[Finding]:
        return list(check(facts_of(self.watch, self.now), self.now))

    def mends(self) -> list[bool]:
        return [self.watch.mend(each.repair, self.now) for each in self.finds() if each.repair]

    def keys(self) -> dict[str, Any]:
        """What may be damaged. Of scores only that they are there: what is put back is due at once."""
        names = [name.decode() for name in self.redis.keys("*") if not name.startswith(b"claim:")]
        read = {b"zset": lambda key: self.redis.zrange(key, 0, -1), b"set": self.redis.smembers, b"string": self.redis.get}
        return {name: read[kind](name) for name in names if (kind := self.redis.type(name)) in read}


def facts_of(watch: RedisWatch, now: float) -> Facts:
    well = Signs({"worker:1": now, "clock:1": now}, StoreCondition(), CarrierNews(answered_at=now), CanaryNews(now, 0.04))
    return replace(watch.facts(now), signs=well, texted=PEOPLE)


@pytest.fixture
def house(redis: "Redis[Any]") -> House:
    return House(redis)


def _caller(house: House) -> str:
    (name,) = house.redis.keys("caller:*")
    return str(name.decode())


def _ended(house: House) -> None:
    """The number leads to a request that is over, as if its index had been forgotten."""
    name, before = _caller(house), house.request
    house.does(Closed("test"))
    house.redis.set(name, before.id)


DAMAGE: dict[str, tuple[Callable[[House], object], How]] = {
    "never looked at": (lambda house: house.redis.zrem("due", "r1"), How.DUE),
    "looked at tomorrow": (lambda house: house.redis.zincrby("due", 86400, "r1"), How.DUE),
    "in no list": (lambda house: house.redis.srem("requests", "r1"), How.LIST),
    "not in the outbox": (lambda house: house.redis.zrem("outbox", "r1/0"), How.OUTBOX),
    "leaves tomorrow": (lambda house: house.redis.zincrby("outbox", 86400, "r1/0"), How.OUTBOX),
    "points at nothing": (lambda house: house.redis.zadd("outbox", {"r1/9": T0}), How.DROP),
    "of no request": (lambda house: house.redis.zadd("outbox", {"r9/0": T0}), How.DROP),
    "of no notice": (lambda house: house.redis.zadd("outbox", {"notice/n9": T0}), How.DROP),
    "nonsense": (lambda house: house.redis.zadd("outbox", {"nonsense": T0, "r1/x": T0}), How.DROP),
    "claimed for ever": (lambda house: house.redis.set("claim:r1/0", "f00d"), How.CLAIM),
    "claimed till tomorrow": (lambda house: house.redis.set("claim:r1/0", f"somebody {T0 + 86400}"), How.CLAIM),
    "no code": (lambda house: house.redis.delete("code:412"), How.CODE),
    "a code of nothing": (lambda house: house.redis.set("code:412", "r9"), How.CODE),
    "no number": (lambda house: house.redis.delete(_caller(house)), How.CALLER),
    "a number of nothing": (lambda house: house.redis.set("caller:5e", "r9"), How.UNLINK),
    "a code that nobody has": (lambda house: house.redis.set("code:999", "r9"), How.UNLINK),
    "a number of what is over": (_ended, How.UNLINK),
}  # fmt: skip


@pytest.mark.parametrize("what", DAMAGE)
def test_what_is_damaged_by_hand_is_found_and_mended(house: House, what: str) -> None:
    damage, how = DAMAGE[what]
    assert house.finds() == []
    if damage is _ended:
        house.does(Closed("test"))
        before = house.keys()
        house.redis.set(house.store._caller(draft().callback), "r1")
    else:
        before = house.keys()
        damage(house)
    found = house.finds()
    assert {each.repair.how for each in found if each.repair} == {how}
    assert all(house.mends())
    if how is How.CLAIM:
        assert house.finds() == []
        assert not house.store.claim("r1/0", "another", house.now), "whoever has it may be at work"
        house.now += CLAIMED
        assert house.store.claim("r1/0", "another", house.now)
    assert house.finds() == []
    assert {key: value for key, value in house.keys().items() if key != "changes"} == {
        key: value for key, value in before.items() if key != "changes"
    }


def test_what_is_put_back_is_done_at_once(house: House) -> None:
    house.redis.zrem("outbox", "r1/0")
    house.redis.zrem("due", "r1")
    house.now = T0 + 60
    assert house.mends() == [True, True]
    assert house.store.lease(house.now, 10) == ["r1/0"]
    assert house.store.due((house.request.due_at or 0), 10) == ["r1"]


@pytest.mark.parametrize(
    "what", [name for name, (_, how) in DAMAGE.items() if how in (How.DUE, How.LIST, How.OUTBOX, How.CODE, How.CALLER)]
)
def test_what_has_changed_since_the_look_is_left_alone(house: House, what: str) -> None:
    damage, _ = DAMAGE[what]
    damage(house)
    repairs = [each.repair for each in house.finds() if each.repair]
    house.does(Accepted("boyd"))
    before = everything_in(house.redis)
    assert [house.watch.mend(each, house.now) for each in repairs] == [False]
    assert everything_in(house.redis) == before


@pytest.mark.parametrize(
    "repair",
    [
        Repair(How.DROP, "r1/0", version=7),
        Repair(How.UNLINK, "code:412", to="r1"),
        Repair(How.UNLINK, "code:412", to="r2"),
        Repair(How.CLAIM, "r1/0"),
    ],
)
def test_what_is_well_by_now_is_left_alone(house: House, repair: Repair) -> None:
    before = everything_in(house.redis)
    assert house.watch.mend(repair, house.now) is False
    assert everything_in(house.redis) == before


def test_a_number_that_leads_to_an_open_request_is_never_taken_away(house: House) -> None:
    assert not house.watch.mend(Repair(How.UNLINK, _caller(house), to="r1"), house.now)
    assert house.redis.get(_caller(house)) == b"r1"


def test_a_number_that_two_open_requests_share_leads_to_the_other_one_when_it_is_mended(house: House) -> None:
    other, effects = opened(draft(id="r2", code="523", callback=""), house.context, T0)
    house.store.create(other, effects, T0)
    house.store.commit(house.store.load("r2"), replace(other, callback=house.request.callback), [], T0)
    assert house.finds() == []
    house.redis.set(_caller(house), "r2")
    assert [each.kind for each in house.finds()] == ["caller"]
    house.mends()
    assert (house.finds(), house.redis.get(_caller(house))) == ([], b"r2"), "who came first keeps it"
    house.redis.set(_caller(house), "r9")
    assert [each.kind for each in house.finds()] == ["stray"]
    house.mends()
    assert house.finds() == []


def test_what_rests_after_erasure_is_no_finding(house: House) -> None:
    house.does(Accepted("boyd"), Contacted("boyd"))
    house.now = house.request.erase_at or 0.0
    house.does(Ticked())
    assert house.request.state is State.ERASED
    assert house.finds() == []


def test_a_record_of_an_erased_request_that_would_never_be_deleted_is_found(house: House) -> None:
    house.does(Reported(0, Status.SENT, sid="SM1"), Accepted("boyd"), Contacted("boyd"))
    house.now = house.request.erase_at or 0.0
    house.does(Ticked())
    assert house.redis.zrem("outbox", "r1/0")
    (finding,) = house.finds()
    assert (finding.kind, finding.about) == ("lost", "r1/0")
    assert house.mends() == [True]
    assert house.store.lease(house.now + QUEUED, 10) == ["r1/0"]


def test_what_cannot_be_read_is_found_and_keeps_nothing_else_from_being_seen(house: House) -> None:
    other, effects = opened(draft(id="r2", code="523", callback="+12055550188"), house.context, T0)
    house.store.create(other, effects, T0)
    house.redis.hset("req:r2", "doc", b'{"callback": "+12055550188"}')
    house.redis.zrem("due", "r1")
    found = house.finds()
    assert [(each.kind, each.about) for each in found] == [("unreadable", "r2"), ("due", "r1")]
    assert "5550188" not in "".join(each.words for each in found)


def test_a_document_that_is_gone_is_found_though_nobody_can_bring_it_back(house: House) -> None:
    house.redis.delete("req:r1")
    found = {each.kind: each.repair for each in house.finds()}
    assert found["gone"] is None
    house.mends()
    assert [each.kind for each in house.finds()] == ["gone"]


def test_a_lane_that_nobody_looks_at_is_found_and_armed(house: House) -> None:
    lanes = RedisLanes(house.redis, Policy((), texts_per_second=1))
    how: Any = {"cost": 1, "urgency": T0, "now": T0, "joins": False}
    assert house.store.claim("r1/0", "w", T0)
    lanes.replied(5, T0)
    assert lanes.ask("r1/0", "boyd", Channel.TEXT, **how).until is not None
    assert house.finds() == []
    house.redis.zrem("outbox", "lane/text")
    (finding,) = house.finds()
    assert finding.kind == "unarmed"
    assert house.mends() == [True]
    assert house.finds() == []
    assert "lane/text" in house.store.lease(T0, 10)


# ---- what it remembers


def test_what_is_remembered_is_read_again_as_it_was(house: House) -> None:
    vigil = Vigil(T0, {"due r1": Standing("words", "todo", True, T0, 2, T0)}, (Mended(T0, "words"),), T0)
    assert house.watch.vigil() == Vigil()
    assert house.watch.keep_vigil(Vigil(), vigil)
    assert RedisWatch(house.redis, "secret").vigil() == replace(vigil, version=1)


def test_of_two_who_remember_at_once_one_does(house: House) -> None:
    assert house.watch.keep_vigil(Vigil(), Vigil(T0))
    assert not house.watch.keep_vigil(Vigil(), Vigil(T0 + 1))
    assert house.watch.keep_vigil(house.watch.vigil(), Vigil(T0 + 1))
    assert house.watch.vigil().looked_at == T0 + 1


def test_what_another_release_remembered_is_forgotten(house: House) -> None:
    house.redis.hset("watch", mapping={"doc": b'{"moods": 7, "standing": 3}', "version": 5})
    assert house.watch.vigil() == Vigil(version=5)
    assert house.watch.keep_vigil(house.watch.vigil(), Vigil(T0))


# ---- no false alarms


class Watched(Life):
    """The walk of `test_machine`, with a watchman who looks after every step."""

    watch: ClassVar[RedisWatch]

    @invariant()
    def nothing_is_found(self) -> None:
        """Nobody sends what waits in this walk, or only by chance: that is overdue, and nothing else."""
        found = check(facts_of(self.watch, self.now), self.now)
        assert [each for each in found if each.kind != "overdue"] == []


def test_no_walk_through_normal_life_yields_a_finding(redis: "Redis[Any]") -> None:
    Watched.redis, Watched.watch = redis, RedisWatch(redis, "secret")
    few = settings(
        max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    run_state_machine_as_test(Watched, settings=few)  # type: ignore[no-untyped-call]
