"""What an intake gives back: drafts of records, and what was wrong or odd, row by row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha1
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Final, Generic, Literal, TypeVar
from uuid import NAMESPACE_DNS, uuid5

from geodata.errors import Value
from geodata.intake.privacy import holds_identity_number
from geodata.model import Activity, Finding, HotSpot, Walk

Severity = Literal["error", "notice"]

R = TypeVar("R", covariant=True)

SHOWN_CHARACTERS: Final = 60
"""How much of a faulty value is shown: enough to find it by, not enough to fill a screen."""

_NAMESPACE: Final = uuid5(NAMESPACE_DNS, "lofteskartan-intake")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still taken for a file made by people; anything larger is refused."""

    size: int = 20_000_000
    rows: int = 100_000
    text: int = 2_000


DEFAULT_LIMITS: Final = Limits()

IMPORT_LIMITS: Final = Limits(size=200_000_000, rows=500_000)
"""What people may bring: more than any of the parties writes in a year."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong or odd in one row.

    Parameters
    ----------
    file : str
        The file's name without its folder.
    row : int or None
        Row as a spreadsheet counts (the header is row 1), the feature's or the track's number
        from 1, or None where the file as a whole is meant.
    field : str
        The column as the file writes it; empty where the row as a whole is meant.
    value : str
        What stood there, shortened; empty where it holds a personal identity number.
    key : str
        Name of the sentence: the locale's entry is ``error.<key>``.
    values : mapping of str to str, int or float
        What the sentence names; `field` and `value` are among them.
    severity : {"error", "notice"}
        An error refuses the row; a notice keeps it and says what to look at.
    """

    file: str
    row: int | None
    field: str
    value: str
    key: str
    values: Mapping[str, Value]
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Intake(Generic[R]):
    """What one file holds."""

    file: str
    records: tuple[R, ...]
    problems: tuple[RowProblem, ...]
    rows_read: int
    named: Mapping[str, R] = field(default_factory=dict)

    @property
    def rows_refused(self) -> int:
        """How many rows gave no record."""
        return self.rows_read - len(self.records)


@dataclass(frozen=True, slots=True)
class FolderIntake:
    """What a folder's files hold together.

    Parameters
    ----------
    activities, walks, findings, hot_spots : tuple
        Drafts, in the order of the files' names and of their rows.
    problems : tuple of RowProblem
        From every file; a file that can't be read at all has one with `row` None.
    rows_read : int
        Rows and features that held anything, over all files.
    """

    activities: tuple[Activity, ...]
    walks: tuple[Walk, ...]
    findings: tuple[Finding, ...]
    problems: tuple[RowProblem, ...]
    rows_read: int
    hot_spots: tuple[HotSpot, ...] = ()


def shown(value: str) -> str:
    """Return a value as it may be shown: shortened, and nothing of an identity number."""
    if not value or holds_identity_number(value):
        return ""
    if len(value) <= SHOWN_CHARACTERS and value.isprintable():
        return value
    line = "".join(c if c.isprintable() else " " for c in value[: SHOWN_CHARACTERS + 1])
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"


class RowNotes:
    """Collects what is told about one row while it is read.

    Parameters
    ----------
    file : str
        The file's name.
    row : int or None
        Which row, feature or track.
    headers : mapping of str to str, optional
        How the file writes each field's column.
    """

    def __init__(
        self, file: str, row: int | None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.file = file
        self.row = row
        self.problems: list[RowProblem] = []
        self._headers = headers or {}

    @property
    def refused(self) -> bool:
        """True once an error was told."""
        # Asked thrice a row, of which nearly all have none.
        return bool(self.problems) and any(one.severity == "error" for one in self.problems)

    def is_wrong(self, field: str) -> bool:
        """Return whether an error was told of a field."""
        return any(one.field == field and one.severity == "error" for one in self.problems)

    def error(self, field: str, key: str, value: str = "", **values: Value) -> None:
        """Tell what refuses the row.

        Parameters
        ----------
        field : str
            Our name of the field; empty for the row as a whole.
        key : str
            The sentence.
        value : str
            What stood there.
        **values : str, int or float
            What else the sentence names.
        """
        self._tell("error", field, key, value, values)

    def notice(self, field: str, key: str, value: str = "", **values: Value) -> None:
        """Tell what to look at; the row is kept. Parameters are those of `error`."""
        self._tell("notice", field, key, value, values)

    def _tell(
        self, severity: Severity, field: str, key: str, value: str, values: Mapping[str, Value]
    ) -> None:
        header = shown(self._headers.get(field, field))
        short = shown(value)
        told = MappingProxyType({**values, "field": header, "value": short})
        self.problems.append(RowProblem(self.file, self.row, header, short, key, told, severity))


class RecordIds:
    """Gives records ids that depend on nothing but what they say.

    The same rows give the same ids whenever and from whichever file they are read, so that a
    second import can be told from a first. Rows that say the same are numbered.
    """

    def __init__(self) -> None:
        self._rows: dict[str, tuple[int, int | str]] = {}

    def take(self, row: int | str, *content: str | float | None) -> tuple[str, int | str | None]:
        """Return a record's id."""
        parts = [encode_basestring(one) if type(one) is str else _json(one) for one in content]
        said = f"[{', '.join(parts)}]"
        count, first = self._rows.get(said, (0, row))
        self._rows[said] = (count + 1, first)
        id_ = _uuid5(f"[{encode_basestring(said)}, {count + 1}]")
        return id_, first if count else None


def _json(part: str | float | None) -> str:
    """Return what `json.dumps` returns without its set-up, which takes most of its time."""
    if isinstance(part, str):
        return encode_basestring(part)
    if part is None:
        return "null"
    return str(part) if type(part) is int else json.dumps(part)


def _uuid5(name: str) -> str:
    """Return what `uuid.uuid5` returns, as text and in half the time (RFC 9562, version 5)."""
    digest = sha1(_NAMESPACE.bytes + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
