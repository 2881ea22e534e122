"""Every step between the inside and the outside, numbered, and a process that dies at one of them.

A *step* is the moment before or after a call of a port: after `store.commit` the commit is on disk, and a process dies that
does not know it yet. `Killed` stands for kill -9: whatever the dead process does after it, in a `finally` or a context manager,
is killed again, so that nothing happens which a dead process could not have done. The next one of its kind knows nothing.

Everything runs in one thread: requests between the carrier and the bridge are calls of functions (`Wire`), and what the carrier
does in the background it does when it is asked to (`InTurn`). So the same story has the same steps in the same order each time.
"""

import io
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

import requests
from werkzeug.test import Client

from bridge import wiring
from bridge.actions.world import World
from bridge.settings import Settings
from bridge.simulator.background import Background, Job
from bridge.store import connect

PORTS = tuple(each.name for each in fields(World) if each.name not in ("settings", "gazetteer", "now"))
# Ports that only look: nothing outside differs between the moments before and after one of these.
LOOKS = frozenset(
    {
        *("store.load", "store.requests", "store.changes", "store.by_code", "store.due", "store.next_due", "store.load_call"),
        *("store.waiting_call", "store.no_text", "store.beats", "store.condition", "store.carrier_news", "store.canary"),
        *("store.circuits", "store.attempts", "store.counted_until"),
        *("rota.live", "rota.entries", "rota.proposal", "rota.load_notice", "lanes.bundle", "books.acts", "books.outcomes"),
        *("books.links", "books.head", "books.nearest", "books.mark", "books.check", "books.checked", "books.older"),
        *("accounts.users", "carrier.find_text", "carrier.find_call", "carrier.ping", "store.were_put_through"),
    }
)


class Killed(BaseException):
    """kill -9."""


@dataclass(frozen=True)
class Point:
    """One step: which kind of process, before or after which call, the how many-th of this name in the story."""

    kind: str
    step: str
    nth: int

    @property
    def changes(self) -> bool:
        """Whether the outside differs from what it was at the step before it."""
        call, _, when = self.step.partition(":")
        return when == "after" and call not in LOOKS

    def __str__(self) -> str:
        return f"{self.kind} {self.step} #{self.nth}"


@dataclass
class Steps:
    """All steps of one story, in order; at `kill` the process that takes it dies."""

    kill: Point | None = None
    taken: list[Point] = field(default_factory=list)
    killed: bool = False
    counting: bool = True
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, process: "Process", step: str) -> None:
        """The process takes this step. Raises Killed where that is the end of it, or was."""
        if process.dead:
            raise Killed
        self._counts[process.kind, step] += 1
        point = Point(process.kind, step, self._counts[process.kind, step])
        self.taken.append(point)
        if point == self.kill:
            self.killed = process.dead = True
            raise Killed


class Process:
    """One process of a kind, web, worker or clock, from its start to its death."""

    def __init__(self, kind: str, steps: Steps, settings: Settings, url: str, now: Callable[[], float]) -> None:
        self.kind, self.dead = kind, False
        self._redis = connect.quick(url)
        whole = wiring.world(settings, self._redis, now)
        ports: Any = {name: _Port(name, getattr(whole, name), self, steps) for name in PORTS}
        self.world = replace(whole, **ports)

    def close(self) -> None:
        """Its connections are cut off."""
        self._redis.close()


class _Port:
    """A port whose every call is two steps."""

    def __init__(self, name: str, port: Any, process: Process, steps: Steps) -> None:
        self._name, self._port, self._process, self._steps = name, port, process, steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._stepped(name, found) if callable(found) else found

    def _stepped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            self._steps.take(self._process, f"{self._name}.{name}:before")
            answer = call(*args, **kwargs)
            self._steps.take(self._process, f"{self._name}.{name}:after")
            return answer

        return stepped


Storm = Callable[[requests.PreparedRequest, Callable[[], requests.Response]], requests.Response]


class InTurn(Background):
    """What the carrier does in the background: one thing after the other, in the thread of whoever waits for it."""

    def __init__(self, on_bug: Callable[[BaseException], None], workers: int = 0) -> None:
        super().__init__(on_bug, workers=0)
        self._jobs: deque[Job] = deque()

    def submit(self, key: str, job: Job) -> None:
        self._jobs.append(job)

    def settle(self, limit: float = 0.0) -> None:
        while self._jobs:
            try:
                self._jobs.popleft()()
            except Exception as bug:  # as its parent does
                self._on_bug(bug)


class Wire:
    """Answers requests of `requests`, by whoever it is, from the application of that host: `send` is HTTPAdapter's."""

    def __init__(self) -> None:
        self.apps: dict[str, Callable[..., Any]] = {}
        self.storm: Storm = lambda _, ask: ask()  # what becomes of requests on their way

    def send(self, asked: requests.PreparedRequest, **_: object) -> requests.Response:
        """The answer. Raises ConnectionError where who should answer was killed: the connection is dropped."""
        try:
            return self.storm(asked, lambda: self._ask(asked))
        except Killed as death:
            raise requests.ConnectionError("the connection was dropped") from death

    def _ask(self, asked: requests.PreparedRequest) -> requests.Response:
        parts = urlsplit(asked.url or "")
        answer = Client(self.apps[parts.netloc], use_cookies=False).open(
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            base_url=f"{parts.scheme}://{parts.netloc}",
            method=asked.method,
            headers={name: value for name, value in asked.headers.items() if name != "Content-Length"},
            data=asked.body,
        )
        response = requests.Response()
        response.status_code, response.request, response.url = answer.status_code, asked, asked.url or ""
        response.headers.update(answer.headers)
        response.raw = io.BytesIO(answer.get_data())
        response.encoding = "utf-8"
        return response
