"""Every crash point, visited: whichever process dies at whichever step, what was promised is kept.

The steps of each course of a request are found by playing it once without a death. Then it is played anew for each of them, and
a process of that kind dies there. `pytest -s` prints what came of it. The short form visits a few of the steps after which
the outside differs; with CHAOS=long all are visited, those of mere looks too.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from redis import Redis

from bridge.settings import Settings
from bridge.store import connect
from bridge.store.server import socket_path
from tests.conftest import start_store
from tests.stories.courses import PLOTS, Judged, Told, judge, play
from tests.stories.steps import Point, Steps
from tests.stories.story import settings
from tests.stories.town import BRIDGE, CARRIER, founded

LONG = os.environ.get("CHAOS") == "long"
STRIDE = 4  # the short form visits one in so many
WITHIN = 15.0  # seconds that a page may be late where a process was killed
MEMORY = Path("/dev/shm")  # where there is such a thing, the store of these tests is there: they are not about disks
CUT_OFF = "carrier."  # a call of the carrier that was cut off may have been taken


@dataclass
class Store:
    """A server of these tests' own."""

    url: str
    redis: "Redis[Any]"
    data: Path


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        data = Path(folder)
        server = start_store(data)
        url = f"unix://{socket_path(data)}"
        redis = connect.patient(url)
        yield Store(url, redis, data)
        redis.close()
        server.kill()
        server.wait()


@cache
def policy(name: str, data: Path) -> Settings:
    """The sample configuration for this plot."""
    chosen = settings({"BRIDGE_DATA": str(data), "BRIDGE_PUBLIC_URL": f"http://{BRIDGE}"}, PLOTS[name].policy)
    return replace(chosen, carrier_url=f"http://{CARRIER}")


def story(store: Store, name: str, steps: Steps) -> Told:
    """The plot of this name, played with these steps."""
    with founded(policy(name, store.data), store.url, store.redis, steps) as town:
        return play(town, PLOTS[name].course)


@dataclass
class Table:
    """A row for each plot and kind of process."""

    rows: list[str] = field(default_factory=list)

    def add(self, name: str, visits: dict[Point, Judged], steps: int) -> None:
        lost = sum(bool(each.lost) for each in visits.values())
        late = max(visits.items(), key=lambda visit: visit[1].late)
        doubled = sum(len(each.doubled) for each in visits.values())
        faults = sum(bool(each.faults) for each in visits.values())
        where = f" ({late[0]})" if late[1].late else ""
        self.rows.append(f"{name:28} {len(visits):6}/{steps:<5} {lost:5} {late[1].late:7.1f} {doubled:8} {faults:7}{where}")

    def __str__(self) -> str:
        head = f"{'course, who dies':28} {'visited':>12} {'lost':>5} {'late s':>7} {'doubled':>8} {'faults':>7}"
        return "\n".join(["", head, *self.rows])


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    found = Table()
    yield found
    print(found)


def chosen(steps: Steps, kind: str) -> list[Point]:
    """The steps of this kind of process that are visited."""
    points = [point for point in steps.taken if point.kind == kind]
    return points if LONG else [point for point in points if point.changes][::STRIDE]


@pytest.mark.parametrize("kind", ["web", "worker", "clock"])
@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.timeout(3600 if LONG else 120)
def test_whichever_process_dies_at_whichever_step_the_promise_is_kept(store: Store, table: Table, name: str, kind: str) -> None:
    dry = Steps()
    undisturbed = story(store, name, dry)
    assert judge(undisturbed, undisturbed) == Judged([], 0.0, [], [])
    visits = {}
    for point in chosen(dry, kind):
        steps = Steps(kill=point)
        visits[point] = judge(story(store, name, steps), undisturbed)
        assert steps.killed, f"{point} was not come by: the story is not the same each time"
    table.add(f"{name}, {kind}", visits, sum(point.kind == kind for point in dry.taken))
    wrong = {str(point): found for point, found in visits.items() if not acceptable(point, found)}
    assert not wrong, wrong


def acceptable(point: Point, found: Judged) -> bool:
    """Nothing is lost, little is late, and nothing is sent twice but what was cut off."""
    return not found.lost and not found.faults and found.late <= WITHIN and not found.doubled
