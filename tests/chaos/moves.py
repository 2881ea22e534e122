"""How things are broken: every move is given the stack and the dice, and is over at once."""

import json
import random
import resource
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError

from tests.chaos.processes import Process
from tests.chaos.relay import Mood
from tests.chaos.stack import KINDS, Stack

Move = Callable[[Stack, random.Random], None]


def nothing(stack: Stack, rng: random.Random) -> None:
    """Nothing."""


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


def kill_each(stack: Stack, rng: random.Random) -> None:
    """One of each kind, and the store."""
    for kind in (*KINDS, "store"):
        kill(kind)(stack, rng)


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
    """SIGTERM for every process, one after the other, each when the last one is back, as a rolling deploy does it."""
    for kind in KINDS:
        for process in stack.of(kind):
            starts = process.starts
            process.signal(signal.SIGTERM, family=False)
            with suppress(AssertionError):
                stack.wait_until(lambda p=process, s=starts: _back(p, s), 30.0, "not back")


def _back(process: Process, starts: int) -> bool:
    """Whether it was started again, and, if it is a web, has a child that serves."""
    return process.starts > starts and (not process.name.startswith("web") or bool(process.pids[1:]))


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


def answers(stack: Stack, rng: random.Random) -> None:
    """Wait until the store is back: so long the outage lasts, on a machine that starts processes slowly."""

    def back() -> bool:
        try:
            with stack.redis as redis:
                return bool(redis.ping())
        except (RedisError, OSError):
            return False

    stack.wait_until(back, 60.0, "the store is not back")


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
        (store,) = stack.of("store")
        files = (stack.data / "store" / "appendonlydir").glob("*.incr.aof")
        most = max(file.stat().st_size for file in files) + 64 if limit == "full" else resource.RLIM_INFINITY
        hard = resource.prlimit(store.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(store.pid, resource.RLIMIT_FSIZE, (most, hard))

    return move


def wire(which: str, mood: Mood, delay: float = 0.0) -> Move:
    """Spoil the wire to the store or to the carrier."""
    return lambda stack, rng: (stack.stores.wire if which == "store" else stack.carrier_wire).become(mood, delay)


# ---- the carrier


def carrier(kind: str, *, processed: bool = False, times: int | None = None, resource: str = "any") -> Move:
    """The REST API answers so, where `processed` after it has done what was asked."""

    def move(stack: Stack, rng: random.Random) -> None:
        fault = {"kind": kind, "processed": processed, "times": times, "resource": resource}
        stack.telephones._do("POST", "/sim/faults", {"rest": fault})

    return move


def spoil(stack: Stack, rng: random.Random) -> None:
    """Two sends are taken and their answers lost; then nothing is taken any more."""
    carrier("reset", processed=True, times=2)(stack, rng)
    carrier("503")(stack, rng)


def receipts(mode: str) -> Move:
    """How receipts come."""
    return lambda stack, rng: stack.telephones._do("POST", "/sim/faults", {"receipts": mode}) and None


def well(stack: Stack, rng: random.Random) -> None:
    """The carrier is well again."""
    stack.telephones._do("POST", "/sim/faults", {"clear": True})


# ---- two stores, of which one leads


def _leader(stack: Stack) -> Process:
    with stack.redis as redis:
        port = redis.get_connection_kwargs()["port"]
    return next(process for process in stack.of("store") if f"port {port}\n" in _conf(process))


def _conf(process: Process) -> str:
    with open(process.command[1], encoding="ascii") as file:  # noqa: PTH123
        return file.read()


def lose_leader() -> tuple[Move, Move]:
    """The machine with the leading store is gone, and comes back at the end with what it had."""
    lost: list[Process] = []

    def begin(stack: Stack, rng: random.Random) -> None:
        lost[:] = [_leader(stack)]
        lost[0].down = True
        lost[0].signal(signal.SIGKILL)

    def end(stack: Stack, rng: random.Random) -> None:
        lost[0].down = False

    return begin, end


def stop_leader() -> tuple[Move, Move]:
    """The leading store stops, another one takes its place, and it wakes up believing that it leads."""
    stopped: list[Process] = []

    def begin(stack: Stack, rng: random.Random) -> None:
        stopped[:] = [_leader(stack)]
        stopped[0].signal(signal.SIGSTOP)

    def end(stack: Stack, rng: random.Random) -> None:
        stopped[0].signal(signal.SIGCONT)

    return begin, end


# ---- victims: see victim.py


def set_clock(seconds: float) -> Move:
    """Somebody sets the wall clock of every process."""

    def move(stack: Stack, rng: random.Random) -> None:
        (stack.home / "offset").write_text(repr(seconds), "ascii")

    return move


def arm(kind: str, step: str, most: int) -> tuple[Move, Move]:
    """A process of this kind dies at this step, the first to the `most`th time that it takes it."""

    def begin(stack: Stack, rng: random.Random) -> None:
        (stack.home / f"taken-{kind}").unlink(missing_ok=True)
        draft = stack.home / f"draft-{kind}"
        draft.write_text(json.dumps({"step": step, "nth": rng.randint(1, most)}), "ascii")
        draft.rename(stack.home / f"crash-{kind}")

    def end(stack: Stack, rng: random.Random) -> None:
        (stack.home / f"crash-{kind}").unlink(missing_ok=True)
        if (stack.home / f"taken-{kind}").exists():
            stack.died_at.append(f"{kind} {step}")

    return begin, end


def count_steps(stack: Stack, rng: random.Random) -> None:
    """From now on steps are written down."""
    (stack.home / "count").touch()


def counted(stack: Stack) -> dict[tuple[str, str], int]:
    """How often each step was taken since, by kind and name: those after which the outside differs from before."""
    from tests.stories.steps import LOOKS

    (stack.home / "count").unlink(missing_ok=True)
    found: Counter[tuple[str, str]] = Counter()
    for kind in KINDS:
        with suppress(OSError):
            for step in (stack.home / f"steps-{kind}").read_text("ascii").split():
                call, _, when = step.partition(":")
                if when == "after" and call not in LOOKS:
                    found[(kind, step)] += 1
    return dict(found)
