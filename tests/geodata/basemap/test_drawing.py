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

from geodata.basemap.drawing import Painter
from geodata.basemap.kinds import AREAS, LINES, BaseMap, Kind
from geodata.basemap.labels import Label, Labels
from geodata.basemap.reading import read_osm
from geodata.basemap.shapes import TILE_PX, Box, tile_bounds, to_world
from geodata.basemap.style import LOOKS, THEMES, WIDTH_PX, Theme, rgb, width_at

from .village import Village, place, village

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


@pytest.mark.parametrize("z", [13, 16, 17])
def test_tiles_side_by_side_are_one_picture_names_and_all(real: BaseMap, z: int) -> None:
    painter = Painter(real)
    x, y, *_ = tile_of(26.95, 60.53, z)
    (west, north, *_), (*_, east, south) = tile_bounds(z, x, y), tile_bounds(z, x + 1, y + 1)
    whole = pixels(painter.picture((west, north, east, south), z, 2 * TILE_PX))
    parts = mosaic(painter, z, x, y, 2)
    apart = np.abs(whole.astype(int) - parts.astype(int)).max(axis=2)
    # Dashes begin anew where Agg cuts a line at a picture's edge.
    assert (apart > 60).mean() < 0.002
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
    assert contrast(look.place_name, look.land) >= 3.0
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
