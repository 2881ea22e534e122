"""The clock process: finds what is due and what is stuck. It leads nothing and keeps nothing: run two, kill either.

Beside it, in threads of their own, it sends the canary and asks how the carrier is, and what the carrier still has of the line,
and it keeps the audit trail: whatever becomes of that, no page waits.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence

import structlog

from bridge.actions import canary, line, paging, sweep, trail
from bridge.actions.world import World
from bridge.wiring import background
from workers import watch

log = structlog.get_logger(__name__)

LONGEST_WAIT = 0.25  # seconds: what another process makes due is noticed within this
AFTER_FAILURE = 1.0  # seconds
ASKING = 1.0  # seconds between looks at whether it is time for the canary, or to ask the carrier


def run() -> None:
    """Tick until told to stop, which may be in the middle of one: it may be waiting for a store that is away."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    watch.begin()  # first of all: it says so where the store does not answer
    world = _begin()
    for asks in ((_follow, _rewrite, canary.begin, line.ask), (sweep.sweep,)):
        threading.Thread(target=_ask, args=(world, stop, asks), daemon=True).start()
    threading.Thread(target=_keep_trail, args=(world, stop), daemon=True).start()
    while not stop.is_set():
        stop.wait(_tick(world))


def _begin() -> World:
    """The world, as soon as the store says what time is kept."""
    while True:
        try:
            return background()
        except Exception as error:
            log.exception("the clock cannot begin yet", error=type(error).__name__)
            threading.Event().wait(AFTER_FAILURE)


def _ask(world: World, stop: threading.Event, asks: Sequence[Callable[[World], None]]) -> None:
    """See how the bridge is, again and again, until `stop` is set."""
    while not stop.wait(ASKING):
        for ask in asks:
            try:
                ask(world)
            except Exception as error:
                log.exception("asking failed", handler=ask.__module__, error=type(error).__name__)


def _keep_trail(world: World, stop: threading.Event) -> None:
    """What has changed since the bridge last began is written down, as soon as that is possible; then the trail is kept."""
    begun = threading.Event()

    def begin(world: World) -> None:
        trail.begin(world)
        begun.set()

    _ask(world, begun, (begin,))
    _ask(world, stop, (trail.tend,))


def _follow(world: World) -> None:
    """A clock of the machine that was set counts again when nothing is open."""
    world.steps.follow()


def _rewrite(world: World) -> None:
    """What was erased is soon gone from the store's files too."""
    world.store.compact(world.now())


def _tick(world: World) -> float:
    """One tick. Returns how long to wait for the next (seconds). Whatever fails is logged, and the clock goes on."""
    try:
        world.store.beat(f"clock:{os.getpid()}", world.now())
        due = paging.tick(world)
    except Exception as error:
        log.exception("tick failed", error=type(error).__name__)
        return AFTER_FAILURE
    return LONGEST_WAIT if due is None else min(max(due - world.now(), 0.0), LONGEST_WAIT)
