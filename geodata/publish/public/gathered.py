"""What a public page is made from: exact sums, before small numbers are kept back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from geodata.model import Catalogue, Commitment, CommitmentProgress, Promise, State


@dataclass(frozen=True, slots=True)
class AreaSums:
    """What is recorded in an area.

    Parameters
    ----------
    months : tuple of datetime.date
        First day of each month to tell about, in a row; only months that have ended.
    activities : tuple of int
        How many in each.
    findings : mapping of str to int
        How many by category, internal ones left out.
    """

    months: tuple[date, ...] = ()
    activities: tuple[int, ...] = ()
    findings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a public page is made from.

    Parameters
    ----------
    catalogue : Catalogue
        Names and outlines.
    promises : tuple of Promise
        Those to publish.
    as_of : datetime.date
        The end of this day is what is told.
    made : datetime.datetime
        When the page is made, in Swedish time.
    version : str
        Of the program that makes it.
    progress : mapping of str to CommitmentProgress
        By commitment id, as of that day.
    states : mapping of pairs of str to State
        What most needs attention in an area, by promise id and area id.
    sums : mapping of str to AreaSums
        By area id.
    examples : bool
        Whether anything is made up.
    publisher, licence : str or None
        Who publishes, and the address of the terms; None where nobody has said.
    """

    catalogue: Catalogue
    promises: tuple[Promise, ...]
    as_of: date
    made: datetime
    version: str
    progress: Mapping[str, CommitmentProgress]
    states: Mapping[tuple[str, str], State]
    sums: Mapping[str, AreaSums]
    examples: bool = False
    publisher: str | None = None
    licence: str | None = None


def last_day_of(commitment: Commitment, promise: Promise) -> date:
    """Return a commitment's last day, never later than its promise's."""
    return min(commitment.deadline or promise.period.end, promise.period.end)
