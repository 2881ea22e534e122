"""`bridge run` in a house of its own: all that it writes and prints is below one folder."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyotp
import requests
from redis import Redis

from bridge.settings import demo_password, demo_totp, load
from bridge.store.server import socket_path
from tests.chaos import setting
from tests.conftest import wait_until
from tests.privacy.haystacks import memory_of, on_disk, printed, store_keys
from tests.privacy.search import Haystack
from tests.stories.story import ROOT, free_port
from tests.stories.test_kill import Stack

LATER = {"4s": "100s", "8s": "110s", "14s": "120s", "22s": "150s"}  # the ladder, so that a telephone rings where it is asked to
QUICK = {"deadline": '"3m"', "erase_after": '"6s"', "idle_call": '"8s"', "remind_after": '"3s"', "contact_within": '"60s"'}
PARTS = ("gunicorn", "bridge worker", "bridge clock", "valkey")
TOKEN = re.compile(r'name="csrf[-_]token" (?:value|content)="([^"]+)"')
ROLES = ("watcher", "dispatcher", "admin")


class House(Stack):
    """A bridge and everything that could keep something. Call `start` first."""

    def __init__(self, home: Path, **environ: str) -> None:
        self.home, self.told = home, list[bytes]()
        for folder in ("tmp", "cwd", "out"):
            (home / folder).mkdir()
        self.agency = setting.write(home / "config")
        policy = home / "config" / "policy.toml"
        text = policy.read_text("utf-8")
        for name, value in QUICK.items():
            text = re.sub(rf"(?m)^{name} = \S+", f"{name} = {value}", text)
        for sooner, later in LATER.items():
            text = text.replace(f'at = "{sooner}"', f'at = "{later}"')
        policy.write_text(text, "utf-8")
        self.environ = {
            **{"BRIDGE_DATA": str(home / "var"), "BRIDGE_CONFIG": str(home / "config"), "PORT": str(free_port())},
            **{"BRIDGE_CARRIER_PORT": str(free_port()), "TMPDIR": str(home / "tmp"), "PYTHONPATH": str(ROOT)},
            **{"BRIDGE_ALARM_WEBHOOK": self._alarms(), **environ},
        }
        self.seen: set[int] = set()  # every process that there was

    def _alarms(self) -> str:
        """Somebody who is told of alarms. Returns their address."""
        told = self.told

        class Desk(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._desk = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        threading.Thread(target=self._desk.serve_forever, args=(0.1,), daemon=True).start()
        return f"http://127.0.0.1:{self._desk.server_port}/alarm"

    # ---- start and end

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "var"

    @contextmanager
    def at_work(self) -> Iterator["House"]:
        """Started, and ended."""
        with (self.home / "out" / "run.log").open("ab") as out:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "bridge", "run"],
                **{"env": {**_clean(), **self.environ}, "cwd": self.home / "cwd", "stdout": out, "stderr": out},
            )
            try:
                wait_until(self.ready, 240)
                yield self
            except AssertionError:
                print((self.home / "out" / "run.log").read_text("utf-8")[-2000:])
                raise
            finally:
                self.supervisor.terminate()
                self.supervisor.wait(60)
                self._desk.shutdown()
                self._desk.server_close()

    def command(self, *words: str) -> Haystack:
        """What a command prints."""
        environ = {**_clean(), **self.environ}
        done = subprocess.run(
            [sys.executable, "-m", "bridge", *words],
            env=environ,
            cwd=self.home / "cwd",
            capture_output=True,
            check=False,
            timeout=60,
        )
        return Haystack("command", " ".join(words), done.stdout + done.stderr)

    def look_for_processes(self) -> list[int]:
        """Those that there are now, below the supervisor."""
        found = [self.supervisor.pid, *self.pids("")]
        self.seen |= set(found)
        return found

    def freeze(self, command: str, number: int) -> None:
        """SIGSTOP or SIGCONT."""
        for pid in self.pids(command):
            os.kill(pid, number)

    # ---- the store

    @property
    def redis(self) -> "Redis[Any]":
        """The store, from outside."""
        return Redis.from_url(f"unix://{socket_path(self.data)}")

    def documents(self) -> dict[str, dict[str, Any]]:
        """Every request, by id."""
        with self.redis as redis:
            docs = [json.loads(redis.hget(key, "doc") or b"{}") for key in redis.scan_iter("req:*")]
        return {doc["id"]: doc for doc in docs if doc}

    # ---- the board

    def log_in(self, role: str) -> requests.Session:
        """A browser of somebody of that role."""
        chosen = load({**self.environ})
        session = requests.Session()
        session.trust_env = False
        form = {"name": role, "password": demo_password(chosen.secret_key), "next": "/"}
        self._send(session, "/login", form)
        if role == "admin":
            self._send(session, "/login/code", {"code": pyotp.TOTP(demo_totp(chosen.secret_key)).now()})
        session.headers["X-CSRFToken"] = self._token(session, "/")
        session.headers["Accept"] = "application/json"
        return session

    def _send(self, session: requests.Session, path: str, form: dict[str, str]) -> None:
        session.post(self.url + path, {**form, "csrf_token": self._token(session, path)}, timeout=20).raise_for_status()

    def _token(self, session: requests.Session, path: str) -> str:
        found = TOKEN.search(session.get(self.url + path, timeout=20).text)
        assert found, f"no form at {path}"
        return found[1]

    # ---- everything

    def haystacks(self) -> Iterator[Haystack]:
        """Every byte but what people are shown."""
        yield from on_disk("disk", self.data)
        for folder, kind in (("tmp", "temporary files"), ("cwd", "working directory"), ("out", "printed")):
            yield from on_disk(kind, self.home / folder)
        with self.redis as redis:
            yield from store_keys(redis)
            yield from memory_of(redis.info("server")["process_id"])
        yield from printed(self.look_for_processes())
        yield Haystack("alarms", "webhook", b"\n".join(self.told))

    def rewritten(self) -> int:
        """How often the store has rewritten its files, and none waits to be done."""
        with self.redis as redis:
            found = redis.info("persistence")
        return 0 if found["aof_rewrite_in_progress"] or found.get("aof_rewrite_scheduled") else found["aof_rewrites"]


def _clean() -> dict[str, str]:
    """Without what would configure another bridge."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "TWILIO_", "REDIS_"))}
