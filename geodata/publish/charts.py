"""Indicators as small charts drawn alike: one on a page, or a goal's beside each other on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import Final

import jinja2
from markupsafe import Markup

from geodata.analysis.indicators import Told
from geodata.model import Period
from geodata.palette import BLUE, INK
from geodata.publish.paper import environment, readable
from geodata.texts import Words


@dataclass(frozen=True, slots=True)
class Size:
    """A drawing's width and height, with room for a scale to the left and below."""

    width: int
    height: int

    @property
    def floor(self) -> int:
        """Where nought lies."""
        return self.height - 30

    @property
    def left(self) -> int:
        """Where the period begins."""
        return 34

    @property
    def right(self) -> int:
        """Where it ends."""
        return self.width - 14

    @property
    def top(self) -> int:
        """A little above the highest that is drawn."""
        return 8


SIZE: Final = Size(400, 180)

HEADROOM: Final = 24
"""For a value above its dot."""

LARGE_NUMBER: Final = 1_000
"""From here on the scale's figures need more room beside it."""

LABELS_AT_MOST: Final = 7
"""More values than this stand in the table only: their figures would lie on each other."""

YEARS_AT_MOST: Final = 6
"""As many as have room along the chart."""

BESIDE: Final = 2
"""Charts beside each other on paper."""

GAP: Final = 30
LINE: Final = 17
LETTERS: Final = 50
"""Of what stands above a chart on paper, on a line."""


def round_step(top: int) -> int:
    """Return a round number of which about five reach the top: 1, 2 or 5 times a power of ten."""
    power = int("1" + "0" * max(len(str(top)) - 2, 0))
    return next(step * power for step in (1, 2, 5, 10, 20, 50) if step * power * 6 >= top)


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


# --- drawn ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Panel:
    told: Told
    chart: Chart
    x: int = 0
    y: int = 0
    head: tuple[tuple[str, str], ...] = ()


def drawing(words: Words, told: Told, period: Period) -> Markup | None:
    """Return an indicator's chart as SVG for a page with styles of its own; None for words alone.

    Parameters
    ----------
    words : Words
        The reader's.
    told : Told
        The indicator with its readings.
    period : Period
        The promise's, which is shaded.
    """
    made = chart(told, period)
    return _drawn([_Panel(told, made)], _alt(words, told), words) if made else None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Charts beside each other: SVG with letters as text, the same in words, and its shape."""

    svg: Markup
    alt: str
    # Its height in parts of its width.
    share: float


def drawings(words: Words, some: Sequence[Told], period: Period) -> Drawn | None:
    """Return several indicators' charts with what each is to be read with; None for words alone.

    Parameters
    ----------
    words : Words
        The reader's.
    some : sequence of Told
        Those of which only words are known are left out.
    period : Period
        The promise's, which is shaded.
    """
    found = [(told, made) for told in some if (made := chart(told, period))]
    panels: list[_Panel] = []
    y = 0
    for first in range(0, len(found), BESIDE):
        row = found[first : first + BESIDE]
        heads = [tuple(_head(words, told)) for told, _ in row]
        lines = max(map(len, heads))
        for column, ((told, made), head) in enumerate(zip(row, heads, strict=True)):
            filled = head + (("", ""),) * (lines - len(head))
            panels.append(_Panel(told, made, column * (SIZE.width + GAP), y, filled))
        y += LINE * lines + SIZE.height + GAP // 2
    wide = BESIDE * SIZE.width + (BESIDE - 1) * GAP
    alt = ". ".join(_alt(words, told) for told, _ in found)
    if not panels:
        return None
    high = y - GAP // 2
    return Drawn(_drawn(panels, alt, words, wide, high), alt, high / wide)


def _head(words: Words, told: Told) -> Iterator[tuple[str, str]]:
    """Yield what stands above a chart, line by line, with its look."""
    about = told.indicator
    level = words(f"indicator.level.{about.level}", place=about.place)
    said = {
        "name": about.name.to(words.language),
        "plain": f"{level} · {words(f'indicator.method.{about.method}')}",
        "warning": words("indicators.self_selected") if about.method == "open_web_form" else "",
    }
    for look, text in said.items():
        yield from ((readable(line), look) for line in wrap(text, LETTERS))


def _alt(words: Words, told: Told) -> str:
    """Return a chart in words: each value with its time, a semicolon where the line breaks."""
    unit = told.drawn[0].series.unit
    lines = (
        ", ".join(
            f"{words.reading_when(point.reading)} {words.measured(point.value or 0, unit)}"
            for point in line.points
        )
        for line in told.drawn
    )
    name, place = told.indicator.name.to(words.language), told.indicator.place
    return words("indicators.chart", name=name, place=place, values="; ".join(lines))


def _drawn(
    panels: Sequence[_Panel], alt: str, words: Words, wide: int = 0, high: int = 0
) -> Markup:
    drawn = _template().render(w=words, panels=panels, alt=readable(alt), wide=wide, high=high)
    return Markup(drawn.strip())  # noqa: S704 (our own template, which escapes what it is given)


@cache
def _template() -> jinja2.Template:
    filling = environment(Path(__file__).parent)
    where = {"width": SIZE.width, "height": SIZE.height, "floor": SIZE.floor, "right": SIZE.right}
    filling.globals.update(ink=INK, blue=BLUE, headroom=HEADROOM, line=LINE, **where)
    return filling.get_template("charts.svg")
