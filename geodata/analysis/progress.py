"""How a commitment stands on a day: delivered against promised, by rules anyone can redo by hand.

Which activities count
    "As of" a day means the end of that day. An activity counts once, however many rows it has.
    Its kind must be one of the measure's, its day within the period, no later than the due day
    and no later than the as-of day, and its area one that the commitment names. An activity
    without area counts for no commitment that names areas, until somebody says where it was; where
    a commitment names no area every area counts, and none. The rest is left out for one reason, the
    first that holds of: other kind, before the period, after the period, after the as-of day, after
    the due day, other area, no area.
Due day
    The step's, else the commitment's, else the period's last day; never later than that one. An
    activity whose kind shows several steps may come until the latest of their due days, and
    reaches every step whose own due day it keeps.
Expected
    A count: target x days gone / days from the period's first to the due day, both included.
    Steps: how many have a due day that has come. Areas: how many should be done by now.
State, the first that holds
    1. Before the period: ``not_started``.
    2. No number promised: ``under_way`` if anything counts, else ``no_records``.
    3. Delivered reaches the target: ``fulfilled``, and so it stays.
    4. Nothing counts and nothing came too late within the period in the commitment's areas:
       ``no_records``, during the period and after it. Silence is never called a failure.
    5. The period is over (its last day has come): ``not_fulfilled``.
    6. A whole activity or more is missing against the expected number, or a step whose due day
       has come is not reached: ``behind``.
    7. Else ``on_track``.
Each area by itself
    Every named area has a target of its own. The whole counts areas: delivered are the fulfilled
    ones, and it is ``behind`` when some area misses its line, recorded there or not, and
    ``no_records`` only when all areas are silent. An area named "where needed" has no target.
    With one area only, the whole is that area's own progress.
All areas together
    An area shows its share: what was delivered there (steps where their first activity lies;
    of several on one day in the area whose id comes first),
    without target. Its state is the whole's: no area owes a share of its own.
Which areas need attention first
    An area where a promise goes on comes before one where all have ended. Of these it comes first
    where more of its commitments are behind or not fulfilled; then where more have no records;
    then where its last activity lies longer back (none at all is longest); then where it has more
    open findings; then by name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final

from geodata import model
from geodata.analysis.evidence import Frame, Pile, frame_of, sort_out
from geodata.model.measure import Clock, Standing, reaching, total
from geodata.texts import alphabetical


def _standing(frame: Frame, counted: Sequence[model.DayTally]) -> Standing:
    clock = Clock(frame.period.start, frame.due, frame.as_of)
    return frame.commitment.measure.standing(counted, frame.steps, clock)


def _state(frame: Frame, standing: Standing, pile: Pile) -> model.State:
    if not frame.begun:
        return model.State.NOT_STARTED
    if standing.target is None:
        return model.State.UNDER_WAY if pile.counted else model.State.NO_RECORDS
    if standing.reached:
        return model.State.FULFILLED
    if pile.silent:
        return model.State.NO_RECORDS
    if frame.over:
        return model.State.NOT_FULFILLED
    return model.State.BEHIND if standing.missing else model.State.ON_TRACK


def _progress(standing: Standing, pile: Pile, state: model.State) -> model.Progress:
    return model.Progress(
        state=state,
        delivered=standing.delivered,
        target=standing.target,
        expected=standing.expected,
        unit=standing.unit,
        minutes=sum(row.minutes for row in pile.counted),
        minutes_unknown=sum(row.minutes_unknown for row in pile.counted),
        first_day=pile.counted[0].day if pile.counted else None,
        last_day=pile.counted[-1].day if pile.counted else None,
        counted=total(pile.counted),
        left_out=dict(pile.left_out),
        steps=standing.steps,
    )


# --- as a whole and by area ------------------------------------------------------------------


def _each_area(
    frame: Frame, whole: Pile, by_area: Mapping[str | None, Pile]
) -> tuple[model.Progress, dict[str, model.Progress]]:
    """Return the whole and the areas where each named area has its own target."""
    piles = {a: by_area.get(a, Pile()) for a in frame.commitment.all_areas}
    standings = {
        a: _standing(frame, pile.counted)
        if a in frame.commitment.areas
        else Standing(total(pile.counted))
        for a, pile in piles.items()
    }
    areas = {a: _progress(s, piles[a], _state(frame, s, piles[a])) for a, s in standings.items()}
    if len(areas) == 1:
        (only,) = areas.values()
        return replace(only, left_out=dict(whole.left_out)), areas
    own = [standings[a] for a in frame.commitment.areas]
    standing = Standing(
        sum(s.reached for s in own),
        len(own),
        float(sum(s.should_be_reached for s in own)),
        "areas",
        missing=any(s.missing for s in own),
    )
    return _progress(standing, whole, _state(frame, standing, whole)), areas


def _share(frame: Frame, whole: Pile, here: Pile, area_id: str) -> Standing:
    """Return what an area delivers of a measure that is for all areas together."""
    if not frame.steps:
        return Standing(total(here.counted))
    rows = {
        i: row for i, row in reaching(whole.counted, frame.steps).items() if row.area_id == area_id
    }
    steps = (model.StepProgress(s.id, s.due, rows[s.id].day) for s in frame.steps if s.id in rows)
    return Standing(len(rows), None, None, "steps", steps=tuple(steps))


def _together(
    frame: Frame, whole: Pile, by_area: Mapping[str | None, Pile]
) -> tuple[model.Progress, dict[str, model.Progress]]:
    """Return the whole and the areas' shares where one target, or none, is for all areas."""
    standing = _standing(frame, whole.counted)
    overall = _progress(standing, whole, _state(frame, standing, whole))
    areas: dict[str, model.Progress] = {}
    for area_id in frame.commitment.all_areas:
        here = by_area.get(area_id, Pile())
        share = _share(frame, whole, here, area_id)
        state = _state(frame, share, here) if standing.target is None else overall.state
        areas[area_id] = _progress(share, here, state)
    return overall, areas


def assess(
    commitment: model.Commitment,
    period: model.Period,
    tallies: Iterable[model.DayTally],
    as_of: date,
) -> model.CommitmentProgress:
    """Tell how a commitment stands at the end of a day, by this module's rules."""
    frame = frame_of(commitment, period, as_of)
    whole, by_area = sort_out(frame, tallies)
    overall, areas = (_each_area if frame.each_area else _together)(frame, whole, by_area)
    return model.CommitmentProgress(commitment.id, as_of, overall, areas)


def assess_all(
    promises: Iterable[model.Promise], tallies: Iterable[model.DayTally], as_of: date
) -> dict[str, model.CommitmentProgress]:
    """Tell how every commitment of some promises stands at the end of a day.

    Parameters
    ----------
    promises : iterable of Promise
        Whose commitments to tell about.
    tallies : iterable of DayTally
        In any order; those of other promises' commitments are passed over.
    as_of : datetime.date
        The end of this day is what is told.

    Returns
    -------
    dict of str to CommitmentProgress
        By commitment id, in the promises' order; commitments without evidence too.
    """
    rows: defaultdict[str | None, list[model.DayTally]] = defaultdict(list)
    for row in tallies:
        rows[row.commitment_id].append(row)
    return {
        c.id: assess(c, p.period, rows.get(c.id, ()), as_of)
        for p in promises
        for c in p.commitments
    }


WORST_FIRST: Final = tuple(model.State)
"""States from the one that most needs attention to the one that least does."""


@dataclass(frozen=True, slots=True)
class AreaAttention:
    """How much attention an area needs on a day."""

    area_id: str
    # How many of its commitments stand in each state there; states that none has are absent.
    states: Mapping[model.State, int]
    # The first of `WORST_FIRST` that some commitment has.
    worst: model.State
    # Commitments that are behind or not fulfilled.
    behind: int
    # Commitments for which nothing is recorded.
    no_records: int
    # Findings that are neither mended nor dismissed.
    open_findings: int
    # Day of its latest activity, None where nothing is recorded.
    latest_day: date | None
    days_since: int | None
    # Whether every promise that names it has ended: its states colour nothing.
    is_history: bool = False


def rank_areas(
    catalogue: model.Catalogue,
    progress: Mapping[str, model.CommitmentProgress],
    latest_days: Mapping[str, date],
    open_findings: Mapping[str, int],
    as_of: date,
    promise_ids: Collection[str],
) -> tuple[AreaAttention, ...]:
    """Return the areas that some promises name, those that need attention first.

    Parameters
    ----------
    catalogue : Catalogue
        What the ids below name.
    progress : mapping of str to CommitmentProgress
        Every commitment of the chosen promises, by id, as of the same day.
    latest_days : mapping of str to datetime.date
        Day of the latest activity by area id, by `as_of`; absent where nothing is recorded.
    open_findings : mapping of str to int
        Number of open findings by area id; absent is none.
    as_of : datetime.date
        The end of this day is what is told.
    promise_ids : collection of str
        The chosen promises.

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
            behind=states[model.State.BEHIND] + states[model.State.NOT_FULFILLED],
            no_records=states[model.State.NO_RECORDS],
            open_findings=open_findings.get(area_id, 0),
            latest_day=latest_day,
            days_since=None if latest_day is None else (as_of - latest_day).days,
            is_history=all(chosen[c.promise_id].period.end < as_of for c in named),
        )

    return tuple(sorted(map(attention, ids), key=partial(_order, catalogue)))


def _order(catalogue: model.Catalogue, area: AreaAttention) -> tuple[object, ...]:
    # Never recorded is date.min: longer ago than any day.
    key = -area.behind, -area.no_records, (area.latest_day or date.min), -area.open_findings
    name = alphabetical(catalogue.area_by_id[area.area_id].name)
    return area.is_history, *key, name, area.area_id
