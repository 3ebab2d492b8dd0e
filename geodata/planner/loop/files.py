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
from geodata.publish.backdrop import Backdrop
from geodata.publish.gpx import VERSION, in_xml
from geodata.publish.static_map import AROUND_M, MapArea
from geodata.publish.walk_sheet import (
    STOP_WITHIN_M,
    SheetDrawing,
    Stop,
    draw_sheet,
    near_places,
)
from geodata.service.core import Service
from geodata.service.paper_maps import backdrop_of
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
    backdrop: Backdrop | None = None,
) -> LoopSheet:
    """Lay out a loop's sheet."""
    rows = tuple(
        LoopRow(number, stop, at, at + stop.minutes)
        for number, stop in enumerate(loop.stops, start=1)
        for at in (loop.depart_min + stop.reached_min,)
    )
    drawing = _drawn(loop, outlines, places, own_name, backdrop)
    return LoopSheet(loop, drawing, rows, loop.depart_min + loop.whole_min)


def _drawn(
    loop: KeptLoop,
    outlines: Iterable[Polygon | MultiPolygon],
    places: Iterable[Place],
    own_name: str,
    backdrop: Backdrop | None,
) -> SheetDrawing:
    way = to_metres(loop.line)
    points = [to_metres(Point(stop.lon, stop.lat)) for stop in loop.stops]
    shown = shapely.union_all([way, *points]).buffer(AROUND_M)
    frame, at_stops = shapely.box(*shown.bounds), shapely.MultiPoint(points).buffer(STOP_WITHIN_M)
    areas = [to_metres(outline) for outline in outlines]
    along = accumulate(stop.metres for stop in loop.stops)
    return draw_sheet(
        [MapArea("", o, nominal=False, state=None) for o in areas if o.intersects(frame)],
        way,
        [
            Stop(number, stop.name or own_name, metres, point)
            for number, (stop, metres, point) in enumerate(
                zip(loop.stops, along, points, strict=True), start=1
            )
        ],
        # None where a stop is.
        [known for known in near_places(places, way) if not known[1].intersects(at_stops)],
        shown=shown,
        length_m=loop.metres,
        backdrop=backdrop,
    )


SYMBOL: Final = "Flag, Blue"
"""A name that Garmin's receivers and the programs that follow them know."""


def loop_gpx(loop: KeptLoop, words: Words, told_source: str, *, examples: bool = False) -> str:
    """Return a loop as GPX."""
    gpx = GPX()
    gpx.creator = "Löfteskartan"
    name = f"{words('example.title')}: {loop.name}" if examples else loop.name
    gpx.name = in_xml(name)
    planned = words("plan_loop.gpx_about", metres=words.number(loop.metres))
    gpx.description = in_xml(f"{planned} {told_source}")
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
    made.name = in_xml(f"{number}. {name}")
    made.description = in_xml("\n".join([stay, *stop.about]))
    made.symbol = SYMBOL
    made.type = stop.kind
    return made


def loop_file(service: Service, plan_id: str, words: Words) -> str:
    """Return a kept loop as GPX; raises as `PlanFormat.of` does."""
    loop = LOOPS.of(service, plan_id)
    source = told_source(loop.source, words)
    return loop_gpx(loop, words, source, examples=service.has_examples())


def printed_loop(
    service: Service, plan_id: str, words: Words, layers: Sequence[str] = ()
) -> LoopSheet:
    """Return a kept loop's printed sheet over reference layers; raises as `PlanFormat.of` does."""
    outlines = [area.outline for area in service.catalogue.areas]
    return lay_out_loop(
        LOOPS.of(service, plan_id),
        outlines,
        service.catalogue.places,
        words("plan_loop.own_stop"),
        backdrop_of(service, layers),
    )
