"""An area's outline while it is drawn: its corners, steps back and forth, neighbours' borders.

Corners are longitude and latitude. One that comes near a neighbour's border is put on it, and
between two corners on one border the outline follows it, corner by corner: a shared border is
the very same positions on both sides, so that no place lies in both areas or in neither.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Final

import numpy as np
import shapely
from shapely import LinearRing, MultiLineString, MultiPolygon, Point, Polygon

from geodata.crs import to_degrees, to_metres
from geodata.model import Area

Corner = tuple[float, float]
"""Longitude and latitude in degrees, WGS 84."""

CORNERS_AT_MOST: Final = 1_000
"""Of a drawing; an outline of more is a register's, and comes as a file."""

TEXT_AT_MOST: Final = 90_000
"""Characters of a drawing with its steps: what a form's field may hold."""

ON_BORDER_M: Final = 0.01
"""A corner nearer than this to a border lies on it: far more than positions are rounded by."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Corners, part by part, the first not repeated; a part inside another is a hole in it."""

    rings: tuple[tuple[Corner, ...], ...] = ((),)
    # Whether the last part is not finished yet.
    is_open: bool = True

    @property
    def finished(self) -> tuple[tuple[Corner, ...], ...]:
        """The parts that are closed, of three corners or more."""
        rings = self.rings[:-1] if self.is_open else self.rings
        return tuple(ring for ring in rings if len(ring) > 2)

    @property
    def count(self) -> int:
        """How many corners it has."""
        return sum(map(len, self.rings))

    def outline(self) -> Polygon | MultiPolygon | None:
        """Return what the finished parts enclose, None where that is nothing."""
        shape = shapely.build_area(MultiLineString([LinearRing(ring) for ring in self.finished]))
        if not isinstance(shape, Polygon | MultiPolygon) or shape.is_empty:
            return None
        return shapely.orient_polygons(shape)

    def with_ring(self, at: int, ring: Sequence[Corner]) -> Sketch:
        """Return it with another part in a part's place; without it where nothing is left."""
        rings = [*self.rings[:at], tuple(ring), *self.rings[at + 1 :]]
        kept = [r for n, r in enumerate(rings) if r or (self.is_open and n == len(rings) - 1)]
        return Sketch(tuple(kept) or ((),), self.is_open or not kept)

    def closed(self) -> Sketch:
        """Return it with its last part finished, if that has corners enough."""
        return replace(self, is_open=False) if len(self.rings[-1]) > 2 else self

    def with_part(self) -> Sketch:
        """Return it with another part begun."""
        return self if self.is_open else Sketch((*self.rings, ()), is_open=True)


def sketch_of(outline: Polygon | MultiPolygon) -> Sketch:
    """Return an outline's corners."""
    rings = tuple(tuple(map(_corner, ring.coords[:-1])) for ring in _rings(outline))
    return Sketch(rings, is_open=False)


def _corner(position: Sequence[float]) -> Corner:
    lon, lat = position[:2]
    return float(lon), float(lat)


def _rings(outline: Polygon | MultiPolygon) -> Iterator[LinearRing]:
    for part in shapely.get_parts(outline):
        yield from (part.exterior, *part.interiors)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A sketch with the steps that led to it, and those that were taken back."""

    # The first ones are forgotten where there are very many.
    steps: tuple[Sketch, ...] = (Sketch(),)
    # Which of them is the present one.
    at: int = 0

    @property
    def now(self) -> Sketch:
        """The present sketch."""
        return self.steps[self.at]

    def do(self, sketch: Sketch) -> Drawing:
        """Return the drawing after another step; what had been taken back is forgotten."""
        if sketch == self.now:
            return self
        return Drawing((*self.steps[: self.at + 1], sketch), self.at + 1)

    def moved(self, steps: int) -> Drawing:
        """Return it some steps on, or back where `steps` is below 0, as far as there are any."""
        return replace(self, at=min(max(self.at + steps, 0), len(self.steps) - 1))

    def text(self) -> str:
        """Return it as a text of at most `TEXT_AT_MOST` characters, without its oldest steps."""
        written = [
            json.dumps([step.is_open, step.rings], separators=(",", ":")) for step in self.steps
        ]
        first = last = self.at
        length = len(written[self.at]) + 40
        for at in (*range(self.at - 1, -1, -1), *range(self.at + 1, len(written))):
            length += len(written[at]) + 1
            if length > TEXT_AT_MOST:
                break
            first, last = min(first, at), max(last, at)
        return f'{{"at":{self.at - first},"steps":[{",".join(written[first : last + 1])}]}}'


def drawing_from(text: str) -> Drawing:
    """Return the drawing that a text holds; an empty one where it holds none."""
    try:
        given = json.loads(text)
        steps = tuple(read_sketch(rings, is_open=is_open) for is_open, rings in given["steps"])
        found = Drawing(steps, int(given["at"]))
    except (*NOT_SKETCHES, RecursionError):
        return Drawing()
    return found if 0 <= found.at < len(steps) else Drawing()


NOT_SKETCHES: Final = (ValueError, TypeError, KeyError, OverflowError)
"""What reading a sketch raises where there is none."""


def read_sketch(rings: object, *, is_open: object) -> Sketch:
    """Return what a browser says that was drawn.

    Raises
    ------
    ValueError, TypeError, KeyError, OverflowError
        `NOT_SKETCHES`: if it is no sketch, or too large a one.
    """
    if not isinstance(rings, list) or not isinstance(is_open, bool):
        raise TypeError(type(rings))
    found = Sketch(tuple(tuple(_corner(at) for at in ring) for ring in rings) or ((),), is_open)
    positions = chain.from_iterable(found.rings)
    if found.count > CORNERS_AT_MOST or not all(_on_earth(*corner) for corner in positions):
        raise ValueError(found.count)
    return found


def _on_earth(lon: float, lat: float) -> bool:
    return math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90


# --- neighbours' borders -------------------------------------------------------------------------


class _Border:
    """One ring of a neighbour's outline."""

    def __init__(self, ring: LinearRing) -> None:
        self.line = to_metres(ring)
        self.corners = [_corner(at) for at in ring.coords[:-1]]
        self.metres = shapely.get_coordinates(self.line)[:-1]
        steps = np.hypot(*np.diff(shapely.get_coordinates(self.line), axis=0).T)
        self.along = np.concatenate([[0.0], np.cumsum(steps)[:-1]])

    def nearest_corner(self, point: Point) -> tuple[float, Corner]:
        away = np.hypot(*(self.metres - shapely.get_coordinates(point)[0]).T)
        at = int(np.argmin(away))
        return float(away[at]), self.corners[at]

    def between(self, first: Point, last: Point) -> list[Corner]:
        """Return its corners on the shorter way from one point on it to another."""
        start, end = self.line.project(first), self.line.project(last)
        around = self.line.length
        forward = self._passed(start, (end - start) % around)
        if (end - start) % around <= around / 2:
            return forward
        return self._passed(end, (start - end) % around)[::-1]

    def _passed(self, start: float, length: float) -> list[Corner]:
        away = (self.along - start) % self.line.length
        inside = (away > ON_BORDER_M) & (away < length - ON_BORDER_M)
        return [self.corners[at] for at in np.argsort(away, kind="stable") if inside[at]]


def snapped(
    before: Sketch,
    after: Sketch,
    neighbours: Sequence[Area],
    within_m: float,
    *,
    follow: bool = True,
) -> Sketch:
    """Return a sketch whose new corners lie on the neighbours' borders where they come near them.

    Parameters
    ----------
    before : Sketch
        Its corners stay where they are.
    after : Sketch
        The next step.
    neighbours : sequence of Area
        The other areas.
    within_m : float
        How near, in metres: a neighbour's corner comes before its edge.
    follow : bool, default True
        Whether between two corners on one border the outline follows it, the shorter way.

    Returns
    -------
    Sketch
        What lies on a border has the neighbour's own corners; where it meets an edge in its
        midst, a corner within 0.1 mm of it.
    """
    old = set(chain.from_iterable(before.rings))
    borders = [_Border(ring) for area in neighbours for ring in _rings(area.outline)]
    rings: list[tuple[Corner, ...]] = []
    for at, ring in enumerate(after.rings):
        moved = [corner if corner in old else _put(corner, borders, within_m) for corner in ring]
        new = [corner not in old for corner in ring]
        is_open = after.is_open and at == len(after.rings) - 1
        just_closed = before.is_open and not is_open and at == len(before.rings) - 1
        if follow and len(moved) > 1:
            moved = _following(moved, new, borders, is_open=is_open, closing=just_closed)
        rings.append(_without_repeats(moved, is_open=is_open))
    return Sketch(tuple(rings), after.is_open)


def _put(corner: Corner, borders: Sequence[_Border], within_m: float) -> Corner:
    point = to_metres(Point(corner))
    near = [border for border in borders if border.line.distance(point) <= within_m]
    if not near:
        return corner
    away, theirs = min(border.nearest_corner(point) for border in near)
    if away <= within_m:
        return theirs
    line = min(near, key=lambda border: border.line.distance(point)).line
    on_edge = to_degrees(line.interpolate(line.project(point)))
    return round(on_edge.x, 9), round(on_edge.y, 9)


def _following(
    ring: list[Corner],
    new: list[bool],
    borders: Sequence[_Border],
    *,
    is_open: bool,
    closing: bool,
) -> list[Corner]:
    """Return a ring with a neighbour's corners between two on its border, one of which is new."""
    points = [to_metres(Point(corner)) for corner in ring]
    on = [
        {n for n, b in enumerate(borders) if b.line.distance(point) <= ON_BORDER_M}
        for point in points
    ]
    found: list[Corner] = []
    for at, following in pairwise([*range(len(ring)), *([] if is_open else [0])]):
        found.append(ring[at])
        shared = on[at] & on[following]
        if shared and (new[at] or new[following] or (closing and following == 0)):
            ways = [borders[n].between(points[at], points[following]) for n in sorted(shared)]
            shortest = min(ways, key=len)
            found += shortest
    return [*found, ring[-1]] if is_open else found


def _without_repeats(ring: Sequence[Corner], *, is_open: bool) -> tuple[Corner, ...]:
    kept = [corner for at, corner in enumerate(ring) if at == 0 or corner != ring[at - 1]]
    if not is_open and len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    return tuple(kept)
