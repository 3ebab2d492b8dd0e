"""Records' areas answered anew: hand-worked cases, and laws held against a plain second answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point, Polygon, box

from geodata.analysis.outlines import Outlines, Reassignment, reassign
from geodata.model import Activity, Finding, FindingStatus, Precision

NOON = datetime(2018, 5, 3, 12, tzinfo=UTC)
WEST = box(12.90, 57.70, 12.92, 57.72)
EAST = box(12.92, 57.70, 12.94, 57.72)
WIDE_WEST = box(12.90, 57.70, 12.93, 57.72)
NARROW_EAST = box(12.93, 57.70, 12.94, 57.72)

OLD = Outlines.from_shapes({"west": WEST, "east": EAST})
NEW = Outlines.from_shapes({"west": WIDE_WEST, "east": NARROW_EAST})

IN_WEST, MOVED, IN_EAST, OUTSIDE = (
    Point(12.91, 57.71),
    Point(12.925, 57.71),
    Point(12.935, 57.71),
    Point(12.99, 57.71),
)


def activity(
    place: Point | LineString | MultiLineString | None, area_id: str | None, **values: object
) -> Activity:
    made = Activity("a", "foot_patrol", area_id, place, NOON, Precision.DAY, date(2018, 5, 3))
    return replace(made, **values)  # type: ignore[arg-type]


def finding(place: Point | None, area_id: str | None) -> Finding:
    day = date(2018, 5, 3)
    return Finding(
        "f", "w", area_id, place, "lighting", "", None, None, FindingStatus.OPEN, day, day
    )


@pytest.mark.parametrize("make", [activity, finding])
def test_what_lay_in_the_moved_strip_follows_the_outlines(make: object) -> None:
    record = make(MOVED, "east")  # type: ignore[operator]
    found = reassign([record], OLD, NEW)
    assert found.records == (replace(record, area_id="west"),)
    assert (found.asked, dict(found.moves), found.kept) == (1, {("east", "west"): 1}, 0)


@pytest.mark.parametrize(
    ("place", "area_id"), [(IN_WEST, "west"), (IN_EAST, "east"), (OUTSIDE, None), (OUTSIDE, "east")]
)
def test_what_lies_where_nothing_changed_stays(place: Point, area_id: str | None) -> None:
    assert reassign([activity(place, area_id)], OLD, NEW) == Reassignment(asked=1)


@pytest.mark.parametrize("area_id", ["north", None])
def test_what_somebody_placed_elsewhere_is_kept_and_told(area_id: str | None) -> None:
    assert reassign([activity(MOVED, area_id)], OLD, NEW) == Reassignment(asked=1, kept=1)


def test_what_somebody_had_put_where_the_new_outlines_put_it_is_right_already() -> None:
    assert reassign([activity(MOVED, "west")], OLD, NEW) == Reassignment(asked=1)


def test_walks_void_records_and_those_without_a_place_are_not_asked() -> None:
    left = [
        activity(MOVED, "east", walk_id="w"),
        activity(MOVED, "east", void=True),
        replace(finding(MOVED, "east"), void=True),
        activity(None, "east"),
        finding(None, "east"),
    ]
    assert reassign(left, OLD, NEW) == Reassignment()


def test_a_new_area_takes_what_lay_in_none_and_a_lost_one_leaves_none() -> None:
    more = Outlines.from_shapes({"west": WEST, "east": EAST, "far": OUTSIDE.buffer(0.001)})
    assert reassign([activity(OUTSIDE, None)], OLD, more).moves == {(None, "far"): 1}
    assert reassign([activity(OUTSIDE, "far")], more, OLD).moves == {("far", None): 1}


def test_a_line_is_asked_about_half_way() -> None:
    # Begins in the west and ends far in the east; its middle is in the strip that moved.
    line = LineString([(12.912, 57.71), (12.938, 57.71)])
    for place in (line, MultiLineString([line])):
        found = reassign([activity(place, "east")], OLD, NEW)
        assert dict(found.moves) == {("east", "west"): 1}


def test_no_outlines_and_no_records() -> None:
    nothing = Outlines.from_shapes({})
    assert reassign([], OLD, NEW) == reassign([], nothing, nothing) == Reassignment()
    assert reassign([activity(MOVED, "east")], OLD, nothing).moves == {("east", None): 1}


# --- laws ----------------------------------------------------------------------------------------

EDGES = st.integers(0, 8)
NAMES = ("a", "b", "c")


@st.composite
def rectangles(draw: st.DrawFn) -> Polygon:
    west, east = sorted(draw(st.tuples(EDGES, EDGES).filter(lambda pair: pair[0] != pair[1])))
    south, north = sorted(draw(st.tuples(EDGES, EDGES).filter(lambda pair: pair[0] != pair[1])))
    return box(12.9 + west / 100, 57.7 + south / 100, 12.9 + east / 100, 57.7 + north / 100)


SHAPES = st.dictionaries(st.sampled_from(NAMES), rectangles())
# Cells' inner points: never on a border, so that a plain "contains" is an independent answer.
PLACES = st.builds(
    lambda x, y: Point(12.9 + (x + 0.37) / 100, 57.7 + (y + 0.41) / 100), EDGES, EDGES
)
RECORDS = st.lists(st.builds(activity, PLACES, st.sampled_from((*NAMES, None))), max_size=12).map(
    lambda records: [replace(one, id=str(n)) for n, one in enumerate(records)]
)


@settings(max_examples=50)
@given(SHAPES, SHAPES, RECORDS)
def test_each_record_is_moved_exactly_by_the_rule(
    old: dict[str, Polygon], new: dict[str, Polygon], records: list[Activity]
) -> None:
    before, after = Outlines.from_shapes(old), Outlines.from_shapes(new)
    found = reassign(records, before, after)
    changed = {record.id: record for record in found.records}
    kept = 0
    for record in records:
        assert isinstance(record.place, Point)
        was, now = (
            outlines.locate(record.place.x, record.place.y).area_id for outlines in (before, after)
        )
        # Where at most one outline holds the point, nobody needs to decide how deep it lies.
        for shapes, answer in ((old, was), (new, now)):
            holding = [id_ for id_, shape in shapes.items() if shape.contains(record.place)]
            assert answer in holding if holding else answer is None
        if record.area_id == was != now:
            assert changed.pop(record.id) == replace(record, area_id=now)
        elif was != now and record.area_id not in (was, now):
            kept += 1
    assert changed == {}
    assert found.kept == kept
    assert found.asked == len(records)
    assert sum(found.moves.values()) == len(found.records)


@settings(max_examples=50)
@given(SHAPES, SHAPES, RECORDS)
def test_asking_again_changes_nothing(
    old: dict[str, Polygon], new: dict[str, Polygon], records: list[Activity]
) -> None:
    before, after = Outlines.from_shapes(old), Outlines.from_shapes(new)
    found = reassign(records, before, after)
    by_id = {record.id: record for record in found.records}
    again = reassign([by_id.get(record.id, record) for record in records], before, after)
    assert (again.records, again.kept) == ((), found.kept)


@settings(max_examples=50)
@given(SHAPES, RECORDS)
def test_the_same_outlines_change_nothing(
    shapes: dict[str, Polygon], records: list[Activity]
) -> None:
    outlines = Outlines.from_shapes(shapes)
    assert reassign(records, outlines, outlines) == Reassignment(asked=len(records))
