"""What comes out of planning a loop: ways past stops, with lengths and times."""

from __future__ import annotations

import math
from dataclasses import dataclass

from geodata.service.planning.loop_choices import Position
from geodata.service.planning.loop_stops import LoopStop
from geodata.service.streets import TravelSource


@dataclass(frozen=True, slots=True)
class Leg:
    """The way from one stop to the next.

    Parameters
    ----------
    metres, minutes : float
        How long it is.
    line : tuple of (float, float)
        WGS 84, longitude first.
    """

    metres: float
    minutes: float
    line: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop of a loop.

    Parameters
    ----------
    stop : LoopStop
        Where.
    leg : Leg
        The way to it.
    reached_min, left_min : float
        When, in minutes after the walk begins.
    """

    stop: LoopStop
    leg: Leg
    reached_min: float
    left_min: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stop that is not in a loop.

    Parameters
    ----------
    stop : LoopStop
        Which.
    extra_min : float
        How much longer the walk would be with it, its stay counted.
    at : int
        Before which stop it would then come, from 0.
    """

    stop: LoopStop
    extra_min: float
    at: int


@dataclass(frozen=True, slots=True)
class PlannedLoop:
    """A way past some stops, with times.

    Parameters
    ----------
    visits : tuple of Visit
        In the order of the walk.
    home : Leg
        The way from the last stop to the end.
    left_out : tuple of LeftOut
        What else was in question, the most valuable first.
    exact : bool
        Whether it is proven that no loop within the time has more value.
    """

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
    """What came out.

    Parameters
    ----------
    loops : tuple of PlannedLoop
        Suggestions, the best first; or the planner's own order alone.
    unreached : tuple of Unreached
        What can't be walked to from the start.
    source : TravelSource
        What lengths were found by.
    own : bool
        Whether the order is the planner's.
    best_order : tuple of str
        The same stops' keys in the order with the shortest way; empty unless the planner's own
        order is longer.
    shared : int
        How many of the second suggestion's stops are also the first's, where that is more than
        half; 0 otherwise. Stops that have to be made are not counted.
    """

    loops: tuple[PlannedLoop, ...]
    unreached: tuple[Unreached, ...]
    source: TravelSource
    own: bool = False
    best_order: tuple[str, ...] = ()
    shared: int = 0
