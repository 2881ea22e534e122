"""`bridge backup` and `bridge restore`: the whole store as one file. Both work while the bridge runs."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from redis.exceptions import RedisError

from bridge import cli_world
from bridge.core.errors import BridgeError

HOLDS_NUMBERS = (
    "It holds callers' numbers and places, and goes on to hold those that the bridge erases from now on. Keep it where only "
    "you can read it, and delete it as soon as the next one is made."
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
    click.echo(f"{file} holds {len(picture.keys)} keys, with {_requests(picture.open)}, as of {picture.taken}.")
    click.echo(HOLDS_NUMBERS)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--replace", is_flag=True, help="Also where the store holds something: all of it is lost.")
def restore(*, file: Path, replace: bool) -> None:
    """Make the store what it was when FILE was written: all of it, or nothing. What is overdue by now is paged at once."""
    from bridge.store import backup as pictures

    with _store() as redis:
        picture = pictures.read(file)
        pictures.put(redis, picture, replace=replace)
        _compact(redis)
    click.echo(f"The store is as it was at {picture.taken} under {picture.release}, with {_requests(picture.open)}.")
    click.echo(f"{file} still holds callers' numbers: delete it when it is of no more use.")


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


def _compact(redis: Any) -> None:
    """What was replaced is to be gone from the disk too. The next erasure asks again."""
    try:
        redis.bgrewriteaof()
    except RedisError as error:
        click.echo(
            f"warning: what was replaced is still in the store's files: they were not rewritten ({type(error).__name__})."
        )


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"
