"""`make bench`: how fast, how much, how big. Prints figures; asserts nothing.

A stack of its own is started as in life (`bridge run`, every write on disk), against a carrier that only notes when a request
arrives and answers at once. This process plays the telephone network: it signs webhooks and counts.
"""

import json
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

from flask import Flask
from twilio.request_validator import RequestValidator

from bridge.core.rota import RANKS, Booking, Duty, Leave, Override, Person, Roster, Turn, instant
from bridge.store import connect
from bridge.store.server import socket_path
from tests.conftest import start_store, wait_until
from tests.stories.story import ROOT, free_port

SID, TOKEN, LINE = "AC" + "0" * 32, "0" * 32, "+18332192461"
ONE_AT_A_TIME, SECONDS = 90, 5.0  # so many texts may go to one person here; many at once: tests/bench/flood.py


@dataclass
class Carrier:
    """Notes when each text arrives, by the code in it."""

    arrived: dict[str, float] = field(default_factory=dict)
    order: list[float] = field(default_factory=list)

    def serve(self) -> int:
        """Start; returns the port."""
        carrier = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                now = time.perf_counter()
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                if form.get("Body", [""])[0].startswith("ALLEAPS"):
                    carrier.order.append(now)
                body = json.dumps({"sid": "SM" + secrets.token_hex(16)}).encode()
                head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                self.wfile.write(head.encode() + body)

            def log_message(self, *args: object) -> None:
                """Nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return int(server.server_port)


AREAS = "205 251 256 334 659 938 404 678 770 850 901 615 662 601 228 706 229 931 423 865".split()


def caller(n: int) -> str:
    """One of 1,600 numbers that are set aside for examples, and that nobody in the sample roster has."""
    return f"+1{AREAS[n // 80 % len(AREAS)]}55501{20 + n % 80}"


class Network:
    """Sends the carrier's signed webhooks, on one connection a thread."""

    def __init__(self, port: int) -> None:
        self._port, self._local, self._validator = port, threading.local(), RequestValidator(TOKEN)

    def hang_up(self) -> None:
        """The next request goes on a new connection: the server closes one that is idle."""
        self._local.connection = None

    def prepare(self, path: str, form: dict[str, str]) -> tuple[str, str, dict[str, str]]:
        """A signed request, ready to go: making it is not what is measured."""
        signature = self._validator.compute_signature(f"http://127.0.0.1:{self._port}{path}", form)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return path, urlencode(form), headers

    def send(self, request: tuple[str, str, dict[str, str]]) -> str:
        """Send it; returns the answer."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = HTTPConnection("127.0.0.1", self._port)
        path, body, headers = request
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, (answer.status, text[:200])
        return text

    def almost_done(self, n: int) -> tuple[str, str, dict[str, str]]:
        """A call up to its last answer, which is returned instead of sent."""
        form = {"CallSid": "CA" + secrets.token_hex(16), "From": caller(n), "To": LINE}
        self.send(self.prepare("/voice", form))
        self.send(self.prepare("/voice/turn/0", {**form, "Digits": "36203"}))
        self.send(self.prepare("/voice/turn/1", {**form, "Digits": "1"}))
        return self.prepare("/voice/turn/2", {**form, "Digits": "1"})


@contextmanager
def stack(carrier: Carrier) -> Iterator[tuple[Network, "subprocess.Popen[bytes]", float]]:
    """`bridge run` on this carrier. Gives the seconds until it was ready to take a call."""
    with tempfile.TemporaryDirectory() as data:
        port, config = free_port(), Path(data) / "config"
        shutil.copytree(ROOT / "config", config)
        policy = config / "policy.toml"
        policy.write_text(
            policy.read_text().replace("texts_per_second = 3", "texts_per_second = 100").replace("at_once = 3", "at_once = 100")
        )
        environ = {
            **os.environ,
            "BRIDGE_CONFIG": str(config),
            **{"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "BRIDGE_LINE_NUMBER": LINE},
            **{"TWILIO_BASE_URL": f"http://127.0.0.1:{carrier.serve()}", "BRIDGE_DATA": data, "PORT": str(port)},
        }
        begun = time.perf_counter()
        run = subprocess.Popen([sys.executable, "-m", "bridge", "run"], env=environ, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            network = Network(port)
            wait_until(lambda: _takes_calls(network), 60)
            taken = time.perf_counter() - begun
            wait_until(lambda: _ready(port), 60)
            yield network, run, taken
        finally:
            run.terminate()
            run.wait(30)


def _takes_calls(network: Network) -> bool:
    try:
        form = {"CallSid": "CA" + "0" * 32, "From": caller(1599), "To": LINE}
        return "peer support" in network.send(network.prepare("/voice", form))
    except OSError:
        network.__init__(network._port)  # type: ignore[misc]
        return False


def _ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
            return True
    except OSError:
        return False


def show(name: str, seconds: list[float]) -> None:
    """One line of milliseconds."""
    ms = sorted(1000 * s for s in seconds)
    p99 = ms[min(len(ms) - 1, round(0.99 * len(ms)))]
    print(f"{name:<58} p50 {statistics.median(ms):7.1f}  p99 {p99:7.1f}  max {ms[-1]:7.1f} ms")


def one_at_a_time(network: Network, carrier: Carrier) -> None:
    """From the caller's last key to the page's arrival at the carrier."""
    took = []
    for n in range(ONE_AT_A_TIME):
        last = network.almost_done(n)
        before, count = time.perf_counter(), len(carrier.order)
        network.send(last)
        wait_until(lambda count=count: len(carrier.order) > count)
        took.append(carrier.order[count] - before)
    show(f"last key -> page at the carrier, {ONE_AT_A_TIME} one at a time", took)


def webhooks_a_second(network: Network) -> float:
    """How many calls arrive (each with one durable write) in a second."""
    requests = [
        network.prepare("/voice", {"CallSid": "CA" + secrets.token_hex(16), "From": caller(0), "To": LINE})
        for _ in range(20_000)
    ]
    return _rate(lambda n: network.send(requests[n]))


def bare_flask() -> float:
    """The same client against a bare Flask route that does one durable write, under the same gunicorn."""
    with tempfile.TemporaryDirectory() as home:
        store = start_store(Path(home))
        port = free_port()
        environ = {**os.environ, "BENCH_STORE": f"unix://{socket_path(Path(home))}"}
        conf = ROOT / "bridge" / "web" / "gunicorn_conf.py"
        command = [sys.executable, "-m", "gunicorn", "-c", str(conf), "-b", f"127.0.0.1:{port}", "tests.bench.bench:bare()"]
        web = subprocess.Popen(command, env=environ, cwd=ROOT)
        try:
            network = Network(port)
            request = ("/", "a=b", {"Content-Type": "application/x-www-form-urlencoded"})
            wait_until(lambda: _answers(network, request), 20)
            return _rate(lambda n: network.send(request))
        finally:
            web.terminate()
            web.wait(20)
            store.kill()


def bare() -> Flask:
    """One route, one durable write."""
    app, redis = Flask("bare"), connect.quick(os.environ["BENCH_STORE"])

    @app.post("/")
    def write() -> str:
        redis.set(secrets.token_hex(8), "x" * 300)
        return "<Response/>"

    return app


def _answers(network: Network, request: tuple[str, str, dict[str, str]]) -> bool:
    try:
        return bool(network.send(request))
    except OSError:
        network.__init__(network._port)  # type: ignore[misc]
        return False


def _rate(send: Callable[[int], object]) -> float:
    until, done = time.perf_counter() + SECONDS, [0] * 16

    def client(which: int) -> None:
        while time.perf_counter() < until:
            send(which * 1000 + done[which] % 1000)
            done[which] += 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(client, range(16)))
    return sum(done) / SECONDS


def memory(run: "subprocess.Popen[bytes]") -> None:
    """Proportional set size of every process, in MiB: shared pages are counted once."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [(int(a), int(b), c) for a, b, c in (line.split(None, 2) for line in listing.splitlines())]
    family = {run.pid}
    while more := {pid for pid, parent, _ in rows if parent in family} - family:
        family |= more
    total = 0.0
    for pid, _, args in rows:
        if pid in family and (rollup := Path(f"/proc/{pid}/smaps_rollup")).exists():
            pss = int(re.search(r"^Pss:\s+(\d+)", rollup.read_text(), re.M)[1]) / 1024  # type: ignore[index]
            total += pss
            print(f"  {pss:6.1f} MiB  {' '.join(args.split()[:5])[-70:]}")
    print(f"memory of the whole stack at rest: {total:.0f} MiB")


def ninety_days() -> float:
    """Milliseconds to work out who has seven regions in both ranks for 90 days.

    Each has a weekly turn of four on weekdays, turns of twelve hours at the weekend, somebody below, 20 overrides, 30 bookings;
    ten people are on leave for some days."""
    start, day = instant(datetime(2026, 2, 1)), 86400.0  # noqa: DTZ001  Alabama's
    who = [f"p{n}" for n in range(30)]
    lanes = [(region, rank) for region in "ABCDEFG" for rank in RANKS]
    weekdays, weekend = ((360, 6840),), ((6840, 360),)
    layers = (
        (
            Duty(region, rank, tuple(who[n : n + 4]), weekdays, Turn(1, "week", start - 30 * day)),
            Duty(region, rank, tuple(who[n + 4 : n + 9]), weekend, Turn(12, "hour", start - 30 * day)),
            Duty(region, rank, (who[n],)),
        )
        for n, (region, rank) in enumerate(lanes)
    )
    made = [(*lane, who[k], start + k * 4 * day, start + (k * 4 + 2) * day) for lane in lanes for k in range(20)]
    roster = Roster(
        {name: Person(name, name, "+12565550101") for name in who},
        tuple(chain.from_iterable(layers)),
        (),
        tuple(Override(f"o{n}", *one, made_at=n) for n, one in enumerate(made)),
        tuple(Leave(f"l{n}", who[n], start + n * 9 * day, start + (n * 9 + 5) * day) for n in range(10)),
        tuple(Booking(*lane, who[-k], start + k * 3 * day, start + (k * 3 + 1) * day) for lane in lanes for k in range(30)),
    )  # fmt: skip
    begun = time.perf_counter()
    for region, rank in lanes:
        roster.shifts(region, rank, start, start + 90 * day)
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Everything, in order."""
    print(f"90 days of seven regions, both ranks: {ninety_days():.0f} ms")
    carrier = Carrier()
    with stack(carrier) as (network, run, taken):
        print(f"seconds from `bridge run` to the first call answered: {taken:.2f}")
        time.sleep(2)  # at rest
        memory(run)
        network.hang_up()
        one_at_a_time(network, carrier)
        print(f"POST /voice, 16 clients: {webhooks_a_second(network):.0f}/s")
    print(f"bare Flask route with one durable write, same clients: {bare_flask():.0f}/s")


if __name__ == "__main__":
    main()
