"""The values that travel between rooms: frozen, plain, and without behaviour that needs a file.

The catalogue's values (promise, commitment, area, ...) come from files under ``data/``; the
register's (activity, walk, finding, revision) from the record store; progress is computed from
both. Identifiers are strings. A commitment's id is ``<promise id>/<number>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Literal

from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon

Language = Literal["sv", "en"]
LANGUAGES: tuple[Language, ...] = ("sv", "en")


# --- the catalogue ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text in both of the screen's languages."""

    sv: str
    en: str

    def to(self, language: Language) -> str:
        """Return the text in one language."""
        return self.en if language == "en" else self.sv


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of the vocabulary: an id and its name.

    Parameters
    ----------
    id : str
        What files and records write, such as ``foot_patrol``.
    name : LocalText
        What a reader sees.
    """

    id: str
    name: LocalText


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The kinds that promises and records may use; each maps id to term."""

    activity_kinds: Mapping[str, Term]
    area_kinds: Mapping[str, Term]
    place_kinds: Mapping[str, Term]
    finding_categories: Mapping[str, Term]


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is known from.

    Parameters
    ----------
    title : LocalText
        The document or page.
    publisher : str
        Who published it.
    url : str or None
        Where it lies, without scheme guesses: a full address or None.
    date : datetime.date or None
        Its date of publication.
    """

    title: LocalText
    publisher: str
    url: str | None = None
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """One of those who made a promise: police, municipality, housing company."""

    id: str
    name: LocalText


@dataclass(frozen=True, slots=True)
class Period:
    """The time a promise holds, both days included.

    Parameters
    ----------
    start, end : datetime.date
        First and last day.
    precision : {"day", "month"}
        How exactly the source gives them.
    """

    start: date
    end: date
    precision: Literal["day", "month"] = "day"

    @property
    def days(self) -> int:
        """Number of days, first and last included."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class Count:
    """A measure: at least `target` activities of `kinds`.

    Parameters
    ----------
    kinds : tuple of str
        Activity kinds that count.
    target : int
        How many, at least 1.
    per : {"area", "all"}
        Whether each area needs its own `target`, or all together.
    reading : LocalText or None
        Said beside the number where it is our reading and not the promise's own wording.
    """

    kinds: tuple[str, ...]
    target: int
    per: Literal["area", "all"]
    reading: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to reach once: done when an activity of one of `kinds` is recorded.

    Parameters
    ----------
    id : str
        Unique within the commitment, such as ``presented``.
    title : LocalText
        What is to be reached.
    kinds : tuple of str
        Activity kinds that show it.
    due : datetime.date or None
        Last day; None means the promise's last day.
    """

    id: str
    title: LocalText
    kinds: tuple[str, ...]
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    """A measure: steps to reach, in each area (`per` area) or once (`per` all)."""

    steps: tuple[Step, ...]
    per: Literal["area", "all"]
    reading: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """A measure without a promised number: the amount is shown, never as reached."""

    kinds: tuple[str, ...]
    reading: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """A measure: somebody is appointed, once, shown by an activity of one of `kinds`."""

    kinds: tuple[str, ...]
    reading: LocalText | None = None


Measure = Count | Milestone | Presence | Appointment


@dataclass(frozen=True, slots=True)
class Commitment:
    """One numbered point of a promise.

    Parameters
    ----------
    id : str
        ``<promise id>/<number>``, such as ``boras-2018/3``.
    promise_id : str
        The promise it belongs to.
    number : int
        Its number within the promise, from 1.
    title, summary : LocalText
        In our own words.
    owners : tuple of str
        Ids of the responsible parties.
    areas : tuple of str
        Ids of the areas it names.
    areas_where_needed : tuple of str
        Ids of areas it covers only "where there is need".
    scope : LocalText or None
        Whom or what it covers where it names no area (designated, not public; tenants).
    measure : Measure
        How it is counted.
    deadline : datetime.date or None
        Last day where it is earlier than the promise's.
    source_paragraph : LocalText
        Where in the promise it stands.
    note : LocalText or None
        What a reader should know, such as that details are not public.
    """

    id: str
    promise_id: str
    number: int
    title: LocalText
    summary: LocalText
    owners: tuple[str, ...]
    areas: tuple[str, ...]
    areas_where_needed: tuple[str, ...]
    scope: LocalText | None
    measure: Measure
    deadline: date | None
    source_paragraph: LocalText
    note: LocalText | None = None

    @property
    def all_areas(self) -> tuple[str, ...]:
        """Ids of every area it may take place in."""
        return self.areas + self.areas_where_needed

    @property
    def kinds(self) -> tuple[str, ...]:
        """Ids of every activity kind that its measure counts, without repeats."""
        if isinstance(self.measure, Milestone):
            found = [kind for step in self.measure.steps for kind in step.kinds]
        else:
            found = list(self.measure.kinds)
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the parties themselves reported; shown beside progress, never inside it.

    Parameters
    ----------
    id : str
        ``<promise id>/outcome-<n>``.
    promise_id : str
        The promise.
    commitment_id : str or None
        The commitment it is about, None where it is about the promise as a whole.
    text : LocalText
        What was reported.
    amount : int or None
        A reported number, None where none was given.
    period : LocalText
        The time it covers, as the source states it.
    same_period : bool
        False where that time is not, or may not be, the promise's own.
    caution : LocalText or None
        What to keep in mind beside it.
    source : Source
        Where it was reported.
    """

    id: str
    promise_id: str
    commitment_id: str | None
    text: LocalText
    amount: int | None
    period: LocalText
    same_period: bool
    caution: LocalText | None
    source: Source


@dataclass(frozen=True, slots=True)
class Promise:
    """A *medborgarlöfte*: concrete work promised to citizens for a period.

    `short` is the name used in switches (a town's name); `signed` and `published` are the days
    that are known.
    """

    id: str
    short: LocalText
    title: LocalText
    municipality: str
    parties: tuple[Party, ...]
    period: Period
    signed: date | None
    published: date | None
    background: LocalText
    goals: tuple[LocalText, ...]
    source: Source
    commitments: tuple[Commitment, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def area_ids(self) -> tuple[str, ...]:
        """Ids of every area that a commitment names, in the order they first appear."""
        return tuple(dict.fromkeys(a for c in self.commitments for a in c.all_areas))


@dataclass(frozen=True, slots=True)
class Area:
    """A place with an outline that a promise names.

    Parameters
    ----------
    id, name, municipality : str
        The name is the same in both languages.
    kind : str
        A key of `Vocabulary.area_kinds`.
    outline : shapely Polygon or MultiPolygon
        WGS 84, longitude first.
    outline_method : {"surveyed", "generalised", "nominal"}
        ``nominal`` means that nobody has published a boundary.
    outline_accuracy_m : float
        How far, in metres, the true boundary may lie from the outline.
    outline_source : LocalText
        Where the outline comes from.
    """

    id: str
    name: str
    municipality: str
    kind: str
    outline: Polygon | MultiPolygon
    outline_method: Literal["surveyed", "generalised", "nominal"]
    outline_accuracy_m: float
    outline_source: LocalText


@dataclass(frozen=True, slots=True)
class Place:
    """A known place: a stop, a square, a school.

    Parameters
    ----------
    name, kind : str
        `kind` is a key of `Vocabulary.place_kinds`.
    lon, lat : float
        WGS 84, degrees.
    nearest_area : str
        Id of the nearest area.
    distance_m : float
        Metres to that area's outline, 0 inside it.
    source : str
        Whose position it is, worded as the licence asks.
    """

    name: str
    kind: str
    lon: float
    lat: float
    nearest_area: str
    distance_m: float
    source: str


@dataclass(frozen=True)
class Catalogue:
    """Every promise, area and place, checked; `digest` changes when any file does."""

    promises: tuple[Promise, ...]
    areas: tuple[Area, ...]
    places: tuple[Place, ...]
    vocabulary: Vocabulary
    digest: str

    @cached_property
    def promise_by_id(self) -> Mapping[str, Promise]:
        """Promises by id."""
        return {p.id: p for p in self.promises}

    @cached_property
    def area_by_id(self) -> Mapping[str, Area]:
        """Areas by id."""
        return {a.id: a for a in self.areas}

    @cached_property
    def commitment_by_id(self) -> Mapping[str, Commitment]:
        """Commitments of every promise by id."""
        return {c.id: c for p in self.promises for c in p.commitments}

    @cached_property
    def party_by_id(self) -> Mapping[str, Party]:
        """Parties of every promise by id; the first promise's wording wins."""
        return {q.id: q for p in reversed(self.promises) for q in p.parties}

    def commitments_in(self, area_id: str) -> tuple[Commitment, ...]:
        """Return the commitments that name an area, where needed or always."""
        return tuple(c for p in self.promises for c in p.commitments if area_id in c.all_areas)


# --- the register ----------------------------------------------------------------------------


class Precision(StrEnum):
    """How exactly a time is known."""

    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"
    SEASON = "season"


class SourceKind(StrEnum):
    """How a record came to be."""

    RECORDED = "recorded"
    IMPORTED = "imported"
    EXAMPLE = "example"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Origin:
    """How a record came to be, and where it can be looked up.

    Parameters
    ----------
    kind : SourceKind
        Recorded by hand, imported, example, or published by a party.
    file : str or None
        Name of the imported file, without its folder.
    row : int or None
        Row in that file as a spreadsheet counts (the header is row 1), or the feature's number.
    reference : str or None
        Where a published event was published.
    """

    kind: SourceKind
    file: str | None = None
    row: int | None = None
    reference: str | None = None


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


class WalkStatus(StrEnum):
    """How far a walk has come."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Walk:
    """A safety walk: planned, and perhaps held. A held walk is also an activity.

    `route` is in WGS 84; `start`, `precision` and `day` are as for `Activity`. Whether a planned
    walk was held is never assumed.
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

    def open_on(self, as_of: date) -> bool:
        """Tell whether it was found, and neither mended nor dismissed, by the end of a day."""
        settled = self.status in (FindingStatus.DONE, FindingStatus.DISMISSED)
        return self.day <= as_of and not (settled and self.status_day <= as_of)


Record = Activity | Walk | Finding


@dataclass(frozen=True, slots=True)
class Revision:
    """One change in the register's append-only history.

    Parameters
    ----------
    sequence : int
        Grows by every change in the register; the newest is the register's version.
    entity : {"activity", "walk", "finding"}
        What was changed.
    entity_id : str
        Its id.
    number : int
        1 for its creation, then one more for every change.
    at : datetime.datetime
        When, in UTC.
    by : str
        Who: a role, an office or a computer account, never required to be a person's name.
    action : {"create", "change", "void", "restore"}
        What was done.
    content : mapping
        The record as it was after this change, as JSON values.
    """

    sequence: int
    entity: Literal["activity", "walk", "finding"]
    entity_id: str
    number: int
    at: datetime
    by: str
    action: Literal["create", "change", "void", "restore"]
    content: Mapping[str, object]


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


# --- progress --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """One activity's claim to count for one commitment."""

    activity_id: str
    commitment_id: str
    area_id: str | None
    kind: str
    day: date
    minutes: int | None


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


# --- where a point is ------------------------------------------------------------------------


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
