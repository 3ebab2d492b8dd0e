"""What a public page tells: counts and states only, with small numbers kept back.

No record comes into this room. What is gathered for it are sums by area and month, and progress,
of which only how much was delivered is read: neither days nor which activities they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from geodata.model import (
    Area,
    Commitment,
    CommitmentProgress,
    Milestone,
    Outcome,
    Progress,
    Promise,
    State,
    Step,
)
from geodata.publish.public.concluding import windows_of
from geodata.publish.public.gathered import AreaSums, Gathered, last_day_of
from geodata.publish.public.suppression import Kinds, Row, by_kind, by_month


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step of a milestone: when it was reached is not told."""

    step: Step
    due: date
    reached: bool


@dataclass(frozen=True, slots=True)
class AreaStanding:
    """A commitment in one area; numbers only where the area has a target of its own."""

    area: Area
    state: State
    delivered: int | None
    target: int | None
    where_needed: bool


@dataclass(frozen=True, slots=True)
class CommitmentTold:
    """How a commitment stands as a whole and in each area that it names."""

    commitment: Commitment
    state: State
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

    area: Area
    months: tuple[date, ...]
    row: Row
    findings: Kinds

    def spans(self) -> Iterator[tuple[date, date, int]]:
        """Give first month, last month and sum; months with nothing stand together."""
        spans = list(self.row.spans)
        while spans:
            span = spans.pop(0)
            last = span.last
            while span.count == 0 and spans and spans[0].count == 0:
                last = spans.pop(0).last
            yield self.months[span.first], self.months[last], span.count


@dataclass(frozen=True, slots=True)
class PromiseTold:
    """A promise with its commitments, its areas and how these stand."""

    promise: Promise
    commitments: tuple[CommitmentTold, ...]
    areas: tuple[tuple[AreaTold, State], ...]

    @property
    def states(self) -> Mapping[State, int]:
        """How many commitments stand in each state, in the states' order."""
        found = Counter(told.state for told in self.commitments)
        return {state: found[state] for state in State if found[state]}

    @property
    def outcomes(self) -> tuple[tuple[Commitment | None, Outcome], ...]:
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


def _promise(promise: Promise, gathered: Gathered) -> PromiseTold:
    areas = (gathered.catalogue.area_by_id[id_] for id_ in promise.area_ids)
    return PromiseTold(
        promise,
        tuple(_commitment(c, promise, gathered) for c in promise.commitments),
        tuple((_area(a, gathered), gathered.states[promise.id, a.id]) for a in areas),
    )


# --- commitments -----------------------------------------------------------------------------


def _commitment(commitment: Commitment, promise: Promise, gathered: Gathered) -> CommitmentTold:
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


def _steps(commitment: Commitment, found: CommitmentProgress) -> tuple[StepTold, ...]:
    """Return a milestone's steps where they are reached once, not in each area."""
    if not isinstance(commitment.measure, Milestone) or found.overall.unit != "steps":
        return ()
    steps = {step.id: step for step in commitment.measure.steps}
    return tuple(
        StepTold(steps[s.step_id], s.due, s.reached is not None) for s in found.overall.steps
    )


def _standing(area: Area, here: Progress, where_needed: bool) -> AreaStanding:
    # Without a target of its own what was done here is not told: it could be one or two.
    delivered = None if here.target is None else here.delivered
    return AreaStanding(area, here.state, delivered, here.target, where_needed)


# --- areas -----------------------------------------------------------------------------------


def _area(area: Area, gathered: Gathered) -> AreaTold:
    sums = gathered.sums.get(area.id, AreaSums())
    windows = windows_of(area.id, sums, gathered)
    categories = tuple(gathered.catalogue.vocabulary.finding_categories)
    return AreaTold(
        area,
        sums.months,
        by_month(sums.activities, windows),
        by_kind(sums.findings, categories),
    )
