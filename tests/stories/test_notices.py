"""What is told to people besides pages: hand-offs, shifts that nobody can be reached for, codes, how to come back from STOP."""

import re
from dataclasses import replace
from datetime import datetime

import pytest

from bridge.actions import changes, notes, reachable
from bridge.actions.world import World
from bridge.core.errors import NotReachable, TooSoon, UnknownPerson
from bridge.core.model import Channel, Status
from bridge.core.rota import ALABAMA
from tests.conftest import everything_in
from tests.stories.story import Story

HOUR, DAY = 3600.0, 24 * 3600.0
TEXT, CALL = Channel.TEXT, Channel.CALL


def at(story: Story, wall: str) -> None:
    """The clock on the wall shows this."""
    story.clock[0] = datetime.fromisoformat(wall).replace(tzinfo=ALABAMA).timestamp()


def passes(story: Story, minutes: int) -> None:
    """So much time, minute by minute, as the clock sees it."""
    for _ in range(minutes):
        story.fast_forward(60)
        story.settle()  # the clock looks at the rota after it has handed out what was there


def live(story: Story) -> World:
    """The same world with an account: there, numbers that were never verified count as a fault."""
    story.world.__dict__["settings"] = replace(story.world.settings, local=False)
    return story.world


def asked_for(story: Story, person: str, channel: Channel) -> str:
    """Somebody is sent a code. Returns it."""
    reachable.ask_for_proof(story.world, person, channel, "mary", "command")
    story.settle()
    if channel is CALL:
        return ""
    return re.findall(r"\d{6}", story.expect_text(person, "your code is"))[0]


def why(story: Story, person: str) -> tuple[str, ...]:
    return next((each.why for each in reachable.standing(story.world) if each.person == person), ())


# ---- hand-offs


def test_who_begins_and_who_ends_a_shift_is_told_once(story: Story) -> None:
    at(story, "2026-03-06 17:58")
    passes(story, 6)
    both = (
        "ALLEAPS rota, hand-off 18:00. Region G on-call until Mon Mar 9 06:00: {}; Region G backup until Mon Mar 9 06:00: {}."
    )
    assert story.expect_text("crane") == both.format("you (was Boyd)", "Boyd (was you)")
    assert story.expect_text("boyd") == both.format("Crane (was you)", "you (was Crane)")


@pytest.mark.policy(shift_reminders=False)
def test_an_agency_may_do_without_reminders(story: Story) -> None:
    at(story, "2026-03-06 17:58")
    passes(story, 4)


def test_a_hand_off_that_was_missed_for_long_is_not_told_any_more(story: Story) -> None:
    at(story, "2026-03-06 20:01")
    passes(story, 2)


def test_a_clock_that_was_down_for_an_hour_tells_of_what_it_missed_once(story: Story) -> None:
    at(story, "2026-03-06 19:00")
    passes(story, 3)
    story.expect_text("crane", "hand-off 18:00")
    story.expect_text("boyd", "hand-off 18:00")


def test_who_takes_no_texts_is_not_called_about_a_hand_off(story: Story) -> None:
    story.world.store.block_texts("crane", f"landline {story.number('crane')}")
    at(story, "2026-03-06 18:00")
    passes(story, 1)
    story.expect_text("boyd", "hand-off 18:00")


def test_a_change_that_was_told_is_not_told_again_when_it_begins(story: Story) -> None:
    story.text("kirby", "COVER G until 06:00")
    story.text("kirby", "CONFIRM")
    story.expect_text("boyd", "changed by Kirby")
    passes(story, 2)
    at(story, "2026-03-03 06:00")
    passes(story, 2)
    story.expect_text("boyd", "hand-off 06:00", "you (was Kirby)")
    story.expect_text("kirby", "hand-off 06:00", "Boyd (was you)")


# ---- shifts with nobody


def test_a_shift_with_nobody_is_warned_of_a_day_and_an_hour_ahead_once_each(story: Story) -> None:
    start = story.now + 25 * HOUR
    changes.add_leave(story.world, "boyd", start, start + 5 * HOUR, "boyd", "text")
    passes(story, 1)
    for ahead in (24 * HOUR, HOUR):
        story.clock[0] = start - ahead - 30
        story.fast_forward(30)
        passes(story, 3)
        for person in ("boyd", "crane"):
            story.expect_text(person, "NOBODY is on call for Region G", "03:04 to 08:04")
        assert "NOBODY" in story.expect_call("dispatch").answer().said_since_last()
        passes(story, 3)


def test_the_desk_is_called_once_about_all_that_is_wrong_on_the_first_night_of_a_line(story: Story) -> None:
    at(story, "2026-03-08 21:30")  # B hands over at 22:00, G at 06:00, E at 08:00, and nobody was verified so far
    live(story)
    passes(story, 2)
    said = story.expect_call("dispatch").answer().said_since_last()
    for region in ("Region B from 22:00", "Region G from Mon Mar 9 06:00", "Region E from Mon Mar 9 08:00"):
        assert region in said
    for person in ("hollis", "mcrae", "boyd", "crane", "garner", "stovall"):
        story.expect_text(person, "may not be reached: number never verified")
    passes(story, 5)


def test_a_gap_that_is_entered_late_is_warned_of_all_the_same(story: Story) -> None:
    changes.add_leave(story.world, "boyd", story.now - 3 * HOUR, story.now + 3 * HOUR, "mary", "board")
    passes(story, 3)
    story.expect_text("boyd", "changed by mary")
    for person in ("boyd", "crane"):
        story.expect_text(person, "NOBODY is on call for Region G now to 05:04")
    assert "NOBODY" in story.expect_call("dispatch").answer().said_since_last()


def test_nobody_is_called_again_about_a_gap_that_was_filled(story: Story) -> None:
    story.phone("dispatch").behave(call="no_answer")
    changes.add_leave(story.world, "boyd", story.now, story.now + 4 * HOUR, "boyd", "text")
    passes(story, 2)
    story.swallow_everything()
    changes.add_override(story.world, "G", "on-call", "crane", story.now, story.now + 4 * HOUR, "crane", "text")
    story.settle()
    story.expect_text("boyd", "changed by Crane")
    passes(story, 30)


def test_a_shift_of_somebody_who_has_opted_out_is_warned_of(story: Story) -> None:
    story.world.store.block_texts("crane", "opted out")
    at(story, "2026-03-06 17:00")
    passes(story, 2)
    said = "Crane is on call for Region G from 18:00, but may not be reached: opted out of texts."
    story.expect_text("boyd", said)
    assert said in story.expect_call("crane").answer().said_since_last()
    assert said in story.expect_call("dispatch").answer().said_since_last()


def test_a_warning_that_nobody_picks_up_is_called_again_a_few_times(story: Story) -> None:
    story.phone("dispatch").behave(call="no_answer")
    story.world.store.block_texts("crane", "opted out")
    at(story, "2026-03-06 17:00")
    story.fast_forward(1)
    story.swallow(["boyd", "crane"])
    story.fast_forward(1800)
    for _ in range(3):
        story.expect_missed_call("dispatch")


def test_a_number_that_was_never_verified_is_warned_of_where_there_is_an_account(story: Story) -> None:
    assert why(story, "crane") == ()
    live(story)
    assert why(story, "crane") == ("number never verified",)
    assert why(story, "ogletree") == ("landline", "number never verified")
    code = asked_for(story, "crane", TEXT)
    story.text("crane", code)
    assert why(story, "crane") == ()
    moved = {**story.world.settings.roster.people}
    moved["crane"] = replace(moved["crane"], phone="+12055550198")
    changed = replace(story.world.settings, roster=replace(story.world.settings.roster, people=moved))
    assert why_in(replace(story.world, settings=changed), "crane") == ("number never verified",), (
        "the proof was of another number"
    )


def why_in(world: World, person: str) -> tuple[str, ...]:
    return next((each.why for each in reachable.standing(world) if each.person == person), ())


def test_who_does_not_answer_a_drill_stands_there_until_they_do(story: Story) -> None:
    asked = reachable.drill(story.world, "mary", "command")
    assert ("ogletree", CALL) in [(person.id, channel) for person, channel in asked]
    assert ("boyd", TEXT) in [(person.id, channel) for person, channel in asked]
    assert ("whitfield", TEXT) not in [(person.id, channel) for person, channel in asked]
    assert reachable.drill(story.world, "mary", "command") == [], "they have just been asked"
    story.fast_forward(60)
    code = re.findall(r"\d{6}", story.expect_text("crane"))[0]
    story.swallow_everything()
    story.text("crane", code)
    assert why(story, "boyd") == ()
    story.fast_forward(HOUR)
    assert why(story, "boyd") == ("no answer to the last drill",)
    assert why(story, "crane") == ()
    story.text("boyd", asked_for(story, "boyd", TEXT))
    assert why(story, "boyd") == ()


# ---- codes


def test_a_code_by_text_is_given_back_by_text(story: Story) -> None:
    code = asked_for(story, "boyd", TEXT)
    assert code not in everything_in(story.redis), "it has left, and only its hash is kept"
    person = story.world.settings.roster.people["boyd"]
    assert not reachable.proven(story.world.rota.live()[0], person, TEXT)
    assert "verified" in story.text("boyd", f"{code[:3]} {code[3:]}")[0]
    assert reachable.proven(story.world.rota.live()[0], person, TEXT)
    assert not reachable.proven(story.world.rota.live()[0], person, CALL)
    assert "No code waits" in story.text("boyd", code)[0]
    assert [(entry.by, entry.via) for entry in story.world.rota.entries(9)] == [("boyd", "text"), ("mary", "command")]


def test_a_wrong_code_says_how_many_tries_are_left_until_there_are_none(story: Story) -> None:
    code = asked_for(story, "boyd", TEXT)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for left in (4, 3, 2, 1):
        assert f"Tries left: {left}." in story.text("boyd", wrong)[0]
    assert "no tries left" in story.text("boyd", wrong)[0]
    assert "No code waits" in story.text("boyd", code)[0]
    assert not reachable.proven(story.world.rota.live()[0], story.world.settings.roster.people["boyd"], TEXT)


def test_a_code_of_somebody_else_or_one_that_is_too_old_proves_nothing(story: Story) -> None:
    code = asked_for(story, "boyd", TEXT)
    assert "No code waits" in story.text("crane", code)[0]
    story.fast_forward(reachable.VALID)
    assert "No code waits" in story.text("boyd", code)[0]


def test_a_code_by_call_is_keyed_in(story: Story) -> None:
    asked_for(story, "ogletree", CALL)
    call = story.expect_call("ogletree").answer()
    said = call.said_since_last()
    code = "".join(re.findall(r"code is (\d) (\d) (\d) (\d)\.", said)[0])
    assert said.count(" ".join(code)) == 2
    assert "not the code" in story.press(call, f"{(int(code) + 1) % 10_000:04}")
    assert "verified" in story.press(call, code)
    person = story.world.settings.roster.people["ogletree"]
    assert reachable.proven(story.world.rota.live()[0], person, CALL)
    assert why(story, "ogletree") == ("landline",)


def test_three_wrong_codes_end_the_call(story: Story) -> None:
    asked_for(story, "ogletree", CALL)
    call = story.expect_call("ogletree").answer()
    code = "".join(re.findall(r"code is (\d) (\d) (\d) (\d)\.", call.said_since_last())[0])
    wrong = f"{(int(code) + 1) % 10_000:04}"
    for _ in range(2):
        assert "not the code" in story.press(call, wrong)
    assert "ask for a new code" in story.press(call, wrong)
    assert not reachable.proven(story.world.rota.live()[0], story.world.settings.roster.people["ogletree"], CALL)


def test_silence_or_a_voicemail_proves_nothing_and_ends(story: Story) -> None:
    asked_for(story, "ogletree", CALL)
    call = story.expect_call("ogletree").answer()
    for _ in range(4):
        if call.live:
            call.silence()
    assert not call.live
    story.settle()
    assert not reachable.proven(story.world.rota.live()[0], story.world.settings.roster.people["ogletree"], CALL)


def test_codes_are_not_sent_faster_than_they_can_be_given_back_nor_where_they_cannot_arrive(story: Story) -> None:
    asked_for(story, "boyd", TEXT)
    with pytest.raises(TooSoon):
        asked_for(story, "boyd", TEXT)
    with pytest.raises(NotReachable):
        asked_for(story, "ogletree", TEXT)
    with pytest.raises(UnknownPerson):
        asked_for(story, "nobody", TEXT)
    story.fast_forward(60)
    asked_for(story, "boyd", TEXT)


# ---- opting out


def test_who_texts_stop_hears_how_to_come_back_and_dispatch_is_told(story: Story) -> None:
    story.text("boyd", "STOP")
    story.swallow(["boyd"])
    assert story.world.no_text == {"boyd"}
    assert why(story, "boyd") == ("opted out of texts",)
    story.fast_forward(reachable.SETTLED)
    said = story.expect_call("boyd").answer().said_since_last()
    assert "text the word START to" in said
    assert "Dana Boyd, who is on duty now, has opted out" in story.expect_call("dispatch").answer().said_since_last()
    story.text("boyd", "STOP")
    story.swallow(["boyd"])
    story.fast_forward(HOUR)


def test_who_opts_out_again_hears_it_again_and_dispatch_once_a_day(story: Story) -> None:
    for _ in range(2):
        story.text("boyd", "STOP")
        story.swallow(["boyd"])
        story.fast_forward(reachable.SETTLED)
        assert "text the word START to" in story.expect_call("boyd").answer().said_since_last()
        story.text("boyd", "START")
        story.swallow(["boyd"])
        story.fast_forward(60)
    story.expect_call("dispatch")


def test_who_is_not_on_duty_is_no_news_for_dispatch_at_night(story: Story) -> None:
    story.text("whitfield", "Stop all")
    story.swallow(["whitfield"])
    story.fast_forward(reachable.SETTLED)
    story.expect_call("whitfield").answer()


def test_who_has_come_back_meanwhile_is_not_called(story: Story) -> None:
    story.text("boyd", "STOP")
    story.text("boyd", "START")
    story.swallow(["boyd"])
    story.fast_forward(HOUR)
    assert why(story, "boyd") == ()


def test_a_carrier_that_says_opted_out_or_landline_is_believed(story: Story) -> None:
    story.phone("kirby").behave(text="opted_out")
    story.phone("lopez").behave(text="landline")
    for person in ("kirby", "lopez"):
        notes.tell(story.world, f"n-{person}", person, "notice.swap_refused", {"who": "Boyd"})
    story.fast_forward(reachable.SETTLED)
    assert why(story, "kirby") == ("opted out of texts",)
    assert why(story, "lopez") == ("landline",)
    story.expect_call("kirby").answer()
    assert "Iris Lopez" in story.expect_call("dispatch").answer().said_since_last()
    story.settle()
    story.swallow(["dispatch"])


# ---- what becomes of a notice


def test_a_notice_leaves_once_however_often_it_is_made_and_carried_out(story: Story) -> None:
    for _ in range(3):
        notes.tell(story.world, "n1", "boyd", "notice.swap_refused", {"who": "Crane"})
        story.settle()
        story.world.queue.put("notice/n1")
    story.settle()
    story.expect_text("boyd", "Crane does not want to swap")
    notice = story.world.rota.load_notice("n1")
    assert notice is not None
    assert notice.status is Status.DELIVERED


@pytest.mark.parametrize("fault", ["429", "500", "reset", "garbage"])
def test_a_notice_that_the_carrier_does_not_take_is_tried_again(story: Story, fault: str) -> None:
    story.sim.faults.rest(fault, "messages", times=2)
    notes.tell(story.world, "n1", "boyd", "notice.swap_refused", {"who": "Crane"})
    story.fast_forward(30)
    story.expect_text("boyd", "Crane does not want to swap")


@pytest.mark.parametrize(("key", "called"), [("notice.warning", True), ("notice.shift", False)])
def test_a_text_that_fails_becomes_a_call_where_it_matters(story: Story, key: str, called: bool) -> None:
    story.phone("boyd").behave(text="undelivered", error=30003)
    values = {"time": "18:00", "list": "NOBODY is on call"}
    notes.tell(story.world, "n1", "boyd", key, values)
    story.settle()
    if called:
        assert "NOBODY is on call" in story.expect_call("boyd").answer().said_since_last()


def test_a_notice_of_which_nothing_is_known_any_more_ends_the_call_politely(story: Story) -> None:
    notes.say(story.world, "n1", "boyd", "notice.warning", {"list": "NOBODY is on call"}, channel=CALL)
    story.settle()
    ringing = story.expect_call("boyd")
    story.redis.delete("notice:n1")
    assert "no longer needed" in ringing.answer().said_since_last()


def test_a_telephone_that_is_free_again_rings_again(story: Story) -> None:
    notes.say(story.world, "n1", "boyd", "notice.opted_out_desk", {"about": "kirby", "name": "Kirby"}, channel=CALL)
    story.world.store.block_texts("kirby", "opted out")
    story.settle()
    call = story.expect_call("boyd").answer()
    notes.say(story.world, "n2", "boyd", "notice.warning", {"list": "NOBODY is on call"}, channel=CALL)
    call.hang_up()
    story.fast_forward(3)
    story.expect_call("boyd")


def test_who_has_left_the_roster_is_told_nothing(story: Story) -> None:
    assert not notes.tell(story.world, "n1", "gone", "notice.swap_refused", {"who": "Crane"})
    assert story.world.rota.load_notice("n1") is None
