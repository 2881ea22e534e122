"""The files of a store that is set as the embedded one is: what was answered is there, however the last of them ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from bridge.cli import main
from bridge.core.request import opened
from bridge.store import damage
from bridge.store.redis_store import RedisStore
from tests.given import T0, context, draft
from tests.store.servers import Server
from tests.stories.story import ROOT

# Starts a command whose files stay under 30,720 bytes: a write beyond that fails, as it does on a full disk.
FULL = ("/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 60; exec "$0" "$@"')


def promise(client: "Redis[Any]", n: int) -> str:
    """Store a request. Returns its id, and raises where that is not certain."""
    request, effects = opened(draft(id=f"r{n}", code=str(n), callback=""), context(), T0)
    return RedisStore(client, "secret").create(request, effects, T0)


def newest(server: Server) -> Path:
    """The file that it writes to."""
    return max((server.home / "appendonlydir").glob("*.incr.aof"))


@contextmanager
def client_of(server: Server) -> Iterator["Redis[Any]"]:
    try:
        with Redis(port=server.port, retry=Retry(NoBackoff(), 0)) as client:
            yield client
    finally:
        server.kill()


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_a_file_cut_in_its_last_record_loses_that_record_alone(tmp_path: Path, cut: int) -> None:
    server = Server(tmp_path)
    with client_of(server) as client:
        promised = [promise(client, n) for n in range(20)]
        whole = newest(server).stat().st_size
        client.set("last", "x" * 100)  # what was under way when the power failed
    assert newest(server).stat().st_size > whole + 100
    os.truncate(newest(server), newest(server).stat().st_size - cut)
    server.start()
    with client_of(server) as client:
        assert client.get("last") is None
        assert client.smembers("requests") == {each.encode() for each in promised}
        assert promise(client, 20) == "r20"


def test_a_full_disk_takes_no_promise_and_loses_none(tmp_path: Path) -> None:
    server, promised = Server(tmp_path, by=FULL), list[str]()
    with client_of(server) as client:
        with suppress(RedisError):
            while True:
                promised.append(promise(client, len(promised)))
        server.process.wait(20)  # it cannot know any more what is on disk: it ends, and starts again from what is
    assert len(promised) > 3
    server.start()
    with client_of(server) as client:
        assert set(promised) <= {each.decode() for each in client.smembers("requests")}
        assert promise(client, 9999) == "r9999"


def damaged(data: Path) -> list[str]:
    """A store whose file was damaged in its middle. Returns the requests in it."""
    server = Server(data / "store")
    with client_of(server) as client:
        promised = [promise(client, n) for n in range(20)]
    content = newest(server).read_bytes()
    record = content.index(b"\r\n*", len(content) // 2) + 2
    newest(server).write_bytes(content[:record] + b"XX" + content[record + 2 :])
    return promised


def test_a_file_damaged_in_its_middle_is_named_and_cut_there_with_a_copy_kept(tmp_path: Path) -> None:
    promised = damaged(tmp_path)
    before = sorted(path.read_bytes() for path in (tmp_path / "store" / "appendonlydir").iterdir())
    found = damage.find(tmp_path)
    assert found is not None
    assert f"{found.file} is damaged after {found.readable} of {found.size} bytes" in damage.told(found)
    result = CliRunner().invoke(
        main, ["store", "--mend"], env={"BRIDGE_DATA": str(tmp_path), "BRIDGE_CONFIG": str(ROOT / "config")}
    )
    assert (result.exit_code, f"was cut from {found.size} bytes to {found.readable}." in result.output) == (0, True)
    copy = tmp_path / "store-damaged-1"
    assert f"kept in {copy}." in result.output
    assert sorted(path.read_bytes() for path in copy.iterdir()) == before
    server = Server(tmp_path / "store")
    with client_of(server) as client:
        assert {each.decode() for each in client.smembers("requests")} < set(promised)
        assert client.scard("requests") > 5
    assert damage.find(tmp_path) is None
    assert damage.mend(tmp_path) == ([], None)


def test_files_of_a_store_that_runs_are_left_alone(tmp_path: Path, store_url: str) -> None:
    data = Path(store_url.removeprefix("unix://")).parents[1]
    result = CliRunner().invoke(
        main, ["store", "--mend"], env={"BRIDGE_DATA": str(data), "BRIDGE_CONFIG": str(ROOT / "config")}
    )
    assert (result.exit_code, "Stop the bridge first" in result.output) == (1, True)


def test_a_store_that_ends_at_once_because_it_is_damaged_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged(tmp_path)
    monkeypatch.setattr("bridge.store.server.become_server", lambda data: None)
    monkeypatch.setattr("bridge.processes.die_with_parent", lambda: None)
    monkeypatch.setattr("bridge.processes.PAUSE", 0.0)
    ours = {"BRIDGE_DATA": str(tmp_path), "BRIDGE_CONFIG": str(ROOT / "config"), "SUPERVISOR_PROCESS_NAME": "store"}
    first, second = (CliRunner().invoke(main, ["store"], env=ours).output for _ in range(2))
    assert first == ""
    assert "does not start on it" in second
    assert "bridge store --mend" in second
