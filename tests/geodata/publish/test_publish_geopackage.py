"""The GeoPackage: what QGIS needs to open it as it is, read with SQL and GDAL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pyogrio
import pytest

from geodata.model import Catalogue, FindingStatus, State
from geodata.palette import FINDING_COLOURS, INK, STATE_COLOURS
from geodata.publish import WRITERS, Export
from geodata.publish.geopackage import FILL_ALPHA, add_styles, colour
from geodata.service import Service
from geodata.service.exporting import Wanted, gather

LAYERS: Final = {
    "areas": "MultiPolygon",
    "places": "Point",
    "hot_spots": "Point",
    "activities_points": "Point",
    "activities_lines": "MultiLineString",
    "walks": "MultiLineString",
    "findings": "Point",
}
TABLES: Final = ("promises", "commitments", "activities_without_place")
ACTIVITY_LAYERS: Final = ("activities_points", "activities_lines", "activities_without_place")


@pytest.fixture(scope="module")
def export(example: Service) -> Export:
    return gather(example, Wanted())


@pytest.fixture(scope="module")
def path(export: Export, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("geopackage") / "file.gpkg"
    WRITERS[".gpkg"](export, made)
    return made


@pytest.fixture(scope="module")
def sql(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        yield connection


def rows(sql: sqlite3.Connection, query: str, *given: object) -> list[tuple[Any, ...]]:
    return sql.execute(query, given).fetchall()


def test_every_layer_has_its_geometry_in_wgs_84(path: Path) -> None:
    found = {name: sort for name, sort in pyogrio.list_layers(path) if sort is not None}
    assert found == LAYERS
    for layer in LAYERS:
        told = pyogrio.read_info(path, layer=layer)
        assert told["crs"] == "EPSG:4326"
        assert (told["fid_column"], told["geometry_name"]) == ("fid", "geom")


def test_nothing_is_lost_on_the_way(path: Path, export: Export) -> None:
    def count(layer: str) -> int:
        return int(pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"])

    assert sum(map(count, ACTIVITY_LAYERS)) == len(export.activities) > 400
    assert count("walks") == len(export.walks) > 0
    assert count("findings") == len(export.findings) > 0
    assert count("areas") == len(export.catalogue.areas)
    assert count("places") == len(export.catalogue.places)
    assert count("promises") == len(export.catalogue.promises) == 10
    assert count("commitments") == len(export.catalogue.commitment_by_id)


def test_the_file_is_whole_and_its_contents_are_declared(sql: sqlite3.Connection) -> None:
    assert rows(sql, "PRAGMA integrity_check") == [("ok",)]
    assert rows(sql, "PRAGMA foreign_key_check") == []
    contents = dict(rows(sql, "SELECT table_name, data_type FROM gpkg_contents"))
    assert {name for name, sort in contents.items() if sort == "features"} == set(LAYERS)
    assert set(TABLES) | {"layer_styles"} <= {
        name for name, sort in contents.items() if sort == "attributes"
    }
    tables = {name for (name,) in rows(sql, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert contents.keys() <= tables


def test_every_layer_says_that_examples_are_in_it(sql: sqlite3.Connection) -> None:
    told = dict(rows(sql, "SELECT table_name, description FROM gpkg_contents"))
    for layer in (*LAYERS, *TABLES):
        assert "påhittade exempeldata" in told[layer]


def test_layers_have_names_for_people(sql: sqlite3.Connection) -> None:
    told = dict(rows(sql, "SELECT table_name, identifier FROM gpkg_contents"))
    assert told["areas"] == "Områden"
    assert told["activities_without_place"] == "Aktiviteter utan plats"


# --- relations -----------------------------------------------------------------------------------


def ids_between_spaces(sql: sqlite3.Connection, table: str, column: str) -> dict[int, set[str]]:
    found = rows(sql, f"SELECT fid, {column} FROM {table}")
    return {fid: set((ids or "").split()) for fid, ids in found}


def test_relations_are_those_of_the_extension(sql: sqlite3.Connection) -> None:
    relations = rows(
        sql,
        "SELECT base_table_name, base_primary_column, related_table_name, related_primary_column,"
        " relation_name FROM gpkgext_relations",
    )
    assert set(relations) == {
        *((layer, "fid", "commitments", "fid", "attributes") for layer in ACTIVITY_LAYERS),
        ("areas", "fid", "activities_points", "fid", "features"),
        ("areas", "fid", "activities_lines", "fid", "features"),
        ("areas", "fid", "activities_without_place", "fid", "attributes"),
        ("walks", "fid", "findings", "fid", "features"),
    }
    # OGC 18-000: the table of relations and every table of pairs are declared.
    declared = rows(
        sql,
        "SELECT table_name, definition, scope FROM gpkg_extensions"
        " WHERE extension_name = 'gpkg_related_tables'",
    )
    pairs = {name for (name,) in rows(sql, "SELECT mapping_table_name FROM gpkgext_relations")}
    assert len(pairs) == 7
    assert {name for name, _, _ in declared} == {"gpkgext_relations", *pairs}
    assert {(d, s) for _, d, s in declared} == {
        ("http://www.geopackage.org/18-000.html", "read-write")
    }


@pytest.mark.parametrize("layer", ACTIVITY_LAYERS)
def test_activities_belong_to_their_commitments(sql: sqlite3.Connection, layer: str) -> None:
    named = ids_between_spaces(sql, layer, "commitments")
    commitment = dict(rows(sql, "SELECT commitment, fid FROM commitments"))
    expected = {(fid, commitment[id_]) for fid, ids in named.items() for id_ in ids}
    found = rows(sql, f"SELECT base_id, related_id FROM {layer}_commitments")
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert expected


@pytest.mark.parametrize("layer", ACTIVITY_LAYERS)
def test_activities_belong_to_their_areas(sql: sqlite3.Connection, layer: str) -> None:
    area = dict(rows(sql, "SELECT area, fid FROM areas"))
    named = ids_between_spaces(sql, layer, "area")
    expected = {(area[id_], fid) for fid, ids in named.items() for id_ in ids}
    assert set(rows(sql, f"SELECT base_id, related_id FROM areas_{layer}")) == expected != set()


def test_findings_belong_to_their_walks(sql: sqlite3.Connection, export: Export) -> None:
    found = rows(
        sql,
        "SELECT w.lofteskartan_id, f.lofteskartan_id FROM walks_findings"
        " JOIN walks w ON w.fid = base_id JOIN findings f ON f.fid = related_id",
    )
    assert sorted(found) == sorted(
        (f.walk_id, f.id) for f in export.findings if f.walk_id is not None
    )
    assert found


# --- styles --------------------------------------------------------------------------------------


def test_the_colours_are_the_screens(sql: sqlite3.Connection) -> None:
    style = dict(rows(sql, "SELECT f_table_name, styleQML FROM layer_styles"))
    for colours in STATE_COLOURS.values():
        assert colour(colours.fill, FILL_ALPHA) in style["areas"]
        assert colour(colours.stroke) in style["areas"]
    for fill in FINDING_COLOURS.values():
        assert colour(fill) in style["findings"]
    assert colour(INK) in style["activities_points"]


def test_every_layer_has_a_default_style_of_its_own(sql: sqlite3.Connection) -> None:
    found = rows(
        sql,
        "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML, f_table_schema"
        " FROM layer_styles",
    )
    assert {name for name, *_ in found} == set(LAYERS)
    for _, geometry, default, qml, schema in found:
        assert (geometry, default, schema) == ("geom", 1, "")
        root = ET.fromstring(qml)
        assert root.tag == "qgis"
        symbols = {symbol.get("name") for symbol in root.iter("symbol")}
        categories = [category.get("symbol") for category in root.iter("category")]
        assert symbols
        assert set(categories) <= symbols


def style(sql: sqlite3.Connection, layer: str) -> tuple[str | None, set[str | None]]:
    """Return what a layer is told apart by, and the values that have a look of their own."""
    ((qml,),) = rows(sql, "SELECT styleQML FROM layer_styles WHERE f_table_name = ?", layer)
    root = ET.fromstring(qml)
    renderer = root.find("renderer-v2")
    assert renderer is not None
    return renderer.get("attr"), {c.get("value") for c in root.iter("category")}


def test_states_have_their_looks(sql: sqlite3.Connection) -> None:
    assert style(sql, "areas") == ("state", {*State, ""})
    assert style(sql, "findings") == ("status", set(FindingStatus))
    assert style(sql, "walks") == ("status", {"planned", "held", "cancelled"})
    for layer in ("areas", "findings", "walks"):
        column, values = style(sql, layer)
        found = {value for (value,) in rows(sql, f"SELECT DISTINCT {column} FROM {layer}")}
        assert found <= values
        assert found


# --- less than everything ------------------------------------------------------------------------


def test_only_what_was_asked_for_is_in_it(export: Export, tmp_path: Path) -> None:
    path = tmp_path / "walks.gpkg"
    WRITERS[".gpkg"](replace(export, sorts=("walks",)), path)
    layers = {name for name, _ in pyogrio.list_layers(path)}
    assert "walks" in layers
    assert not {"findings", *ACTIVITY_LAYERS} & layers
    with closing(sqlite3.connect(path)) as sql:
        assert rows(sql, "SELECT * FROM gpkgext_relations") == []


def test_an_export_without_any_record_is_whole(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "empty.gpkg"
    WRITERS[".gpkg"](Export(catalogue, "en"), path)
    for layer, sort in LAYERS.items():
        told = pyogrio.read_info(path, layer=layer, force_feature_count=True)
        assert (told["geometry_type"], told["features"]) == (sort, 0)
    with closing(sqlite3.connect(path)) as sql:
        assert rows(sql, "PRAGMA integrity_check") == [("ok",)]
        assert len(rows(sql, "SELECT * FROM gpkgext_relations")) == 7


def test_what_the_database_cannot_write_is_told_as_of_any_file(tmp_path: Path) -> None:
    path = tmp_path / "no.gpkg"
    path.write_bytes(b"this is no database, and long enough to be looked at\n" * 20)
    with pytest.raises(OSError, match="not a database"):
        add_styles(path, {})
