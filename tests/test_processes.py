"""How the processes are kept alive."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge import processes
from bridge.cli import main
from tests.stories.story import ROOT

CONF = Path(processes.__file__).with_name("supervisord.conf")


def test_the_supervisor_never_waits_longer_and_longer_before_it_starts_a_process_again() -> None:
    """With any other startsecs it would, by a second for each time that a process has ended early."""
    conf = RawConfigParser(inline_comment_prefixes=(";",))
    conf.read(CONF)
    programs = [conf[name] for name in conf.sections() if name.startswith("program:")]
    kept = [each for each in programs if each["autorestart"] == "true"]
    assert len(kept) > 5
    assert {each["startsecs"] for each in kept} == {"0"}


def test_two_of_each_process_that_callers_depend_on_are_kept_alive() -> None:
    conf = RawConfigParser(inline_comment_prefixes=(";",))
    conf.read(CONF)
    assert [conf[f"program:{name}"]["numprocs"] for name in ("web", "worker", "clock")] == ["2", "%(ENV_BRIDGE_WORKERS)s", "2"]


def test_what_the_supervisor_starts_again_at_once_waits_a_moment_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept = list[float]()
    monkeypatch.setattr("bridge.processes.time.sleep", slept.append)
    monkeypatch.setenv("BRIDGE_DATA", str(tmp_path))
    monkeypatch.setenv("SUPERVISOR_PROCESS_NAME", "web-0")
    assert [processes.pace(), processes.pace()] == [False, True]
    monkeypatch.setenv("SUPERVISOR_PROCESS_NAME", "web-1")
    assert processes.pace() is False
    os.utime(tmp_path / "starts" / "web-1", (0, 0))
    assert processes.pace() is False
    assert slept == [processes.PAUSE]


def test_where_nothing_can_be_written_it_waits_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept = list[float]()
    monkeypatch.setattr("bridge.processes.time.sleep", slept.append)
    (tmp_path / "starts").write_text("in the way")
    monkeypatch.setenv("BRIDGE_DATA", str(tmp_path))
    monkeypatch.setenv("SUPERVISOR_PROCESS_NAME", "store")
    assert processes.pace() is True
    assert slept == [processes.PAUSE]


def test_a_command_that_somebody_types_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUPERVISOR_PROCESS_NAME", raising=False)
    assert [processes.pace(), processes.pace()] == [False, False]


@pytest.fixture
def web_of_another_bridge() -> Iterator[socket.socket]:
    with socket.socket() as listening:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):  # as gunicorn does
            listening.setsockopt(socket.SOL_SOCKET, option, 1)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


def run(port: int, data: Path, host: str = "127.0.0.1") -> Result:
    environ = {"PORT": str(port), "HOST": host, "BRIDGE_DATA": str(data), "BRIDGE_CONFIG": str(ROOT / "config")}
    return CliRunner().invoke(main, ["run"], env=environ)


def test_a_second_bridge_on_the_same_port_is_refused(
    web_of_another_bridge: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = list[object]()
    monkeypatch.setattr("bridge.processes.become_supervisor", started.append)
    monkeypatch.setattr("bridge.processes.DYING", 0.3)
    port = web_of_another_bridge.getsockname()[1]
    for host in ("127.0.0.1", "0.0.0.0"):
        refused = run(port, tmp_path, host)
        assert (refused.exit_code, started) == (1, [])
        assert (
            refused.output == f"Somebody listens on port {port} already: stop the other bridge, or set PORT to another one.\n"
        )

    wrong = run(port, tmp_path, "203.0.113.1")
    assert (wrong.exit_code, started) == (1, [])
    assert wrong.output.startswith(f"Nothing can listen on 203.0.113.1, port {port} (")
    assert "set HOST and PORT" in wrong.output


def test_a_bridge_that_is_about_to_end_is_waited_for(
    web_of_another_bridge: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = list[object]()
    monkeypatch.setattr("bridge.processes.become_supervisor", started.append)
    ends = threading.Timer(0.3, web_of_another_bridge.close)
    ends.start()
    assert run(web_of_another_bridge.getsockname()[1], tmp_path).exit_code == 0
    assert len(started) == 1
    ends.join()


@pytest.mark.parametrize(("set_before", "is_then"), [(None, "timeout:1 attempts:2"), ("timeout:3", "timeout:3")])
def test_a_name_server_that_is_dead_is_not_waited_for_long(
    set_before: str | None, is_then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resolver reads it from the environment of the process itself."""
    monkeypatch.setenv("RES_OPTIONS", set_before or "")
    if not set_before:
        monkeypatch.delenv("RES_OPTIONS")
    monkeypatch.setattr("bridge.cli.cli_world.settings", lambda: sys.exit("enough"))
    CliRunner().invoke(main, ["carrier"])
    assert subprocess.check_output(("printenv", "RES_OPTIONS"), text=True).strip() == is_then
