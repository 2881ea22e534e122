"""What a dispatcher does at the board, and what comes of it on the telephones of those who are paged."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from bridge.actions import acts
from bridge.actions.acts import Done
from bridge.core.errors import NotNow
from bridge.core.model import State
from tests.stories.story import CALLER, Story

ONCE = "0123456789abcdef0123456789abcdef"
OTHER = "(256) 555-0178"


def test_a_call_taken_in_by_hand_pages_the_coordinator_of_the_region_who_answers(story: Story) -> None:
    done = acts.take_in(story.world, "mary", ONCE, place="36203", callback="256-555-0177")
    story.settle()
    page = story.expect_text("boyd", "Oxford, Calhoun Co", "Region G", done.request.code)
    assert "0177" not in page
    assert story.minutes() == 0, "paged at once"
    story.text("boyd", "1")
    story.expect_text("boyd", "256-555-0177", "2:34 AM")
    assert story.text("boyd", "done")[0].endswith("Thank you.")
    story.fast_forward(3600)
    assert story.world.store.requests() == [], "and is erased as any other"


def test_the_same_caller_on_the_telephone_and_at_the_desk_is_one_request(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(65)
    acts.take_in(story.world, "mary", ONCE, place="Oxford", callback=CALLER)
    story.settle()
    story.expect_text("boyd", "called again")
    story.expect_call("boyd").no_answer()
    story.settle()
    assert len(story.world.store.requests()) == 1
    story.swallow_everything()


def test_the_next_rung_is_paged_now_once_by_two_dispatchers_at_once(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    request = story.request()
    _at_once(lambda who: acts.page_next(story.world, who, request.id, request.fired), "mary", "walt")
    story.settle()
    story.expect_call("boyd").answer()
    assert story.request().fired == request.fired + 1
    story.fast_forward(10)
    story.text("boyd", "1")
    story.expect_text("boyd", "is yours")


def test_a_person_of_ones_choice_is_texted_and_called_and_takes_it_with_a_key(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    for _ in range(2):
        acts.page_person(story.world, "mary", story.request().id, "kirby")
        story.settle()
    story.expect_text("kirby", "Oxford, Calhoun Co")
    call = story.expect_call("kirby").answer()
    assert "It is yours" in story.press(call, "1")
    call.hang_up()
    story.settle()
    story.expect_text("kirby", "256-555-0177")
    story.expect_text("boyd", "Lt. Sam Kirby has it", "stand down")


def test_who_passed_and_is_asked_once_more_by_a_dispatcher_can_take_it_with_a_bare_word(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "2")
    story.swallow(["crane"])
    acts.page_person(story.world, "mary", story.request().id, "boyd")
    story.settle()
    story.expect_text("boyd", "Oxford")
    story.expect_call("boyd").decline()
    story.settle()
    story.text("boyd", "1")
    story.expect_text("boyd", "is yours")
    assert story.request().accepted_by == "boyd"
    story.swallow_everything()


def test_a_corrected_place_pages_the_right_region_and_tells_the_first_what_is_right(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd", "Oxford")
    acts.correct(story.world, "mary", story.request().id, place="Gadsden, Etowah County")
    story.settle()
    story.expect_text("boyd", "corrected", "Gadsden, Etowah Co, Region F")
    story.expect_text("kirby", "Gadsden, Etowah Co")
    story.text("kirby", "1")
    story.expect_text("kirby", "256-555-0177")
    story.expect_text("boyd", "Lt. Sam Kirby has it", "stand down")


def test_a_corrected_number_reaches_who_has_it_and_the_caller_is_known_by_it(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.text("boyd", "1")
    story.expect_text("boyd", "256-555-0177")
    acts.correct(story.world, "mary", story.request().id, callback=OTHER)
    story.settle()
    story.expect_text("boyd", "256-555-0178")
    again = story.call("+12565550178")
    again.press("36203").press("1").press("1").silence()
    assert "already has your request" in again.said_since_last()
    again.hang_up()
    story.settle()
    story.expect_text("boyd", "called again")
    assert len(story.world.store.requests()) == 1


def test_a_coordinator_who_phones_the_desk_is_helped_through_the_whole_of_it(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    request = story.request()
    for _ in range(2):
        acts.accept(story.world, "mary", request.id, "crane", 10)
        story.settle()
    story.expect_text("crane", "is yours", "256-555-0177")
    story.expect_text("boyd", "Cpl. Theo Crane has it", "2:14 AM")
    with pytest.raises(NotNow, match=r"Cpl\. Theo Crane has it since 02:04"):
        acts.accept(story.world, "mary", request.id, "boyd")
    acts.need(story.world, "mary", request.id, "crane", 2)
    acts.contacted(story.world, "mary", request.id, "crane")
    acts.arrived(story.world, "mary", request.id, "crane")
    assert story.request().state is State.CONTACTED
    assert [act.what for act in reversed(story.world.books.acts(10))] == [
        "accepted for Cpl. Theo Crane",
        "reported for Cpl. Theo Crane that people are needed on scene",
        "reported contact for Cpl. Theo Crane",
        "reported Cpl. Theo Crane on scene",
    ]


def test_whoever_has_reached_the_caller_without_taking_it_gets_no_number_and_the_others_stand_down_once(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    request = story.request()
    acts.page_person(story.world, "mary", request.id, "kirby")
    acts.page_person(story.world, "mary", request.id, "crane")
    story.settle()
    for person in ("kirby", "crane"):
        story.expect_text(person, "Oxford")
        story.expect_call(person).no_answer()
    story.settle()
    for _ in range(2):
        acts.contacted(story.world, "mary", request.id, "crane")
        story.settle()
    for person in ("boyd", "kirby"):
        story.expect_text(person, "closed", "stand down")
    story.expect_silence()
    assert "crane" not in story.text("boyd", "1")[0]
    story.fast_forward(3600)
    assert story.world.store.requests() == [], "and is erased as any other"


def test_of_two_requests_with_one_number_the_one_that_stays_is_called_again(story: Story) -> None:
    story.asks_for_help("+12565550199")
    first = story.request()
    story.asks_for_help(CALLER)
    second = next(each for each in story.world.store.requests() if each.id != first.id)
    said = acts.correct(story.world, "mary", first.id, callback=CALLER).said
    assert f"Request {second.code} is open for the same number." in said
    acts.close(story.world, "mary", second.id, "duplicate")
    story.fast_forward(65)
    story.asks_for_help(CALLER)
    open_now = [each for each in story.world.store.requests() if each.state is State.OPEN]
    assert [each.id for each in open_now] == [first.id]
    story.swallow_everything()


def test_a_silenced_alarm_is_silent_at_the_board_and_the_desk_is_called_all_the_same(story: Story) -> None:
    story.asks_for_help()
    story.text("boyd", "1 in 30")
    story.swallow_everything()
    story.fast_forward(1800)
    story.swallow_everything()
    acts.silence(story.world, "mary", story.request().id, "overdue")
    calls = len(story.phone("dispatch").legs)
    story.fast_forward(120)
    assert len(story.phone("dispatch").legs) > calls
    assert story.request().silenced == {"overdue"}
    story.swallow_everything()


def _at_once(act: Callable[[str], Done], *dispatchers: str) -> None:
    """Each of them does it, at the same moment."""
    start, failed = threading.Barrier(len(dispatchers)), list[Any]()

    def run(who: str) -> None:
        start.wait(10)
        try:
            act(who)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(who,)) for who in dispatchers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
