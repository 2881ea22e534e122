"""`bridge audit-log`: who did what; shown, exported, and verified, also from a file."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import click
from redis.exceptions import RedisError

from bridge import cli_world
from bridge.actions import trail
from bridge.actions.world import World
from bridge.core import chain, chain_file
from bridge.core.chain import Link, Verdict
from bridge.core.errors import BadConfig, BadTime, BadTrailFile
from bridge.core.oncall import wall_clock
from bridge.core.rota import local
from bridge.settings import load

STORE_AWAY = 2  # what the command ends with where the store does not answer
AWAY = "The store does not answer ({}), so the audit trail cannot be read."
EMPTY = "The trail is empty. A bridge that has ever run has written into it: what stood there was removed, or nothing ran yet."
UNKNOWN = (
    "{count} of them were written with another secret, so that it is not known whether those were changed: "
    "give that secret with --secret-file."
)
UNCOVERED = "{count} entries of an older release that runs beside are not covered yet: the next entry covers them."
SLACK = 7200.0  # seconds: entries are in the order in which they were written, and a clock may have been set back


@dataclass(frozen=True)
class Wanted:
    """Which entries: from `since` until before `until` (seconds, UTC; None for open), of somebody, about a request."""

    since: float | None
    until: float | None
    by: str
    code: str

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Wanted(None, None, "", "")

    def fits(self, link: Link) -> bool:
        """Whether this entry is wanted."""
        after = self.since is None or link.act.at >= self.since
        before = self.until is None or link.act.at < self.until
        return after and before and self.by in ("", link.act.by) and self.code in ("", link.act.code)


class Instant(click.ParamType[float]):
    """A day, or a date and time, by the wall clock in Alabama: seconds, UTC."""

    name = "time"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Refuses what is no date and time, and says how one is written."""
        try:
            return value if isinstance(value, float) else wall_clock(value)
        except BadTime as error:
            self.fail(str(error), param, ctx)


class Expected(click.ParamType[tuple[int, str]]):
    """The end of a trail as it was written down: "812:9f3c…"."""

    name = "n:hash"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, str]:
        """Refuses what is no number and hash."""
        n, _, hash_ = str(value).strip().partition(":")
        if not (n.isascii() and n.isdecimal() and len(n) < 12 and len(hash_) == 64):
            self.fail('write it as --head prints it, and the log: the number, ":" and the 64 digits of the hash', param, ctx)
        return int(n), hash_.lower()


@click.command("audit-log")
@click.argument("file", required=False, type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--since", type=Instant(), help='Only from then on: "2026-11-01" or "2026-11-01 18:00", Alabama time.')
@click.option("--until", type=Instant(), help="Only before then.")
@click.option("--by", default="", help="Only what this user did.")
@click.option("--code", default="", help="Only what was done to the request with this code.")
@click.option("--json", "as_json", is_flag=True, help="Export it: lines that --verify FILE can look at without the store.")
@click.option("--csv", "as_csv", is_flag=True, help="Export it as a table, which cannot be verified.")
@click.option("--verify", is_flag=True, help="Whether nothing was changed, removed or put in: of the store, or of FILE.")
@click.option("--expect", type=Expected(), multiple=True, help="N:HASH, an end that was written down: it must still be there.")
@click.option("--secret-file", type=click.Path(dir_okay=False, exists=True, path_type=Path), multiple=True,
              help="A file with a secret (BRIDGE_SECRET_KEY) that entries were written with.")  # fmt: skip
@click.option("--head", is_flag=True, help="Where the trail ends, as N:HASH, to be kept elsewhere and given to --expect.")
def audit_log(  # noqa: PLR0917
    file: Path | None, since: float | None, until: float | None, by: str, code: str, as_json: bool, as_csv: bool,
    verify: bool, expect: tuple[tuple[int, str], ...], secret_file: tuple[Path, ...], head: bool,
) -> None:  # fmt: skip
    """Who did what: at the board, at the log-in, by command, to the rota; oldest first. Nothing of a caller is in it.

    Ends with 0 where all is well, 1 where --verify has found something, 2 where the store does not answer. Whether all is well
    with requests and messages is another command: bridge audit.
    """
    if sum((as_json, as_csv, verify, head)) > 1:
        raise click.UsageError("Choose one of --json, --csv, --verify and --head.")
    if (file or expect or secret_file) and not verify:
        raise click.UsageError("FILE, --expect and --secret-file go with --verify.")
    wanted = Wanted(since, until, by, code)
    if verify:
        if not wanted.everything:
            raise click.UsageError("--verify looks at the whole trail: leave --since, --until, --by and --code out.")
        sys.exit(_verify(file, dict(expect), [_secret(path) for path in secret_file]))
    try:
        _show(_world(), wanted, "head" if head else "json" if as_json else "csv" if as_csv else "")
    except (RedisError, OSError) as error:
        click.echo(AWAY.format(type(error).__name__), err=True)
        sys.exit(STORE_AWAY)


def _show(world: World, wanted: Wanted, how: str) -> None:
    if how == "head":
        end = world.books.head()
        return click.echo(f"{end.n}:{end.hash}")
    if how:  # before it is read: the export holds that it was made
        trail.note(world, cli_world.me(), "downloaded the audit trail")
    for line in _lines(world, wanted, how):
        click.echo(line)


def _lines(world: World, wanted: Wanted, how: str) -> Iterator[str]:
    key = chain.key_of(world.settings.secret_key)
    if how == "json" and wanted.everything:
        older, (base, head, lines) = world.books.older(), world.books.export()
        return chain_file.written(base, head, older, lines, key)
    found = _found(world, wanted)
    if how == "json":
        return chain_file.some_written([link for link in found if link.n > 0], key)
    return chain_file.table(found) if how == "csv" else _table(found)


def _found(world: World, wanted: Wanted) -> list[Link]:
    """What is wanted, oldest first."""
    books = world.books
    newest = None if wanted.until is None else books.nearest(wanted.until + SLACK)
    reaches = (wanted.since or 0.0) - SLACK
    links = takewhile(lambda link: link.n <= 0 or link.act.at >= reaches, books.links(newest))
    return [link for link in links if wanted.fits(link)][::-1]


def _table(links: Sequence[Link]) -> Iterator[str]:
    wide = max((len(link.act.by) for link in links), default=0)
    for link in links:
        there, n = local(link.act.at), link.n if link.n > 0 else "-"
        yield f"{n:>7}  {there:%Y-%m-%d %H:%M:%S %Z}  {link.act.by:<{wide}}  {link.act.what}{_about(link)}"


def _about(link: Link) -> str:
    return f" ({link.act.code})" if link.act.code else ""


def _verify(file: Path | None, expected: Mapping[int, str], secrets: Sequence[str]) -> int:
    """Says what does not fit, and returns what the command ends with."""
    try:
        verdict = _of_file(file, expected, secrets) if file else _world().books.check(secrets, expected)
    except BadTrailFile as error:
        sys.exit(str(error))
    except RedisError as error:
        click.echo(AWAY.format(type(error).__name__), err=True)
        return STORE_AWAY
    except (OSError, UnicodeError) as error:
        sys.exit(f"The file cannot be read: {type(error).__name__}.")
    for line in _told(verdict, file):
        click.echo(line)
    return 0 if verdict.holds and not verdict.unknown and (verdict.head.n or file) else 1


def _told(verdict: Verdict, file: Path | None) -> Iterator[str]:
    yield from (f"! {fault}" for fault in verdict.faults)
    if not verdict.head.n and not file:
        yield EMPTY
        return
    yield f"{verdict.count} entries, up to {verdict.head.n}:{verdict.head.hash}"
    if verdict.unknown:
        yield UNKNOWN.format(count=verdict.unknown)
    if verdict.uncovered:
        yield UNCOVERED.format(count=verdict.uncovered)
    yield "The trail holds." if verdict.holds and not verdict.unknown else "The trail does not hold, or cannot be known to."


def _of_file(file: Path, expected: Mapping[int, str], secrets: Sequence[str]) -> Verdict:
    """A file is verified with the secrets that were given, and with that of the bridge where there is one here."""
    lines = file.read_text(encoding="utf-8").strip("\n").split("\n")
    try:
        ours = [load(os.environ).secret_key] if not secrets else []
    except BadConfig as error:
        sys.exit(str(error))
    return chain_file.verified(lines, [chain.key_of(secret) for secret in (*ours, *secrets)], expected)


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape").strip()
    except OSError as error:
        sys.exit(f"The secret cannot be read: {type(error).__name__}.")


def _world() -> World:
    from bridge.wiring import lookout

    cli_world.settings()
    return lookout()
