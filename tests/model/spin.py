"""Runs Spin: a model, some of its constants, and what is looked for. The whole space of states, or it counts as nothing."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MODELS = Path(__file__).parents[2] / "docs" / "model"
MISSING = "the formal models are checked by Spin and a C compiler: apt-get install spin gcc (or https://spinroot.com)"
DEEPEST = 1_000_000
LONGEST = 500  # seconds of a run: a busy machine is slow

SAFE = "-DSAFETY -DNOFAIR -DNOCLAIM"  # assertions, and what holds where nothing can happen any more
FINITE = "-DNP -DNOFAIR"  # no way to go on for ever
ALWAYS = "-DNOFAIR"  # a formula that nothing may break
IN_THE_END = "-DNFAIR=3"  # a formula that comes true where every process that can go on does


@dataclass(frozen=True)
class Check:
    """One run. `how` is one of the ways above; `formula` the name of what is looked for; `constants` change the model."""

    model: str
    how: str
    formula: str = ""
    constants: str = ""

    @property
    def title(self) -> str:
        """What is checked, for people."""
        ways = {SAFE: "assertions", FINITE: "finite"}
        return " ".join(filter(None, (self.model, self.formula or ways[self.how], self.constants)))


@dataclass(frozen=True)
class Found:
    """What Spin said."""

    text: str

    @property
    def errors(self) -> int:
        """How many ways there are to break what was looked for."""
        return self._number(r"errors: (\d+)")

    @property
    def states(self) -> int:
        """How many states were looked at."""
        return self._number(r"(\d\S*) states, stored")

    @property
    def depth(self) -> int:
        """How many steps the longest way has."""
        return self._number(r"depth reached (\d+)")

    @property
    def seconds(self) -> float:
        """How long it took."""
        (found,) = re.findall(r"elapsed time (\S+) seconds", self.text)
        return float(found)

    @property
    def exhaustive(self) -> bool:
        """Whether nothing was left out."""
        left_out = ("Search not completed", "max search depth too small", "out of memory", "hash factor")
        return "Full statespace search" in self.text and not any(each in self.text for each in left_out)

    @property
    def unreached(self) -> list[str]:
        """Steps of the processes that nothing leads to, besides the ends of those that never end."""
        processes = self.text.split("unreached in claim")[0]
        return [step for step in re.findall(r'state \d+, "(.*)"', processes) if step != "-end-"]

    def _number(self, pattern: str) -> int:
        return int(float(re.findall(pattern, self.text)[0]))


def missing() -> str:
    """What to do where this machine has no Spin; "" where it has."""
    return "" if shutil.which("spin") and shutil.which("gcc") else MISSING


@cache
def run(check: Check) -> Found:
    """Check it in a directory of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        there = Path(name)
        for model in MODELS.glob("*.pml"):
            shutil.copy(model, there)
        _do(there, "spin", *check.constants.split(), "-a", f"{check.model}.pml")
        _do(there, "gcc", "-O2", "-w", "-DCOLLAPSE", *check.how.split(), "-o", "pan", "pan.c")
        return Found(_do(there, "./pan", f"-m{DEEPEST}", *_looks_for(check)))


def _looks_for(check: Check) -> Iterator[str]:
    if check.how == FINITE:
        yield "-l"
    if check.formula:
        yield from ("-a", "-N", check.formula)
    if check.how == IN_THE_END:
        yield "-f"


def _do(there: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=there, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout
