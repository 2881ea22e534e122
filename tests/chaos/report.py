"""The table: fault by fault, what it cost."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict

from tests.chaos.run import Run

INTRODUCTION = """# What was broken, and what it cost

Written by `python -m tests.chaos --markdown docs/chaos.md`, which starts two webs, two workers, two clocks, the store and
a carrier, lets callers call and coordinators answer, breaks something, and then asks the carrier and the store, never the
bridge, whether every promise was kept. `make chaos` does it again; a seed names one run.

- *requests*: how many callers got a promise, or left enough to be paged for.
- *lost*: a promise without a request in the store, or a page that was due and never left.
- *late*: pages later than 1 s undisturbed, 15 s after a process was killed, 10 s after the end of an outage.
- *latest*: the longest lateness of any page; of what was due while the store or the carrier was away, from the end of that.
- *doubled*: pages that said once more what somebody knew. Where a send was cut off that is no fault.
- *met no person*: callers who ended with neither a promise nor the dispatch desk.
- *load*: of the machine, for each processor. Above 1 it was late by itself.
"""
HEAD = ("fault", "runs", "requests", "lost", "late", "latest", "doubled", "met no person", "broken runs", "load")


def rows(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """One for each fault, in the order in which they were played."""
    found = []
    for name in dict.fromkeys(run.fault for run in runs):
        mine = [run.findings for run in runs if run.fault == name]
        sums = [sum(getattr(each, what) for each in mine) for what in ("requests", "lost", "late", "doubled", "no_person")]
        requests, lost, late, doubled, nobody = map(str, sums)
        latest = f"{max(each.latest for each in mine):.1f} s"
        broken = str(sum(bool(each.faults) for each in mine))
        load = f"{max(run.load for run in runs if run.fault == name):.1f}"
        found.append((name, str(len(mine)), requests, lost, late, latest, doubled, nobody, broken, load))
    return found


def plain(runs: Sequence[Run]) -> str:
    """For a terminal."""
    table = [HEAD, *rows(runs)]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([*lines, "", *visited(runs), *failures(runs)])


def failures(runs: Sequence[Run]) -> list[str]:
    """The seed of every run in which a promise was broken, and how."""
    lines = []
    for run in runs:
        if run.findings.faults:
            lines += [f"BROKEN  seed {run.seed}, load {run.load:.1f}", *(f"    {fault}" for fault in run.findings.faults)]
    return lines


def visited(runs: Sequence[Run]) -> list[str]:
    """At which steps a process died."""
    steps = sorted({step for run in runs for step in run.died_at})
    return [f"Steps at which a process died, {len(steps)}: {', '.join(steps)}", ""] if steps else []


def markdown(runs: Sequence[Run], seed: int, slack: float) -> str:
    """For docs/chaos.md."""
    seconds = sum(run.seconds for run in runs) / 60
    said = f"{len(runs)} runs of seed {seed} in {seconds:.0f} minutes, on {os.cpu_count()} processors."
    allowed = f" {slack:g} s were allowed besides, for the machine did other things too." if slack else ""
    lines = [INTRODUCTION, said + allowed, "", f"| {' | '.join(HEAD)} |", f"|{' --- |' * len(HEAD)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows(runs)]
    return "\n".join([*lines, "", *visited(runs), *(f"    {line}" for line in failures(runs))]).rstrip() + "\n"


def as_json(runs: Sequence[Run]) -> str:
    """For machines."""
    return json.dumps([asdict(run) for run in runs], indent=1) + "\n"
