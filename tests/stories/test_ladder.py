"""Who is paged, when and how: a call from Oxford, in region G, where Boyd is on call and Crane is the backup."""

from bridge.core.model import State
from tests.stories.story import CALLER, Story


def test_a_call_from_oxford_is_texted_to_boyd_who_takes_it_and_calls_back(story: Story) -> None:
    story.asks_for_help()
    page = story.expect_text("boyd", "Oxford, Calhoun Co", "Region G", story.request().code)
    assert "0177" not in page
    assert len(page) <= 160

    assert story.text("boyd", "1") == []
    story.expect_text("boyd", "256-555-0177", "2:34 AM", story.request().code)
    assert story.text("boyd", "done")[0].endswith("Thank you.")
    assert story.request().state is State.CONTACTED

    story.fast_forward(3600)
    assert story.world.store.requests() == []


def test_nobody_answers_the_text_so_boyd_is_called_and_then_crane_presses_1(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(89)
    assert story.phone("boyd").ringing is None
    story.fast_forward(1)
    story.expect_call("boyd").no_answer()
    story.settle()

    assert story.minutes() == 1.5, "an unanswered call brings the next rung forward"
    story.expect_text("crane")
    call = story.expect_call("crane").answer()
    assert "Oxford, in Calhoun County" in call.heard[0]
    assert "It is yours" in story.press(call, "1")
    assert "2 5 6, 5 5 5, 0 1 7 7" in story.press(call, "*")
    call.hang_up()
    story.settle()

    story.expect_text("crane", "256-555-0177")
    story.expect_text("boyd", "Theo Crane", "stand down")
    assert story.request().accepted_by == "crane"


def test_silence_climbs_the_whole_ladder_and_calls_dispatch_before_the_deadline(story: Story) -> None:
    story.asks_for_help()
    for person in ("boyd", "crane", "garner", "lopez", "whitfield", "okafor", "ramsey", "stovall", "kirby"):
        story.phone(person).behave(call="ring")
    reached: dict[str, float] = {}
    for _ in range(30 * 4):
        story.fast_forward(15)
        for person in story.world.settings.roster.people:
            if person not in reached and (story.phone(person).texts or story.phone(person).legs):
                reached[person] = story.minutes()
    assert reached["boyd"] <= 0.25
    assert reached["crane"] == 4.0
    assert reached["whitfield"] == reached["okafor"] == 12.0
    assert reached["dispatch"] == 24.0
    assert story.request().overdue
    story.swallow_everything()


def test_the_same_number_calling_again_makes_no_second_request(story: Story) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(30)
    again = story.call()
    again.press("36203").press("1").press("1").silence()
    assert "already open" in again.said_since_last()
    again.hang_up()
    story.settle()
    assert story.request().callback == CALLER
    story.expect_text("boyd", "called again")
    story.expect_call("boyd").decline()
    story.settle()
    story.expect_text("crane")
    story.expect_call("crane")
