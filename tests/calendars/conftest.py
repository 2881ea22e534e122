"""A server with a certificate, a reach that lets it in, and a world whose clock is moved by hand."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import trustme
from redis import Redis

from bridge import wiring
from bridge.actions.world import World
from bridge.calendars.addresses import Reach
from bridge.core.ledger import CalendarCopy
from bridge.settings import load
from bridge.settings.model import CalendarSource
from tests.calendars.ics import NOW
from tests.calendars.server import Server


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Whom the tests trust."""
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[Server]:
    """A server that is 127.0.0.1, localhost and calendar.example.org."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost", "calendar.example.org").configure_cert(context)
    server = Server(context)
    yield server
    server.stop()


@pytest.fixture
def reach(authority: trustme.CA, tmp_path: Path) -> Reach:
    """The internet, and the server of the test."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return Reach(also=("127.0.0.1", "::1"), ca_file=str(tmp_path / "ca.pem"))


@dataclass
class Agency:
    """The sample agency on a real store, at `time`, with the calendars that a test gives it."""

    redis: Redis
    data: Path
    time: float = NOW

    def world(self, *calendars: CalendarSource) -> World:
        """Its world, with these calendars."""
        settings = replace(load({"BRIDGE_DATA": str(self.data)}), calendars=calendars)
        return wiring.world(settings, self.redis, lambda: self.time)

    def copies(self) -> dict[str, CalendarCopy]:
        """The copies that are kept."""
        return {copy.name: copy for copy in self.world().rota.live()[1]}


@pytest.fixture
def agency(redis: Redis, tmp_path: Path) -> Agency:
    """The sample agency, at 02:14:05."""
    return Agency(redis, tmp_path)
