"""Whether a record lies in a period, where its time may be known to the month or season only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from geodata.model import Period, Precision

LONGEST_SPAN: Final = timedelta(days=92)
"""How long a record's time may span: three months."""

_MONTHS_BACK: Final = {Precision.MONTH: 0, Precision.SEASON: 2}
"""From the month of the last day to that of the first."""


def first_day_of(last: date, precision: Precision) -> date:
    """Return the first day that a record can be from.

    Parameters
    ----------
    last : datetime.date
        The last day that it can be from.
    precision : Precision
        How exactly its time is known; a season is three calendar months.
    """
    if precision not in _MONTHS_BACK:
        return last
    months = last.year * 12 + last.month - 1 - _MONTHS_BACK[precision]
    return date(months // 12, months % 12 + 1, 1)


def lies_in(first: date, last: date, period: Period) -> bool | None:
    """Tell whether what happened on some day from `first` to `last` happened in a period."""
    if period.start <= first and last <= period.end:
        return True
    return False if last < period.start or period.end < first else None
