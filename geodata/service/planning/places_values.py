"""What is asked about places and what is answered, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geodata.planning.streets import TravelSource

SpotKind = Literal["hot_spot", "place", "finding", "point"]
Why = Literal["beyond", "out_of_reach", "too_far", "apart"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A point on the map that something is known of.

    Parameters
    ----------
    key : str
        Its short name in an address; see `geodata.service.planning.loop_choices`.
    kind : {"hot_spot", "place", "finding", "point"}
        What it is.
    name : str
        What it is called; the number of one of the planner's own points.
    lon, lat : float
        WGS 84, degrees.
    id : str
        The record's id, where it is a record.
    area_id : str or None
        The area it counts as being in.
    """

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
    """A chosen place.

    Parameters
    ----------
    site : Spot
        Where.
    added : float
        The weight it reaches that those before it don't.
    lost : float
        The weight that only this place reaches.
    required : bool
        Whether the planner has said that it must be in.
    """

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
    """Demand that stays out of reach.

    Parameters
    ----------
    demand : Demand
        What.
    why : {"beyond", "out_of_reach", "too_far", "apart"}
        Another candidate would reach it; none does; it lies too far from any path; no path joins
        it to a candidate.
    metres : float or None
        From the nearest chosen place; None where there is no way from any.
    """

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
    """The places, and what they do and don't do.

    Parameters
    ----------
    taken : tuple of Taken
        The one that reaches most first, then each time the one that adds most.
    covered, total : float
        The weight within reach, and of all demand.
    optimal : bool
        Whether it is proven that no choice reaches more.
    gap : float
        How much more might be reached, as a share of what might be; 0 where optimal.
    reached : tuple of Reached
        The heaviest first.
    missed : tuple of Missed
        Likewise.
    curve : tuple of CurvePoint
        From the fewest places that meet the wishes.
    off_path : tuple of Spot
        Candidates that were left out: they lie too far from any path.
    source : TravelSource
        What distances rest on.
    """

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
