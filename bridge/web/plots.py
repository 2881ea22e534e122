"""The geometry of the plots of the figures: columns in percent of the width and pixels of the height.

So a plot takes the width that there is, and its words keep their size: on a telephone, on a wall, at 200 % zoom and on paper.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TOP, BOTTOM, HEIGHT = 40.0, 176.0, 200.0  # pixels: above the columns, their foot, and all with the words below
BROAD = 0.72  # of its slot, so broad is a column
SHORTEST = 2.0  # pixels: one of a hundred is still seen


@dataclass(frozen=True)
class Column:
    """What one column shows: `parts` are (kind, number), from its foot up. A kind is a class of the style sheet."""

    label: str
    parts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Its number."""
        return sum(n for _, n in self.parts)


@dataclass(frozen=True)
class Piece:
    """A part of a column as it is drawn: `y` and `height` in pixels."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """A column as it is drawn: `x`, `middle` and `width` in percent, `top` in pixels."""

    label: str
    total: int
    x: float
    middle: float
    width: float
    top: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Plot:
    """A whole plot. `mark` is where a line stands between two columns, in percent, None for nowhere; of the labels every
    `step`-th is written."""

    bars: tuple[Bar, ...]
    mark: float | None = None
    step: int = 1


def plot(columns: Sequence[Column], mark: int | None = None, step: int = 1) -> Plot:
    """Draw the columns; a line stands before the column number `mark`."""
    slot = 100 / len(columns)
    most = max(1, *(column.total for column in columns))
    bars = tuple(_bar(column, n * slot, slot, most) for n, column in enumerate(columns))
    return Plot(bars, None if mark is None else round(mark * slot, 3), step)


def _bar(column: Column, left: float, slot: float, most: int) -> Bar:
    pieces = tuple(_stacked(column.parts, most))
    top = min((piece.y for piece in pieces), default=BOTTOM)
    edge, middle, width = (round(each, 3) for each in (left + slot * (1 - BROAD) / 2, left + slot / 2, slot * BROAD))
    return Bar(column.label, column.total, edge, middle, width, top, pieces)


def _stacked(parts: Iterable[tuple[str, int]], most: int) -> Iterable[Piece]:
    foot = BOTTOM
    for kind, n in parts:
        if n:
            height = max(SHORTEST, (BOTTOM - TOP) * n / most)
            foot -= height
            yield Piece(kind, round(foot, 1), round(height, 1))
