"""A loop as it is kept and given out: what a plan's JSON holds, as values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Final

import shapely
from shapely import LineString

from geodata.errors import PlanningError
from geodata.model import Plan
from geodata.planning.travel import TravelSource

VERSION: Final = 1
"""Of the JSON; another one is not read."""

_ROUNDED: Final = 6
"""Decimals of a degree: a decimetre."""


@dataclass(frozen=True, slots=True)
class KeptStop:
    """A stop of a kept loop.

    Parameters
    ----------
    kind : str
        ``spots``, ``findings``, ``places`` or ``own``.
    name : str
        What it is called; empty for a place of the planner's own.
    lon, lat : float
        WGS 84, degrees.
    reached_min : float
        When it is reached, in minutes after the walk begins.
    minutes : int
        How long the stop is.
    metres : float
        The way to it.
    about : tuple of str
        What is known of it.
    """

    kind: str
    name: str
    lon: float
    lat: float
    reached_min: float
    minutes: int
    metres: float
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptLoop:
    """A loop that is kept.

    Parameters
    ----------
    id, name : str
        The plan's.
    day : datetime.date
        The day of the walk.
    depart_min : int
        When it begins, in minutes after midnight.
    start_name : str
        What the place is called where it begins; empty where it has no name.
    stops : tuple of KeptStop
        In the order of the walk.
    line : shapely LineString
        The way, WGS 84.
    metres : float
        Its length.
    total_min : float
        How long it takes in all.
    source : TravelSource
        What lengths were found by.
    void : bool
        Whether the plan has been withdrawn.
    """

    id: str
    name: str
    day: date
    depart_min: int
    start_name: str
    stops: tuple[KeptStop, ...]
    line: LineString
    metres: float
    total_min: float
    source: TravelSource
    void: bool = False

    @property
    def stay_min(self) -> int:
        """Minutes at the stops."""
        return sum(stop.minutes for stop in self.stops)

    @property
    def whole_min(self) -> int:
        """How long it takes, as it is promised: see `whole_minutes`."""
        return whole_minutes(self.total_min)

    @property
    def comes_back(self) -> bool:
        """Whether it ends where it begins."""
        return self.line.coords[0] == self.line.coords[-1]


def whole_minutes(minutes: float) -> int:
    """Return minutes as they are promised: a begun one is counted."""
    return math.ceil(minutes - 1e-6)


def outcome_of(loop: KeptLoop) -> dict[str, object]:
    """Return a loop as a plan's outcome: JSON values, without what the plan itself holds."""
    day = loop.source.data_date
    return {
        "version": VERSION,
        "depart_min": loop.depart_min,
        "start_name": loop.start_name,
        "stops": [{**asdict(stop), "about": list(stop.about)} for stop in loop.stops],
        "route": {
            "type": "LineString",
            "coordinates": [
                [round(lon, _ROUNDED), round(lat, _ROUNDED)] for lon, lat, *_ in loop.line.coords
            ],
        },
        "metres": loop.metres,
        "total_min": loop.total_min,
        "source": {**asdict(loop.source), "data_date": day.isoformat() if day else None},
    }


def loop_of(plan: Plan) -> KeptLoop:
    """Return the loop that a plan holds.

    Parameters
    ----------
    plan : Plan
        Of the kind ``loop``.

    Returns
    -------
    KeptLoop
        As it was kept.

    Raises
    ------
    PlanningError
        ``plan_loop.not_readable`` if it holds no loop that this program reads.
    """
    try:
        return _read(plan, plan.outcome)
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise PlanningError("plan_loop.not_readable", name=plan.name) from error


def _read(plan: Plan, told: Mapping[str, Any]) -> KeptLoop:
    line = shapely.geometry.shape(told["route"])
    numbers = [told["metres"], told["total_min"], *(stop["lon"] for stop in told["stops"])]
    fits = not line.is_empty and all(map(math.isfinite, numbers))
    if told["version"] != VERSION or not isinstance(line, LineString) or not fits:
        raise ValueError(VERSION)
    return KeptLoop(
        id=plan.id,
        name=plan.name,
        day=plan.first_day,
        depart_min=int(told["depart_min"]),
        start_name=str(told["start_name"]),
        stops=tuple(_stop(stop) for stop in told["stops"]),
        line=line,
        metres=float(told["metres"]),
        total_min=float(told["total_min"]),
        source=_source(told["source"]),
        void=plan.void,
    )


def _stop(told: Mapping[str, Any]) -> KeptStop:
    known = {field.name: told[field.name] for field in fields(KeptStop)}
    return KeptStop(**{**known, "about": tuple(map(str, told["about"]))})


def _source(told: Mapping[str, Any]) -> TravelSource:
    known = {field.name: told[field.name] for field in fields(TravelSource)}
    day = told["data_date"]
    return TravelSource(**{**known, "data_date": date.fromisoformat(day) if day else None})
