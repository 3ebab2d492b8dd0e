"""The question which places reach most, and its answer: solved without the register or a screen.

Distances
    are walked on the streets in use, or on straight lines times a factor where there are none, and
    the answer says which. The metres from a place to its path are walked too; from a place to
    itself it is nought.
No guessing
    What lies too far from any path, or on paths that no candidate is joined to, is not within
    reach of anything, and is told by name with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geodata.errors import PlanningError
from geodata.planning.locations import LocationChoice, coverage_curve
from geodata.planning.street_cache import Ways
from geodata.planning.travel import NoWay, TravelSource
from geodata.service.streets import open_ways

Floats = NDArray[np.float64]

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


TIME_LIMIT_S: Final = 20.0
"""Seconds in which the whole curve is to be proven; past them the gap is told."""

TRAVELLED: Final = 0.3
"""The share of the work that walking lengths are taken for, in what is told of progress."""


class _Walk(NamedTuple):
    """Metres from each demand (row) to each site (column), NaN without a way, and who has none."""

    metres: Floats
    demand_off: tuple[bool, ...]
    site_off: tuple[bool, ...]
    source: TravelSource


@dataclass(frozen=True, slots=True)
class PlacesQuestion:
    """Which places reach most: everything that the answer depends on."""

    k: int
    reach_m: float
    demands: tuple[Demand, ...]
    sites: tuple[Spot, ...]
    required: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    areas: tuple[tuple[str, str], ...] = ()
    streets: str | None = None
    streets_digest: str = ""

    def solve(self, tell: Callable[[float], None]) -> PlacesAnswer:
        """Find the places."""
        walk = _walk(self, open_ways(self.streets))
        tell(TRAVELLED)
        kept = [n for n, off in enumerate(walk.site_off) if not off]
        sites = [self.sites[n] for n in kept]
        self._check(walk, sites)
        curve = self._curve(
            walk.metres[:, kept] <= self.reach_m,
            sites,
            lambda share: tell(TRAVELLED + (1 - TRAVELLED) * share),
        )
        asked = next((choice for k, choice in curve if k == self.k), curve[-1][1])
        chosen = [kept[column] for column in asked.sites]
        free = [n for n in kept if self.sites[n].key not in self.excluded]
        reached, missed = _sorted_out(self, walk, chosen, free)
        return PlacesAnswer(
            taken=tuple(
                Taken(self.sites[n], added, lost, self.sites[n].key in self.required)
                for n, added, lost in zip(chosen, asked.added, asked.lost, strict=True)
            ),
            covered=asked.covered_weight,
            total=asked.total_weight,
            optimal=asked.optimal,
            gap=asked.gap,
            reached=reached,
            missed=missed,
            curve=tuple(CurvePoint(k, one.covered_weight, one.optimal) for k, one in curve),
            off_path=tuple(s for s, off in zip(self.sites, walk.site_off, strict=True) if off),
            source=walk.source,
        )

    def _check(self, walk: _Walk, sites: Sequence[Spot]) -> None:
        for site, off in zip(self.sites, walk.site_off, strict=True):
            if off and site.key in self.required:
                raise PlanningError("plan_places.required_off_path", place=site.name)
        free = {site.area_id for site in sites if site.key not in self.excluded}
        for area_id, name in self.areas:
            if area_id not in free:
                raise PlanningError("plan_places.no_site_in_area", area=name)

    def _curve(
        self,
        reach: NDArray[np.bool_],
        sites: Sequence[Spot],
        tell: Callable[[float], None],
    ) -> list[tuple[int, LocationChoice]]:
        required = [n for n, site in enumerate(sites) if site.key in self.required]
        excluded = [n for n, site in enumerate(sites) if site.key in self.excluded]
        if len(required) > self.k:
            raise PlanningError("planning.required_too_many", required=len(required), k=self.k)
        groups = [
            [n for n, site in enumerate(sites) if site.area_id == area_id]
            for area_id, _ in self.areas
        ]
        most = max(self.k, min(MOST, len(sites) - len(excluded)))
        for fewest in range(max(1, len(required)), self.k + 1):
            ks = range(fewest, most + 1)
            try:
                found = coverage_curve(
                    reach,
                    [demand.weight for demand in self.demands],
                    ks,
                    required=required,
                    excluded=excluded,
                    one_of=groups,
                    time_limit_s=TIME_LIMIT_S,
                    tell=tell,
                )
            except PlanningError as error:
                if error.key != "planning.one_of_too_many":
                    raise
                # Too few for one in each area: the curve begins where there is room for them.
            else:
                return list(zip(ks, found, strict=True))
        raise PlanningError("plan_places.areas_too_many", count=len(self.areas), k=self.k)


def _walk(question: PlacesQuestion, ways: Ways) -> _Walk:
    """Walk between every demand and every site; what lies at one position is walked to once."""
    spots = [*(demand.spot for demand in question.demands), *question.sites]
    at = {place: n for n, place in enumerate(dict.fromkeys((s.lon, s.lat) for s in spots))}
    travel = ways.travel(list(at))
    number = np.array([at[spot.lon, spot.lat] for spot in spots], dtype=np.intp)
    off = tuple(travel.no_way[n] is NoWay.TOO_FAR for n in number.tolist())
    rows, columns = np.split(number, [len(question.demands)])
    metres = travel.from_door_m[np.ix_(rows, columns)].reshape(len(rows), len(columns))
    same = (rows[:, None] == columns) & ~np.isnan(travel.off_path_m[columns])
    split = len(question.demands)
    return _Walk(np.where(same, 0.0, metres), off[:split], off[split:], travel.source)


def _sorted_out(
    question: PlacesQuestion, walk: _Walk, chosen: Sequence[int], free: Sequence[int]
) -> tuple[tuple[Reached, ...], tuple[Missed, ...]]:
    """Tell of each demand with a weight what reaches it, or why nothing does."""
    reached, missed = [], []
    # A column more, so that there is a smallest also where nothing was chosen.
    from_chosen = np.pad(
        np.nan_to_num(walk.metres[:, list(chosen)], nan=np.inf),
        ((0, 0), (0, 1)),
        constant_values=np.inf,
    )
    for row in np.argsort([-demand.weight for demand in question.demands], kind="stable").tolist():
        demand = question.demands[row]
        place = int(from_chosen[row].argmin())
        metres = float(from_chosen[row, place])
        if demand.weight <= 0:
            continue
        if metres <= question.reach_m:
            reached.append(Reached(demand, place, metres))
            continue
        why = _why(walk.metres[row, list(free)], question.reach_m, off=walk.demand_off[row])
        missed.append(Missed(demand, why, metres if np.isfinite(metres) else None))
    return tuple(reached), tuple(missed)


def _why(metres: Floats, reach_m: float, *, off: bool) -> Why:
    if off:
        return "too_far"
    if (metres <= reach_m).any():
        return "beyond"
    return "out_of_reach" if np.isfinite(metres).any() or not len(metres) else "apart"


MOST: Final = 20
"""Most places that can be asked for."""
