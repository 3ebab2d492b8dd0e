"""Which visits each hot spot got, read from what is recorded.

A record with a point
    Is one visit where the point lies within the hot spot's radius, with the record's own minutes.
    Where it gives none, they are not known and never guessed.
A recorded track
    Is a visit for each stay of at least `STAY_S` within the radius. When somebody came and went is
    interpolated along the way between the track's points. A step outside of at most
    `STEP_OUTSIDE_S` doesn't split a stay, but the time outside is not counted.
A gap in a track
    Is what lies between two of its parts, or between two points more than `GAP_S` apart. Nobody
    knows where the patrol was meanwhile: the time counts only where both ends lie within the radius
    and the gap is no longer than `BRIDGED_GAP_S`. A gap within or beside a stay is told with it.
A line without times
    Tells that somebody passed and not for how long: a `Pass`, never a visit. So does a track that
    was within the radius for less than `STAY_S`.
Days
    A visit counts only on a day that the hot spot is valid, by the day that it began on in Swedish
    time; a record known to the month by the day that the register counts it from.

Every distance is taken in SWEREF 99 TM.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString, Point, STRtree

from geodata.crs import SWEREF99TM, positions_to_metres
from geodata.model import Activity, HotSpot, Precision
from geodata.texts import SWEDISH_TIME

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


PATROL_KINDS: Final = ("patrol", "foot_patrol")
"""The kinds of activities that are visits."""

STAY_S: Final = 120.0
"""A shorter stay is no visit: two minutes, in which one walks straight through 150 m."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody was at a hot spot.

    Parameters
    ----------
    hot_spot_id : str
        Where.
    activity_id : str
        The record that tells of it.
    start : datetime.datetime
        When it began, with zone; where `precision` is coarser than a minute, the first instant it
        can have.
    day : datetime.date
        The day it counts on, in Swedish time.
    precision : Precision
        How exactly `start` is known.
    minutes : float or None
        How long; None where the record doesn't tell.
    source : {"record", "track"}
        Whether a record says so or a track shows it.
    gap_min : float
        Minutes of gaps in the track within the stay or right beside it; 0 where there are none.
    end : datetime.datetime or None
        When a track left; None for a record.
    """

    hot_spot_id: str
    activity_id: str
    start: datetime
    day: date
    precision: Precision
    minutes: float | None
    source: Literal["record", "track"]
    gap_min: float = 0.0
    end: datetime | None = None

    @property
    def timed(self) -> bool:
        """Whether the time of day is known."""
        return self.precision is Precision.MINUTE

    @property
    def dated(self) -> bool:
        """Whether the day is known."""
        return self.precision in (Precision.MINUTE, Precision.DAY)


@dataclass(frozen=True, slots=True)
class Pass:
    """A line that crosses a hot spot and is no visit.

    Parameters
    ----------
    hot_spot_id : str
        Where.
    activity_id : str
        The record that tells of it.
    day : datetime.date
        The day it counts on.
    minutes : float or None
        How long it was within the radius, less than a visit; None where nothing tells.
    """

    hot_spot_id: str
    activity_id: str
    day: date
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Visits:
    """What was found: visits and passes, each by day and time.

    Parameters
    ----------
    visits : tuple of Visit
        One record may be a visit at several hot spots, and several visits at one.
    passes : tuple of Pass
        At most one for each record and hot spot, and none where there is a visit.
    """

    visits: tuple[Visit, ...] = ()
    passes: tuple[Pass, ...] = ()


def find_visits(
    hot_spots: Sequence[HotSpot],
    activities: Iterable[Activity],
    kinds: Sequence[str] = PATROL_KINDS,
) -> Visits:
    """Return the visits that hot spots got, by this module's rules.

    Parameters
    ----------
    hot_spots : sequence of HotSpot
        In any order; void ones get none.
    activities : iterable of Activity
        In any order, each once; void ones and those without a place tell of no visit.
    kinds : sequence of str, optional
        The kinds of activities that are visits.

    Returns
    -------
    Visits
        The earliest first.
    """
    spots = [spot for spot in hot_spots if not spot.void]
    wanted = [a for a in activities if a.kind in kinds and not a.void and a.place is not None]
    middles = _in_metres([spot.place for spot in spots])
    radii = np.array([spot.radius_m for spot in spots], dtype=float)
    points = [a for a in wanted if isinstance(a.place, Point)]
    lines = [a for a in wanted if not isinstance(a.place, Point)]
    visits = _recorded(spots, middles, radii, points)
    passes: list[Pass] = []
    for spot, activity, stays in _along(spots, middles, radii, lines):
        found = [_stayed(spot, activity, stay) for stay in stays if stay.seconds >= STAY_S]
        visits += [visit for visit in found if spot.valid_on(visit.day)]
        if not found and spot.valid_on(activity.day):
            passes += _passed(spot, activity, stays)
    return Visits(
        tuple(sorted(visits, key=lambda v: (v.day, v.start, v.hot_spot_id, v.activity_id))),
        tuple(sorted(passes, key=lambda p: (p.day, p.hot_spot_id, p.activity_id))),
    )


def _in_metres(places: Sequence[object]) -> NDArray[np.object_]:
    """Return geometries of WGS 84 in SWEREF 99 TM; one outside what it can show is empty."""
    shapes = np.array(places, dtype=object)
    positions, owner = shapely.get_coordinates(shapes, return_index=True)
    metres = positions_to_metres(positions, SWEREF99TM) if len(positions) else positions
    lost = ~np.isfinite(metres).all(axis=1)
    metres[lost] = 0.0
    shapes = shapely.set_coordinates(shapes, metres)
    shapes[np.unique(owner[lost])] = Point()
    return shapes


def _recorded(
    spots: Sequence[HotSpot],
    middles: NDArray[np.object_],
    radii: NDArray[np.float64],
    activities: Sequence[Activity],
) -> list[Visit]:
    if not activities or not spots:
        return []
    tree = STRtree(_in_metres([activity.place for activity in activities]))
    pairs = tree.query(middles, predicate="dwithin", distance=radii)
    return [
        Visit(spot.id, a.id, a.start, a.day, a.precision, a.minutes, "record")
        for spot, a in ((spots[s], activities[i]) for s, i in pairs.T.tolist())
        if spot.valid_on(a.day)
    ]


def _along(
    spots: Sequence[HotSpot],
    middles: NDArray[np.object_],
    radii: NDArray[np.float64],
    activities: Sequence[Activity],
) -> Iterable[tuple[HotSpot, Activity, tuple[Stay, ...]]]:
    """Yield each hot spot with each line that comes within its radius."""
    if not activities or not spots:
        return
    lines = _in_metres([activity.place for activity in activities])
    pairs = STRtree(lines).query(middles, predicate="dwithin", distance=radii)
    tracks = {
        i: Track.from_line(lines[i], activities[i].times_s)
        for i in set(pairs[1].tolist())
        if _is_track(activities[i])
    }
    for s, i in pairs.T.tolist():
        middle = middles[s].x, middles[s].y
        stays = stays_within(tracks[i], middle, float(radii[s])) if i in tracks else ()
        yield spots[s], activities[i], stays


def _is_track(activity: Activity) -> bool:
    """Tell whether every point of its line has a time."""
    count = shapely.get_num_coordinates(activity.place)
    return bool(activity.times_s) and len(activity.times_s) == count


def _passed(spot: HotSpot, activity: Activity, stays: Sequence[Stay]) -> list[Pass]:
    if not _is_track(activity):
        return [Pass(spot.id, activity.id, activity.day, None)]
    # None where only the straight line over a gap crosses the circle: nobody knows the way taken.
    seconds = sum(stay.seconds for stay in stays)
    return [Pass(spot.id, activity.id, activity.day, seconds / 60)] if stays else []


def _stayed(spot: HotSpot, activity: Activity, stay: Stay) -> Visit:
    start = activity.start + timedelta(seconds=stay.start_s)
    exact = activity.precision is Precision.MINUTE
    return Visit(
        spot.id,
        activity.id,
        start,
        start.astimezone(SWEDISH_TIME).date() if exact else activity.day,
        activity.precision,
        stay.seconds / 60,
        "track",
        stay.gap_s / 60,
        activity.start + timedelta(seconds=stay.end_s),
    )
