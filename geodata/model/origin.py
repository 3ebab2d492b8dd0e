"""How a record came to be, and how exactly its time is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
