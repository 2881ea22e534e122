"""A town for `steps`: a line, its carrier, its people, and processes that die. People do what they do, whatever dies.

What they do follows from what they hear and read: a caller answers the last question, and talks to the desk when put through to
it; whoever texts and gets no answer within a minute texts again. All of it goes by the moved clock.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis
from rq.job import Job
from rq.serializers import JSONSerializer

from bridge import wiring
from bridge.actions import paging, sending
from bridge.actions.world import World
from bridge.carrier import twiml
from bridge.carrier.down import SAID
from bridge.core.places import Gazetteer
from bridge.core.rota import DISPATCH
from bridge.settings import Settings
from bridge.simulator import CallLeg, Simulator
from bridge.web import create_app
from tests.stories.steps import InTurn, Killed, Process, Steps, Wire
from tests.stories.story import CALLER, NIGHT

BRIDGE, CARRIER, ELSEWHERE = "127.0.0.1:20001", "127.0.0.1:20002", "127.0.0.1:20003"  # hosts of the Wire: nobody listens there
PATIENCE = 60.0  # seconds after which whoever texted, and got no answer, texts again
TRIES = 3
ANSWERS = (("Where are you", "36203"), ("Press 1 to be called back there", "1"), ("Press 1 if that is right", "1"))
PROMISE = "called back by"


@dataclass(frozen=True)
class Store:
    """A server of the town's own."""

    url: str
    redis: "Redis[Any]"
    data: Path

    def __hash__(self) -> int:
        return hash(self.url)


@dataclass(frozen=True)
class Act:
    """What somebody did of their own accord, when, and after how many texts and calls of the line."""

    what: str
    at: float
    texts: int
    calls: int


class Town:
    """Everything of one story."""

    def __init__(self, settings: Settings, store: Store, sim: Simulator, wire: Wire, steps: Steps, clock: list[float]) -> None:
        self.settings, self.sim, self.wire, self.steps, self.clock = settings, sim, wire, steps, clock
        self.redis, self.url = store.redis, store.url
        self.acts: list[Act] = []
        self.again = 0  # how often somebody texted again
        self.legs: list[CallLeg] = []  # of callers
        self.promised: list[CallLeg] = []  # those in which a promise was heard
        self.desked: list[CallLeg] = []  # those that were put through to the desk
        self.opened: dict[str, float] = {}  # every request that ever was, and when it was opened
        self.faults: list[str] = []  # what must not be
        self._read: set[str] = set()
        self._processes: dict[str, Process] = {}
        self._app: tuple[Process, Any] | None = None
        self._making = threading.Lock()
        self.seen = wiring.world(settings, store.redis, self.now).store  # the store as an auditor sees it: no step of anybody's
        wire.apps |= {BRIDGE: self._web, CARRIER: sim.app, ELSEWHERE: self._static}

    def now(self) -> float:
        """Seconds, UTC."""
        return self.clock[0]

    # ---- processes

    def process(self, kind: str) -> World:
        """The world of the process of this kind: a new one where the last one is dead."""
        known = self._processes.get(kind)
        if known is None or known.dead:
            self._processes[kind] = Process(kind, self.steps, self.settings, self.url, self.now)
            if known:
                known.close()
        return self._processes[kind].world

    def tick(self) -> None:
        """The clock ticks, or dies."""
        try:
            paging.tick(self.process("clock"))
        except Killed:
            return

    def work(self) -> bool:
        """A worker takes one job off the queue, as RQ does, and does it or dies with it. False where there was none."""
        world = self.process("worker")
        found = self.redis.lpop(world.queue.rq.key)  # type: ignore[attr-defined]
        if found is None:
            return False
        job = Job.fetch(found.decode(), connection=self.redis, serializer=JSONSerializer)
        job.delete()
        with suppress(Killed):
            sending.carry_out(world, job.args[0])
        return True

    def act(self, act: Callable[[World], object]) -> bool:
        """A dispatcher does something at the board. Whether it was done."""
        self._does("dispatcher")
        for _ in range(2):
            try:
                act(self.process("web"))
            except Killed:
                continue  # the page says that it was not answered, and they press once more
            self.settle()
            return True
        return False

    def _does(self, what: str) -> None:
        self.acts.append(Act(what, self.now(), len(self.sim.texts_sent()), len(self.sim.calls_started())))

    def _web(self, environ: dict[str, Any], start: Any) -> Any:
        with self._making:  # two threads that make one at once meet a fault of CPython 3.11, in what makes the routes
            world, process = self.process("web"), self._processes["web"]
            if self._app is None or self._app[0] is not process:
                self._app = process, create_app(world)
            app = self._app[1]
        return app(environ, start)

    def _static(self, environ: dict[str, Any], start: Any) -> Any:
        """The document for when the bridge is down, on another server. The one for texts stands at /sms."""
        wording, policy = self.settings.wording, self.settings.policy
        desk = twiml.Desk(self.settings.roster.people[DISPATCH].phone, policy.dispatch_ring_for, self.settings.line)
        texts = environ["PATH_INFO"] == "/sms"
        body = twiml.texts([wording.say("reply.down")]) if texts else twiml.down([wording.say(key) for key in SAID], desk)
        start("200 OK", [("Content-Type", "text/xml")])
        return [body.encode()]

    # ---- time

    def settle(self) -> None:
        """Let everything happen that can happen now."""
        for _ in range(1000):
            self.sim.settle()
            self._look()
            self.tick()
            worked = False
            while self.work():
                worked = True
                self.sim.settle()
            if not worked and not self.seen.due(self.now(), 1):
                return
        raise AssertionError("it never settles")

    def _look(self) -> None:
        for request in self.seen.requests():
            if request.id not in self.opened:
                self.opened[request.id] = request.opened_at
                self._does("opened")

    def advance(self, until: float) -> None:
        """Let time pass up to this instant (seconds, UTC), or to the next at which anything is due, if that is sooner."""
        due = self.seen.next_due()
        self.clock[0] = max(self.now(), min(until, until if due is None else due))
        self.settle()

    def fast_forward(self, seconds: float) -> None:
        """Let so much time pass, stopping at every instant at which something is due."""
        until = self.now() + seconds
        self.settle()
        while self.now() < until:
            self.advance(until)

    def wait_for(self, fact: Callable[[], object], seconds: float) -> bool:
        """Let time pass until it is so, for at most so many seconds. Whether it came to be so."""
        until = self.now() + seconds
        self.settle()
        while not fact() and self.now() < until:
            self.advance(until)
        return bool(fact())

    # ---- people

    def phone(self, person: str) -> Any:
        """The telephone of somebody on the roster."""
        return self.sim.phone(self.settings.roster.people[person].phone)

    def calls(self, number: str = CALLER) -> CallLeg:
        """Somebody calls the line and answers until they are promised a call, or have talked to the desk."""
        self._does("call")
        leg = self.sim.phone(number).dial()
        self.legs.append(leg)
        for _ in range(20):
            said = leg.said_since_last()
            if PROMISE in said:
                self._promise(leg)
                break
            if not self._goes_on(leg, said):
                break
        self.settle()
        return leg

    def _promise(self, leg: CallLeg) -> None:
        self.promised.append(leg)
        if not any(request.callback == leg.phone.number for request in self.seen.requests()):
            self.faults.append("a promise was spoken that is not in the store")

    def _goes_on(self, leg: CallLeg, said: str) -> bool:
        """The caller does what comes next. False where the call is over."""
        if leg.waiting_for == "dial":
            self._desk_talks(leg)
        elif leg.live and said:
            leg.press(next((keys for words, keys in ANSWERS if words in said), "1"))
        elif leg.live:
            leg.silence()  # the keys are complete
        return leg.live

    def hangs_up(self, leg: CallLeg) -> None:
        """The caller talks to the desk, where they are put through to it, and hangs up."""
        if leg.waiting_for == "dial":
            self._desk_talks(leg)
        leg.hang_up()
        self.settle()

    def stays(self, leg: CallLeg) -> None:
        """The caller stays on the line, as far as there is one."""
        if leg.live and leg.waiting_for != "dial":
            leg.silence()
        self.settle()

    def _desk_talks(self, leg: CallLeg) -> None:
        ringing = self.phone(DISPATCH).ringing
        if ringing is None:
            self.faults.append("a caller is put through, and no telephone rings")
            leg.hang_up()
            return
        self.desked.append(leg)
        ringing.answer().hang_up()

    def texts(self, person: str, body: str, *answer: str) -> bool:
        """Somebody texts, and texts again while nothing comes that has these words. Whether something came."""
        for n in range(TRIES):
            self._does(f"{person} texts {body}")
            self.again += n > 0
            since = len(self.phone(person).texts)
            self.phone(person).send_text(body)
            if self.wait_for(lambda since=since: self.has_read(person, *answer, since=since), PATIENCE):  # type: ignore[misc]
                return True
        return False

    def has_read(self, person: str, *words: str, since: int = 0) -> bool:
        """Whether a text with one of these words has come, after so many."""
        return any(word in text.body for text in self.phone(person).texts[since:] for word in words)

    def presses(self, person: str, key: str, *until: str) -> bool:
        """Somebody picks up their telephone and presses a key where they are asked for one, until they hear one of these words.
        Who is connected with them hangs up. Whether they heard them."""
        leg = self.phone(person).ringing
        if leg is None:
            return False
        self._does(f"{person} presses {key}")
        leg.answer()
        for _ in range(8):
            if any(word in " ".join(leg.heard) for word in until) or not leg.live:
                break
            self._next_key(leg, key)
            self.settle()
        return any(word in " ".join(leg.heard) for word in until)

    def _next_key(self, leg: CallLeg, key: str) -> None:
        if leg.peer:
            self.fast_forward(30)  # they talk
            leg.peer.hang_up()
        elif leg.waiting_for and "keys" in leg.waiting_for:
            leg.press(key)
        else:
            leg.silence()


_gazetteer = cache(Gazetteer.load)  # a table that is read once, not for every process


@contextmanager
def founded(settings: Settings, store: Store, steps: Steps) -> Iterator[Town]:
    """A town with an empty store."""
    store.redis.flushall()
    wire, clock = Wire(), [NIGHT]
    public = f"http://{BRIDGE}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gazetteer, "load", _gazetteer)
        patch.setattr("bridge.simulator.carrier.Background", InTurn)
        patch.setattr(requests.adapters.HTTPAdapter, "send", lambda _, asked, **kwargs: wire.send(asked, **kwargs))
        sim = Simulator(
            account_sid=settings.account_sid,
            auth_token=settings.auth_token,
            line=settings.line,
            voice_url=f"{public}/voice",
            sms_url=f"{public}/sms",
            status_url=f"{public}/voice/ended",
            voice_fallback_url=f"http://{ELSEWHERE}/voice",
            clock=lambda: datetime.fromtimestamp(clock[0], UTC),
        )
        sim.know([{"name": p.name, "number": p.phone} for p in settings.roster.people.values()])
        town = Town(settings, store, sim, wire, steps, clock)
        yield town
        for process in town._processes.values():
            process.close()
