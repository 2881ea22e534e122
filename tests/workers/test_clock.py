"""The clock process: what it does beside its ticks never costs one."""

import logging
import threading

import pytest

from tests.conftest import logged
from workers import clock


def test_whatever_fails_beside_the_ticks_is_logged_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop, asked = threading.Event(), list[str]()

    def fail(world: object) -> None:
        asked.append("canary")
        raise ConnectionError("at a secret path")

    def ask(world: object) -> None:
        asked.append("carrier")
        if len(asked) >= 4:
            stop.set()

    monkeypatch.setattr(clock, "ASKING", 0.0)
    monkeypatch.setattr(clock, "_follow", lambda world: None)
    monkeypatch.setattr(clock.canary, "begin", fail)
    monkeypatch.setattr(clock.line, "ask", ask)
    with caplog.at_level(logging.ERROR):
        clock._ask(None, stop, (clock.canary.begin, clock.line.ask))  # type: ignore[arg-type]
    assert asked == ["canary", "carrier", "canary", "carrier"]
    assert logged(caplog) == [f"asking failed handler={__name__} error=ConnectionError"] * 2
