"""The watchman: looks whether all that must be true is true, mends what is safe to mend, and has people told of the rest.

Every clock process has one, and every few seconds one of them looks. What it remembers is in the store, so that a restart tells
nobody anew. While the store itself is away each remembers by itself that it has told people: they may be told twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from bridge.actions import health
from bridge.actions.world import World
from bridge.core import vigil as vigils
from bridge.core.board_words import clock
from bridge.core.errors import BridgeError
from bridge.core.events import Accepted, Event, PagedNow
from bridge.core.findings import Facts, Finding, How, Repair
from bridge.core.invariants import check
from bridge.core.model import Channel, Request
from bridge.core.vigil import AGAIN, LOOKS, RETRY, Vigil

log = structlog.get_logger(__name__)

EVERY = 5.0  # seconds between looks
BLIND = 30.0  # seconds without a look, for the store does not answer, before people are told
TRIES = 5  # of remembering, while others do


class Watchman:
    """One for each clock process. `world` should give up soon where the store does not answer: so much time is to be told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._blind_since: float | None = None
        self._told_at: float | None = None  # that we are blind, and when it was last tried
        self._tried_at: float | None = None

    def watch(self) -> None:
        """Look where it is time, and tell people what they have to be told. Never raises."""
        world = self._world
        try:
            if world.store.first_time("watchman", "", EVERY, world.now()):
                look(world)
            _tell(world)
        except Exception as error:  # noqa: BLE001  whatever the reason: who cannot look has to say so
            if self._blind_since is None:  # once for each outage
                log.warning("the watchman cannot look", error=type(error).__name__)
            self._blind(type(error).__name__)
        else:
            self._sees()

    def _blind(self, reason: str) -> None:
        now = self._world.now()
        since = self._blind_since = now if self._blind_since is None else self._blind_since
        if now - since < BLIND or _lately(self._told_at, now, AGAIN) or _lately(self._tried_at, now, RETRY):
            return
        self._tried_at = now
        words = f"the watchman cannot look into the store ({reason}) since {clock(since, now, seconds=True)}"
        todo = "Nothing can be promised or paged; callers are put through to dispatch. Start the store, or the network to it."
        if self._world.alarms.tell("Bridge ALARM: the store does not answer", f"- {words}. {todo}"):
            self._told_at = now

    def _sees(self) -> None:
        """Who was told that we are blind is told that we see again, as soon as anybody takes that."""
        self._blind_since = None
        now = self._world.now()
        if self._told_at is None or _lately(self._tried_at, now, RETRY):
            return
        self._tried_at = now
        if self._world.alarms.tell("Bridge: over: the store answers again", f"- the store answers, {clock(now, now)}."):
            self._told_at = self._tried_at = None


def _lately(at: float | None, now: float, within: float) -> bool:
    return at is not None and 0 <= now - at < within


def look(world: World) -> Vigil:
    """Look now, mend, and remember. Raises what the store raises."""
    now = world.now()
    findings = check(facts(world), now)
    mended = mend(world, findings)
    before, after = _remember(world, lambda known: vigils.looked(known, findings, mended, now))
    _write_down(before, after)
    return after


def facts(world: World) -> Facts:
    """Everything that an invariant may speak of."""
    context = world.context
    texted = {each.id for each in context.roster.people.values() if context.channel(each, Channel.TEXT) is Channel.TEXT}
    found = world.watch.facts(world.now())
    return replace(found, texted=frozenset(texted), signs=health.heard(world), abuse=world.store.abuse())


def mend(world: World, findings: Sequence[Finding]) -> list[Finding]:
    """Mend what can be mended. Returns what was."""
    return [each for each in findings if each.repair and _mended(world, each.repair)]


def _mended(world: World, repair: Repair) -> bool:
    try:
        done = _by_the_law(world, repair) if repair.how in _LAWFUL else world.watch.mend(repair, world.now())
    except Exception as error:  # noqa: BLE001  it is found again at the next look, and then people are told
        log.warning("could not be mended", repair=repair.how.name, about=repair.key, error=type(error).__name__)
        return False
    if done:
        log.warning("mended", repair=repair.how.name, about=repair.key)
    return done


def _by_the_law(world: World, repair: Repair) -> bool:
    """What is mended by letting something happen to the request."""
    request = world.store.load(repair.key)
    if request.version != repair.version:
        return False
    try:
        world.apply(request.id, _LAWFUL[repair.how](request))
    except BridgeError:  # it has moved on in this very moment
        return False
    return True


_LAWFUL: dict[How, Callable[[Request], Event]] = {
    How.PAGE: lambda request: PagedNow(request.fired),
    How.TELL: lambda request: Accepted(request.accepted_by),
}


def _tell(world: World) -> None:
    """Tell people what they have to be told. Who puts down first that they do does: the others go on."""
    before, now = world.watch.vigil(), world.now()
    alarm = vigils.owed(before, now)
    if alarm is None or not world.watch.keep_vigil(before, vigils.telling(before, now)):
        return
    if world.alarms.tell(alarm.subject, alarm.body):
        _remember(world, lambda known: vigils.told(known, alarm, world.now()))


def _remember(world: World, change: Callable[[Vigil], Vigil]) -> tuple[Vigil, Vigil]:
    """Before and after. Where others are faster again and again it is left to the next look."""
    before, after = Vigil(), Vigil()
    for _ in range(TRIES):
        before = world.watch.vigil()
        after = change(before)
        if world.watch.keep_vigil(before, after):
            break
    return before, after


def _write_down(before: Vigil, after: Vigil) -> None:
    """Into the log, once: what stands, and what is over."""
    for key, each in after.standing.items():
        was = before.standing.get(key)
        if not each.over and each.looks == LOOKS and (was is None or was.looks < LOOKS):
            log.warning("found", finding=key)
    for key, each in before.standing.items():
        now = after.standing.get(key)
        if each.looks == LOOKS and not each.over and (now is None or now.over):
            log.warning("over", finding=key)
