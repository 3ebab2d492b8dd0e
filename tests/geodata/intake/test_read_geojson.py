"""GeoJSON as its standard (RFC 7946) lets it be written."""

from __future__ import annotations

import json
import tempfile
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point
from shapely.geometry import mapping

from geodata.errors import IntakeError
from geodata.intake.report import Limits, Reading

Read = Callable[..., Reading]

AT = [12.905, 57.705]
SAID = {"datum": "2018-03-07", "slag": "x"}


def collection(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def feature(geometry: object, properties: object = SAID, **more: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties, **more}


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": AT},
        {"type": "Point", "coordinates": [*AT, 143.5]},
        {"type": "MultiPoint", "coordinates": [AT]},
        {
            "type": "GeometryCollection",
            "geometries": [{"type": "MultiPoint", "coordinates": [[*AT, 9]]}],
        },
    ],
)
def test_one_point_is_a_point_however_it_is_written(read: Read, geometry: object) -> None:
    found = read("a.geojson", collection(feature(geometry)))
    assert found.problems == ()
    assert found.activities[0].place == Point(12.905, 57.705)
    seen = {"kategori": "lighting", "text": "Mörkt", "datum": "2018-03-07"}
    findings = read("a.geojson", collection(feature(geometry, seen)))
    assert findings.findings[0].place == Point(12.905, 57.705)


def test_one_line_is_a_line_however_it_is_written(read: Read) -> None:
    line = [[12.905, 57.703], [12.905, 57.707]]
    for geometry in (
        {"type": "LineString", "coordinates": line},
        {"type": "MultiLineString", "coordinates": [line]},
    ):
        assert read("a.json", collection(feature(geometry))).activities[0].place == LineString(line)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ('"x"', "x"),
        ("true", "True"),
        ("NaN", "nan"),
        ("9" * 400, "inf"),
        ("[" * 900 + "]" * 900, "…"),
        ('"811228-9874"', ""),
    ],
)
def test_what_is_no_coordinate_is_named(read: Read, first: str, told: str) -> None:
    text = collection(feature({"type": "Point", "coordinates": ["HERE", 57.7]}))
    (problem,) = read("a.geojson", text.replace('"HERE"', first)).problems
    assert (problem.key, problem.value) == ("intake.not_degrees", told)


@pytest.mark.parametrize(
    ("geometry", "key"),
    [
        ({"type": "MultiPoint", "coordinates": [AT, AT]}, "intake.not_a_place"),
        ({"type": "MultiPoint", "coordinates": []}, "intake.not_a_place"),
        ({"type": "MultiLineString", "coordinates": []}, "intake.broken_geometry"),
        ({"type": "GeometryCollection", "geometries": []}, "intake.not_a_place"),
        ({"type": "GeometryCollection"}, "intake.broken_geometry"),
        ({"type": "Point", "coordinates": ["x", 1]}, "intake.not_degrees"),
    ],
)
def test_what_is_no_place_is_told_by_itself(read: Read, geometry: object, key: str) -> None:
    good = feature({"type": "Point", "coordinates": AT})
    found = read("a.geojson", collection(feature(geometry), good))
    assert [(p.row, p.key) for p in found.problems] == [(1, key)]
    assert len(found.activities) == 1


def test_collections_inside_each_other_are_no_trap(read: Read) -> None:
    geometry: dict[str, Any] = {"type": "Point", "coordinates": AT}
    for _ in range(200):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    found = read("a.geojson", collection(feature(geometry)))
    assert [p.key for p in found.problems] == ["intake.not_a_place"]


@pytest.mark.parametrize("chosen", [{"kind": "x"}, {"kind": "x", "what": "activities"}])
def test_properties_may_be_null(read: Read, chosen: dict[str, Any]) -> None:
    text = collection(feature({"type": "Point", "coordinates": AT}, None))
    found = read("a.geojson", text, day=date(2018, 3, 7), **chosen)
    [activity] = found.activities
    assert found.problems == ()
    assert (activity.place, activity.day, activity.kind) == (Point(AT), date(2018, 3, 7), "x")
    mixed = collection(
        feature({"type": "Point", "coordinates": AT}, None),
        feature({"type": "Point", "coordinates": AT}),
        feature({"type": "Point", "coordinates": AT}, ["x"]),
    )
    found = read("a.geojson", mixed, day=date(2018, 3, 8), **chosen)
    assert [a.day.day for a in found.activities] == [8, 7]
    assert [(p.row, p.key) for p in found.problems] == [(3, "intake.not_a_feature")]


def test_a_feature_by_itself_is_read(read: Read) -> None:
    found = read("a.geojson", json.dumps(feature({"type": "Point", "coordinates": AT})))
    assert (len(found.activities), found.problems) == (1, ())


def test_what_stands_beside_the_properties_is_told(read: Read) -> None:
    here = {"type": "Point", "coordinates": AT}
    text = collection(feature(here), feature(here, id=7, note="Mörkt"), feature(here, note="Ljust"))
    told = [(p.row, p.key, p.value) for p in read("a.geojson", text).problems]
    assert (2, "intake.member_unused", "note") in told
    assert sum(key == "intake.member_unused" for _, key, _ in told) == 1


def test_corners_are_counted(read: Read) -> None:
    line = {"type": "LineString", "coordinates": [[12.9, 57.7]] * 101}
    with pytest.raises(IntakeError, match="too_many_points"):
        read("a.geojson", collection(feature(line)), limits=Limits(rows=10))


# --- everything in a file is read equal, or told -------------------------------------------------

POSITIONS = st.tuples(st.floats(12.9001, 12.9099), st.floats(57.7001, 57.7099))
LINES = st.lists(POSITIONS, min_size=2, max_size=5, unique=True)
SHAPES = st.one_of(
    POSITIONS.map(Point),
    LINES.map(LineString),
    st.lists(LINES, min_size=2, max_size=3).map(MultiLineString),
    st.none(),
)
# Composed, as what is read always is: one letter has one spelling in the register.
NOTES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(
    lambda text: " ".join(unicodedata.normalize("NFC", text).split())
)
ROWS = st.tuples(SHAPES, st.dates(date(2018, 1, 1), date(2018, 12, 31)), NOTES, st.integers(0, 90))


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(ROWS, min_size=1, max_size=6),
    ascii_only=st.booleans(),
    indent=st.none() | st.integers(0, 3),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_feature_is_read_equal(
    read_path: Callable[..., Reading],
    rows: list[Any],
    indent: int | None,
    codec: str,
    *,
    ascii_only: bool,
) -> None:
    features = [
        feature(
            None if shape is None else mapping(shape),
            {"datum": day.isoformat(), "slag": "x", "anteckning": note, "minuter": minutes},
        )
        for shape, day, note, minutes in rows
    ]
    text = json.dumps(
        {"type": "FeatureCollection", "features": features},
        ensure_ascii=ascii_only,
        indent=indent,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.geojson"
        path.write_bytes(text.encode(codec))
        found = read_path(path)
    assert [(a.place, a.day, a.note, a.minutes) for a in found.activities] == [
        tuple(row) for row in rows
    ]
