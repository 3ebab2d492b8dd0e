"""What every reader needs beside the row: the names the catalogue knows, limits, ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC

from shapely import Point

from geodata.intake import fields
from geodata.intake.dates import When
from geodata.intake.drafts import Limits, RecordIds, RowNotes
from geodata.intake.fields import Cells, Locate, folded
from geodata.model import Catalogue, LocalText, Origin, SourceKind, Term


@dataclass(frozen=True, slots=True)
class Known:
    """Every name a row may use, as `folded`, to the id it stands for."""

    kinds: Mapping[str, str]
    areas: Mapping[str, str]
    parties: Mapping[str, str]
    categories: Mapping[str, str]
    commitments: Mapping[str, str]


def known_from(catalogue: Catalogue) -> Known:
    """Return the names a catalogue knows: ids, and names in both languages."""

    def named(items: Iterable[tuple[str, LocalText | str]]) -> dict[str, str]:
        found: dict[str, str] = {}
        for id_, name in items:
            names = (name,) if isinstance(name, str) else (name.sv, name.en)
            for word in (*names, id_):
                found[folded(word)] = id_
        return found

    def terms(items: Mapping[str, Term]) -> dict[str, str]:
        return named((term.id, term.name) for term in items.values())

    return Known(
        kinds=terms(catalogue.vocabulary.activity_kinds),
        areas=named((area.id, area.name) for area in catalogue.areas),
        parties=named((p.id, p.name) for p in catalogue.party_by_id.values()),
        categories=terms(catalogue.vocabulary.finding_categories),
        commitments={folded(id_): id_ for id_ in catalogue.commitment_by_id},
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """One file's reading.

    Parameters
    ----------
    file : str
        Its name without its folder.
    known : Known
        Names that rows may use.
    locate : callable
        From longitude and latitude to the area there.
    origin_kind : SourceKind
        How the records came to be.
    limits : Limits
        What is too much.
    ids : RecordIds
        Gives ids; it remembers what the file has said so far.
    """

    file: str
    known: Known
    locate: Locate
    origin_kind: SourceKind
    limits: Limits
    ids: RecordIds = field(default_factory=RecordIds)

    def text(self, cells: Cells, name: str, told: RowNotes) -> str:
        """Return a field's free text; see `geodata.intake.fields.text`."""
        return fields.text(cells, name, told, self.limits.text)

    def origin(self, cells: Cells, row: int, told: RowNotes) -> Origin:
        """Return where a record comes from."""
        reference = self.text(cells, "reference", told) or None
        return Origin(self.origin_kind, self.file, row, reference)

    def links(self, cells: Cells, told: RowNotes) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the ids of a row's commitments and of its parties."""
        commitments = fields.choices(
            cells, "commitments", told, self.known.commitments, "intake.unknown_commitment"
        )
        parties = fields.choices(cells, "parties", told, self.known.parties, "intake.unknown_party")
        return commitments, parties

    def area(self, cells: Cells, told: RowNotes) -> str | None:
        """Return the id of the area that a row names."""
        return fields.choice(cells, "area", told, self.known.areas, "intake.unknown_area")

    def take_id(self, row: int, told: RowNotes, *content: str | int | None) -> str:
        """Return a record's id, with a notice if an earlier row says the same."""
        id_, earlier = self.ids.take(row, *content)
        if earlier is not None:
            told.notice("", "intake.same_as_row", earlier=earlier)
        return id_


def when_key(when: When) -> str:
    """Return a time as it goes into a record's id."""
    return f"{when.start.astimezone(UTC).isoformat()} {when.precision}"


def place_key(place: Point | None) -> str:
    """Return a position as it goes into a record's id: to a tenth of a metre."""
    return "" if place is None else f"{place.x:.6f} {place.y:.6f}"


def reading(
    file: str, catalogue: Catalogue, locate: Locate, origin_kind: SourceKind, limits: Limits
) -> Reading:
    """Return a file's reading; parameters are those of `Reading`, with the whole catalogue."""
    return Reading(file, known_from(catalogue), locate, origin_kind, limits)
