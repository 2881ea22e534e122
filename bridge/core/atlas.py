"""Where things are in Alabama: the shapes of its counties, the regions that are made of them, and the points of its towns.

All of it in one plane, in whole units: 1000 from north to south, y downward. The data is ``data/alabama.json``, TopoJSON with
the towns beside it; ``data/build_map.py`` says where it comes from. A line between two counties stands in it once, as an arc; a
region is the area of its counties, and its outline the arcs that only one of them has.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path

from bridge.core.model import Place, Region
from bridge.core.plane import Point, Ring, closed_path, inside, open_path, pole

DATA = Path(__file__).parent / "data" / "alabama.json"
MARGIN = 8  # units around the state, for its outline
LABEL = 1.25  # a region's label is about so many times as wide as it is high
Spot = tuple[int, int]
Arc = int
"""The number of an arc; ~number where it is walked backward."""


@dataclass(frozen=True)
class Shape:
    """One region as it is drawn: `area` (within `outline`) and `lines` (between its counties) are SVG paths; `label` is its
    visual middle."""

    id: str
    name: str
    outline: tuple[Ring, ...]
    area: str
    lines: str
    label: Spot


@dataclass(frozen=True, eq=False)
class Chart:
    """Alabama in regions. `borders` is an SVG path of every line that a region ends at; `box` is left, top, width, height."""

    shapes: tuple[Shape, ...]
    borders: str
    box: tuple[int, int, int, int]
    atlas: "Atlas"

    @property
    def view_box(self) -> str:
        """`box`, as SVG writes it."""
        return " ".join(map(str, self.box))

    def abroad(self, spot: Spot, region: str) -> bool:
        """Whether the point lies in another region than this one (id). Outside of the state is not."""
        own = sorted(self.shapes, key=lambda shape: shape.id != region)
        return next((shape.id != region for shape in own if inside(spot, shape.outline)), False)

    def where(self, place: Place) -> Spot | None:
        """The point of the town, else the middle of the county, else of the region; None where none of them is known."""
        labels = {shape.id: shape.label for shape in self.shapes}
        return self.atlas.where(place) or labels.get(place.region)


@dataclass(frozen=True, eq=False)
class Atlas:
    """The counties, as arcs that neighbors share, and the towns of each."""

    arcs: tuple[tuple[Point, ...], ...]
    counties: Mapping[str, tuple[tuple[Arc, ...], ...]]  # the rings of each
    middles: Mapping[str, Spot]  # the visual middle of each county
    towns: Mapping[str, Mapping[str, Spot]]  # by county, then by name
    size: Spot

    @staticmethod
    @cache
    def load(path: Path = DATA) -> "Atlas":
        """Reads the shapes, once. Raises OSError where they are not there."""
        topology = json.loads(path.read_text(encoding="utf-8"))
        shapes = {shape["properties"]["name"]: shape for shape in topology["objects"]["counties"]["geometries"]}
        return Atlas(
            arcs=tuple(tuple(_walked(steps)) for steps in topology["arcs"]),
            counties={name: tuple(tuple(ring) for part in s["arcs"] for ring in part) for name, s in shapes.items()},
            middles={name: _spot(shape["properties"]["middle"]) for name, shape in shapes.items()},
            towns={county: {name: _spot(at) for name, at in towns.items()} for county, towns in topology["towns"].items()},
            size=_spot(topology["bbox"][2:]),
        )

    def draw(self, regions: Mapping[str, Region]) -> Chart:
        """The chart of these regions; the same again where they are the same."""
        return _drawn(self, tuple((region.id, region.name, region.counties) for region in regions.values()))

    def where(self, place: Place) -> Spot | None:
        """The point of the town, else the middle of the county; None where neither is known."""
        town = self.towns.get(place.county, {}).get(place.label)
        return town or self.middles.get(place.county)

    def ring(self, arcs: Sequence[Arc]) -> Ring:
        """The points of arcs that follow one another to their beginning."""
        return [point for arc in arcs for point in self.line(arc)[:-1]]

    def line(self, arc: Arc) -> Sequence[Point]:
        """The points of an arc, in the direction in which it is walked."""
        return self.arcs[arc] if arc >= 0 else self.arcs[~arc][::-1]

    def outline(self, counties: Iterable[str]) -> list[tuple[Arc, ...]]:
        """The rings around an area of counties: the arcs that only one of them has, put together end to end."""
        arcs = [arc for county in counties for ring in self.counties.get(county, ()) for arc in ring]
        uses = Counter(map(_plain, arcs))
        return list(self._joined([arc for arc in arcs if uses[_plain(arc)] == 1]))

    def within(self, counties: Iterable[str]) -> list[Arc]:
        """The arcs between counties of an area."""
        arcs = Counter(_plain(arc) for county in counties for ring in self.counties.get(county, ()) for arc in ring)
        return sorted(arc for arc, uses in arcs.items() if uses > 1)

    def _joined(self, arcs: list[Arc]) -> Iterator[tuple[Arc, ...]]:
        left: dict[Point, list[Arc]] = {}
        for arc in arcs:
            left.setdefault(self.line(arc)[0], []).append(arc)
        for first in arcs:
            start = here = self.line(first)[0]
            if first not in left[start]:
                continue
            left[start].remove(first)
            ring, here = [first], self.line(first)[-1]
            while here != start:
                ring.append(left[here].pop())
                here = self.line(ring[-1])[-1]
            yield tuple(ring)


@lru_cache(maxsize=4)
def _drawn(atlas: Atlas, regions: tuple[tuple[str, str, tuple[str, ...]], ...]) -> Chart:
    outlines = [atlas.outline(counties) for _, _, counties in regions]
    shapes = (_shape(atlas, *region, outline) for region, outline in zip(regions, outlines, strict=True) if outline)
    borders = {_plain(arc) for outline in outlines for ring in outline for arc in ring}
    wide, high = atlas.size
    return Chart(
        shapes=tuple(shapes),
        borders=open_path(atlas.line(arc) for arc in sorted(borders)),
        box=(-MARGIN, -MARGIN, wide + 2 * MARGIN, high + 2 * MARGIN),
        atlas=atlas,
    )


def _shape(atlas: Atlas, id: str, name: str, counties: tuple[str, ...], outline: list[tuple[Arc, ...]]) -> Shape:
    rings = [atlas.ring(arcs) for arcs in outline]
    lines = open_path(map(atlas.line, atlas.within(counties)))
    return Shape(id, name, tuple(rings), closed_path(rings), lines, _spot(pole(rings, LABEL)))


def _spot(at: Sequence[float]) -> Spot:
    return round(at[0]), round(at[1])


def _walked(steps: Iterable[Sequence[int]]) -> Iterator[Point]:
    """Points, from a first one and steps from there."""
    yield from ((x, y) for x, y in accumulate(steps, lambda here, step: (here[0] + step[0], here[1] + step[1])))


def _plain(arc: Arc) -> Arc:
    """The arc, whichever way it is walked."""
    return arc if arc >= 0 else ~arc
