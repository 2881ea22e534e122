"""The long form: `python -m tests.scan [--examples 200] [--only NAME] [--print]`, on a whole bridge as `bridge run` starts
it: gunicorn, workers, clocks, the store and the local carrier. Prints what each address answered; 1 on any finding."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pyotp
import requests
from flask import Flask

from bridge import wiring
from bridge.core.feeds import feed_address
from bridge.core.ledger import Ledger
from bridge.settings import Settings, load
from bridge.settings.demo import DEMO_USERS, demo_password, demo_totp
from bridge.store import connect
from bridge.web import create_app
from tests.conftest import wait_until
from tests.scan.api import describe
from tests.scan.scanner import Scanner, Signed, name_of, undeclared
from tests.stories.story import free_port
from tests.web.desk import hidden_token

READY = 60.0  # seconds
SHOWN = 1500  # characters of a finding


def main() -> int:
    """Scan everything. Returns 1 where something was found."""
    asked = argparse.ArgumentParser(prog="python -m tests.scan")
    asked.add_argument("--examples", type=int, default=200, help="for each address, role and kind of input")
    asked.add_argument("--only", default="", help="addresses whose name begins so")
    asked.add_argument("--print", action="store_true", help="print the description and do nothing")
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory() as home:
        port = free_port()
        environ = {**os.environ, "BRIDGE_DATA": home, "PORT": str(port), "BRIDGE_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        settings = load(environ)
        if chosen.print:
            print(json.dumps(describe(_app(settings), {}, settings.account_sid), indent=1))
            return 0
        bridge = subprocess.Popen([sys.executable, "-m", "bridge", "run"], env=environ, stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: _ready(settings.public_url), READY)
            return _scan(_scanner(settings, environ), chosen)
        finally:
            bridge.terminate()
            bridge.wait()


def _app(settings: Settings) -> Flask:
    return create_app(wiring.world(settings, connect.once(wiring.store_url(settings)), time.time))


def _ready(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{url}/health/ready", timeout=5).status_code == 200
    return False


def _scanner(settings: Settings, environ: Mapping[str, str]) -> Scanner:
    words = ["call", "--from", "+12565550177", "--zip", "36203"]
    subprocess.run([sys.executable, "-m", "bridge", *words], env=environ, stdout=subprocess.DEVNULL, timeout=120, check=False)
    store = wiring.world(settings, connect.once(wiring.store_url(settings)), time.time).store
    feed = feed_address("", settings.secret_key, Ledger(), "region G").removeprefix("/rota/").removesuffix(".ics")
    ids = tuple(each.id for each in store.requests())
    known = {"request_id": ids, "filename": ("board.css", "live.js"), "token": (feed,)}
    browsers = {"nobody": {}, **{name: _log_in(settings, name) for name in DEMO_USERS}}
    raw = describe(_app(settings), known, settings.account_sid)
    return Scanner(raw, settings.public_url, Signed(settings.auth_token, settings.public_url), browsers)


def _log_in(settings: Settings, name: str) -> dict[str, str]:
    """The headers of a browser in which somebody is logged in."""
    browser, url = requests.Session(), settings.public_url
    form = {"csrf_token": hidden_token(browser.get(f"{url}/login", timeout=20).text), "name": name}
    answer = browser.post(f"{url}/login", data={**form, "password": demo_password(settings.secret_key)}, timeout=20)
    if answer.url.endswith("/login/code"):
        code = pyotp.TOTP(demo_totp(settings.secret_key)).now()
        browser.post(f"{url}/login/code", data={"csrf_token": hidden_token(answer.text), "code": code}, timeout=20)
    page = browser.get(f"{url}/rota", timeout=20)
    return {"Cookie": f"bridge={browser.cookies['bridge']}", "X-CSRFToken": hidden_token(page.text)}


def _scan(scanner: Scanner, chosen: argparse.Namespace) -> int:
    findings: list[str] = undeclared(scanner.raw, scanner.url)
    for operation in scanner.operations():
        name = name_of(operation)
        if not name.startswith(chosen.only):
            continue
        try:
            scanner.scan(operation, chosen.examples)
        except (Exception, BaseExceptionGroup) as found:
            findings.append(f"{name}: {_said(found)[:SHOWN]}")
        print(f"{name:<28} {sorted(scanner.codes.get(name, ()))}", flush=True)
    print(f"\n{scanner.calls} requests to {len(scanner.codes)} addresses, {len(findings)} findings")
    print("\n\n".join(findings))
    return 1 if findings else 0


def _said(found: BaseException) -> str:
    parts: Any = getattr(found, "exceptions", ())
    return "; ".join(map(_said, parts)) if parts else f"{type(found).__name__}: {found}"


if __name__ == "__main__":
    sys.exit(main())
