"""When a recorded track was within a circle; the rules stand in `geodata.analysis.visits`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString

GAP_S: Final = 300.0
"""Two points farther apart in time have a gap between them: five minutes, as when tracks are
taken in; a receiver that is on writes a point at least every minute."""

BRIDGED_GAP_S: Final = 900.0
"""A gap that begins and ends within the circle counts as a stay up to this long: a quarter of an
hour, as for a talk indoors. In a longer one there is time to go somewhere else and come back."""

STEP_OUTSIDE_S: Final = 120.0
"""A step outside the circle that is no longer doesn't split a stay. Between houses a receiver is
some tens of metres wrong, and a patrol at the circle's edge goes in and out of it."""

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stay:
    """Time within a circle: from when to when after the track's start, and how much inside."""

    start_s: float
    end_s: float
    seconds: float
    gap_s: float


@dataclass(frozen=True, eq=False)
class Track:
    """A track's points, in metres, with times that never go back."""

    positions: _Floats
    reached_s: _Floats
    left_s: _Floats
    gap: NDArray[np.bool_]

    @classmethod
    def from_line(
        cls, line: LineString | MultiLineString, times_s: Sequence[tuple[int, int]]
    ) -> Track:
        """Lay a line in metres and its times beside each other."""
        positions, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
        forward = np.maximum.accumulate(np.asarray(times_s, dtype=float).ravel()).reshape(-1, 2)
        reached_s, left_s = forward[:, 0], forward[:, 1]
        gap = (np.diff(part) != 0) | (reached_s[1:] - left_s[:-1] > GAP_S)
        return cls(positions, reached_s, left_s, gap)


def stays_within(track: Track, middle: tuple[float, float], radius_m: float) -> tuple[Stay, ...]:
    """Return when a track was within a circle."""
    offset = track.positions - np.asarray(middle)
    inside = np.hypot(offset[:, 0], offset[:, 1]) <= radius_m
    spans = np.concatenate(
        [
            np.column_stack([track.reached_s, track.left_s])[inside],
            _moving(track, offset, radius_m),
            _bridged(track, inside),
        ]
    )
    if not len(spans):
        return ()
    spans = spans[np.lexsort((spans[:, 1], spans[:, 0]))]
    first = np.flatnonzero(np.r_[True, spans[1:, 0] - spans[:-1, 1] > STEP_OUTSIDE_S])
    start_s, end_s = spans[first, 0], np.maximum.reduceat(spans[:, 1], first)
    seconds = np.add.reduceat(spans[:, 1] - spans[:, 0], first)
    gap_s = _gaps_beside(track, start_s, end_s)
    return tuple(Stay(*row) for row in np.column_stack([start_s, end_s, seconds, gap_s]).tolist())


def _moving(track: Track, offset: _Floats, radius_m: float) -> _Floats:
    """Return from when to when each way between two points is within; ways that never are, not."""
    known = ~track.gap
    start, step = offset[:-1][known], np.diff(offset, axis=0)[known]
    begun_s = track.left_s[:-1][known]
    lasting_s = track.reached_s[1:][known] - begun_s
    # |start + share * step| = radius: a quadratic equation in the share of the way.
    square = (step**2).sum(axis=1)
    half = (start * step).sum(axis=1)
    beyond = (start**2).sum(axis=1) - radius_m**2
    root = half**2 - square * beyond
    moves = (square > 0) & (root > 0)
    square, half, root = square[moves], half[moves], np.sqrt(root[moves])
    enters = np.clip((-half - root) / square, 0.0, 1.0)
    leaves = np.clip((-half + root) / square, 0.0, 1.0)
    begun_s, lasting_s = begun_s[moves], lasting_s[moves]
    found = np.column_stack([begun_s + enters * lasting_s, begun_s + leaves * lasting_s])
    within: _Floats = found[leaves > enters]
    return within


def _bridged(track: Track, inside: NDArray[np.bool_]) -> _Floats:
    found = np.column_stack([track.left_s[:-1], track.reached_s[1:]])
    short = found[:, 1] - found[:, 0] <= BRIDGED_GAP_S
    bridged: _Floats = found[track.gap & inside[:-1] & inside[1:] & short]
    return bridged


def _gaps_beside(track: Track, start_s: _Floats, end_s: _Floats) -> _Floats:
    """Return how long the gaps are that lie in each stay, begin where it ends or end there."""
    begun_s, over_s = track.left_s[:-1][track.gap], track.reached_s[1:][track.gap]
    touches = (begun_s <= end_s[:, None]) & (over_s >= start_s[:, None])
    return np.asarray((touches * (over_s - begun_s)).sum(axis=1), dtype=float)
