"""What commands need of a bridge that runs: its settings and its store, and what is said where they are not to be had."""

import getpass
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click
from redis.exceptions import AuthenticationError, RedisError

from bridge.actions.world import World
from bridge.core.errors import BadConfig, BridgeError
from bridge.settings import Settings, load

STARTS = 2.0  # seconds that the embedded store is given to start
LOOKS = 0.05  # seconds
NOT_DONE = "The store does not answer, so nothing was changed. Start the bridge first."
NOT_OURS = "{} belongs to somebody else on this machine, and the store would listen there: set BRIDGE_DATA to a shorter path."
REFUSED = "the store refuses us: look at the user and the password in REDIS_URL. Nothing can be promised or paged until then"
UNSURE = "The store stopped answering: it is not known whether this was done. Look at `{look}` before you try again."


def settings() -> Settings:
    """The settings. Ends the command where they have faults, which are named."""
    from bridge.store.server import is_ours, socket_path

    try:
        found = load(os.environ)
    except BadConfig as error:
        sys.exit(str(error))
    if not found.redis_url and not is_ours(found.data):
        sys.exit(NOT_OURS.format(socket_path(found.data).parent))
    return found


def trusted(*, wait: bool = False) -> Settings:
    """The settings, for a process that relies on the store. Ends the command where the operator's store is known to be able to
    lose what it has answered, or where requests in it cannot be opened with our keys, and nobody has said that requests may be
    lost. One that does not answer is waited for while we run. `wait`: the embedded one may be starting at this moment."""
    from bridge import wiring
    from bridge.store import connect

    found = settings()
    with closing(connect.once(wiring.store_url(found))) as redis:
        if wait and not found.redis_url:
            _wait_for(redis)
        try:
            _look_at(redis, found)
        except AuthenticationError:
            click.echo(f"warning: {REFUSED}", err=True)
        except (RedisError, OSError):
            return found
    return found


def _wait_for(redis: Any) -> None:
    """Give a store that starts beside us a moment: nobody has been promised anything by this process yet."""
    give_up = time.monotonic() + STARTS
    while time.monotonic() < give_up:
        try:
            redis.ping()
        except (RedisError, OSError):
            time.sleep(LOOKS)
        else:
            return


def _look_at(redis: Any, found: Settings) -> None:
    from bridge import wiring
    from bridge.store import trust

    if found.redis_url:  # the embedded one is started by us, as it should be
        known = trust.look(redis)
        _judge(found, trust.refusal(known) if known.wrong else "", trust.doubts(known))
    shut = trust.shut(redis, wiring.seal(found))
    if shut:
        _judge(found, trust.shut_refusal(shut, given=bool(found.seal_keys)), [trust.shut_doubt(shut)])


def _judge(found: Settings, refusal: str, doubts: list[str]) -> None:
    if refusal and not found.may_lose:
        sys.exit(refusal)
    for doubt in doubts:
        click.echo(f"warning: {doubt}", err=True)


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
