"""What is drawn of OpenStreetMap: which tags make a building, water, a path.

The groups follow OpenStreetMap's own account of its tags (wiki: "Map features"), put together to
few: a base map is looked past, not at.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


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
