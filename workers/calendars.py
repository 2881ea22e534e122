"""The calendars process: reads the calendars that people keep elsewhere. It keeps nothing that matters: kill it at any time."""

import signal
import sys
import threading

import structlog

from bridge.calendars.refresh import Refresher
from bridge.wiring import background

log = structlog.get_logger(__name__)

EVERY = 300.0  # seconds
AFTER_FAILURE = 10.0  # seconds


def run() -> None:
    """Look at the calendars until told to stop; that may be in the middle of one."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    look_on(Refresher(background()), threading.Event())


def look_on(refresher: Refresher, stop: threading.Event) -> None:
    """Look at them all, again and again, until `stop` is set."""
    while not stop.is_set():
        stop.wait(_round(refresher))


def _round(refresher: Refresher) -> float:
    """One round. Returns how long to wait for the next (seconds)."""
    try:
        refresher.refresh()
    except Exception as error:
        log.exception("the calendars could not be kept", error=type(error).__name__)
        return AFTER_FAILURE
    return EVERY
