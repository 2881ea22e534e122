"""Alarms by webhook and e-mail: what may be set, and real servers that take them, refuse them, hang or are somebody else."""

import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bridge import alarms
from bridge.alarms import RoutedAlarms
from bridge.core.errors import BadConfig
from bridge.settings import load
from bridge.settings.alarms import AlarmRoutes
from tests.conftest import logged
from tests.stories.story import free_port
from tests.test_cli import typed

T0 = 1_795_335_245.0  # 2026-11-22T08:14:05 UTC
SAID = ("Bridge ALARM: the carrier refuses", "- the carrier refuses (since 02:14:05). Page by telephone.")
MAIL = {
    "BRIDGE_ALARM_SMTP": "smtp://bridge:hunter%402@mail.example.org:587",
    "BRIDGE_ALARM_MAIL_FROM": "bridge@example.org",
    "BRIDGE_ALARM_MAIL_TO": "desk@example.org, chief@example.org,",
}
HOOK = {"BRIDGE_ALARM_WEBHOOK": "https://alarms.example.org/hook?token=hunter2"}


# ---- what may be set


def test_without_any_variable_nobody_is_told() -> None:
    assert load({}).alarms == AlarmRoutes()
    assert not load({}).alarms.any


def test_what_is_set_is_read_and_secrets_are_not_shown() -> None:
    found = load({**MAIL, **HOOK})
    assert found.alarms.webhook == HOOK["BRIDGE_ALARM_WEBHOOK"]
    assert found.alarms.smtp == MAIL["BRIDGE_ALARM_SMTP"]
    assert found.alarms.mail_to == ("desk@example.org", "chief@example.org")
    assert found.alarms.any
    assert "hunter" not in repr(found)


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"BRIDGE_ALARM_WEBHOOK": "ftp://h/hunter2"}, "BRIDGE_ALARM_WEBHOOK is not a web address"),
        ({"BRIDGE_ALARM_WEBHOOK": "https://me:hunter2@h/"}, "BRIDGE_ALARM_WEBHOOK is not a web address"),
        ({"BRIDGE_ALARM_WEBHOOK": "https://h:0/hunter2"}, "BRIDGE_ALARM_WEBHOOK is not a web address"),
        ({"BRIDGE_ALARM_WEBHOOK": "https://h:port/hunter2"}, "BRIDGE_ALARM_WEBHOOK is not a web address"),
        ({"BRIDGE_ALARM_WEBHOOK": "https://h/ hunter2"}, "BRIDGE_ALARM_WEBHOOK is not a web address"),
        ({"BRIDGE_ALARM_WEBHOOK": "https:///hunter2"}, "BRIDGE_ALARM_WEBHOOK is not a web address"),
        ({**MAIL, "BRIDGE_ALARM_SMTP": ""}, "BRIDGE_ALARM_SMTP is not set"),
        ({**MAIL, "BRIDGE_ALARM_MAIL_TO": ""}, "BRIDGE_ALARM_MAIL_TO is not set"),
        ({**MAIL, "BRIDGE_ALARM_MAIL_FROM": ""}, "BRIDGE_ALARM_MAIL_FROM is not set"),
        ({**MAIL, "BRIDGE_ALARM_SMTP": "mail.example.org"}, "BRIDGE_ALARM_SMTP is not a mail server"),
        ({**MAIL, "BRIDGE_ALARM_SMTP": "https://:hunter2@mail.example.org"}, "BRIDGE_ALARM_SMTP is not a mail server"),
        ({**MAIL, "BRIDGE_ALARM_SMTP": "smtp://hunter2@mail.example.org"}, "BRIDGE_ALARM_SMTP is not a mail server"),
        ({**MAIL, "BRIDGE_ALARM_SMTP": "smtp://mail.example.org/hunter2"}, "BRIDGE_ALARM_SMTP is not a mail server"),
        ({**MAIL, "BRIDGE_ALARM_SMTP": "smtp://mail.example.org:99999"}, "BRIDGE_ALARM_SMTP is not a mail server"),
        ({**MAIL, "BRIDGE_ALARM_MAIL_TO": "desk"}, "BRIDGE_ALARM_MAIL_TO holds what is no address"),
        ({**MAIL, "BRIDGE_ALARM_MAIL_TO": "a b@example.org"}, "BRIDGE_ALARM_MAIL_TO holds what is no address"),
        ({**MAIL, "BRIDGE_ALARM_MAIL_TO": ","}, "BRIDGE_ALARM_MAIL_TO holds what is no address"),
        ({**MAIL, "BRIDGE_ALARM_MAIL_TO": "Desk <desk@example.org>"}, "BRIDGE_ALARM_MAIL_TO holds what is no address"),
        ({**MAIL, "BRIDGE_ALARM_MAIL_FROM": "a@example.org\nBcc: b@example.org"}, "BRIDGE_ALARM_MAIL_FROM holds what is no"),
        ({**MAIL, "BRIDGE_ALARM_MAIL_FROM": "a@example.org,b@example.org"}, "BRIDGE_ALARM_MAIL_FROM holds several"),
    ],
)
def test_a_setting_that_is_wrong_is_named_with_what_to_write_and_never_shown(environ: Mapping[str, str], fault: str) -> None:
    with pytest.raises(BadConfig) as raised:
        load(environ)
    assert fault in str(raised.value)
    assert "hunter2" not in str(raised.value)


# ---- the webhook


class Hook:
    """A web server that answers with `status`, and remembers what it was sent."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.status, self.got, outer = 200, list[tuple[str, dict[str, Any]]](), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, json.loads(body)))
                self.send_response(outer.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Who does not trust us hangs up: that is no error."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if context else ''}://localhost:{self._server.server_port}/hook?token=hunter2"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.stop()


def by(trust: ssl.SSLContext | None = None, **routes: Any) -> RoutedAlarms:
    return RoutedAlarms(AlarmRoutes(**routes), lambda: T0, trust)


def test_a_webhook_is_posted_what_others_than_we_can_read_too(hook: Hook) -> None:
    assert by(webhook=hook.url).tell(*SAID)
    (path, said) = hook.got[0]
    assert path == "/hook?token=hunter2"
    assert said == {"subject": SAID[0], "text": "\n\n".join(SAID), "at": "2026-11-22T08:14:05+00:00"}


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_does_not_take_it_is_logged_without_its_address(
    hook: Hook, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status = status
    assert by(webhook=hook.url).tell(*SAID) is False
    assert len(hook.got) == 1, "an alarm follows nobody elsewhere"
    assert logged(caplog) == [f"an alarm was not taken route=webhook reason=HTTP {status}"]


def test_a_webhook_is_known_by_its_certificate(
    certificate: ssl.SSLContext, trust: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    hook = Hook(certificate)
    try:
        assert by(trust, webhook=hook.url).tell(*SAID)
        assert by(webhook=hook.url).tell(*SAID) is False
    finally:
        hook.stop()
    assert len(hook.got) == 1
    assert logged(caplog) == ["an alarm was not taken route=webhook reason=SSLError"]


@contextmanager
def listening(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server that does whatever the test wants with who connects. Gives its port."""
    over = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    answer(connection)
                    over.wait(10)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_who_hangs_is_left_and_the_other_route_is_tried_all_the_same(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alarms, "STEP", 0.3)
    mail = {"mail_from": "bridge@example.org", "mail_to": ("desk@example.org",)}
    with listening(lambda connection: None) as port:
        assert by(webhook=hook.url, smtp=f"smtp://localhost:{port}", **mail).tell(*SAID)
        assert by(webhook=f"http://localhost:{port}/").tell(*SAID) is False
    assert len(hook.got) == 1
    assert logged(caplog) == [
        "an alarm was not taken route=mail server reason=SMTPServerDisconnected",
        "an alarm was not taken route=webhook reason=ReadTimeoutError",
    ]


def test_who_answers_drop_by_drop_is_left_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "LIMIT", 0.5)
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        while not over.wait(0.05):
            connection.sendall(b"2")

    with listening(drip) as port:
        assert by(webhook=f"http://localhost:{port}/").send(*SAID) == {"webhook": "not done after 0.5 s"}
        over.set()


def test_who_is_not_there_is_said(caplog: pytest.LogCaptureFixture) -> None:
    assert by(webhook=f"http://localhost:{free_port()}/").tell(*SAID) is False
    assert logged(caplog) == ["an alarm was not taken route=webhook reason=NewConnectionError"]


def test_without_a_route_nobody_takes_it() -> None:
    assert by().tell(*SAID) is False


# ---- e-mail


class Post:
    """What the mail server does with a letter: keeps it, or refuses it to those of `refused`."""

    def __init__(self) -> None:
        self.letters: list[tuple[Envelope, EmailMessage, bool]] = []
        self.refused: set[str] = set()
        self.log_ins: list[LoginPassword] = []

    async def handle_RCPT(  # noqa: N802  the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(
            (envelope, letter, session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        )
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        self.log_ins.append(given)
        return AuthResult(success=given.password == b"hunter@2", handled=False)


@contextmanager
def mail_server(post: Post, **options: Any) -> Iterator[int]:
    """A real mail server. Gives its port."""
    controller = Controller(post, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def mailed(port: int, trust: ssl.SSLContext | None = None, *, scheme: str = "smtp", who: str = "") -> RoutedAlarms:
    people = ("desk@example.org", "chief@example.org")
    return by(trust, smtp=f"{scheme}://{who}localhost:{port}", mail_from="bridge@example.org", mail_to=people)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the servers of the test were on other machines."""
    monkeypatch.setattr(alarms, "HERE", ())


def test_a_letter_goes_to_everybody_and_says_what_it_is() -> None:
    post = Post()
    with mail_server(post) as port:
        assert mailed(port).tell(*SAID)
    envelope, letter, _ = post.letters[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("bridge@example.org", ["desk@example.org", "chief@example.org"])
    assert (letter["Subject"], letter["Auto-Submitted"]) == (SAID[0], "auto-generated")
    assert letter["Date"].datetime.timestamp() == T0
    assert letter.get_content().strip() == SAID[1]


def test_it_is_encrypted_where_the_server_can(certificate: ssl.SSLContext, trust: ssl.SSLContext, elsewhere: None) -> None:
    post = Post()
    with mail_server(post, tls_context=certificate, authenticator=post.authenticate) as port:
        assert mailed(port, trust, who="bridge:hunter%402@").tell(*SAID)
    with mail_server(post, ssl_context=certificate, authenticator=post.authenticate, auth_require_tls=False) as port:
        assert mailed(port, trust, scheme="smtps", who="bridge:hunter%402@").tell(*SAID)
    assert [encrypted for *_, encrypted in post.letters] == [True, True]
    assert {given.password for given in post.log_ins} == {b"hunter@2"}


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_with_the_wrong_certificate_is_told_nothing(
    certificate: ssl.SSLContext, scheme: str, elsewhere: None, caplog: pytest.LogCaptureFixture
) -> None:
    post, how = Post(), {"smtp": "tls_context", "smtps": "ssl_context"}[scheme]
    with caplog.at_level(logging.WARNING, logger="bridge"), mail_server(post, **{how: certificate}) as port:
        assert mailed(port, scheme=scheme).tell(*SAID) is False
    assert post.letters == []
    said = logged(caplog, "bridge.alarms")
    assert said == ["an alarm was not taken route=mail server reason=SSLCertVerificationError"]


def test_a_password_never_leaves_unencrypted(elsewhere: None, caplog: pytest.LogCaptureFixture) -> None:
    post = Post()
    with mail_server(post, authenticator=post.authenticate, auth_require_tls=False) as port:
        assert mailed(port, who="bridge:hunter%402@").tell(*SAID) is False
    assert (post.letters, post.log_ins) == ([], [])
    assert "it offers no encryption, and a password is to be sent" in logged(caplog)[-1]


def test_a_password_that_is_refused_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    post = Post()
    with mail_server(post, authenticator=post.authenticate, auth_require_tls=False) as port:
        assert mailed(port, who="bridge:wrong2@").tell(*SAID) is False
    assert "an alarm was not taken route=mail server reason=SMTPAuthenticationError" in logged(caplog)
    assert "wrong2" not in caplog.text


def test_an_address_that_is_refused_keeps_nobody_else_from_being_told(caplog: pytest.LogCaptureFixture) -> None:
    post = Post()
    post.refused = {"desk@example.org"}
    with mail_server(post) as port:
        assert mailed(port).tell(*SAID)
        post.refused.add("chief@example.org")
        assert mailed(port).tell(*SAID) is False
    assert post.letters[0][0].rcpt_tos == ["chief@example.org"]
    said = logged(caplog, "bridge.alarms")
    assert said == [
        "the mail server took an alarm for some, and refused it for others count=1",
        "an alarm was not taken route=mail server reason=SMTPRecipientsRefused",
    ]


# ---- the command


def test_alarm_test_says_by_which_routes_it_got_out(hook: Hook, tmp_path: Path) -> None:
    data = {"BRIDGE_DATA": str(tmp_path)}
    nobody = typed("alarm-test", **data)
    assert (nobody.exit_code, "BRIDGE_ALARM_WEBHOOK" in nobody.output) == (1, True)
    good = typed("alarm-test", **data, BRIDGE_ALARM_WEBHOOK=hook.url)
    assert (good.exit_code, good.output) == (0, "webhook: taken\n")
    assert "test" in hook.got[0][1]["subject"]
    mail = {**MAIL, "BRIDGE_ALARM_SMTP": f"smtp://localhost:{free_port()}"}
    half = typed("alarm-test", **data, BRIDGE_ALARM_WEBHOOK=hook.url, **mail)
    assert half.exit_code == 1
    assert "webhook: taken" in half.output
    assert "mail server: ConnectionRefusedError" in half.output
