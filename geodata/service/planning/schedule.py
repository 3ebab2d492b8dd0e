"""Who is to be seen where and when: which hot spots there are, the question, and its solving.

`ask_schedule` makes a question of what a planner has chosen; its `solve` needs neither register nor
catalogue, so it runs in a process of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from geodata.analysis.predictability import Predictability, pattern, predictability
from geodata.errors import PlanningError
from geodata.model import HotSpot, Period
from geodata.planning.schedule import (
    APART_MINUTES,
    Schedule,
    ScheduleRules,
    ScheduleSpot,
    Shift,
    make_schedule,
)
from geodata.planning.travel import WALK_M_PER_MIN
from geodata.publish.kept_schedule import KeptSchedule, KeptTally, KeptVisit
from geodata.service.core import Service
from geodata.service.planning.dose import LATEST_DAYS, board
from geodata.service.planning.schedule_choices import ScheduleChoices, shifts_of
from geodata.service.streets import TravelSource, kept_streets, open_ways, streets_folder
from geodata.texts import alphabetical

__all__ = [
    "APART_MINUTES",
    "KeptSchedule",
    "KeptTally",
    "KeptVisit",
    "Predictability",
    "ScheduleAnswer",
    "ScheduleQuestion",
    "ScheduleStop",
    "WaysQuestion",
    "ask_schedule",
    "candidates",
    "foreseen",
    "made_schedule",
]

Position = tuple[float, float]
Line = tuple[Position, ...]
Tell = Callable[[float], None]

_ROUNDED: Final = 6


@dataclass(frozen=True, slots=True)
class ScheduleStop:
    """A hot spot that may be in a schedule.

    Parameters
    ----------
    id, name : str
        The hot spot's.
    lon, lat : float
        Its middle, WGS 84.
    weight : float
        Its weight.
    lacking : float or None
        The share of its planned dose that it has lacked in the latest four weeks; None where no
        dose is planned.
    wanted : tuple of int
        Visits wanted in each week of the schedule.
    valid_from, valid_to : datetime.date or None
        When it is one.
    """

    id: str
    name: str
    lon: float
    lat: float
    weight: float
    lacking: float | None
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
        ways = open_ways(Path(self.streets) if self.streets else None)
        travel = ways.travel([(stop.lon, stop.lat) for stop in self.stops])
        off = travel.off_path_m
        # From a place to its path, and from the next one's path to that place.
        metres = travel.length_m + off[:, None] + off[None, :]
        reached = [at for at, why in enumerate(travel.no_way) if why is None]
        tell(0.1)
        schedule = make_schedule(
            [_spot(self.stops[at]) for at in reached],
            self.shifts,
            metres[np.ix_(reached, reached)] / self.m_per_min,
            first_day=self.first_day,
            seed=self.seed,
            rules=ScheduleRules(beyond=self.beyond),
            tell=lambda share: tell(0.1 + 0.9 * share),
        )
        left = [stop.id for at, stop in enumerate(self.stops) if travel.no_way[at] is not None]
        return ScheduleAnswer(self, schedule, tuple(left), ways.source)


@dataclass(frozen=True, slots=True)
class WaysQuestion:
    """The ways between some places, to be drawn.

    Parameters
    ----------
    legs : tuple of (position, position)
        From where to where, WGS 84.
    streets : str or None
        As for `ScheduleQuestion`.
    digest : str
        Changes when the streets do.
    """

    legs: tuple[tuple[Position, Position], ...]
    streets: str | None = None
    digest: str = ""

    def solve(self, tell: Tell) -> tuple[Line, ...]:
        """Find the ways."""
        ways = open_ways(Path(self.streets) if self.streets else None)
        known: dict[tuple[Position, Position], Line] = {}
        for done, (here, there) in enumerate(self.legs):
            tell(done / len(self.legs))
            if (here, there) not in known:
                reached = math.isfinite(float(ways.travel_m([here, there])[0, 1]))
                along = ways.route(here, there).line.coords if reached else ()
                line = [here, *((float(lon), float(lat)) for lon, lat, *_ in along), there]
                known[here, there] = tuple(
                    (round(lon, _ROUNDED), round(lat, _ROUNDED)) for lon, lat in line
                )
        return tuple(known[leg] for leg in self.legs)


def ask_schedule(
    service: Service,
    choices: ScheduleChoices,
    day: date,
    within: Collection[str] | None = None,
    *,
    folder: Path | None = None,
) -> ScheduleQuestion:
    """Make the question of what a planner has chosen.

    Parameters
    ----------
    service : Service
        Knows the hot spots.
    choices : ScheduleChoices
        With shifts.
    day : datetime.date
        The day told about: what was lacking is counted up to it.
    within : collection of str, optional
        Only hot spots of these areas, by id.
    folder : pathlib.Path, optional
        Where streets are kept.

    Returns
    -------
    ScheduleQuestion
        Ready to be solved elsewhere.

    Raises
    ------
    PlanningError
        ``plan_schedule.no_shifts`` or ``plan_schedule.no_spots`` where there is nothing to plan,
        ``planning.schedule_overlap`` where a patrol would be out twice at once.
    StreetsError
        If there are streets that can't be read.
    """
    known = candidates(service, choices, day, within)
    chosen = [
        stop
        for stop in known
        if (choices.spots is None or stop.id in choices.spots) and any(stop.wanted)
    ]
    shifts = shifts_of(choices)
    if not shifts:
        raise PlanningError("plan_schedule.no_shifts")
    if not chosen:
        raise PlanningError("plan_schedule.no_spots")
    kept_in = streets_folder() if folder is None else folder
    kept = kept_streets(kept_in)
    return ScheduleQuestion(
        tuple(chosen),
        shifts,
        choices.first_day,
        choices.last_day,
        choices.seed,
        choices.beyond,
        str(kept_in),
        kept.digest if kept else "",
    )


def candidates(
    service: Service,
    choices: ScheduleChoices,
    day: date,
    within: Collection[str] | None = None,
) -> tuple[ScheduleStop, ...]:
    """Return the hot spots that are valid in a schedule's days, those that lack most first.

    Parameters
    ----------
    service : Service
        Knows them.
    choices : ScheduleChoices
        Which days, and how many visits where none are planned.
    day : datetime.date
        The day told about.
    within : collection of str, optional
        Only those of these areas, by id.
    """
    latest = Period(day - timedelta(days=LATEST_DAYS - 1), day)
    planned = {one.hot_spot.id: one.dose.planned for one in board(service, latest).spots}
    found = []
    for spot in service.hot_spots():
        if not spot.days_within(choices.first_day, choices.last_day):
            continue
        if within is not None and _area(service, spot) not in within:
            continue
        dose = planned.get(spot.id)
        lacking = min(max(dose.lacking / dose.visits, 0.0), 1.0) if dose and dose.visits else None
        found.append(
            ScheduleStop(
                spot.id,
                spot.name,
                spot.place.x,
                spot.place.y,
                spot.weight,
                lacking if spot.visits_a_week is not None else None,
                _wanted(spot, choices),
                spot.valid_from,
                spot.valid_to,
            )
        )
    return tuple(sorted(found, key=lambda s: (-(s.lacking or 0.0), alphabetical(s.name), s.id)))


def _area(service: Service, spot: HotSpot) -> str | None:
    found = service.locate(spot.place.x, spot.place.y)
    return spot.area_id or found.area_id or found.nearest_area_id


def _wanted(spot: HotSpot, choices: ScheduleChoices) -> tuple[int, ...]:
    """Return the visits wanted in each week; a part of a week counts as that part.

    What is rounded away in one week is had in a later one: half a visit a week is two in four.
    """
    a_week = choices.unplanned if spot.visits_a_week is None else spot.visits_a_week
    found, before, days = [], 0, 0
    for week in range(choices.weeks):
        first = choices.first_day + timedelta(days=7 * week)
        days += spot.days_within(first, first + timedelta(days=6))
        upto = math.floor(a_week * days / 7 + 0.5 + 1e-9)
        found.append(upto - before)
        before = upto
    return tuple(found)


def _spot(stop: ScheduleStop) -> ScheduleSpot:
    return ScheduleSpot(
        stop.id, stop.wanted, stop.weight, stop.lacking or 0.0, stop.valid_from, stop.valid_to
    )


# --- what came out -------------------------------------------------------------------------------


def made_schedule(answer: ScheduleAnswer) -> KeptSchedule:
    """Return an answer as it would be kept; it has neither id nor name yet.

    Parameters
    ----------
    answer : ScheduleAnswer
        What came out.
    """
    stops = {stop.id: stop for stop in answer.question.stops}
    tallies = [
        KeptTally(tally.spot_id, stops[tally.spot_id].name, tally.wanted, tally.planned)
        for tally in answer.schedule.tallies
    ]
    tallies += [
        KeptTally(id_, stops[id_].name, sum(stops[id_].wanted), 0) for id_ in answer.unreached
    ]
    return KeptSchedule(
        "",
        "",
        answer.question.first_day,
        answer.question.last_day,
        answer.schedule.seed,
        _visits(answer.schedule, stops),
        tuple(sorted(tallies, key=lambda t: (-t.missing, alphabetical(t.name), t.spot_id))),
        tuple(stops[id_].name for id_ in answer.unreached),
        answer.source,
    )


def _visits(schedule: Schedule, stops: dict[str, ScheduleStop]) -> tuple[KeptVisit, ...]:
    numbers: dict[str, int] = {}
    found = []
    for visit in schedule.visits:
        shift = f"{visit.patrol}/{visit.shift_start:%Y-%m-%dT%H:%M%z}"
        numbers[shift] = numbers.get(shift, 0) + 1
        stop = stops[visit.spot_id]
        found.append(
            KeptVisit(
                f"{shift}/{numbers[shift]}",
                visit.patrol,
                stop.id,
                stop.name,
                stop.lon,
                stop.lat,
                visit.start,
                visit.minutes,
                visit.walk_minutes,
            )
        )
    return tuple(found)


def foreseen(visits: Sequence[KeptVisit]) -> Predictability:
    """Return how predictable planned visits are, by the measure of the dose board.

    Parameters
    ----------
    visits : sequence of KeptVisit
        A schedule's, or those of one hot spot.
    """
    return predictability(pattern(visit.start for visit in visits))
