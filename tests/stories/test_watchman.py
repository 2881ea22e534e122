"""The watchman of a bridge that runs: what is damaged is mended before a page is late, people are told, all else is quiet."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from rq.job import Job
from rq.serializers import JSONSerializer

from bridge.actions import health, line, paging, sending, watchman
from bridge.actions.watchman import Watchman
from bridge.core.events import Closed
from bridge.core.model import Purpose, State
from bridge.core.vigil import AGAIN, RETRY
from tests.conftest import logged
from tests.stories.story import CALLER, Story


class Room:
    """Two watchmen of two clock processes, and who is told."""

    def __init__(self, story: Story) -> None:
        self.story, self.takes = story, True
        self.told: list[tuple[str, str]] = []
        self.world = replace(story.world, alarms=self)  # type: ignore[arg-type]
        self.watchmen = [Watchman(self.world), Watchman(self.world)]

    def tell(self, subject: str, body: str) -> bool:
        if self.takes:
            self.told.append((subject, body))
        return self.takes

    def subjects(self) -> list[str]:
        found = [subject for subject, _ in self.told]
        self.told.clear()
        return found

    def watch(self, seconds: float = 5.0) -> None:
        """So much time passes, and both look every five seconds."""
        until = self.story.now + seconds
        while self.story.now < until:
            self.story.fast_forward(min(5.0, until - self.story.now))
            self.look()

    def look(self) -> None:
        for name in ("worker:1", "clock:1"):
            self.world.store.beat(name, self.story.now)
        for each in self.watchmen:
            each.watch()

    def findings(self) -> list[str]:
        return [each.words for each in self.world.watch.vigil().findings]

    def said(self) -> str:
        (said,) = [vital.said for vital in health.report(self.world).vitals if vital.name == "Watchman"]
        return said


@pytest.fixture
def room(story: Story, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Whatever is in the queue is done here, without a worker of RQ each time: much happens in these stories."""
    monkeypatch.setattr(Story, "settle", _settle)
    return Room(story)


def _settle(story: Story) -> None:
    while True:
        story.sim.settle()
        paging.tick(story.world)
        worked = _work(story)
        story.sim.settle()
        if not worked and not story.world.store.due(story.now, 1):
            return


def _work(story: Story) -> bool:
    key, worked = story.world.queue.rq.key, False  # type: ignore[attr-defined]
    while found := story.redis.lpop(key):
        job = Job.fetch(found.decode(), connection=story.redis, serializer=JSONSerializer)
        job.delete()
        sending.carry_out(story.world, job.args[0])
        worked = True
    return worked


def waits_for_a_worker(story: Story) -> str:
    """The call that follows the first page is due, and no worker has it yet. Returns the effect."""
    story.asks_for_help()
    story.expect_text("boyd")
    story.clock[0] += 90
    paging.tick(story.world)
    story.world.queue.rq.empty()  # type: ignore[attr-defined]
    return f"{story.request().id}/{story.request().messages[-1].n}"


def test_a_page_that_was_lost_from_the_outbox_leaves_all_the_same(room: Room, story: Story) -> None:
    effect = waits_for_a_worker(story)
    assert story.redis.zrem("outbox", effect)
    room.look()
    story.settle()
    story.expect_call("boyd")
    room.watch(15)
    assert room.subjects() == [], "what is mended is told nobody"
    assert room.said() == "watching, repaired 1 in the last hour, tells nobody"


def test_a_request_that_was_lost_from_every_index_is_answered_all_the_same(room: Room, story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    request = story.request()
    for key in ("due", "requests", f"code:{request.code}", *story.redis.keys("caller:*")):
        story.redis.delete(key)
    room.look()
    room.look()
    story.fast_forward(5)
    room.look()
    assert story.request().id == request.id, "it is on the board again"
    story.fast_forward(90)
    story.expect_call("boyd")
    story.asks_for_help()
    assert story.request().id == request.id, "who calls again gets no second request"
    story.swallow(["boyd", "crane"])
    story.text("boyd", f"on it {request.code}")
    assert story.request().state is State.ACCEPTED
    story.swallow_everything()


def test_an_open_request_that_would_page_nobody_pages_at_once(room: Room, story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    request = story.request()
    assert story.world.store.commit(request, replace(request, next_at=None), [], story.now)
    room.look()
    story.settle()
    story.expect_call("boyd")
    assert room.findings() == ["412 is open, and nobody is paged next".replace("412", request.code)]
    room.watch()
    assert (room.findings(), room.subjects()) == ([], [])


def test_who_accepted_and_was_told_no_number_is_told_it(room: Room, story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "on it")
    story.swallow(["boyd"])
    request = story.request()
    (details,) = [m for m in request.messages if m.purpose is Purpose.DETAILS]
    broken = request.with_changed(replace(details, purpose=Purpose.REMIND))
    assert story.world.store.commit(request, broken, [], story.now)
    room.look()
    story.settle()
    story.expect_text("boyd", "256-555-0177")
    room.watch()
    assert (room.findings(), room.subjects()) == ([], [])


def test_a_claim_that_does_not_end_holds_a_page_for_seconds_only(room: Room, story: Story) -> None:
    effect = waits_for_a_worker(story)
    story.redis.set(f"claim:{effect}", "f00d")
    room.look()
    story.fast_forward(20)
    story.expect_call("boyd")
    story.swallow_everything()


def test_no_carrier_is_told_within_a_minute_and_once_more_when_it_is_back(room: Room, story: Story) -> None:
    room.watch(10)
    with away(story):
        began = story.now
        while not room.told:
            room.watch(5)
            line.ask(story.world)
            assert story.now - began <= 60
        assert room.subjects() == ["Bridge ALARM: the carrier refuses: no text and no call leaves (HTTP 503)"]
        assert room.said() == "1 finding"
        for _ in range(int(AGAIN // 60) + 1):
            room.watch(60)
            line.ask(story.world)
        assert len(room.subjects()) == 1, "once more in a quarter of an hour"
    room.watch(5)
    line.ask(story.world)
    room.watch(15)
    assert room.subjects() == ["Bridge: over: the carrier refuses: no text and no call leaves (HTTP 503)"]


@contextmanager
def away(story: Story) -> Iterator[None]:
    """The carrier takes nothing."""
    story.sim.faults.rest("503")
    try:
        yield
    finally:
        story.sim.faults.clear()


# ---- who is told, and when


def lost(room: Room) -> str:
    """A request that nobody can bring back. Returns its id."""
    room.story.asks_for_help()
    room.story.expect_text("boyd")
    request = room.story.request()
    room.story.redis.delete(f"req:{request.id}")
    return request.id


def test_of_two_watchmen_one_tells(room: Room) -> None:
    lost(room)
    room.watch(30)
    assert len(room.subjects()) == 1


def test_when_one_watchman_dies_the_other_one_goes_on(room: Room) -> None:
    room.watch(10)
    room.watchmen.pop()
    lost(room)
    room.watch(15)
    assert len(room.subjects()) == 1


def test_a_restart_tells_nobody_anew(room: Room) -> None:
    lost(room)
    room.watch(15)
    assert len(room.subjects()) == 1
    room.watchmen = [Watchman(room.world)]
    room.watch(60)
    assert room.subjects() == []


def test_a_message_that_nobody_took_is_tried_again(room: Room) -> None:
    room.takes = False
    lost(room)
    room.watch(15)
    room.takes = True
    room.watch(RETRY)
    assert len(room.subjects()) == 1


def test_a_watchman_that_dies_while_it_tells_is_followed_by_another(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    lost(room)
    room.watch(5)
    with monkeypatch.context() as patch:
        patch.setattr(watchman.vigils, "told", lambda known, alarm, now: known)  # it died before it could write this down
        room.watch(10)
    assert len(room.subjects()) == 1
    room.watch(RETRY + 5)
    assert len(room.subjects()) == 1, "told twice rather than never"
    room.watch(60)
    assert room.subjects() == []


def test_a_store_that_is_away_is_told_from_memory_and_so_is_its_return(room: Room, story: Story) -> None:
    room.watchmen.pop()
    (only,) = room.watchmen
    room.watch(10)
    with story.store_away():
        only.watch()
        for seconds, heard in ((29, 0), (1, 1), (60, 0), (AGAIN - 61, 0), (1, 1)):
            story.clock[0] += seconds
            only.watch()
            assert room.subjects() == ["Bridge ALARM: the store does not answer"] * heard
    story.clock[0] += RETRY
    room.look()
    assert room.subjects() == ["Bridge: over: the store answers again"]
    room.watch(30)
    assert room.subjects() == []


def test_a_store_that_is_back_soon_is_told_nobody(room: Room, story: Story) -> None:
    room.watch(5)
    with story.store_away():
        for _ in range(5):
            room.watchmen[0].watch()
            story.clock[0] += 5
    room.watch(60)
    assert room.subjects() == []


def test_while_the_store_is_away_a_message_that_nobody_took_is_tried_again(room: Room, story: Story) -> None:
    only, room.takes = room.watchmen[0], False
    with story.store_away():
        only.watch()
        story.clock[0] += 31
        only.watch()
        room.takes = True
        for seconds, heard in ((RETRY - 1, 0), (1, 1)):
            story.clock[0] += seconds
            only.watch()
            assert len(room.subjects()) == heard


def test_that_the_store_is_away_stands_in_the_log_once(room: Room, story: Story, caplog: pytest.LogCaptureFixture) -> None:
    """It looks each second: a log that is full of it hides why."""
    only = Watchman(room.world)
    for _ in range(2):
        caplog.clear()
        with story.store_away():
            for _ in range(5):
                story.clock[0] += 1
                only.watch()
        assert [line.partition("=")[0] for line in logged(caplog, watchman.__name__)] == ["the watchman cannot look error"]
        only.watch()


def test_that_a_caller_met_a_bridge_that_did_not_work_is_told(room: Room, story: Story) -> None:
    call = story.call()
    with story.store_away():
        call.press("36203")
    desk = story.expect_dial("dispatch")
    desk.answer()
    desk.hang_up()
    story.settle()
    room.watch(10)
    assert room.subjects() == ["Bridge ALARM: a caller was put through to dispatch because the bridge did not work"]
    story.swallow_everything()
    story.errors.lines.clear()  # the web process says that the store was away


def test_nothing_that_people_are_told_is_about_a_caller(room: Room, story: Story) -> None:
    gone = lost(room)
    story.redis.zadd("outbox", {"nonsense": story.now - 99})
    room.watch(15)
    said = " ".join(words for message in room.told for words in message)
    assert gone in said
    assert not any(word in said for word in (CALLER.removeprefix("+1"), "Oxford", "Anniston", "Calhoun", "36203"))


# ---- no false alarms


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.policy(texts_per_second=3, calls_per_second=1, texts_at_once=3)
def test_in_normal_life_nothing_is_found_and_nothing_is_mended(room: Room, story: Story, seed: int) -> None:
    chance = random.Random(seed)
    for n in range(14):
        _something_happens(story, chance, n)
        story.fast_forward(chance.choice([0.0, 0.0, 3.0, 45.0, 200.0, 900.0]))
        room.look()
        known = story.world.watch.vigil()
        assert ([each.words for each in known.findings], known.mended) == ([], ())
    story.swallow_everything()


def _something_happens(story: Story, chance: random.Random, n: int) -> None:
    person = chance.choice(["boyd", "crane", "kirby", "whitfield"])
    match chance.choice(["calls", "calls", "answers", "answers", "picks up", "closes", "nothing"]):
        case "calls":
            story.asks_for_help(f"+1256555{100 + n:04d}", chance.choice(["36203", "35203", "36104"]))
        case "answers":
            story.text(person, chance.choice(["on it", "PASS", "RELEASE", "CALLED", "ETA 10", "HELP ME", "STATUS"]))
        case "picks up" if leg := story.phone(person).ringing:
            leg.answer()
            if leg.live:
                story.press(leg, chance.choice(["1", "2", "9"]))
            if leg.live:
                leg.hang_up()
        case "closes" if requests := story.world.store.requests():
            if requests[0].state in (State.OPEN, State.ACCEPTED):
                story.world.apply(requests[0].id, Closed("test"))
    story.settle()
