"""What is recorded and counts for nothing, each activity for one reason.

An activity counts for something if some commitment of any promise counts it on the as-of day; the
rules for that stand in `progress`. Of the rest, those recorded up to and with that day are told,
each for the first reason that holds:

1. It names commitments and none counts it: the reason is that of the commitment it came nearest
   to, which is the one whose rules it passed most of.
2. It names commitments that no promise has.
3. It lies in no area that a promise names.
4. No promise that names its area has a period that holds its day.
5. It names no commitment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from geodata.model import CommitmentProgress, Entry, LeftOutReason, Period, Promise


class UncountedReason(StrEnum):
    """Why an activity counts for nothing; those of `LeftOutReason` as for a single commitment."""

    OTHER_KIND = "other_kind"
    BEFORE_PERIOD = "before_period"
    AFTER_PERIOD = "after_period"
    AFTER_DEADLINE = "after_deadline"
    OTHER_AREA = "other_area"
    UNKNOWN_COMMITMENT = "unknown_commitment"
    NO_AREA = "no_area"
    NO_PERIOD = "no_period"
    NO_COMMITMENT = "no_commitment"


RULE_ORDER: Final = (
    LeftOutReason.OTHER_KIND,
    LeftOutReason.BEFORE_PERIOD,
    LeftOutReason.AFTER_PERIOD,
    LeftOutReason.AFTER_DEADLINE,
    LeftOutReason.OTHER_AREA,
    LeftOutReason.NO_AREA,
)
"""As the rules are asked: what fails at a later one has passed those before it. What is later than
the day told about is not among them: its time has not come."""


@dataclass(frozen=True, slots=True)
class _Claims:
    """What naming a commitment has led to, over all commitments or some."""

    counted: AbstractSet[str]
    left_out: Mapping[str, LeftOutReason]


def _claims(progress: Iterable[CommitmentProgress]) -> _Claims:
    counted: set[str] = set()
    nearest: dict[str, LeftOutReason] = {}
    for rank in RULE_ORDER:
        for one in progress:
            nearest |= dict.fromkeys(one.overall.left_out.get(rank, ()), rank)
    for one in progress:
        counted.update(one.overall.counted)
    return _Claims(counted, nearest)


def _periods(promises: Iterable[Promise]) -> Mapping[str, list[Period]]:
    found: defaultdict[str, list[Period]] = defaultdict(list)
    for promise in promises:
        for area_id in promise.area_ids:
            found[area_id].append(promise.period)
    return found


def sort_uncounted(
    entries: Iterable[Entry],
    progress: Mapping[str, CommitmentProgress],
    promises: Sequence[Promise],
    chosen: Sequence[Promise],
    as_of: date,
) -> dict[UncountedReason, tuple[str, ...]]:
    """Return what counts for nothing, by reason.

    Parameters
    ----------
    entries : iterable of Entry
        Every activity, each once.
    progress : mapping of str to CommitmentProgress
        Every commitment's on that day, by commitment id.
    promises : sequence of Promise
        Every promise.
    chosen : sequence of Promise
        Those told about: activities that name one of their commitments or lie in one of their
        areas. One without area that names nothing may be anybody's and is always told.
    as_of : datetime.date
        The end of this day is what is told.

    Returns
    -------
    dict of UncountedReason to tuple of str
        Ids in the entries' order, each under one reason; reasons without any are left out.
    """
    every = _claims(list(progress.values()))
    own = _claims([progress[c.id] for promise in chosen for c in promise.commitments])
    areas = {area_id for promise in chosen for area_id in promise.area_ids}
    periods = _periods(promises)
    found: defaultdict[UncountedReason, list[str]] = defaultdict(list)
    for entry in entries:
        id_ = entry.activity_id
        if entry.day > as_of or id_ in every.counted:
            continue
        anybodys = entry.area_id not in periods and id_ not in every.left_out
        if anybodys or entry.area_id in areas or id_ in own.left_out:
            found[_reason(entry, every.left_out, periods)].append(id_)
    return {reason: tuple(found[reason]) for reason in UncountedReason if reason in found}


def _reason(
    entry: Entry,
    left_out: Mapping[str, LeftOutReason],
    periods: Mapping[str, Sequence[Period]],
) -> UncountedReason:
    nearest = left_out.get(entry.activity_id)
    if nearest is not None:
        return UncountedReason(nearest.value)
    if entry.named:
        return UncountedReason.UNKNOWN_COMMITMENT
    if entry.area_id is None or entry.area_id not in periods:
        return UncountedReason.NO_AREA
    if not any(period.start <= entry.day <= period.end for period in periods[entry.area_id]):
        return UncountedReason.NO_PERIOD
    return UncountedReason.NO_COMMITMENT
