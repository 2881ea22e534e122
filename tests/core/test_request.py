"""The life of a request: every row of the table, and every pair that is not in it; who is told what, and who is not."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.errors import NotAllowed
from bridge.core.events import (
    CLOSING_REASONS,
    Accepted,
    Arrived,
    CalledAgain,
    Closed,
    ConnectAsked,
    Connecting,
    Contacted,
    Corrected,
    Declined,
    Event,
    Expected,
    LegStarted,
    Needed,
    PagedNow,
    PersonPaged,
    Released,
    Reported,
    Send,
    Settle,
    Silenced,
    TalkEnded,
    Ticked,
)
from bridge.core.messages import effects, wanted
from bridge.core.model import PENDING, Place, Purpose, Request, State, Status
from bridge.core.request import TABLE, allowed, opened, step
from bridge.core.rota import DISPATCH
from tests.given import CALL, CALLER, GADSDEN, OXFORD, T0, TEXT, context, draft, in_state, walk

EVENTS: dict[type, Event] = {
    Ticked: Ticked(),
    Accepted: Accepted("boyd"),
    Declined: Declined("boyd"),
    Released: Released("boyd"),
    Contacted: Contacted("boyd"),
    Expected: Expected("boyd", T0 + 1200),
    Needed: Needed("boyd", 2),
    Arrived: Arrived("boyd"),
    ConnectAsked: ConnectAsked("boyd"),
    Connecting: Connecting("boyd"),
    LegStarted: LegStarted("CA9"),
    TalkEnded: TalkEnded("boyd", answered=True),
    CalledAgain: CalledAgain(OXFORD, CALLER, "CA2"),
    Reported: Reported(1, Status.DELIVERED),
    Closed: Closed("test"),
    PagedNow: PagedNow(1),
    PersonPaged: PersonPaged("kirby"),
    Corrected: Corrected(GADSDEN, "+12565550178"),
    Silenced: Silenced("overdue"),
}
LAW = {
    (State.OPEN, Ticked): {State.OPEN, State.CLOSED},
    (State.OPEN, Accepted): {State.ACCEPTED},
    (State.OPEN, Declined): {State.OPEN},
    (State.OPEN, CalledAgain): {State.OPEN},
    (State.OPEN, Reported): {State.OPEN},
    (State.OPEN, Closed): {State.CLOSED},
    (State.OPEN, PagedNow): {State.OPEN},
    (State.OPEN, PersonPaged): {State.OPEN},
    (State.OPEN, Corrected): {State.OPEN},
    (State.OPEN, Silenced): {State.OPEN},
    (State.ACCEPTED, Ticked): {State.ACCEPTED, State.OPEN, State.CLOSED},
    (State.ACCEPTED, Accepted): {State.ACCEPTED},
    (State.ACCEPTED, Expected): {State.ACCEPTED},
    (State.ACCEPTED, Needed): {State.ACCEPTED},
    (State.ACCEPTED, Arrived): {State.CONTACTED},
    (State.ACCEPTED, ConnectAsked): {State.ACCEPTED},
    (State.ACCEPTED, Connecting): {State.ACCEPTED},
    (State.ACCEPTED, Released): {State.OPEN},
    (State.ACCEPTED, Contacted): {State.CONTACTED},
    (State.ACCEPTED, CalledAgain): {State.ACCEPTED},
    (State.ACCEPTED, Reported): {State.ACCEPTED},
    (State.ACCEPTED, Closed): {State.CLOSED},
    (State.ACCEPTED, Corrected): {State.ACCEPTED},
    (State.ACCEPTED, Silenced): {State.ACCEPTED},
    (State.CONTACTED, Ticked): {State.CONTACTED, State.ERASED, State.CLOSED},
    (State.CONTACTED, Reported): {State.CONTACTED},
    (State.CONTACTED, Needed): {State.CONTACTED},
    (State.CONTACTED, Arrived): {State.CONTACTED},
    (State.CONTACTED, Closed): {State.CLOSED},
    (State.CONTACTED, Corrected): {State.CONTACTED},
    (State.CONTACTED, Silenced): {State.CONTACTED},
    **{(state, LegStarted): {state} for state in State},
    **{(state, TalkEnded): {state} for state in State},
    (State.CLOSED, Ticked): {State.CLOSED, State.ERASED},
    (State.CLOSED, Reported): {State.CLOSED},
    (State.ERASED, Ticked): {State.ERASED},
    (State.ERASED, Reported): {State.ERASED},
}
PAIRS = [(state, kind) for state in State for kind in EVENTS]


def test_the_table_is_the_law_that_is_written_here() -> None:
    assert {key: set(row.to) for key, row in TABLE.items()} == LAW
    assert {(state, name): set(to) for state, name, to in allowed()} == {(s, k.__name__): to for (s, k), to in LAW.items()}


@pytest.mark.parametrize(("state", "kind"), [pair for pair in PAIRS if pair in LAW])
@pytest.mark.parametrize("after", [0.0, 901.0, 4000.0])
def test_an_event_that_is_allowed_leads_where_the_table_says(state: State, kind: type, after: float) -> None:
    there = in_state(state)
    if state is State.CONTACTED and kind in (Arrived, Closed, Corrected, Silenced):
        there.does(Needed("boyd"))  # only while somebody is awaited is there anything left to say or to close
    event = EVENTS[kind]
    if kind is Silenced:  # only an alarm that is on
        event = Silenced("scene" if state is State.CONTACTED else "overdue")
        there.request = replace(there.request, overdue=True, scene_by=there.now if state is State.CONTACTED else None)
    request, _ = step(there.request, event, there.context, there.now + after)
    assert request.state in LAW[state, kind]


@pytest.mark.parametrize(("state", "kind"), [pair for pair in PAIRS if pair not in LAW])
def test_an_event_that_is_not_allowed_raises_and_changes_nothing(state: State, kind: type) -> None:
    there = in_state(state)
    before = there.request
    with pytest.raises(NotAllowed, match=f"{state.value}.*{kind.__name__}"):
        there.does(EVENTS[kind])
    assert there.request is before


def test_who_has_it_and_accepts_again_is_texted_the_number_again_and_nobody_else_hears_of_it() -> None:
    there = walk().accepted_by("boyd").passes(60)
    since = len(there.went)
    assert there.does(Accepted("boyd")).told(since) == [("boyd", "text", "details")]
    since = len(there.went)
    assert there.does(Accepted("boyd", CALL)).told(since) == []


@pytest.mark.parametrize("later", [0, 60])
def test_an_acceptance_that_the_carrier_tells_us_of_twice_is_texted_once(later: float) -> None:
    there = walk().accepted_by("boyd").passes(later)
    there.does(Accepted("boyd"))
    since = len(there.went)
    assert there.passes(29).does(Accepted("boyd")).told(since) == []
    assert there.passes(1).does(Accepted("boyd")).told(since) == [("boyd", "text", "details")]


@pytest.mark.parametrize("event", [Accepted("crane"), Released("crane"), Contacted("crane")])
def test_nobody_takes_releases_or_finishes_what_somebody_else_has(event: Event) -> None:
    there = walk().accepted_by("boyd")
    with pytest.raises(NotAllowed):
        there.does(event)


# ---- accepted


def test_who_accepts_is_texted_the_details_and_who_else_was_paged_stands_down() -> None:
    there = walk().passes(240)
    since = len(there.went)
    assert sorted(there.accepted_by("crane").told(since)) == [("boyd", "text", "stand-down"), ("crane", "text", "details")]


def test_who_has_passed_is_not_told_to_stand_down() -> None:
    there = walk().does(Declined("boyd"))
    since = len(there.went)
    assert there.accepted_by("crane").told(since) == [("crane", "text", "details")]


def test_a_landline_that_was_paged_is_not_rung_up_to_stand_down() -> None:
    there = walk(place=Place("Auburn", "Lee", "D")).passes(240)
    since = len(there.went)
    assert there.accepted_by("ramsey").told(since) == [("ramsey", "text", "details")]


def test_a_page_that_still_waits_for_the_carrier_never_leaves_once_somebody_has_accepted() -> None:
    there = walk().passes(239)
    there.carrier_is_away = True
    there.passes(1).accepted_by("boyd")
    assert {m.status for m in there.request.messages if m.person == "crane"} == {Status.DROPPED}
    there.carrier_is_away = False
    assert there.does(Ticked()).told(2) == [("boyd", "text", "details")], "and who was never paged need not stand down"


@pytest.mark.parametrize("events", [[Closed("test")], [Released("crane"), Accepted("kirby")]])
def test_a_stand_down_that_waits_while_more_happens_is_told_once_all_the_same(events: list[Event]) -> None:
    there = walk().passes(10)
    there.carrier_is_away = True
    there.accepted_by("crane")
    for event in events:
        there.does(event)
    there.carrier_is_away = False
    since = len(there.went)
    told = there.does(Ticked()).told(since)
    assert [each for each in told if each[0] == "boyd"] == [("boyd", "text", "stand-down")]


def test_a_page_that_was_under_way_when_somebody_accepted_is_followed_by_one_stand_down() -> None:
    there = walk().passes(239)
    there.carrier_is_away = True
    there.passes(1).accepted_by("boyd")
    there.carrier_is_away = False
    text, call = there.last("crane", TEXT), there.last("crane", CALL)
    there.does(Reported(text.n, Status.SENT, sid="SMx")).does(Reported(call.n, Status.SENT, sid="CAx"))
    assert [each for each in there.told(2) if each[0] == "crane"] == [("crane", "text", "stand-down")]
    assert there.request.message(text.n).status is Status.SENT, "the status page says what happened"


def test_a_page_of_the_one_who_accepted_that_was_under_way_is_not_taken_back() -> None:
    there = walk().passes(89)
    there.carrier_is_away = True
    there.passes(1).accepted_by("boyd")
    there.carrier_is_away = False
    there.does(Reported(there.last("boyd", CALL).n, Status.SENT, sid="CAx"))
    assert there.told(1) == [("boyd", "text", "details")]


def test_a_page_that_was_dropped_and_did_fail_is_not_taken_back() -> None:
    there = walk().passes(239)
    there.carrier_is_away = True
    there.passes(1).accepted_by("boyd")
    there.carrier_is_away = False
    there.does(Reported(there.last("crane", TEXT).n, Status.FAILED, "refused 21610"))
    assert not [each for each in there.told() if each[0] == "crane"]


def test_after_an_acceptance_nobody_is_paged_but_at_the_time_of_the_policy_the_holder_is_reminded() -> None:
    there = walk().accepted_by("boyd")
    since = len(there.went)
    assert there.passes(479).told(since) == []
    assert there.passes(1).told(since) == [("boyd", "text", "remind")]


def test_details_that_could_not_be_texted_are_told_by_a_call() -> None:
    there = walk().accepted_by("boyd")
    since = len(there.went)
    assert there.fails("boyd", TEXT).told(since) == [("boyd", "call", "details")]


def test_a_failure_that_is_reported_twice_brings_one_call() -> None:
    there = walk().accepted_by("boyd")
    failed = Reported(there.last("boyd", TEXT).n, Status.FAILED, "undelivered 30003")
    since = len(there.went)
    assert there.does(failed).does(failed).told(since) == [("boyd", "call", "details")]


def test_details_for_who_has_opted_out_go_by_call_at_once() -> None:
    there = walk(ctx=context(no_text=frozenset({"boyd"})))
    assert there.accepted_by("boyd").told(1) == [("boyd", "call", "details")]


def test_who_accepted_by_key_and_reads_no_texts_hears_the_number_in_that_call() -> None:
    there = walk(ctx=context(no_text=frozenset({"boyd"})))
    assert there.accepted_by("boyd", via=CALL).told(1) == []


def test_a_reminder_that_could_not_be_texted_is_told_by_a_call() -> None:
    there = walk().accepted_by("boyd").passes(480)
    since = len(there.went)
    assert there.fails("boyd", TEXT).told(since) == [("boyd", "call", "remind")]


def test_details_that_fail_after_the_request_was_given_back_bring_no_call() -> None:
    there = walk().accepted_by("boyd")
    details = there.last("boyd", TEXT, Purpose.DETAILS)
    there.does(Released("boyd"))
    since = len(there.went)
    there.does(Reported(details.n, Status.FAILED, "undelivered 30003"))
    assert there.told(since) == []


def test_without_contact_it_goes_back_on_the_ladder_its_holder_is_told_and_asked_last() -> None:
    there = walk().accepted_by("boyd", after=60).passes(899)
    since = len(there.went)
    there.passes(1)
    assert there.request.state is State.OPEN
    assert there.request.accepted_by == ""
    assert there.told(since) == [("boyd", "text", "returned"), ("crane", "text", "page"), ("crane", "call", "page")]


def test_who_gives_it_back_is_not_told_so_and_the_next_is_paged_at_once() -> None:
    there = walk().accepted_by("boyd", after=60)
    since = len(there.went)
    assert there.does(Released("boyd")).told(since) == [("crane", "text", "page"), ("crane", "call", "page")]


def test_who_gave_it_back_may_take_it_again() -> None:
    there = walk().accepted_by("boyd").does(Released("boyd")).accepted_by("boyd")
    assert there.request.accepted_by == "boyd"
    assert there.told()[-1] == ("boyd", "text", "details")
    assert ("crane", "text", "stand-down") in there.told()


def test_whoever_stood_down_once_is_not_told_again_unless_they_were_paged_again() -> None:
    there = walk().passes(240).accepted_by("crane").does(Released("crane"))
    since = len(there.went)
    there.does(Declined("boyd"))
    assert [each[0] for each in there.told(since)] == ["kirby", "kirby", "ramsey", "ramsey"]
    since = len(there.went)
    there.accepted_by("kirby")
    assert sorted(there.told(since)) == [("kirby", "text", "details"), ("ramsey", "text", "stand-down")]
    since = len(there.went)
    assert there.does(Closed("reached")).told(since) == [("kirby", "text", "stand-down")]


def test_a_request_whose_holder_has_left_the_roster_still_goes_back_on_the_ladder() -> None:
    there = walk().accepted_by("boyd")
    people = {key: person for key, person in there.context.roster.people.items() if key != "boyd"}
    duties = tuple(duty for duty in there.context.roster.duties if duty.who != ("boyd",))
    there.context = replace(there.context, roster=replace(there.context.roster, people=people, duties=duties))
    since = len(there.went)
    there.passes(900)
    assert there.told(since) == [("crane", "text", "page"), ("crane", "call", "page")]


def test_a_request_is_accepted_though_somebody_who_was_paged_has_left_the_roster() -> None:
    there = walk().passes(240)
    people = {key: person for key, person in there.context.roster.people.items() if key != "boyd"}
    there.context = replace(there.context, roster=replace(there.context.roster, people=people))
    assert there.accepted_by("crane").told()[-1] == ("crane", "text", "details")


def test_a_page_that_waits_for_the_carrier_is_not_sent_to_who_has_passed() -> None:
    there = walk().passes(239)
    there.carrier_is_away = True
    there.passes(1).does(Declined("crane"))
    there.carrier_is_away = False
    assert not [each for each in there.does(Ticked()).told() if each[0] == "crane"]
    assert there.last("crane").status is Status.DROPPED


def test_an_acceptance_and_its_contact_in_one_write_leave_only_the_stand_downs_to_send() -> None:
    there = walk().passes(240)
    accepted, _ = step(there.request, Accepted("crane"), there.context, there.now)
    there.request = accepted
    since = len(there.went)
    assert there.does(Contacted("crane")).told(since) == [("boyd", "text", "stand-down")]


# ---- contacted, closed, erased


def test_contact_ends_the_paging_and_the_clocks() -> None:
    there = walk().accepted_by("boyd").does(Contacted("boyd"), after=60)
    since = len(there.went)
    assert there.request.contacted_at == T0 + 60
    assert there.request.due_at == T0 + 60 + 3600
    assert there.passes(3500).told(since) == []


@pytest.mark.parametrize("reason", CLOSING_REASONS)
def test_a_request_closed_while_open_stands_everybody_down_who_was_asked(reason: str) -> None:
    there = walk().passes(240)
    since = len(there.went)
    there.does(Closed(reason))
    assert there.request.closed_for == reason
    assert sorted(there.told(since)) == [("boyd", "text", "stand-down"), ("crane", "text", "stand-down")]
    assert there.passes(3000).told(since + 2) == []


def test_a_request_closed_while_somebody_has_it_tells_that_one() -> None:
    there = walk().passes(240).accepted_by("crane")
    since = len(there.went)
    assert there.does(Closed("duplicate")).told(since) == [("crane", "text", "stand-down")]


def test_erasure_takes_place_and_number_and_asks_the_carrier_to_forget_what_it_knows() -> None:
    there = in_state(State.CLOSED)
    before = there.request
    after, todo = step(before, Ticked(), there.context, before.erase_at or 0)
    assert (after.state, after.place, after.callback) == (State.ERASED, Place(), "")
    assert {m.sid for m in after.messages if m.status is Status.FORGETTING} == {m.sid for m in before.messages if m.sid}
    assert "CA1" in {m.sid for m in after.messages}, "the caller's own call, too"
    assert {m.status for m in after.messages if not m.sid} <= {Status.FORGOTTEN}
    assert {e.n for e in todo if isinstance(e, Send)} == {m.n for m in before.messages if m.sid}
    assert after.due_at is None


def test_nothing_is_erased_a_second_early() -> None:
    assert in_state(State.CLOSED).passes(3599.9).request.callback == CALLER


def test_a_message_whose_sid_comes_to_light_after_the_erasure_is_forgotten_too() -> None:
    there = walk()
    there.carrier_is_away = True
    there.accepted_by("boyd").does(Contacted("boyd")).passes(3600)
    details = there.last("boyd", TEXT, Purpose.DETAILS)
    assert details.status is Status.FORGOTTEN
    late = Reported(details.n, Status.DELIVERED, "delivered", "SM9")
    there.request, todo = step(there.request, late, there.context, there.now)
    assert there.request.message(details.n).status is Status.FORGETTING
    assert todo == (Send(details.n, there.now),)


def test_what_is_forgotten_stays_forgotten_whatever_receipt_comes() -> None:
    there = in_state(State.ERASED)
    for status in Status:
        there.does(Reported(1, Status.FORGOTTEN))
        assert there.does(Reported(1, status, "late", "SM1")).request.message(1).status is Status.FORGOTTEN


def test_a_carrier_that_is_not_ready_to_forget_is_asked_again() -> None:
    there = in_state(State.ERASED)
    there.request, todo = step(there.request, Reported(1, Status.FORGETTING, retry_at=there.now + 60), there.context, there.now)
    assert todo == (Send(1, there.now + 60),)


def test_a_text_that_the_carrier_took_twice_is_forgotten_twice() -> None:
    there = walk()
    first = Reported(0, Status.DELIVERED, "delivered", "SM-first")
    there.does(first).does(first)
    there.does(Closed("test")).passes(3600)
    assert sorted(m.sid for m in there.request.messages if m.status is Status.FORGETTING and m.purpose is Purpose.PAGE) == [
        "SM-first", "SM0",
    ]  # fmt: skip


def test_a_second_record_that_comes_to_light_after_the_erasure_is_forgotten_too() -> None:
    there = in_state(State.ERASED)
    there.request, todo = step(there.request, Reported(1, Status.DELIVERED, sid="SM-late"), there.context, there.now)
    (twin,) = [m for m in there.request.messages if m.sid == "SM-late"]
    assert twin.status is Status.FORGETTING
    assert todo == (Send(twin.n, there.now),)


# ---- called again


def test_a_second_call_tells_the_one_who_has_it_and_pages_nobody() -> None:
    there = walk().accepted_by("boyd")
    since = len(there.went)
    assert there.does(CalledAgain(OXFORD, CALLER, "CA2"), after=5).told(since) == [("boyd", "text", "again")]


def test_news_of_a_second_call_that_did_not_reach_the_holder_goes_by_call() -> None:
    there = walk().accepted_by("boyd").does(CalledAgain(OXFORD, CALLER, "CA2"), after=5)
    since = len(there.went)
    assert there.fails("boyd", TEXT).told(since) == [("boyd", "call", "again")]


def test_news_of_a_second_call_that_did_not_reach_somebody_who_does_not_have_it_brings_no_call() -> None:
    there = walk().does(CalledAgain(OXFORD, CALLER, "CA2"), after=5)
    since = len(there.went)
    again = there.last("boyd", TEXT, Purpose.AGAIN)
    assert there.does(Reported(again.n, Status.FAILED, "undelivered 30003")).told(since) == []


def test_a_second_call_brings_the_number_that_was_missing() -> None:
    there = walk(place=Place(), callback="", incomplete=True).does(CalledAgain(OXFORD, CALLER, "CA2"), after=5)
    assert (there.request.callback, there.request.place, there.request.incomplete) == (CALLER, OXFORD, False)


def test_a_second_call_with_a_place_but_still_no_number_leaves_it_incomplete() -> None:
    assert walk(place=Place(), callback="", incomplete=True).does(CalledAgain(OXFORD)).request.incomplete


def test_a_number_once_known_stays() -> None:
    assert walk().does(CalledAgain(OXFORD, "+12565550178")).request.callback == CALLER


def test_a_second_call_without_a_place_keeps_the_place() -> None:
    assert walk().does(CalledAgain(callback=CALLER)).request.place == OXFORD


def test_every_call_of_the_caller_is_remembered_once_so_that_its_record_can_be_deleted() -> None:
    there = walk(call_sid="CA1").does(CalledAgain(sid="CA2")).does(CalledAgain(sid="CA2"))
    assert [m.sid for m in there.request.messages if m.purpose is Purpose.INTAKE] == ["CA1", "CA2"]


# ---- receipts

RECEIPTS = (Status.SENT, Status.RINGING, Status.DELIVERED, Status.TALKING, Status.FAILED, Status.ANSWERED)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(RECEIPTS), max_size=8), st.randoms(use_true_random=False))
def test_receipts_may_come_twice_and_in_any_order_and_the_furthest_one_stands(receipts: list[Status], order: object) -> None:
    there, shuffled = walk(), walk()
    for status in receipts:
        there.does(Reported(0, status))
    doubled = receipts * 2
    order.shuffle(doubled)  # type: ignore[attr-defined]
    for status in doubled:
        shuffled.does(Reported(0, status))
    # DELIVERED and TALKING rank alike, and never belong to one message: whichever came first stands.
    alike = {Status.TALKING: Status.DELIVERED}
    ends = [alike.get(w.request.message(0).status, w.request.message(0).status) for w in (there, shuffled)]
    assert ends[0] == ends[1]


def test_a_late_delivery_receipt_does_not_bring_a_failed_text_to_life_nor_page_anybody_twice() -> None:
    there = walk().passes(5).fails("boyd")
    paged = there.pages()
    there.does(Reported(0, Status.SENT)).does(Reported(0, Status.DELIVERED)).does(Reported(0, Status.FAILED))
    assert there.pages() == paged
    assert there.request.message(0).status is Status.FAILED


def test_a_receipt_that_outruns_the_answer_to_the_send_settles_the_message() -> None:
    request, _ = opened(draft(), context(), T0)
    after, todo = step(request, Reported(0, Status.DELIVERED, "delivered", "SM1"), context(), T0)
    assert todo == (Settle(0),)
    final, todo = step(after, Reported(0, Status.SENT, sid="SM1"), context(), T0)
    assert (todo, final.message(0).status, final.message(0).sid) == ((), Status.DELIVERED, "SM1")


def test_a_message_that_the_carrier_did_not_take_is_put_off_and_counted() -> None:
    request, _ = opened(draft(), context(), T0)
    busy = Reported(0, Status.WAITING, "carrier busy", retry_at=T0 + 0.5)
    after, todo = step(request, busy, context(), T0)
    assert todo == (Send(0, T0 + 0.5),)
    assert after.message(0).tries == 1


def test_a_retry_reported_for_a_message_that_was_dropped_does_not_bring_it_back() -> None:
    there = walk().passes(239)
    there.carrier_is_away = True
    there.passes(1).accepted_by("boyd")
    crane = there.last("crane", TEXT)
    _, todo = step(there.request, Reported(crane.n, Status.WAITING, retry_at=there.now + 1), there.context, there.now)
    assert todo == ()


def test_a_receipt_for_a_message_that_is_not_there_raises_and_changes_nothing() -> None:
    there = walk()
    with pytest.raises(IndexError):
        there.does(Reported(99, Status.SENT))


# ---- effects


def _with(request: Request, n: int, **fields: object) -> Request:
    return request.with_changed(replace(request.message(n), **fields))  # type: ignore[arg-type]


def test_effects_are_what_began_to_wait_what_moved_and_what_no_longer_waits() -> None:
    request, todo = opened(draft(), context(), T0, call_sid="CA1")
    assert todo == (Send(1, T0),), "the caller's own call is not sent"
    assert effects(request, request) == ()
    assert effects(request, _with(request, 1, at=T0 + 3)) == (Send(1, T0 + 3),)
    assert effects(request, _with(request, 1, status=Status.SENT)) == (Settle(1),)
    assert effects(request, _with(request, 1, status=Status.FORGETTING)) == (Send(1, T0),)
    assert effects(request, _with(request, 1, word="busy")) == ()
    assert effects(request, _with(request, 1, tries=1)) == (Send(1, T0),), "put off, if only to the same instant"


@pytest.mark.parametrize("state", State)
def test_what_waits_is_exactly_what_the_effects_have_asked_for(state: State) -> None:
    there = in_state(state)
    there.carrier_is_away = True
    waiting: set[int] = {m.n for m in there.request.messages if m.status in PENDING}
    for event in (*EVENTS.values(), Ticked(), Closed("test"), Ticked()):
        there.now += 1000
        try:
            there.request, todo = step(there.request, event, there.context, there.now)
        except NotAllowed:
            continue
        waiting |= {e.n for e in todo if isinstance(e, Send)}
        waiting -= {e.n for e in todo if isinstance(e, Settle)}
        assert waiting == {m.n for m in there.request.messages if m.status in PENDING}


def test_only_who_has_the_request_is_sent_its_details_and_only_while_they_have_it() -> None:
    there = walk().accepted_by("boyd")
    details = there.last("boyd", TEXT, Purpose.DETAILS)
    assert wanted(there.request, details)
    assert not wanted(there.request, replace(details, person="crane"))
    there.does(Released("boyd"))
    assert not wanted(there.request, details)
    there.accepted_by("crane")
    assert not wanted(there.request, details)


def test_the_desk_may_take_a_request_itself() -> None:
    there = walk().passes(1440).accepted_by(DISPATCH, via=CALL)
    assert there.request.accepted_by == DISPATCH
    assert there.told()[-1][2] == "stand-down"
