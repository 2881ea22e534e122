"""The real thing on this machine: two webs, two workers, two clocks, the store, the local carrier, in processes of their own.

Between the bridge and its store, and between the bridge and its carrier, lies a wire that can be spoilt. The audit and whoever
drives the telephones go around it. Beside the bridge a server of one static document: the number's fallback.
"""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from redis import Redis
from redis.exceptions import RedisError

from bridge import wiring
from bridge.settings import Settings, load
from bridge.simulator.client import Telephones
from bridge.store.seal import REQUEST
from tests.chaos import releases, setting
from tests.chaos.processes import Keeper, Process
from tests.chaos.relay import Relay
from tests.chaos.stores import Embedded, Stores, Watched
from tests.stories.story import free_port

READY = 120.0  # seconds
PATIENCE = 20.0  # seconds
KINDS = ("web", "worker", "clock")


class Stack:
    """Start it, break it, ask it. `home` is an empty directory. `mortal`: the processes are victims; `watched`: two stores, and
    sentinels; `old`: the second one of each kind is of the release before."""

    def __init__(self, home: Path, *, mortal: bool = False, watched: bool = False, old: bool = False) -> None:
        self.home, self.mortal = home, mortal
        self.old = releases.former(home / "old") if old else None
        self.stores: Stores = Watched(home) if watched else Embedded(home)
        self.agency = setting.write(home / "config")
        if self.old:
            setting.write(home / "old-config", self.old / "config")
        self.keeper = Keeper()
        self.died_at: list[str] = []  # at which steps victims died
        self.callers = 0  # how many numbers have been used up
        self.port, self.carrier_port, self.fallback_port = free_port(), free_port(), free_port()
        self.data = home / "var"
        self.carrier_wire = Relay(f"127.0.0.1:{self.carrier_port}", port=free_port())
        self.web_ports = [free_port(), free_port()] if old else [self.port, self.port]
        self.balancer = Relay(*(f"127.0.0.1:{port}" for port in self.web_ports), port=self.port) if old else None
        self.environ = {**_clean(os.environ), **self._ours()}
        self.settings: Settings = load(self.environ)
        self._fallback: ThreadingHTTPServer | None = None

    def _ours(self) -> dict[str, str]:
        return {
            "BRIDGE_DATA": str(self.data),
            "BRIDGE_CONFIG": str(self.home / "config"),
            "BRIDGE_SECRET_KEY": "a secret of the experiment, of no use elsewhere",
            "PORT": str(self.port),
            "BRIDGE_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TWILIO_BASE_URL": f"http://127.0.0.1:{self.carrier_wire.port}",
            **self.stores.environ(),
            "WEB_CONCURRENCY": "1",
            "PYTHONUNBUFFERED": "1",
            "CHAOS_HOME": str(self.home),
            **({"BRIDGE_SEAL_KEYS": "none"} if self.old else {}),  # as the changelog says: 0.4.0 knows no seal
        }

    # ---- start and end

    def start(self) -> "Stack":
        """Start everything; returns when it is ready."""
        if self.stores.wire:
            self.stores.wire.start()
        self.carrier_wire.start()
        if self.balancer:
            self.balancer.start()
        self._serve_fallback()
        for process in self.stores.processes(self.environ):
            self.keeper.add(process)
        self.keeper.add(self._carrier())
        for kind in KINDS:
            for n in (1, 2):
                self.keeper.add(self._bridge(kind, n))
        self.keeper.keep()
        self.whole()
        for number in self.agency.numbers.values():
            self.telephones.behave(number, text="deliver", call="ring")
        self.telephones.behave(setting.DESK, call="answer")
        return self

    def end(self) -> None:
        """End everything."""
        self.keeper.end()
        if self.stores.wire:
            self.stores.wire.stop()
        self.carrier_wire.stop()
        if self.balancer:
            self.balancer.stop()
        if self._fallback:
            self._fallback.shutdown()
            self._fallback.server_close()

    def __enter__(self) -> "Stack":
        try:
            return self.start()
        except BaseException:
            self.end()
            raise

    def __exit__(self, *_: object) -> None:
        self.end()

    # ---- what can be seen

    @property
    def telephones(self) -> Telephones:
        """The local carrier, not by the wire that may be spoilt. One for each thread."""
        return Telephones(f"http://127.0.0.1:{self.carrier_port}")

    @property
    def redis(self) -> "Redis[Any]":
        """The store, not by the wire that may be spoilt."""
        return self.stores.client()

    def process(self, name: str) -> Process:
        """By its name, such as "worker-1"."""
        return self.keeper.processes[name]

    def of(self, kind: str) -> list[Process]:
        """All processes of a kind: web, worker, clock, store, carrier."""
        return [process for name, process in self.keeper.processes.items() if name.partition("-")[0] == kind]

    def whole(self) -> None:
        """Wait until everything runs and the bridge says that it is ready: what one run broke is none of the next one's."""
        webs = self.of("web")
        self.wait_until(lambda: all(web.pids[1:] for web in webs) and self.ready(), READY, "the bridge did not get ready")

    def ready(self) -> bool:
        """Whether it says so itself."""
        with suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{self.port}/health/ready", timeout=2).status_code == 200
        return False

    def documents(self) -> list[dict[str, Any]]:
        """Every request in the store; waits for a store that is away. Raises RedisError where it stays away."""
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                with self.redis as redis:
                    return [self._opened(redis.hget(key, "doc")) for key in redis.scan_iter("req:*")]
            except RedisError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.2)

    def _opened(self, document: bytes) -> dict[str, Any]:
        """The document with what is sealed in it."""
        found: dict[str, Any] = json.loads(REQUEST.plain.write(REQUEST.read(document, wiring.seal(self.settings))))
        return found

    def next_caller(self) -> str:
        """A number that nobody has called from yet."""
        n, self.callers = self.callers, self.callers + 1
        areas = ("256", "205", "334", "251", "659", "938")
        return f"+1{areas[n // 80 % len(areas)]}555{120 + n % 80:04}"

    @staticmethod
    def wait_until(fact: Any, limit: float, trouble: str) -> None:
        """Wait for the fact; AssertionError with the trouble after `limit` seconds."""
        give_up = time.monotonic() + limit
        while not fact():
            assert time.monotonic() < give_up, f"{trouble} within {limit:g} s"
            time.sleep(0.1)

    # ---- the parts

    def _bridge(self, kind: str, n: int) -> Process:
        module = "tests.chaos.victim" if self.mortal else "bridge"
        name = f"{kind}-{n}"
        environ = {**self.environ, "PORT": str(self.web_ports[n - 1])}
        process = Process(name, (sys.executable, "-m", module, kind), environ, self.home / f"{name}.log")
        return self._older(process) if self.old and n == 2 else process

    def _older(self, process: Process) -> Process:
        """The same process of the release before, which cannot read our configuration: it has its own sample."""
        assert self.old is not None
        process.cwd = self.old
        process.environ = {**process.environ, "BRIDGE_CONFIG": str(self.home / "old-config")}
        return process

    def _carrier(self) -> Process:
        phones = self.home / "phones.json"
        people = self.agency.numbers.items()
        phones.write_text(json.dumps([{"name": who, "number": number, "about": ""} for who, number in people]), "utf-8")
        ours = self.settings.public_url
        command = (
            *(sys.executable, "-m", "bridge.simulator", "--port", str(self.carrier_port), "--line", self.settings.line),
            *("--voice-url", f"{ours}/voice", "--sms-url", f"{ours}/sms", "--status-url", f"{ours}/voice/ended"),
            *("--voice-fallback-url", f"http://127.0.0.1:{self.fallback_port}/", "--phones", str(phones)),
        )
        account = {"TWILIO_ACCOUNT_SID": self.settings.account_sid, "TWILIO_AUTH_TOKEN": self.settings.auth_token}
        return Process("carrier", command, {**self.environ, **account}, self.home / "carrier.log")

    def _serve_fallback(self) -> None:
        asked = (sys.executable, "-m", "bridge", "fallback-twiml")
        document = subprocess.run(asked, env=self.environ, capture_output=True, check=True).stdout

        class Static(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(document)))
                self.end_headers()
                self.wfile.write(document)

            do_GET = do_POST  # noqa: N815  the name that the server looks for

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._fallback = ThreadingHTTPServer(("127.0.0.1", self.fallback_port), Static)
        threading.Thread(target=self._fallback.serve_forever, args=(0.1,), daemon=True).start()


def _clean(environ: Any) -> dict[str, str]:
    """Without what would configure another bridge."""
    return {name: value for name, value in environ.items() if not name.startswith(("BRIDGE_", "TWILIO_", "REDIS_"))}
