"""`python -m tests.chaos`: break the real thing on purpose, and audit every promise. Exit code 1 where one was broken.

Every fault is played in runs of half a minute. A run is known by its seed, such as "7/kill -9 of a worker/2"; with
`--seed 7 --fault "kill -9 of a worker" --runs 3` the same callers call at the same moments and the same things break. What the
operating system does in between is its own.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.chaos import report
from tests.chaos.faults import FAULTS, Fault
from tests.chaos.run import Run, run
from tests.chaos.stack import Stack

SHORT = ("undisturbed", "kill -9 of a worker", "kill -9 of the store", "the carrier answers 503")
MOST_CALLERS = 400  # on one stack: then the numbers set aside for examples are used up


def main(arguments: list[str] | None = None) -> int:
    """Play, print the table, and say whether every promise was kept."""
    given = _parser().parse_args(arguments)
    if given.list:
        sys.stdout.write("".join(f"{fault.name}\n" for fault in FAULTS))
        return 0
    names = given.fault or (SHORT if given.short else [fault.name for fault in FAULTS])
    chosen = [fault for fault in FAULTS if any(name in (fault.name, "all") for name in names)]
    if not chosen:
        sys.stderr.write("There is no such fault: see --list.\n")
        return 2
    runs = list(play(chosen, given.seed, given.runs, slack=given.slack, first=given.first, keep=given.keep))
    sys.stdout.write(f"\n{report.plain(runs)}\n")
    if given.markdown:
        given.markdown.write_text(report.markdown(runs), "utf-8")
    if given.json:
        given.json.write_text(report.as_json(runs), "utf-8")
    return int(any(each.findings.faults for each in runs))


def play(
    faults: Iterable[Fault], seed: int, times: int, *, slack: float = 0.0, first: int = 1, keep: Path | None = None
) -> Iterable[Run]:
    """Each fault so often, on one stack as long as there are numbers to call from."""
    left = [(fault, n) for fault in faults for n in range(first, first + times)]
    while left:
        with tempfile.TemporaryDirectory(prefix="chaos-") as home, Stack(Path(home)) as stack:
            while left and stack.callers < MOST_CALLERS:
                yield _told(run(stack, *left[0][:1], seed, left[0][1], slack=slack, keep=keep))
                left.pop(0)


def _told(done: Run) -> Run:
    found = done.findings
    said = "; ".join(found.faults) or f"all kept, the latest page {found.latest:.1f} s"
    sys.stderr.write(f"{done.seconds:5.0f} s  {done.seed}: {found.requests} requests, {said}\n")
    sys.stderr.flush()
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name every fault")
    parser.add_argument("--short", action="store_true", help=f"only {', '.join(SHORT)}")
    parser.add_argument("--long", action="store_true", help="every fault, which is what happens without --short")
    parser.add_argument("--fault", action="append", help="only this one; may be given several times")
    parser.add_argument("--runs", type=int, default=1, help="of each fault")
    parser.add_argument("--first", type=int, default=1, help="the number of the first run: plays a later one alone")
    parser.add_argument("--keep", type=Path, help="a folder for what was seen in runs that broke a promise")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slack", type=float, default=0.0, help="seconds that are allowed besides, on a busy machine")
    parser.add_argument("--markdown", type=Path, help="write the table into this file")
    parser.add_argument("--json", type=Path, help="write everything into this file")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
