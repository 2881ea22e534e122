"""The agency's own log-in for tests: a real OpenID provider on a port, and a browser's part between it and us."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bridge.settings import Oidc, Role
from bridge.web import create_app
from tests.web.desk import Desk

with warnings.catch_warnings():  # what the provider itself imports is old, and none of our business
    warnings.simplefilter("ignore")
    from oidc_provider_mock import User, run_server_in_thread

GROUPS = {"bridge-watch": Role.WATCH, "bridge-dispatch": Role.DISPATCH, "bridge-admin": Role.ADMIN}


@dataclass
class Provider:
    """A provider that knows some people. `seen` is the last address of its own that a browser was led to."""

    port: int
    seen: str = ""

    @property
    def oidc(self) -> Oidc:
        """As it is configured with us."""
        return Oidc(f"http://localhost:{self.port}", "bridge", "a client's secret", "roles", GROUPS, "ALEA log-in")

    def app(self, desk: Desk, **changes: Any) -> Flask:
        """The application, with this provider."""
        settings = replace(desk.world.settings, oidc=replace(self.oidc, **changes))
        app = create_app(replace(desk.world, settings=settings))
        app.extensions["desk"] = desk
        return app

    def leads_back(self, client: FlaskClient, who: str, **form: str) -> str:
        """Somebody clicks the button, and logs in at the provider. Returns where that sends the browser."""
        away = client.get("/login/provider", query_string=form.pop("query", ""))
        assert away.status_code == 302, away.text
        self.seen = away.location
        answer = httpx.post(self.seen, data={"sub": who, **form}, follow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def log_in(self, client: FlaskClient, who: str, **form: str) -> TestResponse:
        """All of it, to our own answer."""
        return come_back(client, self.leads_back(client, who, **form))


def come_back(client: FlaskClient, address: str) -> TestResponse:
    """The browser follows the provider's redirect."""
    parts = urlsplit(address)
    return client.get(parts.path, query_string=parts.query)


def query(address: str) -> dict[str, str]:
    """What stands behind the question mark."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@contextmanager
def serving(**people: dict[str, Any]) -> Iterator[Provider]:
    """A provider that says these claims of these people."""
    users = [User(sub=sub, claims=claims) for sub, claims in people.items()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with run_server_in_thread(user_claims=users) as server:
            yield Provider(server.server_port)
