"""What the plots of the figures show, each with the same numbers as a table for whoever cannot see it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bridge.core.figures import BINS, Figures, Lengths, Summary
from bridge.core.figures_words import bins, within
from bridge.web.plots import Column, Plot, plot

MOST_PAGES = 12  # requests that took more pages stand in one column
KEPT, MISSED, OTHER, PLAIN = "kept", "missed", "other", "plain"  # kinds of columns: classes of figures.css
HEADS = ("Requests", "In time", "Missed", "Neither")


@dataclass(frozen=True)
class Panel:
    """One plot. `legend` is (kind, what it means); `rows` belong under `heads`, the first cell of a row is its own head, and
    `links` are the days that those heads lead to."""

    key: str
    title: str
    axis: str
    plot: Plot
    legend: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    links: tuple[str, ...] = ()
    mark: str = ""


def panels(figures: Figures, deadline: float) -> Iterator[Panel]:
    """All that there are for this period. `deadline` is in seconds."""
    every = figures.all
    yield _lengths("contact", "Time to contact", "Minutes from the call to the contact", every.contact, deadline)
    yield _lengths("acceptance", "Time to acceptance", "Minutes from the call to the acceptance", every.acceptance, deadline)
    if figures.days:
        days = {str(n): day for n, day in enumerate(figures.days, 1)}
        links = tuple(f"{figures.period.written}-{int(n):02}" for n in days)
        yield _counts("days", "By day", "Day of the month", days, links)
    yield _counts("hours", "By hour", "Hour of the call, Alabama time", {str(n): hour for n, hour in enumerate(figures.hours)})
    yield _pages(every)


def _lengths(key: str, title: str, axis: str, lengths: Lengths, deadline: float) -> Panel:
    labels = [*bins(deadline, BINS), "not"]
    numbers = [*lengths.bins(deadline), lengths.never]
    columns = [Column(label, ((KEPT if n < BINS else MISSED, numbers[n]),)) for n, label in enumerate(labels)]
    legend = ((KEPT, f"within {within(deadline)}"), (MISSED, "later, or not so far"))
    rows = tuple((label, str(number)) for label, number in zip([*labels[:-1], "not so far"], numbers, strict=True))
    return Panel(key, title, axis, plot(columns, BINS), legend, ("Minutes", "Requests"), rows, mark=within(deadline))


def _counts(key: str, title: str, axis: str, parts: Mapping[str, Summary], links: tuple[str, ...] = ()) -> Panel:
    columns = [Column(label, _stack(part)) for label, part in parts.items()]
    legend = ((KEPT, "reached in time"), (MISSED, "missed"), (OTHER, "neither: open, or closed in time"))
    rows = tuple((label, str(part.requests), *(str(n) for _, n in _stack(part))) for label, part in parts.items())
    return Panel(key, title, axis, plot(columns, step=3), legend, (axis.partition(" ")[0], *HEADS), rows, links)


def _stack(part: Summary) -> tuple[tuple[str, int], ...]:
    return (KEPT, part.in_time), (MISSED, part.missed), (OTHER, part.requests - part.counted)


def _pages(every: Summary) -> Panel:
    most = min(MOST_PAGES, max((6, *every.pages)))
    numbers = [every.pages.get(n, 0) for n in range(most)]
    numbers.append(every.requests - sum(numbers))
    labels = [*map(str, range(most)), f"{most}+" if most < max((0, *every.pages)) else str(most)]
    columns = [Column(label, ((PLAIN, number),)) for label, number in zip(labels, numbers, strict=True)]
    rows = tuple((label, str(number)) for label, number in zip(labels, numbers, strict=True))
    axis = "Pages for one request, by text and by call"
    return Panel("pages", "Pages per request", axis, plot(columns), (), ("Pages", "Requests"), rows)
