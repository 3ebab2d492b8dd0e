"""What a printed walk sheet shows: the way as a drawing, its stops, and what to look for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from markupsafe import Markup
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from geodata.crs import to_metres
from geodata.model import Area, Finding, Place, Walk
from geodata.publish.paper import Backdrop, Box
from geodata.publish.static_map import AROUND_M, MapArea, MapView, Mark, Panel, to_svg

WIDTH_MM: Final = 180.0
HEIGHT_MM: Final = 120.0
MARGIN_MM: Final = 8.0

PHONE_MM: Final = 100.0
"""A phone's width, about."""

PLACE_PT: Final = 8.5
"""Known places' names: to be read while one walks."""

STOP_WITHIN_M: Final = 60.0
"""A known place this near to the way, in metres, is a stop on it: across a street, not a block."""

SHOWN_WITHIN_M: Final = 150.0
"""Known places this near to the way are named on the drawing, to find one's way by."""

Known = tuple[str, Point]
"""A known place: its name, and where it is in SWEREF 99 TM."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the way, in metres."""

    number: int
    name: str
    along_m: float
    place: Point


@dataclass(frozen=True, slots=True)
class SheetDrawing:
    """The sheet's map, ready to be drawn, with the places on the way and the way's length."""

    panel: Panel
    stops: tuple[Stop, ...]
    length_m: float | None

    @property
    def looks(self) -> set[str]:
        """What its signs mean."""
        return self.panel.view.looks

    def svg(self, title: str) -> Markup:
        """Return it as SVG."""
        return to_svg([self.panel], (WIDTH_MM, HEIGHT_MM), title=title)


def draw_sheet(
    areas: Iterable[MapArea],
    way: LineString | MultiLineString | None,
    stops: Sequence[Stop],
    near: Iterable[Known],
    findings: Iterable[Mark] = (),
    *,
    shown: BaseGeometry,
    length_m: float | None,
    backdrop: Backdrop | None = None,
    size_mm: tuple[float, float] = (WIDTH_MM, HEIGHT_MM),
) -> SheetDrawing:
    """Lay out a sheet's map.

    Parameters
    ----------
    areas : iterable of MapArea
        What is drawn round the way.
    way : LineString, MultiLineString or None
        In metres, as all of this.
    stops : sequence of Stop
        In the order they are come to.
    near : iterable of tuple of str and Point
        Known places to find one's way by.
    findings : iterable of Mark
        What is to be looked at again.
    shown : shapely geometry
        What is to be seen.
    length_m : float or None
        The way's length.
    backdrop : Backdrop or None
        What lies beneath.
    size_mm : tuple of float
        How wide and how high it is.
    """
    view = MapView(
        "",
        tuple(areas),
        ways=() if way is None else (("way", way),),
        marks=(
            *(Mark("place", point.x, point.y, name) for name, point in near),
            *findings,
            *_ends(way),
            *(Mark("stop", stop.place.x, stop.place.y, f"{stop.number}") for stop in stops),
        ),
        named=False,
        place_pt=PLACE_PT,
        shown=shown,
        margin_mm=MARGIN_MM,
        backdrop=backdrop,
    )
    return SheetDrawing(Panel(view, Box(0, 0, *size_mm), {}), tuple(stops), length_m)


def draw_walk(
    walk: Walk,
    area: Area,
    places: Iterable[Place],
    findings: Sequence[Finding] = (),
    backdrop: Backdrop | None = None,
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
    backdrop : Backdrop or None
        What lies beneath.

    Returns
    -------
    SheetDrawing
        The whole way, or the whole area where there is no way.
    """
    outline = to_metres(area.outline)
    way = None if walk.route is None else to_metres(walk.route)
    near = near_places(places, outline if way is None else way)
    stops = () if way is None else tuple(_stops(way, near))
    taken = {stop.name for stop in stops}
    return draw_sheet(
        [MapArea("", outline, area.outline_method == "nominal", None)],
        way,
        stops,
        [known for known in near if known[0] not in taken],
        [
            Mark("before", at.x, at.y, f"{number}")
            for number, finding in enumerate(findings, start=1)
            if finding.place is not None and (at := to_metres(finding.place))
        ],
        shown=outline if way is None else way.buffer(AROUND_M),
        length_m=None if way is None else float(way.length),
        backdrop=backdrop,
    )


def draw_for_residents(
    walk: Walk, area: Area, places: Iterable[Place], backdrop: Backdrop | None, reach_m: float
) -> Panel:
    """Lay out a walk's map for a phone: all of the area and so far round it, the stops, places.

    Parameters
    ----------
    walk : Walk
        With or without a route.
    area : Area
        The area walked in.
    places : iterable of Place
        Known places.
    backdrop : Backdrop or None
        What lies beneath.
    reach_m : float
        How far outside the area there is something to be seen, in metres.

    Returns
    -------
    Panel
        Ready to be drawn, as high as the area is.
    """
    outline = to_metres(area.outline)
    way = None if walk.route is None else to_metres(walk.route)
    near = near_places(places, outline)
    stops = () if way is None else tuple(_stops(way, near))
    shown = outline.buffer(reach_m)
    west, south, east, north = shown.bounds
    high_mm = PHONE_MM * float(np.clip((north - south) / (east - west), 0.8, 1.3))
    return draw_sheet(
        [MapArea("", outline, area.outline_method == "nominal", None)],
        way,
        stops,
        [known for known in near if known[0] not in {stop.name for stop in stops}],
        shown=shown,
        length_m=None,
        backdrop=backdrop,
        size_mm=(PHONE_MM, high_mm),
    ).panel


def near_places(places: Iterable[Place], target: BaseGeometry) -> list[Known]:
    """Return known places near a way or an area, the nearest of each name first to last.

    A stop's two sides are one to a walker.

    Parameters
    ----------
    places : iterable of Place
        Those that are known.
    target : shapely geometry
        In metres.
    """
    known = [(place.name, to_metres(Point(place.lon, place.lat))) for place in places]
    known.sort(key=lambda place: -place[1].distance(target))
    return [
        (name, point)
        for name, point in dict(known).items()
        if point.distance(target) <= SHOWN_WITHIN_M
    ]


def _stops(way: LineString | MultiLineString, near: Iterable[Known]) -> Iterator[Stop]:
    # A way in several parts is measured part after part.
    line = LineString(shapely.get_coordinates(way))
    on_way = [(name, point) for name, point in near if point.distance(way) <= STOP_WITHIN_M]
    along = sorted((float(line.project(point)), name, point) for name, point in on_way)
    for number, (metres, name, point) in enumerate(along, start=1):
        yield Stop(number, name, metres, point)


def _ends(way: LineString | MultiLineString | None) -> Iterator[Mark]:
    """Give where a way begins and ends; one of them where it comes back to its start."""
    if way is None:
        return
    points = shapely.get_coordinates(way)
    start, end = points[0], points[-1]
    yield Mark("start", *start.tolist())
    if float(np.hypot(*(end - start))) >= STOP_WITHIN_M:
        yield Mark("end", *end.tolist())
