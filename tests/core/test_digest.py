"""Digests, and which of several messages goes first."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.digest import Part, body, fitting
from bridge.core.model import DEAD, Message, Place, Purpose, Request, State, Status
from bridge.core.replies import Meaning, read_text
from bridge.core.segments import segments
from bridge.core.speech import Voice
from bridge.core.urgency import ORDER, joins, urgency
from bridge.settings import load
from tests.given import CALL, GADSDEN, OXFORD, T0, TEXT, context, draft

ROOT = Path(__file__).parents[2]
VOICE = Voice(load({"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_PUBLIC_URL": "http://127.0.0.1:1"}).wording, context())


def part(code: str, purpose: Purpose = Purpose.PAGE, **fields: Any) -> Part:
    """A message to Boyd about the request with this code."""
    states = {Purpose.PAGE: State.OPEN, Purpose.RETURNED: State.OPEN}
    given = {"state": states.get(purpose, State.ACCEPTED), "accepted_by": "boyd" if purpose in HOLDERS else "", **fields}
    return draft(id=f"r{code}", code=code, **given), Message(1, "boyd", TEXT, purpose, at=T0)


HOLDERS = (Purpose.DETAILS, Purpose.REMIND, Purpose.AGAIN, Purpose.CORRECTED)


def test_a_single_message_is_the_ordinary_text() -> None:
    assert body([part("412")], VOICE) == (
        "ALLEAPS 412: Oxford, Calhoun Co, Region G. Reply 1 to take it, 2 to pass. If several are open: 1 412"
    )


def test_pages_are_named_by_deadline_and_place_and_can_be_answered_in_one_text() -> None:
    said = body([part("412"), part("416", place=GADSDEN), part("413"), part("414", deadline_at=T0 + 1860)], VOICE)
    assert said == (
        "ALLEAPS, 4 open. By 2:34 AM: Oxford, Calhoun Co 412 413; Gadsden, Etowah Co 416. By 2:35 AM: Oxford, Calhoun Co 414. "
        "Reply 1 and codes to take them, 2 to pass, e.g. 1 412 416"
    )
    example = said.rpartition("e.g. ")[2]
    reply = read_text(example, T0)
    assert (reply.meaning, reply.codes) == (Meaning.ACCEPT, ("412", "416"))


def test_what_a_person_has_comes_with_its_number_and_what_is_over_comes_last() -> None:
    parts = [
        part("412", Purpose.DETAILS), part("413", Purpose.REMIND, callback=""), part("415", Purpose.STAND_DOWN),
        part("416", Purpose.STAND_DOWN), part("417", Purpose.RETURNED), part("418"), part("419", Purpose.AGAIN),
        part("420", Purpose.SCENE, scene_by=T0 + 7200, accepted_by="boyd"),
    ]  # fmt: skip
    assert body(parts, VOICE) == (
        "ALLEAPS, 1 open. By 2:34 AM: Oxford, Calhoun Co 418. Reply 1 and codes to take them, 2 to pass, e.g. 1 418 "
        "Yours: 412 call 256-555-0177 by 2:34 AM, Oxford, Calhoun Co; 413 call ALEA dispatch by 2:34 AM, Oxford, Calhoun Co; "
        "419 call 256-555-0177 by 2:34 AM, Oxford, Calhoun Co. Reply DONE or RELEASE with the code. "
        "Awaited on scene: 420 by 4:04 AM, Oxford, Calhoun Co. Reply ARRIVED with the code. "
        "No contact reported, given to others: 417. Stand down: 415, 416."
    )


def test_the_callback_number_is_only_for_who_has_the_request() -> None:
    others = [part(str(400 + n), purpose) for n, purpose in enumerate((Purpose.PAGE, Purpose.STAND_DOWN, Purpose.RETURNED))]
    again = (draft(id="r9", code="499"), Message(1, "boyd", TEXT, Purpose.AGAIN, at=T0))
    assert "0177" not in body([*others, again], VOICE)


def test_a_correction_says_to_each_what_it_is_to_them() -> None:
    asked = part("412", Purpose.CORRECTED, state=State.OPEN, accepted_by="")
    held = part("413", Purpose.CORRECTED)
    there = part("414", Purpose.CORRECTED, state=State.CONTACTED, scene_by=T0 + 7200)
    assert body([asked, held, there], VOICE) == (
        "ALLEAPS, 1 open. By 2:34 AM: Oxford, Calhoun Co 412. Reply 1 and codes to take them, 2 to pass, e.g. 1 412 "
        "Yours: 413 call 256-555-0177 by 2:34 AM, Oxford, Calhoun Co. Reply DONE or RELEASE with the code. "
        "Awaited on scene: 414 by 4:04 AM, Oxford, Calhoun Co. Reply ARRIVED with the code."
    )


def test_a_code_is_named_once_though_there_are_two_messages_about_it() -> None:
    request, page = part("412")
    again = replace(page, n=2, purpose=Purpose.AGAIN)
    assert body([(request, page), (request, again)], VOICE).count("Calhoun Co 412") == 1


def test_more_than_seventy_codes_of_one_place_fit_into_three_segments() -> None:
    parts = [part(str(500 + n)) for n in range(200)]
    fit, said = fitting(parts, VOICE, 3)
    assert fit > 70
    assert segments(said) == 3
    assert segments(body(parts[: fit + 1], VOICE)) == 4


@given(
    codes=st.lists(st.integers(200, 9999).map(str), min_size=1, max_size=60, unique=True),
    places=st.lists(st.sampled_from([OXFORD, GADSDEN, Place(), Place("Sørby “on” the Water", "Mobile", "A")]), min_size=60),
    purposes=st.lists(st.sampled_from([Purpose.PAGE, Purpose.DETAILS, Purpose.STAND_DOWN]), min_size=60),
    room=st.integers(1, 3),
)
def test_whatever_is_put_together_names_every_code_and_place_and_keeps_to_its_room(
    codes: list[str], places: list[Place], purposes: list[Purpose], room: int
) -> None:
    parts = [part(code, purpose, place=place) for code, place, purpose in zip(codes, places, purposes, strict=False)]
    fit, said = fitting(parts, VOICE, room)
    assert fit >= 1
    assert fit == 1 or segments(said) <= room
    named = re.findall(r"\d+", re.sub(r"\d{3}-\d{3}-\d{4}", "", said))  # a code may look like a part of a telephone number
    for request, message in parts[:fit]:
        assert request.code in named
        if message.purpose is not Purpose.STAND_DOWN:
            assert "2:34 AM" in said or fit == 1
            assert (request.place.label or "lace unknown").split()[-1] in said
    assert not {request.code for request, _ in parts[fit:]} & set(named)


# ---- which goes first


def page(code: str, opened_at: float, *before: Status, purpose: Purpose = Purpose.PAGE) -> float:
    """The urgency of a message of a request of which pages have been sent before."""
    earlier = tuple(Message(n, "crane", TEXT, Purpose.PAGE, at=T0, status=status) for n, status in enumerate(before))
    message = Message(len(before), "boyd", TEXT, purpose, at=T0)
    return urgency(replace(Request("r", code, opened_at, opened_at + 1800), messages=(*earlier, message)), message)


def test_of_two_first_pages_the_older_request_goes_first() -> None:
    assert page("412", T0) < page("413", T0 + 0.001)


def test_a_first_page_goes_before_every_repetition_and_every_reminder_however_old() -> None:
    first = page("413", T0 + 7 * 24 * 3600)
    assert first < page("412", T0, Status.SENT)
    for purpose in (Purpose.AGAIN, Purpose.CORRECTED, Purpose.RETURNED, Purpose.STAND_DOWN, Purpose.REMIND, Purpose.SCENE):
        assert first < page("412", T0, purpose=purpose)


@pytest.mark.parametrize("before", [*sorted(DEAD), Status.WAITING])
def test_a_page_that_never_left_makes_no_repetition_of_the_next_one(before: Status) -> None:
    assert page("412", T0, before) == page("412", T0)


def test_a_call_is_no_repetition_of_a_text() -> None:
    text, call = (
        Message(0, "boyd", TEXT, Purpose.PAGE, at=T0, status=Status.SENT),
        Message(1, "boyd", CALL, Purpose.PAGE, at=T0),
    )
    assert urgency(draft(messages=(text, call)), call) == T0


def test_who_asked_to_be_put_through_waits_for_nobody_and_is_never_put_together_with_others() -> None:
    assert page("413", T0 + 3600, purpose=Purpose.CONNECT) < page("412", T0)
    assert not joins(Message(0, "boyd", CALL, Purpose.CONNECT, at=T0))


def test_every_message_that_is_sent_has_its_place_in_the_order() -> None:
    assert set(ORDER) == set(Purpose) - {Purpose.INTAKE, Purpose.TALK}
