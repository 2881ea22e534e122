"""A store that answers slowly, through a real proxy: whoever calls hears something long before the carrier gives up on us."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection
from twilio.request_validator import RequestValidator

from bridge import wiring
from bridge.store import connect
from bridge.web import create_app
from tests.given import CALLER
from tests.stories.story import settings

CARRIER_WAITS = 15.0  # seconds


class Proxy:
    """Stands in front of the store and holds back each answer for `delay` seconds."""

    def __init__(self, store: str) -> None:
        self.delay = 0.0
        self._store, self._open = store, list[socket.socket]()
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._ear.getsockname()[1]}/0"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        for each in (self._ear, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                ours, theirs = self._ear.accept()[0], socket.socket(socket.AF_UNIX)
                self._open += [ours, theirs]
                theirs.connect(self._store)
                threading.Thread(target=self._carry, args=(ours, theirs, False), daemon=True).start()
                threading.Thread(target=self._carry, args=(theirs, ours, True), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                time.sleep(self.delay if answers else 0.0)
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


@contextmanager
def through(store_url: str) -> Iterator[Proxy]:
    proxy = Proxy(store_url.removeprefix("unix://"))
    try:
        yield proxy
    finally:
        proxy.close()


@pytest.fixture
def slow(redis: "Redis[Any]", store_url: str) -> Iterator[Proxy]:
    """In front of the emptied store."""
    with through(store_url) as proxy:
        yield proxy


def post(app: Flask, path: str, form: dict[str, str], token: str) -> tuple[str, float]:
    """What the carrier is answered, and after how many seconds."""
    public = "http://127.0.0.1:8000"
    signature = RequestValidator(token).compute_signature(public + path, form)
    begun = time.monotonic()
    response = app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})
    assert response.status_code == 200
    return response.get_data(as_text=True), time.monotonic() - begun


@pytest.mark.parametrize(("delay", "sound"), [(0.2, "<Gather"), (2.0, "<Dial")])
def test_a_caller_hears_something_in_time_however_slow_the_store(tmp_path: Path, slow: Proxy, delay: float, sound: str) -> None:
    chosen = settings({"BRIDGE_DATA": str(tmp_path), "BRIDGE_PUBLIC_URL": "http://127.0.0.1:8000"})
    with closing(connect.quick(slow.url)) as client:
        app = create_app(wiring.world(chosen, client, time.time))
        slow.delay = delay
        said, took = post(app, "/voice", {"CallSid": "CA1", "From": CALLER}, chosen.auth_token)
    assert sound in said
    assert took < CARRIER_WAITS


def test_a_webhook_that_asks_much_of_a_slow_store_ends_in_time(tmp_path: Path, slow: Proxy, monkeypatch: Any) -> None:
    """Each answer comes just in time for itself: only the webhook's own limit ends this."""
    chosen = settings({"BRIDGE_DATA": str(tmp_path), "BRIDGE_PUBLIC_URL": "http://127.0.0.1:8000"})
    with closing(connect.quick(slow.url)) as client:
        world = wiring.world(chosen, client, time.time)

        def much(*_: object) -> list[str]:
            return [str(client.get("nothing")) for _ in range(1000)]

        monkeypatch.setattr("bridge.web.sms.texts.texted", much)
        monkeypatch.setattr("bridge.web.carrier_door.STORE", 1.0)
        app = create_app(world)
        slow.delay = 0.1
        said, took = post(app, "/sms", {"From": CALLER, "Body": "1"}, chosen.auth_token)
    assert world.voice.wording.say("reply.try_again").split(".")[0] in said
    assert took < CARRIER_WAITS


def test_time_given_inside_other_time_is_no_more_than_that(slow: Proxy) -> None:
    with closing(connect.quick(slow.url)) as client:
        with connect.within(0.0), connect.within(10.0), pytest.raises(connect.OutOfTime):
            client.ping()
        assert client.ping()


def test_a_store_that_is_away_is_not_asked_again_when_the_time_is_over() -> None:
    with closing(connect.quick("unix:///nowhere")) as client, connect.within(10.0), pytest.raises(NoConnection):
        client.ping()
