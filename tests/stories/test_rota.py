"""The rota by text: what is read back, what is confirmed, who is paged then. In the week Boyd has region G, Crane stands by."""

from itertools import count

import pytest

from bridge.actions import changes
from bridge.actions.rota import PATIENCE
from bridge.core.errors import BadPeriod, UnknownChange, UnknownPerson, UnknownRank, UnknownRegion
from bridge.core.ledger import Ledger
from bridge.core.rota import Leave
from bridge.core.segments import segments
from tests.stories.story import Story

HOUR, DAY = 3600.0, 24 * 3600.0


def ledger(story: Story) -> Ledger:
    return story.world.rota.live()[0]


def on_duty(story: Story, region: str = "G", rank: str = "on-call", after: float = 0.0) -> str:
    person = story.world.roster.on_duty(region, rank, story.now + after)
    return person.id if person else ""


def confirmed(story: Story, person: str, body: str) -> str:
    """Somebody texts a change and confirms it. Returns what was read back."""
    read_back = story.text(person, body)[0]
    assert "CONFIRM" in read_back, read_back
    assert segments(read_back) <= 2
    assert "Done" in story.text(person, "CONFIRM")[0]
    return read_back


# ---- off and on


def test_who_is_off_is_not_paged_and_the_gap_is_told_before_and_after(story: Story) -> None:
    read_back = story.text("boyd", "OFF until 6am")[0]
    assert "OFF now to 06:00: you will not be paged" in read_back
    assert "NOBODY is then Region G on-call, now to 06:00" in read_back
    assert on_duty(story) == "boyd", "nothing happens before it is confirmed"
    assert "you are off now to 06:00" in story.text("boyd", "CONFIRM")[0]
    story.fast_forward(60)
    story.settle()  # the clock looks at the rota after it has handed out what was there
    story.expect_text("crane", "NOBODY is on call for Region G now to 06:00")
    story.expect_text("boyd", "NOBODY is on call for Region G")
    assert "NOBODY" in story.expect_call("dispatch").answer().said_since_last()
    story.asks_for_help()
    story.expect_text("crane", "Oxford")
    story.expect_call("crane")


def test_a_region_that_somebody_else_then_has_is_named(story: Story) -> None:
    confirmed(story, "kirby", "COVER G wed")
    story.expect_text("boyd", "changed by Kirby")
    story.fast_forward(1)  # the latest word counts
    confirmed(story, "stovall", "COVER G wed")
    story.expect_text("kirby", "changed by Stovall", "Stovall (was you)")
    assert "Region G on-call then: Kirby" in confirmed(story, "stovall", "OFF wed")
    story.expect_text("kirby", "changed by Stovall", "you (was Stovall)")


def test_who_has_no_shift_is_off_all_the_same(story: Story) -> None:
    assert "No shift of yours changes" in confirmed(story, "whitfield", "OFF fri")
    assert [each.who for each in ledger(story).leaves] == ["whitfield"]


def test_on_ends_the_leave_and_is_read_back_too(story: Story) -> None:
    confirmed(story, "crane", "OFF until fri 18:00")
    assert on_duty(story, rank="backup") == ""
    assert "You are off until Fri Mar 6 18:00" in story.text("crane", "ME")[0]
    read_back = story.text("crane", "ON")[0]
    assert "your leave until Fri Mar 6 18:00 ends now" in read_back
    assert "Region G backup now to Fri Mar 6 18:00: you (was NOBODY)" in read_back
    assert on_duty(story, rank="backup") == ""
    assert "you are back" in story.text("crane", "CONFIRM")[0]
    assert on_duty(story, rank="backup") == "crane"
    assert "not off now" in story.text("crane", "ON")[0]


def test_on_calls_off_a_leave_that_has_not_begun_the_next_one_first(story: Story) -> None:
    confirmed(story, "crane", "OFF sat 12:00 - sun 12:00")
    confirmed(story, "crane", "OFF thu")
    read_back = confirmed(story, "crane", "ON")
    assert "your leave Thu Mar 5 00:00 to Fri Mar 6 00:00 is called off" in read_back
    assert "Region G backup Thu Mar 5 00:00 to Fri Mar 6 00:00: you (was NOBODY)" in read_back
    (left,) = ledger(story).leaves
    assert "Sat Mar 7 12:00" in confirmed(story, "crane", "ON")
    assert left.who == "crane"
    assert ledger(story).leaves == ()


# ---- cover


def test_who_covers_is_paged_and_the_displaced_are_told(story: Story) -> None:
    read_back = confirmed(story, "kirby", "COVER G until 06:00")
    assert read_back == "COVER Region G on-call now to 06:00: you instead of Boyd. Reply CONFIRM within 15 min."
    story.expect_text("boyd", "changed by Kirby", "Region G on-call now to 06:00: Kirby (was you)")
    assert "Nothing waits" in story.text("kirby", "CONFIRM")[0]
    story.asks_for_help()
    story.expect_text("kirby", "Oxford")


def test_who_has_the_region_already_need_not_cover_it(story: Story) -> None:
    assert "yours already" in story.text("boyd", "COVER G until 06:00")[0]
    assert "Nothing waits" in story.text("boyd", "CONFIRM")[0]


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("OFF", "From when until when?"),
        ("OFF until 6", "From when until when?"),
        ("COVER D", "Until when?"),
        ("COVER until 22:00", "Which region?"),
        ("COVER Q until 22:00", ""),
        ("SWAP with crane", "When?"),
        ("SWAP with nobody fri", ""),
        ("SWAP with crane sun", ""),
        ("CONFIRM", "Nothing waits"),
        ("REFUSE", "Nothing waits"),
        ("123456", "No code waits"),
    ],
)
def test_what_is_not_certain_is_asked_for_and_changes_nothing(story: Story, body: str, asked: str) -> None:
    sender = "okafor" if "until 22:00" in body else "boyd"
    (answer,) = story.text(sender, body)
    assert asked in answer
    if body == "SWAP with crane sun":
        story.text(sender, "REFUSE")
    assert ledger(story) == Ledger()


def test_a_change_that_is_not_confirmed_in_time_is_forgotten(story: Story) -> None:
    story.text("boyd", "OFF until 6am")
    story.fast_forward(PATIENCE)
    assert "too late" in story.text("boyd", "CONFIRM")[0]
    assert ledger(story) == Ledger()


def test_a_change_that_is_withdrawn_is_forgotten(story: Story) -> None:
    story.text("boyd", "OFF until 6am")
    assert "Forgotten" in story.text("boyd", "REFUSE")[0]
    assert "Nothing waits" in story.text("boyd", "CONFIRM")[0]
    assert ledger(story) == Ledger()


def test_where_the_rota_has_moved_meanwhile_it_is_read_back_anew(story: Story) -> None:
    assert "you instead of Boyd" in story.text("kirby", "COVER G wed")[0]
    changes.add_override(story.world, "G", "on-call", "stovall", story.now, story.now + 3 * DAY, "mary", "board")
    story.settle()
    story.expect_text("stovall", "changed by mary", "you (was Boyd)")
    story.expect_text("boyd", "changed by mary", "Stovall (was you)")
    story.fast_forward(1)  # the latest word counts
    again = story.text("kirby", "CONFIRM")[0]
    assert "has changed meanwhile" in again
    assert "you instead of Stovall" in again
    assert on_duty(story, after=DAY) == "stovall"
    assert "Done" in story.text("kirby", "CONFIRM")[0]
    story.expect_text("stovall", "changed by Kirby")
    assert on_duty(story, after=DAY) == "kirby"


def test_what_was_given_to_somebody_since_they_asked_to_be_off_is_read_back_too(story: Story) -> None:
    story.text("boyd", "OFF until 6am")
    story.fast_forward(60)
    changes.add_override(story.world, "D", "on-call", "boyd", story.now, story.now + DAY, "mary", "board")
    changes.add_leave(story.world, "ramsey", story.now, story.now + DAY, "mary", "board")
    story.settle()
    story.swallow(["boyd", "ramsey"])
    story.fast_forward(1)
    again = story.text("boyd", "CONFIRM")[0]
    assert "NOBODY is then Region D on-call" in again
    story.text("boyd", "REFUSE")


def test_a_confirmation_that_comes_twice_changes_the_rota_once(story: Story) -> None:
    story.text("kirby", "COVER G until 06:00")
    proposal = story.world.rota.proposal("kirby")
    story.text("kirby", "CONFIRM")
    assert proposal is not None
    story.world.rota.propose(proposal)  # as if the second had been under way at the same moment
    assert "Done" in story.text("kirby", "CONFIRM")[0]
    assert len(ledger(story).overrides) == 1
    assert len(story.world.rota.entries(10)) == 1
    story.expect_text("boyd", "changed by Kirby")


def test_what_has_become_ones_own_meanwhile_need_not_be_covered(story: Story) -> None:
    story.text("kirby", "COVER G wed")
    changes.add_override(story.world, "G", "on-call", "kirby", story.now, story.now + 3 * DAY, "mary", "board")
    story.settle()
    story.swallow(["boyd", "kirby"])
    assert "is yours already" in story.text("kirby", "CONFIRM")[0]


def test_what_runs_from_now_begins_when_it_is_confirmed(story: Story) -> None:
    story.text("kirby", "COVER G until 06:00")
    story.fast_forward(300)
    story.text("kirby", "CONFIRM")
    assert ledger(story).overrides[0].start == story.now
    story.expect_text("boyd", "changed by Kirby")


@pytest.mark.parametrize(
    ("sender", "body"), [("boyd", "OFF until 6am"), ("crane", "ON"), ("boyd", "SWAP with Crane until 6am")]
)
def test_the_time_that_passes_until_it_is_confirmed_is_no_change_of_the_rota(story: Story, sender: str, body: str) -> None:
    story.world.rota.change(Ledger(), Ledger(leaves=(Leave("l1", "crane", story.now - DAY, story.now + DAY),)), [])
    said = story.text(sender, body)[0]
    assert "now to" in said
    story.fast_forward(120)
    assert "changed meanwhile" not in story.text(sender, "CONFIRM")[0]
    story.swallow_everything()


def test_a_clock_that_goes_on_while_a_text_is_answered_is_still_now(story: Story) -> None:
    ticks = count()
    story.world.__dict__["now"] = lambda: story.now + next(ticks) / 1000
    for body, said in (
        ("ME", "on-call now to Fri"),
        ("OFF until 6am", "on-call, now to 06:00"),
        ("SWAP with kirby until 3am", "on-call now to"),
    ):
        assert said in story.text("boyd", body)[0]


# ---- swaps


def test_a_swap_that_both_confirm_moves_both_at_once(story: Story) -> None:
    read_back = story.text("boyd", "SWAP with Crane thu")[0]
    assert "you: Region G backup Thu Mar 5 00:00 to Fri Mar 6 00:00" in read_back
    assert "Crane: Region G on-call" in read_back
    assert segments(read_back) <= 2
    assert "Crane is asked" in story.text("boyd", "CONFIRM")[0]
    story.expect_text("crane", "Boyd asks you to swap", "you: Region G on-call Thu Mar 5 00:00", "Boyd: Region G backup")
    assert on_duty(story, after=2 * DAY) == "boyd", "nothing moves before the other agrees"
    answer = story.text("crane", "CONFIRM")[0]
    assert "Done, and Boyd is told" in answer
    story.expect_text("boyd", "Crane agreed to swap")
    assert (on_duty(story, after=2 * DAY), on_duty(story, rank="backup", after=2 * DAY)) == ("crane", "boyd")
    assert on_duty(story, after=DAY) == "boyd"
    assert ledger(story).swaps == ()
    assert "Nothing waits" in story.text("crane", "CONFIRM")[0]
    assert [entry.by for entry in story.world.rota.entries(9)] == ["crane", "boyd"]


def test_a_swap_that_is_refused_changes_nothing_and_the_asker_is_told(story: Story) -> None:
    story.text("boyd", "SWAP with Crane thu")
    story.text("boyd", "CONFIRM")
    story.expect_text("crane", "CONFIRM or REFUSE")
    assert "Boyd is told" in story.text("crane", "REFUSE")[0]
    story.expect_text("boyd", "Crane does not want to swap")
    assert (ledger(story).swaps, ledger(story).overrides) == ((), ())


def test_who_has_answered_about_a_swap_is_not_called_again_about_it(story: Story) -> None:
    story.world.store.block_texts("crane", "opted out")
    story.phone("crane").behave(call="no_answer")
    story.text("boyd", "SWAP with Crane thu")
    story.text("boyd", "CONFIRM")
    story.expect_missed_call("crane")
    story.text("crane", "REFUSE")
    story.expect_text("boyd", "does not want to")
    story.fast_forward(1200)


def test_a_swap_that_nobody_answers_expires_and_both_are_told(story: Story) -> None:
    story.text("boyd", "SWAP with Crane fri")
    story.text("boyd", "CONFIRM")
    story.expect_text("crane", "by Wed Mar 4 02:04")
    story.fast_forward(DAY - 60)
    assert len(ledger(story).swaps) == 1
    story.fast_forward(120)
    story.settle()
    story.expect_text("boyd", "Crane did not answer")
    story.expect_text("crane", "has expired")
    assert "Nothing waits" in story.text("crane", "CONFIRM")[0]
    story.fast_forward(300)
    assert (ledger(story).swaps, ledger(story).overrides) == ((), ())


def test_a_swap_expires_when_it_would_begin(story: Story) -> None:
    story.text("boyd", "SWAP with Crane today 18:00 - 22:00")
    story.text("boyd", "CONFIRM")
    story.expect_text("crane", "by 18:00")


def test_a_swap_of_shifts_that_have_moved_meanwhile_is_void(story: Story) -> None:
    story.text("boyd", "SWAP with Crane thu")
    story.text("boyd", "CONFIRM")
    story.expect_text("crane")
    changes.add_override(story.world, "G", "on-call", "kirby", story.now + 2 * DAY, story.now + 3 * DAY, "mary", "board")
    story.settle()
    story.swallow(["boyd", "kirby"])
    assert "nothing was swapped" in story.text("crane", "CONFIRM")[0]
    story.expect_text("boyd", "nothing was swapped")
    assert len(ledger(story).overrides) == 1
    assert ledger(story).swaps == ()


def test_one_who_is_asked_by_two_answers_the_first_before_the_second_may_ask(story: Story) -> None:
    for asker in ("boyd", "kirby"):
        story.text(asker, "SWAP with Crane thu")
    story.text("boyd", "CONFIRM")
    story.expect_text("crane", "Boyd asks")
    assert "another swap to answer first" in story.text("kirby", "CONFIRM")[0]
    assert [swap.asker for swap in ledger(story).swaps] == ["boyd"]


def test_ones_own_change_is_confirmed_before_what_somebody_else_asks(story: Story) -> None:
    story.text("boyd", "SWAP with Crane thu")
    story.text("boyd", "CONFIRM")
    story.expect_text("crane", "Boyd asks")
    story.text("crane", "OFF sat")
    answer = story.text("crane", "CONFIRM")[0]
    assert "you are off Sat Mar 7" in answer
    assert "Boyd also waits for your answer" in answer
    assert [swap.other for swap in ledger(story).swaps] == ["crane"]
    assert [leave.who for leave in ledger(story).leaves] == ["crane"]


# ---- asking


def test_the_desk_asks_but_changes_nothing_by_text(story: Story) -> None:
    assert "Region G: Boyd" in story.text("dispatch", "WHO G")[0]
    for body in ("OFF until 6am", "COVER G until 06:00", "ME", "CONFIRM"):
        assert "status page" in story.text("dispatch", body)[0]
    assert ledger(story) == Ledger()


def test_whatever_is_answered_fits_into_two_segments(story: Story) -> None:
    for sender, body in (
        ("boyd", "WHO"), ("boyd", "ME"), ("whitfield", "WHO"), ("mcrae", "ME"), ("garner", "ME"), ("boyd", "OFF fri - sun"),
        ("garner", "OFF"), ("mcrae", "SWAP with Hollis fri"), ("boyd", "COVER B fri - sun"), ("boyd", "SWAP with nemo fri"),
    ):  # fmt: skip
        (answer,) = story.text(sender, body)
        assert segments(answer) <= 2, answer


def test_who_tells_who_is_on_call_and_until_when(story: Story) -> None:
    assert story.text("boyd", "WHO") == ["Region G: Boyd until Fri Mar 6 18:00, then Crane, backup Crane."]
    assert story.text("boyd", "WHO A") == ["Region A: Landry, backup Pruitt."]
    assert story.text("whitfield", "who")[0].startswith("On call now: A Landry, B Hollis, C Tolbert, D Ramsey")


def test_me_tells_my_next_shifts(story: Story) -> None:
    said = story.text("boyd", "me")[0]
    assert said.startswith(
        "Your shifts: Region G on-call now to Fri Mar 6 18:00; Region G backup Fri Mar 6 18:00 to Mon Mar 9 06:00;"
    )
    assert story.text("landry", "ME") == ["Your shifts: Region A on-call from now on."]
    assert "no shift" in story.text("okafor", "ME")[0]


# ---- from the board and the command


def test_a_change_from_elsewhere_is_told_to_those_whose_shifts_it_moves_and_once(story: Story) -> None:
    start = story.now + 2 * DAY
    made = changes.add_override(story.world, "G", "on-call", "kirby", start, start + DAY, "mary", "board")
    assert changes.add_override(story.world, "G", "on-call", "kirby", start, start + DAY, "mary", "board") == made
    story.settle()
    story.expect_text("kirby", "changed by mary", "you (was Boyd)")
    story.expect_text("boyd", "Kirby (was you)")
    assert changes.cancel(story.world, made.id, "mary", "board") == made
    story.settle()
    story.expect_text("kirby", "Boyd (was you)")
    story.expect_text("boyd", "you (was Kirby)")
    assert ledger(story).overrides == ()
    assert story.world.rota.entries(1)[0].what.startswith("cancelled: Region G on-call")


def test_what_cannot_be_is_refused_with_a_reason(story: Story) -> None:
    world, now = story.world, story.now
    for refused, given in (
        (UnknownRegion, ("Q", "on-call", "boyd", now, now + 60)),
        (UnknownRank, ("G", "boss", "boyd", now, now + 60)),
        (UnknownPerson, ("G", "on-call", "nobody", now, now + 60)),
        (UnknownPerson, ("G", "on-call", "dispatch", now, now + 60)),
        (BadPeriod, ("G", "on-call", "boyd", now + 60, now + 60)),
        (BadPeriod, ("G", "on-call", "boyd", now - 60, now)),
        (BadPeriod, ("G", "on-call", "boyd", now, now + 401 * DAY)),
    ):
        with pytest.raises(refused) as told:
            changes.add_override(world, *given, "mary", "board")
        assert "{" not in str(told.value)
    with pytest.raises(UnknownPerson):
        changes.add_leave(world, "", now, now + 60, "mary", "board")
    with pytest.raises(UnknownChange):
        changes.cancel(world, "nothing", "mary", "board")
    assert ledger(story) == Ledger()
