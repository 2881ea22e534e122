"""Words for the page of figures. Of a few it says "3 of 4": a percentage would sound like more than it is."""

from collections.abc import Mapping
from itertools import pairwise
from math import ceil

from bridge.core.board_words import countdown
from bridge.core.events import ENDED_FOR
from bridge.core.figures import KEPT, End, Figures, Summary, end, kept_promise, kept_since
from bridge.core.rota import local
from bridge.core.trail import Outcome

FEW = 20  # of fewer, one more or less would move the share by more than five percent
_APART = {"test": ("test or drill", "tests or drills"), "duplicate": ("duplicate", "duplicates")}


def headline(figures: Figures, deadline: float, now: float) -> str:
    """The whole period in one sentence. `deadline` and `now` are in seconds, `now` UTC."""
    period, every = figures.period, figures.all
    if now < period.start:
        return f"{period.title} has not begun."
    title = f"{period.title}, so far" if period.holds(now) else period.title
    if not every.requests:
        return f"{title}: no requests."
    said = [f"{title}: {_many(every.requests, 'request')}"]
    if every.counted:
        said.append(f"{every.in_time} of {every.counted} reached within {within(deadline)}")
    return ", ".join(said) + _half(every) + "."


def _half(every: Summary) -> str:
    median = every.contact.median
    return "" if median is None else f"; of those reached, half within {within(median)}"


def notes(figures: Figures, now: float) -> list[str]:
    """What the headline leaves out, a sentence each."""
    every = figures.all
    said = []
    if figures.period.start < kept_since(now):
        first = local(kept_since(now))
        said.append(f"Figures are kept for {KEPT} months: those from before {first:%B %Y} are erased.")
    if every.open:
        past = f", {every.overdue} of them past the deadline" if every.overdue else ""
        said.append(f"{every.open} still open{past}.")
    if every.closed:
        said.append(f"{every.closed_in_all} closed without a contact: {_reasons(every.closed)}.")
    if every.apart:
        parts = (f"{n} {_APART[reason][n != 1]}" for reason, n in sorted(every.apart.items(), reverse=True))
        said.append(f"Not counted: {' and '.join(parts)}.")
    return said


def _reasons(closed: Mapping[str, int]) -> str:
    return "; ".join(f"{ENDED_FOR.get(reason, reason).lower()} ({n})" for reason, n in sorted(closed.items()))


def share(every: Summary) -> str:
    """For how many the promise was kept: "3 of 4", "38 of 40 (95%)". Never 100% where one was missed."""
    if not every.counted:
        return "none to count"
    said = f"{every.in_time} of {every.counted}"
    if every.counted < FEW:
        return said
    percent = 100 * every.in_time // every.counted  # rounded down
    return f"{said} ({'under 1' if every.in_time and not percent else percent}%)"


def took(seconds: float | None) -> str:
    """A length in minutes and seconds, "8:12", or a dash for none."""
    return "–" if seconds is None else countdown(seconds)


def ended(one: Outcome) -> str:
    """How it ended with one request."""
    return {
        End.IN_TIME: "Reached in time",
        End.LATE: "Reached late",
        End.OPEN: "Open, past the deadline" if one.missed else "Open",
    }.get(end(one)) or _closed(one)


def _closed(one: Outcome) -> str:
    late = ", after the deadline" if kept_promise(one) is False else ""
    return f"Closed{late}: {ENDED_FOR.get(one.closed_for, one.closed_for).lower()}"


def bins(deadline: float, parts: int) -> list[str]:
    """What each of so many equal parts of the time to the deadline is called, in minutes, and last, what is beyond."""
    edges = [f"{deadline / 60 * n / parts:g}" for n in range(parts + 1)]
    return [*(f"{start}–{stop}" for start, stop in pairwise(edges)), f"{edges[-1]}+"]


def within(seconds: float) -> str:
    """So many minutes, rounded up: "within" must be true."""
    return _many(max(1, ceil(seconds / 60)), "minute")


def _many(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
