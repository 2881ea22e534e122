"""Strangers may not use up the line, the store or people's patience; and whoever is held back still reaches a person.

What is refused is stored nowhere: it is put through to dispatch in one sentence. That there was too much of something stands in
the audit trail, once an hour, and the watchman has people told.
"""

import secrets
from collections.abc import Sequence

from bridge.actions import trail
from bridge.actions.ports_guard import Full, Limit
from bridge.actions.world import World
from bridge.core.errors import TooMany
from bridge.core.intake import Call
from bridge.core.limits import ABUSE, DAY, FEED_MISSES, HOUR, MINUTE, TEN_MINUTES, UNKNOWN_CODES
from bridge.core.rota import Person

THE_LINE = "the line"  # by whom it stands in the audit trail where nobody is known
WITHHELD = "withheld"


def called(world: World, call: Call) -> None:
    """A new call. Raises TooMany where its number, or all together, called too often, or too much is stored."""
    limits = world.settings.policy.limits
    if call.withheld:
        own = Limit("withheld", limits.calls_withheld, TEN_MINUTES)
    else:
        own = Limit("calls", limits.calls_of_one, TEN_MINUTES, call.caller_id)
    _admit(world, call.sid, [own, Limit("flood", limits.calls_in_all, MINUTE)])
    if world.store.kept() >= limits.most_kept:
        _refuse(world, "flood")


def asked_for(world: World, call: Call) -> None:
    """A caller is to be called back on a number. Raises TooMany where they asked for many, or many for this one."""
    limits, caller = world.settings.policy.limits, call.caller_id or WITHHELD
    if not call.number:
        return
    most = limits.calls_withheld if call.withheld else limits.numbers_of_one
    _admit(world, call.number, [Limit("numbers", most, HOUR, caller)])
    if call.number != call.caller_id:  # whoever waits on their own number is never held back because of others
        _admit(world, caller, [Limit("callers", limits.callers_of_one, HOUR, call.number)])


def stranger_is_answered(world: World, sender: str, sid: str) -> bool:
    """Whether a stranger's text is answered: each once a day, and not too many in all."""
    if world.store.admit(sid, [Limit("stranger", 1, DAY, sender or WITHHELD)], world.now()):
        return False
    return not _full(world, sid, Limit("strangers", world.settings.policy.limits.strangers_answered, HOUR))


def texted(world: World, person: Person, sid: str) -> bool:
    """Whether a text of somebody on the roster is one too many."""
    limit = Limit("texts", world.settings.policy.limits.texts_of_one, TEN_MINUTES, person.id)
    return _full(world, sid, limit, person.id) is not None


def unknown_code(world: World, person: Person, sid: str) -> bool:
    """Whether an unknown code of somebody on the roster is one too many."""
    return _full(world, sid, Limit("codes", UNKNOWN_CODES, TEN_MINUTES, person.id), person.id) is not None


def missed_feed(world: World, address: str) -> float:
    """Somebody at this network address asked for a calendar that there is not. Returns the seconds to wait, 0 for none."""
    full = _full(world, secrets.token_hex(8), Limit("feeds", FEED_MISSES, TEN_MINUTES, address))
    return full.wait if full else 0.0


def met(world: World, kind: str, who: str = THE_LINE) -> None:
    """There was too much of something, and people are told; by somebody on the roster (id), or nobody knows by whom."""
    now = world.now()
    if world.store.first_time(f"met {kind}", "", MINUTE, now):
        world.store.met_abuse(kind, now)
    trail.note(world, who, ABUSE[kind].trail, within=HOUR)


def _admit(world: World, name: str, limits: Sequence[Limit]) -> None:
    full = world.store.admit(name, limits, world.now())
    if full:
        _refuse(world, full.limit.kind)


def _refuse(world: World, kind: str) -> None:
    met(world, kind)
    raise TooMany(kind=kind)


def _full(world: World, name: str, limit: Limit, who: str = THE_LINE) -> Full | None:
    full = world.store.admit(name, [limit], world.now())
    if full:
        met(world, limit.kind, who)
    return full
