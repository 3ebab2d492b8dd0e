"""What a report is made of: headings, texts, tables and maps, as plain values.

The same values are set as a PDF by `compile` and written as a Word file by `word`. Every text is
data: nothing in it is markup anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from geodata.model import Language, State

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
    """A heading."""

    level: int
    text: str
    new_page: bool = False


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
    state: State | None = None
    urgent: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading row; its first column names the row."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A map."""

    name: str
    alt: str
    caption: str


Block = Heading | Text | Bullets | Table | Picture


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report."""

    language: Language
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
    state_words: Mapping[State, str]

    @property
    def tables(self) -> Mapping[str, Table]:
        """Its tables, by name."""
        every = (*self.summary, *self.blocks)
        return {block.name: block for block in every if isinstance(block, Table)}
