"""A schedule's question, whole, and its answer: solved without the register or the catalogue."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from geodata.planner.plans import Position
from geodata.planning.schedule import Schedule, ScheduleRules, ScheduleSpot, Shift, make_schedule
from geodata.planning.travel import WALK_M_PER_MIN
from geodata.service.streets import TravelSource, open_ways

Line = tuple[Position, ...]
Tell = Callable[[float], None]

_ROUNDED: Final = 6


@dataclass(frozen=True, slots=True)
class ScheduleStop:
    """A hot spot that may be in a schedule: by its middle, WGS 84."""

    id: str
    name: str
    lon: float
    lat: float
    weight: float
    # The share of its planned dose that the latest four weeks lack; None without a plan.
    lacking: float | None
    # Visits wanted in each week of the schedule.
    wanted: tuple[int, ...]
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class ScheduleAnswer:
    """A schedule with what it was made of."""

    question: ScheduleQuestion
    schedule: Schedule
    unreached: tuple[str, ...]
    source: TravelSource


@dataclass(frozen=True, slots=True)
class ScheduleQuestion:
    """What is asked for, whole: nothing else decides the answer."""

    stops: tuple[ScheduleStop, ...]
    shifts: tuple[Shift, ...]
    first_day: date
    last_day: date
    seed: int
    beyond: bool = False
    streets: str | None = None
    digest: str = ""
    m_per_min: float = WALK_M_PER_MIN

    def solve(self, tell: Tell) -> ScheduleAnswer:
        """Make the schedule."""
        tell(0.02)
        ways = open_ways(self.streets)
        travel = ways.travel([(stop.lon, stop.lat) for stop in self.stops])
        reached = [at for at, why in enumerate(travel.no_way) if why is None]
        tell(0.1)
        schedule = make_schedule(
            [
                ScheduleSpot(s.id, s.wanted, s.weight, s.lacking or 0.0, s.valid_from, s.valid_to)
                for s in (self.stops[at] for at in reached)
            ],
            self.shifts,
            travel.from_door_m[np.ix_(reached, reached)] / self.m_per_min,
            first_day=self.first_day,
            seed=self.seed,
            rules=ScheduleRules(beyond=self.beyond),
            tell=lambda share: tell(0.1 + 0.9 * share),
        )
        left = [stop.id for at, stop in enumerate(self.stops) if travel.no_way[at] is not None]
        return ScheduleAnswer(self, schedule, tuple(left), ways.source)


@dataclass(frozen=True, slots=True)
class WaysQuestion:
    """The ways between some places, to be drawn: from where to where, WGS 84."""

    legs: tuple[tuple[Position, Position], ...]
    streets: str | None = None
    digest: str = ""

    def solve(self, tell: Tell) -> tuple[Line, ...]:
        """Find the ways."""
        ways = open_ways(self.streets)
        known: dict[tuple[Position, Position], Line] = {}
        for done, (here, there) in enumerate(self.legs):
            tell(done / len(self.legs))
            if (here, there) not in known:
                reached = math.isfinite(float(ways.travel([here, there]).length_m[0, 1]))
                along = ways.route(here, there).line.coords if reached else ()
                line = [here, *((float(lon), float(lat)) for lon, lat, *_ in along), there]
                known[here, there] = tuple(
                    (round(lon, _ROUNDED), round(lat, _ROUNDED)) for lon, lat in line
                )
        return tuple(known[leg] for leg in self.legs)
