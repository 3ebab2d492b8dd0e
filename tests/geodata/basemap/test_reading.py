"""From a file to what there is to draw: kinds, holes, names, edges of an extract; kept and read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from geodata.basemap.kinds import (
    AREAS,
    FETCHED,
    BaseMap,
    Kind,
    Shapes,
    area_kind,
    line_kind,
    shapes_from,
    to_degrees,
)
from geodata.basemap.reading import (
    code_from,
    derived_file,
    from_paths,
    name_from,
    read_base_map,
    read_osm,
    told_day,
    write_base_map,
)
from geodata.errors import StreetsError

from .village import Village, place, square, village

DAY = date(2026, 11, 1)


@pytest.fixture
def base(tmp_path: Path) -> BaseMap:
    return read_osm(village().write(tmp_path / "village.osm"), DAY)


def polygons(shapes: Shapes) -> shapely.MultiPolygon:
    """Return shapes as shapely knows them, in degrees."""
    found = []
    for first, last in zip(shapes.starts, shapes.starts[1:], strict=False):
        rings = [
            to_degrees(shapes.xy[shapes.rings[at] : shapes.rings[at + 1]])
            for at in range(first, last)
        ]
        found.append(shapely.Polygon(rings[0], rings[1:]))
    return shapely.MultiPolygon(found)


def steps(shape: shapely.MultiPolygon) -> float:
    """Return an area in steps of the village."""
    return float(shape.area / (0.0002 * 0.0001))


@pytest.mark.parametrize(
    ("tags", "line", "area"),
    [
        ({"highway": "residential"}, Kind.STREET, None),
        ({"highway": "steps"}, Kind.PATH, None),
        ({"highway": "primary_link"}, Kind.MAIN, None),
        ({"highway": "pedestrian", "area": "yes"}, None, Kind.SQUARE),
        ({"highway": "proposed"}, None, None),
        ({"railway": "rail", "tunnel": "yes"}, None, None),
        ({"waterway": "stream", "tunnel": "culvert"}, None, None),
        ({"building": "no"}, None, None),
        ({"building": "garage", "landuse": "grass"}, None, Kind.BUILDING),
        ({"natural": "water"}, None, Kind.WATER),
        ({"landuse": "industrial"}, None, None),
        ({"landuse": "residential"}, None, Kind.BUILT),
        ({"landuse": "residential", "building": "yes"}, None, Kind.BUILDING),
        ({"leisure": "park"}, None, Kind.GREEN),
    ],
)
def test_tags_say_what_a_thing_is_drawn_as(
    tags: Mapping[str, str], line: Kind | None, area: Kind | None
) -> None:
    assert (line_kind(tags), area_kind(tags)) == (line, area)


def test_every_kind_that_is_filled_can_be_fetched_or_is_a_street() -> None:
    found = {
        area_kind({key: value, "area": "yes"})
        for key, values in FETCHED.items()
        for value in (*values, "yes")
    }
    assert found >= AREAS - {Kind.SQUARE}


def test_a_house_has_its_yard_open(base: BaseMap) -> None:
    assert steps(polygons(base.of(Kind.BUILDING))) == pytest.approx(12 * 12 - 6 * 6, rel=1e-6)
    assert not polygons(base.of(Kind.BUILDING)).intersects(shapely.Point(place(8, 11)))


def test_each_kind_is_where_it_is_in_the_file(base: BaseMap) -> None:
    assert set(base.shapes) == {Kind.BUILDING, Kind.WATER, Kind.WOOD, Kind.STREET, Kind.PATH}
    assert steps(polygons(base.of(Kind.WATER))) == pytest.approx(100, rel=1e-6)
    street = to_degrees(base.of(Kind.STREET).xy)
    assert street == pytest.approx(np.array([place(0, 0), place(20, 0), place(40, 0)]), abs=1e-7)
    assert base.data_date == DAY
    assert [(one.name, one.rank) for one in base.places] == [("Byn", 4)]


def test_a_road_that_is_signposted_has_its_number(tmp_path: Path) -> None:
    made = village()
    made.way([(0, 50), (9, 50)], highway="primary", ref="40", name="Göteborgsvägen")
    made.way([(9, 50), (19, 50)], highway="primary", ref="40")
    made.way([(0, 60), (9, 60)], highway="tertiary", ref="1704")
    made.way([(0, 70), (9, 70)], highway="residential", ref="3")
    path = tmp_path / "kept.npz"
    read = read_osm(made.write(tmp_path / "roads.osm"))
    write_base_map(path, read, "a")
    for base in (read, read_base_map(path, "a")):
        assert base is not None
        assert dict(zip(base.codes, base.code_kinds, strict=True)) == {
            "40": Kind.MAIN,
            "1704": Kind.COLLECTOR,
        }
        assert sorted(np.diff(base.coded.rings).tolist()) == [2, 3]


def test_a_street_drawn_in_parts_has_its_name_once(tmp_path: Path) -> None:
    made = Village()
    made.way([(0, 0), (5, 0)], highway="residential", name="Storgatan")
    made.way([(9, 0), (5, 0)], highway="residential", name="Storgatan")
    base = read_osm(made.write(tmp_path / "two.osm"))
    assert base.names == ("Storgatan",)
    assert len(base.named.xy) == 3


def test_a_way_cut_by_the_extract_ends_there_and_an_outline_is_left_out(tmp_path: Path) -> None:
    made = Village()
    made.way([(0, 0), (1, 0), (2, 0), (3, 0), (4, 0)], highway="path")
    made.way(square(10, 10, 4), building="yes")
    made.missing = {(2, 0), (14, 14)}
    base = read_osm(made.write(tmp_path / "cut.osm"))
    assert len(base.of(Kind.PATH)) == 2
    assert len(base.of(Kind.BUILDING)) == 0


def test_the_land_holds_streets_and_houses_and_not_the_whole_sea(tmp_path: Path) -> None:
    made = village()
    made.way(square(0, 400, 4_000), natural="water")
    base = read_osm(made.write(tmp_path / "sea.osm"))
    land = polygons(base.land)
    assert all(land.contains(shapely.Point(place(*at))) for at in ((0, 0), (40, 0), (8, 6)))
    assert not land.contains(shapely.Point(place(2_000, 2_000)))


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"name": "Katugatan"}, "Katugatan"),
        ({"name": "Turku", "name:sv": "Åbo"}, "Åbo"),
        ({"name": " Stora \n gatan "}, "Stora gatan"),
        ({"name": "x" * 41}, ""),
        ({"name": "a\u202eb"}, ""),
        ({}, ""),
    ],
)
def test_a_name_is_as_it_is_read_on_a_map(tags: Mapping[str, str], name: str) -> None:
    assert name_from(tags) == name


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("40", "40"),
        ("E 20;40", "E 20, 40"),
        (" 27 ;\n; ", "27"),
        ("1" * 15, ""),
        ("4\u202e0", ""),
        (None, ""),
    ],
)
def test_a_roads_number_is_as_it_is_read_on_a_plate(value: str | None, code: str) -> None:
    assert code_from(value) == code


def test_too_much_to_draw_is_told(tmp_path: Path) -> None:
    with pytest.raises(StreetsError) as caught:
        read_osm(village().write(tmp_path / "village.osm"), positions=5)
    assert caught.value.key == "streets.map_too_large"


def test_a_file_that_breaks_off_is_told(tmp_path: Path) -> None:
    path = village().write(tmp_path / "village.osm")
    path.write_text(path.read_text(encoding="utf-8")[:900], encoding="utf-8")
    with pytest.raises(StreetsError) as caught:
        read_osm(path)
    assert caught.value.key == "streets.map_broken"


def test_a_file_in_no_order_is_the_same_map(base: BaseMap, tmp_path: Path) -> None:
    path = village().write(tmp_path / "village.osm")
    text = path.read_text(encoding="utf-8")
    nodes = re.findall(r"<node [^>]*(?:/>|[^/]>.*?</node>)", text)
    ways = re.findall(r"<way .*?</way>", text)
    relations = re.findall(r"<relation .*?</relation>", text)
    parts = "".join([*reversed(relations), *reversed(ways), *reversed(nodes)])
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{parts}</osm>', encoding="utf-8")
    again = read_osm(path)
    for kind, shapes in base.shapes.items():
        assert sorted(again.of(kind).xy.tolist()) == sorted(shapes.xy.tolist())


def test_bare_paths_are_a_map_too() -> None:
    along = np.array([place(0, 0), place(10, 0), place(0, 5), place(5, 5), place(9, 9)])
    base = from_paths(along, np.array([0, 2, 5]), DAY)
    assert len(base.of(Kind.STREET)) == 2
    assert polygons(base.land).contains(shapely.MultiPoint(along))


# --- chosen, simplified --------------------------------------------------------------------------


def test_shapes_are_chosen_by_box_and_size() -> None:
    boxes = [shapely.box(0.1 * at, 0, 0.1 * at + 0.01 * (at + 1), 0.01) for at in range(5)]
    shapes = shapes_from(boxes)
    assert shapes.within((0.1, 0, 0.32, 0.5)).tolist() == [1, 2, 3]
    assert shapes.within((0, 0, 1, 1), 0.025).tolist() == [2, 3, 4]
    taken = shapes.taken(np.array([4, 1]))
    assert taken.bounds[:, 0] == pytest.approx([0.4, 0.1])
    assert len(taken.xy) == 10


def test_simpler_shapes_stay_near_and_keep_their_holes() -> None:
    around = shapely.Point(0.5, 0.5).buffer(0.1, quad_segs=64)
    ring = around.difference(shapely.Point(0.5, 0.5).buffer(0.05, quad_segs=64))
    simple = shapes_from([ring]).simpler(0.001)
    assert len(simple.xy) < 60
    assert len(simple.rings) == 3
    again = shapely.Polygon(*[simple.xy[a:b] for a, b in ((0, simple.rings[1]),)])
    assert again.symmetric_difference(around).area < 0.001 * around.length


# --- kept ----------------------------------------------------------------------------------------


def test_a_kept_map_is_the_same_map(base: BaseMap, tmp_path: Path) -> None:
    path = derived_file(tmp_path / "kept", "d" * 64)
    write_base_map(path, base, "d" * 64)
    again = read_base_map(path, "d" * 64)
    assert again is not None
    assert list(again.shapes) == list(base.shapes)
    for kind, shapes in base.shapes.items():
        assert np.abs(again.of(kind).xy - shapes.xy).max() <= 2**-32
        assert again.of(kind).rings.tolist() == shapes.rings.tolist()
    assert (again.names, again.name_kinds, again.places, again.data_date) == (
        base.names,
        base.name_kinds,
        base.places,
        base.data_date,
    )
    assert told_day(path) == DAY


def test_a_damaged_or_foreign_file_is_no_map(base: BaseMap, tmp_path: Path) -> None:
    path = tmp_path / "map.npz"
    assert read_base_map(path, "a") is None
    assert told_day(path) is None
    write_base_map(path, base, "a")
    assert read_base_map(path, "b") is None
    whole = path.read_bytes()
    for cut in (10, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:cut])
        assert read_base_map(path, "a") is None


def test_a_map_that_can_not_be_written_is_told(base: BaseMap, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(StreetsError) as caught:
        write_base_map(tmp_path / "taken" / "map.npz", base, "a")
    assert caught.value.key == "streets.not_written"
