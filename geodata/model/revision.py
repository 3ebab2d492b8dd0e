"""What all records have in common: their kinds, and the history of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from geodata.model.record import (
    Activity,
    CatalogueEntry,
    Decision,
    Finding,
    HotSpot,
    Meeting,
    Photo,
    Plan,
    Walk,
)

Work = Activity | Walk | Finding
"""What is done in the areas, and what is found there: what goes in and out as files."""

Record = Work | Decision | Meeting | HotSpot | Plan | Photo | CatalogueEntry

Entity = Literal[
    "activity", "walk", "finding", "decision", "meeting", "hot_spot", "plan", "photo",
    "catalogue_entry",
]  # fmt: skip
"""What a record is, in the order of the types above."""

Action = Literal["create", "change", "void", "restore", "redact", "dispose"]


@dataclass(frozen=True, slots=True)
class DoubleOf:
    """The record that the register has already, and whether somebody has withdrawn it."""

    id: str
    void: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """One change in the register's append-only history."""

    # Grows by every change in the register; the newest is the register's version.
    sequence: int
    entity: Entity
    entity_id: str
    # 1 for its creation, then one more for every change.
    number: int
    # In UTC.
    at: datetime
    # Who: a role, an office or a computer account, never required to be a person's name.
    by: str
    action: Action
    # The record as it was after this change, as JSON values; empty once it is disposed of.
    content: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What became of a record after some revision of the register.

    It is None where there was none, or it is withdrawn; `newest` is its last change.
    """

    before: Record | None
    after: Record | None
    newest: Revision


@dataclass(frozen=True, slots=True)
class Disposal:
    """What stays of content that was taken out of every version of a record."""

    entity: Entity
    entity_id: str
    # By which decision it was disposed of, or why it was redacted.
    decision: str
    # What was over before that day was disposed of; None for a redacted text.
    before: date | None
    # When (UTC), by whom, and how many versions of the record there were.
    at: datetime
    by: str
    versions: int
