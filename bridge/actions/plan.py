"""What a dispatcher sees of the rota, and the addresses of its calendars."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.actions import changes, reachable
from bridge.actions.world import World
from bridge.core.copies import complaint
from bridge.core.errors import UnknownFeed
from bridge.core.feeds import feed_address, feed_names, replace_feed
from bridge.core.ledger import CalendarCopy, Entry, Ledger, Swap
from bridge.core.oncall import SAID_RANK, Change, Gap, Outlook, Post, Track, days
from bridge.core.rota import RANKS, local

LOG_SHOWN = 50  # entries
TABLE = 7  # days


@dataclass(frozen=True)
class Calendar:
    """A calendar that is kept elsewhere: what it is for, when its copy was made (seconds, UTC), and what is wrong with it."""

    name: str
    what: str
    fetched_at: float
    fault: str


@dataclass(frozen=True)
class Feed:
    """A calendar that we give out, and its address, which is a secret."""

    name: str  # "region D", "person boyd"
    label: str
    address: str


@dataclass(frozen=True)
class Part:
    """What somebody takes over in a swap: "Region D, on call", from when until when (seconds, UTC)."""

    what: str
    who: str
    start: float
    end: float


@dataclass(frozen=True)
class Offer:
    """A swap that one has asked of another, who may agree until `expires_at` (seconds, UTC). Until then nothing has changed."""

    id: str
    asker: str
    other: str
    made_at: float
    expires_at: float
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Plan:
    """All that the page of the rota shows, as it stands at `now` (seconds, UTC). `version`: see there."""

    version: str
    now: float
    posts: tuple[Post, ...]
    midnights: tuple[float, ...]
    tracks: tuple[Track, ...]
    gaps: tuple[Gap, ...]
    changes: tuple[Change, ...]
    offers: tuple[Offer, ...]  # swaps that wait for an answer
    doubts: tuple[tuple[str, tuple[str, ...]], ...]  # (name, why this person may not be reached)
    calendars: tuple[Calendar, ...]
    feeds: tuple[Feed, ...]
    entries: tuple[Entry, ...]  # newest first; `by` is a name


def look(world: World) -> Plan:
    """The whole page. Raises what the store raises when it does not answer."""
    seen = version(world)  # before all else: what changes meanwhile makes the page old, and is not taken for shown
    ledger, copies = world.rota.live()
    outlook, now = outlook_of(world), world.now()
    return Plan(
        version=seen,
        now=now,
        posts=outlook.posts(),
        midnights=tuple(days(now, TABLE)[:-1]),
        tracks=outlook.tracks(TABLE),
        gaps=outlook.gaps(),
        changes=outlook.changes(_in_the_files(world)),
        offers=tuple(_offer(world, swap) for swap in _open(ledger, now)),
        doubts=tuple((_name(world, person), why) for person, why in outlook.troubles.items()),
        calendars=_calendars(world, copies, now),
        feeds=tuple(feeds(world, ledger)),
        entries=entries(world, LOG_SHOWN),
    )


def version(world: World) -> str:
    """A short name for what the page of the rota says: another one as soon as anything of it but an age has changed, be it that
    somebody has changed it, that a shift has begun, or that a day has. The same in every process."""
    now, outlook, (ledger, copies) = world.now(), outlook_of(world), world.rota.live()
    roster = outlook.roster
    said = (
        ledger.version,
        f"{local(now):%Y-%m-%d}",
        [getattr(roster.on_duty(region, rank, now), "id", "") for region in world.settings.regions for rank in RANKS],
        [change.id for change in outlook.changes() if change.start > now],
        [change.id for change in outlook.changes()],
        [swap.id for swap in _open(ledger, now)],
        sorted(outlook.troubles.items()),
        [(each.name, bool(each.fault)) for each in _calendars(world, copies, now)],
        [roster.people, roster.duties, roster.state, roster.bookings, [*world.settings.regions.values()]],
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def outlook_of(world: World) -> Outlook:
    """The rota as it is seen now, with what is known of everybody's telephone."""
    return Outlook(world.roster, tuple(world.settings.regions.values()), world.now(), troubles(world))


def troubles(world: World) -> Mapping[str, tuple[str, ...]]:
    """Why a person may not be reached, by id."""
    return {standing.person: standing.why for standing in reachable.standing(world)}


def changes_of(world: World) -> tuple[Change, ...]:
    """Every override and leave that holds now or will."""
    return outlook_of(world).changes(_in_the_files(world))


def entries(world: World, limit: int) -> tuple[Entry, ...]:
    """The latest changes of the rota, newest first, with names for ids."""
    return tuple(Entry(each.at, _name(world, each.by), each.via, each.what) for each in world.rota.entries(limit))


def feeds(world: World, ledger: Ledger) -> list[Feed]:
    """Every calendar that we give out."""
    s = world.settings
    return [
        Feed(name, _label(world, name), feed_address(s.public_url, s.secret_key, ledger, name))
        for name in feed_names(s.regions, s.roster.people)
    ]


def replace_address(world: World, feed: str, by: str, via: str) -> Feed:
    """Give a calendar a new address; the old one is worth nothing from now on. Raises UnknownFeed, RotaConflict."""
    known = feed_names(world.settings.regions, world.settings.roster.people)
    if feed not in known:
        raise UnknownFeed(feed=feed, known=", ".join(known))
    what = f"replaced the address of the calendar of {_label(world, feed)}"
    changes.change(world, lambda ledger, now: replace_feed(ledger, feed), by, via, what)
    return next(each for each in feeds(world, world.rota.live()[0]) if each.name == feed)


def _open(ledger: Ledger, now: float) -> list[Swap]:
    """The offers that can still be agreed to, the first to expire first."""
    return sorted((swap for swap in ledger.swaps if now < swap.expires_at), key=lambda swap: (swap.expires_at, swap.id))


def _offer(world: World, swap: Swap) -> Offer:
    regions = world.settings.regions
    parts = (
        Part(
            f"{regions[each.region].name if each.region in regions else each.region}, {SAID_RANK.get(each.rank, each.rank)}",
            _name(world, each.who),
            each.start,
            each.end,
        )
        for each in swap.overrides
    )
    names = _name(world, swap.asker), _name(world, swap.other)
    return Offer(swap.id, *names, made_at=swap.made_at, expires_at=swap.expires_at, parts=tuple(parts))


def _in_the_files(world: World) -> frozenset[str]:
    roster = world.settings.roster
    return frozenset(each.id for each in roster.overrides) | {each.id for each in roster.leaves}


def _calendars(world: World, copies: tuple[CalendarCopy, ...], now: float) -> tuple[Calendar, ...]:
    regions, kept = world.settings.regions, {copy.name: copy for copy in copies}
    found = []
    for source in world.settings.calendars:
        copy = kept.get(source.name)
        what = f"{regions[source.region].name}, {SAID_RANK[source.rank]}"
        found.append(Calendar(source.name, what, copy.fetched_at if copy else 0.0, complaint(copy, now)))
    return tuple(found)


def _label(world: World, feed: str) -> str:
    kind, _, who = feed.partition(" ")
    return world.settings.regions[who].name if kind == "region" else _name(world, who)


def _name(world: World, person: str) -> str:
    known = world.settings.roster.people.get(person)
    return known.name if known else person
