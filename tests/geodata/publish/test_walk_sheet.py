"""The walk sheet's drawing against positions worked out by hand, in metres east and north."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

import pytest
from shapely import LineString, MultiLineString, Point

from geodata.crs import to_degrees
from geodata.model import (
    Catalogue,
    Finding,
    FindingStatus,
    Place,
    Precision,
    Walk,
    WalkStatus,
)
from geodata.publish.static_map import Mark
from geodata.publish.walk_sheet import HEIGHT_MM, MARGIN_MM, WIDTH_MM, SheetDrawing, draw_walk

EAST: Final = 378_000.0
NORTH: Final = 6_400_000.0
"""A corner in Borås, SWEREF 99 TM; distances below are metres from it."""

ROOM_MM: Final = (WIDTH_MM - 2 * MARGIN_MM, HEIGHT_MM - 2 * MARGIN_MM)


def line(*points: tuple[float, float]) -> LineString:
    found = to_degrees(LineString([(EAST + x, NORTH + y) for x, y in points]))
    assert isinstance(found, LineString)
    return found


def at(x: float, y: float) -> Point:
    found = to_degrees(Point(EAST + x, NORTH + y))
    assert isinstance(found, Point)
    return found


def walk(route: LineString | MultiLineString | None) -> Walk:
    return Walk(
        id="w",
        area_id="norrby",
        status=WalkStatus.PLANNED,
        start=datetime(2018, 5, 15, 16, tzinfo=UTC),
        precision=Precision.MINUTE,
        day=date(2018, 5, 15),
        route=route,
    )


def marks(drawing: SheetDrawing, look: str) -> list[Mark]:
    return [mark for mark in drawing.panel.marks if mark.look == look]


@pytest.fixture(scope="module")
def place(catalogue: Catalogue) -> Place:
    return catalogue.places[0]


def called(place: Place, name: str, x: float, y: float) -> Place:
    there = at(x, y)
    return replace(place, name=name, lon=there.x, lat=there.y)


def test_a_way_fills_its_paper_and_the_scale_bar_is_true(catalogue: Catalogue) -> None:
    # 1,520 m and 60 m of surroundings at each end: 1,640 m over 164 mm, a tenth of a mm a metre.
    drawing = draw_walk(walk(line((0, 0), (1_520, 0))), catalogue.area_by_id["norrby"], ())
    assert drawing.length_m == pytest.approx(1_520, abs=0.01)
    (start,), (end,) = marks(drawing, "start"), marks(drawing, "end")
    assert start.x == pytest.approx(MARGIN_MM + 6, abs=0.02)
    assert end.x == pytest.approx(WIDTH_MM - MARGIN_MM - 6, abs=0.02)
    assert start.y == pytest.approx(HEIGHT_MM / 2, abs=0.02)
    # At most a quarter of 180 mm: 200 m are 20 mm, 500 m would be 50.
    assert drawing.panel.scale == (200, pytest.approx(20, abs=0.02))


def test_north_is_up(catalogue: Catalogue) -> None:
    drawing = draw_walk(walk(line((0, 0), (0, 500))), catalogue.area_by_id["norrby"], ())
    (start,), (end,) = marks(drawing, "start"), marks(drawing, "end")
    assert end.y < start.y
    assert end.x == pytest.approx(start.x, abs=0.02)


def test_stops_stand_in_the_order_they_are_come_to(catalogue: Catalogue, place: Place) -> None:
    known = [
        called(place, "sist", 950, 10),
        called(place, "först", 100, -40),
        called(place, "mitten", 500, 59),
        called(place, "nära", 500, 100),
        called(place, "långt bort", 500, 200),
    ]
    drawing = draw_walk(walk(line((0, 0), (1_000, 0))), catalogue.area_by_id["norrby"], known)
    assert [(stop.number, stop.name) for stop in drawing.stops] == [
        (1, "först"),
        (2, "mitten"),
        (3, "sist"),
    ]
    assert [stop.along_m for stop in drawing.stops] == pytest.approx([100, 500, 950], abs=0.1)
    assert [mark.label for mark in marks(drawing, "place")] == ["nära"]


def test_both_sides_of_a_street_are_one_stop_the_one_on_the_way(
    catalogue: Catalogue, place: Place
) -> None:
    known = [called(place, "Torget", 300, 10), called(place, "Torget", 300, 500)]
    drawing = draw_walk(walk(line((0, 0), (1_000, 0))), catalogue.area_by_id["norrby"], known)
    assert [stop.name for stop in drawing.stops] == ["Torget"]


def test_a_loop_has_one_mark_where_it_starts(catalogue: Catalogue) -> None:
    loop = line((0, 0), (400, 0), (400, 300), (0, 300), (0, 30))
    drawing = draw_walk(walk(loop), catalogue.area_by_id["norrby"], ())
    assert len(marks(drawing, "start")) == 1
    assert not marks(drawing, "end")
    assert drawing.length_m == pytest.approx(400 + 300 + 400 + 270, abs=0.05)


def test_a_way_in_two_parts_is_as_long_as_what_was_walked(catalogue: Catalogue) -> None:
    parts = MultiLineString([line((0, 0), (300, 0)), line((500, 0), (800, 0))])
    drawing = draw_walk(walk(parts), catalogue.area_by_id["norrby"], ())
    assert drawing.length_m == pytest.approx(600, abs=0.05)
    assert [way.count("M") for _, way in drawing.panel.ways] == [2]


def test_without_a_way_the_whole_area_is_drawn(catalogue: Catalogue) -> None:
    drawing = draw_walk(walk(None), catalogue.area_by_id["norrby"], catalogue.places)
    assert (drawing.panel.ways, drawing.stops) == ([], ())
    assert not drawing.looks & {"start", "end"}
    assert drawing.length_m is None
    (outline, *_) = drawing.panel.areas[0]
    numbers = [[float(v) for v in pair.split()] for pair in outline.strip("MZ").split("L")]
    across = max(x for x, _ in numbers) - min(x for x, _ in numbers)
    down = max(y for _, y in numbers) - min(y for _, y in numbers)
    assert across == pytest.approx(ROOM_MM[0], abs=0.05) or down == pytest.approx(
        ROOM_MM[1], abs=0.05
    )


def test_findings_from_before_keep_their_numbers(catalogue: Catalogue) -> None:
    def finding(place: Point | None) -> Finding:
        return Finding(
            id="f",
            walk_id=None,
            area_id="norrby",
            place=place,
            category="lighting",
            text="t",
            owner=None,
            due=None,
            status=FindingStatus.OPEN,
            day=date(2018, 4, 1),
            status_day=date(2018, 4, 1),
        )

    before = [finding(at(0, 0)), finding(None), finding(at(100, 0))]
    route = line((0, 0), (1_000, 0))
    drawing = draw_walk(walk(route), catalogue.area_by_id["norrby"], (), before)
    # The second has no place; the list beside the map counts it all the same.
    assert [mark.label for mark in marks(drawing, "before")] == ["1", "3"]
