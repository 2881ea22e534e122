"""What is broken on purpose: one table. A fault begins, lasts, and ends; what it may cost stands beside it."""

import random
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError

from tests.chaos.processes import Process
from tests.chaos.relay import Mood
from tests.chaos.stack import KINDS, Stack

KILL = 15.0  # seconds: a page whose process was killed leaves within this
OUTAGE = 10.0  # seconds: a page leaves within this after the end of an outage
UNDISTURBED = 1.0  # seconds

Move = Callable[[Stack, random.Random], None]


def _nothing(stack: Stack, rng: random.Random) -> None:
    """Nothing."""


@dataclass(frozen=True)
class Fault:
    """`lasts` from .. to seconds. `late`: how late a page may be, after the end of the fault where it is an outage (`away`).
    `double`: a send may be cut off, so that it is repeated."""

    name: str
    begin: Move = _nothing
    end: Move = _nothing
    lasts: tuple[float, float] = (0.0, 0.0)
    late: float = KILL
    away: bool = False
    double: bool = True
    prepare: Move = _nothing  # before anybody calls
    at: tuple[float, float] = field(default=(2.0, 7.0))  # seconds after the first caller may call


# ---- processes


def _any(kind: str) -> Callable[[Stack, random.Random], Process]:
    return lambda stack, rng: rng.choice(stack.of(kind))


def kill(kind: str, *, times: int = 1, number: int = signal.SIGKILL) -> Move:
    """kill -9 one of a kind; a web's own child, or its master, as it comes."""

    def move(stack: Stack, rng: random.Random) -> None:
        for process in rng.sample(stack.of(kind), times):
            process.signal(number, family=kind != "web" or rng.random() < 0.5)

    return move


def kill_all(stack: Stack, rng: random.Random) -> None:
    """Every process of the bridge but the store."""
    for kind in KINDS:
        for process in stack.of(kind):
            process.signal(signal.SIGKILL)


def pause(kind: str) -> tuple[Move, Move]:
    """SIGSTOP, and SIGCONT at the end."""
    chosen: list[Process] = []

    def begin(stack: Stack, rng: random.Random) -> None:
        chosen[:] = [_any(kind)(stack, rng)]
        chosen[0].signal(signal.SIGSTOP)

    def end(stack: Stack, rng: random.Random) -> None:
        chosen[0].signal(signal.SIGCONT)

    return begin, end


def deploy(stack: Stack, rng: random.Random) -> None:
    """SIGTERM for every process, one after the other, as a rolling deploy does it."""
    for kind in KINDS:
        for process in stack.of(kind):
            starts = process.starts
            process.signal(signal.SIGTERM, family=False)
            with suppress(AssertionError):
                stack.wait_until(lambda p=process, s=starts: p.starts > s, 20.0, "not started again")


# ---- the store


def truncate(stack: Stack, rng: random.Random) -> None:
    """kill -9, and the last record of its file is cut off in the middle, as when the disk lost power."""
    (store,) = stack.of("store")
    store.down = True
    store.signal(signal.SIGKILL)
    store.popen.wait(10)  # type: ignore[union-attr]
    files = sorted((stack.data / "store" / "appendonlydir").glob("*.incr.aof"))
    with files[-1].open("ab") as file:  # the record that was being written, and whose writer was never answered
        file.write(b"*3\r\n$3\r\nSET\r\n$8\r\ncut-off-\r\n$400\r\nhalf of it")
    store.down = False


def configure(**values: Any) -> Move:
    """CONFIG SET, around the wire."""

    def move(stack: Stack, rng: random.Random) -> None:
        redis = stack.redis
        with suppress(RedisError):
            redis.config_set(*next(iter(values.items())))
        redis.close()

    return move


def out_of_memory(stack: Stack, rng: random.Random) -> None:
    """The limit is below what is used already."""
    configure(maxmemory="1mb")(stack, rng)


def replica(host: str, port: str) -> Move:
    """The store becomes a replica of nobody that is there: it is read-only. Of "NO ONE": it is a primary again."""

    def move(stack: Stack, rng: random.Random) -> None:
        redis = stack.redis
        redis.execute_command("REPLICAOF", host, port)
        redis.close()

    return move


def disk(limit: str) -> Move:
    """No file of the store may grow beyond what it is now; or it may again."""

    def move(stack: Stack, rng: random.Random) -> None:
        import resource

        (store,) = stack.of("store")
        files = (stack.data / "store" / "appendonlydir").glob("*.incr.aof")
        most = max(file.stat().st_size for file in files) + 64 if limit == "full" else resource.RLIM_INFINITY
        hard = resource.prlimit(store.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(store.pid, resource.RLIMIT_FSIZE, (most, hard))

    return move


def wire(which: str, mood: Mood, delay: float = 0.0) -> Move:
    """Spoil the wire to the store or to the carrier."""
    return lambda stack, rng: getattr(stack, f"{which}_wire").become(mood, delay)


# ---- the carrier


def carrier(kind: str, *, processed: bool = False, times: int | None = None, resource: str = "any") -> Move:
    """The REST API answers so, where `processed` after it has done what was asked."""

    def move(stack: Stack, rng: random.Random) -> None:
        fault = {"kind": kind, "processed": processed, "times": times, "resource": resource}
        stack.telephones._do("POST", "/sim/faults", {"rest": fault})

    return move


def receipts(mode: str) -> Move:
    """How receipts come."""
    return lambda stack, rng: stack.telephones._do("POST", "/sim/faults", {"receipts": mode}) and None


def well(stack: Stack, rng: random.Random) -> None:
    """The carrier is well again."""
    stack.telephones._do("POST", "/sim/faults", {"clear": True})


def _table() -> tuple[Fault, ...]:
    short, long = (6.0, 10.0), (10.0, 16.0)
    outage = {"late": OUTAGE, "away": True}
    return (
        Fault("undisturbed", late=UNDISTURBED, double=False),
        *(Fault(f"kill -9 of a {kind}", kill(kind)) for kind in KINDS),
        *(Fault(f"kill -9 of both {kind}s", kill(kind, times=2)) for kind in KINDS),
        Fault("kill -9 of everything but the store", kill_all),
        *(Fault(f"a {kind} stopped and continued", *pause(kind), lasts=(2.0, 10.0)) for kind in KINDS),
        Fault("SIGTERM of every process in turn", deploy),
        Fault("kill -9 of the store", kill("store"), **outage),
        Fault("the store stopped and continued", *pause("store"), lasts=(2.0, 10.0), **outage),
        Fault("the store killed, its last record cut off", truncate, **outage),
        Fault("the store out of memory", out_of_memory, configure(maxmemory="0"), short, **outage),
        Fault("the store read-only", replica("127.0.0.1", "1"), replica("NO", "ONE"), short, **outage),
        Fault("the store's disk full", disk("full"), disk("free"), short, **outage),
        Fault("the store slow, 200 ms", wire("store", Mood.SLOW, 0.2), wire("store", Mood.OPEN), long, **outage),
        Fault("the store slow, 2 s", wire("store", Mood.SLOW, 2.0), wire("store", Mood.OPEN), long, **outage),
        Fault("the store silent", wire("store", Mood.SILENT), wire("store", Mood.OPEN), short, **outage),
        Fault("the store unreachable", wire("store", Mood.GONE), wire("store", Mood.OPEN), short, **outage),
        Fault("the store's connections cut", wire("store", Mood.CUT), wire("store", Mood.OPEN), (1.0, 3.0), **outage),
        *(Fault(f"the carrier answers {kind}", carrier(kind), well, long, **outage) for kind in ("500", "503", "429")),
        *(Fault(f"the carrier: {kind}", carrier(kind), well, long, **outage) for kind in ("hang", "reset", "garbage")),
        *(
            Fault(f"the carrier: {kind}, after it was done", carrier(kind, processed=True, times=4), well, long, **outage)
            for kind in ("500", "503", "429", "hang", "reset", "garbage")
        ),
        Fault("the carrier refuses connections", wire("carrier", Mood.GONE), wire("carrier", Mood.OPEN), long, **outage),
        *(Fault(f"receipts {mode}", receipts(mode), well, long) for mode in ("lost", "doubled", "reordered", "delayed")),
    )


FAULTS = _table()
