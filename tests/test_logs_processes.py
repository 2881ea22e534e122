"""Real processes are given what nobody meant: all that they print is lines of the log, and none of it is in them."""

import json
import os
import socket
import subprocess
import sys
from urllib.parse import urlencode

import pytest
import requests
from redis import Redis
from twilio.request_validator import RequestValidator

from bridge.queue import RqQueue
from bridge.settings import load
from tests.conftest import wait_until
from tests.stories.story import ROOT, free_port

NUMBER, PLACE = "3345550163", "Talladega"
SECRET = "a secret of this test, long enough for anybody"
SHAPES = (NUMBER, "555-0163", "5550163", "555 0163", "555.0163", PLACE)
FORM = {"From": f"+1{NUMBER}", "To": "+12565550100", "Body": f"{PLACE} 334-555-0163", "SpeechResult": PLACE, "CallSid": NUMBER}


@pytest.fixture(scope="module")
def printed(store_url: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a web process and a worker print, from their start to their end, while they are given what nobody meant."""
    home = tmp_path_factory.mktemp("run")
    environ = {"BRIDGE_DATA": str(home / "var"), "PORT": str(free_port()), "REDIS_URL": store_url, "BRIDGE_SECRET_KEY": SECRET}
    with Redis.from_url(store_url) as redis, (home / "out").open("ab") as out:
        redis.flushall()
        commands = [[sys.executable, "-m", "bridge", kind] for kind in ("web", "worker")]
        ours = {**os.environ, **environ, "PYTHONWARNINGS": "default"}
        started = [subprocess.Popen(command, env=ours, cwd=ROOT, stdout=out, stderr=out) for command in commands]
        try:
            wait_until(lambda: ready(int(environ["PORT"])) and redis.zcard("beats"), 90)
            garbage(environ, redis)
        finally:
            redis.config_set("maxmemory", 0)
            for process in started:
                process.terminate()
                process.wait(30)
    return (home / "out").read_text("utf-8").splitlines()


def ready(port: int) -> bool:
    """Whether somebody answers there."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def garbage(environ: dict[str, str], redis: "Redis[bytes]") -> None:
    """Broken HTTP, forms that cannot be read, jobs that fail, a store that is full."""
    port, said = int(environ["PORT"]), urlencode(FORM)
    for raw in (
        f"GET /{PLACE}?From=%2B1{NUMBER} HTTP/9.{NUMBER}\r\n\r\n",
        f"{PLACE} {NUMBER}\r\n\r\n",
        f"POST /voice?{said} HTTP/1.1\r\nHost: x\r\nContent-Length: {PLACE}\r\n\r\n{said}",
        f"POST /voice HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{PLACE}{NUMBER}\r\n",
        f"POST /sms HTTP/1.1\r\nHost: {PLACE}\r\n{NUMBER}: {PLACE}: x\r\n{PLACE} {NUMBER}\r\n\r\n",
        f"POST /sms HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{said}",  # and then nothing more
        f"GET /{'x' * 9000}{NUMBER} HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(raw.encode())
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(20)
            while connection.recv(4096):
                pass
    send(environ, FORM)
    queue = RqQueue(redis)
    queue.put(f"{PLACE}-{NUMBER}")  # no such effect
    queue.rq.enqueue_call("workers.jobs.nothing", args=(f"+1{NUMBER} {PLACE}",), description=PLACE, failure_ttl=0)
    wait_until(lambda: not queue.rq.count and not redis.keys("rq:job:*"), 30)
    redis.config_set("maxmemory", 1)  # every write fails from now on
    send(environ, {**FORM, "CallSid": f"{NUMBER}-{PLACE}"})


def send(environ: dict[str, str], form: dict[str, str]) -> None:
    """Signed forms to every address, and unsigned ones."""
    chosen = load(environ)
    for path in ("/voice", "/sms", f"/voice/place?{urlencode({'From': NUMBER})}", f"/page/{NUMBER}/0/receipt", f"/{PLACE}"):
        signature = RequestValidator(chosen.auth_token).compute_signature(chosen.public_url + path, form)
        for headers in ({"X-Twilio-Signature": signature}, {"X-Twilio-Signature": PLACE, "User-Agent": NUMBER}):
            requests.post(chosen.public_url + path, form, headers=headers, timeout=20)


def test_every_line_is_one_of_the_log(printed: list[str]) -> None:
    assert not [line for line in printed if not line.startswith('{"at": "')]
    found = [json.loads(line) for line in printed]
    assert {"a job failed", "a webhook failed"} <= {line["event"] for line in found}


def test_nothing_that_they_were_given_is_in_any_line(printed: list[str]) -> None:
    assert not [line for line in printed if any(each.lower() in line.lower() for each in SHAPES)]
