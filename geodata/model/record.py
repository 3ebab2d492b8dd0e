"""What was done, planned and found: values from the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from shapely import LineString, MultiLineString, Point

from geodata.model.meeting import Decision, Meeting
from geodata.model.origin import Origin, Precision, SourceKind
from geodata.model.planning import HotSpot, Plan
from geodata.model.promise import CatalogueEntry


@dataclass(frozen=True, slots=True)
class Activity:
    """Work that was done.

    Parameters
    ----------
    id : str
        UUID.
    kind : str
        A key of `Vocabulary.activity_kinds`.
    area_id : str or None
        The area it took place in.
    place : shapely Point, LineString or MultiLineString, or None
        Where, in WGS 84.
    start : datetime.datetime
        When, with zone. Where `precision` is coarser than a minute, the first instant it can
        have been.
    precision : Precision
        How exactly `start` is known.
    day : datetime.date
        The last day it can have begun, in Swedish time: the day it counts from.
    minutes : int or None
        How long it took.
    commitments : tuple of str
        Ids of the commitments it counts for.
    parties : tuple of str
        Ids of the parties that took part.
    participants : int or None
        Citizens who took part.
    note : str
        Free text without personal data.
    origin : Origin
        How the record came to be.
    verified_by : str or None
        Id of a party that has confirmed it.
    walk_id : str or None
        The walk that this activity is, once held.
    void : bool
        True once withdrawn; a void record stays but counts for nothing.
    times_s : tuple of (int, int)
        When each point of a recorded track was reached and left, in seconds after `start`, in the
        order of the line's points; empty where `place` is no such track.
    """

    id: str
    kind: str
    area_id: str | None
    place: Point | LineString | MultiLineString | None
    start: datetime
    precision: Precision
    day: date
    minutes: int | None = None
    commitments: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    participants: int | None = None
    note: str = ""
    origin: Origin = field(default_factory=lambda: Origin(SourceKind.RECORDED))
    verified_by: str | None = None
    walk_id: str | None = None
    void: bool = False
    times_s: tuple[tuple[int, int], ...] = ()


class WalkStatus(StrEnum):
    """How far a walk has come."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Walk:
    """A safety walk: planned, and perhaps held. A held walk is also an activity.

    Whether a planned walk was held is never assumed.

    Parameters
    ----------
    id : str
        UUID.
    area_id : str
        The area walked in.
    status : WalkStatus
        How far it has come.
    start, precision, day
        As for `Activity`.
    minutes : int or None
        How long it took; before it is held, how long it is meant to take.
    meeting_point : str
        Where those who walk meet.
    route : shapely LineString or MultiLineString, or None
        The planned or the walked way, in WGS 84.
    participants : int or None
        How many came.
    parties : tuple of str
        Ids of the parties that took part, or are to.
    commitments : tuple of str
        Ids of the commitments it counts for once held.
    note : str
        Free text without personal data.
    origin : Origin
        How the record came to be.
    void : bool
        True once withdrawn.
    invited : str
        Who was asked to come, such as the tenants of some houses; no names of persons.
    followed_up : datetime.date or None
        The day its findings were gone through with those who walked.
    repeats : str or None
        Id of the earlier walk that this one walks again.
    """

    id: str
    area_id: str
    status: WalkStatus
    start: datetime
    precision: Precision
    day: date
    minutes: int | None = None
    meeting_point: str = ""
    route: LineString | MultiLineString | None = None
    participants: int | None = None
    parties: tuple[str, ...] = ()
    commitments: tuple[str, ...] = ()
    note: str = ""
    origin: Origin = field(default_factory=lambda: Origin(SourceKind.RECORDED))
    void: bool = False
    invited: str = ""
    followed_up: date | None = None
    repeats: str | None = None


class FindingStatus(StrEnum):
    """How far a finding has come."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something seen on a walk that somebody should mend.

    Parameters
    ----------
    id : str
        UUID.
    walk_id : str or None
        The walk it was found on.
    area_id : str or None
        The area it lies in.
    place : shapely Point or None
        Where, in WGS 84.
    category : str
        A key of `Vocabulary.finding_categories`.
    text : str
        What was seen, without personal data.
    owner : str or None
        Id of the party that is to mend it.
    due : datetime.date or None
        When it is to be mended.
    status : FindingStatus
        How far it has come.
    day : datetime.date
        When it was found.
    status_day : datetime.date
        When it came to its present status; open on `day` until then.
    origin : Origin
        How the record came to be.
    void : bool
        True once withdrawn.
    internal : bool
        Whether it is for those who work with it only, and never told to the public.
    """

    id: str
    walk_id: str | None
    area_id: str | None
    place: Point | None
    category: str
    text: str
    owner: str | None
    due: date | None
    status: FindingStatus
    day: date
    status_day: date
    origin: Origin = field(default_factory=lambda: Origin(SourceKind.RECORDED))
    void: bool = False
    internal: bool = False

    def status_on(self, as_of: date) -> FindingStatus:
        """Return how far it had come by the end of a day."""
        return self.status if self.status_day <= as_of else FindingStatus.OPEN

    def open_on(self, as_of: date) -> bool:
        """Tell whether it was found, and neither mended nor dismissed, by the end of a day."""
        settled = (FindingStatus.DONE, FindingStatus.DISMISSED)
        return self.day <= as_of and self.status_on(as_of) not in settled

    def late_on(self, as_of: date) -> bool:
        """Tell whether it was open by the end of a day, and should have been settled by then."""
        return self.open_on(as_of) and self.due is not None and self.due < as_of


Work = Activity | Walk | Finding
"""What is done in the areas, and what is found there: what goes in and out as files."""

Record = Work | Decision | Meeting | HotSpot | Plan | CatalogueEntry

Entity = Literal[
    "activity", "walk", "finding", "decision", "meeting", "hot_spot", "plan", "catalogue_entry"
]
"""What a record is."""


@dataclass(frozen=True, slots=True)
class DoubleOf:
    """The record that the register has already.

    Parameters
    ----------
    id : str
        Its id.
    void : bool
        True where it was withdrawn: somebody has decided that it is not to count.
    """

    id: str
    void: bool


Action = Literal["create", "change", "void", "restore", "redact", "dispose"]


@dataclass(frozen=True, slots=True)
class Revision:
    """One change in the register's append-only history.

    Parameters
    ----------
    sequence : int
        Grows by every change in the register; the newest is the register's version.
    entity : Entity
        What was changed.
    entity_id : str
        Its id.
    number : int
        1 for its creation, then one more for every change.
    at : datetime.datetime
        When, in UTC.
    by : str
        Who: a role, an office or a computer account, never required to be a person's name.
    action : {"create", "change", "void", "restore", "redact", "dispose"}
        What was done.
    content : mapping
        The record as it was after this change, as JSON values; empty once it is disposed of.
    """

    sequence: int
    entity: Entity
    entity_id: str
    number: int
    at: datetime
    by: str
    action: Action
    content: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What became of a record after some revision of the register.

    Parameters
    ----------
    before, after : Record or None
        As it was, and as it is; None where there was none, or it is withdrawn.
    newest : Revision
        Its last change.
    """

    before: Record | None
    after: Record | None
    newest: Revision


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which activities to read. None means any.

    Parameters
    ----------
    area_ids : tuple of str or None
        Only in these areas.
    kinds : tuple of str or None
        Only of these kinds.
    commitment_id : str or None
        Only those that count for it.
    first_day, last_day : datetime.date or None
        Only from, and only up to and with, that day.
    """

    area_ids: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    commitment_id: str | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Bin:
    """How many activities lie in one square of the map.

    `west`, `south`, `east`, `north` are degrees in WGS 84; `count` is at least 1.
    """

    west: float
    south: float
    east: float
    north: float
    count: int


@dataclass(frozen=True, slots=True)
class Disposal:
    """What stays of content that was taken out of every version of a record.

    Parameters
    ----------
    entity : Entity
        What it was.
    entity_id : str
        Its id.
    decision : str
        By which decision it was disposed of, or why it was redacted.
    before : datetime.date or None
        What was over before that day was disposed of; None for a redacted text.
    at : datetime.datetime
        When, in UTC.
    by : str
        Who.
    versions : int
        How many versions of the record there were.
    """

    entity: Entity
    entity_id: str
    decision: str
    before: date | None
    at: datetime
    by: str
    versions: int
