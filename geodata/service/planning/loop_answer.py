"""What comes out of planning a loop: ways past stops, with lengths and times."""

from __future__ import annotations

import math
from dataclasses import dataclass

from geodata.service.planning.loop_choices import Position
from geodata.service.planning.loop_stops import LoopStop
from geodata.service.streets import TravelSource


@dataclass(frozen=True, slots=True)
class Leg:
    """The way from one stop to the next."""

    metres: float
    minutes: float
    line: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop of a loop."""

    stop: LoopStop
    leg: Leg
    reached_min: float
    left_min: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stop that is not in a loop."""

    stop: LoopStop
    extra_min: float
    at: int


@dataclass(frozen=True, slots=True)
class PlannedLoop:
    """A way past some stops, with times."""

    visits: tuple[Visit, ...]
    home: Leg
    left_out: tuple[LeftOut, ...] = ()
    exact: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The stops' keys, in the order of the walk."""
        return tuple(visit.stop.key for visit in self.visits)

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Every leg, the last one to the end."""
        return (*(visit.leg for visit in self.visits), self.home)

    @property
    def line(self) -> tuple[Position, ...]:
        """The whole way: WGS 84, longitude first; who stays where they are is there twice."""
        points = [point for leg in self.legs for point in leg.line]
        along = [p for at, p in enumerate(points) if at == 0 or p != points[at - 1]]
        return tuple(along if len(along) > 1 else along * 2)

    @property
    def metres(self) -> float:
        """How far is walked."""
        return math.fsum(leg.metres for leg in self.legs)

    @property
    def walk_min(self) -> float:
        """Minutes on the way."""
        return math.fsum(leg.minutes for leg in self.legs)

    @property
    def stay_min(self) -> int:
        """Minutes at the stops."""
        return sum(visit.stop.minutes for visit in self.visits)

    @property
    def total_min(self) -> float:
        """How long it takes in all."""
        return self.walk_min + self.stay_min

    @property
    def value(self) -> float:
        """What the stops are worth together."""
        return math.fsum(visit.stop.value for visit in self.visits)


@dataclass(frozen=True, slots=True)
class Unreached:
    """A stop that can't be walked to: where it is, and why (`geodata.planning.travel.NoWay`)."""

    stop: LoopStop
    why: str


@dataclass(frozen=True, slots=True)
class LoopAnswer:
    """What came out."""

    loops: tuple[PlannedLoop, ...]
    unreached: tuple[Unreached, ...]
    source: TravelSource
    own: bool = False
    best_order: tuple[str, ...] = ()
    shared: int = 0
