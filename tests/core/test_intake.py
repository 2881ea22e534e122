"""The talk with a caller, told as dialogues: what is answered, and where that leads."""

from dataclasses import replace
from functools import cache
from itertools import cycle, islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.intake import MOST_TURNS, Call, Ears, Heard, Stage, hear
from bridge.core.model import Context, Place
from bridge.core.places import Gazetteer
from bridge.settings import load

CALLER, OTHER, LINE = "+12565550177", "+12565550178", "+18335550100"
SILENCE = Heard()
S = Stage


def keys(digits: str) -> Heard:
    return Heard(digits=digits)


def says(words: str, confidence: float | None = 0.9) -> Heard:
    return Heard(speech=words, confidence=confidence)


@cache
def ears() -> Ears:
    known = load({"BRIDGE_CONFIG": str(Path(__file__).parents[2] / "config"), "BRIDGE_PUBLIC_URL": "http://127.0.0.1:1"})
    return Ears(Gazetteer.load(), Context(known.policy, known.roster, known.regions), frozenset({LINE}))


def talk(*answers: Heard, caller_id: str = CALLER) -> Call:
    """A call after these answers; it stops, as the caller would, where nothing is asked any more."""
    call = Call("CA1", "r1", caller_id=caller_id, withheld=not caller_id)
    for answer in answers:
        assert call.stage not in (S.COMPLETE, S.PUT_THROUGH, S.TOLD), "nothing was asked"
        call = hear(call, answer, ears())
    return call


DIALOGUES = {
    "ZIP, yes, this number": (("36203", "1", "1"), S.COMPLETE, "Oxford", CALLER),
    "ZIP, yes, another number, yes": (("36203", "1", "2565550178", "1"), S.COMPLETE, "Oxford", OTHER),
    "another number after saying no to this one": (("36203", "1", "2", "2565550178", "1"), S.COMPLETE, "Oxford", OTHER),
    "another number, wrong, another again": (("36203", "1", "2565550179", "2", "2565550178", "1"), S.COMPLETE, "Oxford", OTHER),
    "a one before the number": (("36203", "1", "12565550178", "1"), S.COMPLETE, "Oxford", OTHER),
    "ZIP, no, another ZIP": (("36203", "2", "35901", "1", "1"), S.COMPLETE, "Gadsden", CALLER),
    "the ZIP of another state, then ours": (("30301", "36203", "1", "1"), S.COMPLETE, "Oxford", CALLER),
    "a ZIP that nobody has, then ours": (("36200", "36203", "1", "1"), S.COMPLETE, "Oxford", CALLER),
    "in words": (("=oxford", "=yes", "=that is right"), S.COMPLETE, "Oxford", CALLER),
    "in a whole sentence": (("=uh i'm in oxford alabama", "=yeah", "=correct"), S.COMPLETE, "Oxford", CALLER),
    "a county in words": (("=saint clair county", "1", "1"), S.COMPLETE, "St. Clair County", CALLER),
    "keys after words": (("=mumble", "36203", "1", "1"), S.COMPLETE, "Oxford", CALLER),
    "silence, then the ZIP": (("", "36203", "1", "1"), S.COMPLETE, "Oxford", CALLER),
    "silence at every question, once": (("", "36203", "", "1", "", "1"), S.COMPLETE, "Oxford", CALLER),
    "two failures, then the region by its key": (("", "", "7", "1", "1"), S.COMPLETE, "", CALLER),
}


@pytest.mark.parametrize("told", DIALOGUES)
def test_a_dialogue_ends_with_a_place_and_a_number(told: str) -> None:
    answers, stage, label, number = DIALOGUES[told]
    call = talk(*(says(a[1:]) if a.startswith("=") else keys(a) for a in answers))
    assert (call.stage, call.place.label, call.number, call.confirmed) == (stage, label, number, True)


@pytest.mark.parametrize(
    ("answers", "stage"),
    [
        (("36203",), S.CONFIRM_PLACE),
        (("36203", "1"), S.OFFER_NUMBER),
        (("36203", "2"), S.COUNTY),
        (("36203", "9"), S.CONFIRM_PLACE),
        (("36203", "11"), S.CONFIRM_PLACE),
        (("36203", "1", "2"), S.NUMBER),
        (("36203", "1", "9"), S.OFFER_NUMBER),
        (("36203", "1", "2565550178"), S.CONFIRM_NUMBER),
        (("36203", "1", "2565550178", "2"), S.NUMBER),
        (("36203", "1", "2565550178", "7"), S.CONFIRM_NUMBER),
        (("",), S.COUNTY),
        (("", ""), S.ZIP),
        (("", "", ""), S.PUT_THROUGH),
        (("12", "", "9"), S.PUT_THROUGH),
        (("", "", "8"), S.PUT_THROUGH),
        (("36203", "", ""), S.CONFIRM_PLACE),
        (("36203", "", "", ""), S.PUT_THROUGH),
        (("36203", "1", "", ""), S.OFFER_NUMBER),
        (("36203", "1", "", "", ""), S.PUT_THROUGH),
        (("36203", "1", "2565550178", "", "", ""), S.PUT_THROUGH),
    ],
)
def test_each_answer_leads_to_its_question(answers: tuple[str, ...], stage: Stage) -> None:
    assert talk(*map(keys, answers)).stage is stage


AT = {
    S.PLACE: (),
    S.COUNTY: ("",),
    S.ZIP: ("", ""),
    S.CONFIRM_PLACE: ("36203",),
    S.OFFER_NUMBER: ("36203", "1"),
    S.NUMBER: ("36203", "1", "2"),
    S.CONFIRM_NUMBER: ("36203", "1", "2565550178"),
}
A_PERSON = ["operator", "Dispatcher, please.", "can I talk to a real person", "I'd like to speak to someone", "help me"]


@pytest.mark.parametrize("stage", AT)
@pytest.mark.parametrize("answer", [keys("0"), *map(says, A_PERSON)], ids=lambda h: h.text)
def test_zero_or_asking_for_a_person_puts_the_caller_through_at_every_question(stage: Stage, answer: Heard) -> None:
    call = talk(*map(keys, AT[stage]))
    assert call.stage is stage
    call = hear(call, answer, ears())
    assert (call.stage, call.asked) == (S.PUT_THROUGH, True)


@pytest.mark.parametrize("stage", AT)
def test_failing_at_every_question_puts_the_caller_through_who_did_not_ask_for_it(stage: Stage) -> None:
    call = talk(*map(keys, AT[stage]))
    for _ in range(3):
        if call.stage is not S.PUT_THROUGH:
            call = hear(call, SILENCE, ears())
    assert (call.stage, call.asked) == (S.PUT_THROUGH, False)


@pytest.mark.parametrize("words", ["helena", "dispatch road", "the person county", "somebody's house in oxford", ""])
def test_a_word_among_others_is_not_a_wish_for_a_person(words: str) -> None:
    assert not talk(says(words)).asked


def test_star_says_the_question_again_and_is_no_failure() -> None:
    for stage, answers in AT.items():
        before = talk(*map(keys, answers))
        after = hear(before, keys("*"), ears())
        assert after == replace(before, turn=before.turn + 1, trouble="")
        assert after.stage is stage


def test_a_failure_says_what_was_wrong() -> None:
    troubles = [
        talk(SILENCE), talk(says("gibberish blah")), talk(says("atlanta georgia")), talk(keys("30301")),
        talk(keys("36203"), keys("1"), keys("9005550100")), talk(says("jackson")),
    ]  # fmt: skip
    assert [call.trouble.removeprefix("caller.") for call in troubles] == [
        "not_heard", "not_understood", "outside", "outside", "bad_number", "several",
    ]  # fmt: skip


def test_trouble_is_over_with_the_next_good_answer() -> None:
    assert talk(SILENCE, keys("36203")).trouble == ""


# ---- the place


def test_a_place_that_was_called_wrong_three_times_is_not_paged_to() -> None:
    call = talk(keys("36203"), keys("2"), says("oxford"), keys("2"), keys("36203"), keys("2"))
    assert (call.stage, call.place, call.confirmed) == (S.PUT_THROUGH, Place(), False)


def test_a_place_that_was_neither_confirmed_nor_denied_is_kept_as_the_best_that_is_known() -> None:
    call = talk(keys("36203"), SILENCE, SILENCE, SILENCE)
    assert (call.stage, call.place.region, call.confirmed) == (S.PUT_THROUGH, "G", False)


@pytest.mark.parametrize(
    ("name", "county", "place"),
    [
        ("warrior", "jefferson", Place("Warrior", "Jefferson", "G")),
        ("warrior", "blount county", Place("Warrior", "Blount", "F")),
        ("piedmont", "cherokee county", Place("Piedmont", "Cherokee", "F")),
        ("butler", "butler", Place("Butler County", "Butler", "B")),
        ("butler", "choctaw", Place("Butler", "Choctaw", "A")),
        ("jackson", "jackson", Place("Jackson County", "Jackson", "F")),
        ("warrior", "montgomery county", Place("Montgomery County", "Montgomery", "D")),
        ("warrior", "36203", Place("Oxford", "Calhoun", "G")),
    ],
)
def test_a_name_of_several_regions_is_settled_by_the_county(name: str, county: str, place: Place) -> None:
    call = talk(says(name))
    assert call.stage is S.COUNTY
    assert len({each.region for each in call.candidates}) > 1
    call = hear(call, keys(county) if county.isdigit() else says(county), ears())
    assert call.stage is S.CONFIRM_PLACE
    assert call.place == place or (place.label == "Montgomery County" and call.place.region == "D")


def test_a_name_of_several_regions_said_twice_is_not_guessed_but_asked_by_zip() -> None:
    call = talk(says("warrior"), says("warrior"))
    assert (call.stage, call.place, call.trouble) == (S.ZIP, Place(), "caller.several")


def test_a_name_of_several_counties_in_one_region_is_not_asked_about() -> None:
    assert talk(says("hoover")).stage is S.CONFIRM_PLACE


@pytest.mark.parametrize(("key", "region"), list(enumerate("ABCDEFG", start=1)))
def test_a_region_is_chosen_by_its_key_where_the_keys_were_read(key: int, region: str) -> None:
    call = talk(SILENCE, SILENCE, keys(str(key)))
    assert (call.stage, call.place) == (S.CONFIRM_PLACE, Place(region=region))


def test_the_key_of_a_region_means_nothing_where_the_keys_were_not_read() -> None:
    assert talk(keys("7")).stage is S.COUNTY


def test_words_that_a_recogniser_doubts_are_asked_for_once_more_and_then_believed_only_where_they_are_exact() -> None:
    once = talk(says("oxford", 0.2))
    assert (once.stage, once.trouble) == (S.COUNTY, "caller.not_understood")
    assert talk(says("oxford", 0.2), says("oxford", 0.2)).place.label == "Oxford"
    assert talk(says("oxford", 0.2), says("tuskaloosa", 0.1)).stage is S.ZIP
    assert talk(says("tuskaloosa", 0.9)).place.label == "Tuscaloosa"
    assert talk(says("oxford", None)).place.label == "Oxford"


def test_failures_before_the_place_do_not_count_against_the_number() -> None:
    assert talk(SILENCE, SILENCE, keys("36203"), keys("1"), SILENCE, SILENCE).stage is S.OFFER_NUMBER


# ---- the number


@pytest.mark.parametrize(
    "typed",
    ["911", "2565551234", "9005550100", "8765550100", "4165550100", "8335550100", "1", "25655501", "0000000000", "2569110100"],
)
def test_a_number_that_cannot_be_called_back_is_asked_for_again(typed: str) -> None:
    call = talk(keys("36203"), keys("1"), keys("2"), keys(typed))
    assert (call.stage, call.callback, call.failures) == (S.NUMBER, "", 1)


def test_a_caller_without_a_usable_number_is_asked_for_one() -> None:
    assert talk(keys("36203"), keys("1"), caller_id="").stage is S.NUMBER
    call = talk(keys("36203"), keys("1"), keys("2565550178"), keys("1"), caller_id="")
    assert (call.stage, call.number) == (S.COMPLETE, OTHER)


def test_the_lines_own_number_is_no_callback() -> None:
    assert talk(keys("36203"), keys("1"), keys(LINE.removeprefix("+1"))).trouble == "caller.bad_number"


def test_three_numbers_that_cannot_be_called_put_the_caller_through_with_the_one_they_call_from() -> None:
    call = talk(keys("36203"), keys("1"), *[keys("9005550100")] * 3)
    assert (call.stage, call.number, call.confirmed) == (S.PUT_THROUGH, CALLER, True)


def test_a_number_that_was_called_wrong_is_forgotten() -> None:
    assert talk(keys("36203"), keys("1"), keys("2565550178"), keys("2")).number == CALLER


# ---- ends


def test_every_answer_counts_as_a_turn_so_that_one_that_comes_twice_is_known() -> None:
    call = talk()
    for n, answer in enumerate((SILENCE, keys("36203"), keys("*"), keys("1"), keys("1")), start=1):
        call = hear(call, answer, ears())
        assert call.turn == n


def test_what_is_heard_after_the_talk_is_over_changes_nothing_but_the_turn() -> None:
    for stage in (S.COMPLETE, S.TOLD):
        call = replace(talk(), stage=stage)
        assert hear(call, keys("36203"), ears()) == replace(call, turn=1)


@pytest.mark.parametrize(
    "loop",
    [("*",), ("36203", "2", "36203", "1"), ("2565550178", "2"), ("*", "36203"), ("36203", "1", "2", "2565550178", "2")],
)
def test_nobody_is_asked_for_ever(loop: tuple[str, ...]) -> None:
    call = talk()
    for answer in islice(cycle(loop), MOST_TURNS + 1):
        call = hear(call, keys(answer), ears())
        if call.stage in (S.PUT_THROUGH, S.COMPLETE):
            break
    assert call.stage in (S.PUT_THROUGH, S.COMPLETE)
    assert call.turn <= MOST_TURNS + 1


ANSWERS = st.one_of(
    st.sampled_from(["", "0", "1", "2", "*", "#", "36203", "2565550178", "7", "911"]).map(keys),
    st.sampled_from(["", "yes", "no", "oxford", "warrior", "blount", "atlanta", "help"]).map(says),
    st.builds(Heard, st.text("0123456789*#", max_size=12), st.text(max_size=20), st.floats(0, 1) | st.none()),
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.lists(ANSWERS, max_size=MOST_TURNS + 5), st.sampled_from([CALLER, ""]))
def test_whatever_is_answered_the_talk_ends_with_a_whole_request_or_a_person(answers: list[Heard], caller_id: str) -> None:
    call = Call("CA1", "r1", caller_id=caller_id)
    for answer in [*answers, *[SILENCE] * MOST_TURNS]:
        before, call = call, hear(call, answer, ears())
        assert call.turn == before.turn + 1
        assert call.turn <= MOST_TURNS + 1
        if call.stage in (S.PUT_THROUGH, S.COMPLETE):
            break
        assert call.failures < 3
    assert call.stage in (S.PUT_THROUGH, S.COMPLETE)
    if call.stage is S.COMPLETE:
        assert call.confirmed
        assert call.place.region
        assert call.callback
