"""`make bench-board`: how soon the status page shows what was written, and whether open pages slow the webhooks. Figures only.

Everything runs as in life, in processes of its own (`bridge run`, every write on disk), with the local carrier. This process
writes the changes, one browser and 199 readers of raw streams say when they saw them, and a caller calls all the while.
"""

import asyncio
import gzip
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from playwright.sync_api import sync_playwright
from twilio.request_validator import RequestValidator

from bridge.actions.world import World
from bridge.core.events import Closed
from bridge.core.model import Place, Request
from bridge.core.request import opened
from bridge.settings import demo_password
from bridge.store import connect
from bridge.store.server import socket_path
from bridge.wiring import world as real_world
from tests.bench.bench import LINE, Network, _ready, _takes_calls, caller, show
from tests.conftest import wait_until
from tests.stories.story import ROOT, free_port, settings

READERS, CHANGES, PAUSE, AT_ONCE = 199, 60, 0.4, 8  # changes, seconds between them, requests that are open at once
CALLS, EVERY = 400, 0.05  # webhooks, seconds between them


class Caller(Network):
    """Calls a local stack, whose webhooks are signed with the token of its account."""

    def __init__(self, port: int, token: str = "") -> None:
        super().__init__(port)
        self._token = token or self._token
        self._validator = RequestValidator(self._token)


@contextmanager
def stack() -> Iterator[tuple[int, World, Caller]]:
    """`bridge run`, at rest: its port, its world, and one who can call it."""
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        ours = {"BRIDGE_DATA": data, "PORT": str(port), "BRIDGE_CARRIER_PORT": str(free_port())}
        command = [sys.executable, "-m", "bridge", "run"]
        run = subprocess.Popen(command, env={**os.environ, **ours}, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            known = settings(ours)
            network = Caller(port, known.auth_token)
            wait_until(lambda: _takes_calls(network), 60)
            wait_until(lambda: _ready(port), 60)
            network.hang_up()
            store = connect.patient(f"unix://{socket_path(Path(data))}")
            yield port, real_world(known, store, time.time), network
        finally:
            run.terminate()
            run.wait(30)


def log_in(port: int, password: str) -> tuple[OpenerDirector, str]:
    """A browser without a window, logged in, and its cookie."""
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    page = browser.open(f"http://127.0.0.1:{port}/login").read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1], "name": "dispatcher", "password": password}
    browser.open(f"http://127.0.0.1:{port}/login", urlencode(form).encode()).read()
    return browser, "; ".join(f"{each.name}={each.value}" for each in jar)


# ---- readers of raw streams, in a process of their own


async def read(port: int, cookie: str, seen: dict[str, list[float]]) -> None:
    """One page that stands open: comes back when its stream ends, as a browser does."""
    known: set[bytes] = set()
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        writer.write(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
        while line := await reader.readline():
            if b'"slots"' in line:
                now = time.time()
                new = set(re.findall(rb'"(r-bench\w+)"', line)) - known
                known |= new
                for key in new:
                    seen.setdefault(key.decode(), []).append(now)
            elif line == b"0\r\n" or line.startswith(b"HTTP/1.1 503"):
                break
        writer.close()
        await asyncio.sleep(0.2)


async def readers(port: int, cookie: str, count: int) -> None:
    """So many of them, until a line comes in; then what they saw goes out."""
    seen: dict[str, list[float]] = {}
    tasks = []
    for _ in range(count):
        tasks.append(asyncio.create_task(read(port, cookie, seen)))
        await asyncio.sleep(0.01)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps(seen))
    for task in tasks:
        task.cancel()


# ---- what is measured


def changes(world: World, name: str) -> dict[str, float]:
    """Requests come and go. Returns when each was on disk, by the key of its row."""
    written = {}
    for n in range(CHANGES):
        now = time.time()
        request = Request(f"bench{name}{n}", f"{name}{100 + n}", now, now + 1800, Place("Oxford", "Calhoun", "G"))
        request, effects = opened(request, world.context, now)
        world.store.create(request, effects, now)
        written[f"r-{request.id}"] = time.time()
        time.sleep(PAUSE)
        if n >= AT_ONCE:
            world.apply(f"bench{name}{n - AT_ONCE}", Closed("test"))
    for n in range(CHANGES - AT_ONCE, CHANGES):
        world.apply(f"bench{name}{n}", Closed("test"))
    return written


def calls(network: Caller) -> list[float]:
    """How long each webhook of a new call took, one after the other, at a steady pace."""
    took = []
    for n in range(CALLS):
        request = network.prepare("/voice", {"CallSid": "CA" + secrets.token_hex(16), "From": caller(n), "To": LINE})
        if n % 20 == 0:
            network.hang_up()
        before = time.perf_counter()
        network.send(request)
        took.append(time.perf_counter() - before)
        time.sleep(max(0.0, EVERY - took[-1]))
    return took


def both(world: World, network: Caller, name: str) -> tuple[dict[str, float], list[float]]:
    """Changes and calls at the same time."""
    took: list[float] = []
    ringing = threading.Thread(target=lambda: took.extend(calls(network)))
    ringing.start()
    written = changes(world, name)
    ringing.join()
    return written, took


WATCH = """() => { window.seen = {}; const rows = document.querySelector('[data-slot=rows]');
  new MutationObserver((all) => { for (const one of all) for (const node of one.addedNodes)
    if (node.dataset && !(node.dataset.key in seen)) { const key = node.dataset.key; seen[key] = 0;
      requestAnimationFrame(() => setTimeout(() => { seen[key] = (performance.timeOrigin + performance.now()) / 1000; })); }
  }).observe(rows, {childList: true}); }"""


def seen_after(written: dict[str, float], seen: dict[str, Any]) -> list[float]:
    """Seconds from the write to each sight of it."""
    times = ((key, at if isinstance(at, list) else [at]) for key, at in seen.items() if key in written)
    return [each - written[key] for key, several in times for each in several if each]


def weight(port: int, browser: OpenerDirector) -> None:
    """The page with all that it loads, in bytes."""
    base = f"http://127.0.0.1:{port}/"
    found, left = dict[str, bytes](), [base]
    while left:
        address = left.pop()
        if address in found:
            continue
        found[address] = browser.open(address).read()
        text = found[address].decode()
        if address == base:
            left += [urljoin(base, each) for each in re.findall(r'(?:src|href)="(/static/[^"]+)"', text)]
        elif address.endswith(".js"):
            left += [urljoin(address, each) for each in re.findall(r'from "(\.[^"]+)"', text)]
    for address, body in sorted(found.items()):
        print(f"  {len(body):8} {len(gzip.compress(body, 9)):7}  {address.removeprefix(base) or '/'}")
    print(
        f"page weight: {sum(map(len, found.values()))} bytes, gzip -9 {sum(len(gzip.compress(b, 9)) for b in found.values())}"
    )


def main() -> None:
    """Everything, in order."""
    with stack() as (port, world, network):
        browser, cookie = log_in(port, demo_password(world.settings.secret_key))
        weight(port, browser)
        _, took = both(world, network, "a")
        show("POST /voice while requests change, no page open", took)
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        with sync_playwright() as playwright:
            window = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            context = window.new_context()
            name, _, value = cookie.partition("=")
            context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{port}"}])
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{port}/")
            page.wait_for_selector("html.counting")
            page.evaluate(WATCH)
            written, took = both(world, network, "b")
            show("written -> painted in a browser, 1 page open", seen_after(written, page.evaluate("seen")))
            show("POST /voice while requests change, 1 page open", took)
            command = [sys.executable, "-m", "tests.bench.board", "readers", str(port), cookie, str(READERS)]
            many = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            time.sleep(15)
            written, took = both(world, network, "c")
            told = json.loads(many.communicate("\n")[0])
            show(f"written -> painted in a browser, {READERS + 1} pages open", seen_after(written, page.evaluate("seen")))
            show(f"written -> read by {READERS} others", seen_after(written, told))
            print(f"  each of {CHANGES} was seen by {min(map(len, told.values()))} to {max(map(len, told.values()))} of them")
            show(f"POST /voice while requests change, {READERS + 1} pages open", took)
            window.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["readers"]:
        asyncio.run(readers(int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
    else:
        main()
