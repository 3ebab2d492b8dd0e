"""Where one may walk: the rule by which OpenStreetMap's ways become paths on foot, and such paths.

The rule follows OpenStreetMap's own account of default access (wiki: "OSM tags for
routing/Access restrictions" and "Key:access"): the most specific tag decides, so ``foot`` goes
before ``access``; without either, the kind of way decides. It differs from OSMnx's network type
"walk" in four ways: cycleways are in (in Sweden one may walk on them where there is no footway),
so are the outlines of squares (``area=yes``) and streets whose pavement is drawn apart, which one
crosses; trunk roads are out unless ``foot`` says otherwise. Directions for vehicles (``oneway``) do
not bind a walker and are never looked at. Gates and other barriers, ferries, times of day and
indoor corridors without ``highway`` are not considered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    """Tell whether one may walk on a way."""
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

    positions: NDArray[np.float64]
    parts: NDArray[np.int64]
    data_date: date | None = None


def day_in(text: str) -> date | None:
    """Return the day that a text begins with, as ISO 8601 writes it; None where it does not."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
