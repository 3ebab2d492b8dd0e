"""Points, counts and bins on the map: one and the same view of the same activities."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import LineString, MultiLineString, Point

from geodata.model import Activity, ActivityFilter, Precision
from geodata.register import Register
from geodata.register.grid import GRID_ZOOM, grid_cell, tile_bounds
from geodata.register.rows import representative_point

AREAS = ("norrby", "hulta", None)
KINDS = ("patrol", "foot_patrol")
WORLD = (-180.0, -90.0, 180.0, 90.0)
CELL_DEG = 360 / 2**GRID_ZOOM
MERCATOR = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
HALF_WORLD_M = math.pi * 6_378_137.0  # EPSG:3857 is a sphere of this radius


def _activities(count: int) -> Iterator[Activity]:
    chance = random.Random(2018)
    for number in range(count):
        spread = chance.choice([0.0005, 0.02, 1.0])
        lon, lat = chance.gauss(12.94, spread), chance.gauss(57.72, spread / 2)
        day = date(2018, 1, 1) + timedelta(days=chance.randrange(365))
        line = LineString([(lon, lat), (lon + 0.002, lat), (lon + 0.002, lat + 0.001)])
        yield Activity(
            id=f"a{number}",
            kind=chance.choice(KINDS),
            area_id=chance.choice(AREAS),
            place=chance.choice([Point(lon, lat), Point(lon, lat), line, None]),
            start=datetime(day.year, day.month, day.day, tzinfo=UTC),
            precision=chance.choice(list(Precision)),
            day=day,
            commitments=tuple(chance.sample(["b/1", "b/2", "b/3"], chance.randrange(3))),
        )


ACTIVITIES = tuple(_activities(400))
PLACED = [one for one in ACTIVITIES if one.place is not None]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    path: Path = tmp_path_factory.mktemp("map") / "register.sqlite"
    with Register.open(f"sqlite:///{path}") as register:
        register.add(ACTIVITIES, by="test")
        yield register


LONS = st.floats(10, 16) | st.sampled_from(PLACED).map(lambda one: one.place.bounds[0])
LATS = st.floats(56, 59) | st.sampled_from(PLACED).map(lambda one: one.place.bounds[1])


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    west, east = sorted((draw(LONS), draw(LONS)))
    south, north = sorted((draw(LATS), draw(LATS)))
    return west, south, east, north


FILTERS = st.builds(
    ActivityFilter,
    area_ids=st.none() | st.lists(st.sampled_from(["norrby", "hulta", "?"])).map(tuple),
    kinds=st.none() | st.lists(st.sampled_from(KINDS)).map(tuple),
    commitment_id=st.none() | st.sampled_from(["b/1", "b/2"]),
    first_day=st.none() | st.dates(date(2018, 1, 1), date(2018, 12, 31)),
    last_day=st.none() | st.dates(date(2018, 1, 1), date(2018, 12, 31)),
)


def passes(one: Activity, chosen: ActivityFilter) -> bool:
    return (
        (chosen.area_ids is None or one.area_id in chosen.area_ids)
        and (chosen.kinds is None or one.kind in chosen.kinds)
        and (chosen.commitment_id is None or chosen.commitment_id in one.commitments)
        and (chosen.first_day is None or one.day >= chosen.first_day)
        and (chosen.last_day is None or one.day <= chosen.last_day)
    )


@settings(deadline=None)
@given(bbox=boxes(), zoom=st.integers(3, 19), chosen=FILTERS)
def test_points_counts_and_bins_agree(
    many: Register,
    bbox: tuple[float, float, float, float],
    zoom: int,
    chosen: ActivityFilter,
) -> None:
    points = many.points(bbox, chosen, 1_000)
    bins = many.bins(bbox, zoom, chosen)
    assert many.count_points(bbox, chosen) == len(points) == sum(one.count for one in bins)
    inside = [
        sum(b.west <= p.lon < b.east and b.south < p.lat <= b.north for p in points) for b in bins
    ]
    assert inside == [one.count for one in bins]
    # A bin is 32 screen pixels wide where the world is 256 at zoom 0.
    assert all(math.isclose(b.east - b.west, 360 * 32 / 256 / 2**zoom) for b in bins)


@settings(deadline=None)
@given(bbox=boxes(), chosen=FILTERS)
def test_what_is_in_view_is_so_by_degrees_too(
    many: Register, bbox: tuple[float, float, float, float], chosen: ActivityFilter
) -> None:
    west, south, east, north = bbox
    wanted = {one.id for one in PLACED if passes(one, chosen)}
    marks = {one.id: representative_point(one.place) for one in PLACED if one.id in wanted}

    def within(margin: float) -> set[str]:
        return {
            key
            for key, mark in marks.items()
            if west - margin <= mark.x <= east + margin
            and south - margin <= mark.y <= north + margin
        }

    found = {one.id for one in many.points(bbox, chosen, 1_000)}
    assert within(-CELL_DEG) <= found <= within(CELL_DEG)


@settings(deadline=None)
@given(bbox=boxes(), lon=LONS, lat=LATS, chosen=FILTERS)
def test_views_side_by_side_share_nothing_and_leave_nothing_out(
    many: Register,
    bbox: tuple[float, float, float, float],
    lon: float,
    lat: float,
    chosen: ActivityFilter,
) -> None:
    west, south, east, north = bbox
    lon, lat = min(max(lon, west), east), min(max(lat, south), north)
    whole = many.count_points(bbox, chosen)
    assert whole == sum(
        many.count_points(half, chosen)
        for half in ((west, south, lon, north), (lon, south, east, north))
    )
    assert whole == sum(
        many.count_points(half, chosen)
        for half in ((west, south, east, lat), (west, lat, east, north))
    )


@settings(deadline=None)
@given(chosen=FILTERS)
def test_the_whole_world_holds_every_place(many: Register, chosen: ActivityFilter) -> None:
    expected = sorted(one.id for one in PLACED if passes(one, chosen))
    assert sorted(one.id for one in many.points(WORLD, chosen, 1_000)) == expected


def test_points_are_the_newest_and_at_most_so_many(many: Register) -> None:
    days = sorted((one.day for one in PLACED), reverse=True)[:25]
    points = many.points(WORLD, limit=25)
    assert [one.day for one in points] == days
    by_id = {one.id: one for one in ACTIVITIES}
    for point in points:
        one = by_id[point.id]
        assert (point.kind, point.area_id, point.day, point.precision) == (
            one.kind,
            one.area_id,
            one.day,
            one.precision,
        )


def test_a_view_turned_inside_out_is_empty(many: Register) -> None:
    assert many.count_points((13.0, 57.0, 12.0, 58.0)) == 0
    assert many.bins((12.0, 58.0, 13.0, 57.0), 12) == []


def test_a_changed_place_moves_on_the_map(
    register: Register, new_activity: Callable[..., Activity]
) -> None:
    given_place = new_activity(id="one", place=Point(12.9, 57.7))
    register.add([given_place], by="test")
    register.change(new_activity(id="one", place=Point(13.5, 58.5)), by="test", expected_number=1)
    assert register.count_points((12, 57, 13, 58)) == 0
    assert [(p.lon, p.lat) for p in register.points((13, 58, 14, 59))] == [(13.5, 58.5)]
    register.change(new_activity(id="one", place=None), by="test", expected_number=2)
    assert register.count_points(WORLD) == 0


@pytest.mark.parametrize(
    ("place", "lon", "lat"),
    [
        (Point(12.5, 57.5), 12.5, 57.5),
        (LineString([(12, 57), (14, 57)]), 13, 57),
        (LineString([(12, 57), (13, 57), (13, 60)]), 13, 58),
        (LineString([(12, 57), (12, 57)]), 12, 57),
        (MultiLineString([[(12, 57), (13, 57)], [(20, 57), (23, 57)]]), 21, 57),
    ],
)
def test_a_line_is_marked_half_way(
    place: Point | LineString | MultiLineString, lon: float, lat: float
) -> None:
    mark = representative_point(place)
    assert (mark.x, mark.y) == pytest.approx((lon, lat))


@given(lon=st.floats(-180, 180), lat=st.floats(-85, 85))
def test_the_grid_is_web_mercators(lon: float, lat: float) -> None:
    x, y = MERCATOR.transform(lon, lat)
    exact_column = (x + HALF_WORLD_M) / (2 * HALF_WORLD_M) * 2**24
    exact_row = (HALF_WORLD_M - y) / (2 * HALF_WORLD_M) * 2**24
    column, row = grid_cell(lon, lat)
    slack = 1e-5  # of a cell: two ways of rounding the same number
    assert column - slack <= min(exact_column, 2**24 - 1) <= column + 1 + slack
    assert row - slack <= exact_row <= row + 1 + slack


def test_the_grid_starts_in_the_north_west() -> None:
    assert grid_cell(-180, 85.06) == (0, 0)
    assert grid_cell(180, -90) == (2**24 - 1, 2**24 - 1)
    assert grid_cell(0, 0) == (2**23, 2**23)


def test_a_tiles_edges_are_those_of_the_slippy_map() -> None:
    # The map's limit is the latitude whose Mercator northing is pi: degrees(atan(sinh(pi))).
    assert tile_bounds(0, 0, 0) == pytest.approx((-180, -85.0511287798066, 180, 85.0511287798066))
    assert tile_bounds(1, 0, 1) == pytest.approx((0, 0, 180, 85.0511287798066))
