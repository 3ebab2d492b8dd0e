"""Drawing an outline: steps back and forth, corners on a neighbour's border, what it meets.

Squares of 100 m, placed in SWEREF 99 TM, so that every distance and area can be done by hand.
"""

from __future__ import annotations

from itertools import pairwise
from math import asin, sqrt

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from geodata.analysis.drawing import (
    TEXT_AT_MOST,
    Corner,
    Drawing,
    Sketch,
    drawing_from,
    sketch_of,
    snapped,
)
from geodata.analysis.outlines import FAR_M, Town, crossings, gathered, remarks
from geodata.catalogue.content import read_outline
from geodata.crs import to_degrees, to_metres
from geodata.model import Area, LocalText

EAST, NORTH = 361_000.0, 6_377_000.0
"""In Kinna."""


def area(shape: Polygon, id_: str = "next", municipality: str = "Mark") -> Area:
    """An area that lies so many metres east and north of there."""
    placed = to_degrees(shapely.transform(shape, lambda at: np.add(at, (EAST, NORTH))))
    return Area(id_, id_, municipality, "housing", placed, "nominal", 10.0, LocalText("q", ""))


def at(east_m: float, north_m: float) -> Corner:
    point = to_degrees(shapely.Point(EAST + east_m, NORTH + north_m))
    return point.x, point.y


def ring(*places: tuple[float, float]) -> tuple[Corner, ...]:
    return tuple(at(*place) for place in places)


NEXT = area(box(100, 0, 200, 100))
"""A square whose western edge is 100 m east."""

STEPPED = area(Polygon([(100, 0), (200, 0), (200, 100), (110, 100), (105, 60), (108, 30)]))
"""Its western border has two corners on the way: 8 and 5 m in."""


# --- parts ---------------------------------------------------------------------------------------


def test_a_part_inside_another_is_a_hole_and_what_is_drawn_reads_as_a_file() -> None:
    outer = ring((0, 0), (100, 0), (100, 100), (0, 100))
    hole = ring((40, 40), (60, 40), (60, 60), (40, 60))
    apart = ring((300, 0), (310, 0), (310, 10))
    outline = Sketch((outer, hole, apart), is_open=False).outline()
    assert isinstance(outline, MultiPolygon)
    # 100 x 100, without 20 x 20, and half of 10 x 10.
    assert to_metres(outline).area == pytest.approx(10_000 - 400 + 50, abs=0.01)
    read = read_outline(shapely.geometry.mapping(outline) | {"coordinates": _lists(outline)})
    assert isinstance(read, MultiPolygon)
    assert {*outer, *hole, *apart} == {*map(tuple, shapely.get_coordinates(read))}
    assert {frozenset(r) for r in sketch_of(outline).rings} == {
        *map(frozenset, (outer, hole, apart))
    }


def _lists(outline: MultiPolygon) -> list[object]:
    return [
        [[list(xy) for xy in r.coords] for r in (part.exterior, *part.interiors)]
        for part in outline.geoms
    ]


def test_an_unfinished_part_encloses_nothing() -> None:
    triangle = ring((0, 0), (50, 0), (0, 50))
    assert Sketch((triangle,)).outline() is None
    assert Sketch((triangle[:2],)).closed().is_open
    closed = Sketch((triangle,)).closed()
    assert to_metres(closed.outline()).area == pytest.approx(1_250, abs=0.01)
    # Another part is begun, and is nothing as long as it has no corner.
    assert closed.with_part().outline() == closed.outline()
    assert closed.with_ring(0, ()) == Sketch()


# --- steps ---------------------------------------------------------------------------------------

CORNERS = st.tuples(st.floats(11, 24), st.floats(55, 69))
SKETCHES = st.builds(
    Sketch, st.lists(st.lists(CORNERS, max_size=6).map(tuple), min_size=1).map(tuple), st.booleans()
)


@given(st.lists(SKETCHES, min_size=1, max_size=6), SKETCHES)
def test_undone_is_as_before_and_redone_as_after(steps: list[Sketch], last: Sketch) -> None:
    drawing = Drawing()
    for step in steps:
        drawing = drawing.do(step)
    done = drawing.do(last)
    if done != drawing:
        assert done.moved(-1).now == drawing.now
        assert done.moved(-1).moved(1) == done
        assert done.moved(-1).do(drawing.now) == done.moved(-1)
    assert done.moved(-100).now == Sketch()
    assert done.moved(-100).moved(100) == Drawing(done.steps, len(done.steps) - 1)


@given(st.lists(SKETCHES, max_size=6), st.integers(-6, 0))
def test_a_drawing_outlives_the_page_as_text(steps: list[Sketch], back: int) -> None:
    drawing = Drawing()
    for step in steps:
        drawing = drawing.do(step)
    drawing = drawing.moved(back)
    assert drawing_from(drawing.text()) == drawing


def test_of_very_many_steps_the_oldest_are_forgotten() -> None:
    drawing = Drawing()
    for n in range(200):
        corners = tuple((12 + n / 1000, 57 + k / 1000) for k in range(100))
        drawing = drawing.do(Sketch((corners,)))
    text = drawing.text()
    assert len(text) <= TEXT_AT_MOST
    kept = drawing_from(text)
    assert kept.now == drawing.now
    assert kept.moved(-1).now == drawing.moved(-1).now
    assert len(kept.steps) < len(drawing.steps)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"at":0,"steps":[]}',
        '{"at":3,"steps":[[true,[[]]]]}',
        '{"at":0,"steps":[[true,[[[1e999,57]]]]]}',
        '{"at":0,"steps":[["yes",[[]]]]}',
        '{"at":0,"steps":[[true,[["a"]]]]}',
    ],
)
def test_what_is_no_drawing_is_an_empty_one(text: str) -> None:
    assert drawing_from(text) == Drawing()


# --- a neighbour's border ------------------------------------------------------------------------


def corners(sketch: Sketch) -> tuple[Corner, ...]:
    (found,) = sketch.rings
    return found


def test_a_corner_near_a_neighbours_is_the_neighbours() -> None:
    theirs = sketch_of(NEXT.outline).rings[0]
    found = corners(snapped(Sketch(), Sketch((ring((97, 2), (98, 97)),)), [NEXT], 5))
    assert {*found} <= {*theirs}


def test_a_neighbours_corner_comes_before_its_edge_where_it_is_near_enough() -> None:
    # 3.2 m from the corner, 2.5 m from the edge.
    near = Sketch((ring((97.5, 2)),))
    assert corners(snapped(Sketch(), near, [NEXT], 5))[0] in sketch_of(NEXT.outline).rings[0]
    on_edge = _metres(corners(snapped(Sketch(), near, [NEXT], 3))[0])
    assert on_edge == (pytest.approx(100, abs=1e-3), pytest.approx(2, abs=1e-3))
    assert snapped(Sketch(), near, [NEXT], 2.4) == near


def test_a_corner_near_an_edge_is_put_on_it() -> None:
    (found,) = corners(snapped(Sketch(), Sketch((ring((96, 40)),)), [NEXT], 5))
    # Straight east, onto the edge at 100 m.
    metres = to_metres(shapely.Point(found))
    assert (metres.x - EAST, metres.y - NORTH) == (
        pytest.approx(100, abs=1e-3),
        pytest.approx(40, abs=1e-3),
    )
    assert corners(snapped(Sketch(), Sketch((ring((94, 40)),)), [NEXT], 5)) == ring((94, 40))


def test_between_two_corners_on_a_border_the_outline_follows_it() -> None:
    theirs = {tuple(map(round, _metres(c))): c for c in sketch_of(STEPPED.outline).rings[0]}
    drawn = Sketch((ring((0, 0), (99, 1), (109, 99), (0, 100)),), is_open=False)
    found = corners(snapped(Sketch(), drawn, [STEPPED], 5))
    assert found == (
        *ring((0, 0)),
        *(theirs[place] for place in ((100, 0), (108, 30), (105, 60), (110, 100))),
        *ring((0, 100)),
    )
    straight = corners(snapped(Sketch(), drawn, [STEPPED], 5, follow=False))
    assert straight == (*ring((0, 0)), theirs[100, 0], theirs[110, 100], *ring((0, 100)))


def _metres(corner: Corner) -> tuple[float, float]:
    point = to_metres(shapely.Point(corner))
    return point.x - EAST, point.y - NORTH


def test_what_was_there_stays_though_a_corner_on_the_border_is_taken_away() -> None:
    drawn = Sketch((ring((0, 0), (99, 1), (109, 99), (0, 100)),), is_open=False)
    before = snapped(Sketch(), drawn, [STEPPED], 5)
    (all_,) = before.rings
    fewer = before.with_ring(0, (*all_[:2], *all_[3:]))
    assert snapped(before, fewer, [STEPPED], 5) == fewer


def test_the_closing_edge_follows_once_the_part_is_finished() -> None:
    first = snapped(Sketch(), Sketch((ring((109, 99), (0, 100), (0, 0), (99, 1)),)), [STEPPED], 5)
    assert len(corners(first)) == 4
    closed = snapped(first, first.closed(), [STEPPED], 5)
    theirs = {tuple(map(round, _metres(c))): c for c in sketch_of(STEPPED.outline).rings[0]}
    assert corners(closed) == (*corners(first), theirs[108, 30], theirs[105, 60])


WEST = st.tuples(st.floats(-300, 95), st.floats(-50, 150))


@given(st.lists(WEST, min_size=1, max_size=5), st.floats(0, 100), st.floats(0, 100))
def test_a_snapped_border_has_the_neighbours_own_corners_and_stays(
    west: list[tuple[float, float]], low: float, high: float
) -> None:
    drawn = Sketch((ring((101, low), *west, (101, high)),), is_open=False)
    once = snapped(Sketch(), drawn, [STEPPED], 15)
    theirs = sketch_of(STEPPED.outline).rings[0]
    border = to_metres(STEPPED.outline.exterior)
    on = [border.distance(to_metres(shapely.Point(c))) <= 0.01 for c in corners(once)]
    pairs = pairwise([*corners(once), corners(once)[0]])
    for (first, last), both in zip(
        pairs, [a and b for a, b in pairwise([*on, on[0]])], strict=True
    ):
        if both:
            # An edge between two corners on the border is one of the border's own, or a part of it.
            middle = to_metres(shapely.LineString([first, last])).centroid
            assert border.distance(middle) <= 0.01
    for corner, is_on in zip(corners(once), on, strict=True):
        if is_on and corner not in theirs:
            assert border.distance(to_metres(shapely.Point(corner))) <= 0.0002
    assert snapped(once, once, [STEPPED], 15) == once


# --- what it meets -------------------------------------------------------------------------------


def drawn(*places: tuple[float, float]) -> Polygon:
    return Polygon(ring(*places))


def test_overlaps_in_square_metres() -> None:
    own = drawn((0, 0), (104, 0), (104, 50), (0, 50))
    (found,) = remarks(own, 0, "Mark", [NEXT])
    # 4 m wide, 50 m long.
    assert (found.what, found.area) == ("overlap", NEXT)
    assert found.size == pytest.approx(200, abs=0.01)
    assert to_metres(found.where).area == pytest.approx(200, abs=0.01)


def between_m2(accuracy_m: float) -> float:
    """The area between two squares 4 m apart and 100 m long, as far as a disc can't come.

    A disc as wide as the accuracy comes in a little way at each end: a circle's segment.
    """
    radius_m = accuracy_m / 2
    segment = radius_m**2 * asin(2 / radius_m) - 2 * sqrt(radius_m**2 - 4)
    return 400 - 2 * segment


@pytest.mark.parametrize(
    ("accuracy_m", "gap_m2"), [(10, between_m2(10)), (60, between_m2(60)), (3.9, None), (0, None)]
)
def test_gaps_that_are_narrower_than_the_accuracy(accuracy_m: float, gap_m2: float | None) -> None:
    own = drawn((0, 0), (96, 0), (96, 100), (0, 100))
    found = remarks(own, accuracy_m, "Mark", [NEXT])
    assert [m.what for m in found] == ([] if gap_m2 is None else ["gap"])
    assert all(m.size == pytest.approx(gap_m2, abs=0.5) for m in found)


def test_two_borders_that_merely_meet_at_an_angle_leave_no_gap() -> None:
    # 60 degrees between the borders at the neighbour's corner, then 90 on its edge: a disc of
    # 12.5 m touches each border 21.7 m and 12.5 m from there.
    wedge = drawn((100, 0), (13.4, 50), (13.4, -50))
    assert remarks(wedge, 25, "Mark", [NEXT]) == ()
    assert remarks(drawn((0, 20), (100, 20), (100, 60), (0, 60)), 25, "Mark", [NEXT]) == ()


def test_a_border_shared_by_the_very_same_corners_is_neither() -> None:
    sketch = snapped(
        Sketch(),
        Sketch((ring((0, 0), (99, 1), (109, 99), (0, 100)),), is_open=False),
        [STEPPED],
        5,
    )
    outline = sketch.outline()
    assert outline is not None
    assert remarks(outline, 25, "Mark", [STEPPED]) == ()


def test_where_it_lies_is_compared_with_what_is_known_of_the_municipality() -> None:
    own = drawn((0, 0), (50, 0), (50, 50), (0, 50))
    there = area(box(30_000, 0, 30_100, 100), "there", "Borås")
    assert [m.what for m in remarks(own, 5, "Mark", [NEXT, there])] == []
    (elsewhere, far) = sorted(remarks(own, 5, "Borås", [NEXT, there]), key=lambda m: m.what)
    assert (elsewhere.what, elsewhere.area, round(elsewhere.size)) == ("elsewhere", NEXT, 50)
    assert (far.what, far.area, round(far.size)) == ("far", there, 29_950)
    assert [m.what for m in remarks(own, 5, "Kil", [there])] == ["first"]


def test_it_reaches_out_of_the_town_that_it_is_in() -> None:
    built = Town("Kinna", "Mark", area(box(0, 0, 1000, 1000)).outline, 40, 2023)
    away = Town("Skene", "Mark", area(box(-5000, 0, -4000, 1000)).outline, 40, 2023)
    own = drawn((900, 500), (1150, 500), (1150, 600), (900, 600))
    (found,) = remarks(own, 25, "Mark", [NEXT], [away, built])
    assert (found.what, found.town, round(found.size)) == ("outside", built, 150)
    # 150 m by 100 m of it.
    assert to_metres(found.where).area == pytest.approx(15_000, abs=1)
    # Neither is more exact than that; and of other municipalities' towns nothing is said.
    assert remarks(own, 111, "Mark", [NEXT], [away, built]) == ()
    other = area(box(0, 0, 100, 100), "own", "Borås")
    assert remarks(own, 25, "Borås", [other], [built]) == ()


def test_crossings_are_told_at_their_places() -> None:
    # A bow tie: its edges cross in the middle.
    (found,) = crossings(
        Sketch((ring((0, 0), (100, 100), (100, 0), (0, 100)),), is_open=False)
    ).geoms
    assert _metres((found.x, found.y)) == (pytest.approx(50, abs=0.01), pytest.approx(50, abs=0.01))
    square = ring((0, 0), (100, 0), (100, 100), (0, 100))
    assert crossings(Sketch((square,), is_open=False)) is None
    assert crossings(Sketch((square,))) is None
    # A part of its own, and one inside; one that only meets in a corner; one across.
    assert crossings(Sketch((square, ring((40, 40), (60, 40), (60, 60))), is_open=False)) is None
    assert (
        crossings(Sketch((square, ring((100, 100), (120, 100), (120, 120))), is_open=False)) is None
    )
    assert (
        crossings(Sketch((square, ring((50, 50), (150, 50), (150, 60))), is_open=False)) is not None
    )
    # There and back on one line.
    spike = ((12.0, 57.0), (12.5, 57.0), (12.2, 57.0), (12.0, 57.4))
    assert crossings(Sketch((spike,), is_open=False)) is not None


# --- areas that lie apart ----------------------------------------------------------------------


def square(east_m: float, name: str, municipality: str = "Mark") -> Area:
    """Return a square kilometre so far east of the others' origin."""
    return area(box(east_m, 0, east_m + 1_000, 1_000), name, municipality)


def groups(*areas: Area, towns: tuple[Town, ...] = ()) -> list[tuple[str, list[str]]]:
    return [(name, [a.id for a in group]) for name, group in gathered(areas, towns)]


def test_areas_with_less_than_ten_kilometres_between_them_are_one_group() -> None:
    near, far = square(1_000 + FAR_M - 50, "near"), square(1_000 + FAR_M + 50, "far")
    first = square(0, "first")
    assert groups(first, near) == [("Mark", ["first", "near"])]
    assert groups(first, square(1_000 + FAR_M + 50, "far", "Borås")) == [
        ("Mark", ["first"]),
        ("Borås", ["far"]),
    ]
    # What lies in between joins them.
    between = square(5_000, "between")
    assert groups(first, far, between) == [("Mark", ["first", "far", "between"])]


def test_two_places_of_one_municipality_go_by_their_towns() -> None:
    first, far, farther = square(0, "first"), square(30_000, "far"), square(60_000, "farther")
    towns = (
        Town("Kinna", "Mark", first.outline, 40, 2023),
        Town("Sätila", "Mark", far.outline, 40, 2023),
    )
    assert groups(first, far, farther, towns=towns) == [
        ("Kinna", ["first"]),
        ("Sätila", ["far"]),
        (farther.name, ["farther"]),
    ]
    assert groups(first, towns=towns) == [("Mark", ["first"])]
    assert groups() == []
