"""A key was lost, or a day is nearly over: whoever calls is promised something all the same, and every other page leaves."""

import base64

import pytest

from bridge.core.events import EXPIRED
from bridge.core.model import Request, State
from bridge.store.seal import REQUEST, Seal
from tests.stories.story import CALLER, Story

ANOTHER, OTHER = "+12565550166", base64.urlsafe_b64encode(b"x" * 32).decode()
BRIEF = 4.5 * 3600  # seconds: less may not be set with a scene of three hours


def loses_its_key(story: Story, request: Request) -> bytes:
    """The request is sealed with a key that nobody has. Returns how it stood."""
    before: bytes = story.redis.hget(f"req:{request.id}", "doc")
    story.redis.hset(f"req:{request.id}", "doc", REQUEST.write(request, Seal([OTHER], OTHER)))
    return before


def asks(story: Story, number: str = CALLER) -> None:
    """A whole call, and whatever can happen meanwhile happens later."""
    call = story.call(number)
    call.press("36203").press("1").press("1").silence().hang_up()
    story.sim.settle()


@pytest.mark.policy(texts_at_once=1)
def test_a_page_does_not_wait_for_one_of_a_request_that_no_key_opens(story: Story) -> None:
    asks(story)
    story.settle()
    first = story.request()
    story.expect_text("boyd", first.code)
    story.fast_forward(1)
    asks(story)  # a nudge, which waits until boyd may have a text again
    story.settle()
    first = story.request()
    assert story.redis.zcard("lane:text:boyd")
    kept = loses_its_key(story, first)
    asks(story, ANOTHER)
    story.fast_forward(40)
    (second,) = story.world.store.requests()
    assert any(second.code in text.body for text in story.sim.phone(story.number("boyd")).texts)
    story.redis.hset(f"req:{first.id}", "doc", kept)
    story.settle()
    story.swallow_everything()
    assert {"a request cannot be read" in line for line in story.errors.lines} == {True}
    story.errors.lines.clear()


def test_who_calls_again_where_no_key_opens_the_first_request_is_promised_a_call_anew(story: Story) -> None:
    asks(story)
    story.settle()
    first = story.request()
    loses_its_key(story, first)
    call = story.asks_for_help()
    (second,) = story.world.store.requests()
    assert (second.callback, second.state) == (CALLER, State.OPEN)
    call.hang_up()
    story.redis.delete(f"req:{first.id}")
    story.settle()
    story.swallow_everything()


def test_who_calls_again_where_the_store_let_the_first_request_expire_is_promised_a_call_anew(story: Story) -> None:
    asks(story)
    story.settle()
    first = story.request()
    story.redis.delete(f"req:{first.id}")
    asks(story)
    (second,) = story.world.store.requests()
    assert (second.callback, second.state) == (CALLER, State.OPEN)
    story.settle()
    story.swallow_everything()


@pytest.mark.policy(keep_at_most=BRIEF)
def test_who_calls_again_shortly_before_the_first_request_may_not_be_kept_gets_a_new_one(story: Story) -> None:
    asks(story)
    story.settle()
    first = story.request()
    story.clock[0] = first.opened_at + BRIEF - 1200
    asks(story)
    (second,) = (each for each in story.world.store.requests() if each.state is State.OPEN)
    assert second.id != first.id
    assert second.forget_by == second.opened_at + BRIEF
    assert story.world.store.load(first.id).closed_for == EXPIRED
    story.settle()
    story.swallow_everything()


@pytest.mark.policy(keep_at_most=BRIEF)
def test_who_calls_again_while_there_is_time_is_nudged_for(story: Story) -> None:
    asks(story)
    story.settle()
    first = story.request()
    story.clock[0] = first.opened_at + BRIEF - 3600
    asks(story)
    assert story.request().id == first.id
    story.settle()
    story.swallow_everything()
