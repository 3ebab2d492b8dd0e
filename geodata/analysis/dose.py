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
Predictability
    The week is cut in 7 days of 8 times three hours, and each visit falls in the cell that it began
    in, in Swedish time. The measure is Shannon's entropy of the cells (Shannon 1948): nought when
    all visits fall in one, the logarithm of 56 when every cell has as many.

    With few visits the entropy is low also for visits made quite at random (n of them can't fall in
    more than n cells), and a plain share of the logarithm would call every new hot spot
    predictable; the bias is known since Miller 1955, see Paninski 2003, "Estimation of entropy and
    mutual information", Neural Computation 15. So it is held against what as many visits at random
    moments of the week give on average, which is exact and needs no drawing: every cell is
    binomial, and an expected value of a sum is the sum of the expected values.

    It sees only at what hours people come: a visit every 25 hours is spread over all of them and
    yet easy to foresee.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import groupby, pairwise
from statistics import median
from typing import Final

import numpy as np

from geodata.analysis.visits import Pass, Visit, Visits
from geodata.model import VISIT_MINUTES, HotSpot, Period
from geodata.texts import SWEDISH_TIME, alphabetical


@dataclass(frozen=True, slots=True)
class Gap:
    """Time without a visit."""

    hours: float
    # False where it is told in whole days, as one of its ends has no time of day.
    exact: bool
    # Day of the visit before it; None where it begins with the period.
    after: date | None
    # Day of the visit after it; None where it ends with the period.
    before: date | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """The time between visits."""

    # Between each visit and the next.
    between: tuple[Gap, ...]
    # Of these and those at the period's edges; None where the period has no valid day.
    longest: Gap | None
    # Of those between two visits; None where there is none.
    median_hours: float | None
    # Visits left out, as not even their day is known.
    undated: int


def find_gaps(visits: Iterable[Visit], valid: Period | None) -> Gaps:
    """Return the time between visits, by this module's rules."""
    asked = tuple(visits)
    dated = sorted((v for v in asked if v.dated), key=lambda v: (v.day, v.start))
    between = tuple(_gap(before, after) for before, after in pairwise(dated))
    edges = [] if valid is None else _edges(dated, valid)
    return Gaps(
        between,
        max((*between, *edges), key=lambda gap: gap.hours, default=None),
        median(gap.hours for gap in between) if between else None,
        len(asked) - len(dated),
    )


def _gap(one: Visit, following: Visit) -> Gap:
    exact = one.timed and following.timed
    hours = _hours(one.start, following.start) if exact else _days_h(one.day, following.day)
    return Gap(hours, exact, one.day, following.day)


def _edges(dated: Sequence[Visit], valid: Period) -> list[Gap]:
    """Return the gaps from the first moment to the first visit and from the last to the end."""
    begins, ends = _midnight(valid.start), _midnight(valid.end + timedelta(days=1))
    if not dated:
        return [Gap(_hours(begins, ends), exact=True, after=None, before=None)]
    first, last = dated[0], dated[-1]
    before = _hours(begins, first.start) if first.timed else _days_h(valid.start, first.day)
    after = _hours(last.start, ends) if last.timed else _days_h(last.day, valid.end)
    return [Gap(before, first.timed, None, first.day), Gap(after, last.timed, last.day, None)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SWEDISH_TIME)


def _hours(one: datetime, other: datetime) -> float:
    # By the clock of the sun: a subtraction within one zone would miss the summer time's hour.
    return (other.timestamp() - one.timestamp()) / 3600


def _days_h(one: date, other: date) -> float:
    return (other - one).days * 24.0


HOURS_A_CELL: Final = 3
"""Finer than this and even half a year's visits are too few to tell."""

CELLS_A_DAY: Final = 24 // HOURS_A_CELL
CELLS: Final = 7 * CELLS_A_DAY

ENOUGH: Final = 12
"""With fewer visits the measure is not told. From here on at least 95 of 100 series of visits at
random moments are called hard to predict, as they are (`tests` draw them)."""

HARD_SHARE: Final = 0.9
EASY_SHARE: Final = 0.7
"""Below it: as fifty visits or more that all fall in the same two cells of every weekday."""

Pattern = tuple[tuple[int, ...], ...]
"""Visits in each cell: seven rows from Monday, eight times of day in each."""


class Foreseen(StrEnum):
    """How predictable visits are, in words."""

    TOO_FEW = "too_few"
    HARD = "hard"
    SOMEWHAT = "somewhat"
    EASY = "easy"


@dataclass(frozen=True, slots=True)
class Predictability:
    """How predictable visits are."""

    word: Foreseen
    # How many have a time of day: what it rests on.
    visits: int
    # Entropy as a share of that of as many random visits, at most 1; None for too few.
    share: float | None = None
    # Weekday (Monday is 0) and first hour of the cell with most visits, if more than one.
    commonest: tuple[int, int] | None = None
    commonest_visits: int = 0


def pattern(moments: Iterable[datetime]) -> Pattern:
    """Return how many moments, with zone, fall in each cell of the week, in Swedish time."""
    local = (moment.astimezone(SWEDISH_TIME) for moment in moments)
    found = Counter((at.weekday(), at.hour // HOURS_A_CELL) for at in local)
    return tuple(tuple(found[day, cell] for cell in range(CELLS_A_DAY)) for day in range(7))


def entropy(counts: Sequence[int]) -> float:
    """Return Shannon's entropy of some counts, in nats; 0 where there are none."""
    present = np.array([count for count in counts if count], dtype=float)
    shares = present / present.sum() if len(present) else present
    return max(0.0, -float((shares * np.log(shares)).sum()))


@lru_cache(maxsize=4096)
def random_entropy(visits: int, cells: int = CELLS) -> float:
    """Return the entropy that visits at random moments have on average, in nats."""
    times = np.arange(1, visits + 1)
    shares = times / max(visits, 1)
    # Half a second to load: when it is used, and not when the program starts.
    from scipy.stats import binom

    chances = binom.pmf(times, visits, 1 / cells)
    return max(0.0, -float(cells * (chances * shares * np.log(shares)).sum()))


def predictability(weekly: Pattern) -> Predictability:
    """Return how predictable visits are, from their `pattern`."""
    counts = [count for row in weekly for count in row]
    visits, most = sum(counts), max(counts)
    at = divmod(counts.index(most), CELLS_A_DAY)
    commonest = (at[0], at[1] * HOURS_A_CELL) if most > 1 else None
    if visits < ENOUGH:
        return Predictability(Foreseen.TOO_FEW, visits, None, commonest, most)
    share = min(1.0, entropy(counts) / random_entropy(visits))
    word = Foreseen.SOMEWHAT if share >= EASY_SHARE else Foreseen.EASY
    if share >= HARD_SHARE:
        word = Foreseen.HARD
    return Predictability(word, visits, share, commonest, most)


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
    """What was planned in the period's valid days."""

    # Not rounded, as a part of a week counts as that part.
    visits: float
    # Together; None where no minutes are planned for a visit.
    minutes: float | None
    # How many visits fewer there were, 0 where that is less than one.
    lacking: float


@dataclass(frozen=True, slots=True)
class Dose:
    """What some hot spots got in a period."""

    state: DoseState
    # Valid days in the period; for an area those of the hot spot with most of them.
    days: int
    # The earliest first.
    visits: tuple[Visit, ...]
    # Lines through it that are no visits.
    passes: tuple[Pass, ...]
    # Those that are known.
    minutes: float
    # Visits that tell none.
    minutes_unknown: int
    # Visits of 10 to 16 minutes.
    as_advised: int
    gaps: Gaps
    # Visits that have a time of day, by weekday and three hours.
    pattern: Pattern
    predictability: Predictability
    planned: Planned | None
    # Day of the latest visit in the period.
    latest: date | None
    # From that day to the period's last one.
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
    """An area, or what lies in none, with what its hot spots got together, the worst first."""

    area_id: str | None
    spots: tuple[SpotDose, ...]
    dose: Dose


# --- a hot spot ------------------------------------------------------------------------------


def spot_dose(spot: HotSpot, found: Visits, period: Period) -> SpotDose:
    """Return what a hot spot got in a period, by this module's rules.

    Visits of other hot spots and other days are passed over; the period's last day is not to lie
    after the one that is known.
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
    """Return what each area's hot spots got together in a period, the worst area first.

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
        last = found[-1] if found else None
        is_same = last is not None and last.activity_id == visit.activity_id
        if last is not None and is_same and (last.end is None or visit.start < last.end):
            found[-1] = _joined(last, visit)
        else:
            found.append(visit)
    return tuple(sorted(found, key=lambda visit: (visit.day, visit.start, visit.activity_id)))


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
