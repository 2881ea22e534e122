"""Real parts for every test: one Valkey for the session, emptied for each test that asks for it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from redis import Redis

from bridge import logs
from bridge.core.trail_words import is_fixed
from bridge.store import connect
from bridge.store.server import socket_path

settings.load_profile("ci")  # the same examples each time: a suite that fails has a reason in the change. `make fuzz` explores

logs.route()


def wait_until(fact: Callable[[], object], limit: float = 20.0) -> None:
    """Wait for the event, and fail where it does not come within `limit` seconds."""
    give_up = time.monotonic() + limit
    while not fact():
        assert time.monotonic() < give_up, f"did not happen within {limit} s"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command that a test runs in this process sets up the log: the next test has none of it."""
    yield
    logs.unroute()


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded server, started as the product starts it."""
    data = tmp_path_factory.mktemp("valkey")
    server = start_store(data)
    yield f"unix://{socket_path(data)}"
    server.kill()
    server.wait()


def start_store(data: Path) -> "subprocess.Popen[bytes]":
    """`bridge store` on this directory; returns when it answers."""
    environ = {**os.environ, "BRIDGE_DATA": str(data)}
    server = subprocess.Popen([sys.executable, "-m", "bridge", "store"], env=environ)
    client = Redis.from_url(f"unix://{socket_path(data)}")
    wait_until(lambda: answers(client))
    client.close()
    return server


def answers(client: "Redis[Any]") -> bool:
    """Whether the server is there and has read its files."""
    try:
        return bool(client.ping())
    except Exception:  # not yet
        return False


@pytest.fixture
def redis(store_url: str) -> Iterator["Redis[Any]"]:
    """A client of the emptied store."""
    client = connect.patient(store_url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium that talks to nobody but us: the one of the system, or playwright's own. `make tools` installs one."""
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    quiet = ("quic", "background-networking", "component-update", "sync", "gpu")
    args = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(found, None), args=args)
        yield browser
        browser.close()


def logged(caplog: pytest.LogCaptureFixture, logger: str = "") -> list[str]:
    """What our own modules, or this one, have logged: fixed words, then each field as key=value."""
    ours = [dict(each.msg) for each in caplog.records if isinstance(each.msg, dict) and logger in ("", each.name)]
    return [" ".join([line.pop("event"), *(f"{k}={v}" for k, v in line.items() if k != "exc_info")]) for line in ours]


def everything_in(redis: "Redis[Any]") -> str:
    """Every key and every value of the store, as one text to search, or to compare: the store itself keeps no order."""
    read = {
        b"string": redis.get,
        b"hash": lambda key: sorted(redis.hgetall(key).items()),
        b"set": lambda key: sorted(redis.smembers(key)),
        b"zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"stream": redis.xrange,
    }
    return "\n".join(f"{key!r} {read[redis.type(key)](key)!r}" for key in sorted(redis.keys("*")))


def only_fixed_words(redis: "Redis[Any]") -> None:
    """Whatever was written into the audit trail is of one of its forms, which have no room for anything of a caller."""
    written = [json.loads(line)["what"] for line in redis.lrange("trail", 0, -1) if line.startswith(b'{"at"')]
    strange = sorted({what for what in written if not is_fixed(what)})
    assert not strange, f"add the form to bridge/core/trail_words.py: {strange}"
