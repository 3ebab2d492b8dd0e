"""The columns of each sort of record that files hold, and what each may be called.

A column stands here once, and all that goes in and out follows it: what a file's header may say,
how a row and a form are read and the form is filled, what every format writes, and what two
records that say the same have in common. The columns' order is the files'.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Final, Literal, cast

from geodata.model import (
    Activity,
    Decision,
    Finding,
    HotSpot,
    Language,
    Meeting,
    Plan,
    Precision,
    Walk,
    Work,
)
from geodata.records import columns
from geodata.records.columns import Column, Shown
from geodata.texts import SWEDISH_TIME

Sort = Literal["activities", "walks", "findings", "hot_spots", "meetings", "decisions", "plans"]
"""Which records: what is done and found, what is decided on it, and the planner's."""

Kept = Work | HotSpot | Meeting | Decision | Plan
"""A record of any of these sorts."""

SORTS: Final[tuple[Sort, ...]] = ("activities", "walks", "findings")
"""What goes in and out together as one file. The others are a table beside them in a zip file and
a GeoPackage; hot spots are a file of their own, too."""

OFFICE: Final[tuple[Sort, ...]] = ("meetings", "decisions", "plans")
"""What is for those who work with it alone, has no place, and is read of own files alone."""

MINUTES: Final = "minutes"
"""The folder of a zip file, and a GeoPackage's table, that holds closed meetings' documents."""

TABLES: Final = cast("Mapping[Sort, tuple[Column, ...]]", columns.TABLES)
OWN_ID: Final = TABLES["activities"][0].name
"""The column by which a table that the program itself wrote is known."""

NAME_COLUMNS: Final[Mapping[Sort, Mapping[str, str]]] = {
    "activities": {
        "kind_name": "kind",
        "area_name": "area",
        "commitment_titles": "commitments",
        "party_names": "parties",
    },
    "walks": {
        "status_name": "status",
        "area_name": "area",
        "commitment_titles": "commitments",
        "party_names": "parties",
    },
    "findings": {
        "category_name": "category",
        "area_name": "area",
        "owner_name": "owner",
        "status_name": "status",
    },
    "hot_spots": {"area_name": "area"},
    "meetings": {"promise_name": "promise"},
    "decisions": {"area_name": "area", "owner_name": "owner", "status_name": "status"},
    "plans": {},
}
"""Columns with names for people, in the reader's language, of what another column has as ids; the
import leaves them aside."""

Columns = Mapping[str, tuple[str, ...]]
"""Names of columns, and what else each may be called."""


def _names(sort: Sort, *, own: bool) -> Columns:
    return {
        column.name: tuple(filter(None, column.others.split(", ")))
        for column in TABLES[sort]
        if column.own is own
    }


COLUMNS: Final[Mapping[Sort, Columns]] = {sort: _names(sort, own=False) for sort in TABLES}
"""What is read of any file; the project's own need some of them, see `geodata.intake.importing`."""

OWN_COLUMNS: Final[Mapping[Sort, Columns]] = {sort: _names(sort, own=True) for sort in TABLES}
"""What a table that the program itself wrote has besides."""

WRITTEN: Final[Mapping[Sort, tuple[Column, ...]]] = {
    sort: tuple(column for column in TABLES[sort] if column.written) for sort in TABLES
}
PLAIN: Final[Mapping[Sort, tuple[Column, ...]]] = {
    sort: tuple(column for column in TABLES[sort] if column.plain) for sort in TABLES
}

TELLING: Final[Mapping[Sort, frozenset[str]]] = {
    sort: frozenset(column.name for column in TABLES[sort] if column.telling) for sort in TABLES
}
NEEDED: Final[Mapping[Sort, tuple[str, ...]]] = {
    sort: tuple(column.name for column in TABLES[sort] if column.needed) for sort in TABLES
}

GRID_NAMED: Final = re.compile(
    r"sweref[ _-]?99[ _-]?(?P<sweref99>tm|\d\d[ _]?\d\d)\b"
    r"|rt[ _-]?90[ _-]?(?P<rt90>\d(?:[ .,]?5)?) ?gon(?: ?(?P<side>[vo]))?\b"
)
"""A coordinate system as a column's name may give it besides what the column is."""

_UNSEEN: Final = re.compile(r"[_\-/.,:()\[\]\s]+")


@lru_cache(maxsize=4_096)
def plain_name(header: str) -> str:
    """Return a column's name as it is compared.

    Without case; spaces, underscores and hyphens are the same, and full stops and brackets are
    not seen.
    """
    return _UNSEEN.sub(" ", unicodedata.normalize("NFC", header).casefold()).strip()


OWN_NAMES: Final = frozenset(
    {"layer", "fid"}.union(*(map(plain_name, names) for names in NAME_COLUMNS.values()))
)
"""Columns of the program's own tables that are there for people: ids say the same."""

WHY_COLUMN: Final[Mapping[Language, str]] = {
    "sv": "Löfteskartan: att rätta",
    "en": "Löfteskartan: to correct",
}
"""What a file of refused rows says beside each row, in the reader's language; no reader sees it."""


def ranks_of(columns: Columns) -> dict[str, tuple[str, int]]:
    """Return every name that is understood, with its field and how far down the list it stands."""
    found: dict[str, tuple[str, int]] = {}
    for field, others in columns.items():
        for rank, name in enumerate((field, *others)):
            found.setdefault(plain_name(name), (field, rank))
    return found


_SORT_OF: Final[Mapping[type, Sort]] = {
    Activity: "activities",
    Walk: "walks",
    Finding: "findings",
    HotSpot: "hot_spots",
    Meeting: "meetings",
    Decision: "decisions",
    Plan: "plans",
}


def column(sort: Sort, name: str) -> Column:
    """Return a column by its name."""
    return _BY_NAME[sort, name]


_BY_NAME: Final = {(sort, one.name): one for sort, table in TABLES.items() for one in table}

MINUTES_HIGHEST: Final = column("activities", "minutes").highest
LONGEST_NAME: Final = column("hot_spots", "name").longest
_COMPARED: Final = {
    sort: (
        attrgetter(*(one.attribute for one in table if one.same)),
        tuple(one.type.same for one in table if one.same),
    )
    for sort, table in TABLES.items()
}

Fingerprint = tuple[Hashable, ...]


def fingerprint(record: Kept) -> Fingerprint:
    """Return what a record says, to find doubles by.

    It is equal for records of one sort that say the same, whoever wrote them and wherever they
    came from: what may change as work goes on (a walk's status and participants, a finding's
    status, owner and due day, how long a hot spot lasts and its dose) and what it is counted for
    are not in it.
    """
    sort = _SORT_OF[type(record)]
    values_in, compared = _COMPARED[sort]
    return (sort, *(same(one) for one, same in zip(values_in(record), compared, strict=True)))


def form_values(record: Work | HotSpot) -> dict[str, Shown]:
    """Return a record as its form shows it: reading it back gives the same record."""
    shown = {
        one.shown_as: one.type.show(attrgetter(one.attribute)(record))
        for one in TABLES[_SORT_OF[type(record)]]
        if one.shown_as
    }
    return shown if isinstance(record, Finding | HotSpot) else {**shown, **time_cells(record)}


def time_cells(record: Activity | Walk) -> dict[str, str]:
    """Return a record's time as a form's fields ``date`` and ``time`` hold it."""
    local = record.start.astimezone(SWEDISH_TIME)
    if record.precision is Precision.MINUTE:
        return {"date": local.date().isoformat(), "time": local.strftime("%H:%M")}
    if record.precision is Precision.DAY:
        return {"date": local.date().isoformat(), "time": ""}
    if record.precision is Precision.MONTH:
        return {"date": f"{local:%Y-%m}", "time": ""}
    return {"date": f"{local.year}-{20 + local.month // 3}", "time": ""}
