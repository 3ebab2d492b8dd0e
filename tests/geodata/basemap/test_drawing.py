"""Tiles: the right colour at a known place, the same picture in one piece or in many, names."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from PIL import Image

from geodata.basemap.drawing import LOOKS, THEMES, WIDTH_PX, Painter, Theme, rgb, width_at
from geodata.basemap.kinds import (
    AREAS,
    LINES,
    TILE_PX,
    BaseMap,
    Box,
    Kind,
    Shapes,
    tile_bounds,
    to_degrees,
    to_world,
)
from geodata.basemap.labels import Label, Labels
from geodata.basemap.reading import read_base_map, read_osm, write_base_map

from .village import SOUTH, WEST, Village, place, square, village

EXCERPT = Path(__file__).parents[1] / "planning" / "streets-excerpt.osm.pbf"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseMap:
    return read_osm(village().write(tmp_path_factory.mktemp("village") / "village.osm"))


@pytest.fixture(scope="module")
def real() -> BaseMap:
    return read_osm(EXCERPT)


def pixels(png: bytes) -> NDArray[np.uint8]:
    image = Image.open(io.BytesIO(png))
    assert image.mode == "RGBA"
    return np.asarray(image)


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int, int, int]:
    """Return a place's tile, and the column and row of its pixel there."""
    x, y = (to_world(np.array([[lon, lat]]))[0] * (1 << z)).tolist()
    return int(x), int(y), int(x % 1 * TILE_PX), int(y % 1 * TILE_PX)


def colour_at(painter: Painter, at: tuple[float, float], theme: Theme, z: int = 18) -> str:
    x, y, column, row = tile_of(*place(*at), z)
    found = pixels(painter.tile(z, x, y, theme))[row, column]
    assert found[3] == 255
    return "#" + bytes(found[:3].tolist()).hex()


@pytest.mark.parametrize("theme", THEMES)
def test_a_known_place_has_its_kinds_colour(base: BaseMap, theme: Theme) -> None:
    painter, look = Painter(base), LOOKS[theme]
    assert colour_at(painter, (3, 6), theme) == look.fill[Kind.BUILDING]
    assert colour_at(painter, (8, 11), theme) == look.land, "the yard is open"
    assert colour_at(painter, (29, 10), theme) == look.fill[Kind.WATER]
    assert colour_at(painter, (29, 23), theme) == look.fill[Kind.WOOD]
    assert colour_at(painter, (1, 0), theme) == look.fill[Kind.STREET]
    assert colour_at(painter, (16, 25), theme) == look.land


@pytest.mark.parametrize("theme", THEMES)
def test_built_up_ground_lies_beneath_all_else(tmp_path: Path, theme: Theme) -> None:
    made = village()
    made.way(square(-5, -5, 60), landuse="residential")
    painter = Painter(read_osm(made.write(tmp_path / "built.osm")))
    look = LOOKS[theme]
    assert len({look.land, *(look.fill[kind] for kind in AREAS)}) == 1 + len(AREAS)
    assert colour_at(painter, (16, 25), theme) == look.fill[Kind.BUILT]
    assert colour_at(painter, (3, 6), theme) == look.fill[Kind.BUILDING]
    assert colour_at(painter, (29, 10), theme) == look.fill[Kind.WATER]
    assert colour_at(painter, (29, 23), theme) == look.fill[Kind.WOOD]
    assert colour_at(painter, (1, 0), theme) == look.fill[Kind.STREET]


def test_finer_screens_have_the_same_picture_with_four_times_the_pixels(base: BaseMap) -> None:
    painter = Painter(base)
    x, y, column, row = tile_of(*place(3, 6), 18)
    plain, fine = (pixels(painter.tile(18, x, y, "light", scale)) for scale in (1, 2))
    assert fine.shape == (512, 512, 4)
    assert (fine[2 * row, 2 * column] == plain[row, column]).all()


def test_outside_of_the_data_nothing_is_drawn(base: BaseMap) -> None:
    painter = Painter(base)
    x, y, *_ = tile_of(*place(0, 0), 15)
    assert painter.holds(15, x, y)
    assert not painter.holds(15, x + 5, y)
    assert not painter.holds(3, 4, 2)
    assert not painter.holds(21, x << 6, y << 6)
    assert not Painter(BaseMap({})).holds(15, x, y)
    assert pixels(painter.tile(15, x + 5, y))[..., 3].max() == 0


def mosaic(painter: Painter, z: int, x: int, y: int, count: int) -> NDArray[np.uint8]:
    rows = [
        np.hstack([pixels(painter.tile(z, x + i, y + j)) for i in range(count)])
        for j in range(count)
    ]
    return np.vstack(rows)


@pytest.mark.parametrize("z", [13, 15, 17, 18])
def test_tiles_side_by_side_are_one_picture_names_and_all(real: BaseMap, z: int) -> None:
    assert_one_picture(real, z, *tile_of(26.95, 60.53, z)[:2])


def test_plates_and_numbers_run_from_tile_to_tile(tmp_path: Path) -> None:
    made = Village()
    for row in range(20):
        # Plates are number 4 of the points 50 pixels apart, 1.3 steps: they cross every edge.
        made.way([(row * 0.7, row), (row * 0.7 + 12, row)], highway="primary", ref=f"E {row}")
        for column in range(20):
            made.locality((column + 0.4, row + 0.5), addr__housenumber=f"{row}{column}")
    base = read_osm(made.write(tmp_path / "plates.osm"))
    found = labels_of(base, 18)
    assert sum(one.what == "road" for one in found) == 20
    assert sum(one.what == "number" for one in found) > 200
    # A plate is some 300 pixels: none is cut by a tile's edge, nor a number left out.
    assert_one_picture(base, 18, *tile_of(*place(8, 10), 18)[:2], differing=100)


def assert_one_picture(base: BaseMap, z: int, x: int, y: int, differing: int = 524) -> None:
    painter = Painter(base)
    (west, north, *_), (*_, east, south) = tile_bounds(z, x, y), tile_bounds(z, x + 1, y + 1)
    whole = pixels(painter.picture((west, north, east, south), z, 2 * TILE_PX))
    parts = mosaic(painter, z, x, y, 2)
    apart = np.abs(whole.astype(int) - parts.astype(int)).max(axis=2)
    # Dashes begin anew where Agg cuts a line at a picture's edge.
    assert (apart > 60).sum() < differing
    assert (apart > 8).mean() < 0.02


def test_far_out_it_is_drawn_from_less_and_still_there(real: BaseMap) -> None:
    painter = Painter(real)
    x, y, *_ = tile_of(26.95, 60.53, 11)
    assert len(np.unique(pixels(painter.tile(11, x, y)).reshape(-1, 4), axis=0)) > 10


def test_lines_grow_with_the_zoom_and_every_kind_has_its_look() -> None:
    assert WIDTH_PX.keys() == LINES
    for look in LOOKS.values():
        assert look.fill.keys() == set(Kind)
        for colour in (look.land, *look.fill.values(), *look.edge.values(), *look.bare.values()):
            assert all(0 <= part <= 1 for part in rgb(colour))
    for kind in LINES:
        widths = [width_at(kind, zoom) for zoom in range(21)]
        assert widths == sorted(widths)
        assert widths[20] > 0
    assert rgb("#ff0080") == (1.0, 0.0, 128 / 255)


@pytest.mark.parametrize("theme", THEMES)
def test_names_can_be_read_on_the_streets_and_the_map_is_pale(theme: Theme) -> None:
    def light(colour: str) -> float:
        # Relative luminance, WCAG 2.1.
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
        return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))

    def contrast(one: str, other: str) -> float:
        low, high = sorted((light(one), light(other)))
        return (high + 0.05) / (low + 0.05)

    look = LOOKS[theme]
    assert contrast(look.street_name, look.fill[Kind.STREET]) >= 4.0
    assert contrast(look.street_name, look.fill[Kind.BUILDING]) >= 4.0
    assert contrast(look.place_name, look.land) >= 3.0
    assert contrast(look.water_name, look.fill[Kind.WATER]) >= 3.0
    for kind in AREAS:
        assert contrast(look.fill[kind], look.land) < 1.5, "it would drown what lies on top"


# --- names ---------------------------------------------------------------------------------------


def labels_of(base: BaseMap, zoom: int) -> list[Label]:
    west, north, east, south = base.bounds or (0, 0, 0, 0)
    return Labels(base, zoom).within((west, north, east, south), 0.0)


def test_names_follow_their_streets_and_none_stands_on_its_head(real: BaseMap) -> None:
    scale = TILE_PX << 17
    found = [one for one in labels_of(real, 17) if one.what == "street"]
    assert len(found) > 20
    for label in found:
        lines = [
            shapely.LineString(real.named.xy[real.named.rings[at] : real.named.rings[at + 1]])
            for at, name in enumerate(real.names)
            if name == label.text
        ]
        letters = shapely.points(label.xy)
        near = np.min([shapely.distance(letters, line) for line in lines], axis=0)
        assert near.max() * scale < 1e-3
        assert np.cos(label.angle[len(label.text) // 2]) >= -1e-9
        assert len(label.text) == len(label.xy)


def test_no_name_stands_on_another(real: BaseMap) -> None:
    scale = TILE_PX << 16
    found = labels_of(real, 16)
    for at, label in enumerate(found):
        others = np.concatenate([other.xy for other in found[:at]] or [np.full((1, 2), 9.0)])
        apart = np.hypot(*(label.xy[:, None] - others[None]).T) * scale
        assert apart.min() > 6.0


def test_a_name_needs_room_on_its_street(tmp_path: Path) -> None:
    made = Village()
    made.way([(0, 0), (40, 0)], highway="residential", name="Storgatan")
    made.way([(0, 10), (2, 10)], highway="residential", name="Mycket korta gränden")
    made.way([(0, 20), (40, 20)], highway="residential", name="Gatan 字")
    made.locality((20, 30), place="village", name="Byn")
    base = read_osm(made.write(tmp_path / "short.osm"))
    # The font has no such sign as the third's: a name with a hole in it is none.
    assert {one.text for one in labels_of(base, 16)} == {"Storgatan", "Byn"}
    assert {one.text for one in labels_of(base, 13)} == {"Byn"}


def middle_of(label: Label) -> shapely.Point:
    """Return where a label's middle is, in steps of the village."""
    lon, lat = to_degrees((label.xy[:1] + label.xy[-1:]) / 2)[0].tolist()
    return shapely.Point((lon - WEST) / 0.0002, (lat - SOUTH) / 0.0001)


def test_a_lakes_name_stands_on_its_water_once_it_has_room(tmp_path: Path) -> None:
    made = village()
    made.multipolygon(square(0, 50, 30), square(10, 60, 10), natural="water", name="Ösjön")
    base = read_osm(made.write(tmp_path / "lake.osm"))
    (label,) = (one for one in labels_of(base, 16) if one.what == "water")
    assert label.text == "Ösjön"
    lake = shapely.Polygon(square(0, 50, 30), [square(10, 60, 10)])
    assert lake.contains(middle_of(label))
    # 30 steps are 0.006 degrees: 0.006 * 256 * 2**11 / 360 = 9 pixels at zoom 11, 279 at zoom 16.
    assert "Ösjön" not in {one.text for one in labels_of(base, 11)}


def test_a_district_has_its_name_once_by_point_or_by_outline(tmp_path: Path) -> None:
    made = village()
    made.locality((80, 50), place="suburb", name="Norrby")
    made.way(square(0, 40, 100), place="suburb", name="Norrby")
    made.way(square(300, 40, 60), place="quarter", name="Hulta", landuse="residential")
    made.way(square(300, 140, 60), place="village", name="Stan")
    made.way([(300, 30), (300, 200)], highway="residential")
    base = read_osm(made.write(tmp_path / "districts.osm"))
    found = [one for one in labels_of(base, 14) if one.what == "place"]
    assert {one.text for one in found} == {"Byn", "Norrby", "Hulta"}
    where = {one.text: middle_of(one) for one in found}
    assert len(found) == len(where)
    # The width of the letters decides where the middle of the first and last is: within a pixel,
    # and a pixel at zoom 14 is 360 / 256 / 2**14 / 0.0002 = 0.43 steps.
    assert where["Norrby"].distance(shapely.Point(80, 50)) < 0.43
    assert shapely.box(300, 40, 360, 100).contains(where["Hulta"])
    assert not [one for one in labels_of(base, 11) if one.text in where]


def test_a_rivers_name_runs_along_it_where_it_is_straight(tmp_path: Path) -> None:
    made = village()
    made.way([(0, 50), (60, 50)], waterway="river", name="Viskan")
    made.way(
        [(0, 49), (60, 49), (60, 51), (0, 51), (0, 49)],
        natural="water",
        water="river",
        name="Viskan",
    )
    made.way(
        [(2 * at, 60 + 3 * (at % 2)) for at in range(30)], waterway="stream", name="Krokbäcken"
    )
    base = read_osm(made.write(tmp_path / "river.osm"))
    found = [one for one in labels_of(base, 15) if one.what == "water"]
    assert [one.text for one in found] == ["Viskan"]
    river = to_world(np.array([place(30, 50)]))[0, 1]
    assert found[0].xy[:, 1] == pytest.approx(np.full(6, river), abs=1e-12)
    assert found[0].angle == pytest.approx(np.zeros(6))


def test_a_roads_number_comes_again_along_it_but_not_for_its_other_lanes(tmp_path: Path) -> None:
    made = village()
    # 0.16 degrees are 0.16 * 256 * 2**15 / 360 = 3728 pixels at zoom 15: 74 points, of which
    # number 4, 12, 20 … 68 have a plate.
    made.way([(0, 50), (400, 50), (800, 50)], highway="primary", ref="27;40")
    made.way([(800, 54), (0, 54)], highway="primary", ref="27;40")
    made.way([(0, 90), (80, 90)], highway="residential", ref="1")
    base = read_osm(made.write(tmp_path / "roads.osm"))
    found = [one for one in labels_of(base, 15) if one.what == "road"]
    assert [one.text for one in found] == ["27, 40"] * 9
    west, road = to_world(np.array([place(0, 50)]))[0]
    pixels_east = [(one.xy[[0, -1], 0].mean() - west) * (TILE_PX << 15) for one in found]
    expected = [(number + 0.5) * 3728.3 / 74 for number in range(4, 74, 8)]
    assert sorted(pixels_east) == pytest.approx(expected, abs=2)
    assert np.concatenate([one.xy[:, 1] for one in found]) == pytest.approx(road, abs=1e-12)
    assert not [one for one in labels_of(base, 8) if one.what == "road"]


def test_houses_have_their_numbers_close_by_only(tmp_path: Path) -> None:
    made = village()
    house = {"addr__housenumber": "12", "addr__street": "Storgatan"}
    made.way(square(0, 50, 4), building="yes", **house)
    made.locality((3, 51), shop="bakery", **house)
    made.locality((1, 72), addr__housenumber="14 A;B", addr__street="Storgatan")
    made.locality((1, 90), addr__housenumber="14\u202e", addr__street="Storgatan")
    made.way(square(20, 50, 4), building="yes", addr__housenumber="12", addr__street="Lillgatan")
    # Whose street nobody told may be any two houses.
    made.locality((10, 72), addr__housenumber="3")
    made.locality((14, 72), addr__housenumber="3")
    path = tmp_path / "kept.npz"
    write_base_map(path, read_osm(made.write(tmp_path / "houses.osm")), "a")
    base = read_base_map(path, "a")
    assert base is not None
    assert not [one for one in labels_of(base, 17) if one.what == "number"]
    for zoom in (18, 20):
        found = {
            (one.text, round(middle_of(one).x), round(middle_of(one).y)): one
            for one in labels_of(base, zoom)
            if one.what == "number"
        }
        twelves, threes = {("12", 3, 51), ("12", 22, 52)}, {("3", 10, 72), ("3", 14, 72)}
        assert found.keys() == {("14 A, B", 1, 72)} | twelves | threes
        # The font's figures are all 0.636 of its size wide.
        two = found["12", 22, 52].xy[:, 0] * (TILE_PX << zoom)
        assert np.diff(two) == pytest.approx(0.636 * found["12", 22, 52].size_px, rel=0.01)


def test_any_number_of_houses_in_one_place_are_as_many_as_there_is_room_for() -> None:
    at = np.full((20_000, 2), 0.5)
    many = BaseMap({}, numbers=("1",) * len(at), houses=at)
    assert len(Labels(many, 18).within((0.4999, 0.4999, 0.5001, 0.5001), 0.0)) == 1


def test_a_road_back_and_forth_across_the_world_is_written_on_without_end_of_work() -> None:
    # 2,000 times across: 2**28 pixels each at zoom 20, a name for every 420 of them.
    xy = np.column_stack([np.tile([0.0, 1.0], 1_000), np.full(2_000, 0.5)])
    line = Shapes(xy, np.array([0, 2_000]), np.array([0, 1]))
    main = (Kind.MAIN,)
    base = BaseMap({}, ("Storgatan",), line, main, codes=("40",), coded=line, code_kinds=main)
    found = Labels(base, 20).within((0.5, 0.5, 0.50001, 0.50001), 0.0)
    assert len(found) < 20


def test_the_same_name_is_given_to_every_tile_it_runs_through(real: BaseMap) -> None:
    zoom, tiles = 17, Labels(real, 17)
    side = 1 / (1 << zoom)
    for label in labels_of(real, zoom)[:25]:
        for x, y in label.xy:
            column, row = int(x / side), int(y / side)
            box: Box = tile_bounds(zoom, column, row)
            given = [one for one in tiles.within(box, 0.0) if one.text == label.text]
            assert any(np.array_equal(one.xy, label.xy) for one in given)


def test_a_map_without_names_is_drawn(base: BaseMap) -> None:
    bare = replace(base, names=(), name_kinds=(), named=type(base.named)(*_nothing()), places=())
    x, y, *_ = tile_of(*place(3, 6), 17)
    assert pixels(Painter(bare).tile(17, x, y)).any()


def _nothing() -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    return np.empty((0, 2)), np.zeros(1, np.int64), np.zeros(1, np.int64)
