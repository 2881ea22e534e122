"""Nothing is left at the carrier: whatever went over the line, a day later it holds no text, no call and no queue of ours."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bridge.actions import health, records, sweep
from bridge.actions.ports import Attempt
from bridge.core.events import Closed
from bridge.core.model import Channel, Status
from bridge.core.records import NAME
from bridge.core.vitals import Health, Vital
from bridge.simulator import CallLeg, Simulator
from tests.stories.story import CALLER, NIGHT, Story, told

MINUTE, HOUR = 60.0, 3600.0
STRANGER, OTHER, SECOND = "+12565550188", "+12565550166", "+18005550198"


def left(*sims: Simulator) -> list[str]:
    """What the carrier still holds of the line, however it was reached."""
    texts = [f"{text.direction} {text.sid}" for sim in sims for text in sim.messages]
    calls = [f"{leg.record.direction} {leg.sid}" for sim in sims for leg in sim.calls]
    return [*texts, *calls, *(queue.sid for sim in sims for queue in sim.carrier.queues.listed())]


def put_through(story: Story, number: str = OTHER) -> CallLeg:
    """A caller who wants a person, and gets one."""
    call = story.call(number)
    call.press("0").silence()
    story.expect_dial("dispatch").answer().hang_up()
    call.hang_up()
    story.settle()
    return call


def helped(story: Story) -> None:
    """A whole request: the caller stays on the line for a while, somebody answers, and is done."""
    call = story.call()
    call.press("36203").press("1").press("1").silence()
    call.silence()
    call.hang_up()
    story.settle()
    story.text("boyd", "1")
    story.text("boyd", "DONE")
    story.swallow(["boyd"])


def vital(story: Story) -> Vital:
    return next(each for each in health.report(story.world).vitals if each.name == NAME)


def passes(story: Story, seconds: float) -> None:
    """So much time, with everything that a clock does, and a sweep at the end."""
    story.fast_forward(seconds)
    sweep.sweep(story.world)
    story.fast_forward(MINUTE)


# ---- everything


def test_a_day_later_the_carrier_holds_nothing_of_any_call_or_text(story: Story) -> None:
    helped(story)
    put_through(story)
    story.call("+12565550155").hang_up()  # at the greeting
    story.call("anonymous").press("36203").hang_up()
    story.sim.phone(STRANGER).send_text("who is this")
    story.text("boyd", "WHO")
    story.text("boyd", "OFF fri 18:00 - mon 06:00")
    story.text("boyd", "CONFIRM")
    with story.store_away():
        broken = story.call("+12565550144")
        story.expect_dial("dispatch").answer().hang_up()
        broken.hang_up()
    story.errors.lines.clear()
    story.settle()
    assert len(left(story.sim)) > 15
    assert len(story.world.store.requests()) == 1
    for hours in (2, 1, 1, 20):
        passes(story, hours * HOUR)
    assert left(story.sim) == []
    assert (vital(story).health, vital(story).said) == (Health.GOOD, "nothing waits")
    assert not story.redis.zcard("records")
    assert story.redis.zscore("outbox", "record") is None
    story.swallow_everything()


def test_what_belongs_to_no_request_is_gone_within_minutes_without_any_sweep(story: Story) -> None:
    put_through(story)
    story.call("+12565550155").hang_up()
    story.sim.phone(STRANGER).send_text("who is this")
    story.fast_forward(5 * MINUTE)
    assert [text.direction for text in story.sim.messages] == ["outbound-reply"], "its sid nobody has told us"
    assert story.sim.calls == []


def test_what_a_request_needs_stands_until_the_request_is_erased(story: Story) -> None:
    story.asks_for_help()
    story.text("boyd", "1")
    story.fast_forward(10 * MINUTE)
    page, details = [m for m in story.request().messages if m.person == "boyd"][:2]
    assert {page.sid, details.sid} <= {text.sid for text in story.sim.messages}
    story.text("boyd", "DONE")
    story.fast_forward(HOUR)
    passes(story, 1.5 * HOUR)
    assert left(story.sim) == []
    story.swallow(["boyd"])


def test_the_call_of_a_broken_bridge_is_left_to_be_deleted_as_soon_as_the_store_is_back(story: Story) -> None:
    for person in ("whitfield", "okafor"):
        story.phone(person).behave(call="no_answer")
    with story.store_away():
        broken = story.call(OTHER)
        story.expect_dial("dispatch")
    story.errors.lines.clear()
    story.phone("dispatch").ringing.answer().hang_up()
    broken.hang_up()
    story.settle()
    (request,) = story.world.store.requests()
    story.world.apply(request.id, Closed("test"))
    story.settle()
    passes(story, 3 * HOUR)
    assert left(story.sim) == []
    story.swallow_everything()


# ---- a carrier that does not delete yet


def test_a_carrier_that_refuses_for_an_hour_has_nothing_left_an_hour_later_and_pages_leave_all_the_while(story: Story) -> None:
    put_through(story)
    story.sim.faults.rest("503", method="DELETE")
    story.fast_forward(59 * MINUTE)
    assert vital(story).said.startswith("2 records to delete, the oldest since 02:04")
    carrier = next(each for each in health.report(story.world).vitals if each.name == "Carrier")
    assert carrier.health is not Health.BAD, "it takes texts and calls"
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(MINUTE)
    story.sim.faults.clear()
    story.text("boyd", "1")
    story.fast_forward(16 * MINUTE)
    assert not story.redis.zcard("records")
    story.swallow_everything()


def test_what_is_not_final_is_asked_for_after_a_minute_then_more_and_more_rarely(story: Story) -> None:
    story.sim.faults.rest("20009", method="DELETE")
    story.call(OTHER).hang_up()
    story.fast_forward(2 * HOUR)
    asked = [each for each in story.sim.arrivals if each.method == "DELETE"]
    assert 9 <= len(asked) <= 14, "1, 2, 4, 8, 16 minutes after the call, then every 15"
    assert vital(story).health is Health.GOOD
    story.fast_forward(HOUR)
    assert vital(story).health is Health.UNKNOWN
    story.sim.faults.clear()
    story.fast_forward(16 * MINUTE)
    assert left(story.sim) == []


def test_what_the_carrier_keeps_is_shown_with_its_code_and_asked_for_again_a_day_later(story: Story) -> None:
    story.sim.faults.rest("20001", method="DELETE")
    story.call(OTHER).hang_up()
    story.fast_forward(5 * MINUTE)
    assert (vital(story).health, vital(story).said) == (Health.BAD, "1 kept by the carrier (20001)")
    assert story.redis.zscore("outbox", "record") is None
    story.sim.faults.clear()
    sweep.sweep(story.world)
    story.settle()
    assert len(left(story.sim)) == 1, "not at every sweep"
    story.clock[0] += 24 * HOUR
    sweep.sweep(story.world)
    story.settle()
    assert left(story.sim) == []
    assert vital(story).said == "nothing waits"
    story.swallow_everything()


def test_words_go_before_the_record_where_the_record_stays(story: Story) -> None:
    story.sim.faults.rest("20001", resource="messages", method="DELETE")
    story.sim.phone(STRANGER).send_text("a secret")
    story.fast_forward(5 * MINUTE)
    assert [text.body for text in story.sim.messages if text.direction == "inbound"] == [""]


# ---- whoever dies


def test_a_worker_that_dies_with_a_record_is_followed_by_another(story: Story) -> None:
    story.call(OTHER).hang_up()
    story.settle()
    story.clock[0] += 61
    assert story.world.store.claim(records.EFFECT, "one that has died", story.now)
    story.settle()
    assert len(left(story.sim)) == 1
    story.fast_forward(20)
    assert left(story.sim) == []
    assert not story.redis.zcard("records")


def test_a_worker_that_dies_after_the_carrier_has_deleted_it_leaves_nothing_to_do(story: Story) -> None:
    call = story.call(OTHER)
    call.hang_up()
    story.sim.carrier.discard_call(call.sid)
    story.fast_forward(2 * MINUTE)
    assert not story.redis.zcard("records")
    assert vital(story).said == "nothing waits"


def test_what_another_release_took_out_of_the_outbox_the_sweep_puts_back(story: Story) -> None:
    story.call(OTHER).hang_up()
    story.settle()
    assert story.redis.zrem("outbox", "record")
    sweep.sweep(story.world)
    story.fast_forward(2 * MINUTE)
    assert left(story.sim) == []


# ---- the sweep


def lost(story: Story, sim: Simulator | None = None) -> str:
    """A text of ours whose sid nobody has: whoever sent it died."""
    carrier = (sim or story.sim).carrier
    sid = carrier.texting.send(carrier.line.phone_number, CALLER, "whoever sent it died").sid
    story.settle()
    return sid


def test_the_sweep_leaves_alone_what_is_young_what_an_open_request_has_and_what_is_under_way(story: Story) -> None:
    call = story.call(OTHER)
    call.press("36203").press("1").press("1").silence()
    call.silence()  # stays on the line, and waits
    story.settle()
    page = story.request().messages[1].sid
    story.clock[0] += 2 * HOUR
    young = lost(story)
    sweep.sweep(story.world)
    assert not story.world.store.known_records()
    assert {page, young} <= {text.sid for text in story.sim.messages}
    call.hang_up()
    story.swallow_everything()
    story.settle()
    story.swallow_everything()


def test_the_sweep_leaves_alone_what_may_be_asked_for(story: Story) -> None:
    sid = lost(story)
    story.clock[0] += 2 * HOUR
    story.redis.zadd("outbox", {"somebody/1": story.now + 9 * HOUR})
    story.world.store.note_attempts({"somebody/1": Attempt(NIGHT + 30, NIGHT + 30, "mac")})
    sweep.sweep(story.world)
    assert not story.world.store.known_records()
    story.world.store.drop("somebody/1")
    story.clock[0] += 2 * HOUR
    sweep.sweep(story.world)
    assert story.world.store.known_records() == {f"record/text/{sid}"}
    story.settle()
    assert left(story.sim) == []


def test_a_sweep_reads_every_page_and_takes_on_no_more_than_it_should(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.carrier.rest.PAGE", 3)
    monkeypatch.setattr(sweep, "MOST", 8)
    for _ in range(12):
        lost(story)
    story.clock[0] += 2 * HOUR
    sweep.sweep(story.world)
    assert len(story.world.store.known_records()) == 8
    story.settle()
    story.clock[0] += sweep.RETRY
    sweep.sweep(story.world)
    story.settle()
    assert left(story.sim) == []


def test_a_queue_of_nobody_is_deleted_too(story: Story) -> None:
    call = story.call()
    call.press("36203").press("1").press("1").silence()
    call.silence()
    call.hang_up()
    story.settle()
    assert story.sim.carrier.queues.listed()
    story.redis.flushall()  # the store was lost, and made anew
    story.clock[0] += 2 * HOUR
    sweep.sweep(story.world)
    story.settle()
    assert left(story.sim) == []
    story.swallow_everything()


def test_a_carrier_that_does_not_tell_is_asked_again_in_five_minutes_and_says_so_after_hours(story: Story) -> None:
    lost(story)
    story.sim.faults.rest("503", method="GET")
    story.clock[0] += 2 * HOUR
    for _ in range(3):
        sweep.sweep(story.world)
    asked = len(story.sim.arrivals)
    assert story.world.store.record_news(story.now).trouble == "main: HTTP 503"
    story.clock[0] += sweep.RETRY
    sweep.sweep(story.world)
    assert len(story.sim.arrivals) > asked
    story.clock[0] += 4 * HOUR
    assert (vital(story).health, vital(story).said) == (Health.UNKNOWN, "never looked for")
    story.sim.faults.clear()
    sweep.sweep(story.world)
    story.settle()
    assert left(story.sim) == []
    assert vital(story).health is Health.GOOD


# ---- what is to be discarded


@pytest.fixture
def discarding(story: Story) -> Story:
    """The operator has said that the account discards."""
    story.world.carrier.__dict__["_discarding"] = ("main",)
    return story


def test_an_account_that_has_the_feature_keeps_neither_words_nor_numbers(discarding: Story) -> None:
    discarding.sim.carrier.retention_feature = True
    discarding.asks_for_help()
    discarding.expect_text("boyd", "Oxford")
    (page,) = [text for text in discarding.sim.messages if text.direction == "outbound-api"]
    assert (page.shown_body, page.shown_to) == ("", discarding.number("boyd")[:-4] + "XXXX")


def test_an_account_without_the_feature_gets_the_page_at_once_and_is_not_asked_again_for_an_hour(discarding: Story) -> None:
    discarding.asks_for_help()
    discarding.expect_text("boyd", "Oxford")
    assert discarding.request().message(1).status is Status.DELIVERED
    assert (vital(discarding).health, vital(discarding).said) == (Health.UNKNOWN, "main keeps what it is sent (30029)")
    posted = [each for each in discarding.sim.arrivals if (each.method, each.resource) == ("POST", "messages")]
    discarding.text("boyd", "1")
    discarding.expect_text("boyd", "256-555-0177")
    again = [each for each in discarding.sim.arrivals if (each.method, each.resource) == ("POST", "messages")]
    assert (len(posted), len(again)) == (2, 3)
    discarding.clock[0] += HOUR
    assert vital(discarding).health is Health.GOOD
    discarding.swallow_everything()
    discarding.settle()
    discarding.swallow_everything()


def test_a_page_whose_answer_was_lost_goes_twice_rather_than_never_where_nothing_is_kept(discarding: Story) -> None:
    discarding.sim.carrier.retention_feature = True
    discarding.sim.faults.rest("500", "messages", times=1, processed=True, method="POST")
    discarding.sim.faults.receipts("lost")
    discarding.asks_for_help()
    discarding.fast_forward(20)
    pages = [text.body for text in discarding.phone("boyd").texts if "Oxford" in text.body]
    assert len(pages) == 2
    discarding.swallow(["boyd"])


# ---- two accounts


@pytest.fixture
def clock() -> list[Callable[[], float]]:
    """Tells the time at the other carrier: that of the story, once it has begun."""
    return [lambda: NIGHT]


@pytest.fixture
def second(clock: list[Callable[[], float]]) -> Iterator[Simulator]:
    def now() -> datetime:
        return datetime.fromtimestamp(clock[-1](), UTC)

    with Simulator(account_sid="AC" + "2" * 32, auth_token="second-token", line=SECOND, clock=now) as sim:
        yield sim


@pytest.fixture
def both(
    second: Simulator,
    clock: list[Callable[[], float]],
    redis: "Redis[Any]",
    store_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Story]:
    with told(redis, store_url, tmp_path, monkeypatch, others=[second]) as story:
        clock.append(lambda: story.now)
        yield story


def test_a_record_is_deleted_at_the_account_that_has_it_while_the_other_one_is_away(both: Story, second: Simulator) -> None:
    second.phone(STRANGER).send_text("who is this")
    both.call(OTHER).hang_up()
    mine = lost(both, second)
    with both.sim.refusing():
        both.fast_forward(5 * MINUTE)
        assert not [text for text in second.messages if text.direction == "inbound"]
        both.clock[0] += 2 * HOUR
        sweep.sweep(both.world)
        both.fast_forward(MINUTE)
        assert mine not in {text.sid for text in second.messages}
        assert both.world.store.record_news(both.now).trouble.startswith("main: ")
    both.clock[0] += HOUR
    passes(both, 16 * MINUTE)
    assert left(both.sim, second) == []


def test_what_each_account_holds_is_discarded_or_not_by_itself(both: Story) -> None:
    accounts = both.world.settings.accounts
    assert [each.discard for each in accounts] == [False, False]
    policy = replace(both.world.settings.policy, discard=True)
    assert [each.discard for each in replace(both.world.settings, policy=policy).accounts] == [True, False]


def test_a_sid_that_is_none_is_not_kept(story: Story) -> None:
    for sid in ("", "../Accounts", "SM1/..", "x" * 65, "SM ü"):
        records.leave(story.world, Channel.TEXT, sid)
    assert not story.world.store.known_records()


def test_a_carrier_that_fails_is_asked_about_one_record_and_then_left_alone_for_a_while(story: Story) -> None:
    story.sim.faults.rest("503", method="DELETE")
    for n in range(10):
        records.leave(story.world, Channel.CALL, f"CA{n}", wait=0.0)
    story.settle()
    assert len([each for each in story.sim.arrivals if each.method == "DELETE"]) == 1
    story.sim.faults.clear()
    story.fast_forward(2 * MINUTE)
    assert not story.world.store.known_records()
