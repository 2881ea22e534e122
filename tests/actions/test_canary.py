"""A page to nobody: the way it goes, that there is one at a time, and that it outlives a worker."""

from typing import Any

import pytest
from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from bridge import wiring
from bridge.actions import canary, paging
from bridge.actions.world import World
from bridge.settings import load
from bridge.simulator import Simulator
from bridge.store.redis_store import CLAIMED, QUEUED

T0 = 1_795_335_245.0


class Bridge:
    """Clock and worker of a bridge whose carrier would tell of whatever reaches it."""

    def __init__(self, redis: "Redis[Any]", sim: Simulator) -> None:
        self.redis, self.time = redis, T0
        settings = load({"TWILIO_BASE_URL": sim.base_url})
        self.world: World = wiring.world(settings, redis, lambda: self.time)

    def begins(self) -> None:
        """A clock sends a canary, where it is time."""
        canary.begin(self.world)

    def minute_later(self) -> None:
        """What lasts a minute by the store's own clock is over."""
        self.redis.delete(*self.redis.keys("once:*"))
        self.time += canary.EVERY

    def ticks(self) -> int:
        """The clock ticks. Returns how many jobs are in the queue then."""
        paging.tick(self.world)
        return self.jobs

    def works(self) -> None:
        """A worker does what is in the queue."""
        SimpleWorker([self.world.queue.rq], connection=self.redis, serializer=JSONSerializer).work(
            burst=True, logging_level="ERROR"
        )  # type: ignore[attr-defined]

    @property
    def jobs(self) -> int:
        return len(self.world.queue.rq)  # type: ignore[attr-defined]

    @property
    def keys(self) -> set[str]:
        """What is in the store, but for what RQ keeps of its workers, and throttles."""
        return {key.decode() for key in self.redis.keys("*") if not key.startswith((b"rq:", b"once:"))}


@pytest.fixture
def bridge(redis: "Redis[Any]", monkeypatch: pytest.MonkeyPatch) -> Any:
    settings = load({})
    with Simulator(account_sid=settings.account_sid, auth_token=settings.auth_token, line=settings.line) as sim:
        here = Bridge(redis, sim)
        monkeypatch.setattr("workers.jobs.background", lambda: here.world)
        yield here
        assert (sim.arrivals, sim.messages) == ([], []), "it never leaves"


def test_it_goes_the_way_of_a_page_and_comes_back_with_the_time_it_took(bridge: Bridge) -> None:
    bridge.begins()
    assert bridge.jobs == 0, "the clock hands it out, and nobody else"
    bridge.time += 0.1
    assert bridge.ticks() == 1
    bridge.time += 0.3
    bridge.works()
    news = bridge.world.store.canary()
    assert (news.done_at, round(news.took, 3), news.begun_at) == (bridge.time, 0.4, None)
    assert bridge.keys == {"canary"}, "it leaves nothing behind"
    assert bridge.redis.keys("rq:job:*") == []


def test_of_many_clocks_one_sends_it_and_once_a_minute(bridge: Bridge) -> None:
    for _ in range(5):
        bridge.begins()
    assert bridge.ticks() == 1
    bridge.works()
    bridge.begins()
    assert bridge.ticks() == 0
    bridge.minute_later()
    bridge.begins()
    assert bridge.ticks() == 1


def test_one_that_has_not_come_back_is_not_followed_by_another(bridge: Bridge) -> None:
    for _ in range(3):
        bridge.begins()
        bridge.ticks()
        bridge.minute_later()
    assert bridge.world.store.canary().begun_at == T0
    bridge.works()
    assert bridge.world.store.canary().took == 3 * canary.EVERY
    assert bridge.keys == {"canary"}


def test_carried_out_twice_it_counts_once(bridge: Bridge) -> None:
    bridge.begins()
    bridge.ticks()
    bridge.works()
    bridge.time += 30
    bridge.world.queue.put(canary.EFFECT)
    bridge.works()
    assert bridge.world.store.canary().done_at == T0


def test_a_queue_that_loses_it_does_not_lose_it_for_good(bridge: Bridge) -> None:
    bridge.begins()
    bridge.ticks()
    bridge.world.queue.rq.empty()  # type: ignore[attr-defined]
    bridge.time += QUEUED
    assert bridge.ticks() == 1
    bridge.works()
    assert bridge.world.store.canary().took == QUEUED


def test_a_worker_that_dies_with_it_does_not_lose_it_for_good(bridge: Bridge) -> None:
    bridge.begins()
    bridge.ticks()
    assert bridge.world.store.claim(canary.EFFECT, "a worker that dies", bridge.time)
    bridge.works()
    assert bridge.world.store.canary().done_at is None, "it is claimed"
    bridge.redis.delete(f"claim:{canary.EFFECT}")  # the claim runs out by the store's own clock
    bridge.time += CLAIMED
    assert bridge.ticks() == 1
    bridge.works()
    assert bridge.world.store.canary().took == CLAIMED
    assert bridge.keys == {"canary"}
