"""The watchman's thread: it begins before anything else does, and goes on whatever happens."""

import threading
from typing import Any

import pytest
from redis import Redis

from bridge.wiring import lookout
from tests.conftest import wait_until
from workers import clock, watch


def test_it_watches_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, stop = list[int](), threading.Event()

    class Three:
        def __init__(self, world: object) -> None:
            """Nobody to look at."""

        def watch(self) -> None:
            looks.append(1)
            if len(looks) == 3:
                stop.set()

    monkeypatch.setattr(watch, "ASKING", 0.0)
    monkeypatch.setattr(watch, "lookout", lambda: None)
    monkeypatch.setattr(watch, "Watchman", Three)
    watch._watch(stop)
    assert looks == [1, 1, 1]


def test_it_begins_before_the_clock_waits_for_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    class Enough(BaseException):
        pass

    def away() -> None:
        order.append("the clock")
        raise Enough

    monkeypatch.setattr(clock.signal, "signal", lambda *_: None)
    monkeypatch.setattr(watch, "begin", lambda: order.append("the watchman"))
    monkeypatch.setattr(clock, "background", away)
    with pytest.raises(Enough):
        clock.run()
    assert order == ["the watchman", "the clock"]


def test_a_real_one_looks_into_a_real_store(
    redis: "Redis[Any]", store_url: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", store_url)
    monkeypatch.setenv("BRIDGE_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("BRIDGE_DATA", str(tmp_path))
    monkeypatch.setattr(watch, "ASKING", 0.05)
    stop = threading.Event()
    thread = threading.Thread(target=watch._watch, args=(stop,))
    thread.start()
    try:
        wait_until(lambda: redis.hexists("watch", "doc"))
        assert lookout().watch.vigil().looked_at is not None
    finally:
        stop.set()
        thread.join()
