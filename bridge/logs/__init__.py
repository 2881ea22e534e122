"""Log lines: one an event, of fixed words, ids and codes. Everything that is logged in a process passes here, a library's too.

What a line may hold stands in `fields.FIELDS`, and in `HEAD`, which every line has.
"""

import logging
import os
import sys
import threading
import warnings
from collections.abc import Mapping
from types import TracebackType

import structlog

from bridge.logs.fields import FIELDS, Field
from bridge.logs.sink import Sink
from bridge.logs.traces import place

__all__ = ["CHOICE", "FIELDS", "HEAD", "Field", "configure", "route", "unroute"]

CHOICE = "BRIDGE_LOG"  # a variable of the environment, "json" or "plain"
QUIET = ("twilio.http_client", "werkzeug", "urllib3", "rq.worker", "gunicorn.access")  # what they do is nobody's matter

HEAD: Mapping[str, str] = {
    "at": "when: UTC, ISO 8601, to the millisecond",
    "level": "debug, info, warning, error or critical",
    "logger": "which module, of ours or of a library",
    "event": "what happened, in fixed words; of a library's only those that stand so in its source",
    "where": "where a library has said so: file, line, function",
    "trace": "of errors: their types, and where in the source they were, without any value",
    "dropped": "how many fields were left out that are not in the list",
}

log = structlog.get_logger(__name__)


def configure() -> None:
    """Log to standard error, one line an event: JSON, or as BRIDGE_LOG says; for who reads it at a terminal key=value."""
    route()
    unroute()
    root = logging.getLogger()
    chosen = os.environ.get(CHOICE, "")
    root.addHandler(Sink(plain=chosen == "plain" or (chosen != "json" and sys.stderr.isatty())))
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    _catch()


def route() -> None:
    """Have our own lines go the way of all others: through the logging of Python."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def unroute() -> None:
    """Write nothing more by what `configure` has set up."""
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, Sink)]:
        root.removeHandler(old)
        old.close()


def _catch() -> None:
    """What would be printed with all its values becomes a line too. Who has set a hook of their own keeps it."""
    warnings.showwarning = _warned  # type: ignore[assignment]
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _uncaught
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = lambda args: _ended(args.exc_value)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = lambda args: _ended(args.exc_value)


def _warned(message: Warning | str, category: type[Warning], file: str, line: int, *_: object) -> None:
    log.warning("a warning of Python", error=category.__name__, source=place(file, line))


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("uncaught, and this process ends", exc_info=(kind, error, trace))


def _ended(error: BaseException | None) -> None:
    if not isinstance(error, SystemExit):
        log.error("uncaught, and this thread ends", exc_info=error)
