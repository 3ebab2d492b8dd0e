"""What a receiver writes, cleaned.

Junk points are left out, and a line is split where nobody is known to have walked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, pairwise
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString

from geodata.crs import in_sweden, to_metres

GAP_MINUTES: Final = 5
"""A longer pause between two points: the receiver was off, or indoors. A walk's stop to talk is
mostly shorter, and a receiver that is on writes a point at least every minute."""

GAP_M: Final = 300.0
"""A longer way between two points of a recorded track: three minutes' brisk walk, or more than
two blocks, in which every corner is unknown."""

FASTEST_MS: Final = 70.0
"""250 km/h, in metres a second: above what any patrol car drives in a built-up area. A point that
is reached and left faster is the receiver's mistake."""

Route = LineString | MultiLineString

Stay = tuple[datetime, datetime]
"""When a point was reached and when it was left."""


@dataclass(frozen=True, slots=True)
class Fix:
    """One point of a track."""

    lon: float
    lat: float
    time: datetime | None = None
    left: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A track's usable lines, and what was left out."""

    line: Route | None
    junk: int
    spikes: int
    gaps: int
    alone: int
    stays: tuple[Stay, ...] = ()
    times: tuple[datetime, ...] = ()


def cleaned(parts: Sequence[Sequence[Fix]], *, drawn: bool) -> Cleaned:
    """Return a track without what can't be."""
    usable = [[fix for fix in part if in_sweden(fix.lon, fix.lat)] for part in parts]
    junk = sum(map(len, parts)) - sum(map(len, usable))
    lines: list[list[Fix]] = []
    spikes = gaps = alone = 0
    for part in usable:
        moving = _without_repeats(part)
        kept = moving if drawn or _looks_drawn(moving) else _without_spikes(moving)
        spikes += len(moving) - len(kept)
        pieces = [kept] if drawn or _looks_drawn(kept) else _split(kept)
        gaps += max(0, len(pieces) - 1)
        alone += sum(len(piece) == 1 for piece in pieces)
        lines += [piece for piece in pieces if len(piece) > 1]
    positions = [[(fix.lon, fix.lat) for fix in line] for line in lines]
    return Cleaned(
        joined(positions), junk, spikes, gaps, alone, _stays(lines), times_of(chain(*lines))
    )


def times_of(fixes: Iterable[Fix]) -> tuple[datetime, ...]:
    """Return when points were reached and left, as far as that is known."""
    return tuple(time for fix in fixes for time in (fix.time, fix.left) if time is not None)


def joined(lines: Sequence[Sequence[tuple[float, float]] | LineString]) -> Route | None:
    """Return lines as one, in parts where they are several; None of none."""
    if len(lines) > 1:
        return MultiLineString(lines)
    return LineString(lines[0]) if lines else None


def _stays(lines: list[list[Fix]]) -> tuple[Stay, ...]:
    """Return when points were reached and left; none where a clock was missing or turned back."""
    found: list[Stay] = []
    for fix in chain.from_iterable(lines):
        if fix.time is None:
            return ()
        found.append((fix.time, fix.left or fix.time))
    moments = list(chain.from_iterable(found))
    return tuple(found) if all(a <= b for a, b in pairwise(moments)) else ()


def _without_repeats(part: Sequence[Fix]) -> list[Fix]:
    """Return a part with one point for each place where somebody stood still."""
    found: list[Fix] = []
    for fix in part:
        if found and (found[-1].lon, found[-1].lat) == (fix.lon, fix.lat):
            found[-1] = replace(found[-1], left=fix.time or found[-1].left)
        else:
            found.append(fix)
    return found


def _metres(part: Sequence[Fix]) -> np.ndarray:
    line = LineString([(fix.lon, fix.lat) for fix in part])
    return shapely.get_coordinates(to_metres(line))


def _steps_m(part: Sequence[Fix]) -> np.ndarray:
    return np.hypot(*np.diff(_metres(part), axis=0).T) if len(part) > 1 else np.zeros(0)


def _looks_drawn(part: Sequence[Fix]) -> bool:
    if len(part) < 2 or any(fix.time is not None for fix in part):
        return False
    return bool(np.median(_steps_m(part)) > GAP_M)


def _without_spikes(part: list[Fix]) -> list[Fix]:
    if len(part) < 3:
        return part
    metres = _metres(part)
    steps = np.hypot(*np.diff(metres, axis=0).T)
    across = np.hypot(*(metres[2:] - metres[:-2]).T)
    out_and_back = (across < steps[:-1]) & (across < steps[1:])
    seconds = np.array([_seconds(a, b) for a, b in pairwise(part)])
    # Without times, out and back over a gap at once; with them, faster than anybody drives.
    timed = ~np.isnan(seconds)
    too_fast = np.where(timed, steps > FASTEST_MS * np.maximum(seconds, 1.0), steps > GAP_M)
    near = timed[:-1] & timed[1:] | (across < GAP_M)
    spike = out_and_back & too_fast[:-1] & too_fast[1:] & near
    return [part[0], *(f for f, bad in zip(part[1:-1], spike, strict=True) if not bad), part[-1]]


def _seconds(before: Fix, after: Fix) -> float:
    left = before.left or before.time
    if left is None or after.time is None:
        return float("nan")
    return abs((after.time - left).total_seconds())


def _split(part: list[Fix]) -> list[list[Fix]]:
    if len(part) < 2:
        return [part]
    pieces = [[part[0]]]
    for (before, after), step_m in zip(pairwise(part), _steps_m(part).tolist(), strict=True):
        if step_m > GAP_M or _seconds(before, after) > GAP_MINUTES * 60:
            pieces.append([])
        pieces[-1].append(after)
    return pieces
