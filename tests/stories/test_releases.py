"""What each release has left in a store is carried to its end by this one: a dump of each.

Each dump was made by the release itself, with requests open, overdue, accepted, contacted, closed and erased, a page on its
way, a call going on and, where the release knew of them, a rota that was changed, notices, books and users.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bridge.core.model import Channel, State
from bridge.store.seal import Seal
from tests.conftest import everything_in
from tests.stories.story import Story

DUMPS = sorted((Path(__file__).parents[1] / "store" / "dumps").glob("*.json"))
LEFT = {State.OPEN: 4, State.ACCEPTED: 1, State.CONTACTED: 1, State.CLOSED: 1}


def restore(story: Story, dump: dict[str, Any]) -> None:
    """The store as the release left it, at that instant."""
    store: Any = story.world.store
    store._secret, store._seal = b"secret", Seal((), "secret")  # with it the callers' numbers were hashed and sealed
    story.clock[0] = dump["now"]
    write = {
        "string": story.redis.set,
        "hash": lambda key, value: story.redis.hset(key, mapping=value),
        "set": lambda key, value: story.redis.sadd(key, *value),
        "zset": story.redis.zadd,
        "list": lambda key, value: story.redis.rpush(key, *value),
    }
    for key, kept in dump["keys"].items():
        write[kept["type"]](key, kept["value"])
        if kept["ttl"]:
            story.redis.expire(key, kept["ttl"])


@pytest.fixture(params=DUMPS, ids=[path.stem for path in DUMPS])
def dump(request: pytest.FixtureRequest, story: Story) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    restore(story, found)
    return found


def test_there_is_a_dump_of_every_release() -> None:
    assert [path.stem for path in DUMPS] == ["0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0"]


def test_what_a_release_has_left_is_read_and_goes_on_to_its_end(story: Story, dump: dict[str, Any]) -> None:
    world = story.world
    assert Counter(request.state for request in world.store.requests()) == LEFT
    assert sum(request.overdue for request in world.store.requests()) == 1
    _pages_on(story)
    for request in world.store.requests():
        if request.state is State.OPEN:
            story.text("boyd", f"1 {request.code}")
        story.text("boyd", f"{'ARRIVED' if request.awaited else 'DONE'} {request.code}")
    assert {request.state for request in world.store.requests()} <= {State.CONTACTED, State.CLOSED}
    story.swallow_everything()
    story.fast_forward(world.settings.policy.erase_after + 120)
    assert world.store.requests() == []
    assert world.store.condition(story.now).overdue == 0
    assert "+1256555017" not in everything_in(story.redis), "the callers' numbers are gone"
    story.swallow_everything()


def _pages_on(story: Story) -> None:
    """The page that nobody had sent leaves; the call that was going on is given up by its caller and becomes a request; and
    the ladder climbs from where it stood."""
    before = {request.id: len(request.messages) for request in story.world.store.requests()}
    (leaving,) = [effect for effect in story.redis.zrange("outbox", 0, -1) if not effect.startswith((b"notice", b"canary"))]
    story.fast_forward(190)
    request_id, _, n = leaving.decode().rpartition("/")
    assert story.world.store.load(request_id).message(int(n)).sid
    after = {request.id: len(request.messages) for request in story.world.store.requests()}
    climbed = [each for each in before if after[each] > before[each]]
    assert len(climbed) >= 4, "each open one"
    assert len(after) == len(before) + 1
    story.swallow_everything()


def test_what_people_changed_under_a_release_still_holds(story: Story, dump: dict[str, Any]) -> None:
    rota, accounts, books = story.world.rota, story.world.accounts, story.world.books
    ledger, calendars = rota.live()
    known = dump["keys"]
    assert (len(ledger.overrides), len(calendars), len(rota.entries(9))) == ((1, 1, 1) if "ledger" in known else (0, 0, 0))
    if "ledger" in known:
        assert ledger.overrides[0].who == "kirby"
        assert rota.load_notice("n-test") is not None
        assert rota.load_notice("n-test").channel is Channel.TEXT  # type: ignore[union-attr]
        assert story.world.store.no_text() == {"ogletree": "opted out"}
        assert "OFF" in story.text("kirby", "CONFIRM")[0] or rota.proposal("kirby") is None
    assert list(accounts.users()) == (["mary"] if "users" in known else [])
    left = [json.loads(line)["what"] for line in known.get("acts", {"value": ()})["value"]]
    assert [link.act.what for link in books.links() if link.n <= 0] == left[::-1], "what people did stands before the chain"
    assert books.check().holds
    ended = [kept["value"] for key, kept in known.items() if key.startswith("outcomes:")]
    assert len(books.outcomes(0, story.now)) == sum(map(len, ended))
    story.redis.flushall()
    story.swallow_everything()
