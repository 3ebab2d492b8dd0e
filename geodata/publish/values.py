"""A record as plain values by column: the same in every format, so that each can be read back.

Times are ISO 8601 with Sweden's offset, days ISO 8601, ids between spaces. The last columns, in
the reader's language, are for people and are not read back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, Final

from geodata.model import HotSpot, Term, Walk, Work, name_of
from geodata.publish.contents import Export
from geodata.records import NAME_COLUMNS, OWN_ID, TABLES, Sort
from geodata.records.columns import WRITTEN, column
from geodata.records.types import DECIMAL, MINUTES, WHOLE, Cell, Shape, as_it_is

Value = Cell
Values = dict[str, Value]

ID: Final = OWN_ID

WHOLE_NUMBERS: Final = frozenset(
    one.name for table in TABLES.values() for one in table if one.type in (WHOLE, MINUTES)
)
NUMBERS: Final = frozenset(
    one.name for table in TABLES.values() for one in table if one.type is DECIMAL
)
GEOMETRY: Final = frozenset({"lat", "lon", "geometry"})
"""Columns that a format with geometry of its own does without."""

BETWEEN_NAMES: Final = " | "


def shape_of(record: Work | HotSpot) -> Shape | None:
    """Return where a record is, None if it has no place."""
    shape = record.route if isinstance(record, Walk) else record.place
    return None if shape is None or shape.is_empty else shape


class Namer:
    """Gives ids the names that people know; an id that nothing has any more stays as it is.

    `parties` and `commitments` take a tuple of ids and give their names with a bar between.
    """

    def __init__(self, export: Export) -> None:
        self._catalogue = export.catalogue
        self._language = export.language
        self._words = export.words
        # Thousands of records name the same few.
        self.parties = cache(self._parties)
        self.commitments = cache(self._commitments)

    def term(self, terms: Mapping[str, Term], term_id: str) -> str:
        """Return a kind's or a category's name."""
        return name_of(terms, term_id).to(self._language)

    def kind(self, kind: str) -> str:
        """Return an activity kind's name."""
        return self.term(self._catalogue.vocabulary.activity_kinds, kind)

    def category(self, category: str) -> str:
        """Return a finding category's name."""
        return self.term(self._catalogue.vocabulary.finding_categories, category)

    def area(self, area_id: str | None) -> str | None:
        """Return an area's name."""
        area = None if area_id is None else self._catalogue.area_by_id.get(area_id)
        return area_id if area is None else area.name

    def party(self, party_id: str | None) -> str | None:
        """Return a party's name."""
        party = None if party_id is None else self._catalogue.party_by_id.get(party_id)
        return party_id if party is None else party.name.to(self._language)

    def _parties(self, ids: tuple[str, ...]) -> str:
        return BETWEEN_NAMES.join(self.party(id_) or id_ for id_ in ids)

    def _commitments(self, ids: tuple[str, ...]) -> str:
        known = self._catalogue.commitment_by_id
        return BETWEEN_NAMES.join(
            known[id_].title.to(self._language) if id_ in known else id_ for id_ in ids
        )

    def named(self, sort: Sort, name: str) -> Callable[[Any], Value]:
        """Return what gives the name of what a column holds as ids."""
        told: dict[str, Callable[[Any], Value]] = {
            "kinds": self.kind,
            "categories": self.category,
            "areas": self.area,
            "commitments": self.commitments,
            "parties": self.party if name == "owner" else self.parties,
        }
        if known := column(sort, name).known:
            return told[known]
        return lambda status: self._words(f"{sort.removesuffix('s')}.{status}")


def columns_of(sort: Sort) -> tuple[str, ...]:
    """Return every column of a sort in order."""
    return (*(one.name for one in WRITTEN[sort]), *NAME_COLUMNS[sort])


def records_of(export: Export, sort: Sort) -> Sequence[Work | HotSpot]:
    """Return the records of a sort; none where it was not asked for."""
    found: Sequence[Work | HotSpot] = getattr(export, sort)
    return found if sort in export.sorts else ()


def values_maker(export: Export, sort: Sort) -> Callable[[Any], Values]:
    """Return what makes a record of a sort into its values, by column in order."""
    namer = Namer(export)
    # Said of the activity that a held walk is, and goes out with the walk.
    beside = {"verified_by"} if sort == "walks" else set()
    made: list[tuple[str, str, Callable[[Any], Value] | None]] = [
        (one.name, one.attribute, None if one.type.cell is as_it_is else one.type.cell)
        if one.name not in beside
        else (one.name, "id", export.verified.get)
        for one in WRITTEN[sort]
    ]
    made += [
        (name, column(sort, of).attribute, namer.named(sort, of))
        for name, of in NAME_COLUMNS[sort].items()
    ]
    names, attributes, cells = zip(*made, strict=True)
    # All at once: an export has hundreds of thousands of records.
    values_in = attrgetter(*attributes)

    def values_of(record: Any) -> Values:
        return {
            name: value if cell is None else cell(value)
            for name, cell, value in zip(names, cells, values_in(record), strict=True)
        }

    return values_of
