"""What was promised and by whom, what can be seen beside it, and everything together, checked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Literal

from geodata.model.area import Area, Place, ReferenceLayer
from geodata.model.measure import Measure
from geodata.model.text import LocalText


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of the vocabulary: an id and its name."""

    # What files and records write, such as ``foot_patrol``.
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
    """Where something is known from: a document or page, who published it, where and when."""

    title: LocalText
    publisher: str
    # A full address.
    url: str | None = None
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """One of those who made a promise: police, municipality, housing company."""

    id: str
    name: LocalText


@dataclass(frozen=True, slots=True)
class Period:
    """The time a promise holds, both days included, as exactly as the source gives them."""

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
    """One numbered point of a promise."""

    # ``<promise id>/<number>``, such as ``boras-2018/3``; numbers go from 1.
    id: str
    promise_id: str
    number: int
    # In our own words.
    title: LocalText
    summary: LocalText
    # Ids of the responsible parties; none where nobody has found out who they are.
    owners: tuple[str, ...]
    # Ids of the areas it names, and of those it covers only "where there is need".
    areas: tuple[str, ...]
    areas_where_needed: tuple[str, ...]
    # Whom or what it covers where it names no area (designated, not public; tenants).
    scope: LocalText | None
    measure: Measure
    # Last day where it is earlier than the promise's.
    deadline: date | None
    # Where in the promise it stands.
    source_paragraph: LocalText
    # What a reader should know, such as that details are not public.
    note: LocalText | None = None
    # Id of the commitment of the promise's predecessor that this one carries on.
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
    """What the parties themselves reported; shown beside progress, never inside it."""

    # ``<promise id>/outcome-<n>``.
    id: str
    promise_id: str
    # None where it is about the promise as a whole.
    commitment_id: str | None
    text: LocalText
    # A reported number, None where none was given.
    amount: int | None
    # The time it covers, as the source states it, and whether that is surely the promise's own.
    period: LocalText
    same_period: bool
    # What to keep in mind beside it.
    caution: LocalText | None
    source: Source


@dataclass(frozen=True, slots=True)
class Goal(LocalText):
    """What should come of a promise, in our own words."""

    # ``<promise id>/goal-<number>``; the number is its place where a file gives none.
    id: str = ""
    # Id of the goal of the promise's predecessor that this one carries on.
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


# --- indicators: never the work's effect ----------------------------------------------------------

Level = Literal["area", "police_district", "municipality", "country"]

Method = Literal["random_sample", "open_web_form", "register", "judgement", "not_stated"]
"""How an indicator comes about: ``open_web_form`` is answered by who wants to, and says nothing of
others; ``not_stated`` is what nobody has told."""

Unit = Literal["percent", "index", "per_1000", "number", "words"]

UNDATED: Final = "undated"
"""What stands for a reading's time where nobody has told it."""


@dataclass(frozen=True, slots=True)
class Series:
    """An indicator's readings that can be compared: one question on one scale."""

    # ``<indicator>/<number>``.
    id: str
    # The question that was asked, or what is counted.
    question: LocalText
    unit: Unit
    # The answers to choose from, or the index's ends.
    scale: LocalText | None = None
    # Why it can't be compared with the series before; of the first there is none.
    breaks: LocalText | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something that is measured, and what has to be known to read it."""

    id: str
    name: LocalText
    # What it is about, and that one's name: a municipality's figure is never an area's.
    level: Level
    place: str
    # The area's id where the level is an area.
    area: str | None
    method: Method
    # Who or what is described.
    population: LocalText
    # Ids of the goals beside which it is shown; one that no promise has is passed over.
    goals: tuple[str, ...]
    # What may not be concluded.
    cautions: tuple[LocalText, ...]
    # Who measures, and where that is published.
    source: Source
    # In order of time, at least one.
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an indicator was at some time."""

    # ``<series>/<time>``, such as ``ntu-trust/1/2018``.
    id: str
    # The series' id.
    series: str
    # No more exact than it is known; None where nobody has told.
    period: Period | None
    # In the series' unit; None where only words are known, or counts.
    value: float | None
    # How many answered so, how many answered, and how many were asked.
    count: int | None
    answered: int | None
    asked: int | None
    # The share that answered, in per cent, as the source says it: it may have another base than
    # `asked`.
    response_stated: float | None
    # What is told in words, and what to keep in mind beside it.
    text: LocalText | None
    caution: LocalText | None
    source: Source

    @property
    def indicator(self) -> str:
        """The indicator's id."""
        return self.series.rpartition("/")[0]

    @property
    def share_percent(self) -> float | None:
        """The value, or what the counts make in per cent; None where neither is known."""
        if self.value is None and self.count is not None and self.answered:
            return 100 * self.count / self.answered
        return self.value

    @property
    def response_percent(self) -> float | None:
        """How many of those asked answered, worked out; None where that can't be."""
        return 100 * self.answered / self.asked if self.asked and self.answered else None


@dataclass(frozen=True)
class Catalogue:
    """Every promise, area and place, checked; `digest` changes when any file does.

    Drafts stand apart from the promises that are given: they count nowhere.
    """

    promises: tuple[Promise, ...]
    areas: tuple[Area, ...]
    places: tuple[Place, ...]
    vocabulary: Vocabulary
    digest: str
    drafts: tuple[Promise, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    readings: tuple[Reading, ...] = ()
    layers: tuple[ReferenceLayer, ...] = ()

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

    @cached_property
    def label_by_id(self) -> Mapping[str, LocalText]:
        """What each promise is called in a few words, and no other: with its years if need be."""
        labels = {p.id: p.short for p in self.promises}
        for more in (Promise.with_years, Promise.with_id):
            times = Counter(labels.values())
            labels |= {p.id: more(p) for p in self.promises if times[labels[p.id]] > 1}
        return labels

    @cached_property
    def goal_by_id(self) -> Mapping[str, Goal]:
        """Goals of every promise by id."""
        return {g.id: g for p in self.promises for g in p.goals}

    @cached_property
    def series_by_id(self) -> Mapping[str, Series]:
        """Series of every indicator by id."""
        return {s.id: s for indicator in self.indicators for s in indicator.series}

    @cached_property
    def _commitments_by_area(self) -> Mapping[str, Sequence[Commitment]]:
        found: defaultdict[str, list[Commitment]] = defaultdict(list)
        for commitment in self.commitment_by_id.values():
            for area_id in dict.fromkeys(commitment.all_areas):
                found[area_id].append(commitment)
        return dict(found)

    def commitments_in(self, area_id: str) -> tuple[Commitment, ...]:
        """Return the commitments that name an area, where needed or always."""
        return tuple(self._commitments_by_area.get(area_id, ()))
