"""Hot spots as files: what is read, what is refused, and that twice is once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from shapely import Point

from geodata.intake.fields import Locate
from geodata.intake.importing import read_folder
from geodata.intake.report import Intake
from geodata.model import Catalogue, HotSpot, Origin, SourceKind

from ...intakes import one_by_one, read_records

Read = Callable[..., Intake[HotSpot]]

NUMBER = "811218-9876"
"""The example that Skatteverket itself gives of a personal identity number."""

HEADER = (
    "name,lat,lon,radius_m,weight,reason,source,valid_from,valid_to,visits_a_week,minutes_a_visit"
)
PLAIN = "Torget,57.705,12.905,,,,,2018-02-01,,,"


@pytest.fixture
def spots(tmp_path: Path, catalogue: Catalogue, locate: Locate) -> Read:
    def read(*rows: str, header: str = HEADER, name: str = "hot_spots.csv") -> Intake[HotSpot]:
        path = tmp_path / name
        path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        return read_records(
            path, "hot_spots", catalogue=catalogue, locate=locate, origin_kind=SourceKind.IMPORTED
        )

    return read


def test_every_column(spots: Read) -> None:
    row = "Torget,57.705,12.905,75.5,2,Mörkt,Lägesbild,2018-02-01,2018-06-30,3.5,12"
    [spot] = spots(row).records
    assert spot == HotSpot(
        id=spot.id,
        name="Torget",
        place=Point(12.905, 57.705),
        valid_from=date(2018, 2, 1),
        radius_m=75.5,
        weight=2.0,
        reason="Mörkt",
        reason_source="Lägesbild",
        valid_to=date(2018, 6, 30),
        visits_a_week=3.5,
        minutes_a_visit=12,
        area_id="vaster",
        origin=Origin(SourceKind.IMPORTED, "hot_spots.csv", 2),
    )


def test_what_is_not_said(spots: Read) -> None:
    [spot] = spots(PLAIN).records
    assert (spot.radius_m, spot.weight, spot.valid_to) == (150, 1, None)
    assert (spot.visits_a_week, spot.minutes_a_visit) == (None, None)


def test_a_swedish_spreadsheet(spots: Read) -> None:
    header = (
        "Namn;Latitud;Longitud;Radie (m);Vikt;Skäl;Källa;Gäller från;Gäller till;"
        "Besök per vecka;Minuter per besök"
    )
    read = spots("Torget;57,705;12,905;100;1,5;;;2018-02-01;;0,5;12", header=header)
    [spot] = read.records
    assert read.problems == ()
    assert (spot.place, spot.radius_m, spot.weight) == (Point(12.905, 57.705), 100, 1.5)
    assert (spot.visits_a_week, spot.minutes_a_visit) == (0.5, 12)


@pytest.mark.parametrize(
    ("row", "field", "key"),
    [
        (",57.7,12.9,,,,,2018-02-01,,,", "name", "missing_value"),
        ("T,,,,,,,2018-02-01,,,", "lat", "missing_value"),
        ("T,57.7,,,,,,2018-02-01,,,", "lon", "half_position"),
        ("T,12.9,57.7,,,,,2018-02-01,,,", "lat", "swapped"),
        ("T,48.8,2.3,,,,,2018-02-01,,,", "lat", "outside_sweden"),
        ("T,57.7,12.9,,,,,,,,", "valid_from", "missing_value"),
        ("T,57.7,12.9,,,,,2018-02-31,,,", "valid_from", "bad_day"),
        ("T,57.7,12.9,,,,,2018-02-02,2018-02-01,,", "valid_to", "ends_before_it_begins"),
        ("T,57.7,12.9,24,,,,2018-02-01,,,", "radius_m", "number_between"),
        ("T,57.7,12.9,1001,,,,2018-02-01,,,", "radius_m", "number_between"),
        ("T,57.7,12.9,stor,,,,2018-02-01,,,", "radius_m", "not_a_decimal"),
        ("T,57.7,12.9,nan,,,,2018-02-01,,,", "radius_m", "not_a_decimal"),
        ("T,57.7,12.9,,0,,,2018-02-01,,,", "weight", "not_above_zero"),
        ("T,57.7,12.9,,-1,,,2018-02-01,,,", "weight", "number_between"),
        ("T,57.7,12.9,,1e308,,,2018-02-01,,,", "weight", "number_between"),
        ("T,57.7,12.9,,,,,2018-02-01,,0,", "visits_a_week", "not_above_zero"),
        ("T,57.7,12.9,,,,,2018-02-01,,169,", "visits_a_week", "number_between"),
        ("T,57.7,12.9,,,,,2018-02-01,,,0", "minutes_a_visit", "not_above_zero"),
        ("T,57.7,12.9,,,,,2018-02-01,,,12.5", "minutes_a_visit", "not_a_number"),
        (f"{NUMBER},57.7,12.9,,,,,2018-02-01,,,", "name", "personal_identity_number"),
        (f"T,57.7,12.9,,,Se {NUMBER},,2018-02-01,,,", "reason", "personal_identity_number"),
        (f"T,57.7,12.9,,,,{NUMBER},2018-02-01,,,", "source", "personal_identity_number"),
        (f"{'T' * 81},57.7,12.9,,,,,2018-02-01,,,", "name", "too_long"),
        ("T,57.7,12.9,,,,,2018-02-01,,,,mer", "", "too_many_cells"),
    ],
)
def test_what_refuses_a_row_and_no_other(spots: Read, row: str, field: str, key: str) -> None:
    read = spots(row, PLAIN)
    assert [spot.name for spot in read.records] == ["Torget"]
    errors = [(p.row, p.field, p.key) for p in read.problems if p.severity == "error"]
    assert errors == [(2, field, f"intake.{key}")]
    assert all(NUMBER not in f"{p.value}{dict(p.values)}" for p in read.problems)


def test_an_identity_number_where_nothing_is_read_from(spots: Read) -> None:
    read = spots(f"{PLAIN},{NUMBER}", header=f"{HEADER},annat")
    assert read.records == ()
    keys = [problem.key for problem in read.problems]
    assert keys == ["intake.column_unused", "intake.personal_identity_number"]


def test_one_outside_every_area_is_kept_and_told(spots: Read) -> None:
    read = spots("Skogen,57.60,12.90,,,,,2018-02-01,,,")
    [spot] = read.records
    assert spot.area_id is None
    assert [p.key for p in read.problems] == ["intake.point_in_no_area"]


@pytest.mark.parametrize(
    ("header", "row", "field"),
    [
        ("name,lat,lon", "T,57.705,12.905", "valid_from"),
        ("name,valid_from", "T,2018-02-01", "lat"),
        ("lat,lon,valid_from", "57.705,12.905,2018-02-01", "name"),
    ],
)
def test_a_file_that_lacks_what_is_needed(spots: Read, header: str, row: str, field: str) -> None:
    read = spots(row, row, header=header)
    assert read.records == ()
    errors = [(p.row, p.field, p.key) for p in read.problems if p.severity == "error"]
    assert errors == [(row, field, "intake.missing_value") for row in (2, 3)]


def test_a_file_in_which_no_column_is_known(spots: Read) -> None:
    read = spots("T,57.705", header="blaha,blaj")
    assert read.records == ()
    assert {p.key for p in read.problems if p.severity == "error"} >= {"intake.no_column_known"}


def test_of_two_columns_for_the_same_thing_the_first_is_read_and_the_other_told(
    spots: Read,
) -> None:
    read = spots("T,X,57.705,12.905,2018-02-01", header="name,namn,lat,lon,valid_from")
    assert [spot.name for spot in read.records] == ["T"]
    assert "intake.column_aside" in {problem.key for problem in read.problems}


def test_ids_hang_on_name_place_and_first_day(spots: Read) -> None:
    def id_of(row: str) -> str:
        return spots(row).records[0].id

    same = id_of(PLAIN)
    changed = "Torget,57.705,12.905,75,9,Nytt skäl,Ny källa,2018-02-01,2018-08-01,5,15"
    assert id_of(changed) == same
    others = [PLAIN.replace(*pair) for pair in (("T", "R"), ("05,1", "06,1"), ("-01", "-02"))]
    assert len({same, *map(id_of, others)}) == 4
    twice = spots(PLAIN, PLAIN)
    assert len({spot.id for spot in twice.records}) == 2
    assert [problem.key for problem in twice.problems] == ["intake.same_as_row"]


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def test_geojson(tmp_path: Path, catalogue: Catalogue, locate: Locate) -> None:
    at = {"type": "Point", "coordinates": [12.905, 57.705]}
    line = {"type": "LineString", "coordinates": [[12.905, 57.705], [12.906, 57.705]]}
    said = {"name": "Torget", "valid_from": "2018-02-01", "radius_m": 80}
    features = [feature(at, **said), feature(line, **said), feature(None, **said)]
    path = tmp_path / "hot_spots.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    read = read_records(
        path, "hot_spots", catalogue=catalogue, locate=locate, origin_kind=SourceKind.EXAMPLE
    )
    assert [(spot.place, spot.radius_m) for spot in read.records] == [(Point(12.905, 57.705), 80)]
    assert [(p.row, p.key) for p in read.problems] == [
        (2, "intake.not_a_point"),
        (3, "intake.not_a_point"),
    ]


def test_a_folder(tmp_path: Path, catalogue: Catalogue, locate: Locate) -> None:
    (tmp_path / "hot_spots.csv").write_text(f"{HEADER}\n{PLAIN}\n")
    (tmp_path / "hot_spots-2.csv").write_text(f"{HEADER}\n{PLAIN}\n")
    (tmp_path / "activities-1.gpx").write_text(
        '<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk>'
        "<name>Runda</name><type>foot_patrol</type><trkseg>"
        '<trkpt lat="57.705" lon="12.905"><time>2018-05-03T18:00:00Z</time></trkpt>'
        '<trkpt lat="57.7052" lon="12.905"><time>2018-05-03T18:00:20Z</time></trkpt>'
        "</trkseg></trk></gpx>"
    )
    (tmp_path / "other.gpx").write_text("no activity, and no walk names it")
    many = one_by_one(locate)
    read = read_folder(
        tmp_path, catalogue=catalogue, locate_many=many, origin_kind=SourceKind.IMPORTED
    )
    [activity] = read.activities
    assert (activity.kind, activity.note, activity.area_id) == ("foot_patrol", "Runda", "vaster")
    assert activity.times_s == ((0, 0), (20, 20))
    assert [spot.name for spot in read.hot_spots] == ["Torget"]
    assert [problem.key for problem in read.problems] == ["intake.in_other_file"]
