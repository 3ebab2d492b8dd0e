"""Records to table rows and back, many at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, RowMapping, delete, insert, select, update

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


def _point_columns(
    geometry: Point | LineString | MultiLineString | None,
) -> dict[str, float | int | None]:
    if geometry is None:
        return {"lon": None, "lat": None, "grid_x": None, "grid_y": None}
    point = representative_point(geometry)
    column, row = grid_cell(point.x, point.y)
    return {"lon": point.x, "lat": point.y, "grid_x": column, "grid_y": row}


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
    rows = []
    for record, blob, box in zip(values, blobs, boxes, strict=True):
        row = {field: record[field] for field in _PLAIN[entity]} | _origin_columns(record["origin"])
        row |= {edge: None if math.isnan(x) else x for edge, x in zip(_BOX, box, strict=True)}
        row[name] = blob
        # Drivers differ in what they make of an enumeration; plain text is the same in all.
        row |= {field: str(row[field]) for field in ("precision", "status") if field in row}
        if entity == "activity":
            row |= _point_columns(record[name])
        rows.append(row)
    return rows


def _link_rows(
    entity: Entity, field: str, values: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    owner, target = link_columns(entity, field)
    return [
        {owner.name: record["id"], target.name: linked, "position": position}
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
    for field in LINKS[entity]:
        owner, _ = link_columns(entity, field)
        connection.execute(delete(LINKS[entity][field]).where(owner == values["id"]))
    _insert_links(connection, entity, [values])


def _insert_links(
    connection: Connection, entity: Entity, values: Sequence[Mapping[str, Any]]
) -> None:
    for field, table in LINKS[entity].items():
        if links := _link_rows(entity, field, values):
            connection.execute(insert(table), links)


def _read_links(
    connection: Connection, entity: Entity, field: str, ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
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
    links = {field: _read_links(connection, entity, field, ids) for field in LINKS[entity]}
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
