"""Every crash point, visited: whichever process dies at whichever step, what was promised is kept.

The steps of each course of a request are found by playing it once without a death. Then it is played anew for each of them, and
a process of that kind dies there. `pytest -s` prints what came of it. The short form visits a few of the steps after which
the outside differs; with CHAOS=long all are visited, those of mere looks too.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.stories.courses import PLOTS, Judged, judge, story
from tests.stories.steps import Point, Steps
from tests.stories.town import Store

LONG = os.environ.get("CHAOS") == "long"
STRIDE = 4  # the short form visits one in so many
WITHIN = 15.0  # seconds that a page may be late where a process was killed
CUT_OFF = ("carrier.send_text:after", "carrier.place_call:after")


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
def test_whichever_process_dies_at_whichever_step_the_promise_is_kept(
    fast_store: Store, table: Table, name: str, kind: str
) -> None:
    dry = Steps()
    undisturbed = story(fast_store, name, dry)
    assert judge(undisturbed, undisturbed) == Judged([], 0.0, [], [])
    visits = {}
    for point in chosen(dry, kind):
        steps = Steps(kill=point)
        visits[point] = judge(story(fast_store, name, steps), undisturbed)
        assert steps.killed, f"{point} was not come by: the story is not the same each time"
    table.add(f"{name}, {kind}", visits, sum(point.kind == kind for point in dry.taken))
    wrong = {str(point): found for point, found in visits.items() if not acceptable(point, found)}
    assert not wrong, wrong


@pytest.mark.parametrize("name", ["taken by text", "overdue"])
def test_a_send_that_was_cut_off_is_not_sent_again_though_no_receipt_ever_comes(fast_store: Store, name: str) -> None:
    """The carrier has taken it, the worker has died, and nobody says so: only the carrier can be asked."""
    dry = Steps()
    undisturbed = story(fast_store, name, dry, receipts="lost")
    for point in [point for point in dry.taken if point.kind == "worker" and point.step in CUT_OFF]:
        found = judge(story(fast_store, name, Steps(kill=point), receipts="lost"), undisturbed)
        assert acceptable(point, found), (point, found)


def acceptable(point: Point, found: Judged) -> bool:
    """Nothing is lost, little is late, and nothing is sent twice but what was cut off."""
    return not found.lost and not found.faults and found.late <= WITHIN and not found.doubled
