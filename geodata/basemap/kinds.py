"""What is drawn of OpenStreetMap: which tags make a building, water, a path.

The groups follow OpenStreetMap's own account of its tags (wiki: "Map features"), put together to
few: a base map is looked past, not at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np
import shapely

from geodata.basemap.shapes import Box, Shapes, no_shapes, shapes_from

CELL: Final = 2e-5
"""Side of the cells that tell where there are data: about 420 m at Borås."""


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A village, a part of town: its name, its rank (see `PLACES`), its place on the world."""

    name: str
    rank: int
    x: float
    y: float


@dataclass(frozen=True, eq=False)
class BaseMap:
    """What there is to draw.

    Parameters
    ----------
    shapes : mapping of Kind to Shapes
        What stands on the ground; a kind that there is nothing of may be missing.
    names : tuple of str
        Of streets and paths, one for each shape of `named`.
    named : Shapes
        Streets and paths that have a name, joined where they meet.
    name_kinds : tuple of Kind
        What kind each is.
    places : tuple of NamedPlace
        Names at a point.
    land : Shapes
        Around what there are data of; outside nothing is known.
    data_date : datetime.date or None
        The day the data are of.
    """

    shapes: Mapping[Kind, Shapes]
    names: tuple[str, ...] = ()
    named: Shapes = field(default_factory=no_shapes)
    name_kinds: tuple[Kind, ...] = ()
    places: tuple[NamedPlace, ...] = ()
    land: Shapes = field(default_factory=no_shapes)
    data_date: date | None = None

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


AREAS: Final = frozenset({Kind.GREEN, Kind.WOOD, Kind.WATER, Kind.SQUARE, Kind.BUILDING})
"""Kinds that are filled; the others are lines."""

LINES: Final = frozenset(Kind) - AREAS

_LINE_TAGS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "highway": {
        **dict.fromkeys(("motorway", "trunk", "primary"), Kind.MAIN),
        **dict.fromkeys(("motorway_link", "trunk_link", "primary_link"), Kind.MAIN),
        **dict.fromkeys(("secondary", "tertiary"), Kind.COLLECTOR),
        **dict.fromkeys(("secondary_link", "tertiary_link"), Kind.COLLECTOR),
        **dict.fromkeys(("residential", "unclassified", "living_street", "road"), Kind.STREET),
        **dict.fromkeys(("pedestrian", "busway", "bus_guideway"), Kind.STREET),
        "service": Kind.SERVICE,
        **dict.fromkeys(("footway", "path", "cycleway", "steps"), Kind.PATH),
        **dict.fromkeys(("track", "bridleway", "corridor"), Kind.PATH),
    },
    "railway": dict.fromkeys(("rail", "light_rail", "tram", "narrow_gauge", "subway"), Kind.RAIL),
    "waterway": dict.fromkeys(("river", "stream", "canal", "ditch", "drain"), Kind.STREAM),
}

_AREA_TAGS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "natural": {
        "water": Kind.WATER,
        **dict.fromkeys(("wood", "scrub"), Kind.WOOD),
        **dict.fromkeys(("grassland", "heath", "wetland"), Kind.GREEN),
    },
    "waterway": dict.fromkeys(("riverbank", "dock"), Kind.WATER),
    "landuse": {
        **dict.fromkeys(("reservoir", "basin"), Kind.WATER),
        "forest": Kind.WOOD,
        **dict.fromkeys(("grass", "meadow", "recreation_ground", "village_green"), Kind.GREEN),
        **dict.fromkeys(("cemetery", "allotments", "orchard", "flowerbed"), Kind.GREEN),
    },
    "leisure": {
        **dict.fromkeys(("park", "garden", "pitch", "playground", "golf_course"), Kind.GREEN),
        **dict.fromkeys(("nature_reserve", "dog_park", "common"), Kind.GREEN),
        "swimming_pool": Kind.WATER,
    },
    "amenity": {"grave_yard": Kind.GREEN},
    "place": {"square": Kind.SQUARE},
    "highway": dict.fromkeys(("pedestrian", "footway"), Kind.SQUARE),
    "man_made": {"pier": Kind.SQUARE},
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
    **{
        key: tuple(sorted({**_AREA_TAGS.get(key, {}), **_LINE_TAGS.get(key, {})}))
        for key in ("natural", "waterway", "landuse", "leisure", "railway")
    },
    "place": (*PLACES, "square"),
}
"""What is asked of OpenStreetMap beside the streets: values by key, none for any."""
