"""A web server on this machine that speaks real TLS, and says whatever a test wants it to say."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

Say = Callable[[ssl.SSLSocket], None]


@dataclass
class Server:
    """Answers each path as it is told, and remembers the heads of what it was asked."""

    context: ssl.SSLContext
    answers: dict[str, Say | bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Where the path stands."""
        return f"https://{host}:{self.port}{path}"

    def stop(self) -> None:
        """Nobody answers any more."""
        self.stopped.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while not self.stopped.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, ssl.SSLError), self.context.wrap_socket(connection, server_side=True) as client:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(4096)
                if not piece:  # who trusts no certificate leaves after the handshake
                    return
                head += piece
            self.asked.append(head.decode())
            answer = self.answers.get(head.split()[1].decode(), page(b"not here", "404 Not Found"))
            if isinstance(answer, bytes):
                client.sendall(answer)
            else:
                answer(client)


def page(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """A whole answer."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers])
    return f"{head}\r\n\r\n".encode() + body


def moved(to: str) -> bytes:
    """A redirect."""
    return page(b"", "302 Found", f"Location: {to}")
