"""What time it is, on a machine whose clock may be set.

Pages leave by elapsed time. A wall clock that is set an hour back would hold each of them for an hour; set an hour forward, it
would send all of them at once. So time here is the machine's steady clock plus an offset, which belongs to this boot of the
machine and is kept in the store: all processes of the machine agree, and one that is started again goes on where it was.

The offset follows the wall clock: by up to two seconds at once, which is how clocks are kept right. By more, the wall clock was
set: the offset is then held while a request is open, a call is going on or something is about to leave, and people are told;
the wall clock counts again as soon as nothing is open. A machine that slept has not been set: its steady clock has gone on. A
virtual one that was paused looks as if its clock had been set forward. Where a machine does not tell which boot this is, the
wall clock counts as it is.

Key: time:{boot} (hash): `offset`, `by` how much the wall clock is ahead of us (seconds), where it was set, and `at` since when.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError

from bridge.core.model import Channel
from bridge.core.vitals import Step
from bridge.store.redis_signs import CANARY, RECORDS
from bridge.store.redis_store import is_open

log = structlog.get_logger(__name__)

LOOKS = 1.0  # seconds for which an offset is believed without asking the store
JUMP = 2.0  # seconds: a larger difference means that the wall clock was set
LEAST = 0.05  # seconds: less is not worth a write
APART = 0.02  # seconds: two clocks read further apart than this are read again, for this process was stopped between them
NOBODY_WAITS = (CANARY.encode(), RECORDS.encode())  # what stands in the outbox and is about no time that was promised
SOON = 300.0  # seconds: what leaves within them counts from some event; what leaves later is meant by the wall clock
KEPT = 400 * 24 * 3600  # seconds after the last write


@dataclass(frozen=True)
class _Known:
    """What the store last said: the offset, since when which step is held, and when it was asked (steady clock)."""

    offset: float
    step: Step | None
    asked_at: float


class Timekeeper:
    """One for each process. `redis` should give up soon: callers wait for the time, and while the store is away it goes on as
    it was. `wall` and `steady` are seconds; `boot` names this boot of the machine, "" where it is not known."""

    def __init__(
        self,
        redis: Redis,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] | None = None,
        boot: str | None = None,
    ) -> None:
        self._redis: Any = redis
        self._wall, self._steady = wall, steady or _steady
        self._boot = this_boot() if boot is None else boot
        self._key = f"time:{self._boot}"
        self._meet = self._redis.register_script(files(__package__).joinpath("time.lua").read_text(encoding="utf-8"))
        self._looking = threading.Lock()
        self._known: _Known | None = None
        self._failed_at: float | None = None  # when the store was last asked in vain (steady clock)

    def now(self) -> float:
        """Seconds, UTC. Never raises, and hardly ever waits for the store."""
        if not self._boot:
            return self._wall()
        steady, offset = self._clocks()
        if self._should_look(steady, offset):
            self._look(steady, offset)
        return steady + (self._known.offset if self._known else offset)

    def begin(self, patient: Redis | None = None) -> None:
        """Learn the time that the machine's processes keep, before anything is done by it. Raises RedisError."""
        if self._boot:
            self._learn(*self._clocks(), client=patient)

    def stepped(self) -> Step | None:
        """How the wall clock was set, where the bridge keeps its own time because of it."""
        self.now()
        return self._known.step if self._known else None

    def follow(self) -> None:
        """Let the wall clock count again where it was set and nothing is open any more. Raises RedisError.

        Any number of processes may come here; the one that was first wins. Who asked for the time just before may still write
        by the former one: while a step is held the time is asked for anew each time, so that takes milliseconds."""
        if self.stepped() and self._redis.transaction(self._adopt, "changes", "due", self._key, value_from_callable=True):
            log.warning("the machine's clock was set and nothing is open: it counts again")
            self.begin()

    def _adopt(self, pipe: Any) -> bool:
        if self._busy(pipe):
            return False
        _, offset = self._clocks()
        told = [f"line:{channel}" for channel in Channel] + list(pipe.scan_iter("told:*"))
        pipe.multi()
        pipe.hset(self._key, "offset", repr(offset))
        pipe.hdel(self._key, "by", "at")
        pipe.delete(*told)  # what the line and people had is a matter of seconds: nobody is to wait until a clock has caught up
        return True

    def _busy(self, pipe: Any) -> bool:
        """Whether anything is under way that counts elapsed time."""
        if any(member.startswith(b"call/") for member in pipe.zrange("due", 0, -1)):
            return True
        leaving = pipe.zrangebyscore("outbox", "-inf", self.now() + SOON)
        if any(effect not in NOBODY_WAITS for effect in leaving):
            return True
        return any(is_open(pipe.hget(f"req:{each.decode()}", "doc")) for each in pipe.smembers("requests"))

    def _clocks(self) -> tuple[float, float]:
        """The steady clock, and how far the wall clock is ahead of it, of the same moment."""
        while True:
            before, wall, after = self._steady(), self._wall(), self._steady()
            if after - before <= APART:
                return after, wall - after

    def _should_look(self, steady: float, offset: float) -> bool:
        if self._failed_at is not None and steady - self._failed_at < LOOKS:
            return False
        known = self._known
        return known is None or steady - known.asked_at >= LOOKS or abs(offset - known.offset) > JUMP

    def _look(self, steady: float, offset: float) -> None:
        """Ask the store, unless another thread of ours does. A process that has never been told waits for that thread."""
        if not self._looking.acquire(blocking=self._known is None):
            return
        try:
            self._learn(steady, offset)
        except (RedisError, OSError) as error:
            if self._failed_at is None:  # once for each outage
                log.warning("the store did not say what time is kept", error=type(error).__name__)
            self._failed_at = self._steady()
        finally:
            self._looking.release()

    def _learn(self, steady: float, offset: float, client: Redis | None = None) -> None:
        told = self._meet(keys=[self._key], args=[repr(offset), repr(steady), JUMP, LEAST, KEPT], client=client)
        kept, by, at = (float(each) if each else 0.0 for each in told)
        step = Step(by, at) if by else None
        if step and (self._known is None or self._known.step is None):
            log.warning("the machine's clock jumped: the bridge keeps its own time until nothing is open", seconds=round(by, 1))
        self._known, self._failed_at = _Known(kept, step, steady), None


def _steady() -> float:
    """Seconds since this boot, sleep included."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def this_boot() -> str:
    """A name for this boot of the machine, and for this steady clock where a container has one of its own; "" if unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    with suppress(OSError):
        boot += ":" + "".join(filter(str.isdecimal, str(Path("/proc/self/ns/time").readlink())))
    return boot
