"""Every sentence that is spoken or texted. The sentences stand in config/wording.toml; which there are, and what may be filled
into each, stands here, so that a wrong placeholder is found at the start and not in the worst hour of somebody's life.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bridge.core.rota import local

PLACE = frozenset({"code", "place", "region"})

# Which sentences there are, and what may be filled into each.
SENTENCES: dict[str, frozenset[str]] = {
    # how a place is named: in speech, and shorter in a text
    "place.town": frozenset({"town", "county"}),
    "place.town_short": frozenset({"town", "county"}),
    "place.county": frozenset({"county"}),
    "place.region": frozenset({"region", "about"}),
    "place.unknown": frozenset(),
    "place.no_region": frozenset(),
    "place.no_number": frozenset(),
    # what a caller hears
    "caller.greeting": frozenset(),
    "caller.help": frozenset(),
    "caller.ask_place": frozenset(),
    "caller.ask_county": frozenset(),
    "caller.ask_zip": frozenset({"regions"}),
    "caller.region_key": frozenset({"key", "about"}),
    "caller.not_heard": frozenset(),
    "caller.not_understood": frozenset(),
    "caller.outside": frozenset(),
    "caller.several": frozenset(),
    "caller.confirm_place": frozenset({"place"}),
    "caller.offer_number": frozenset({"number"}),
    "caller.ask_number": frozenset(),
    "caller.bad_number": frozenset(),
    "caller.confirm_number": frozenset({"number"}),
    "caller.promise": frozenset({"region", "time"}),
    "caller.promise_state": frozenset({"time"}),
    "caller.already_open": frozenset({"time"}),
    "caller.already_accepted": frozenset({"time"}),
    "caller.already_overdue": frozenset(),
    "caller.after_promise": frozenset(),
    "caller.goodbye": frozenset(),
    "caller.put_through": frozenset(),
    "caller.failed_with_number": frozenset(),
    "caller.failed_with_typed": frozenset(),
    "caller.failed_no_number": frozenset(),
    "caller.no_dispatcher_with_number": frozenset({"time"}),
    "caller.no_dispatcher_accepted": frozenset({"time"}),
    "caller.no_dispatcher_no_number": frozenset(),
    "caller.broken": frozenset(),
    "caller.broken_no_dispatcher": frozenset(),
    "caller.broken_end": frozenset(),
    # what a paged person reads
    "text.page": PLACE | {"notes"},
    "text.page_no_place": frozenset({"code", "notes"}),
    "text.note_hung_up": frozenset(),
    "text.note_incomplete": frozenset(),
    "text.details": PLACE | {"number", "time"},
    "text.details_no_number": PLACE | {"time"},
    "text.stand_down": frozenset({"code", "who"}),
    "text.stand_down_ended": frozenset({"code"}),
    "text.remind": frozenset({"code", "number", "time"}),
    "text.returned": frozenset({"code"}),
    "text.again": PLACE,
    "text.again_holder": frozenset({"code", "number"}),
    # what a paged person reads as an answer
    "reply.already_yours": frozenset({"code"}),
    "reply.declined": frozenset({"code"}),
    "reply.done": frozenset({"code"}),
    "reply.released": frozenset({"code"}),
    "reply.taken": frozenset({"code", "who"}),
    "reply.ended": frozenset({"code"}),
    "reply.not_yours": frozenset({"code"}),
    "reply.unknown_code": frozenset({"code"}),
    "reply.none_open": frozenset(),
    "reply.which": frozenset({"list", "code"}),
    "reply.list": frozenset({"list"}),
    "reply.unclear": frozenset(),
    "reply.stranger": frozenset({"line"}),
    "reply.try_again": frozenset(),
    # what a paged person hears
    "call.page": PLACE | {"notes"},
    "call.page_no_place": frozenset({"notes"}),
    "call.keys": frozenset(),
    "call.holder_keys": frozenset(),
    "call.done": frozenset(),
    "call.accepted": frozenset({"code", "time"}),
    "call.texted": frozenset(),
    "call.number": frozenset({"number"}),
    "call.no_number": frozenset(),
    "call.declined": frozenset(),
    "call.taken": frozenset({"who"}),
    "call.ended": frozenset(),
    "call.returned": frozenset(),
    "call.details": frozenset({"code", "time"}),
    "call.remind": frozenset({"code", "time"}),
    "call.again": frozenset({"code"}),
    "call.overdue_open": PLACE,
    "call.overdue_accepted": PLACE | {"who"},
    "call.overdue_heard": frozenset(),
    "call.goodbye": frozenset(),
    "call.broken": frozenset(),
}


@dataclass(frozen=True)
class Wording:
    """The sentences of one agency, by key. Every key of `SENTENCES` is there: the settings have seen to it."""

    sentences: Mapping[str, str]

    def say(self, key: str, /, **values: str) -> str:
        """The sentence with its placeholders filled, clean of what XML or a telephone cannot carry."""
        return clean(self.sentences[key].format(**values))


def placeholders(sentence: str) -> set[str]:
    """The names in braces. Raises ValueError where the braces do not match, or hold more than a name."""
    found = set()
    for _, name, spec, conversion in string.Formatter().parse(sentence):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"{{{name}}} must be a plain name in braces")
        found.add(name)
    return found


def clean(text: str) -> str:
    """Printable text on one line: no control characters, no lone surrogates, single spaces."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())


def clock_time(now: float) -> str:
    """A wall-clock time in Alabama as it is said and read: "2:34 AM"."""
    return _clock_time(local(now))


def spaced(code: str) -> str:
    """A code digit by digit, for a voice that would read 412 as four hundred and twelve."""
    return " ".join(code)


def _clock_time(there: datetime) -> str:
    return there.strftime("%I:%M %p").lstrip("0")
