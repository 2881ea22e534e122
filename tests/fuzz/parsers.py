"""Every reader of what people write: hostile texts, and what may come of them: a value, or the error that it says it raises."""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bridge.calendars import events
from bridge.calendars.addresses import is_public
from bridge.core import heard, lookup, periods, phones, replies, when, wording
from bridge.core.errors import BadCalendar
from bridge.core.intake import Call, Ears, Heard, Stage, hear
from bridge.core.model import Context
from bridge.core.places import Gazetteer
from bridge.core.segments import plain, segments
from bridge.settings import documents, load, values
from tests.fuzz.hostile import any_text, digits, made_of
from tests.given import CALLER, GADSDEN, OXFORD, T0

WORDS = (
    "1 2 3 0 412 419 OK NO PASS DONE ETA in 20 min RELEASE CALL SCENE NEED ARRIVED WHO ME OFF ON COVER SWAP with Boyd CONFIRM"
).split()
TIMES = (
    "fri sat sun monday tomorrow tonight today until to from for at noon midnight 18:00 06:00 6am 10pm 24:00 25:61 0:00 nov 27 "
    "feb 29 30 2026 2026-03-08 02:30 3/8 12/31 hours days 2 weeks now next this - – h m d"
).split()
PLACES = (
    "Oxford Birmingham Calhoun County St. Saint Mt near north of 36203 3 6 2 0 zip Georgia Atlanta Pell City exit I-20 and in"
).split()
PIECES = """
[policy] [[person]] [ladder] [[carrier]] = " ' ''' \"\"\" { } [ ] , . # id name phone text regions at who by true false 1 -1 1e9
inf nan 0x1 1979-05-27T07:32:00Z 07:32:00 "30m" "+12565550113" "on-call" duty leave start
""".split()
ICS = """
BEGIN:VCALENDAR END:VCALENDAR BEGIN:VEVENT END:VEVENT BEGIN:VTIMEZONE END:VTIMEZONE UID:1 DTSTART:20260303T080000Z
DTEND:20260303T090000 DTSTART;VALUE=DATE:20260303 DTSTART;TZID=America/Chicago:20260308T023000
DTSTART;TZID=Nowhere:20260308T023000 DURATION:PT1H DURATION:-P9W RRULE:FREQ=DAILY RRULE:FREQ=SECONDLY
RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=99999 RRULE:FREQ=YEARLY;UNTIL=99990101 RRULE:FREQ= EXDATE:20260303 SUMMARY:Boyd
ATTENDEE;CN=Boyd:mailto:x STATUS:CANCELLED RECURRENCE-ID:20260303T080000Z X-WR-TIMEZONE:Mars/Base VERSION:2.0 DTSTART:
DTSTART:00000000T000000 DTEND:99991231T235959Z DTSTART:20260303T080000
""".split()

texts = st.one_of(any_text, made_of(WORDS), made_of(TIMES), made_of(WORDS + TIMES), made_of(PLACES))


@dataclass(frozen=True)
class Target:
    """What is read, what it is fed, and which errors it documents."""

    name: str
    feed: st.SearchStrategy[Any]
    read: Callable[[Any], Any]
    raises: tuple[type[Exception], ...] = ()
    fed: list[int] = field(default_factory=lambda: [0])

    def take(self, given: Any) -> None:
        """Read it. What it does not document is not caught."""
        self.fed[0] += 1
        with suppress(*self.raises):
            self.read(given)


@cache
def ears() -> Ears:
    """What it takes to understand a caller: the sample agency, whose regions have every county."""
    with tempfile.TemporaryDirectory() as data:
        ours = load({"BRIDGE_DATA": data})
    return Ears(Gazetteer.load(), Context(ours.policy, ours.roster, ours.regions), ours.own_numbers)


def _calls() -> st.SearchStrategy[tuple[Call, Heard]]:
    places = st.sampled_from([OXFORD, GADSDEN])
    calls = st.builds(
        Call,
        st.just("CA1"),
        st.just("r1"),
        st.sampled_from(["", CALLER]),
        stage=st.sampled_from(ASKING),
        failures=st.integers(0, 3),
        place=places,
        candidates=st.lists(places, max_size=3).map(tuple),
        callback=st.sampled_from(["", CALLER]),
    )
    said = st.builds(Heard, digits, st.one_of(made_of(PLACES), any_text), st.none() | st.floats(0, 1))
    return st.tuples(calls, said)


ASKING = (
    Stage.PLACE,
    Stage.COUNTY,
    Stage.ZIP,
    Stage.CONFIRM_PLACE,
    Stage.OFFER_NUMBER,
    Stage.NUMBER,
    Stage.CONFIRM_NUMBER,
)


def _toml(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "policy.toml"
        path.write_text(text, encoding="utf-8", errors="replace")
        found = documents.read(path)
        assert found.broken is None or str(found.broken)


def _ics(text: str) -> None:
    events.occurrences(text.encode(errors="replace"), T0, T0 + 14 * 86400)


def _reply(text: str) -> None:
    reply = replies.read_text(text, T0)
    assert all(replies.is_code(code) for code in reply.codes)


def _text_out(text: str) -> None:
    assert segments(plain(text)) >= 0


def _phone(text: str) -> None:
    number = phones.normalise(text)
    assert number is None or (phones.normalise(number) == number and phones.spoken(number) and phones.written(number))


def _words(text: str) -> None:
    words = heard.words_of(text)
    heard.zip_in(words)
    heard.other_state(words)
    assert all(isinstance(phrase, tuple) for phrase in heard.phrases(words))
    heard.sound_of(heard.key_of(text))


def _place(text: str) -> None:
    for place in lookup.find(text, ears()):
        assert lookup.region_words(place, ears())
    lookup.why_none(text, ears())


def _sentence(text: str) -> None:
    names = wording.placeholders(text)
    wording.clean(text.format(**dict.fromkeys(names, "x")))


def _period(given: tuple[periods.Kind, str]) -> None:
    found = periods.Period.read(*given)
    assert found.start < found.end
    assert found.title


anything = st.one_of(texts, st.integers(), st.floats(), st.booleans(), st.none(), st.lists(any_text, max_size=2))
calendar = st.lists(st.one_of(st.sampled_from(ICS), any_text), max_size=14).map(
    lambda lines: "BEGIN:VCALENDAR\r\n" + "\r\n".join(lines) + "\r\nEND:VCALENDAR"
)
event = st.lists(st.sampled_from(ICS[6:]), max_size=7).map(
    lambda lines: "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"])
)
spans = st.one_of(made_of(TIMES, most=4), any_text)
dates = st.one_of(
    st.tuples(st.integers(0, 10_000), st.integers(0, 13), st.integers(0, 32)).map(lambda d: f"{d[0]:04}-{d[1]:02}-{d[2]:02}"),
    st.tuples(st.integers(0, 10_000), st.integers(0, 13)).map(lambda d: f"{d[0]:04}-{d[1]:02}"),
    any_text,
)

TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target("replies", texts, _reply),
        Target("keys", digits, replies.read_key),
        Target("times", st.one_of(made_of(TIMES), texts), lambda text: (when.period(text, T0), when.speaks_of_time(text))),
        Target("heard", st.one_of(made_of(PLACES), any_text), _words),
        Target("places", st.one_of(made_of(PLACES), any_text), _place),
        Target("phones", st.one_of(digits, texts), _phone),
        Target("intake", _calls(), lambda given: hear(*given, ears())),
        Target(
            "wording",
            st.one_of(any_text, made_of(["{", "}", "{{", "{code}", "{a.b}", "{0}", "{x!r}", "{y:>9}"])),
            _sentence,
            (ValueError,),
        ),
        Target("texts out", any_text, _text_out),
        Target("periods", st.tuples(st.sampled_from(periods.Kind), dates), _period, (ValueError,)),
        Target("documents", st.one_of(made_of(PIECES, most=20), any_text), _toml),
        Target(
            "durations",
            st.one_of(made_of(["90s", "2m", "1h", "30m", "-1s", "1e9h", "0s", "d"], most=3), anything),
            values.seconds,
            (ValueError,),
        ),
        Target("spans", spans, values.span, (ValueError,)),
        Target("moments", st.one_of(dates.map(lambda day: day + " 02:30"), spans), values.moment, (ValueError,)),
        Target(
            "turns",
            st.one_of(made_of(["1", "2", "week", "weeks", "day", "0", "months"], most=3), any_text),
            values.turn,
            (ValueError,),
        ),
        Target("log-in names", any_text, values.login, (ValueError,)),
        Target("calendars", st.one_of(calendar, event, any_text), _ics, (BadCalendar,)),
        Target(
            "addresses",
            st.one_of(st.sampled_from(["10.0.0.1", "::1", "::ffff:10.0.0.1", "1.1.1.1"]), any_text),
            is_public,
            (ValueError,),
        ),
    )
}
