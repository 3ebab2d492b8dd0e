"""What a loop's printed sheet shows: its way as a drawing with numbered stops, and its times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import shapely
from shapely import MultiPolygon, Point, Polygon

from geodata.crs import to_metres
from geodata.model import Place
from geodata.publish.kept_loop import KeptLoop, KeptStop
from geodata.publish.walk_sheet import (
    AROUND_M,
    HEIGHT_MM,
    SHOWN_WITHIN_M,
    STOP_WITHIN_M,
    WIDTH_MM,
    Mark,
    Paper,
    SheetDrawing,
    Stop,
    ends_on,
    named_points,
    once,
    scale_on,
)


@dataclass(frozen=True, slots=True)
class LoopRow:
    """A stop as the sheet lists it.

    Parameters
    ----------
    number : int
        From 1, as on the drawing.
    stop : KeptStop
        Which.
    reached_min, left_min : float
        When, in minutes after midnight of the day of the walk.
    """

    number: int
    stop: KeptStop
    reached_min: float
    left_min: float


@dataclass(frozen=True, slots=True)
class LoopSheet:
    """A loop's sheet.

    Parameters
    ----------
    loop : KeptLoop
        The loop.
    drawing : SheetDrawing
        Its map.
    rows : tuple of LoopRow
        Its stops, in the order of the walk.
    back_min : float
        When it ends, in minutes after midnight.
    """

    loop: KeptLoop
    drawing: SheetDrawing
    rows: tuple[LoopRow, ...]
    back_min: float


def lay_out_loop(
    loop: KeptLoop,
    outlines: Iterable[Polygon | MultiPolygon],
    places: Iterable[Place],
    own_name: str,
) -> LoopSheet:
    """Lay out a loop's sheet.

    Parameters
    ----------
    loop : KeptLoop
        The loop.
    outlines : iterable of shapely Polygon or MultiPolygon
        The areas' outlines, WGS 84; those that the drawing has room for are drawn.
    places : iterable of Place
        Known places; those near the way are named.
    own_name : str
        What a stop without a name is called.

    Returns
    -------
    LoopSheet
        The whole way, with its stops numbered as they are come to.
    """
    rows = tuple(
        LoopRow(number, stop, at, at + stop.minutes)
        for number, stop in enumerate(loop.stops, start=1)
        for at in (loop.depart_min + stop.reached_min,)
    )
    drawing = _drawn(loop, outlines, places, own_name)
    return LoopSheet(loop, drawing, rows, loop.depart_min + loop.whole_min)


def _drawn(
    loop: KeptLoop,
    outlines: Iterable[Polygon | MultiPolygon],
    places: Iterable[Place],
    own_name: str,
) -> SheetDrawing:
    way = to_metres(loop.line)
    shown = shapely.union_all([way, *(_point(stop) for stop in loop.stops)]).buffer(AROUND_M)
    paper = Paper(shown)
    frame = shapely.box(*shown.bounds)
    around = [shape for shape in map(to_metres, outlines) if shape.intersects(frame)]
    scale_m = scale_on(paper)
    return SheetDrawing(
        WIDTH_MM,
        HEIGHT_MM,
        "".join(paper.path(shape) for shape in around),
        paper.path(way),
        *ends_on(way, paper),
        _stops(loop.stops, own_name, paper),
        _near(loop, places, paper),
        (),
        scale_m,
        round(scale_m * paper.mm_per_m, 2),
        loop.metres,
    )


def _point(stop: KeptStop) -> Point:
    return to_metres(Point(stop.lon, stop.lat))


def _stops(stops: Sequence[KeptStop], own_name: str, paper: Paper) -> tuple[Stop, ...]:
    along = accumulate(stop.metres for stop in stops)
    return tuple(
        Stop(number, stop.name or own_name, metres, *paper.at(point.x, point.y))
        for number, (stop, metres) in enumerate(zip(stops, along, strict=True), start=1)
        for point in (_point(stop),)
    )


def _near(loop: KeptLoop, places: Iterable[Place], paper: Paper) -> tuple[Mark, ...]:
    """Return known places to find one's way by; none where a stop is."""
    way = to_metres(loop.line)
    stops = shapely.MultiPoint([_point(stop) for stop in loop.stops])
    near = [(name, p) for name, p in once(named_points(places), way) if _shown(p, way, stops)]
    return tuple(Mark(*paper.at(point.x, point.y), name) for name, point in near)


def _shown(point: Point, way: shapely.Geometry, stops: shapely.MultiPoint) -> bool:
    if not stops.is_empty and point.distance(stops) <= STOP_WITHIN_M:
        return False
    return bool(point.distance(way) <= SHOWN_WITHIN_M)
