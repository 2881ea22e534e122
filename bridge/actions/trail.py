"""The audit trail, beside what is done: notes of what has happened anyway, and what the clock does for the trail itself.

Once a day the whole trail is read: people are told where it does not hold, its end is written into the log (which stands
elsewhere, so that a tail that was cut off shows against it), and what was kept long enough is trimmed.
"""

import getpass
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import structlog

from bridge.actions import release
from bridge.actions.world import World
from bridge.core import chain
from bridge.core.chain import Checked, Head, Verdict
from bridge.core.trail import Act

log = structlog.get_logger(__name__)

EVERY = 24 * 3600.0  # seconds between looks at the whole trail
PATIENCE = 600.0  # seconds after which another clock looks, where the one that began has not come to an end
FILES = ("regions.toml", "roster.toml", "policy.toml", "wording.toml", "users.toml")
CLOCK, START = "clock", "start"
MENDED = "store-damaged-*"  # the copies that `bridge store --mend` leaves in the data directory: it has no store to write to
BROKEN = "Bridge: the audit trail does not hold"
WHAT_NOW = "Entries were changed, removed or put in, or the store lost some. Run: bridge audit-log --verify"


def note(world: World, by: str, what: str, code: str = "", *, within: float = 0.0) -> None:
    """Write down what has happened, in fixed words (see core/trail_words.py). It stands, whether that succeeds or not.

    What may happen in floods is counted `within` so many seconds: see `Books.record_often`."""
    act = Act(world.now(), by, what, code)
    try:
        if within:
            world.books.record_often(act, within)
        else:
            world.books.record(act)
    except Exception as error:  # noqa: BLE001  whatever the reason, it has happened
        log.error("act not written down", error=type(error).__name__)  # noqa: TRY400


def operator() -> str:
    """Who types commands, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container that runs as a number
        return f"user {os.getuid()}"


def tend(world: World) -> None:
    """What was counted is written down, and once a day the trail is looked at and trimmed. Raises what the store raises."""
    now = world.now()
    world.books.settle_counts(now)
    last = world.books.checked()
    if last and 0 <= now - last.daily_at < EVERY:
        return
    if world.accounts.take("trail", 1, PATIENCE, now):  # another clock looks
        return
    verdict = look(world, daily=True).verdict
    if verdict.holds:
        world.books.trim(now - world.settings.policy.keep_audit, CLOCK, now)
    else:
        world.alarms.tell(BROKEN, "\n".join((*verdict.faults, WHAT_NOW)))
    head = world.books.head()
    log.info("audit head", n=head.n, hash=head.hash)


def look(world: World, *, daily: bool = False) -> Checked:
    """Read the whole trail, and keep for others how it was found. Where it ended the last time, it has to go on."""
    last, (first, _, _) = world.books.checked() or Checked(0.0, Verdict((), 0, Head())), world.books.export()
    head, now = last.verdict.head, world.now()
    verdict = world.books.check(expected={head.n: head.hash} if head.n > first.n else {})
    found = Checked(now, verdict, now if daily else last.daily_at)
    world.books.keep_checked(found)
    if not verdict.holds:
        log.error("the audit trail does not hold", faults=len(verdict.faults), n=verdict.head.n)
    return found


def begin(world: World) -> None:
    """Write down what has changed since the bridge last began: the files, the accounts, the secret, the release; and that the
    store's files were cut meanwhile. Each change is written down once, whichever process sees it first."""
    for name, value, first, changed in _states(world):
        was = world.books.mark(name)
        if was != value:
            world.books.record_change(Act(world.now(), START, changed if was else first), name, value)


def _states(world: World) -> Iterator[tuple[str, str, str, str]]:
    """What may change between two starts: a name, how it is now, and what to write down the first time, and then."""
    for file in FILES:
        yield file, _digest(world.settings.config / file), *_seen(f"the configuration was {{}}: {file}")
    accounts = repr([(each.name, each.sid, each.line, each.base_url) for each in world.settings.accounts])
    yield "accounts", _short(accounts.encode()), *_seen("the accounts at the carrier were {}")
    yield "secret", chain.key_of(world.settings.secret_key).name, *_seen("the secret was {}")
    began = f"the release {release.name()} began"
    yield "release", release.name(), began, began
    copies = sorted(world.settings.data.glob(MENDED), key=lambda path: (len(path.name), path.name))
    if copies:
        yield "mended", copies[-1].name, "cut a damaged file of the store", "cut a damaged file of the store"


def _seen(words: str) -> tuple[str, str]:
    return words.format("first seen"), words.format("changed")


def _digest(path: Path) -> str:
    return _short(path.read_bytes())


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
