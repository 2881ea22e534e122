"""A picture of the whole store in one file: what goes in comes out, and nothing else is ever put into a store."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from bridge.cli import main
from bridge.core.intake import Call
from bridge.core.ledger import Ledger, with_leave
from bridge.core.request import opened
from bridge.core.rota import Leave
from bridge.core.trail import Act
from bridge.core.trail_words import is_fixed
from bridge.store import backup
from bridge.store.redis_books import RedisBooks
from bridge.store.redis_rota import RedisRota
from bridge.store.redis_store import RedisStore
from bridge.store.seal import Seal
from tests.given import CALLER, T0, context, draft
from tests.stories.story import ROOT

SECRET = "a secret of at least thirty-two characters"


class Terminal:
    """Somebody types `bridge backup` and `bridge restore`."""

    def __init__(self, folder: Path, url: str) -> None:
        self.file = folder / "picture"
        self._environ = {
            "BRIDGE_CONFIG": str(ROOT / "config"),
            "BRIDGE_DATA": str(folder),
            "REDIS_URL": url,
            "BRIDGE_SECRET_KEY": SECRET,
        }

    def types(self, *words: str) -> Result:
        result = CliRunner().invoke(main, words, env=self._environ)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def backs_up(self) -> str:
        result = self.types("backup", str(self.file))
        assert result.exit_code == 0, result.output
        return result.output

    def restores(self, *how: str) -> str:
        result = self.types("restore", str(self.file), *how)
        assert result.exit_code == 0, result.output
        return result.output

    def is_refused(self, *words: str) -> str:
        result = self.types(*words)
        assert result.exit_code != 0
        assert "Traceback" not in result.output
        return result.output


@pytest.fixture
def terminal(tmp_path: Path, redis: "Redis[Any]", store_url: str) -> Terminal:
    return Terminal(tmp_path, store_url)


@pytest.fixture
def store(redis: "Redis[Any]") -> RedisStore:
    """A store in which something goes on."""
    store = RedisStore(redis, SECRET)
    request, effects = opened(draft(), context(), T0)
    store.create(request, effects, T0)
    store.save_call(Call("CA1", "r2", caller_id=CALLER), T0 + 180)
    RedisRota(redis).change(Ledger(), with_leave(Ledger(), Leave("l1", "boyd", T0, T0 + 60)), ())
    redis.rpush("many", *range(2500))
    redis.zadd("scores", {"a": T0 + 0.1, "b": 1e-9, "c": -1772525040.123456})
    redis.set("bytes", b"\xff\x00\n\r\xc3\x28")
    redis.set("soon", "gone", px=60_000)
    return store


def contents(redis: "Redis[Any]") -> dict[Any, Any]:
    """Everything, but how often something has changed, and that a backup was made or restored."""
    kept = (key for key in backup.take(redis, "x", T0).keys if key.name not in ("changes", "trail", "trail_head"))
    return {key.name: (key.type, sorted(key.value) if key.type == "set" else key.value) for key in kept}


# ---- there and back


def test_what_was_in_the_store_is_in_it_again(terminal: Terminal, store: RedisStore, redis: "Redis[Any]") -> None:
    before, changes = contents(redis), store.changes()
    terminal.backs_up()
    redis.flushall()
    said = terminal.restores()
    assert contents(redis) == before
    assert "1 request" in said
    assert redis.zscore("scores", "a") == T0 + 0.1
    assert redis.get("bytes") == b"\xff\x00\n\r\xc3\x28"
    assert [int(each) for each in redis.lrange("many", 0, -1)] == list(range(2500))
    assert store.load("r1").callback == CALLER
    assert store.changes() > changes, "whoever shows requests looks again"


def test_what_expires_goes_on_to(terminal: Terminal, store: RedisStore, redis: "Redis[Any]") -> None:
    terminal.backs_up()
    redis.flushall()
    terminal.restores()
    assert 0 < redis.pttl("soon") <= 60_000
    assert redis.ttl("call:CA1") > 3600
    assert redis.ttl("req:r1") > 24 * 3600
    assert redis.ttl("many") == -1


def test_with_replace_it_goes_into_a_store_that_holds_something_and_what_was_there_is_gone(
    terminal: Terminal, store: RedisStore, redis: "Redis[Any]"
) -> None:
    terminal.backs_up()
    before = contents(redis)
    other, effects = opened(draft(id="r9", code="999", callback=""), context(), T0)
    store.create(other, effects, T0)
    changes = store.changes()
    terminal.restores("--replace")
    assert contents(redis) == before
    assert store.changes() > changes


def test_what_belongs_to_the_processes_of_the_moment_is_neither_kept_nor_touched(
    terminal: Terminal, store: RedisStore, redis: "Redis[Any]"
) -> None:
    store.claim("r1/0", "a worker", T0)
    store.beat("clock:1", T0)
    redis.hset("time:b1", "offset", "1")
    redis.rpush("rq:queue:effects", "job")
    terminal.backs_up()
    names = [json.loads(line)[0] for line in terminal.file.read_text().splitlines()[1:]]
    assert not [name for name in names if name.startswith(backup.LEFT_OUT)]
    terminal.restores("--replace")
    assert {b"claim:r1/0", b"beats", b"time:b1", b"rq:queue:effects"} <= set(redis.keys("*"))


def test_the_file_is_for_its_owner_alone_and_people_are_told_what_is_in_it(terminal: Terminal, store: RedisStore) -> None:
    terminal.file.write_text("an older one")
    terminal.file.chmod(0o644)
    said = terminal.backs_up()
    assert stat.S_IMODE(terminal.file.stat().st_mode) == 0o600
    assert "numbers" in said
    assert "Delete the file" in said
    assert list(terminal.file.parent.glob(".picture*")) == [], "no half of it is left"


def test_a_request_that_comes_while_it_is_put_back_is_not_lost(
    terminal: Terminal, store: RedisStore, redis: "Redis[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.backs_up()
    picture = backup.read(terminal.file, Seal((), SECRET))
    redis.flushall()
    really, first = backup._write, [True]

    def write(pipe: Any, key: backup.Key) -> None:
        if first.pop() if first else False:
            other, effects = opened(draft(id="r9", code="999", callback=""), context(), T0)
            store.create(other, effects, T0)
        really(pipe, key)

    monkeypatch.setattr(backup, "_write", write)
    with pytest.raises(backup.HoldsRequests):
        backup.put(redis, picture, replace=False)
    assert [request.id for request in store.requests()] == ["r9"]


# ---- refusals


def _cut(data: bytes) -> bytes:
    return data[:-20]


def _flipped(data: bytes) -> bytes:
    return data.replace(b'"412', b'"413')


def _headless(data: bytes) -> bytes:
    return data.partition(b"\n")[2]


def _of_the_future(data: bytes) -> bytes:
    return data.replace(b'"format":1,', b'"format":2,', 1)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (_cut, "damaged or cut off"),
        (_flipped, "damaged or cut off"),
        (_headless, "not written by"),
        (_of_the_future, "format 2"),
        (lambda _: b"", "not written by"),
        (lambda _: b"\x00\xff\n" * 9, "not written by"),
        (lambda _: b"[1]\n", "not written by"),
        (lambda data: data.partition(b"\n")[0], "damaged or cut off"),
    ],
)
def test_a_file_that_is_not_whole_and_ours_is_refused_before_anything_is_touched(
    terminal: Terminal, store: RedisStore, redis: "Redis[Any]", damage: Callable[[bytes], bytes], why: str
) -> None:
    terminal.backs_up()
    terminal.file.write_bytes(damage(terminal.file.read_bytes()))
    before = contents(redis)
    said = terminal.is_refused("restore", str(terminal.file), "--replace")
    assert why in said
    assert CALLER not in said
    assert contents(redis) == before


def _written(path: Path, *keys: backup.Key) -> None:
    backup.save(path, backup.Picture("x", "2026-03-03T08:04:00+00:00", keys))


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (backup.Key("req:r1", "hash", -1, ["version", "0", "doc", '{"format":99}']), "format 99"),
        (backup.Key("req:r1", "hash", -1, ["version", "0", "doc", "{}"]), "cannot be read"),
        (backup.Key("req:r1", "hash", -1, ["version"]), "longer|shorter|zip"),
        (backup.Key("call:c", "string", -1, "x"), "no document"),
        (backup.Key("x", "stream", -1, []), "type that means nothing"),
        (backup.Key("x", "string", -1, ["a"]), "type that means nothing"),
    ],
)
def test_a_picture_that_this_release_cannot_read_is_refused_as_a_whole(
    terminal: Terminal, redis: "Redis[Any]", key: backup.Key, why: str
) -> None:
    _written(terminal.file, backup.Key("good", "string", -1, "y"), key)
    said = terminal.is_refused("restore", str(terminal.file))
    assert any(word in said for word in why.split("|"))
    assert redis.keys("*") == []


@pytest.mark.parametrize("name", ["req:r1", "call:c", "ledger", "users", "acts"])
def test_a_store_that_holds_something_is_not_overwritten(terminal: Terminal, redis: "Redis[Any]", name: str) -> None:
    terminal.backs_up()
    redis.set(name, "precious")
    assert "--replace" in terminal.is_refused("restore", str(terminal.file))
    assert redis.get(name) == b"precious"


def test_a_backup_and_a_restore_are_written_down_with_where_the_trail_before_had_ended(
    terminal: Terminal, redis: "Redis[Any]"
) -> None:
    books = RedisBooks(redis, SECRET)
    books.record(Act(T0, "mary", "logged in"))
    terminal.backs_up()
    lost = books.head()
    assert "--replace" in terminal.is_refused("restore", str(terminal.file)), "what people did is something to lose"
    terminal.restores("--replace")
    said, first = books.acts(9)
    assert first == Act(T0, "mary", "logged in")
    assert said.what.endswith(f"; the trail before ended at entry 2, {lost.hash[:16]}")
    assert is_fixed(said.what)
    assert books.check().holds


def test_a_trail_that_says_only_that_a_bridge_has_begun_is_nothing_to_lose(terminal: Terminal, redis: "Redis[Any]") -> None:
    terminal.backs_up()
    redis.flushall()
    RedisBooks(redis, SECRET).record(Act(T0, "start", "the secret was first seen"))
    terminal.restores()


def test_a_store_that_is_shared_with_strangers_is_not_backed_up_by_halves(terminal: Terminal, redis: "Redis[Any]") -> None:
    redis.xadd("theirs", {"a": "b"})
    assert "theirs" in terminal.is_refused("backup", str(terminal.file))
    assert not terminal.file.exists()


def test_without_a_store_and_without_a_place_to_write_somebody_is_told_in_one_line(
    tmp_path: Path, store_url: str, redis: "Redis[Any]"
) -> None:
    assert "does not answer" in Terminal(tmp_path, "unix:///nowhere").is_refused("backup", str(tmp_path / "x"))
    nowhere = Terminal(tmp_path, store_url)
    assert "cannot be read or written" in nowhere.is_refused("backup", str(tmp_path / "no such folder" / "x"))
    assert "does not exist" in nowhere.is_refused("restore", str(tmp_path / "no such file"))
