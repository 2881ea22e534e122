"""Overload sheds the board, never the webhooks: over real HTTP, with requests that really take their time."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import requests
from flask import Flask

from bridge.actions.world import World
from bridge.web import create_app
from bridge.web.shed import CALLS_FIRST, CARRIER, MOST_FOR_PEOPLE, STREAM
from tests.conftest import wait_until
from tests.web.desk import Desk, Site, log_in
from tests.web.reader import cookie


class Slow:
    """A port of which some methods wait until they are let go."""

    def __init__(self, real: object, *names: str) -> None:
        self._real, self._names = real, names
        self.go, self.waiting = threading.Event(), list[str]()

    def __getattr__(self, name: str) -> object:
        if name in self._names:
            self.waiting.append(name)
            assert self.go.wait(30)
        return getattr(self._real, name)


class Crowd:
    """Many requests at once, each in a thread of its own, and their answers."""

    def __init__(self, site: Site, headers: dict[str, str]) -> None:
        self._site, self._headers = site, headers
        self._pool = ThreadPoolExecutor(32)
        self.under_way: list[object] = []

    def get(self, path: str) -> requests.Response:
        return requests.get(self._site.url + path, headers=self._headers, timeout=30)

    def send(self, path: str, count: int) -> None:
        self.under_way += [self._pool.submit(self.get, path) for _ in range(count)]

    def close(self) -> None:
        self._pool.shutdown()


@pytest.fixture
def slow(desk: Desk) -> Slow:
    """The book of who did what takes its time."""
    return Slow(desk.world.books, "links")


@pytest.fixture
def slow_world(desk: Desk, slow: Slow) -> World:
    return replace(desk.world, books=slow)  # type: ignore[arg-type]


@pytest.fixture
def app(slow_world: World, desk: Desk) -> Flask:
    app = create_app(slow_world)
    app.extensions["desk"] = desk
    return app


@pytest.fixture
def crowd(app: Flask, site: Site, slow: Slow) -> Iterator[Crowd]:
    client = app.test_client()
    log_in(client, "ada")
    crowd = Crowd(site, {"Cookie": f"bridge={cookie(client)}"})
    yield crowd
    slow.go.set()
    crowd.close()


def call_in(site: Site) -> requests.Response:
    return requests.post(f"{site.url}/voice", data={"CallSid": "CA1", "From": "+12565550177"}, timeout=30)


def test_people_who_ask_too_much_at_once_are_told_to_come_back_and_webhooks_are_answered(
    crowd: Crowd, slow: Slow, site: Site
) -> None:
    crowd.send("/audit", MOST_FOR_PEOPLE)
    wait_until(lambda: len(slow.waiting) == MOST_FOR_PEOPLE, 20)
    refused = crowd.get("/")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == refused.headers["Refresh"] == "2"
    assert "busy with calls" in refused.text
    assert call_in(site).status_code == 403, "it came as far as the signature"
    assert crowd.get("/health/live").status_code == 200
    slow.go.set()
    wait_until(lambda: crowd.get("/").status_code == 200, 20)


def test_while_calls_fill_the_threads_people_have_to_wait(app: Flask, crowd: Crowd) -> None:
    shed = app.extensions["shed"]
    assert crowd.get("/").status_code == 200
    shed._calls = CALLS_FIRST
    assert crowd.get("/").status_code == 503
    shed._calls = CALLS_FIRST - 1
    assert crowd.get("/").status_code == 200


def test_every_request_is_counted_once_and_not_for_ever(app: Flask, crowd: Crowd, site: Site, slow: Slow) -> None:
    shed = app.extensions["shed"]
    crowd.send("/audit", 3)
    wait_until(lambda: shed._people == 3, 20)
    slow.go.set()
    for path in ("/", "/nothing", "/figures?month=garbage", "/health/ready", "/static/board.js"):
        assert crowd.get(path).status_code in (200, 404, 400, 503)
    assert call_in(site).status_code == 403
    assert requests.post(f"{site.url}/requests/nothing/close", timeout=30).status_code in (302, 303, 400, 401)
    wait_until(lambda: (shed._people, shed._calls) == (0, 0), 20)


def test_what_is_never_shed_exists(app: Flask) -> None:
    assert set(app.blueprints) >= CARRIER
    assert STREAM in app.view_functions
