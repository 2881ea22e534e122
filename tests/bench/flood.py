"""A mass-casualty event, as the carrier sees it. `python -m tests.bench.flood [CALLERS [SECONDS [MORE]]]` prints figures.

Everything runs as in life, in processes of its own (`bridge run`), with the local carrier. This process plays the callers: it
signs the webhooks of their calls, waits for some seconds more, and reads what the carrier counted. Nobody answers.
"""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from twilio.request_validator import RequestValidator

from bridge.store import connect
from bridge.store.server import socket_path
from tests.bench.bench import Network, _ready, _takes_calls, caller
from tests.conftest import wait_until
from tests.stories.story import ROOT, free_port, settings

ZIPS = {"A": "36602", "B": "36301", "C": "35401", "D": "36104", "E": "35630", "F": "35801", "G": "36203"}
LINE = "+18332192461"


class Callers(Network):
    """Callers of a local stack, whose webhooks are signed with the token of its account."""

    def __init__(self, port: int, token: str = "") -> None:
        super().__init__(port)
        self._token = token or self._token
        self._validator = RequestValidator(self._token)

    def asks(self, n: int) -> float:
        """A whole call, on a connection of its own. Returns when its last key was pressed."""
        self._local.connection = None
        zip_code = list(ZIPS.values())[n % len(ZIPS)]
        form = {"CallSid": "CA" + secrets.token_hex(16), "From": caller(n), "To": LINE}
        self.send(self.prepare("/voice", form))
        self.send(self.prepare("/voice/turn/0", {**form, "Digits": zip_code}))
        self.send(self.prepare("/voice/turn/1", {**form, "Digits": "1"}))
        pressed = time.time()
        assert "called back by" in self.send(self.prepare("/voice/turn/2", {**form, "Digits": "1"}))
        self.send(self.prepare("/voice/ended", {**form, "CallStatus": "completed"}))
        return pressed


def run(callers: int, seconds: float, more: float) -> None:
    """So many callers in so many seconds; then so many seconds more."""
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        ours = {"BRIDGE_DATA": data, "PORT": str(port), "BRIDGE_CARRIER_PORT": str(free_port())}
        command = [sys.executable, "-m", "bridge", "run"]
        stack = subprocess.Popen(command, env={**os.environ, **ours}, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            known = settings(ours)
            network = Callers(port, known.auth_token)
            wait_until(lambda: _takes_calls(network), 60)
            wait_until(lambda: _ready(port), 60)
            begun = time.time()
            pressed = _callers(network, callers, seconds)
            recorded = connect.patient(f"unix://{socket_path(Path(data))}").scard("requests")
            print(f"{len(pressed)} callers promised in {max(pressed) - begun:.1f} s, {recorded} requests recorded")
            time.sleep(more)
            _judge(_traffic(known.carrier_url), pressed, known, begun)
        finally:
            stack.terminate()
            stack.wait(30)


def _callers(network: Callers, callers: int, seconds: float) -> list[float]:
    begun = time.time()

    def one(n: int) -> float:
        time.sleep(max(0.0, begun + n * seconds / callers - time.time()))
        return network.asks(n)

    with ThreadPoolExecutor(24) as pool:
        return list(pool.map(one, range(callers)))


def _traffic(carrier_url: str) -> Any:
    with urlopen(f"{carrier_url}/sim/traffic", timeout=10) as answer:
        return json.load(answer)


def _judge(traffic: Any, pressed: list[float], known: Any, begun: float) -> None:
    texts = [text for text in traffic["texts"] if not text["reply"]]
    who = {person.phone: person.id for person in known.roster.people.values()}
    codes = {code for text in texts for code in _named(text["body"])}
    segments = sum(text["segments"] for text in texts)
    print(f"texts {len(texts)}, segments {segments}, codes named {len(codes)}; calls {len(traffic['calls'])}")
    print(f"most segments in any second: {_peak([(t['at'], t['segments']) for t in texts])} (budget 3)")
    print(f"most call starts in any second: {_peak([(call['at'], 1) for call in traffic['calls']])} (budget 1)")
    by_person: dict[str, list[float]] = defaultdict(list)
    for text in texts:
        by_person[who[text["to"]]].append(text["at"])
    pauses = [later - earlier for times in by_person.values() for earlier, later in pairwise(times[2:])]
    print(f"texts per person: {dict(Counter({person: len(times) for person, times in by_person.items()}).most_common())}")
    print(f"closest texts to one person after the first three: {min(pauses, default=999.0):.2f} s (at least 15)")
    for n, region in enumerate(ZIPS):
        person = known.roster.on_duty(region, "on-call", begun)
        first = by_person[person.id][0] - min(pressed[n :: len(ZIPS)]) if by_person[person.id] else float("nan")
        print(f"  region {region}: {person.id} told {first:.2f} s after the first request")
    named = sorted((text["at"], code) for text in texts for code in _named(text["body"]))
    last = max({code: at for at, code in reversed(named)}.values(), default=begun)
    print(f"the last code was named first {last - begun:.1f} s after the first call")


def _named(body: str) -> list[str]:
    if body.startswith("ALLEAPS "):
        return [body.split()[1].rstrip(":")]
    return re.findall(r"\b\d{3,4}\b", body.partition(" Reply ")[0].replace(":", " x"))


def _peak(entries: list[tuple[float, int]]) -> int:
    return max((sum(cost for other, cost in entries if at <= other < at + 1) for at, _ in entries), default=0)


if __name__ == "__main__":
    chosen = [float(word) for word in sys.argv[1:]]
    callers, seconds, more = (*chosen, *(1000.0, 60.0, 60.0)[len(chosen) :])
    run(int(callers), seconds, more)
