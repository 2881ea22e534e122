"""How a story is told: real web, worker, clock, store and carrier, and a clock that is moved by hand.

A story ends in silence: a call, a text or an error that it did not expect fails it.
"""

import logging
import random
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, request
from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from werkzeug.serving import WSGIRequestHandler, make_server

from bridge import wiring
from bridge.actions import paging
from bridge.actions.world import World
from bridge.core.model import Policy, Request
from bridge.core.rota import ALABAMA
from bridge.settings import Account, Settings, load
from bridge.simulator import CallLeg, Simulator
from bridge.store import connect
from bridge.web import create_app
from tests.conftest import only_fixed_words

CALLER = "+12565550177"
NIGHT = datetime(2026, 3, 3, 2, 4, tzinfo=ALABAMA).timestamp()  # a Tuesday, 2:04 AM
ROOT = Path(__file__).parents[2]
# In a story much happens at one instant. What the line and people can take in a second has stories of its own: test_flood.py.
AT_ONCE = {"texts_per_second": 100, "calls_per_second": 100, "texts_at_once": 100}


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: the story tells what happened."""


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


class Webhooks:
    """Sits in front of the application and remembers the last request about each call."""

    def __init__(self, app: Flask) -> None:
        self._app, self._last = app, dict[str, tuple[str, dict[str, str], dict[str, str]]]()
        app.before_request(self._remember)

    def _remember(self) -> None:
        sid = request.form.get("CallSid", "")
        if not request.headers.get("X-Repeated"):
            headers = {"X-Twilio-Signature": request.headers.get("X-Twilio-Signature", "")}
            self._last[sid] = (request.full_path.rstrip("?"), request.form.to_dict(), headers)

    def repeat(self, sid: str) -> str:
        """The last request about this call, once more. Returns the answer."""
        path, form, headers = self._last[sid]
        response = self._app.test_client().post(path, data=form, headers={**headers, "X-Repeated": "1"})
        return response.get_data(as_text=True)


@dataclass
class Story:
    """The world of one story and what has been expected of it so far."""

    world: World
    sim: Simulator
    redis: "Redis[Any]"
    clock: list[float]
    errors: _Errors
    webhooks: Webhooks
    others: Sequence[Simulator] = ()
    _read: set[str] = field(default_factory=set)
    _answered: set[str] = field(default_factory=set)
    _warnings: set[str] = field(default_factory=set)

    # ---- who

    def number(self, person: str) -> str:
        """The number of somebody on the roster."""
        return self.world.settings.roster.people[person].phone

    def phone(self, person: str) -> Any:
        """The telephone of somebody on the roster."""
        return self.sim.phone(self.number(person))

    # ---- the caller

    def call(self, number: str = CALLER) -> CallLeg:
        """Somebody dials the line."""
        return self.sim.phone(number).dial()

    def asks_for_help(self, number: str = CALLER, zip_code: str = "36203") -> CallLeg:
        """A whole call: the ZIP, yes, the number called from; the promise is heard and the caller hangs up."""
        call = self.call(number)
        call.press(zip_code).press("1").press("1").silence()
        assert "called back by" in call.heard[-2] or "called back by" in call.said_since_last(), call.heard
        call.hang_up()
        self.settle()
        return call

    # ---- time

    def settle(self) -> None:
        """Let everything happen that can happen now."""
        while True:
            for sim in (self.sim, *self.others):
                sim.settle()
            paging.tick(self.world)
            worker = SimpleWorker([self.world.queue.rq], connection=self.redis, serializer=JSONSerializer)  # type: ignore[attr-defined]
            worked = worker.work(burst=True, logging_level="ERROR")
            for sim in (self.sim, *self.others):
                sim.settle()
            if not worked and not self.world.store.due(self.now, 1):
                return

    def fast_forward(self, seconds: float) -> None:
        """Let so much time pass, stopping at every instant at which something is due."""
        until = self.now + seconds
        self.settle()
        while (due := self.world.store.next_due()) is not None and due <= until:
            self.clock[0] = max(due, self.now)
            self.settle()
        self.clock[0] = until
        self.settle()

    @property
    def now(self) -> float:
        """Seconds, UTC."""
        return self.clock[0]

    def minutes(self, request: Request | None = None) -> float:
        """Minutes since the request was opened."""
        return round((self.now - (request or self.request()).opened_at) / 60, 2)

    # ---- what must be true

    def request(self) -> Request:
        """The one request there is."""
        (request,) = self.world.store.requests()
        return request

    def erased(self) -> Request:
        """The one request there was."""
        (key,) = self.redis.scan_iter("req:*")
        return self.world.store.load(key.decode().removeprefix("req:"))

    def expect_text(self, person: str, *words: str) -> str:
        """The next text on this person's telephone has these words. Returns it."""
        unread = self.unread(person)
        assert unread, f"no text for {person}"
        self._read.add(unread[0].sid)
        body = str(unread[0].body)
        for word in words:
            assert word in body, f"{word!r} is not in {body!r}"
        return body

    def unread(self, person: str) -> list[Any]:
        """The texts on this person's telephone that the story has not told of."""
        return [text for text in self.phone(person).texts if text.sid not in self._read]

    def expect_call(self, person: str) -> CallLeg:
        """This person's telephone rings."""
        leg = self.phone(person).ringing
        assert leg is not None, f"{person}'s telephone does not ring"
        self._answered.add(leg.sid)
        return leg  # type: ignore[no-any-return]

    def expect_missed_call(self, person: str) -> CallLeg:
        """This person was called, and did not answer, or a machine did."""
        missed = [leg for leg in self.phone(person).legs if leg.sid not in self._answered and not leg.live]
        assert missed, f"{person} missed no call"
        self._answered.add(missed[0].sid)
        return missed[0]  # type: ignore[no-any-return]

    def text(self, person: str, body: str) -> list[str]:
        """Somebody on the roster texts the line. Returns the answers."""
        replies = list(self.phone(person).send_text(body))
        self.settle()
        self._read |= {text.sid for text in self.unread(person) if text.body in replies}
        return replies

    def press(self, leg: CallLeg, keys: str) -> str:
        """Somebody presses keys in a call. Returns what they hear next."""
        leg.said_since_last()
        leg.press(keys)
        said = leg.said_since_last()
        self.settle()
        return said

    def expect_dial(self, person: str) -> CallLeg:
        """A caller is being put through: this person's telephone rings."""
        return self.expect_call(person)

    def repeat_last_webhook(self, call: CallLeg) -> str:
        """The carrier asks once more what it asked last. Returns the answer."""
        return self.webhooks.repeat(call.sid)

    @contextmanager
    def store_away(self) -> Iterator[None]:
        """The store does not answer: nobody can connect, and who was connected is cut off."""
        socket_file = Path(self.redis.get_connection_kwargs()["path"])
        away = socket_file.with_suffix(".away")
        self.redis.ping()  # whoever works through the queue has let go of the connection, and afterwards there is none
        socket_file.rename(away)
        self.redis.client_kill_filter(_type="normal", skipme=False)
        try:
            yield
        finally:
            away.rename(socket_file)

    def expect_warning(self, words: str) -> None:
        """The carrier warns us of this."""
        found = {entry.text for entry in self.sim.journal.problems if words in entry.text}
        assert found, f"the carrier does not warn of {words!r}"
        self._warnings |= found

    def swallow(self, people: list[str]) -> None:
        """What these people got up to now needs no telling."""
        for person in people:
            self._read |= {text.sid for text in self.phone(person).texts}
            self._answered |= {leg.sid for leg in self.phone(person).legs}

    def swallow_everything(self) -> None:
        """All texts and calls up to now are read, and nobody asks what they were."""
        self.swallow(list(self.world.settings.roster.people))

    def expect_silence(self) -> None:
        """Nothing happened that the story did not tell."""
        for person in self.world.settings.roster.people.values():
            phone = self.sim.phone(person.phone)
            unread = [text.body for text in self.unread(person.id)]
            assert not unread, f"unexpected texts for {person.id}: {unread}"
            rung = [leg.state for leg in phone.legs if leg.sid not in self._answered]
            assert not rung, f"unexpected calls for {person.id}: {rung}"
        assert not self.errors.lines, self.errors.lines
        problems = [entry for entry in self.sim.journal.problems if entry.text not in self._warnings]
        assert not problems, problems


def settings(environ: Mapping[str, str], policy: Mapping[str, object] | None = None) -> Settings:
    """The sample configuration, with some of the policy changed."""
    loaded = load({"BRIDGE_CONFIG": str(ROOT / "config"), **environ})
    changed: Policy = replace(loaded.policy, **{**AT_ONCE, **(policy or {})})  # type: ignore[arg-type]
    return replace(loaded, policy=changed)


@contextmanager
def told(
    redis: "Redis[Any]", url: str, data: Path, monkeypatch: Any, others: Sequence[Simulator] = (), **policy: object
) -> Iterator[Story]:
    """A story, from the first ring to the silence at its end. `others` are further accounts at a carrier, in order."""
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    chosen = settings({"BRIDGE_DATA": str(data), "BRIDGE_PUBLIC_URL": public}, policy)
    clock = [NIGHT]
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    with Simulator(
        account_sid=chosen.account_sid,
        auth_token=chosen.auth_token,
        line=chosen.line,
        voice_url=f"{public}/voice",
        sms_url=f"{public}/sms",
        status_url=f"{public}/voice/ended",
        clock=lambda: datetime.fromtimestamp(clock[0], UTC),
    ) as sim:
        sim.know([{"name": p.name, "number": p.phone} for p in chosen.roster.people.values()])
        accounts = tuple(_account(f"other-{n}", other, public) for n, other in enumerate(others))
        chosen = replace(chosen, carrier_url=sim.base_url, fallbacks=accounts)
        world = wiring.world(chosen, connect.quick(url), lambda: clock[0])
        monkeypatch.setattr("workers.jobs.background", lambda: world)
        app = create_app(world)
        webhooks = Webhooks(app)
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        story = Story(world, sim, redis, clock, errors, webhooks, others)
        try:
            yield story
            story.settle()
            story.expect_silence()
            only_fixed_words(redis)
        finally:
            server.shutdown()
            logging.getLogger().removeHandler(errors)


def _account(name: str, sim: Simulator, public: str) -> Account:
    """What the carrier of another account is told, and what we are told of it."""
    sim.configure(voice_url=f"{public}/voice", sms_url=f"{public}/sms", status_callback=f"{public}/voice/ended")
    return Account(name, sim.carrier.account_sid, (sim.carrier.auth_token,), sim.line, sim.base_url)


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to clients: nobody takes it before we do."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
