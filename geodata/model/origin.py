"""How a record came to be, and how exactly its time is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

LONGEST_SPAN: Final = timedelta(days=92)
"""No record is known less exactly than to the season, in days."""


class Precision(StrEnum):
    """How exactly a time is known."""

    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"
    SEASON = "season"

    def first_day(self, last: date) -> date:
        """Return the first day that a record can be from, by its last: the day it is kept under.

        A month begins with its first day, a season two months before its last.
        """
        months_back = {Precision.MONTH: 0, Precision.SEASON: 2}.get(self)
        if months_back is None:
            return last
        months = last.year * 12 + last.month - 1 - months_back
        return date(months // 12, months % 12 + 1, 1)


class SourceKind(StrEnum):
    """How a record came to be."""

    RECORDED = "recorded"
    IMPORTED = "imported"
    EXAMPLE = "example"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Origin:
    """How a record came to be, and where it can be looked up.

    Parameters
    ----------
    kind : SourceKind
        Recorded by hand, imported, example, or published by a party.
    file : str or None
        Name of the imported file, without its folder.
    row : int or None
        Row in that file as a spreadsheet counts (the header is row 1), or the feature's number.
    reference : str or None
        Where a published event was published.
    """

    kind: SourceKind
    file: str | None = None
    row: int | None = None
    reference: str | None = None
