"""What was promised, where, and by whom: values from the catalogue's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geodata.model.measure import Measure
from geodata.model.origin import Origin, SourceKind
from geodata.model.text import LocalText


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


def name_of(terms: Mapping[str, Term], term_id: str) -> LocalText:
    """Return a term's name; the id itself where a record names a term that is no longer there."""
    return terms[term_id].name if term_id in terms else LocalText(term_id, term_id)


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
    precision : {"day", "month", "year"}
        How exactly the source gives them.
    """

    start: date
    end: date
    precision: Literal["day", "month", "year"] = "day"

    @property
    def days(self) -> int:
        """Number of days, first and last included."""
        return (self.end - self.start).days + 1

    @property
    def years(self) -> str:
        """Its years in figures: 2018, 2018–2019."""
        first, last = self.start.year, self.end.year
        return f"{first}" if first == last else f"{first}–{last}"

    def __contains__(self, day: date) -> bool:
        """Tell whether a day is one of its days."""
        return self.start <= day <= self.end

    def holds(self, first: date, last: date) -> bool | None:
        """Tell whether what was on some day from `first` to `last` was in it; None is perhaps."""
        if first in self and last in self:
            return True
        return False if last < self.start or self.end < first else None


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
        Ids of the responsible parties; none where nobody has found out who they are.
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
    forerunner : str or None
        Id of the commitment of the promise's predecessor that this one carries on.
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
    forerunner: str | None = None

    @property
    def all_areas(self) -> tuple[str, ...]:
        """Ids of every area it may take place in."""
        return self.areas + self.areas_where_needed

    @property
    def kinds(self) -> tuple[str, ...]:
        """Ids of every activity kind that its measure counts, without repeats."""
        return tuple(dict.fromkeys(self.measure.kinds))

    @property
    def each_area(self) -> bool:
        """Whether each area that it names has a target of its own."""
        return self.measure.each_area and bool(self.areas)


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
class Goal(LocalText):
    """What should come of a promise, in our own words.

    Parameters
    ----------
    id : str
        ``<promise id>/goal-<number>``; the number is its place where a file gives none.
    forerunner : str or None
        Id of the goal of the promise's predecessor that this one carries on.
    """

    id: str = ""
    forerunner: str | None = None

    @property
    def number(self) -> int:
        """Its number within the promise, from 1."""
        return int(self.id.rpartition("-")[2])


Stage = Literal["draft", "coming", "in_force", "ended", "archived"]
"""Of a promise's life; ``coming`` is given, and its period has not begun."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A *medborgarlöfte*: concrete work promised to citizens for a period.

    `short` is the name used in switches (a town's name); `signed` and `published` are the days
    that are known, and `unknown` tells what else nobody has found. `predecessor` is the id of the
    promise that it follows. An archived one is shown only where it is asked for.
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
    goals: tuple[Goal, ...]
    source: Source
    commitments: tuple[Commitment, ...]
    outcomes: tuple[Outcome, ...]
    predecessor: str | None = None
    unknown: tuple[LocalText, ...] = ()
    draft: bool = False
    archived: bool = False

    def with_years(self) -> LocalText:
        """Return its short name and its years."""
        return self.short.with_more(f" {self.period.years}")

    def with_id(self) -> LocalText:
        """Return its short name, its years and its id."""
        return self.with_years().with_more(f" ({self.id})")

    def stage_on(self, day: date) -> Stage:
        """Return where it is in its life on a day; an archived one stays so."""
        if self.archived:
            return "archived"
        if self.draft:
            return "draft"
        if day < self.period.start:
            return "coming"
        return "in_force" if day in self.period else "ended"

    @property
    def area_ids(self) -> tuple[str, ...]:
        """Ids of every area that a commitment names, in the order they first appear."""
        return tuple(dict.fromkeys(a for c in self.commitments for a in c.all_areas))


@dataclass(frozen=True, slots=True)
class Residents:
    """How many live in an area, and who says so.

    Parameters
    ----------
    count : int
        At least 1.
    source : LocalText
        Where the number comes from and of which year it is.
    """

    count: int
    source: LocalText


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
    residents : Residents or None
        How many live there, where somebody has said so.
    """

    id: str
    name: str
    municipality: str
    kind: str
    outline: Polygon | MultiPolygon
    outline_method: Literal["surveyed", "generalised", "nominal"]
    outline_accuracy_m: float
    outline_source: LocalText
    residents: Residents | None = None


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


@dataclass(frozen=True, slots=True)
class MapService:
    """A WMS (OGC 06-042): its address, its layers with commas between, and its pictures' format."""

    address: str
    layers: str
    format: str


@dataclass(frozen=True, slots=True)
class ReferenceLayer:
    """Somebody else's map layer, such as street lights: to look at, and counted nowhere.

    Parameters
    ----------
    id : str
        As an area's.
    name : LocalText
        What a reader sees.
    source, licence : str
        Whose it is, and on what terms it may be shown.
    date : datetime.date
        What day it tells of.
    colour : str
        A key of `geodata.palette.LAYER_COLOURS`.
    shapes : tuple of (str, shapely geometry)
        In WGS 84, each with its name or "".
    seen_by : {"inside", "public"}
        Whether it is on the citizens' page as well.
    wms : MapService or None
        What draws it on the screen, where it has no shapes.
    """

    id: str
    name: LocalText
    source: str
    licence: str
    date: date
    colour: str
    shapes: tuple[tuple[str, BaseGeometry], ...]
    seen_by: Literal["inside", "public"] = "inside"
    wms: MapService | None = None


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A promise, an area, places, terms or a layer as the register keeps them: as text.

    The text is what the same would be as a file, so that form, file and register have one
    reader, and nothing is lost on the way out and in again.

    Parameters
    ----------
    id : str
        Its path in a catalogue folder: ``promises/<promise id>.toml``, ``areas-<area id>.geojson``.
    text : str
        The file's text.
    position : int
        Entries stand in its order, then by id: where a promise stands in lists, an area on maps.
    origin : Origin
        How the entry came to be.
    void : bool
        True once withdrawn: it is in no list and counts nowhere.
    """

    id: str
    text: str
    position: int = 0
    origin: Origin = field(default_factory=lambda: Origin(SourceKind.RECORDED))
    void: bool = False
