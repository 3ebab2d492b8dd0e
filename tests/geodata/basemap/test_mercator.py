"""Tiles' numbers and the square world, against answers worked elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.basemap.kinds import is_tile, tile_bounds, to_degrees, to_world

LON = st.floats(-180, 180)
LAT = st.floats(-85, 85)


def world(lon: float, lat: float) -> tuple[float, float]:
    x, y = to_world(np.array([[lon, lat]]))[0].tolist()
    return x, y


# From the documentation of the package mercantile: tile (-105, 40) at zoom 5, and the bounds of
# tile 486/332 at zoom 10.
def test_a_known_place_is_in_its_known_tile() -> None:
    x, y = world(-105.0, 40.0)
    assert (int(x * 32), int(y * 32)) == (6, 12)


def test_a_known_tile_has_its_known_bounds() -> None:
    west, north, east, south = tile_bounds(10, 486, 332)
    found = to_degrees(np.array([[west, south], [east, north]]))
    assert found.ravel() == pytest.approx(
        [-9.140625, 53.12040528310657, -8.7890625, 53.33087298301705], abs=1e-9
    )


@given(LON, LAT, st.integers(0, 20))
def test_tiles_are_numbered_as_openstreetmap_numbers_them(lon: float, lat: float, z: int) -> None:
    # The wiki's own formula ("Slippy map tilenames"), one place at a time.
    count = 2**z
    rows = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * count
    columns = (lon + 180) / 360 * count
    x, y = world(lon, lat)
    assert x * count == pytest.approx(columns, abs=1e-6)
    assert y * count == pytest.approx(rows, abs=1e-6)


@given(LON, LAT)
def test_there_and_back_is_the_same_place(lon: float, lat: float) -> None:
    assert to_degrees(np.array([world(lon, lat)]))[0] == pytest.approx([lon, lat], abs=1e-9)


def test_what_lies_beyond_the_square_world_is_put_at_its_edge() -> None:
    assert world(0, 90)[1] == pytest.approx(0, abs=1e-9)
    assert world(0, -90)[1] == pytest.approx(1, abs=1e-9)


def test_a_tile_outside_of_its_level_is_none() -> None:
    assert is_tile(0, 0, 0)
    assert is_tile(3, 7, 7)
    for z, x, y in ((3, 8, 0), (3, 0, 8), (3, -1, 0), (-1, 0, 0), (99, 0, 0)):
        assert not is_tile(z, x, y)
