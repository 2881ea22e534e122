"""`bridge backup` and `bridge restore`: the whole store as one file. `bridge seal`: with which keys what is private is sealed.
All of them work while the bridge runs."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from redis.exceptions import RedisError

from bridge import cli_world
from bridge.actions import trail
from bridge.actions.world import World
from bridge.core.errors import BridgeError
from bridge.core.trail_words import restored

HOLDS_NUMBERS = (
    "It holds callers' numbers and places, and goes on to hold those that the bridge erases from now on. Keep it where only "
    "you can read it, and delete it as soon as the next one is made."
)
SEALED = (
    "Callers' numbers and places are sealed in it, and it goes on to hold those that the bridge erases from now on. Whoever "
    "restores it needs the keys that the bridge has now: keep them elsewhere. Delete the file as soon as the next one is made."
)
UNSEALED = "They are not sealed: BRIDGE_SEAL_KEYS says none, or `bridge seal --rotate` is still to be done."
OLD_KEYS = (
    "Once every process of the bridge has been started with these keys, the others can be taken out of BRIDGE_SEAL_KEYS. A "
    "backup that was made before still needs them: make a new one now, and delete that."
)
SHUT = (
    "What cannot be opened with any of these keys ({count}) is left as it is: do not take a key out of BRIDGE_SEAL_KEYS, and "
    "put the one that is missing behind the first."
)
AWAY = "The store does not answer, or refuses ({reason}). A backup was not made; a restore was done whole, or not at all."


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def backup(file: Path) -> None:
    """Write all that the store holds into FILE, as of one instant. The bridge may run meanwhile."""
    from bridge.actions import release
    from bridge.store import backup as pictures

    with _store() as redis:
        picture = pictures.take(redis, release.name(), time.time())
        pictures.save(file, picture)
        trail.note(_world(redis), cli_world.me(), "took a backup")
    click.echo(f"{file} holds {len(picture.keys)} keys, with {_requests(picture.open)}, as of {picture.taken}.")
    click.echo(f"{HOLDS_NUMBERS} {UNSEALED}" if _is_plain(picture) else SEALED)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--replace", is_flag=True, help="Also where the store holds something: all of it is lost.")
def restore(*, file: Path, replace: bool) -> None:
    """Make the store what it was when FILE was written: all of it, or nothing. What is overdue by now is paged at once."""
    from bridge import wiring
    from bridge.store import backup as pictures

    with _store() as redis:
        picture = pictures.read(file, wiring.seal(cli_world.settings()))
        before = _world(redis).books.head()
        pictures.put(redis, picture, replace=replace)
        _reseal(redis)  # an older release, or another key
        trail.note(_world(redis), cli_world.me(), restored(picture.taken, before))
        _compact(redis)
    click.echo(f"The store is as it was at {picture.taken} under {picture.release}, with {_requests(picture.open)}.")
    click.echo(f"{file} still holds callers' numbers: delete it when it is of no more use.")


@click.command()
@click.option("--rotate", is_flag=True, help="Seal anew, with the first key, what is sealed with another one, or not at all.")
def seal(*, rotate: bool) -> None:
    """Say with which keys places and numbers are sealed in the store.

    To change the key: put the new one first in BRIDGE_SEAL_KEYS, before a comma and the old ones; start every process of the
    bridge anew; then give this command with --rotate. Where the bridge runs on several machines put the new key last first of
    all, and start them anew: what one of them seals, each has to open."""
    from bridge import wiring
    from bridge.store import reseal

    with _store() as redis:
        if rotate:
            click.echo(f"{_documents(_reseal(redis))} sealed anew.")
            trail.note(_world(redis), cli_world.me(), "sealed everything anew")
            _compact(redis)  # what was sealed with the old key is to be gone from the disk too
        found = reseal.look(redis, wiring.seal(cli_world.settings()))
    click.echo(
        f"With the first key {_documents(found.first)} sealed, with another one {found.other}; "
        f"not sealed: {found.plain}, cannot be opened: {found.shut}, cannot be read: {found.unread}."
    )
    if found.shut:
        sys.exit(SHUT.format(count=found.shut))
    if rotate and not found.other:
        click.echo(OLD_KEYS)


@contextmanager
def _store() -> Iterator[Any]:
    """The store; what goes wrong is said in one line."""
    from bridge import wiring
    from bridge.store import connect

    redis = connect.at_length(wiring.store_url(cli_world.settings()))
    try:
        yield redis
    except BridgeError as error:
        sys.exit(str(error))
    except RedisError as error:
        sys.exit(AWAY.format(reason=type(error).__name__))
    except OSError as error:
        sys.exit(f"The file cannot be read or written: {error.strerror or type(error).__name__}.")
    finally:
        redis.close()


def _reseal(redis: Any) -> int:
    """Seal anew what is not sealed as it would be now. How many requests and calls those were."""
    from bridge import wiring
    from bridge.store import reseal

    world = _world(redis)
    return reseal.reseal(redis, world.store, wiring.seal(world.settings), world.now())


def _world(redis: Any) -> World:
    from bridge import wiring

    settings = cli_world.settings()
    keeper = wiring.timekeeper(settings)
    return wiring.world(settings, redis, keeper.now, keeper)


def _is_plain(picture: Any) -> bool:
    """Whether it holds a place or a number that is not sealed; what cannot be read may."""
    try:
        return bool(picture.plain)
    except ValueError:
        return True


def _compact(redis: Any) -> None:
    """What was replaced is to be gone from the disk too. The next erasure asks again."""
    try:
        redis.bgrewriteaof()
    except RedisError as error:
        click.echo(
            f"warning: what was replaced is still in the store's files: they were not rewritten ({type(error).__name__})."
        )


def _documents(count: int) -> str:
    return "1 request or call is" if count == 1 else f"{count} requests and calls are"


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"
