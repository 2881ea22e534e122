"""Many callers at once, as the carrier sees it: what leaves when, to whom, and that every one of them is answered."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from bridge.actions import notes
from bridge.core.model import Channel, Purpose, State, Status
from tests.stories.story import Story

REAL = {"texts_per_second": 3, "calls_per_second": 1, "texts_at_once": 3}
ZIPS = {"A": "36602", "B": "36301", "C": "35401", "D": "36104", "E": "35630", "F": "35801", "G": "36203"}
ON_CALL = {"A": "landry", "C": "tolbert", "D": "ramsey", "E": "garner", "F": "kirby", "G": "boyd"}
pytestmark = pytest.mark.policy(**REAL)


def callers() -> Iterator[str]:
    """Numbers that are set aside for examples, each once."""
    yield from (f"+1{area}555{n:04}" for area in (256, 205, 334, 251, 659, 938) for n in range(120, 200))


def asks(story: Story, number: str, region: str = "G") -> None:
    """A whole call, and whatever can happen meanwhile happens later."""
    call = story.call(number)
    call.press(ZIPS[region]).press("1").press("1").silence().hang_up()
    story.sim.settle()


def flood(story: Story, count: int, every: float) -> None:
    """So many callers from Oxford, one after the other."""
    numbers = callers()
    for _ in range(count):
        asks(story, next(numbers))
        story.fast_forward(every)


def codes(story: Story, state: State = State.OPEN) -> list[str]:
    """The codes of the requests in this state, oldest first."""
    return [request.code for request in story.world.store.requests() if request.state is state]


def named(body: str) -> list[str]:
    """What looks like a code in the part of a text that lists what is open."""
    return re.findall(r"\b\d{3,4}\b", body.partition(" Reply ")[0].replace(":", " x"))


def expect_within_budgets(story: Story) -> None:
    """As the carrier counts: the line, and each person."""
    texts, calls = [text for text in story.sim.texts_sent() if not text.reply], story.sim.calls_started()
    for text in texts:
        assert sum(other.segments for other in texts if text.at <= other.at < text.at + 1) <= 3
    assert all(later.at - earlier.at >= 1 for earlier, later in pairwise(calls))
    for person in story.world.settings.roster.people.values():
        theirs = [text for text in texts if text.to == person.phone]
        for storm in storms([text.at for text in theirs if not text.body[4:].lstrip().startswith("is yours")]):
            assert all(later - earlier >= 15 for earlier, later in pairwise(storm[2:]))
        for storm in storms([text.at for text in theirs]):
            assert all(later - earlier >= 15 for earlier, later in pairwise(storm[5:])), "answers to their own texts included"


def storms(times: list[float]) -> list[list[float]]:
    """The instants, cut where a minute passes without one."""
    cuts = [n for n, (earlier, later) in enumerate(pairwise(times), 1) if later - earlier >= 60]
    return [times[start:end] for start, end in pairwise([0, *cuts, len(times)])]


def test_a_flood_becomes_digests_that_name_every_code_and_can_be_answered_in_one_text(story: Story) -> None:
    flood(story, 30, 0.5)
    story.fast_forward(35)
    first, second, third, *digests = [text.body for text in story.unread("boyd")]
    assert [named(body)[0] for body in (first, second, third)] == codes(story)[:3], "the first ones come at once, one by one"
    assert first.startswith("ALLEAPS ")
    assert len(digests) <= 3
    assert [code for body in digests for code in named(body)] == codes(story)[3:], "every code once, the oldest first"
    for body in digests:
        assert "Oxford, Calhoun Co" in body
        assert "2:34 AM" in body
    story.swallow(["boyd"])

    taken = named(digests[0])[:5]
    assert story.text("boyd", f"1 {' '.join(taken)}") == []
    story.fast_forward(32)
    details = " ".join(text.body for text in story.unread("boyd"))
    assert len(story.unread("boyd")) <= 2
    for request in story.world.store.requests():
        assert (request.state is State.ACCEPTED) is (request.code in taken)
        assert (f"256-555-{request.callback[-4:]}" in details) is (request.code in taken)
    story.swallow(["boyd"])
    expect_within_budgets(story)


def test_what_others_have_taken_is_told_in_one_text_too(story: Story) -> None:
    flood(story, 8, 0.1)
    story.fast_forward(20)
    story.swallow(["boyd"])
    story.text("crane", f"1 {' '.join(codes(story))}")
    story.fast_forward(40)
    story.swallow(["crane"])
    (told,) = story.unread("boyd")
    assert told.body == f"Stand down: {', '.join(codes(story, State.ACCEPTED))}."
    story.swallow(["boyd"])
    expect_within_budgets(story)


def test_every_on_call_coordinator_is_told_within_five_seconds_of_the_first_request_of_their_region(story: Story) -> None:
    numbers = callers()
    for region in ZIPS:
        for _ in range(4):
            asks(story, next(numbers), region)
    story.fast_forward(5)
    for region, person in ON_CALL.items():
        bodies = [text.body for text in story.unread(person)]
        assert bodies, f"nobody was told in region {region}"
    story.fast_forward(40)
    for region, person in ON_CALL.items():
        seen = {code for text in story.unread(person) for code in named(text.body)}
        assert seen >= {r.code for r in story.world.store.requests() if r.place.region == region}
    expect_within_budgets(story)
    story.swallow_everything()


def test_one_call_stands_for_all_that_wait_and_speaks_of_each_in_turn(story: Story) -> None:
    flood(story, 4, 0.1)
    story.fast_forward(20)
    story.swallow(["boyd"])
    first, second, third, fourth = story.world.store.requests()
    story.phone("boyd").behave(call="ring")
    story.fast_forward(first.opened_at + 90 - story.now)
    story.expect_call("boyd").no_answer()
    story.fast_forward(4)
    call = story.expect_call("boyd").answer()
    assert call.heard[0].startswith("3 requests wait for you.")
    assert "ALLEAPS page" in call.said_since_last()
    taken = story.press(call, "1")
    assert "<Dial" not in story.repeat_last_webhook(call), "the key answers what was asked, also when it comes twice"
    assert f"Code {' '.join(second.code)}" in taken
    assert "ALLEAPS page" in taken, "the next one is spoken at once"
    assert "ALLEAPS page" in story.press(call, "*")
    passed = story.press(call, "2")
    assert "Passed" in passed
    assert "ALLEAPS page" in passed
    assert "It is yours" in story.press(call, "1")
    assert "0 1 2" in story.press(call, "*"), "after the last one it goes on like any other call"
    call.hang_up()
    story.settle()
    states = {request.code: (request.state, request.passed) for request in story.world.store.requests()}
    assert states[second.code][0] is states[fourth.code][0] is State.ACCEPTED
    assert states[third.code] == (State.OPEN, frozenset({"boyd"}))
    story.fast_forward(30)
    expect_within_budgets(story)
    story.swallow_everything()


def test_what_was_not_spoken_of_when_a_call_ends_goes_on_to_the_next_person(story: Story) -> None:
    flood(story, 5, 0.1)
    story.fast_forward(20)
    story.phone("boyd").behave(call="ring")
    story.fast_forward(story.world.store.requests()[0].opened_at + 90 - story.now)
    story.expect_call("boyd").no_answer()
    story.fast_forward(4)
    call = story.expect_call("boyd").answer()
    story.press(call, "2")
    call.silence().silence().silence()
    assert "Goodbye" in call.said_since_last()
    story.settle()
    story.fast_forward(20)
    pages = [m for r in story.world.store.requests() for m in r.messages if m.person == "boyd" and m.channel is Channel.CALL]
    assert {m.status for m in pages} == {Status.FAILED, Status.ANSWERED}
    told = {code for text in story.unread("crane") for code in named(text.body)}
    assert told == set(codes(story))
    expect_within_budgets(story)
    story.swallow_everything()


def test_a_digest_that_is_not_delivered_brings_the_next_rung_of_each(story: Story) -> None:
    flood(story, 6, 0.1)
    story.phone("boyd").behave(text="undelivered", error=30003)
    story.fast_forward(20)
    failed = [m for r in story.world.store.requests() for m in r.messages if m.word == "undelivered 30003"]
    assert len(failed) == 3
    story.expect_call("boyd").decline()
    story.fast_forward(4)
    call = story.expect_call("boyd").answer()
    assert call.heard[0].startswith("2 requests wait for you.")
    story.swallow_everything()


def test_a_digest_that_the_carrier_does_not_take_is_sent_again_as_a_whole(story: Story) -> None:
    flood(story, 6, 0.1)
    story.swallow(["boyd"])
    story.sim.faults.rest("503", "messages", times=2)
    story.fast_forward(20)
    (digest,) = story.unread("boyd")
    assert named(digest.body) == codes(story)[3:]
    assert [m.word for r in story.world.store.requests() for m in r.messages].count("carrier busy") == 0
    story.swallow_everything()
    expect_within_budgets(story)


def test_who_opts_out_meanwhile_is_called_about_all_that_waits(story: Story) -> None:
    flood(story, 6, 0.1)
    story.phone("boyd").behave(text="opted_out")
    story.fast_forward(20)
    assert "boyd" in story.world.no_text
    story.expect_call("boyd").decline()
    story.fast_forward(4)
    call = story.expect_call("boyd").answer()
    assert call.heard[0].startswith("2 requests wait for you.")
    heard = story.press(call, "1")
    assert "The number is" in heard, "who gets no texts hears the number at once"
    assert "ALLEAPS page" in heard
    story.swallow_everything()


def test_when_all_is_over_the_digest_is_deleted_at_the_carrier_and_nothing_waits(story: Story) -> None:
    flood(story, 5, 0.1)
    story.fast_forward(20)
    story.text("boyd", f"1 {' '.join(codes(story))}")
    story.fast_forward(20)
    story.text("boyd", f"done {' '.join(codes(story, State.ACCEPTED))}")
    story.fast_forward(3600 + 200)
    assert story.world.store.requests() == []
    assert not [m for m in story.sim.messages if "555" in m.body and m.direction == "outbound-api"]
    kept = {m.status for key in story.redis.scan_iter("req:*") for m in story.world.store.load(key.decode()[4:]).messages}
    assert kept == {Status.FORGOTTEN}
    assert story.redis.zcard("outbox") == 0
    story.swallow_everything()


def test_a_flood_that_nobody_expected_ends_with_every_caller_answered(story: Story) -> None:
    flood(story, 12, 1.0)
    people = [p for p in story.world.settings.roster.people if p != "dispatch"]
    for person in people:
        story.phone(person).behave(call="no_answer")
    for _ in range(200):
        story.fast_forward(5)
        for person in people:
            for text in story.unread(person):
                story.swallow([person])
                if "open." in text.body or "Reply 1 to take it" in text.body:
                    story.text(person, f"1 {' '.join(named(text.body)[:4])}")
                if held := re.findall(r"([0-9]{3,4}) (?:call|is yours)", text.body):
                    story.text(person, f"done {' '.join(held)}")
        if not codes(story) and not codes(story, State.ACCEPTED):
            break
    assert {request.state for request in story.world.store.requests()} == {State.CONTACTED}
    first_pages = [
        next(m for m in request.messages if m.purpose is Purpose.PAGE and m.status is not Status.DROPPED)
        for request in story.world.store.requests()
    ]
    assert all(page.sid for page in first_pages)
    expect_within_budgets(story)
    story.swallow_everything()


def test_who_takes_one_request_after_the_other_has_each_number_at_once(story: Story) -> None:
    numbers = callers()
    for _ in range(2):
        asks(story, next(numbers))
        story.fast_forward(2)
        story.expect_text("boyd", "ALLEAPS")
        assert story.text("boyd", "1") == []
        story.expect_text("boyd", "is yours")
        assert story.text("boyd", "done")
        story.fast_forward(2)
    asks(story, next(numbers))
    story.fast_forward(2)
    story.expect_text("boyd", "ALLEAPS")
    story.text("boyd", "1")
    story.swallow_everything()
    story.fast_forward(16)
    story.swallow_everything()


def test_a_first_page_leaves_at_once_though_notices_wait(story: Story) -> None:
    for n in range(4):
        notes.say(story.world, f"n{n}", "boyd", "notice.code", {"code": "123456"}, channel=Channel.TEXT)
    story.fast_forward(3)
    assert len(story.unread("boyd")) == 2, "the last of the first three is a page's"
    story.swallow(["boyd"])
    asks(story, next(callers()))
    story.fast_forward(1.2)
    story.expect_text("boyd", "ALLEAPS")
    story.fast_forward(60)
    story.swallow_everything()


def test_who_listens_to_a_call_is_not_rung_up_about_another(story: Story) -> None:
    numbers = callers()
    asks(story, next(numbers))
    story.fast_forward(45)
    asks(story, next(numbers))
    story.fast_forward(45)
    story.swallow(["boyd"])
    listening = story.phone("boyd").ringing.answer()
    story.fast_forward(40)
    story.press(listening, "*")
    story.fast_forward(5)
    assert story.phone("boyd").ringing is None, "their telephone is in use"
    listening.hang_up()
    story.fast_forward(3)
    assert story.phone("boyd").ringing is not None
    story.fast_forward(30)
    story.swallow_everything()
