"""One answer from the internet, on a real server with a certificate: each way in which it may go wrong is one sentence."""

import socket
import ssl
from typing import Any

import pytest
import trustme

from bridge.calendars import fetch as fetching
from bridge.calendars.addresses import Reach
from bridge.calendars.fetch import LARGEST, Kept, fetch
from bridge.core.errors import BadCalendar
from tests.calendars.server import Server, moved, page

SECRET = "/private-4711/d.ics"


def test_a_calendar_is_fetched_as_it_stands(server: Server, reach: Reach) -> None:
    server.answers[SECRET + "?x=1"] = page(b"BEGIN", "200 OK", 'ETag: "v1"', "Last-Modified: Sun, 22 Nov 2026 08:00:00 GMT")
    assert fetch(server.url(SECRET + "?x=1#part"), None, reach) == Kept(b"BEGIN", '"v1"', "Sun, 22 Nov 2026 08:00:00 GMT")
    assert f"Host: 127.0.0.1:{server.port}\r\n" in server.asked[0]
    assert "If-None-Match" not in server.asked[0]


def test_a_server_is_only_asked_for_what_is_new(server: Server, reach: Reach) -> None:
    kept = Kept(b"BEGIN", '"v1"', "Sun, 22 Nov 2026 08:00:00 GMT")
    server.answers["/"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    assert fetch(server.url("/"), kept, reach) is kept
    assert 'If-None-Match: "v1"\r\nIf-Modified-Since: Sun, 22 Nov 2026 08:00:00 GMT\r\n' in server.asked[0]


def test_what_comes_in_pieces_is_put_together(server: Server, reach: Reach) -> None:
    server.answers["/"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nBEG\r\n2\r\nIN\r\n0\r\n\r\n"
    assert fetch(server.url("/"), None, reach).body == b"BEGIN"


def test_redirects_are_followed_a_few_times(server: Server, reach: Reach) -> None:
    for n in range(4):
        server.answers[f"/{n}"] = moved(f"/{n + 1}")
    server.answers["/4"] = page(b"BEGIN")
    assert fetch(server.url("/1"), None, reach).body == b"BEGIN"
    with pytest.raises(BadCalendar, match="redirected more than 3 times"):
        fetch(server.url("/0"), None, reach)


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("https://10.0.0.5/", r"^10\.0\.0\.5 is not on the internet"),
        ("https://169.254.169.254/latest/meta-data/", "not on the internet"),
        ("https://[::1]/", "not on the internet"),
        ("https://[::ffff:10.0.0.5]/", "not on the internet"),
        ("http://8.8.8.8/", "does not begin with https://"),
        ("file:///etc/passwd", "does not begin with https://"),
        ("https://user:password@8.8.8.8/", "a user name or a password"),
        ("https://[", "cannot be understood"),
    ],
)
def test_each_redirect_is_checked_anew(server: Server, reach: Reach, to: str, reason: str) -> None:
    server.answers["/"] = moved(to)
    with pytest.raises(BadCalendar, match=reason):
        fetch(server.url("/"), None, Reach(also=("127.0.0.1",), ca_file=reach.ca_file))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/d.ics", "webcal://127.0.0.1/d.ics", "https:///d.ics", "", "d.ics", "https://u:p@127.0.0.1/"]
)
def test_an_address_that_is_not_plain_https_is_refused(url: str, reach: Reach) -> None:
    with pytest.raises(BadCalendar, match=r"does not begin with https://|a user name or a password"):
        fetch(url, None, reach)


def test_without_leave_this_machine_is_not_asked(server: Server, reach: Reach) -> None:
    with pytest.raises(BadCalendar, match="not on the internet"):
        fetch(server.url("/"), None, Reach(ca_file=reach.ca_file))
    assert server.asked == []


def test_the_name_is_looked_up_once_and_the_connection_goes_where_that_led(
    server: Server, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads to a private address the second time it is asked for gains nothing by it."""
    real, asked = socket.getaddrinfo, list[str]()

    def rebinding(host: str, *args: Any, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "10.0.0.5" if host[0].isalpha() else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    server.answers["/"] = page(b"BEGIN")
    assert fetch(server.url("/", "calendar.example.org"), None, reach).body == b"BEGIN"
    assert [host for host in asked if host[0].isalpha()] == ["calendar.example.org"]
    assert f"Host: calendar.example.org:{server.port}\r\n" in server.asked[0]


def test_where_one_address_does_not_answer_the_next_is_asked(
    server: Server, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def two(host: str, port: int, *args: Any, **more: Any) -> Any:
        return (
            [*real("127.0.0.2", port, *args, **more), *real("127.0.0.1", port, *args, **more)]
            if host == "localhost"
            else real(host, port, *args, **more)
        )

    monkeypatch.setattr(socket, "getaddrinfo", two)
    server.answers["/"] = page(b"BEGIN")
    assert (
        fetch(server.url("/", "localhost"), None, Reach(also=("127.0.0.1", "127.0.0.2"), ca_file=reach.ca_file)).body
        == b"BEGIN"
    )


def test_a_certificate_of_nobody_we_trust_is_refused(server: Server) -> None:
    with pytest.raises(BadCalendar, match=r"127\.0\.0\.1 shows no certificate that can be trusted"):
        fetch(server.url("/"), None, Reach(also=("127.0.0.1",)))
    assert server.asked == []


def test_a_certificate_for_another_name_is_refused(reach: Reach, authority: trustme.CA) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("other.example.org").configure_cert(context)
    server = Server(context)
    try:
        with pytest.raises(BadCalendar, match="no certificate that can be trusted"):
            fetch(server.url("/", "localhost"), None, reach)
    finally:
        server.stop()


def test_a_huge_answer_is_not_read_to_its_end(server: Server, reach: Reach) -> None:
    def endless(client: ssl.SSLSocket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.stopped.is_set():
            client.sendall(b"x" * 65536)

    server.answers["/endless"] = endless
    server.answers["/full"] = page(b"x" * LARGEST)
    with pytest.raises(BadCalendar, match="larger than 1024 KB"):
        fetch(server.url("/endless"), None, reach)
    assert len(fetch(server.url("/full"), None, reach).body) == LARGEST


@pytest.mark.parametrize("when", ["before", "in"])
def test_a_slow_server_is_left_when_its_time_is_over(
    server: Server, reach: Reach, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def trickle(client: ssl.SSLSocket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n" if when == "in" else b"")
        while not server.stopped.wait(0.05):
            client.sendall(b"x" if when == "in" else b"")

    monkeypatch.setattr(fetching, "TOTAL", 0.4)
    server.answers["/"] = trickle
    with pytest.raises(BadCalendar, match="took longer than"):
        fetch(server.url("/"), None, reach)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (page(b"", "401 Unauthorized"), "answers 401; it wants a log-in"),
        (page(b"", "404 Not Found"), "answers 404; check the address"),
        (page(b"", "500 Oops"), "answers 500; try it in a browser"),
        (page(b"", "302 Found"), "answers 302"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "answers 304"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nBEGIN:VCAL", "broke off in the middle"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nBEGIN:VCAL", "broke off in the middle"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nBEGIN", "broke off in the middle"),
        (b"", "broke off in the middle"),
        (b"220 mail.example.org ESMTP\r\n", "broke off in the middle"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "broke off in the middle"),
    ],
)
def test_an_answer_that_is_no_calendar_is_said_to_be_what_it_is(
    server: Server, reach: Reach, answer: bytes, reason: str
) -> None:
    server.answers[SECRET] = answer
    with pytest.raises(BadCalendar, match=reason) as fault:
        fetch(server.url(SECRET), None, reach)
    assert "4711" not in str(fault.value), "the address is a secret"


def test_a_server_that_is_not_there_does_not_answer(server: Server, reach: Reach) -> None:
    server.stop()
    with pytest.raises(BadCalendar, match=r"127\.0\.0\.1 does not answer"):
        fetch(server.url(SECRET), None, reach)
