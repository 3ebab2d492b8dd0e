"""Streets and houses of the streets in use: found by name, and told of a place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from shapely import Point, STRtree

from geodata.basemap.kinds import BaseMap, to_degrees, to_world
from geodata.crs import to_metres
from geodata.errors import StreetsError
from geodata.service.streets import KeptStreets, kept_streets, open_base_map
from geodata.spelling import folded, words_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

FARTHEST_M: Final = 300.0
"""What is farther away tells nothing of a place, in metres."""

HOUSE_M: Final = 100.0
"""A house farther away tells less of a place than the street that it is in, in metres."""

SAME_STREET_M: Final = 2_000.0
"""Streets of one name that lie farther apart are two."""

_NUMBER: Final = re.compile(r"(?P<street>.*\S)\s+(?P<number>\d+\s?[a-zA-Z]?)")


@dataclass(frozen=True, slots=True)
class Address:
    """A street, or a house in one, and where (WGS 84)."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Addresses:
    """The streets and houses of a base map."""

    base: BaseMap

    @cached_property
    def _streets(self) -> Mapping[str, Sequence[Address]]:
        """Each street by name, once in each town, at the middle of its longest line."""
        found: defaultdict[str, list[Address]] = defaultdict(list)
        lines = self._lines
        for at in np.argsort(-shapely.length(lines), kind="stable").tolist():
            name = self.base.names[at]
            middle = shapely.line_interpolate_point(lines[at], 0.5, normalized=True)
            lon, lat = to_degrees(np.array([[middle.x, middle.y]]))[0].tolist()
            here = to_metres(Point(lon, lat))
            others = (to_metres(Point(one.lon, one.lat)) for one in found[name])
            if all(here.distance(one) > SAME_STREET_M for one in others):
                found[name].append(Address(name, lon, lat))
        return found

    @cached_property
    def _lines(self) -> NDArray[np.object_]:
        named = self.base.named
        firsts = named.rings[named.starts]
        lines: NDArray[np.object_] = shapely.from_ragged_array(
            shapely.GeometryType.LINESTRING, named.xy, (firsts,)
        )
        return lines

    @cached_property
    def _tree(self) -> STRtree:
        return STRtree(self._lines)

    @cached_property
    def by_word(self) -> Mapping[str, frozenset[str]]:
        """The names of streets by their folded words."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for name in {*self.base.names, *filter(None, self.base.house_streets)}:
            for word in words_of(name):
                found[word].add(name)
        return {word: frozenset(names) for word, names in found.items()}

    @cached_property
    def _houses(self) -> Mapping[tuple[str, str], Sequence[int]]:
        found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for at, (street, number) in enumerate(
            zip(self.base.house_streets, self.base.numbers, strict=True)
        ):
            found[street, _plain(number)].append(at)
        return found

    def of(self, name: str, number: str = "") -> Sequence[Address]:
        """Return a street's places, or its houses with a number."""
        if not number:
            return self._streets.get(name, ())
        return [self._house(at) for at in self._houses.get((name, _plain(number)), ())]

    def _house(self, at: int) -> Address:
        lon, lat = to_degrees(self.base.houses[at : at + 1])[0].tolist()
        return Address(f"{self.base.house_streets[at]} {self.base.numbers[at]}".strip(), lon, lat)

    def nearest(self, lon: float, lat: float) -> tuple[Address, float] | None:
        """Return the nearest house of a known street, or else street, and the metres to it."""
        here, world = to_metres(Point(lon, lat)), to_world(np.array([[lon, lat]]))[0]
        known = np.array([bool(street) for street in self.base.house_streets], dtype=bool)
        if known.any():
            away = np.hypot(*(self.base.houses - world).T)
            house = self._house(int(np.where(known, away, np.inf).argmin()))
            metres = float(to_metres(Point(house.lon, house.lat)).distance(here))
            if metres <= HOUSE_M:
                return house, metres
        if not self.base.names:
            return None
        at = int(self._tree.nearest(Point(world)))
        line = self._lines[at]
        on = line.interpolate(line.project(Point(world)))
        beside = to_degrees(np.array([[on.x, on.y]]))[0].tolist()
        metres = float(to_metres(Point(*beside)).distance(here))
        found = Address(self.base.names[at], *beside)
        return (found, metres) if metres <= FARTHEST_M else None


def _plain(number: str) -> str:
    return folded(number).replace(" ", "")


def parted(typed: str) -> tuple[str, str]:
    """Return the street and the house's number of what was typed, empty where there is none."""
    found = _NUMBER.fullmatch(typed.strip())
    return (found["street"], found["number"]) if found else (typed, "")


def addresses(folder: Path | None = None) -> Addresses | None:
    """Return the addresses of the streets in use, None where none can be read."""
    try:
        kept = kept_streets(folder)
        return None if kept is None else _opened(kept)
    except StreetsError:
        # The planning tools tell of it; the search is as without streets.
        return None


@lru_cache(maxsize=1)
def _opened(kept: KeptStreets) -> Addresses:
    return Addresses(open_base_map(kept))
