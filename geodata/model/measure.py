"""How a commitment is measured (a count, steps, presence, or an appointment), and how it stands.

A measure has all that is particular to it in one place: what it holds, its steps and what they
are called, what it makes of the activities that count, and how it is drawn. Its form in a file is
checked in `geodata.catalogue.schema`; the rules stand in `geodata.analysis.progress`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final, Literal

from geodata.model.record import Precision
from geodata.model.text import LocalText

# --- how things stand ----------------------------------------------------------------------------


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
    """One activity as a line of the register: where, when and how long, and nothing else."""

    activity_id: str
    area_id: str | None
    day: date
    precision: Precision
    minutes: int | None
    # Whether it names a commitment, known or not.
    named: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class DayTally:
    """How many activities of one kind there are on one day in one area."""

    # The commitment that they name; None for all, whatever they name.
    commitment_id: str | None
    area_id: str | None
    kind: str
    day: date
    number: int
    # The sum of their known minutes, and how many of them give none.
    minutes: int
    minutes_unknown: int
    # How exactly the day is known; None where it isn't told apart.
    precision: Precision | None = None


def total(tallies: Iterable[DayTally]) -> int:
    """Return how many activities there are."""
    return sum(tally.number for tally in tallies)


class State(StrEnum):
    """How a commitment stands on a day, what most needs attention first.

    See `geodata.analysis.progress` for the rules.
    """

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


Counted = Literal["activities", "steps", "areas"]
"""What is counted."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Delivered against promised, for a commitment as a whole or in one area.

    `target` is None where no number was promised, and so is `expected`: how many should be there
    by now, on a straight line over the period, or the steps whose date has come.
    """

    state: State
    delivered: int
    target: int | None
    expected: float | None
    unit: Counted
    # Sum of the counted activities' known minutes, and how many of them give none.
    minutes: int = 0
    minutes_unknown: int = 0
    # Of the counted activities, and how many they are.
    first_day: date | None = None
    last_day: date | None = None
    counted: int = 0
    # How many name the commitment but do not count; see `geodata.analysis.evidence.records_of`.
    left_out: Mapping[LeftOutReason, int] = field(default_factory=dict)
    # For milestones and appointments.
    steps: tuple[StepProgress, ...] = ()


@dataclass(frozen=True, slots=True)
class CommitmentProgress:
    """A commitment's progress by the end of a day, as a whole and in each area that it names.

    Where the measure is for all areas together an area's progress has no target and no expected
    number of its own; its state is that of the whole.
    """

    commitment_id: str
    as_of: date
    overall: Progress
    by_area: Mapping[str, Progress]


# --- how it is measured ---------------------------------------------------------------------------

APPOINTED: Final = "appointed"
"""Id of the only step that an appointment has."""

Per = Literal["area", "all"]
"""Whether each area needs its own target, or all together one."""

Drawn = Literal["pace", "steps", "amount"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to reach once: done when an activity of one of `kinds` is recorded."""

    # Unique within the commitment, such as ``presented``.
    id: str
    title: LocalText
    kinds: tuple[str, ...]
    # Last day; None means the promise's last day.
    due: date | None = None


@dataclass(frozen=True, slots=True)
class SettledStep:
    """A step with its due day settled: never None, never after the period."""

    id: str
    kinds: tuple[str, ...]
    due: date


@dataclass(frozen=True, slots=True)
class Standing:
    """Delivered against promised; `missing` if that falls short of what is expected by now."""

    delivered: int
    target: int | None = None
    expected: float | None = None
    unit: Counted = "activities"
    missing: bool = False
    steps: tuple[StepProgress, ...] = ()

    @property
    def reached(self) -> bool:
        """Whether all is delivered; never without a target."""
        return self.target is not None and self.delivered >= self.target

    @property
    def should_be_reached(self) -> bool:
        """Whether all is expected by now."""
        return self.target is not None and self.expected == self.target


@dataclass(frozen=True, slots=True)
class Clock:
    """A measure's days: the first of its period, its due day, and the one that is told of."""

    start: date
    due: date
    as_of: date


class _Measured:
    """What a measure is unless it says otherwise."""

    __slots__ = ()

    name: ClassVar[str]
    drawn: ClassVar[Drawn] = "amount"

    @property
    def each_area(self) -> bool:
        """Whether each area needs its own target, and not all together one."""
        # Those that can have one say so.
        return getattr(self, "per", "all") == "area"

    @property
    def named_steps(self) -> tuple[Step, ...]:
        """The steps that the promise names."""
        return ()

    def settled(self, due: date, last: date) -> tuple[SettledStep, ...]:
        """Return its steps; one without a due day has the commitment's, none is after the last."""
        del due, last
        return ()

    def standing(
        self, counted: Sequence[DayTally], steps: Sequence[SettledStep], clock: Clock
    ) -> Standing:
        """Return how it stands by the activities that count, by day."""
        del steps, clock
        return Standing(total(counted))


@dataclass(frozen=True, slots=True)
class Count(_Measured):
    """A measure: at least `target` activities of `kinds`, in each area or in all together.

    `reading` is said beside the number where it is our reading and not the promise's own wording.
    """

    name: ClassVar[str] = "count"
    drawn: ClassVar[Drawn] = "pace"

    kinds: tuple[str, ...]
    target: int
    per: Per
    reading: LocalText | None = None

    def standing(
        self, counted: Sequence[DayTally], steps: Sequence[SettledStep], clock: Clock
    ) -> Standing:
        """Return the number against its share of the days gone."""
        del steps
        days = max((clock.due - clock.start).days + 1, 1)
        gone = min(max((clock.as_of - clock.start).days + 1, 0), days)
        expected = self.target * gone / days
        # In whole numbers: a rounded quotient must not decide who is behind.
        number = total(counted)
        missing = self.target * gone - number * days >= days
        return Standing(number, self.target, expected, missing=missing)


class _Stepwise(_Measured):
    """A measure whose steps are reached one by one."""

    __slots__ = ()

    drawn: ClassVar[Drawn] = "steps"

    def standing(
        self, counted: Sequence[DayTally], steps: Sequence[SettledStep], clock: Clock
    ) -> Standing:
        """Return the steps that are reached against those whose due day has come."""
        by_step = reaching(counted, steps)
        due = {step.id for step in steps if step.due <= clock.as_of}
        told = (
            StepProgress(s.id, s.due, by_step[s.id].day if s.id in by_step else None) for s in steps
        )
        missing = not due <= by_step.keys()
        return Standing(
            len(by_step), len(steps), float(len(due)), "steps", missing, steps=tuple(told)
        )


@dataclass(frozen=True, slots=True)
class Milestone(_Stepwise):
    """A measure: steps to reach, in each area (`per` area) or once (`per` all)."""

    name: ClassVar[str] = "milestone"

    steps: tuple[Step, ...]
    per: Per
    reading: LocalText | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """Activity kinds that show a step, without repeats."""
        return tuple(dict.fromkeys(kind for step in self.steps for kind in step.kinds))

    @property
    def named_steps(self) -> tuple[Step, ...]:
        """The steps that the promise names."""
        return self.steps

    def settled(self, due: date, last: date) -> tuple[SettledStep, ...]:
        """Return its steps; one without a due day has the commitment's, none is after the last."""
        return tuple(SettledStep(s.id, s.kinds, min(s.due or due, last)) for s in self.steps)


@dataclass(frozen=True, slots=True)
class Presence(_Measured):
    """A measure without a promised number: the amount is shown, never as reached."""

    name: ClassVar[str] = "presence"

    kinds: tuple[str, ...]
    reading: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Appointment(_Stepwise):
    """A measure: somebody is appointed, once, shown by an activity of one of `kinds`."""

    name: ClassVar[str] = "appointment"

    kinds: tuple[str, ...]
    reading: LocalText | None = None

    def settled(self, due: date, last: date) -> tuple[SettledStep, ...]:
        """Return its one step."""
        del last
        return (SettledStep(APPOINTED, self.kinds, due),)


Measure = Count | Milestone | Presence | Appointment


def reaching(counted: Sequence[DayTally], steps: Sequence[SettledStep]) -> dict[str, DayTally]:
    """Return what first reached each reached step, by step id."""
    first: dict[str, DayTally] = {}
    for step in steps:
        for row in counted:
            if row.day > step.due:
                break
            if row.kind in step.kinds:
                first[step.id] = row
                break
    return first
