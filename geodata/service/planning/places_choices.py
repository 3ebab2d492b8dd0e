"""What a planner chooses before places are found, and how an address says it.

An address may hold anything: what makes no sense is read as the default, nothing here raises.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Literal, TypeVar

from geodata.planning.travel import WALK_M_PER_MIN

MOST: Final = 20
"""Most places that can be asked for."""

REACH_MIN: Final = 8.0
"""Minutes on foot within which a place is reached, unless the planner says otherwise: this
program's choice, about half of a stop of `geodata.model.VISIT_MINUTES`."""

REACH_LIMITS_MIN: Final = (1.0, 60.0)
"""Fewest and most minutes on foot that can be asked for."""

HEAVIEST: Final = 1000.0
"""Highest weight that can be typed."""

POINTS_MOST: Final = 20
"""Most points of the planner's own."""


class DemandKind(StrEnum):
    """What is to be within reach."""

    HOT_SPOTS = "hot_spots"
    """Hot spots by their weight."""
    SHORTFALL = "shortfall"
    """Hot spots by how many planned visits have not been made."""
    FINDINGS = "findings"
    """Findings that are not dealt with yet, each as much as the others."""
    OWN = "own"
    """Hot spots and points, with weights that the planner types."""


class SiteKind(StrEnum):
    """Where one may stand."""

    BOTH = "both"
    HOT_SPOTS = "hot_spots"
    """In the middle of a hot spot."""
    PLACES = "places"
    """At a known place, such as a stop or a station."""


@dataclass(frozen=True, slots=True)
class OwnPoint:
    """A point that the planner has put on the map: WGS 84 degrees, and its weight."""

    lon: float
    lat: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that the planner chooses."""

    k: int = 3
    minutes: float = REACH_MIN
    demand: DemandKind = DemandKind.HOT_SPOTS
    sites: SiteKind = SiteKind.BOTH
    required: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    areas: tuple[str, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    points: tuple[OwnPoint, ...] = ()
    period: Literal["promise", "latest"] = "promise"

    @property
    def reach_m(self) -> float:
        """Return how far one walks, in metres."""
        return self.minutes * WALK_M_PER_MIN

    def with_required(self, key: str) -> Choices:
        """Return the choices with a site that must be in, or no longer must."""
        return replace(self, required=self.required ^ {key}, excluded=self.excluded - {key})

    def with_excluded(self, key: str) -> Choices:
        """Return the choices with a site that must not be in, or may again."""
        return replace(self, excluded=self.excluded ^ {key}, required=self.required - {key})

    def with_point(self, lon: float, lat: float) -> Choices:
        """Return the choices with one more point of the planner's own, where there is room."""
        points = (*self.points, OwnPoint(round(lon, 5), round(lat, 5)))
        return replace(self, points=points[:POINTS_MOST])

    def without_point(self, number: int) -> Choices:
        """Return the choices without one of the planner's own points, counted from 0."""
        return replace(self, points=self.points[:number] + self.points[number + 1 :])


def read_choices(asked: Mapping[str, str]) -> Choices:
    """Return what an address asks for."""
    default = Choices()
    required = frozenset(_listed(asked.get("must", "")))
    return Choices(
        k=int(_number(asked.get("k", ""), 1, MOST) or default.k),
        minutes=_number(asked.get("reach", ""), *REACH_LIMITS_MIN) or default.minutes,
        demand=_member(DemandKind, asked.get("demand", "")) or default.demand,
        sites=_member(SiteKind, asked.get("sites", "")) or default.sites,
        required=required,
        excluded=frozenset(_listed(asked.get("never", ""))) - required,
        areas=tuple(dict.fromkeys(_listed(asked.get("areas", "")))),
        weights=tuple(_weights(asked.get("weights", ""))),
        points=tuple(_points(asked.get("points", "")))[:POINTS_MOST],
        period="latest" if asked.get("period") == "latest" else default.period,
    )


def written(choices: Choices) -> dict[str, str]:
    """Return choices as an address says them."""
    default = Choices()
    points = (f"{p.lon:.5f}/{p.lat:.5f}/{p.weight:g}" for p in choices.points)
    return {
        "k": "" if choices.k == default.k else str(choices.k),
        "reach": "" if choices.minutes == default.minutes else f"{choices.minutes:g}",
        "demand": "" if choices.demand == default.demand else choices.demand.value,
        "sites": "" if choices.sites == default.sites else choices.sites.value,
        "must": ",".join(sorted(choices.required)),
        "never": ",".join(sorted(choices.excluded)),
        "areas": ",".join(choices.areas),
        "weights": ",".join(f"{key}*{weight:g}" for key, weight in choices.weights),
        "points": ",".join(points),
        "period": "" if choices.period == default.period else choices.period,
    }


def read_number(said: str, least: float, most: float) -> float | None:
    """Return a number that somebody typed, with comma or point; None where it is none."""
    return _number(said.strip().replace(",", "."), least, most)


Member = TypeVar("Member", bound=StrEnum)


def _member(kinds: type[Member], said: str) -> Member | None:
    return next((kind for kind in kinds if kind.value == said), None)


def _number(said: str, least: float, most: float) -> float | None:
    try:
        found = float(said)
    except ValueError:
        return None
    return found if math.isfinite(found) and least <= found <= most else None


def _listed(said: str) -> Collection[str]:
    return [one for one in said.split(",") if one]


def _weights(said: str) -> Iterable[tuple[str, float]]:
    found: dict[str, float] = {}
    for one in _listed(said):
        key, _, number = one.partition("*")
        weight = _number(number, 0, HEAVIEST)
        if key and weight is not None:
            found[key] = weight
    return sorted(found.items())


def _points(said: str) -> Iterable[OwnPoint]:
    for one in _listed(said):
        lon, lat, weight = (*one.split("/"), "", "", "")[:3]
        x, y = _number(lon, -180, 180), _number(lat, -90, 90)
        if x is not None and y is not None:
            known = _number(weight, 0, HEAVIEST)
            yield OwnPoint(x, y, 1.0 if known is None else known)
