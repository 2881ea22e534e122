"""What the clock does for the audit trail, and what it writes down of the configuration."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from redis import Redis
from structlog.testing import capture_logs

from bridge import wiring
from bridge.actions import trail
from bridge.actions.world import World
from bridge.core.chain import Checked, Head, Verdict
from bridge.core.trail import Act
from bridge.core.trail_words import is_fixed
from bridge.settings import load
from bridge.store import connect
from tests.given import T0
from tests.stories.story import ROOT

DAY = 24 * 3600.0


@dataclass
class Told:
    """Whom the alarms reach."""

    words: list[str]

    def tell(self, subject: str, body: str) -> bool:
        self.words.append(f"{subject}\n{body}")
        return True


@dataclass
class Here:
    """A bridge at a time that is moved by hand, with a configuration of its own."""

    environ: dict[str, str]
    redis: "Redis[Any]"
    url: str
    told: Told
    now: float = T0

    @property
    def config(self) -> Path:
        return Path(self.environ["BRIDGE_CONFIG"])

    def world(self, **environ: str) -> World:
        """A process that has just begun."""
        settings = load({**self.environ, **environ})
        return replace(wiring.world(settings, connect.quick(self.url), lambda: self.now), alarms=self.told)

    def whats(self, world: World) -> list[str]:
        acts = list(reversed(world.books.acts(1000)))
        assert all(is_fixed(act.what) for act in acts)
        return [act.what for act in acts]


@pytest.fixture
def here(tmp_path: Path, redis: "Redis[Any]", store_url: str) -> Here:
    copytree(ROOT / "config", tmp_path / "config")
    environ = {"BRIDGE_CONFIG": str(tmp_path / "config"), "BRIDGE_DATA": str(tmp_path / "data")}
    return Here(environ, redis, store_url, Told([]))


def test_what_has_changed_between_two_starts_is_written_down_once(here: Here) -> None:
    first = here.world()
    trail.begin(first)
    seen = here.whats(first)
    assert "the configuration was first seen: roster.toml" in seen
    assert any(what.startswith("the release ") for what in seen)
    trail.begin(here.world())
    assert here.whats(first) == seen
    with (here.config / "roster.toml").open("a") as file:
        file.write("\n# another line\n")
    for _ in range(2):
        trail.begin(here.world())
    assert here.whats(first)[len(seen) :] == ["the configuration was changed: roster.toml"]
    (first.settings.data / "store-damaged-1").mkdir()
    second = here.world(BRIDGE_SECRET_KEY="another secret that is long enough for anybody")
    trail.begin(second)
    later = here.whats(second)[len(seen) + 1 :]
    assert "the secret was changed" in later
    assert "cut a damaged file of the store" in later
    assert second.books.check([first.settings.secret_key]).holds


def test_two_processes_that_begin_at_once_write_it_down_once(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = here.world(), here.world()
    mark = one.books.mark

    def late(name: str) -> str:
        was = mark(name)
        if name == "accounts":
            trail.begin(other)
        return was

    monkeypatch.setattr(one.books, "mark", late)
    trail.begin(one)
    assert len(here.whats(one)) == len(set(here.whats(one)))


def test_once_a_day_the_trail_is_read_its_end_logged_and_what_is_old_trimmed(here: Here) -> None:
    world = here.world()
    world.books.record(Act(T0 - 401 * DAY, "mary", "logged in"))
    world.books.record(Act(T0, "mary", "logged in"))
    with capture_logs() as logged:
        for seconds in (0.0, 1.0, DAY - 2):
            here.now = T0 + seconds
            trail.tend(world)
    head = world.books.head()
    assert logged == [{"event": "audit head", "log_level": "info", "n": head.n, "hash": head.hash}]
    assert here.whats(world) == ["logged in", "trimmed what was kept long enough: 1"]
    here.now = T0 + DAY
    with capture_logs() as logged:
        trail.look(world)
        trail.tend(world)
        trail.tend(here.world())
    assert len(logged) == 1, "a look by hand is none of the clock's, and one clock is enough"
    assert here.told.words == []
    assert world.books.check().holds


def test_a_trail_that_does_not_hold_is_said_by_alarm_and_is_not_trimmed(here: Here) -> None:
    world = here.world()
    for n in (500, 450, 0):
        world.books.record(Act(T0 - n * DAY, "mary", "logged in"))
    here.redis.lset("trail", 0, "[]")
    with capture_logs() as logged:
        trail.tend(world)
    assert [line["event"] for line in logged] == ["the audit trail does not hold", "audit head"]
    (words,) = here.told.words
    assert "bridge audit-log --verify" in words
    assert here.redis.llen("trail") == 3


def test_an_end_that_goes_back_between_two_looks_shows(here: Here) -> None:
    world = here.world()
    world.books.record(Act(T0, "mary", "logged in"))
    before = {name: here.redis.dump(name) for name in ("trail", "trail_head")}
    world.books.record(Act(T0, "mary", "revealed the number", "412"))
    trail.tend(world)
    for name, content in before.items():
        here.redis.restore(name, 0, content, replace=True)
    here.now += DAY
    trail.tend(world)
    assert "entry 2 was expected, and the trail ends at entry 1" in here.told.words[0]


def test_what_was_counted_is_written_down_by_the_clock(here: Here) -> None:
    world = here.world()
    for _ in range(7):
        trail.note(world, "mary", "was refused: it takes the role admin", within=3600)
    here.now += 3600
    trail.tend(world)
    assert here.whats(world)[1:] == ["was refused: it takes the role admin (7 times in 60 minutes)"]


def test_a_note_that_cannot_be_written_stops_nothing_and_is_said_in_the_log(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = here.world()
    monkeypatch.setattr(world.books, "record", _gone)
    with capture_logs() as logged:
        trail.note(world, "mary", "took a backup")
    assert logged == [{"event": "act not written down", "error": "ConnectionError", "log_level": "error"}]


def test_how_the_trail_was_found_is_read_by_the_next_and_what_a_later_release_keeps_is_not(here: Here) -> None:
    world = here.world()
    assert world.books.checked() is None
    found = Checked(T0, Verdict(("entry 3 is missing",), 7, Head(9, "abc"), 1), T0 - 5)
    world.books.keep_checked(found)
    assert world.books.checked() == found
    here.redis.set("trail_checked", "{}")
    assert world.books.checked() is None


def _gone(*args: object) -> Callable[[], None]:
    raise ConnectionError("nobody there")
