"""What the map shows: activities in view as points, or counted in squares.

Every function takes a connection and gives values, as in `queries`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from geodata.model import ActivityFilter, Bin, Precision
from geodata.register.grid import (
    EVERYTHING,
    GRID_ZOOM,
    BBox,
    bin_zoom,
    grid_range,
    passes,
    tile_bounds,
    touches,
)
from geodata.register.schema import NOT_A_POINT, activity
from geodata.register.sums import CELL_ZOOMS, by_square


@dataclass(frozen=True, slots=True)
class ActivityPoint:
    """An activity as a point on the map (WGS 84): its place, or half way along a line."""

    id: str
    lon: float
    lat: float
    kind: str
    area_id: str | None
    day: date
    start: datetime
    precision: Precision


def in_view(bbox: BBox) -> sa.ColumnElement[bool]:
    """Return the condition that an activity's cell lies in a view; see `grid_range`."""
    (first, end), (top, bottom) = grid_range(bbox)
    x, y = activity.c.grid_x, activity.c.grid_y
    return sa.and_(x >= first, x < end, y >= top, y < bottom)


def places_in(connection: sa.Connection, bbox: BBox) -> list[tuple[str, bytes]]:
    """Return the ids and places (WKB) of what may have a part in a view."""
    columns = sa.select(activity.c.id, activity.c.place).where(activity.c.void == sa.false())
    # Apart, since each has an index of its own.
    where = in_view(bbox), sa.and_(NOT_A_POINT, touches(bbox))
    rows = (row for some in where for row in connection.execute(columns.where(some)))
    return list({id_: (id_, place) for id_, place in rows}.values())


def points(
    connection: sa.Connection, bbox: BBox, chosen: ActivityFilter = EVERYTHING, limit: int = 2_000
) -> list[ActivityPoint]:
    """Return the newest activities in view as points."""
    columns = [activity.c[field.name] for field in fields(ActivityPoint)]
    query = (
        sa.select(*columns)
        .where(in_view(bbox), passes(chosen))
        # Not by the column alone: its index would be walked through for the few that are in view.
        .order_by(sa.func.coalesce(activity.c.day, activity.c.day).desc(), activity.c.id)
        .limit(limit)
    )
    return [
        ActivityPoint(id_, lon, lat, kind, area_id, day, start, Precision(precision))
        for id_, lon, lat, kind, area_id, day, start, precision in connection.execute(query)
    ]


def count_points(connection: sa.Connection, bbox: BBox, chosen: ActivityFilter = EVERYTHING) -> int:
    """Return how many points are in view, exactly as `points` and `bins` see it."""
    query = sa.select(sa.func.count()).select_from(activity).where(in_view(bbox), passes(chosen))
    return connection.scalar(query) or 0


def select_bins(bbox: BBox, zoom: int, chosen: ActivityFilter) -> sa.Select[Any]:
    """Return the statement for counts per bin: column, row, count."""
    # Written out, since PostgreSQL takes the same sum with another parameter for another sum.
    cells = sa.literal_column(str(2 ** (GRID_ZOOM - bin_zoom(zoom))), activity.c.grid_x.type)
    column = (activity.c.grid_x // cells).label("bin_x")
    row = (activity.c.grid_y // cells).label("bin_y")
    return (
        sa.select(column, row, sa.func.count().label("count"))
        .where(in_view(bbox), passes(chosen))
        .group_by(column, row)
        .order_by(column, row)
    )


def bins(
    connection: sa.Connection, bbox: BBox, zoom: int, chosen: ActivityFilter = EVERYTHING
) -> list[Bin]:
    """Return counts of the points in view, by squares of 32 screen pixels at a zoom.

    The edges are the squares' own, also where the view cuts them.
    """
    tiles = bin_zoom(zoom)
    rows = connection.execute(select_bins(bbox, zoom, chosen))
    return [Bin(*tile_bounds(column, row, tiles), count) for column, row, count in rows]


def squares(
    connection: sa.Connection, bbox: BBox, zoom: int, chosen: ActivityFilter = EVERYTHING
) -> list[Bin] | None:
    """Return the counts of whole squares that a view has a part of, at once however many there are.

    None where only `bins` can tell: the squares are finer than what is summed up, or a kind is
    asked for.
    """
    tiles = bin_zoom(zoom)
    named = chosen.kinds, chosen.party_id, chosen.ids
    if any(one is not None for one in named) or tiles > max(CELL_ZOOMS):
        return None
    many = 2 ** (GRID_ZOOM - tiles)
    columns, rows = ((at // many, -(-end // many)) for at, end in grid_range(bbox))
    found = by_square(connection, tiles, columns, rows, chosen)
    return [Bin(*tile_bounds(*square, tiles), count) for square, count in sorted(found.items())]


def activity_extent(
    connection: sa.Connection,
) -> tuple[BBox | None, tuple[date, date] | None]:
    """Return what holds all activities, and the first and last day; None where there are none.

    Asked so that the indexes answer: of points only their cells are looked at.
    """
    table = activity.c
    there = table.void == sa.false()
    first = connection.scalar(sa.select(sa.func.min(table.day)).where(there))
    last = connection.scalar(sa.select(sa.func.max(table.day)).where(there))
    least, most = sa.func.min, sa.func.max
    cells = (least(table.grid_x), most(table.grid_x), least(table.grid_y), most(table.grid_y))
    x, x_end, y, y_end = connection.execute(sa.select(*cells).where(there)).one()
    box = (least(table.min_lon), least(table.min_lat), most(table.max_lon), most(table.max_lat))
    lines = connection.execute(sa.select(*box).where(there, NOT_A_POINT)).one()
    if x is None:
        return None, None if first is None or last is None else (first, last)
    corners: list[BBox] = [
        tile_bounds(x, y_end, GRID_ZOOM),
        tile_bounds(x_end, y, GRID_ZOOM),
        *([] if None in lines else [(lines[0], lines[1], lines[2], lines[3])]),
    ]
    west, south, east, north = ([box[at] for box in corners] for at in range(4))
    return (min(west), min(south), max(east), max(north)), (first or date.min, last or date.max)
