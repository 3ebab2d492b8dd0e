import json
from collections.abc import Callable
from datetime import date

import pytest
from shapely import Point

from geodata.intake.report import Intake
from geodata.intake.values.dates import parse_when
from geodata.model import Finding, FindingStatus, Walk, WalkStatus

Read = Callable[..., Intake[Finding]]
WHEN = parse_when("2018-04-24 18:00")
WALK = Walk("w-1", "oster", WalkStatus.HELD, WHEN.start, WHEN.precision, WHEN.day)
FULL = {
    "walk": "Vår",
    "category": "lighting",
    "text": "Mörkt vid porten",
    "owner": "provby-stad",
    "funktion": "Gatudriften",
    "due": "2018-06-01",
    "status": "done",
    "day": "2018-04-24",
    "status_day": "2018-05-20",
}
HERE = {"type": "Point", "coordinates": [12.905, 57.705]}


def collection(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def feature(properties: object, geometry: object = HERE) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_reads_every_property(findings: Read) -> None:
    intake = findings(collection(feature(FULL)), {"Vår": WALK})
    assert intake.problems == ()
    [found] = intake.records
    assert found == Finding(
        id=found.id,
        walk_id="w-1",
        area_id="vaster",  # where the point lies, not where the walk was
        place=Point(12.905, 57.705),
        category="lighting",
        text="Mörkt vid porten",
        owner="provby-stad",
        due=date(2018, 6, 1),
        status=FindingStatus.DONE,
        day=date(2018, 4, 24),
        status_day=date(2018, 5, 20),
        function="Gatudriften",
        origin=found.origin,
    )
    assert (found.origin.file, found.origin.row) == ("f.geojson", 1)


def test_the_walk_gives_day_and_area_where_the_feature_does_not(findings: Read) -> None:
    bare = {"walk": "Vår", "kategori": "Belysning", "beskrivning": "x"}
    intake = findings(collection(feature(bare, None)), {"Vår": WALK})
    assert intake.problems == ()
    [found] = intake.records
    assert (found.area_id, found.place, found.owner, found.due) == ("oster", None, None, None)
    assert found.day == found.status_day == date(2018, 4, 24)
    assert found.status is FindingStatus.OPEN


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"walk": "Höst"}, "intake.unknown_walk"),
        ({"category": "fika"}, "intake.unknown_category"),
        ({"category": None}, "intake.missing_value"),
        ({"text": "  "}, "intake.missing_value"),
        ({"funktion": "x" * 121}, "intake.too_long"),
        ({"funktion": "811218-9876"}, "intake.personal_identity_number"),
        ({"text": "a\u0000b"}, "intake.bad_character"),
        ({"text": "\ud800"}, "intake.bad_character"),
        ({"owner": "någon"}, "intake.unknown_party"),
        ({"status": "kanske"}, "intake.unknown_status"),
        ({"area": "norr"}, "intake.unknown_area"),
        ({"due": "snart"}, "intake.bad_day"),
        ({"due": "2018-04-23"}, "intake.before_found"),
        ({"status_day": "2018-04-23"}, "intake.before_found"),
        ({"status_day": None}, "intake.settled_without_day"),
        ({"day": None, "walk": None}, "intake.missing_value"),
        ({"text": "Ring 811228-9874"}, "intake.personal_identity_number"),
    ],
)
def test_refuses_a_feature_and_says_why(
    findings: Read, change: dict[str, object], key: str
) -> None:
    intake = findings(
        collection(feature({**FULL, **change}), feature({**FULL, "text": "b"})), {"Vår": WALK}
    )
    assert [f.text for f in intake.records] == ["b"]
    assert key in [p.key for p in intake.problems if p.severity == "error"]
    assert {p.row for p in intake.problems} == {1}
    assert "9874" not in repr(intake)


@pytest.mark.parametrize(
    ("geometry", "key"),
    [
        ({"type": "Point", "coordinates": [57.705, 12.905]}, "intake.swapped"),
        ({"type": "Point", "coordinates": [37700, 6400000]}, "intake.outside_sweden"),
        ({"type": "Point", "coordinates": [float("nan"), 57.7]}, "intake.not_degrees"),
        ({"type": "Point", "coordinates": [float("inf"), 57.7]}, "intake.not_degrees"),
        ({"type": "Point", "coordinates": [10**400, 57.7]}, "intake.not_degrees"),
        ({"type": "Point", "coordinates": ["12.9", True]}, "intake.not_degrees"),
        ({"type": "Point", "coordinates": [12.9]}, "intake.broken_geometry"),
        ({"type": "Point"}, "intake.broken_geometry"),
        ({"type": "LineString", "coordinates": [[12.9, 57.7], [13, 58]]}, "intake.not_a_point"),
        ("here", "intake.broken_geometry"),
        ({"type": "Polygon", "coordinates": []}, "intake.not_a_place"),
    ],
)
def test_refuses_what_is_no_point_in_sweden(findings: Read, geometry: object, key: str) -> None:
    intake = findings(collection(feature(FULL, geometry)), {"Vår": WALK})
    assert intake.records == ()
    assert [p.key for p in intake.problems] == [key]


def test_a_height_is_no_harm(findings: Read) -> None:
    high = {"type": "Point", "coordinates": [12.905, 57.705, 140.2]}
    [found] = findings(collection(feature(FULL, high)), {"Vår": WALK}).records
    assert found.place == Point(12.905, 57.705)


@pytest.mark.parametrize("odd", [None, 1, [], {}, {"properties": None}])
def test_what_is_no_feature_is_told(findings: Read, odd: object) -> None:
    intake = findings(collection(odd, feature(FULL)), {"Vår": WALK})
    assert [(p.row, p.key) for p in intake.problems] == [(1, "intake.not_a_feature")]
    assert (intake.rows_read, len(intake.records)) == (2, 1)


def test_an_unknown_property_is_told_and_left(findings: Read) -> None:
    intake = findings(collection(feature({**FULL, "weather": {"rain": 1}})), {"Vår": WALK})
    assert len(intake.records) == 1
    assert [p.key for p in intake.problems] == ["intake.column_unused"]


def test_a_finding_keeps_its_id_when_it_is_mended(findings: Read) -> None:
    before = {**FULL, "status": "open", "status_day": None, "due": None, "owner": None}
    first = findings(collection(feature(before)), {"Vår": WALK}).records
    again = findings(
        collection(feature({**FULL, "text": "b"}), feature(FULL)), {"Vår": WALK}
    ).records
    assert first[0].id == again[1].id != again[0].id


def test_a_collection_may_hold_nothing(findings: Read) -> None:
    intake = findings(collection())
    assert (intake.rows_read, intake.records) == (0, ())
    assert [problem.key for problem in intake.problems] == ["intake.no_rows"]
