"""Builds ``alabama.json``, what the map of Alabama is drawn from. Run by ``make map``; never imported by the program.

It is TopoJSON that stands by itself in a plane: the 67 counties as arcs that neighbors share, in whole units, 1000 from north
to south, y downward. Regions are not in it: which counties make one is configured (``config/regions.toml``), and outlines of
regions are the arcs that lie between them. Besides, ``towns``: for each county the places that the gazetteer knows in it, as
points.

- Counties: the U.S. Census Bureau's cartographic boundary files in 1:10,000,000, as the npm package us-atlas carries them (ISC
  license). The version is pinned and its hash checked; ``npm`` fetches it.
- Towns: ``gazetteer.csv``, at the coordinates of post offices of the ``zipcodes`` package. A place without a post office is not
  in it, nor one whose coordinates lie elsewhere than its county: those are shown in the middle of their county.
"""

import base64
import csv
import hashlib
import json
import math
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import zipcodes

from bridge.core.plane import Point, Ring, area, inside, pole, simple, to_outline

HERE = Path(__file__).parent
PACKAGE = "us-atlas@3.0.1"
SHA512 = "wEIZCq0ImPvGblTd8gZMqNNCPkQshugMUG/8nkSWXb02+XqNFREg9atHOKP9w6prLZTpqcLhSvdBW81MkV3/0Q=="
STATE = "01"  # Alabama's number with the Census Bureau
MERIDIAN = -86.7  # degrees: the middle of the state
HIGH = 1000  # units from the northernmost point to the southernmost
WITHIN = 1.6  # units (of some 530 m) that a line may be off: not to be seen at 700 pixels
SPECK = 8.0  # square units: smaller islands are left out
NEAR = 10.0  # units that a town may lie outside of its county, for post offices at its edge
Arcs = list[list[Point]]
Offices = Mapping[tuple[str, str], list[tuple[bool, Point]]]


def main() -> None:
    atlas = json.loads(_fetched())
    counties = {
        g["properties"]["name"]: _polygons(g) for g in atlas["objects"]["counties"]["geometries"] if g["id"][:2] == STATE
    }
    used = sorted({_plain_arc(n) for polygons in counties.values() for polygon in polygons for ring in polygon for n in ring})
    project = _fitted([point for n in used for point in _degrees(atlas, n)])
    arcs = [_whole(simple([project(point) for point in _degrees(atlas, n)], WITHIN)) for n in used]
    new = {old: n for n, old in enumerate(used)}
    shapes = {name: _kept([[_renamed(ring, new) for ring in p] for p in polygons], arcs) for name, polygons in counties.items()}
    towns = {name: _towns(name, [_ring(r, arcs) for p in shapes[name] for r in p], project) for name in sorted(shapes)}
    (HERE / "alabama.json").write_text(_text(shapes, arcs, towns), encoding="utf-8")


def _fetched() -> bytes:
    """The counties of the United States, from the package, if it is the one that we know."""
    with tempfile.TemporaryDirectory() as folder:
        npm = ["npm", "pack", "--silent", PACKAGE, "--pack-destination", folder]
        subprocess.run(npm, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  all of it stands here
        packed = next(Path(folder).glob("*.tgz"))
        found = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
        if found != SHA512:
            raise SystemExit(f"{PACKAGE} is not the one that is known here: its SHA-512 is {found}")
        with tarfile.open(packed) as tar:
            file = tar.extractfile("package/counties-10m.json")
            assert file is not None
            return file.read()


def _polygons(geometry: dict[str, Any]) -> list[list[list[int]]]:
    return geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]


def _plain_arc(n: int) -> int:
    """The number of the arc; it is written ~n where it is walked backward."""
    return n if n >= 0 else ~n


def _degrees(atlas: dict[str, Any], n: int) -> Iterator[Point]:
    """The arc's points, as degrees east and north: each stands there as a step from the last."""
    (kx, ky), (dx, dy) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    x = y = 0
    for step in atlas["arcs"][n]:
        x, y = x + step[0], y + step[1]
        yield x * kx + dx, y * ky + dy


class _fitted:  # noqa: N801  a function that was made to measure
    """A transverse Mercator projection, in which the points given are HIGH units high and begin at (0, 0)."""

    def __init__(self, degrees: list[Point]) -> None:
        flat = list(map(self._flat, degrees))
        self._left, self._top = min(x for x, _ in flat), max(y for _, y in flat)
        self._scale = HIGH / (self._top - min(y for _, y in flat))

    def __call__(self, degrees: Point) -> Point:
        x, y = self._flat(degrees)
        return (x - self._left) * self._scale, (self._top - y) * self._scale

    @staticmethod
    def _flat(degrees: Point) -> Point:
        east, north = math.radians(degrees[0] - MERIDIAN), math.radians(degrees[1])
        return math.atanh(math.cos(north) * math.sin(east)), math.atan2(math.tan(north), math.cos(east))


def _whole(line: list[Point]) -> list[Point]:
    """The line in whole units, no point twice in a row; its ends stay two, so that a line never vanishes."""
    points: list[Point] = [(round(x), round(y)) for x, y in line]
    kept = [point for n, point in enumerate(points) if n == 0 or point != points[n - 1]]
    return kept if len(kept) > 1 else [points[0], points[-1]]


def _renamed(ring: list[int], new: dict[int, int]) -> list[int]:
    return [new[n] if n >= 0 else ~new[~n] for n in ring]


def _ring(ring: list[int], arcs: Arcs) -> Ring:
    lines = (arcs[n] if n >= 0 else arcs[~n][::-1] for n in ring)
    return [point for line in lines for point in line[:-1]]


def _kept(polygons: list[list[list[int]]], arcs: Arcs) -> list[list[list[int]]]:
    return [polygon for polygon in polygons if area(_ring(polygon[0], arcs)) > SPECK]


def _towns(county: str, rings: list[Ring], project: _fitted) -> dict[str, Point]:
    offices = _offices(project)
    found = {}
    for name, said, counties in _named(county):
        here = [each for one in said for each in offices.get((_plain(one), county), [])]
        there = [each for other in counties for one in said for each in offices.get((_plain(one), other), [])]
        point = _middle(here or there)
        if point and (inside(point, rings) or to_outline(point, rings) < NEAR):
            found[name] = point
    return dict(sorted(found.items()))


def _named(county: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Every name that a caller's place may have in this county, what else it is called, and the counties that it lies in."""
    with (HERE / "gazetteer.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            counties, also = row["counties"].split("|"), row["also"].split("|")
            if county in counties and row["kind"] == "zip":
                yield row["also"], also, counties
            elif county in counties and row["kind"] in {"town", "community"}:
                yield row["name"], [row["name"], *filter(None, also)], counties


def _offices(project: _fitted) -> Offices:
    """Post offices by name and county: whether it is the office's main name and the office has routes, and where it is."""
    found: dict[tuple[str, str], list[tuple[bool, Point]]] = {}
    for office in zipcodes.filter_by(state="AL"):  # type: ignore[no-untyped-call]
        county = str(office["county"]).removesuffix(" County").replace("St ", "St. ")
        at = project((float(office["long"]), float(office["lat"])))
        for name in (office["city"], *office["acceptable_cities"]):
            main = name == office["city"] and office["zip_code_type"] == "STANDARD"
            found.setdefault((_plain(name.replace("Saint ", "St. ")), county), []).append((main, at))
    return found


def _middle(offices: list[tuple[bool, Point]]) -> Point | None:
    points = [at for main, at in offices if main] or [at for _, at in offices]
    if not points:
        return None
    return round(sum(x for x, _ in points) / len(points)), round(sum(y for _, y in points) / len(points))


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _text(shapes: dict[str, list[list[list[int]]]], arcs: Arcs, towns: dict[str, dict[str, Point]]) -> str:
    """TopoJSON, with steps for points."""
    steps = [[line[0], *((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(line))] for line in arcs]
    wide = max(x for line in arcs for x, _ in line)
    counties = [_county(name, shapes[name], arcs) for name in sorted(shapes)]
    topology = {
        "type": "Topology",
        "bbox": [0, 0, wide, HIGH],
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "objects": {"counties": {"type": "GeometryCollection", "geometries": counties}},
        "arcs": steps,
        "towns": towns,
    }
    return json.dumps(topology, separators=(",", ":")) + "\n"


def _county(name: str, polygons: list[list[list[int]]], arcs: Arcs) -> dict[str, Any]:
    middle = [round(n) for n in pole([_ring(ring, arcs) for polygon in polygons for ring in polygon])]
    return {"type": "MultiPolygon", "arcs": polygons, "properties": {"name": name, "middle": middle}}


if __name__ == "__main__":
    main()
