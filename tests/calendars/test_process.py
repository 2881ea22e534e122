"""The process that reads the calendars, as it is started: it looks at once, outlives a store that is away, ends when told."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from redis import Redis

from bridge.calendars.refresh import Refresher
from bridge.processes import _environment
from bridge.settings import load
from bridge.store.redis_rota import RedisRota
from tests.calendars.conftest import Agency
from tests.calendars.ics import calendar, event
from tests.conftest import logged, wait_until
from workers import calendars

ENTRY = """
[[calendar]]
name = "d"
region = "D"
rank = "on-call"
file = "d.ics"
"""


@pytest.fixture
def environ(tmp_path: Path, store_url: str) -> dict[str, str]:
    """An agency with one calendar, which never ends, and a store."""
    config = tmp_path / "config"
    shutil.copytree("config", config)
    (config / "roster.toml").write_text((config / "roster.toml").read_text() + ENTRY)
    (config / "d.ics").write_bytes(calendar(event("Kirby", "20200101T000000Z", "20200102T000000Z", "RRULE:FREQ=DAILY")))
    secret = {"BRIDGE_SECRET_KEY": "k" * 32, "REDIS_URL": store_url}
    return {"BRIDGE_DATA": str(tmp_path / "var"), "BRIDGE_CONFIG": str(config), **secret}


def test_the_process_looks_at_once_and_ends_when_it_is_told(environ: dict[str, str], redis: "Redis[bytes]") -> None:
    process = subprocess.Popen([sys.executable, "-m", "bridge", "calendars"], env={**os.environ, **environ})
    try:
        rota = RedisRota(redis)
        wait_until(lambda: rota.live()[1], limit=60.0)
        (copy,) = rota.live()[1]
        assert (copy.name, copy.fault, {one.who for one in copy.bookings}) == ("d", "", {"kirby"})
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()


def test_it_is_started_only_where_there_are_calendars(environ: dict[str, str]) -> None:
    assert _environment(load(environ))["BRIDGE_CALENDARS"] == "true"
    del environ["BRIDGE_CONFIG"]
    assert _environment(load(environ))["BRIDGE_CALENDARS"] == "false"


class Round(Refresher):
    """A round that counts itself, and fails as often as it is told."""

    def __init__(self, agency: Agency, stop: threading.Event, failures: int, rounds: int) -> None:
        super().__init__(agency.world())
        self.stop, self.failures, self.left, self.done = stop, failures, rounds, 0

    def refresh(self) -> None:
        """One round."""
        self.done += 1
        if self.done == self.left:
            self.stop.set()
        if self.done <= self.failures:
            raise ConnectionError


def test_a_round_that_fails_is_followed_by_another_soon(
    agency: Agency, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(calendars, "AFTER_FAILURE", 0.0)
    stop = threading.Event()
    rounds = Round(agency, stop, failures=2, rounds=2)
    calendars.look_on(rounds, stop)
    assert rounds.done == 2
    assert logged(caplog) == ["the calendars could not be kept error=ConnectionError"] * 2
    assert calendars._round(Round(agency, stop, failures=0, rounds=1)) == 300.0
