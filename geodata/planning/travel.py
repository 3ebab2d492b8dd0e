"""Ways on foot: where one may walk, and what streets and straight lines answer between places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from shapely import LineString

from geodata.crs import metric_crs_at, positions_to_metres
from geodata.errors import StreetsError
from geodata.planning._arrays import Floats, Integers

WALKED: Final = frozenset(
    {
        *("primary", "secondary", "tertiary", "unclassified", "residential", "living_street"),
        *("primary_link", "secondary_link", "tertiary_link", "service", "road", "pedestrian"),
        *("track", "footway", "steps", "path", "cycleway", "bridleway", "corridor"),
        *("crossing", "elevator", "platform"),
    }
)
"""Values of ``highway`` on which one walks unless something says otherwise."""

NEVER: Final = frozenset(
    {
        *("abandoned", "construction", "demolished", "disused", "no", "planned", "proposed"),
        *("raceway", "razed"),
    }
)
"""Values of ``highway`` for what is no way today, whatever else is said of it."""

OPEN: Final = frozenset({"yes", "designated", "permissive", "official", "destination"})
"""Values of ``foot`` that open a way which is closed otherwise."""

CLOSED: Final = frozenset({"no", "private"})
"""Values of ``access`` and ``foot`` that close a way."""

_QUOTED: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def is_walkable(tags: Mapping[str, str]) -> bool:
    """Tell whether one may walk on a way, by OpenStreetMap's tags.

    The rule follows OpenStreetMap's own account of default access (wiki: "OSM tags for
    routing/Access restrictions" and "Key:access"): the most specific tag decides, so ``foot`` goes
    before ``access``; without either, the kind of way decides. It differs from OSMnx's network type
    "walk" in four ways: cycleways are in (in Sweden one may walk on them where there is no
    footway), so are the outlines of squares (``area=yes``) and streets whose pavement is drawn
    apart, which one crosses; trunk roads are out unless ``foot`` says otherwise. Directions for
    vehicles (``oneway``) do not bind a walker and are never looked at. Gates and other barriers,
    ferries, times of day and indoor corridors without ``highway`` are not considered.
    """
    foot = _values(tags.get("foot", ""))
    kinds = _values(tags.get("highway", ""))
    if not kinds or NEVER.intersection(kinds) or {*CLOSED, "use_sidepath"}.intersection(foot):
        return False
    if foot and OPEN.issuperset(foot):
        return True
    if tags.get("motorroad") == "yes" or CLOSED.intersection(_values(tags.get("access", ""))):
        return False
    return WALKED.issuperset(kinds)


def _values(text: str) -> list[str]:
    """Return a tag's values: one, those of OSMnx's list, or those between semicolons."""
    if text.startswith("["):
        return [one or other for one, other in _QUOTED.findall(text)]
    return [value for part in text.split(";") if (value := part.strip())]


CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class StreetLimits:
    """What is still taken for the streets of a municipality or a county."""

    size: int = 400_000_000
    unpacked: int = 2_000_000_000
    positions: int = 2_000_000


DEFAULT_LIMITS: Final = StreetLimits()


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Paths as they stand in a file."""

    positions: Floats
    parts: Integers
    data_date: date | None = None


def day_in(text: str) -> date | None:
    """Return the day that a text begins with, as ISO 8601 writes it; None where it does not."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


Position = tuple[float, float]
"""Longitude and latitude in degrees, WGS 84."""

MAX_OFF_PATH_M: Final = 100.0
"""How far from any path a place may lie to be reached."""

DETOUR: Final = 1.3
"""How much longer a way on foot is taken to be than the straight line, where there are no streets.

An assumption of this program, on the long side so that no plan is promised too much. For
comparison, as Wikibooks' "Transportation Geography and Network Science/Circuity" retells them:
about 1.2 in a town's street network (Newell 1980), 1.21 to 1.23 around stations (O'Sullivan 1996),
and higher for walkers (Dill 2003). Around rivers, railways and motorways it is far more.
"""


WALK_M_PER_MIN: Final = 75.0
"""Metres that a patrol walks in a minute: 4.5 km/h.

An assumption of this program, on the slow side so that no plan is promised too much: people choose
about 1.4 m/s, or 84 metres a minute (Wikipedia, "Preferred walking speed", after Browning et al.
2006 and Levine and Norenzayan 1999), and who patrols looks around.
"""


class NoWay(StrEnum):
    """Why there is no way to a place."""

    TOO_FAR = "too_far"
    """It lies too far from any path."""

    APART = "apart"
    """Its paths are not joined to those of most of the other places."""


@dataclass(frozen=True, slots=True)
class TravelSource:
    """What a length on foot was found by; every result carries it."""

    kind: Literal["streets", "straight_lines"]
    # Its name; empty for straight lines.
    file: str = ""
    # SHA-256 of the file, in hexadecimal digits.
    digest: str = ""
    # On what terms the data may be shown.
    licence: str = ""
    # The day that the data are of, where the file tells it.
    data_date: date | None = None
    # The factor of straight lines.
    detour: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The shortest way on foot between two places."""

    length_m: float
    line: LineString
    off_path_m: tuple[float, float]
    source: TravelSource


@dataclass(frozen=True, slots=True, eq=False)
class Travel:
    """Lengths on foot between places."""

    length_m: Floats
    off_path_m: Floats
    no_way: tuple[NoWay | None, ...]
    source: TravelSource

    @property
    def from_door_m(self) -> Floats:
        """From each place to its path, along the paths, and from there to the other place."""
        return self.length_m + self.off_path_m[:, None] + self.off_path_m


@dataclass(frozen=True, slots=True)
class StraightLines:
    """Ways on foot where there are no streets: straight lines times a factor."""

    detour: float = DETOUR

    def __post_init__(self) -> None:
        if not (np.isfinite(self.detour) and self.detour >= 1):
            raise StreetsError("streets.bad_detour", value=str(self.detour))

    @property
    def source(self) -> TravelSource:
        """Return that these are straight lines, and their factor."""
        return TravelSource("straight_lines", detour=self.detour)

    def route(self, start: Position, end: Position) -> Route:
        """Return the straight line between two places, with its length times the factor."""
        length = self.travel([start, end]).length_m[0, 1]
        return Route(float(length), LineString([start, end]), (0.0, 0.0), self.source)

    def travel(self, points: Sequence[Position] | ArrayLike) -> Travel:
        """Return the lengths between places."""
        places = checked_positions(points)
        count = len(places)
        metres = places
        if count:
            lon, lat = places.mean(axis=0)
            metres = positions_to_metres(places, metric_crs_at(lon, lat))
        away = metres[:, None, :] - metres[None, :, :]
        length = np.hypot(away[..., 0], away[..., 1]) * self.detour
        return Travel(length, np.zeros(count), (None,) * count, self.source)


def checked_positions(points: Sequence[Position] | ArrayLike) -> Floats:
    """Return places as an array of shape (n, 2)."""
    try:
        found = np.asarray(points, float)
    except (TypeError, ValueError) as error:
        raise StreetsError("streets.not_positions") from error
    if found.size == 0:
        return np.empty((0, 2))
    fits = found.ndim == 2 and found.shape[1] == 2
    if not fits or not np.all(np.abs(found) <= (180.0, 90.0)):
        raise StreetsError("streets.not_positions")
    return found
