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
    "place.nobody": frozenset(),
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
    "caller.hold": frozenset({"time"}),
    "caller.hold_still": frozenset({"time"}),
    "caller.hold_taken": frozenset({"time"}),
    "caller.hold_taken_late": frozenset(),
    "caller.hold_joining": frozenset(),
    "caller.hold_over": frozenset(),
    "caller.hold_end": frozenset({"time"}),
    "caller.talk_ended": frozenset(),
    "caller.goodbye": frozenset(),
    "caller.put_through": frozenset(),
    "caller.failed_with_number": frozenset(),
    "caller.failed_with_typed": frozenset(),
    "caller.failed_no_number": frozenset(),
    "caller.no_dispatcher_with_number": frozenset({"time"}),
    "caller.no_dispatcher_accepted": frozenset({"time"}),
    "caller.no_dispatcher_no_number": frozenset(),
    "caller.limited": frozenset(),
    "caller.limited_all": frozenset(),
    "caller.broken": frozenset(),
    "caller.broken_waiting": frozenset(),
    "caller.broken_no_dispatcher": frozenset(),
    "caller.broken_end": frozenset(),
    "caller.down_again": frozenset(),
    "caller.down_end": frozenset(),
    # what a paged person reads
    "text.page": PLACE | {"notes"},
    "text.page_no_place": frozenset({"code", "notes"}),
    "text.note_hung_up": frozenset(),
    "text.note_incomplete": frozenset(),
    "text.details": PLACE | {"number", "time"},
    "text.details_no_number": PLACE | {"time"},
    "text.stand_down": frozenset({"code", "who"}),
    "text.stand_down_eta": frozenset({"code", "who", "time"}),
    "text.stand_down_ended": frozenset({"code"}),
    "text.remind": frozenset({"code", "number", "time"}),
    "text.returned": frozenset({"code"}),
    "text.again": PLACE,
    "text.again_holder": frozenset({"code", "number"}),
    "text.corrected": PLACE,
    "text.corrected_holder": PLACE | {"number"},
    "text.scene": PLACE | {"time"},
    # what is put together in one text
    "text.digest_open": frozenset({"count", "list", "codes"}),
    "text.digest_by": frozenset({"time", "list"}),
    "text.digest_place": frozenset({"place", "codes"}),
    "text.digest_yours": frozenset({"list"}),
    "text.digest_yours_one": frozenset({"code", "number", "time", "place"}),
    "text.digest_scene": frozenset({"list"}),
    "text.digest_scene_one": frozenset({"code", "time", "place"}),
    "text.digest_returned": frozenset({"codes"}),
    "text.digest_stand_down": frozenset({"codes"}),
    # what a paged person reads as an answer
    "reply.already_yours": frozenset({"code"}),
    "reply.declined": frozenset({"code"}),
    "reply.done": frozenset({"code"}),
    "reply.released": frozenset({"code"}),
    "reply.eta": frozenset({"code", "time"}),
    "reply.eta_late": frozenset({"code", "time"}),
    "reply.scene": frozenset({"code", "time", "people"}),
    "reply.scene_stands": frozenset({"code", "time"}),
    "reply.arrived": frozenset({"code"}),
    "reply.ringing": frozenset({"code"}),
    "reply.no_talk": frozenset({"code"}),
    "reply.no_number": frozenset({"code"}),
    "reply.taken": frozenset({"code", "who"}),
    "reply.taken_eta": frozenset({"code", "who", "time"}),
    "reply.ended": frozenset({"code"}),
    "reply.not_yours": frozenset({"code"}),
    "reply.unknown_code": frozenset({"code"}),
    "reply.none_open": frozenset(),
    "reply.which": frozenset({"list", "code"}),
    "reply.list": frozenset({"list"}),
    "reply.unclear": frozenset(),
    "reply.pin_needed": frozenset(),
    "reply.pin_wrong": frozenset(),
    "reply.pin_locked": frozenset({"minutes"}),
    "reply.too_many": frozenset(),
    "reply.too_many_codes": frozenset(),
    "reply.stranger": frozenset({"line"}),
    "reply.try_again": frozenset(),
    "reply.down": frozenset(),
    # what a paged person hears
    "call.page": PLACE | {"notes"},
    "call.page_no_place": frozenset({"notes"}),
    "call.keys": frozenset(),
    "call.bundle": frozenset({"count"}),
    "call.holder_keys": frozenset(),
    "call.holder_keys_no_number": frozenset(),
    "call.connect": frozenset({"code"}),
    "call.connecting": frozenset(),
    "call.connecting_waiting": frozenset(),
    "call.not_answered": frozenset(),
    "call.talked": frozenset(),
    "call.no_talk": frozenset(),
    "call.scene": PLACE | {"time"},
    "call.scene_overdue": PLACE | {"who", "time"},
    "call.arrived": frozenset(),
    "call.opted_out": frozenset(),
    "call.done": frozenset(),
    "call.accepted": frozenset({"code", "time"}),
    "call.accepted_waiting": frozenset(),
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
    "call.corrected": PLACE,
    "call.overdue_open": PLACE,
    "call.overdue_accepted": PLACE | {"who"},
    "call.overdue_heard": frozenset(),
    "call.pin": frozenset(),
    "call.pin_wrong": frozenset(),
    "call.pin_locked": frozenset({"minutes"}),
    "call.goodbye": frozenset(),
    "call.broken": frozenset(),
    # what a coordinator reads about the rota
    "rota.nobody": frozenset(),
    "rota.you": frozenset(),
    "rota.somebody": frozenset(),
    "rota.now": frozenset(),
    "rota.on_call": frozenset({"region"}),
    "rota.backup": frozenset({"region"}),
    "rota.period": frozenset({"start", "end"}),
    "rota.move": frozenset({"what", "period", "has", "was"}),
    "rota.handed": frozenset({"what", "end", "has", "was"}),
    "rota.handed_for_good": frozenset({"what", "has", "was"}),
    "rota.takes": frozenset({"who", "what", "period"}),
    "rota.shift": frozenset({"what", "period"}),
    "rota.shift_from": frozenset({"what", "start"}),
    "rota.and_more": frozenset({"list", "count"}),
    "rota.no_shift": frozenset(),
    "rota.no_shift_then": frozenset(),
    "rota.not_you": frozenset(),
    "rota.no_region": frozenset({"region", "list"}),
    "rota.who": frozenset({"region", "who", "until", "backup"}),
    "rota.until": frozenset({"when", "then"}),
    "rota.who_all": frozenset({"list"}),
    "rota.me": frozenset({"off", "list"}),
    "rota.off_until": frozenset({"when"}),
    "rota.off_until_when": frozenset(),
    "rota.off": frozenset({"period", "then"}),
    "rota.then": frozenset({"what", "who"}),
    "rota.nobody_then": frozenset({"what", "period"}),
    "rota.off_done": frozenset({"period"}),
    "rota.not_off": frozenset({"list"}),
    "rota.off_in_file": frozenset({"when"}),
    "rota.on": frozenset({"when", "list"}),
    "rota.on_coming": frozenset({"period", "list"}),
    "rota.on_done": frozenset({"list"}),
    "rota.which_region": frozenset({"list"}),
    "rota.cover_until_when": frozenset({"region"}),
    "rota.cover_yours": frozenset({"what", "period"}),
    "rota.cover": frozenset({"what", "period", "who"}),
    "rota.cover_done": frozenset({"what", "period"}),
    "rota.which_person": frozenset({"name", "list"}),
    "rota.swap_when": frozenset({"who"}),
    "rota.swap_nothing": frozenset({"who", "period"}),
    "rota.swap": frozenset({"list", "who"}),
    "rota.swap_asked": frozenset({"who", "until"}),
    "rota.swap_busy": frozenset({"who"}),
    "rota.swap_waits": frozenset({"who"}),
    "rota.swap_agreed": frozenset({"who", "list"}),
    "rota.swap_refused": frozenset({"who"}),
    "rota.swap_void": frozenset({"who"}),
    "rota.changed": frozenset({"again"}),
    "rota.too_late": frozenset(),
    "rota.nothing": frozenset(),
    "rota.withdrawn": frozenset(),
    "rota.code_right": frozenset(),
    "rota.code_wrong": frozenset({"left"}),
    "rota.code_used_up": frozenset(),
    "rota.no_code": frozenset(),
    # what is sent to people and belongs to no request
    "notice.shift": frozenset({"time", "list"}),
    "notice.changed": frozenset({"who", "list"}),
    "notice.warning": frozenset({"list"}),
    "notice.gap": frozenset({"region", "period"}),
    "notice.unreachable": frozenset({"who", "region", "start", "why"}),
    "notice.swap_offer": frozenset({"who", "list", "until"}),
    "notice.swap_agreed": frozenset({"who", "list"}),
    "notice.swap_refused": frozenset({"who"}),
    "notice.swap_expired": frozenset({"who"}),
    "notice.swap_gone": frozenset({"who"}),
    "notice.swap_void": frozenset({"who"}),
    "notice.code": frozenset({"code"}),
    "notice.code_spoken": frozenset({"code"}),
    "notice.code_wrong": frozenset(),
    "notice.code_end": frozenset(),
    "notice.code_right": frozenset(),
    "notice.opted_out": frozenset({"number"}),
    "notice.opted_out_desk": frozenset({"name"}),
    "notice.landline_desk": frozenset({"name"}),
    "notice.goodbye": frozenset(),
    "notice.over": frozenset(),
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
