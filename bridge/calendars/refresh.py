"""Every calendar in its turn: a good one is kept in the place of its last copy, a broken one keeps the last good one."""

from collections.abc import Callable
from dataclasses import replace

import structlog

from bridge.actions.world import World
from bridge.calendars.addresses import Reach
from bridge.calendars.apart import look_apart
from bridge.calendars.fetch import Kept
from bridge.calendars.look import Looked, Task
from bridge.core.copies import with_age
from bridge.core.errors import BadCalendar
from bridge.core.ledger import CalendarCopy
from bridge.core.rota import DISPATCH
from bridge.settings import Settings
from bridge.settings.model import CalendarSource

log = structlog.get_logger(__name__)

Look = Callable[[Task], Looked]


class Refresher:
    """Looks at the calendars of one world. It remembers what was fetched, and asks servers only for what is new."""

    def __init__(self, world: World, reach: Reach | None = None, look: Look = look_apart) -> None:
        self._world, self._reach, self._look = world, reach or Reach(), look
        self._fetched: dict[str, Kept] = {}

    def refresh(self) -> None:
        """Look at every calendar once. What fails is said in the copy's `fault`; only a store that is away is an error here."""
        sources = self._world.settings.calendars
        copies = {copy.name: copy for copy in self._world.rota.live()[1]}
        for name in copies.keys() - {source.name for source in sources}:
            self._world.rota.forget_calendar(name)
        for source in sources:
            self._world.rota.keep_calendar(self._copy(source, copies.get(source.name, CalendarCopy(source.name))))

    def _copy(self, source: CalendarSource, last: CalendarCopy) -> CalendarCopy:
        now = self._world.now()
        task = _task(self._world.settings, source, now, self._fetched.get(source.name), self._reach)
        try:
            looked = self._look(task)
        except BadCalendar as error:
            log.warning("a calendar cannot be read; the page of the rota says why", calendar=source.name)
            return replace(last, tried_at=now, fault=with_age(str(error), last, now))
        if looked.kept:
            self._fetched[source.name] = looked.kept
        return CalendarCopy(source.name, looked.bookings, fetched_at=now, tried_at=now, fault="; ".join(looked.faults))


def file_faults(settings: Settings, now: float) -> list[str]:
    """What is wrong with the calendars that are files here, a line each. Nothing is fetched."""
    found = []
    for source in settings.calendars:
        if source.file is not None:
            found += [f"calendar {source.name}: {fault}" for fault in _faults_of(_task(settings, source, now))]
    return found


def _faults_of(task: Task) -> tuple[str, ...]:
    try:
        return look_apart(task).faults
    except BadCalendar as error:
        return (str(error),)


def _task(settings: Settings, source: CalendarSource, now: float, kept: Kept | None = None, reach: Reach | None = None) -> Task:
    people = {person.id: person.name for person in settings.roster.people.values() if person.id != DISPATCH}
    return Task(source, people, now, kept, reach or Reach())
