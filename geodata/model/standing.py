"""How things stand: progress computed from promises and records, and where a point is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from geodata.model.origin import Precision


@dataclass(frozen=True, slots=True)
class Evidence:
    """One activity's claim to count for one commitment."""

    activity_id: str
    commitment_id: str
    area_id: str | None
    kind: str
    day: date
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One activity as a line of the register: where, when and how long, and nothing else.

    Parameters
    ----------
    activity_id : str
        Which activity.
    area_id : str or None
        The area it took place in.
    day : datetime.date
        The day it counts from.
    precision : Precision
        How exactly its time is known.
    minutes : int or None
        How long it took.
    named : bool
        Whether it names a commitment, known or not.
    kind : str
        A key of `Vocabulary.activity_kinds`.
    """

    activity_id: str
    area_id: str | None
    day: date
    precision: Precision
    minutes: int | None
    named: bool
    kind: str = ""


class State(StrEnum):
    """How a commitment stands on a day; see `geodata.analysis.progress` for the rules."""

    NOT_FULFILLED = "not_fulfilled"
    BEHIND = "behind"
    NO_RECORDS = "no_records"
    UNDER_WAY = "under_way"
    ON_TRACK = "on_track"
    FULFILLED = "fulfilled"
    NOT_STARTED = "not_started"


class LeftOutReason(StrEnum):
    """Why an activity that names a commitment does not count for it."""

    BEFORE_PERIOD = "before_period"
    AFTER_PERIOD = "after_period"
    AFTER_AS_OF = "after_as_of"
    AFTER_DEADLINE = "after_deadline"
    OTHER_AREA = "other_area"
    NO_AREA = "no_area"
    OTHER_KIND = "other_kind"


@dataclass(frozen=True, slots=True)
class StepProgress:
    """Whether one step of a milestone is reached: `reached` is the day, None if not."""

    step_id: str
    due: date
    reached: date | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Delivered against promised, for a commitment as a whole or in one area.

    Parameters
    ----------
    state : State
        How it stands.
    delivered : int
        How many were counted, in `unit`.
    target : int or None
        How many were promised; None where no number was.
    expected : float or None
        How many should be there by now: a straight line over the period, or the steps whose
        date has come. None where no number was promised.
    unit : {"activities", "steps", "areas"}
        What `delivered`, `target` and `expected` count.
    minutes : int
        Sum of the counted activities' known minutes.
    minutes_unknown : int
        How many counted activities give no minutes.
    first_day, last_day : datetime.date or None
        Of the counted activities.
    counted : tuple of str
        Ids of the counted activities, by day.
    left_out : mapping of LeftOutReason to tuple of str
        Ids of those that name the commitment but do not count, by reason.
    steps : tuple of StepProgress
        For milestones and appointments.
    """

    state: State
    delivered: int
    target: int | None
    expected: float | None
    unit: Literal["activities", "steps", "areas"]
    minutes: int = 0
    minutes_unknown: int = 0
    first_day: date | None = None
    last_day: date | None = None
    counted: tuple[str, ...] = ()
    left_out: Mapping[LeftOutReason, tuple[str, ...]] = field(default_factory=dict)
    steps: tuple[StepProgress, ...] = ()


@dataclass(frozen=True, slots=True)
class CommitmentProgress:
    """A commitment's progress as a whole and in each of its areas.

    Parameters
    ----------
    commitment_id : str
        Which commitment.
    as_of : datetime.date
        The end of this day is what is told.
    overall : Progress
        As a whole.
    by_area : mapping of str to Progress
        In each area that it names. Where the measure is for all areas together an area's
        progress has no target and no expected number of its own; its state is that of the whole.
    """

    commitment_id: str
    as_of: date
    overall: Progress
    by_area: Mapping[str, Progress]


@dataclass(frozen=True, slots=True)
class Location:
    """Which area a point is in, and how sure that is.

    Parameters
    ----------
    area_id : str or None
        The area whose outline holds the point, None if none does.
    nearest_area_id : str or None
        The area whose border is nearest; None where there is no area at all.
    border_m : float or None
        Metres to the nearest border of that nearest area.
    near_border : bool
        True where some outline's border lies within that outline's own accuracy of the point,
        so that the answer could be another.
    """

    area_id: str | None
    nearest_area_id: str | None
    border_m: float | None
    near_border: bool

    @property
    def area_at_hand(self) -> str | None:
        """The area that it is in, or the nearest."""
        return self.area_id or self.nearest_area_id
