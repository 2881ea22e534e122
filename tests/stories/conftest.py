"""Every story gets a world of its own."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from redis import Redis

from bridge.store import connect
from bridge.store.server import socket_path
from tests.conftest import start_store
from tests.stories.story import Story, told
from tests.stories.town import Store

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def fast_store() -> Iterator[Store]:
    """A server for tests that play a story hundreds of times and are not about disks: it writes to memory where it can."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        server = start_store(Path(folder))
        url = f"unix://{socket_path(Path(folder))}"
        redis = connect.patient(url)
        yield Store(url, redis, Path(folder))
        redis.close()
        server.kill()
        server.wait()


@pytest.fixture
def story(
    redis: "Redis[Any]",
    store_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Story]:
    """A story. `@pytest.mark.policy(hang_up="ignore")` changes the agency's policy for it."""
    marker = request.node.get_closest_marker("policy")
    with told(redis, store_url, tmp_path, monkeypatch, **(marker.kwargs if marker else {})) as story:
        yield story
