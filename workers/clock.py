"""The clock process: finds what is due and what is stuck. It leads nothing and keeps nothing: run two, kill either."""

import logging
import os
import signal
import threading

from bridge.actions import paging
from bridge.actions.world import World
from bridge.wiring import background

log = logging.getLogger(__name__)

LONGEST_WAIT = 0.25  # seconds: what another process makes due is noticed within this
AFTER_FAILURE = 1.0  # seconds


def run() -> None:
    """Tick until told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    world = background()
    while not stop.is_set():
        stop.wait(_tick(world))


def _tick(world: World) -> float:
    """One tick. Returns how long to wait for the next (seconds). Whatever fails is logged, and the clock goes on."""
    try:
        world.store.beat(f"clock:{os.getpid()}", world.now())
        due = paging.tick(world)
    except Exception as error:
        log.exception("tick failed: %s", type(error).__name__)
        return AFTER_FAILURE
    return LONGEST_WAIT if due is None else min(max(due - world.now(), 0.0), LONGEST_WAIT)
