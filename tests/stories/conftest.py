"""Every story gets a world of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.stories.story import Story, told


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
