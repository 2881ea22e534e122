"""Which bridge this is: its version, and a short name for the very files that run."""

import hashlib
from functools import cache
from pathlib import Path

import bridge

SOURCES = frozenset({".py", ".lua", ".html", ".css", ".js", ".csv", ".json", ".conf"})


@cache
def name() -> str:
    """Such as "0.2.0 (3f2a9c1b)". The name in brackets changes with any file of ours, and with nothing else."""
    here = Path(bridge.__file__).parent
    files = sorted(path for path in here.rglob("*") if path.suffix in SOURCES and path.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(here).as_posix()}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return f"{bridge.__version__} ({digest.hexdigest()[:8]})"
