"""What is asked of the carrier is noted; where nobody asks anything, one clock does; and a note never costs a page."""

import logging
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from bridge import wiring
from bridge.actions import line
from bridge.actions.line import FAILING, IDLE, NOTED, Line
from bridge.actions.world import World
from bridge.core.errors import CarrierBusy, CarrierRefused
from bridge.core.model import Channel
from bridge.core.vitals import CarrierNews
from bridge.settings import load
from bridge.simulator import Simulator
from bridge.store.redis_store import RedisStore
from tests.conftest import everything_in

T0 = 1_795_335_245.0
DANA, NOWHERE = "+12565550101", "http://127.0.0.1:9/nowhere"
BUSY = CarrierBusy(reason="HTTP 503, error 20503", retry_after=0.0, trouble="HTTP 503")
AWAY = CarrierBusy(reason="ConnectTimeout", retry_after=0.0, trouble="time-out", reached=False)
NOT_FINAL = CarrierBusy(reason="HTTP 409, error 20009", retry_after=0.0, trouble="")


class Moody:
    """A carrier that does as it is told, and counts what it was asked."""

    def __init__(self) -> None:
        self.mood: Exception | None = None
        self.asked: list[str] = []

    def send_text(self, to: str, body: str, report_url: str) -> str:
        return self._asked("text")

    def place_call(self, to: str, answer_url: str, report_url: str, ring_for: float) -> str:
        return self._asked("call")

    def forget(self, channel: Channel, sid: str) -> None:
        self._asked("forget")

    def ping(self) -> None:
        self._asked("ping")

    def _asked(self, what: str) -> str:
        self.asked.append(what)
        if self.mood:
            raise self.mood
        return "SM1"


class Told:
    """A world whose carrier is moody and whose time is moved by hand."""

    def __init__(self, redis: "Redis[Any]") -> None:
        self.time, self.moody = T0, Moody()
        settings = load({})
        world = wiring.world(settings, redis, lambda: self.time)
        self.world: World = replace(world, carrier=Line([("main", self.moody)], world.store, world.now))

    @property
    def news(self) -> CarrierNews:
        return self.world.store.carrier_news()

    def text(self, mood: Exception | None = None) -> None:
        self.moody.mood = mood
        if mood is None:
            assert self.world.carrier.send_text(DANA, "ALLEAPS 412", NOWHERE) == "SM1"
            return
        with pytest.raises(type(mood)) as raised:
            self.world.carrier.send_text(DANA, "ALLEAPS 412", NOWHERE)
        assert raised.value is mood

    def pings(self, after: float = 0.0, mood: Exception | None = None) -> int:
        """How many pings there have been, after the clock has looked so many seconds later."""
        self.time, self.moody.mood = self.time + after, mood
        line.ask(self.world)
        return self.moody.asked.count("ping")


@pytest.fixture
def told(redis: "Redis[Any]") -> Told:
    return Told(redis)


# ---- noting


def test_every_way_to_ask_is_handed_on_and_noted(told: Told) -> None:
    for n, ask in enumerate(
        (
            lambda: told.world.carrier.send_text(DANA, "ALLEAPS 412", NOWHERE),
            lambda: told.world.carrier.place_call(DANA, NOWHERE, NOWHERE, 25.0),
            lambda: told.world.carrier.forget(Channel.TEXT, "SM1"),
            told.world.carrier.ping,
        )
    ):
        told.time = T0 + 100 * n
        ask()
        assert told.news.answered_at == T0 + 100 * n
    assert told.moody.asked == ["text", "call", "forget", "ping"]


def test_a_failure_is_noted_with_its_trouble_and_nobody_s_number(told: Told, redis: "Redis[Any]") -> None:
    told.text(AWAY)
    assert (told.news.failing_since, told.news.trouble, told.news.reached) == (T0, "time-out", False)
    told.time += 3
    told.text(BUSY)
    assert (told.news.failing_since, told.news.trouble, told.news.reached) == (T0, "HTTP 503", True)
    assert "5550101" not in everything_in(redis)


@pytest.mark.parametrize("mood", [CarrierRefused(code=21610, status=400), NOT_FINAL])
def test_a_carrier_that_refuses_this_one_thing_has_answered(told: Told, mood: Exception) -> None:
    told.text(AWAY)
    told.text(mood)
    assert (told.news.answered_at, told.news.failing_since) == (T0, None)


def test_a_failure_that_says_nothing_of_itself_is_told_by_its_reason(told: Told) -> None:
    told.text(CarrierBusy(reason="something new", retry_after=0.0))
    assert told.news.trouble == "something new"


def test_in_a_flood_not_every_answer_is_written_down_but_the_first_after_a_failure_is(told: Told) -> None:
    told.text()
    told.time += NOTED - 0.1
    told.text()
    assert told.news.answered_at == T0
    told.text(BUSY)
    assert told.news.failing_since == told.time
    told.text()
    assert (told.news.failing_since, told.news.answered_at) == (None, told.time)
    told.time += NOTED
    told.text()
    assert told.news.answered_at == told.time


def test_a_note_that_cannot_be_written_costs_no_page(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise ConnectionError("store away")

    monkeypatch.setattr(RedisStore, "carrier_answered", away)
    monkeypatch.setattr(RedisStore, "carrier_failed", away)
    told.text()
    told.text(BUSY)
    told.text(CarrierRefused(code=21610, status=400))


# ---- asking


def test_a_carrier_of_which_nothing_was_heard_is_asked_and_then_once_a_minute(told: Told, redis: "Redis[Any]") -> None:
    assert told.pings() == 1
    redis.delete(*redis.keys("once:*"))  # what keeps two from asking at once runs by the store's own clock
    assert told.pings(IDLE - 0.1) == 1
    assert told.pings(0.1) == 2
    assert told.news.answered_at == told.time


def test_a_carrier_that_is_used_need_not_be_asked(told: Told) -> None:
    for _ in range(10):
        told.time += 30
        told.text()
        assert told.pings() == 0


def test_a_carrier_that_fails_is_asked_every_five_seconds_until_it_answers(told: Told, redis: "Redis[Any]") -> None:
    told.text(AWAY)
    assert told.pings(FAILING - 0.1, AWAY) == 0
    assert told.pings(0.1, AWAY) == 1
    assert told.news.failing_since == T0
    redis.delete(*redis.keys("once:*"))
    assert told.pings(FAILING) == 2
    assert (told.news.failing_since, told.news.answered_at) == (None, told.time)


def test_an_outage_of_the_carrier_is_one_line_in_the_log(
    told: Told, redis: "Redis[Any]", caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            told.pings(FAILING, AWAY)
            redis.delete("once:", *redis.keys("once:*"))
    assert told.moody.asked == ["ping"] * 4
    assert [record.name for record in caplog.records] == ["bridge.actions.line"]


def test_of_many_clocks_one_asks(told: Told) -> None:
    told.pings(0, AWAY)
    told.world.store.carrier_answered(T0 - 999)
    assert [told.pings() for _ in range(5)] == [1] * 5


def test_a_refused_ping_is_an_answer(told: Told) -> None:
    told.pings(0, CarrierRefused(code=20404, status=404))
    assert told.news.answered_at == T0


def test_with_the_local_carrier_it_is_all_the_same(told: Told, redis: "Redis[Any]") -> None:
    settings = load({})
    with Simulator(account_sid=settings.account_sid, auth_token=settings.auth_token, line=settings.line) as sim:
        world = wiring.world(replace(settings, carrier_url=sim.base_url), redis, lambda: T0)
        sim.faults.rest("reset", times=1)
        line.ask(world)
        assert (world.store.carrier_news().trouble, world.store.carrier_news().reached) == ("no connection", False)
        redis.flushall()
        line.ask(world)
        assert world.store.carrier_news() == CarrierNews(answered_at=T0)
