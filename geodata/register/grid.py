"""Where activities lie: in which cell of the map's grid, and exactly in what a box holds.

The grid is the slippy map's: at zoom ``z`` the square Web Mercator map is 2**z columns by 2**z
rows, column 0 in the west and row 0 in the north. The formulas are those of "Slippy map
tilenames", OpenStreetMap Wiki.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import shapely
from sqlalchemy import ColumnElement, Connection, and_, bindparam, false, not_, or_, select

from geodata.crs import MERCATOR_MAX_LAT_DEG, Quadrangle
from geodata.model import ActivityFilter
from geodata.register.schema import NOT_A_POINT, activity, activity_commitment, activity_party

BBox = tuple[float, float, float, float]
"""West, south, east, north in WGS 84 degrees."""

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


def grid_range(bbox: BBox) -> tuple[tuple[int, int], tuple[int, int]]:
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


def tile_bounds(column: int, row: int, zoom: int) -> BBox:
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


EVERYTHING: Final = ActivityFilter()
"""Every activity that is not void."""


def passes(chosen: ActivityFilter) -> ColumnElement[bool]:
    """Return the condition that an activity isn't void and passes a filter."""
    table = activity.c
    conditions: list[ColumnElement[bool]] = [table.void == false()]
    if chosen.area_ids is not None:
        conditions.append(table.area_id.in_(chosen.area_ids))
    if chosen.kinds is not None:
        conditions.append(table.kind.in_(chosen.kinds))
    if chosen.commitment_id is not None:
        link = activity_commitment.c
        conditions.append(
            table.id.in_(select(link.activity_id).where(link.commitment_id == chosen.commitment_id))
        )
    if chosen.party_id is not None:
        own = activity_party.c
        conditions.append(
            table.id.in_(select(own.activity_id).where(own.party_id == chosen.party_id))
        )
    if chosen.ids is not None:
        conditions.append(table.id.in_(chosen.ids))
    if chosen.first_day is not None:
        conditions.append(table.day >= chosen.first_day)
    if chosen.last_day is not None:
        conditions.append(table.day <= chosen.last_day)
    return and_(*conditions)


# --- what a box holds -----------------------------------------------------------------------------

A_CELL: Final = 1e-4
"""Degrees; more than a cell of the register's grid is wide or high."""


@dataclass(frozen=True, slots=True)
class Region:
    """What a box holds."""

    # Rectangles in degrees that hold it; two where it lies round the back of the globe.
    boxes: tuple[BBox, ...]
    # Rectangles that surely lie within it.
    inner: tuple[BBox, ...]
    # Tells which of an array of shapes in WGS 84 have a part in it.
    holds: Callable[[Any], Any]
    # Its sides, where they are not the boxes'.
    bent: Quadrangle | None = None

    def cells(self) -> tuple[BBox, ...]:
        """Return its boxes, a little larger: the cells on their edges are in them as well."""
        return tuple((w - A_CELL, s - A_CELL, e + A_CELL, n + A_CELL) for w, s, e, n in self.boxes)


def points_in(region: Region) -> ColumnElement[bool]:
    """Return the condition that an activity is a point in a region."""
    table = activity.c
    near = or_(*map(touches, region.boxes))
    if region.bent is not None:
        # Few are near its sides, and those take long to look at.
        near = and_(near, or_(*map(_lies_in, region.inner), _between_sides(region.bent)))
    return and_(near, table.min_lon == table.max_lon, table.min_lat == table.max_lat)


def others_in(
    connection: Connection, region: Region, chosen: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition that an activity is a line with a part in a region, or has no place."""
    table = activity.c
    near = or_(*map(touches, region.boxes))
    # Whether a line that lies across an edge has a part within it, its box alone can't tell.
    across = and_(chosen, NOT_A_POINT, near, not_(or_(*map(_lies_in, region.inner))))
    lines = connection.execute(select(table.id, table.place).where(across)).all()
    outside = ~region.holds(shapely.from_wkb([line.place for line in lines]))
    missed = [line.id for line, out in zip(lines, outside, strict=True) if out]
    if missed:
        # Written out: there may be more than a statement can have parameters.
        ids: Any = bindparam("missed", missed, expanding=True, literal_execute=True)
        near = and_(near, table.id.not_in(ids))
    return and_(NOT_A_POINT, or_(table.min_lon.is_(None), near))


def touches(box: BBox) -> ColumnElement[bool]:
    """Return the condition that an activity's own box meets another."""
    table, (west, south, east, north) = activity.c, box
    lon = and_(table.max_lon >= west, table.min_lon <= east)
    return and_(lon, table.max_lat >= south, table.min_lat <= north)


def _lies_in(box: BBox) -> ColumnElement[bool]:
    table, (west, south, east, north) = activity.c, box
    lon = and_(table.min_lon >= west, table.max_lon <= east)
    return and_(lon, table.min_lat >= south, table.max_lat <= north)


def _between_sides(bent: Quadrangle) -> ColumnElement[bool]:
    x, y = activity.c.lon - bent.middle[0], activity.c.lat - bent.middle[1]
    west, east, south, north = bent.sides
    across = and_(x >= _polynomial(west, y), x <= _polynomial(east, y))
    return and_(across, y >= _polynomial(south, x), y <= _polynomial(north, x))


def _polynomial(factors: Sequence[float], of: Any) -> Any:
    """Return a polynomial's value, the highest power's factor first (Horner's rule)."""
    return reduce(lambda so_far, factor: so_far * of + factor, factors)
