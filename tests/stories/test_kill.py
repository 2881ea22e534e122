"""`bridge run`, for real: every kind of process is killed with -9 in mid-story, and the next page still goes out."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
import requests

from bridge.simulator.client import HangUp, Keys, Silence, Telephones
from tests.conftest import wait_until
from tests.stories.story import ROOT, free_port, settings

MOBILE = "36602"  # in region A, where Landry is always on call and Pruitt is always the backup
LANDRY, PRUITT = "+12515550101", "+12515550102"
WITHIN = 20.0  # seconds: a page that was under way when its process was killed leaves again within 15
callers = count(10)


@dataclass
class Stack:
    """Everything that `bridge run` has started."""

    supervisor: "subprocess.Popen[bytes]"
    environ: dict[str, str]

    @property
    def telephones(self) -> Telephones:
        """The local carrier."""
        return Telephones(settings(self.environ).carrier_url)

    @property
    def url(self) -> str:
        """The web process."""
        return settings(self.environ).public_url

    def ready(self) -> bool:
        """Whether it says so itself."""
        try:
            return requests.get(f"{self.url}/health/ready", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def pids(self, command: str) -> list[int]:
        """The processes below the supervisor whose command line fits."""
        listing = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        rows = [(int(pid), int(parent), args) for pid, parent, args in (line.split(None, 2) for line in listing.splitlines())]
        family = {self.supervisor.pid}
        while more := {pid for pid, parent, _ in rows if parent in family} - family:
            family |= more
        return [pid for pid, _, args in rows if pid in family and re.search(command, args)]

    def kill(self, command: str) -> None:
        """kill -9."""
        pids = self.pids(command)
        assert pids, f"no process fits {command}"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def asks_for_help(self) -> str:
        """A whole call. Returns the number that called."""
        caller = f"+125655501{next(callers)}"
        phones, heard = self.telephones, []
        phones.play(caller, [Keys(MOBILE), Keys("1"), Keys("1"), Silence(), HangUp()], listen=0.0, tell=heard.append)
        assert any("called back by" in line for line in heard), heard
        return caller

    def phone(self, number: str) -> dict[str, Any]:
        """What the local carrier knows of a telephone."""
        found = (phone for phone in self.telephones.state()["phones"] if phone["number"] == number)
        return next(found, {"texts": [], "calls": []})

    def texts(self, number: str) -> int:
        """How many texts a telephone has got."""
        return len(self.phone(number)["texts"])

    def rings(self, number: str) -> int:
        """How often the line has called a telephone."""
        entries = self.telephones.state()["entries"]
        return sum(entry["kind"] == "ringing" and entry["number"] == number for entry in entries)


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A configuration whose ladder calls after six seconds."""
    home = tmp_path_factory.mktemp("run")
    shutil.copytree(ROOT / "config", home / "config")
    policy = home / "config" / "policy.toml"
    policy.write_text(policy.read_text().replace('at = "90s"', 'at = "6s"').replace('at = "4m"', 'at = "12s"'))
    port, carrier = free_port(), free_port()
    ours = {"BRIDGE_DATA": str(home / "var"), "BRIDGE_CONFIG": str(home / "config"), "PORT": str(port)}
    return {**ours, "BRIDGE_CARRIER_PORT": str(carrier)}


def alive(pids: list[int]) -> list[str]:
    """Which of these processes still run; one that only waits for its exit to be noticed does not."""
    listing = subprocess.run(["ps", "-eo", "pid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    return [" ".join(row) for row in rows if int(row[0]) in pids and not row[1].startswith("Z")]


def start(environ: dict[str, str]) -> Stack:
    """`bridge run`; returns when it is ready."""
    stack = Stack(subprocess.Popen([sys.executable, "-m", "bridge", "run"], env={**os.environ, **environ}), environ)
    try:
        wait_until(stack.ready, 90)
    except AssertionError:
        stack.supervisor.terminate()
        stack.supervisor.wait(30)
        raise
    return stack


@pytest.fixture(scope="module")
def stack(environ: dict[str, str]) -> Iterator[Stack]:
    """One stack for all the killing."""
    stack = start(environ)
    yield stack
    stack.supervisor.terminate()
    stack.supervisor.wait(30)


@pytest.mark.parametrize("victim", ["bridge worker", "bridge clock", "valkey", "gunicorn"])
def test_every_page_goes_out_though_its_process_is_killed(stack: Stack, victim: str) -> None:
    texts, rings, backup = stack.texts(LANDRY), stack.rings(LANDRY), stack.texts(PRUITT)
    stack.asks_for_help()
    stack.kill(victim)
    wait_until(lambda: stack.texts(LANDRY) > texts, WITHIN)
    stack.kill(victim) if stack.pids(victim) else None
    # It may ring for an earlier request: that this call is over, nobody says while the web is dead, and it is waited out.
    wait_until(lambda: stack.rings(LANDRY) > rings, 35 + WITHIN)
    wait_until(lambda: stack.texts(PRUITT) > backup, 12 + WITHIN)
    wait_until(stack.ready, WITHIN)


def test_the_supervisor_killed_takes_everything_with_it_and_a_new_one_goes_on(environ: dict[str, str], stack: Stack) -> None:
    wait_until(stack.ready, WITHIN)
    texts = stack.texts(LANDRY)
    stack.asks_for_help()
    wait_until(lambda: stack.texts(LANDRY) > texts, WITHIN)
    family = stack.pids(".")
    stack.supervisor.kill()
    stack.supervisor.wait()
    wait_until(lambda: not alive(family), WITHIN)
    again = start(environ)
    try:
        # The new carrier has forgotten the call that rang, so nobody says that it is over: it is waited out.
        wait_until(lambda: again.rings(LANDRY) > 0, 35 + WITHIN)
    finally:
        again.supervisor.terminate()
        again.supervisor.wait(30)
