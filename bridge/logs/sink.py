"""Where every log line passes, ours and a library's: what may be written of it, in which form, and how often."""

import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from bridge.logs.fields import fitting, name, redacted
from bridge.logs.foreign import said
from bridge.logs.traces import place, trace

MOST, WITHIN = 50, 60.0  # lines of one event in so many seconds
MOST_EVENTS = 1000  # that are counted apart
OTHERS = ("", "")
FAILED = '{"event": "a log line could not be written"}\n'


class Sink(logging.Handler):
    """Writes each record as one line on standard error. It never writes more than `MOST` lines of one event `WITHIN` seconds,
    so that nobody can fill the disk, and says how many it has left out."""

    def __init__(self, *, plain: bool) -> None:
        super().__init__()
        self.setFormatter(formatter(plain=plain))
        self._begun: dict[tuple[str, str], float] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._settle(record.created)
            if self._counted(_key(record), record.created) <= MOST:
                self._write(self.format(record))
        except Exception:  # noqa: BLE001  its text, which is not ours to show, would stand in Python's own complaint
            with suppress(Exception):  # the disk is full, nobody reads, or a signal came within a write: who has logged goes on
                sys.stderr.write(FAILED)

    def close(self) -> None:
        """Say what was left out until now."""
        self.acquire()
        try:
            self._settle(float("inf"))
        finally:
            self.release()
        super().close()

    def _write(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def _counted(self, key: tuple[str, str], now: float) -> int:
        """How many of this event there were lately, with this one."""
        if key not in self._begun and len(self._begun) >= MOST_EVENTS:
            key = OTHERS
        self._begun.setdefault(key, now)
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key]

    def _settle(self, now: float) -> None:
        """Begin to count anew what was counted for long enough, also where the clock was set back."""
        for key in [key for key, begun in self._begun.items() if not 0 <= now - begun < WITHIN]:
            del self._begun[key]
            left_out = self._counts.pop(key) - MOST
            if left_out > 0:
                self._write(self.format(_left_out(*key, left_out)))


def _key(record: logging.LogRecord) -> tuple[str, str]:
    """What counts as the same event."""
    said = record.msg["event"] if isinstance(record.msg, dict) else record.msg
    return record.name, f"{record.pathname}:{record.lineno}" if _foreign(record) else str(said)


def _left_out(logger: str, event: str, count: int) -> logging.LogRecord:
    """The line that says so."""
    told = {"event": f"left out: {event}", "left_out": count}
    record = logging.makeLogRecord({"name": logger, "levelno": logging.WARNING, "levelname": "WARNING", "msg": told})
    record.__dict__.update(_logger=None, _name="warning")
    return record


def _foreign(record: logging.LogRecord) -> bool:
    return not hasattr(record, "_logger")


def formatter(*, plain: bool) -> structlog.stdlib.ProcessorFormatter:
    """JSON, or for who reads it at a terminal key=value."""
    render: Processor = structlog.processors.JSONRenderer()
    if plain:
        render = structlog.processors.LogfmtRenderer(key_order=["at", "level", "logger", "event"])
    return structlog.stdlib.ProcessorFormatter(
        processors=[_line, render], use_get_message=False, pass_foreign_args=True, keep_exc_info=False, keep_stack_info=False
    )


def _line(_logger: Any, _method: str, found: EventDict) -> EventDict:
    """All that may be written of this record."""
    record: logging.LogRecord = found.pop("_record")
    error = _error(found.pop("exc_info", None))
    found.pop("stack_info", None)
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    line = {"at": at, "level": record.levelname.lower(), "logger": name(record.name)}
    if found.pop("_from_structlog"):
        line |= {"event": redacted(str(found.pop("event", ""))), **fitting(found)}
    else:
        where = place(record.pathname, record.lineno, record.funcName)
        line |= {"event": said(record.pathname, found["event"], found.get("positional_args")), "where": where}
    return line | ({"trace": trace(error)} if error else {})


def _error(exc_info: Any) -> BaseException | None:
    """Of any of the forms in which the logging of Python takes it."""
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None
