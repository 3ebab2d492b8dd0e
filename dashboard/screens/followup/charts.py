"""How fast promised numbers are reached, and the rhythm of what is recorded, as they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from itertools import accumulate
from operator import add
from typing import Final

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.listing import Leaf, leaf, with_list
from geodata.model import Activity, Area, Commitment, Period, Precision, Progress
from geodata.service.following import (
    TO_THE_MONTH,
    TO_THE_WEEK,
    Line,
    Size,
    Span,
    SquareIs,
    Tally,
    days_of,
    level_of,
    levels,
    months,
    rhythm,
    round_step,
    weeks,
    within,
)

DOTS_AT_MOST: Final = 40
CHART_BOTTOM: Final = 30
CHART_TOP: Final = 12

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
class Drawn:
    """A commitment that is counted in each area by itself: a chart for each."""

    commitment: Commitment
    progress: Progress
    parts: tuple[tuple[Area | None, PaceChart], ...]


Parts = Sequence[tuple[Area | None, Progress]]


def parts(context: Context, commitment: Commitment) -> Parts:
    """Return how far a commitment has come in each area, or in all that it is counted in."""
    told, areas = context.progress[commitment.id], context.service.catalogue.area_by_id
    if not commitment.each_area:
        return [(None, told.overall)]
    return [(areas[id_], told.by_area[id_]) for id_ in commitment.areas]


# --- counted -----------------------------------------------------------------------------------


def together(context: Context) -> list[PaceChart]:
    """Return a chart for each commitment that is counted for all areas together."""
    return [chart for drawn in _counted(context, each_area=False) for _, chart in drawn.parts]


def each_area(context: Context) -> list[Drawn]:
    """Return a chart an area for each commitment that is counted in each area by itself."""
    return _counted(context, each_area=True)


def _counted(context: Context, *, each_area: bool) -> list[Drawn]:
    found = []
    for promise in context.promises:
        for commitment in promise.commitments:
            if commitment.measure.drawn == "pace" and commitment.each_area == each_area:
                shown = parts(context, commitment)
                # One scale for all, or a small number would look as large as a large one elsewhere.
                most = max(part.delivered for _, part in shown) if each_area else 0
                charts = tuple(
                    (area, _chart(context, promise.period, commitment, part, area, most))
                    for area, part in shown
                )
                overall = context.progress[commitment.id].overall
                found.append(Drawn(commitment, overall, charts))
    return found


def _chart(
    context: Context,
    period: Period,
    commitment: Commitment,
    progress: Progress,
    area: Area | None,
    at_least: int,
) -> PaceChart:
    """Lay out a pace chart."""
    size, as_of = SMALL if commitment.each_area else LARGE, context.as_of.day
    counted = days_of(context.service, commitment, area.id if area else None, as_of)
    reached = list(accumulate(counted.values()))
    target = progress.target or 1
    top = max([target, at_least, *reached])
    width = size.right - size.left
    height = size.height - CHART_TOP - CHART_BOTTOM
    due = commitment.deadline or period.end

    def x(day: date) -> float:
        return round(size.left + width * (day - period.start).days / period.days, 1)

    def y(number: float) -> float:
        return round(CHART_TOP + height * (1 - number / top), 1)

    end_of_day = timedelta(days=1)
    steps = [(x(day), y(number)) for day, number in zip(counted, reached, strict=True)]
    path = [f"M{x(period.start)} {y(0)}", *(f"H{at}V{up}" for at, up in steps)]
    path.append(f"H{x(min(max(as_of, period.start), period.end) + end_of_day)}")
    return PaceChart(
        commitment,
        progress,
        "".join(path) if counted else "",
        (x(period.start), y(0), x(due + end_of_day), y(target)),
        x(as_of + end_of_day) if period.start <= as_of <= period.end else None,
        tuple((x(day), day) for day in quarters(period)),
        tuple((y(n), n) for n in range(0, top + 1, round_step(top))),
        tuple(steps) if len(counted) <= DOTS_AT_MOST else (),
    )


def quarters(period: Period) -> list[date]:
    """Return the first days of a period's months, every third."""
    days, day = [], period.start.replace(day=1)
    while day <= period.end:
        days.append(day)
        month = day.month + 3
        day = date(day.year + (month > 12), month - 12 * (month > 12), 1)
    return [day for day in days if day >= period.start]


def share(period: Period, day: date, *, end: bool = True) -> float:
    """Return how much of a period has gone at a day's end, or at its beginning."""
    return min(max(((day - period.start).days + end) / period.days, 0), 1)


SPANS_AT_MOST: Final = 500
"""Columns of a table: over nine years of weeks."""


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of areas by weeks or months, of which each has a list by its name."""

    spans: tuple[Span, ...]
    names: tuple[str, ...]
    rows: tuple[Line, ...]
    bounds: tuple[int, ...]
    as_of: int | None

    def link(self, state: ViewState, row: Line, at: int) -> ViewState | None:
        """Return where a square leads; None where nothing is recorded."""
        is_recorded = row.squares[at].is_ is SquareIs.RECORDED
        return with_list(state.with_area(row.area_id), self.names[at]) if is_recorded else None

    def level(self, row: Line, at: int) -> int:
        """Return a square's shade."""
        return level_of(row.squares[at].tally.count, self.bounds)

    @property
    def totals(self) -> list[int]:
        """How much there is in each span, of all areas."""
        columns = zip(*(row.squares for row in self.rows), strict=True)
        return [sum(square.tally.count for square in column) for column in columns]

    @property
    def says(self) -> frozenset[SquareIs]:
        """What its cells say: the legend explains no more."""
        return frozenset(square.is_ for row in self.rows for square in row.squares)

    @property
    def coarse(self) -> Tally:
        """All that is known too coarsely for the spans."""
        return reduce(add, (row.coarse for row in self.rows), Tally())

    @property
    def headings(self) -> list[tuple[date, int]]:
        """Each month's first day, and how many weeks are its own: those whose Thursday it has."""
        found: list[tuple[date, int]] = []
        for span in self.spans:
            thursday = span.first + timedelta(days=3)
            month = thursday.replace(day=1)
            weeks_before = found.pop()[1] if found and found[-1][0] == month else 0
            found.append((month, weeks_before + 1))
        return found


@dataclass(frozen=True, slots=True)
class SpanRecords:
    """The records of an area in a week or a month."""

    area: Area
    span: Span
    is_week: bool
    leaf: Leaf[Activity]
    closed: ViewState


def heats(context: Context) -> tuple[Heat, Heat]:
    """Return the tables of weeks and of months."""
    periods = [promise.period for promise in context.promises]
    ends = min(p.start for p in periods), max(p.end for p in periods)
    return (
        _heat(context, weeks(*ends)[:SPANS_AT_MOST], TO_THE_WEEK, "%G-W%V"),
        _heat(context, months(*ends)[:SPANS_AT_MOST], TO_THE_MONTH, "%Y-%m"),
    )


def opened(context: Context, week: Heat, month: Heat) -> SpanRecords | None:
    """Return the records of the week or month that the address names, None for none."""
    chosen, areas = context.state, context.service.catalogue.area_by_id
    spans = {name: (s, True) for name, s in zip(week.names, week.spans, strict=True)}
    spans |= {name: (s, False) for name, s in zip(month.names, month.spans, strict=True)}
    ids = {row.area_id for row in week.rows}
    if chosen.commitment or chosen.area not in ids or chosen.listed not in spans:
        return None
    span, is_week = spans[chosen.listed]
    exact = TO_THE_WEEK if is_week else TO_THE_MONTH
    found = within(context.service, chosen.area, span, context.as_of.day, exact)
    shown = leaf(context, chosen.listed, found)
    return SpanRecords(areas[chosen.area], span, is_week, shown, chosen.cleared())


def _heat(context: Context, spans: Sequence[Span], exact: frozenset[Precision], name: str) -> Heat:
    """Return a table; its lists go by ISO 8601: ``2018-W07``, ``2018-02``."""
    day = context.as_of.day
    lines = rhythm(context.service, context.promises, spans, day, exact)
    most = max((s.tally.count for line in lines for s in line.squares), default=0)
    now = next((at for at, span in enumerate(spans) if span.first <= day <= span.last), None)
    names = tuple(span.first.strftime(name) for span in spans)
    return Heat(tuple(spans), names, tuple(lines), levels(most), now)
