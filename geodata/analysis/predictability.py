"""How long it is between visits, and how evenly they are spread over the week's hours.

The week is cut in 7 days of 8 times three hours, and each visit falls in the cell that it began
in, in Swedish time. The measure is Shannon's entropy of the cells (Shannon 1948): nought when all
visits fall in one, the logarithm of 56 when every cell has as many.

With few visits the entropy is low also for visits made quite at random (n of them can't fall in
more than n cells), and a plain share of the logarithm would call every new hot spot predictable;
the bias is known since Miller 1955, see Paninski 2003, "Estimation of entropy and mutual
information", Neural Computation 15. So it is held against what as many visits at random moments of
the week give on average, which is exact and needs no drawing: every cell is binomial, and an
expected value of a sum is the sum of the expected values.

It sees only at what hours people come: a visit every 25 hours is spread over all of them and yet
easy to foresee.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from statistics import median
from typing import Final

import numpy as np

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
    """How predictable visits are.

    Parameters
    ----------
    word : Foreseen
        In words.
    visits : int
        How many have a time of day: what it rests on.
    share : float or None
        Their entropy as a share of what as many visits at random moments have on average, at most
        1; None where there are too few to tell.
    commonest : (int, int) or None
        Weekday (Monday is 0) and first hour of the cell with most visits, the first of equals;
        None where none has more than one.
    commonest_visits : int
        How many that cell has.
    """

    word: Foreseen
    visits: int
    share: float | None = None
    commonest: tuple[int, int] | None = None
    commonest_visits: int = 0


def pattern(moments: Iterable[datetime]) -> Pattern:
    """Return how many moments fall in each cell of the week, in Swedish time.

    Parameters
    ----------
    moments : iterable of datetime.datetime
        With zone.
    """
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
    """Return how predictable visits are.

    Parameters
    ----------
    weekly : tuple of tuple of int
        From `pattern`.
    """
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
