"""How often and in which form a line is written, and what happens where none can be."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog

from bridge import logs, processes
from bridge.logs import sink
from tests.stories.story import settings

Line = dict[str, Any]
log = structlog.get_logger(__name__)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("reentrant call inside stderr")])
def test_whoever_logs_goes_on_where_no_line_can_be_written(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full, who has read the lines is dead, or a signal came within a write: a caller must not hear of it."""

    class Full:
        def write(self, text: str) -> int:
            raise error

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stderr", Full())
    logs.configure()
    log.error("something", exc_info=ValueError("Talladega"))


def test_a_flood_of_one_event_is_cut_off_and_counted_and_others_are_heard() -> None:
    written, hears = list[Line](), sink.Sink(plain=False)
    hears._write = lambda line: written.append(json.loads(line))  # type: ignore[method-assign]

    def said(event: str, at: float) -> None:
        record = sink._left_out("bridge.x", event, 0)
        record.created, record.msg = at, {"event": event}
        hears.handle(record)

    for n in range(200):
        said("flood", 1000 + n / 100)
    said("other", 1003)
    assert [line["event"] for line in written] == ["flood"] * sink.MOST + ["other"]
    said("flood", 1000 + sink.WITHIN)
    assert written[-2]["event"] == "left out: flood"
    assert written[-2]["left_out"] == 200 - sink.MOST
    assert written[-1]["event"] == "flood"

    for _ in range(60):
        said("flood", 1001 + sink.WITHIN)
    said("other", 50.0)  # the clock was set back: nothing is left out for hours
    said("flood", 50.0)
    assert [line["event"] for line in written[-3:]] == ["left out: flood", "other", "flood"]
    for _ in range(60):
        said("flood", 51.0)
    hears.close()
    assert written[-1]["left_out"] == 11, "also where the process ends"


def test_a_flood_of_different_events_is_counted_together() -> None:
    written, hears = list[str](), sink.Sink(plain=False)
    hears._write = written.append  # type: ignore[method-assign]
    for n in range(3000):
        record = sink._left_out("bridge.x", f"event {n % 1500:d}", 0)
        record.created, record.msg = 1000.0, {"event": f"event {n % 1500}"}
        hears.handle(record)
    assert len(written) <= 2 * sink.MOST_EVENTS + sink.MOST


@pytest.mark.parametrize(
    ("chosen", "terminal", "begins"), [("", False, "{"), ("", True, "at="), ("plain", False, "at="), ("json", True, "{")]
)
def test_at_a_terminal_it_is_for_reading(
    chosen: str, terminal: bool, begins: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(logs.CHOICE, chosen)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    logs.configure()
    log.warning("something", code=503, exc_info=ValueError("Talladega"))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(begins)
    assert "something" in line
    assert "Talladega" not in line


@pytest.mark.parametrize(("chosen", "terminal", "form"), [("", True, "plain"), ("", False, "json"), ("json", True, "json")])
def test_what_the_supervisor_starts_writes_for_whoever_has_started_it(
    chosen: str, terminal: bool, form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They write into a pipe, at a terminal too."""
    monkeypatch.setenv(logs.CHOICE, chosen)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr(processes, "_stdout", lambda: "/dev/fd/1")
    assert processes._environment(settings({"BRIDGE_DATA": str(tmp_path)}))[logs.CHOICE] == form
