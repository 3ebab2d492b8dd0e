"""What a printed walk sheet shows: the way as a drawing, its stops, and what to look for.

The drawing is in millimetres on paper, made from SWEREF 99 TM with north up, so that a scale bar
on it is true. There is no base map: the sheet is the same wherever it is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from geodata.crs import to_metres
from geodata.model import Area, Finding, Place, Walk

WIDTH_MM: Final = 180.0
HEIGHT_MM: Final = 120.0
MARGIN_MM: Final = 8.0

STOP_WITHIN_M: Final = 60.0
"""A known place this near to the way, in metres, is a stop on it: across a street, not a block."""

SHOWN_WITHIN_M: Final = 150.0
"""Known places this near to the way are named on the drawing, to find one's way by."""

AROUND_M: Final = 60.0
"""How much of the ground round the way is drawn, in metres."""

SCALE_STEPS_M: Final = (20, 50, 100, 200, 500, 1_000, 2_000)


@dataclass(frozen=True, slots=True)
class Stop:
    """A known place on the way."""

    number: int
    name: str
    along_m: float
    x_mm: float
    y_mm: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on the drawing with its label."""

    x_mm: float
    y_mm: float
    label: str


@dataclass(frozen=True, slots=True)
class SheetDrawing:
    """The sheet's map, ready to be drawn.

    Parameters
    ----------
    width_mm, height_mm : float
        Its size.
    outline : str
        The area's outline, as an SVG path.
    way : str
        The way, as an SVG path; empty without one.
    start, end : Mark or None
        Where the way begins and ends; one of them where it comes back to its start.
    stops : tuple of Stop
        Known places on the way.
    near : tuple of Mark
        Other known places near it.
    findings : tuple of Mark
        Findings from before that are to be looked at again, numbered.
    scale_m, scale_mm : float
        A scale bar: its length on the ground and on paper.
    length_m : float or None
        The way's length.
    """

    width_mm: float
    height_mm: float
    outline: str
    way: str
    start: Mark | None
    end: Mark | None
    stops: tuple[Stop, ...]
    near: tuple[Mark, ...]
    findings: tuple[Mark, ...]
    scale_m: int
    scale_mm: float
    length_m: float | None


class Paper:
    """From metres to millimetres on paper."""

    def __init__(self, shown: BaseGeometry) -> None:
        west, south, east, north = shown.bounds
        room = (WIDTH_MM - 2 * MARGIN_MM, HEIGHT_MM - 2 * MARGIN_MM)
        self.mm_per_m = min(room[0] / max(east - west, 1.0), room[1] / max(north - south, 1.0))
        self._middle = ((west + east) / 2, (south + north) / 2)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a position in metres is drawn."""
        return (
            round(WIDTH_MM / 2 + (x - self._middle[0]) * self.mm_per_m, 2),
            round(HEIGHT_MM / 2 - (y - self._middle[1]) * self.mm_per_m, 2),
        )

    def path(self, shape: BaseGeometry | None) -> str:
        """Return a line's or a polygon's path."""
        if shape is None:
            return ""
        parts = shapely.get_parts(shapely.boundary(shape) if shape.area else shape)
        lines = []
        for part in parts:
            points = [self.at(x, y) for x, y in shapely.get_coordinates(part).tolist()]
            lines.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points))
        return "".join(lines)


def draw_walk(
    walk: Walk, area: Area, places: Iterable[Place], findings: Sequence[Finding] = ()
) -> SheetDrawing:
    """Lay out a walk's map for its printed sheet.

    Parameters
    ----------
    walk : Walk
        With or without a route.
    area : Area
        The area walked in.
    places : iterable of Place
        Known places; those near the way are stops or named.
    findings : sequence of Finding
        From before, to be looked at again: numbered in this order.

    Returns
    -------
    SheetDrawing
        The whole way, or the whole area where there is no way.
    """
    outline = to_metres(area.outline)
    way = None if walk.route is None else to_metres(walk.route)
    paper = Paper(outline if way is None else way.buffer(AROUND_M))
    known = named_points(places)
    stops = () if way is None else _stops(way, known, paper)
    taken = {stop.name for stop in stops}
    ends = ends_on(way, paper)
    scale_m = scale_on(paper)
    return SheetDrawing(
        WIDTH_MM,
        HEIGHT_MM,
        paper.path(outline),
        paper.path(way),
        *ends,
        stops,
        tuple(
            Mark(*paper.at(point.x, point.y), name)
            for name, point in once(known, outline if way is None else way)
            if name not in taken
            and point.distance(outline if way is None else way) <= SHOWN_WITHIN_M
        ),
        tuple(
            Mark(*paper.at(at.x, at.y), str(number))
            for number, finding in enumerate(findings, start=1)
            if finding.place is not None and (at := to_metres(finding.place))
        ),
        scale_m,
        round(scale_m * paper.mm_per_m, 2),
        None if way is None else float(way.length),
    )


def named_points(places: Iterable[Place]) -> list[tuple[str, Point]]:
    """Return places by name, in SWEREF 99 TM."""
    return [(place.name, to_metres(Point(place.lon, place.lat))) for place in places]


def once(known: Iterable[tuple[str, Point]], near: BaseGeometry) -> list[tuple[str, Point]]:
    """Return places, the nearest of each name: a stop's two sides are one to a walker."""
    return list(dict(sorted(known, key=lambda place: -place[1].distance(near))).items())


def _stops(
    way: LineString | MultiLineString, known: Sequence[tuple[str, Point]], paper: Paper
) -> tuple[Stop, ...]:
    # A way in several parts is measured part after part.
    line = LineString(shapely.get_coordinates(way))
    near = [(name, p) for name, p in once(known, way) if p.distance(way) <= STOP_WITHIN_M]
    along = sorted((float(line.project(point)), name, point) for name, point in near)
    return tuple(
        Stop(number, name, metres, *paper.at(point.x, point.y))
        for number, (metres, name, point) in enumerate(along, start=1)
    )


def ends_on(
    way: LineString | MultiLineString | None, paper: Paper
) -> tuple[Mark | None, Mark | None]:
    """Return where a way begins and ends; one of them where it comes back to its start."""
    if way is None:
        return None, None
    points = shapely.get_coordinates(way)
    start, end = points[0], points[-1]
    first = Mark(*paper.at(*start.tolist()), "")
    if float(np.hypot(*(end - start))) < STOP_WITHIN_M:
        return first, None
    return first, Mark(*paper.at(*end.tolist()), "")


def scale_on(paper: Paper) -> int:
    """Return the longest round length that takes up at most a quarter of the paper's width."""
    fitting = [m for m in SCALE_STEPS_M if m * paper.mm_per_m <= WIDTH_MM / 4]
    return fitting[-1] if fitting else SCALE_STEPS_M[0]
