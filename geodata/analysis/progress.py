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
    An area shows its share: what was delivered there (steps where their first activity lies),
    without target. Its state is the whole's: no area owes a share of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from geodata.analysis.evidence import Frame, Pile, frame_of, sort_out
from geodata.model import (
    Commitment,
    CommitmentProgress,
    Count,
    Evidence,
    LeftOutReason,
    Period,
    Presence,
    Progress,
    Promise,
    State,
    StepProgress,
)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Delivered against promised; `missing` if that falls short of what is expected by now."""

    delivered: int
    target: int | None
    expected: float | None
    unit: Literal["activities", "steps", "areas"]
    missing: bool = False
    steps: tuple[StepProgress, ...] = ()

    @property
    def reached(self) -> bool:
        return self.target is not None and self.delivered >= self.target

    @property
    def should_be_reached(self) -> bool:
        return self.target is not None and self.expected == self.target


# --- delivered against promised --------------------------------------------------------------


def _count(frame: Frame, target: int, delivered: int) -> _Standing:
    days = max((frame.due - frame.period.start).days + 1, 1)
    gone = min(max((frame.as_of - frame.period.start).days + 1, 0), days)
    return _Standing(
        delivered,
        target,
        target * gone / days,
        "activities",
        # In whole numbers: a rounded quotient must not decide who is behind.
        missing=target * gone - delivered * days >= days,
    )


def _reaching(frame: Frame, counted: Sequence[Evidence]) -> dict[str, Evidence]:
    """Return the activity that first reached each reached step, by step id."""
    found: dict[str, Evidence] = {}
    for step in frame.steps:
        for row in counted:
            if row.day > step.due:
                break
            if row.kind in step.kinds:
                found[step.id] = row
                break
    return found


def _milestone(frame: Frame, counted: Sequence[Evidence]) -> _Standing:
    reaching = _reaching(frame, counted)
    due = {s.id for s in frame.steps if s.due <= frame.as_of}
    return _Standing(
        len(reaching),
        len(frame.steps),
        float(len(due)),
        "steps",
        missing=not due <= reaching.keys(),
        steps=tuple(
            StepProgress(s.id, s.due, reaching[s.id].day if s.id in reaching else None)
            for s in frame.steps
        ),
    )


def _standing(frame: Frame, counted: Sequence[Evidence]) -> _Standing:
    match frame.commitment.measure:
        case Count(target=target):
            return _count(frame, target, len(counted))
        case Presence():
            return _Standing(len(counted), None, None, "activities")
        case _:
            return _milestone(frame, counted)


def _areas_standing(standings: Sequence[_Standing]) -> _Standing:
    """Return how the whole stands where each area has its own target."""
    return _Standing(
        sum(s.reached for s in standings),
        len(standings),
        float(sum(s.should_be_reached for s in standings)),
        "areas",
        missing=any(s.missing for s in standings),
    )


def _state(frame: Frame, standing: _Standing, pile: Pile) -> State:
    if not frame.begun:
        return State.NOT_STARTED
    if standing.target is None:
        return State.UNDER_WAY if pile.counted else State.NO_RECORDS
    if standing.reached:
        return State.FULFILLED
    if pile.silent:
        return State.NO_RECORDS
    if frame.over:
        return State.NOT_FULFILLED
    return State.BEHIND if standing.missing else State.ON_TRACK


def _progress(standing: _Standing, pile: Pile, state: State) -> Progress:
    known = [row.minutes for row in pile.counted if row.minutes is not None]
    return Progress(
        state=state,
        delivered=standing.delivered,
        target=standing.target,
        expected=standing.expected,
        unit=standing.unit,
        minutes=sum(known),
        minutes_unknown=len(pile.counted) - len(known),
        first_day=pile.counted[0].day if pile.counted else None,
        last_day=pile.counted[-1].day if pile.counted else None,
        counted=tuple(row.activity_id for row in pile.counted),
        left_out=_left_out(pile),
        steps=standing.steps,
    )


def _left_out(pile: Pile) -> Mapping[LeftOutReason, tuple[str, ...]]:
    found: defaultdict[LeftOutReason, list[str]] = defaultdict(list)
    for reason, row in pile.left_out:
        found[reason].append(row.activity_id)
    return {reason: tuple(ids) for reason, ids in found.items()}


# --- as a whole and by area ------------------------------------------------------------------


def _each_area(
    frame: Frame, whole: Pile, by_area: Mapping[str | None, Pile]
) -> tuple[Progress, dict[str, Progress]]:
    """Return the whole and the areas where each named area has its own target."""
    piles = {a: by_area.get(a, Pile()) for a in frame.commitment.all_areas}
    standings = {
        a: _standing(frame, pile.counted)
        if a in frame.commitment.areas
        else _Standing(len(pile.counted), None, None, "activities")
        for a, pile in piles.items()
    }
    areas = {a: _progress(s, piles[a], _state(frame, s, piles[a])) for a, s in standings.items()}
    if len(areas) == 1:
        (only,) = areas.values()
        return replace(only, left_out=_left_out(whole)), areas
    standing = _areas_standing([standings[a] for a in frame.commitment.areas])
    return _progress(standing, whole, _state(frame, standing, whole)), areas


def _share(frame: Frame, whole: Pile, here: Pile, area_id: str) -> _Standing:
    """Return what an area delivers of a measure that is for all areas together."""
    if not frame.steps:
        return _Standing(len(here.counted), None, None, "activities")
    rows = {i: row for i, row in _reaching(frame, whole.counted).items() if row.area_id == area_id}
    steps = (StepProgress(s.id, s.due, rows[s.id].day) for s in frame.steps if s.id in rows)
    return _Standing(len(rows), None, None, "steps", steps=tuple(steps))


def _together(
    frame: Frame, whole: Pile, by_area: Mapping[str | None, Pile]
) -> tuple[Progress, dict[str, Progress]]:
    """Return the whole and the areas' shares where one target, or none, is for all areas."""
    standing = _standing(frame, whole.counted)
    overall = _progress(standing, whole, _state(frame, standing, whole))
    areas: dict[str, Progress] = {}
    for area_id in frame.commitment.all_areas:
        here = by_area.get(area_id, Pile())
        share = _share(frame, whole, here, area_id)
        state = _state(frame, share, here) if standing.target is None else overall.state
        areas[area_id] = _progress(share, here, state)
    return overall, areas


def assess(
    commitment: Commitment, period: Period, evidence: Sequence[Evidence], as_of: date
) -> CommitmentProgress:
    """Tell how a commitment stands at the end of a day, by this module's rules."""
    frame = frame_of(commitment, period, as_of)
    whole, by_area = sort_out(frame, evidence)
    overall, areas = (_each_area if frame.each_area else _together)(frame, whole, by_area)
    return CommitmentProgress(commitment.id, as_of, overall, areas)


def assess_all(
    promises: Iterable[Promise], evidence: Iterable[Evidence], as_of: date
) -> dict[str, CommitmentProgress]:
    """Tell how every commitment of some promises stands at the end of a day.

    Parameters
    ----------
    promises : iterable of Promise
        Whose commitments to tell about.
    evidence : iterable of Evidence
        In any order; rows of other promises' commitments are passed over.
    as_of : datetime.date
        The end of this day is what is told.

    Returns
    -------
    dict of str to CommitmentProgress
        By commitment id, in the promises' order; commitments without evidence too.
    """
    rows: defaultdict[str, list[Evidence]] = defaultdict(list)
    for row in evidence:
        rows[row.commitment_id].append(row)
    return {
        c.id: assess(c, p.period, rows.get(c.id, ()), as_of)
        for p in promises
        for c in p.commitments
    }
