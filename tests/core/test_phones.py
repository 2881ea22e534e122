"""Which numbers are called back, and how they are said."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.phones import callback_from, dialable, masked, normalise, spoken, written

OXFORD = "+12565550100"
LINE = "+18005550199"


@pytest.mark.parametrize(
    "raw",
    [
        "2565550100",
        "12565550100",
        "+12565550100",
        "256-555-0100",
        "(256) 555-0100",
        "+1 (256) 555-0100",
        "1.256.555.0100",
        " 256 555 0100 ",
        "256\u2011555\u20110100",
        "256\u00a0555\u00a00100",
        "\u200e+12565550100",
        "２５６５５５０１００",
    ],
)
def test_a_number_is_understood_however_it_is_written(raw: str) -> None:
    assert normalise(raw) == OXFORD


@pytest.mark.parametrize(
    "area",
    ["205", "251", "256", "334", "659", "938", "404", "706", "850", "601", "800", "888", "833"],
)
@pytest.mark.parametrize("line", ["0100", "0142", "0199"])
def test_numbers_set_aside_for_examples_are_dialled(area: str, line: str) -> None:
    assert normalise(f"{area}555{line}") == f"+1{area}555{line}"


WITHHELD = [
    "anonymous",
    "Anonymous",
    "unknown",
    "restricted",
    "blocked",
    "unavailable",
    "private",
    "+266696687",
    "+7378742833",
    "+2562533",
    "+8656696",
    "+86282452253",
]
FOREIGN = {
    "Jamaica": "+18765550100",
    "Dominican Republic": "8095550100",
    "Bahamas": "+12425550100",
    "Canada": "+14165550100",
    "Canada, non-geographic": "+16222345678",
    "Puerto Rico": "+17875550100",
    "Guam": "+16715550100",
    "United Kingdom": "+442079460018",
    "Mexico": "+525555555555",
    "satellite": "+881612345678",
}
NEVER = {
    "emergency": "911",
    "emergency elsewhere": "112",
    "emergency test": "933",
    "crisis line": "988",
    "directory": "411",
    "short code": "23333",
    "premium area": "9005550100",
    "premium exchange": "2569762345",
    "directory of an area": "2565551212",
    "555 outside of the examples": "2565550200",
    "service code as exchange": "2569110100",
    "service code as area": "9115550100",
    "personal number": "5002345678",
    "no such area": "2555550100",
    "area from 1": "1565550100",
    "exchange from 1": "2561550100",
    "seven digits": "5550100",
    "nine digits": "256555010",
    "eleven digits without a 1": "22565550100",
    "twelve digits": "112565550100",
    "extension": "2565550100x12",
    "letters": "256-JKL-0100",
    "two numbers": "2565550100,2565550101",
    "SIP": "sip:+12565550100@example.com",
    "app": "client:alice",
    "plus alone": "+",
    "nothing": "",
    "blank": "  ",
    "fullwidth 911": "９１１",
    "control character": "256555\x000100",
}


@pytest.mark.parametrize("raw", WITHHELD)
def test_a_withheld_caller_id_is_no_number(raw: str) -> None:
    assert normalise(raw) is None


@pytest.mark.parametrize("raw", FOREIGN.values(), ids=FOREIGN)
def test_only_the_united_states_are_dialled(raw: str) -> None:
    assert normalise(raw) is None


@pytest.mark.parametrize("raw", NEVER.values(), ids=NEVER)
def test_what_must_never_be_dialled_is_refused(raw: str) -> None:
    assert normalise(raw) is None
    assert not dialable(raw, own_numbers=())


def test_our_own_line_is_not_called_back() -> None:
    assert callback_from("800-555-0199", {LINE}) is None
    assert not dialable(LINE, {LINE})


def test_another_toll_free_number_is() -> None:
    assert callback_from("800-555-0198", {LINE}) == "+18005550198"


def test_only_the_normal_form_is_dialled() -> None:
    assert dialable(OXFORD, {LINE})
    assert not dialable("2565550100", {LINE})


def test_a_number_is_spoken_digit_by_digit() -> None:
    assert spoken(OXFORD) == "2 5 6, 5 5 5, 0 1 0 0"


def test_a_number_is_written_in_groups() -> None:
    assert written(OXFORD) == "256-555-0100"


def test_a_masked_number_shows_its_last_two_digits_at_most() -> None:
    assert masked("+12565550142") == "•••-•••-••42"
    assert masked("") == "•••-•••-••"


@given(st.text() | st.text(alphabet="+0123456789 -()", max_size=16))
def test_any_text_is_a_valid_number_or_none(raw: str) -> None:
    number = normalise(raw)
    if number is not None:
        assert phonenumbers.is_valid_number_for_region(phonenumbers.parse(number), "US")
        assert normalise(number) == normalise(written(number)) == number


@given(st.from_regex(r"(\+1)?[2-9][0-9]{9}", fullmatch=True))
def test_a_number_that_is_taken_is_the_number_that_was_typed(raw: str) -> None:
    assert normalise(raw) in (None, "+1" + raw.removeprefix("+1"))
