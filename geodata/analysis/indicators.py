"""Which indicators stand beside a promise's goals, and what of them may be drawn and compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import sqrt
from statistics import NormalDist
from typing import Final

from geodata.model import Catalogue, Goal, Indicator, Promise, Reading, Series

CONFIDENCE: Final = 0.95

_Z: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


def wilson_percent(share_percent: float, n: int) -> tuple[float, float]:
    """Return Wilson's interval around a share, in per cent, of a simple random sample of `n`.

    At 95 % confidence: Wilson (1927), without a correction for continuity. Unlike the usual one it
    stays within 0 and 100 also at the ends.
    """
    p, z2 = share_percent / 100, _Z * _Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return 100 * max(middle - half, 0.0), 100 * min(middle + half, 1.0)


@dataclass(frozen=True, slots=True)
class Point:
    """A reading, and how uncertain chance makes it."""

    reading: Reading
    # In per cent; None unless it is the share of a random sample of known size.
    interval: tuple[float, float] | None

    @property
    def value(self) -> float | None:
        """What can be drawn; None where only words are known, or not when."""
        return self.reading.share_percent if self.reading.period else None


@dataclass(frozen=True, slots=True)
class Line:
    """A series' readings by time, those without one last: what may be joined and compared."""

    series: Series
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """An indicator with its readings, series by series."""

    indicator: Indicator
    # A line breaks where a series ends; one without readings is left out.
    lines: tuple[Line, ...]

    @property
    def points(self) -> tuple[Point, ...]:
        """Every reading, series by series."""
        return tuple(point for line in self.lines for point in line.points)

    @property
    def drawn(self) -> tuple[Line, ...]:
        """The lines with what can be drawn of them; none where nothing can."""
        some = (
            Line(line.series, tuple(point for point in line.points if point.value is not None))
            for line in self.lines
        )
        return tuple(line for line in some if line.points)


def told(catalogue: Catalogue, indicator: Indicator) -> Told:
    """Return an indicator with its readings."""
    return _told(indicator, _by_series(catalogue))


def _by_series(catalogue: Catalogue) -> Mapping[str, list[Reading]]:
    found: dict[str, list[Reading]] = {}
    for reading in catalogue.readings:
        found.setdefault(reading.series, []).append(reading)
    return found


def _told(indicator: Indicator, readings: Mapping[str, list[Reading]]) -> Told:
    lines = (
        Line(series, tuple(_points(indicator, series, readings.get(series.id, []))))
        for series in indicator.series
    )
    return Told(indicator, tuple(line for line in lines if line.points))


def _points(indicator: Indicator, series: Series, readings: list[Reading]) -> Iterator[Point]:
    dated = sorted(
        (each for each in readings if each.period),
        key=lambda each: (each.period.start, each.period.end) if each.period else (),
    )
    is_sampled = indicator.method == "random_sample" and series.unit == "percent"
    for reading in (*dated, *(each for each in readings if each.period is None)):
        share, n = reading.share_percent, reading.answered
        interval = wilson_percent(share, n) if is_sampled and share is not None and n else None
        yield Point(reading, interval)


Goals = tuple[tuple[Goal | None, tuple[Told, ...]], ...]
"""A promise's goals, each with its indicators; None is for what belongs to no goal."""


def beside(catalogue: Catalogue, promise: Promise) -> Goals:
    """Return what can be seen beside a promise, goal by goal.

    Parameters
    ----------
    catalogue : Catalogue
        With the indicators.
    promise : Promise
        A draft too.

    Returns
    -------
    tuple of (Goal or None, tuple of Told)
        Each goal with the indicators that name it or a goal that it carries on; then those about
        the promise's municipality or areas that name no goal of any promise, if there are any.
        Where the promise has no goals that are known, they are all of its municipality and areas.
    """
    readings = _by_series(catalogue)
    known = {each.id for p in (*catalogue.promises, *catalogue.drafts) for each in p.goals}

    def naming(ids: set[str]) -> tuple[Told, ...]:
        return tuple(_told(i, readings) for i in catalogue.indicators if ids & {*i.goals})

    groups: list[tuple[Goal | None, tuple[Told, ...]]] = [
        (goal, naming(_line_of(catalogue, goal))) for goal in promise.goals
    ]
    stray = tuple(
        _told(i, readings)
        for i in catalogue.indicators
        if _concerns(i, promise) and not (promise.goals and known & {*i.goals})
    )
    return (*groups, *([(None, stray)] if stray else []))


def _line_of(catalogue: Catalogue, goal: Goal) -> set[str]:
    """Return a goal's id and those of the goals that it carries on."""
    found: set[str] = set()
    goals = {**catalogue.goal_by_id, goal.id: goal}
    here: Goal | None = goal
    while here is not None and here.id not in found:
        found.add(here.id)
        here = goals.get(here.forerunner or "")
    return found


def _concerns(indicator: Indicator, promise: Promise) -> bool:
    if indicator.level == "area":
        return indicator.area in promise.area_ids
    return indicator.level == "municipality" and indicator.place == promise.municipality


def about_area(catalogue: Catalogue, area_id: str) -> tuple[Told, ...]:
    """Return the indicators that are about that very area; never a municipality's or a country's.

    Those of which nothing has been read are left out.
    """
    readings = _by_series(catalogue)
    found = (_told(i, readings) for i in catalogue.indicators if i.area == area_id)
    return tuple(each for each in found if each.lines)


def known_by(catalogue: Catalogue, day: date) -> Catalogue:
    """Return a catalogue with those readings alone that were known by a day.

    A reading was known once its time had passed and it was published; of one of which neither is
    known, nobody can say.
    """
    return replace(catalogue, readings=tuple(r for r in catalogue.readings if _is_known(r, day)))


def with_readings(groups: Goals) -> Goals:
    """Return the goals beside which something has been read, and what."""
    some = ((goal, tuple(told for told in found if told.lines)) for goal, found in groups)
    return tuple((goal, found) for goal, found in some if found)


def _is_known(reading: Reading, day: date) -> bool:
    ends = [reading.period.end] if reading.period else []
    published = [reading.source.date] if reading.source.date else []
    return max([*ends, *published], default=date.max) <= day
