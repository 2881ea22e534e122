"""Two dispatchers at the board, who act on the same requests at the same instant; and more open pages than there is room."""

import random
import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

import requests
from redis.exceptions import RedisError

from bridge.settings import DEMO_USERS, Role, demo_password
from tests.chaos.moves import Move
from tests.chaos.setting import DUTIES
from tests.chaos.stack import Stack

TOKEN = re.compile(r'name="csrf[-_]token" (?:value|content)="([^"]+)"')
PATIENCE = 10.0  # seconds


def log_in(stack: Stack) -> requests.Session:
    """A dispatcher's browser. Raises RequestException, or AssertionError where the bridge does not let them in."""
    session = requests.Session()
    session.trust_env = False
    here = f"http://127.0.0.1:{stack.port}"
    name = next(name for name, role in DEMO_USERS.items() if role is Role.DISPATCH)
    form = {"name": name, "password": demo_password(stack.settings.secret_key), "next": "/"}
    session.post(f"{here}/login", {**form, "csrf_token": _token(session, f"{here}/login")}, timeout=PATIENCE)
    session.headers["X-CSRFToken"] = _token(session, f"{here}/")
    session.headers["Accept"] = "application/json"
    return session


def _token(session: requests.Session, url: str) -> str:
    found = TOKEN.search(session.get(url, timeout=PATIENCE).text)
    assert found, f"no form at {url}"
    return found.group(1)


@dataclass
class Race:
    """Each of two dispatchers writes down another person as the one who has it, for every request as soon as it is there."""

    stack: Stack
    won: dict[str, int] = field(default_factory=dict)  # request -> how many were told that it was written down
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """They log in and begin."""
        sessions = [log_in(self.stack) for _ in range(2)]
        before = {doc["id"] for doc in self.stack.documents() if doc["state"] != "open"}
        self._thread = threading.Thread(target=self._race, args=(sessions, before), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """They are done."""
        self._stop.set()
        if self._thread:
            self._thread.join(30)

    def _race(self, sessions: list[requests.Session], seen: set[str]) -> None:
        while not self._stop.wait(0.1):
            with suppress(RedisError):
                for doc in self.stack.documents():
                    if doc["id"] not in seen and doc["place"]["region"]:
                        seen.add(doc["id"])
                        self._both(sessions, doc["id"], DUTIES[doc["place"]["region"]])

    def _both(self, sessions: list[requests.Session], request_id: str, people: tuple[str, str]) -> None:
        gate = threading.Barrier(2)
        threads = [
            threading.Thread(target=self._accept, args=(gate, session, request_id, person))
            for session, person in zip(sessions, people, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _accept(self, gate: threading.Barrier, session: requests.Session, request_id: str, person: str) -> None:
        gate.wait()
        url = f"http://127.0.0.1:{self.stack.port}/requests/{request_id}/accept"
        with suppress(requests.RequestException, ValueError):
            if session.post(url, {"person": person}, timeout=PATIENCE).json().get("ok"):
                self.won[request_id] = self.won.get(request_id, 0) + 1


class Pages:
    """Open pages: streams that are read and never closed."""

    def __init__(self, stack: Stack, count: int) -> None:
        self._stack, self._count = stack, count
        self._open: list[requests.Response] = []

    def start(self, rng: random.Random) -> None:
        """Open them all; where the bridge has no room it says so, and that is that."""
        session = log_in(self._stack)
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=self._count))
        session.headers["Accept"] = "text/event-stream"
        give_up = time.monotonic() + 20.0
        while len(self._open) < self._count and time.monotonic() < give_up:
            with suppress(requests.RequestException):
                url = f"http://127.0.0.1:{self._stack.port}/live"
                self._open.append(session.get(url, stream=True, timeout=PATIENCE))

    def end(self) -> None:
        """Close them."""
        while self._open:
            self._open.pop().close()


# ---- moves


def crowd(count: int) -> tuple[Move, Move]:
    """So many connections that send half a request and wait."""
    open_ones: list[socket.socket] = []

    def begin(stack: Stack, rng: random.Random) -> None:
        for _ in range(count):
            with suppress(OSError):
                wire = socket.create_connection(("127.0.0.1", stack.port), timeout=2)
                wire.sendall(b"POST /voice HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n")
                open_ones.append(wire)

    def end(stack: Stack, rng: random.Random) -> None:
        while open_ones:
            open_ones.pop().close()

    return begin, end


def race() -> tuple[Move, Move]:
    """Two dispatchers write down another person each, for every request."""
    racing: list[Race] = []

    def begin(stack: Stack, rng: random.Random) -> None:
        racing[:] = [Race(stack)]
        racing[0].start()

    def end(stack: Stack, rng: random.Random) -> None:
        racing[0].end()
        twice = [which for which, times in racing[0].won.items() if times > 1]
        assert not twice, f"two dispatchers were told of one request that theirs was written down: {twice}"

    return begin, end


def open_pages(count: int) -> tuple[Move, Move]:
    """So many open pages."""
    opened: list[Pages] = []

    def begin(stack: Stack, rng: random.Random) -> None:
        opened[:] = [Pages(stack, count)]
        opened[0].start(rng)

    def end(stack: Stack, rng: random.Random) -> None:
        opened[0].end()

    return begin, end
