"""What commands need of a bridge that runs: its settings and its store, and what is said where they are not to be had."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
from redis.exceptions import AuthenticationError, RedisError

from bridge.actions.world import World
from bridge.core.errors import BadConfig, BridgeError
from bridge.settings import Settings, load

NOT_DONE = "The store does not answer, so nothing was changed. Start the bridge first."
REFUSED = "the store refuses us: look at the user and the password in REDIS_URL. Nothing can be promised or paged until then"
UNSURE = "The store stopped answering: it is not known whether this was done. Look at `{look}` before you try again."


def settings() -> Settings:
    """The settings. Ends the command where they have faults, which are named."""
    try:
        return load(os.environ)
    except BadConfig as error:
        sys.exit(str(error))


def trusted() -> Settings:
    """The settings, for a process that relies on the store. Ends the command where the operator's store is known to be able to
    lose what it has answered, and nobody has said that it may. One that does not answer is waited for while we run."""
    from bridge.store import connect, trust

    found = settings()
    if not found.redis_url:  # the embedded one is started by us, as it should be
        return found
    with closing(connect.once(found.redis_url)) as redis:
        try:
            known = trust.look(redis)
        except AuthenticationError:
            click.echo(f"warning: {REFUSED}", err=True)
            return found
        except (RedisError, OSError):
            return found
    if known.wrong and not found.may_lose:
        sys.exit(trust.refusal(known))
    for doubt in trust.doubts(known):
        click.echo(f"warning: {doubt}", err=True)
    return found


@contextmanager
def running(look: str) -> Iterator[World]:
    """The world of a running bridge; what goes wrong is said in one line. `look` is the command that shows what was done."""
    from bridge import wiring
    from bridge.store import connect

    found = settings()
    redis = connect.quick(wiring.store_url(found))
    try:
        redis.ping()
    except AuthenticationError:
        sys.exit(f"Nothing was changed: {REFUSED}.")
    except RedisError:
        sys.exit(NOT_DONE)
    try:
        keeper = wiring.timekeeper(found)
        yield wiring.world(found, redis, keeper.now, keeper)
    except BridgeError as error:
        sys.exit(str(error))
    except RedisError:
        sys.exit(UNSURE.format(look=look))
    finally:
        redis.close()


def mend(data: Path) -> None:
    """Cut the damaged files of the embedded store, and say what was lost."""
    from bridge.store import damage

    try:
        cut, copy = damage.mend(data)
    except damage.Runs:
        sys.exit("The store runs, so its files are left alone. Stop the bridge first.")
    for each in cut:
        click.echo(f"{each.file} was cut from {each.size} bytes to {each.readable}.")
    click.echo(f"The files as they were are kept in {copy}." if copy else "Nothing is damaged.")


def me() -> str:
    """Who types, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container that runs as a number
        return f"user {os.getuid()}"
