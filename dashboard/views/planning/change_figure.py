"""The drawing of a ratio and its interval: a line on a scale where twice and half are as far."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log2
from typing import Final

from geodata.planner.change.solve import Interval

WIDTH: Final = 500
HEIGHT: Final = 74
MARGIN: Final = 28
DOUBLINGS: Final = 3
"""The scale goes from an eighth to eight times; what lies beyond has an arrow."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Where things stand, in the drawing's own units."""

    low: float
    high: float
    ratio: float | None
    one: float
    ticks: tuple[tuple[float, float], ...]
    beyond_low: bool
    beyond_high: bool
    width: int = WIDTH
    height: int = HEIGHT


def figure(ratio: float | None, interval: Interval) -> Figure:
    """Lay a ratio and its interval out."""
    most = float(2**DOUBLINGS)
    return Figure(
        _at(interval.low),
        _at(interval.high),
        None if ratio is None else _at(ratio),
        _at(1.0),
        tuple((_at(2.0**n), 2.0**n) for n in range(-DOUBLINGS, DOUBLINGS + 1)),
        beyond_low=interval.low < 1 / most,
        beyond_high=interval.high > most,
    )


def _at(ratio: float) -> float:
    doublings = -inf if ratio <= 0 else log2(ratio) if ratio < inf else inf
    share = (min(max(doublings, -DOUBLINGS), DOUBLINGS) + DOUBLINGS) / (2 * DOUBLINGS)
    return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)
