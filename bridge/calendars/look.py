"""One calendar: fetched or read from its file, and understood as bookings, with what is wrong about it in words."""

import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.calendars.addresses import Reach
from bridge.calendars.events import Found, Occurrence, occurrences
from bridge.calendars.fetch import LARGEST, Kept, fetch
from bridge.calendars.named import Unnamed, meant
from bridge.core.errors import BadCalendar
from bridge.core.rota import Booking
from bridge.core.wording import clean
from bridge.settings.model import CalendarSource

BEHIND = 2 * 86400  # seconds: shifts of the last two days still explain what happened
AHEAD = 100 * 86400  # seconds: further than anybody looks
_SHOWN = 3  # examples in one fault
_LONGEST = 40  # characters of an example


@dataclass(frozen=True)
class Task:
    """What it takes to look at a calendar. `people` is id -> name; `kept` is what was fetched last."""

    source: CalendarSource
    people: Mapping[str, str]
    now: float
    kept: Kept | None = None
    reach: Reach = Reach()


@dataclass(frozen=True)
class Looked:
    """What it says. `faults` are of single events: the rest of the calendar is good."""

    bookings: tuple[Booking, ...]
    faults: tuple[str, ...]
    kept: Kept | None


def look(task: Task) -> Looked:
    """The calendar as it is now. Raises BadCalendar where nothing can be made of it."""
    source, kept = task.source, None
    if source.file is None:
        kept = fetch(source.url, task.kept, task.reach)
    body = kept.body if kept else _file(source.file)
    found = occurrences(body, task.now - BEHIND, task.now + AHEAD)
    pairs = [(one, _person(one, task)) for one in found.occurrences]
    shifts = [Booking(source.region, source.rank, who, one.start, one.end) for one, who in pairs if isinstance(who, str)]
    return Looked(tuple(shifts), tuple(_faults(found, pairs)), kept)


def _file(path: Path | None) -> bytes:
    """A plain file, and not too much of it: a pipe would never end."""
    try:
        if path is None or not stat.S_ISREG(path.stat().st_mode):
            raise BadCalendar(fault=f"{path} is not a file")
        with path.open("rb") as file:
            body = file.read(LARGEST + 1)
    except OSError as error:
        raise BadCalendar(fault=f"{path} cannot be read ({error.strerror})") from None
    if len(body) > LARGEST:
        raise BadCalendar(fault=f"{path} is larger than {LARGEST // 1024} KB; export fewer years of it")
    return body


def _person(one: Occurrence, task: Task) -> str | Unnamed:
    """Whom the event names in its summary; else the one attendee who can be meant."""
    source = task.source
    who = meant(one.summary, task.people, source.region, source.rank)
    if who is not Unnamed.NOBODY:
        return who
    found = {meant(f"{one.summary} {name}", task.people, source.region, source.rank) for name in one.names}
    people = found - {Unnamed.NOBODY}
    return people.pop() if len(people) == 1 else Unnamed.UNSURE if people else Unnamed.NOBODY


def _faults(found: Found, pairs: list[tuple[Occurrence, str | Unnamed]]) -> Iterator[str]:
    nobody = [one.summary for one, who in pairs if who is Unnamed.NOBODY]
    unsure = [one.summary for one, who in pairs if who is Unnamed.UNSURE]
    if nobody:
        yield f"{_events(len(nobody))} {_verb(nobody, 'names', 'name')} nobody on the roster: {_examples(nobody)}"
    if unsure:
        yield f'{_events(len(unsure))} left out: {_examples(unsure)}; write only who it is, such as "On call: Boyd"'
    for reason, count in sorted(found.odd.items()):
        if count:
            yield f"{_events(count)} left out: it {reason}" if count == 1 else f"{_events(count)} left out: one {reason}"
    for zone in sorted(found.zones):
        yield f"nobody knows the time zone {_shown(zone)}: its times are taken for Alabama's"
    yield from _overlaps([(one, who) for one, who in pairs if isinstance(who, str)])
    if not pairs:
        yield "it holds no event for the next months"


def _overlaps(shifts: list[tuple[Occurrence, str]]) -> Iterator[str]:
    both, before = [], shifts[0] if shifts else None
    for one, who in shifts:
        if before and one.start < before[0].end and who != before[1]:
            both.append(f"{before[1]} and {who}")
        if before and one.end > before[0].end:
            before = (one, who)
    if both:
        yield f"{_events(len(both))} at the same time as another: {_examples(both)}; the one that begins first counts"


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _verb(things: list[str], one: str, several: str) -> str:
    return one if len(things) == 1 else several


def _examples(texts: Iterable[str]) -> str:
    shown = list(dict.fromkeys(_shown(text) for text in texts))
    return ", ".join(shown[:_SHOWN]) + (" …" if len(shown) > _SHOWN else "")


def _shown(text: str) -> str:
    plain = clean(text)
    return f'"{plain}"' if len(plain) <= _LONGEST else f'"{plain[:_LONGEST]}…"'
