"""A wire that can be spoilt: a TCP relay in front of the store or the carrier, which is slow, silent, cut or gone on demand."""

import asyncio
import contextlib
import socket
import struct
import threading
from enum import StrEnum

AT_ONCE = 65536  # bytes
LAST = 3.0  # seconds until whoever was cut off has noticed
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: whoever closes sends a reset


class Mood(StrEnum):
    """What the wire does."""

    OPEN = "open"
    SLOW = "slow"  # what is sent arrives `delay` seconds later there and back, together
    SILENT = "silent"  # connections are taken, and nothing arrives
    CUT = "cut"  # whoever connects is cut off
    GONE = "gone"  # nobody listens: the connection is refused


class Relay:
    """Listens on a loopback port and passes on to one of the `targets`, in turn: "host:port", or the path of a Unix socket."""

    def __init__(self, *targets: str, port: int) -> None:
        self.targets, self.port = list(targets), port
        self._delay = 0.0
        self._mood = Mood.OPEN
        self._ends: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> "Relay":
        """Listen from here on."""
        self._thread.start()
        self._do(self._listen())
        return self

    def stop(self) -> None:
        """Cut everybody off and listen no more."""
        if not self._thread.is_alive():
            self._loop.close()
            return
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def become(self, mood: Mood, delay: float = 0.0) -> None:
        """Change the mood; `delay` in seconds for there and back. Whoever is connected is cut off by CUT and GONE."""
        self._do(self._change(mood, delay))

    def cut_once(self) -> None:
        """Cut off whoever is connected; the next one gets through."""
        self._loop.call_soon_threadsafe(self._cut)

    def _do(self, work: "asyncio.Future[None] | object") -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, reuse_address=True)

    async def _change(self, mood: Mood, delay: float) -> None:
        self._mood, self._delay = mood, delay
        if mood in (Mood.CUT, Mood.GONE):
            self._cut()
        if mood is Mood.GONE and self._server:
            self._server.close()
            self._server = None
        elif mood is not Mood.GONE and self._server is None:
            await self._listen()

    async def _end(self) -> None:
        await self._change(Mood.GONE, 0.0)
        pumps = asyncio.all_tasks() - {asyncio.current_task()}
        if pumps:
            await asyncio.wait(pumps, timeout=LAST)

    def _cut(self) -> None:
        for end in list(self._ends):
            wire = end.get_extra_info("socket")
            if wire is not None and wire.family == socket.AF_INET:
                with contextlib.suppress(OSError):
                    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        if self._mood is Mood.CUT:
            self._cut()
        try:
            there, back = await self._connect()
        except OSError:
            writer.transport.abort()
            self._ends.discard(writer)
            return
        self._ends.add(back)
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        self._ends -= {writer, back}

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """To the next target, or to one after it where nobody is there. Raises OSError."""
        self.targets.append(self.targets.pop(0))
        for target in self.targets[:-1]:
            with contextlib.suppress(OSError):
                return await _open(target)
        return await _open(self.targets[-1])

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(AT_ONCE):
                if self._mood is Mood.SLOW:
                    await asyncio.sleep(self._delay / 2)
                while self._mood is Mood.SILENT:
                    await asyncio.sleep(0.05)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()


async def _open(target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if target.startswith("/"):
        return await asyncio.open_unix_connection(target)
    host, _, port = target.rpartition(":")
    return await asyncio.open_connection(host, int(port))
