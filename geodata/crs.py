"""Coordinate reference systems: WGS 84 at the edges, SWEREF 99 TM for every metre.

Files, links and the map speak longitude and latitude; lengths, areas and distances are only
ever taken in SWEREF 99 TM, Sweden's national grid in metres.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Geometry = TypeVar("Geometry", bound=BaseGeometry)
    Positions = NDArray[np.float64]

WGS84: Final = "EPSG:4326"
"""Longitude and latitude in degrees, always in that order here (x, y)."""

SWEREF99TM: Final = "EPSG:3006"
"""Easting and northing in metres; Lantmäteriet's national system since 2007."""

SWEDEN_BOUNDS_DEG: Final = (10.5, 55.0, 24.3, 69.2)
"""West, south, east, north of Sweden in WGS 84, rounded outwards from EPSG:3006's area of use."""

MERCATOR_MAX_LAT_DEG: Final = 85.0511287798066
"""Where the square Web Mercator map ends (slippy map tile convention)."""


@cache
def _to_metres() -> Transformer:
    return Transformer.from_crs(WGS84, SWEREF99TM, always_xy=True)


@cache
def _to_degrees() -> Transformer:
    return Transformer.from_crs(SWEREF99TM, WGS84, always_xy=True)


def _projection(transformer: Transformer) -> Callable[[Positions], Positions]:
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
    return shapely.transform(geometry, _projection(_to_metres()))


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
    return shapely.transform(geometry, _projection(_to_degrees()))


def in_sweden(lon: float, lat: float) -> bool:
    """Tell whether a WGS 84 position lies within Sweden's bounding box."""
    west, south, east, north = SWEDEN_BOUNDS_DEG
    return west <= lon <= east and south <= lat <= north
