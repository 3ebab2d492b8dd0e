"""GPX 1.1 for receivers and phones: routes to walk, tracks that were walked, points.

A receiver shows names, times, places and descriptions. All that a record says stands in an
extension besides, which other programs pass over, so that it comes back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

import shapely
from gpxpy.gpx import (
    GPX,
    GPXRoute,
    GPXRoutePoint,
    GPXTrack,
    GPXTrackPoint,
    GPXTrackSegment,
    GPXWaypoint,
)
from shapely import LineString, MultiLineString, Point

from geodata.intake.tracks import RECORD, RECORD_NAMESPACE
from geodata.model import Activity, Finding, HotSpot, Precision, Walk, WalkStatus, Work
from geodata.publish.values import (
    GEOMETRY,
    LAYER,
    Export,
    Namer,
    records_of,
    shape_of,
    values_maker,
)
from geodata.records import WRITTEN, Sort

VERSION: Final = "1.1"

# XML 1.0 knows no way to write these two; every other character of a record's text it can hold.
_NOT_IN_XML: Final = dict.fromkeys((0xFFFE, 0xFFFF))
# gpxpy writes an extension's attributes as they are.
_ESCAPED: Final = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def write_gpx(export: Export, path: Path) -> None:
    """Write what has a place: a planned walk as a route, other lines as tracks, points."""
    gpx = GPX()
    gpx.creator = "Löfteskartan"
    gpx.name = "Löfteskartan"
    gpx.description = in_xml(export.remark)
    gpx.nsmap = {"lofteskartan": RECORD_NAMESPACE}
    walks = {walk.id for walk in records_of(export, "walks")}
    for sort in export.sorts:
        maker = _Maker(export, sort)
        for record in records_of(export, sort):
            walked = isinstance(record, Activity) and record.walk_id in walks
            if not walked and isinstance(record, Work | HotSpot):
                maker.put(record, gpx)
    path.write_text(gpx.to_xml(version=VERSION), encoding="utf-8", newline="\n")


class _Maker:
    """Puts records of one sort into a GPX."""

    def __init__(self, export: Export, sort: Sort) -> None:
        self._words = export.words
        self._namer = Namer(export.catalogue, export.words)
        self._sort = sort
        self._values_of = values_maker(export, sort)

    def put(self, record: Work | HotSpot, gpx: GPX) -> None:
        """Add a record that has a place."""
        shape = shape_of(record)
        if shape is None:
            return
        at = _known_time(record)
        is_plan = isinstance(record, Walk) and record.status is not WalkStatus.HELD
        made: GPXWaypoint | GPXRoute | GPXTrack
        if isinstance(shape, Point):
            made = GPXWaypoint(shape.y, shape.x, time=at)
            gpx.waypoints.append(made)
        elif is_plan and isinstance(shape, LineString):
            made = _route(shape, at)
            gpx.routes.append(made)
        else:
            made = _track(shape, _moments(record, shape, at))
            gpx.tracks.append(made)
        made.name = in_xml(self._name(record))
        made.description = in_xml(self._description(record))
        made.type = _type(record)
        made.source = str(record.origin.kind)
        made.extensions.append(self._extension(record))

    def _extension(self, record: Work | HotSpot) -> Element:
        values = self._values_of(record)
        said = {LAYER: self._sort, **{c.name: values[c.name] for c in WRITTEN[self._sort]}}
        return Element(
            f"{{{RECORD_NAMESPACE}}}{RECORD}",
            {
                column: escape(in_xml(str(value)), _ESCAPED)
                for column, value in said.items()
                if value not in (None, "") and column not in GEOMETRY
            },
        )

    def _name(self, record: Work | HotSpot) -> str:
        if isinstance(record, HotSpot):
            return record.name
        if isinstance(record, Finding):
            what, day = self._namer.category(record.category), self._words.day(record.day)
        else:
            day = self._words.when(record.start, record.precision)
            what = (
                self._words(f"walk.{record.status}")
                if isinstance(record, Walk)
                else self._namer.kind(record.kind)
            )
        return ", ".join(part for part in (what, self._namer.area(record.area_id), day) if part)

    def _description(self, record: Work | HotSpot) -> str:
        told = [self._words(f"origin.{record.origin.kind}")]
        if isinstance(record, HotSpot):
            told = [record.reason, *told]
        elif isinstance(record, Finding):
            told = [record.text, self._words(f"finding.{record.status}"), *told]
        else:
            told = [record.note, self._namer.commitments(record.commitments), *told]
        if isinstance(record, Walk) and record.meeting_point:
            told = [f"{self._words('walk.meeting_point')}: {record.meeting_point}", *told]
        return "\n".join(part for part in told if part)


def in_xml(text: str) -> str:
    """Return a text without what XML can't hold.

    Parameters
    ----------
    text : str
        Any.
    """
    return text.translate(_NOT_IN_XML)


def _type(record: Work | HotSpot) -> str:
    if isinstance(record, Finding | HotSpot):
        return "finding" if isinstance(record, Finding) else "hot_spot"
    return "safety_walk" if isinstance(record, Walk) else in_xml(record.kind)


def _known_time(record: Work | HotSpot) -> datetime | None:
    """Return when a record was, None where that isn't known to the minute."""
    if isinstance(record, Finding | HotSpot) or record.precision is not Precision.MINUTE:
        return None
    return record.start.astimezone(UTC)


def _route(line: LineString, at: datetime | None) -> GPXRoute:
    route = GPXRoute()
    route.points = [GPXRoutePoint(lat, lon) for lon, lat, *_ in line.coords]
    route.points[0].time = at
    return route


_Moments = tuple[datetime | None, ...]


def _moments(
    record: Work | HotSpot, shape: LineString | MultiLineString, at: datetime | None
) -> list[_Moments]:
    """Return when somebody was at each of a line's points: once, or as they came and went on."""
    count = int(shapely.get_num_coordinates(shape))
    times_s = record.times_s if isinstance(record, Activity) else ()
    if at is None or len(times_s) != count:
        # A track has no time of its own: its first point tells when it began.
        return [(at,), *[(None,)] * (count - 1)]
    return [
        tuple(at + timedelta(seconds=second) for second in dict.fromkeys(pair)) for pair in times_s
    ]


def _track(shape: LineString | MultiLineString, moments: Iterable[_Moments]) -> GPXTrack:
    parts = shape.geoms if isinstance(shape, MultiLineString) else (shape,)
    track = GPXTrack()
    left = iter(moments)
    for part in parts:
        points = [
            GPXTrackPoint(lat, lon, time=at)
            for (lon, lat, *_), moments_here in zip(part.coords, left, strict=False)
            for at in moments_here
        ]
        track.segments.append(GPXTrackSegment(points))
    return track
