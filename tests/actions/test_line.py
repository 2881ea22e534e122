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


# ---- several accounts

REFUSED_CONNECTION = CarrierBusy(reason="ConnectionError", retry_after=0.0, trouble="no connection", reached=False, sure=True)
TOO_MANY = CarrierBusy(reason="too many requests", retry_after=20.0, trouble="too many requests", status=429, sure=True)
NOT_OURS = CarrierRefused(code=21606, status=400)
STOPPED = CarrierRefused(code=21610, status=400)
NO_RECORD = CarrierRefused(code=20404, status=404)


class Two:
    """A line of two accounts, and time that is moved by hand."""

    def __init__(self, redis: "Redis[Any]") -> None:
        self.time, self.main, self.spare = T0, Moody(), Moody()
        self.store = wiring.world(load({}), redis, lambda: self.time).store
        self.line = self.of_a_process()

    def of_a_process(self) -> Line:
        return Line([("main", self.main), ("spare", self.spare)], self.store, lambda: self.time)

    def text(self) -> CarrierBusy | CarrierRefused | None:
        """What sending a text raises."""
        try:
            self.line.send_text(DANA, "ALLEAPS 412", NOWHERE)
        except (CarrierBusy, CarrierRefused) as error:
            return error
        return None

    @property
    def asked(self) -> tuple[int, int]:
        """How often each account was asked for anything."""
        return len(self.main.asked), len(self.spare.asked)

    def main_is_away(self) -> None:
        """The main account has failed three times in a row."""
        self.main.mood = BUSY
        for _ in range(3):
            assert self.text() is BUSY


@pytest.fixture
def two(redis: "Redis[Any]") -> Two:
    return Two(redis)


def test_the_main_account_is_used_while_it_can_be(two: Two) -> None:
    assert two.text() is None
    assert two.asked == (1, 0)


@pytest.mark.parametrize("mood", [REFUSED_CONNECTION, TOO_MANY, NOT_OURS])
def test_what_was_certainly_not_taken_goes_to_the_next_account_at_once(two: Two, mood: Exception) -> None:
    two.main.mood = mood
    assert two.text() is None
    assert two.asked == (1, 1)


@pytest.mark.parametrize("mood", [BUSY, AWAY, STOPPED])
def test_what_may_have_been_taken_or_is_the_recipient_s_matter_goes_to_no_other_account(two: Two, mood: Exception) -> None:
    two.main.mood = mood
    assert two.text() is mood
    assert two.asked == (1, 0)


def test_an_account_that_is_away_is_passed_by_and_probed_by_one_of_all_processes(two: Two) -> None:
    two.main_is_away()
    assert two.text() is None
    assert two.asked == (3, 1)
    two.time += 3
    two.main.mood = None
    assert two.text() is None
    assert two.asked == (4, 1)
    assert two.store.circuits() == {}


def test_of_two_processes_one_probes(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    two.main_is_away()
    two.time += 3
    other = two.of_a_process()
    monkeypatch.setattr(two.main, "send_text", lambda *_: other.send_text(DANA, "ALLEAPS 413", NOWHERE))
    assert two.text() is None
    assert two.asked == (3, 1)


def test_where_every_account_is_away_nobody_is_asked(two: Two) -> None:
    two.main_is_away()
    two.spare.mood = BUSY
    for _ in range(3):
        assert two.text() is BUSY
    before, error = two.asked, two.text()
    assert isinstance(error, CarrierBusy)
    assert (error.details["asked"], error.details["sure"], error.details["retry_after"]) == (False, True, 3.0)
    assert two.asked == before


def test_texts_that_are_away_leave_calls_alone(two: Two) -> None:
    two.main_is_away()
    two.main.mood = None
    two.line.place_call(DANA, NOWHERE, NOWHERE, 25.0)
    assert two.main.asked[-1] == "call"
    assert list(two.store.circuits()) == ["main/text"]


def test_who_asks_to_be_left_alone_is_not_asked_before_and_is_not_away(two: Two) -> None:
    two.main.mood, two.spare.mood = TOO_MANY, TOO_MANY
    assert two.text() is TOO_MANY
    two.time += 19.9
    error = two.text()
    assert isinstance(error, CarrierBusy)
    assert two.asked == (1, 1)
    two.time += 0.1
    two.main.mood = None
    assert two.text() is None


def test_a_record_is_deleted_where_it_is_and_nowhere_is_gone_already(two: Two) -> None:
    two.main.mood = NO_RECORD
    two.line.forget(Channel.TEXT, "SM1")
    two.spare.mood = NO_RECORD
    two.line.forget(Channel.TEXT, "SM1")
    two.main.mood, two.spare.mood = NO_RECORD, BUSY
    with pytest.raises(CarrierBusy):
        two.line.forget(Channel.TEXT, "SM1")


def test_every_account_is_asked_what_it_took_until_one_has_it(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Moody, "find_text", lambda self, *_: self._asked("find") if self is two.spare else "", raising=False)
    assert two.line.find_text(DANA, T0, lambda _: True) == "SM1"


def test_an_account_that_cannot_tell_now_is_asked_again_and_one_that_is_away_is_not_asked(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Moody, "find_text", lambda self, *_: self._asked("find") and "", raising=False)
    two.main.mood = AWAY
    for _ in range(3):
        with pytest.raises(CarrierBusy):
            two.line.find_text(DANA, T0, lambda _: True)
    assert two.line.find_text(DANA, T0, lambda _: True) == ""
    assert two.asked == (3, 4)


def test_where_nobody_can_be_asked_nobody_says_that_nothing_was_taken(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Moody, "find_text", lambda self, *_: self._asked("find") and "", raising=False)
    two.main.mood = two.spare.mood = AWAY
    for _ in range(3):
        with pytest.raises(CarrierBusy):
            two.line.find_text(DANA, T0, lambda _: True)
    before = two.asked
    with pytest.raises(CarrierBusy) as busy:
        two.line.find_text(DANA, T0, lambda _: True)
    assert (busy.value.details["asked"], two.asked) == (False, before)


def test_what_is_held_back_is_let_go_when_a_probe_goes_through(two: Two, redis: "Redis[Any]") -> None:
    two.main_is_away()
    redis.zadd("outbox", {"r1/1": T0})
    two.store.hold("r1/1", Channel.TEXT, T0 + 8)
    two.store.hold("settled/1", Channel.TEXT, T0 + 8)
    assert two.store.lease(T0 + 3, 10) == []
    two.time, two.main.mood = T0 + 3, None
    assert two.text() is None
    assert two.store.lease(T0 + 3, 10) == ["r1/1"]
    assert redis.exists("held:text") == 0


def test_every_account_is_pinged_and_one_that_answers_will_do(two: Two) -> None:
    two.main.mood = AWAY
    two.line.ping()
    assert (two.asked, two.store.carrier_news().failing_since) == ((1, 1), None)
    two.spare.mood = AWAY
    with pytest.raises(CarrierBusy):
        two.line.ping()
    assert two.store.carrier_news().trouble == "time-out"
