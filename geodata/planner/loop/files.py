"""What a loop's printed sheet shows: its way as a drawing with numbered stops, and its times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate
from typing import Final

import shapely
from gpxpy.gpx import GPX, GPXRoute, GPXRoutePoint, GPXWaypoint
from shapely import MultiPolygon, Point, Polygon

from geodata.crs import to_metres
from geodata.model import Place
from geodata.planner.loop.keep import LOOPS, KeptLoop, KeptStop
from geodata.publish.gpx import VERSION
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
from geodata.service.core import Service
from geodata.service.streets import told_source
from geodata.texts import SWEDISH_TIME, Words


@dataclass(frozen=True, slots=True)
class LoopRow:
    """A stop as the sheet lists it."""

    number: int
    stop: KeptStop
    reached_min: float
    left_min: float


@dataclass(frozen=True, slots=True)
class LoopSheet:
    """A loop's sheet."""

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
    """Lay out a loop's sheet."""
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


# XML 1.0 knows no way to write these two; every other character of a record's text it can hold.
_NOT_IN_XML: Final = dict.fromkeys((0xFFFE, 0xFFFF))

SYMBOL: Final = "Flag, Blue"
"""A name that Garmin's receivers and the programs that follow them know."""


def loop_gpx(loop: KeptLoop, words: Words, told_source: str, *, examples: bool = False) -> str:
    """Return a loop as GPX."""
    gpx = GPX()
    gpx.creator = "Löfteskartan"
    name = f"{words('example.title')}: {loop.name}" if examples else loop.name
    gpx.name = _plain(name)
    planned = words("plan_loop.gpx_about", metres=words.number(loop.metres))
    gpx.description = _plain(f"{planned} {told_source}")
    gpx.time = at_minute(loop, 0)
    gpx.waypoints = [_waypoint(loop, n, stop, words) for n, stop in enumerate(loop.stops, 1)]
    route = GPXRoute(name=gpx.name, description=gpx.description)
    route.points = [GPXRoutePoint(lat, lon) for lon, lat, *_ in loop.line.coords]
    gpx.routes = [route]
    return gpx.to_xml(version=VERSION)


def at_minute(loop: KeptLoop, minutes: float) -> datetime:
    """Return when it is so many minutes after the walk begins, in UTC."""
    midnight = datetime.combine(loop.day, time(), SWEDISH_TIME)
    start = midnight.replace(hour=loop.depart_min // 60, minute=loop.depart_min % 60)
    # Counted in UTC: a walk over the night when the clocks change is no hour longer.
    return start.astimezone(UTC) + timedelta(minutes=round(minutes))


def _waypoint(loop: KeptLoop, number: int, stop: KeptStop, words: Words) -> GPXWaypoint:
    name = stop.name or words("plan_loop.own_stop")
    stay = words("plan_loop.gpx_stay", count=stop.minutes)
    made = GPXWaypoint(stop.lat, stop.lon, time=at_minute(loop, stop.reached_min))
    made.name = _plain(f"{number}. {name}")
    made.description = _plain("\n".join([stay, *stop.about]))
    made.symbol = SYMBOL
    made.type = stop.kind
    return made


def _plain(text: str) -> str:
    return text.translate(_NOT_IN_XML)


def loop_file(service: Service, plan_id: str, words: Words) -> str:
    """Return a kept loop as GPX; raises as `PlanFormat.of` does."""
    loop = LOOPS.of(service, plan_id)
    source = told_source(loop.source, words)
    return loop_gpx(loop, words, source, examples=service.has_examples())


def printed_loop(service: Service, plan_id: str, words: Words) -> LoopSheet:
    """Return a kept loop's printed sheet; raises as `PlanFormat.of` does."""
    outlines = [area.outline for area in service.catalogue.areas]
    return lay_out_loop(
        LOOPS.of(service, plan_id),
        outlines,
        service.catalogue.places,
        words("plan_loop.own_stop"),
    )
