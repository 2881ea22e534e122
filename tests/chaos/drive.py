"""Who calls and who answers: seeded callers of every kind, and coordinators who each have their way of answering.

Nobody here knows what goes wrong. They do what people do: press on, hang up, text once more where nothing came back.
"""

import random
import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import requests

from bridge.simulator.client import PROMPTS, TelephoneError, Telephones
from tests.chaos.setting import DESK, DUTIES, ZIPS
from tests.chaos.stack import Stack

EVERY = 0.9  # seconds: so often somebody calls
LONGEST_CALL = 90.0  # seconds; then the caller hangs up, whatever happens
TALK = 1.0  # seconds with the desk
HOLD = 12.0  # seconds on the line after the promise
REPLY_AGAIN = 3.0  # seconds until somebody texts once more to whom nothing came back
MOST_REPLIES = 6

# What a caller does, and how often: most ask for help and get through it.
KINDS = ("asks", "asks", "asks", "asks", "stays", "leaves", "again", "withheld", "silent", "desk")
PAGE = re.compile(r"^ALLEAPS (\d{3,4}):")
DIGEST = re.compile(r"^ALLEAPS, \d+ open\.(.*?) Reply 1 ", re.DOTALL)
YOURS = re.compile(r"(\d{3,4}) is yours")


@dataclass
class Caller:
    """One caller: from which number, where, of which kind, at which second of the run; and the calls that came of it."""

    number: str
    region: str
    kind: str
    at: float
    sids: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    @property
    def steps(self) -> list[str]:
        """Keys, one item for each prompt; "" is silence, "-" hangs up."""
        where = ZIPS[self.region]
        return {
            "asks": [where, "1", "1#"],
            "again": [where, "1", "1#"],
            "stays": [where, "1", "1#"],
            "leaves": [where, "1", "-"],
            "withheld": [where, "1", self.number[2:], "1"],
            "silent": [],
            "desk": ["0"],
        }[self.kind]


def plan(stack: Stack, rng: random.Random, count: int) -> list[Caller]:
    """So many callers, the first two of whom always ask for help."""
    kinds = ["asks", "asks", *(rng.choice(KINDS) for _ in range(count - 2))]
    regions = rng.sample(sorted(ZIPS), len(ZIPS)) * (count // len(ZIPS) + 1)
    times = sorted(rng.uniform(0, EVERY * count) for _ in range(count))
    return [Caller(stack.next_caller(), region, kind, at) for kind, region, at in zip(kinds, regions, times, strict=False)]


class Callers:
    """Plays them all, each in a thread."""

    def __init__(self, stack: Stack, callers: Sequence[Caller]) -> None:
        self.stack, self.callers = stack, callers
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=self._play, args=(caller,), daemon=True) for caller in callers]

    def start(self) -> None:
        """They begin to call."""
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> bool:
        """Whether somebody is still on the line, or about to call."""
        return any(thread.is_alive() for thread in self._threads)

    def _play(self, caller: Caller) -> None:
        time.sleep(max(0.0, self._began + caller.at - time.monotonic()))
        phones = self.stack.telephones
        try:
            self._call(phones, caller)
            if caller.kind == "again":
                time.sleep(2.0)
                self._call(phones, caller)
        except (TelephoneError, requests.RequestException) as error:
            caller.trouble.append(f"{type(error).__name__}: {error}")

    def _call(self, phones: Telephones, caller: Caller) -> None:
        steps = list(caller.steps)
        call = phones.dial("anonymous" if caller.kind == "withheld" else caller.number)
        caller.sids.append(call["sid"])
        give_up, held = time.monotonic() + LONGEST_CALL, None
        while call["state"] in ("queued", "ringing", "in-progress") and time.monotonic() < give_up:
            if call["connected_to"] or call["queue"]:
                patience = TALK if call["connected_to"] == DESK else HOLD
                held = held or time.monotonic() + patience
                if time.monotonic() > held:
                    break
            elif call["waiting_for"] in PROMPTS:
                if promised(call) and caller.kind != "stays":
                    steps = ["-"]
                if not self._step(phones, call, steps.pop(0) if steps else ""):
                    return
            time.sleep(0.15)
            call = phones.call(call["sid"])
        self._hang_up(phones, call["sid"])

    def _step(self, phones: Telephones, call: dict[str, Any], step: str) -> bool:
        """One answer to a prompt. Whether the call goes on."""
        time.sleep(0.2)
        try:
            if step == "-":
                self._hang_up(phones, call["sid"])
            elif step:
                phones.act(call["sid"], "press", digits=step)
            else:
                phones.act(call["sid"], "silence")
        except TelephoneError:  # the call has ended, or has gone on by itself
            return step != "-"
        return step != "-"

    @staticmethod
    def _hang_up(phones: Telephones, sid: str) -> None:
        with suppress(TelephoneError):
            phones.act(sid, "hangup")


def promised(call: dict[str, Any]) -> bool:
    """Whether a promise was spoken in this call."""
    return any("called back by" in said for said in call["heard"])


def ways(rng: random.Random, *, quick: bool = False) -> dict[str, str]:
    """How each coordinator answers: by "text", by "key", with "pass", or, unless it is to be `quick`, not at all."""
    silent = () if quick else ("silent",)
    first = {people[0]: rng.choice(("text", "text", "key", "pass", *silent)) for people in DUTIES.values()}
    second = {people[1]: rng.choice(("text", "key", "key", *silent)) for people in DUTIES.values()}
    return {**first, **second}


class Coordinators:
    """Every coordinator with a telephone in hand."""

    def __init__(self, stack: Stack, ways: dict[str, str], since: int) -> None:
        self.stack, self.ways, self._since = stack, ways, since
        self._who = {number: person for person, number in stack.agency.numbers.items()}
        self._told: dict[str, set[str]] = {}  # number -> codes that are theirs, as they were told
        self._stop = threading.Event()
        self._hands = ThreadPoolExecutor(16)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """They look at their telephones from now on."""
        self._thread.start()

    def end(self) -> None:
        """They put them away."""
        self._stop.set()
        self._thread.join(5)
        self._hands.shutdown(wait=True, cancel_futures=True)

    def _watch(self) -> None:
        phones = self.stack.telephones
        while not self._stop.is_set():
            try:
                state = phones.state(self._since, 0.5)
            except (TelephoneError, requests.RequestException):
                time.sleep(0.2)
                continue
            self._since = state["seq"]
            for entry in state["entries"]:
                if entry["number"] in self._who:
                    self._notice(entry)

    def _notice(self, entry: dict[str, Any]) -> None:
        way = self.ways.get(self._who[entry["number"]], "")
        if entry["kind"] == "text to":
            self._told.setdefault(entry["number"], set()).update(YOURS.findall(entry["text"]))
            for code in codes(entry["text"]):
                if way in ("text", "pass"):
                    self._hands.submit(self._reply, entry["number"], f"{'1' if way == 'text' else '2'} {code}", code)
        elif entry["kind"] == "ringing" and way == "key":
            self._hands.submit(self._pick_up, entry["sid"])

    def _reply(self, number: str, body: str, code: str) -> None:
        """Text, and once more where nothing came back, or "please send it again"."""
        phones = self.stack.telephones
        self._stop.wait(0.8)
        for _ in range(MOST_REPLIES):
            if self._stop.is_set():
                return
            with suppress(TelephoneError, requests.RequestException):
                replies = phones.text(number, body)
                if replies and not any("send it again" in reply for reply in replies):
                    return
            self._stop.wait(REPLY_AGAIN)
            if code in self._told.get(number, ()):
                return

    def _pick_up(self, sid: str) -> None:
        """Answer and take whatever is offered; hang up when it is theirs."""
        phones = self.stack.telephones
        self._stop.wait(0.5)
        with suppress(TelephoneError, requests.RequestException):
            call = phones.act(sid, "answer")
            give_up = time.monotonic() + 15.0
            while call["state"] == "in-progress" and time.monotonic() < give_up and not self._stop.is_set():
                if call["connected_to"] or "It is yours" in " ".join(call["heard"]):
                    break
                if call["waiting_for"] in PROMPTS and not call["pressed"]:
                    phones.act(sid, "press", digits="1")
                time.sleep(0.2)
                call = phones.call(sid)
            phones.act(sid, "hangup")


def codes(body: str) -> list[str]:
    """The codes that a text offers."""
    one, many = PAGE.match(body), DIGEST.match(body)
    if one:
        return [one.group(1)]
    return re.findall(r"(?<![\d:])\b\d{3,4}\b(?![:\d])", many.group(1)) if many else []
