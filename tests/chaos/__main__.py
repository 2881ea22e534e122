"""`python -m tests.chaos`: break the real thing on purpose, and audit every promise. Exit code 1 where one was broken.

Every fault is played in runs of half a minute. A run is known by its seed, such as "7/kill -9 of a worker/2"; with
`--seed 7 --fault "kill -9 of a worker" --runs 3` the same callers call at the same moments and the same things break. What the
operating system does in between is its own.
"""

import argparse
import random
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.chaos import moves, report
from tests.chaos.faults import FAULTS, STEPS, Fault, at_step
from tests.chaos.releases import NoHistory
from tests.chaos.run import Run, run
from tests.chaos.stack import Stack

SHORT = (
    "undisturbed",
    "kill -9 of one of each, and of the store",
    "the carrier loses answers, then answers 503",
    "the store unreachable",
)
SAMPLE = 6  # steps at which a process dies, where nobody says how many
MOST_CALLERS = 400  # on one stack: then the numbers set aside for examples are used up


def main(arguments: list[str] | None = None) -> int:
    """Play, print the table, and say whether every promise was kept."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whatever was started is ended
    given = _parser().parse_args(arguments)
    if given.list:
        sys.stdout.write("".join(f"{fault.name}\n" for fault in FAULTS))
        return 0
    chosen = _chosen(given)
    runs = list[Run]()
    try:
        runs.extend(play(chosen, given.seed, given.runs, slack=given.slack, first=given.first, keep=given.keep))
    finally:
        _report(runs, given)
    return int(any(each.findings.faults for each in runs))


def _report(runs: list[Run], given: argparse.Namespace) -> None:
    """What was played, also where it was broken off."""
    sys.stdout.write(f"\n{report.plain(runs)}\n")
    if given.markdown:
        given.markdown.write_text(report.markdown(runs, given.seed, given.slack), "utf-8")
    if given.json:
        given.json.write_text(report.as_json(runs), "utf-8")


def _chosen(given: argparse.Namespace) -> list[Fault]:
    """What is asked for: all there is, where nothing is named."""
    everything = not (given.short or given.fault or given.steps is not None) or given.long
    names = given.fault or (SHORT if given.short else [fault.name for fault in FAULTS] if everything else ())
    chosen = [fault for fault in FAULTS if fault.name in names]
    most = given.steps if given.steps is not None else 0 if given.long or STEPS in names else SAMPLE
    if everything or given.steps is not None or STEPS in names:
        chosen += steps(given.seed, most)
    return chosen


def play(
    faults: Iterable[Fault], seed: int, times: int, *, slack: float = 0.0, first: int = 1, keep: Path | None = None
) -> Iterator[Run]:
    """Each fault so often, on one stack as long as it will do and there are numbers to call from."""
    left = [(fault, n) for fault in sorted(faults, key=_needs) for n in range(first, first + times)]
    while left:
        mortal, watched, old = needs = _needs(left[0][0])
        with ExitStack() as ends:
            home = ends.enter_context(tempfile.TemporaryDirectory(prefix="chaos-"))
            try:
                stack = ends.enter_context(Stack(Path(home), mortal=mortal, watched=watched, old=old))
            except NoHistory as reason:
                sys.stderr.write(f"left out, {left.pop(0)[0].name}: {reason}\n")
                continue
            while left and stack.callers < MOST_CALLERS and _needs(left[0][0]) == needs:
                fault, n = left.pop(0)
                yield _told(run(stack, fault, seed, n, slack=slack, keep=keep))


def steps(seed: int, most: int) -> list[Fault]:
    """A process dies at each step that changes anything, or at a sample of `most` of them (0 for all)."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as home, Stack(Path(home), mortal=True) as stack:
        moves.count_steps(stack, random.Random(seed))
        run(stack, FAULTS[0], seed, 0, slack=60.0)
        found = sorted(moves.counted(stack).items())
    sys.stderr.write(f"{len(found)} steps were counted that change something\n")
    chosen = random.Random(seed).sample(found, most) if 0 < most < len(found) else found
    return [at_step(kind, step, times) for (kind, step), times in chosen]


def _needs(fault: Fault) -> tuple[bool, bool, bool]:
    return fault.mortal, fault.watched, fault.old


def _told(done: Run) -> Run:
    found = done.findings
    said = "; ".join(found.faults) or f"all kept, the latest page {found.latest:.1f} s"
    sys.stderr.write(f"{done.seconds:5.0f} s, load {done.load:4.1f}  {done.seed}: {found.requests} requests, {said}\n")
    sys.stderr.flush()
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name every fault")
    parser.add_argument("--short", action="store_true", help=f"only {', '.join(SHORT)}")
    parser.add_argument(
        "--long", action="store_true", help=f"every fault, and {STEPS} for every step; without it a sample of those"
    )
    parser.add_argument(
        "--fault",
        action="append",
        choices=[STEPS, *(fault.name for fault in FAULTS)],
        metavar="NAME",
        help="only this one; may be given several times",
    )
    parser.add_argument("--steps", type=int, help=f"{STEPS}: at so many of the steps that there are, 0 for every one")
    parser.add_argument("--runs", type=int, default=1, help="of each fault")
    parser.add_argument("--first", type=int, default=1, help="the number of the first run: plays a later one alone")
    parser.add_argument("--keep", type=Path, help="a folder for what was seen in every run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slack", type=float, default=0.0, help="seconds that are allowed besides, on a busy machine")
    parser.add_argument("--markdown", type=Path, help="write the table into this file")
    parser.add_argument("--json", type=Path, help="write everything into this file")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
