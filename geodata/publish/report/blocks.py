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
    """A heading.

    Parameters
    ----------
    level : int
        From 1.
    text : str
        What it says.
    new_page : bool
        Whether it begins a page.
    """

    level: int
    text: str
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph.

    Parameters
    ----------
    text : str
        What it says.
    look : {"plain", "lead", "note"}
        What it is to the reader.
    leads : bool
        Whether it stays on the page of what follows.
    """

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
    """What stands in a table's cell.

    Parameters
    ----------
    text : str
        What it says first.
    more : str
        Said below, smaller.
    state : State or None
        The state whose icon and word stand before the text.
    urgent : bool
        Whether what stands below stands out.
    outside : bool
        Whether there is nothing to tell here: the row's commitment does not name the column's
        area.
    """

    text: str = ""
    more: str = ""
    state: State | None = None
    urgent: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading row; its first column names the row.

    Parameters
    ----------
    name : str
        What it is, to a program.
    caption : str
        What it is, to a reader; empty where the heading above has said it.
    columns : tuple of Column
        At least one.
    rows : tuple of tuple of Cell
        As many cells as columns.
    wide : bool
        Whether it asks for a page that lies down.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A map.

    Parameters
    ----------
    name : str
        Which of the report's maps.
    alt : str
        What it shows, in words.
    caption : str
        What stands below it.
    """

    name: str
    alt: str
    caption: str


Block = Heading | Text | Bullets | Table | Picture


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Parameters
    ----------
    language : {"sv", "en"}
        Of its words.
    title, subtitle : str
        What it is, and about what.
    mark : str
        Stands on every page where records are made up; empty where none is.
    told : tuple of str
        As of which day it tells, since when, and when it was made.
    foot : str
        Stands at the foot of every page, before its number.
    page : str
        How a page's number is told, with ``{page}`` and ``{pages}`` for the two numbers.
    contents : str
        The heading above the list of contents.
    summary, blocks : tuple of Block
        What stands on the first pages, and after the list of contents.
    minutes : tuple of Block
        Of it, what is wanted in one's own minutes: the summary, the matrix and the decisions.
    state_words : mapping of State to str
        The states in words.
    """

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
