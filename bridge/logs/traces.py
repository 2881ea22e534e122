"""An exception as a log line tells it: types, and where in the source. No locals, no line of source, and no message: that of a
library may hold a number, or all that was asked for."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from bridge.core.errors import BridgeError
from bridge.logs.fields import fitting, name

DEEPEST = 10  # exceptions of one chain
FIRST, LAST = 5, 20  # frames
DETAILS = ("code", "reason", "status")  # of errors of our own: no others are certain to come from nobody else


def trace(error: BaseException) -> str:
    """Each exception of the chain and of its groups, the last one first."""
    return " <- ".join(_told(each) for each in _chain(error, set()))


def _chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    if error is None or id(error) in seen or len(seen) >= DEEPEST:
        return
    seen.add(id(error))
    yield error
    for part in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _chain(part, seen)
    yield from _chain(error.__cause__ or (None if error.__suppress_context__ else error.__context__), seen)


def _told(error: BaseException) -> str:
    """The type, what an error of our own says in ids and codes, and the frames, the outermost first."""
    details = error.details if isinstance(error, BridgeError) else {}
    told = fitting({key: details[key] for key in DETAILS if key in details})
    ours = "".join(f" {key}={value}" for key, value in told.items())
    frames = [_frame(each) for each in traceback.walk_tb(error.__traceback__)]
    shown = frames if len(frames) <= FIRST + LAST else [*frames[:FIRST], "...", *frames[-LAST:]]
    return f"{name(type(error).__name__)}{ours}: {', '.join(shown)}".removesuffix(": ")


def _frame(each: tuple[FrameType, int]) -> str:
    frame, line = each
    return place(frame.f_code.co_filename, line, frame.f_code.co_name)


def place(file: str, line: int, function: str = "") -> str:
    """Where in the source: the last two parts of the path, the line, the function."""
    return f"{'/'.join(Path(file).parts[-2:])}:{line} {function}".rstrip()
