"""How fast promised numbers are reached: stairs against a straight line, and steps in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Final

from dashboard.address import ViewState
from dashboard.context import Context
from geodata.model import (
    Area,
    Commitment,
    Period,
    Progress,
    Promise,
    StepProgress,
)
from geodata.service.following import following

DOTS_AT_MOST: Final = 40
CHART_LEFT: Final = 34
CHART_BOTTOM: Final = 30
CHART_TOP: Final = 12
CHART_RIGHT: Final = 14


@dataclass(frozen=True, slots=True)
class Size:
    """A drawing's width and height."""

    width: int
    height: int

    @property
    def floor(self) -> int:
        """Where nought lies."""
        return self.height - CHART_BOTTOM

    @property
    def left(self) -> int:
        """Where the period begins."""
        return CHART_LEFT

    @property
    def right(self) -> int:
        """Where it ends."""
        return self.width - CHART_RIGHT

    @property
    def top(self) -> int:
        """A little above the highest that is drawn."""
        return CHART_TOP - 4


LARGE: Final = Size(560, 220)
SMALL: Final = Size(400, 150)
"""One of several beside each other, so that its letters come out as large."""


@dataclass(frozen=True, slots=True)
class PaceChart:
    """A counted commitment's steps against a straight line, as positions in the drawing."""

    commitment: Commitment
    progress: Progress
    delivered: str
    line: tuple[float, float, float, float]
    marker_x: float | None
    months: tuple[tuple[float, date], ...]
    levels: tuple[tuple[float, int], ...]
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class AreaCharts:
    """A commitment counted in each area by itself: one small chart an area, drawn alike."""

    commitment: Commitment
    progress: Progress
    charts: tuple[tuple[Area, PaceChart], ...]


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step on its way through the period."""

    area: Area | None
    title: str
    step: StepProgress
    due_share: float
    reached_share: float | None
    link: ViewState


@dataclass(frozen=True, slots=True)
class StepPlan:
    """A milestone's or an appointment's steps, area by area."""

    commitment: Commitment
    progress: Progress
    steps: tuple[PlannedStep, ...]


@dataclass(frozen=True, slots=True)
class PromisePlan:
    """A promise's steps, on one line of time."""

    promise: Promise
    plans: tuple[StepPlan, ...]
    now_share: float | None
    months: tuple[tuple[float, date], ...]


# --- counted -----------------------------------------------------------------------------------


def together(context: Context) -> list[PaceChart]:
    """Return a chart for each commitment that is counted for all areas together."""
    return [
        _chart(context, promise, commitment, context.progress[commitment.id].overall, LARGE)
        for promise, commitment in _commitments(context)
        if commitment.measure.drawn == "pace" and not commitment.each_area
    ]


def each_area(context: Context) -> list[AreaCharts]:
    """Return a chart an area for each commitment that is counted in each area by itself."""
    areas = context.service.catalogue.area_by_id
    found = []
    for promise, commitment in _commitments(context):
        if commitment.measure.drawn == "pace" and commitment.each_area:
            told = context.progress[commitment.id]
            # One scale for all, or a small number here would look as large as a large one there.
            most = max(told.by_area[id_].delivered for id_ in commitment.areas)
            charts = tuple(
                (areas[id_], _chart(context, promise, commitment, told.by_area[id_], SMALL, most))
                for id_ in commitment.areas
            )
            found.append(AreaCharts(commitment, told.overall, charts))
    return found


def _commitments(context: Context) -> list[tuple[Promise, Commitment]]:
    return [(promise, one) for promise in context.promises for one in promise.commitments]


def _chart(
    context: Context,
    promise: Promise,
    commitment: Commitment,
    progress: Progress,
    size: Size,
    at_least: int = 0,
) -> PaceChart:
    counted = following(context.service).days(progress.counted)
    return chart(commitment, progress, promise.period, counted, context.as_of.day, size, at_least)


def chart(
    commitment: Commitment,
    progress: Progress,
    period: Period,
    counted: Mapping[date, int],
    as_of: date,
    size: Size = LARGE,
    at_least: int = 0,
) -> PaceChart:
    """Lay out a pace chart."""
    target = progress.target or 1
    reached = list(accumulate(counted.values()))
    top = max([target, at_least, *reached])
    width = size.right - size.left
    height = size.height - CHART_TOP - CHART_BOTTOM
    due = commitment.deadline or period.end

    def x(day: date) -> float:
        return round(size.left + width * (day - period.start).days / period.days, 1)

    def y(number: float) -> float:
        return round(CHART_TOP + height * (1 - number / top), 1)

    end_of_day = timedelta(days=1)
    path = [f"M{x(period.start)} {y(0)}"]
    path += [f"H{x(day)}V{y(number)}" for day, number in zip(counted, reached, strict=True)]
    path.append(f"H{x(min(max(as_of, period.start), period.end) + end_of_day)}")
    return PaceChart(
        commitment,
        progress,
        "".join(path) if counted else "",
        (x(period.start), y(0), x(due + end_of_day), y(target)),
        x(as_of + end_of_day) if period.start <= as_of <= period.end else None,
        tuple((x(day), day) for day in _quarters(period)),
        tuple((y(n), n) for n in range(0, top + 1, _round_step(top))),
        tuple((x(day), y(number)) for day, number in zip(counted, reached, strict=True))
        if len(counted) <= DOTS_AT_MOST
        else (),
    )


def _round_step(top: int) -> int:
    """Return a round number of which about five reach the top: 1, 2 or 5 times a power of ten."""
    power = int("1" + "0" * max(len(str(top)) - 2, 0))
    return next(step * power for step in (1, 2, 5, 10, 20, 50) if step * power * 6 >= top)


def _quarters(period: Period) -> list[date]:
    days, day = [], period.start.replace(day=1)
    while day <= period.end:
        days.append(day)
        month = day.month + 3
        day = date(day.year + (month > 12), month - 12 * (month > 12), 1)
    return [day for day in days if day >= period.start]


# --- steps -------------------------------------------------------------------------------------


def plans(context: Context) -> list[PromisePlan]:
    """Return each promise's steps; a promise without milestones or appointments is left out."""
    found, day = [], context.as_of.day
    for promise in context.promises:
        period = promise.period
        steps = tuple(
            _plan(context, promise, commitment)
            for commitment in promise.commitments
            if commitment.measure.drawn == "steps"
        )
        now = _share(period, day) if period.start <= day <= period.end else None
        months = tuple((_share(period, month, end=False), month) for month in _quarters(period))
        if steps:
            found.append(PromisePlan(promise, steps, now, months))
    return found


def _plan(context: Context, promise: Promise, commitment: Commitment) -> StepPlan:
    told, period = context.progress[commitment.id], promise.period
    titles = context.step_titles(commitment)
    parts: list[tuple[Area | None, Progress]] = [(None, told.overall)]
    if commitment.each_area:
        areas = context.service.catalogue.area_by_id
        parts = [(areas[id_], told.by_area[id_]) for id_ in commitment.areas]
    steps = tuple(
        PlannedStep(
            area,
            titles.get(step.step_id, step.step_id),
            step,
            _share(period, step.due),
            None if step.reached is None else _share(period, step.reached),
            context.state.with_commitment(commitment.id, area.id if area else None),
        )
        for area, progress in parts
        for step in progress.steps
    )
    return StepPlan(commitment, told.overall, steps)


def _share(period: Period, day: date, *, end: bool = True) -> float:
    """Return how much of a period has gone at a day's end, or at its beginning."""
    return min(max(((day - period.start).days + end) / period.days, 0), 1)
