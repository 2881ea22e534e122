"""Makes the dump of a release, at its release: one of everything that it can leave in a store, by its own stories.

    BRIDGE_DUMP=tests/store/dumps/0.4.0.json .venv/bin/python -m pytest tests/stories/make_dump.py

Later releases are held to it by test_releases.py. Callers' numbers are hashed and sealed there with the secret "secret".
"""

import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any

from bridge.actions import users
from bridge.core.events import Closed
from bridge.core.ledger import CalendarCopy, Notice
from bridge.core.model import Channel, Request
from bridge.settings import Role
from bridge.store import backup
from bridge.store.seal import Seal
from tests.stories.story import Story

SHORT_LIVED = ("once:", "time:", "rq:", "told:text:", "beats")


def test_make_a_dump(story: Story) -> None:
    """Not a test: it is called so that the stories' fixtures are at hand."""
    story.world.store._seal = Seal((), "secret")  # type: ignore[attr-defined]
    known = set[str]()
    _ended(story, known)
    _overdue_and_accepted(story, known)
    _what_people_changed(story)
    _new_one(story, known, "+12565550175")
    story.fast_forward(100)
    story.call("+12565550176").press("36203").press("1")  # a call that is going on
    _new_one(story, known, "+12565550177")
    leg = story.call("+12565550178").press("36203").press("1").press("1").silence()
    story.world.queue.rq.empty()  # type: ignore[attr-defined]  # nobody has sent this page
    leg.hang_up()
    story.sim.settle()
    _write(story, Path(os.environ["BRIDGE_DUMP"]))
    story.redis.flushall()
    story.swallow_everything()


def _new_one(story: Story, known: set[str], number: str) -> Request:
    story.asks_for_help(number)
    (request,) = [each for each in story.world.store.requests() if each.id not in known]
    known.add(request.id)
    return request


def _ended(story: Story, known: set[str]) -> None:
    """One that was erased, one that was closed, one whose caller was reached."""
    code = _new_one(story, known, "+12565550170").code
    story.text("boyd", f"1 {code}")
    story.text("boyd", f"DONE {code}")
    story.fast_forward(3700)
    story.world.apply(_new_one(story, known, "+12565550171").id, Closed("test"))
    code = _new_one(story, known, "+12565550172").code
    story.text("boyd", f"1 {code}")
    story.text("boyd", f"DONE {code}")


def _overdue_and_accepted(story: Story, known: set[str]) -> None:
    _new_one(story, known, "+12565550173")
    story.fast_forward(1900)
    code = _new_one(story, known, "+12565550174").code
    story.text("boyd", f"1 {code}")
    story.text("boyd", f"NEED 2 {code}")


def _what_people_changed(story: Story) -> None:
    world, now = story.world, story.now
    story.text("kirby", "COVER G until 06:00")
    story.text("kirby", "CONFIRM")
    story.text("kirby", "OFF fri 18:00 - sat 06:00")
    world.rota.keep_calendar(CalendarCopy("old", (), now, now))
    told = {"time": "6:00 AM", "list": "Region G"}
    world.rota.create_notice(Notice("n-test", "whitfield", Channel.TEXT, "notice.shift", told, now + 7200, changed_at=now))
    world.store.block_texts("ogletree", "opted out")
    users.add(world, "mary", "correct horse battery", Role.DISPATCH)


def _write(story: Story, path: Path) -> None:
    keys: dict[str, Any] = {}
    numbers = {request.id: request.callback for request in story.world.store.requests()}
    for key in backup.take(story.redis, path.stem, story.now).keys:
        name = key.name
        if name.startswith("caller:"):
            name = "caller:" + hmac.new(b"secret", numbers[key.value].encode(), hashlib.sha256).hexdigest()[:32]
        if not name.startswith(SHORT_LIVED):
            flat = key.type in ("hash", "zset")
            value = dict(zip(key.value[::2], key.value[1::2], strict=True)) if flat else key.value
            keys[name] = {"type": key.type, "value": value, "ttl": None if key.left < 0 else round(key.left / 1000)}
    path.write_text(json.dumps({"release": path.stem, "now": story.now, "keys": keys}, indent=1) + "\n", encoding="utf-8")
