"""A store that is lost and made anew from a backup: whoever waits then is paged for."""

from pathlib import Path

from bridge import wiring
from bridge.core.model import State
from bridge.store import backup
from tests.stories.story import CALLER, Story


def test_a_request_that_was_open_when_the_backup_was_made_pages_on(story: Story, tmp_path: Path) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    story.fast_forward(60)
    backup.save(tmp_path / "picture", backup.take(story.redis, "0.4.0", story.now))
    story.redis.flushall()
    assert story.world.store.requests() == []
    backup.put(story.redis, backup.read(tmp_path / "picture", wiring.seal(story.world.settings)), replace=False)
    story.fast_forward(30)
    story.expect_call("boyd")
    story.text("boyd", f"1 {story.request().code}")
    story.expect_text("boyd", CALLER[-4:])
    assert story.request().state is State.ACCEPTED
    story.swallow_everything()


def test_what_came_due_while_the_store_was_lost_is_done_at_once(story: Story, tmp_path: Path) -> None:
    story.asks_for_help()
    story.expect_text("boyd")
    picture = backup.take(story.redis, "0.4.0", story.now)
    story.redis.flushall()
    story.clock[0] += 1900
    backup.put(story.redis, picture, replace=False)
    story.settle()
    assert story.request().overdue
    story.expect_call("dispatch")
    story.swallow_everything()
