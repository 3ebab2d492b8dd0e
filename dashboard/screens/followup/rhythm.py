"""Weeks by areas: how much is recorded, as shades; and month by month, as numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import add
from typing import Final

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.listing import Leaf, leaf, with_list
from geodata.model import Area, Precision
from geodata.service.following import (
    TO_THE_MONTH,
    TO_THE_WEEK,
    Line,
    Span,
    SquareIs,
    Tally,
    following,
    level_of,
    levels,
    months,
    weeks,
)

SPANS_AT_MOST: Final = 500
"""Columns of a table: over nine years of weeks."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """An area in a week or a month: what it says, its shade, and the link to its records."""

    is_: SquareIs
    tally: Tally
    level: int
    link: ViewState | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class HeatRow:
    """An area's cells, with all that is in them and what could not be put into any."""

    area: Area
    cells: tuple[HeatCell, ...]
    total: Tally
    coarse: Tally


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of areas by spans."""

    spans: tuple[Span, ...]
    rows: tuple[HeatRow, ...]
    totals: tuple[Tally, ...]
    bounds: tuple[int, ...]
    as_of: int | None

    @property
    def says(self) -> frozenset[SquareIs]:
        """What its cells say: the legend explains no more."""
        return frozenset(cell.is_ for row in self.rows for cell in row.cells)

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
    leaf: Leaf
    closed: ViewState


def week_heat(context: Context) -> Heat:
    """Return the table of weeks."""
    first, last = _ends(context)
    return _heat(context, weeks(first, last)[:SPANS_AT_MOST], TO_THE_WEEK, _week_name)


def month_heat(context: Context) -> Heat:
    """Return the table of months."""
    first, last = _ends(context)
    return _heat(context, months(first, last)[:SPANS_AT_MOST], TO_THE_MONTH, _month_name)


def opened(context: Context, week: Heat, month: Heat) -> SpanRecords | None:
    """Return the records of the week or month that the address names, None for none."""
    chosen = context.state
    spans = {_week_name(span): (span, True) for span in week.spans}
    spans |= {_month_name(span): (span, False) for span in month.spans}
    rows = {row.area.id: row for row in week.rows}
    if chosen.commitment or chosen.area not in rows or chosen.listed not in spans:
        return None
    span, is_week = spans[chosen.listed]
    exact = TO_THE_WEEK if is_week else TO_THE_MONTH
    ids = following(context.service).within(chosen.area, span, context.as_of.day, exact)
    area = rows[chosen.area].area
    return SpanRecords(area, span, is_week, leaf(context, chosen.listed, ids), chosen.cleared())


def _ends(context: Context) -> tuple[date, date]:
    periods = [promise.period for promise in context.promises]
    return min(p.start for p in periods), max(p.end for p in periods)


def _week_name(span: Span) -> str:
    """Return a week's list name, by ISO 8601: ``2018-W07``."""
    return f"{span.first:%G-W%V}"


def _month_name(span: Span) -> str:
    """Return a month's list name, by ISO 8601: ``2018-02``."""
    return f"{span.first:%Y-%m}"


def _heat(
    context: Context,
    spans: Sequence[Span],
    exact: frozenset[Precision],
    name_of_span: Callable[[Span], str],
) -> Heat:
    day = context.as_of.day
    lines = following(context.service).rhythm(context.promises, spans, day, exact)
    most = max((s.tally.count for line in lines for s in line.squares), default=0)
    bounds = levels(most)
    names = tuple(name_of_span(span) for span in spans)
    rows = tuple(_row(context, line, bounds, names) for line in lines)
    totals = tuple(
        reduce(add, (row.cells[at].tally for row in rows), Tally()) for at in range(len(spans))
    )
    now = next((at for at, span in enumerate(spans) if span.first <= day <= span.last), None)
    return Heat(tuple(spans), rows, totals, bounds, now)


def _row(context: Context, line: Line, bounds: Sequence[int], names: Sequence[str]) -> HeatRow:
    chosen = context.state
    is_here = chosen.area == line.area_id and not chosen.commitment
    opened = chosen.listed if is_here else None
    here = chosen.with_area(line.area_id)
    cells = tuple(
        HeatCell(
            square.is_,
            square.tally,
            level_of(square.tally.count, bounds),
            with_list(here, name) if square.is_ is SquareIs.RECORDED else None,
            name == opened,
        )
        for name, square in zip(names, line.squares, strict=True)
    )
    area = context.service.catalogue.area_by_id[line.area_id]
    return HeatRow(area, cells, line.total, line.coarse)
