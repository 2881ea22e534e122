"""A bridge without a carrier, at a time that is moved by hand, and its pages on a port."""

import re
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import argon2
import pyotp
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, Page, expect
from redis import Redis
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from bridge.actions.world import World
from bridge.core.events import Event
from bridge.core.model import Channel, Place, Request
from bridge.core.places import Gazetteer
from bridge.core.request import opened
from bridge.settings import Settings
from bridge.store.redis_accounts import RedisAccounts
from bridge.store.redis_books import RedisBooks
from bridge.store.redis_lanes import RedisLanes
from bridge.store.redis_rota import RedisRota
from bridge.store.redis_store import RedisStore
from bridge.store.redis_watch import RedisWatch

T0 = 1_795_335_245.0  # 2026-11-22 02:14:05 in Alabama (CST)
CALLBACK = "+12565550137"
PASSWORD = "a long night, a good desk"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # ada's second factor
OXFORD = Place("Oxford", "Calhoun", "G")


class NoCarrier:
    """Nothing leaves: what becomes of a message is told to the request by the test."""

    def send_text(self, to: str, body: str, report_url: str) -> str:
        raise AssertionError("the status page sends no text")

    def place_call(self, to: str, answer_url: str, report_url: str, ring_for: float) -> str:
        raise AssertionError("the status page places no call")

    def forget(self, channel: Channel, sid: str) -> None:
        raise AssertionError("the status page deletes nothing")

    def find_text(self, to: str, since: float, same: Callable[[str], bool]) -> str:
        raise AssertionError("the status page looks for no text")

    def find_call(self, to: str, since: float, known: Collection[str]) -> str:
        raise AssertionError("the status page looks for no call")

    def ping(self) -> None:
        raise AssertionError("the status page asks the carrier nothing")


class NoAlarms:
    """Nobody is told."""

    def tell(self, subject: str, body: str) -> bool:
        return False


class NoQueue:
    """Effects stay in the outbox."""

    def put(self, effect: str) -> None:
        pass


@dataclass
class Desk:
    """A bridge without a carrier, at `time`; and what a test does to it."""

    world: World
    time: float = T0

    def call(self, n: int = 0, place: Place = OXFORD, **more: Any) -> Request:
        """A caller has been promised a call back."""
        request = Request(f"req{n}", str(412 + 7 * n), self.time, self.time + 1800, place, **{"callback": CALLBACK, **more})
        request, effects = opened(request, self.world.context, self.time)
        assert self.world.store.create(request, effects, self.time) == request.id
        return request

    def happens(self, request: Request, *events: Event) -> Request:
        """Events happen to the request, now."""
        return self.world.apply(request.id, *events)

    def beat(self) -> None:
        """Worker and clock say that they are alive."""
        for name in ("worker:1", "clock:1", "web"):
            self.world.store.beat(name, self.time)


def desk_on(redis: "Redis[Any]", settings: Settings) -> Desk:
    """The agency of these settings at 02:14:05, on this store."""
    store, rota, lanes = RedisStore(redis, settings.secret_key), RedisRota(redis), RedisLanes(redis, settings.policy)
    books, accounts = RedisBooks(redis, settings.secret_key), RedisAccounts(redis, settings.secret_key)
    places, watch = Gazetteer.load(), RedisWatch(redis, settings.secret_key)
    world = World(
        settings, places, store, rota, lanes, NoCarrier(), NoQueue(), books, accounts, NoAlarms(), watch, now=lambda: here.time
    )
    here = Desk(world)
    here.beat()
    return here


class Quiet(WSGIRequestHandler):
    """Writes no log, and keeps no connection: a server that is stopped must be silent."""

    protocol_version = "HTTP/1.0"

    def log(self, *args: object, **more: object) -> None:
        pass


class Site:
    """The application on a port, which stays the same when it is stopped and started again."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._server = self._serve(0)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Nobody answers on the port any more."""
        self.running = False
        self._server.shutdown()
        self._server.server_close()
        self.app.extensions["live"].close()

    def start(self) -> None:
        """Somebody does again."""
        self.app.extensions["live"].open()
        self._server = self._serve(self.port)

    def _serve(self, port: int) -> BaseWSGIServer:
        self.running = True
        server = make_server("127.0.0.1", port, self.app, threaded=True, request_handler=Quiet)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server


class Watch:
    """A dispatcher's browser, with everything it complained about."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.context, self.site = context, site
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def send_form(self, name: str = "mary") -> None:
        """Log in; with the code, where it is asked for."""
        self.page.goto(self.site.url)
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        if self.page.url.endswith("/login/code"):
            self.page.get_by_label("Code").fill(codes(self.site.app)[0])
            self.page.get_by_role("button", name="Log in").click()

    def log_in(self, name: str = "mary") -> Page:
        """Log in, to the page that counts."""
        self.send_form(name)
        expect(self.page.locator("html.counting")).to_be_attached()
        return self.page


def token(response: TestResponse) -> str:
    """The CSRF token in an answer."""
    return hidden_token(response.text)


def hidden_token(page: str) -> str:
    """The CSRF token in a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def log_in(client: FlaskClient, name: str = "mary", password: str = PASSWORD, **more: str) -> TestResponse:
    """Fill in the log-in form as a browser does, and then the code, where it is asked for."""
    form = {"csrf_token": token(client.get("/login")), "name": name, "password": password, **more}
    response = client.post("/login", data=form)
    if response.location == "/login/code":
        for code in codes(client.application):  # each is taken only once
            response = send_code(client, code)
            if response.status_code == 303:
                break
    return response


def send_code(client: FlaskClient, code: str) -> TestResponse:
    """Fill in the second form of the log-in."""
    return client.post("/login/code", data={"csrf_token": token(client.get("/login/code")), "code": code})


def cheap_hash(password: str = PASSWORD) -> str:
    """A password hash that takes no time: what a real one costs is a matter for the tests of the log-in."""
    return argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(password)


def codes(app: Flask, secret: str = TOTP) -> list[str]:
    """The six digits that count now, at the desk of this application, and those of half a minute before and after."""
    now = int(app.extensions["desk"].time)
    return [pyotp.TOTP(secret).at(now, counter_offset=n) for n in (0, -1, 1)]
