"""The status page says what is true, in words, and nothing more."""

from dataclasses import replace

import pytest

from bridge.core.board import Board, Row, rows
from bridge.core.board_words import Tone, clock, countdown, length, line, minutes, moment, zone
from bridge.core.events import (
    Accepted,
    Arrived,
    Closed,
    Connecting,
    Contacted,
    Declined,
    Event,
    LegStarted,
    Needed,
    Reported,
    Ticked,
)
from bridge.core.model import Channel, Context, Message, Place, Policy, Purpose, Region, Request, Rung, State, Status, Who
from bridge.core.request import opened, step
from bridge.core.rota import DISPATCH, Duty, Person, Roster

T0 = 1_795_335_245.0  # 2026-11-22 02:14:05 CST
TEXT, CALL = Channel.TEXT, Channel.CALL
LADDER = (Rung(0, Who.ON_CALL, (TEXT,)), Rung(90, Who.ON_CALL, (CALL,)), Rung(240, Who.BACKUP, (TEXT, CALL)))
PEOPLE = {
    "boyd": Person("boyd", "Sgt. Boyd", "+12565550110"),
    "reyes": Person("reyes", "Lt. Reyes", "+12565550111"),
    DISPATCH: Person(DISPATCH, "ALEA dispatch", "+13345550100", text=False),
}
CONTEXT = Context(
    Policy(LADDER),
    Roster(PEOPLE, (Duty("G", "on-call", ("boyd",)), Duty("G", "backup", ("reyes",))), ()),
    {"G": Region("G", "Region G", "the east", ("Calhoun",), ())},
)
NEW = Request("r1", "412", T0, T0 + 1800, Place("Oxford", "Calhoun", "G"), callback="+12565550137")


def lived(*events: Event, at: float = T0, request: Request = NEW) -> Request:
    """The request after these events, all at one instant."""
    after, _ = opened(request, CONTEXT, request.opened_at)
    for event in events:
        after, _ = step(after, event, CONTEXT, at)
    return after


def row(request: Request, at: float = T0) -> Row:
    """Its row."""
    return rows([request], CONTEXT, at)[0]


def words(row: Row) -> tuple[str, ...]:
    """What is happening now."""
    return tuple(doing.words for doing in row.doing)


def test_a_row_names_the_request_and_masks_the_number() -> None:
    shown = row(lived(), T0 + 100)
    assert (shown.code, shown.place, shown.county, shown.region) == ("412", "Oxford", "Calhoun County", "Region G")
    assert shown.callback == "•••-•••-••37"
    assert shown.seconds_left == 1700
    assert "5550137" not in repr(shown)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (Place("Calhoun County", "Calhoun", "G"), ("Calhoun County", "", "Region G")),
        (Place("", "Calhoun", "G"), ("Calhoun County", "", "Region G")),
        (Place("", "", "G"), ("Place not known", "", "Region G")),
        (Place(), ("Place not known", "", "")),
    ],
)
def test_what_is_known_of_a_place_is_said_once(place: Place, said: tuple[str, str, str]) -> None:
    shown = row(replace(NEW, place=place))
    assert (shown.place, shown.county, shown.region) == said


def test_a_text_that_the_carrier_took_is_not_called_delivered() -> None:
    assert words(row(lived())) == ("text to Sgt. Boyd (on call): not sent yet",)
    assert words(row(lived(Reported(0, Status.SENT)))) == ("text to Sgt. Boyd (on call): with the carrier",)
    assert words(row(lived(Reported(0, Status.DELIVERED, "delivered")))) == ("text to Sgt. Boyd (on call): delivered",)


def test_what_happens_now_says_which_call_in_which_duty_and_since_when() -> None:
    request = lived(Reported(0, Status.FAILED, "busy"))
    request = replace(request, messages=(*request.messages, replace(request.messages[1], n=2, changed_at=T0 + 5)))
    newest, older = row(request).doing[0], row(request).doing[-1]
    assert (newest.words, newest.at) == ("2nd call to Sgt. Boyd (on call): not sent yet", T0 + 5)
    assert newest == older  # of two calls to the same person only the latest is under way


@pytest.mark.parametrize(("nth", "said"), [(2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (22, "22nd")])
def test_calls_are_counted_as_people_count(nth: int, said: str) -> None:
    request = lived()
    page = request.messages[0]
    request = replace(request, messages=tuple(replace(page, n=n) for n in range(nth)))
    assert words(row(request)) == (f"{said} text to Sgt. Boyd (on call): not sent yet",)


def test_an_alarm_sounds_until_it_is_silenced_and_is_on_for_longer() -> None:
    late = row(lived(Ticked(), at=T0 + 1801), T0 + 1801)
    assert late.alarms == late.sounding == ("overdue",)
    quiet = row(replace(lived(Ticked(), at=T0 + 1801), silenced=frozenset({"overdue"})), T0 + 1801)
    assert (quiet.alarms, quiet.sounding) == (("overdue",), ())


def test_whom_the_next_rung_pages_is_said_before_a_dispatcher_asks_for_it() -> None:
    assert row(lived()).next_page == "on call: Sgt. Boyd, by call"
    assert row(lived(Accepted("boyd"))).next_page == ""


def test_a_failure_says_why_and_the_next_page_is_shown_at_once() -> None:
    shown = row(lived(Reported(0, Status.FAILED, "undelivered 30003")))
    assert [said.said for said in shown.lines] == [
        "not sent yet",
        "failed: undelivered, phone off or out of reach (30003)",
    ]
    assert [said.tone for said in shown.lines] == [Tone.BUSY, Tone.BAD]
    assert words(shown) == ("call to Sgt. Boyd (on call): not sent yet",)


@pytest.mark.parametrize(
    ("status", "word", "said"),
    [
        (Status.FAILED, "", "failed"),
        (Status.FAILED, "no-answer", "failed: no answer"),
        (Status.FAILED, "refused 21610", "failed: refused, opted out of texts (21610)"),
        (Status.FAILED, "undelivered 30999", "failed: undelivered (30999)"),
        (Status.FAILED, "30999", "failed: carrier code 30999"),
        (Status.DROPPED, "", "not sent, no longer needed"),
        (Status.ANSWERED, "pressed 1", "answered, pressed 1"),
        (Status.TALKING, "in-progress", "picked up, no key pressed yet"),
        (Status.RINGING, "ringing", "ringing"),
    ],
)
def test_how_far_a_message_has_come(status: Status, word: str, said: str) -> None:
    message = Message(0, "boyd", CALL, Purpose.PAGE, T0, status=status, word=word)
    assert line(message, "Sgt. Boyd").said == said


def test_a_carrier_that_does_not_take_a_message_is_named_as_the_trouble() -> None:
    request = lived(Reported(0, Status.WAITING, "carrier busy", retry_at=T0 + 1))
    assert row(request).lines[0].said == "carrier did not take it once, trying again"
    assert row(request).lines[0].tone is Tone.BAD


def test_who_has_passed_is_not_shown_as_being_asked() -> None:
    shown = row(lived(Reported(0, Status.DELIVERED), Declined("boyd")))
    assert shown.passed == ("Sgt. Boyd",)
    assert shown.lines[-1].said == "delivered, passed"
    assert all("Boyd" not in said for said in words(shown))


def test_the_next_rung_is_named_with_who_is_on_duty_then() -> None:
    following = row(lived()).following
    assert [(step.what, step.at - T0) for step in following] == [
        ("on call: Sgt. Boyd, by call", 90),
        ("deadline: dispatch is called", 1800),
    ]


def test_a_ladder_that_starts_over_says_so() -> None:
    request = lived(Ticked(), at=T0 + 90)
    request, _ = step(request, Ticked(), CONTEXT, T0 + 240)
    assert row(request).following[0].what == "from the start: on call: Sgt. Boyd, by text"


def test_a_rung_without_anybody_says_so() -> None:
    request = replace(NEW, fired=2, next_at=T0 + 5, place=Place())
    assert row(request).following[0].what == "backup: nobody to page"


def test_a_region_that_left_the_configuration_breaks_nothing() -> None:
    request = replace(NEW, place=Place("Oxford", "Calhoun", "Q"), next_at=T0 + 5)
    shown = row(request)
    assert (shown.region, shown.following[0].what) == ("Q", "on call: region not in the configuration any more")


def test_an_accepted_request_says_by_whom_and_what_happens_without_contact() -> None:
    shown = row(lived(Accepted("boyd"), at=T0 + 60))
    assert shown.state is State.ACCEPTED
    assert (shown.accepted_by, shown.accepted_at) == ("Sgt. Boyd", T0 + 60)
    assert words(shown) == ("Sgt. Boyd has it, no contact reported yet",)
    assert [step.what for step in shown.following] == [
        "Sgt. Boyd is reminded to report contact",
        "paging starts again, if no contact is reported",
        "deadline: dispatch is called",
    ]


def test_a_deadline_that_passed_is_overdue_even_if_no_clock_has_marked_it() -> None:
    request = lived()
    assert not row(request, T0 + 1799.9).overdue
    assert row(request, T0 + 1800).overdue


def test_a_contact_after_the_deadline_is_late_and_not_overdue() -> None:
    request = lived(Ticked(), Accepted("boyd"), Contacted("boyd"), at=T0 + 2000)
    shown = row(request, T0 + 9000)
    assert (shown.overdue, shown.late, shown.live) == (False, True, False)
    assert words(shown) == ("Sgt. Boyd has reached the caller",)
    assert shown.erase_at == T0 + 2000 + CONTEXT.policy.erase_after


def test_the_alarm_call_to_dispatch_stands_before_the_pages() -> None:
    request = lived(Ticked(), at=T0 + 1800)
    alarm = next(m.n for m in request.messages if m.purpose is Purpose.OVERDUE)
    request, _ = step(request, Reported(alarm, Status.RINGING), CONTEXT, T0 + 1801)
    assert words(row(request, T0 + 1801))[0] == "call to ALEA dispatch: ringing"


def test_a_closed_request_says_for_what() -> None:
    assert words(row(lived(Closed("test")))) == ("Closed: A test or a drill",)


def test_what_is_most_urgent_stands_first() -> None:
    def made(code: str, opened_at: float, *events: Event) -> Request:
        request = replace(NEW, id=code, code=code, opened_at=opened_at, deadline_at=opened_at + 1800)
        return lived(*events, at=T0, request=request)

    shuffled = [
        made("ended", T0 - 3000, Closed("test")),
        made("taken", T0 - 3500, Accepted("boyd")),
        made("young", T0 - 10),
        made("older", T0 - 900),
        made("late", T0 - 1900),
    ]
    assert [shown.code for shown in rows(shuffled, CONTEXT, T0)] == ["late", "older", "young", "taken", "ended"]


def test_the_caller_s_own_call_is_nobody_s_page() -> None:
    request, _ = opened(NEW, CONTEXT, T0, call_sid="CA1")
    assert [said.who for said in row(request).lines] == ["Sgt. Boyd"]


def test_time_alone_changes_nothing_that_a_page_would_fetch_again() -> None:
    def board(now: float) -> Board:
        return Board(now, tuple(rows([lived()], CONTEXT, now)), (), ())

    assert board(T0).timeless == board(T0 + 60).timeless
    assert board(T0).timeless != board(T0 + 1800).timeless  # it is overdue then
    assert board(T0).timeless != board(T0 + 24 * 3600).timeless


def test_times_are_alabama_s_summer_and_winter() -> None:
    assert (clock(T0, T0), clock(T0, T0, seconds=True), zone(T0)) == ("02:14", "02:14:05", "CST")
    assert clock(T0 - 24 * 3600, T0) == "Sat 02:14"
    summer = 1_783_000_000.0
    assert (clock(summer, summer), zone(summer)) == ("08:46", "CDT")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1800, "30:00"), (59.9, "0:59"), (0.9, "0:00"), (0, "0:00"), (-0.1, "+0:01"), (-185, "+3:05"), (3723, "1:02:03")],
)
def test_a_countdown_is_never_too_hopeful(seconds: float, said: str) -> None:
    assert countdown(seconds) == said


def test_lengths_of_time_in_words() -> None:
    assert [minutes(s) for s in (30, 60, 700)] == ["less than a minute", "1 minute", "11 minutes"]


# ---- the second promise, and when they will call


def test_a_time_of_arrival_is_shown_while_it_is_awaited() -> None:
    request = lived(Accepted("boyd", eta=T0 + 600))
    assert row(request).eta_at == T0 + 600
    request, _ = step(request, Contacted("boyd"), CONTEXT, T0 + 60)
    assert row(request).eta_at is None


def test_who_is_needed_on_scene_is_counted_down_beside_the_first_promise() -> None:
    shown = row(lived(Accepted("boyd"), Needed("boyd", 2)), T0 + 100)
    assert shown.scene is not None
    assert (shown.scene.people, shown.scene.by, shown.scene.seconds_left) == (2, T0 + 10800, 10700)
    assert (shown.kind, shown.scene.awaited, shown.scene.overdue) == ("accepted", True, False)
    assert [said.what for said in shown.following][-2:] == [
        "Sgt. Boyd is reminded to be on scene",
        "scene deadline: dispatch is called",
    ]


def test_a_caller_who_was_reached_is_not_done_while_somebody_is_awaited_on_scene() -> None:
    request = lived(Accepted("boyd"), Needed("boyd"), Contacted("boyd"))
    shown = row(request, T0 + 10_799)
    assert (shown.live, shown.kind, shown.overdue) == (True, "scene", False)
    late = row(request, T0 + 10_800)
    assert late.scene is not None
    assert late.scene.overdue
    request, _ = step(request, Arrived("boyd"), CONTEXT, T0 + 10_900)
    there = row(request, T0 + 11_000)
    assert there.scene is not None
    assert (there.live, there.kind, there.scene.arrived_at, there.scene.overdue) == (False, "contacted", T0 + 10_900, False)
    assert words(there) == ("Sgt. Boyd has reached the caller and is on scene",)


def test_the_alarm_about_the_scene_stands_before_everything_else() -> None:
    request = lived(Accepted("boyd"), Needed("boyd"), Contacted("boyd"))
    request, _ = step(request, Ticked(), CONTEXT, T0 + 10_800)
    shown = row(request, T0 + 10_801)
    assert words(shown) == ("call to ALEA dispatch: not sent yet", "Sgt. Boyd has reached the caller")
    assert "on-scene alarm" in {said.about for said in shown.lines}
    assert [said.what for said in shown.following] == ["dispatch is called again"]


def test_what_is_awaited_on_scene_stands_with_what_is_accepted_by_its_own_deadline() -> None:
    scene = replace(lived(Accepted("boyd"), Needed("boyd"), Contacted("boyd")), id="s", code="scene")
    taken = replace(lived(Accepted("boyd")), id="t", code="taken")
    assert [shown.code for shown in rows([scene, replace(NEW, code="open"), taken], CONTEXT, T0)] == ["open", "taken", "scene"]


def test_talks_through_the_line_are_counted_and_their_records_are_nobody_s_page() -> None:
    request = lived(Accepted("boyd"), Connecting("boyd"), LegStarted("CA7"))
    assert row(request).talks == 1
    assert {said.who for said in row(request).lines} == {"Sgt. Boyd"}


def test_the_board_is_the_same_a_second_later_while_somebody_is_awaited_on_scene() -> None:
    request = lived(Accepted("boyd"), Needed("boyd"))
    first, second = (Board(at, (row(request, at),), (), ()) for at in (T0 + 5, T0 + 6))
    assert first != second
    assert first.timeless == second.timeless


# ---- words


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (0, "02:14"),
        (20 * 3600, "22:14"),
        (22 * 3600, "Mon 00:14"),
        (6 * 86400, "Sat 02:14"),
        (7 * 86400, "Sun Nov 29 02:14"),
        (-86400, "Sat Nov 21 02:14"),
        (-21 * 86400 - 3600, "Sun Nov 1 01:14 CST"),
        (-21 * 86400 - 7200, "Sun Nov 1 01:14 CDT"),
    ],
)
def test_a_moment_says_as_much_of_the_date_as_it_takes(later: float, said: str) -> None:
    assert moment(T0 + later, T0) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (20, "less than a minute"),
        (60, "1 minute"),
        (5400, "1 hour 30 minutes"),
        (216_000, "2 days 12 hours"),
        (86_460, "1 day 1 minute"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert length(seconds) == said
