"""The web process as gunicorn runs it: what arrives too slowly, or is no HTTP at all; and what a proxy says of who asks."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bridge.web import proxy
from tests.conftest import wait_until

APP = """
from bridge.web import worker
worker.WHOLE_WITHIN = 0.3
def app(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d bytes" % len(body)]
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """gunicorn with our worker and a small application. A request must arrive within a third of a second."""
    room = tmp_path_factory.mktemp("worker")
    (room / "small.py").write_text(APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    words = ["-k", "bridge.web.worker.Worker", "--threads", "2", "-b", f"127.0.0.1:{port}", "--chdir", str(room), "small:app"]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    words += ["--no-control-socket", "--log-level", "critical"]
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", *words], env=environ)
    wait_until(lambda: _listens(port))
    yield port
    server.send_signal(signal.SIGTERM)
    server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def sent(port: int, *parts: bytes) -> bytes:
    """What is answered to bytes, until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        for part in parts:
            link.sendall(part)
        return b"".join(iter(lambda: link.recv(4096), b""))


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


def test_a_request_that_arrives_is_answered_and_the_server_does_not_tell_what_it_is(port: int) -> None:
    answer = sent(port, HEAD + b"Content-Length: 3\r\n\r\nabc")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"3 bytes" in answer
    assert b"\r\nServer: bridge\r\n" in answer
    assert b"gunicorn" not in answer


@pytest.mark.parametrize("half", [b"POST / HT", HEAD, HEAD + b"Content-Length: 30\r\n\r\nabc"])
def test_whoever_sends_half_a_request_holds_no_thread(port: int, half: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(4):  # twice as many as there are threads
            link = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            link.sendall(half)
        assert b"0 bytes" in sent(port, HEAD + b"\r\n")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"GARBAGE <script>alert(1)</script> x\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd", 400),
        (HEAD + b"Content-Length: -4\r\n\r\nabcd", 400),
        (HEAD + b"Transfer-Encoding: xchunked\r\n\r\nabcd", 501),
        (HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    ],
)
def test_what_is_no_http_is_refused_without_repeating_it(port: int, said: bytes, code: int) -> None:
    head, _, body = sent(port, said).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % code)
    assert {b"X-Content-Type-Options: nosniff", b"Content-Security-Policy: default-src 'none'"} <= set(head.split(b"\r\n"))
    assert b"Invalid" not in body
    assert b"script" not in body
    assert len(body) < 40


def test_a_connection_that_is_kept_takes_a_second_request(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert link.recv(4096).startswith(b"HTTP/1.1 200")
        link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"".join(iter(lambda: link.recv(4096), b"")).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("peer", "told", "seen"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.2", "1.2.3.4, 198.51.100.7", "198.51.100.7"),  # what the proxy itself has added stands last
        ("", "198.51.100.7", "198.51.100.7"),
        ("8.8.8.8", "198.51.100.7", "8.8.8.8"),
        ("2a00::1", "198.51.100.7", "2a00::1"),
    ],
)
def test_only_a_neighbor_is_believed_who_says_where_a_request_came_from(peer: str, told: str, seen: str) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        return [environ["REMOTE_ADDR"].encode()]

    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": told}
    assert list(proxy.FromProxy(app)(environ, None)) == [seen.encode()]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "::ffff:198.51.100.7"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(address: str, counted: str) -> None:
    assert proxy.origin(address) == counted
