"""What a loop may stop at and what each stop is worth, and the question made of what is chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from shapely import MultiPoint

from geodata.crs import to_metres
from geodata.errors import PlanningError
from geodata.model import Finding, HotSpot, Period, Place
from geodata.planner.doses import LATEST_DAYS, board
from geodata.planner.loop.choices import LoopChoices
from geodata.planner.loop.solve import LoopQuestion, LoopStop
from geodata.planner.plans import Position, finding_key, place_key, position_of, spot_key
from geodata.planning.travel import WALK_M_PER_MIN
from geodata.service.core import Service
from geodata.service.streets import streets_asked

NEAR_M: Final = 30.0
"""What lies this near, in metres, is seen from one stop; a click this near to a stop means it."""

ONE_PLACE_M: Final = 150.0
"""Known places of one name this near are one: the two sides of a bus stop."""


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
    away = _distances_m(_positions(others), _positions(found))
    for row, stop in enumerate(others):
        near = () if by_themselves else np.flatnonzero(away[row] <= NEAR_M).tolist()
        counts[stop.key] = sum(counts[found[at].key] for at in near)
    return counts


def nearest_stop(stops: Sequence[LoopStop], lon: float, lat: float) -> LoopStop | None:
    """Return the stop that a click at a place means: the nearest within `NEAR_M`."""
    if not stops:
        return None
    away = _distances_m([(lon, lat)], _positions(stops))[0]
    at = int(away.argmin())
    return stops[at] if away[at] <= NEAR_M else None


def without_doubles(stops: Sequence[LoopStop]) -> list[LoopStop]:
    """Return stops without the known places that another sort of stop is at."""
    others = [stop for stop in stops if stop.kind != "places"]
    places = [stop for stop in stops if stop.kind == "places"]
    taken = np.any(_distances_m(_positions(places), _positions(others)) <= NEAR_M, axis=1).tolist()
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
    away = _distances_m([start, end], _positions(stops))
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


def _metres(positions: Sequence[Position]) -> np.ndarray:
    return shapely.get_coordinates(to_metres(MultiPoint(positions)))


def _distances_m(some: Sequence[Position], others: Sequence[Position]) -> np.ndarray:
    apart: np.ndarray = _metres(some)[:, None] - _metres(others)[None]
    return np.asarray(np.hypot(apart[..., 0], apart[..., 1]))


def _positions(stops: Iterable[LoopStop]) -> list[Position]:
    return [stop.position for stop in stops]


STOPS_WEIGHED: Final = 60
"""At most so many stops are chosen among: the most valuable within reach."""


def ask_loop(
    service: Service,
    choices: LoopChoices,
    day: date,
    *,
    missing: Mapping[str, float] | None = None,
    folder: Path | None = None,
) -> LoopQuestion:
    """Make the question of what a planner has chosen.

    Parameters
    ----------
    service : Service
        Knows the stops.
    choices : LoopChoices
        With a start.
    day : datetime.date
        The day that is told about, for choices without a day of their own.
    missing : mapping of str to float, optional
        What each hot spot lacks of its planned dose, by its stop's key; for the value ``dose``.
    folder : pathlib.Path, optional
        Where streets are kept.

    Returns
    -------
    LoopQuestion
        Ready to be solved elsewhere.

    Raises
    ------
    PlanningError
        ``plan_loop.no_start`` without a start.
    """
    if choices.start is None:
        raise PlanningError("plan_loop.no_start")
    known = all_stops(service, choices.day or day)
    stops = valued(known, choices, _values(service, choices, known, missing or {}))
    by_key = {stop.key: stop for stop in stops}
    for key in choices.named:
        if key not in by_key and (own := own_stop(key)):
            by_key[key] = valued([own], choices, {})[0]
    asked = [by_key[key] for key in choices.named if key in by_key]
    chosen, beyond = _in_question(stops, choices, {stop.key for stop in asked})
    streets, digest = streets_asked(folder)
    return LoopQuestion(
        start=choices.start,
        end=choices.end,
        budget_min=float(choices.minutes),
        stops=(*asked, *chosen),
        required=tuple(key for key in choices.required if key in by_key),
        order=None if choices.order is None else tuple(k for k in choices.order if k in by_key),
        streets=streets,
        digest=digest,
        beyond=beyond,
        gone=tuple(key for key in choices.named if key not in by_key),
    )


def missing_dose(service: Service, day: date) -> dict[str, float]:
    """Return how many planned visits each hot spot lacks of the latest four weeks, by its key.

    Parameters
    ----------
    service : Service
        Whose hot spots and patrols.
    day : datetime.date
        The last day of the four weeks.
    """
    period = Period(day - timedelta(days=LATEST_DAYS - 1), day)
    planned = ((one.hot_spot.id, one.dose.planned) for one in board(service, period).spots)
    return {spot_key(id_): told.lacking for id_, told in planned if told is not None}


def _values(
    service: Service,
    choices: LoopChoices,
    stops: Sequence[LoopStop],
    missing: Mapping[str, float],
) -> Mapping[str, float]:
    if choices.value == "weight":
        return weights(service)
    if choices.value == "findings":
        return findings_seen(stops, by_themselves="findings" in choices.among)
    if choices.value == "dose":
        return {stop.key: max(missing.get(stop.key, 0.0), 0.0) for stop in stops}
    return {}


def _in_question(
    stops: Sequence[LoopStop], choices: LoopChoices, asked: set[str]
) -> tuple[list[LoopStop], int]:
    """Return the stops to choose among besides those asked for, and how many were too far away."""
    left_out = {*choices.dropped, *asked}
    kinds = [stop for stop in stops if stop.kind in choices.among and stop.key not in left_out]
    among = without_doubles(kinds)
    start = choices.start or (0.0, 0.0)
    farthest_m = choices.minutes * WALK_M_PER_MIN
    near = within_reach(among, start, choices.end or start, farthest_m)
    reached = [stop for stop, fits in zip(among, near, strict=True) if fits]
    # Sorting is stable: of equals, those named first.
    best = sorted(reached, key=lambda stop: -stop.value)[: max(STOPS_WEIGHED - len(asked), 0)]
    return best, len(among) - len(best)
