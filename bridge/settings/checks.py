"""What must hold between the values of the files. Works on files that have other faults too, so that all are told at once."""

from collections.abc import Callable, Collection, Iterator, Mapping

from bridge.core.model import Policy
from bridge.core.wording import SENTENCES, placeholders
from bridge.settings.counties import counties
from bridge.settings.documents import Document, Fault, KeyPath, shown
from bridge.settings.forms import FORMS, did_you_mean, form_faults, nearest
from bridge.settings.roster_checks import repeated, roster_faults
from bridge.settings.values import seconds

REGIONS = 7
LEAST_OVER = 3600.0  # seconds that a request may be kept beyond what was promised
MAY_BE_EMPTY = "text.note_"  # an agency may leave a note out of its texts


def faults(documents: Mapping[str, Document], lines: Collection[str]) -> list[Fault]:
    """Every fault between values of the same file. `lines` (E.164) are the bridge's own numbers, as far as they are known."""
    found = [document.broken for document in documents.values() if document.broken]
    readable = {name: document for name, document in documents.items() if not document.broken}
    for name, document in readable.items():
        found += form_faults(document, FORMS[name])
        found += CHECKS[name](document) if name in CHECKS else ()
    if "roster" in readable:
        found += roster_faults(readable["roster"], documents["regions"].values, lines)
    return found


def policy_faults(policy: Document) -> Iterator[Fault]:
    """The ladder rises, and ends before the deadline does; and nothing is kept for longer than a day."""
    yield from _kept_too_long(policy)
    deadline = _seconds(policy.values["deadline"]) if "deadline" in policy.values else Policy.deadline
    before = 0.0
    for path, text in policy.texts("ladder", "*", "at"):
        at = _seconds(text)
        if at is None:
            continue
        if at < before:
            yield policy.fault(path, f"at {shown(text)} is earlier than the rung above; put the rungs in the order of time")
        if deadline is not None and at >= deadline:
            yield policy.fault(path, f"at {shown(text)} is not before the deadline; write a shorter time, or a later deadline")
        before = max(before, at)


def _kept_too_long(policy: Document) -> Iterator[Fault]:
    for name in ("erase_after", "keep_at_most"):
        kept = _seconds(policy.values.get(name, "0s"))
        if kept is not None and kept > Policy.keep_at_most:
            yield policy.fault((name,), f'{name} {shown(policy.values[name])} is longer than a day; write "24h" or less')
    promised = [_seconds(policy.values.get(name, "0s")) or getattr(Policy, name) for name in ("deadline", "scene_within")]
    at_most = _seconds(policy.values.get("keep_at_most", "24h"))
    if at_most is not None and at_most < max(promised) + LEAST_OVER:
        short = (
            f"keep_at_most {shown(policy.values['keep_at_most'])}"
            if "keep_at_most" in policy.values
            else "keep_at_most, a day,"
        )
        yield policy.fault(
            ("keep_at_most",),
            f"{short} is not an hour longer than deadline and scene_within; write a longer time, or shorter ones",
        )


def region_faults(regions: Document) -> Iterator[Fault]:
    """Seven regions, every county in one of them, and neighbours that exist."""
    for name in regions.values:
        if not (len(name) == 1 and "A" <= name <= "Z"):
            yield regions.fault((name,), f"region {shown(name)} is not one upper-case letter; write [A], [B] and so on")
    if len(regions.values) != REGIONS:
        yield regions.fault((), f"there are {len(regions.values)} regions; write exactly {REGIONS} tables, [A] to [G]")
    yield from _county_faults(regions)
    yield from _neighbour_faults(regions)


def user_faults(users: Document) -> Iterator[Fault]:
    """No name twice."""
    yield from repeated(users, users.texts("user", "*", "name"), "give every user a name of their own")


def wording_faults(wording: Document) -> Iterator[Fault]:
    """Every sentence is there, none is unknown, and each can be filled in."""
    tables = {key.split(".")[0] for key in SENTENCES}
    for table in wording.values:
        if table not in tables:
            yield wording.fault((table,), f"[{table}] is not known here; {did_you_mean(table, sorted(tables))}")
    for path, text in wording.texts("*", "*"):
        if path[0] in tables:
            yield from _sentence_faults(wording, path, text)
    for table in sorted(tables):
        yield from _missing_sentences(wording, table)


CHECKS: Mapping[str, Callable[[Document], Iterator[Fault]]] = {
    "policy": policy_faults,
    "regions": region_faults,
    "users": user_faults,
    "wording": wording_faults,
}


def _county_faults(regions: Document) -> Iterator[Fault]:
    served = regions.texts("*", "counties", "*")
    for path, county in served:
        if county not in counties():
            yield regions.fault(path, f"county {shown(county)} is not in Alabama; {_meant_county(county)}")
    yield from repeated(regions, served, "leave it in one region only", "county")
    missing = sorted(set(counties()) - {county for _, county in served})
    if missing:
        yield regions.fault((), f"no region has {', '.join(missing)}; put each into the counties of its region")


def _meant_county(name: str) -> str:
    near = nearest(name.removesuffix(" County"), counties())
    return f"did you mean {shown(near)}?" if near else 'write a name such as "Calhoun", "DeKalb" or "St. Clair"'


def _neighbour_faults(regions: Document) -> Iterator[Fault]:
    for path, neighbour in regions.texts("*", "neighbours", "*"):
        if neighbour == path[0]:
            yield regions.fault(path, f"region {path[0]} cannot be its own neighbour; leave it out")
        elif neighbour not in regions.values:
            others = [name for name in regions.values if name != path[0]]
            yield regions.fault(path, f"neighbour {shown(neighbour)} is no region; {did_you_mean(neighbour, others)}")
    for name in regions.values:
        yield from repeated(regions, regions.texts(name, "neighbours", "*"), "leave one of them out", "neighbour")


def _sentence_faults(wording: Document, path: KeyPath, text: str) -> Iterator[Fault]:
    table, name = str(path[0]), str(path[1])
    key = f"{table}.{name}"
    if key not in SENTENCES:
        known = [sentence.split(".")[1] for sentence in SENTENCES if sentence.startswith(f"{table}.")]
        yield wording.fault(path, f"{key} is not a sentence that is ever said; {did_you_mean(name, known)}")
        return
    if not text.strip() and not key.startswith(MAY_BE_EMPTY):
        yield wording.fault(path, f"{key} is empty; write what is to be said")
    refused = next((c for c in text if not c.isprintable()), None)
    if refused:
        yield wording.fault(path, f"{key} holds the character U+{ord(refused):04X}, which cannot be said; write a space")
    yield from _placeholder_faults(wording, path, key, text)


def _placeholder_faults(wording: Document, path: KeyPath, key: str, text: str) -> Iterator[Fault]:
    allowed = sorted(SENTENCES[key])
    try:
        unknown = sorted(placeholders(text) - SENTENCES[key])
    except ValueError as error:
        yield wording.fault(path, f"{key} has braces that do not fit ({error}); write {{time}}, or {{{{ for a brace")
        return
    for name in unknown:
        advice = did_you_mean(name, allowed) if allowed else "write it without placeholders"
        yield wording.fault(path, f"{key} cannot use {{{name}}}; {advice}")


def _missing_sentences(wording: Document, table: str) -> Iterator[Fault]:
    there = wording.values.get(table)
    if there is None:
        yield wording.fault((), f"[{table}] is missing; take it from the sample configuration")
    elif isinstance(there, dict):
        for key in SENTENCES:
            name = key.removeprefix(f"{table}.")
            if key.startswith(f"{table}.") and name not in there:
                yield wording.fault((table,), f'{key} is missing; write {name} = "…" under [{table}]')


def _seconds(value: object) -> float | None:
    """The duration, or None where the form complains about it already."""
    try:
        return seconds(value)
    except ValueError:
        return None
