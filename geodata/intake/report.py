"""How a file from outside is to be read, and what reading it gives: drafts and a report.

Reading is a pure step: a file and options in, drafts and what was wrong or odd, row by row, out.
Nothing is saved, and reading the same file with the same options gives the same drafts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha1
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Final, Generic, Literal, TypeVar
from uuid import NAMESPACE_DNS, uuid5

from geodata.errors import Value
from geodata.intake.values.privacy import holds_identity_number
from geodata.model import Activity, Finding, HotSpot, Location, Walk
from geodata.records import Kept, Sort

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
    """One thing wrong or odd in one row."""

    file: str
    # As a spreadsheet counts (the header is row 1), the feature's or the track's number from 1, or
    # None where the file as a whole is meant.
    row: int | None
    # The column as the file writes it; empty where the row as a whole is meant.
    field: str
    # What stood there, shortened; empty where it holds a personal identity number.
    value: str
    # The locale's ``error.<key>``, and what that sentence names: `field` and `value` too.
    key: str
    values: Mapping[str, Value]
    # An error refuses the row; a notice keeps it and says what to look at.
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Intake(Generic[R]):
    """What one file holds."""

    file: str
    records: tuple[R, ...]
    problems: tuple[RowProblem, ...]
    rows_read: int


def shown(value: str) -> str:
    """Return a value as it may be shown: shortened, and nothing of an identity number."""
    if not value or holds_identity_number(value):
        return ""
    if len(value) <= SHOWN_CHARACTERS and value.isprintable():
        return value
    line = "".join(c if c.isprintable() else " " for c in value[: SHOWN_CHARACTERS + 1])
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"


def remark(
    file: str, row: int | None, column: str, key: str, value: str = "", /, **values: Value
) -> RowProblem:
    """Return what is to be looked at: of a file, of a row of it, or of a column."""
    header, short = shown(column), shown(value)
    named = MappingProxyType({**values, "field": header, "value": short})
    return RowProblem(file, row, header, short, key, named, "notice")


def refusal(
    file: str, row: int | None, column: str, key: str, value: str = "", /, **values: Value
) -> RowProblem:
    """Return what refuses a file or a row of it."""
    return replace(remark(file, row, column, key, value, **values), severity="error")


@dataclass(slots=True)
class RowNotes:
    """Collects what is told about one row; `headers` is how the file writes each field's column."""

    file: str
    row: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: list[RowProblem] = field(default_factory=list)

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
        column = self.headers.get(field, field)
        self.problems.append(refusal(self.file, self.row, column, key, value, **values))

    def notice(self, field: str, key: str, value: str = "", **values: Value) -> None:
        """Tell what to look at; the row is kept. Parameters are those of `error`."""
        column = self.headers.get(field, field)
        self.problems.append(remark(self.file, self.row, column, key, value, **values))


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


What = Sort
"""Which records a file's rows are."""

LocateMany = Callable[[Sequence[float], Sequence[float]], Sequence[Location]]
"""From longitudes and latitudes in WGS 84 degrees to where they are, in the same order."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the reader of a file was told; None leaves it to be found out."""

    what: What | None = None
    # Column as the file writes it to our field, empty to leave it out; others go by their names.
    fields: Mapping[str, str] = field(default_factory=dict)
    # What columns of coordinates are in, of `geodata.intake.positions.GRID_CRS`; whether the two
    # have each other's values.
    grid: str | None = None
    swap: bool = False
    # Of rows that give none, such as a GPX track's; the area of those that lie in none either.
    kind: str | None = None
    category: str | None = None
    area: str | None = None
    # Of rows that give no time, such as a drawn GPX route.
    day: date | None = None
    # Whether ``06/12/2018`` is 12 June; None lets each column's other days decide.
    month_first: bool | None = None
    # Whether records that name no commitment are linked to those that would count them.
    link: bool = True


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """How a column was understood: its header, our field for it or "", its first value or ""."""

    header: str
    field: str
    sample: str


@dataclass(frozen=True, slots=True)
class GridUse:
    """How a file's coordinates were understood."""

    # As for `ReadOptions`, or the system that the file itself declares, and it is not to be chosen.
    grid: str
    declared: bool
    # Rows that hold coordinates, and those that make sense only with the two swapped.
    rows: int
    swapped_rows: int
    # The first position, as longitude and latitude in WGS 84 degrees.
    sample: tuple[float, float] | None
    # Whether the numbers fit other zones as well and nobody has said which they are in.
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the drafts' places are: rows outside every area, near a border, far from all."""

    outside: int = 0
    near_border: int = 0
    # More than twenty kilometres; they are among those outside.
    far: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file, or a folder of them, holds before anything is saved."""

    # Its name without its folder, and what most of its rows were read as.
    file: str
    what: What
    # Drafts from the rows without an error, in the file's order, which may hold several sorts.
    activities: tuple[Activity, ...] = ()
    walks: tuple[Walk, ...] = ()
    findings: tuple[Finding, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    # Rows, features or tracks that hold anything.
    rows_read: int = 0
    columns: tuple[ColumnUse, ...] = ()
    grid: GridUse | None = None
    whereabouts: Whereabouts = Whereabouts()
    # Names of `ReadOptions` without which rows were refused, ``kind``, ``category``, ``day``, or
    # that nobody but the person knows: ``month_first``, ``grid``.
    needs: tuple[str, ...] = ()
    # The refused rows as the file writes them, to be corrected and imported anew, and why. Cells
    # that hold an identity number are empty; what guarded a cell against being run as a formula is
    # taken away, and is to be put back where they are written.
    header: tuple[str, ...] = ()
    rest: tuple[tuple[str, ...], ...] = ()
    reasons: tuple[tuple[RowProblem, ...], ...] = ()
    # The party that has confirmed the activity that a held walk is, by the walk's id.
    verified: Mapping[str, str] = field(default_factory=dict)
    hot_spots: tuple[HotSpot, ...] = ()
    # The walks by the name that their rows give them, for the findings that name them.
    named: Mapping[str, Walk] = field(default_factory=dict)
    # Meetings, decisions and plans, in this order.
    office: tuple[Kept, ...] = ()
    # The frozen minutes that the meetings name, by their SHA-256.
    documents: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def rows_refused(self) -> int:
        """How many rows gave no draft."""
        records = (self.activities, self.walks, self.findings, self.hot_spots, self.office)
        return self.rows_read - sum(map(len, records))


Recall = Callable[[Sequence[ColumnUse]], Mapping[str, str]]
"""From columns as they are understood by their names to what somebody said of them earlier."""


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """Reading or saving was stopped on request; nothing was saved."""


Watch = Callable[[float], None]
"""Told now and then how much is done, from 0 to 1; raises `Stopped` to stop."""


def unwatched(_share: float) -> None:
    """Watch nothing."""
