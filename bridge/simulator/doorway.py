"""The port that the carrier listens on. It can be closed for a while: then everybody who connects is refused."""

import socket
import threading
from contextlib import suppress

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class _Handler(WSGIRequestHandler):
    """Keeps connections open and writes no access log: the journal knows."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # header and body are two writes; Nagle would hold the second for 40 ms
    door: "Doorway"

    def setup(self) -> None:
        super().setup()
        self.door.came_in(self.connection)

    def finish(self) -> None:
        self.door.went_out(self.connection)
        super().finish()

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing."""


class Doorway:
    """Serves an application on one port, in a thread. Opened again, it is the same port."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self._app, self._host, self._port = app, host, port
        self._handler = type("Handler", (_Handler,), {"door": self})
        self._server: BaseWSGIServer | None = None
        self._inside: set[socket.socket] = set()
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._timer: threading.Timer | None = None

    @property
    def url(self) -> str:
        """Where it is; known from the first opening on."""
        if not self._port:
            raise RuntimeError("the simulator is not running")
        return f"http://{self._host}:{self._port}"

    def open(self) -> None:
        """Listen, and serve in a thread."""
        with self._turn:
            if self._server is None:
                server = make_server(self._host, self._port, self._app, threaded=True, request_handler=self._handler)
                self._server, self._port = server, server.server_port
                threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Listen no more, and drop who is connected."""
        with self._turn:
            server, self._server = self._server, None
            if server is not None:
                server.shutdown()
                server.server_close()
            with self._lock:
                dropped = list(self._inside)
            for connection in dropped:
                _drop(connection)

    def close_for(self, seconds: float) -> None:
        """Close, and open again by itself after so many seconds (real ones)."""
        self.close()
        self._timer = threading.Timer(seconds, self.open)
        self._timer.daemon = True
        self._timer.start()

    def lock_up(self) -> None:
        """Close for good."""
        if self._timer:
            self._timer.cancel()
        self.close()

    def came_in(self, connection: socket.socket) -> None:
        """Somebody is connected. Who slipped in while the door was being closed is dropped too."""
        with self._lock:
            self._inside.add(connection)
        if self._server is None:
            _drop(connection)

    def went_out(self, connection: socket.socket) -> None:
        """They are gone."""
        with self._lock:
            self._inside.discard(connection)


def _drop(connection: socket.socket) -> None:
    with suppress(OSError):  # closed already
        connection.shutdown(socket.SHUT_RDWR)
