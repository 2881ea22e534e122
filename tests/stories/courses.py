"""The courses that a request may take, as people make it take them, and what the carrier and the store say came of it.

`judge` compares a story in which a process was killed with the same one in which none was. It looks at what the carrier was
given, what people heard and read, and what the store holds: never at a log.
"""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial

from bridge.actions import acts
from bridge.actions.world import World
from bridge.core.errors import NotNow
from bridge.core.model import Channel, Rung, Who
from bridge.core.rota import DISPATCH
from bridge.settings import Settings
from bridge.simulator.runner import APPLICATION_ERROR
from tests.conftest import everything_in
from tests.stories.steps import Steps, Storm
from tests.stories.story import CALLER, settings
from tests.stories.town import BRIDGE, CARRIER, Store, Town, founded

HOUR = 3600.0
PAGE, YOURS, TAKEN, DONE = "Reply 1 to take it", "is yours", "has it", ("noted that", "is closed", "No request")
Course = Callable[[Town], None]


def by_text(town: Town) -> None:
    """Nobody answers the text or the call; the backup takes it by text; the first one comes too late; DONE."""
    _out_of_reach(town, "boyd", "crane")
    town.hangs_up(town.calls())
    if not _page(town, "crane"):
        return
    town.fast_forward(30)
    town.texts("crane", "1", YOURS)
    town.texts("boyd", "1", TAKEN, *DONE)
    town.fast_forward(60)
    town.texts("crane", "DONE", *DONE)


def by_key(town: Town) -> None:
    """The caller calls again; who is on call takes it by a key; the telephone stays with them; 3 says that it is done."""
    town.hangs_up(town.calls())
    town.fast_forward(45)
    town.hangs_up(town.calls())
    if not _ring(town, "boyd"):
        return
    town.fast_forward(15)
    town.presses("boyd", "1", "It is yours")
    _hang_up(town, "boyd")
    town.fast_forward(60)
    town.texts("boyd", "DONE", *DONE)


def on_the_line(town: Town) -> None:
    """The caller stays on the line, and is connected with the first who presses 1; a key says that they talked."""
    leg = town.calls()
    town.stays(leg)
    if not _ring(town, "boyd"):
        return town.hangs_up(leg)
    town.presses("boyd", "1", "Noted that you reached")
    town.hangs_up(leg)
    _hang_up(town, "boyd")
    town.texts("boyd", "DONE", *DONE)
    return None


def by_hand(town: Town) -> None:
    """A dispatcher ends it."""
    _out_of_reach(town, "boyd", "crane")
    town.hangs_up(town.calls())
    town.fast_forward(30)
    _close(town)


def too_late(town: Town) -> None:
    """Nobody takes it, the deadline passes, the desk is called and takes it, and a dispatcher ends it."""
    town.hangs_up(town.calls())
    if not _ring(town, DISPATCH):
        return
    town.presses(DISPATCH, "1", "It is yours")
    _hang_up(town, DISPATCH)
    town.fast_forward(30)
    _close(town)


@dataclass(frozen=True)
class Plot:
    """A course, and what of the agency's policy is changed for it."""

    course: Course
    policy: dict[str, object] = field(default_factory=dict)


PLOTS = {
    "taken by text": Plot(by_text),
    "taken by key": Plot(by_key),
    "on the line": Plot(on_the_line),
    "closed by hand": Plot(by_hand),
    "overdue": Plot(too_late, {"ladder": (Rung(0.0, Who.ON_CALL, (Channel.TEXT,)),), "deadline": 600.0, "again_every": 900.0}),
}


def _close(town: Town) -> None:
    """A dispatcher ends whatever there is."""
    for request_id in town.opened:
        town.act(partial(_closed, request_id))


def _closed(request_id: str, world: World) -> None:
    with suppress(NotNow):  # it has ended already
        acts.close(world, "chief", request_id, "reached")


@cache
def policy(name: str, store: Store) -> Settings:
    """The sample configuration, changed for the plot of this name."""
    chosen = settings({"BRIDGE_DATA": str(store.data), "BRIDGE_PUBLIC_URL": f"http://{BRIDGE}"}, PLOTS[name].policy)
    return replace(chosen, carrier_url=f"http://{CARRIER}")


def story(store: Store, name: str, steps: Steps, storm: Storm | None = None, receipts: str = "normal") -> "Told":
    """The plot of this name, played with these steps, in fair weather or in a storm. `receipts`: a fault of the carrier."""
    with founded(policy(name, store), store, steps) as town:
        town.wire.storm = storm or town.wire.storm
        town.sim.faults.receipts(receipts)
        return play(town, PLOTS[name].course)


def _out_of_reach(town: Town, *people: str) -> None:
    for person in people:
        town.phone(person).behave(call="no_answer")


def _page(town: Town, person: str) -> bool:
    """Whether this person is paged by text, in the end."""
    return town.wait_for(lambda: town.has_read(person, PAGE), 15 * 60)


def _ring(town: Town, person: str) -> bool:
    """Whether this person's telephone rings, in the end."""
    return town.wait_for(lambda: town.phone(person).ringing, 20 * 60)


def _hang_up(town: Town, person: str) -> None:
    for leg in town.phone(person).legs:
        if leg.live and not leg.rings:
            leg.hang_up()
    town.settle()


# ---- what came of it


@dataclass(frozen=True)
class Sent:
    """One text or call that the carrier took: to whom, in which words, and how long after which act of somebody's."""

    channel: str
    to: str
    words: str
    after: str
    late: float


@dataclass
class Told:
    """What the carrier and the store tell of one story when it is over."""

    sent: list[Sent]
    opened: int
    desked: int  # how many callers were put through to the desk
    again: int  # how often somebody texted once more
    faults: list[str]


def play(town: Town, course: Course) -> Told:
    """The whole story, to the hour after its end."""
    course(town)
    town.fast_forward(HOUR + 900)
    faults = town.faults + _over(town) + _heard(town) + _one_has_it(town)
    return Told(_sent(town), len(town.opened), len(town.desked), town.again, faults)


def _sent(town: Town) -> list[Sent]:
    sent = []
    for n, text in enumerate(town.sim.texts_sent()):
        act = [act for act in town.acts if act.texts <= n][-1]
        if not text.reply:
            sent.append(Sent("text", text.to, plain(text.body), act.what, text.at - act.at))
    for n, call in enumerate(town.sim.calls_started()):
        act = [act for act in town.acts if act.calls <= n][-1]
        sent.append(Sent("call", call.to, "", act.what, call.at - act.at))
    return sent


def plain(body: str) -> str:
    """A text without its code, its times, and what is noted of how the call ended."""
    body = body.replace("Caller hung up. ", "").replace("Incomplete. ", "")
    return re.sub(r"\b\d{3,4}\b", "#", re.sub(r"\d+:\d\d [AP]M", "TIME", body))


def _over(town: Town) -> list[str]:
    """An hour after the end nothing waits, and nothing is known of the caller, here or at the carrier."""
    keys = ("outbox", "due", "late", "requests")
    faults = [f"{key} is not empty" for key in keys if town.redis.exists(key)]
    faults += [f"{key.decode()} stays" for kind in ("claim:*", "call:*", "waits:*") for key in town.redis.scan_iter(kind)]
    if CALLER[2:] in everything_in(town.redis):
        faults.append("the caller's number stays in the store")
    texts = [each for each in town.sim.messages if each.direction == "outbound-api"]
    known = [leg for leg in town.sim.calls if leg.record.direction == "outbound-api" or leg in town.promised]
    faults += [f"the carrier keeps a text: {plain(each.body)[:40]}" for each in texts]
    return faults + [f"the carrier keeps a call, {leg.record.direction}" for leg in known]


def _heard(town: Town) -> list[str]:
    """Every caller heard words, and was promised a call or put through to the desk."""
    faults = []
    for leg in town.legs:
        if leg.live:
            faults.append("a caller's call never ends")
        if not leg.heard or APPLICATION_ERROR in leg.heard:
            faults.append("a caller heard an error, or nothing")
        if leg not in town.promised and leg not in town.desked:
            faults.append("a caller was promised nothing, and was put through to nobody")
    return faults


def _one_has_it(town: Town) -> list[str]:
    holders = {text.to for text in town.sim.texts_sent() if YOURS in text.body and "Call " in text.body}
    return [f"{len(holders)} people were given the number"] if len(holders) > 1 else []


@dataclass
class Judged:
    """What a killed process did to a story. `late`: how much later (seconds) than without a death the latest page came."""

    lost: list[str]
    late: float
    doubled: list[str]
    faults: list[str]


def judge(told: Told, dry: Told) -> Judged:
    """Against the story in which nobody died. Whom a death has led to the desk, the story of that one is another one: what is
    asked of it is that everybody who was to be paged about a request was, and nobody twice in the same words."""
    if told.desked > dry.desked:
        return _judge_another(told)
    ours, theirs = _grouped(told.sent), _grouped(dry.sent)
    lost, late = [], 0.0
    for what, planned in theirs.items():
        came = ours.get(what, [])
        lost += [" ".join(what)] * (len(planned) - len(came))
        pairs = zip(came, planned, strict=False)
        late = max([late, *(there.late - plan.late for there, plan in pairs if there.after == plan.after)])
    extra = Counter({what: len(sent) for what, sent in ours.items()})
    extra.subtract({what: len(sent) for what, sent in theirs.items()})
    return Judged(lost, late, [" ".join(what) for what in extra.elements()][told.again :], told.faults)


def _judge_another(told: Told) -> Judged:
    pages = [each for each in told.sent if PAGE in each.words]
    late = next((each.late for each in pages if each.after == "opened"), 0.0)
    twice = [what for what, sent in _grouped(pages).items() if len(sent) > 1]
    return Judged(["the page"] * (told.opened > 0 and not pages), late, [" ".join(what) for what in twice], told.faults)


def _grouped(sent: list[Sent]) -> dict[tuple[str, str, str], list[Sent]]:
    grouped: dict[tuple[str, str, str], list[Sent]] = {}
    for each in sent:
        grouped.setdefault((each.channel, each.to, each.words), []).append(each)
    return grouped
