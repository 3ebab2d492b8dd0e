"""Web maps' tiles: the numbering that every web map has, and positions on its square world.

Tile (z, x, y) is one of 2^z × 2^z squares, counted from the north-west (OpenStreetMap wiki:
"Slippy map tilenames"). Here the whole world is a square with sides of 1; metres are never taken
from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE_PX: Final = 256
"""A tile's side in pixels, on a screen where a pixel is one."""

EDGE_DEG: Final = 85.0511287798066
"""Where the square world ends, north and south: atan(sinh(π))."""


def to_world(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return positions on the square world."""
    lat = np.radians(np.clip(degrees[:, 1], -EDGE_DEG, EDGE_DEG))
    return np.column_stack([degrees[:, 0] / 360 + 0.5, 0.5 - np.arcsinh(np.tan(lat)) / (2 * np.pi)])


def to_degrees(world: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return longitudes and latitudes of positions on the square world."""
    lat = np.degrees(np.arctan(np.sinh((0.5 - world[:, 1]) * 2 * np.pi)))
    return np.column_stack([(world[:, 0] - 0.5) * 360, lat])


def tile_bounds(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """Return a tile's west, north, east and south on the square world."""
    count = 1 << z
    return x / count, y / count, (x + 1) / count, (y + 1) / count


def is_tile(z: int, x: int, y: int) -> bool:
    """Tell whether there is such a tile."""
    return 0 <= x < 1 << z and 0 <= y < 1 << z if 0 <= z <= 30 else False
