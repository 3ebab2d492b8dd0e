"""Metres and degrees, held against Lantmäteriet's own figures and other ways to compute them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from shapely import LineString, MultiPolygon, Point, Polygon

from geodata.crs import (
    RT90,
    SWEDEN_BOUNDS_DEG,
    crs_named,
    in_sweden,
    metric_crs_at,
    positions_to_degrees,
    positions_to_metres,
    to_degrees,
    to_metres,
)

WEST, SOUTH, EAST, NORTH = SWEDEN_BOUNDS_DEG
LONGITUDES = st.floats(WEST, EAST)
LATITUDES = st.floats(SOUTH, NORTH)

CONTROL_POINTS = [
    # Latitude, longitude, northing, easting: Lantmäteriet, "Kontrollpunkter för SWEREF 99 TM",
    # 2007-11-20, given to the millimetre.
    (55.0, 12.75, 6097106.672, 356083.438),
    (55.0, 14.25, 6095048.642, 452024.069),
    (57.0, 12.75, 6319636.937, 363331.554),
    (57.0, 19.50, 6326392.707, 773251.054),
    (59.0, 11.25, 6546096.724, 284626.066),
    (59.0, 19.50, 6548757.206, 758410.519),
]


@pytest.mark.parametrize(("lat", "lon", "northing", "easting"), CONTROL_POINTS)
def test_the_control_points_lie_where_they_should(
    lat: float, lon: float, northing: float, easting: float
) -> None:
    metres = to_metres(Point(lon, lat))
    assert (metres.x, metres.y) == pytest.approx((easting, northing), abs=0.001)
    degrees = to_degrees(Point(easting, northing))
    # A millimetre is about 1e-8 degrees of latitude.
    assert (degrees.x, degrees.y) == pytest.approx((lon, lat), abs=2e-8)


@given(LONGITUDES, LATITUDES)
def test_there_and_back_is_the_same_place(lon: float, lat: float) -> None:
    back = to_degrees(to_metres(Point(lon, lat)))
    assert (back.x, back.y) == pytest.approx((lon, lat), abs=1e-9)


@given(LONGITUDES, LATITUDES)
def test_it_is_transverse_mercator_on_grs_80(lon: float, lat: float) -> None:
    """The same by the projection's own definition: 15 degrees east, scale 0.9996, 500 km."""
    definition = Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
        "+step +proj=tmerc +lat_0=0 +lon_0=15 +k=0.9996 +x_0=500000 +y_0=0 +ellps=GRS80"
    )
    metres = to_metres(Point(lon, lat))
    assert (metres.x, metres.y) == pytest.approx(definition.transform(lon, lat), abs=1e-3)


@given(
    st.floats(12.5, 13.2),
    st.floats(57.3, 57.9),
    st.floats(0, 2 * math.pi),
    st.floats(10, 3_000),
)
def test_lengths_are_those_on_the_ellipsoid(
    lon: float, lat: float, bearing: float, metres: float
) -> None:
    geod = Geod(ellps="GRS80")
    end_lon, end_lat, _ = geod.fwd(lon, lat, math.degrees(bearing), metres)
    line = LineString([(lon, lat), (end_lon, end_lat)])
    # The scale is 0.9996 at 15 degrees east and about 1.0000 here, 130 km west of it.
    assert to_metres(line).length == pytest.approx(geod.geometry_length(line), rel=4e-4)


def test_a_known_square_is_as_large_as_on_the_ellipsoid() -> None:
    square = shapely.box(12.92, 57.72, 12.94, 57.73)
    area_m2, _ = Geod(ellps="GRS80").geometry_area_perimeter(square)
    assert to_metres(square).area == pytest.approx(abs(area_m2), rel=8e-4)


def test_every_part_of_a_shape_is_projected_and_none_of_its_make_is_lost() -> None:
    hole = [(12.925, 57.722), (12.93, 57.722), (12.93, 57.725)]
    outline = [(12.92, 57.72), (12.94, 57.72), (12.94, 57.73), (12.92, 57.73)]
    shape = MultiPolygon([Polygon(outline, [hole]), shapely.box(12.6, 57.4, 12.7, 57.5)])
    metres = to_metres(shape)
    assert isinstance(metres, MultiPolygon)
    assert len(metres.geoms) == 2
    assert len(metres.geoms[0].interiors) == 1
    assert metres.is_valid
    assert shapely.equals_exact(to_degrees(metres), shape, tolerance=1e-9)


def test_longitude_comes_first() -> None:
    metres = to_metres(Point(12.93, 57.72))
    assert 300_000 < metres.x < 500_000
    assert 6_300_000 < metres.y < 6_500_000


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (12.93, 57.72, True),  # Borås
        (18.07, 59.33, True),  # Stockholm
        (24.15, 65.84, True),  # Haparanda
        (57.72, 12.93, False),  # the wrong way round
        (10.40, 63.43, False),  # Trondheim
        (9.99, 53.55, False),  # Hamburg
        (0.0, 0.0, False),
        (math.nan, 57.72, False),
        (math.inf, 57.72, False),
    ],
)
def test_what_is_in_sweden(lon: float, lat: float, *, expected: bool) -> None:
    assert in_sweden(lon, lat) is expected


# RT 90 2.5 gon V by Lantmäteriet's direct projection from SWEREF 99 (central meridian
# 15° 48' 22.624306"), which agrees with RT 90 itself to some decimetres.
DIRECT_RT90 = Transformer.from_pipeline(
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=tmerc "
    "+lat_0=0 +lon_0=15.80628452944445 +k=1.00000561024 +x_0=1500064.274 +y_0=-667.711 "
    "+ellps=GRS80"
)


@given(st.floats(11.5, 19.0), st.floats(55.5, 62.0))
def test_rt_90_comes_to_the_same_place(lon: float, lat: float) -> None:
    [[found_lon, found_lat]] = positions_to_degrees(
        np.array([DIRECT_RT90.transform(lon, lat)]), RT90
    )
    *_, metres = Geod(ellps="GRS80").inv(lon, lat, found_lon, found_lat)
    assert metres < 0.2


@given(LONGITUDES, LATITUDES)
def test_wgs_84_is_left_untouched_by_whatever_name(lon: float, lat: float) -> None:
    given_ = np.array([[lon, lat]])
    for name in ("EPSG:4326", "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326"):
        assert positions_to_degrees(given_, name).tolist() == [[lon, lat]]


@pytest.mark.parametrize(("lat", "lon", "northing", "easting"), CONTROL_POINTS)
def test_positions_take_x_before_y(lat: float, lon: float, northing: float, easting: float) -> None:
    [found] = positions_to_degrees(np.array([[easting, northing]]), "EPSG:3006").tolist()
    assert found == pytest.approx((lon, lat), abs=2e-8)


def test_impossible_positions_are_not_finite() -> None:
    found = positions_to_degrees(np.array([[math.inf, 1.0], [1e30, 1e30]]), "EPSG:3021")
    assert not np.isfinite(found).all()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("EPSG:3006", "SWEREF99 TM"),
        ("urn:ogc:def:crs:EPSG::3021", "RT90 2.5 gon V"),
        ("EPSG:5773", None),  # heights only
        ("EPSG:999999", None),
        ("somewhere", None),
        ("", None),
    ],
)
def test_names_of_systems(text: str, name: str | None) -> None:
    assert crs_named(text) == name


@pytest.mark.parametrize(
    ("lon", "lat", "name"),
    [
        (12.94, 57.72, "SWEREF99 TM"),
        (24.94, 60.17, "WGS 84 / UTM zone 35N"),
        (-0.13, 51.51, "WGS 84 / UTM zone 30N"),
        (151.21, -33.87, "WGS 84 / UTM zone 56S"),
        (-180.0, 10.0, "WGS 84 / UTM zone 1N"),
        (180.0, 10.0, "WGS 84 / UTM zone 60N"),
    ],
)
def test_lengths_are_taken_in_the_national_or_the_local_grid(
    lon: float, lat: float, name: str
) -> None:
    crs = metric_crs_at(lon, lat)
    assert crs_named(crs) == name
    where = np.array([[lon, lat], [lon, lat + 0.01]])
    metres = positions_to_metres(where, crs)
    _, _, geodesic = Geod(ellps="WGS84").inv(lon, lat, lon, lat + 0.01)
    # A transverse Mercator's scale is within one in a thousand of the truth in its own zone.
    assert math.hypot(*(metres[1] - metres[0])) == pytest.approx(geodesic, rel=0.001)
    assert positions_to_degrees(metres, crs) == pytest.approx(where, abs=1e-8)
