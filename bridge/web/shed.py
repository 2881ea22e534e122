"""Overload sheds the board, never the carrier's webhooks.

Every request holds one thread of its process. Open pages have a bound of their own (see `live`); what else people ask for may
take half of the threads that are meant for calls, and less while calls fill them. Who is sent away is told to come back.
"""

import threading

from flask import Flask, Response, g, request

from bridge.web.hardening import refused

THREADS = 16  # of each process, besides those of open pages: see gunicorn_conf
MOST_FOR_PEOPLE = 8  # requests of people at once
CALLS_FIRST = 12  # with so many webhooks under way people have to wait
CARRIER = frozenset({"voice", "pages", "bundles", "notices", "sms", "health"})  # the blueprints that are never shed
STREAM = "board.stream"  # answers at once, and then goes on under its own bound
AGAIN = 2  # seconds
BUSY = "The bridge is busy with calls. This was not done; try again in a few seconds."


class Shed:
    """How many requests of each kind this process is about, counted as they come and go."""

    def __init__(self, app: Flask) -> None:
        self._lock = threading.Lock()
        self._people, self._calls = 0, 0
        app.before_request(self._come)
        app.teardown_request(self._go)

    def _come(self) -> Response | None:
        g.kind = self._kind()
        with self._lock:
            if g.kind == "people" and (self._people >= MOST_FOR_PEOPLE or self._calls >= CALLS_FIRST):
                g.kind = ""
            self._people += g.kind == "people"
            self._calls += g.kind == "calls"
        return None if g.kind else _later()

    def _go(self, _error: BaseException | None) -> None:
        kind = g.pop("kind", "")
        with self._lock:
            self._people -= kind == "people"
            self._calls -= kind == "calls"

    def _kind(self) -> str:
        if request.blueprint in CARRIER:
            return "calls"
        return "stream" if request.endpoint == STREAM else "people"


def _later() -> Response:
    response = refused(503, BUSY)
    response.headers["Retry-After"] = str(AGAIN)
    if request.method == "GET":
        response.headers["Refresh"] = str(AGAIN)  # a page that nobody sits at comes back by itself
    return response
