"""What a report is made from: how things stand, what is new and due, and what was decided."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from geodata import model
from geodata.analysis.agenda import Due, Late, News, Standing
from geodata.publish.paper import Backdrop
from geodata.publish.values import Namer
from geodata.texts import Words, words

_UNPRINTABLE: Final = re.compile(
    # Control signs, marks that turn the direction of what stands around them, half a pair, and
    # code points that are no characters: neither XML nor PDF/UA may hold them.
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\uffff]"
    "|[\ud800-\udfff]|[\ue000-\uf8ff]"
)
_BLANKS: Final = re.compile(r"[ \n]*\n[ \n]*\n[ \n]*")


def clean(text: str) -> str:
    """Return a text without what no document may hold; line breaks stay, two at the most."""
    return _BLANKS.sub("\n\n", _UNPRINTABLE.sub(" ", text.replace("\r\n", "\n"))).strip()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; down to the second level it is named among the contents, if it is to be."""

    level: int
    text: str
    contents: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    look: Literal["plain", "lead", "note"] = "plain"
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: its heading, and its share of the width."""

    title: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table's cell."""

    text: str = ""
    more: str = ""
    state: model.State | None = None
    urgent: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading row; its first column names the row."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A map; one that fills its page is the last thing on it."""

    name: str
    alt: str
    caption: str
    fills: bool = False


Block = Heading | Text | Bullets | Table | Picture


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report."""

    language: model.Language
    title: str
    subtitle: str
    mark: str
    told: tuple[str, ...]
    foot: str
    page: str
    contents: str
    summary: tuple[Block, ...]
    blocks: tuple[Block, ...]
    minutes: tuple[Block, ...]
    state_words: Mapping[model.State, str]

    @property
    def tables(self) -> Mapping[str, Table]:
        """Its tables, by name."""
        every = (*self.summary, *self.blocks)
        return {block.name: block for block in every if isinstance(block, Table)}


SILENT = frozenset({model.State.NO_RECORDS, model.State.NOT_STARTED})
"""States in which no number is told: nothing recorded is never a nought."""


NAMED_AT_MOST: Final = 6
"""So many promises, or changed commitments, are named one by one where there is little room."""


class Teller(Namer):
    """Tells a report's names and numbers in the reader's language."""

    between = ", "

    def __init__(self, matter: Matter) -> None:
        super().__init__(matter.catalogue, matter.words)
        self.matter = matter

    def __call__(self, key: str, **values: str | float) -> str:
        """Return a sentence."""
        return clean(self.words(key, **values))

    def table(
        self,
        name: str,
        columns: Iterable[tuple[str, float, Callable[[Any], Cell]]],
        records: Iterable[Any],
        caption: str = "",
    ) -> Table:
        """Return records as a table: each column by its heading, its width, and its cells."""
        keys, shares, cells = zip(*columns, strict=True)
        heads = tuple(Column(self(key), share) for key, share in zip(keys, shares, strict=True))
        return Table(name, caption, heads, tuple(tuple(c(r) for c in cells) for r in records))

    def number(self, number: int) -> str:
        """Return a number; a dash for none."""
        return self.words.number(number) if number else "–"

    def local(self, text: model.LocalText) -> str:
        """Return a text in the reader's language."""
        return clean(text.to(self.words.language))

    def label(self, promise_id: str) -> str:
        """Return what a promise is called in a few words."""
        return self.local(self.matter.catalogue.label_by_id[promise_id])

    def promises(self, name: Callable[[model.Promise], str], between: str = between) -> str:
        """Return the names of the promises told about, or how many where there are too many."""
        told = self.matter.promises
        if len(told) > NAMED_AT_MOST:
            return self("report.promises", count=len(told))
        return between.join(map(name, told))

    def day(self, day: date | None) -> str:
        """Return a day in few letters; nothing where there is none."""
        return "" if day is None else self.words.day(day, short=True)

    # --- names ---------------------------------------------------------------------------

    def term(self, terms: Mapping[str, model.Term], term_id: str) -> str:
        """Return a kind's or a category's name."""
        return clean(super().term(terms, term_id))

    def area(self, area_id: str | None) -> str:
        """Return an area's name; nothing for none."""
        return clean(super().area(area_id) or "")

    def areas(self, area_ids: Iterable[str]) -> str:
        """Return areas' names in a row."""
        return self.between.join(map(self.area, area_ids))

    def party(self, party_id: str | None) -> str:
        """Return a party's name; nothing for none."""
        return clean(super().party(party_id) or "")

    def responsible(self, record: model.Finding | model.Decision) -> str:
        """Return who is to see to something: the party, and the function there."""
        return self.listed((self.party(record.owner), clean(record.function)))

    def commitment(self, commitment_id: str | None) -> str:
        """Return a commitment's number and title."""
        if commitment_id is None:
            return ""
        found = self._catalogue.commitment_by_id.get(commitment_id)
        return clean(commitment_id) if found is None else self.numbered(found)

    def numbered(self, commitment: model.Commitment) -> str:
        """Return a commitment's number and title."""
        return f"{commitment.number}. {self.local(commitment.title)}"

    def area_kind(self, area: model.Area) -> str:
        """Return what kind of area it is."""
        return self.term(self._catalogue.vocabulary.area_kinds, area.kind)

    def outline(self, area: model.Area) -> str:
        """Return how exact an area's outline is."""
        metres = self.words.metres(area.outline_accuracy_m)
        return self(f"outline.{area.outline_method}", metres=metres)

    def period(self, promise: model.Promise) -> str:
        """Return a promise's period."""
        period = promise.period
        return self.words.period(period.start, period.end, period.precision)

    def source(self, source: model.Source) -> str:
        """Return a source with who published it, when and where."""
        parts = [self.local(source.title), clean(source.publisher)]
        if source.date is not None:
            parts.append(self.words.day(source.date))
        if source.url is not None:
            parts.append(clean(source.url))
        return ", ".join(parts)

    def record_day(self, record: model.Activity | model.Walk) -> str:
        """Return a record's day, no more exact than it is known."""
        return self.words.record_day(record.day, record.start, record.precision)

    # --- numbers -------------------------------------------------------------------------

    def amount(self, progress: model.Progress) -> str:
        """Return delivered of promised; empty where nothing was promised and nothing is there."""
        if progress.state in SILENT:
            if progress.target is None:
                return ""
            return self(f"amount.promised.{progress.unit}", count=progress.target)
        if progress.target is None:
            return self("amount.recorded", count=progress.delivered)
        if progress.delivered > progress.target:
            return self("amount.more", delivered=progress.delivered, count=progress.target)
        return self(
            f"amount.of.{progress.unit}", delivered=progress.delivered, count=progress.target
        )

    def share(self, progress: model.Progress) -> str:
        """Return what an area delivers of a measure that is for all areas together."""
        if not progress.delivered:
            return self("amount.none_here")
        return self("amount.here", count=progress.delivered)

    def expected(self, progress: model.Progress) -> str:
        """Return how many should be there by now; empty where no number was promised."""
        return "" if progress.expected is None else self.words.amount(progress.expected)

    def listed(self, texts: Sequence[str]) -> str:
        """Return texts in a row, those that say something."""
        return " · ".join(filter(None, texts))


@dataclass(frozen=True, slots=True)
class AreaMatter:
    """What is told of an area."""

    area: model.Area
    # The state that most needs attention among its commitments'; None where none is promised any
    # more, and something was left open.
    worst: model.State | None
    standings: tuple[Standing, ...]
    # What happened there since the meeting before.
    news: News
    # Those of them that are listed, the newest first.
    activities: tuple[model.Activity, ...]
    # Those planned until the horizon, and those held or cancelled since the meeting before.
    walks: tuple[model.Walk, ...]
    # Open ones, and those settled since the meeting before.
    findings: tuple[model.Finding, ...]
    # Open ones about it, and those settled since the meeting before.
    decisions: tuple[model.Decision, ...]
    open_findings: int
    # Of those findings, by their ids.
    photos: Mapping[str, tuple[model.Photo, ...]]

    @property
    def state_key(self) -> str:
        """The sentence that says how it stands."""
        return f"state.{self.worst}" if self.worst else "areas.history"

    @property
    def tells(self) -> bool:
        """Whether there is more to tell of it than its state."""
        late = self.worst in (model.State.BEHIND, model.State.NOT_FULFILLED)
        said = self.walks or self.findings or self.decisions
        return bool(late or said or not self.news.nothing)


@dataclass(frozen=True, slots=True)
class Matter:
    """All that a report tells, in the reader's language."""

    catalogue: model.Catalogue
    language: model.Language
    promises: tuple[model.Promise, ...]
    # The day told about.
    as_of: date
    # The day since when something is new.
    since: date
    # Until when is told what is due.
    horizon: date
    # When the report is made, in Swedish time.
    made: datetime
    # Whether the register holds made-up records.
    examples: bool
    # By commitment id.
    progress: Mapping[str, model.CommitmentProgress]
    # In all areas and outside them.
    news: News
    # Commitments as a whole, now and at the meeting before.
    standings: tuple[Standing, ...]
    # What most asks for a decision.
    decide: tuple[Standing | Due, ...]
    # What is late or due, late ones first.
    coming: tuple[Due, ...]
    # Those that need attention first.
    areas: tuple[AreaMatter, ...]
    # Open after the day.
    open: tuple[model.Decision, ...]
    # Decided that day.
    decided: tuple[model.Decision, ...]
    # Settled since the meeting before.
    settled: tuple[model.Decision, ...]
    # Those that `coming` names, by id; so the findings and decisions.
    walks: Mapping[str, model.Walk]
    findings: Mapping[str, model.Finding]
    decisions: Mapping[str, model.Decision]
    # Who must be named where known places are shown.
    place_sources: tuple[str, ...]
    backdrop: Backdrop
    # What came after the minutes of the meeting before were closed.
    late: tuple[Late, ...] = ()
    # The disposal that reaches farthest; of what was before it nothing can be counted.
    disposal: model.Disposal | None = None
    # The meeting that is told of, with who was present and what was said.
    held: model.Meeting | None = None
    # Which version of its minutes this is, None where it isn't closed.
    version: int | None = None

    @property
    def ground_sources(self) -> tuple[str, ...]:
        """Who must be named for what lies beneath the maps."""
        return self.backdrop.sources(self.words)

    @property
    def words(self) -> Words:
        """The reader's words."""
        return words(self.language)
