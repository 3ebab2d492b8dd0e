"""A loop's question, whole, and its answer: solved without the register or the catalogue."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geodata.errors import PlanningError
from geodata.planner.plans import Position
from geodata.planning.loop import Loop, plan_loop, plan_two_loops
from geodata.planning.travel import WALK_M_PER_MIN
from geodata.service.streets import TravelSource, Ways, open_ways


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


@dataclass(frozen=True, slots=True)
class LoopStop:
    """Somewhere to stop."""

    # As `geodata.planner.loop.choices` names it.
    key: str
    kind: Literal["spots", "findings", "places", "own"]
    # Empty for a place of the planner's own.
    name: str
    lon: float
    lat: float
    value: float = 0.0
    minutes: int = 0
    # What is known of it: why it is a hot spot, what was found.
    about: tuple[str, ...] = ()

    @property
    def position(self) -> Position:
        """Longitude and latitude."""
        return self.lon, self.lat


SEARCH_S: Final = 2.0
"""How long the search may take at most; see `geodata.planning.loop`."""

SHORTER_S: Final = 0.5
"""How long a shorter order of a planner's own stops is looked for: they wait for every change."""

_SHORTER_MIN: Final = 0.1
"""Another order is worth telling of where it saves this much, in minutes."""

_TOLD: Final = {
    "planning.required_do_not_fit": "plan_loop.required_do_not_fit",
    "planning.required_not_found": "plan_loop.required_not_found",
    "planning.end_too_far": "plan_loop.end_too_far",
}
"""The solver's own words are of a budget, a planner's of time."""

Tell = Callable[[float], None]
Minutes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LoopQuestion:
    """What is asked for, whole: nothing else decides the answer."""

    start: Position
    end: Position | None
    budget_min: float
    stops: tuple[LoopStop, ...]
    required: tuple[str, ...] = ()
    order: tuple[str, ...] | None = None
    streets: str | None = None
    digest: str = ""
    m_per_min: float = WALK_M_PER_MIN
    beyond: int = 0
    gone: tuple[str, ...] = ()

    def solve(self, tell: Tell) -> LoopAnswer:
        """Plan."""
        tell(0.05)
        planning = _Planning.of(self, open_ways(self.streets))
        tell(0.2)
        return planning.suggested(tell) if self.order is None else planning.own(self.order, tell)


@dataclass(frozen=True, slots=True, eq=False)
class _Planning:
    """A question with the minutes between all its places: the start, the end, the stops."""

    question: LoopQuestion
    ways: Ways
    stops: tuple[LoopStop, ...]
    minutes: Minutes
    unreached: tuple[Unreached, ...]

    @classmethod
    def of(cls, question: LoopQuestion, ways: Ways) -> _Planning:
        """Find the lengths; stops without a way from the start are set apart."""
        start, end = question.start, question.end or question.start
        places = np.array([start, end, *(stop.position for stop in question.stops)])
        travel = ways.travel(places)
        off, metres = travel.off_path_m, travel.from_door_m
        metres[(places[:, None] == places[None, :]).all(axis=2)] = 0.0
        if not math.isfinite(off[0]):
            raise PlanningError("plan_loop.start_off_paths")
        if not math.isfinite(metres[0, 1]):
            raise PlanningError("plan_loop.end_off_paths")
        reached = np.isfinite(metres[0]) & np.isfinite(off)
        kept = np.flatnonzero(reached)
        pairs = list(enumerate(question.stops, start=2))
        minutes = metres[np.ix_(kept, kept)] / question.m_per_min
        return cls(
            question,
            ways,
            tuple(stop for at, stop in pairs if reached[at]),
            minutes,
            tuple(
                Unreached(stop, str(travel.no_way[at] or "apart"))
                for at, stop in pairs
                if not reached[at]
            ),
        )

    def suggested(self, tell: Tell) -> LoopAnswer:
        """Return two good loops that differ."""
        question = self.question
        try:
            loops = plan_two_loops(
                self.minutes,
                [0.0, 0.0, *(stop.value for stop in self.stops)],
                [0.0, 0.0, *(float(stop.minutes) for stop in self.stops)],
                0,
                question.budget_min,
                end=1,
                required=self._places(question.required),
                time_limit_s=SEARCH_S,
            )
        except PlanningError as error:
            told = _TOLD.get(error.key, error.key)
            raise PlanningError(told, minutes=round(question.budget_min)) from error
        tell(0.9)
        made = tuple(self._walked(_stops_of(loop), exact=loop.exact) for loop in loops)
        tell(1.0)
        shared = _shared(made, frozenset(question.required))
        return LoopAnswer(made, self.unreached, self.ways.source, shared=shared)

    def own(self, order: Sequence[str], tell: Tell) -> LoopAnswer:
        """Return the planner's own order, and a shorter one of the same stops if there is one."""
        places = self._places(order)
        made = self._walked(places, exact=False)
        tell(0.5)
        best = self._shorter(places, made.total_min)
        tell(1.0)
        return LoopAnswer((made,), self.unreached, self.ways.source, own=True, best_order=best)

    def _shorter(self, places: Sequence[int], total_min: float) -> tuple[str, ...]:
        """Return the keys of the same stops in a shorter order, none where there isn't one."""
        try:
            best = plan_loop(
                self.minutes,
                np.zeros(len(self.minutes)),
                [0.0, 0.0, *(float(stop.minutes) for stop in self.stops)],
                0,
                total_min - _SHORTER_MIN,
                end=1,
                required=places,
                time_limit_s=SHORTER_S,
            )
        except PlanningError:
            return ()
        return tuple(self.stops[at - 2].key for at in _stops_of(best))

    def _places(self, keys: Sequence[str]) -> list[int]:
        at = {stop.key: place for place, stop in enumerate(self.stops, start=2)}
        return [at[key] for key in keys if key in at]

    def _position(self, place: int) -> Position:
        question = self.question
        if place < 2:
            return question.start if place == 0 else question.end or question.start
        return self.stops[place - 2].position

    def _walked(self, places: Sequence[int], *, exact: bool) -> PlannedLoop:
        visits: list[Visit] = []
        now = 0.0
        legs = [self._leg(here, there) for here, there in pairwise([0, *places, 1])]
        for place, leg in zip(places, legs[:-1], strict=True):
            stop = self.stops[place - 2]
            reached = now + leg.minutes
            now = reached + stop.minutes
            visits.append(Visit(stop, leg, reached, now))
        return PlannedLoop(tuple(visits), legs[-1], self._left_out(places), exact)

    def _leg(self, here: int, there: int) -> Leg:
        minutes = float(self.minutes[here, there])
        ends = self._position(here), self._position(there)
        if ends[0] == ends[1]:
            return Leg(0.0, 0.0, ends)
        route = self.ways.route(*ends)
        points: list[Position] = [(lon, lat) for lon, lat, *_ in route.line.coords]
        along = [ends[0], *points, ends[1]]
        line = tuple(p for at, p in enumerate(along) if at == 0 or p != along[at - 1])
        return Leg(minutes * self.question.m_per_min, minutes, line)

    def _left_out(self, places: Sequence[int]) -> tuple[LeftOut, ...]:
        """Return the stops that are not in a loop, each with the least that it would add."""
        way = [0, *places, 1]
        found = []
        for place, stop in enumerate(self.stops, start=2):
            if place in places:
                continue
            extra = [
                self.minutes[a, place] + self.minutes[place, b] - self.minutes[a, b]
                for a, b in pairwise(way)
            ]
            at = int(np.argmin(extra))
            found.append(LeftOut(stop, float(extra[at]) + stop.minutes, at))
        return tuple(sorted(found, key=lambda one: (-one.stop.value, one.extra_min)))


def _shared(loops: Sequence[PlannedLoop], required: frozenset[str]) -> int:
    """Return how many stops the second loop has of the first, where that is more than half."""
    first, second = (set(loops[at].keys) - required for at in (0, -1))
    both = len(first & second)
    return both if len(loops) > 1 and 2 * both > len(second) else 0


def _stops_of(loop: Loop) -> list[int]:
    """Return a loop's stops alone: neither where it begins nor where it ends is one."""
    return [place for place in loop.order if place >= 2]
