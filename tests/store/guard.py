"""A store as another machine would be: behind TLS, with the users of docs/deploy/valkey.acl."""

import asyncio
import hashlib
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import trustme
from redis import Redis

from tests.store.servers import Server
from tests.stories.story import ROOT

USERS = ROOT / "docs" / "deploy" / "valkey.acl"
PASSWORD = "a-password-of-tests"


class Tls:
    """Takes TLS on a port of this machine and hands it on to a server there: not every server can speak it itself."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._to, self._loop, self._ends = port, asyncio.new_event_loop(), list[asyncio.StreamWriter]()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._carry, "127.0.0.1", 0, ssl=context))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def _carry(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        self._ends.append(to_near)
        far, to_far = await asyncio.open_connection("127.0.0.1", self._to)
        self._ends.append(to_far)
        await asyncio.gather(self._pump(near, to_far), self._pump(far, to_near))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await source.read(65536):
                sink.write(some)
                await sink.drain()
        sink.close()

    def close(self) -> None:
        """Nobody is connected any more."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=5)
        await asyncio.gather(*(end.wait_closed() for end in self._ends), return_exceptions=True)


class Guarded:
    """The store, and the address under which a user of the file reaches it. `admin` may do everything, past TLS."""

    def __init__(self, server: Server, tls: Tls, ca_file: Path) -> None:
        self.tls, self.ca_file = tls, ca_file
        self.admin: Redis[bytes] = Redis(port=server.port)

    def url(self, user: str = "bridge", host: str = "127.0.0.1", ca_file: Path | None = None) -> str:
        """REDIS_URL."""
        return f"rediss://{user}:{PASSWORD}@{host}:{self.tls.port}/0?ssl_ca_certs={ca_file or self.ca_file}"

    def refused(self) -> list[str]:
        """What users of the file have tried and may not do."""
        return [f"{each['username']}: {each['object']}" for each in self.admin.acl_log()]


@contextmanager
def guarded(home: Path) -> Iterator[Guarded]:
    """The users as the file has them, with a password; but for the one without a name, who is the test."""
    home.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
    _, *users = re.sub("#0{64}", f"#{digest}", USERS.read_text()).splitlines(keepends=True)
    (home / "users.acl").write_text("user default on nopass ~* &* +@all\n" + "".join(users))
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(home / "ca.pem"))
    server = Server(home / "data", "--aclfile", str(home / "users.acl"))
    tls = Tls(server.port, context)
    found = Guarded(server, tls, home / "ca.pem")
    try:
        yield found
    finally:
        tls.close()
        found.admin.close()
        server.kill()
