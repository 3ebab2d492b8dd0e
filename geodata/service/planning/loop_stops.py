"""What a loop may stop at: hot spots, open findings and known places, with what each is worth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import shapely
from shapely import Point

from geodata.crs import to_metres
from geodata.model import Finding, HotSpot, Place
from geodata.service.core import Service
from geodata.service.planning.loop_choices import (
    LoopChoices,
    Position,
    finding_key,
    place_key,
    position_of,
    spot_key,
)

NEAR_M: Final = 30.0
"""What lies this near, in metres, is seen from one stop; a click this near to a stop means it."""

ONE_PLACE_M: Final = 150.0
"""Known places of one name this near are one: the two sides of a bus stop."""


@dataclass(frozen=True, slots=True)
class LoopStop:
    """Somewhere to stop.

    Parameters
    ----------
    key : str
        As `geodata.service.planning.loop_choices` names it.
    kind : {"spots", "findings", "places", "own"}
        What it is.
    name : str
        What it is called; empty for a place of the planner's own.
    lon, lat : float
        WGS 84, degrees.
    value : float
        What a stop is worth.
    minutes : int
        How long the stop is.
    about : tuple of str
        What is known of it: why it is a hot spot, what was found.
    """

    key: str
    kind: Literal["spots", "findings", "places", "own"]
    name: str
    lon: float
    lat: float
    value: float = 0.0
    minutes: int = 0
    about: tuple[str, ...] = ()

    @property
    def position(self) -> Position:
        """Longitude and latitude."""
        return self.lon, self.lat


def all_stops(service: Service, day: date) -> tuple[LoopStop, ...]:
    """Return everything that can be a stop on a day; nothing has a value yet.

    Parameters
    ----------
    service : Service
        Hot spots and findings are the register's, places the catalogue's.
    day : datetime.date
        Hot spots are those of the day, findings those still open on it.
    """
    spots = [spot for spot in service.hot_spots() if spot.valid_on(day)]
    found = [finding for finding in service.findings() if finding.open_on(day)]
    return (
        *(_spot(spot) for spot in spots),
        *_findings(found),
        *_places(service.catalogue.places),
    )


def valued(
    stops: Iterable[LoopStop], choices: LoopChoices, values: Mapping[str, float]
) -> tuple[LoopStop, ...]:
    """Return stops with what each is worth, and how long it takes."""
    return tuple(
        replace(stop, value=values.get(stop.key, 1.0), minutes=choices.stay_at(stop.key))
        for stop in stops
    )


def weights(service: Service) -> dict[str, float]:
    """Return each hot spot's weight by key; what is no hot spot weighs as an ordinary one."""
    return {spot_key(spot.id): spot.weight for spot in service.hot_spots()}


def findings_seen(stops: Sequence[LoopStop], *, by_themselves: bool) -> dict[str, float]:
    """Return how many open findings are seen from each stop, by key."""
    found = [stop for stop in stops if stop.kind == "findings"]
    counts = {stop.key: float(len(stop.about)) for stop in found}
    others = [stop for stop in stops if stop.kind != "findings"]
    away = _distances_m(others, found)
    for row, stop in enumerate(others):
        near = () if by_themselves else np.flatnonzero(away[row] <= NEAR_M).tolist()
        counts[stop.key] = sum(counts[found[at].key] for at in near)
    return counts


def nearest_stop(stops: Sequence[LoopStop], lon: float, lat: float) -> LoopStop | None:
    """Return the stop that a click at a place means: the nearest within `NEAR_M`."""
    if not stops:
        return None
    away = _distances_m([LoopStop("", "own", "", lon, lat)], stops)[0]
    at = int(away.argmin())
    return stops[at] if away[at] <= NEAR_M else None


def without_doubles(stops: Sequence[LoopStop]) -> list[LoopStop]:
    """Return stops without the known places that another sort of stop is at."""
    others = [stop for stop in stops if stop.kind != "places"]
    places = [stop for stop in stops if stop.kind == "places"]
    taken = np.any(_distances_m(places, others) <= NEAR_M, axis=1).tolist()
    return [*others, *(p for p, double in zip(places, taken, strict=True) if not double)]


def own_stop(key: str) -> LoopStop | None:
    """Return the stop of the planner's own that a key names, None where it names no place."""
    position = position_of(key)
    return None if position is None else LoopStop(key, "own", "", *position)


def cheapest_place(order: Sequence[Position], lon: float, lat: float) -> int:
    """Return before which stop a place is taken in with the least detour, by straight lines.

    Parameters
    ----------
    order : sequence of tuple of float
        Start, stops and end.
    lon, lat : float
        The place, WGS 84 degrees.

    Returns
    -------
    int
        From 0, which is right after the start.
    """
    points = _metres([*order, (lon, lat)])
    *way, place = points
    detours = [
        math.dist(here, place) + math.dist(place, there) - math.dist(here, there)
        for here, there in pairwise(way)
    ]
    return int(np.argmin(detours)) if detours else 0


def within_reach(
    stops: Sequence[LoopStop], start: Position, end: Position, metres: float
) -> list[bool]:
    """Tell of each stop whether the way past it may be short enough: no way is straighter."""
    ends = [LoopStop("", "own", "", *start), LoopStop("", "own", "", *end)]
    away = _distances_m(ends, stops)
    near: list[bool] = (away.sum(axis=0) <= metres).tolist()
    return near


def _spot(spot: HotSpot) -> LoopStop:
    about = (spot.reason,) if spot.reason else ()
    return LoopStop(spot_key(spot.id), "spots", spot.name, spot.place.x, spot.place.y, about=about)


def _findings(found: Iterable[Finding]) -> list[LoopStop]:
    """Return findings as stops; those near the first of a stop are seen from there."""
    placed = [
        (finding, finding.place)
        for finding in sorted(found, key=lambda one: (one.day, one.id))
        if finding.place is not None
    ]
    metres = _metres([(point.x, point.y) for _, point in placed])
    made: list[LoopStop] = []
    left = list(range(len(placed)))
    while left:
        first = left[0]
        seen = [at for at in left if math.dist(metres[first], metres[at]) <= NEAR_M]
        finding, point = placed[first]
        about = tuple(placed[at][0].text for at in seen)
        made.append(
            LoopStop(finding_key(finding.id), "findings", about[0], point.x, point.y, about=about)
        )
        left = [at for at in left if at not in seen]
    return made


def _places(places: Iterable[Place]) -> list[LoopStop]:
    made: list[LoopStop] = []
    kept: dict[str, list[tuple[float, float]]] = {}
    listed = list(places)
    for place, at in zip(listed, _metres([(p.lon, p.lat) for p in listed]), strict=True):
        before = kept.setdefault(place.name, [])
        if any(math.dist(at, other) <= ONE_PLACE_M for other in before):
            continue
        before.append(at)
        key = place_key(place.lon, place.lat)
        made.append(LoopStop(key, "places", place.name, place.lon, place.lat))
    return made


def _metres(positions: Sequence[Position]) -> list[tuple[float, float]]:
    points = [to_metres(Point(*position)) for position in positions]
    return [(point.x, point.y) for point in points]


def _distances_m(some: Sequence[LoopStop], others: Sequence[LoopStop]) -> np.ndarray:
    rows, columns = (
        np.array([to_metres(Point(stop.position)) for stop in stops], dtype=object)
        for stops in (some, others)
    )
    found: np.ndarray = shapely.distance(rows[:, None], columns[None, :])
    return found.reshape(len(some), len(others)).astype(float)
