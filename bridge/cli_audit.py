"""`bridge audit`: whether all that must be true is true, now. `bridge alarm-test`: whether alarms get out."""

import json
import sys
import time
from collections.abc import Sequence

import click
from redis.exceptions import RedisError

from bridge import cli_world
from bridge.actions import trail, watchman
from bridge.actions.world import World
from bridge.core.findings import Facts, Finding
from bridge.core.invariants import INVARIANTS

STORE_AWAY = 2  # what the command ends with where the store does not answer
AWAY = "The store does not answer ({}): nothing can be promised or paged. Start it, or the network to it."
NO_ROUTE = "No route is set: give BRIDGE_ALARM_WEBHOOK, or BRIDGE_ALARM_SMTP, BRIDGE_ALARM_MAIL_FROM and BRIDGE_ALARM_MAIL_TO."
NOT_OUT = "Nobody took it: what is above says why. Look at the addresses, and whether this machine may connect there."
TEST = "This is a test. Whoever reads it would have been told that the bridge needs help. Nothing has to be done."


@click.command()
@click.option("--repair", is_flag=True, help="Mend what is safe to mend, then look again.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def audit(*, repair: bool, as_json: bool) -> None:
    """Check whether all that must be true of requests, messages and parts of the bridge is true now.

    It looks at the store, as the watchman does every few seconds; what people did is told by bridge audit-log, and at
    the board under /audit. Ends with 0 where all is well, 1 where something was found (and still stands), 2 where the store
    does not answer.
    """
    from bridge.wiring import lookout

    cli_world.settings()
    try:
        now, facts, mended = _looked(lookout(), repair=repair)
    except (RedisError, OSError) as error:
        click.echo(AWAY.format(type(error).__name__), err=True)
        sys.exit(STORE_AWAY)
    found = {each.name: list(each.look(facts, now)) for each in INVARIANTS}
    click.echo(_json(facts, found, mended) if as_json else _table(facts, found, mended))
    sys.exit(1 if any(found.values()) else 0)


def _looked(world: World, *, repair: bool) -> tuple[float, Facts, list[Finding]]:
    now, facts, mended = world.now(), watchman.facts(world), list[Finding]()
    if repair:
        mended = watchman.mend(world, [finding for each in INVARIANTS for finding in each.look(facts, now)])
        if mended:
            trail.note(world, cli_world.me(), f"mended what the watchman found: {len(mended)}")
        now, facts = world.now(), watchman.facts(world)
    return now, facts, mended


def _table(facts: Facts, found: dict[str, list[Finding]], mended: Sequence[Finding]) -> str:
    wide = max(len(each.says) for each in INVARIANTS)
    lines = [f"{'what must be true':<{wide}}  looked at  found"]
    for each in INVARIANTS:
        count = len(found[each.name])
        lines.append(f"{each.says:<{wide}}  {each.count(facts):>9}  {count or 'none'}")
        lines += [f"  {'! ' if one.grave else '- '}{one.words}. {_todo(one)}" for one in found[each.name]]
    lines += [f"mended: {each.words}" for each in mended]
    total = sum(map(len, found.values()))
    return "\n".join([*lines, f"{total} found." if total else "All is well."])


def _todo(finding: Finding) -> str:
    return f"To mend it ({finding.repair.how.value}): bridge audit --repair" if finding.repair else finding.todo


def _json(facts: Facts, found: dict[str, list[Finding]], mended: Sequence[Finding]) -> str:
    told = [
        {
            "name": each.name,
            "says": each.says,
            "looked_at": each.count(facts),
            "findings": [_told(one) for one in found[each.name]],
        }
        for each in INVARIANTS
    ]
    return json.dumps({"well": not any(found.values()), "invariants": told, "mended": [_told(one) for one in mended]}, indent=2)


def _told(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.id,
        "words": finding.words,
        "todo": finding.todo,
        "grave": finding.grave,
        "repair": finding.repair.how.value if finding.repair else None,
    }


@click.command("alarm-test")
def alarm_test() -> None:
    """Send one alarm by every route that is set, and say whether it got out."""
    from bridge.alarms import RoutedAlarms

    routes = cli_world.settings().alarms
    if not routes.any:
        sys.exit(NO_ROUTE)
    taken = RoutedAlarms(routes, time.time).send("Bridge: a test of the alarms", TEST)
    for name, trouble in taken.items():
        click.echo(f"{name}: {trouble or 'taken'}", err=bool(trouble))
    if any(taken.values()):
        sys.exit(NOT_OUT)
