"""What must hold in the roster: everybody known, nobody twice, turns that begin, ends after beginnings, and somebody on call in
every region."""

from collections.abc import Collection, Iterator

from bridge.core.phones import normalise
from bridge.core.rota import DISPATCH
from bridge.settings.documents import Document, Fault, KeyPath, shown
from bridge.settings.forms import FROM, UNTIL, did_you_mean
from bridge.settings.values import moment

Found = list[tuple[KeyPath, str]]
Table = dict[str, object]


def roster_faults(roster: Document, regions: Collection[str], lines: Collection[str]) -> Iterator[Fault]:
    """The faults between values. Without `regions`, which could not be read, none is said to be unknown."""
    people = roster.texts("person", "*", "id")
    yield from repeated(roster, people, "give every person an id of their own")
    yield from _reserved(roster, people)
    yield from _phone_faults(roster, lines)
    known = [name for _, name in people]
    for named in (
        ("duty", "*", "who"),
        ("duty", "*", "who", "*"),
        ("override", "*", "who"),
        ("leave", "*", "who"),
        ("state", "*"),
    ):
        yield from _unknown_people(roster, roster.texts(*named), known)
    yield from repeated(roster, roster.texts("state", "*"), "leave one of them out")
    yield from repeated(roster, roster.texts("calendar", "*", "name"), "give every calendar a name of its own")
    yield from _turn_faults(roster)
    yield from _period_faults(roster)
    yield from _calendar_faults(roster)
    if regions:
        yield from _region_faults(roster, list(regions))


def repeated(document: Document, found: Found, advice: str, noun: str = "") -> Iterator[Fault]:
    """A fault for every text that stood further up already."""
    first: dict[str, KeyPath] = {}
    for path, text in found:
        if text in first:
            what = noun or next(str(step) for step in reversed(path) if isinstance(step, str))
            where = document.line(first[text])
            yield document.fault(path, f"{what} {shown(text)} stands in line {where} already; {advice}")
        first.setdefault(text, path)


def _reserved(roster: Document, people: Found) -> Iterator[Fault]:
    for path, name in people:
        if name == DISPATCH:
            yield roster.fault(
                path, f"id {shown(name)} is the dispatch desk's; write another one, and the desk under [{DISPATCH}]"
            )


def _phone_faults(roster: Document, lines: Collection[str]) -> Iterator[Fault]:
    written = roster.texts("dispatch", "phone") + roster.texts("person", "*", "phone")
    phones = [(path, number) for path, text in written if (number := normalise(text))]
    yield from repeated(roster, phones, "a reply must come from one person: give each a number of their own")
    for path, number in phones:
        if number in lines:
            yield roster.fault(path, f"phone {shown(number)} is the line itself; write the person's own number")


def _unknown_people(roster: Document, named: Found, known: list[str]) -> Iterator[Fault]:
    for path, who in named:
        if who not in known:
            what = next(str(step) for step in reversed(path) if isinstance(step, str))
            yield roster.fault(path, f"{what} {shown(who)} is nobody in the roster; {did_you_mean(who, known)}")


def _region_faults(roster: Document, regions: list[str]) -> Iterator[Fault]:
    for path, region in (found for table in ("duty", "override", "calendar") for found in roster.texts(table, "*", "region")):
        if region not in regions:
            yield roster.fault(path, f"region {shown(region)} is not in regions.toml; {did_you_mean(region, regions)}")
    served = {one.get("region") for table in ("duty", "calendar") for _, one in _tables(roster, table) if _on_call(table, one)}
    for region in regions:
        if region not in served:
            advice = f'add a [[duty]] with region = "{region}" and rank = "on-call"'
            yield roster.fault(("duty",), f"region {region} has nobody on call, at no time; {advice}")


def _on_call(table: str, one: Table) -> bool:
    return one.get("rank", "on-call" if table == "calendar" else None) == "on-call"


def _turn_faults(roster: Document) -> Iterator[Fault]:
    """Several people take turns from some day on, and one person alone takes none."""
    for path, duty in _tables(roster, "duty"):
        who = duty.get("who")
        several, turns = isinstance(who, list) and len(who) > 1, "every" in duty or "from" in duty
        if several and "every" not in duty:
            yield roster.fault((*path, "who"), 'who names several people; write how long each has it, every = "week"')
        elif turns and not several and who:
            alone = next(key for key in ("every", "from") if key in duty)
            yield roster.fault((*path, alone), f'{alone} is for several people; leave it out, or write who = ["boyd", "crane"]')
        elif turns and "from" not in duty:
            yield roster.fault((*path, "every"), f"every has no beginning; write when the first one takes over, {FROM}")


def _period_faults(roster: Document) -> Iterator[Fault]:
    for table in ("override", "leave"):
        for path, one in _tables(roster, table):
            begins, ends = _moment(one.get("from")), _moment(one.get("until"))
            if begins is not None and ends is not None and ends <= begins:
                yield roster.fault((*path, "until"), f"until {shown(one['until'])} is not after from; write a later {UNTIL}")


def _calendar_faults(roster: Document) -> Iterator[Fault]:
    for path, calendar in _tables(roster, "calendar"):
        if "url" in calendar and "file" in calendar:
            yield roster.fault((*path, "file"), "file stands beside url; leave one of them out")
        elif "url" not in calendar and "file" not in calendar:
            yield roster.fault(
                path, 'calendar has no address; write url = "https://calendar.example.org/duty.ics", or file = "duty.ics"'
            )


def _moment(value: object) -> float | None:
    """The moment, or None where the form complains about it already."""
    try:
        return moment(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _tables(roster: Document, name: str) -> list[tuple[KeyPath, Table]]:
    """Every [[name]] that is one, with its path."""
    found = roster.values.get(name)
    return [((name, n), one) for n, one in enumerate(found) if isinstance(one, dict)] if isinstance(found, list) else []
