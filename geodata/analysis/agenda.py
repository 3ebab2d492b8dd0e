"""What a steering group has to look at: what is new, what is behind, and what is due.

New is what happened after the day of the meeting before, up to and with the day of this one.
Due is what has a day no later than the next meeting's: decisions and findings that are open, steps
that are not reached, deadlines and periods that end, and walks that are planned. What should have
come by the meeting's day and has not is late; it stays until it has come.

The steps of a meeting, by their names, are ``now`` (what is new, behind and due), ``since`` (what
was decided and planned, and what came of it), one for each area (``area/<id>``), those that need
attention first, ``elsewhere`` (commitments that name no area, if there are any) and ``decisions``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from geodata.analysis.progress import AreaAttention
from geodata.model import (
    Activity,
    Commitment,
    Decision,
    Entity,
    Finding,
    Meeting,
    Progress,
    Promise,
    State,
    Walk,
    Work,
)
from geodata.texts import SWEDISH_TIME

USUAL_GAP: Final = timedelta(weeks=4)
"""How far ahead is looked where no next meeting is set: steering groups meet every second to
fourth week."""


def moved(day: date, by: timedelta) -> date:
    """Return a day so much later or earlier, the calendar's last or first where that is past it."""
    try:
        return day + by
    except OverflowError:
        return date.max if by > timedelta() else date.min


AREA: Final = "area/"
"""How the name of an area's step begins."""

LateKind = Literal["new", "changed", "withdrawn"]
DueKind = Literal["decision", "finding", "step", "deadline", "period", "walk"]


@dataclass(frozen=True, slots=True)
class Due:
    """Something that should have come by a day."""

    kind: DueKind
    day: date
    # Whether that day has passed.
    late: bool
    # The decision's, finding's, walk's, step's, commitment's or promise's.
    id: str
    # The commitment that it is part of.
    commitment_id: str | None = None
    # Where it is missing.
    area_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A commitment, in an area or as a whole, on the meeting's day and the one before's."""

    commitment: Commitment
    now: Progress
    then: Progress
    # Whether `now` is an area's share of what is measured for all areas together.
    share: bool
    # The commitment as a whole, on the meeting's day.
    overall: Progress

    @property
    def added(self) -> int:
        """How many were delivered since the meeting before, by their days."""
        return self.now.delivered - self.then.delivered

    @property
    def state(self) -> State:
        """How it stands; an area that has only a share stands as the whole."""
        return self.overall.state if self.share else self.now.state


@dataclass(frozen=True, slots=True)
class News:
    """What happened after the meeting before."""

    # Activities by kind, the most first; those of held walks are among them.
    kinds: Mapping[str, int]
    # Their known minutes.
    minutes: int
    # How many of them give no minutes.
    minutes_unknown: int
    # Walks that were held, by day.
    walks: tuple[Walk, ...]
    # Findings that were made.
    found: tuple[Finding, ...]
    # Findings that were mended or dismissed.
    settled: tuple[Finding, ...]

    @property
    def activities(self) -> int:
        """How many activities there were."""
        return sum(self.kinds.values())

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is recorded."""
        return not (self.kinds or self.walks or self.found or self.settled)


@dataclass(frozen=True, slots=True)
class AreaStep:
    """What is shown of one area."""

    area_id: str
    # Why it stands where it does among the areas.
    attention: AreaAttention
    # Its commitments, those that need attention first.
    standings: tuple[Standing, ...]
    news: News
    # Open ones, the most urgent first.
    findings: tuple[Finding, ...]
    # Open ones about it, the most urgent first.
    decisions: tuple[Decision, ...]
    # Walks that lie ahead, until the horizon.
    planned: tuple[Walk, ...]

    @property
    def name(self) -> str:
        """The step's name."""
        return AREA + self.area_id


@dataclass(frozen=True, slots=True)
class Late:
    """Something recorded, changed or withdrawn after minutes were closed that tell of its day."""

    # An entry is a promise that says something else than it did.
    kind: Entity
    # As it is now; one that was withdrawn, as it was.
    record: Work | Decision | Promise
    what: LateKind
    # In UTC.
    at: datetime

    @property
    def day(self) -> date:
        """The record's day; that of the change, in Swedish time, where it is a promise."""
        if isinstance(self.record, Promise):
            return self.at.astimezone(SWEDISH_TIME).date()
        return self.record.day

    @property
    def area_id(self) -> str | None:
        """Where it was; None of a promise."""
        return None if isinstance(self.record, Promise) else self.record.area_id


@dataclass(frozen=True, slots=True)
class Agenda:
    """All that a meeting goes through."""

    meeting: Meeting
    # What is due no later than this day is told.
    horizon: date
    # What happened since the meeting before, in all areas and outside them.
    news: News
    # Commitments that as a whole are behind or not fulfilled.
    behind: tuple[Standing, ...]
    # Late ones first, then by day.
    due: tuple[Due, ...]
    # Those that need attention first.
    areas: tuple[AreaStep, ...]
    # Commitments that name no area, those that need attention first.
    elsewhere: tuple[Standing, ...]
    # Decided before this meeting and open after the one before, by day: what came of them?
    earlier: tuple[Decision, ...]
    # Decided on this meeting's day.
    decided: tuple[Decision, ...]
    # All that are open after this meeting's day, the most urgent first.
    open: tuple[Decision, ...]
    # Walks that were planned for a day since the meeting before, held or not.
    walks: tuple[Walk, ...]
    # What came after the minutes of the meeting before were closed, about what they tell.
    late: tuple[Late, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of the meeting's steps, in order."""
        elsewhere = ("elsewhere",) if self.elsewhere else ()
        return ("now", "since", *(area.name for area in self.areas), *elsewhere, "decisions")


@dataclass(frozen=True, slots=True)
class Records:
    """What an agenda is made from; void records are not among them."""

    # At least those since the meeting before; others are passed over.
    activities: Sequence[Activity]
    walks: Sequence[Walk]
    findings: Sequence[Finding]
    decisions: Sequence[Decision]
