"""`bridge oncall` and `bridge rota`: who has which region, and changing it, from the server's own terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import click
import structlog
from redis.exceptions import RedisError

from bridge import cli_world
from bridge.actions import changes, plan, reachable
from bridge.actions.world import World
from bridge.core.board_words import length, moment, zone
from bridge.core.errors import BadTime, BridgeError
from bridge.core.model import Channel
from bridge.core.oncall import DAY, SAID_RANK, Gap, Outlook, Post, wall_clock
from bridge.core.rota import DISPATCH, RANKS, local
from bridge.settings import Settings

VIA = "command"
FILES_ONLY = "The store does not answer: files only, without the changes and the calendars that it keeps."
GAP = "GAP: nobody"


class Instant(click.ParamType[float]):
    """A date and time by the wall clock in Alabama, or "now": seconds, UTC."""

    name = "time"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Refuses what is no date and time, and says how one is written."""
        if isinstance(value, float):
            return value
        try:
            return time.time() if value == "now" else wall_clock(value)
        except BadTime as error:
            self.fail(str(error), param, ctx)


FROM = click.option("--from", "start", type=Instant(), default="now", help="When it begins; else now.")
UNTIL = click.option("--until", "end", type=Instant(), required=True, help="When it ends.")
WHO = click.option("--who", required=True, help='A person\'s id in roster.toml, such as "boyd".')


@click.command()
@click.option("--region", help='Only this one, such as "D".')
@click.option("--at", "instant", type=Instant(), default="now", help='Another instant, such as "2026-11-27 18:00".')
@click.option("--days", type=click.IntRange(1, 366), help="The shifts of so many days, one by one.")
def oncall(region: str | None, instant: float, days: int | None) -> None:
    """Who is on call: now, at an instant, or day by day. All times are Alabama time; where nobody is, there is a GAP."""
    seen = _outlook(cli_world.settings(), instant, region)
    click.echo(f"{_dated(instant)} {zone(instant)}, Alabama time")
    for line in _shifts(seen, days) if days else _posts(seen):
        click.echo(line)
    for line in _gaps(seen, days or 90):
        click.echo(line)


@click.group()
def rota() -> None:
    """Change who is on call, and see who did. All times are Alabama time, written as "2026-11-27 18:00"."""


@rota.command()
@click.option("--region", required=True, help='Such as "D".')
@click.option("--rank", type=click.Choice(RANKS), default=RANKS[0], show_default=True)
@WHO
@FROM
@UNTIL
def override(region: str, rank: str, who: str, start: float, end: float) -> None:
    """Have somebody take a region, whatever else is planned."""
    with _world() as world:
        made = changes.add_override(world, region, rank, who, start, end, cli_world.me(), VIA)
        where = f"{world.settings.regions[region].name}, {SAID_RANK[rank]}"
        click.echo(f"{made.id}: {_name(world, who)} has {where}, {_dated(made.start)} to {_dated(made.end)}.")


@rota.command()
@WHO
@FROM
@UNTIL
def leave(who: str, start: float, end: float) -> None:
    """Have nobody page a person for a while."""
    with _world() as world:
        made = changes.add_leave(world, who, start, end, cli_world.me(), VIA)
        click.echo(f"{made.id}: {_name(world, who)} is off, {_dated(made.start)} to {_dated(made.end)}.")
        seen = replace(plan.outlook_of(world), now=max(made.start, world.now()))
        for line in _gaps(seen, (made.end - seen.now) / DAY, quiet=True):
            click.echo(line)


@rota.command()
@click.argument("change")
def cancel(change: str) -> None:
    """End an override or leave; its name stands in `bridge rota list`."""
    with _world() as world:
        gone = changes.cancel(world, change, cli_world.me(), VIA)
        click.echo(f"Cancelled: {_name(world, gone.who)}, {_dated(gone.start)} to {_dated(gone.end)}.")


@rota.command("list")
def list_changes() -> None:
    """Overrides and leave that hold now or will."""
    with _world() as world:
        for change in plan.changes_of(world):
            what = "is off" if change.what == "off" else f"has {change.what}"
            name = "roster.toml" if change.fixed else change.id
            by = "" if change.fixed else f" (by {change.by})"
            click.echo(f"{name:<12} {change.who} {what}, {_dated(change.start)} to {_dated(change.end)}{by}")


@rota.command()
@click.option("--last", type=click.IntRange(1, 20_000), default=50, show_default=True, help="How many.")
def log(last: int) -> None:
    """Who changed what, newest first."""
    with _world() as world:
        for entry in plan.entries(world, last):
            click.echo(f"{_dated(entry.at)}  {entry.by} ({entry.via})  {entry.what}")


@rota.command()
@click.argument("people", nargs=-1, metavar="[PERSON]...")
@click.option("--all", "everybody", is_flag=True, help="Everybody on the roster.")
@click.option(
    "--by", "channel", type=click.Choice([str(each) for each in Channel]), help="Else by text, or by call to a landline."
)
def verify(people: tuple[str, ...], everybody: bool, channel: str | None) -> None:
    """Send people a code, to prove that their number reaches them. They text it back, or key it in."""
    if bool(people) == everybody:
        raise click.UsageError("Name the people, by their ids in roster.toml, or say --all.")
    with _world() as world:
        known = [person for person in world.settings.roster.people if person != DISPATCH]
        failed = [person for person in (known if everybody else people) if not _asked(world, person, channel)]
    if failed:
        sys.exit(f"No code was sent to: {', '.join(failed)}.")


@rota.command()
def drill() -> None:
    """Send everybody on duty now a code: whoever does not give it back stands on the page of the rota an hour later."""
    with _world() as world:
        asked = reachable.drill(world, cli_world.me(), VIA)
        for person, channel in asked:
            click.echo(f"{person.name}: a code goes out by {channel}.")
        if not asked:
            click.echo("Nobody was asked: nobody is on duty, or everybody was asked just now.")


@rota.command()
@click.option("--replace", "stale", metavar="CALENDAR", help='Give this one a new address, such as "region D".')
def feeds(stale: str | None) -> None:
    """The calendars to subscribe to, and their addresses. Whoever knows an address can read that calendar."""
    with _world() as world:
        if stale:
            plan.replace_address(world, stale, cli_world.me(), VIA)
        for feed in plan.feeds(world, world.rota.live()[0]):
            if stale in (None, feed.name):
                click.echo(f"{feed.name:<16} {feed.address}")


def _asked(world: World, person: str, channel: str | None) -> bool:
    known = world.settings.roster.people.get(person)
    try:
        by = Channel(channel) if channel else world.context.channel(known, Channel.TEXT) if known else Channel.TEXT
        reachable.ask_for_proof(world, person, by, cli_world.me(), VIA)
    except BridgeError as error:
        click.echo(f"{person}: {error}", err=True)
        return False
    click.echo(f"{_name(world, person)}: a code goes out by {by}.")
    return True


def _world() -> AbstractContextManager[World]:
    return cli_world.running("bridge rota log")


def _outlook(settings: Settings, instant: float, region: str | None) -> Outlook:
    """The rota as it is seen from the instant: by the store where it answers, else by the files, which is said."""
    from bridge import wiring
    from bridge.store import connect

    if region is not None and region not in settings.regions:
        sys.exit(f"There is no region {region}. Write one of {', '.join(settings.regions)}.")
    regions = tuple(each for each in settings.regions.values() if region in (None, each.id))
    redis = connect.quick(wiring.store_url(settings))
    try:
        seen = plan.outlook_of(wiring.world(settings, redis, time.time))
    except (RedisError, ValueError) as error:
        structlog.get_logger(__name__).debug("the store does not answer", error=type(error).__name__)
        click.echo(FILES_ONLY, err=True)
        seen = Outlook(settings.roster, regions, instant)
    finally:
        redis.close()
    return replace(seen, regions=regions, now=instant)


def _posts(seen: Outlook) -> Iterator[str]:
    posts = seen.posts()
    wide = max(len(post.name) for post in posts)
    for post in posts:
        yield f"{post.name:<{wide}}  {SAID_RANK[post.rank]:<7}  {_who(post.who)}, {_until(post, seen.now)}{_doubts(post)}"


def _until(post: Post, now: float) -> str:
    if post.until is None:
        return "for 90 days and more"
    return f"until {moment(post.until, now)}, then {_who(post.then)}"


def _doubts(post: Post) -> str:
    return f" [{', '.join(post.troubles)}]" if post.troubles else ""


def _shifts(seen: Outlook, days: int) -> Iterator[str]:
    people = seen.roster.people
    for region in seen.regions:
        for rank in RANKS:
            yield f"{region.name}, {SAID_RANK[rank]}"
            for shift in seen.roster.shifts(region.id, rank, seen.now, seen.now + days * DAY):
                who = people[shift.who].name if shift.who else ""
                yield f"  {_dated(shift.start)} to {_dated(shift.end)}  {_who(who)}"


def _gaps(seen: Outlook, days: float, *, quiet: bool = False) -> Iterator[str]:
    """Every gap, a line each, under a line that says how many; where there is none, that, unless `quiet`."""
    found = seen.gaps(ahead=days * DAY)
    if found:
        yield click.style(f"{len(found)} gap{'' if len(found) == 1 else 's'} within {length(days * DAY)}:", fg="red", bold=True)
        yield from (f"  {_gap(gap, seen.now, seen.now + days * DAY)}" for gap in found)
    elif not quiet:
        yield f"No gap within {length(days * DAY)}."


def _gap(gap: Gap, now: float, end: float) -> str:
    start, over = gap.start or now, gap.end or end
    said = f"{gap.name}, {SAID_RANK[gap.rank]}, {_dated(start)} to {_dated(over)} ({length(over - start)})"
    return f"{click.style('GAP', fg='red', bold=True)}  {said}"


def _who(name: str) -> str:
    return name or click.style(GAP, fg="red", bold=True)


def _dated(at: float) -> str:
    there = local(at)
    return f"{there:%a %b} {there.day} {there:%Y %H:%M}"


def _name(world: World, person: str) -> str:
    known = world.settings.roster.people.get(person)
    return known.name if known else person
