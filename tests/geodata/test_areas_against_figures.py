"""The outlines against figures made without the project: the table in data/README.md."""

import csv
import re
from itertools import combinations

import pytest
import shapely
from pyproj import Geod
from shapely import Point

from geodata.catalogue.loading import load_catalogue
from geodata.crs import to_degrees, to_metres
from geodata.settings import bundled_data

CATALOGUE = load_catalogue([bundled_data()])
ROW = re.compile(r"^\| `([a-z-]+)` \| (\d\.\d{3}) \| (\d\d\.\d{4}) \| (\d\d\.\d{4}) \|$", re.M)
FIGURES = {
    name: (float(area), float(lon), float(lat))
    for name, area, lon, lat in ROW.findall(
        (bundled_data() / "README.md").read_text(encoding="utf-8")
    )
}

HALF_LAST_DIGIT_KM2 = 0.0005
HALF_LAST_DIGIT_DEG = 0.00005
LARGEST_SCALE_ERROR = 1 - 0.9996**2
"""SWEREF 99 TM shortens most on its central meridian, by a factor of 0.9996 (Lantmäteriet)."""


def test_every_area_has_its_figures() -> None:
    assert set(FIGURES) == set(CATALOGUE.area_by_id)


@pytest.mark.parametrize("area_id", FIGURES)
def test_area(area_id: str) -> None:
    expected, _, _ = FIGURES[area_id]
    measured = to_metres(CATALOGUE.area_by_id[area_id].outline).area / 1e6
    tolerance = HALF_LAST_DIGIT_KM2 + LARGEST_SCALE_ERROR * expected
    assert measured == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("area_id", FIGURES)
def test_centre(area_id: str) -> None:
    _, lon, lat = FIGURES[area_id]
    centre = to_degrees(to_metres(CATALOGUE.area_by_id[area_id].outline).centroid)
    # The table is rounded; an equal-area and a conformal centre differ by far less.
    assert centre.x == pytest.approx(lon, abs=HALF_LAST_DIGIT_DEG * 1.01)
    assert centre.y == pytest.approx(lat, abs=HALF_LAST_DIGIT_DEG * 1.01)


@pytest.mark.parametrize("area_id", FIGURES)
def test_outline_is_valid_and_rounded_as_said(area_id: str) -> None:
    outline = CATALOGUE.area_by_id[area_id].outline
    assert outline.is_valid
    assert not outline.is_empty
    positions = shapely.get_coordinates(outline)
    assert (positions.round(4) == positions).all()


def test_hassleholmen_and_hulta_share_a_border_and_nothing_else() -> None:
    one, other = (CATALOGUE.area_by_id[name].outline for name in ("hassleholmen", "hulta"))
    shared = one.intersection(other)
    assert shared.geom_type in ("LineString", "MultiLineString")
    # Corner by corner the same line: no sliver and no gap between the two.
    assert shapely.union(one, other).geom_type == "Polygon"
    assert len(shapely.union(one, other).interiors) == 0
    corners = [tuple(p) for line in shapely.get_parts(shared) for p in line.coords]
    assert set(corners) == {
        (12.9884, 57.7234),
        (12.9887, 57.7242),
        (12.9822, 57.7247),
        (12.979, 57.724),
        (12.9718, 57.7209),
    }


def test_no_outlines_overlap() -> None:
    for one, other in combinations(CATALOGUE.areas, 2):
        assert one.outline.intersection(other.outline).area == 0


def test_nominal_outlines_are_circles_round_their_stops() -> None:
    geod = Geod(ellps="GRS80")
    stops = {p.name: p for p in CATALOGUE.places if p.kind == "stop"}
    parts = {"Hedbo": "hedbo", "Assberg": "assberg", "Kinna centrum": "kinna-centrum"}
    parts |= {"Snickaren": "snickaren-muraren", "Muraren": "snickaren-muraren"}
    for name, area in parts.items():
        stop = stops[name]
        rings = shapely.get_parts(CATALOGUE.area_by_id[area].outline)
        (ring,) = [r for r in rings if r.contains(Point(stop.lon, stop.lat))]
        centre = to_degrees(to_metres(ring).centroid)
        _, _, distance_m = geod.inv(stop.lon, stop.lat, centre.x, centre.y)
        # Rounding to 0.0001 degrees moves a corner by 6 m; the centre of Kinna is its shops.
        assert distance_m < (60 if name == "Kinna centrum" else 6)


def test_places_have_their_nearest_area_and_distance() -> None:
    outlines = {area.id: to_metres(area.outline) for area in CATALOGUE.areas}
    for place in CATALOGUE.places:
        point = to_metres(Point(place.lon, place.lat))
        distances = {name: outline.distance(point) for name, outline in outlines.items()}
        nearest = min(distances, key=lambda name: distances[name])
        assert place.nearest_area == nearest, place
        # Whole metres, on the ellipsoid; SWEREF 99 TM shortens by at most 0.04 %.
        expected = pytest.approx(place.distance_m, abs=0.5 + 0.0004 * place.distance_m)
        assert distances[nearest] == expected, place


def test_places_file_is_plain_csv() -> None:
    with (bundled_data() / "places.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [place.name for place in CATALOGUE.places]
    assert {len(row) for row in rows} == {7}
