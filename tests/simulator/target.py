"""A customer of the carrier, made of canned answers, that remembers what it was asked."""

import random
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from flask import Response, request

ACCOUNT, TOKEN = "AC" + "1" * 32, "a-token-for-tests"
LINE, CALLER, DANA, ERIN = "+18332192461", "+12565550177", "+12565550101", "+12565550102"


@dataclass
class Asked:
    """One request that the customer got."""

    method: str
    url: str
    form: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Target:
    """Answers each path as it is told, and remembers. An answer is TwiML, a Response, or a function that makes one."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, object] = field(default_factory=dict)

    def answer(self, path: str, twiml: object) -> None:
        self.answers[path] = twiml

    def at(self, path: str) -> list[Asked]:
        return [each for each in self.asked if each.url.split("?")[0] == self.url + path]

    def forms(self, path: str) -> list[dict[str, str]]:
        return [each.form for each in self.at(path)]

    def reply(self) -> Response:
        self.asked.append(
            Asked(
                request.method,
                self.url + request.full_path.rstrip("?"),
                request.form.to_dict(),
                request.args.to_dict(),
                dict(request.headers),
            )
        )
        answer = self.answers.get(request.path, "")
        if isinstance(answer, Response):
            return answer
        if callable(answer):
            answer = answer()
            if isinstance(answer, Response):
                return answer
        return Response(f"<?xml version='1.0'?><Response>{answer}</Response>", content_type="text/xml")


def eventually(fact: Callable[[], object], limit: float = 10.0) -> None:
    """Poll until `fact` holds; fail after `limit` seconds."""
    deadline = time.monotonic() + limit
    while not fact():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to clients: nobody takes it before we do."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
