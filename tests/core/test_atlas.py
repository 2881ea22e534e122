"""The atlas: shapes that fit together, regions that are made of them, and places that lie where they are."""

import math
import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.atlas import DATA, Atlas, Chart
from bridge.core.model import Place, Region
from bridge.core.places import Gazetteer
from bridge.core.plane import Point, area, closed_path, inside, open_path, pole, sides, simple, to_line, to_outline
from bridge.settings import load
from bridge.settings.counties import counties

ATLAS = Atlas.load()
KM = 0.5322  # of a unit: the shapes are 532 km from north to south


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Region]:
    """The shipped ones."""
    return dict(load({"BRIDGE_DATA": str(tmp_path_factory.mktemp("data"))}).regions)


@pytest.fixture(scope="module")
def chart(regions: dict[str, Region]) -> Chart:
    """Alabama in those regions."""
    return ATLAS.draw(regions)


def rings(county: str) -> list[list[Point]]:
    return [list(ATLAS.ring(arcs)) for arcs in ATLAS.counties[county]]


def drawn(path: str) -> list[list[Point]]:
    """The lines of an SVG path of ours, as a stranger to the code that wrote it reads them."""
    found = []
    for part in re.findall(r"M([^Mz]+)z?", path):
        numbers = [int(n) for n in re.findall(r"-?\d+", part)]
        x, y = 0, 0
        line: list[Point] = []
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            line.append((x, y))
        found.append(line)
    return found


# ---- counties


def test_every_county_of_the_gazetteer_has_a_shape_and_there_is_no_other() -> None:
    assert sorted(ATLAS.counties) == sorted(counties())
    assert len(ATLAS.counties) == 67


def test_the_outline_of_every_county_closes() -> None:
    for county, outlines in ATLAS.counties.items():
        for arcs in outlines:
            ends = [(ATLAS.line(arc)[0], ATLAS.line(arc)[-1]) for arc in arcs]
            following = [*ends[1:], ends[0]]
            assert all(here[1] == there[0] for here, there in zip(ends, following, strict=True)), county


def test_neighbors_share_their_border_to_the_point() -> None:
    uses = [arc if arc >= 0 else ~arc for outlines in ATLAS.counties.values() for arcs in outlines for arc in arcs]
    assert {uses.count(arc) for arc in range(len(ATLAS.arcs))} == {1, 2}
    assert not {ATLAS.arcs[n] for n in range(len(ATLAS.arcs))} & {arc[::-1] for arc in ATLAS.arcs if arc[0] != arc[-1]}


def test_no_outline_crosses_itself_and_no_county_another() -> None:
    every = [(n, a, b) for n, arc in enumerate(ATLAS.arcs) for a, b in pairwise(arc)]
    for (n, a, b), (m, c, d) in combinations(every, 2):
        if not {a, b} & {c, d}:
            assert not _crosses(a, b, c, d), (n, m)


def _crosses(a: Point, b: Point, c: Point, d: Point) -> bool:
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return False
    return _turn(a, b, c) != _turn(a, b, d) and _turn(c, d, a) != _turn(c, d, b)


def _turn(a: Point, b: Point, c: Point) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0])


def test_the_counties_together_are_as_large_as_alabama() -> None:
    square_km = sum(area(ring) for county in ATLAS.counties for ring in rings(county)) * KM**2
    assert square_km == pytest.approx(134_300, rel=0.02)  # by the Census Bureau: land and inland water
    baldwin = sum(map(area, rings("Baldwin")))
    assert baldwin == max(sum(map(area, rings(county))) for county in ATLAS.counties)  # the largest one, in life too


def test_the_middle_of_every_county_lies_in_it() -> None:
    for county, middle in ATLAS.middles.items():
        assert inside(middle, rings(county)), county
        assert [other for other in ATLAS.counties if inside(middle, rings(other))] == [county]


def test_the_file_is_small() -> None:
    assert DATA.stat().st_size < 40_000


# ---- towns

CITIES = {  # degrees north and west
    ("Mobile", "Mobile"): (30.69, 88.08),
    ("Huntsville", "Madison"): (34.73, 86.60),
    ("Montgomery", "Montgomery"): (32.37, 86.28),
    ("Dothan", "Houston"): (31.22, 85.40),
    ("Florence", "Lauderdale"): (34.81, 87.66),
    ("Selma", "Dallas"): (32.41, 87.02),
}


def test_cities_are_as_far_from_one_another_as_on_the_globe() -> None:
    for (one, a), (other, b) in combinations(CITIES.items(), 2):
        units = math.dist(_at(*one), _at(*other))
        assert units * KM == pytest.approx(_km(a, b), rel=0.03, abs=6), (one, other)


def _at(label: str, county: str) -> Point:
    found = ATLAS.towns[county][label]
    assert ATLAS.where(Place(label, county)) == found
    return found


def _km(a: tuple[float, float], b: tuple[float, float]) -> float:
    (n1, w1), (n2, w2) = (tuple(map(math.radians, one)) for one in (a, b))
    half = math.sin((n1 - n2) / 2) ** 2 + math.cos(n1) * math.cos(n2) * math.sin((w1 - w2) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))


def named() -> Iterator[tuple[str, str]]:
    """Every name that a caller's place can have, with each county that it can have it in."""
    gazetteer = Gazetteer.load()
    places = {place for found in gazetteer.names.values() for place in found} | set(gazetteer.zips.values())
    yield from {(place.name, county) for place in places for county in place.counties}


def test_every_place_that_callers_can_name_is_shown_in_its_county_or_at_its_edge() -> None:
    for name, county in named():
        spot = ATLAS.where(Place(name, county))
        assert spot is not None, (name, county)
        assert inside(spot, rings(county)) or to_outline(spot, rings(county)) <= 10, (name, county)


def test_most_places_have_a_point_of_their_own() -> None:
    towns = [(name, county) for name, county in named() if name != county]
    assert sum(name in ATLAS.towns[county] for name, county in towns) / len(towns) > 0.75


def test_what_is_not_known_is_shown_where_the_next_larger_thing_is(chart: Chart) -> None:
    (g,) = (shape for shape in chart.shapes if shape.id == "G")
    assert chart.where(Place("Calhoun County", "Calhoun", "G")) == ATLAS.middles["Calhoun"]
    assert chart.where(Place("Atlantis", "Calhoun", "G")) == ATLAS.middles["Calhoun"]
    assert chart.where(Place(region="G")) == g.label
    assert chart.where(Place("Atlanta", "Fulton", "G")) == g.label
    assert chart.where(Place(region="Q")) is None
    assert chart.where(Place()) is None


# ---- regions


def test_every_county_is_drawn_in_the_one_region_that_has_it(regions: dict[str, Region], chart: Chart) -> None:
    areas = {shape.id: drawn(shape.area) for shape in chart.shapes}
    assert list(areas) == list(regions)
    for county, middle in ATLAS.middles.items():
        has_it = [region.id for region in regions.values() if county in region.counties]
        assert [name for name, outline in areas.items() if inside(middle, outline)] == has_it


def test_a_region_is_as_large_as_its_counties(regions: dict[str, Region], chart: Chart) -> None:
    for shape in chart.shapes:
        apart = sum(area(ring) for county in regions[shape.id].counties for ring in rings(county))
        assert sum(map(area, drawn(shape.area))) == pytest.approx(apart)


def test_every_part_of_a_regions_outline_closes_and_is_a_border(chart: Chart) -> None:
    borders = {frozenset(pair) for line in drawn(chart.borders) for pair in pairwise(line)}
    for shape in chart.shapes:
        assert shape.area.endswith("z")
        for ring in drawn(shape.area):
            assert {frozenset(side) for side in sides(ring)} <= borders
        inner = {frozenset(pair) for line in drawn(shape.lines) for pair in pairwise(line)}
        assert inner
        assert not inner & borders


def test_the_name_of_a_region_stands_well_within_it(chart: Chart) -> None:
    for shape in chart.shapes:
        assert inside(shape.label, drawn(shape.area))
        assert to_outline(shape.label, drawn(shape.area)) > 60, shape.id


def test_all_of_it_is_in_the_box(chart: Chart) -> None:
    left, top, wide, high = chart.box
    points = [point for shape in chart.shapes for line in drawn(shape.area) for point in line]
    assert all(left < x < left + wide and top < y < top + high for x, y in points)
    assert 0.6 < wide / high < 0.7  # portrait


def test_other_regions_make_another_chart_and_the_same_ones_the_same(regions: dict[str, Region], chart: Chart) -> None:
    assert ATLAS.draw(dict(regions)) is chart
    whole = Region("X", "All", "everything", tuple(ATLAS.counties), ())
    (shape,) = ATLAS.draw({"X": whole}).shapes
    assert drawn(shape.lines)
    assert 2 <= len(drawn(shape.area)) <= 4  # the state, and its islands


def test_regions_that_are_torn_apart_or_lie_within_one_another_are_drawn_too() -> None:
    hole = Region("H", "Hole", "", ("Calhoun",), ())
    torn = Region("T", "Torn", "", ("Mobile", "Jackson"), ())
    others = tuple(county for county in ATLAS.counties if county not in hole.counties + torn.counties)
    shapes = {s.id: s for s in ATLAS.draw({"H": hole, "T": torn, "O": Region("O", "Others", "", others, ())}).shapes}
    assert not inside(ATLAS.middles["Calhoun"], drawn(shapes["O"].area))
    assert inside(ATLAS.middles["Jackson"], drawn(shapes["T"].area))
    assert all(inside(shape.label, drawn(shape.area)) for shape in shapes.values())


def test_a_region_of_which_no_county_is_known_has_no_shape() -> None:
    assert ATLAS.draw({"X": Region("X", "X", "", ("Fulton",), ())}).shapes == ()


def test_an_atlas_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.json"):
        Atlas.load(tmp_path / "nowhere.json")


# ---- the plane

POINTS = st.tuples(st.integers(-500, 500), st.integers(-500, 500))


@given(st.lists(POINTS, min_size=2, max_size=30), st.floats(0, 50))
def test_a_simpler_line_keeps_its_ends_and_stays_near(line: list[Point], within: float) -> None:
    fewer = simple(line, within)
    assert (fewer[0], fewer[-1]) == (line[0], line[-1])
    assert len(fewer) <= len(line)
    pairs = list(pairwise(fewer))
    assert all(min(to_line(point, a, b) for a, b in pairs) <= within + 1e-9 for point in line)


@given(st.lists(st.lists(POINTS, min_size=2, max_size=12), min_size=1, max_size=4))
def test_what_is_written_as_a_path_is_read_back(lines: list[list[Point]]) -> None:
    assert drawn(open_path(lines)) == lines
    assert drawn(closed_path(lines)) == lines


def test_the_pole_of_a_horseshoe_is_in_its_iron() -> None:
    shoe: list[Point] = [(0, 0), (100, 0), (100, 20), (20, 20), (20, 80), (100, 80), (100, 100), (0, 100)]
    assert inside(pole([shoe]), [shoe])
    assert not inside((60, 50), [shoe])
