"""What the recording page decides by itself: no browser, no session."""

from __future__ import annotations

import json

import pytest

from dashboard.state import FormState
from dashboard.views import fields

LINE = {"type": "LineString", "coordinates": [[12.9, 57.7], [12.91, 57.71]]}
PARTS = {"type": "MultiLineString", "coordinates": [LINE["coordinates"], [[12.92, 57.72]]]}


def test_what_the_server_decides_is_no_longer_the_readers() -> None:
    typed = FormState(values={"area": "hulta", "note": "n"}, touched=frozenset({"area", "note"}))
    once = fields.decided(typed, {"area": "norrby", "lat": "57.7"})
    assert once.values == {"area": "norrby", "note": "n", "lat": "57.7"}
    assert once.touched == {"note"}
    assert once.patch == ("area", "lat")
    twice = fields.decided(once, {"lon": "12.9", "area": "hulta"})
    assert twice.patch == ("area", "lat", "lon")
    assert twice.patch_number == once.patch_number + 1 == typed.patch_number + 2


@pytest.mark.parametrize(
    ("route", "points"),
    [
        (json.dumps(LINE), ((12.9, 57.7), (12.91, 57.71))),
        (json.dumps(PARTS), ((12.9, 57.7), (12.91, 57.71), (12.92, 57.72))),
        ("", ()),
        ("{", ()),
        ("[]", ()),
        ('{"type": "LineString"}', ()),
        ('{"type": "LineString", "coordinates": [["x", "y"]]}', ()),
    ],
)
def test_a_ways_points(route: str, points: tuple[tuple[float, float], ...]) -> None:
    assert fields.route_points({"route": route}) == points


@pytest.mark.parametrize(
    ("lon", "lat", "found"),
    [("12.9", "57.7", ((12.9, 57.7),)), ("", "57.7", ()), ("x", "57.7", ()), ("", "", ())],
)
def test_a_point(lon: str, lat: str, found: tuple[tuple[float, float], ...]) -> None:
    assert fields.point(lon, lat) == found
