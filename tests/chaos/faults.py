"""What is broken on purpose: one table. A fault begins, lasts, and ends; what it may cost stands beside it."""

from dataclasses import dataclass

from tests.chaos import desk, moves
from tests.chaos.moves import Move
from tests.chaos.relay import Mood
from tests.chaos.stack import KINDS

KILL = 15.0  # seconds: a page whose process was killed leaves within this
OUTAGE = 10.0  # seconds: a page leaves within this after the end of an outage
UNDISTURBED = 1.0  # seconds
STEPS = "kill -9 at a step"


@dataclass(frozen=True)
class Fault:
    """`lasts` from .. to seconds. `late`: how late a page may be, after the end of the fault where it is an outage (`away`).
    `double`: a send may be cut off, so that it is repeated. `row`: where it stands in the table, if not under its own name."""

    name: str
    begin: Move = moves.nothing
    end: Move = moves.nothing
    lasts: tuple[float, float] = (0.0, 0.0)
    late: float = KILL
    away: bool = False
    double: bool = True
    flips: bool = False  # what one channel does not carry goes by the other besides
    at: tuple[float, float] = (2.0, 7.0)  # seconds after the first caller may call
    mortal: bool = False  # needs processes that can be told to die at a step, or what time it is
    watched: bool = False  # needs two stores and sentinels
    old: bool = False  # needs an older release beside this one
    row: str = ""


def at_step(kind: str, step: str, times: int) -> Fault:
    """A process of this kind dies at this step. `times`: how often it is taken in one run."""
    begin, end = moves.arm(kind, step, max(1, min(3, times // 4)))
    return Fault(f"{STEPS}: {kind} {step}", begin, end, (8.0, 12.0), at=(0.5, 3.0), mortal=True, row=STEPS)


def _table() -> tuple[Fault, ...]:
    m = moves
    short, long = (6.0, 10.0), (10.0, 16.0)
    outage = {"late": OUTAGE, "away": True}
    mute = {**outage, "flips": True}
    return (
        Fault("undisturbed", late=UNDISTURBED, double=False),
        Fault("undisturbed, two stores", late=UNDISTURBED, double=False, watched=True),
        *(Fault(f"kill -9 of a {kind}", m.kill(kind)) for kind in KINDS),
        *(Fault(f"kill -9 of both {kind}s", m.kill(kind, times=2)) for kind in KINDS),
        Fault("kill -9 of one of each, and of the store", m.kill_each, m.answers, **outage),
        Fault("kill -9 of everything but the store", m.kill_all),
        *(Fault(f"a {kind} stopped and continued", *m.pause(kind), lasts=(2.0, 10.0)) for kind in KINDS),
        Fault("SIGTERM of every process in turn", m.deploy),
        Fault("kill -9 of the store", m.kill("store"), m.answers, **outage),
        Fault("the store stopped and continued", *m.pause("store"), lasts=(2.0, 10.0), **outage),
        Fault("the store killed, its last record cut off", m.truncate, m.answers, **outage),
        Fault("the store out of memory", m.out_of_memory, m.configure(maxmemory="0"), short, **outage),
        Fault("the store read-only", m.replica("127.0.0.1", "1"), m.replica("NO", "ONE"), short, **outage),
        Fault("the store's disk full", m.disk("full"), m.disk("free"), short, **outage),
        Fault("the store slow, 200 ms", m.wire("store", Mood.SLOW, 0.2), m.wire("store", Mood.OPEN), long, **outage),
        Fault("the store slow, 2 s", m.wire("store", Mood.SLOW, 2.0), m.wire("store", Mood.OPEN), long, **outage),
        Fault("the store silent", m.wire("store", Mood.SILENT), m.wire("store", Mood.OPEN), short, **outage),
        Fault("the store unreachable", m.wire("store", Mood.GONE), m.wire("store", Mood.OPEN), short, **outage),
        Fault("the store's connections cut", m.wire("store", Mood.CUT), m.wire("store", Mood.OPEN), (1.0, 3.0), **outage),
        *(Fault(f"the carrier answers {kind}", m.carrier(kind), m.well, long, **mute) for kind in ("500", "503", "429")),
        *(Fault(f"the carrier: {kind}", m.carrier(kind), m.well, long, **mute) for kind in ("hang", "reset", "garbage")),
        *(
            Fault(f"the carrier: {kind}, after it was done", m.carrier(kind, processed=True, times=4), m.well, long, **mute)
            for kind in ("500", "503", "429", "hang", "reset", "garbage")
        ),
        Fault("the carrier loses answers, then answers 503", m.spoil, m.well, short, **mute),
        Fault("the carrier refuses connections", m.wire("carrier", Mood.GONE), m.wire("carrier", Mood.OPEN), long, **mute),
        *(Fault(f"receipts {mode}", m.receipts(mode), m.well, long) for mode in ("lost", "doubled", "reordered", "delayed")),
        *(
            Fault(
                f"the wall clock set by {hours:+d} h", m.set_clock(3600 * hours), m.set_clock(0), long, UNDISTURBED, mortal=True
            )
            for hours in (1, -1)
        ),
        Fault("the leading store lost", *m.lose_leader(), lasts=(5.0, 9.0), watched=True, **outage),
        Fault("the leading store stopped and continued", *m.stop_leader(), lasts=(5.0, 9.0), watched=True, **outage),
        Fault("400 connections with half a request", *desk.crowd(400), lasts=long, **outage),
        Fault("400 open pages", *desk.open_pages(400), lasts=long, late=UNDISTURBED, double=False),
        Fault("two dispatchers race", *desk.race(), lasts=(12.0, 14.0), late=UNDISTURBED, double=False, at=(0.0, 0.5)),
        Fault("an older release beside this one", m.deploy, old=True),
    )


FAULTS = _table()
