"""What goes out: the records that were asked for, and what a reader needs beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from geodata.model import (
    Activity,
    Area,
    Catalogue,
    CommitmentProgress,
    Finding,
    HotSpot,
    Language,
    Place,
    Promise,
    SourceKind,
    State,
    Walk,
    Work,
)
from geodata.records.tables import SORTS, Sort
from geodata.texts import Words, words


@dataclass(frozen=True)
class Export:
    """Records and what explains them, ready to be written in any format.

    Parameters
    ----------
    catalogue : Catalogue
        Gives ids their names.
    language : {"sv", "en"}
        Of the names and of what the file says of itself.
    sorts : tuple of {"activities", "walks", "findings", "hot_spots"}
        What was asked for; a sort that was and has no records is written empty.
    activities, walks, findings, hot_spots : sequence
        The records, none of them void. A GeoPackage has hot spots also where only other sorts
        were asked for, beside the areas and places.
    verified : mapping of str to str
        The party that has confirmed a held walk, by the walk's id: it is said of the activity
        that the walk is, and goes out with the walk, which is what comes back in.
    promises, areas, places : tuple
        Those that a GeoPackage holds beside the records.
    as_of : datetime.date or None
        The day that `states` and `progress` tell of.
    states : mapping of str to State
        How the areas stand on that day, by id.
    progress : mapping of str to CommitmentProgress
        How the commitments stand on that day, by id.
    """

    catalogue: Catalogue
    language: Language
    sorts: tuple[Sort, ...] = SORTS
    activities: Sequence[Activity] = ()
    walks: Sequence[Walk] = ()
    findings: Sequence[Finding] = ()
    hot_spots: Sequence[HotSpot] = ()
    verified: Mapping[str, str] = field(default_factory=dict)
    promises: tuple[Promise, ...] = ()
    areas: tuple[Area, ...] = ()
    places: tuple[Place, ...] = ()
    as_of: date | None = None
    states: Mapping[str, State] = field(default_factory=dict)
    progress: Mapping[str, CommitmentProgress] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        """The words of the reader's language."""
        return words(self.language)

    @property
    def counts(self) -> Mapping[Sort, int]:
        """How many records of each sort that was asked for."""
        return {sort: len(getattr(self, sort)) for sort in self.sorts}

    @cached_property
    def has_examples(self) -> bool:
        """Whether any of the records is made up."""
        work: tuple[Work, ...] = (*self.activities, *self.walks, *self.findings)
        records: tuple[Work | HotSpot, ...] = (*work, *self.hot_spots)
        return any(record.origin.kind is SourceKind.EXAMPLE for record in records)

    @property
    def remark(self) -> str:
        """What a file says of itself: what it is, and that examples are in it."""
        told = self.words("export.file")
        return f"{told} {self.words('export.file_examples')}" if self.has_examples else told
