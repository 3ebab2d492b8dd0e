"""What is drawn of OpenStreetMap: which tags make a building, water, a path.

The groups follow OpenStreetMap's own account of its tags (wiki: "Map features"), put together to
few: a base map is looked past, not at. Many lines or outlines are three
arrays: quick to keep and draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np
import shapely
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
        b = self.bounds
        meets = meeting(b[:, :2], b[:, 2:], box)
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
        line = shapely.GeometryType.LINESTRING
        lines = shapely.from_ragged_array(line, self.xy, (self.rings,))
        simpler = shapely.simplify(lines, tolerance, preserve_topology=False)
        _, xy, (rings,) = shapely.to_ragged_array(simpler)
        return Shapes(xy, rings.astype(np.int64), self.starts)


def meeting(low: NDArray[np.float64], high: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    """Tell of each pair of north-western and south-eastern corners whether it meets a box."""
    west, north, east, south = box
    met: NDArray[np.bool_] = (
        (low[:, 0] <= east) & (high[:, 0] >= west) & (low[:, 1] <= south) & (high[:, 1] >= north)
    )
    return met


def spans(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers from each first to before each last, one span after the other."""
    counts = last - first
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    found: NDArray[np.int64] = np.arange(total) + np.repeat(first - (ends - counts), counts)
    return found


def _ends(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


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
    _, xy, (rings, *outlines) = shapely.to_ragged_array(parts)
    starts = outlines[0] if outlines else np.arange(len(rings))
    return Shapes(xy, rings.astype(np.int64), starts.astype(np.int64))


CELL: Final = 2e-5
"""Side of the cells that tell where there are data: about 420 m at Borås."""


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A village, a part of town, a lake: its name, rank (see `PLACES`) and place on the world.

    `room` is how wide the thing is, on the world; 0 for what has no edge to stay within.
    """

    name: str
    rank: int
    x: float
    y: float
    room: float = 0.0


@dataclass(frozen=True, eq=False)
class BaseMap:
    """What there is to draw."""

    # What stands on the ground; a kind that there is nothing of may be missing.
    shapes: Mapping[Kind, Shapes]
    # Of streets and paths, one for each shape of `named`, joined where they meet.
    names: tuple[str, ...] = ()
    named: Shapes = field(default_factory=no_shapes)
    # What kind each is.
    name_kinds: tuple[Kind, ...] = ()
    # Names at a point.
    places: tuple[NamedPlace, ...] = ()
    # Around what there are data of; outside nothing is known.
    land: Shapes = field(default_factory=no_shapes)
    data_date: date | None = None
    # Of roads that have a number, one for each shape of `coded`, joined where they meet.
    codes: tuple[str, ...] = ()
    coded: Shapes = field(default_factory=no_shapes)
    code_kinds: tuple[Kind, ...] = ()
    # Of houses, at `houses` on the world: shape (n, 2).
    numbers: tuple[str, ...] = ()
    houses: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    # The street of each, empty where it isn't told.
    house_streets: tuple[str, ...] = ()

    def of(self, kind: Kind) -> Shapes:
        """Return the shapes of a kind."""
        return self.shapes.get(kind) or no_shapes()

    @property
    def bounds(self) -> Box | None:
        """West, north, east and south of what there are data of; None for an empty map."""
        if not len(self.land):
            return None
        west, north = self.land.xy.min(axis=0).tolist()
        east, south = self.land.xy.max(axis=0).tolist()
        return west, north, east, south


def land_of(shapes: Mapping[Kind, Shapes]) -> Shapes:
    """Return what lies around streets and buildings, with round corners.

    A lake or a wood that an extract holds whole reaches far outside of what it holds of all else.
    """
    used = [found.xy for kind, found in shapes.items() if kind in LINES or kind is Kind.BUILDING]
    xy = np.concatenate(used) if used else np.empty((0, 2))
    if not len(xy):
        return no_shapes()
    cells = np.unique(np.floor(xy / CELL).astype(np.int64), axis=0) * CELL
    west, north = cells.T
    joined = shapely.union_all(shapely.box(west, north, west + CELL, north + CELL))
    # Out and in again: gaps of one cell are closed and corners are rounded.
    smooth = joined.buffer(1.5 * CELL, quad_segs=4).buffer(-CELL, quad_segs=4)
    return shapes_from([smooth.simplify(CELL / 50)])


class Kind(StrEnum):
    """A kind of thing on the map, in the order in which they are drawn."""

    BUILT = "built"
    GREEN = "green"
    WOOD = "wood"
    WATER = "water"
    SQUARE = "square"
    STREAM = "stream"
    BUILDING = "building"
    PATH = "path"
    SERVICE = "service"
    STREET = "street"
    COLLECTOR = "collector"
    MAIN = "main"
    RAIL = "rail"


AREAS: Final = frozenset(
    {Kind.BUILT, Kind.GREEN, Kind.WOOD, Kind.WATER, Kind.SQUARE, Kind.BUILDING}
)
"""Kinds that are filled; the others are lines."""

LINES: Final = frozenset(Kind) - AREAS

CODED: Final = frozenset({Kind.MAIN, Kind.COLLECTOR})
"""Kinds of road whose numbers are signposted."""


def _by_value(**values: str) -> Mapping[str, Kind]:
    """Return what kind each value of a tag is; a name is a kind's."""
    return {value: Kind(kind) for kind, several in values.items() for value in several.split()}


_LINE_TAGS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "highway": _by_value(
        main="motorway trunk primary motorway_link trunk_link primary_link",
        collector="secondary tertiary secondary_link tertiary_link",
        street="residential unclassified living_street road pedestrian busway bus_guideway",
        service="service",
        path="footway path cycleway steps track bridleway corridor",
    ),
    "railway": _by_value(rail="rail light_rail tram narrow_gauge subway"),
    "waterway": _by_value(stream="river stream canal ditch drain"),
}

_AREA_TAGS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "natural": _by_value(water="water", wood="wood scrub", green="grassland heath wetland"),
    "waterway": _by_value(water="riverbank dock"),
    "landuse": _by_value(
        built="residential",
        water="reservoir basin",
        wood="forest",
        green="grass meadow recreation_ground village_green cemetery allotments orchard flowerbed",
    ),
    "leisure": _by_value(
        green="park garden pitch playground golf_course nature_reserve dog_park common",
        water="swimming_pool",
    ),
    "amenity": _by_value(green="grave_yard"),
    "place": _by_value(square="square"),
    "highway": _by_value(square="pedestrian footway"),
    "man_made": _by_value(square="pier"),
}

PLACES: Final[Mapping[str, int]] = {
    "city": 0,
    "town": 1,
    "village": 2,
    "suburb": 3,
    "hamlet": 4,
    "neighbourhood": 5,
    "quarter": 5,
}
"""Values of ``place`` whose names stand on the map, by rank: the lower, the farther out."""

DISTRICTS: Final = frozenset({"suburb", "quarter", "neighbourhood"})
"""Those that may be drawn as outlines alone; towns and villages have a point of their own."""

LAKE: Final = 6
"""A lake's rank among them."""

RUNNING: Final = frozenset({"river", "stream", "canal", "ditch", "drain", "rapids", "lock"})
"""Values of ``water`` that are no lake: their name runs along their line."""

_NO: Final = frozenset({"", "no"})


def line_kind(tags: Mapping[str, str]) -> Kind | None:
    """Return what a way is drawn as along its line, None where it isn't."""
    if tags.get("area") == "yes" or tags.get("tunnel") in ("yes", "culvert"):
        return None
    return next(
        (kinds[tags[key]] for key, kinds in _LINE_TAGS.items() if tags.get(key) in kinds), None
    )


def area_kind(tags: Mapping[str, str]) -> Kind | None:
    """Return what a closed way or a multipolygon is filled as, None where it isn't."""
    if tags.get("building", "") not in _NO and tags.get("location") != "underground":
        return Kind.BUILDING
    for key, kinds in _AREA_TAGS.items():
        found = kinds.get(tags.get(key, ""))
        if found is not None and (key != "highway" or tags.get("area") == "yes"):
            return found
    return None


FETCHED: Final[Mapping[str, tuple[str, ...]]] = {
    "building": (),
    "addr:housenumber": (),
    **{
        key: tuple(sorted({**_AREA_TAGS.get(key, {}), **_LINE_TAGS.get(key, {})}))
        for key in ("natural", "waterway", "landuse", "leisure", "railway")
    },
    "place": (*PLACES, "square"),
}
"""What is asked of OpenStreetMap beside the streets: values by key, none for any."""
