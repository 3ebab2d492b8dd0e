"""The square grid that points on the map are counted in.

The grid is the slippy map's: at zoom ``z`` the square Web Mercator map is 2**z columns by 2**z
rows, column 0 in the west and row 0 in the north. The formulas are those of "Slippy map
tilenames", OpenStreetMap Wiki.
"""

from __future__ import annotations

import math
from typing import Final

from geodata.crs import MERCATOR_MAX_LAT_DEG

GRID_ZOOM: Final = 24
"""Zoom of the register's own grid; a cell is 2.4 m at the equator, 1.3 m in Borås."""

BIN_ZOOM_STEP: Final = 3
"""A tile is 256 screen pixels wide and a bin 32: an eighth, three zoom levels further in."""


def _column(lon: float, zoom: int) -> float:
    return (lon + 180.0) / 360.0 * (1 << zoom)


def _row(lat: float, zoom: int) -> float:
    if abs(lat) >= MERCATOR_MAX_LAT_DEG:
        return 0.0 if lat > 0 else float(1 << zoom)
    return (1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0 * (1 << zoom)


def _clamped(value: float, highest: int) -> int:
    cell = math.floor(value)
    return 0 if cell < 0 else min(cell, highest)


def grid_cell(lon: float, lat: float) -> tuple[int, int]:
    """Return the grid's column and row that hold a point."""
    last = 2**GRID_ZOOM - 1
    return _clamped(_column(lon, GRID_ZOOM), last), _clamped(_row(lat, GRID_ZOOM), last)


def grid_range(
    bbox: tuple[float, float, float, float],
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the grid's columns and rows that a view takes in, each from the first up to an end.

    The column of the west edge and the row of the north edge are in it, those of the east and
    the south edge are not: views side by side share no cell and leave none out.
    """
    west, south, east, north = bbox
    size = 2**GRID_ZOOM
    first, end = (_clamped(_column(lon, GRID_ZOOM), size) for lon in (west, east))
    top, bottom = (_clamped(_row(lat, GRID_ZOOM), size) for lat in (north, south))
    return (first, end), (top, bottom)


def bin_zoom(zoom: int) -> int:
    """Return the zoom whose tiles are the bins of a map shown at `zoom`, at most `GRID_ZOOM`."""
    return min(max(zoom, 0) + BIN_ZOOM_STEP, GRID_ZOOM)


def tile_bounds(column: int, row: int, zoom: int) -> tuple[float, float, float, float]:
    """Return a tile's west, south, east and north in WGS 84 degrees."""
    size = 2**zoom
    return (
        column / size * 360.0 - 180.0,
        _latitude(row + 1, size),
        (column + 1) / size * 360.0 - 180.0,
        _latitude(row, size),
    )


def _latitude(row: int, size: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * row / size))))
