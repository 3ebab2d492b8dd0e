"""A GeoPackage that QGIS opens as it is: records, what explains them, styles and relations.

Everything is in WGS 84: projecting to metres and back would move a point by a rounding, and what
is taken out must come back equal.

The layers are written by GDAL, which has no way to write styles and which rows belong together; a
GeoPackage is an SQLite file, so these tables are written as such. They are those of the OGC's
GeoPackage Related Tables Extension 1.0 (OGC 18-000) and of the ``layer_styles`` in which QGIS keeps
styles. The register is never touched here.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError
from shapely import Point
from shapely.geometry.base import BaseGeometry

from geodata.catalogue.readings import COLUMNS
from geodata.crs import WGS84
from geodata.model import Activity, State, WalkStatus
from geodata.palette import FINDING_COLOURS, INK, STATE_COLOURS, UNCERTAIN, WHITE
from geodata.publish.paper import environment
from geodata.publish.surroundings import (
    AREA_COLUMNS,
    COMMITMENT_COLUMNS,
    PLACE_COLUMNS,
    PROMISE_COLUMNS,
    area_values,
    place_values,
    promise_values,
    reading_values,
    series_values,
    told_commitment,
)
from geodata.publish.values import (
    GEOMETRY,
    ID,
    NUMBERS,
    WHOLE_NUMBERS,
    Export,
    Value,
    Values,
    columns_of,
    minutes_of,
    records_of,
    shape_of,
    values_maker,
)
from geodata.records import MINUTES, OFFICE, Kept, Sort

if TYPE_CHECKING:
    from jinja2 import Template

# A file is written whole and then put in its place: no layer of it has to be on disk before the
# next one is begun, which took more time than writing them.
pyogrio.set_gdal_config_options({"OGR_SQLITE_SYNCHRONOUS": "OFF"})

KEY: Final = "fid"
"""The primary key that GDAL gives every table."""

GEOMETRY_COLUMN: Final = "geom"
"""The geometry column that GDAL gives every layer."""

EXTENSION: Final = "gpkg_related_tables"
DEFINITION: Final = "http://www.geopackage.org/18-000.html"

TABLES: Final = Path(__file__).with_name("geopackage.sql")
"""What stands beside the layers, and GDAL does not make."""

_CONTENT: Final = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)
VALUES (?, 'attributes', ?, ?, 0)"""


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of one table that belong to rows of another."""

    base: str
    related: str
    mapping: str
    base_column: str
    related_column: str

    @property
    def needs(self) -> set[str]:
        """The tables that must be there."""
        return {self.base, self.related}


@contextmanager
def _writing(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(TABLES.read_text(encoding="utf-8"))
            yield connection
    except sqlite3.Error as error:
        raise OSError(errno.EIO, str(error), str(path)) from error


def add_styles(path: Path, styles: Mapping[str, str]) -> None:
    """Give layers the styles that QGIS shows them in."""
    with _writing(path) as connection:
        connection.execute(_CONTENT, ("layer_styles", "layer_styles", ""))
        connection.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner)"
            " VALUES ('', '', ?, ?, 'lofteskartan', ?, '', 1, 'Löfteskartan', '')",
            [(name, GEOMETRY_COLUMN, style) for name, style in sorted(styles.items())],
        )


def _add_minutes(path: Path, export: Export) -> None:
    """Add the frozen documents of the meetings, as they are."""
    found = [(meeting.id, name, body) for meeting, name, body in minutes_of(export)]
    if not found:
        return
    with _writing(path) as connection:
        connection.execute(
            f"CREATE TABLE {MINUTES} ({KEY} INTEGER PRIMARY KEY AUTOINCREMENT, meeting_id TEXT,"
            " name TEXT, body BLOB)"
        )
        connection.executemany(
            f"INSERT INTO {MINUTES} (meeting_id, name, body) VALUES (?, ?, ?)",  # noqa: S608
            found,
        )
        connection.execute(_CONTENT, (MINUTES, export.words("export.layer.minutes"), ""))


def add_relations(path: Path, relations: Iterable[Relation]) -> None:
    """Say which rows belong together, by the Related Tables Extension."""
    with _writing(path) as connection:
        _extend(connection, "gpkgext_relations")
        for relation in relations:
            _relate(connection, relation)


def _extend(connection: sqlite3.Connection, table: str) -> None:
    connection.execute(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, 'read-write')",
        (table, EXTENSION, DEFINITION),
    )


def _relate(connection: sqlite3.Connection, relation: Relation) -> None:
    mapping = relation.mapping
    connection.execute(
        f"CREATE TABLE {mapping} (id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " base_id INTEGER NOT NULL, related_id INTEGER NOT NULL)"
    )
    connection.executemany(
        f"INSERT INTO {mapping} (base_id, related_id) VALUES (?, ?)",  # noqa: S608 (our own name)
        _pairs(connection, relation),
    )
    connection.execute(_CONTENT, (mapping, mapping, f"{relation.base} - {relation.related}"))
    _extend(connection, mapping)
    connection.execute(
        "INSERT INTO gpkgext_relations (base_table_name, base_primary_column, related_table_name,"
        " related_primary_column, relation_name, mapping_table_name) VALUES (?, ?, ?, ?, ?, ?)",
        (relation.base, KEY, relation.related, KEY, _sort_of(connection, relation), mapping),
    )


def _sort_of(connection: sqlite3.Connection, relation: Relation) -> str:
    """Return the extension's name of a relation to such a table: features or attributes."""
    found = connection.execute(
        "SELECT data_type FROM gpkg_contents WHERE table_name = ?", (relation.related,)
    )
    return str(found.fetchone()[0])


def _pairs(connection: sqlite3.Connection, relation: Relation) -> list[tuple[int, int]]:
    """Return the keys of every two rows that belong together."""
    base = connection.execute(
        f"SELECT {KEY}, {relation.base_column} FROM {relation.base} ORDER BY {KEY}"  # noqa: S608
    ).fetchall()
    keys: dict[str, list[int]] = {}
    for key, ids in base:
        for id_ in dict.fromkeys((ids or "").split()):
            keys.setdefault(id_, []).append(key)
    related = connection.execute(
        f"SELECT {KEY}, {relation.related_column} FROM {relation.related} ORDER BY {KEY}"  # noqa: S608
    )
    return [(base_key, key) for key, id_ in related for base_key in keys.get(id_, ())]


GeometryType = Literal["Point", "MultiLineString", "MultiPolygon"]

POINTS: Final = "activities_points"
LINES: Final = "activities_lines"
WITHOUT_PLACE: Final = "activities_without_place"
ACTIVITY_LAYERS: Final = (POINTS, LINES, WITHOUT_PLACE)
STYLED: Final = frozenset({"areas", "places", "walks", "findings", "hot_spots", POINTS, LINES})
"""The layers that have a geometry to be shown."""

FILL_ALPHA: Final = 90
"""Of 255: what lies under an area still shows."""

WALK_STYLES: Final[Mapping[WalkStatus, str]] = {
    WalkStatus.PLANNED: "dash",
    WalkStatus.HELD: "solid",
    WalkStatus.CANCELLED: "dot",
}

HOT_SPOTS: Final = "hot_spots"
HOT_SPOT: Final = "hot_spot"
"""The column of a hot spot's id where only the map is told of them: then it is not that by which
records are known that are imported again."""

_WHOLE: Final = WHOLE_NUMBERS | {"number", "delivered", "target", "count", "answered", "asked"}
_DECIMALS: Final = NUMBERS | {
    *("outline_accuracy_m", "distance_m", "expected", "value", "response_stated"),
}


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer: its table's name, columns, rows, and its geometry where it has any."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Values]
    shapes: Sequence[BaseGeometry | None] = ()
    geometry: GeometryType | None = None


def write_geopackage(export: Export, path: Path) -> None:
    """Write the records with areas, places, promises, commitments and hot spots."""
    names = set()
    try:
        for layer in _layers(export):
            _write(layer, export, path)
            names.add(layer.name)
        styles = {name: style for name in names if (style := style_of(name, export))}
        add_styles(path, styles)
        _add_minutes(path, export)
        add_relations(path, [relation for relation in RELATIONS if relation.needs <= names])
    except (DataSourceError, DataLayerError) as error:
        raise OSError(errno.EIO, str(error), str(path)) from error


def colour(value: str, alpha: int = 255) -> str:
    """Return a colour such as ``#009E73`` as QML writes it: red, green, blue and alpha."""
    red, green, blue = bytes.fromhex(value[1:])
    return f"{red},{green},{blue},{alpha}"


def style_of(layer: str, export: Export) -> str | None:
    """Return a layer's style as QML, None for a table without geometry."""
    return _styles().render(layer=layer, w=export.words) if layer in STYLED else None


@cache
def _styles() -> Template:
    filling = environment(Path(__file__).parent)
    filling.filters["colour"] = colour
    states = {state: STATE_COLOURS[state] for state in State}
    filling.globals.update(states=states, finding_colours=FINDING_COLOURS)
    filling.globals.update(walk_styles=WALK_STYLES, uncertain=UNCERTAIN, fill_alpha=FILL_ALPHA)
    filling.globals.update(ink=INK, white=WHITE)
    return filling.get_template("styles.qml")


def _layers(export: Export) -> Iterator[_Layer]:
    """Give one layer after the other, so that only one is in memory."""
    yield from _surroundings(export)
    yield _hot_spots(export)
    for sort in export.sorts:
        if sort != "hot_spots":
            yield from _record_layers(export, sort)


def _surroundings(export: Export) -> Iterator[_Layer]:
    areas, places, promises = export.areas, export.places, export.promises
    outlines = [area.outline for area in areas]
    yield _Layer(
        "areas", AREA_COLUMNS, [area_values(a, export) for a in areas], outlines, "MultiPolygon"
    )
    points = [Point(place.lon, place.lat) for place in places]
    yield _Layer(
        "places", PLACE_COLUMNS, [place_values(p, export) for p in places], points, "Point"
    )
    yield _Layer("promises", PROMISE_COLUMNS, [promise_values(p, export) for p in promises])
    commitments = [
        told_commitment(commitment, export)
        for promise in promises
        for commitment in promise.commitments
    ]
    yield _Layer("commitments", COMMITMENT_COLUMNS, commitments)
    if export.indicators:
        series = [row for each in export.indicators for row in series_values(each, export)]
        yield _Layer("indicators", tuple(series[0]), series)
        yield _Layer("readings", COLUMNS, [reading_values(each) for each in export.readings])


def _hot_spots(export: Export) -> _Layer:
    values_of = values_maker(export, HOT_SPOTS)
    key = ID if HOT_SPOTS in export.sorts else HOT_SPOT
    columns = [key if c == ID else c for c in columns_of(HOT_SPOTS) if c not in GEOMETRY]
    rows = [{**(values := values_of(spot)), key: values[ID]} for spot in export.hot_spots]
    return _Layer(HOT_SPOTS, columns, rows, [shape_of(s) for s in export.hot_spots], "Point")


def _record_layers(export: Export, sort: Sort) -> Iterator[_Layer]:
    if sort == "walks":
        yield _of_records(export, sort, "walks", export.walks, "MultiLineString")
    elif sort == "findings":
        yield _of_records(export, sort, "findings", export.findings, "Point")
    elif sort in OFFICE:
        yield _of_records(export, sort, sort, records_of(export, sort), None)
    else:
        split: dict[str, list[Activity]] = {name: [] for name in ACTIVITY_LAYERS}
        for activity in export.activities:
            split[_layer_of(activity)].append(activity)
        yield _of_records(export, sort, POINTS, split[POINTS], "Point")
        yield _of_records(export, sort, LINES, split[LINES], "MultiLineString")
        yield _of_records(export, sort, WITHOUT_PLACE, split[WITHOUT_PLACE], None)


def _layer_of(activity: Activity) -> str:
    shape = shape_of(activity)
    if shape is None:
        return WITHOUT_PLACE
    return POINTS if isinstance(shape, Point) else LINES


def _of_records(
    export: Export, sort: Sort, name: str, records: Sequence[Kept], geometry: GeometryType | None
) -> _Layer:
    values_of = values_maker(export, sort)
    columns = [column for column in columns_of(sort) if column not in GEOMETRY]
    shapes = [shape_of(record) for record in records] if geometry else []
    return _Layer(name, columns, [values_of(record) for record in records], shapes, geometry)


def _write(layer: _Layer, export: Export, path: Path) -> None:
    # A plan's question has the name that a reading's number of those asked has.
    whole = _WHOLE - {"asked"} if layer.name in OFFICE else _WHOLE
    cells = {column: [row[column] for row in layer.rows] for column in layer.columns}
    frame = pd.DataFrame({column: _cells(cells[column], column, whole) for column in cells})
    told = {
        "layer": layer.name,
        "driver": "GPKG",
        "append": path.exists(),
        # What QGIS 3.22 and its contemporaries read without a warning.
        "dataset_options": {"VERSION": "1.3"},
        "layer_options": {
            "IDENTIFIER": export.words(f"export.layer.{layer.name}"),
            "DESCRIPTION": export.remark,
        },
    }
    if layer.geometry is None:
        pyogrio.write_dataframe(frame, path, **told)
        return
    shapes = np.array(layer.shapes, dtype=object)
    pyogrio.write_dataframe(
        gpd.GeoDataFrame(frame, geometry=shapes, crs=WGS84),
        path,
        geometry_type=layer.geometry,
        promote_to_multi=layer.geometry.startswith("Multi"),
        **told,
    )


def _cells(values: list[Value], column: str, whole: Set[str]) -> pd.Series[Any]:
    # Told, not guessed: a column that happens to be empty has its type all the same.
    if column in whole:
        return pd.Series(values, dtype="Int64")
    return pd.Series(values, dtype="Float64" if column in _DECIMALS else "str")


RELATIONS: Final = (
    *(
        Relation(layer, "commitments", f"{layer}_commitments", "commitments", "commitment")
        for layer in ACTIVITY_LAYERS
    ),
    *(Relation("areas", layer, f"areas_{layer}", "area", "area") for layer in ACTIVITY_LAYERS),
    Relation("walks", "findings", "walks_findings", "lofteskartan_id", "walk_id"),
    Relation("meetings", "decisions", "meetings_decisions", "lofteskartan_id", "meeting_id"),
)
