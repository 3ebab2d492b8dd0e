"""Records to table rows and back, many at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from geodata.model import Origin, Precision, Record, SourceKind
from geodata.register.content import FIELDS, STATUSES, geometry_field, make_record
from geodata.register.grid import grid_cell
from geodata.register.schema import LINKS, TABLES, Entity, link_columns

IDS_A_QUERY: Final = 1_000
"""How many ids are asked for at once; databases limit a statement's parameters."""

_BOX: Final = ("min_lon", "min_lat", "max_lon", "max_lat")

_PLAIN: Final[Mapping[Entity, tuple[str, ...]]] = {
    entity: tuple(
        name for name in names if name not in ("place", "route", "origin", "commitments", "parties")
    )
    for entity, names in FIELDS.items()
}
"""Fields that are a column of the same name."""


def representative_point(geometry: Point | LineString | MultiLineString) -> Point:
    """Return a point on a geometry that stands for it on the map.

    A point is itself; a line gives the point at half its length in degrees, so that a walk is
    marked on its way and not beside it. A line without length gives its first point.
    """
    if isinstance(geometry, Point):
        return geometry
    if geometry.length == 0:
        return Point(shapely.get_coordinates(geometry)[0])
    return shapely.line_interpolate_point(geometry, 0.5, normalized=True)


_NOWHERE: Final = {"lon": None, "lat": None, "grid_x": None, "grid_y": None}


def _point_columns(
    geometry: Point | LineString | MultiLineString | None, lon: float, lat: float
) -> dict[str, float | int | None]:
    """Return the columns of a geometry's point; `lon` and `lat` are a point's own."""
    if geometry is None:
        return {**_NOWHERE}
    if not isinstance(geometry, Point):
        point = representative_point(geometry)
        lon, lat = point.x, point.y
    column, row = grid_cell(lon, lat)
    return {"lon": lon, "lat": lat, "grid_x": column, "grid_y": row}


def _origin_columns(origin: Origin) -> dict[str, str | int | None]:
    return {
        "source_kind": str(origin.kind),
        "source_file": origin.file,
        "source_row": origin.row,
        "source_reference": origin.reference,
    }


def to_rows(entity: Entity, values: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return table rows, without links, for records' normalised fields."""
    name = geometry_field(entity)
    shapes = np.array([record[name] for record in values], dtype=object)
    blobs = shapely.to_wkb(shapes, flavor="iso")
    boxes = shapely.bounds(shapes).tolist()
    lons, lats = shapely.get_x(shapes).tolist(), shapely.get_y(shapes).tolist()
    rows = []
    for place, record in enumerate(values):
        row = {field: record[field] for field in _PLAIN[entity]} | _origin_columns(record["origin"])
        row |= {
            edge: None if math.isnan(x) else x for edge, x in zip(_BOX, boxes[place], strict=True)
        }
        row[name] = blobs[place]
        # Drivers differ in what they make of an enumeration; plain text is the same in all.
        row |= {field: str(row[field]) for field in ("precision", "status") if field in row}
        if entity == "activity":
            row |= _point_columns(record[name], lons[place], lats[place])
        rows.append(row)
    return rows


def link_tuples(field: str, values: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, int]]:
    """Return records' links as their table's columns are: record, what is linked, position."""
    return [
        (record["id"], linked, position)
        for record in values
        for position, linked in enumerate(record[field])
    ]


def insert_rows(
    connection: Connection, entity: Entity, values: Sequence[Mapping[str, Any]]
) -> None:
    """Write new records' rows and links; the transaction is the caller's."""
    if values:
        connection.execute(insert(TABLES[entity]), to_rows(entity, values))
    _insert_links(connection, entity, values)


def update_row(connection: Connection, entity: Entity, values: Mapping[str, Any]) -> None:
    """Write a known record's row and links anew; the transaction is the caller's."""
    table = TABLES[entity]
    (row,) = to_rows(entity, [values])
    connection.execute(update(table).where(table.c.id == values["id"]).values(**row))
    _renew_links(connection, entity, [values])


def update_rows(
    connection: Connection,
    entity: Entity,
    present: Sequence[Mapping[str, Any]],
    wanted: Sequence[Mapping[str, Any]],
) -> None:
    """Write known records' rows and links anew; the transaction is the caller's.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction.
    entity : {"activity", "walk", "finding"}
        What all of them are.
    present, wanted : sequences of mappings
        The normalised fields as they are and as they are to be, in the same order.
    """
    table = TABLES[entity]
    rows = to_rows(entity, wanted)
    names = [name for name in rows[0] if name != "id"]
    # A parameter may not have a column's name in an UPDATE.
    statement = update(table).where(table.c.id == bindparam("which"))
    statement = statement.values(**{name: bindparam(f"new_{name}") for name in names})
    given = [{"which": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows]
    connection.execute(statement, given)
    linked = [
        new
        for old, new in zip(present, wanted, strict=True)
        if any(old[field] != new[field] for field in LINKS[entity])
    ]
    _renew_links(connection, entity, linked)


def set_rows_void(connection: Connection, entity: Entity, ids: Sequence[str]) -> None:
    """Mark known records' rows as withdrawn, at most `IDS_A_QUERY` of them."""
    table = TABLES[entity]
    connection.execute(update(table).where(table.c.id.in_(ids)).values(void=True))


def _renew_links(
    connection: Connection, entity: Entity, values: Sequence[Mapping[str, Any]]
) -> None:
    ids = [record["id"] for record in values]
    for field, table in LINKS[entity].items():
        owner, _ = link_columns(entity, field)
        for first in range(0, len(ids), IDS_A_QUERY):
            some = ids[first : first + IDS_A_QUERY]
            connection.execute(delete(table).where(owner.in_(some)))
    _insert_links(connection, entity, values)


def _insert_links(
    connection: Connection, entity: Entity, values: Sequence[Mapping[str, Any]]
) -> None:
    for field, table in LINKS[entity].items():
        names = table.columns.keys()
        links = [dict(zip(names, link, strict=True)) for link in link_tuples(field, values)]
        if links:
            connection.execute(insert(table), links)


def read_links(
    connection: Connection, entity: Entity, field: str, ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return what records are linked to, in its order; those without links are left out."""
    owner, target = link_columns(entity, field)
    position = LINKS[entity][field].c.position
    found: dict[str, list[str]] = {}
    for first in range(0, len(ids), IDS_A_QUERY):
        some = ids[first : first + IDS_A_QUERY]
        query = select(owner, target).where(owner.in_(some)).order_by(owner, position)
        for record_id, linked in connection.execute(query):
            found.setdefault(record_id, []).append(linked)
    return {record_id: tuple(linked) for record_id, linked in found.items()}


def from_rows(connection: Connection, entity: Entity, rows: Sequence[RowMapping]) -> list[Record]:
    """Return the records of table rows, in their order, with the links read beside them."""
    if not rows:
        return []
    name = geometry_field(entity)
    ids = [row["id"] for row in rows]
    links = {field: read_links(connection, entity, field, ids) for field in LINKS[entity]}
    shapes = shapely.from_wkb(np.array([row[name] for row in rows], dtype=object))
    return [
        _record(
            entity, row, {name: place}, {f: found.get(row["id"], ()) for f, found in links.items()}
        )
        for row, place in zip(rows, shapes, strict=True)
    ]


def _record(
    entity: Entity,
    row: RowMapping,
    geometry: Mapping[str, BaseGeometry | None],
    links: Mapping[str, tuple[str, ...]],
) -> Record:
    values: dict[str, Any] = {field: row[field] for field in _PLAIN[entity]}
    if "precision" in values:
        values["precision"] = Precision(values["precision"])
    if entity in STATUSES:
        values["status"] = STATUSES[entity](values["status"])
    origin = Origin(
        SourceKind(row["source_kind"]),
        row["source_file"],
        row["source_row"],
        row["source_reference"],
    )
    return make_record(entity, {**values, **geometry, **links, "origin": origin})
