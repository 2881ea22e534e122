"""A look at a calendar in a process of its own, which is ended when it takes too long or too much.

A calendar is a small program: rules that repeat. One can be written that never ends, or that fills the memory, and no library
can tell beforehand. A name server and a server that sends a byte a minute are held to the same limit. What goes in and what
comes out is JSON: whoever makes that process do what they like has still sent us nothing but text.
"""

import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bridge.calendars.look import Looked, Task, look
from bridge.core.errors import BadCalendar
from bridge.processes import die_with_parent

LONGEST = 40.0  # seconds: what fetching may take, and as much again for starting and understanding
MOST_MEMORY = 1024**3  # bytes
BROKEN = "it could not be understood: it takes too much memory, or breaks what reads it"
TOO_LONG = "it took longer than {:g} s; does an event in it repeat for ever?"
# How the names of variables begin that it is told: no secret of ours is among them.
KNOWS = ("PATH", "PYTHON", "LANG", "LC_", "TZ", "TMPDIR", "RES_OPTIONS", "COVERAGE_")

# What was fetched is bytes. In a tuple, since a dataclass takes no rules from outside.
_RULES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
_TASK = TypeAdapter(tuple[Task], config=_RULES)
_ANSWER = TypeAdapter(tuple[Looked | str], config=_RULES)


def look_apart(task: Task, longest: float = LONGEST) -> Looked:
    """See `look`. Raises BadCalendar also where it takes longer than `longest` seconds."""
    try:
        (answer,) = _ANSWER.validate_json(_answered(_TASK.dump_json((task,)), longest))
    except subprocess.TimeoutExpired:
        answer = TOO_LONG.format(longest)
    except (subprocess.CalledProcessError, ValidationError):
        answer = BROKEN
    if isinstance(answer, Looked):
        return answer
    raise BadCalendar(fault=answer)


def _answered(written: bytes, longest: float) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "bridge.calendars.apart"],
        input=written,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name.startswith(KNOWS)},
        timeout=longest,
        check=True,
    )
    return done.stdout


def main() -> None:
    """Be the process: the task comes by the standard input, the answer leaves by the standard output, and nothing else does."""
    die_with_parent(signal.SIGKILL)
    with suppress(ValueError, OSError):  # not every system knows this limit
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no part of the answer
    (task,) = _TASK.validate_json(sys.stdin.buffer.read())
    with os.fdopen(answers, "wb") as out:
        out.write(_ANSWER.dump_json((_answer(task),)))


def _answer(task: Task) -> Looked | str:
    """Of an error that nobody foresaw the name is told, and nothing else: its text may hold the address of the calendar."""
    try:
        return look(task)
    except BadCalendar as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  whatever it is, it is the fault of this calendar and of no other
        return f"it could not be understood ({type(error).__name__})"


if __name__ == "__main__":
    main()
