"""Places in the tiles' world; many lines or outlines as three arrays: quick to keep and draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry


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


Box = tuple[float, float, float, float]
"""West, north, east, south on the square world."""


@dataclass(frozen=True, eq=False)
class Shapes:
    """Lines, or outlines with their holes."""

    xy: NDArray[np.float64]
    rings: NDArray[np.int64]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        """Return how many shapes there are."""
        return len(self.starts) - 1

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """West, north, east, south of each shape."""
        if not len(self):
            return np.empty((0, 4))
        first = self.rings[self.starts[:-1]]
        low, high = (f.reduceat(self.xy, first, axis=0) for f in (np.minimum, np.maximum))
        found: NDArray[np.float64] = np.hstack([low, high])
        return found

    def within(self, box: Box, least: float = 0.0) -> NDArray[np.int64]:
        """Return which shapes may meet a box, and are at least so wide or high."""
        west, north, east, south = box
        b = self.bounds
        meets = (b[:, 0] <= east) & (b[:, 2] >= west) & (b[:, 1] <= south) & (b[:, 3] >= north)
        if least > 0:
            meets &= np.maximum(b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]) >= least
        return np.flatnonzero(meets)

    def taken(self, which: NDArray[np.int64]) -> Shapes:
        """Return some of the shapes."""
        rings = spans(self.starts[which], self.starts[which + 1])
        points = spans(self.rings[rings], self.rings[rings + 1])
        return Shapes(
            self.xy[points],
            _ends(self.rings[rings + 1] - self.rings[rings]),
            _ends(self.starts[which + 1] - self.starts[which]),
        )

    def simpler(self, tolerance: float) -> Shapes:
        """Return the shapes with fewer positions; a polygon keeps its holes."""
        if not len(self):
            return self
        lines = shapely.linestrings(self.xy, indices=np.repeat(*_numbered(self.rings)))
        parts = shapely.simplify(lines, tolerance, preserve_topology=False)
        xy = shapely.get_coordinates(parts)
        return Shapes(xy, _ends(np.asarray(shapely.get_num_coordinates(parts))), self.starts)


def spans(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers from each first to before each last, one span after the other."""
    counts = last - first
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    found: NDArray[np.int64] = np.arange(total) + np.repeat(first - (ends - counts), counts)
    return found


def _ends(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _numbered(starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.arange(len(starts) - 1), np.diff(starts)


def no_shapes() -> Shapes:
    """Return nothing."""
    return Shapes(np.empty((0, 2)), np.zeros(1, np.int64), np.zeros(1, np.int64))


def shapes_from(geometries: Sequence[BaseGeometry]) -> Shapes:
    """Return geometries as shapes, each part for itself."""
    parts = shapely.get_parts(np.asarray(geometries, dtype=object))
    parts = parts[~shapely.is_empty(parts)]
    if not len(parts):
        return no_shapes()
    if shapely.get_type_id(parts[0]) == shapely.GeometryType.POLYGON:
        # Holes run against their outline: by that they are left open when it is filled.
        parts = shapely.orient_polygons(parts)
        rings, owner = shapely.get_rings(parts, return_index=True)
    else:
        rings, owner = parts, np.arange(len(parts))
    return Shapes(
        shapely.get_coordinates(rings),
        _ends(np.asarray(shapely.get_num_coordinates(rings))),
        _ends(np.bincount(owner, minlength=len(parts))),
    )
