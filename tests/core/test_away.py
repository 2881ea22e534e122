"""A channel is away: what it could not carry goes by the other one too, once, and the ladder knows."""

from dataclasses import replace

import pytest

from bridge.core import board_words
from bridge.core.events import Reported
from bridge.core.model import ALL_AWAY, AWAY, Message, Purpose, Status
from tests.given import CALL, T0, TEXT, Walk, context, walk


def stuck(there: Walk, message: Message, word: str = "") -> Walk:
    """This message could not leave, since its channel is away."""
    word = word or AWAY[message.channel]
    return there.does(Reported(message.n, Status.WAITING, word, retry_at=there.now + 3))


def away() -> Walk:
    """A request whose first page, a text to Boyd, waits."""
    there = walk(carrier_is_away=True)
    return stuck(there, there.last("boyd", TEXT))


def pages(there: Walk) -> list[tuple[str, str, int, int]]:
    """Every page: to whom, how, in which rung, instead of what."""
    return [(m.person, m.channel, m.rung, m.instead) for m in there.request.messages if m.purpose is Purpose.PAGE]


@pytest.mark.parametrize("word", [AWAY[TEXT], ALL_AWAY])
def test_a_page_goes_by_the_other_channel_too_in_the_same_rung_and_waits_on(word: str) -> None:
    there = walk(carrier_is_away=True)
    there = stuck(there, there.last("boyd", TEXT), word)
    assert pages(there) == [("boyd", TEXT, 0, -1), ("boyd", CALL, 0, there.last("boyd", TEXT).n)]
    assert (there.request.fired, there.last("boyd", TEXT).status) == (1, Status.WAITING)


def test_a_carrier_that_is_only_busy_changes_no_channel() -> None:
    there = walk(carrier_is_away=True)
    assert len(pages(stuck(there, there.last("boyd", TEXT), "carrier busy"))) == 1


def test_it_goes_by_the_other_channel_once_and_never_back() -> None:
    there = away()
    stuck(there, there.last("boyd", TEXT))
    stuck(there, there.last("boyd", CALL), ALL_AWAY)
    assert len(pages(there)) == 2


def test_who_was_asked_by_the_other_channel_in_this_rung_is_not_asked_twice() -> None:
    there = walk().passes(239)
    there.carrier_is_away = True
    there.passes(1)
    stuck(there, there.last("crane", TEXT))
    assert [channel for person, channel, *_ in pages(there) if person == "crane"] == [TEXT, CALL]


def test_who_takes_no_texts_is_not_texted_and_the_ladder_goes_on_at_once() -> None:
    there = walk(carrier_is_away=True, ctx=context(no_text=frozenset({"boyd"})))
    assert there.last("boyd").channel is CALL
    stuck(there, there.last("boyd", CALL))
    assert there.request.fired == 2, "the second rung is Boyd again"
    stuck(there, there.last("boyd", CALL))
    assert there.last("crane", TEXT).rung == 2
    assert there.last("boyd", CALL).status is Status.WAITING, "it leaves as soon as it can"


def test_where_both_channels_are_away_the_ladder_goes_by_its_time() -> None:
    there = away()
    stuck(there, there.last("boyd", TEXT), ALL_AWAY)
    stuck(there, there.last("boyd", CALL), ALL_AWAY)
    assert there.request.fired == 1


def test_a_page_that_failed_brings_the_next_rung_though_its_text_waits_for_its_channel() -> None:
    there = away()
    call = there.last("boyd", CALL)
    there.does(Reported(call.n, Status.SENT, sid="CA1")).does(Reported(call.n, Status.FAILED, "no-answer"))
    assert there.request.fired == 2


def test_of_pages_that_wait_for_the_same_telephone_only_the_latest_leaves() -> None:
    there = away().passes(90)
    assert [m.rung for m in there.request.messages if m.person == "boyd" and m.channel is CALL] == [0, 1]
    there.carrier_is_away = False
    there.does(Reported(0, Status.WAITING, "carrier busy", retry_at=there.now))
    assert [went for went in there.went if went[2] == CALL] == [(90.0, "boyd", CALL, Purpose.PAGE)]


def test_a_stand_down_is_not_worth_a_call() -> None:
    there = walk().passes(240).accepted_by("boyd")
    message = there.last("crane", TEXT, Purpose.STAND_DOWN)
    there.request = there.request.with_changed(replace(message, status=Status.WAITING))
    there.carrier_is_away, before = True, len(there.request.messages)
    stuck(there, there.last("crane", TEXT, Purpose.STAND_DOWN))
    assert len(there.request.messages) == before


def test_who_has_the_request_is_called_with_the_number() -> None:
    there = walk()
    there.carrier_is_away = True
    there.accepted_by("boyd")
    stuck(there, there.last("boyd", TEXT, Purpose.DETAILS))
    assert there.last("boyd", CALL).purpose is Purpose.DETAILS


def test_the_board_says_what_waits_and_what_goes_instead() -> None:
    there = away()
    text, call = (board_words.line(there.last("boyd", channel), "Sgt. Boyd") for channel in (TEXT, CALL))
    assert (text.about, text.said) == ("page", "texts away, trying again")
    assert (call.about, call.said) == ("page instead of a text", "not sent yet")
    assert text.at == T0


def test_what_goes_instead_of_a_text_does_not_become_a_text_again() -> None:
    there = walk()
    there.carrier_is_away = True
    there.accepted_by("boyd")
    text = stuck(there, there.last("boyd", TEXT, Purpose.DETAILS)).last("boyd", TEXT, Purpose.DETAILS)
    there.does(Reported(text.n, Status.SENT, sid="SM9"))
    before = len(there.request.messages)
    stuck(there, there.last("boyd", CALL, Purpose.DETAILS))
    assert len(there.request.messages) == before
