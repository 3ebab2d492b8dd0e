"""Which areas need attention first.

An area comes before another when more of its commitments are behind or not fulfilled there; then
when more have no records; then when its last activity lies longer back (none at all is longest);
then when it has more open findings; then by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from geodata.model import Catalogue, CommitmentProgress, State
from geodata.texts import alphabetical

WORST_FIRST: Final = (
    State.NOT_FULFILLED,
    State.BEHIND,
    State.NO_RECORDS,
    State.UNDER_WAY,
    State.ON_TRACK,
    State.FULFILLED,
    State.NOT_STARTED,
)
"""States from the one that most needs attention to the one that least does."""


@dataclass(frozen=True, slots=True)
class AreaAttention:
    """How much attention an area needs on a day.

    Parameters
    ----------
    area_id : str
        Which area.
    states : mapping of State to int
        How many of its commitments stand in each state there; states that none has are absent.
    worst : State
        The first of `WORST_FIRST` that some commitment has.
    behind : int
        Commitments that are behind or not fulfilled.
    no_records : int
        Commitments for which nothing is recorded.
    open_findings : int
        Findings that are neither mended nor dismissed.
    latest_day : datetime.date or None
        Day of its latest activity, None where nothing is recorded.
    days_since : int or None
        Days from that day to the as-of day.
    """

    area_id: str
    states: Mapping[State, int]
    worst: State
    behind: int
    no_records: int
    open_findings: int
    latest_day: date | None
    days_since: int | None


def _states(
    catalogue: Catalogue,
    progress: Mapping[str, CommitmentProgress],
    area_id: str,
    promise_ids: Collection[str],
) -> Counter[State]:
    chosen = [c for c in catalogue.commitments_in(area_id) if c.promise_id in promise_ids]
    found = (progress[c.id] for c in chosen)
    return Counter(p.by_area.get(area_id, p.overall).state for p in found)


def _attention(
    area_id: str,
    states: Counter[State],
    latest_day: date | None,
    open_findings: int,
    as_of: date,
) -> AreaAttention:
    return AreaAttention(
        area_id=area_id,
        states=dict(states),
        worst=next(state for state in WORST_FIRST if states[state]),
        behind=states[State.BEHIND] + states[State.NOT_FULFILLED],
        no_records=states[State.NO_RECORDS],
        open_findings=open_findings,
        latest_day=latest_day,
        days_since=None if latest_day is None else (as_of - latest_day).days,
    )


def rank_areas(
    catalogue: Catalogue,
    progress: Mapping[str, CommitmentProgress],
    latest_days: Mapping[str, date],
    open_findings: Mapping[str, int],
    as_of: date,
    promise_ids: Collection[str],
) -> tuple[AreaAttention, ...]:
    """Return the areas that some promises name, those that need attention first.

    Parameters
    ----------
    catalogue : Catalogue
        Promises and areas.
    progress : mapping of str to CommitmentProgress
        Every commitment of the chosen promises, by id, as of the same day.
    latest_days : mapping of str to datetime.date
        Day of the latest activity by area id, looking no further than `as_of`; an area where
        nothing is recorded is absent.
    open_findings : mapping of str to int
        Number of open findings by area id; absent is none.
    as_of : datetime.date
        The end of this day is what is told.
    promise_ids : collection of str
        Ids of the chosen promises.

    Returns
    -------
    tuple of AreaAttention
        In this module's order.

    Raises
    ------
    ValueError
        If a latest day lies after `as_of`: such an activity is not known on that day.
    """
    if any(day > as_of for day in latest_days.values()):
        raise ValueError("latest_days must not look further than as_of")
    chosen = [p for p in catalogue.promises if p.id in promise_ids]
    found = [
        _attention(
            area_id,
            _states(catalogue, progress, area_id, promise_ids),
            latest_days.get(area_id),
            open_findings.get(area_id, 0),
            as_of,
        )
        for area_id in dict.fromkeys(a for p in chosen for a in p.area_ids)
    ]

    def order(area: AreaAttention) -> tuple[int, int, int, int, str, str]:
        # Never recorded is date.min: longer ago than any day.
        latest = (area.latest_day or date.min).toordinal()
        name = alphabetical(catalogue.area_by_id[area.area_id].name)
        return -area.behind, -area.no_records, latest, -area.open_findings, name, area.area_id

    return tuple(sorted(found, key=order))
