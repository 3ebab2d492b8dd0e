"""What is asked about places and what is answered, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geodata.planning.streets import TravelSource

SpotKind = Literal["hot_spot", "place", "finding", "point"]
Why = Literal["beyond", "out_of_reach", "too_far", "apart"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A point on the map that something is known of."""

    key: str
    kind: SpotKind
    name: str
    lon: float
    lat: float
    id: str = ""
    area_id: str | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What is to be within reach, and what that is worth."""

    spot: Spot
    weight: float


@dataclass(frozen=True, slots=True)
class Taken:
    """A chosen place."""

    site: Spot
    added: float
    lost: float
    required: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """Demand within reach, by which chosen place (counted from 0), and how far one walks."""

    demand: Demand
    place: int
    metres: float


@dataclass(frozen=True, slots=True)
class Missed:
    """Demand that stays out of reach."""

    demand: Demand
    why: Why
    metres: float | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What `k` places reach at most, and whether that is proven."""

    k: int
    covered: float
    optimal: bool


@dataclass(frozen=True, slots=True)
class PlacesAnswer:
    """The places, and what they do and don't do."""

    taken: tuple[Taken, ...]
    covered: float
    total: float
    optimal: bool
    gap: float
    reached: tuple[Reached, ...]
    missed: tuple[Missed, ...]
    curve: tuple[CurvePoint, ...]
    off_path: tuple[Spot, ...]
    source: TravelSource

    @property
    def share(self) -> float | None:
        """The share of the weight that is within reach; None where nothing has any weight."""
        return self.covered / self.total if self.total else None
