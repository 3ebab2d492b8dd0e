"""Where a point is, against the ellipsoid and hand-placed points."""

from __future__ import annotations

import csv
import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Geod
from shapely import MultiPolygon, Point, Polygon, box
from shapely.geometry import shape

from geodata.analysis.outlines import Outlines
from geodata.crs import to_degrees
from geodata.model import Area, LocalText, Location

DATA = Path(__file__).parents[3] / "data"
TEXT = LocalText("ord", "word")
ELLIPSOID = Geod(ellps="GRS80")

# On both outlines: points of the cut that is shared by Hässleholmen and Hulta.
SHARED = [(12.9887, 57.7242), (12.9822, 57.7247), (12.979, 57.724)]


def area(
    area_id: str,
    outline: Polygon | MultiPolygon,
    accuracy_m: float = 0.0,
    method: Literal["surveyed", "generalised", "nominal"] = "surveyed",
) -> Area:
    return Area(area_id, area_id, "Borås", "district", outline, method, accuracy_m, TEXT)


@cache
def bundled() -> tuple[Area, ...]:
    features = json.loads((DATA / "areas.geojson").read_text(encoding="utf-8"))["features"]
    found = []
    for feature in features:
        outline, told = shape(feature["geometry"]), feature["properties"]
        assert isinstance(outline, Polygon | MultiPolygon)
        found.append(area(told["id"], outline, told["outline_accuracy_m"], told["outline_method"]))
    return tuple(found)


@cache
def outlines() -> Outlines:
    return Outlines.from_areas(bundled())


# A corner of the national grid near Borås: squares are laid out in whole metres from here.
EAST, NORTH = 380_000.0, 6_400_000.0


def square(west: float, south: float, east: float, north: float) -> Polygon:
    return to_degrees(box(EAST + west, NORTH + south, EAST + east, NORTH + north))


def at(outlines: Outlines, east: float, north: float) -> Location:
    point = to_degrees(Point(EAST + east, NORTH + north))
    return outlines.locate(point.x, point.y)


# --- the bundled areas ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lon", "lat", "area_id"),
    [
        (12.98601, 57.73116, "hassleholmen"),  # Bodaskolan, bus stop
        (12.9798, 57.72183, "hulta"),  # Hulta torg, bus stop
        (12.9295, 57.725, "norrby"),  # the middle of Norrby
        (12.69272, 57.50719, "kinna-centrum"),  # Kinna centrum, bus stop
        (12.64335, 57.48379, "hedbo"),  # Hedbo, bus stop
        (12.65578, 57.49599, "assberg"),  # Assberg, bus stop
        (12.7061, 57.51167, "snickaren-muraren"),  # Snickaren, bus stop
        (12.70043, 57.51028, "snickaren-muraren"),  # Muraren, bus stop: the other part
        (12.93138, 57.72065, None),  # Borås central station
        (12.95, 57.72, None),  # between Norrby and Hulta
        (12.67, 57.49, None),  # between Skene and Kinna
        (18.07, 59.33, None),  # Stockholm
    ],
)
def test_hand_placed_points(lon: float, lat: float, area_id: str | None) -> None:
    assert outlines().locate(lon, lat).area_id == area_id


def test_known_places_lie_where_their_table_says() -> None:
    with (DATA / "places.csv").open(encoding="utf-8", newline="") as file:
        places = list(csv.DictReader(file))
    found = outlines().locate_many(
        [float(place["lon"]) for place in places], [float(place["lat"]) for place in places]
    )
    inside = 0
    for place, location in zip(places, found, strict=True):
        inside += location.area_id is not None
        assert (location.area_id or location.nearest_area_id) == place["area"], place
        measured_m = 0.0 if location.area_id else location.border_m
        # The table's metres are whole, and the outlines' corners were rounded after them.
        assert measured_m == pytest.approx(float(place["distance_m"]), abs=1.5), place
    assert 0 < inside < len(places)


def ellipsoidal_border_m(lon: float, lat: float) -> float:
    """Return metres to the nearest border, by points half a metre apart on the ellipsoid."""
    nearest = np.inf
    for one in bundled():
        for ring in shapely.get_parts(shapely.boundary(one.outline)):
            for start, end in pairwise(ring.coords):
                *_, length_m = ELLIPSOID.inv(*start, *end)
                steps = max(int(length_m / 0.5), 1)
                between = ELLIPSOID.npts(start[0], start[1], end[0], end[1], steps)
                border: NDArray[np.float64] = np.array([start, *between, end])
                here = np.full(len(border), lon), np.full(len(border), lat)
                *_, distance_m = ELLIPSOID.inv(*here, border[:, 0], border[:, 1])
                nearest = min(nearest, distance_m.min())
    return float(nearest)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        (12.978, 57.731),  # in Hässleholmen
        (12.98363, 57.71315),  # in Hulta
        (12.93252, 57.72009),  # outside Norrby
        (12.69272, 57.50719),  # in Kinna centrum
        (12.70736, 57.51474),  # outside Snickaren
        (12.95, 57.72),  # between Norrby and Hulta
        (12.67, 57.49),  # between Skene and Kinna
        (13.1, 57.8),  # 10 km away
    ],
)
def test_distances_hold_on_the_ellipsoid(lon: float, lat: float) -> None:
    assert outlines().locate(lon, lat).border_m == pytest.approx(
        ellipsoidal_border_m(lon, lat), rel=1e-3
    )


@pytest.mark.parametrize(("lon", "lat"), SHARED)
def test_a_point_on_two_outlines_is_in_the_first_by_id(lon: float, lat: float) -> None:
    by_id = {one.id: one.outline for one in bundled()}
    assert by_id["hassleholmen"].touches(Point(lon, lat))
    assert by_id["hulta"].touches(Point(lon, lat))
    assert outlines().locate(lon, lat) == Location(
        "hassleholmen", "hassleholmen", 0.0, near_border=True
    )


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_no_point_along_the_shared_border_falls_between(share: float) -> None:
    for (lon_1, lat_1), (lon_2, lat_2) in pairwise(SHARED):
        found = outlines().locate(lon_1 + share * (lon_2 - lon_1), lat_1 + share * (lat_2 - lat_1))
        assert found.area_id in {"hassleholmen", "hulta"}
        assert found.border_m == pytest.approx(0, abs=0.01)
        assert found.near_border


def test_a_nominal_circle_is_near_its_border_everywhere() -> None:
    # The circles are drawn with the radius that their accuracy states.
    for one in bundled():
        if one.outline_method == "nominal" and isinstance(one.outline, Polygon):
            centre = one.outline.centroid
            assert outlines().locate(centre.x, centre.y).near_border, one.id
    # A surveyed-like district has a middle that no border is near.
    assert not outlines().locate(12.978, 57.731).near_border


# --- the rules, on squares in whole metres ----------------------------------------------------


def test_the_deepest_of_several_holds_the_point() -> None:
    # a spans 0-100 m, b 60-200 m eastwards; they overlap between 60 and 100 m.
    both = Outlines.from_areas(
        [area("b", square(60, 0, 200, 100)), area("a", square(0, 0, 100, 100))]
    )
    assert at(both, 70, 50).area_id == "a"  # 30 m from a's border, 10 m from b's
    assert at(both, 90, 50).area_id == "b"  # 10 m from a's border, 30 m from b's
    assert at(both, 50, 50).area_id == "a"
    assert at(both, 150, 50).area_id == "b"


def test_of_equally_deep_the_first_by_id() -> None:
    same = square(0, 0, 100, 100)
    both = Outlines.from_areas([area("b", same), area("a", same)])
    found = at(both, 30, 50)
    assert (found.area_id, found.nearest_area_id) == ("a", "a")
    assert found.border_m == pytest.approx(30, abs=1e-3)


def test_nearest_border_may_be_another_areas() -> None:
    # 50 m inside big's border, 10 m from small, which lies inside big like an island.
    both = Outlines.from_areas(
        [area("big", square(0, 0, 400, 400)), area("small", square(60, 0, 100, 400))]
    )
    found = at(both, 50, 200)
    assert (found.area_id, found.nearest_area_id) == ("big", "small")
    assert found.border_m == pytest.approx(10, abs=1e-3)


@pytest.mark.parametrize(
    ("east", "area_id", "border_m", "near"),
    [
        (51, "a", 51, False),
        (49, "a", 49, True),
        (1, "a", 1, True),
        (-1, None, 1, True),
        (-49, None, 49, True),
        (-51, None, 51, False),
    ],
)
def test_near_a_border_is_within_the_outlines_accuracy(
    east: float, area_id: str | None, border_m: float, *, near: bool
) -> None:
    one = Outlines.from_areas([area("a", square(0, 0, 500, 500), accuracy_m=50)])
    found = at(one, east, 250)
    assert (found.area_id, found.nearest_area_id, found.near_border) == (area_id, "a", near)
    assert found.border_m == pytest.approx(border_m, abs=1e-3)


def test_each_outline_has_its_own_accuracy() -> None:
    # 30 m inside exact, 80 m from vague: only vague's border can be that wrong.
    both = Outlines.from_areas(
        [
            area("exact", square(0, 0, 500, 500), accuracy_m=10),
            area("vague", square(-550, 0, -50, 500), accuracy_m=100),
        ]
    )
    found = at(both, 30, 250)
    assert (found.area_id, found.nearest_area_id, found.near_border) == ("exact", "exact", True)
    assert not at(both, 60, 250).near_border  # 110 m from vague


def test_a_hole_is_outside_and_its_rim_is_a_border() -> None:
    frame = square(0, 0, 300, 300).difference(square(100, 100, 200, 200))
    assert isinstance(frame, Polygon)
    one = Outlines.from_areas([area("a", frame)])
    assert at(one, 150, 140).area_id is None
    assert at(one, 150, 140).border_m == pytest.approx(40, abs=1e-3)
    assert at(one, 90, 150).area_id == "a"
    assert at(one, 90, 150).border_m == pytest.approx(10, abs=1e-3)


# --- many, none and nonsense ------------------------------------------------------------------

lons = st.floats(12.6, 13.05)
lats = st.floats(57.47, 57.75)


@given(st.lists(st.tuples(lons, lats), max_size=20))
@example(SHARED)
@example([])
def test_many_are_located_as_one_is(points: list[tuple[float, float]]) -> None:
    many = outlines().locate_many([lon for lon, _ in points], [lat for _, lat in points])
    assert many == [outlines().locate(lon, lat) for lon, lat in points]


@given(st.lists(st.tuples(lons, lats), min_size=1, max_size=20))
@example(SHARED)
def test_held_by_an_area_means_covered_by_its_outline(points: list[tuple[float, float]]) -> None:
    by_id = {one.id: one.outline for one in bundled()}
    many = outlines().locate_many(*np.array(points).T)
    for point, location in zip(points, many, strict=True):
        if location.border_m is None or location.border_m < 0.1:
            continue  # straight in metres and straight in degrees differ by centimetres
        holding = {i for i, outline in by_id.items() if outline.covers(Point(point))}
        assert holding == ({location.area_id} if location.area_id else set())


def test_the_order_of_areas_does_not_matter() -> None:
    turned = Outlines.from_areas(bundled()[::-1])
    for lon, lat in [*SHARED, (12.95, 57.72), (12.69272, 57.50719)]:
        assert turned.locate(lon, lat) == outlines().locate(lon, lat)


def test_without_any_area() -> None:
    empty = Outlines.from_areas([])
    nowhere = Location(None, None, None, near_border=False)
    assert empty.locate(12.98, 57.72) == nowhere
    assert empty.locate_many([12.98, 13.0], [57.72, 57.7]) == [nowhere, nowhere]
    assert empty.locate_many([], []) == []


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_coordinates_must_be_finite(bad: float) -> None:
    for lon, lat in [(bad, 57.7), (12.9, bad)]:
        with pytest.raises(ValueError, match="finite"):
            outlines().locate(lon, lat)
        with pytest.raises(ValueError, match="finite"):
            outlines().locate_many([12.9, lon], [57.7, lat])


def test_what_the_grid_cannot_show_is_refused() -> None:
    with pytest.raises(ValueError, match="SWEREF"):
        outlines().locate(105.0, 0.0)


def test_lon_and_lat_must_be_equally_many() -> None:
    with pytest.raises(ValueError, match="equally"):
        outlines().locate_many([12.9, 13.0], [57.7])


def test_the_frame_is_in_metres() -> None:
    frame = outlines().frame
    assert frame.crs is not None
    assert frame.crs.to_epsg() == 3006
    assert list(frame["area_id"]) == sorted(one.id for one in bundled())
