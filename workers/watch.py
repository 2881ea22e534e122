"""The watchman's thread in a clock process: whatever is away or hangs, it goes on, and nothing waits for it."""

import threading

import structlog

from bridge.actions.watchman import Watchman
from bridge.wiring import lookout

log = structlog.get_logger(__name__)

ASKING = 1.0  # seconds between looks at whether it is time: if the one that looks dies, another does soon


def begin() -> None:
    """Watch for as long as this process lives."""
    threading.Thread(target=_watch, args=(threading.Event(),), name="watchman", daemon=True).start()


def _watch(stop: threading.Event) -> None:
    watchman = Watchman(lookout())
    while not stop.wait(ASKING):
        watchman.watch()
