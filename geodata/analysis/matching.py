"""Planned visits beside what was recorded: which ones were made, one record for one visit.

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
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np

from geodata.analysis.visits import Visit
from geodata.texts import SWEDISH_TIME

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
    """A planned visit beside what was recorded.

    Parameters
    ----------
    status : VisitStatus
        How it stands.
    visit : Visit or None
        What was recorded; None where nothing was.
    """

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
