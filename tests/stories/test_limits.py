"""Strangers who flood the line, and people who guess: they are held back, everybody else is not, and whoever is held back still
reaches a person."""

from dataclasses import replace
from typing import Any

import pytest

from bridge.actions import callers, limits, texts, watchman
from bridge.core.errors import TooMany
from bridge.core.intake import Heard
from bridge.core.limits import ABUSE, UNKNOWN_CODES, Limits
from bridge.core.model import Channel, State
from bridge.core.trail_words import is_fixed
from tests.conftest import everything_in
from tests.stories.story import CALLER, Story

FEW = Limits(calls_of_one=5, calls_withheld=6, numbers_of_one=3, callers_of_one=2, texts_of_one=6, strangers_answered=3)
TEN_MINUTES, HOUR = 600.0, 3600.0
few = pytest.mark.policy(limits=FEW)


def number(n: int, area: int = 205) -> str:
    return f"+1{area}55501{20 + n}"


def rings(story: Story, n: int, caller: str = CALLER) -> str:
    """A call comes in, and its end is told. Returns what the caller hears; raises TooMany."""
    sid = f"CA{n:032x}"
    _, answer = callers.arrived(story.world, sid, caller)
    callers.ended(story.world, sid)
    return " ".join(answer.say)


def asks(story: Story, n: int, caller: str, callback: str) -> str:
    """A whole call with a number of the caller's choice. Returns what is said last; raises TooMany."""
    sid, world = f"CA{n:032x}", story.world
    callers.arrived(world, sid, caller)
    keys = ["36203", "1", *(["1"] if callback == caller else [callback.removeprefix("+1"), "1"])]
    for turn, key in enumerate(keys):
        _, answer = callers.answered(world, sid, caller, turn, Heard(digits=key))
    callers.ended(world, sid)
    return " ".join(answer.say)


def trail(story: Story) -> list[tuple[str, str]]:
    """Who is written down for what, oldest first."""
    return [(act.by, act.what) for act in reversed(story.world.books.acts(50)) if act.what in {a.trail for a in ABUSE.values()}]


# ---- callers


@few
def test_who_calls_too_often_is_put_through_to_dispatch_in_one_sentence_and_nothing_is_stored(story: Story) -> None:
    for n in range(5):
        assert "Where are you" in rings(story, n)
    story.settle()
    kept = everything_in(story.redis)
    call = story.call()
    assert "many calls like this one" in call.heard[0]
    assert len(call.heard) == 1
    desk = story.expect_dial("dispatch").answer()
    assert call.connected_to or desk.live
    desk.hang_up()
    assert not list(story.redis.scan_iter("call:*"))
    assert CALLER.removeprefix("+1") not in everything_in(story.redis)
    assert "req:" not in kept
    story.settle()
    story.fast_forward(TEN_MINUTES)
    assert "Where are you" in rings(story, 99), "after a while they are heard again"


@few
def test_a_caller_who_is_held_back_and_whom_dispatch_does_not_answer_is_tried_again_and_told_the_truth(story: Story) -> None:
    for n in range(5):
        rings(story, n)
    call = story.call()
    for _ in range(3):
        story.expect_dial("dispatch").no_answer()
    assert "cannot promise you a call" in call.said_since_last()
    assert "9 8 8" in " ".join(call.heard)
    assert story.world.store.requests() == []


@few
def test_withheld_numbers_count_together_and_others_are_not_touched(story: Story) -> None:
    for n in range(6):
        assert "Where are you" in rings(story, n, ("anonymous", "+266696687", "")[n % 3])
    call = story.call("anonymous")
    assert "More calls are coming in" in call.heard[0], "who calls now is not to blame"
    call.hang_up()
    assert "Where are you" in rings(story, 50)
    story.swallow(["dispatch"])


@few
def test_one_call_counts_once_however_often_the_carrier_asks_about_it(story: Story) -> None:
    for _ in range(9):
        callers.arrived(story.world, "CA" + "1" * 32, CALLER)
        story.world.store.forget_call("CA" + "1" * 32)
    assert "Where are you" in rings(story, 2)


@few
def test_one_caller_cannot_have_many_numbers_called(story: Story) -> None:
    for n in range(3):
        assert "called back by" in asks(story, n, CALLER, number(n))
    assert "called back by" in asks(story, 3, CALLER, number(0)), "the same one again is no other number"
    with pytest.raises(TooMany):
        asks(story, 4, CALLER, number(9))
    assert {r.callback for r in story.world.store.requests()} == {number(n) for n in range(3)}
    assert not list(story.redis.scan_iter("call:*")), "nothing is kept of it"
    story.settle()
    story.swallow_everything()


@few
def test_many_callers_cannot_have_one_number_called_and_its_owner_still_can(story: Story) -> None:
    victim = number(70)
    for n in range(2):
        asks(story, n, number(n), victim)
    with pytest.raises(TooMany):
        asks(story, 5, number(5), victim)
    assert "called back by" in asks(story, 6, victim, victim), "whoever waits on their own number is not held back by others"
    story.settle()
    story.swallow_everything()


@few
def test_a_hang_up_of_who_asked_for_too_much_stores_nothing(story: Story) -> None:
    for n in range(3):
        asks(story, n, CALLER, number(n))
    sid = "CA" + "9" * 32
    callers.arrived(story.world, sid, CALLER)
    for turn, key in enumerate(["36203", "1"]):
        callers.answered(story.world, sid, CALLER, turn, Heard(digits=key))
    callers.ended(story.world, sid)
    assert len(story.world.store.requests()) == 3
    story.settle()
    story.swallow_everything()


@pytest.mark.policy(limits=replace(FEW, calls_in_all=7))
def test_a_flood_in_all_goes_to_dispatch_and_one_caller_alone_cannot_make_it(story: Story) -> None:
    for n in range(30):  # one number, far too often: it does not use up what is there for all
        try:
            rings(story, n)
        except TooMany:
            assert n >= 5
    for n in range(2):
        assert "Where are you" in rings(story, 100 + n, number(n))
    with pytest.raises(TooMany) as flood:
        rings(story, 110, number(10))
    assert flood.value.details["kind"] == "flood"
    story.clock[0] += 61
    assert "Where are you" in rings(story, 111, number(10)), "a minute later there is room again"


@pytest.mark.policy(limits=replace(FEW, most_kept=2))
def test_a_store_that_holds_very_many_requests_takes_no_more(story: Story) -> None:
    for n in range(2):
        asks(story, n, number(n), number(n))
    with pytest.raises(TooMany):
        rings(story, 5, number(5))
    story.settle()
    story.swallow_everything()


def test_a_disaster_is_within_the_limits_as_they_are_shipped(story: Story) -> None:
    """A shift behind one switchboard, each with a number of their own; and a frightened caller who calls every half minute."""
    switchboard = "+12565550199"
    for n in range(12):
        assert "called back by" in asks(story, n, switchboard, number(n))
    for n in range(20):
        story.clock[0] += 30.5
        assert "Where are you" in rings(story, 100 + n)
    assert Limits().calls_in_all >= 1500, "tests/bench/flood.py brings a thousand in a minute"
    assert Limits().most_kept >= 3 * 1000
    story.settle()
    story.swallow_everything()


def test_nobody_can_fill_the_store_with_numbers_that_do_not_exist(story: Story) -> None:
    store = story.world.store
    for n in range(40):
        limits.called(story.world, callers._new(story.world, f"CA{n:032x}", number(n % 70)))
    keys = [key.decode() for key in story.redis.scan_iter("limit:*")]
    assert all(len(key.rpartition(":")[2]) == 4 for key in keys if key.count(":") == 2), "65,536 at most, whatever is invented"
    assert all(0 < story.redis.ttl(key) <= 600 + 7200 for key in keys)
    stored = everything_in(story.redis)
    assert [n for n in range(70) if number(n).removeprefix("+1") in stored] == []
    assert store.kept() == 0


# ---- texts


@few
def test_strangers_are_answered_once_each_and_a_few_in_an_hour(story: Story) -> None:
    said = [story.sim.phone(number(n)).send_text("hello") for n in range(5) for _ in range(2)]
    assert [len(each) for each in said] == [1, 0] * 3 + [0] * 4
    story.fast_forward(HOUR)
    assert len(story.sim.phone(number(8)).send_text("hello")) == 1
    assert trail(story) == [("the line", "more strangers texted than are answered")]


@few
def test_who_texts_too_often_is_told_once_and_then_only_an_acceptance_counts(story: Story) -> None:
    for _ in range(6):
        assert story.text("boyd", "hello")[0].startswith("Not understood")
    assert story.text("boyd", "hello")[0].startswith("Too many texts")
    assert story.text("boyd", "who") == []
    story.asks_for_help()
    story.expect_text("boyd")
    assert story.text("boyd", "2") == [], "a page is not passed on by whoever this is"
    assert story.text("boyd", "1") == []
    assert story.request().accepted_by == "boyd"
    story.expect_text("boyd", "256-555-0177")
    assert trail(story) == [("boyd", "texted too often")]
    story.fast_forward(TEN_MINUTES)
    assert story.text("boyd", f"done {story.request().code}") == [
        f"{story.request().code}: noted that you reached the caller. Thank you."
    ]
    story.swallow_everything()


@few
def test_an_acceptance_with_a_code_counts_among_too_many_texts_too(story: Story) -> None:
    for n in range(2):
        asks(story, n, number(n), number(n))
    story.settle()
    for _ in range(8):
        story.text("boyd", "hello")
    first, second = story.world.store.requests()
    story.text("boyd", f"1 {second.code}")
    assert [r.state for r in story.world.store.requests()] == [State.OPEN, State.ACCEPTED]
    assert first.code not in {r.code for r in story.world.store.requests() if r.state is State.ACCEPTED}
    story.swallow_everything()


def test_codes_cannot_be_found_by_trying(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    code = story.request().code
    others = [str(n) for n in range(200, 260) if str(n) not in (code, "205", "211", "251", "256")][: UNKNOWN_CODES + 3]
    said = [story.text("landry", f"1 {each}") for each in others]
    assert said[0] == [f"There is no request {others[0]}."]
    assert said[UNKNOWN_CODES][0].startswith("Too many codes")
    assert said[UNKNOWN_CODES + 1 :] == [[], []]
    assert story.text("landry", f"1 {code}") == [], "a code that there is looks like any other"
    assert story.request().state is State.OPEN
    assert trail(story) == [("landry", "texted too many unknown codes")]
    story.text("boyd", f"1 {code}")
    assert story.request().accepted_by == "boyd", "whom it does not concern is not held back"
    story.swallow_everything()


def test_who_guesses_may_still_take_what_they_were_paged_for(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    code = story.request().code
    for n in range(300, 314):
        if str(n) not in (code, "311"):
            story.text("boyd", f"1 {n}")
    story.text("boyd", f"1 {code}")
    assert story.request().accepted_by == "boyd"
    story.swallow_everything()


# ---- who is told


@few
def test_people_are_told_what_there_was_too_much_of_without_a_word_of_who(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    class Alarms:
        def tell(self, subject: str, body: str) -> bool:
            told.append(f"{subject}\n{body}")
            return True

    world = replace(story.world, alarms=Alarms())
    for n in range(9):
        try:
            rings(story, n)
        except TooMany:
            continue
    for _ in range(3):
        watchman.look(world)
    watchman._tell(world)
    assert any(ABUSE["calls"].words in each for each in told)
    assert not any("555" in each for each in told)
    assert trail(story) == [("the line", "one number called too often")]


def test_every_kind_has_its_words_in_the_trail_and_none_can_hold_a_caller() -> None:
    assert all(is_fixed(each.trail) for each in ABUSE.values())
    assert not any("{" in text for each in ABUSE.values() for text in (each.trail, each.words, each.todo))


def test_a_feed_that_is_guessed_is_refused_after_a_while_and_the_right_one_is_not(story: Story) -> None:
    client = story.webhooks._app.test_client()
    codes = [client.get(f"/rota/{n:040x}.ics").status_code for n in range(32)]
    assert codes == [404] * 30 + [429] * 2
    assert ("the line", "addresses of calendars were guessed") in trail(story)


def test_a_code_that_proves_a_number_is_locked_after_five_guesses_and_that_is_told(story: Story) -> None:
    from bridge.actions import reachable

    reachable.ask_for_proof(story.world, "boyd", Channel.TEXT, "test", "command")
    story.settle()
    code = "".join(c for c in story.expect_text("boyd", "your code is").partition("your code is ")[2] if c.isdecimal())[:6]
    wrong = str((int(code) + 1) % 1_000_000).zfill(6)
    said = [story.text("boyd", wrong) for _ in range(6)]
    assert "no tries left" in said[4][0]
    assert "No code waits" in said[5][0]
    assert story.text("boyd", code)[0].startswith("No code waits"), "nor the right one any more"
    assert ("boyd", ABUSE["proof"].trail) in trail(story)


def test_texts_without_a_name_of_the_carriers_are_counted_each(story: Story) -> None:
    said: list[Any] = [texts.texted(story.world, story.number("boyd"), "hello") for _ in range(31)]
    assert said[30][0].startswith("Too many texts")
