"""The time between visits.

From the start of a visit to the start of the next one: in hours where both have a time of day,
else in whole days between their days. The median is that of the gaps between two visits. The
longest one also looks at the period's edges, from its first moment to the first visit and from
the last visit to the end of its last day: a place nobody has come to for five weeks was left
for five weeks, also where the period ends before anybody comes again. Visits of which not even
the day is known are left out, and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from statistics import median

from geodata.analysis.visits import Visit
from geodata.model import Period
from geodata.texts import SWEDISH_TIME


@dataclass(frozen=True, slots=True)
class Gap:
    """Time without a visit.

    Parameters
    ----------
    hours : float
        How long.
    exact : bool
        False where it is told in whole days, as one of its ends has no time of day.
    after, before : datetime.date or None
        The days of the visits it lies between; None where it begins or ends with the period.
    """

    hours: float
    exact: bool
    after: date | None
    before: date | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """The time between visits.

    Parameters
    ----------
    between : tuple of Gap
        Between each visit and the next.
    longest : Gap or None
        Of these and those at the period's edges; None where the period has no valid day.
    median_hours : float or None
        Of those between two visits; None where there is none.
    undated : int
        Visits left out, as not even their day is known.
    """

    between: tuple[Gap, ...]
    longest: Gap | None
    median_hours: float | None
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
