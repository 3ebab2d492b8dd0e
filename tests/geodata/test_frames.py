"""The analyst's door: tables that hold what the files and the screen hold, with types."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from pyproj import Geod

import geodata
from geodata.errors import RegisterError
from geodata.frames import Frames
from geodata.model import ActivityFilter
from geodata.service import Service
from geodata.service.exporting import Wanted, export_file
from geodata.settings import NO_BASEMAP, Settings, bundled_data, register_url

DAY = date(2018, 10, 15)
SORTS = ("activities", "walks", "findings", "hot_spots")


@pytest.fixture(scope="module")
def frames(example_file: Path) -> Iterator[Frames]:
    with geodata.open(example_file) as opened:
        yield opened


@pytest.fixture(scope="module")
def service(example_file: Path) -> Iterator[Service]:
    with Service.open(Settings(register_url(str(example_file)), basemap=NO_BASEMAP)) as opened:
        yield opened


@pytest.mark.parametrize("sort", SORTS)
def test_a_table_holds_what_the_file_holds(
    frames: Frames, service: Service, tmp_path: Path, sort: str
) -> None:
    path = tmp_path / f"{sort}.csv"
    export_file(service, Wanted((sort,)), path)  # type: ignore[arg-type]
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    table = getattr(frames, sort)()
    assert isinstance(table, gpd.GeoDataFrame)
    assert table.crs == 4326
    assert list(table.lofteskartan_id) == [row["lofteskartan_id"].strip() for row in rows]
    assert len(table) > 4
    for name in ("area", "note", "kind", "status", "text", "name"):
        if name in table:
            assert [v if pd.notna(v) else "" for v in table[name]] == [r[name] for r in rows]
    for name in ("minutes", "participants"):
        if name in table:
            assert table[name].dtype == "Int64"
            told = [None if pd.isna(value) else int(value) for value in table[name]]
            assert told == [int(row[name]) if row[name] else None for row in rows]
    if "commitments" in table:
        assert [" ".join(ids) for ids in table.commitments] == [r["commitments"] for r in rows]


def test_times_are_swedens_and_days_are_days(frames: Frames, service: Service) -> None:
    table = frames.activities().set_index("lofteskartan_id")
    assert str(table.date.dtype) == "datetime64[us, Europe/Stockholm]"
    for activity in service.activities(ActivityFilter()):
        assert table.date[activity.id].to_pydatetime() == activity.start
    assert frames.findings().due.dtype == "datetime64[s]"


def test_a_filter_is_the_exports(frames: Frames) -> None:
    whole = frames.activities()
    norrby = frames.activities(area="norrby", first_day=date(2018, 5, 1), last_day=DAY)
    days = whole.date.dt.tz_localize(None).dt.date
    expected = whole[(whole["area"] == "norrby") & (days >= date(2018, 5, 1)) & (days <= DAY)]
    assert list(norrby.lofteskartan_id) == list(expected.lofteskartan_id)
    assert 0 < len(norrby) < len(whole)


def test_progress_is_the_screens_and_a_missing_target_is_no_nought(
    frames: Frames, service: Service
) -> None:
    table = frames.progress(DAY)
    whole = table[table.area.isna()].set_index("commitment")
    for id_, told in service.progress(DAY).items():
        row = whole.loc[id_]
        assert (row.state, row.delivered) == (told.overall.state, told.overall.delivered)
        target = None if pd.isna(row.target) else int(row.target)
        assert target == told.overall.target
        assert len(table[table.commitment == id_]) == 1 + len(told.by_area)
    assert whole.target.isna().any()
    # Counted again from the activities that name it, in its period.
    counted = frames.activities(commitment="boras-2018/3", last_day=DAY)
    kinds = counted.kind == "operation"
    assert whole.delivered["boras-2018/3"] == int(kinds.sum())


def test_areas_and_commitments(frames: Frames) -> None:
    areas = frames.areas(DAY).set_index("area")
    shipped = json.loads((bundled_data() / "areas.geojson").read_text(encoding="utf-8"))
    ids = [feature["properties"]["id"] for feature in shipped["features"]]
    assert list(areas.index) == ids
    m2 = areas.to_crs(3006).area["norrby"]
    # The same outline measured on the ellipsoid, by another library.
    on_ellipsoid, _ = Geod(ellps="GRS80").geometry_area_perimeter(areas.geometry["norrby"])
    assert m2 == pytest.approx(abs(on_ellipsoid), rel=0.001)
    commitments = frames.commitments()
    exploded = commitments.explode("areas")
    assert set(exploded.commitment[exploded.areas == "norrby"]) >= {"boras-2018/1", "boras-2018/3"}
    assert str(commitments.last_day.dtype) == "datetime64[s]"


def test_indicators_say_what_they_are_about(frames: Frames, service: Service) -> None:
    table = frames.indicators()
    assert len(table) == len(service.catalogue.readings) > 10
    assert set(table.level) <= {"area", "police_district", "municipality", "country"}
    assert table.value.dtype == "Float64"


def test_nothing_is_made_where_there_is_no_register(tmp_path: Path) -> None:
    with pytest.raises(RegisterError):
        geodata.open(tmp_path / "none.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_register_has_empty_tables_with_their_types(blank_file: Path) -> None:
    with geodata.open(blank_file) as frames:
        spots = frames.hot_spots()
        assert len(spots) == 0
        assert spots.crs == 4326
        assert str(spots.valid_from.dtype) == "datetime64[s]"


def test_the_notebook_runs_and_says_what_it_says(
    example_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bundled_data() / "example" / "analysis.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    monkeypatch.setenv("LOFTESKARTAN_REGISTER", str(example_file))
    known: dict[str, object] = {}
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for cell in cells:
        assert cell["outputs"] == []  # what it gives is made where it is run
        exec("".join(cell["source"]), known)
    assert len(cells) >= 4
