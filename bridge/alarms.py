"""Alarms go out by webhook and e-mail: channels that are not the carrier.

Every route is tried, all at once, and none for longer than LIMIT. What does not get out is logged by its kind of trouble, and
nothing of an address, a token or a password is.
"""

import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import SplitResult, unquote, urlsplit

import certifi
import structlog
from urllib3 import PoolManager, Timeout

from bridge.settings.alarms import AlarmRoutes

log = structlog.get_logger(__name__)

STEP = 5.0  # seconds that a server may take to connect, and to answer each time
LIMIT = 20.0  # seconds: a server that answers drop by drop is left then
HERE = ("localhost", "127.0.0.1", "::1")  # what does not leave the machine needs no TLS


class NotTaken(Exception):
    """The other side did not take it; the reason in a few words, without any of its own."""


class RoutedAlarms:
    """See `bridge.actions.ports_watch.Alarms`. `trust`: whose certificates are good; None: of the system and Mozilla."""

    def __init__(self, routes: AlarmRoutes, now: Callable[[], float], trust: ssl.SSLContext | None = None) -> None:
        self._routes, self._now, self._trust = routes, now, trust
        self._ways: dict[str, Callable[[str, str], None]] = {}
        if routes.webhook:
            self._ways["webhook"] = self._post
        if routes.smtp:
            self._ways["mail server"] = self._mail

    def tell(self, subject: str, body: str) -> bool:
        found = self.send(subject, body)
        for name, trouble in found.items():
            if trouble:
                log.warning("an alarm was not taken", route=name, reason=trouble)
        return "" in found.values()

    def send(self, subject: str, body: str) -> dict[str, str]:
        """The same. Returns what kept each route from taking it, "" where it did."""
        found: dict[str, str] = {}
        threads = [
            threading.Thread(target=self._try, args=(name, subject, body, found), daemon=True, name=f"alarm by {name}")
            for name in self._ways
        ]
        for thread in threads:
            thread.start()
        give_up = time.monotonic() + LIMIT
        for thread in threads:
            thread.join(max(0.0, give_up - time.monotonic()))
        return {name: found.get(name, f"not done after {LIMIT:g} s") for name in self._ways}

    def _try(self, name: str, subject: str, body: str, found: dict[str, str]) -> None:
        try:
            self._ways[name](subject, body)
        except Exception as error:  # noqa: BLE001  whatever the reason: the watchman tries again
            found[name] = str(error) if isinstance(error, NotTaken) else type(error).__name__
        else:
            found[name] = ""

    def _post(self, subject: str, body: str) -> None:
        at = datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="seconds")
        said = {"subject": subject, "text": f"{subject}\n\n{body}", "at": at}
        with PoolManager(
            ssl_context=self._certificates(),
            timeout=Timeout(connect=STEP, read=STEP),
            retries=False,  # nor redirects
        ) as pool:
            answer = pool.request("POST", self._routes.webhook, json=said, preload_content=False)
            answer.close()
        if not 200 <= answer.status < 300:
            raise NotTaken(f"HTTP {answer.status}")

    def _mail(self, subject: str, body: str) -> None:
        parts = urlsplit(self._routes.smtp)
        with self._connected(parts) as server:
            if parts.username and parts.password:
                _log_in(server, parts)
            refused = server.send_message(self._letter(subject, body))
        if refused:
            log.warning("the mail server took an alarm for some, and refused it for others", count=len(refused))

    def _connected(self, parts: SplitResult) -> smtplib.SMTP:
        """A connection, encrypted where the server can and it leaves the machine. Raises SSLError for a wrong certificate."""
        host, name = str(parts.hostname), self._routes.mail_from.rpartition("@")[2]
        if parts.scheme == "smtps":
            port = parts.port or smtplib.SMTP_SSL_PORT
            return smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=STEP, context=self._certificates())
        server = smtplib.SMTP(host, parts.port or smtplib.SMTP_PORT, local_hostname=name, timeout=STEP)
        try:
            server.ehlo_or_helo_if_needed()
            if server.has_extn("starttls") and host not in HERE:
                server.starttls(context=self._certificates())
        except BaseException:
            server.close()
            raise
        return server

    def _letter(self, subject: str, body: str) -> EmailMessage:
        letter, routes = EmailMessage(), self._routes
        letter["Subject"], letter["From"], letter["To"] = subject, routes.mail_from, ", ".join(routes.mail_to)
        letter["Date"] = format_datetime(datetime.fromtimestamp(self._now(), UTC))
        letter["Message-ID"] = make_msgid(domain=routes.mail_from.rpartition("@")[2])
        letter["Auto-Submitted"] = "auto-generated"
        letter["X-Priority"] = "1"
        letter.set_content(body + "\n")
        return letter

    def _certificates(self) -> ssl.SSLContext:
        if self._trust:
            return self._trust
        context = ssl.create_default_context()  # the system's, and SSL_CERT_FILE: an agency may sign its own
        context.load_verify_locations(certifi.where())
        return context


def _log_in(server: smtplib.SMTP, parts: SplitResult) -> None:
    """A password leaves the machine only encrypted."""
    if not isinstance(server.sock, ssl.SSLSocket) and parts.hostname not in HERE:
        raise NotTaken("it offers no encryption, and a password is to be sent")
    server.login(unquote(str(parts.username)), unquote(str(parts.password)))
