"""What the register keeps: what was done, planned, found and decided, and how each came to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final, Literal
from uuid import uuid4

from shapely import LineString, MultiLineString, Point

LONGEST_SPAN: Final = timedelta(days=92)
"""No record is known less exactly than to the season, in days."""

HOT_SPOT_RADIUS_M: Final = 150.0
"""A new hot spot's radius, in metres: that of the spots in Basford et al. 2021."""

VISIT_MINUTES: Final = (10, 16)
"""A stop of 10 to 16 minutes deters longest (Koper 1995); not replicated elsewhere since."""


class Precision(StrEnum):
    """How exactly a time is known."""

    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"
    SEASON = "season"

    def first_day(self, last: date) -> date:
        """Return the first day that a record can be from, by its last: the day it is kept under.

        A month begins with its first day, a season two months before its last.
        """
        months_back = {Precision.MONTH: 0, Precision.SEASON: 2}.get(self)
        if months_back is None:
            return last
        months = last.year * 12 + last.month - 1 - months_back
        return date(months // 12, months % 12 + 1, 1)


class SourceKind(StrEnum):
    """How a record came to be: by hand, from a file, made up, or published by a party."""

    RECORDED = "recorded"
    IMPORTED = "imported"
    EXAMPLE = "example"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Origin:
    """How a record came to be, and where it can be looked up."""

    kind: SourceKind
    # The imported file's name, without its folder.
    file: str | None = None
    # As a spreadsheet counts (the header is row 1), or the feature's number.
    row: int | None = None
    # Where a published event was published.
    reference: str | None = None


RECORDED: Final = Origin(SourceKind.RECORDED)

# --- what is done in the areas --------------------------------------------------------------------
# Of every record: its id is a UUID, and a void one, which was withdrawn, stays but counts for
# nothing. No text holds personal data. Geometry is in WGS 84, times have a zone.


@dataclass(frozen=True, slots=True)
class Activity:
    """Work that was done."""

    id: str
    # A key of `Vocabulary.activity_kinds`.
    kind: str
    area_id: str | None
    place: Point | LineString | MultiLineString | None
    # Where `precision` is coarser than a minute, the first instant it can have been.
    start: datetime
    precision: Precision
    # The last day it can have begun, in Swedish time: the day it counts from.
    day: date
    minutes: int | None = None
    # Ids of those it counts for, and of the parties that took part.
    commitments: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    # Citizens who took part.
    participants: int | None = None
    note: str = ""
    origin: Origin = RECORDED
    # Id of a party that has confirmed it.
    verified_by: str | None = None
    # The walk that this activity is, once held.
    walk_id: str | None = None
    void: bool = False
    # When each of a recorded track's points was reached and left, in seconds after `start`.
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
    """

    id: str
    area_id: str
    status: WalkStatus
    # As for an activity.
    start: datetime
    precision: Precision
    day: date
    # How long it took; before it is held, how long it is meant to take.
    minutes: int | None = None
    meeting_point: str = ""
    # The planned or the walked way.
    route: LineString | MultiLineString | None = None
    participants: int | None = None
    # Those that took part, or are to.
    parties: tuple[str, ...] = ()
    # Ids of those it counts for once held.
    commitments: tuple[str, ...] = ()
    note: str = ""
    origin: Origin = RECORDED
    void: bool = False
    # Who was asked to come, such as the tenants of some houses; no names of persons.
    invited: str = ""
    # The day its findings were gone through with those who walked.
    followed_up: date | None = None
    # Id of the earlier walk that this one walks again.
    repeats: str | None = None


class FindingStatus(StrEnum):
    """How far a finding has come."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something seen on a walk that somebody should mend."""

    id: str
    walk_id: str | None
    area_id: str | None
    place: Point | None
    # A key of `Vocabulary.finding_categories`.
    category: str
    text: str
    # Id of the party that is to mend it, and by when.
    owner: str | None
    due: date | None
    status: FindingStatus
    # When it was found.
    day: date
    # When it came to its present status; open on `day` until then.
    status_day: date
    origin: Origin = RECORDED
    void: bool = False
    # Whether it is for those who work with it only, and never told to the public.
    internal: bool = False
    # Who at the owner is to mend it, as a function or an office; never a person's name.
    function: str = ""

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


# --- what is decided about it ---------------------------------------------------------------------


class DecisionStatus(StrEnum):
    """How far a decision has come."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that a meeting decided is to be done, by whom and by when."""

    id: str
    meeting_id: str | None
    # What is to be done.
    text: str
    day: date
    status: DecisionStatus
    # When it came to its present status; open from `day` until then.
    status_day: date
    area_id: str | None = None
    commitment_id: str | None = None
    # Id of the party that is to do it, and by when.
    owner: str | None = None
    due: date | None = None
    # What came of it.
    outcome: str = ""
    origin: Origin = RECORDED
    # A decision that is no longer wanted is `WITHDRAWN`, and not void.
    void: bool = False
    # Who at the owner is to do it, as a function or an office; never a person's name.
    function: str = ""

    def status_on(self, as_of: date) -> DecisionStatus:
        """Return how far it had come by the end of a day."""
        return self.status if self.status_day <= as_of else DecisionStatus.OPEN

    def open_on(self, as_of: date) -> bool:
        """Tell whether it was decided, and neither done nor withdrawn, by the end of a day."""
        return self.day <= as_of and self.status_on(as_of) is DecisionStatus.OPEN

    def late_on(self, as_of: date) -> bool:
        """Tell whether it was open by the end of a day, and should have been done by then."""
        return self.open_on(as_of) and self.due is not None and self.due < as_of


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of a steering group, held step by step around one screen."""

    id: str
    # The day it is held; everything is told as of the end of it.
    day: date
    # The day of the meeting before; what happened after it is new.
    since: date
    next_day: date | None = None
    # The promise it is about, None for all.
    promise_id: str | None = None
    # Names of the steps that have been gone through; see `geodata.analysis.agenda`.
    discussed: tuple[str, ...] = ()
    # Whether it has been closed; it can be opened again, with a reason.
    ended: bool = False
    origin: Origin = RECORDED
    void: bool = False
    # Who took part: a party's id, and in which function; never a person's name.
    present: tuple[tuple[str, str], ...] = ()
    # What was said at a step, by the step's name.
    notes: tuple[tuple[str, str], ...] = ()
    # The minutes as they were when it was closed: each document's name, such as ``sv/rapport.pdf``,
    # and the SHA-256 by which the register keeps its bytes.
    documents: tuple[tuple[str, str], ...] = ()
    # Why it was last opened again, empty where it never was.
    reopened: str = ""

    def is_new(self, day: date) -> bool:
        """Tell whether what was on a day came after the meeting before, and by this one's day."""
        return self.since < day <= self.day


# --- what is planned ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A place where a planner wants to be seen, and how much: a place, and never people."""

    id: str
    name: str
    # Its middle.
    place: Point
    # The first day that it is one.
    valid_from: date
    radius_m: float = HOT_SPOT_RADIUS_M
    # How much it matters beside the others; above 0.
    weight: float = 1.0
    reason: str = ""
    # What the reason rests on, such as a situation picture or a safety walk.
    reason_source: str = ""
    # The last day that it is one; None until somebody ends it.
    valid_to: date | None = None
    # What is planned there; None where nothing is.
    visits_a_week: float | None = None
    minutes_a_visit: int | None = None
    area_id: str | None = None
    origin: Origin = RECORDED
    void: bool = False

    def valid_on(self, day: date) -> bool:
        """Tell whether it is a hot spot on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def days_within(self, first: date, last: date) -> int:
        """Return on how many of the days from `first` to `last` it is one."""
        end = last if self.valid_to is None else min(last, self.valid_to)
        return max((end - max(first, self.valid_from)).days + 1, 0)


class PlanKind(StrEnum):
    """What a plan is for: which places to take, a way with its stops, or visits hour by hour."""

    PLACES = "places"
    LOOP = "loop"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that somebody has kept; never taken for done, which is told by what is recorded."""

    id: str
    kind: PlanKind
    name: str
    first_day: date
    last_day: date
    # As JSON: enough to make it anew (choices, seed), and what came out, which `kind` decides.
    asked: Mapping[str, object]
    outcome: Mapping[str, object]
    origin: Origin = RECORDED
    void: bool = False


Photographed = Literal["activity", "walk", "finding"]
"""What there are photos of."""


class PhotoRole(StrEnum):
    """Which of two a photo shows: how it was before somebody saw to it, or after; or neither."""

    BEFORE = "before"
    OTHER = "other"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of a record: its picture and thumbnail are JPEG, made here, without metadata."""

    id: str
    # Of which record.
    entity: Photographed
    record_id: str
    role: PhotoRole
    # SHA-256 by which the register keeps the bytes.
    sha256: str
    thumbnail: str
    width_px: int
    height_px: int
    # The day it was taken, where somebody has said so.
    taken: date | None = None
    # Whether it may be shown to everybody; a planner says so.
    public: bool = False
    origin: Origin = RECORDED
    void: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and its thumbnail, as JPEG bytes, and the picture's size in pixels."""

    body: bytes
    thumbnail: bytes
    width_px: int
    height_px: int


Photographs = Sequence[tuple[Photo, Picture]]
"""New photos, each with what it shows."""


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo that comes with a record, and what is said of it."""

    picture: Picture
    # One that was made where it was taken, so that what is sent twice is kept once.
    id: str = field(default_factory=lambda: str(uuid4()))
    role: PhotoRole = PhotoRole.OTHER
    taken: date | None = None

    def of(self, entity: Photographed, record_id: str) -> tuple[Photo, Picture]:
        """Return it as the register keeps it, of a record."""
        picture = self.picture
        files = picture.body, picture.thumbnail
        body, thumbnail = (sha256(file).hexdigest() for file in files)
        size = picture.width_px, picture.height_px
        own = Photo(self.id, entity, record_id, self.role, body, thumbnail, *size, self.taken)
        return own, picture


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A promise, an area, places, terms or a layer as the register keeps them: as text.

    The text is what the same would be as a file, so that form, file and register have one
    reader, and nothing is lost on the way out and in again.
    """

    # Its path in a catalogue folder: ``promises/<promise id>.toml``, ``areas-<area id>.geojson``.
    id: str
    text: str
    # Entries stand in its order, then by id: where a promise stands in lists, an area on maps.
    position: int = 0
    origin: Origin = RECORDED
    void: bool = False


# --- how the register is asked --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """Which activities to read, up to and with the last day. None means any."""

    area_ids: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    commitment_id: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    party_id: str | None = None
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Bin:
    """How many activities, at least one, lie in one square of the map (degrees in WGS 84)."""

    west: float
    south: float
    east: float
    north: float
    count: int
