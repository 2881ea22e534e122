"""The carrier, a customer, and Twilio's own client between them."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from twilio.rest import Client
from werkzeug.serving import make_server

from bridge.simulator import Simulator
from tests.simulator.target import ACCOUNT, LINE, TOKEN, Target


@pytest.fixture
def target() -> Iterator[Target]:
    app, target = Flask("target"), Target()
    app.add_url_rule("/", "root", target.reply, methods=["GET", "POST"])
    app.add_url_rule("/<path:path>", "any", lambda path: target.reply(), methods=["GET", "POST"])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.RequestHandlerClass.log = lambda *args, **more: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    target.url = f"http://127.0.0.1:{server.server_port}"
    yield target
    server.shutdown()
    server.server_close()


@pytest.fixture
def sim(target: Target) -> Iterator[Simulator]:
    with Simulator(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        line=LINE,
        voice_url=f"{target.url}/voice",
        sms_url=f"{target.url}/sms",
        status_url=f"{target.url}/ended",
    ) as sim:
        yield sim
        sim.settle()
        assert not sim.journal.entries("simulator bug")


@pytest.fixture
def client(sim: Simulator) -> Client:
    client = Client(ACCOUNT, TOKEN)
    client.api.base_url = sim.base_url
    return client
