"""What the map of the status page shows: each region with who is on call there, and each live request where its caller is.

Marks that would lie on one another, or on the name of a region, are moved apart, within their region where there is room near
by, and a line leads to where they belong. Older requests take their places first, and keep them when younger ones come: nothing
jumps. Units are those of the atlas.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bridge.core.atlas import Chart, Spot
from bridge.core.board import Board, Row
from bridge.core.model import Region
from bridge.core.oncall import Post

MOST = 60  # marks that are drawn; the others are counted
FEW = 16  # up to so many marks are large
SILENT = "no answer to the last drill"  # the trouble of somebody who cannot be counted on to be reached
LETTER, LINE = 64, 34  # heights of a region's letter and of a line under it
_LARGE, _SMALL = 1.0, 0.72
_RADIUS, _HIGH, _DIGIT, _GAP = 18, 40, 24, 4  # of a large mark: its sign, its height, a character of its code, room around it
_STEPS, _FAR = (22, 22), 32  # a mark is moved by so much across and down, and so many times each way
_NEAR_BY = 170  # so far away a mark is still better off in its own region than nearer in another
_SUFFIXES = frozenset({"Jr.", "Sr.", "Jr", "Sr", "II", "III", "IV"})
_SAID = {"open": "waiting", "accepted": "accepted", "overdue": "overdue", "scene": "on scene needed"}


@dataclass(frozen=True)
class Box:
    """An upright rectangle that other things keep out of."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def across(self) -> tuple[Spot, Spot, Spot]:
        """Three points from its left side to its right."""
        y = round((self.top + self.bottom) / 2)
        return (round(self.left), y), (round((self.left + self.right) / 2), y), (round(self.right), y)

    def meets(self, other: "Box") -> bool:
        """Whether the two share any of their areas."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True)
class Mark:
    """One live request on the map. Its sign is at `x`, `y`. From there it goes `left` (below zero), is `wide`, and has its code
    at `code_x`, which ends there where it is `flipped`. `at` is where the caller is: a line leads there where the mark is
    `moved`. `said` is all of it in words."""

    id: str
    code: str
    kind: str  # as `Row.kind` has it
    late: bool  # the second promise is past its time
    x: int
    y: int
    left: int
    wide: int
    code_x: int
    flipped: bool
    at: Spot
    moved: bool
    said: str


@dataclass(frozen=True)
class Listed:
    """One live request in the table of regions: `said` is its state in words."""

    id: str
    code: str
    said: str


@dataclass(frozen=True)
class Territory:
    """One region: who is on call there, `family` short for the map; whether nobody can be reached there, and `why`, in words.
    `requests` are those that are live in it. `label` is where its letter stands, None where it has no shape. On call until
    `until` (seconds, UTC; None for the whole week), `then` the next one; `doubts` are what speaks against reaching them."""

    id: str
    name: str
    on_call: str
    family: str
    unreachable: bool
    why: str
    requests: tuple[Listed, ...]
    label: Spot | None
    until: float | None = None
    then: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands under the letter."""
        alarm = ("NO ANSWER" if self.family else "NOBODY") if self.unreachable else ""
        return tuple(filter(None, (self.family, alarm)))

    @property
    def length(self) -> str:
        """ "short", "middle" or "long": how large the lines may be written."""
        size = max(map(len, self.lines), default=0)
        return "short" if size <= 9 else "middle" if size <= 12 else "long"


@dataclass(frozen=True)
class Picture:
    """All of the map that moves, and nothing that ticks. `more` requests have a place but no mark, for want of room; of those
    `nowhere` no place is known. `view_box` is the chart's."""

    view_box: str
    territories: tuple[Territory, ...]
    marks: tuple[Mark, ...]
    more: int
    nowhere: tuple[Listed, ...]

    @property
    def dense(self) -> bool:
        """Whether there are so many marks that they are small."""
        return len(self.marks) > FEW

    @property
    def said(self) -> str:
        """The map in one sentence or two, for those who cannot see it."""
        count = sum(len(each.requests) for each in self.territories)
        lone = [f"{each.name}: {each.why}." for each in self.territories if each.unreachable]
        waiting = f"{count or 'No'} open {'request' if count == 1 else 'requests'} in {len(self.territories)} regions."
        return " ".join((waiting, *lone, "The table of regions has the same."))


def pictured(board: Board, regions: Mapping[str, Region], chart: Chart) -> Picture:
    """The map of what is live on the board. Equal for as long as nothing of it changes, whatever the time."""
    live = sorted(board.live, key=lambda row: (row.opened_at, row.id))
    spots = [(row, chart.where(row.where)) for row in live]
    placed = [(row, spot) for row, spot in spots if spot is not None]
    territories = tuple(_territories(board, regions, chart, live))
    return Picture(
        view_box=chart.view_box,
        territories=territories,
        marks=_marks(placed[:MOST], territories, chart),
        more=max(0, len(placed) - MOST),
        nowhere=tuple(_listed(row) for row, spot in spots if spot is None),
    )


def _territories(board: Board, regions: Mapping[str, Region], chart: Chart, live: list[Row]) -> Iterator[Territory]:
    labels = {shape.id: shape.label for shape in chart.shapes}
    posts = {post.region: post for post in board.posts if post.rank == "on-call"}
    names = _families(post.who for post in posts.values() if post.who)
    for region in regions.values():
        post = posts.get(region.id)
        who, why = (post.who, _why(post)) if post else ("", "")
        here = tuple(_listed(row) for row in live if row.where.region == region.id)
        until, then, doubts = (post.until, post.then, post.troubles) if post else (None, "", ())
        family, label = names.get(who, ""), labels.get(region.id)
        yield Territory(region.id, region.name, who, family, bool(why), why, here, label, until, then, doubts)


def _why(post: Post) -> str:
    """Why nobody can be reached in the region; "" where somebody can."""
    if not post.who:
        return "nobody is on call"
    return f"{post.who}: {SILENT}" if SILENT in post.troubles else ""


def _families(names: Iterable[str]) -> dict[str, str]:
    """The family name of each; the whole name where two have the same."""
    found = {name: next((part for part in reversed(name.split()) if part not in _SUFFIXES), name) for name in names}
    shared = list(found.values())
    return {name: family if shared.count(family) == 1 else name for name, family in found.items()}


def _marks(placed: list[tuple[Row, Spot]], territories: tuple[Territory, ...], chart: Chart) -> tuple[Mark, ...]:
    scale = _LARGE if len(placed) <= FEW else _SMALL
    names = tuple(box for each in territories if each.label for box in _name_boxes(each.label, each.lines))
    wanted = tuple(_Wanted(len(row.code), spot, row.where.region) for row, spot in placed)
    spread = _spread(wanted, names, chart, scale)
    return tuple(_mark(row, spot, *where, scale) for (row, spot), where in zip(placed, spread, strict=True))


def _listed(row: Row) -> Listed:
    return Listed(row.id, row.code, _said(row))


def _said(row: Row) -> str:
    late = row.kind == "scene" and row.scene is not None and row.scene.overdue
    return "overdue on scene" if late else _SAID.get(row.kind, row.kind)


def _mark(row: Row, at: Spot, here: Spot, flipped: bool, scale: float) -> Mark:
    box = _box(here, flipped, len(row.code), scale)
    return Mark(
        id=row.id,
        code=row.code,
        kind=row.kind,
        late=row.scene is not None and row.scene.overdue,
        x=here[0],
        y=here[1],
        left=round(box.left - here[0] + _GAP / 2 * scale),
        wide=round(box.right - box.left - _GAP * scale),
        code_x=round((_RADIUS + 4) * scale) * (-1 if flipped else 1),
        flipped=flipped,
        at=at,
        moved=math.dist(at, here) > _RADIUS * scale,
        said=f"Request {row.code}, {_said(row)}: {', '.join(filter(None, (row.place, row.county, row.region)))}",
    )


@dataclass(frozen=True)
class _Wanted:
    """A mark that is to be placed: of so many characters, near `spot`, and better in `region` (id) than in another."""

    length: int
    spot: Spot
    region: str


@lru_cache(maxsize=32)
def _spread(wanted: tuple[_Wanted, ...], taken: tuple[Box, ...], chart: Chart, scale: float) -> tuple[tuple[Spot, bool], ...]:
    """Where each mark goes, and whether its code stands on its left: as near to its place as there is room for it.
    What is `taken` is kept free. Remembered, for most looks change none of it."""
    free, found = list(taken), []
    for each in wanted:
        here, flipped = _nearest(each, free, chart, scale)
        free.append(_box(here, flipped, each.length, scale))
        found.append((here, flipped))
    return tuple(found)


def _nearest(wanted: _Wanted, taken: list[Box], chart: Chart, scale: float) -> tuple[Spot, bool]:
    """The nearest choice that is free; one in another region only where there is none near by in its own."""
    abroad = None
    for choice in _choices(wanted.spot, scale):
        box = _box(*choice, wanted.length, scale)
        far = math.dist(choice[0], wanted.spot) > _NEAR_BY * scale
        if far and abroad:
            return abroad
        if _within(box, chart.box) and not any(box.meets(other) for other in taken):
            if far or not any(chart.abroad(spot, wanted.region) for spot in box.across):
                return choice
            abroad = abroad or choice
    return abroad or (wanted.spot, False)


def _choices(spot: Spot, scale: float) -> Iterator[tuple[Spot, bool]]:
    yield from ((spot, False), (spot, True))
    for dx, dy in _offsets(scale):
        yield (spot[0] + dx, spot[1] + dy), dx < 0


@lru_cache
def _offsets(scale: float) -> tuple[Spot, ...]:
    """Steps away from a place, the smallest first."""
    across, down = (round(size * scale) for size in _STEPS)
    every = ((across * i, down * j) for i in range(-_FAR, _FAR + 1) for j in range(-_FAR, _FAR + 1))
    return tuple(sorted((step for step in every if step != (0, 0)), key=lambda step: (math.hypot(*step), abs(step[1]), step)))


def _box(here: Spot, flipped: bool, length: int, scale: float) -> Box:
    """What a mark takes up: its sign, and its code beside it."""
    short, long = (_RADIUS + _GAP) * scale, (_RADIUS + 5 + length * _DIGIT + _GAP) * scale
    high = (_HIGH / 2 + 1) * scale
    left, right = (long, short) if flipped else (short, long)
    return Box(here[0] - left, here[1] - high, here[0] + right, here[1] + high)


def _within(box: Box, frame: tuple[int, int, int, int]) -> bool:
    left, top, wide, high = frame
    return box.left >= left and box.top >= top and box.right <= left + wide and box.bottom <= top + high


def _name_boxes(label: Spot, lines: tuple[str, ...]) -> tuple[Box, Box]:
    """What a region's letter takes up, and the lines under it."""
    x, y = label
    half = min(max(map(len, lines), default=0), 10) * LINE * 0.3
    return (
        Box(x - LETTER * 0.4, y - LETTER + 10, x + LETTER * 0.4, y + 6),
        Box(x - half, y + 4, x + half, y + LINE * len(lines) + 10),
    )
