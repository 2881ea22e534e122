"""`bridge privacy`: what is held of callers now, here and at the carrier, and until when. It names nobody."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import click
from redis.exceptions import RedisError

from bridge import cli_world
from bridge.actions import sweep
from bridge.actions.world import World
from bridge.core import records
from bridge.core.errors import BridgeError
from bridge.core.model import Request
from bridge.core.records import RecordNews
from bridge.core.rota import local

STORE_AWAY = 2  # what the command ends with where the store does not answer
AWAY = "The store does not answer ({}): what is held cannot be told."
LATE = "Something is held that should have been gone a day after the call. Look at clock, workers and the carrier's account."
UNKNOWN = (
    "What this cannot know: for 30 days the carrier's own inspector shows what it asked us and what we answered, unless the "
    "account is in PCI mode; the telephone companies keep records of calls and texts; whoever was paged has the texts; and "
    "backups of the store hold, sealed, what was not erased when they were made."
)


@dataclass(frozen=True)
class Held:
    """What is held. Instants: seconds, UTC; None where nothing is. `carrier` counts the records of the line there by kind,
    where it was asked; `untold` are accounts that did not tell."""

    now: float
    requests: Mapping[str, int]
    next_erasure: float | None
    last_erasure: float | None
    overdue: int
    calls: int
    news: RecordNews
    sealed: bool
    files_owed_since: float | None
    carrier: Mapping[str, int] | None = None
    untold: tuple[str, ...] = ()

    @property
    def late(self) -> bool:
        """Whether something should have been gone a day ago."""
        return bool(self.overdue) or records.overdue(self.news, self.now)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--carrier", "ask", is_flag=True, help="Ask the carrier, too, how many records of the line it has now.")
def privacy(*, as_json: bool, ask: bool) -> None:
    """Tell what is held of callers now, here and at the carrier, and when it will be gone. Names nobody.

    Ends with 0, with 1 where something is held that should have been gone a day after the call, with 2 where the store does
    not answer.
    """
    from bridge.wiring import lookout

    cli_world.settings()
    try:
        world = lookout()
        held = _held(world, world.settings.seal_keys, ask=ask)
    except (RedisError, OSError) as error:
        click.echo(AWAY.format(type(error).__name__), err=True)
        sys.exit(STORE_AWAY)
    click.echo(json.dumps(_as_json(held), indent=2) if as_json else "\n".join(_lines(held)))
    sys.exit(1 if held.late else 0)


def _held(world: World, keys: tuple[str, ...], *, ask: bool) -> Held:
    now, requests, store = world.now(), world.store.requests(), world.store
    latest = [_gone_by(world, request) for request in requests]
    soon = [request.erase_at if request.erase_at is not None else _gone_by(world, request) for request in requests]
    counted, untold = _counted(world) if ask else (None, ())
    return Held(
        now=now,
        requests=Counter(request.state.value for request in requests),
        next_erasure=min(soon, default=None),
        last_erasure=max(latest, default=None),
        overdue=sum(at < now for at in latest),
        calls=store.calls_held(),
        news=store.record_news(now),
        sealed="none" not in keys,
        files_owed_since=store.files_owed_since(),
        carrier=counted,
        untold=untold,
    )


def _gone_by(world: World, request: Request) -> float:
    """At the latest."""
    return request.opened_at + world.settings.policy.keep_at_most if request.forget_by is None else request.forget_by


def _counted(world: World) -> tuple[Mapping[str, int] | None, tuple[str, ...]]:
    try:
        listing = sweep.listed(world)
    except BridgeError as error:
        return None, (type(error).__name__,)
    return dict.fromkeys(("text", "call", "queue"), 0) | Counter(each.kind for each in listing.found), listing.troubles


def _lines(held: Held) -> Iterator[str]:
    rows: tuple[tuple[str, Callable[[Held], str]], ...] = (
        ("requests", _requests),
        ("erased next", lambda held: _time(held.next_erasure, "nothing is to be erased")),
        ("all erased by", lambda held: _time(held.last_erasure, "nothing is to be erased")),
        ("calls going on", lambda held: str(held.calls)),
        ("place and number", lambda held: "sealed" if held.sealed else "not sealed: BRIDGE_SEAL_KEYS is none"),
        ("the store's files", _files),
        ("carrier's records", _records),
        ("kept by the carrier", _kept),
        ("last sweep", _swept),
        ("at the carrier now", _at_carrier),
    )
    yield from (f"{name:<20} {tell(held)}" for name, tell in rows)
    yield UNKNOWN
    if held.late:
        yield LATE


def _requests(held: Held) -> str:
    late = f", {held.overdue} of them for too long" if held.overdue else ""
    return (", ".join(f"{count} {state}" for state, count in sorted(held.requests.items())) or "none") + late


def _files(held: Held) -> str:
    return _time(
        held.files_owed_since, "hold nothing that was erased", "hold what was erased since {}: they are being rewritten"
    )


def _records(held: Held) -> str:
    if not held.news.waiting:
        return "none waits to be deleted"
    return f"{held.news.waiting} to be deleted, the oldest since {_time(held.news.oldest_at, '')}"


def _kept(held: Held) -> str:
    return ", ".join(f"{count} with error {code}" for code, count in sorted(held.news.kept.items())) or "none"


def _swept(held: Held) -> str:
    trouble = f"; since then not all was seen: {held.news.trouble}" if held.news.trouble else ""
    return _time(held.news.swept_at, "never") + (f", found {held.news.found}" if held.news.swept_at else "") + trouble


def _at_carrier(held: Held) -> str:
    if held.carrier is None:
        return f"not known: {', '.join(held.untold)}" if held.untold else "not asked (--carrier)"
    counted = ", ".join(f"{count} {kind}s" for kind, count in held.carrier.items())
    return counted + (f"; not told by {', '.join(held.untold)}" if held.untold else "")


def _time(at: float | None, otherwise: str, words: str = "{}") -> str:
    return otherwise if at is None else words.format(f"{local(at):%Y-%m-%d %H:%M:%S}")


def _as_json(held: Held) -> dict[str, object]:
    news = held.news
    return {
        "late": held.late,
        "requests": dict(held.requests),
        "requests_overdue": held.overdue,
        "next_erasure": held.next_erasure,
        "last_erasure": held.last_erasure,
        "calls": held.calls,
        "sealed": held.sealed,
        "files_owed_since": held.files_owed_since,
        "records": {
            "waiting": news.waiting,
            "oldest_at": news.oldest_at,
            "kept": {str(code): count for code, count in news.kept.items()},
            "swept_at": news.swept_at,
            "found": news.found,
            "trouble": news.trouble,
        },
        "carrier": None if held.carrier is None else dict(held.carrier),
        "untold": list(held.untold),
        "unknown": UNKNOWN,
    }
