"""What is said, to whom: one segment a text, the callback number only to who has the request, and nothing that is not true."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from bridge.core import paged, speech
from bridge.core.events import CalledAgain, Declined, Released
from bridge.core.intake import Call, Ears, Stage
from bridge.core.messages import wanted
from bridge.core.model import Channel, Context, Message, Place, Purpose, Request, State, Status
from bridge.core.places import Gazetteer
from bridge.core.request import opened
from bridge.core.speech import Listen, Menu, Voice
from bridge.core.wording import SENTENCES
from bridge.settings import Settings, load
from tests.given import CALL, CALLER, OXFORD, T0, TEXT, Walk, draft, walk

NEVER_SAID = (Purpose.INTAKE, Purpose.TALK)
TEXTED = [p for p in Purpose if p not in (*NEVER_SAID, Purpose.OVERDUE, Purpose.SCENE_OVERDUE, Purpose.CONNECT)]
ABOUT_THE_SCENE = (Purpose.SCENE, Purpose.SCENE_OVERDUE)
LATEST = T0 + 8 * 3600 + 30 * 60  # 10:34 AM: as long as a time can be
LONGEST_CODE = "8888"
DIGITS = ("256-555-0177", "2565550177", "0177", "2 5 6", "0 1 7 7")

# GSM 03.38: the basic table is one septet each, the extension table two.
BASIC = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
            "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")  # fmt: skip
EXTENSION = set("^{}\\[~]|€\f")


def septets(body: str) -> int:
    assert set(body) <= BASIC | EXTENSION, f"not GSM-7: {set(body) - BASIC - EXTENSION}"
    return sum(2 if char in EXTENSION else 1 for char in body)


@cache
def sample() -> Settings:
    return load({"BRIDGE_CONFIG": str(Path(__file__).parents[2] / "config"), "BRIDGE_PUBLIC_URL": "http://127.0.0.1:1"})


@cache
def voice() -> Voice:
    return Voice(sample().wording, Context(sample().policy, sample().roster, sample().regions))


@cache
def places() -> tuple[Place, ...]:
    """Every place that a caller can come to."""
    region = {county: each.id for each in sample().regions.values() for county in each.counties}
    gazetteer = Gazetteer.load()
    known = {place for found in gazetteer.names.values() for place in found} | set(gazetteer.zips.values())
    named = {
        Place(f"{place.name} County" if place.kind == "county" else place.name, county, region[county])
        for place in known for county in place.counties
    }  # fmt: skip
    return (*sorted(named, key=str), *(Place(region=each) for each in sample().regions), Place())


LONGEST = max(sample().roster.people.values(), key=lambda person: len(person.name)).id


def standings(place: Place) -> Iterator[Request]:
    """A request from there, in every way it can stand, with everything as long as it can be."""
    for state, callback, hung_up in product((State.OPEN, State.ACCEPTED, State.CLOSED), (CALLER, ""), (False, True)):
        yield Request(
            "r1", LONGEST_CODE, LATEST - 1800, LATEST, place, callback, incomplete=True, hung_up=hung_up,
            state=state, accepted_by="" if state is State.OPEN else LONGEST,
            eta_at=LATEST if state is State.ACCEPTED else None, scene_by=LATEST, scene_people=9,
        )  # fmt: skip


def test_every_text_about_every_place_is_one_segment() -> None:
    assert len(places()) > 900
    for place in places():
        for request, purpose, person in product(standings(place), TEXTED, (LONGEST, "boyd")):
            body = paged.text(request, Message(1, person, TEXT, purpose, at=0), voice())
            assert septets(body) <= 160, body
            assert body == body.strip()
            assert "  " not in body


LONGEST_VALUES = {
    "code": LONGEST_CODE, "line": "833-219-2461", "number": "256-555-0177", "time": "10:34 AM", "who": "Capt. June Whitfield",
    "people": "9", "minutes": "15", "list": ", ".join(f"{code} Region G" for code in (412, 523, 634)),
}  # fmt: skip


@pytest.mark.parametrize("key", [key for key in SENTENCES if key.startswith("reply.")])
def test_every_answer_to_a_coordinator_is_one_segment_even_with_three_open(key: str) -> None:
    values = {name: LONGEST_VALUES[name] for name in SENTENCES[key]}
    assert septets(voice().wording.say(key, **values)) <= 160


def test_the_callback_number_is_texted_only_to_who_has_the_request() -> None:
    told = set()
    for request, purpose, person in product(standings(OXFORD), TEXTED, (LONGEST, "boyd")):
        message = Message(1, person, TEXT, purpose, at=0)
        if wanted(request, message) and any(part in paged.text(request, message, voice()) for part in DIGITS):
            told.add((request.state, purpose, person))
    for_holders = (Purpose.DETAILS, Purpose.REMIND, Purpose.AGAIN, Purpose.CORRECTED)
    assert told == {(State.ACCEPTED, purpose, LONGEST) for purpose in for_holders}


def test_who_picks_up_a_call_never_hears_the_callback_number_before_they_ask_for_it() -> None:
    for request, purpose, person in product(standings(OXFORD), Purpose, (LONGEST, "boyd")):
        if purpose not in NEVER_SAID:
            answer = paged.page_call(request, Message(1, person, CALL, purpose, at=0), voice())
            assert not [part for part in DIGITS if part in " ".join(answer.say)], (request.state, purpose)


@pytest.mark.parametrize("person", [LONGEST, "boyd"])
@pytest.mark.parametrize("purpose", [p for p in Purpose if p not in (*NEVER_SAID, *ABOUT_THE_SCENE)])
def test_whoever_picks_up_hears_what_is_true_now(purpose: Purpose, person: str) -> None:
    say = voice().wording.say
    closed, returned, taken = say("call.ended"), say("call.returned"), say("call.taken", who=voice().who(LONGEST))
    for request in standings(OXFORD):
        said = paged.page_call(request, Message(1, person, CALL, purpose, at=0), voice()).say
        over = request.state is State.CLOSED
        assert (closed in said) == over
        asked_again = purpose not in (Purpose.PAGE, Purpose.OVERDUE)
        assert (returned in said) == (request.state is State.OPEN and asked_again)
        told_who = request.state is State.ACCEPTED and person != LONGEST and purpose is not Purpose.OVERDUE
        assert (taken in said) == told_who


@pytest.mark.parametrize("purpose", ABOUT_THE_SCENE)
def test_a_call_about_the_scene_names_the_time_only_while_somebody_is_awaited(purpose: Purpose) -> None:
    awaited = draft(state=State.CONTACTED, accepted_by="boyd", scene_by=LATEST)
    for request in (awaited, replace(awaited, arrived_at=LATEST), replace(awaited, state=State.CLOSED)):
        said = " ".join(paged.page_call(request, Message(1, "boyd", CALL, purpose, at=0), voice()).say)
        assert ("10:34 AM" in said) == request.awaited
        assert (voice().wording.say("call.ended") in said) != request.awaited


def test_a_corrected_place_is_heard_by_who_is_awaited_there_and_one_key_says_that_they_have_arrived() -> None:
    awaited = draft(state=State.CONTACTED, accepted_by="boyd", scene_by=LATEST)
    answer = paged.page_call(awaited, Message(1, "boyd", CALL, Purpose.CORRECTED, at=0), voice())
    assert "has corrected your request 4 1 2. It is now Oxford, in Calhoun County, Region G" in answer.say[0]
    assert (answer.listen, answer.menu) == (Listen(keys=1), Menu.ARRIVED)


def test_the_number_is_heard_twice_digit_by_digit_on_a_key() -> None:
    answer = paged.number(draft(state=State.ACCEPTED, accepted_by="boyd"), voice())
    assert answer.say[0] == answer.say[1]
    assert "2 5 6, 5 5 5, 0 1 7 7" in answer.say[0]
    assert answer.listen == Listen(keys=1)


def test_where_nobody_knows_a_number_nobody_is_told_to_call_one() -> None:
    request = draft(callback="", state=State.ACCEPTED, accepted_by="boyd")
    assert paged.number(request, voice()).say[0] == voice().wording.say("call.no_number")
    assert "connected" not in " ".join(paged.number(request, voice()).say)
    for purpose in (Purpose.DETAILS, Purpose.REMIND, Purpose.AGAIN, Purpose.CORRECTED):
        assert "ALEA dispatch" in paged.text(request, Message(1, "boyd", TEXT, purpose, at=0), voice())


@pytest.mark.parametrize(("hung_up", "incomplete", "note"), [
    (False, False, ""), (True, True, "Caller hung up. "), (False, True, "Incomplete. "),
])  # fmt: skip
def test_a_page_says_that_the_caller_hung_up_or_that_something_is_missing(hung_up: bool, incomplete: bool, note: str) -> None:
    request = draft(hung_up=hung_up, incomplete=incomplete)
    for body in (paged.text(request, Message(0, "boyd", TEXT, Purpose.PAGE, 0), voice()),
                 " ".join(paged.page_call(request, Message(0, "boyd", CALL, Purpose.PAGE, 0), voice()).say)):  # fmt: skip
        assert [each for each in ("Caller hung up. ", "Incomplete. ") if each in body] == ([note] if note else [])


def test_a_region_or_a_person_that_is_gone_from_the_files_still_leaves_something_to_say() -> None:
    request = draft(place=replace(OXFORD, region="Z"), state=State.ACCEPTED, accepted_by="gone")
    for purpose in TEXTED:
        assert "412" in paged.text(request, Message(0, "boyd", TEXT, purpose, 0), voice())
    assert voice().place(Place(region="Z")) == "Place unknown"


# ---- the caller


def promised(there: Walk, *, again: bool = False) -> str:
    return speech.promise(there.request, again, replace(voice(), context=there.context), there.now).say[0]


def test_the_promise_names_the_region_and_the_time_on_the_wall() -> None:
    said = promised(walk())
    assert "Region G" in said
    assert "2:34 AM" in said


def test_the_promise_names_the_region_only_where_one_of_its_coordinators_is_being_paged() -> None:
    there = walk(place=Place("Tuscumbia", "Colbert", "E"))
    assert {page[1] for page in there.pages()} == {"kirby"}
    assert "Region" not in promised(there)
    assert "2:34 AM" in promised(there)


def test_without_a_region_no_region_is_promised() -> None:
    assert "Region" not in promised(walk(place=Place(), incomplete=True))


def test_who_calls_again_hears_how_it_stands() -> None:
    there = walk().does(CalledAgain(OXFORD))
    assert "already open" in promised(there, again=True)
    there.accepted_by("boyd")
    assert "already has your request" in promised(there, again=True)
    there.does(Released("boyd")).does(Declined("crane"))
    assert "already open" in promised(there, again=True)
    there.now = there.request.deadline_at
    assert "late" in promised(there, again=True)


def test_no_time_is_promised_that_has_passed() -> None:
    there = walk()
    there.now = there.request.deadline_at
    assert "2:34" not in promised(there)
    assert "2:34" not in promised(there, again=True)


@pytest.mark.parametrize(
    ("caller_id", "callback", "asked", "key"),
    [
        (CALLER, "", True, "caller.put_through"),
        (CALLER, "", False, "caller.failed_with_number"),
        (CALLER, CALLER, False, "caller.failed_with_number"),
        (CALLER, "+12565550178", False, "caller.failed_with_typed"),
        ("", "+12565550178", False, "caller.failed_with_typed"),
        ("", "", False, "caller.failed_no_number"),
    ],
)
def test_one_true_sentence_comes_before_a_dispatcher_is_dialled(caller_id: str, callback: str, asked: bool, key: str) -> None:
    answer = speech.put_through(voice(), Call("CA1", "r1", caller_id=caller_id, callback=callback, asked=asked))
    assert answer == speech.Answer((voice().wording.say(key),), dial=True)


def test_where_no_dispatcher_answers_and_no_number_is_known_it_is_asked_for_and_help_is_named() -> None:
    answer = speech.no_dispatcher(voice(), draft(callback=""), T0)
    assert "9 1 1" in answer.say[0]
    assert "9 8 8" in answer.say[0]
    assert answer.listen == Listen(keys=10, words=True)


def test_every_question_listens_and_every_other_stage_asks_nothing() -> None:
    ears = Ears(Gazetteer.load(), voice().context, frozenset())
    for stage in Stage:
        call = Call("CA1", "r1", caller_id=CALLER, callback=CALLER, stage=stage, place=OXFORD)
        if stage in (Stage.COMPLETE, Stage.PUT_THROUGH, Stage.TOLD, Stage.WAITING):
            with pytest.raises(KeyError):
                speech.question(call, voice(), ears)
        else:
            answer = speech.question(replace(call, trouble="caller.not_heard"), voice(), ears)
            assert answer.say[0] == voice().wording.say("caller.not_heard")
            assert answer.listen is not None


def test_the_greeting_names_the_line_zero_the_question_and_both_emergency_numbers() -> None:
    said = " ".join(speech.greeting(Call("CA1", "r1"), voice(), Ears(Gazetteer.load(), voice().context, frozenset())).say)
    for words in ("not recorded", "0", "ZIP", "9 1 1", "9 8 8"):
        assert words.casefold() in said.casefold()
    first_words = said[: said.index("If anyone")].split()
    assert len(first_words) / 2.5 < 14, "said in about ten seconds"


def test_a_text_is_made_when_it_leaves_and_not_before() -> None:
    request, _ = opened(draft(), walk().context, T0)
    moved = replace(request, place=Place("Gadsden", "Etowah", "F"))
    assert "Gadsden" in paged.text(moved, request.message(0), voice())
    assert request.message(0).channel is Channel.TEXT
    assert request.message(0).status is Status.WAITING
