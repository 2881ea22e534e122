"""The ladder: who is paged, by which channel, at which second, from the moment a request is opened."""

from dataclasses import replace

import pytest

from bridge.core.errors import NotAllowed
from bridge.core.events import Accepted, CalledAgain, Contacted, Declined, Released, Reported, Ticked
from bridge.core.model import Place, Purpose, Rung, State, Status, Who
from bridge.core.request import step
from bridge.core.rota import DISPATCH, Duty, Leave
from tests.given import CALL, DUTIES, GADSDEN, LADDER, OXFORD, T0, TEXT, context, walk

EVERYONE = [("boyd", "text"), ("crane", "text"), ("kirby", "text"), ("ramsey", "text"), ("ogletree", "call"),
            ("whitfield", "text"), ("okafor", "text")]  # fmt: skip
WHOLE_LADDER = [
    (0.0, "boyd", "text"),
    (90.0, "boyd", "call"),
    (240.0, "crane", "text"), (240.0, "crane", "call"),
    (480.0, "kirby", "text"), (480.0, "kirby", "call"), (480.0, "ramsey", "text"), (480.0, "ramsey", "call"),
    (720.0, "whitfield", "text"), (720.0, "whitfield", "call"), (720.0, "okafor", "text"), (720.0, "okafor", "call"),
    (960.0, "boyd", "text"), (960.0, "boyd", "call"),
    *((1200.0, person, channel) for person, channel in EVERYONE),
    (1440.0, DISPATCH, "call"),
]  # fmt: skip


def test_silence_climbs_the_ladder_rung_by_rung_at_the_times_of_the_policy() -> None:
    assert walk().passes(1500).pages() == WHOLE_LADDER


def test_nothing_leaves_a_second_before_its_time() -> None:
    assert walk().passes(89.999).pages() == WHOLE_LADDER[:1]


def test_a_pass_brings_the_next_person_at_once_and_skips_the_call_to_who_passed() -> None:
    there = walk().does(Declined("boyd"), after=20)
    assert there.pages() == [(0.0, "boyd", "text"), (20.0, "crane", "text"), (20.0, "crane", "call")]


def test_the_rung_after_one_that_was_brought_forward_keeps_its_own_time() -> None:
    there = walk().does(Declined("boyd"), after=20).passes(460)
    assert there.pages()[3:] == [(480.0, p, c) for p in ("kirby", "ramsey") for c in ("text", "call")]


def test_a_pass_of_somebody_who_was_not_asked_last_brings_nothing_forward() -> None:
    there = walk().passes(240)
    before = there.pages()
    assert there.does(Declined("boyd")).pages() == before


def test_when_one_of_two_who_were_asked_passes_the_other_is_waited_for() -> None:
    there = walk().passes(480)
    before = there.pages()
    assert there.does(Declined("kirby")).pages() == before
    assert {page[1] for page in there.does(Declined("ramsey")).pages()[len(before) :]} == {"whitfield", "okafor"}


def test_an_undelivered_text_brings_the_call_to_the_same_person_forward() -> None:
    assert walk().passes(7).fails("boyd").pages() == [(0.0, "boyd", "text"), (7.0, "boyd", "call")]


def test_a_call_that_reached_nobody_after_a_text_that_did_not_either_brings_the_backup_at_once() -> None:
    there = walk().passes(7).fails("boyd").passes(25).fails("boyd", CALL, "no-answer")
    assert there.pages()[2:] == [(32.0, "crane", "text"), (32.0, "crane", "call")]


def test_a_voicemail_does_not_hold_up_a_rung_but_a_text_that_may_still_be_answered_does() -> None:
    there = walk().passes(240)
    assert len(there.fails("crane", CALL, "no key pressed").pages()) == 4, "the text to Crane may still be answered"
    assert [page[1] for page in there.fails("crane").pages()[4:]] == ["kirby", "kirby", "ramsey", "ramsey"]


def test_who_has_opted_out_of_texts_is_called_at_once() -> None:
    there = walk(ctx=context(no_text=frozenset({"boyd", "crane"}))).passes(240)
    assert there.pages() == [(0.0, "boyd", "call"), (90.0, "boyd", "call"), (240.0, "crane", "call")]


def test_a_landline_is_called_where_others_are_texted() -> None:
    there = walk(place=Place("Montgomery", "Montgomery", "D")).passes(240)
    assert there.pages()[2:] == [(240.0, "ogletree", "call")]


def test_with_nobody_on_duty_the_backup_is_paged_at_once() -> None:
    there = walk(ctx=context(duties=DUTIES[1:]))
    assert there.pages() == [(0.0, "crane", "text"), (0.0, "crane", "call")]


def test_a_region_that_nobody_serves_goes_to_its_neighbours_at_once() -> None:
    there = walk(place=Place("Tuscumbia", "Colbert", "E"))
    assert there.pages() == [(0.0, "kirby", "text"), (0.0, "kirby", "call")]


def test_with_no_region_the_state_coordinators_are_paged_at_once() -> None:
    there = walk(place=Place(), incomplete=True)
    assert there.pages() == [(0.0, p, c) for p in ("whitfield", "okafor") for c in ("text", "call")]


def test_a_region_that_the_agency_has_renamed_since_goes_to_the_state_coordinators() -> None:
    assert {page[1] for page in walk(place=Place("Oxford", "Calhoun", "Z")).pages()} == {"whitfield", "okafor"}


def test_when_everybody_passes_the_desk_is_called_at_once() -> None:
    there = walk()
    for person in ("boyd", "crane", "kirby", "ramsey", "whitfield", "okafor", "ogletree"):
        there.does(Declined(person))
    assert there.pages()[-1] == (0.0, DISPATCH, "call")
    assert {page[1] for page in there.pages()} == {
        "boyd", "crane", "kirby", "ramsey", "whitfield", "okafor", "ogletree", DISPATCH,
    }  # fmt: skip


def test_when_nobody_at_all_can_be_reached_the_round_ends_and_the_next_begins_after_the_pause_not_before() -> None:
    dead = dict.fromkeys(((p, c) for p in context().roster.people for c in (TEXT, CALL)), Status.FAILED)
    there = walk(fate=dead)
    first = there.pages()
    assert {page[0] for page in first} == {0.0}
    assert first[-1] == (0.0, DISPATCH, "call")
    assert there.passes(299).pages() == first
    again = there.passes(1).pages()[len(first) :]
    assert [page[1:] for page in again] == [page[1:] for page in first]
    assert {page[0] for page in again} == {300.0}


def test_with_nobody_on_the_roster_at_all_the_ladder_is_tried_again_after_every_pause_and_is_no_hot_loop() -> None:
    ctx = context(duties=(), ladder=LADDER[:4])
    there = walk(ctx=ctx).passes(1000)
    assert there.pages() == []
    assert there.request.fired == 4 * 4


def test_who_has_passed_is_asked_again_in_the_next_round_and_not_before() -> None:
    there = walk().does(Declined("boyd")).passes(1740)
    assert [page for page in there.pages() if page[1] == "boyd"] == [(0.0, "boyd", "text"), (1740.0, "boyd", "text")]


def test_a_round_that_begins_late_is_compressed_into_a_third_and_no_further() -> None:
    there = walk().passes(1740 + 480)
    second = [page for page in there.pages() if page[0] >= 1740]
    assert [(round(at - 1740, 1), person, channel) for at, person, channel in second] == [
        (round(at / 3, 1), person, channel) for at, person, channel in WHOLE_LADDER
    ]


def test_a_ladder_that_starts_over_with_half_the_time_left_goes_at_twice_the_pace() -> None:
    there = walk().accepted_by("boyd").does(Released("boyd"), after=899.999).passes(480)
    assert [(round(at), person, channel) for at, person, channel in there.pages()[1:]] == [
        (900, "crane", "text"), (900, "crane", "call"),
        *((1140, person, channel) for person in ("kirby", "ramsey") for channel in ("text", "call")),
        *((1260, person, channel) for person in ("whitfield", "okafor") for channel in ("text", "call")),
    ]  # fmt: skip


def test_after_the_deadline_paging_goes_on() -> None:
    there = walk().passes(3 * 3600)
    assert there.request.state is State.OPEN
    assert max(at for at, person, _ in there.pages() if person == "boyd") > 10000


def test_after_a_downtime_every_rung_that_was_missed_goes_once_and_the_next_at_its_time() -> None:
    there = walk()
    there.now = T0 + 600
    there.does(Ticked())
    assert there.pages() == [(0.0, "boyd", "text")] + [(600.0, *page[1:]) for page in WHOLE_LADDER if 0 < page[0] <= 600]
    assert there.passes(120).pages()[-4:] == [page for page in WHOLE_LADDER if page[0] == 720]


def test_a_downtime_past_the_whole_ladder_ends_one_round_and_begins_no_other() -> None:
    there = walk()
    there.now = T0 + 7200
    there.does(Ticked())
    went = [page[1:] for page in there.pages() if page[0] == 7200.0]
    assert sorted(went) == sorted({page[1:] for page in WHOLE_LADDER}), "each telephone once"
    assert there.request.overdue
    assert there.request.next_at == T0 + 7200 + 300


def test_who_hung_up_goes_to_the_desk_alone_where_that_is_the_policy() -> None:
    there = walk(ctx=context(hang_up="dispatch"), hung_up=True, incomplete=True).passes(700)
    assert there.pages() == [(at, DISPATCH, "call") for at in (0.0, 300.0, 600.0)]


def test_who_hung_up_is_paged_like_any_other_where_that_is_the_policy() -> None:
    assert walk(hung_up=True, incomplete=True).passes(1500).pages() == WHOLE_LADDER


def test_who_hung_up_and_then_calls_again_and_stays_gets_the_whole_ladder() -> None:
    there = walk(ctx=context(hang_up="dispatch"), hung_up=True, incomplete=True)
    there.does(CalledAgain(OXFORD, sid="CA2"), after=10).passes(90)
    assert there.pages() == [(0.0, DISPATCH, "call"), (10.0, "boyd", "text"), (99.5, "boyd", "call")]
    assert not there.request.hung_up
    assert not there.request.incomplete


def test_who_hangs_up_a_second_time_stays_with_the_desk() -> None:
    there = walk(ctx=context(hang_up="dispatch"), hung_up=True, incomplete=True)
    there.does(CalledAgain(OXFORD, sid="CA2", hung_up=True), after=10)
    assert {page[1] for page in there.pages()} == {DISPATCH}


def test_a_desk_that_took_it_and_reported_no_contact_is_called_again_at_once() -> None:
    there = walk(ctx=context(hang_up="dispatch"), hung_up=True, incomplete=True).accepted_by(DISPATCH, after=60, via=CALL)
    there.passes(900)
    assert there.pages() == [(0.0, DISPATCH, "call"), (960.0, DISPATCH, "call")]


def test_a_rung_with_two_duties_of_one_person_pages_them_once() -> None:
    ctx = context(duties=(*DUTIES[:2], Duty("F", "on-call", ("kirby",)), Duty("D", "on-call", ("kirby",))))
    assert [p[1:] for p in walk(ctx=ctx).passes(480).pages() if p[0] == 480] == [("kirby", "text"), ("kirby", "call")]


@pytest.mark.parametrize("who", ["boyd", "crane", "kirby", "whitfield"])
def test_who_is_on_leave_is_paged_by_no_rung(who: str) -> None:
    known = context()
    off = replace(known.roster, leaves=(Leave("l1", who, T0 - 60, T0 + 3600),))
    paged = {page[1] for page in walk(ctx=replace(known, roster=off)).passes(1500).pages()}
    assert who not in paged
    assert paged >= {"ramsey", "okafor", DISPATCH}


def test_a_rung_by_text_and_call_calls_a_landline_once() -> None:
    ladder = (Rung(0.0, Who.BACKUP, (TEXT, CALL)),)
    there = walk(ctx=context(ladder=ladder), place=Place("Auburn", "Lee", "D"))
    assert there.pages() == [(0.0, "ogletree", "call")]


def test_who_is_on_duty_is_looked_up_when_the_rung_goes() -> None:
    tuesday, at_quarter_past_two = 24 * 60, 24 * 60 + 2 * 60 + 15
    ctx = context(
        duties=(
            Duty("G", "on-call", ("boyd",), ((tuesday, at_quarter_past_two),)),
            Duty("G", "on-call", ("crane",), ((at_quarter_past_two, tuesday),)),
        )
    )
    there = walk(ctx=ctx).passes(960)
    assert [page for page in there.pages() if page[1] in ("boyd", "crane")] == [
        (0.0, "boyd", "text"), (90.0, "boyd", "call"), (960.0, "crane", "text"), (960.0, "crane", "call"),
    ]  # fmt: skip


# ---- the deadline


def alarms(there: object) -> list[float]:
    return [at for at, person, _, purpose in there.went if (person, purpose) == (DISPATCH, "overdue")]  # type: ignore[attr-defined]


def test_at_the_deadline_an_open_request_is_overdue_and_the_desk_is_called_until_a_key_is_pressed() -> None:
    there = walk().passes(1799.9)
    assert not there.request.overdue
    assert alarms(there) == []
    there.passes(0.1 + 250)
    assert there.request.overdue
    assert alarms(there) == [1800.0, 1920.0, 2040.0]
    there.does(Reported(there.last(DISPATCH, CALL, Purpose.OVERDUE).n, Status.ANSWERED, "pressed 1")).passes(3600)
    assert alarms(there) == [1800.0, 1920.0, 2040.0]


def test_at_the_deadline_an_accepted_request_without_contact_is_overdue_too() -> None:
    there = walk().accepted_by("boyd", after=1500).passes(300)
    assert there.request.overdue
    assert there.request.state is State.ACCEPTED
    assert alarms(there) == [1800.0]


def test_a_request_whose_caller_was_reached_is_never_overdue() -> None:
    there = walk().accepted_by("boyd").does(Contacted("boyd")).passes(3599)
    assert not there.request.overdue
    assert alarms(there) == []


def test_an_alarm_that_was_heard_while_somebody_had_it_comes_back_when_they_give_it_back() -> None:
    there = walk().accepted_by("boyd", after=1500).passes(300)
    there.does(Reported(there.last(DISPATCH, CALL, Purpose.OVERDUE).n, Status.ANSWERED, "pressed 1")).passes(60)
    assert alarms(there) == [1800.0]
    there.does(Released("boyd")).passes(0)
    assert alarms(there) == [1800.0, 1860.0]


def test_an_alarm_that_is_still_to_come_comes_once_though_the_request_was_given_back() -> None:
    there = walk().accepted_by("boyd").does(Released("boyd")).passes(1801)
    assert alarms(there) == [1800.0]


def test_while_the_carrier_is_away_one_alarm_waits_and_not_ten() -> None:
    there = walk(carrier_is_away=True).passes(1800 + 1200)
    assert sum(m.purpose is Purpose.OVERDUE for m in there.request.messages) == 1
    there.carrier_is_away = False
    assert alarms(there.does(Ticked())) == [3000.0]


def test_a_failed_alarm_is_tried_again() -> None:
    assert alarms(walk(fate={(DISPATCH, CALL): Status.FAILED}).passes(1800 + 130)) == [1800.0, 1920.0]


# ---- moved by the caller


def test_a_second_call_pages_the_next_rung_now_and_tells_who_was_asked() -> None:
    there = walk().does(CalledAgain(OXFORD, sid="CA2"), after=30)
    assert there.told() == [("boyd", "text", "page"), ("boyd", "text", "again"), ("boyd", "call", "page")]


def test_a_second_call_within_the_throttle_pages_nobody_and_the_next_after_it_does() -> None:
    there = walk().does(CalledAgain(OXFORD, sid="CA2"), after=30)
    since = len(there.went)
    assert there.does(CalledAgain(OXFORD, sid="CA3"), after=59).told(since) == []
    assert {each[0] for each in there.does(CalledAgain(OXFORD, sid="CA4"), after=1).told(since)} == {"boyd", "crane"}


def test_a_second_call_between_two_rounds_begins_the_next_one() -> None:
    there = walk().passes(1500)
    since = len(there.pages())
    assert there.does(CalledAgain(), after=1).pages()[since:] == [(1501.0, "boyd", "text")]


def test_a_second_call_from_another_region_starts_the_ladder_over_there_in_spite_of_the_throttle() -> None:
    there = walk().does(CalledAgain(OXFORD), after=10)
    since = len(there.pages())
    there.does(CalledAgain(GADSDEN), after=10).passes(90)
    assert there.pages()[since:] == [(20.0, "kirby", "text"), (there.pages()[-1][0], "kirby", "call")]
    assert there.request.place == GADSDEN


def test_a_second_call_that_brings_the_place_moves_from_the_state_to_the_region() -> None:
    there = walk(place=Place(), incomplete=True).does(CalledAgain(OXFORD, sid="CA2"), after=45)
    assert there.pages()[4:] == [(45.0, "boyd", "text")]
    assert not there.request.incomplete


def test_an_open_request_is_never_without_a_next_instant() -> None:
    there = walk()
    for _ in range(300):
        assert there.request.next_at is not None
        assert there.request.next_at > there.now
        there.passes(97)


def test_a_tick_with_nothing_due_changes_nothing() -> None:
    there = walk().passes(10)
    assert step(there.request, Ticked(), there.context, there.now) == (there.request, ())


def test_two_people_cannot_both_accept() -> None:
    there = walk().accepted_by("boyd")
    with pytest.raises(NotAllowed):
        there.does(Accepted("crane"))
    assert there.request.accepted_by == "boyd"
