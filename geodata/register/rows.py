"""Records to table rows and back, many at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, select, update

from geodata.model import Entity, Origin, Record, SourceKind
from geodata.register import encoding
from geodata.register.grid import grid_cell
from geodata.register.schema import BOX, LINKS, TABLES, link_columns
from geodata.register.search import followed

IDS_A_QUERY: Final = 1_000
"""How many ids are asked for at once; databases limit a statement's parameters."""

ALL_FROM: Final = 20
"""Reading an id with all others takes a twentieth of the time of asking for it (measured)."""


def batches(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield values by `size` at a time; the last list may be shorter."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


_PLAIN: Final[Mapping[Entity, tuple[str, ...]]] = {
    entity: tuple(
        name for name in names if name not in ("place", "route", "origin", "commitments", "parties")
    )
    for entity, names in encoding.FIELDS.items()
}
"""Fields that are a column of the same name."""

_IN_ROW: Final[Mapping[Entity, Mapping[str, encoding.Codec]]] = {
    entity: {n: codec for n in names if (codec := encoding.CODECS[entity].get(n)) and codec.in_row}
    for entity, names in _PLAIN.items()
}


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


def _nan_to_none(column: Sequence[float]) -> list[float | None]:
    return [None if math.isnan(x) else x for x in column]


def _point_columns(
    shapes: np.ndarray, lons: Sequence[float], lats: Sequence[float]
) -> dict[str, list[Any]]:
    """Return the columns of geometries' points; `lons` and `lats` are a point's own."""
    lon, lat = _nan_to_none(lons), _nan_to_none(lats)
    for at in np.flatnonzero(shapely.get_type_id(shapes) > 0).tolist():
        point = representative_point(shapes[at])
        lon[at], lat[at] = point.x, point.y
    cells = [
        (None, None) if x is None or y is None else grid_cell(x, y)
        for x, y in zip(lon, lat, strict=True)
    ]
    return {
        "lon": lon,
        "lat": lat,
        "grid_x": [column for column, _ in cells],
        "grid_y": [row for _, row in cells],
    }


def _origin_columns(origins: Sequence[Origin]) -> dict[str, list[Any]]:
    columns = {f"source_{name}": list(map(attrgetter(name), origins)) for name in encoding.ORIGIN}
    return columns | {"source_kind": list(map(str, columns["source_kind"]))}


def to_columns(entity: Entity, values: encoding.Columns) -> dict[str, Sequence[Any]]:
    """Return table columns, without links, for many records' normalised fields."""
    columns: dict[str, Sequence[Any]] = {field: values[field] for field in _PLAIN[entity]}
    columns |= _origin_columns(values["origin"])
    name = encoding.geometry_field(entity)
    if name is not None:
        columns |= _geometry_columns(entity, name, np.array(values[name], dtype=object))
    for field, codec in _IN_ROW[entity].items():
        columns[field] = list(map(codec.to_json, columns[field]))
        if TABLES[entity].c[field].nullable:
            # Most activities are no tracks.
            columns[field] = [value or None for value in columns[field]]
    return columns


def _geometry_columns(entity: Entity, name: str, shapes: np.ndarray) -> dict[str, Sequence[Any]]:
    boxes = shapely.bounds(shapes)
    columns: dict[str, Sequence[Any]] = {
        edge: _nan_to_none(boxes[:, at].tolist()) for at, edge in enumerate(BOX)
    }
    columns[name] = shapely.to_wkb(shapes, flavor="iso").tolist()
    if entity == "activity":
        lons, lats = shapely.get_x(shapes).tolist(), shapely.get_y(shapes).tolist()
        columns |= _point_columns(shapes, lons, lats)
    return columns


def to_rows(entity: Entity, values: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return table rows, without links, for records' normalised fields."""
    if not values:
        return []
    columns = to_columns(
        entity, {name: [record[name] for record in values] for name in encoding.FIELDS[entity]}
    )
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def link_tuples(ids: Iterable[str], linked: Iterable[Sequence[str]]) -> list[tuple[str, str, int]]:
    """Return records' links as their table's columns are: record, what is linked, position."""
    return [
        (record_id, one, position)
        for record_id, targets in zip(ids, linked, strict=True)
        for position, one in enumerate(targets)
    ]


def insert_rows(
    connection: Connection, entity: Entity, values: Sequence[Mapping[str, Any]]
) -> None:
    """Write new records' rows and links; the transaction is the caller's."""
    with followed(connection, entity, [record["id"] for record in values]):
        if values:
            connection.execute(insert(TABLES[entity]), to_rows(entity, values))
        _insert_links(connection, entity, values)


def update_rows(
    connection: Connection,
    entity: Entity,
    present: Sequence[Mapping[str, Any]],
    wanted: Sequence[Mapping[str, Any]],
) -> None:
    """Write known records' rows and links anew; the transaction is the caller's."""
    table = TABLES[entity]
    rows = to_rows(entity, wanted)
    names = [name for name in rows[0] if name != "id"]
    # A parameter may not have a column's name in an UPDATE.
    statement = update(table).where(table.c.id == bindparam("which"))
    statement = statement.values(**{name: bindparam(f"new_{name}") for name in names})
    given = [{"which": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows]
    linked = [
        new
        for old, new in zip(present, wanted, strict=True)
        if any(old[field] != new[field] for field in LINKS[entity])
    ]
    with followed(connection, entity, [row["id"] for row in rows]):
        connection.execute(statement, given)
        _renew_links(connection, entity, linked)


def set_rows_void(connection: Connection, entity: Entity, ids: Sequence[str]) -> None:
    """Mark known records' rows as withdrawn, at most `IDS_A_QUERY` of them."""
    table = TABLES[entity]
    with followed(connection, entity, ids):
        connection.execute(update(table).where(table.c.id.in_(ids)).values(void=True))


def _renew_links(
    connection: Connection, entity: Entity, values: Sequence[Mapping[str, Any]]
) -> None:
    ids = [record["id"] for record in values]
    for field, table in LINKS[entity].items():
        owner, _ = link_columns(entity, field)
        for some in batches(ids, IDS_A_QUERY):
            connection.execute(delete(table).where(owner.in_(some)))
    _insert_links(connection, entity, values)


def _insert_links(
    connection: Connection, entity: Entity, values: Sequence[Mapping[str, Any]]
) -> None:
    ids = [record["id"] for record in values]
    for field, table in LINKS[entity].items():
        names = table.columns.keys()
        found = link_tuples(ids, [record[field] for record in values])
        links = [dict(zip(names, link, strict=True)) for link in found]
        if links:
            connection.execute(insert(table), links)


def voids_by_id(connection: Connection, entity: Entity, ids: Iterable[str]) -> dict[str, bool]:
    """Return whether records are void, by their ids; ids that no record has are left out."""
    table, wanted = TABLES[entity], set(ids)
    query = select(table.c.id, table.c.void)
    count = select(func.count()).select_from(table)
    if len(wanted) > IDS_A_QUERY and (connection.scalar(count) or 0) < ALL_FROM * len(wanted):
        return {id_: void for id_, void in connection.execute(query) if id_ in wanted}
    found: dict[str, bool] = {}
    for some in batches(sorted(wanted), IDS_A_QUERY):
        rows = connection.execute(query.where(table.c.id.in_(some)))
        found.update((id_, void) for id_, void in rows)
    return found


def read_links(
    connection: Connection, entity: Entity, field: str, ids: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return what records are linked to, in its order; those without links are left out."""
    owner, target = link_columns(entity, field)
    position = LINKS[entity][field].c.position
    found: dict[str, list[str]] = {}
    for some in batches(ids, IDS_A_QUERY):
        query = select(owner, target).where(owner.in_(some)).order_by(owner, position)
        for record_id, linked in connection.execute(query):
            found.setdefault(record_id, []).append(linked)
    return {record_id: tuple(linked) for record_id, linked in found.items()}


def from_rows(connection: Connection, entity: Entity, rows: Sequence[RowMapping]) -> list[Record]:
    """Return the records of table rows, in their order, with the links read beside them."""
    if not rows:
        return []
    ids = [row["id"] for row in rows]
    links = {field: read_links(connection, entity, field, ids) for field in LINKS[entity]}
    return [
        _record(entity, row, place, {f: found.get(row["id"], ()) for f, found in links.items()})
        for row, place in zip(rows, _geometries(entity, rows), strict=True)
    ]


def _geometries(
    entity: Entity, rows: Sequence[RowMapping]
) -> Sequence[Mapping[str, BaseGeometry | None]]:
    name = encoding.geometry_field(entity)
    if name is None:
        return [{}] * len(rows)
    shapes = shapely.from_wkb(np.array([row[name] for row in rows], dtype=object))
    return [{name: shape} for shape in shapes]


def _record(
    entity: Entity,
    row: RowMapping,
    geometry: Mapping[str, BaseGeometry | None],
    links: Mapping[str, tuple[str, ...]],
) -> Record:
    values: dict[str, Any] = {field: row[field] for field in _PLAIN[entity]}
    for field, codec in _IN_ROW[entity].items():
        values[field] = codec.from_json(values[field] or ())
    origin = Origin(
        SourceKind(row["source_kind"]), *(row[f"source_{n}"] for n in encoding.ORIGIN[1:])
    )
    values |= {**geometry, **links, "origin": origin}
    return encoding.RECORD_TYPES[entity](**values)
