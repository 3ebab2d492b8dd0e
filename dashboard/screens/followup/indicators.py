"""What is seen beside the work: each goal's indicators as small charts, drawn alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, Final

from dashboard import state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.screens.followup.charts import Size, round_step
from dashboard.screens.followup.indicator_form import SAVED
from geodata.model import Period
from geodata.service.following import Told, seen_beside
from geodata.service.indicators import Kind
from geodata.service.recording import Saved

SIZE: Final = Size(400, 180)

HEADROOM: Final = 24
"""For a value above its dot."""

LARGE_NUMBER: Final = 1_000
"""From here on the scale's figures need more room beside it."""

LABELS_AT_MOST: Final = 7
"""More values than this stand in the table only: their figures would lie on each other."""

YEARS_AT_MOST: Final = 6
"""As many as have room along the chart."""


PROMISES_AT_MOST: Final = 6
"""Of more, one has to be chosen: each has charts of its own."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A reading in the drawing, and the ends of its interval if it has one."""

    x: float
    y: float
    value: float
    ends: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Chart:
    """An indicator's series as positions in the drawing."""

    left: float
    shade: tuple[float, float]
    levels: tuple[tuple[float, int], ...]
    years: tuple[tuple[float, int], ...]
    lines: tuple[tuple[Dot, ...], ...]
    breaks: tuple[float, ...]

    @property
    def is_labelled(self) -> bool:
        """Whether each dot has its value beside it."""
        # Large numbers are wide.
        most = LABELS_AT_MOST if self.left == SIZE.left else LABELS_AT_MOST // 2
        return sum(map(len, self.lines)) <= most


def chart(told: Told, period: Period) -> Chart | None:
    """Lay out an indicator's chart with a promise's period shaded; None for words alone.

    Parameters
    ----------
    told : Told
        The indicator with its readings.
    period : Period
        The promise's.

    Returns
    -------
    Chart or None
        From nought, and to 100 where the values are per cent: the same length is the same amount.
    """
    found = [
        [(p, p.reading.period, p.value) for p in line.points if p.value is not None]
        for line in told.drawn
    ]
    dated = [when for line in found for _, when, _ in line if when]
    if not dated:
        return None
    first = date(min(period.start, *(when.start for when in dated)).year, 1, 1)
    last = date(max(period.end, *(when.end for when in dated)).year + 1, 1, 1)
    highest = max(value for line in found for *_, value in line)
    step = 50 if told.drawn[0].series.unit == "percent" else round_step(int(highest) + 1)
    top = 100 if step == 50 and highest <= 100 else -(-int(highest + 1) // step) * step
    left = SIZE.left + (26 if top >= LARGE_NUMBER else 0)
    width, height = SIZE.right - left, SIZE.floor - HEADROOM

    def x(day: date) -> float:
        return round(left + width * (day - first).days / (last - first).days, 1)

    def y(value: float) -> float:
        return round(SIZE.floor - height * max(value, 0) / top, 1)

    lines = tuple(
        tuple(
            Dot(
                x(when.start + (when.end - when.start) / 2),
                y(value),
                value,
                (y(point.interval[0]), y(point.interval[1])) if point.interval else None,
            )
            for point, when, value in line
            if when
        )
        for line in found
    )
    every = range(first.year, last.year, -(-(last.year - first.year) // YEARS_AT_MOST))
    return Chart(
        left,
        (x(period.start), x(period.end + timedelta(days=1))),
        tuple((y(level), level) for level in range(0, top + 1, step)),
        tuple((x(date(year, 1, 1)), year) for year in every),
        lines,
        tuple((before[-1].x + after[0].x) / 2 for before, after in pairwise(lines)),
    )


def values(context: Context) -> dict[str, Any]:
    """Return what the section's template names."""
    few = context.promises if len(context.promises) <= PROMISES_AT_MOST else ()
    promises = [(promise, seen_beside(context.service, promise)) for promise in few]
    shown = [told for _, goals in promises for _, some in goals for told in some]
    last = state.form(SAVED)
    return {
        "saved": last.answer.record if isinstance(last.answer, Saved) else None,
        "saved_kind": last.values.get("kind", "reading"),
        "form": partial(_form, context),
        "seen": [(promise, goals) for promise, goals in promises if goals],
        "chart": chart,
        "size": SIZE,
        "headroom": HEADROOM,
        "must_choose": not few,
        "has_intervals": any(point.interval for told in shown for point in told.points),
        "has_breaks": any(len(told.drawn) > 1 for told in shown),
    }


def _form(context: Context, of: str, kind: Kind = "reading", goal: str = "") -> ViewState:
    """Return the form of a reading or an indicator, or of a new one of an indicator or a goal."""
    return replace(context.state, asked=()).asking(task=kind, of=of, goal=goal)
