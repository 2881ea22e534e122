"""`bridge doctor`: whether everything is right that an operator must have right."""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import chain

import click

from bridge import cli_world
from bridge.doctor.findings import Found, Level
from bridge.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def doctor(*, as_json: bool) -> None:
    """Look at this machine, the store, and the number at the carrier, and say what is not as it must be.

    It changes nothing, and shows no secret. Run it as the user, and with the environment, of the bridge. Ends with 0 where
    nothing is bad, else with 1; what it cannot know is marked "by hand".
    """
    settings = cli_world.settings()
    found = _looked(settings)
    if as_json:
        every = list(found)
        click.echo(json.dumps({"well": not _ill(every), "found": [asdict(each) for each in every]}, indent=2))
    else:
        every = list(_told(found))
        click.echo(_sum(every))
    sys.exit(1 if _ill(every) else 0)


def _looked(settings: Settings) -> Iterator[Found]:
    from bridge.doctor import here, kept, line

    now = time.time()
    return chain(here.machine(settings, os.environ, now), kept.store(settings), line.accounts(settings, now))


def _told(found: Iterable[Found]) -> Iterator[Found]:
    """Each as soon as it is known: the carrier may take a while."""
    for each in found:
        click.echo(f"{each.level.value:<8} {each.about}: {each.said}" + (f". To do: {each.todo}" if each.todo else ""))
        yield each


def _ill(found: Iterable[Found]) -> bool:
    return any(each.level is Level.BAD for each in found)


def _sum(found: list[Found]) -> str:
    count = {level: sum(each.level is level for each in found) for level in Level}
    return f"{count[Level.BAD]} bad, {count[Level.WARN]} to think about, {count[Level.HAND]} to look at by hand."
