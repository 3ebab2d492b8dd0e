"""Coordinate reference systems: WGS 84 at the edges, SWEREF 99 TM for every metre.

Files, links and the map speak longitude and latitude; lengths, areas and distances are only
ever taken in SWEREF 99 TM, Sweden's national grid in metres. Files from outside may be in any
system: they are brought to WGS 84 when they are read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry.base import BaseGeometry

Geometry = TypeVar("Geometry", bound=BaseGeometry)
Positions = NDArray[np.float64]

WGS84: Final = "EPSG:4326"
"""Longitude and latitude in degrees, always in that order here (x, y)."""

SWEREF99TM: Final = "EPSG:3006"
"""Easting and northing in metres; Lantmäteriet's national system since 2007."""

RT90: Final = "EPSG:3021"
"""Easting and northing in metres in RT 90 2.5 gon V, the national system before SWEREF 99 TM.
Between the two lies a shift of some hundred metres, known to about a metre, mostly better."""

NORTHINGS_M: Final = (6_100_000.0, 7_700_000.0)
"""Lowest and highest northing of Sweden, in SWEREF 99 TM as in RT 90; rounded outwards."""

SWEREF99TM_EASTINGS_M: Final = (250_000.0, 950_000.0)
ZONE_EASTINGS_M: Final = (60_000.0, 240_000.0)
"""SWEREF 99 in any of its twelve zones, which all count from 150 km west of their meridian: the
numbers don't tell which zone they are in. No municipality lies 90 km from its own meridian."""

RT90_EASTINGS_M: Final = (1_150_000.0, 1_950_000.0)
"""Lowest and highest easting of Sweden, rounded outwards from the systems' areas of use."""

SWEDEN_BOUNDS_DEG: Final = (10.5, 55.0, 24.3, 69.2)
"""West, south, east, north of Sweden in WGS 84, rounded outwards from EPSG:3006's area of use."""

SWEREF99_ZONES: Final = {
    meridian: f"EPSG:{code}"
    for code, meridian in enumerate(
        (
            *("1200", "1330", "1500", "1630", "1800"),
            *("1415", "1545", "1715", "1845", "2015", "2145", "2315"),
        ),
        start=3_007,
    )
}
"""The municipalities' zones of SWEREF 99 by their meridians, in degrees and minutes east."""

RT90_ZONES: Final = {
    "75v": "EPSG:3019",
    "5v": "EPSG:3020",
    "0": "EPSG:3022",
    "25o": "EPSG:3023",
    "5o": "EPSG:3024",
}
"""RT 90's other zones by their meridians, in gon west or east of Stockholm's old observatory. All
count from 1,500 km west of their own: the numbers don't tell which zone they are in."""

UTM_ZONES: Final = {"north": 32_600, "south": 32_700}
"""EPSG's first number of the WGS 84 / UTM zones, to which the zone's own is added."""

MERCATOR_MAX_LAT_DEG: Final = 85.0511287798066
"""Where the square Web Mercator map ends (slippy map tile convention)."""


@lru_cache(maxsize=64)
def _projection(source: str, target: str) -> Callable[[Positions], Positions]:
    """Return what brings positions from one system to another, x before y in both."""
    transformer = Transformer.from_crs(source, target, always_xy=True)

    def project(positions: Positions) -> Positions:
        x, y = transformer.transform(positions[:, 0], positions[:, 1])
        return np.column_stack([x, y])

    return project


def to_metres(geometry: Geometry) -> Geometry:
    """Project a geometry from WGS 84 to SWEREF 99 TM.

    Parameters
    ----------
    geometry : shapely geometry
        Longitude and latitude in degrees.

    Returns
    -------
    shapely geometry
        The same shape with easting and northing in metres.
    """
    return shapely.transform(geometry, _projection(WGS84, SWEREF99TM))


def to_degrees(geometry: Geometry) -> Geometry:
    """Project a geometry from SWEREF 99 TM to WGS 84.

    Parameters
    ----------
    geometry : shapely geometry
        Easting and northing in metres.

    Returns
    -------
    shapely geometry
        The same shape with longitude and latitude in degrees.
    """
    return shapely.transform(geometry, _projection(SWEREF99TM, WGS84))


@dataclass(frozen=True, slots=True)
class Quadrangle:
    """A rectangle of SWEREF 99 TM as it lies in WGS 84, where its sides are bent."""

    # West, south, east and north, in degrees, of what holds it and of what it holds.
    outer: tuple[float, float, float, float]
    inner: tuple[float, float, float, float]
    # Longitude and latitude that the sides count from.
    middle: tuple[float, float]
    # West and east as longitude by latitude, south and north as latitude by longitude: polynomials,
    # the highest power first. Even Sweden's whole length is told to the millimetre.
    sides: tuple[tuple[float, ...], ...]


SIDE_SAMPLES: Final = 65
SIDE_POWER: Final = 13
BEYOND_M: Final = 1_000.0
"""A side is drawn so far past its corners: also one without length has a direction."""

BULGE: Final = 3e-6
"""A side may reach so much beyond its samples, in degrees, times its length in degrees squared."""


def quadrangle(west: float, south: float, east: float, north: float) -> Quadrangle:
    """Return a rectangle of eastings and northings as it lies in WGS 84."""
    x = np.linspace(west - BEYOND_M, east + BEYOND_M, SIDE_SAMPLES)
    y = np.linspace(south - BEYOND_M, north + BEYOND_M, SIDE_SAMPLES)
    lines = [np.column_stack([np.full_like(y, at), y]) for at in (west, east)]
    lines += [np.column_stack([x, np.full_like(x, at)]) for at in (south, north)]
    project = _projection(SWEREF99TM, WGS84)
    degrees = [project(line) for line in lines]
    middle = np.mean(np.concatenate(degrees), axis=0)
    sides = []
    for line, by in zip(degrees, (1, 1, 0, 0), strict=True):
        told, asked = line[:, 1 - by] - middle[1 - by], line[:, by] - middle[by]
        sides.append(tuple(np.polyfit(asked, told, SIDE_POWER).tolist()))
    w, e, s, n = (project(line.clip((west, south), (east, north))) for line in lines)
    every = np.concatenate([w, e, s, n])
    bulge = BULGE * float(np.ptp(every, axis=0).max()) ** 2
    outer = [*(every.min(axis=0) - bulge).tolist(), *(every.max(axis=0) + bulge).tolist()]
    return Quadrangle(
        (outer[0], outer[1], outer[2], outer[3]),
        (
            float(w[:, 0].max()) + bulge,
            float(s[:, 1].max()) + bulge,
            float(e[:, 0].min()) - bulge,
            float(n[:, 1].min()) - bulge,
        ),
        (float(middle[0]), float(middle[1])),
        tuple(sides),
    )


def in_sweden(lon: float, lat: float) -> bool:
    """Tell whether a WGS 84 position lies within Sweden's bounding box."""
    west, south, east, north = SWEDEN_BOUNDS_DEG
    return west <= lon <= east and south <= lat <= north


def metric_crs_at(lon: float, lat: float) -> str:
    """Return the system in which lengths at a place are taken.

    Parameters
    ----------
    lon, lat : float
        The place, in WGS 84.

    Returns
    -------
    str
        SWEREF 99 TM within Sweden's bounding box, elsewhere the place's WGS 84 / UTM zone.
    """
    if in_sweden(lon, lat):
        return SWEREF99TM
    zone = min(max(int((lon + 180) // 6) + 1, 1), 60)
    return f"EPSG:{UTM_ZONES['north' if lat >= 0 else 'south'] + zone}"


def positions_to_metres(positions: Positions, crs: str) -> Positions:
    """Bring positions from WGS 84 to a system in metres.

    Parameters
    ----------
    positions : numpy.ndarray of shape (n, 2)
        Longitude and latitude in degrees.
    crs : str
        As `metric_crs_at` gives it.

    Returns
    -------
    numpy.ndarray of shape (n, 2)
        Easting and northing; infinite where a position is outside what the system can tell.
    """
    return _projection(WGS84, crs)(positions)


def crs_numbered(srid: int) -> str | None:
    """Return the coordinate system that a database's number (SRID) stands for, None if none."""
    crs = f"EPSG:{srid}"
    return crs if crs_named(crs) else None


def crs_named(text: str) -> str | None:
    """Return a coordinate system's plain name, such as ``SWEREF99 TM``.

    Parameters
    ----------
    text : str
        A code (``EPSG:3006``, ``urn:ogc:def:crs:EPSG::3006``) or a definition in WKT.

    Returns
    -------
    str or None
        Its name, or None if there is no such system on the ground.
    """
    try:
        found = CRS.from_user_input(text)
    except CRSError:
        return None
    return found.name if found.is_geographic or found.is_projected else None


def positions_to_degrees(positions: Positions, crs: str) -> Positions:
    """Bring positions from any system to WGS 84.

    Parameters
    ----------
    positions : numpy.ndarray of shape (n, 2)
        Easting and northing, or longitude and latitude: x before y whatever order the system's
        own definition has.
    crs : str
        As for `crs_named`.

    Returns
    -------
    numpy.ndarray of shape (n, 2)
        Longitude and latitude; infinite where a position is outside what the system can tell.
        Positions that already are in WGS 84 come back untouched, to the last digit.
    """
    if not len(positions) or _is_wgs84(crs):
        return positions
    try:
        project = _projection(crs, WGS84)
    except ProjError:
        return np.full_like(positions, np.inf)
    return project(positions)


@lru_cache(maxsize=32)
def _is_wgs84(crs: str) -> bool:
    return CRS.from_user_input(crs).equals(CRS.from_user_input(WGS84), ignore_axis_order=True)
