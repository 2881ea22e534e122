"""The embedded store is for its owner alone: no port, and no directory, socket or file that anybody else could open."""

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis

from bridge.cli import main
from bridge.store import server
from tests.conftest import start_store
from tests.stories.story import ROOT


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}


def test_its_socket_and_its_directory_are_for_their_owner_alone_and_so_is_every_file(tmp_path: Path) -> None:
    data = tmp_path / "var"
    (data / "store").mkdir(parents=True)
    for folder in (data, data / "store"):
        folder.chmod(0o755)  # as somebody may have made it
    former = os.umask(0o000)
    try:
        running = start_store(data)
    finally:
        os.umask(former)
    try:
        socket = server.socket_path(data)
        redis = Redis.from_url(f"unix://{socket}")
        redis.set("a", 1)
        redis.bgrewriteaof()
        assert redis.config_get("port") == {"port": "0"}
        redis.close()
        assert stat.S_IMODE(socket.lstat().st_mode) == 0o700
        assert stat.S_IMODE(socket.parent.lstat().st_mode) == 0o700
        found = modes(data / "store")
        assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}
        assert len(found) > 3
    finally:
        running.kill()
        running.wait()


def test_whoever_has_made_the_directory_of_the_socket_first_is_not_taken_for_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, data = tmp_path / "tmp", tmp_path / ("long" * 30)
    shared.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(shared))
    folder = server.socket_path(data).parent
    assert folder.parent == shared
    assert server.is_ours(data), "nobody has made it"
    folder.mkdir()
    assert server.is_ours(data)
    folder.rmdir()
    folder.symlink_to(tmp_path)
    assert not server.is_ours(data), "a link leads wherever its owner likes"
    environ = {"BRIDGE_DATA": str(data), "BRIDGE_CONFIG": str(ROOT / "config")}
    refused = CliRunner().invoke(main, ["store"], env=environ)
    assert refused.exit_code == 1
    assert refused.output.startswith(f"{folder} belongs to somebody else on this machine")
    folder.unlink()
    folder.mkdir()
    monkeypatch.setattr(server, "socket_path", lambda _: folder / "valkey.sock")
    assert server.is_ours(data)
    monkeypatch.setattr("os.getuid", lambda: os.geteuid() + 1)
    assert not server.is_ours(data), "the directory is another user's"
