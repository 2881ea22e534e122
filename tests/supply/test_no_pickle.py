"""Nothing is pickled anywhere: whoever can write to the store, or to a pipe, could have the bridge run what they like."""

import ast
import pickle
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import DefaultSerializer, JSONSerializer

from bridge.calendars.apart import look_apart
from bridge.calendars.look import Task
from bridge.queue import JOB, NAME
from bridge.wiring import background
from tests.calendars.ics import NOW, PEOPLE, calendar, event, source
from tests.stories.story import ROOT, told
from workers import worker

# Each of them runs, or may run, what it reads. The last one sends everything from process to process as pickles.
RUNS_WHAT_IT_READS = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "multiprocessing"}
OURS = sorted(path for folder in ("bridge", "workers") for path in (ROOT / folder).rglob("*.py"))

_watching: list[list[str]] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event == "pickle.find_class":
        for found in _watching:
            found.append(str(arguments))


@contextmanager
def watched() -> Iterator[list[str]]:
    """What is unpickled in this process meanwhile. A hook stays for ever, so there is one, which mostly does nothing."""
    if not hasattr(sys, "_bridge_hears"):
        sys.addaudithook(_hear)
        sys._bridge_hears = True  # type: ignore[attr-defined]
    found: list[str] = []
    _watching.append(found)
    yield found
    _watching.remove(found)


def imported(path: Path) -> set[str]:
    """The modules that a file imports anywhere in it, by their first names, and names such as PickleSerializer."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").partition(".")[0], *(name.name for name in node.names)}
    return found


def test_no_file_of_ours_imports_what_runs_what_it_reads() -> None:
    assert len(OURS) > 200
    bad = {*RUNS_WHAT_IT_READS, "DefaultSerializer", "PickleSerializer"}
    assert {path.name: found for path in OURS if (found := imported(path) & bad)} == {}


def test_the_hook_of_these_tests_hears_what_is_unpickled() -> None:
    with watched() as found:
        pickle.loads(pickle.dumps(Path))
    assert found == ["('pathlib', 'Path')"]


def test_from_the_call_to_the_answer_nothing_is_unpickled(
    redis: "Redis[Any]", store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched() as found:
        with told(redis, store_url, tmp_path, monkeypatch) as story:
            story.asks_for_help()
            story.expect_text("boyd")
            story.fast_forward(90)
            story.press(story.expect_call("boyd").answer(), "1")
            story.swallow_everything()
        assert story.world.queue.rq.serializer is JSONSerializer  # type: ignore[attr-defined]
    assert found == []


def test_a_calendar_that_is_looked_at_by_another_process_is_not_unpickled(tmp_path: Path) -> None:
    file = tmp_path / "d.ics"
    file.write_bytes(calendar(event("Boyd", "20261127T180000Z", "20261128T180000Z")))
    with watched() as found:
        assert look_apart(Task(source(file), PEOPLE, NOW)).bookings
    assert found == []


class Trap:
    """Writes a file as soon as it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.file,))


@pytest.fixture
def ours(redis: "Redis[Any]", store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[worker.Worker]:
    """A worker as the command makes it, on the store of the test."""
    for name, value in {"REDIS_URL": store_url, "BRIDGE_SECRET_KEY": "k" * 40, "BRIDGE_DATA": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BRIDGE_CONFIG", str(ROOT / "config"))
    background.cache_clear()
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield worker._worker()
    for number, handler in kept.items():
        signal.signal(number, handler)
    background.cache_clear()


def test_a_pickled_job_in_the_queue_runs_nothing_and_holds_up_nobody(
    redis: "Redis[Any]", ours: worker.Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr("workers.jobs.sending.carry_out", lambda world, effect: done.append(effect))
    pickled = Queue(NAME, connection=redis, serializer=DefaultSerializer)
    pickled.enqueue_call(JOB, args=(Trap(tmp_path / "sprung"),))
    Queue(NAME, connection=redis, serializer=JSONSerializer).enqueue_call(JOB, args=("r1/1",), result_ttl=0)
    assert ours.serializer is JSONSerializer
    with watched() as found:
        ours.work(burst=True, logging_level="CRITICAL")
    assert (found, done) == ([], ["r1/1"])
    assert not (tmp_path / "sprung").exists()
