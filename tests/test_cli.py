"""The `bridge` command, as somebody types it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge import cli
from bridge.cli import main
from bridge.settings import check_password, load
from bridge.simulator import Simulator
from tests.stories.story import ROOT, free_port, settings


def typed(*words: str, **environ: str) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(main, words, env={"BRIDGE_CONFIG": str(ROOT / "config"), **environ})


def test_check_says_that_the_sample_is_valid(tmp_path: Path) -> None:
    result = typed("check", BRIDGE_DATA=str(tmp_path))
    assert result.exit_code == 0
    assert "is valid" in result.output


def test_check_lists_every_fault_and_fails(tmp_path: Path) -> None:
    result = typed("check", BRIDGE_DATA=str(tmp_path), PORT="eighty", BRIDGE_CONFIG=str(tmp_path))
    assert result.exit_code == 1
    assert "PORT" in result.output
    assert "roster.toml" in result.output
    assert "Traceback" not in result.output


def test_check_warns_of_a_live_configuration_with_sample_numbers(tmp_path: Path) -> None:
    live = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "t", "BRIDGE_LINE_NUMBER": "+18332192461"}
    result = typed("check", BRIDGE_DATA=str(tmp_path), **live)
    assert result.exit_code == 0
    assert "warning: " in result.output
    assert "bridge call" not in result.output


def test_a_call_needs_the_local_carrier(tmp_path: Path) -> None:
    nobody = typed("call", BRIDGE_DATA=str(tmp_path), PORT=str(free_port()))
    assert nobody.exit_code == 1
    assert "make run" in nobody.output
    live = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "t", "BRIDGE_LINE_NUMBER": "+18332192461"}
    refused = typed("call", BRIDGE_DATA=str(tmp_path), **live)
    assert refused.exit_code == 1
    assert "local carrier only" in refused.output


def test_a_call_is_played_and_told(tmp_path: Path) -> None:
    chosen = settings({"BRIDGE_DATA": str(tmp_path)})
    sim = Simulator(account_sid=chosen.account_sid, auth_token=chosen.auth_token, line=chosen.line, voice_url="")
    with sim:
        result = typed("call", "--listen", "0", BRIDGE_DATA=str(tmp_path), TWILIO_BASE_URL=sim.base_url)
    assert "+12565550177" in result.output


def test_welcome_gives_up_with_a_word_on_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.cli.READY_WITHIN", 0.2)
    result = typed("welcome", BRIDGE_DATA=str(tmp_path), PORT=str(free_port()))
    assert result.exit_code == 1
    assert "not ready" in result.output


def test_a_process_with_a_broken_configuration_says_why_and_ends(tmp_path: Path) -> None:
    for process in ("worker", "clock", "web", "store", "carrier", "run"):
        environ = {**os.environ, "BRIDGE_CONFIG": str(tmp_path), "BRIDGE_DATA": str(tmp_path / "var")}
        command = [sys.executable, "-m", "bridge", process]
        ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 1, process
        assert "roster.toml" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_the_demonstration_has_a_user_of_each_role_and_they_are_the_same_at_every_start(tmp_path: Path) -> None:
    environ = {"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_DATA": str(tmp_path)}
    assert load(environ).users == load(environ).users
    assert list(load(environ).users) == ["watcher", "dispatcher", "admin"]


def test_the_greeting_says_how_to_log_in(tmp_path: Path) -> None:
    found = load({"BRIDGE_CONFIG": str(ROOT / "config"), "BRIDGE_DATA": str(tmp_path)})
    said = cli._greeting(found)
    assert "log in as watcher, dispatcher or admin, password " in said
    password = said.split("password ")[1].split("\n")[0]
    assert all(check_password(user, password) for user in found.users.values())
    assert found.users["admin"].totp in said
