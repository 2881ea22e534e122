"""How the processes are kept alive."""

import os
from configparser import RawConfigParser
from pathlib import Path

import pytest

from bridge import processes

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
