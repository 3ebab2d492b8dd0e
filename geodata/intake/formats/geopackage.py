"""GeoPackage (OGC 12-128) to sheets: a layer is a sheet, a feature is a row."""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.errors import ShapelyError

from geodata.catalogue.readings import COLUMNS, NEEDED, readings_text
from geodata.crs import crs_named
from geodata.errors import IntakeError
from geodata.intake import sheets
from geodata.intake.formats import Format
from geodata.intake.incoming import file_name, read_start, refused_as, require_size
from geodata.intake.report import Limits, remark, shown
from geodata.records import MINUTES, OWN_ID

SIGNATURE: Final = b"SQLite format 3\0"

STYLE_LAYERS: Final = frozenset({"layer_styles", "qgis_projects"})
"""Tables in which QGIS keeps how layers look."""

MOST_LAYERS: Final = 300
"""More tables than people put into one file; each takes GDAL a twentieth of a second to look at."""

STEPS: Final = 1_000_000
MOST_STEPS: Final = 300
"""So many times a million steps of SQLite's machine are more than it takes to look at any file."""

_OF_THE_FORMAT: Final = ("gpkg_", "gpkgext_", "rtree_", "sqlite_", "ogr_")
_READ: Final = ("features", "attributes", "aspatial")
_COMPUTED: Final = 2
"""What SQLite's ``table_xinfo`` calls a column that is worked out as it is read."""


def read_geopackage(path: Path, limits: Limits) -> list[sheets.Sheet]:
    """Read a GeoPackage's layers."""
    name = file_name(path)
    require_size(path, limits)
    if not read_start(path).startswith(SIGNATURE):
        raise IntakeError("intake.not_geopackage", file=name)
    broken = by_gdal("intake.broken_geopackage", name)
    with broken, closing(_opened(path, limits)) as connection:
        wanted, views = _layers(connection, name)
        layers = list(_sheets(path, name, [t for t in wanted if t != MINUTES], limits, connection))
        if layers and MINUTES in wanted:
            _measured(connection, name, MINUTES, path, limits.rows)
            bodies = connection.execute(f"SELECT body FROM {MINUTES}")  # noqa: S608 (our own name)
            read = {sha256(body).hexdigest(): body for (body,) in bodies if type(body) is bytes}
            layers[0] = replace(layers[0], documents=read)
        if layers and views:
            told = [remark(name, None, "", "intake.layer_is_view", title) for title in views]
            layers[0] = replace(layers[0], remarks=(*told, *layers[0].remarks))
        if beside := [sheet.title for sheet in layers if _of_the_catalogue(sheet)]:
            told = [remark(name, None, "", "intake.archive_catalogue", title) for title in beside]
            # With what is read: layers that are there for the map alone say nothing.
            at = next((n for n, sheet in enumerate(layers) if OWN_ID in sheet.header), 0)
            layers[at] = replace(layers[at], remarks=(*layers[at].remarks, *told))
        return layers


DEFINITION: Final = "definition"
"""The column of an indicator's definition, as its file has it."""


def _of_the_catalogue(sheet: sheets.Sheet) -> bool:
    """Tell whether a layer of the program's own holds indicators or readings: no records."""
    needed = {"indicators": {DEFINITION}, "readings": {*NEEDED}}.get(sheet.title)
    return needed is not None and needed <= {*sheet.header}


def catalogue_files(path: Path, limits: Limits) -> list[tuple[str, bytes]]:
    """Return the indicators and readings in a GeoPackage of the program's own, as files.

    One that holds none is a file of readings without a row. Raises IntakeError for one that can't
    be read.
    """
    tables = {
        sheet.title: [dict(zip(sheet.header, row, strict=True)) for row in sheet.rows]
        for sheet in read_geopackage(path, limits)
        if _of_the_catalogue(sheet)
    }
    defined = dict.fromkeys(row[DEFINITION] for row in tables.get("indicators", ()))
    found = [{c: row.get(c, "") for c in COLUMNS} for row in tables.get("readings", ())]
    files = {"indicators.toml": "\n".join(defined)} if defined else {}
    files |= {"readings.csv": readings_text(found)} if found or not defined else {}
    return [(f"{path.name}/{name}", text.encode("utf-8")) for name, text in files.items()]


@contextmanager
def by_gdal(key: str, name: str) -> Iterator[None]:
    """Refuse a file that GDAL can't read."""
    # Takes half a second to import, and hardly any start needs it.
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError

    raised = (
        *(DataSourceError, DataLayerError, FieldError, ShapelyError, sqlite3.Error),
        # The last is what pyogrio stumbles into where a system's name is no text.
        *(OSError, RuntimeError, ValueError, UnboundLocalError),
    )
    # GDAL tells by warnings what a file has that it should not have; none of it is used.
    with refused_as(key, name, *raised), warnings.catch_warnings(action="ignore"):
        yield


# --- what a file may hold, before GDAL reads it --------------------------------------------------


def _opened(path: Path, limits: Limits) -> sqlite3.Connection:
    """Open a file as a database of which nothing runs for long, and no cell is larger than it."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(limits.size, STEPS))
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    left = iter(range(MOST_STEPS))
    connection.set_progress_handler(lambda: next(left, None) is None, STEPS)
    return connection


def _layers(connection: sqlite3.Connection, name: str) -> tuple[list[str], list[str]]:
    """Return the layers whose rows stand in the file, and those that are views.

    What a view shows is the rows of other tables once more, worked out as it is read: it may take
    for ever, and GDAL asks for its first row as soon as it lists it. So is a virtual table's
    content. The format's own tables are neither in any file.
    """
    listed = connection.execute(
        "SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view')"
    ).fetchall()
    stored: dict[str, bool] = {}
    for title, sort, sql in listed:
        real = sort == "table" and not str(sql).casefold().startswith("create virtual")
        if not title.startswith(_OF_THE_FORMAT):
            stored[title] = real
        elif not real and not title.startswith("rtree_"):
            raise IntakeError("intake.broken_geopackage", file=name)
    if len(stored) > MOST_LAYERS:
        raise IntakeError("intake.too_many_layers", file=name, limit=MOST_LAYERS)
    contents = connection.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall()
    layers = [title for title, sort in contents if sort in _READ and title in stored]
    if all(sort != "attributes" for _, sort in contents):
        # As GDAL has it: a file that names no such table may hold some all the same.
        layers += [title for title in stored if title not in layers]
    layers = [title for title in layers if title not in STYLE_LAYERS]
    sheets.require_no_identity(name, layers)
    wanted = [title for title in layers if stored[title]]
    if layers and not wanted:
        raise IntakeError("intake.only_views", file=name)
    return wanted, [title for title in layers if not stored[title]]


def _measured(
    connection: sqlite3.Connection, name: str, title: str, path: Path, left: int
) -> tuple[int, list[str]]:
    """Return how many rows a table has, and its computed columns; refuse what can't be so.

    No more bytes can stand in a table than in its file, however often its pages name the same
    ones, and an empty cell takes no byte at all.
    """
    table = _quoted(title)
    columns = connection.execute(f"PRAGMA table_xinfo({table})").fetchall()
    sheets.require_narrow(name, len(columns))
    computed = [column for _, column, *_, hidden in columns if hidden == _COMPUTED]
    stored = [_quoted(column) for _, column, *_, hidden in columns if hidden != _COMPUTED]
    [[count]] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608
    if count > left:
        return count, computed
    if count * len(columns) > sheets.MOST_CELLS:
        raise IntakeError("intake.too_many_cells_in_sheet", file=name)
    lengths = ", ".join(
        f"CASE WHEN typeof({c}) IN ('text', 'blob') THEN length(CAST({c} AS BLOB)) ELSE 0 END"
        for c in stored
    )
    room = path.stat().st_size
    for row in connection.execute(f"SELECT {lengths} FROM {table}"):  # noqa: S608
        room -= sum(row)
        if room < 0:
            raise IntakeError("intake.broken_geopackage", file=name)
    return count, computed


def _quoted(title: str) -> str:
    return '"' + title.replace('"', '""') + '"'


# --- layers --------------------------------------------------------------------------------------


def _sheets(
    path: Path,
    name: str,
    titles: Sequence[str],
    limits: Limits,
    connection: sqlite3.Connection,
) -> Iterator[sheets.Sheet]:
    from pyogrio.raw import read

    left = limits.rows
    several = len(titles) > 1
    for title in titles:
        count, computed = _measured(connection, name, title, path, left)
        left -= count
        if left < 0:
            raise IntakeError("intake.too_many_rows", file=name, limit=limits.rows)
        found = read(
            path,
            layer=title,
            force_2d=True,
            datetime_as_string=True,
            # GDAL makes room for so many rows beforehand.
            max_features=max(count, 1),
            **({"columns": _without(path, title, computed)} if computed else {}),
        )
        sheet = layer_sheet(name, title if several else "", found, limits)
        told = (
            remark(sheet.shown_file, None, column, "intake.column_computed", column)
            for column in computed
        )
        yield replace(sheet, remarks=tuple(told))


def _without(path: Path, title: str, computed: Sequence[str]) -> list[str]:
    import pyogrio

    return [c for c in pyogrio.read_info(path, layer=title)["fields"].tolist() if c not in computed]


def layer_sheet(name: str, title: str, found: Any, limits: Limits) -> sheets.Sheet:
    """Return a layer as GDAL reads it as a sheet."""
    meta, _, geometry, columns = found
    header = tuple(str(column) for column in meta["fields"])
    sheets.require_narrow(name, len(header))
    sheets.require_no_identity(name, header)
    count = len(geometry) if geometry is not None else (len(columns[0]) if columns else 0)
    texts = [list(map(sheets.cell_text, column)) for column in columns]
    rows = list(zip(*texts, strict=True)) if texts else [()] * count
    shapes = None
    if geometry is not None:
        read = shapely.from_wkb(geometry, on_invalid="ignore")
        sheets.require_positions(name, int(shapely.get_num_coordinates(read).sum()), limits)
        shapes = [sheets.single(shape) for shape in read]
    crs = _crs(meta["crs"], name)
    return sheets.features_of(name, header, rows, title=title, shapes=shapes, crs=crs)


def _crs(declared: str | None, name: str) -> str | None:
    if not declared:
        return None
    if crs_named(declared) is None:
        # An undefined system (srs_id 0 and -1) is there for layers whose range must tell.
        if "Undefined" in declared:
            return None
        raise IntakeError("intake.unknown_crs", file=name, crs=shown(declared))
    return declared


FORMAT: Final = Format(
    lambda path, asked: read_geopackage(path, asked.limits),
    (".gpkg",),
    lambda start: start.startswith(SIGNATURE),
    place=5,
)
