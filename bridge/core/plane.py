"""Plain geometry for the map. Points are (x, y), y grows downward; a ring is a closed line, its first point not repeated."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

Point = tuple[float, float]
Ring = Sequence[Point]
_FINE = 4.0  # a pole is found to within so many units


def sides(ring: Ring) -> Iterator[tuple[Point, Point]]:
    """Each side of the ring, the closing one included."""
    return zip(ring, (*ring[1:], ring[0]), strict=True)


def inside(point: Point, rings: Iterable[Ring]) -> bool:
    """Whether the point lies in the shape with these outlines; an outline within another is a hole."""
    x, y = point
    crossed = False
    for ring in rings:
        for (x1, y1), (x2, y2) in sides(ring):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                crossed = not crossed
    return crossed


def to_line(point: Point, a: Point, b: Point) -> float:
    """How far the point is from the line between two points."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / (dx * dx + dy * dy or 1.0)
    along = min(1.0, max(0.0, along))
    return math.hypot(point[0] - a[0] - along * dx, point[1] - a[1] - along * dy)


def to_outline(point: Point, rings: Iterable[Ring]) -> float:
    """How far the point is from the nearest side of any ring."""
    return min(to_line(point, a, b) for ring in rings for a, b in sides(ring))


def area(ring: Ring) -> float:
    """The area within the ring."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in sides(ring))) / 2


def pole(rings: Sequence[Ring], wide: float = 1.0) -> Point:
    """The point of the shape that is furthest from its outline: where a label has most room. A label that is `wide` times as
    wide as high finds its place better where the shape is looked at squeezed."""
    squeezed = [[(x / wide, y) for x, y in ring] for ring in rings]
    xs, ys = [x for ring in squeezed for x, _ in ring], [y for ring in squeezed for _, y in ring]
    left, top, step = min(xs), min(ys), max(max(xs) - min(xs), max(ys) - min(ys)) / 12
    best = _best(squeezed, ((left + step * i, top + step * j) for i in range(13) for j in range(13)))
    while step > _FINE:
        step /= 2
        best = _best(squeezed, ((best[0] + step * i, best[1] + step * j) for i in (0, -1, 1) for j in (0, -1, 1)))
    return best[0] * wide, best[1]


def simple(line: Sequence[Point], within: float) -> list[Point]:
    """The line with fewer points, nowhere further than `within` from what it was; its ends stay (Ramer, Douglas, Peucker)."""
    if len(line) < 3:
        return list(line)
    far = [to_line(point, line[0], line[-1]) for point in line]
    n = max(range(1, len(line) - 1), key=lambda i: far[i])
    if far[n] <= within:
        return [line[0], line[-1]]
    return simple(line[: n + 1], within)[:-1] + simple(line[n:], within)


def closed_path(rings: Iterable[Ring]) -> str:
    """The rings as the `d` of an SVG path. Coordinates are whole numbers."""
    return "".join(f"{_steps(ring)}z" for ring in rings)


def open_path(lines: Iterable[Sequence[Point]]) -> str:
    """Lines as the `d` of an SVG path. Coordinates are whole numbers."""
    return "".join(map(_steps, lines))


def _steps(line: Sequence[Point]) -> str:
    """ "M310 20l5-3 12 0": one start, and steps from it."""
    steps = ((round(b[0] - a[0]), round(b[1] - a[1])) for a, b in pairwise(line))
    moved = "".join(f"{_number(dx)}{_number(dy)}" for dx, dy in steps)
    return f"M{round(line[0][0])}{_number(round(line[0][1]))}l{moved.lstrip()}"


def _number(n: int) -> str:
    return f"{n}" if n < 0 else f" {n}"


def _best(rings: Sequence[Ring], points: Iterable[Point]) -> Point:
    return max(points, key=lambda point: to_outline(point, rings) * (1 if inside(point, rings) else -1))
