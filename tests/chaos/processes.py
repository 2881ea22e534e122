"""Processes of the bridge, each started again a moment after it died, as a supervisor does."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

RESTART = 0.5  # seconds from a death to the next start
LOOKING = 0.1  # seconds


@dataclass
class Process:
    """One process and how it is started. `down`: it is meant to be away, and is not started again."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    cwd: Path | None = None
    down: bool = False
    starts: int = 0
    popen: "subprocess.Popen[bytes] | None" = None
    died_at: float | None = None

    def start(self) -> None:
        """Start it now."""
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                self.command, env=dict(self.environ), cwd=self.cwd, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self.starts += 1
        self.died_at = None

    def look(self, now: float) -> None:
        """Start it again where it is dead for long enough."""
        if self.down or self.popen is None or self.popen.poll() is None:
            return
        self.died_at = self.died_at or now
        if now >= self.died_at + RESTART:
            self.start()

    @property
    def pid(self) -> int:
        """Of the process itself."""
        assert self.popen is not None
        return self.popen.pid

    @property
    def pids(self) -> list[int]:
        """Of the process and everything below it."""
        found = [self.pid]
        for pid in found:
            with suppress(OSError):
                found += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split())
        return found

    def signal(self, number: int, *, family: bool = True) -> None:
        """Send a signal to it, and to what it has started where `family`."""
        for pid in self.pids if family else [self.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def end(self) -> None:
        """For good."""
        self.down = True
        if self.popen is not None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGKILL)
            self.popen.wait(10)


@dataclass
class Keeper:
    """Looks after processes in a thread of its own."""

    processes: dict[str, Process] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def add(self, process: Process) -> Process:
        """Start it, and again whenever it dies."""
        self.processes[process.name] = process
        process.start()
        return process

    def keep(self) -> None:
        """From now on."""
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End everything, last first."""
        self._stop.set()
        if self._thread:
            self._thread.join(5)
        for process in reversed(self.processes.values()):
            process.end()

    def _keep(self) -> None:
        while not self._stop.wait(LOOKING):
            for process in list(self.processes.values()):
                process.look(time.monotonic())
