"""When to be seen where: visits to hot spots within shifts, at times that nobody can foretell.

What is planned
    Stays of 10 to 16 minutes by people on foot, who need the time that the way from one spot to
    the next takes. The way to a shift's first spot and from its last one is not counted.
What always holds
    A patrol is at one place at a time and has the whole way's time between two; stays lie within
    shifts; two stays at one spot are at least 90 minutes apart, whichever patrols make them, so no
    two patrols are there at once; a spot is visited on its valid days only, and no more often in a
    week than is wanted unless `beyond` asks for it.
What is striven for
    First the most worth. A spot's first visit in a week is worth its weight times one plus the
    share of its dose that it has been lacking; the visits after it are worth less and less, the
    last wanted one about half, so that with too few people each spot gets some. Then visits spread
    over the days; two on one day at most 150 minutes apart, "about every two hours"; little
    walking.
What it rests on
    Stays of 10 to 16 minutes, again after about two hours at irregular times: Koper 1995 as retold
    by the Police Foundation; the optimum has not been replicated. That times should be irregular:
    Ariel and Partridge 2017, where predictable visits went with more reported crime (p = .10).
The same answer
    A seed and a question give one schedule, in whatever order spots and shifts are given. Nothing
    is proven: with too few people there may be a better one. Against an exact search over small
    questions it reaches the best worth nearly always (``tests/geodata/planning/test_schedule.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from geodata.errors import PlanningError
from geodata.model import VISIT_MINUTES
from geodata.planning._arrays import Floats, numbers, whole_number
from geodata.planning._schedule_board import NO_WAY, Duty, Setting
from geodata.planning._schedule_search import Search

APART_MINUTES: Final = (90, 150)
"""At least and at most so long between two visits to a spot on one day: about two hours."""

SHIFT_HOURS_AT_MOST: Final = 24
DAYS_AT_MOST: Final = 92
"""A schedule's longest period: a quarter of a year."""


@dataclass(frozen=True, slots=True)
class ScheduleSpot:
    """A hot spot as a schedule sees it; None leaves its first or last day open."""

    id: str
    # Visits in each week, the first week first.
    wanted: tuple[int, ...]
    # How much it matters beside the others; above 0.
    weight: float = 1.0
    # The share of its planned dose that it has been lacking of late, from 0 to 1.
    lacking: float = 0.0
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """When a patrol can be out, with zone."""

    # What it is called, never who is in it.
    patrol: str
    start: datetime
    end: datetime

    @property
    def day(self) -> date:
        """The day that it starts on."""
        return self.start.date()


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One stay in a schedule."""

    patrol: str
    spot_id: str
    start: datetime
    minutes: int
    walk_minutes: int | None
    shift_start: datetime

    @property
    def end(self) -> datetime:
        """When it ends."""
        zone = self.start.tzinfo
        return (self.start.astimezone(UTC) + timedelta(minutes=self.minutes)).astimezone(zone)


@dataclass(frozen=True, slots=True)
class SpotTally:
    """How many visits a spot was to have, and how many it gets; of those without a plan 0."""

    spot_id: str
    wanted: int
    planned: int

    @property
    def missing(self) -> int:
        """How many are missing."""
        return max(self.wanted - self.planned, 0)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Who is where when."""

    # By time, then by patrol.
    visits: tuple[PlannedVisit, ...]
    # Each spot, in the order that they were given.
    tallies: tuple[SpotTally, ...]
    # Of the random numbers: with the same question it gives the same schedule.
    seed: int
    # What is striven for: the worth of all visits that count.
    worth: float
    # The worth if every wanted visit was in it.
    wanted_worth: float


@dataclass(frozen=True, slots=True)
class ScheduleRules:
    """What a schedule keeps to."""

    # The shortest and the longest stay.
    stay_minutes: tuple[int, int] = VISIT_MINUTES
    # Least (kept) and most (striven for) between two visits to a spot on a day.
    apart_minutes: tuple[int, int] = APART_MINUTES
    # Whether spots may have more visits than wanted, where there is time.
    beyond: bool = False


def _untold(_: float) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class _Question:
    """Spots and shifts in an order of their own, so that the order given does not matter."""

    spots: tuple[ScheduleSpot, ...]
    shifts: tuple[Shift, ...]
    setting: Setting


def make_schedule(
    spots: Sequence[ScheduleSpot],
    shifts: Iterable[Shift],
    travel_min: ArrayLike,
    *,
    first_day: date,
    seed: int,
    rules: ScheduleRules | None = None,
    tell: Callable[[float], None] = _untold,
) -> Schedule:
    """Make a schedule.

    Parameters
    ----------
    spots : sequence of ScheduleSpot
        Where to be seen; each id once.
    shifts : iterable of Shift
        When there is whom; those of one patrol don't overlap.
    travel_min : array_like of float, shape (n, n)
        Minutes on foot from each spot (row) to each other (column), in the order of `spots`; NaN or
        infinite where there is no way. Rounded up to whole minutes; where the way past another spot
        is shorter, that one is taken.
    first_day : datetime.date
        The day that the first week begins with.
    seed : int
        Of the random numbers, at least 0.
    rules : ScheduleRules, optional
        How long stays are and how far apart.
    tell : callable, optional
        Told now and then which share is done, from 0 to 1.

    Returns
    -------
    Schedule
        As much as was found to fit; what is missing stands in its tallies.

    Raises
    ------
    PlanningError
        If the values can't be right: spots or shifts that contradict themselves, a table of
        another size, a time without a zone, a shift outside the weeks.
    """
    question = _question(
        tuple(spots), tuple(shifts), travel_min, first_day, rules or ScheduleRules()
    )
    number = whole_number(seed, "planning.seed")
    board = Search(question.setting, number, tell).run()
    tell(1.0)
    planned = [sum(weeks) for weeks in board.count]
    numbers = {spot.id: index for index, spot in enumerate(question.spots)}
    return Schedule(
        _visits(question, board.rows),
        tuple(SpotTally(spot.id, sum(spot.wanted), planned[numbers[spot.id]]) for spot in spots),
        number,
        _worth(question.setting, board.count),
        _worth(question.setting, question.setting.wanted),
    )


def _worth(setting: Setting, counts: Sequence[Sequence[int]]) -> float:
    return math.fsum(
        setting.worth(spot, week, number)
        for spot, weeks in enumerate(counts)
        for week, count in enumerate(weeks)
        for number in range(count)
    )


def _visits(
    question: _Question, rows: Sequence[Sequence[tuple[int, int, int]]]
) -> tuple[PlannedVisit, ...]:
    found = []
    for shift, row in zip(question.shifts, rows, strict=True):
        before: int | None = None
        for begin, end, spot in row:
            walk = None if before is None else question.setting.walk[before][spot]
            start = datetime.fromtimestamp(begin * 60, UTC).astimezone(shift.start.tzinfo)
            spot_id = question.spots[spot].id
            found.append(PlannedVisit(shift.patrol, spot_id, start, end - begin, walk, shift.start))
            before = spot
    return tuple(sorted(found, key=lambda visit: (visit.start.astimezone(UTC), visit.patrol)))


# --- from what is given to whole minutes ---------------------------------------------------------


def _question(
    spots: tuple[ScheduleSpot, ...],
    shifts: tuple[Shift, ...],
    travel_min: ArrayLike,
    first_day: date,
    rules: ScheduleRules,
) -> _Question:
    _check_rules(rules)
    weeks = _checked_spots(spots)
    walk = _walks(travel_min, len(spots))
    order = sorted(range(len(spots)), key=lambda index: spots[index].id)
    own_spots = tuple(spots[index] for index in order)
    own_shifts = _checked_shifts(shifts, first_day, weeks)
    zone = own_shifts[0].start.tzinfo if own_shifts else UTC
    own_walk = tuple(tuple(int(walk[a][b]) for b in order) for a in order)
    setting = Setting(
        _duties(own_shifts, own_walk, first_day),
        own_walk,
        tuple(spot.wanted for spot in own_spots),
        tuple(spot.weight * (1 + spot.lacking) for spot in own_spots),
        tuple(
            (
                _midnight(spot.valid_from, zone, -NO_WAY),
                _midnight(spot.valid_to and spot.valid_to + timedelta(days=1), zone, NO_WAY),
            )
            for spot in own_spots
        ),
        rules.stay_minutes,
        rules.apart_minutes,
        rules.beyond,
    )
    return _Question(own_spots, own_shifts, setting)


def _check_rules(rules: ScheduleRules) -> None:
    shortest, longest = rules.stay_minutes
    least, most = rules.apart_minutes
    if not (1 <= shortest <= longest and 0 <= least <= most):
        raise PlanningError("planning.schedule_rules")


def _checked_spots(spots: Sequence[ScheduleSpot]) -> int:
    """Return how many weeks they are wanted in."""
    if len({spot.id for spot in spots}) != len(spots):
        raise PlanningError("planning.schedule_spot_twice")
    if len({len(spot.wanted) for spot in spots}) > 1:
        raise PlanningError("planning.schedule_weeks")
    for spot in spots:
        fits = all(isinstance(count, int) and count >= 0 for count in spot.wanted)
        weighty = math.isfinite(spot.weight) and spot.weight > 0 and 0 <= spot.lacking <= 1
        if not fits or not weighty:
            raise PlanningError("planning.schedule_spot", id=spot.id)
    return len(spots[0].wanted) if spots else DAYS_AT_MOST // 7 + 1


def _walks(travel_min: ArrayLike, count: int) -> Floats:
    table = numbers(travel_min, "planning.travel_values")
    if table.size == 0:
        table = table.reshape(0, 0)
    if table.shape != (count, count):
        raise PlanningError("planning.travel_shape")
    if (table < 0).any():
        raise PlanningError("planning.travel_values")
    # A way of a few seconds more than whole minutes takes the next whole minute.
    whole = np.ceil(np.nan_to_num(table, nan=NO_WAY, posinf=NO_WAY))
    np.fill_diagonal(whole, 0)
    # One may always pass another spot on the way: no way is longer than that (Floyd and Warshall).
    for by in range(count):
        np.minimum(whole, whole[:, by, None] + whole[by], out=whole)
    return np.minimum(whole, NO_WAY)


def _checked_shifts(shifts: Sequence[Shift], first_day: date, weeks: int) -> tuple[Shift, ...]:
    for shift in shifts:
        if shift.start.utcoffset() is None or shift.end.utcoffset() is None:
            raise PlanningError("planning.schedule_zone")
        hours = (shift.end.astimezone(UTC) - shift.start.astimezone(UTC)) / timedelta(hours=1)
        if not 0 < hours <= SHIFT_HOURS_AT_MOST:
            raise PlanningError("planning.schedule_shift_length", patrol=shift.patrol)
        if not 0 <= (shift.day - first_day).days < 7 * weeks:
            raise PlanningError("planning.schedule_shift_day", patrol=shift.patrol)
    return one_after_the_other(shifts)


def one_after_the_other(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    """Return shifts as they begin; PlanningError where a patrol has two at the same time."""
    own = sorted(shifts, key=lambda shift: (shift.start.astimezone(UTC), shift.patrol))
    latest: dict[str, datetime] = {}
    for shift in own:
        if shift.patrol in latest and shift.start.astimezone(UTC) < latest[shift.patrol]:
            raise PlanningError("planning.schedule_overlap", patrol=shift.patrol)
        latest[shift.patrol] = shift.end.astimezone(UTC)
    return tuple(own)


def _duties(
    shifts: Sequence[Shift], walk: Sequence[Sequence[int]], first_day: date
) -> tuple[Duty, ...]:
    """Return shifts in whole minutes; a minute that is not whole in one is left out."""
    farthest = max((way for row in walk for way in row if way < NO_WAY), default=0)
    apart = any(way >= NO_WAY for row in walk for way in row)
    spans = [
        (math.ceil(shift.start.timestamp() / 60), math.floor(shift.end.timestamp() / 60))
        for shift in shifts
    ]
    before: list[int | None] = [None] * len(shifts)
    after: list[int | None] = [None] * len(shifts)
    latest: dict[str, int] = {}
    for number, shift in enumerate(shifts):
        earlier = latest.get(shift.patrol)
        if earlier is not None:
            pause = spans[number][0] - spans[earlier][1]
            # Where there is no way on foot, a pause is what another way would have to take.
            if pause < farthest or (apart and pause <= 0):
                before[number], after[earlier] = earlier, number
        latest[shift.patrol] = number
    return tuple(
        Duty(
            *span,
            (shift.day - first_day).days,
            (shift.day - first_day).days // 7,
            before[number],
            after[number],
        )
        for number, (shift, span) in enumerate(zip(shifts, spans, strict=True))
    )


def _midnight(day: date | None, zone: tzinfo | None, otherwise: int) -> int:
    """Return the minute that a day begins with."""
    if day is None:
        return otherwise
    begin = datetime.combine(day, datetime.min.time(), tzinfo=zone)
    return math.floor(begin.timestamp() / 60)
