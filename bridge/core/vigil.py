"""What the watchman remembers from look to look, and when somebody is told.

The rules:
- What can be mended is mended at once, and said. It is a finding only if it is there again at the next look.
- What stands for two looks in a row is told: once when it begins, again every quarter of an hour, and once when it is over.
- Several findings go into one message. One that nobody took is tried again after half a minute.
- Who tells puts down first that they do: of two watchmen one tells, and if it dies the other one does, half a minute later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bridge.core.board_words import clock
from bridge.core.findings import Finding

LOOKS = 2  # in a row, before anybody is told
AGAIN = 15 * 60.0  # seconds
RETRY = 30.0  # seconds
SHOWN = 3600.0  # seconds for which it is said that something was mended
MOST = 20  # findings in one message; the others are counted


@dataclass(frozen=True)
class Standing:
    """A finding that stands: since when (seconds, UTC), for how many looks, and when somebody was last told."""

    words: str
    todo: str
    grave: bool
    since: float
    looks: int = 1
    told_at: float | None = None
    over: bool = False  # it is gone, and somebody still has to be told


@dataclass(frozen=True)
class Mended:
    """Something that was mended."""

    at: float
    words: str


@dataclass(frozen=True)
class Vigil:
    """What is remembered. `tried_at` is when somebody last began to tell people."""

    looked_at: float | None = None
    standing: Mapping[str, Standing] = field(default_factory=dict)  # by the id of the finding
    mended: tuple[Mended, ...] = ()
    tried_at: float | None = None
    version: int = 0

    @property
    def findings(self) -> list[Standing]:
        """What stands, the gravest and oldest first."""
        return sorted((each for each in self.standing.values() if not each.over), key=lambda each: (not each.grave, each.since))

    @property
    def confirmed(self) -> list[Standing]:
        """The same, without what was seen only once."""
        return [each for each in self.findings if each.looks >= LOOKS]


@dataclass(frozen=True)
class Alarm:
    """A message to people. `ids` are the findings that it speaks of."""

    subject: str
    body: str
    ids: frozenset[str]


def looked(vigil: Vigil, findings: Sequence[Finding], mended: Sequence[Finding], now: float) -> Vigil:
    """After a look, in which so much was found, and some of it mended."""
    before, found = vigil.standing, {finding.id: finding for finding in findings}
    standing = {key: _found(before.get(key), finding, now) for key, finding in found.items()}
    for key, each in before.items():
        if key not in found and each.told_at is not None:
            standing[key] = replace(each, over=True)
    kept = tuple(each for each in vigil.mended if 0 <= now - each.at < SHOWN)
    return replace(vigil, looked_at=now, standing=standing, mended=(*kept, *(Mended(now, finding.words) for finding in mended)))


def _found(before: Standing | None, finding: Finding, now: float) -> Standing:
    """What comes back before anybody was told that it was over was never over."""
    known = before or Standing(finding.words, finding.todo, finding.grave, since=now, looks=0)
    return replace(
        known, words=finding.words, todo=finding.todo, grave=finding.grave, looks=min(known.looks + 1, LOOKS), over=False
    )


def owed(vigil: Vigil, now: float) -> Alarm | None:
    """What people have to be told now; None for nothing, or where somebody else is telling them."""
    if vigil.tried_at is not None and 0 <= now - vigil.tried_at < RETRY:
        return None
    new = {key: each for key, each in vigil.standing.items() if _is_new(each, now)}
    over = {key: each for key, each in vigil.standing.items() if each.over}
    if not new and not over:
        return None
    rest = {key: each for key, each in vigil.standing.items() if each.looks >= LOOKS and key not in new and key not in over}
    sections = (("", new), ("Over:", over), ("Still so:", rest))
    body = "\n\n".join(_section(head, list(each.values()), now) for head, each in sections if each)
    return Alarm(_subject({**new, **rest}, over), body, frozenset({*new, *over, *rest}))


def _is_new(each: Standing, now: float) -> bool:
    if each.over or each.looks < LOOKS:
        return False
    return each.told_at is None or not 0 <= now - each.told_at < AGAIN


def telling(vigil: Vigil, now: float) -> Vigil:
    """Somebody begins to tell people."""
    return replace(vigil, tried_at=now)


def told(vigil: Vigil, alarm: Alarm, now: float) -> Vigil:
    """People have been told."""
    standing = {key: replace(each, told_at=now) if key in alarm.ids else each for key, each in vigil.standing.items()}
    kept = {key: each for key, each in standing.items() if not (each.over and key in alarm.ids)}
    return replace(vigil, standing=kept, tried_at=None)


def _subject(stands: Mapping[str, Standing], over: Mapping[str, Standing]) -> str:
    if not stands:
        return f"Bridge: over: {next(iter(over.values())).words}" if len(over) == 1 else "Bridge: all is well again"
    (first, *others) = sorted(stands.values(), key=lambda each: (not each.grave, each.since))
    more = f" (and {len(others)} more)" if others else ""
    return f"Bridge{' ALARM' if first.grave else ''}: {first.words}{more}"


def _section(head: str, found: Sequence[Standing], now: float) -> str:
    lines = [head] if head else []
    found = sorted(found, key=lambda each: (not each.grave, each.since))
    for each in found[:MOST]:
        since = clock(each.since, now, seconds=True)
        lines.append(f"- {each.words} (since {since}).{'' if each.over else ' ' + each.todo}")
    if len(found) > MOST:
        lines.append(f"- and {len(found) - MOST} more: run `bridge audit`.")
    return "\n".join(lines)
