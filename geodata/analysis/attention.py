"""Which areas need attention first.

An area where a promise goes on comes before one where all have ended. Of these it comes first
where more of its commitments are behind or not fulfilled; then where more have no records; then
where its last activity lies longer back (none at all is longest); then where it has more open
findings; then by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
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
    is_history : bool
        Whether every promise that names it has ended: its states are then how it went, and
        colour nothing.
    """

    area_id: str
    states: Mapping[State, int]
    worst: State
    behind: int
    no_records: int
    open_findings: int
    latest_day: date | None
    days_since: int | None
    is_history: bool = False


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
    progress : mapping of str to CommitmentProgress
        Every commitment of the chosen promises, by id, as of the same day.
    latest_days : mapping of str to datetime.date
        Day of the latest activity by area id, by `as_of`; absent where nothing is recorded.
    open_findings : mapping of str to int
        Number of open findings by area id; absent is none.
    as_of : datetime.date
        The end of this day is what is told.
    promise_ids : collection of str

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
    chosen = {p.id: p for p in catalogue.promises if p.id in promise_ids}
    ids = dict.fromkeys(area_id for p in chosen.values() for area_id in p.area_ids)

    def attention(area_id: str) -> AreaAttention:
        named = [c for c in catalogue.commitments_in(area_id) if c.promise_id in chosen]
        here = (progress[c.id].by_area.get(area_id, progress[c.id].overall) for c in named)
        states, latest_day = Counter(p.state for p in here), latest_days.get(area_id)
        return AreaAttention(
            area_id=area_id,
            states=dict(states),
            worst=next(state for state in WORST_FIRST if states[state]),
            behind=states[State.BEHIND] + states[State.NOT_FULFILLED],
            no_records=states[State.NO_RECORDS],
            open_findings=open_findings.get(area_id, 0),
            latest_day=latest_day,
            days_since=None if latest_day is None else (as_of - latest_day).days,
            is_history=all(chosen[c.promise_id].period.end < as_of for c in named),
        )

    return tuple(sorted(map(attention, ids), key=partial(_order, catalogue)))


def _order(catalogue: Catalogue, area: AreaAttention) -> tuple[object, ...]:
    # Never recorded is date.min: longer ago than any day.
    key = -area.behind, -area.no_records, (area.latest_day or date.min), -area.open_findings
    name = alphabetical(catalogue.area_by_id[area.area_id].name)
    return area.is_history, *key, name, area.area_id
