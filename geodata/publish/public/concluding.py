"""What a reader may conclude about an area's months from what the commitments tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from geodata.model import Commitment, CommitmentProgress, LeftOutReason, Promise
from geodata.publish.public.gathered import AreaSums, Gathered, last_day_of
from geodata.publish.public.suppression import Window


@dataclass(frozen=True, slots=True)
class _Fact:
    """What the follow-up says was done at least, from one day to another."""

    first: date
    last: date
    least: int


def _facts(area_id: str, gathered: Gathered) -> Iterator[_Fact]:
    """Give what the commitments tell of work in an area by a day before their period's last."""
    for promise in gathered.promises:
        for commitment in promise.commitments:
            if area_id in commitment.all_areas:
                yield from _told_of(commitment, promise, gathered.progress[commitment.id], area_id)


def _told_of(
    commitment: Commitment, promise: Promise, found: CommitmentProgress, area_id: str
) -> Iterator[_Fact]:
    period, last = promise.period, last_day_of(commitment, promise)
    here = found.by_area[area_id]
    told = here if found.overall.unit == "areas" else found.overall
    if told.steps:
        yield from (_Fact(period.start, s.due, 1) for s in told.steps if s.reached is not None)
    else:
        yield _Fact(period.start, last, told.delivered)
    if here.left_out.get(LeftOutReason.AFTER_DEADLINE):
        # That it is called anything but silent says that something came too late.
        yield _Fact(last, period.end, 1)


def windows_of(area_id: str, sums: AreaSums, gathered: Gathered) -> tuple[Window, ...]:
    """Return what a reader may at most conclude from the commitments, in months of the row.

    Facts are added up whether they can be the same activity or not, and a fact of several areas
    is taken to be of each: too much is assumed rather than too little, but never what is untrue.
    """
    facts = [
        (_index(sums.months, fact.first), _index(sums.months, fact.last), fact.least)
        for fact in _facts(area_id, gathered)
        if fact.least and sums.months and fact.last < _after(sums.months[-1])
    ]
    found = []
    for first in sorted({fact[0] for fact in facts}):
        for last in sorted({fact[1] for fact in facts}):
            least = sum(n for start, end, n in facts if first <= start and end <= last)
            least = min(least, sum(sums.activities[first : last + 1]))
            if least and (first, last) != (0, len(sums.months) - 1):
                found.append(Window(first, last, least))
    return tuple(found)


def _index(months: Sequence[date], day: date) -> int:
    """Return the index of a day's month, the first for a day before all of them."""
    return max((at for at, month in enumerate(months) if month <= day), default=0)


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
