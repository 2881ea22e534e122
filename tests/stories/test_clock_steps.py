"""Stories of a machine's clock that is set while somebody waits, and of both nights in which the clocks change."""

from collections.abc import Callable
from datetime import datetime

import pytest

from bridge.actions import health
from bridge.actions.world import World
from bridge.core.model import State
from bridge.core.rota import ALABAMA
from bridge.store.timekeeper import Timekeeper
from tests.stories.story import Story

HOUR = 3600.0


class Machine:
    """A machine under the story's feet: time passes as the story says, and `set_by` is what somebody did to its clock."""

    def __init__(self, story: Story) -> None:
        self.story, self.set_by, self.booted_at = story, 0.0, story.now - 5000
        self.runs(story.world)

    def runs(self, world: World) -> None:
        """Web, worker and clock of the story go by this machine's time."""
        redis = self.story.redis
        self.keeper = Timekeeper(redis, lambda: self.story.now + self.set_by, lambda: self.story.now - self.booted_at, "b1")
        object.__setattr__(world, "now", self.keeper.now)
        object.__setattr__(world, "steps", self.keeper)

    def follows(self) -> bool:
        """The clock process has its look. Whether the clock on the wall counts again: then the story goes by it too."""
        self.keeper.follow()
        if self.keeper.stepped():
            return False
        self.story.clock[0] += self.set_by
        self.booted_at, self.set_by = self.booted_at + self.set_by, 0.0
        assert self.story.world.now() == self.story.now
        return True


def climbs(story: Story, meanwhile: Callable[[], None] = lambda: None, first: str = "boyd", second: str = "crane") -> None:
    """The first rungs go at their time after the call, whatever happens `meanwhile`: a text, a call after 90 s, the next after
    240 s. What the carrier hears, and when, is by the story's own clock."""
    story.expect_text(first)
    story.fast_forward(30)
    meanwhile()
    story.fast_forward(59.5)
    assert story.phone(first).ringing is None, "not early"
    story.fast_forward(0.5)
    story.expect_call(first)
    story.fast_forward(149.5)
    assert not story.unread(second), "not early"
    story.fast_forward(0.5)
    story.expect_text(second)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_clock_that_is_set_in_mid_request_holds_no_page_back_and_sends_none_early(story: Story, by: float) -> None:
    machine = Machine(story)
    call = story.asks_for_help()
    assert "2:34 AM" in " ".join(call.heard), "the promise that was spoken"
    climbs(story, lambda: setattr(machine, "set_by", by))
    request = story.request()
    assert request.deadline_at - request.opened_at == 1800
    assert "Time" in health.report(story.world).degraded
    story.swallow_everything()
    story.text("boyd", f"1 {request.code}")
    assert not machine.follows(), "the contact clock runs"
    story.text("boyd", f"DONE {request.code}")
    assert story.request().state is State.CONTACTED
    assert machine.follows()
    assert "Time" not in health.report(story.world).degraded
    story.swallow_everything()


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_after_the_clock_has_been_followed_the_next_caller_is_paged_for_as_ever(story: Story, by: float) -> None:
    machine = Machine(story)
    story.asks_for_help()
    request = story.request()
    story.text("boyd", f"1 {request.code}")
    story.text("boyd", f"DONE {request.code}")
    machine.set_by = by
    assert machine.follows()
    story.swallow_everything()
    story.asks_for_help("+12565550178")
    climbs(story)
    story.swallow_everything()


def at(*when: int) -> float:
    return datetime(*when, tzinfo=ALABAMA).timestamp()  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("before", "promised"),
    [
        pytest.param(at(2026, 11, 1, 0, 50), "1:20 AM", id="the first 1:20 of two"),
        pytest.param(at(2026, 11, 1, 0, 50) + HOUR, "1:20 AM", id="the second 1:20 of two"),
        pytest.param(at(2026, 11, 1, 0, 50) + HOUR - 1200, "1:00 AM", id="from summer time into the second hour"),
        pytest.param(at(2026, 3, 8, 1, 45), "3:15 AM", id="over the hour that is not there"),
    ],
)
def test_in_both_nights_of_the_change_pages_leave_by_elapsed_time_and_the_promise_is_right(
    story: Story, before: float, promised: str
) -> None:
    story.clock[0] = before
    call = story.asks_for_help()
    assert f"by {promised}" in " ".join(call.heard)
    request = story.request()
    assert request.deadline_at == pytest.approx(before + 1800, rel=0, abs=1)
    climbs(story, first="crane", second="boyd")
    assert story.request().alarm_at == request.deadline_at, "thirty minutes after the call, whatever clocks say"
    story.swallow_everything()
