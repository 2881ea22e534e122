"""The rota in words, for texts: who, what, from when until when. Short, for a text costs by its length; 24-hour clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bridge.core.handoffs import MONTH, Move
from bridge.core.model import Region
from bridge.core.oncall import short_names
from bridge.core.rota import DISPATCH, RANKS, Person, Shift, local
from bridge.core.wording import Wording

MOST_LISTED = 4  # shifts named in one text; the others are counted
_LOOSE = {**dict.fromkeys(map(ord, ".,-"), " "), **dict.fromkeys(map(ord, "'`\u2018\u2019\u02bc"))}


@dataclass(frozen=True)
class RotaWords:
    """The agency's words for the rota, as of `now` (seconds, UTC): what is of the same day needs no date."""

    wording: Wording
    regions: Mapping[str, Region]
    people: Mapping[str, Person]
    now: float

    def say(self, key: str, /, **values: str) -> str:
        """A sentence, filled."""
        return self.wording.say(key, **values)

    def who(self, person: str, reader: str = "") -> str:
        """The last name of this person (id), "you" for the reader, "NOBODY" for nobody."""
        if not person:
            return self.say("rota.nobody")
        return self.say("rota.you") if person == reader else short_names(self.people).get(person, person)

    def post(self, region: str, rank: str) -> str:
        """A region in a rank: "Region D on-call"."""
        name = self.regions[region].name if region in self.regions else region
        return self.say("rota.on_call" if rank == RANKS[0] else "rota.backup", region=name)

    def when(self, at: float) -> str:
        """An instant: "now", "22:00", "Fri Nov 27 18:00". Where the clock shows an hour twice, with its zone."""
        if at <= self.now:
            return self.say("rota.now")
        there = local(at)
        return self.clock(at) if there.date() == local(self.now).date() else _dated(there)

    def clock(self, at: float) -> str:
        """The time of an instant, whichever day: "18:00"."""
        there = local(at)
        return there.strftime("%H:%M") + _zone(there)

    def period(self, start: float, end: float) -> str:
        """From when until when: "now to 22:00", "Fri Nov 27 18:00 to Mon Nov 30 06:00", "Fri Nov 27 08:00 to 12:00"."""
        there = local(end)
        until = self.clock(end) if there.date() == local(start).date() else self.when(end)
        return self.say("rota.period", start=self.when(start), end=until)

    def move(self, move: Move, reader: str) -> str:
        """What changes hands, for one reader: "Region D on-call now to 22:00: you (was Boyd)"."""
        return self.say(
            "rota.move",
            what=self.post(move.region, move.rank),
            period=self.period(move.start, move.end),
            has=self.who(move.has, reader),
            was=self.who(move.was, reader),
        )

    def handed(self, move: Move, reader: str) -> str:
        """What has just changed hands, for one reader: "Region D on-call until Mon Nov 30 06:00: you (was Boyd)"."""
        key = "rota.handed" if move.end - move.start < MONTH else "rota.handed_for_good"
        return self.say(
            key,
            what=self.post(move.region, move.rank),
            end=self.when(move.end),
            has=self.who(move.has, reader),
            was=self.who(move.was, reader),
        )

    def shift(self, shift: Shift, horizon: float) -> str:
        """A shift of the reader's own: "Region D on-call until 22:00". One that goes on past `horizon` has no end to say."""
        what = self.post(shift.region, shift.rank)
        if shift.end >= horizon:
            return self.say("rota.shift_from", what=what, start=self.when(shift.start))
        return self.say("rota.shift", what=what, period=self.period(shift.start, shift.end))

    def listed(self, items: Iterable[str]) -> str:
        """The first few, and how many more there are."""
        each = list(dict.fromkeys(items))
        more = len(each) - MOST_LISTED
        shown = "; ".join(each[:MOST_LISTED])
        return self.say("rota.and_more", list=shown, count=str(more)) if more > 0 else shown


def named(people: Mapping[str, Person], words: str) -> list[Person]:
    """Whoever on the roster may be meant by a name as it was texted: an id, a last name, or all of a name and its rank."""
    wanted = _tokens(words)
    coordinators = [person for person in people.values() if person.id != DISPATCH]
    exact = [person for person in coordinators if wanted and wanted in ([person.id.casefold()], _tokens(person.name)[-1:])]
    return exact or [person for person in coordinators if wanted and set(wanted) <= set(_tokens(person.name))]


def _tokens(words: str) -> list[str]:
    """In lower case, without what a telephone may add or leave out: "O'Brien-Hall, Jr." is obrien, hall, jr."""
    return words.casefold().translate(_LOOSE).split()


def _dated(there: datetime) -> str:
    return f"{there:%a %b} {there.day} {there:%H:%M}{_zone(there)}"


def _zone(there: datetime) -> str:
    """ " CDT" or " CST" within the hour that comes twice when the clocks go back, else nothing."""
    twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return f" {there.tzname()}" if twice else ""
