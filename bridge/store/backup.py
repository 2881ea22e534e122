"""A picture of the whole store in one file, and a store made from it.

The picture is of one instant, and is put into a store in one transaction: all or nothing, while the bridge runs. What belongs
to the processes of the moment is neither in it nor touched by it: heartbeats, claims, jobs, the time that is kept. Values are
plain, so that any version of the server takes them. Of what expires the time that is left counts on from where it stood.

The file: one line that says what it is, with how many keys follow and a checksum of all that follows; then a line for each key,
in JSON: name, type, milliseconds left or -1, value as backup.lua gives it. Bytes that are no UTF-8 are kept as surrogates.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from redis import Redis

from bridge.actions.trail import START
from bridge.core import chain
from bridge.core.errors import BadBackup, HoldsRequests, SealedElsewhere, StrangeKeys
from bridge.core.ledger import Ledger
from bridge.store.seal import CALL, REQUEST, Seal, Sealed
from bridge.store.versions import Format

KIND = "bridge backup"
FORMAT = 1
# What belongs to the processes of the moment; and who is logged in, lest a session that was ended be open again.
LEFT_OUT = ("rq:", "beats", "claim:", "time:", "replicated", "session:", "out:")
OURS = ("req:*", "call:*", "ledger", "users", "acts")  # who has any of these has something to lose
BEGINNINGS = 50  # entries: a bridge that has begun for the first time writes fewer
AT_ONCE = 1000  # members that are written by one command
SHOWN = 3  # names of strange keys


@dataclass(frozen=True)
class Key:
    """One key: `left` are milliseconds, or -1; `value` is a text, or texts one after another, as backup.lua gives them."""

    name: str
    type: str
    left: int
    value: Any


@dataclass(frozen=True)
class Picture:
    """All keys as they stood when it was `taken` (ISO 8601, UTC), under this `release`."""

    release: str
    taken: str
    keys: tuple[Key, ...]

    @property
    def open(self) -> int:
        """How many requests are in it that are not erased."""
        return next((len(key.value) for key in self.keys if key.name == "requests"), 0)

    @property
    def plain(self) -> bool:
        """Whether a place or a number stands in it that is not sealed. Raises ValueError where that cannot be read."""
        found = ((form, _document(key.value)) for key in self.keys if (form := _SEALED.get(_kind(key))))
        return any(form.is_plain(doc) for form, doc in found)


def take(redis: Redis, release: str, now: float) -> Picture:
    """A picture of the store. Raises StrangeKeys where somebody else keeps there what cannot be copied, and RedisError."""
    script = files(__package__).joinpath("backup.lua").read_text(encoding="utf-8")
    *found, strange = redis.eval(script, 0, *LEFT_OUT)
    if strange:
        raise StrangeKeys(names=", ".join(sorted(map(_text, strange))[:SHOWN]))
    keys = (Key(_text(name), _text(kind), int(left), _text(value)) for name, kind, left, value in found)
    taken = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    return Picture(release, taken, tuple(sorted(keys, key=lambda key: key.name)))


def put(redis: Redis, picture: Picture, *, replace: bool) -> None:
    """Make the store what the picture shows, in one transaction. Raises HoldsRequests where there is something to lose and it
    is not to be replaced, and RedisError; then nothing was changed."""

    def write(pipe: Any) -> None:
        standing = [_text(name) for name in pipe.keys("*")]
        if not replace and (any(pipe.keys(pattern) for pattern in OURS) or _told_of(pipe)):
            raise HoldsRequests
        changes = int(pipe.get("changes") or 0)
        pipe.multi()
        for name in standing:
            if not name.startswith(LEFT_OUT):
                pipe.delete(_bytes(name))
        for key in picture.keys:
            _write(pipe, key)
        pipe.incrby("changes", changes + 1)  # whoever shows requests looks again

    redis.transaction(write, "changes", "requests", "due", "outbox", "ledger", "users", "acts", "trail")


def _told_of(pipe: Any) -> bool:
    """Whether the audit trail says more than that a bridge has begun."""
    return any(chain.parsed(line).act.by != START for line in pipe.lrange("trail", 0, BEGINNINGS))


def save(path: Path, picture: Picture) -> None:
    """Write the file: for the owner alone, and whole or not at all. Raises OSError."""
    lines = b"".join(_line([key.name, key.type, key.left, key.value]) for key in picture.keys)
    head = {"kind": KIND, "format": FORMAT, "release": picture.release, "taken": picture.taken}
    head |= {"keys": len(picture.keys), "sha256": hashlib.sha256(lines).hexdigest()}
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_line(head) + lines)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync(path.parent)


def read(path: Path, seal: Seal) -> Picture:
    """The picture in a file. Raises BadBackup where it is not all there, not ours, not for this release, or sealed with a key
    that is not at hand; OSError."""
    first, _, lines = path.read_bytes().partition(b"\n")
    head = _head(first)
    if hashlib.sha256(lines).hexdigest() != head.get("sha256"):
        raise BadBackup(reason="it is damaged or cut off: its checksum does not fit")
    try:
        keys = tuple(Key(*json.loads(line)) for line in lines.splitlines())
    except (ValueError, TypeError):
        raise BadBackup(reason="it has a line that means nothing") from None
    if len(keys) != head.get("keys"):
        raise BadBackup(reason="keys are missing")
    _check(keys, seal)
    return Picture(str(head.get("release")), str(head.get("taken")), keys)


def _head(line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except ValueError:
        head = None
    if not isinstance(head, dict) or head.get("kind") != KIND:
        raise BadBackup(reason="it was not written by `bridge backup`")
    if head.get("format") != FORMAT:
        raise BadBackup(reason=f"it has the format {head.get('format')}, and this release knows {FORMAT}")
    return head


_SEALED: dict[str, Sealed[Any]] = {"req": REQUEST, "call": CALL}
_READ: dict[str, Format[Any]] = {"req": REQUEST.plain, "call": CALL.plain, "ledger": Format("ledger", Ledger)}


def _check(keys: tuple[Key, ...], seal: Seal) -> None:
    """Whether this release can read what is in it: half a store is worse than none."""
    for key in keys:
        form = _READ.get(_kind(key))
        if key.type not in _WRITE or not isinstance(key.value, str if key.type == "string" else list):
            raise BadBackup(reason="it has a key of a type that means nothing")
        try:
            if form:
                form.read(_document(key.value))
        except ValueError as error:
            raise BadBackup(reason=str(error)) from None
    shut = sum(_is_shut(key, seal) for key in keys)
    if shut:
        raise BadBackup(reason=f"{shut} of its requests and calls were sealed with a key that BRIDGE_SEAL_KEYS lacks")


def _is_shut(key: Key, seal: Seal) -> bool:
    form = _SEALED.get(_kind(key))
    try:
        if form:
            form.read(_document(key.value), seal)
    except SealedElsewhere:
        return True
    except ValueError as error:
        raise BadBackup(reason=str(error)) from None
    return False


def _kind(key: Key) -> str:
    return key.name.partition(":")[0]


def _document(value: Any) -> bytes:
    return _bytes(value if isinstance(value, str) else dict(_pairs(value)).get("doc", ""))


def _write(pipe: Any, key: Key) -> None:
    _WRITE[key.type](pipe, _bytes(key.name), key.value)
    if key.left >= 0:
        pipe.pexpire(_bytes(key.name), max(1, key.left))


def _hash(pipe: Any, name: bytes, value: list[str]) -> None:
    for some in _some(_pairs(value)):
        pipe.hset(name, mapping={_bytes(field): _bytes(kept) for field, kept in some})


def _sorted_set(pipe: Any, name: bytes, value: list[str]) -> None:
    for some in _some(_pairs(value)):
        pipe.zadd(name, {_bytes(member): float(score) for member, score in some})


_WRITE: dict[str, Any] = {
    "string": lambda pipe, name, value: pipe.set(name, _bytes(value)),
    "hash": _hash,
    "zset": _sorted_set,
    "set": lambda pipe, name, value: [pipe.sadd(name, *map(_bytes, some)) for some in _some(value)],
    "list": lambda pipe, name, value: [pipe.rpush(name, *map(_bytes, some)) for some in _some(value)],
}


def _pairs(flat: list[str]) -> list[tuple[str, str]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _some(found: list[Any]) -> Iterator[list[Any]]:
    rest = iter(found)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _text(value: Any) -> Any:
    return [_text(each) for each in value] if isinstance(value, list) else value.decode(errors="surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _sync(folder: Path) -> None:
    """The name of the file is on disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
