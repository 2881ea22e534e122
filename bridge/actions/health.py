"""How the bridge is: one strip for people, and the same for machines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.actions import release
from bridge.actions.world import World
from bridge.core import records, vigil_words, vitals
from bridge.core.circuit import CarrierNews
from bridge.core.model import Context, Request
from bridge.core.vitals import Health, Signs, Vital


@dataclass(frozen=True)
class Report:
    """`missing` is what it takes to keep a promise and is not there; `vitals` is the strip without anybody's name."""

    missing: tuple[str, ...]
    vitals: tuple[Vital, ...]

    @property
    def ready(self) -> bool:
        """Whether a call that comes now would be heard and paged."""
        return not self.missing

    @property
    def degraded(self) -> tuple[str, ...]:
        """The parts that are not well. Who has opted out is a person's matter, and is called instead."""
        return tuple(vital.name for vital in self.vitals if vital.health is Health.BAD and vital.name != vitals.TEXTS)


def strip(world: World, requests: Sequence[Request], context: Context) -> tuple[Vital, ...]:
    """The strip of the status page. Raises what the store raises when it does not answer."""
    textless = _textless(world, context)
    more = [_watchman(world, named=True), _records(world)]
    return vitals.vitals(heard(world), requests, world.now(), textless, release.name(), more=more)


def report(world: World) -> Report:
    """The same for a machine that asks from anywhere: it names nobody. A store that fails is told, not raised."""
    try:
        signs, requests, now = heard(world), world.store.requests(), world.now()
        textless, more = _textless(world, world.context), [_watchman(world, named=False), _records(world)]
    except Exception as error:  # noqa: BLE001  whatever the reason, the store does not answer
        return unreachable(type(error).__name__)
    shown = vitals.vitals(signs, requests, now, textless, release.name(), more=more)
    return Report(tuple(vitals.missing(signs, now)), vitals.nameless(shown))


def unreachable(reason: str) -> Report:
    """The store does not answer, for this reason, a word."""
    return Report((f"store does not answer ({reason})",), (vitals.away(reason), vitals.version(release.name())))


def heard(world: World) -> Signs:
    """What the parts of the bridge say of themselves. Raises what the store raises."""
    store = world.store
    return Signs(store.beats(), store.condition(world.now()), _carrier(world), store.canary(), world.steps.stepped())


def _carrier(world: World) -> CarrierNews:
    return replace(world.store.carrier_news(), accounts=tuple(account.name for account in world.settings.accounts))


def _watchman(world: World, *, named: bool) -> Vital:
    return vigil_words.vital(world.watch.vigil(), world.now(), told=world.settings.alarms.any, named=named)


def _records(world: World) -> Vital:
    return records.vital(world.store.record_news(world.now()), world.now())


def _textless(world: World, context: Context) -> Mapping[str, str]:
    """Names of people on the roster whom texts do not reach any more, and why."""
    people, why = context.roster.people, world.store.no_text()
    return {people[person].name: why[person] for person in context.no_text if person in people and person in why}
