"""Keys that are missing are said before anything starts; keys that change do so while the bridge runs, and nothing is lost."""

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from bridge.cli import main
from bridge.core.errors import Conflict
from bridge.core.events import CalledAgain
from bridge.core.intake import Call
from bridge.core.model import Place, Request
from bridge.core.request import opened, step
from bridge.settings.environment import MAY_LOSE, NOT_SEALED
from bridge.store import reseal, trust
from bridge.store.redis_store import RedisStore
from bridge.store.reseal import Sealing
from bridge.store.seal import CALL, REQUEST, Seal, Sealed
from bridge.store.versions import Format
from tests.conftest import everything_in
from tests.given import OXFORD, T0, context, draft
from tests.stories.story import ROOT

SECRET = "a secret of at least thirty-two characters"
OLD, NEW, OTHER = (base64.urlsafe_b64encode(letter * 32).decode() for letter in (b"o", b"n", b"x"))
PLAIN = Seal([NOT_SEALED], SECRET)
IDS = [f"r{n}" for n in range(1, 9)]


def number(n: int) -> str:
    return f"+1256555{120 + n:04}"


def fill(redis: "Redis[Any]", seal: Seal) -> RedisStore:
    """Eight requests and a call."""
    store = RedisStore(redis, SECRET, seal=seal)
    for n, each in enumerate(IDS, start=1):
        request, effects = opened(draft(id=each, code=f"41{n}", callback=number(n)), context(), T0)
        store.create(request, effects, T0)
    store.save_call(Call("CA1", "r20", caller_id=number(20), place=OXFORD), T0 + 180)
    return store


class Terminal:
    """Somebody types commands of the bridge, with these keys."""

    def __init__(self, folder: Path, url: str) -> None:
        self.environ = {
            "BRIDGE_CONFIG": str(ROOT / "config"),
            "BRIDGE_DATA": str(folder),
            "REDIS_URL": url,
            "BRIDGE_SECRET_KEY": SECRET,
        }

    def types(self, *words: str, keys: str = "", **more: str) -> Result:
        environ = {**self.environ, "BRIDGE_SEAL_KEYS": keys, **more}
        result = CliRunner().invoke(main, words, env=environ)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert number(1) not in result.output
        return result


@pytest.fixture
def terminal(tmp_path: Path, store_url: str) -> Terminal:
    return Terminal(tmp_path, store_url)


# ---- the start


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Which settings were handed to a supervisor."""
    found = list[object]()
    monkeypatch.setattr("bridge.processes.become_supervisor", found.append)
    monkeypatch.setattr("bridge.processes.check_port", lambda *_: None)
    return found


def test_nothing_starts_where_requests_cannot_be_opened_and_it_says_how_many_and_which_variable_lacks_a_key(
    terminal: Terminal, redis: "Redis[Any]", started: list[object]
) -> None:
    fill(redis, Seal([OLD], SECRET))
    before = everything_in(redis)
    refused = terminal.types("run", keys=NEW)
    assert (refused.exit_code, started) == (1, [])
    assert refused.output.startswith("9 open requests and calls in the store cannot be opened")
    assert "BRIDGE_SEAL_KEYS lacks that key: put it behind the first one" in refused.output
    assert NEW not in refused.output
    forgotten = terminal.types("run")
    assert (forgotten.exit_code, started) == (1, [])
    assert "BRIDGE_SEAL_KEYS is not set" in forgotten.output
    assert everything_in(redis) == before
    assert terminal.types("run", keys=f"{NEW},{OLD}").exit_code == 0, "with the key it starts"
    assert len(started) == 1


def test_where_the_secret_that_the_key_came_from_was_changed_it_says_so(
    terminal: Terminal, redis: "Redis[Any]", started: list[object]
) -> None:
    fill(redis, Seal([], SECRET))
    refused = terminal.types("run", BRIDGE_SECRET_KEY="another secret of thirty-two characters")
    assert (refused.exit_code, started) == (1, [])
    assert "BRIDGE_SECRET_KEY (or the file `secret` in BRIDGE_DATA) has to be what it was then" in refused.output
    assert terminal.types("run", keys=NEW).exit_code == 0, "a key that is set for the first time lacks nothing"


def test_whoever_has_lost_the_key_for_good_may_start_all_the_same_and_is_told_what_that_means(
    terminal: Terminal, redis: "Redis[Any]", started: list[object]
) -> None:
    fill(redis, Seal([OLD], SECRET))
    run = terminal.types("run", keys=NEW, **{MAY_LOSE: "yes"})
    assert (run.exit_code, len(started)) == (0, 1)
    assert "9 open requests and calls in the store cannot be opened" in run.output
    assert "their callers are lost" in run.output


def test_a_process_of_the_embedded_store_looks_too(
    tmp_path: Path, redis: "Redis[Any]", store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(redis, Seal([OLD], SECRET))
    worked = list[bool]()
    monkeypatch.setattr("bridge.processes.die_with_parent", lambda *_: None)
    monkeypatch.setattr("workers.worker.run", lambda: worked.append(True))
    data = Path(store_url.removeprefix("unix://")).parents[1]
    monkeypatch.setattr("bridge.wiring.store_url", lambda _: store_url)
    terminal = Terminal(data, "")
    assert terminal.types("worker", keys=NEW).exit_code == 1
    assert terminal.types("worker", keys=OLD).exit_code == 0
    assert worked == [True]


def test_what_is_unreadable_for_another_reason_is_not_counted(redis: "Redis[Any]") -> None:
    fill(redis, Seal([OLD], SECRET))
    redis.hset("req:r1", "doc", "{}")
    redis.hset("req:r2", "doc", b'{"format":99}')
    redis.delete("req:r3")
    assert trust.shut(redis, Seal([NEW], SECRET)) == 6
    assert trust.shut(redis, Seal([NEW, OLD], SECRET)) == 0


# ---- rotation


def test_what_the_old_key_has_sealed_is_sealed_anew_and_then_the_old_key_can_go(
    terminal: Terminal, redis: "Redis[Any]"
) -> None:
    before = {each.id: each for each in fill(redis, Seal([OLD], SECRET)).requests()}
    due, outbox = (redis.zrange(key, 0, -1, withscores=True) for key in ("due", "outbox"))
    looked = terminal.types("seal", keys=f"{NEW},{OLD}")
    assert "first key 0 requests and calls are sealed, with another one 9" in looked.output
    said = terminal.types("seal", "--rotate", keys=f"{NEW},{OLD}")
    assert said.exit_code == 0
    assert "9 requests and calls are sealed anew" in said.output
    assert "the others can be taken out of BRIDGE_SEAL_KEYS" in said.output
    assert "backup that was made before still needs them" in " ".join(said.output.split())
    store = RedisStore(redis, SECRET, seal=Seal([NEW], SECRET))
    after = {each.id: each for each in store.requests()}
    assert [after[each].callback for each in IDS] == [before[each].callback for each in IDS]
    assert {each.version for each in after.values()} == {1}, "by a commit, as any other change"
    call = store.load_call("CA1")
    assert call is not None
    assert (call.caller_id, call.place) == (number(20), OXFORD)
    assert redis.ttl("call:CA1") > 3600
    assert [redis.zrange(key, 0, -1, withscores=True) for key in ("due", "outbox")] == [due, outbox]
    assert "0 requests and calls are sealed anew" in terminal.types("seal", "--rotate", keys=NEW).output


def test_what_an_older_release_has_left_is_sealed_too(terminal: Terminal, redis: "Redis[Any]") -> None:
    fill(redis, PLAIN)
    redis.hset("req:r1", "doc", redis.hget("req:r1", "doc").replace(b'"format":3', b'"format":2'))
    assert "9 requests and calls are sealed anew" in terminal.types("seal", "--rotate").output
    assert number(1) not in everything_in(redis)
    assert RedisStore(redis, SECRET).load("r1").callback == number(1)


def test_on_the_way_back_to_a_release_that_knows_no_seal_everything_is_opened(terminal: Terminal, redis: "Redis[Any]") -> None:
    fill(redis, Seal([OLD], SECRET))
    assert "9 requests and calls are sealed anew" in terminal.types("seal", "--rotate", keys=f"{NOT_SEALED},{OLD}").output
    assert reseal.look(redis, PLAIN) == Sealing(plain=9)
    assert Format("request", Request).read(redis.hget("req:r1", "doc")).callback == number(1)


def test_what_cannot_be_opened_stays_as_it_is_and_no_key_is_said_to_be_free(terminal: Terminal, redis: "Redis[Any]") -> None:
    fill(redis, Seal([OLD], SECRET))
    RedisStore(redis, SECRET, seal=Seal([OTHER], SECRET)).save_call(Call("CA2", "r9", caller_id=number(9)), T0)
    stays = redis.get("call:CA2")
    said = terminal.types("seal", "--rotate", keys=f"{NEW},{OLD}")
    assert said.exit_code == 1
    assert "9 requests and calls are sealed anew" in said.output
    assert "do not take a key out" in said.output
    assert "can be taken out" not in said.output
    assert redis.get("call:CA2") == stays


def test_whoever_changes_a_request_or_a_call_meanwhile_is_not_overwritten(
    redis: "Redis[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    store, seal = fill(redis, Seal([OLD], SECRET)), Seal([NEW, OLD], SECRET)
    ours = RedisStore(redis, SECRET, seal=seal)
    really, write = RedisStore.commit, Sealed.write

    def late(self: RedisStore, before: Request, *rest: Any) -> bool:
        """Somebody else is first, once for each request."""
        if self is ours and before.version == 0:
            moved = step(before, CalledAgain(Place("Gadsden", "Etowah", "F"), number(1), ""), context(), T0 + 90)
            really(store, before, *moved, T0 + 90)
        return really(self, before, *rest)

    def late_call(self: Sealed[Any], value: Any, by: Seal) -> bytes:
        if self is CALL and by is seal and value.turn == 0:
            store.save_call(Call("CA1", "r20", caller_id=number(21), turn=1), T0 + 200)
        return write(self, value, by)

    monkeypatch.setattr(RedisStore, "commit", late)
    monkeypatch.setattr(Sealed, "write", late_call)
    assert reseal.reseal(redis, ours, seal, T0 + 90) == 9
    monkeypatch.undo()
    alone = RedisStore(redis, SECRET, seal=Seal([NEW], SECRET))
    assert {each.version for each in alone.requests()} == {2}
    assert {each.nudged_at for each in alone.requests()} == {T0 + 90}
    call = alone.load_call("CA1")
    assert call is not None
    assert (call.turn, call.caller_id) == (1, number(21))


def test_where_somebody_else_is_always_first_it_gives_up_by_name(redis: "Redis[Any]", monkeypatch: pytest.MonkeyPatch) -> None:
    store = fill(redis, Seal([OLD], SECRET))
    monkeypatch.setattr(store, "commit", lambda *_: False)
    with pytest.raises(Conflict):
        reseal.reseal(redis, store, Seal([NEW, OLD], SECRET), T0)


def test_what_is_gone_meanwhile_needs_no_seal(redis: "Redis[Any]", monkeypatch: pytest.MonkeyPatch) -> None:
    store, seal = fill(redis, Seal([OLD], SECRET)), Seal([NEW, OLD], SECRET)
    found = list(reseal._documents(redis))
    monkeypatch.setattr(reseal, "_documents", lambda _: found)
    redis.flushall()
    assert reseal.reseal(redis, store, seal, T0) == 0
    assert redis.keys("*") == []


DIES = """
import os, signal, sys
from bridge.cli import main
from bridge.store.redis_store import RedisStore

really, left = RedisStore.commit, [{n}]

def commit(self, *arguments):
    left[0] -= 1
    if left[0] == 0 and "{when}" == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = really(self, *arguments)
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

RedisStore.commit = commit
main(["seal", "--rotate"])
"""


@pytest.mark.parametrize(("when", "done"), [("before", 3), ("after", 4)])
def test_a_rotation_that_is_killed_in_the_middle_loses_nothing_and_goes_on_where_it_was(
    terminal: Terminal, redis: "Redis[Any]", when: str, done: int
) -> None:
    fill(redis, Seal([OLD], SECRET))
    environ = {**os.environ, **terminal.environ, "BRIDGE_SEAL_KEYS": f"{NEW},{OLD}"}
    died = subprocess.run([sys.executable, "-c", DIES.format(n=4, when=when)], env=environ, cwd=ROOT, check=False)
    assert died.returncode == -signal.SIGKILL
    both = Seal([NEW, OLD], SECRET)
    assert reseal.look(redis, both) == Sealing(first=done, other=9 - done)
    assert {each.callback for each in RedisStore(redis, SECRET, seal=both).requests()} == {number(n) for n in range(1, 9)}
    assert f"{9 - done} requests and calls are sealed anew" in terminal.types("seal", "--rotate", keys=f"{NEW},{OLD}").output
    assert reseal.look(redis, Seal([NEW], SECRET)) == Sealing(first=9)


# ---- backups


@pytest.fixture
def backed_up(terminal: Terminal, redis: "Redis[Any]", tmp_path: Path) -> Callable[[Seal, str], tuple[Path, str]]:
    def make(seal: Seal, keys: str) -> tuple[Path, str]:
        fill(redis, seal)
        said = terminal.types("backup", str(tmp_path / "picture"), keys=keys)
        assert said.exit_code == 0, said.output
        return tmp_path / "picture", said.output

    return make


def test_a_stolen_backup_reveals_nothing_and_says_that_it_needs_the_keys(
    backed_up: Callable[[Seal, str], tuple[Path, str]],
) -> None:
    file, said = backed_up(Seal([OLD], SECRET), OLD)
    assert number(1)[2:] not in file.read_text()
    assert "Oxford" not in file.read_text()
    assert "numbers and places are sealed in it" in said
    assert "needs the keys that the bridge has now" in said


def test_one_that_is_not_sealed_says_so(backed_up: Callable[[Seal, str], tuple[Path, str]]) -> None:
    file, said = backed_up(PLAIN, NOT_SEALED)
    assert number(1) in file.read_text()
    assert "It holds callers' numbers and places" in said
    assert "They are not sealed" in said


def test_one_whose_key_is_not_there_is_refused_by_the_name_of_the_variable_and_nothing_changes(
    terminal: Terminal, redis: "Redis[Any]", backed_up: Callable[[Seal, str], tuple[Path, str]]
) -> None:
    file, _ = backed_up(Seal([OLD], SECRET), OLD)
    before = everything_in(redis)
    refused = terminal.types("restore", str(file), "--replace", keys=NEW)
    assert refused.exit_code == 1
    assert "9 of its requests and calls were sealed with a key that BRIDGE_SEAL_KEYS lacks" in refused.output
    assert everything_in(redis) == before


def test_what_an_older_key_or_none_has_sealed_is_sealed_with_the_first_one_as_it_comes_back(
    terminal: Terminal, redis: "Redis[Any]", backed_up: Callable[[Seal, str], tuple[Path, str]]
) -> None:
    for seal in (Seal([OLD], SECRET), PLAIN):
        redis.flushall()
        file, _ = backed_up(seal, OLD)
        redis.flushall()
        assert terminal.types("restore", str(file), keys=f"{NEW},{OLD}").exit_code == 0
        assert reseal.look(redis, Seal([NEW], SECRET)) == Sealing(first=9)
        assert REQUEST.read(redis.hget("req:r1", "doc"), Seal([NEW], SECRET)).callback == number(1)
