"""How long a page waits for a carrier that takes things and never says what it took."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bridge import wiring
from bridge.actions.attempts import UNANSWERED, UNKNOWN, _patience
from bridge.actions.ports import Attempt
from bridge.actions.world import World
from bridge.core.errors import CarrierBusy
from bridge.settings import load

if TYPE_CHECKING:
    from redis import Redis

HANGS = CarrierBusy(reason="ReadTimeout", retry_after=0.0, trouble="time-out", reached=False)
FAILS = CarrierBusy(reason="HTTP 503, error 0", retry_after=0.0, trouble="HTTP 503", status=503)


@pytest.fixture
def world(redis: "Redis[Any]") -> World:
    return wiring.world(load({}), redis, lambda: 0.0)


def test_the_first_time_a_page_waits_a_quarter_of_a_minute_and_then_twice_as_long_each_time(world: World) -> None:
    sent = [0.0]
    while sent[-1] < 600:
        sent.append(sent[-1] + _patience(world, Attempt(sent[0], sent[-1], "mac"), HANGS))
    assert sent[1] == UNANSWERED == 15
    assert sent == [0, 15, 30, 60, 120, 240, 480, 960]


def test_a_carrier_that_is_there_again_and_does_not_tell_is_waited_for_no_longer(world: World) -> None:
    late = Attempt(0.0, 480.0, "mac")
    assert _patience(world, late, FAILS) == UNKNOWN < 10, "what waited leaves within ten seconds of the end of an outage"
    world.store.carrier_answered(479.0)
    assert _patience(world, late, HANGS) == 480
    world.store.carrier_answered(481.0)
    assert _patience(world, late, HANGS) == UNANSWERED
    assert _patience(world, replace(late, at=482.0), HANGS) == 482
