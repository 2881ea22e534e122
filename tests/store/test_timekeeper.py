"""What time it is on a machine whose clock is set: twin clocks, one that people set and one that nobody can."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from bridge.core.events import Accepted, Closed, Contacted, Effect, Needed
from bridge.core.intake import Call
from bridge.core.model import Channel, Policy
from bridge.core.request import opened, step
from bridge.core.vitals import Signs, Step, vitals
from bridge.store import connect
from bridge.store.redis_lanes import RedisLanes
from bridge.store.redis_store import RedisStore
from bridge.store.timekeeper import JUMP, LOOKS, SOON, Timekeeper, this_boot
from tests.given import T0, context, draft

HOUR = 3600.0


@dataclass
class Machine:
    """A machine: `up` seconds since its boot, and a wall clock that was `set_by` so many seconds."""

    up: float = 1000.0
    set_by: float = 0.0
    boot: str = "b1"

    def steady(self) -> float:
        return self.up

    def wall(self) -> float:
        return T0 - 1000.0 + self.up + self.set_by

    def passes(self, seconds: float) -> None:
        self.up += seconds

    def process(self, redis: "Redis[Any]") -> Timekeeper:
        return Timekeeper(redis, self.wall, self.steady, self.boot)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def store(redis: "Redis[Any]") -> RedisStore:
    return RedisStore(redis, "secret")


def near(at: float) -> Any:
    return pytest.approx(at, rel=0, abs=0.002)


def opens(store: RedisStore, now: float = T0) -> None:
    request, effects = opened(draft(), context(), now)
    store.create(request, effects, now)


def happens(store: RedisStore, redis: "Redis[Any]", now: float, *events: Any) -> None:
    """It happens to the request, and all that was to leave for it has left."""
    before = after = store.load("r1")
    effects = list[Effect]()
    for event in events:
        after, more = step(after, event, context(), now)
        effects += more
    assert store.commit(before, after, effects, now)
    redis.delete("outbox")


# ---- the wall clock is right


def test_it_is_what_the_wall_clock_says(redis: "Redis[Any]", machine: Machine) -> None:
    keeper = machine.process(redis)
    assert keeper.now() == near(T0)
    machine.passes(86400)
    assert keeper.now() == near(T0 + 86400)
    assert keeper.stepped() is None


def test_a_clock_that_is_put_right_by_a_little_is_followed_within_a_second(redis: "Redis[Any]", machine: Machine) -> None:
    keepers = [machine.process(redis) for _ in range(3)]
    assert {keeper.now() for keeper in keepers} == {machine.wall()}
    machine.set_by = -JUMP + 0.01
    machine.passes(LOOKS)
    assert [keeper.now() for keeper in keepers] == [near(machine.wall())] * 3
    assert keepers[0].stepped() is None


def test_a_real_machine_has_a_boot_and_its_time_is_the_time(redis: "Redis[Any]") -> None:
    keeper = Timekeeper(redis)
    assert this_boot(), "on the machines of the tests"
    assert abs(keeper.now() - keeper._wall()) < 0.1
    assert redis.keys("time:*") == [f"time:{this_boot()}".encode()]


def test_where_nobody_knows_which_boot_this_is_the_wall_clock_counts(redis: "Redis[Any]", machine: Machine) -> None:
    machine.boot = ""
    keeper = machine.process(redis)
    keeper.begin()
    machine.set_by = HOUR
    assert (keeper.now(), keeper.stepped()) == (T0 + HOUR, None)
    keeper.follow()
    assert redis.keys("*") == []


# ---- the wall clock is set


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_while_a_request_is_open_time_goes_on_as_if_nobody_had_set_the_clock(
    redis: "Redis[Any]", machine: Machine, store: RedisStore, by: float
) -> None:
    web, clock = machine.process(redis), machine.process(redis)
    assert web.now() == clock.now() == near(T0)
    opens(store)
    machine.set_by = by
    machine.passes(0.3)
    assert web.now() == near(T0 + 0.3), "at once, not within a second"
    clock.follow()
    machine.passes(600)
    clock.follow()
    assert clock.now() == web.now() == near(T0 + 600.3)
    assert web.stepped() == clock.stepped() == Step(near(by), near(T0 + 0.3))


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_as_soon_as_nothing_is_open_the_wall_clock_counts_for_all(
    redis: "Redis[Any]", machine: Machine, store: RedisStore, by: float
) -> None:
    web, clock = machine.process(redis), machine.process(redis)
    assert web.now() == clock.now()
    opens(store)
    machine.set_by = by
    clock.follow()
    happens(store, redis, T0 + 1, Accepted("boyd"))
    clock.follow()
    assert clock.now() == near(T0), "the contact clock runs"
    happens(store, redis, T0 + 2, Contacted("boyd"))
    clock.follow()
    assert web.now() == clock.now() == near(T0 + by)
    assert web.stepped() is clock.stepped() is None


def test_where_nothing_is_open_a_clock_that_is_set_counts_at_the_next_look(redis: "Redis[Any]", machine: Machine) -> None:
    keeper = machine.process(redis)
    keeper.now()
    redis.zadd("outbox", {"canary": T0, "notice/n1": T0 + SOON + 60})
    machine.set_by = -HOUR
    assert keeper.now() == near(T0)
    keeper.follow()
    assert keeper.now() == near(T0 - HOUR)


def _a_call(store: RedisStore, redis: "Redis[Any]") -> None:
    store.save_call(Call("CA1", "r1"), T0 + 180)


def _a_message(store: RedisStore, redis: "Redis[Any]") -> None:
    redis.zadd("outbox", {"notice/n1": T0 + 5})


def _somebody_awaited(store: RedisStore, redis: "Redis[Any]") -> None:
    opens(store)
    happens(store, redis, T0, Accepted("boyd"), Contacted("boyd"), Needed("boyd", 2))


def _something_unreadable(store: RedisStore, redis: "Redis[Any]") -> None:
    opens(store)
    redis.hset("req:r1", "doc", "{}")
    redis.delete("outbox")


@pytest.mark.parametrize("under_way", [_a_call, _a_message, _somebody_awaited, _something_unreadable])
def test_what_counts_elapsed_time_is_waited_for(
    redis: "Redis[Any]", machine: Machine, store: RedisStore, under_way: Callable[[RedisStore, "Redis[Any]"], None]
) -> None:
    keeper = machine.process(redis)
    keeper.now()
    under_way(store, redis)
    machine.set_by = HOUR
    keeper.follow()
    assert keeper.now() == near(T0)


def test_a_clock_that_is_set_back_to_what_it_was_is_no_trouble_any_more(
    redis: "Redis[Any]", machine: Machine, store: RedisStore
) -> None:
    keeper = machine.process(redis)
    keeper.now()
    opens(store)
    machine.set_by = HOUR
    assert keeper.stepped()
    machine.set_by, machine.up = 0.0, machine.up + 60
    assert keeper.stepped() is None
    assert keeper.now() == near(T0 + 60)


def test_a_clock_that_is_set_twice_tells_the_whole_difference_and_the_first_time(
    redis: "Redis[Any]", machine: Machine, store: RedisStore
) -> None:
    keeper = machine.process(redis)
    opens(store, keeper.now())
    machine.set_by = HOUR
    keeper.now()
    machine.passes(10)
    machine.set_by = -HOUR
    assert keeper.stepped() == Step(near(-HOUR), near(T0))


def test_people_are_told(machine: Machine) -> None:
    strip = vitals(Signs(step=Step(-HOUR, T0)), [], T0 + 5, {}, "0.4.0")
    (told,) = [vital for vital in strip if vital.name == "Time"]
    assert told.said.startswith("the machine's clock jumped by -1:00:00 at ")
    assert "own time until nothing is open" in told.todo
    assert not [vital for vital in vitals(Signs(), [], T0, {}, "0.4.0") if vital.name == "Time"]


# ---- processes come and go


def test_a_process_that_is_started_again_goes_on_with_the_time_that_is_kept(
    redis: "Redis[Any]", machine: Machine, store: RedisStore
) -> None:
    machine.process(redis).now()
    opens(store)
    machine.set_by = HOUR
    machine.passes(60)
    started = machine.process(redis)
    started.begin()
    assert started.now() == near(T0 + 60)


def test_a_machine_that_was_started_again_believes_its_clock(redis: "Redis[Any]", machine: Machine, store: RedisStore) -> None:
    machine.process(redis).now()
    opens(store)
    booted = Machine(up=3.0, set_by=1000.0 + 120.0 - 3.0, boot="b2")
    assert booted.process(redis).now() == near(T0 + 120)
    assert booted.process(redis).stepped() is None


def test_ten_processes_at_once_agree(redis: "Redis[Any]", store_url: str, machine: Machine, store: RedisStore) -> None:
    machine.process(redis).now()
    opens(store)
    machine.set_by = -HOUR
    told: list[float] = []

    def look() -> None:
        client = connect.hurried(store_url)
        told.append(machine.process(client).now())
        client.close()

    threads = [threading.Thread(target=look) for _ in range(10)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert told == [near(T0)] * 10


def test_of_two_clocks_that_follow_at_once_none_undoes_a_request_that_was_opened_between(
    redis: "Redis[Any]", machine: Machine, store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = machine.process(redis)
    keeper.now()
    machine.set_by = HOUR
    really, calls = keeper._busy, list[bool]()

    def busy(pipe: Any) -> bool:
        calls.append(really(pipe))
        if len(calls) == 1:
            opens(store, T0)  # a caller is promised something in the very moment in which nothing was open
        return calls[-1]

    monkeypatch.setattr(keeper, "_busy", busy)
    keeper.follow()
    assert calls == [False, True]
    assert keeper.now() == near(T0)


def test_a_process_that_was_stopped_between_two_looks_at_its_clocks_is_not_taken_for_one_that_was_set(
    redis: "Redis[Any]", machine: Machine
) -> None:
    stops = [0.0, 0.0, 30.0]

    def wall() -> float:
        machine.passes(stops.pop() if stops else 0.0)
        return machine.wall()

    keeper = Timekeeper(redis, wall, machine.steady, "b1")
    assert keeper.now() == near(T0 + 30)
    assert float(redis.hget("time:b1", "offset")) == near(T0 - 1000)
    assert stops == [0.0]


# ---- the store is away


def test_while_the_store_is_away_time_goes_on_and_is_asked_for_once_a_second(
    redis: "Redis[Any]", machine: Machine, store: RedisStore, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = machine.process(redis)
    keeper.now()
    asked = list[float]()

    class Away:
        def __call__(self, **_: Any) -> Any:
            asked.append(machine.up)
            raise ConnectionError

    keeper._meet = Away()
    machine.set_by = HOUR
    for _ in range(20):
        machine.passes(0.1)
        assert keeper.now() == near(T0 + machine.up - 1000)
    assert len(asked) == 2
    assert caplog.text.count("ConnectionError") == 1


def test_at_the_very_start_without_a_store_the_wall_clock_has_to_do(machine: Machine) -> None:
    nowhere = connect.hurried("unix:///nowhere")
    keeper = machine.process(nowhere)
    assert keeper.now() == near(T0)
    with pytest.raises(RedisError):
        keeper.begin()


# ---- what else counts seconds


def test_when_time_has_gone_back_nobody_waits_for_it(redis: "Redis[Any]", machine: Machine, store: RedisStore) -> None:
    policy = replace(Policy(()), texts_at_once=1, texts_per_second=1)
    lanes, keeper = RedisLanes(redis, policy), machine.process(redis)
    redis.zadd("outbox", {f"r{n}/0": T0 for n in range(4)})

    def asks(n: int, channel: Channel, now: float) -> float | None:
        assert store.claim(f"r{n}/0", f"worker{os.getpid()}", now)
        return lanes.ask(f"r{n}/0", "boyd", channel, cost=1, urgency=1.0, now=now, joins=False).until

    assert asks(0, Channel.TEXT, keeper.now()) is None
    assert asks(1, Channel.CALL, keeper.now()) is None
    lanes.in_vain("boyd", Channel.TEXT, T0 + 30, T0)  # the carrier did not take it, and is left alone until then
    redis.delete("outbox")
    machine.set_by = -HOUR
    keeper.follow()
    redis.zadd("outbox", {f"r{n}/0": T0 - HOUR for n in range(4)})
    assert asks(2, Channel.TEXT, keeper.now()) is None
    assert asks(3, Channel.CALL, keeper.now()) is None


def test_lanes_that_were_written_by_a_clock_ahead_hold_no_text_back(redis: "Redis[Any]", store: RedisStore) -> None:
    lanes = RedisLanes(redis, replace(Policy(()), texts_at_once=1, texts_per_second=1))
    redis.zadd("outbox", {"r0/0": T0, "r1/0": T0})
    for n, now in enumerate((T0, T0 - HOUR)):
        assert store.claim(f"r{n}/0", "worker", now)
        assert lanes.ask(f"r{n}/0", "boyd", Channel.TEXT, cost=1, urgency=1.0, now=now, joins=False).until is None


def test_a_closed_request_is_not_waited_for(redis: "Redis[Any]", machine: Machine, store: RedisStore) -> None:
    keeper = machine.process(redis)
    opens(store, keeper.now())
    happens(store, redis, T0, Closed("test"))
    machine.set_by = HOUR
    keeper.follow()
    assert keeper.now() == near(T0 + HOUR)
