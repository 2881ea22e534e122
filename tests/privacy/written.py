"""Everything that is written to a store while somebody listens: which keys, which fields, which jobs.

The server itself tells of every command, those of scripts as well (MONITOR). What is told is names, never values: "req:*",
"request.place.label". A document within a text, as RQ keeps one, is looked into as well.
"""

import codecs
import json
import re
import socket
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"')
WRITES = {
    **dict.fromkeys(("hset", "hmset", "hsetnx", "hincrby", "hincrbyfloat"), "hash"),
    **dict.fromkeys(("set", "setex", "psetex", "getset", "setnx", "append", "incr", "incrby"), "string"),
    **dict.fromkeys(("zadd", "sadd", "rpush", "lpush", "xadd", "zincrby", "zunionstore", "zinterstore", "restore"), "other"),
}
DOCUMENTS = {  # what a key holds, by the name that the inventory has for it
    "req:*": "request", "call:*": "call", "outcomes:*": "outcome", "ledger": "ledger", "ledger_log": "entry",
    "calendars": "calendar", "proposal:*": "proposal", "notice:*": "notice", "users": "user", "session:*": "session",
    "trail": "trail", "acts": "act", "watch": "vigil", "circuits": "circuit", "attempts": "attempt",
}  # fmt: skip
BY_NAME = {  # fields that are named after what is in them, and the place of the name in our list
    "users", "calendars", "attempts", "circuits", "voice_only", "outcomes:*", "trail_marks", "records_kept", "undiscarded",
    "weights:*",
}  # fmt: skip
MAPS = ("ledger.feeds", "notice.values", "vigil.standing", "trail.base")  # within documents: names are what people chose


class Written:
    """Listens to a store: `keys`, `fields` and `jobs` are what it has heard."""

    def __init__(self, socket_file: Path | str) -> None:
        self.keys, self.fields = set[str](), set[str]()
        self.jobs: list[list[Any]] = []  # of each job: function, instance, arguments, named arguments
        self._file, self._wire = str(socket_file), socket.socket(socket.AF_UNIX)
        self._heard = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> "Written":
        self._wire.connect(self._file)
        self._wire.sendall(b"*1\r\n$7\r\nMONITOR\r\n")
        self._lines = self._wire.makefile("rb")
        assert self._lines.readline().startswith(b"+OK")
        self._heard.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.shutdown(socket.SHUT_RDWR)
        self._heard.join(10)
        self._lines.close()
        self._wire.close()

    def _listen(self) -> None:
        for line in self._lines:
            self._note([codecs.escape_decode(each)[0] for each in _WORD.findall(line)])

    def _note(self, words: list[Any]) -> None:
        kind = WRITES.get(words[0].decode().lower(), "") if len(words) > 2 else ""
        if not kind:
            return
        key = pattern(words[1].decode(errors="replace"))
        self.keys.add(key)
        if kind == "hash":
            for field in words[2::2]:
                self._field(key, field.decode(errors="replace"))
        if key == "rq:job:*":
            self._job(dict(zip(words[2::2], words[3::2], strict=False)))
        for word in words[2:]:
            if word[:1] in b"{[" and len(word) > 1:
                self.fields |= set(paths(DOCUMENTS.get(key, key), word))

    def _field(self, key: str, field: str) -> None:
        self.fields.add(f"{key}.*" if key in BY_NAME else f"{key}.{field}")

    def _job(self, job: dict[bytes, bytes]) -> None:
        """RQ's own description of a job, packed."""
        if b"data" in job:
            self.jobs.append(json.loads(zlib.decompress(job[b"data"])))


def pattern(key: str) -> str:
    """ "req:0123" as "req:*", "rq:job:0123" as "rq:job:*"."""
    head, *rest = key.split(":")
    if head == "rq" and rest:
        return f"rq:{rest[0]}:*" if len(rest) > 1 else key
    return f"{head}:*" if rest else key


def paths(name: str, document: bytes) -> Iterator[str]:
    """The fields of a JSON document: "request.messages.status"."""
    try:
        found = json.loads(document)
    except ValueError:
        return
    yield from _below(name, found)


def _below(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _below(name, each)
    elif isinstance(value, dict):
        for field, each in value.items():
            here = f"{name}.*" if name in MAPS else f"{name}.{field}"
            yield here
            yield from _below(here, each)
