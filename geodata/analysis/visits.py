"""Which visits each hot spot got, read from what is recorded, and which of them were planned.

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
What can be a planned visit's
    A recorded visit at the same hot spot: one whose time is known where it began at most
    `TOLERANCE_MIN` before or after the planned time; one whose day alone is known on the same day.
    A record known to the month, or that tells of no day, is nobody's.
Which one it is
    Each recorded visit is at most one planned visit's. Of all ways to pair them, one with as many
    pairs as possible; of those, one with the least minutes between planned and recorded together
    (a record without a time counts as the tolerance and one minute, so that it is taken only for
    what no time speaks for). It is the assignment problem, solved exactly (SciPy's
    ``linear_sum_assignment``, Crouse 2016).
What it says
    That something was recorded, or that nothing was. Nothing recorded does not say that nobody was
    there.

Every distance is taken in SWEREF 99 TM.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
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
"""The kinds of activities that are patrols, and may be visits."""

STAY_S: Final = 120.0
"""A shorter stay is no visit: two minutes, in which one walks straight through 150 m."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody was at a hot spot."""

    hot_spot_id: str
    activity_id: str
    # With zone; where `precision` is coarser than a minute, the first instant it can have.
    start: datetime
    # The day it counts on, in Swedish time.
    day: date
    precision: Precision
    # None where the record doesn't tell.
    minutes: float | None
    # Whether a record says so or a track shows it.
    source: Literal["record", "track"]
    # Minutes of gaps in the track within the stay or right beside it; 0 where none are.
    gap_min: float = 0.0
    # When a track left; None for a record.
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
    """A line that crosses a hot spot and is no visit."""

    hot_spot_id: str
    activity_id: str
    day: date
    # How long it was within the radius, less than a visit; None where nothing tells.
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Visits:
    """What was found, each by day and time."""

    # One record may be a visit at several hot spots, and several visits at one.
    visits: tuple[Visit, ...] = ()
    # At most one for each record and hot spot, and none where there is a visit.
    passes: tuple[Pass, ...] = ()


def find_visits(hot_spots: Sequence[HotSpot], activities: Iterable[Activity]) -> Visits:
    """Return the visits that hot spots got, by this module's rules, the earliest first.

    Void records get and give none, and activities without a place tell of none.
    """
    spots = [spot for spot in hot_spots if not spot.void]
    wanted = [
        a for a in activities if a.kind in PATROL_KINDS and not a.void and a.place is not None
    ]
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


TOLERANCE_MIN: Final = 60
"""So far from the planned time a recorded visit can begin: less than the shortest time between two
planned visits to a spot on one day, so that it is hardly ever another one's."""


class VisitStatus(StrEnum):
    """How a planned visit stands."""

    DONE = "done"
    """There is a record of it."""
    UNRECORDED = "unrecorded"
    """Its time is past and nothing is recorded."""
    AHEAD = "ahead"
    """Its time has not come, or is not over."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A planned visit: where, when and for how long."""

    hot_spot_id: str
    start: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Matched:
    """A planned visit beside what was recorded, None where nothing was."""

    status: VisitStatus
    visit: Visit | None = None


def match_visits(
    planned: Sequence[Wanted], recorded: Iterable[Visit], now: datetime
) -> tuple[Matched, ...]:
    """Return how each planned visit stands.

    Parameters
    ----------
    planned : sequence of Wanted
        In any order.
    recorded : iterable of Visit
        As `geodata.analysis.visits.find_visits` gives them, each once.
    now : datetime.datetime
        With zone: a visit that ends later is ahead unless it is recorded.

    Returns
    -------
    tuple of Matched
        In the order of `planned`; no visit stands twice.
    """
    by_spot: dict[str, list[Visit]] = {}
    for visit in recorded:
        if visit.dated:
            by_spot.setdefault(visit.hot_spot_id, []).append(visit)
    places: dict[str, list[int]] = {}
    for place, one in enumerate(planned):
        places.setdefault(one.hot_spot_id, []).append(place)
    found: dict[int, Visit] = {}
    for spot, own in places.items():
        visits = sorted(by_spot.get(spot, ()), key=lambda v: (v.start, v.activity_id))
        for place, visit in _paired([planned[p] for p in own], visits):
            found[own[place]] = visit
    return tuple(_standing(one, found.get(place), now) for place, one in enumerate(planned))


def _standing(one: Wanted, visit: Visit | None, now: datetime) -> Matched:
    if visit is not None:
        return Matched(VisitStatus.DONE, visit)
    over = one.start.astimezone(UTC) + timedelta(minutes=one.minutes)
    return Matched(VisitStatus.UNRECORDED if over <= now else VisitStatus.AHEAD)


def _paired(planned: Sequence[Wanted], visits: Sequence[Visit]) -> list[tuple[int, Visit]]:
    """Return the pairs of one hot spot: as many as can be, and of those the nearest in time."""
    if not planned or not visits:
        return []
    apart = np.array([[_apart_min(one, visit) for visit in visits] for one in planned])
    fits = np.isfinite(apart)
    # A pair more is worth any number of minutes.
    none = (TOLERANCE_MIN + 1) * (min(apart.shape) + 1)
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(np.where(fits, apart, none))
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(row, visits[column]) for row, column in pairs if fits[row, column]]


def _apart_min(one: Wanted, visit: Visit) -> float:
    """Return the minutes between planned and recorded; infinite where they can't be one."""
    if not visit.timed:
        same_day = one.start.astimezone(SWEDISH_TIME).date() == visit.day
        return TOLERANCE_MIN + 1.0 if same_day else np.inf
    apart = abs((one.start.astimezone(UTC) - visit.start.astimezone(UTC)).total_seconds()) / 60
    return apart if apart <= TOLERANCE_MIN else np.inf
