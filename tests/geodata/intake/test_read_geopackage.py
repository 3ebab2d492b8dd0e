"""GeoPackages of other tools, and traps: what a table holds is read, what a view shows is not."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPoint, Point

from geodata.errors import IntakeError
from geodata.intake.report import Limits, Reading

Read = Callable[..., Reading]

ENDLESS = "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x FROM t)"


def write(path: Path, layer: str = "pass", **more: Any) -> Path:
    columns = {"datum": ["2018-03-07"], "slag": ["x"], "anteckning": ["Lugnt"], **more}
    frame = gpd.GeoDataFrame(columns, geometry=[Point(12.905, 57.705)], crs=4326)
    frame.to_file(path, layer=layer, engine="pyogrio")
    return path


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        # The triggers of the spatial index call functions that only GDAL has.
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(statement)


def widen(path: Path, columns: int) -> None:
    """Give a table columns that none of its rows knows of, as adding them one by one would."""
    more = "".join(f", c{number} TEXT" for number in range(columns))
    run(
        path,
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_master SET sql = rtrim(sql, ') ') || '{more})' WHERE name = 'pass'",
    )


def listed(name: str, sort: str = "attributes") -> str:
    return (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier)"
        f" VALUES ('{name}', '{sort}', '{name}')"
    )


def key_of(read: Read, path: Path, **chosen: Any) -> str:
    with pytest.raises(IntakeError) as error:
        read(path.name, **chosen)
    return error.value.key


# --- views ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "view",
    [
        "SELECT fid AS OGC_FID, geom, datum, slag, anteckning FROM pass",
        f"{ENDLESS} SELECT x AS fid, '2018-03-07' AS datum, 'x' AS slag FROM t",
        "SELECT 1 AS fid, zeroblob(400000000) AS datum, 'x' AS slag",
        f"{ENDLESS} SELECT count(*) AS fid, '2018-03-07' AS datum, 'x' AS slag FROM t",
    ],
)
@pytest.mark.parametrize("sort", ["attributes", "features"])
def test_a_view_is_told_and_its_table_read_once(
    read: Read, tmp_path: Path, view: str, sort: str
) -> None:
    path = write(tmp_path / "a.gpkg")
    more = [
        "INSERT INTO gpkg_geometry_columns VALUES ('senaste', 'geom', 'POINT', 4326, 0, 0)",
    ]
    run(
        path,
        f"CREATE VIEW senaste AS {view}",
        listed("senaste", sort),
        *(more if sort == "features" else []),
    )
    found = read("a.gpkg")
    [activity] = found.activities
    assert (activity.note, activity.place) == ("Lugnt", Point(12.905, 57.705))
    assert [(p.key, p.value) for p in found.problems] == [("intake.layer_is_view", "senaste")]


def test_nothing_but_views_is_told(read: Read, tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", "layer_styles")
    run(path, f"CREATE VIEW v AS {ENDLESS} SELECT x AS fid FROM t", listed("v"))
    assert key_of(read, path) == "intake.only_views"


@pytest.mark.parametrize("name", ["gpkg_contents", "gpkg_geometry_columns", "gpkg_ogr_contents"])
def test_the_formats_own_tables_are_no_views(read: Read, tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.gpkg")
    run(
        path,
        f"ALTER TABLE {name} RENAME TO kept",
        f"CREATE VIEW {name} AS {ENDLESS} SELECT kept.* FROM t, kept",
    )
    assert key_of(read, path) == "intake.broken_geopackage"


def test_a_computed_column_is_told_and_not_worked_out(read: Read, tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg")
    run(path, 'ALTER TABLE pass ADD COLUMN "Minuter" TEXT AS (hex(zeroblob(400000000))) VIRTUAL')
    found = read("a.gpkg")
    assert len(found.activities) == 1
    assert [(p.key, p.value) for p in found.problems] == [("intake.column_computed", "Minuter")]


# --- what is made is counted ---------------------------------------------------------------------


def test_layers_and_cells_are_counted(read: Read, tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg")
    run(path, *(f"CREATE TABLE t{n} (fid INTEGER PRIMARY KEY)" for n in range(301)))
    assert key_of(read, path) == "intake.too_many_layers"
    path = write(tmp_path / "b.gpkg")
    # 12,000 rows, and then 900 columns more that take no byte in them.
    many = "WITH RECURSIVE t(x) AS (SELECT 9 UNION ALL SELECT x + 1 FROM t LIMIT 12000)"
    run(path, f"INSERT INTO pass (fid) {many} SELECT x FROM t")
    widen(path, 900)
    assert path.stat().st_size < 1_000_000
    assert key_of(read, path) == "intake.too_many_cells_in_sheet"
    assert key_of(read, path, limits=Limits(rows=10_000)) == "intake.too_many_rows"
    path = write(tmp_path / "c.gpkg")
    widen(path, 1_000)
    assert key_of(read, path) == "intake.too_many_columns"
    line = gpd.GeoDataFrame(
        {"datum": ["2018-03-07"]},
        geometry=[LineString([(12.9 + n / 1e6, 57.7) for n in range(200)])],
        crs=4326,
    )
    line.to_file(tmp_path / "d.gpkg", engine="pyogrio")
    assert key_of(read, tmp_path / "d.gpkg", limits=Limits(rows=19)) == "intake.too_many_points"


READ_ALONE = """
import resource
import sys
from pathlib import Path
import pyogrio, shapely
from geodata.intake.report import IMPORT_LIMITS
from geodata.intake.formats.geopackage import read_geopackage
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
[sheet] = read_geopackage(Path(sys.argv[1]), IMPORT_LIMITS)
assert (len(sheet.rows), len(sheet.header)) == (1, 903)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_room_is_made_for_what_there_is(tmp_path: Path) -> None:
    """900 columns of one row; by the limit of rows they took 3.8 GB."""
    path = write(tmp_path / "a.gpkg")
    widen(path, 900)
    done = subprocess.run(
        [sys.executable, "-c", READ_ALONE, str(path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 100 * 1_024


# --- everything in a file is read equal, or told -------------------------------------------------

POSITIONS = st.tuples(st.floats(12.9001, 12.9099), st.floats(57.7001, 57.7099))
LINES = st.lists(POSITIONS, min_size=2, max_size=5, unique=True)
SHAPES = st.one_of(
    POSITIONS.map(Point),
    POSITIONS.map(lambda at: MultiPoint([at])),
    LINES.map(LineString),
    st.lists(LINES, min_size=1, max_size=3).map(MultiLineString),
    st.none(),
    st.lists(POSITIONS, min_size=2, max_size=2, unique=True).map(MultiPoint),
    POSITIONS.map(lambda at: Point(at).buffer(0.001)),
)
# Composed, as what is read always is: one letter has one spelling in the register.
NOTES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(
    lambda text: " ".join(unicodedata.normalize("NFC", text).split())
)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            SHAPES, st.dates(date(2018, 1, 1), date(2018, 12, 31)), NOTES, st.integers(0, 90)
        ),
        min_size=1,
        max_size=6,
    ),
    as_dates=st.booleans(),
)
def test_every_row_is_read_equal_or_told(
    read_path: Callable[..., Reading], rows: list[Any], *, as_dates: bool
) -> None:
    frame = gpd.GeoDataFrame(
        {
            "datum": [day if as_dates else day.isoformat() for _, day, _, _ in rows],
            "slag": "x",
            "anteckning": [note for _, _, note, _ in rows],
            "minuter": np.array([minutes for *_, minutes in rows], np.int32),
        },
        geometry=[shape for shape, *_ in rows],
        crs=4326,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        frame.to_file(path, engine="pyogrio", geometry_type="Unknown")
        found = read_path(path)
    by_row = {activity.origin.row: activity for activity in found.activities}
    assert found.rows_read == len(rows)
    for number, (shape, day, note, minutes) in enumerate(rows, start=1):
        if isinstance(shape, shapely.Polygon) or (
            isinstance(shape, MultiPoint) and len(shape.geoms) > 1
        ):
            keys = [p.key for p in found.problems if p.row == number and p.severity == "error"]
            assert keys == ["intake.not_a_place"]
            continue
        activity = by_row[number]
        assert (activity.day, activity.note, activity.minutes) == (day, note, minutes)
        parts = list(getattr(shape, "geoms", [shape]))
        expected = parts[0] if len(parts) == 1 else shape
        assert activity.place == expected
