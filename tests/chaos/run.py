"""One run: people call and answer, something breaks, and the audit looks at what came of it."""

import json
import os
import random
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import requests
from redis.exceptions import RedisError

from bridge.simulator.client import TelephoneError
from tests.chaos.audit import Evidence, Findings, Limits, judge
from tests.chaos.drive import Callers, Coordinators, plan, ways
from tests.chaos.faults import Fault
from tests.chaos.setting import DUTIES, LADDER
from tests.chaos.stack import Stack

SETTLED = 45.0  # seconds after the fault: by then every ladder has come to its end, or been accepted
LISTEN = 2.0  # seconds after the last thing that was waited for


@dataclass(frozen=True)
class Run:
    """What one run was and what came of it."""

    fault: str
    seed: str
    seconds: float
    load: float  # of the machine, for each processor: above 1 it was late by itself
    findings: Findings
    died_at: tuple[str, ...] = ()  # steps at which a process died


def run(
    stack: Stack,
    fault: Fault,
    seed: int,
    n: int,
    *,
    count: int = 10,
    slack: float = 0.0,
    quick: bool = False,
    keep: Path | None = None,
) -> Run:
    """Play it. `slack` (seconds) is added to what is allowed, on a machine that does other things too. `quick`: every
    coordinator answers. `keep`: a folder for what was seen."""
    name = f"{seed}/{fault.name}/{n}"
    stack.whole()
    rng, seen = random.Random(name), Seen(stack)
    died = len(stack.died_at)
    callers = plan(stack, rng, count)
    crowd, answering = Callers(stack, callers), Coordinators(stack, ways(rng, quick=quick), seen.entries)
    answering.start()
    crowd.start()
    limits, trouble = _break(stack, fault, rng)
    _settle(stack, crowd, seen.documents)
    until = time.time()
    answering.end()
    evidence = seen.since()
    findings = judge(callers, evidence, stack.agency, replace(limits, late=limits.late + slack), until - limits.late)
    findings.faults += trouble
    if keep:
        kept = {"run": name, "callers": [asdict(each) for each in callers], "limits": asdict(limits), **asdict(evidence)}
        (keep / f"{name.replace('/', '-')}.json").write_text(json.dumps({**kept, "faults": findings.faults}, indent=1), "utf-8")
    _tidy(stack)
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return Run(fault.row or fault.name, name, time.time() - seen.at, load, findings, tuple(stack.died_at[died:]))


class Seen:
    """What the carrier and the store had seen before this run."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self._phones = stack, stack.telephones
        self.at = time.time()
        self.documents = {doc["id"] for doc in stack.documents()}
        self.entries: int = self._phones.state(since=10**9)["seq"]
        traffic = self._phones.traffic()
        self._texts, self._calls = len(traffic["texts"]), len(traffic["calls"])

    def since(self) -> Evidence:
        """What they have seen since."""
        traffic = self._phones.traffic()
        return Evidence(
            self._phones.state(self.entries)["entries"],
            traffic["texts"][self._texts :],
            traffic["calls"][self._calls :],
            [doc for doc in self._stack.documents() if doc["id"] not in self.documents],
        )


def _break(stack: Stack, fault: Fault, rng: random.Random) -> tuple[Limits, list[str]]:
    """Let the fault begin and end; returns what is allowed because of it, and what the fault itself found to be wrong."""
    trouble = []
    time.sleep(rng.uniform(*fault.at))
    began = time.time()
    fault.begin(stack, rng)
    time.sleep(rng.uniform(*fault.lasts))
    try:
        fault.end(stack, rng)
    except AssertionError as error:
        trouble.append(str(error))
    return Limits(fault.late, fault.away, fault.double, fault.flips, began, time.time()), trouble


def _settle(stack: Stack, crowd: Callers, before: set[str]) -> None:
    """Until everybody has hung up, and every request is somebody's or at the end of its ladder."""
    top = max(after for after, _, _ in LADDER)
    give_up = time.monotonic() + SETTLED

    def over() -> bool:
        if crowd.busy:
            return False
        try:
            mine = [doc for doc in stack.documents() if doc["id"] not in before]
        except (RedisError, OSError):
            return False
        return all(doc["state"] != "open" or time.time() > doc["opened_at"] + top + LISTEN for doc in mine)

    while not over() and time.monotonic() < give_up:
        time.sleep(0.25)
    time.sleep(LISTEN)


def _tidy(stack: Stack) -> None:
    """Everybody hangs up, and what is open is taken and done, so that the next run begins with nothing."""
    phones = stack.telephones
    for call in phones.state(since=10**9)["calls"]:
        if call["state"] in ("ringing", "in-progress", "queued"):
            with suppress(TelephoneError, requests.RequestException):
                phones.act(call["sid"], "hangup")
    for doc in stack.documents():
        with suppress(TelephoneError, requests.RequestException):
            _done(stack, phones, doc)


def _done(stack: Stack, phones: Any, doc: dict[str, Any]) -> None:
    if doc["state"] not in ("open", "accepted"):
        return
    person = doc["accepted_by"] or DUTIES.get(doc["place"]["region"], ("whitfield",))[0]
    number = stack.agency.numbers[person]
    if doc["state"] == "open":
        phones.text(number, f"1 {doc['code']}")
    phones.text(number, f"DONE {doc['code']}")
