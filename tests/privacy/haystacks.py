"""Where a needle could be: files, the store's keys and memory, what processes were told and have left open."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis import Redis

from tests.conftest import everything_in
from tests.privacy.search import Haystack


def on_disk(kind: str, folder: Path) -> Iterator[Haystack]:
    """Every file below the folder, and their names."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    yield Haystack(kind, "names of files", "\n".join(map(str, files)).encode())
    for path in files:
        with suppress(FileNotFoundError):  # it was temporary
            yield Haystack(kind, path.name, path.read_bytes())


def store_keys(redis: "Redis[Any]") -> Iterator[Haystack]:
    """Every key with its value, RQ's as well, and what the server remembers of commands."""
    yield Haystack("store", "keys", "\n".join(map(str, [everything_in(redis)])).encode())
    for name in ("SLOWLOG GET -1", "ACL LOG", "CLIENT LIST", "INFO everything"):
        yield Haystack("store", name, repr(redis.execute_command(*name.split())).encode())


def memory_of(pid: int) -> Iterator[Haystack]:
    """What stands in the memory of a process that it has written itself."""
    maps = Path(f"/proc/{pid}/maps").read_text("ascii").splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            span, rights, _, _, _, *name = line.split(None, 5)
            if rights.startswith("rw"):
                start, end = (int(each, 16) for each in span.split("-"))
                with suppress(OSError, ValueError):
                    memory.seek(start)
                    yield Haystack("memory", f"store {name[0] if name else 'anonymous'}", _read(memory, end - start))


def _read(memory: Any, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = memory.read(min(size - len(parts), 2**24))
        if not part:
            break
        parts += part
    return bytes(parts)


def printed(pids: Iterable[int]) -> Iterator[Haystack]:
    """What processes were started with, and files that they hold open though nobody else can see them."""
    for pid in pids:
        with suppress(OSError):
            yield Haystack("process", f"command line of {pid}", Path(f"/proc/{pid}/cmdline").read_bytes())
            yield Haystack("process", f"environment of {pid}", Path(f"/proc/{pid}/environ").read_bytes())
            for link in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    if str(link.readlink()).endswith(" (deleted)") and link.is_file():
                        yield Haystack("process", f"deleted file of {pid}", link.read_bytes())
