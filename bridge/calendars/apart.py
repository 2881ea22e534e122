"""A look at a calendar in a process of its own, which is ended when it takes too long or too much.

A calendar is a small program: rules that repeat. One can be written that never ends, or that fills the memory, and no library
can tell beforehand. A name server and a server that sends a byte a minute are held to the same limit.
"""

import multiprocessing
import resource
import signal
from contextlib import suppress
from multiprocessing.connection import Connection

from bridge.calendars.look import Looked, Task, look
from bridge.core.errors import BadCalendar
from bridge.processes import die_with_parent

LONGEST = 40.0  # seconds: what fetching may take, and as much again for starting and understanding
MOST_MEMORY = 1024**3  # bytes


def look_apart(task: Task, longest: float = LONGEST) -> Looked:
    """See `look`. Raises BadCalendar also where it takes longer than `longest` seconds."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    child = spawn.Process(target=_child, args=(theirs, task), daemon=True)
    child.start()
    theirs.close()
    try:
        answer = (
            ours.recv() if ours.poll(longest) else f"it took longer than {longest:g} s; does an event in it repeat for ever?"
        )
    except EOFError:
        answer = "it could not be understood: it takes too much memory, or breaks what reads it"
    finally:
        child.kill()
        child.join()
        ours.close()
    if isinstance(answer, Looked):
        return answer
    raise BadCalendar(fault=answer)


def _child(answer: Connection, task: Task) -> None:
    die_with_parent(signal.SIGKILL)
    with suppress(ValueError, OSError):  # not every system knows this limit
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    answer.send(_answer(task))


def _answer(task: Task) -> Looked | str:
    """Of an error that nobody foresaw the name is told, and nothing else: its text may hold the address of the calendar."""
    try:
        return look(task)
    except BadCalendar as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  whatever it is, it is the fault of this calendar and of no other
        return f"it could not be understood ({type(error).__name__})"
