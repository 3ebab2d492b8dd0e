"""What a public page tells: counts and states only, with small numbers kept back.

No record comes into this room. What is gathered for it are sums by area and month, and progress,
of which only how much was delivered is read: neither days nor which activities they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from geodata import model
from geodata.analysis.indicators import Goals, beside
from geodata.publish.paper import Backdrop
from geodata.publish.public.suppression import Kinds, Row, Window, by_kind, by_month
from geodata.settings import NOBODY, Publisher


@dataclass(frozen=True, slots=True)
class AreaSums:
    """What is recorded in an area."""

    # First day of each month to tell about, in a row; only months that have ended.
    months: tuple[date, ...] = ()
    # How many in each.
    activities: tuple[int, ...] = ()
    # How many by category, internal ones left out.
    findings: Mapping[str, int] = field(default_factory=dict)
    # What a planner has said that all may see: which of two it shows, and a small JPEG.
    photos: tuple[tuple[model.PhotoRole, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a public page is made from."""

    catalogue: model.Catalogue
    promises: tuple[model.Promise, ...]
    # The end of this day is what is told.
    as_of: date
    # When the page is made, in Swedish time.
    made: datetime
    # Of the program that makes it.
    version: str
    # By commitment id, as of that day.
    progress: Mapping[str, model.CommitmentProgress]
    # What most needs attention in an area, by promise id and area id.
    states: Mapping[tuple[str, str], model.State]
    # By area id.
    sums: Mapping[str, AreaSums]
    # Whether anything is made up.
    examples: bool = False
    backdrop: Backdrop | None = None
    publisher: Publisher = NOBODY


def last_day_of(commitment: model.Commitment, promise: model.Promise) -> date:
    """Return a commitment's last day, never later than its promise's."""
    return min(commitment.deadline or promise.period.end, promise.period.end)


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
    commitment: model.Commitment,
    promise: model.Promise,
    found: model.CommitmentProgress,
    area_id: str,
) -> Iterator[_Fact]:
    period, last = promise.period, last_day_of(commitment, promise)
    here = found.by_area[area_id]
    told = here if found.overall.unit == "areas" else found.overall
    if told.steps:
        yield from (_Fact(period.start, s.due, 1) for s in told.steps if s.reached is not None)
    else:
        yield _Fact(period.start, last, told.delivered)
    if here.left_out.get(model.LeftOutReason.AFTER_DEADLINE):
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


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step of a milestone: when it was reached is not told."""

    step: model.Step
    due: date
    reached: bool


@dataclass(frozen=True, slots=True)
class AreaStanding:
    """A commitment in one area; numbers only where the area has a target of its own."""

    area: model.Area
    state: model.State
    delivered: int | None
    target: int | None
    where_needed: bool


@dataclass(frozen=True, slots=True)
class CommitmentTold:
    """How a commitment stands as a whole and in each area that it names."""

    commitment: model.Commitment
    state: model.State
    delivered: int
    target: int | None
    unit: Literal["activities", "steps", "areas"]
    last_day: date
    steps: tuple[StepTold, ...]
    areas: tuple[AreaStanding, ...]

    @property
    def together(self) -> bool:
        """Whether one target is for all its areas, so that none has a state of its own."""
        return self.target is not None and self.unit != "areas" and len(self.areas) > 1


@dataclass(frozen=True, slots=True)
class AreaTold:
    """What is told of an area: the same whichever promise it is shown under."""

    area: model.Area
    months: tuple[date, ...]
    row: Row
    findings: Kinds
    photos: tuple[tuple[model.PhotoRole, bytes], ...]

    def spans(self) -> Iterator[tuple[date, date, int]]:
        """Give first month, last month and sum; months with nothing stand together."""
        spans = list(self.row.spans)
        while spans:
            span = spans.pop(0)
            last = span.last
            while span.count == 0 and spans and spans[0].count == 0:
                last = spans.pop(0).last
            yield self.months[span.first], self.months[last], span.count


def months_between(first: date, last: date) -> int:
    """Return how many months there are from one to another, both included."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


@dataclass(frozen=True, slots=True)
class PromiseTold:
    """A promise with its commitments, its areas and how these stand."""

    promise: model.Promise
    commitments: tuple[CommitmentTold, ...]
    areas: tuple[tuple[AreaTold, model.State], ...]
    # Published figures of others, beside the work: nothing in them is kept back.
    seen: Goals

    @property
    def states(self) -> Mapping[model.State, int]:
        """How many commitments stand in each state, in the states' order."""
        found = Counter(told.state for told in self.commitments)
        return {state: found[state] for state in model.State if found[state]}

    @property
    def busiest(self) -> float:
        """The most activities a month that are told of any area: its bars have one scale."""
        spans = (span for area, _ in self.areas for span in area.spans())
        return max(count / months_between(first, last) for first, last, count in spans)

    @property
    def outcomes(self) -> tuple[tuple[model.Commitment | None, model.Outcome], ...]:
        """What the parties reported, each with the commitment that it is about."""
        by_id = {told.commitment.id: told.commitment for told in self.commitments}
        return tuple((by_id.get(o.commitment_id or ""), o) for o in self.promise.outcomes)

    def commitments_in(self, area_id: str) -> tuple[tuple[CommitmentTold, AreaStanding], ...]:
        """Return the commitments that name an area, each with how it stands there."""
        return tuple(
            (told, here)
            for told in self.commitments
            for here in told.areas
            if here.area.id == area_id
        )


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that the pages and the data beside them tell, in no language yet."""

    gathered: Gathered
    promises: tuple[PromiseTold, ...]

    @property
    def areas(self) -> tuple[AreaTold, ...]:
        """Every area once, in the order they first appear."""
        return tuple({a.area.id: a for p in self.promises for a, _ in p.areas}.values())

    @property
    def months(self) -> tuple[date, date] | None:
        """First and last month told of, None where none has ended yet."""
        found = [month for area in self.areas for month in area.months]
        return (min(found), max(found)) if found else None


def content_of(gathered: Gathered) -> Content:
    """Settle what is told, and keep back the rest.

    Parameters
    ----------
    gathered : Gathered
        Exact sums.

    Returns
    -------
    Content
        Nothing in it but `Content.gathered` holds a sum that is kept back.
    """
    return Content(gathered, tuple(_promise(promise, gathered) for promise in gathered.promises))


def _promise(promise: model.Promise, gathered: Gathered) -> PromiseTold:
    areas = (gathered.catalogue.area_by_id[id_] for id_ in promise.area_ids)
    return PromiseTold(
        promise,
        tuple(_commitment(c, promise, gathered) for c in promise.commitments),
        tuple((_area(a, gathered), gathered.states[promise.id, a.id]) for a in areas),
        beside(gathered.catalogue, promise),
    )


# --- commitments -----------------------------------------------------------------------------


def _commitment(
    commitment: model.Commitment, promise: model.Promise, gathered: Gathered
) -> CommitmentTold:
    found = gathered.progress[commitment.id]
    area_by_id = gathered.catalogue.area_by_id
    return CommitmentTold(
        commitment,
        found.overall.state,
        found.overall.delivered,
        found.overall.target,
        found.overall.unit,
        last_day_of(commitment, promise),
        _steps(commitment, found),
        tuple(
            _standing(area_by_id[id_], found.by_area[id_], id_ in commitment.areas_where_needed)
            for id_ in commitment.all_areas
        ),
    )


def _steps(commitment: model.Commitment, found: model.CommitmentProgress) -> tuple[StepTold, ...]:
    """Return a milestone's steps where they are reached once, not in each area."""
    steps = {step.id: step for step in commitment.measure.named_steps}
    if not steps or found.overall.unit != "steps":
        return ()
    return tuple(
        StepTold(steps[s.step_id], s.due, s.reached is not None) for s in found.overall.steps
    )


def _standing(area: model.Area, here: model.Progress, where_needed: bool) -> AreaStanding:
    # Without a target of its own what was done here is not told: it could be one or two.
    delivered = None if here.target is None else here.delivered
    return AreaStanding(area, here.state, delivered, here.target, where_needed)


# --- areas -----------------------------------------------------------------------------------


def _area(area: model.Area, gathered: Gathered) -> AreaTold:
    sums = gathered.sums.get(area.id, AreaSums())
    windows = windows_of(area.id, sums, gathered)
    categories = tuple(gathered.catalogue.vocabulary.finding_categories)
    return AreaTold(
        area,
        sums.months,
        by_month(sums.activities, windows),
        by_kind(sums.findings, categories),
        sums.photos,
    )
