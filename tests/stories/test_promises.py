"""What coordinators promise beyond taking a request: when they will call, and that they will be on scene."""

import pytest

from bridge.core.model import State
from bridge.core.replies import CODES
from tests.stories.story import Story


def taken(story: Story, words: str = "1") -> str:
    """Boyd has it. Returns the code."""
    story.asks_for_help()
    story.expect_text("boyd")
    assert story.text("boyd", words) == []
    story.expect_text("boyd", "256-555-0177")
    return story.request().code


def test_1_in_20_accepts_and_others_hear_when(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "2")
    story.expect_text("crane")
    ring = story.expect_call("crane")
    story.text("crane", "1 in 20")
    story.expect_text("crane", "256-555-0177")
    assert story.request().eta_at == story.now + 20 * 60
    code = story.request().code
    assert story.text("boyd", f"1 {code}") == [f"{code}: Cpl. Theo Crane has it and will call by 2:24 AM. You can stand down."]
    ring.decline()


def test_who_was_asked_as_well_reads_when_in_the_stand_down(story: Story) -> None:
    story.asks_for_help()
    story.fast_forward(4 * 60)
    story.swallow(["boyd", "crane"])
    story.text("boyd", "1 in 10 min")
    story.expect_text("boyd", "256-555-0177")
    story.expect_text("crane", "will call by 2:18 AM")


def test_a_reminder_comes_at_the_time_that_was_named(story: Story) -> None:
    taken(story, "1 in 20")
    story.fast_forward(20 * 60 - 1)
    assert not story.unread("boyd")
    story.fast_forward(1)
    story.expect_text("boyd", "no contact reported")
    story.text("boyd", "DONE")


def test_a_time_after_the_deadline_is_no_acceptance(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    (answer,) = story.text("boyd", "1 in 45")
    assert "due by 2:34 AM, and nothing was done" in answer
    assert story.request().state is State.OPEN


@pytest.mark.parametrize("words", ["1 in 2 hours", "ok in 2 hours", "1 in 2", "not ok", "1?", "YES"])
def test_nothing_that_is_not_one_is_taken_for_an_acceptance(story: Story, words: str) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    (answer,) = story.text("boyd", words)
    assert "Not understood" in answer
    assert story.request().state is State.OPEN


def test_another_time_can_be_named_by_who_has_it_only(story: Story) -> None:
    code = taken(story)
    assert story.text("boyd", "eta 15") == [f"{code}: noted, you will call by 2:19 AM."]
    assert story.text("crane", f"eta 10 {code}") == [
        f"{code}: Sgt. Dana Boyd has it and will call by 2:19 AM. You can stand down."
    ]
    assert "nothing was done" in story.text("boyd", "eta 50")[0]
    assert story.request().eta_at == story.now + 15 * 60


def test_several_codes_in_one_text(story: Story) -> None:
    story.asks_for_help("+12565550171")
    story.asks_for_help("+12565550172")
    story.swallow(["boyd"])
    first, second = story.world.store.requests()
    assert story.text("boyd", f"1 {first.code} {second.code}") == []
    assert {r.accepted_by for r in story.world.store.requests()} == {"boyd"}
    story.swallow(["boyd"])
    free = next(code for code in CODES if not story.world.store.by_code(code))
    (answer,) = story.text("boyd", f"done {first.code} {second.code} {free}")
    assert answer.count("noted that you reached") == 2
    assert f"no request {free}" in answer
    assert {r.state for r in story.world.store.requests()} == {State.CONTACTED}


def test_a_scene_has_a_promise_of_its_own_from_the_text_to_the_arrival(story: Story) -> None:
    code = taken(story)
    assert story.text("boyd", "need 2") == [f"{code}: to be on scene by 5:04 AM: 2. Reply ARRIVED {code} when there."]
    assert "Thank you" in story.text("boyd", "DONE")[0]
    story.fast_forward(3600)
    story.expect_text("boyd", "awaited on scene by 5:04 AM", f"ARRIVED {code}")
    assert story.request().place.label == "Oxford", "the place is kept while somebody is on the way"
    assert story.text("boyd", "arrived") == [f"{code}: noted that you are on scene. Thank you."]
    story.fast_forward(3600)
    assert story.erased().state is State.ERASED


def test_scene_can_be_said_after_the_contact_too(story: Story) -> None:
    code = taken(story)
    story.text("boyd", "done")
    assert f"ARRIVED {code}" in story.text("boyd", "SCENE")[0]
    assert story.request().awaited
    assert "ALEA dispatch" in story.text("boyd", f"release {code}")[0]
    assert story.request().awaited
    story.text("boyd", f"arrived {code}")


def test_nobody_arrives_and_dispatch_is_called_until_a_key_is_pressed(story: Story) -> None:
    taken(story)
    story.text("boyd", "scene")
    story.text("boyd", "done")
    story.fast_forward(3 * 3600)
    story.swallow(["boyd"])
    first = story.expect_call("dispatch").answer()
    assert "overdue on scene" in first.said_since_last()
    first.hang_up()
    story.fast_forward(120)
    again = story.expect_call("dispatch").answer()
    assert "The status page shows it" in story.press(again, "1")
    story.fast_forward(600)
    assert story.request().awaited
    story.text("boyd", "arrived")


def test_who_has_opted_out_says_by_a_key_that_they_are_there(story: Story) -> None:
    taken(story)
    story.text("boyd", "scene")
    story.text("boyd", "done")
    story.world.store.block_texts("boyd", "opted out")
    story.fast_forward(3600)
    call = story.expect_call("boyd").answer()
    assert "text START to this number" in call.said_since_last()
    assert "on scene" in story.press(call, "1")
    assert story.request().arrived_at == story.now


def test_only_who_has_it_needs_somebody_on_scene(story: Story) -> None:
    code = taken(story)
    assert "has it" in story.text("crane", f"scene {code}")[0]
    assert "has it" in story.text("crane", f"arrived {code}")[0]
    assert not story.request().awaited
    assert "No request is waiting" in story.text("crane", "arrived")[0]
