"""Whatever the caller does, or breaks, they reach a person: by a page, or by being put through to the dispatch desk."""

import pytest

from bridge.core.model import Purpose
from tests.stories.story import CALLER, Story


def _dispatch(story: Story) -> str:
    return story.number("dispatch")


def test_zero_puts_the_caller_through_and_no_request_is_made_behind_their_back(story: Story) -> None:
    call = story.call()
    call.press("0").silence()
    desk = story.expect_dial("dispatch").answer()
    assert call.connected_to == _dispatch(story)
    desk.hang_up()
    story.settle()
    assert story.world.store.requests() == []
    assert len(story.world.store.were_put_through()) == 1
    call.hang_up()


def test_zero_and_nobody_at_the_desk_makes_a_request_with_the_number_called_from(story: Story) -> None:
    call = story.call()
    call.press("0").silence()
    story.expect_dial("dispatch").no_answer()
    said = call.said_since_last()
    assert "did not answer" in said
    assert "called back by 2:34 AM" in said
    call.hang_up()
    story.settle()
    request = story.request()
    assert (request.callback, request.incomplete, request.place.region) == (CALLER, True, "")
    story.expect_text("whitfield", "place unknown", "Incomplete")
    story.expect_text("okafor")
    story.expect_call("whitfield")
    story.expect_call("okafor")


def test_who_asks_for_a_person_and_hangs_up_before_one_answers_is_paged_for(story: Story) -> None:
    call = story.call()
    call.press("0").silence()
    call.hang_up()
    story.swallow(["dispatch"])
    story.settle()
    assert story.world.store.requests() == [], "what became of the dial may still be on its way"
    story.fast_forward(10)
    assert story.request().hung_up
    story.swallow(["whitfield", "okafor"])


@pytest.mark.policy(hang_up="ignore")
def test_who_asks_for_a_person_in_vain_is_paged_for_whatever_the_policy_for_hang_ups(story: Story) -> None:
    call = story.call()
    call.press("0").silence()
    call.hang_up()
    story.swallow(["dispatch"])
    story.fast_forward(10)
    assert story.request().incomplete
    story.swallow(["whitfield", "okafor"])


def pages(story: Story) -> int:
    """How often somebody was paged."""
    return len([m for m in story.request().messages if m.purpose is Purpose.PAGE])


def test_a_call_that_failed_does_not_nudge_itself(story: Story) -> None:
    call = story.call()
    call.silence().silence().silence()
    story.settle()
    paged = pages(story)
    story.expect_dial("dispatch").no_answer()
    assert "A coordinator is being paged with your number" in call.said_since_last()
    call.hang_up()
    story.settle()
    assert pages(story) == paged
    story.swallow(["whitfield", "okafor"])


@pytest.mark.parametrize(
    "answers",
    [
        ["silence"] * 3,
        ["99999", "silence", "77"],
        ["zzzz", "the moon", "somewhere"],
    ],
)
def test_three_failures_page_the_state_coordinator_and_put_the_caller_through(story: Story, answers: list[str]) -> None:
    call = story.call()
    for answer in answers:
        if answer == "silence":
            call.silence()
        elif answer.isdigit():
            call.press(answer)
            if len(answer) < 5:
                call.silence()
        else:
            call.say(answer)
    assert "coordinator is being paged with the number you call from" in call.said_since_last()
    story.expect_dial("dispatch").answer().hang_up()
    story.settle()
    assert story.request().incomplete
    story.swallow(["whitfield", "okafor"])


def test_a_withheld_number_is_asked_for_and_read_back(story: Story) -> None:
    call = story.call("anonymous")
    call.press("36203").press("1")
    assert "ten-digit number" in call.said_since_last()
    call.press("2565550188")
    assert "2 5 6, 5 5 5, 0 1 8 8" in call.said_since_last()
    call.press("1")
    assert "called back by 2:34 AM" in call.said_since_last()
    call.hang_up()
    story.settle()
    assert story.request().callback == "+12565550188"
    story.expect_text("boyd")


def test_a_withheld_number_three_silences_and_no_desk_still_end_with_the_truth(story: Story) -> None:
    call = story.call("restricted")
    call.press("36203").press("1").silence().silence().silence()
    assert "no number to call you back" in call.said_since_last()
    story.expect_dial("dispatch").no_answer()
    said = call.said_since_last()
    assert "9 1 1" in said
    assert "9 8 8" in said
    call.press("2565550188").press("1")
    assert "called back by" in call.said_since_last()
    call.hang_up()
    story.settle()
    request = story.request()
    assert (request.callback, request.place.label, request.incomplete) == ("+12565550188", "Oxford", False)
    story.swallow(["boyd"])


@pytest.mark.parametrize(
    ("said", "county"),
    [("in oxford", "Calhoun"), ("saint clair county", "St. Clair"), ("tuskaloosa", "Tuscaloosa"), ("de kalb county", "DeKalb")],
)
def test_a_place_that_is_said_is_read_back_and_paged(story: Story, said: str, county: str) -> None:
    call = story.call()
    call.say(said)
    assert f"{county} County" in call.said_since_last()
    call.press("1").press("1").silence().hang_up()
    story.settle()
    assert story.request().place.county == county
    assert any(m.person != "dispatch" for m in story.request().messages)
    story.swallow_everything()


def test_a_place_that_is_said_in_two_regions_is_asked_for_by_county(story: Story) -> None:
    call = story.call()
    call.say("jackson")
    assert "Which county" in call.said_since_last()
    call.say("clarke county")
    assert "Jackson, in Clarke County" in call.said_since_last()
    call.hang_up()


def test_a_region_can_be_chosen_by_one_key(story: Story) -> None:
    call = story.call()
    call.say("the moon").say("mars")
    assert "1 for Mobile" in call.said_since_last()
    call.press("7").silence()
    assert "Region G" in call.said_since_last()
    call.press("1").press("1").silence().hang_up()
    story.settle()
    story.expect_text("boyd", "Region G")
    assert story.request().place.region == "G"


def test_who_hangs_up_after_the_place_is_paged_for_and_the_coordinator_is_told(story: Story) -> None:
    story.call().press("36203").press("1").hang_up()
    story.settle()
    assert story.request().hung_up
    story.expect_text("boyd", "Caller hung up", "Oxford")


def test_who_hangs_up_before_the_place_is_confirmed_is_left_alone(story: Story) -> None:
    story.call().press("36203").hang_up()
    story.fast_forward(600)
    assert story.world.store.requests() == []


@pytest.mark.policy(hang_up="ignore")
def test_an_agency_may_leave_alone_who_hangs_up(story: Story) -> None:
    story.call().press("36203").press("1").hang_up()
    story.fast_forward(600)
    assert story.world.store.requests() == []


@pytest.mark.policy(hang_up="dispatch")
def test_an_agency_may_have_dispatch_look_after_who_hangs_up(story: Story) -> None:
    story.call().press("36203").press("1").hang_up()
    story.settle()
    story.expect_call("dispatch").answer().hang_up()
    assert {m.person for m in story.request().messages if m.purpose == "page"} == {"dispatch"}


def test_a_call_whose_end_was_never_reported_is_paged_for_all_the_same(story: Story) -> None:
    story.sim.configure(status_callback="")
    story.call().press("36203").press("1").hang_up()
    story.settle()
    assert story.world.store.requests() == []
    story.fast_forward(story.world.settings.policy.idle_call)
    story.expect_text("boyd", "Caller hung up")


def test_a_webhook_that_comes_twice_asks_the_same_question_and_moves_nothing(story: Story) -> None:
    call = story.call()
    call.press("36203")
    first = story.repeat_last_webhook(call)
    assert "Oxford, in Calhoun County" in first
    assert story.repeat_last_webhook(call) == first
    call.press("1").press("1").silence()
    promised = story.repeat_last_webhook(call)
    assert "called back by" in promised
    call.hang_up()
    story.settle()
    assert len(story.world.store.requests()) == 1
    story.expect_text("boyd")


def test_a_store_that_is_away_puts_the_caller_through(story: Story) -> None:
    call = story.call()
    with story.store_away():
        call.press("36203")
        assert "cannot promise you a call" in call.said_since_last()
        desk = story.expect_dial("dispatch")
        desk.no_answer()
        assert "trying again" in call.said_since_last()
        story.expect_dial("dispatch").answer()
        assert call.connected_to == _dispatch(story)
        call.hang_up()
        story.sim.settle()
    story.errors.lines.clear()


def test_a_call_that_arrives_while_the_store_is_away_is_put_through_and_paged_once_it_is_back(story: Story) -> None:
    with story.store_away():
        call = story.call()
    desk = story.expect_dial("dispatch").answer()
    assert call.connected_to == _dispatch(story)
    desk.hang_up()
    story.settle()
    request = story.request()
    assert (request.callback, request.incomplete) == (CALLER, True)
    story.swallow(["whitfield", "okafor"])
    story.errors.lines.clear()


def test_a_store_that_is_back_when_the_desk_did_not_answer_takes_the_request(story: Story) -> None:
    call = story.call()
    call.press("36203").press("1")
    with story.store_away():
        call.press("1").silence()
    story.expect_dial("dispatch").no_answer()
    assert "called back by 2:34 AM" in call.said_since_last()
    call.hang_up()
    story.settle()
    assert story.request().place.label == "Oxford"
    story.expect_text("boyd", "Oxford")
    story.errors.lines.clear()


def test_with_neither_a_store_nor_a_dispatcher_the_caller_hears_where_help_is(story: Story) -> None:
    with story.store_away():
        call = story.call()
        for _ in range(3):
            story.expect_dial("dispatch").no_answer()
        said = call.said_since_last()
    assert "dial 9 1 1" in said
    assert "call again" in said
    assert not call.live
    story.errors.lines.clear()
