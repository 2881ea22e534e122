"""The status page for tests: the real application and store, a clock that is moved by hand, a real server, a real browser."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from redis import Redis

from bridge.settings import Role, User, load
from bridge.web import create_app
from tests.conftest import only_fixed_words
from tests.web.desk import TOTP, Desk, Site, Watch, cheap_hash, desk_on, log_in
from tests.web.reader import Read, Reader, cookie

expect.set_options(timeout=15_000)  # ms: a limit for what is waited for, not a speed; machines that test are busy


@pytest.fixture(scope="session")
def users() -> dict[str, User]:
    """Who may log in."""
    hashed = cheap_hash()
    mary, walt = User("mary", hashed, Role.DISPATCH), User("walt", hashed, Role.WATCH)
    return {user.name: user for user in (mary, walt, User("ada", hashed, Role.ADMIN, TOTP))}


@pytest.fixture
def desk(redis: Redis, users: dict[str, User], tmp_path: Path) -> Iterator[Desk]:
    """The sample agency at 02:14:05, with nothing waiting."""
    settings = replace(load({"BRIDGE_DATA": str(tmp_path)}), users=users)
    yield desk_on(redis, settings)
    only_fixed_words(redis)


@pytest.fixture
def app(desk: Desk) -> Flask:
    """The whole application."""
    app = create_app(desk.world)
    app.extensions["desk"] = desk  # `log_in` asks it for the time: codes change with it
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who is not logged in."""
    return app.test_client()


@pytest.fixture
def mary(client: FlaskClient) -> FlaskClient:
    """A dispatcher who is."""
    assert log_in(client).status_code == 303
    return client


@pytest.fixture
def walt(app: Flask) -> FlaskClient:
    """Somebody who may look, and no more, and is logged in, in a browser of their own."""
    client = app.test_client()
    assert log_in(client, "walt").status_code == 303
    return client


@pytest.fixture
def ada(app: Flask) -> FlaskClient:
    """An administrator who is logged in, with the second factor, in a browser of their own."""
    client = app.test_client()
    assert log_in(client, "ada").status_code == 303
    return client


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    """The application, served."""
    site = Site(app)
    yield site
    site.stop()


@pytest.fixture
def read(site: Site, mary: FlaskClient) -> Iterator[Read]:
    """Open streams as mary, or as whose client is given."""
    readers: list[Reader] = []

    def opened(position: str = "", who: FlaskClient = mary, **headers: str) -> Reader:
        readers.append(Reader(site.port, cookie(who), position, **headers))
        return readers[-1]

    yield opened
    for reader in readers:
        reader.close()


@pytest.fixture
def options() -> dict[str, Any]:
    """What is special about the browser."""
    return {}


@pytest.fixture
def watch(browser: Browser, site: Site, options: dict[str, Any]) -> Iterator[Watch]:
    """A browser window."""
    context = browser.new_context(**options)
    yield Watch(context, site)
    context.close()
