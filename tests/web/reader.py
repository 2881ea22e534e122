"""One who reads the stream of the status page without a browser: what it was told, laid together as the page does it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import Any

from flask.testing import FlaskClient

# What the page's script writes anew five times a second: two readers were told of it at different moments.
TICKING = re.compile(r'(<\w+ [^>]*\bdata-(?:deadline|in|ago|scene)="[^"]*"[^>]*>)[^<]*|(<progress )[^>]*')


@dataclass(frozen=True)
class Event:
    """One event of the stream."""

    name: str
    data: dict[str, Any]
    id: str


class Reader:
    """Reads `/live`, from a position ("": nothing), with this session cookie. Raises TimeoutError where nothing comes."""

    def __init__(self, port: int, cookie: str, position: str = "", **headers: str) -> None:
        self.position, self.slots, self.html = position, dict[str, list[str]](), dict[str, str]()
        self.port, self.cookie = port, cookie
        self.status, self.headers = 0, dict[str, str]()
        self.open(**headers)

    def open(self, **headers: str) -> None:
        """Begin to read, from where we are."""
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        self._connection.request("GET", f"/live?since={self.position}", headers={"Cookie": f"bridge={self.cookie}", **headers})
        self._answer: HTTPResponse = self._connection.getresponse()
        self.status, self.headers = self._answer.status, dict(self._answer.headers)

    def close(self) -> None:
        """Read no more."""
        self._answer.close()
        self._connection.close()

    def next(self, *names: str) -> Event:
        """The next event, or the next of these names, laid in where it is news. Raises EOFError where the stream has ended."""
        while True:
            event = self._event()
            if event.name == "board":
                self._lay(event)
            if not names or event.name in names:
                return event

    def until(self, position: str) -> None:
        """Read until we stand there."""
        while self.position != position:
            self.next("board")

    def timeless(self) -> dict[str, str]:
        """The pieces that we have, but for what ticks."""
        return {key: timeless(html) for key, html in self.html.items()}

    def _event(self) -> Event:
        found: dict[str, str] = {}
        while True:
            line = self._answer.readline().decode()
            if not line:
                raise EOFError
            if line == "\n" and "data" in found:
                return Event(found["event"], json.loads(found["data"]), found.get("id", ""))
            name, _, value = line.rstrip("\n").partition(": ")
            found[name] = value

    def _lay(self, event: Event) -> None:
        self.slots, self.position = event.data["slots"], event.id
        keys = [key for slot in self.slots.values() for key in slot]
        assert len(keys) == len(set(keys)), "a piece stands twice"
        known = {} if event.data["whole"] else self.html
        self.html = {key: event.data["html"].get(key) or known[key] for key in keys}


Read = Callable[..., Reader]  # opens a stream: see the fixture `read`


def cookie(client: FlaskClient) -> str:
    """What this browser is known by."""
    found = client.get_cookie("bridge")
    assert found is not None
    return found.value


def timeless(html: str) -> str:
    """The piece, but for what ticks."""
    return TICKING.sub(r"\1\2", html)
