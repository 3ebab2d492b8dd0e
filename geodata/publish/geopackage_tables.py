"""What a GeoPackage holds beside its layers: styles, and which rows belong together.

The layers are written by GDAL, which has no way to write these tables; a GeoPackage is an SQLite
file, so they are written as such. The register is never touched here.

The tables are those of the OGC's GeoPackage Related Tables Extension 1.0 (OGC 18-000) and of the
``layer_styles`` in which QGIS keeps styles.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KEY: Final = "fid"
"""The primary key that GDAL gives every table."""

GEOMETRY_COLUMN: Final = "geom"
"""The geometry column that GDAL gives every layer."""

EXTENSION: Final = "gpkg_related_tables"
DEFINITION: Final = "http://www.geopackage.org/18-000.html"

_RELATIONS_TABLE: Final = """
CREATE TABLE gpkgext_relations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    base_table_name TEXT NOT NULL,
    base_primary_column TEXT NOT NULL DEFAULT 'id',
    related_table_name TEXT NOT NULL,
    related_primary_column TEXT NOT NULL DEFAULT 'id',
    relation_name TEXT NOT NULL,
    mapping_table_name TEXT NOT NULL UNIQUE
)"""

_EXTENSIONS_TABLE: Final = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
    table_name TEXT,
    column_name TEXT,
    extension_name TEXT NOT NULL,
    definition TEXT NOT NULL,
    scope TEXT NOT NULL,
    UNIQUE (table_name, column_name, extension_name)
)"""

# As QGIS makes it (qgsogrprovider.cpp), so that it can add styles of its own.
_STYLES_TABLE: Final = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256),
    f_table_schema TEXT(256),
    f_table_name TEXT(256),
    f_geometry_column TEXT(256),
    styleName TEXT(30),
    styleQML TEXT,
    styleSLD TEXT,
    useAsDefault BOOLEAN,
    description TEXT,
    owner TEXT(30),
    ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)"""

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
            yield connection
    except sqlite3.Error as error:
        raise OSError(errno.EIO, str(error), str(path)) from error


def add_styles(path: Path, styles: Mapping[str, str]) -> None:
    """Give layers the styles that QGIS shows them in."""
    with _writing(path) as connection:
        connection.execute(_STYLES_TABLE)
        connection.execute(_CONTENT, ("layer_styles", "layer_styles", ""))
        connection.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner)"
            " VALUES ('', '', ?, ?, 'lofteskartan', ?, '', 1, 'Löfteskartan', '')",
            [(name, GEOMETRY_COLUMN, style) for name, style in sorted(styles.items())],
        )


def add_relations(path: Path, relations: Iterable[Relation]) -> None:
    """Say which rows belong together, by the Related Tables Extension."""
    with _writing(path) as connection:
        connection.execute(_EXTENSIONS_TABLE)
        connection.execute(_RELATIONS_TABLE)
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
