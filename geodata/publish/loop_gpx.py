"""A loop as GPX 1.1, for a phone or a receiver: its way as a route, its stops as waypoints."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

from gpxpy.gpx import GPX, GPXRoute, GPXRoutePoint, GPXWaypoint

from geodata.publish.gpx import VERSION
from geodata.publish.kept_loop import KeptLoop, KeptStop
from geodata.texts import SWEDISH_TIME, Words

# XML 1.0 knows no way to write these two; every other character of a record's text it can hold.
_NOT_IN_XML: Final = dict.fromkeys((0xFFFE, 0xFFFF))

SYMBOL: Final = "Flag, Blue"
"""A name that Garmin's receivers and the programs that follow them know."""


def loop_gpx(loop: KeptLoop, words: Words, told_source: str, *, examples: bool = False) -> str:
    """Return a loop as GPX.

    Parameters
    ----------
    loop : KeptLoop
        The loop.
    words : Words
        The reader's.
    told_source : str
        What the way was found by, in words.
    examples : bool, default False
        Whether it was made of made-up records, which the file then says first.

    Returns
    -------
    str
        The file's text. It says that it is planned: it holds no track.
    """
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
