"""Which activities count for a commitment on a day, which may, and which count for nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from operator import attrgetter
from typing import Final

from geodata import model
from geodata.model.measure import SettledStep


@dataclass(frozen=True, slots=True)
class Frame:
    """One commitment on one day: all that the rules ask for."""

    commitment: model.Commitment
    period: model.Period
    as_of: date
    due: date
    steps: tuple[SettledStep, ...]
    last_day_of: Mapping[str, date]
    areas: frozenset[str]
    each_area: bool

    @property
    def begun(self) -> bool:
        """Whether the period's first day has come."""
        return self.as_of >= self.period.start

    @property
    def over(self) -> bool:
        """Whether the period's last day has come."""
        return self.as_of >= self.period.end

    def holds(self, area_id: str | None) -> bool:
        """Tell whether the measure looks at an area.

        None is an activity of which nobody has said where it was: it fulfils nothing that names
        areas.
        """
        return not self.areas or area_id in self.areas


@dataclass(slots=True)
class Pile:
    """What is recorded, by day: what counts, and how much does not, with the reason."""

    counted: list[model.DayTally] = field(default_factory=list)
    left_out: Counter[model.LeftOutReason] = field(default_factory=Counter)
    late: bool = False

    @property
    def silent(self) -> bool:
        """Whether nothing counts and nothing came too late."""
        return not self.counted and not self.late


Records = Mapping[model.LeftOutReason | None, tuple[str, ...]]
"""Ids of activities by why they are left out; of those that count under None."""


# --- the frame -------------------------------------------------------------------------------


def _last_day_of(
    commitment: model.Commitment, steps: tuple[SettledStep, ...], due: date
) -> Mapping[str, date]:
    if not steps:
        return dict.fromkeys(commitment.kinds, due)
    return {k: max(s.due for s in steps if k in s.kinds) for k in commitment.kinds}


def frame_of(commitment: model.Commitment, period: model.Period, as_of: date) -> Frame:
    """Settle due days and areas of a commitment for one day."""
    due = min(commitment.deadline or period.end, period.end)
    steps = commitment.measure.settled(due, period.end)
    return Frame(
        commitment=commitment,
        period=period,
        as_of=as_of,
        due=due,
        steps=steps,
        last_day_of=_last_day_of(commitment, steps, due),
        areas=frozenset(commitment.all_areas),
        each_area=commitment.each_area,
    )


# --- which activities count ------------------------------------------------------------------


def reason(frame: Frame, row: model.Evidence | model.DayTally) -> model.LeftOutReason | None:
    """Return why an activity, or all of a day alike, does not count; None if it does."""
    last_day = frame.last_day_of.get(row.kind)
    if last_day is None:
        return model.LeftOutReason.OTHER_KIND
    if row.day < frame.period.start:
        return model.LeftOutReason.BEFORE_PERIOD
    if row.day > frame.period.end:
        return model.LeftOutReason.AFTER_PERIOD
    if row.day > frame.as_of:
        return model.LeftOutReason.AFTER_AS_OF
    if row.day > last_day:
        return model.LeftOutReason.AFTER_DEADLINE
    if frame.holds(row.area_id):
        return None
    return model.LeftOutReason.NO_AREA if row.area_id is None else model.LeftOutReason.OTHER_AREA


def _once(evidence: Iterable[model.Evidence]) -> list[model.Evidence]:
    """Return each activity once, by day and id."""
    by_id = {row.activity_id: row for row in evidence}
    return sorted(by_id.values(), key=attrgetter("day", "activity_id"))


def sort_out(
    frame: Frame, tallies: Iterable[model.DayTally]
) -> tuple[Pile, defaultdict[str | None, Pile]]:
    """Return what counts and what does not, as a whole and by area."""
    whole = Pile()
    by_area: defaultdict[str | None, Pile] = defaultdict(Pile)
    # Of areas on one day the first by its id: so one is the first to reach a step.
    for row in sorted(tallies, key=lambda row: (row.day, row.area_id or "", row.kind)):
        here = by_area[row.area_id]
        why = reason(frame, row)
        if why is None:
            whole.counted.append(row)
            here.counted.append(row)
            continue
        whole.left_out[why] += row.number
        here.left_out[why] += row.number
        # Late elsewhere is nothing of this commitment's, as in-time elsewhere isn't either.
        if why is model.LeftOutReason.AFTER_DEADLINE and frame.holds(row.area_id):
            whole.late = here.late = True
    return whole, by_area


def records_of(frame: Frame, evidence: Iterable[model.Evidence]) -> Records:
    """Return the ids of the activities that claim to count, by day, each once.

    Parameters
    ----------
    frame : Frame
        The commitment and the day.
    evidence : iterable of Evidence
        The commitment's, or what of it lies in one area.

    Returns
    -------
    mapping of LeftOutReason or None to tuple of str
        By why they are left out; None are those that count. What none is left out for is absent.
    """
    found: defaultdict[model.LeftOutReason | None, list[str]] = defaultdict(list)
    for row in _once(evidence):
        found[reason(frame, row)].append(row.activity_id)
    return {why: tuple(ids) for why, ids in found.items()}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a commitment would make of an activity."""

    commitment: model.Commitment
    # Its promise's.
    period: model.Period
    # Why the activity would not count; None if it would.
    reason: model.LeftOutReason | None
    # Whether it names the activity's area; False too where it names none and any counts.
    names_area: bool

    @property
    def counts(self) -> bool:
        """Whether the activity would count."""
        return self.reason is None


def suggest(
    promises: Iterable[model.Promise], kind: str, area_id: str | None, day: date
) -> tuple[Suggestion, ...]:
    """Tell of every commitment whether an activity would count for it.

    Parameters
    ----------
    promises : iterable of Promise
        Whose commitments are asked.
    kind : str
        The activity's kind.
    area_id : str or None
        The area it took place in.
    day : datetime.date
        The day it counts from. It is asked as if that day had come.

    Returns
    -------
    tuple of Suggestion
        Those it would count for first; among equals in the promises' order.
    """
    found = [
        _asked(commitment, promise.period, kind, area_id, day)
        for promise in promises
        for commitment in promise.commitments
    ]
    return tuple(sorted(found, key=lambda suggestion: not suggestion.counts))


class Counting:
    """Which commitments an activity would count for, asked of a great many activities.

    The answer is that of `suggest`, worked out once for each kind in each area.
    """

    def __init__(self, promises: Iterable[model.Promise]) -> None:
        self._frames = [
            frame_of(commitment, promise.period, promise.period.end)
            for promise in promises
            for commitment in promise.commitments
        ]
        self._spans: dict[tuple[str, str | None], tuple[tuple[str, date, date], ...]] = {}

    def commitments(self, kind: str, area_id: str | None, day: date) -> tuple[str, ...]:
        """Return the ids of the commitments that would count it, in the promises' order."""
        key = (kind, area_id)
        if key not in self._spans:
            self._spans[key] = tuple(
                (frame.commitment.id, frame.period.start, frame.last_day_of[kind])
                for frame in self._frames
                if kind in frame.last_day_of and frame.holds(area_id)
            )
        return tuple(id_ for id_, first, last in self._spans[key] if first <= day <= last)


def _asked(
    commitment: model.Commitment, period: model.Period, kind: str, area_id: str | None, day: date
) -> Suggestion:
    row = model.Evidence("", commitment.id, area_id, kind, day, None)
    why = reason(frame_of(commitment, period, max(day, period.end)), row)
    return Suggestion(commitment, period, why, area_id in commitment.all_areas)


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
    model.LeftOutReason.OTHER_KIND,
    model.LeftOutReason.BEFORE_PERIOD,
    model.LeftOutReason.AFTER_PERIOD,
    model.LeftOutReason.AFTER_DEADLINE,
    model.LeftOutReason.OTHER_AREA,
    model.LeftOutReason.NO_AREA,
)
"""As the rules are asked: what fails at a later one has passed those before it. What is later than
the day told about is not among them: its time has not come."""


def _left_out(records: Iterable[Records]) -> dict[str, model.LeftOutReason]:
    """Return the reason that is nearest to counting, by activity."""
    nearest: dict[str, model.LeftOutReason] = {}
    every = list(records)
    for rank in RULE_ORDER:
        for one in every:
            nearest |= dict.fromkeys(one.get(rank, ()), rank)
    return nearest


def _periods(promises: Iterable[model.Promise]) -> Mapping[str, list[model.Period]]:
    found: defaultdict[str, list[model.Period]] = defaultdict(list)
    for promise in promises:
        for area_id in promise.area_ids:
            found[area_id].append(promise.period)
    return found


def sort_uncounted(
    entries: Iterable[model.Entry],
    evidence: Iterable[model.Evidence],
    promises: Sequence[model.Promise],
    chosen: Sequence[model.Promise],
    as_of: date,
) -> dict[UncountedReason, tuple[str, ...]]:
    """Return what counts for nothing on a day, by reason; each activity under one reason.

    Parameters
    ----------
    entries : iterable of Entry
        Every activity, each once; those that count for something may be left away.
    evidence : iterable of Evidence
        All that they claim to count for.
    promises : sequence of Promise
        Every promise.
    chosen : sequence of Promise
        Those told about: activities that name one of their commitments or lie in one of their
        areas. One without area that names nothing may be anybody's and is always told.
    as_of : datetime.date
        The end of this day is what is told.
    """
    claims: defaultdict[str, list[model.Evidence]] = defaultdict(list)
    for row in evidence:
        claims[row.commitment_id].append(row)
    records = {
        c.id: records_of(frame_of(c, promise.period, as_of), claims.get(c.id, ()))
        for promise in promises
        for c in promise.commitments
    }
    counted = {id_ for one in records.values() for id_ in one.get(None, ())}
    left_out = _left_out(records.values())
    own = _left_out(records[c.id] for promise in chosen for c in promise.commitments)
    areas = {area_id for promise in chosen for area_id in promise.area_ids}
    periods = _periods(promises)
    found: defaultdict[UncountedReason, list[str]] = defaultdict(list)
    for entry in entries:
        id_ = entry.activity_id
        if entry.day > as_of or id_ in counted:
            continue
        anybodys = entry.area_id not in periods and id_ not in left_out
        if anybodys or entry.area_id in areas or id_ in own:
            found[_why(entry, left_out, periods)].append(id_)
    return {reason: tuple(found[reason]) for reason in UncountedReason if reason in found}


def _why(
    entry: model.Entry,
    left_out: Mapping[str, model.LeftOutReason],
    periods: Mapping[str, Sequence[model.Period]],
) -> UncountedReason:
    nearest = left_out.get(entry.activity_id)
    if nearest is not None:
        return UncountedReason(nearest.value)
    if entry.named:
        return UncountedReason.UNKNOWN_COMMITMENT
    if entry.area_id is None or entry.area_id not in periods:
        return UncountedReason.NO_AREA
    if not any(entry.day in period for period in periods[entry.area_id]):
        return UncountedReason.NO_PERIOD
    return UncountedReason.NO_COMMITMENT
