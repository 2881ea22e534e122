"""The short form of the scan, the same each time. `python -m tests.scan` is the long one, on the whole bridge."""

import logging

import pytest
from flask import Flask

from bridge.core.feeds import feed_address
from bridge.core.ledger import Ledger
from tests.scan.api import ANSWERS, describe, is_carrier_s
from tests.scan.scanner import Scanner, Signed, undeclared
from tests.web.desk import Desk, Site, log_in, token

EXAMPLES = 2  # see `Scanner.scan`
ROLES = ("walt", "mary", "ada")


@pytest.fixture
def scanner(app: Flask, desk: Desk, site: Site) -> Scanner:
    """One that is logged in as each role, beside a caller who waits."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    request, settings = desk.call(), desk.world.settings
    feed = feed_address("", settings.secret_key, Ledger(), "region G").removeprefix("/rota/").removesuffix(".ics")
    known = {"request_id": (request.id,), "filename": ("board.css", "live.js", "icon.svg"), "token": (feed,), "bundle": ("b1",)}
    browsers: dict[str, dict[str, str]] = {"nobody": {}}
    for name in ROLES:
        client = app.test_client()
        log_in(client, name)
        page, cookie = client.get("/rota"), client.get_cookie("bridge")
        assert cookie is not None
        browsers[name] = {"Cookie": f"bridge={cookie.value}", "X-CSRFToken": token(page)}
    signed = Signed(settings.auth_token, settings.public_url)
    return Scanner(describe(app, known, settings.account_sid), site.url, signed, browsers)


def test_every_address_stands_in_the_description_and_nothing_else(app: Flask) -> None:
    people = {rule.endpoint for rule in app.url_map.iter_rules() if not is_carrier_s(rule)}
    assert people == set(ANSWERS)
    assert describe(app, {}, "AC1")["paths"]


def test_no_address_takes_a_method_that_is_not_described(scanner: Scanner) -> None:
    assert undeclared(scanner.raw, scanner.url) == []


def test_whatever_is_sent_is_answered_as_described_and_nothing_breaks(
    scanner: Scanner, caplog: pytest.LogCaptureFixture
) -> None:
    for operation in scanner.operations():
        scanner.scan(operation, EXAMPLES)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert scanner.calls > 300
    reached = {name for name, codes in scanner.codes.items() if codes & {200, 204, 303}}
    assert reached >= {"voice.arrived", "sms.texted", "pages.receipt", "acts.reveal", "feeds.feed", "rota.page", "audit.page"}
