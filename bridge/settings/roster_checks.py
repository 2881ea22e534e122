"""What must hold in the roster: everybody known, nobody twice, and somebody on call in every region."""

from collections.abc import Collection, Iterator

from bridge.core.phones import normalise
from bridge.core.rota import DISPATCH
from bridge.settings.documents import Document, Fault, KeyPath, shown
from bridge.settings.forms import did_you_mean

Found = list[tuple[KeyPath, str]]


def roster_faults(roster: Document, regions: Collection[str], line: str) -> Iterator[Fault]:
    """The faults between values. Without `regions`, which could not be read, none is said to be unknown."""
    people = roster.texts("person", "*", "id")
    yield from repeated(roster, people, "give every person an id of their own")
    yield from _reserved(roster, people)
    yield from _phone_faults(roster, line)
    known = [name for _, name in people]
    yield from _unknown_people(roster, roster.texts("duty", "*", "who"), known)
    yield from _unknown_people(roster, roster.texts("state", "*"), known)
    yield from repeated(roster, roster.texts("state", "*"), "leave one of them out")
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


def _phone_faults(roster: Document, line: str) -> Iterator[Fault]:
    written = roster.texts("dispatch", "phone") + roster.texts("person", "*", "phone")
    phones = [(path, number) for path, text in written if (number := normalise(text))]
    yield from repeated(roster, phones, "a reply must come from one person: give each a number of their own")
    for path, number in phones:
        if number == line:
            yield roster.fault(path, f"phone {shown(number)} is the line itself; write the person's own number")


def _unknown_people(roster: Document, named: Found, known: list[str]) -> Iterator[Fault]:
    for path, who in named:
        if who not in known:
            what = path[0] if path[0] == "state" else path[-1]
            yield roster.fault(path, f"{what} {shown(who)} is nobody in the roster; {did_you_mean(who, known)}")


def _region_faults(roster: Document, regions: list[str]) -> Iterator[Fault]:
    for path, region in roster.texts("duty", "*", "region"):
        if region not in regions:
            yield roster.fault(path, f"region {shown(region)} is not in regions.toml; {did_you_mean(region, regions)}")
    served = {duty.get("region") for duty in _duties(roster) if duty.get("rank") == "on-call"}
    for region in regions:
        if region not in served:
            advice = f'add a [[duty]] with region = "{region}" and rank = "on-call"'
            yield roster.fault(("duty",), f"region {region} has nobody on call, at no time; {advice}")


def _duties(roster: Document) -> list[dict[str, object]]:
    duties = roster.values.get("duty")
    return [duty for duty in duties if isinstance(duty, dict)] if isinstance(duties, list) else []
