"""The carrier fails, by one channel or both, and pages leave all the same: once, and soon after it is back."""

from collections import deque

import pytest

from bridge.actions import health, line, paging, sending
from bridge.carrier.rest import TwilioCarrier
from bridge.core.circuit import WELL
from bridge.core.errors import CarrierBusy
from bridge.core.model import Channel, Status
from tests.stories.story import Story

POSTED = "POST"
FAILS = CarrierBusy(reason="HTTP 500, error 0", retry_after=0.0, trouble="HTTP 500", status=500)
HANGS = CarrierBusy(reason="ReadTimeout", retry_after=0.0, trouble="time-out", status=0, reached=False)


def strip(story: Story) -> str:
    """What the health strip says of the carrier."""
    requests = story.world.store.requests()
    return next(v.said for v in health.strip(story.world, requests, story.world.context) if v.name == "Carrier")


def asked(story: Story, resource: str) -> int:
    """How often the carrier was asked to send or to call."""
    return sum(arrival.method == POSTED and arrival.resource == resource for arrival in story.sim.arrivals)


def passes(story: Story, seconds: float) -> None:
    """So much time passes, and workers carry out what the clock hands them, in this thread: an outage has many moments."""
    until, jobs, world = story.now + seconds, deque[str](), story.world
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.queue, "put", jobs.append)
        while (due := world.store.next_due()) is not None and due <= until:
            story.clock[0] = max(due, story.now)
            paging.tick(world)
            while jobs:
                sending.carry_out(world, jobs.popleft())
            story.sim.settle()
    story.clock[0] = until


def waiting(story: Story) -> list[str]:
    """What has not left yet."""
    messages = (m for request in story.world.store.requests() for m in request.messages)
    return [f"{m.person} {m.channel} {m.word}" for m in messages if m.status is Status.WAITING]


# ---- one channel is away


def test_while_texts_are_away_telephones_ring_at_once_and_the_text_follows(story: Story) -> None:
    story.sim.faults.rest("503", "messages")
    story.asks_for_help()
    passes(story, 10)
    call = story.expect_call("boyd")
    assert story.minutes() < 1
    assert not story.unread("boyd")
    assert strip(story) == "texts away since 02:04:00 (HTTP 503), calls answer, 1 waiting"
    assert waiting(story) == ["boyd text texts away"]
    assert story.request().fired == 1, "the ladder has not moved"
    story.sim.faults.clear()
    passes(story, 10)
    story.expect_text("boyd", "Oxford")
    story.press(call.answer(), "1")
    assert story.request().accepted_by == "boyd"
    story.expect_text("boyd", "256-555-0177")
    call.hang_up()
    story.settle()
    assert "answered" in strip(story)


def test_who_accepts_while_texts_are_away_is_called_with_the_number(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.sim.faults.rest("503", "messages")
    story.text("boyd", "1")
    passes(story, 10)
    call = story.expect_call("boyd").answer()
    assert "2 5 6, 5 5 5, 0 1 7 7" in story.press(call, "*")
    call.hang_up()
    story.sim.faults.clear()
    passes(story, 10)
    story.expect_text("boyd", "256-555-0177")


@pytest.mark.policy(deadline=3600.0)
def test_while_calls_are_away_whoever_takes_texts_is_texted(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.sim.faults.rest("503", "calls")
    passes(story, 100)
    story.expect_text("boyd", "Oxford")
    assert strip(story) == "calls away since 02:05:30 (HTTP 503), texts answer, 1 waiting"
    assert story.request().fired == 2, "the ladder has not moved"
    story.text("boyd", "1")
    story.sim.faults.clear()
    story.expect_text("boyd", "256-555-0177")
    passes(story, 10)
    assert waiting(story) == []


# ---- both are away


@pytest.mark.parametrize("kind", ["503", "reset"])
def test_an_outage_loses_nothing_and_all_leaves_within_ten_seconds_of_its_end(story: Story, kind: str) -> None:
    story.sim.faults.rest(kind)
    story.asks_for_help()
    passes(story, 600)
    assert "refuses since" in strip(story) or "not reachable since" in strip(story), strip(story)
    assert not story.unread("boyd")
    due = set(waiting(story))
    assert {word.rsplit(" ", 4)[0] for word in due} >= {"boyd text", "boyd call", "crane text", "crane call"}, due
    story.sim.faults.clear()
    passes(story, 10)
    assert waiting(story) == []
    for person in ("boyd", "crane"):
        assert [text.body for text in story.unread(person)] == [story.expect_text(person, "Oxford")], "once"
        story.expect_call(person)
    assert story.redis.hlen("attempts") == 0
    story.swallow_everything()


@pytest.mark.parametrize("listed", [FAILS, HANGS])
def test_a_list_that_is_never_mended_holds_up_no_page(
    story: Story, monkeypatch: pytest.MonkeyPatch, listed: CarrierBusy
) -> None:
    def asked(*_: object) -> str:
        raise listed

    monkeypatch.setattr(TwilioCarrier, "find_text", asked)
    monkeypatch.setattr(TwilioCarrier, "find_call", asked)
    story.sim.faults.rest("503")
    story.asks_for_help()
    passes(story, 60)
    assert not story.unread("boyd")
    story.sim.faults.clear()
    passes(story, 10 if listed is FAILS else 25)
    story.expect_text("boyd", "Oxford")
    story.expect_call("boyd")
    assert waiting(story) == []
    story.swallow_everything()


def test_who_probes_and_is_handed_out_twice_probes_on_in_time(story: Story) -> None:
    story.sim.faults.rest("503")
    story.asks_for_help()
    passes(story, 30)
    while not line.closed(story.world, Channel.TEXT):
        passes(story, 0.5)
    texts = [m for m in story.request().messages if m.channel is Channel.TEXT]
    (probing,) = [m for m in texts if story.now < m.at <= story.now + 3.5]
    sending.carry_out(story.world, f"{story.request().id}/{probing.n}")
    assert story.redis.zscore("outbox", f"{story.request().id}/{probing.n}") == pytest.approx(probing.at, abs=0.01)
    story.sim.faults.clear()
    passes(story, 10)
    story.swallow_everything()


# ---- too many requests


def test_a_carrier_that_asks_to_be_left_alone_is_and_that_is_no_outage(story: Story) -> None:
    story.sim.faults.rest("429", "messages", times=1, retry_after=8)
    story.asks_for_help()
    passes(story, 7.9)
    assert (asked(story, "messages"), story.unread("boyd")) == (1, [])
    passes(story, 2)
    story.expect_text("boyd", "Oxford")
    assert asked(story, "messages") == 2


@pytest.mark.parametrize(("retry_after", "times"), [(60, 1), (0, 600)])
def test_while_texts_are_to_be_left_alone_for_long_telephones_ring(story: Story, retry_after: int, times: int) -> None:
    story.sim.faults.rest("429", "messages", times=times, retry_after=retry_after)
    story.asks_for_help()
    passes(story, 10)
    story.expect_call("boyd")
    assert strip(story) == "texts away since 02:04:00 (too many requests), calls answer, 1 waiting"
    passes(story, 40)
    assert asked(story, "messages") == 1 if retry_after else asked(story, "messages") < 30
    story.sim.faults.clear()
    passes(story, 20)
    story.expect_text("boyd", "Oxford")
    assert waiting(story) == []
    story.swallow_everything()


def test_who_has_waited_because_the_carrier_asked_for_it_leaves_when_that_is_over(story: Story) -> None:
    told = WELL.told_to_wait(story.now, 20.0, "too many requests")
    assert story.world.store.swap_circuit("main/text", WELL, told)
    story.asks_for_help()
    passes(story, 19.9)
    assert (asked(story, "messages"), story.unread("boyd")) == (0, [])
    passes(story, 1)
    story.expect_text("boyd", "Oxford")
    story.swallow_everything()


# ---- nobody knows what the carrier took


@pytest.mark.parametrize("kind", ["500", "503", "reset", "garbage", "hang"])
def test_a_text_of_which_the_answer_is_lost_is_not_sent_again(story: Story, kind: str) -> None:
    story.sim.faults.receipts("lost")  # one of them would say it, too
    story.sim.faults.rest(kind, "messages", times=1, processed=True)
    story.asks_for_help()
    passes(story, 3)
    story.expect_text("boyd", "Oxford")
    (page,) = [m for m in story.request().messages if m.person == "boyd"]
    assert (page.status, asked(story, "messages")) == (Status.SENT, 1)
    assert page.sid in {text.sid for text in story.phone("boyd").texts}


def test_a_call_of_which_the_answer_is_lost_rings_once(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.sim.faults.receipts("lost")
    story.sim.faults.rest("reset", "calls", times=1, processed=True)
    passes(story, 95)
    call = story.expect_call("boyd")
    assert asked(story, "calls") == 1
    story.press(call.answer(), "1")
    call.hang_up()
    story.settle()
    story.expect_text("boyd", "256-555-0177")
    assert next(m for m in story.request().messages if m.channel is Channel.CALL and m.person == "boyd").sid == call.sid


class Killed(BaseException):
    """kill -9."""


def test_a_worker_that_dies_between_send_and_commit_costs_no_second_text(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.sim.faults.receipts("lost")
    story.sim.faults.rest("429", "messages", times=1, retry_after=5)
    story.asks_for_help()
    (page,) = [m for m in story.request().messages if m.person == "boyd"]
    effect = f"{story.request().id}/{page.n}"
    story.clock[0] += 6

    def dies(*_: object) -> bool:
        raise Killed

    with monkeypatch.context() as dead:
        dead.setattr(type(story.world.store), "commit", dies)
        with pytest.raises(Killed):
            sending.carry_out(story.world, effect)
    assert len(story.phone("boyd").texts) == 1
    (attempt,) = story.redis.hvals("attempts")
    assert story.number("boyd")[2:].encode() not in attempt
    assert b"Oxford" not in attempt
    passes(story, 20)
    story.expect_text("boyd", "Oxford")
    assert (story.request().message(page.n).status, asked(story, "messages")) == (Status.SENT, 2)
    assert story.redis.hlen("attempts") == 0


@pytest.mark.policy(texts_at_once=1)
def test_a_digest_of_which_the_answer_is_lost_is_true_of_each_and_not_sent_again(story: Story) -> None:
    for n in range(3):
        story.asks_for_help(f"+1256555018{n}")
    story.expect_text("boyd")
    story.sim.faults.receipts("lost")
    story.sim.faults.rest("503", "messages", times=1, processed=True)
    passes(story, 30)
    story.expect_text("boyd", "2 open")
    pages = [m for r in story.world.store.requests() for m in r.messages if m.person == "boyd"]
    assert Status.WAITING not in {m.status for m in pages}
    assert len({m.sid for m in pages}) == 2
