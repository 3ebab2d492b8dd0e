"""Uppföljning: every commitment in every area, its pace, and what the parties reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Final

import streamlit as st

from dashboard import panel
from dashboard.state import ViewState
from dashboard.views import chrome
from dashboard.views.context import Context
from geodata.model import (
    Area,
    Commitment,
    Count,
    LeftOutReason,
    Outcome,
    Period,
    Progress,
    Promise,
    State,
)

DOTS_AT_MOST: Final = 40
CHART_WIDTH: Final = 560
CHART_HEIGHT: Final = 220
CHART_LEFT: Final = 34
CHART_BOTTOM: Final = 30
CHART_TOP: Final = 12
CHART_RIGHT: Final = 14


@dataclass(frozen=True, slots=True)
class Cell:
    """A commitment in an area: None as progress where the commitment does not name it."""

    area: Area
    progress: Progress | None
    where_needed: bool
    link: ViewState


@dataclass(frozen=True, slots=True)
class Row:
    """A commitment with its cells, where its links lead, and how many records don't count.

    `left_out` leaves out what merely lies later than the day told about.
    """

    commitment: Commitment
    overall: Progress
    left_out: int
    cells: tuple[Cell, ...]
    link: ViewState


@dataclass(frozen=True, slots=True)
class Matrix:
    """A promise's commitments by its areas."""

    promise: Promise
    areas: tuple[Area, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class PaceChart:
    """A counted commitment's steps against a straight line, as positions in the drawing.

    Parameters
    ----------
    commitment : Commitment
        Which one.
    progress : Progress
        As a whole.
    delivered : str
        The stair of delivered activities, as an SVG path; empty with none.
    line : tuple of float
        The straight line's ends: x1, y1, x2, y2.
    marker_x : float or None
        Where the day told about is, None outside the period.
    months : tuple of (float, datetime.date)
        Where each third month begins.
    levels : tuple of (float, int)
        Heights with their numbers.
    dots : tuple of (float, float)
        Each day that something counted, where they are few enough to be told apart.
    """

    commitment: Commitment
    progress: Progress
    delivered: str
    line: tuple[float, float, float, float]
    marker_x: float | None
    months: tuple[tuple[float, date], ...]
    levels: tuple[tuple[float, int], ...]
    dots: tuple[tuple[float, float], ...]


def page(context: Context) -> None:
    """Show the page."""
    chrome.frame(context, "followup")
    common = context.base("followup")
    with st.container(key="matrix"):
        panel.show(
            "matrix_panel",
            "matrix.html",
            **common,
            matrices=[_matrix(context, p) for p in context.promises],
        )
    with st.container(key="pace"):
        panel.show(
            "pace_panel",
            "pace.html",
            **common,
            charts=_charts(context),
            size=(CHART_WIDTH, CHART_HEIGHT, CHART_LEFT, CHART_HEIGHT - CHART_BOTTOM, CHART_RIGHT),
        )
    with st.container(key="outcomes"):
        panel.show(
            "outcomes_panel", "outcomes.html", **common, groups=_outcome_groups(context.promises)
        )


# --- matrix ------------------------------------------------------------------------------------


def _matrix(context: Context, promise: Promise) -> Matrix:
    areas = context.service.areas((promise,))
    rows = tuple(_row(context, commitment, areas) for commitment in promise.commitments)
    return Matrix(promise, areas, rows)


def _row(context: Context, commitment: Commitment, areas: Sequence[Area]) -> Row:
    progress, chosen = context.progress[commitment.id], context.state
    cells = tuple(
        Cell(
            area,
            progress.by_area.get(area.id),
            area.id in commitment.areas_where_needed,
            chosen.with_commitment(commitment.id, area.id),
        )
        for area in areas
    )
    # What merely lies later than the day told about is not left out: its time has not come.
    later = {LeftOutReason.AFTER_AS_OF}
    if (
        context.as_of.day
        <= context.service.catalogue.promise_by_id[commitment.promise_id].period.end
    ):
        later.add(LeftOutReason.AFTER_PERIOD)
    if progress.overall.state is State.NOT_STARTED:
        later.add(LeftOutReason.BEFORE_PERIOD)
    left_out = sum(
        len(ids) for reason, ids in progress.overall.left_out.items() if reason not in later
    )
    link = chosen.with_commitment(commitment.id)
    return Row(commitment, progress.overall, left_out, cells, link)


# --- pace --------------------------------------------------------------------------------------


def _charts(context: Context) -> list[PaceChart]:
    return [
        chart(
            commitment,
            context.progress[commitment.id].overall,
            promise.period,
            context.service.counted_days(commitment.id, context.as_of.day),
            context.as_of.day,
        )
        for promise in context.promises
        for commitment in promise.commitments
        if isinstance(commitment.measure, Count) and commitment.measure.per == "all"
    ]


def chart(
    commitment: Commitment,
    progress: Progress,
    period: Period,
    counted: Mapping[date, int],
    as_of: date,
) -> PaceChart:
    """Lay out a pace chart.

    Parameters
    ----------
    commitment : Commitment
        A commitment counted for all areas together.
    progress : Progress
        Its progress as a whole.
    period : Period
        The promise's.
    counted : mapping of datetime.date to int
        How many activities counted on each day, in order of day.
    as_of : datetime.date
        The day told about.

    Returns
    -------
    PaceChart
        Positions in a drawing of `CHART_WIDTH` by `CHART_HEIGHT`.
    """
    target = progress.target or 1
    reached = list(accumulate(counted.values()))
    top = max([target, *reached])
    width = CHART_WIDTH - CHART_LEFT - CHART_RIGHT
    height = CHART_HEIGHT - CHART_TOP - CHART_BOTTOM
    due = commitment.deadline or period.end

    def x(day: date) -> float:
        return round(CHART_LEFT + width * (day - period.start).days / period.days, 1)

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
        tuple((y(n), n) for n in range(0, top + 1, max(1, top // 5))),
        tuple((x(day), y(number)) for day, number in zip(counted, reached, strict=True))
        if len(counted) <= DOTS_AT_MOST
        else (),
    )


def _quarters(period: Period) -> list[date]:
    days, day = [], period.start.replace(day=1)
    while day <= period.end:
        days.append(day)
        month = day.month + 3
        day = date(day.year + (month > 12), month - 12 * (month > 12), 1)
    return [day for day in days if day >= period.start]


def _outcome_groups(
    promises: Sequence[Promise],
) -> list[tuple[Promise, list[tuple[Commitment | None, Outcome]]]]:
    groups = []
    for promise in promises:
        by_id = {commitment.id: commitment for commitment in promise.commitments}
        rows = [(by_id.get(o.commitment_id or ""), o) for o in promise.outcomes]
        if rows:
            groups.append((promise, rows))
    return groups
