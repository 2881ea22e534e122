"""gunicorn's worker, and what it lacks: a request must arrive whole within seconds, and what is no HTTP is refused plainly.

Without it, whoever opens a connection and sends half a request holds a thread for as long as they like, and callers need those.
A proxy that takes requests whole before it passes them on is better still.
"""

import socket
import time
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

WHOLE_WITHIN = 10.0  # seconds from the first byte of a request to its last
HEADERS = (
    "Connection: close",
    "Content-Type: text/plain; charset=utf-8",
    "X-Content-Type-Options: nosniff",
    "Content-Security-Policy: default-src 'none'",
    "Cache-Control: no-store",
)


class Worker(ThreadWorker):
    """Threads, as gunicorn has them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._since = dict[Any, float]()  # time.monotonic() at which a connection was given to a thread

    def handle(self, conn: Any) -> Any:
        """One request, in a thread."""
        self._since[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            self._since.pop(conn, None)

    def notify(self) -> None:
        """Called once a second: whatever has not arrived by now never will. What is being answered is not disturbed."""
        super().notify()
        late = time.monotonic() - WHOLE_WITHIN
        for conn, since in list(self._since.items()):
            if since < late:
                with suppress(OSError):  # it has gone already
                    conn.sock.shutdown(socket.SHUT_RD)


def refuse(sock: Any, status_int: int, reason: str, mesg: str) -> None:
    """What gunicorn says of what is no HTTP, or too much of it: without its own words, which repeat what was sent."""
    phrase = HTTPStatus(status_int).phrase
    lines = (f"HTTP/1.1 {status_int} {phrase}", *HEADERS, f"Content-Length: {len(phrase)}", "", phrase)
    util.write_nonblock(sock, "\r\n".join(lines).encode("ascii"))


util.write_error = refuse
wsgi.SERVER = "bridge"  # which server of which release this is helps nobody but an attacker
