"""The dose that hot spots got: how many visits, how long and when, beside what was planned.

Period
    Both days included. What a hot spot got is told for those of the period's days on which it is
    valid.
Minutes
    The sum of those that are known; how many visits tell none is said beside it. The share of
    visits of 10 to 16 minutes is taken of those that tell, in whole minutes as they are shown.
Planned against done
    Planned visits in a week × the valid days / 7, so that part of a week counts as that part.
    Within one visit of the plan is as planned. What isn't planned has no share.
The worst first
    The hot spot that lacks the largest share of its own planned visits; of equals the one that
    lacks most visits, then the one longest without a visit (never is longest), then by name. As
    planned and nothing planned lack nothing. One that is not valid in the period comes last.
Areas
    An area's dose is that of the hot spots in it, put together: what one got beyond its plan makes
    up for nothing that another lacks. A record or a track that is a visit at two hot spots whose
    circles overlap was made once, and counts once for the area.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from typing import Final

from geodata.analysis.predictability import (
    Gaps,
    Pattern,
    Predictability,
    find_gaps,
    pattern,
    predictability,
)
from geodata.analysis.visits import Pass, Visit, Visits
from geodata.model import VISIT_MINUTES, HotSpot, Period
from geodata.texts import alphabetical

LACKING: Final = 1.0
"""Fewer visits than this are not lacking: nobody can make half a visit."""


class DoseState(StrEnum):
    """How what was done stands beside what was planned."""

    NO_VISITS = "no_visits"
    BELOW = "below"
    AS_PLANNED = "as_planned"
    NOT_PLANNED = "not_planned"
    NOT_VALID = "not_valid"


@dataclass(frozen=True, slots=True)
class Planned:
    """What was planned in the period's valid days.

    Parameters
    ----------
    visits : float
        How many; not rounded, as a part of a week counts as that part.
    minutes : float or None
        How long together; None where no minutes are planned for a visit.
    lacking : float
        How many visits fewer there were, 0 where that is less than one.
    """

    visits: float
    minutes: float | None
    lacking: float


@dataclass(frozen=True, slots=True)
class Dose:
    """What some hot spots got in a period.

    Parameters
    ----------
    state : DoseState
        How that stands beside what was planned.
    days : int
        Valid days in the period; for an area those of the hot spot with most of them.
    visits : tuple of Visit
        The earliest first.
    passes : tuple of Pass
        Lines through it that are no visits.
    minutes : float
        Sum of the visits' known minutes.
    minutes_unknown : int
        Visits that tell none.
    as_advised : int
        Visits of 10 to 16 minutes.
    gaps : Gaps
        The time between visits.
    pattern : tuple of tuple of int
        Visits that have a time of day, by weekday and three hours.
    predictability : Predictability
        How predictable they are.
    planned : Planned or None
        None where nothing is planned.
    latest : datetime.date or None
        Day of the latest visit in the period.
    days_since : int or None
        From that day to the period's last one.
    """

    state: DoseState
    days: int
    visits: tuple[Visit, ...]
    passes: tuple[Pass, ...]
    minutes: float
    minutes_unknown: int
    as_advised: int
    gaps: Gaps
    pattern: Pattern
    predictability: Predictability
    planned: Planned | None
    latest: date | None
    days_since: int | None

    @property
    def minutes_known(self) -> int:
        """Visits that tell how long they were."""
        return len(self.visits) - self.minutes_unknown

    @property
    def done_share(self) -> float | None:
        """Visits done as a share of those planned; None where none are."""
        return len(self.visits) / self.planned.visits if self.planned else None


@dataclass(frozen=True, slots=True)
class SpotDose:
    """A hot spot with what it got."""

    hot_spot: HotSpot
    dose: Dose


@dataclass(frozen=True, slots=True)
class AreaDose:
    """An area, or what lies in none, with what its hot spots got together.

    Parameters
    ----------
    area_id : str or None
        None for the hot spots that lie in no area.
    spots : tuple of SpotDose
        Its hot spots, the worst first.
    dose : Dose
        Together.
    """

    area_id: str | None
    spots: tuple[SpotDose, ...]
    dose: Dose


# --- a hot spot ------------------------------------------------------------------------------


def spot_dose(spot: HotSpot, found: Visits, period: Period) -> SpotDose:
    """Return what a hot spot got in a period.

    Parameters
    ----------
    spot : HotSpot
        Which.
    found : Visits
        From `find_visits`; those of other hot spots and other days are passed over.
    period : Period
        Told to its last day, which is not to lie after the day that is known.

    Returns
    -------
    SpotDose
        By this module's rules.
    """
    valid = _valid_days(spot, period)
    visits = [v for v in found.visits if v.hot_spot_id == spot.id and valid and v.day in valid]
    passes = [p for p in found.passes if p.hot_spot_id == spot.id and valid and p.day in valid]
    planned = _planned(spot, valid.days if valid else 0, len(visits))
    return SpotDose(spot, _dose(visits, passes, valid, period, planned))


def worst_first(spots: Iterable[SpotDose]) -> tuple[SpotDose, ...]:
    """Return hot spots in this module's order, the one that needs visits most first."""

    def order(one: SpotDose) -> tuple[object, ...]:
        unwanted, name = one.dose.state is DoseState.NOT_VALID, alphabetical(one.hot_spot.name)
        return unwanted, *_urgency(one.dose), name, one.hot_spot.id

    return tuple(sorted(spots, key=order))


def _urgency(dose: Dose) -> tuple[float, float, int]:
    """Return the share and the number of visits that are lacking, most first, and the latest."""
    lacking = dose.planned.lacking if dose.planned else 0.0
    share = lacking / dose.planned.visits if dose.planned else 0.0
    return -share, -lacking, (dose.latest or date.min).toordinal()


def _valid_days(spot: HotSpot, period: Period) -> Period | None:
    first = max(spot.valid_from, period.start)
    last = period.end if spot.valid_to is None else min(spot.valid_to, period.end)
    return Period(first, last) if first <= last else None


def _planned(spot: HotSpot, days: int, done: int) -> Planned | None:
    if not spot.visits_a_week or not days:
        return None
    visits = spot.visits_a_week * days / 7
    minutes = visits * spot.minutes_a_visit if spot.minutes_a_visit else None
    lacking = visits - done
    return Planned(visits, minutes, lacking if lacking >= LACKING else 0.0)


def _dose(
    visits: Sequence[Visit],
    passes: Sequence[Pass],
    valid: Period | None,
    period: Period,
    planned: Planned | None,
) -> Dose:
    known = [visit.minutes for visit in visits if visit.minutes is not None]
    latest = max((visit.day for visit in visits), default=None)
    weekly = pattern(visit.start for visit in visits if visit.timed)
    return Dose(
        state=_state(visits, valid, planned),
        days=valid.days if valid else 0,
        visits=tuple(visits),
        passes=tuple(passes),
        minutes=sum(known),
        minutes_unknown=len(visits) - len(known),
        as_advised=sum(VISIT_MINUTES[0] <= whole_minutes(m) <= VISIT_MINUTES[1] for m in known),
        gaps=find_gaps(visits, valid),
        pattern=weekly,
        predictability=predictability(weekly),
        planned=planned,
        latest=latest,
        days_since=None if latest is None else (period.end - latest).days,
    )


def whole_minutes(minutes: float) -> int:
    """Return minutes as they are shown: whole, a half one upwards."""
    return int(minutes + 0.5)


def _state(visits: Sequence[Visit], valid: Period | None, planned: Planned | None) -> DoseState:
    if valid is None:
        return DoseState.NOT_VALID
    if planned is None:
        return DoseState.NOT_PLANNED
    if not planned.lacking:
        return DoseState.AS_PLANNED
    return DoseState.BELOW if visits else DoseState.NO_VISITS


# --- areas -----------------------------------------------------------------------------------


def area_doses(spots: Iterable[SpotDose], period: Period) -> tuple[AreaDose, ...]:
    """Return what each area's hot spots got together, the worst area first.

    Parameters
    ----------
    spots : iterable of SpotDose
        From `spot_dose`, all for the same period.
    period : Period
        That period.

    Returns
    -------
    tuple of AreaDose
        Areas without hot spots are left out. The order is that of hot spots.
    """

    def area(one: SpotDose) -> str:
        return one.hot_spot.area_id or ""

    found = [
        _together(area_id or None, worst_first(inside), period)
        for area_id, inside in groupby(sorted(spots, key=area), key=area)
    ]
    return tuple(
        sorted(found, key=lambda a: (a.area_id is None, *_urgency(a.dose), a.area_id or ""))
    )


def _together(area_id: str | None, spots: tuple[SpotDose, ...], period: Period) -> AreaDose:
    doses = [one.dose for one in spots]
    valid = [days for one in spots if (days := _valid_days(one.hot_spot, period))]
    whole = Period(min(v.start for v in valid), max(v.end for v in valid)) if valid else None
    visits = made_once(visit for dose in doses for visit in dose.visits)
    went_by = {found.activity_id: found for dose in doses for found in dose.passes}
    visited = {visit.activity_id for visit in visits}
    passes = [found for id_, found in went_by.items() if id_ not in visited]
    planned = _planned_together([dose.planned for dose in doses if dose.planned])
    return AreaDose(area_id, spots, _dose(visits, passes, whole, period, planned))


def _planned_together(planned: Sequence[Planned]) -> Planned | None:
    if not planned:
        return None
    minutes = [one.minutes for one in planned if one.minutes is not None]
    return Planned(
        sum(one.visits for one in planned),
        sum(minutes) if len(minutes) == len(planned) else None,
        sum(one.lacking for one in planned),
    )


def made_once(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """Return visits at several hot spots as they were made, the earliest first."""

    def record(visit: Visit) -> tuple[str, datetime]:
        return visit.activity_id, visit.start

    found: list[Visit] = []
    for visit in sorted(visits, key=record):
        if found and _is_same(found[-1], visit):
            found[-1] = _joined(found[-1], visit)
        else:
            found.append(visit)
    return tuple(sorted(found, key=lambda visit: (visit.day, visit.start, visit.activity_id)))


def _is_same(one: Visit, other: Visit) -> bool:
    if one.activity_id != other.activity_id:
        return False
    return one.end is None or other.start < one.end


def _joined(one: Visit, other: Visit) -> Visit:
    if one.end is None or other.end is None or one.minutes is None or other.minutes is None:
        return one
    end = max(one.end, other.end)
    span_min = (end - one.start).total_seconds() / 60
    return replace(
        one,
        minutes=min(one.minutes + other.minutes, span_min),
        gap_min=max(one.gap_min, other.gap_min),
        end=end,
    )
