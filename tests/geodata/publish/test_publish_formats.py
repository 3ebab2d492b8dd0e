"""Each format by its own rules: what a spreadsheet, a receiver and a map program need."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
import shapely
from shapely import LineString, MultiLineString, Point

from geodata.errors import ExportError
from geodata.model import (
    Activity,
    Catalogue,
    Finding,
    FindingStatus,
    Origin,
    Precision,
    SourceKind,
    Walk,
    WalkStatus,
)
from geodata.publish import WRITERS, Export
from geodata.publish.values import cell

GPX: Final = "{http://www.topografix.com/GPX/1/1}"


def new_id(number: int) -> str:
    return str(UUID(int=number))


PATROL: Final = Activity(
    id=new_id(1),
    kind="foot_patrol",
    area_id="norrby",
    place=Point(12.925, 57.715),
    start=datetime(2018, 7, 3, 16, 30, tzinfo=UTC),
    precision=Precision.MINUTE,
    day=date(2018, 7, 3),
    minutes=45,
    commitments=("boras-2018/1", "boras-2018/2"),
    parties=("polisen", "boras-stad"),
    note="=cmd()",
    origin=Origin(SourceKind.IMPORTED, "pass.csv", 7),
)
ROUND: Final = replace(
    PATROL, id=new_id(2), place=LineString([(12.9, 57.7), (12.91, 57.7)]), note="En runda"
)
SOMETIME: Final = replace(PATROL, id=new_id(3), place=None, precision=Precision.DAY, note="")
HELD: Final = Walk(
    id=new_id(4),
    area_id="hedbo",
    status=WalkStatus.HELD,
    start=datetime(2018, 4, 24, 16, tzinfo=UTC),
    precision=Precision.MINUTE,
    day=date(2018, 4, 24),
    route=MultiLineString([[(12.64, 57.48), (12.65, 57.48)], [(12.66, 57.49), (12.67, 57.5)]]),
    meeting_point="Hållplats Hedbo",
    commitments=("mark-2018/4",),
)
PLANNED: Final = replace(
    HELD,
    id=new_id(5),
    status=WalkStatus.PLANNED,
    route=LineString([(12.64, 57.48), (12.65, 57.48)]),
)
NOT_DRAWN: Final = replace(PLANNED, id=new_id(6), route=None)
LAMP: Final = Finding(
    id=new_id(7),
    walk_id=HELD.id,
    area_id="hedbo",
    place=Point(12.641, 57.483),
    category="lighting",
    text='Släckt lampa; "trasig"\nvid gångvägen',
    owner="marks-kommun",
    due=date(2018, 6, 1),
    status=FindingStatus.IN_PROGRESS,
    day=date(2018, 4, 24),
    status_day=date(2018, 5, 2),
)
NOWHERE: Final = replace(LAMP, id=new_id(8), place=None, walk_id=None)


@pytest.fixture
def export(catalogue: Catalogue) -> Export:
    return Export(
        catalogue,
        "sv",
        activities=[PATROL, ROUND, SOMETIME],
        walks=[HELD, PLANNED, NOT_DRAWN],
        findings=[LAMP, NOWHERE],
    )


@pytest.fixture
def write(export: Export, tmp_path: Path) -> Callable[..., Path]:
    def to(suffix: str, **changed: object) -> Path:
        path = tmp_path / f"file{suffix}"
        WRITERS[suffix](replace(export, **changed), path)  # type: ignore[arg-type]
        return path

    return to


def with_example(export: Export) -> list[Activity]:
    return [replace(PATROL, origin=Origin(SourceKind.EXAMPLE))]


# --- CSV -----------------------------------------------------------------------------------------

ACTIVITY_HEADER: Final = (
    "lofteskartan_id;date;precision;day;kind;area;lat;lon;geometry;minutes;commitments;parties;"
    "participants;note;source_kind;source_file;source_row;source_reference;verified_by;walk_id;"
    "times_s;kind_name;area_name;commitment_titles;party_names"
)
WALK_HEADER: Final = (
    "lofteskartan_id;status;date;precision;day;area;minutes;meeting_point;invited;geometry;"
    "participants;parties;commitments;note;followed_up;repeats;source_kind;source_file;source_row;"
    "source_reference;verified_by;status_name;area_name;commitment_titles;party_names"
)
FINDING_HEADER: Final = (
    "lofteskartan_id;walk_id;area;lat;lon;category;text;owner;function;due;status;day;status_day;internal;"
    "source_kind;source_file;source_row;source_reference;"
    "category_name;area_name;owner_name;status_name"
)


def test_a_table_is_as_swedish_excel_reads_it(write: Callable[..., Path]) -> None:
    path = write(".csv", sorts=("activities",), activities=[PATROL])
    body = path.read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")
    head, row, after = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8").split("\r\n")
    assert head == ACTIVITY_HEADER
    assert after == ""
    # Half past four in Greenwich is half past six in Sweden in July.
    assert row == (
        f"{new_id(1)};2018-07-03T18:30:00+02:00;minute;2018-07-03;foot_patrol;norrby;57,715;12,925;"
        ";45;boras-2018/1 boras-2018/2;polisen boras-stad;;'=cmd();imported;pass.csv;7;;;;;"
        "Fotpatrull;Norrby;Hög polisnärvaro på utsatta platser | Mer synlig polis på Norrby;"
        "Polisen | Borås Stad"
    )


def test_the_names_are_in_the_readers_language(write: Callable[..., Path]) -> None:
    path = write(".csv", sorts=("activities",), activities=[PATROL], language="en")
    assert "foot_patrol" in path.read_text(encoding="utf-8-sig")
    assert "Foot patrol" in path.read_text(encoding="utf-8-sig")


def test_a_zip_holds_a_table_for_each_sort(write: Callable[..., Path]) -> None:
    with zipfile.ZipFile(write(".zip")) as archive:
        assert archive.testzip() is None
        heads = {
            name: archive.read(name).decode("utf-8-sig").partition("\r\n")[0]
            for name in archive.namelist()
        }
    assert heads == {
        "activities.csv": ACTIVITY_HEADER,
        "walks.csv": WALK_HEADER,
        "findings.csv": FINDING_HEADER,
    }


def test_a_table_holds_one_sort(write: Callable[..., Path]) -> None:
    with pytest.raises(ExportError) as refused:
        write(".csv")
    assert refused.value.key == "export.one_sort"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+46 33", "'+46 33"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("'=1", "''=1"),
        ("''-", "'''-"),
        ("a=1", "a=1"),
        ("'s-Gravenhage", "'s-Gravenhage"),
        ("'", "'"),
        ("", ""),
    ],
)
def test_no_cell_begins_a_formula(text: str, shown: str) -> None:
    assert cell(text) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (57.70000000000001, "57,70000000000001"),
        (-0.25, "-0,25"),
        (12.0, "12,0"),
        (45, "45"),
        (None, ""),
    ],
)
def test_numbers_have_a_decimal_comma_and_no_apostrophe(number: float | None, shown: str) -> None:
    assert cell(number) == shown


def test_quotes_semicolons_and_line_breaks_stay_in_their_cell(write: Callable[..., Path]) -> None:
    text = write(".csv", sorts=("findings",)).read_bytes().decode("utf-8-sig")
    first, _ = csv.DictReader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    assert first["text"] == LAMP.text
    assert '"Släckt lampa; ""trasig""\nvid gångvägen"' in text


# --- GeoJSON -------------------------------------------------------------------------------------


def test_geojson_is_one_collection_with_a_sort_for_each_feature(write: Callable[..., Path]) -> None:
    told = json.loads(write(".geojson").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert told["type"] == "FeatureCollection"
    assert told["description"] == "Registreringar ur Löfteskartan."
    # RFC 7946, 4: longitude first in WGS 84, and no member that says otherwise.
    assert "crs" not in told
    by_id = {feature["id"]: feature for feature in told["features"]}
    assert len(by_id) == 8
    patrol = by_id[PATROL.id]
    assert patrol["geometry"] == {"type": "Point", "coordinates": [12.925, 57.715]}
    assert patrol["properties"]["layer"] == "activities"
    assert patrol["properties"]["minutes"] == 45
    assert patrol["properties"]["source_row"] == 7
    assert patrol["properties"]["note"] == "=cmd()"
    assert patrol["properties"]["participants"] is None
    assert not {"lat", "lon", "geometry"} & patrol["properties"].keys()
    assert by_id[NOT_DRAWN.id]["geometry"] is None
    assert by_id[HELD.id]["geometry"]["type"] == "MultiLineString"
    for feature in by_id.values():
        assert feature.keys() == {"type", "id", "geometry", "properties"}
        if feature["geometry"] is not None:
            shapely.from_geojson(json.dumps(feature["geometry"]), on_invalid="raise")


def test_an_empty_export_is_valid_in_every_format(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    nothing = {"activities": [], "walks": [], "findings": []}
    assert json.loads(write(".geojson", **nothing).read_text())["features"] == []
    assert ET.parse(write(".gpx", **nothing)).getroot().tag == f"{GPX}gpx"
    with zipfile.ZipFile(write(".zip", **nothing)) as archive:
        assert [archive.read(name).count(b"\n") for name in archive.namelist()] == [1, 1, 1]


# --- GPX -----------------------------------------------------------------------------------------


def texts(root: ET.Element, path: str) -> list[str]:
    return [str(found.text) for found in root.iterfind(path.replace("/", f"/{GPX}"))]


def test_gpx_holds_what_has_a_place(write: Callable[..., Path]) -> None:
    root = ET.parse(write(".gpx")).getroot()
    assert root.get("version") == "1.1"
    waypoints, routes, tracks = (root.findall(f"{GPX}{tag}") for tag in ("wpt", "rte", "trk"))
    assert [(w.get("lon"), w.get("lat")) for w in waypoints] == [
        ("12.925", "57.715"),
        ("12.641", "57.483"),
    ]
    # A plan to walk is a route; what was walked is a track, and gaps stay gaps.
    assert [len(route.findall(f"{GPX}rtept")) for route in routes] == [2]
    assert [len(track.findall(f"{GPX}trkseg")) for track in tracks] == [1, 2]
    assert texts(root, "./wpt/name") == [
        "Fotpatrull, Norrby, 3 juli 2018 kl. 18:30",
        "Belysning, Hedbo, 24 april 2018",
    ]
    assert texts(root, "./rte/name") == ["Planerad vandring, Hedbo, 24 april 2018 kl. 18:00"]
    assert texts(root, "./wpt/type") == ["foot_patrol", "finding"]
    assert "=cmd()" in texts(root, "./wpt/desc")[0]
    assert LAMP.text in texts(root, "./wpt/desc")[1]
    assert texts(root, "./wpt/time") == ["2018-07-03T16:30:00Z"]
    assert texts(root, "./trk/trkseg/trkpt/time") == [
        "2018-07-03T16:30:00Z",
        "2018-04-24T16:00:00Z",
    ]


def test_gpx_tells_no_time_that_is_not_known(write: Callable[..., Path]) -> None:
    on_a_day = replace(PATROL, precision=Precision.DAY)
    root = ET.parse(write(".gpx", sorts=("activities",), activities=[on_a_day])).getroot()
    assert texts(root, "./wpt/name") == ["Fotpatrull, Norrby, 3 juli 2018"]
    assert not texts(root, "./wpt/time")


def test_a_held_walk_is_in_gpx_once(write: Callable[..., Path]) -> None:
    own = replace(
        PATROL, id=new_id(9), kind="safety_walk", place=HELD.route, walk_id=HELD.id, note=""
    )
    both = {"activities": [own], "walks": [HELD], "findings": []}
    assert len(texts(ET.parse(write(".gpx", **both)).getroot(), "./trk/name")) == 1
    alone = ET.parse(write(".gpx", sorts=("activities",), activities=[own])).getroot()
    assert texts(alone, "./trk/type") == ["safety_walk"]


def test_gpx_stays_xml_whatever_a_text_holds(write: Callable[..., Path]) -> None:
    hostile = replace(PATROL, note="]]></desc><script>&amp; \ufffe\uffff \N{WAVING HAND SIGN}")
    root = ET.parse(write(".gpx", sorts=("activities",), activities=[hostile])).getroot()
    assert "]]></desc><script>&amp;  \N{WAVING HAND SIGN}" in texts(root, "./wpt/desc")[0]


# --- examples are told of ------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".geojson", ".gpx", ".zip"])
def test_made_up_records_are_told_of(suffix: str, write: Callable[..., Path]) -> None:
    def remark(path: Path) -> str:
        if suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                return archive.comment.decode()
        if suffix == ".gpx":
            return texts(ET.parse(path).getroot(), "./metadata/desc")[0]
        return str(json.loads(path.read_text(encoding="utf-8"))["description"])

    assert "påhittade" not in remark(write(suffix))
    made_up = replace(PATROL, origin=Origin(SourceKind.EXAMPLE))
    assert "påhittade exempeldata" in remark(write(suffix, activities=[PATROL, made_up]))
