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

from geodata.analysis.attention import AreaAttention
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
    """Something that should have come by a day.

    Parameters
    ----------
    kind : {"decision", "finding", "step", "deadline", "period", "walk"}
        What it is.
    day : datetime.date
        By when.
    late : bool
        Whether that day has passed.
    id : str
        The decision's, finding's, walk's, step's, commitment's or promise's.
    commitment_id : str or None
        The commitment that it is part of.
    area_ids : tuple of str
        Where it is missing.
    """

    kind: DueKind
    day: date
    late: bool
    id: str
    commitment_id: str | None = None
    area_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A commitment on the meeting's day and on the day of the meeting before.

    Parameters
    ----------
    commitment : Commitment
        Which one.
    now, then : Progress
        In the area, or as a whole, on the two days.
    share : bool
        Whether `now` is an area's share of what is measured for all areas together.
    overall : Progress
        The commitment as a whole, on the meeting's day.
    """

    commitment: Commitment
    now: Progress
    then: Progress
    share: bool
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
    """What happened after the meeting before.

    Parameters
    ----------
    kinds : mapping of str to int
        Activities by kind, the most first; those of held walks are among them.
    minutes : int
        Their known minutes.
    minutes_unknown : int
        How many of them give no minutes.
    walks : tuple of Walk
        Walks that were held, by day.
    found, settled : tuple of Finding
        Findings that were made, and that were mended or dismissed.
    """

    kinds: Mapping[str, int]
    minutes: int
    minutes_unknown: int
    walks: tuple[Walk, ...]
    found: tuple[Finding, ...]
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
    """What is shown of one area.

    Parameters
    ----------
    area_id : str
        Which area.
    attention : AreaAttention
        Why it stands where it does among the areas.
    standings : tuple of Standing
        Its commitments, those that need attention first.
    news : News
        What happened there since the meeting before.
    findings : tuple of Finding
        Open ones, the most urgent first.
    decisions : tuple of Decision
        Open ones about it, the most urgent first.
    planned : tuple of Walk
        Walks that lie ahead, until the horizon.
    """

    area_id: str
    attention: AreaAttention
    standings: tuple[Standing, ...]
    news: News
    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    planned: tuple[Walk, ...]

    @property
    def name(self) -> str:
        """The step's name."""
        return AREA + self.area_id


@dataclass(frozen=True, slots=True)
class Late:
    """Something recorded, changed or withdrawn after minutes were closed that tell of its day.

    Parameters
    ----------
    kind : {"activity", "walk", "finding", "decision", "catalogue_entry"}
        What it is; an entry is a promise that says something else than it did.
    record : Activity, Walk, Finding, Decision or Promise
        As it is now; one that was withdrawn, as it was.
    what : {"new", "changed", "withdrawn"}
        What became of it.
    at : datetime.datetime
        When, in UTC.
    """

    kind: Entity
    record: Work | Decision | Promise
    what: LateKind
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
    """All that a meeting goes through.

    Parameters
    ----------
    meeting : Meeting
        Whose agenda it is.
    horizon : datetime.date
        What is due no later than this day is told.
    news : News
        What happened since the meeting before, in all areas and outside them.
    behind : tuple of Standing
        Commitments that as a whole are behind or not fulfilled.
    due : tuple of Due
        Late ones first, then by day.
    areas : tuple of AreaStep
        Those that need attention first.
    elsewhere : tuple of Standing
        Commitments that name no area, those that need attention first.
    earlier : tuple of Decision
        Decided before this meeting, and open after the one before: what has come of them is
        theirs to tell. By day.
    decided : tuple of Decision
        Decided on this meeting's day.
    open : tuple of Decision
        All that are open after this meeting's day, the most urgent first.
    walks : tuple of Walk
        Walks that were planned for a day since the meeting before, held or not.
    late : tuple of Late
        What came after the minutes of the meeting before were closed, about what they tell.
    """

    meeting: Meeting
    horizon: date
    news: News
    behind: tuple[Standing, ...]
    due: tuple[Due, ...]
    areas: tuple[AreaStep, ...]
    elsewhere: tuple[Standing, ...]
    earlier: tuple[Decision, ...]
    decided: tuple[Decision, ...]
    open: tuple[Decision, ...]
    walks: tuple[Walk, ...]
    late: tuple[Late, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of the meeting's steps, in order."""
        elsewhere = ("elsewhere",) if self.elsewhere else ()
        return ("now", "since", *(area.name for area in self.areas), *elsewhere, "decisions")


@dataclass(frozen=True, slots=True)
class Records:
    """What an agenda is made from; void records are not among them.

    Parameters
    ----------
    activities : sequence of Activity
        At least those since the meeting before; others are passed over.
    walks, findings, decisions : sequences
        All there are.
    """

    activities: Sequence[Activity]
    walks: Sequence[Walk]
    findings: Sequence[Finding]
    decisions: Sequence[Decision]
