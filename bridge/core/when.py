"""When somebody means: "until 6am", "fri 18:00 - mon 06:00", "nov 27", "for 3 hours", as a period.

The wall clock is Alabama's. Which words may stand where is decided here; what a day or a month is, dateutil knows. The rules:
- A day of the week, or a time without a day, is the next one to come; today's counts as long as it is not over.
- A day alone is the whole of it, and "fri - sun" are whole days, both included. "tonight" is 18:00 to 06:00.
- What has begun already counts from now.
- Asking beats guessing. These are no period: "until 6" and "until 6:30" (morning or evening?), "until fri" (its start or its
  end?), "fri midnight", "next fri", what no clock or calendar shows, what is over, longer than 60 days, or a year away.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import ClassVar

from dateutil.parser import parser, parserinfo
from dateutil.relativedelta import relativedelta

from bridge.core.rota import instant, local

Period = tuple[float, float]
"""From and until, in seconds, UTC."""

DAY = 24 * 3600.0
LONGEST = 60 * DAY + 3600  # seconds; the hour is for a change of the clocks
AHEAD = 366 * DAY  # seconds: a period begins within so long
JUST_OVER = 60 * DAY  # seconds: "nov 27", texted on the 29th, is a slip and not next year


class _Names(parserinfo):
    WEEKDAYS: ClassVar = [
        ("mon", "monday"),
        ("tue", "tues", "tuesday"),
        ("wed", "weds", "wednesday"),
        ("thu", "thur", "thurs", "thursday"),
        ("fri", "friday"),
        ("sat", "saturday"),
        ("sun", "sunday"),
    ]


_READER = parser(_Names())
_WEEKDAY = "|".join(name for names in _Names.WEEKDAYS for name in names)
_MONTH = "|".join(name.lower() for names in parserinfo.MONTHS for name in names)
_NUMBER = r"(?:0?[1-9]|[12]\d|3[01])"
_NAMED = rf"(?:(?:{_MONTH}) {_NUMBER}(?:st|nd|rd|th)?|{_NUMBER}(?:st|nd|rd|th)? (?:{_MONTH}))"
_SLASHED = rf"(?:0?[1-9]|1[0-2])/{_NUMBER}"
_WITH_YEAR = rf"(?:{_SLASHED}/20\d\d|{_NAMED} 20\d\d)"
_TWELVE = r"(?:0?[1-9]|1[0-2])(?::[0-5]\d)? ?[ap]m?"
_CLOCK = rf"(?:{_TWELVE}|(?:[01]\d|2[0-3]):[0-5]\d|noon|midnight)"
_DAY = rf"(?:today|tonight|tomorrow|{_WEEKDAY}|{_WITH_YEAR}|{_NAMED}|{_SLASHED})"
_MOMENT = re.compile(rf"(?:(?P<clock>{_CLOCK})(?: |$))?(?P<day>{_DAY})?(?: (?P<later>{_CLOCK}))?")
_UNTIL = ("until", "till", "til")
_RANGE = re.compile(r"(?:(?P<start>.+?) )?(?P<how>until|till|til|-|to|thru|through|for) (?P<end>.+)")
_SPAN = re.compile(r"(?P<n>an?|[1-9]\d?) ?(?P<unit>min|minute|hour|hr|h|day|week)s?")
_UNITS = {"min": "minutes", "minute": "minutes", "hour": "hours", "hr": "hours", "h": "hours", "day": "days", "week": "weeks"}
_WORD = re.compile(
    rf"{_WEEKDAY}|{_MONTH}|\d{{1,4}}(?:st|nd|rd|th|[ap]m?|h|hrs?|mins?)?|\d{{1,4}}(?:[:/]\d{{1,4}}){{1,2}}(?:[ap]m?)?|[ap]m|an?"
    "|min|mins|minutes?|hours?|hrs?|h|days?|weeks?|weekend|mornings?|afternoons?|evenings?|nights?|today|tonight|tomorrow|noon|midnight"
    "|until|till|til|-|to|thru|through|for|from|starting|after|before|by|in|at|on|the|this|next|of|all|now|and|end"
)
_FILLERS = {"at", "on", "the", "this", "of"}
_RESPELLED = (
    (r"\b([ap])\. ?m\b\.?", r"\1m"),
    (r"[,;]|\.(?= |$)", " "),
    (r"[\u2010-\u2015-]", " - "),
    (r"(?<![\d/])(\d\d?/\d\d?/)(\d\d)(?!\d)", r"\g<1>20\2"),
    (r"\b(?:tmrw|tmw|tomorow|tommorow|tommorrow)\b", "tomorrow"),
    (r"\b(?:tonite|2nite)\b", "tonight"),
    (r"\bfrom now\b", "now"),
    (r"^[-: ]+", ""),
    (r"^all day$", "today"),
    (r"\ball day\b", ""),
    (r"^tonight(?= (?:until|till|til|-|to)\b)", "tonight 18:00"),
    (r"^tonight$", "tonight 18:00 until 6am"),
)
# "1800", as it is said on the radio; but "nov 27 2026" is a year.
_RADIO = re.compile(rf"(?P<year>{_NAMED} 20[2-5]\d\b)|(?<![\w:/])([01]\d|2[0-3])([0-5]\d)(?: ?h(?:ou)?rs?| ?h)?(?![\w:/])")


def period(text: str, now: float) -> Period | None:
    """The period that the text names, seen from `now` (seconds, UTC); None where it names none for certain."""
    try:
        found = _period(_spelled(text), local(now).replace(tzinfo=None), now)
    except (ValueError, OverflowError):  # a day that no calendar has, such as the 30th of February
        return None
    return found if found and _sensible(*found, now) else None


def speaks_of_time(text: str) -> bool:
    """Whether the text holds nothing but words about time, even if they make no period. Not where it is empty."""
    words = _spelled(text).split()
    return bool(words) and all(map(_WORD.fullmatch, words))


@dataclass(frozen=True)
class _Moment:
    """A `day` and a `clock` time, as dateutil reads them, either perhaps empty. It comes `again` after so long, or never."""

    day: str
    clock: str
    again: relativedelta | None

    def times(self, since: datetime) -> Iterator[datetime]:
        """The wall-clock times that it can mean, the first one on the day of `since` or later; its midnight without a clock."""
        first = _READER.parse(f"{self.day} {self.clock or '00:00'}", default=datetime.combine(since, time()))
        yield first
        if self.again:
            yield from (first + self.again, first + self.again * 2)


def _spelled(text: str) -> str:
    text = text.casefold()
    for wrong, right in _RESPELLED:
        text = re.sub(wrong, right, " ".join(text.split()))
    text = _RADIO.sub(lambda found: found["year"] or f"{found[2]}:{found[3]}", text)
    return " ".join(word for word in text.split() if word not in _FILLERS)


def _period(words: str, wall: datetime, now: float) -> Period | None:
    found = _RANGE.fullmatch(" ".join(word for word in words.split() if word != "from"))
    if found is None:
        return _alone(words, wall, now)
    if found["start"] in (None, "now"):
        return _from_now(found, wall, now)
    start = _moment(found["start"], wall)
    if found["how"] == "for":
        return _from_for(start, found["end"], now)
    return _from_to(start, _moment(found["end"], wall), now, found["how"])


def _alone(words: str, wall: datetime, now: float) -> Period | None:
    """A whole day, or "3 hours" from now; "from fri" has no end, and "fri 18:00" has none either."""
    day = _moment(words, wall)
    if day:
        return None if day.clock else _from_to(day, day, now, "-")
    return (now, _later(now, words))


def _from_now(found: re.Match[str], wall: datetime, now: float) -> Period | None:
    if found["how"] == "for":
        return now, _later(now, found["end"])
    moment = _moment(found["end"], wall)
    certain = found["start"] or found["how"] in _UNTIL
    return (now, _first(moment, now)) if certain and moment and moment.clock else None


def _from_for(start: _Moment | None, span: str, now: float) -> Period | None:
    spans = ((begin, _later(begin, span)) for begin in _starts(start, now))
    return next(((max(begin, now), end) for begin, end in spans if end > now), None)


def _from_to(start: _Moment | None, end: _Moment | None, now: float, how: str) -> Period | None:
    if start is None or end is None or not _fit(start, end, how):
        return None
    for begin in _starts(start, now):
        until = _first(end, begin)
        if until > now:
            return max(begin, now), until
        if start.again == relativedelta(years=1) and now - until < JUST_OVER:
            return None
    return None


def _fit(start: _Moment, end: _Moment, how: str) -> bool:
    """Whole days, both included, have no clock on either side; where they have, the end must have one."""
    return bool(end.clock) or (not start.clock and bool(end.day) and how not in _UNTIL)


def _starts(start: _Moment | None, now: float) -> Iterator[float]:
    return (instant(wall) for wall in start.times(local(now))) if start else iter(())


def _first(moment: _Moment, after: float) -> float:
    """The first such moment after `after`; of a day without a clock, its end. 0 where there is none."""
    whole = relativedelta(days=0 if moment.clock else 1)
    return next((end for wall in moment.times(local(after)) if (end := instant(wall + whole)) > after), 0.0)


def _later(start: float, span: str) -> float:
    """`start` and a span such as "3 hours"; 0 where it is none. Days are days of the calendar."""
    found = _SPAN.fullmatch(span)
    if found is None:
        return 0.0
    unit, n = _UNITS[found["unit"]], int(found["n"]) if found["n"].isdigit() else 1
    if unit in ("days", "weeks"):
        return instant(local(start).replace(tzinfo=None) + timedelta(**{unit: n}))
    return start + timedelta(**{unit: n}).total_seconds()


def _moment(words: str, wall: datetime) -> _Moment | None:
    found = _MOMENT.fullmatch(words)
    if found is None or (found["clock"] and found["later"]):
        return None
    day, clock = found["day"] or "", (found["clock"] or found["later"] or "").replace("noon", "12:00")
    if day and (clock == "midnight" or re.match(r"12(:\d\d)? ?a", clock)):
        return None
    clock = clock.replace("midnight", "00:00")
    return _on(day, clock, wall) if day or clock else None


def _on(day: str, clock: str, wall: datetime) -> _Moment | None:
    if day == "tonight":
        evening = clock and _READER.parse(clock, default=wall).hour >= 12 and wall.hour >= 6
        return _Moment(f"{wall:%Y-%m-%d}", clock, None) if evening else None
    if day in ("today", "tomorrow"):
        return _Moment(f"{wall + timedelta(days=day == 'tomorrow'):%Y-%m-%d}", clock, None)
    return _Moment(day, clock, _again(day))


def _again(day: str) -> relativedelta | None:
    if not day:
        return relativedelta(days=1)
    if re.fullmatch(_WEEKDAY, day):
        return relativedelta(weeks=1)
    return None if re.fullmatch(_WITH_YEAR, day) else relativedelta(years=1)


def _sensible(start: float, end: float, now: float) -> bool:
    return now <= start < end <= start + LONGEST and start <= now + AHEAD
