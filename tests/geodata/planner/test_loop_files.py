"""A kept loop's files: its sheet by positions worked out by hand, its GPX read by two others."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import gpxpy
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from geodata.catalogue.loading import load_catalogue
from geodata.crs import to_degrees
from geodata.errors import PlanningError
from geodata.model import Catalogue, Place, Plan, PlanKind
from geodata.planner.loop.keep import LOOPS, KeptLoop, KeptStop, at_minute, lay_out_loop, loop_gpx
from geodata.planning.travel import TravelSource
from geodata.publish.static_map import AROUND_M
from geodata.publish.walk_sheet import HEIGHT_MM, MARGIN_MM, WIDTH_MM
from geodata.settings import bundled_data
from geodata.texts import words

EAST: Final = 378_000.0
NORTH: Final = 6_400_000.0
"""A corner in Borås, SWEREF 99 TM; distances below are metres from it."""

SOURCE: Final = TravelSource("streets", "norrby.osm", "ab" * 32, "ODbL", date(2026, 11, 20))


def at(x: float, y: float) -> tuple[float, float]:
    found = to_degrees(Point(EAST + x, NORTH + y))
    return found.x, found.y


def stop(name: str, x: float, y: float, reached: float, metres: float) -> KeptStop:
    return KeptStop("spots", name, *at(x, y), reached, 12, metres, ("Därför",))


def loop(**more: object) -> KeptLoop:
    """A square with sides of 300 m, begun at its corner; two stops."""
    square = [at(0, 0), at(300, 0), at(300, 300), at(0, 300), at(0, 0)]
    made = KeptLoop(
        id="p",
        name="Kvällsslinga",
        day=date(2018, 9, 10),
        depart_min=18 * 60,
        start_name="Torget",
        stops=(stop("Ett", 300, 0, 4.0, 300.0), stop("", 0, 300, 24.0, 600.0)),
        line=LineString(square),
        metres=1200.0,
        total_min=40.0,
        source=SOURCE,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def kept(made: KeptLoop) -> Plan:
    outcome = LOOPS.outcome(made)
    return Plan(made.id, PlanKind.LOOP, made.name, made.day, made.day, {}, outcome, void=made.void)


# --- as it is kept -------------------------------------------------------------------------------


def test_a_loop_comes_back_as_it_was_kept() -> None:
    made = loop()
    back = LOOPS.read(kept(made))
    assert back.line.equals_exact(made.line, 1e-6)
    assert replace(back, line=made.line) == made
    assert back.comes_back
    straight = replace(made, source=TravelSource("straight_lines", detour=1.3), void=True)
    assert replace(LOOPS.read(kept(straight)), line=made.line) == straight


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.sampled_from([None, *LOOPS.outcome(loop())]), JSON)
def test_what_is_no_loop_is_told_and_never_breaks(name: str | None, value: object) -> None:
    plan = kept(loop())
    outcome = {**plan.outcome, name: value} if name else {"version": value}
    # Anything else that it raised would break the page.
    with contextlib.suppress(PlanningError):
        LOOPS.read(replace(plan, outcome=outcome))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", list(LOOPS.outcome(loop())))
def test_a_loop_that_lacks_a_part_is_told_by_its_name(name: str) -> None:
    plan = kept(loop())
    outcome = {key: told for key, told in plan.outcome.items() if key != name}
    with pytest.raises(PlanningError) as caught:
        LOOPS.read(replace(plan, outcome=outcome))
    assert "Kvällsslinga" in words("sv").error(caught.value)


# --- GPX -----------------------------------------------------------------------------------------


def test_the_gpx_is_read_by_gpxpy_as_a_route_with_its_stops() -> None:
    read = gpxpy.parse(loop_gpx(loop(), words("sv"), "Källa."))
    assert not read.tracks
    (route,) = read.routes
    assert route.name == "Kvällsslinga"
    walked = LineString([(p.longitude, p.latitude) for p in route.points])
    assert walked.equals_exact(loop().line, 1e-9)
    assert [w.name for w in read.waypoints] == ["1. Ett", "2. Eget stopp"]
    # Summer time in Sweden: two hours ahead of UTC.
    assert [w.time for w in read.waypoints] == [
        datetime(2018, 9, 10, 16, 4, tzinfo=UTC),
        datetime(2018, 9, 10, 16, 24, tzinfo=UTC),
    ]
    assert "Därför" in str(read.waypoints[0].description)
    assert "1\N{NO-BREAK SPACE}200" in str(read.description)


def test_the_gpx_is_read_by_gdal(tmp_path: Path) -> None:
    path = tmp_path / "slinga.gpx"
    path.write_text(loop_gpx(loop(name="<b>&ä</b>"), words("en"), "Källa."), encoding="utf-8")
    _, _, shapes, fields = pyogrio.raw.read(path, layer="routes")
    assert fields[0].tolist() == ["<b>&ä</b>"]
    assert shapely.from_wkb(shapes[0]).equals_exact(loop().line, 1e-6)
    _, _, points, _ = pyogrio.raw.read(path, layer="waypoints")
    for point, one in zip(shapely.from_wkb(points), loop().stops, strict=True):
        assert (point.x, point.y) == pytest.approx((one.lon, one.lat))


def test_times_are_right_in_the_night_when_the_clocks_change() -> None:
    # Clocks go back at three on 28 October 2018: 01:30 is 23:30 in UTC, and 90 minutes later it
    # is 01:00 in UTC.
    night = loop(day=date(2018, 10, 28), depart_min=90)
    assert at_minute(night, 0) == datetime(2018, 10, 27, 23, 30, tzinfo=UTC)
    assert at_minute(night, 90) == datetime(2018, 10, 28, 1, 0, tzinfo=UTC)


# --- the sheet -----------------------------------------------------------------------------------


def place(catalogue: Catalogue, name: str, x: float, y: float) -> Place:
    lon, lat = at(x, y)
    return replace(catalogue.places[0], name=name, lon=lon, lat=lat)


def test_the_drawing_has_room_for_the_way_and_numbers_its_stops() -> None:
    sheet = lay_out_loop(loop(), [], [], "Eget stopp")
    drawing = sheet.drawing
    # 300 m of way and 60 m round it: the height decides.
    mm_per_m = (HEIGHT_MM - 2 * MARGIN_MM) / (300 + 2 * AROUND_M)
    first, second = drawing.stops
    assert (first.name, second.name) == ("Ett", "Eget stopp")
    assert (first.along_m, second.along_m) == (300, 900)
    middle = (WIDTH_MM / 2, HEIGHT_MM / 2)
    on_paper = [(mark.x, mark.y) for mark in drawing.panel.marks if mark.look == "stop"]
    assert on_paper[0] == pytest.approx(
        (middle[0] + 150 * mm_per_m, middle[1] + 150 * mm_per_m), abs=0.05
    )
    assert on_paper[1] == pytest.approx(
        (middle[0] - 150 * mm_per_m, middle[1] - 150 * mm_per_m), abs=0.05
    )
    metres, long_mm = drawing.panel.scale
    assert long_mm == pytest.approx(metres * mm_per_m, abs=0.01)
    assert drawing.looks >= {"start", "stop"}
    assert "end" not in drawing.looks
    assert drawing.length_m == 1200


def test_times_on_the_sheet_are_of_the_day() -> None:
    sheet = lay_out_loop(loop(), [], [], "")
    assert [(row.reached_min, row.left_min) for row in sheet.rows] == [(1084, 1096), (1104, 1116)]
    assert sheet.back_min == 1120


def test_places_near_the_way_are_named_and_outlines_in_view_are_drawn() -> None:
    catalogue = load_catalogue((bundled_data(),))
    near, on_stop = place(catalogue, "Nära", 150, 40), place(catalogue, "Vid", 310, 0)
    far = place(catalogue, "Långt", 1_000, 0)
    around = Polygon([at(-100, -100), at(150, -100), at(150, 150), at(-100, 150)])
    away = Polygon([at(5_000, 0), at(5_100, 0), at(5_100, 100)])
    sheet = lay_out_loop(loop(), [around, away], [near, on_stop, far], "")
    panel = sheet.drawing.panel
    assert [mark.label for mark in panel.marks if mark.look == "place"] == ["Nära"]
    assert [outline.count("M") for outline, *_ in panel.areas] == [1]


def test_a_loop_without_stops_has_a_sheet() -> None:
    sheet = lay_out_loop(loop(stops=()), [], [], "")
    assert sheet.rows == ()
    assert sheet.drawing.panel.ways
