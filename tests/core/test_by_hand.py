"""What a dispatcher does by hand: each act once, however often it is asked for; who is told of it, and who is not."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.board_course import doing
from bridge.core.errors import NotAllowed
from bridge.core.events import (
    Accepted,
    Arrived,
    Closed,
    Contacted,
    Corrected,
    Declined,
    Event,
    Needed,
    PagedNow,
    PersonPaged,
    Released,
    Reported,
    Silenced,
    Ticked,
)
from bridge.core.messages import wanted
from bridge.core.model import Place, Purpose, State, Status
from bridge.core.request import step
from tests.given import CALL, CALLER, GADSDEN, OXFORD, T0, TEXT, Walk, context, walk

ANNISTON = Place("Anniston", "Calhoun", "G")
OTHER = "+12565550178"


# ---- the next rung, now


def test_the_next_rung_goes_at_once_and_the_one_after_it_at_its_own_time() -> None:
    there = walk().does(PagedNow(1), after=10)
    assert there.pages() == [(0, "boyd", "text"), (10, "boyd", "call")]
    assert there.passes(229).pages()[2:] == []
    assert there.passes(1).pages()[2:] == [(240, "crane", "text"), (240, "crane", "call")]


def test_a_double_click_or_two_dispatchers_send_one_rung() -> None:
    there = walk().does(PagedNow(1), after=10).does(PagedNow(1))
    assert there.request.fired == 2
    before = there.request
    assert step(before, PagedNow(1), there.context, there.now) == (before, ())


def test_a_dispatcher_who_looked_before_the_ladder_went_on_by_itself_sends_nothing() -> None:
    there = walk().passes(90)
    assert there.does(PagedNow(1), after=1).request.fired == 2


def test_a_rung_that_finds_nobody_is_passed_over_as_always() -> None:
    nobody = context(duties=())
    there = walk(ctx=nobody)
    assert there.pages()[0][1:] == ("whitfield", "text"), "no region has anybody: the state is asked"


def test_after_the_last_rung_the_next_one_is_the_first_of_a_new_round() -> None:
    there = walk().passes(1440)
    assert there.request.fired == 8
    since = len(there.went)
    there.does(PagedNow(8), after=5)
    assert there.told(since) == [("boyd", "text", "page")]


@pytest.mark.parametrize("event", [PagedNow(1), PersonPaged("kirby")])
def test_nobody_is_paged_for_what_somebody_has(event: Event) -> None:
    with pytest.raises(NotAllowed):
        walk().accepted_by("boyd").does(event)


# ---- a person of one's choice


def test_a_person_of_ones_choice_is_paged_by_text_and_by_call_at_once() -> None:
    there = walk().does(PersonPaged("kirby"), after=5)
    assert there.pages()[1:] == [(5, "kirby", "text"), (5, "kirby", "call")]


def test_who_gets_no_texts_is_called_once() -> None:
    assert walk().does(PersonPaged("ogletree")).pages()[1:] == [(0, "ogletree", "call")]


def test_a_double_click_pages_a_person_once_and_a_minute_later_they_can_be_paged_again() -> None:
    there = walk().does(PersonPaged("kirby")).does(PersonPaged("kirby"), after=59.9)
    assert [each[1:] for each in there.pages()[1:]] == [("kirby", "text"), ("kirby", "call")]
    assert len(there.does(PersonPaged("kirby"), after=0.1).pages()) == 5


def test_who_was_texted_by_the_ladder_a_moment_ago_is_only_called() -> None:
    assert walk().does(PersonPaged("boyd"), after=20).pages() == [(0, "boyd", "text"), (20, "boyd", "call")]


def test_a_page_that_failed_or_still_waits_decides_whether_there_is_another_one() -> None:
    there = walk(fate={("kirby", CALL): Status.FAILED})
    there.does(PersonPaged("kirby")).does(PersonPaged("kirby"), after=1)
    assert there.pages()[1:] == [(0, "kirby", "text"), (0, "kirby", "call"), (1, "kirby", "call")]
    away = walk(carrier_is_away=True).does(PersonPaged("kirby")).does(PersonPaged("kirby"), after=80)
    assert len([m for m in away.request.messages if m.person == "kirby"]) == 2, "what waits will leave"


def test_who_has_passed_is_asked_anew_and_their_yes_counts() -> None:
    there = walk().does(Declined("boyd"))
    since = len(there.went)
    there.does(PersonPaged("boyd"), after=1)
    assert there.told(since) == [("boyd", "text", "page"), ("boyd", "call", "page")]
    assert "boyd" not in there.request.passed
    assert there.accepted_by("boyd").request.accepted_by == "boyd"


def test_who_was_paged_by_hand_and_is_not_needed_is_told_to_stand_down() -> None:
    there = walk().does(PersonPaged("kirby"))
    since = len(there.went)
    told = there.accepted_by("boyd").told(since)
    assert sorted(told) == [("boyd", "text", "details"), ("kirby", "text", "stand-down")]


def test_a_page_by_hand_neither_holds_up_the_ladder_nor_brings_it_forward() -> None:
    there = walk(fate={("kirby", TEXT): Status.FAILED, ("kirby", CALL): Status.FAILED}).does(PersonPaged("kirby"), after=5)
    assert there.request.fired == 1, "kirby's failure is nothing to the rung that boyd is on"
    waits = walk().does(PersonPaged("kirby"), after=5)
    waits.does(Declined("boyd"))
    assert waits.request.fired == 3, "and kirby's silence holds up nothing"


def test_the_board_shows_a_page_by_hand_as_a_page_of_this_round_and_in_no_duty() -> None:
    there = walk().passes(240).does(PersonPaged("whitfield"), after=1)
    said = [each.words for each in doing(there.request, there.context)]
    assert any("Whitfield" in words for words in said)
    assert not any("Whitfield (backup)" in words for words in said)


def test_nobody_who_is_not_on_the_roster_is_paged() -> None:
    there = walk()
    assert there.does(PersonPaged("nobody")).request == there.request


# ---- corrections


def test_a_place_in_another_region_starts_the_ladder_there_and_says_what_is_right_to_who_was_asked() -> None:
    there = walk().passes(240)
    since = len(there.went)
    there.does(Corrected(GADSDEN))
    assert there.told(since) == [
        ("boyd", "text", "corrected"), ("crane", "text", "corrected"), ("kirby", "text", "page"),
    ]  # fmt: skip
    assert there.request.place == GADSDEN
    assert there.passes(90).pages()[-1] == (240 + 90 * 26 / 30, "kirby", "call"), "in the time that is left"


def test_another_town_of_the_same_region_is_told_and_the_ladder_goes_on() -> None:
    there = walk()
    since = len(there.went)
    there.does(Corrected(ANNISTON), after=5)
    assert there.told(since) == [("boyd", "text", "corrected")]
    assert there.request.fired == 1


def test_a_number_is_told_to_nobody_but_who_has_the_request() -> None:
    there = walk()
    since = len(there.went)
    assert there.does(Corrected(callback=OTHER)).told(since) == []
    there.accepted_by("boyd")
    since = len(there.went)
    assert there.does(Corrected(callback=CALLER)).told(since) == [("boyd", "text", "details")]


def test_who_has_it_is_told_of_a_new_place_and_keeps_it() -> None:
    there = walk().passes(240).accepted_by("boyd")
    since = len(there.went)
    there.does(Corrected(GADSDEN))
    assert there.told(since) == [("boyd", "text", "corrected")]
    assert (there.request.state, there.request.accepted_by) == (State.ACCEPTED, "boyd")


def test_a_new_place_and_a_new_number_are_one_text() -> None:
    there = walk().accepted_by("boyd")
    since = len(there.went)
    assert there.does(Corrected(GADSDEN, OTHER)).told(since) == [("boyd", "text", "details")]


def test_a_correction_that_could_not_be_texted_to_who_has_it_is_told_by_a_call() -> None:
    there = walk().accepted_by("boyd").does(Corrected(GADSDEN))
    since = len(there.went)
    assert there.fails("boyd", TEXT).told(since) == [("boyd", "call", "corrected")]


def test_once_the_caller_was_reached_only_who_is_awaited_on_scene_is_told() -> None:
    reached = walk().accepted_by("boyd").does(Contacted("boyd"))
    with pytest.raises(NotAllowed):
        reached.does(Corrected(GADSDEN))
    awaited = walk().accepted_by("boyd").does(Needed("boyd")).does(Contacted("boyd"))
    since = len(awaited.went)
    assert awaited.does(Corrected(GADSDEN, OTHER)).told(since) == [("boyd", "text", "corrected")]
    with pytest.raises(NotAllowed):
        awaited.does(Arrived("boyd")).does(Corrected(OXFORD))


def test_a_correction_that_waits_for_the_carrier_is_not_sent_once_they_have_arrived() -> None:
    there = walk().accepted_by("boyd").does(Needed("boyd"))
    there.carrier_is_away = True
    there.does(Corrected(GADSDEN)).does(Arrived("boyd"))
    assert not wanted(there.request, there.last("boyd", TEXT, Purpose.CORRECTED))


@pytest.mark.parametrize("event", [Corrected(), Corrected(OXFORD), Corrected(OXFORD, CALLER), Corrected(callback=CALLER)])
def test_nothing_changes_and_nobody_is_told(event: Corrected) -> None:
    for there in (walk(), walk().accepted_by("boyd")):
        assert step(there.request, event, there.context, there.now) == (there.request, ())


def test_a_correction_said_twice_is_told_once() -> None:
    there = walk().accepted_by("boyd")
    there.carrier_is_away = True
    there.does(Corrected(GADSDEN)).does(Corrected(OXFORD)).does(Corrected(GADSDEN))
    waiting = [m for m in there.request.messages if m.purpose is Purpose.CORRECTED]
    assert len(waiting) == 1, "what waits says how it stands when it leaves"


@pytest.mark.parametrize(("place", "callback", "event", "incomplete"), [
    (Place(), "", Corrected(OXFORD), True),
    (Place(), "", Corrected(callback=CALLER), True),
    (Place(), "", Corrected(OXFORD, CALLER), False),
    (OXFORD, "", Corrected(callback=CALLER), False),
    (OXFORD, CALLER, Corrected(OXFORD), False),
])  # fmt: skip
def test_whether_something_is_missing_is_worked_out_anew(place: Place, callback: str, event: Event, incomplete: bool) -> None:
    assert walk(place=place, callback=callback, incomplete=True).does(event).request.incomplete is incomplete


# ---- alarms


def test_an_alarm_can_be_silenced_only_while_it_is_on_and_the_desk_is_still_called() -> None:
    there = walk().accepted_by("boyd", after=1795)
    with pytest.raises(NotAllowed):
        there.does(Silenced("overdue"))
    there.passes(5).does(Silenced("overdue"))
    assert there.request.silenced == {"overdue"}
    since = len(there.went)
    there.passes(130)
    assert ("dispatch", "call", "overdue") in there.told(since)


def test_silenced_twice_is_silenced_once() -> None:
    there = walk().passes(1800).does(Silenced("overdue"))
    assert step(there.request, Silenced("overdue"), there.context, there.now) == (there.request, ())


def test_each_alarm_is_silenced_for_itself() -> None:
    there = walk().accepted_by("boyd").does(Needed("boyd")).does(Contacted("boyd"))
    with pytest.raises(NotAllowed):
        there.does(Silenced("scene"))
    there.passes(3 * 3600)
    with pytest.raises(NotAllowed):
        there.does(Silenced("overdue"))
    assert there.does(Silenced("scene")).request.silenced == {"scene"}


def test_what_is_given_back_sounds_again() -> None:
    there = walk().accepted_by("boyd").passes(60)
    there.request = replace(there.request, overdue=True, silenced=frozenset({"overdue"}))
    assert there.does(Released("boyd")).request.silenced == frozenset()


def test_an_alarm_is_on_from_the_deadline_even_while_the_clock_is_down() -> None:
    there = walk()
    silenced, _ = step(there.request, Silenced("overdue"), there.context, T0 + 1800)
    assert (silenced.silenced, silenced.overdue) == ({"overdue"}, False)
    assert step(silenced, Ticked(), there.context, T0 + 1800)[0].silenced == {"overdue"}


@pytest.mark.parametrize("alarm", ["", "fire"])
def test_there_are_no_other_alarms(alarm: str) -> None:
    with pytest.raises(NotAllowed):
        walk().passes(1800).does(Silenced(alarm))


# ---- on behalf of somebody


def test_what_a_dispatcher_says_twice_for_somebody_is_sent_once() -> None:
    there = walk().does(Accepted("crane", told=True))
    assert sorted(there.told(1)) == [("boyd", "text", "stand-down"), ("crane", "text", "details")]
    assert step(there.request, Accepted("crane", told=True), there.context, there.now) == (there.request, ())
    with pytest.raises(NotAllowed):
        there.does(Accepted("boyd", told=True))


# ---- whatever a dispatcher does

ACTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(PagedNow, st.integers(0, 12)),
    st.builds(PersonPaged, st.sampled_from(["boyd", "crane", "kirby", "ogletree", "dispatch", "nobody"])),
    st.builds(Corrected, st.sampled_from([None, OXFORD, GADSDEN, ANNISTON]), st.sampled_from([None, CALLER, OTHER])),
    st.builds(Silenced, st.sampled_from(["overdue", "scene"])),
    st.builds(Accepted, st.sampled_from(["boyd", "kirby"]), told=st.just(True)),
    st.builds(Declined, st.sampled_from(["boyd", "kirby"])),
    st.builds(Released, st.sampled_from(["boyd", "kirby"])),
    st.builds(Reported, st.integers(0, 3), st.sampled_from([Status.FAILED, Status.DELIVERED, Status.ANSWERED])),
    st.just(Closed("test")),
)


def _try(there: Walk, event: Event) -> bool:
    try:
        there.does(event)
    except (NotAllowed, IndexError):
        return False
    return True


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.lists(st.tuples(ACTS, st.sampled_from([0.0, 1.0, 61.0, 300.0, 1800.0])), max_size=10))
def test_whatever_is_done_by_hand_a_second_click_does_nothing_and_paging_never_ends_by_itself(
    acts: list[tuple[Event, float]],
) -> None:
    there = walk()
    for event, after in acts:
        there.passes(after)
        if not _try(there, event):
            continue
        if isinstance(event, PersonPaged | Corrected | Silenced | Accepted | Declined):
            before = there.request
            assert not _try(there, event) or there.request == before, event
        if there.request.state is State.OPEN:
            assert there.request.next_at is not None
            assert there.request.next_at > there.now
