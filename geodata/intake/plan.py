"""How a file from outside is to be read, and what reading it gives: shared by every format.

Reading is a pure step: a file and options in, drafts and a report out. Nothing is saved, and
reading the same file with the same options gives the same drafts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from geodata.intake.drafts import RowProblem
from geodata.model import Activity, Finding, HotSpot, Location, Walk

What = Literal["activities", "walks", "findings", "hot_spots"]
"""Which records a file's rows are."""

GridName = Literal[
    "wgs84",
    "sweref99tm",
    "rt90",
    "sweref99",
    "sweref99-1200",
    "sweref99-1330",
    "sweref99-1415",
    "sweref99-1500",
    "sweref99-1545",
    "sweref99-1630",
    "sweref99-1715",
    "sweref99-1800",
    "sweref99-1845",
    "sweref99-2015",
    "sweref99-2145",
    "sweref99-2315",
]
"""Coordinate systems that columns of numbers can be in (EPSG 4326, 3006, 3021, and 3007 to 3018 for
the municipalities' zones, named by their meridians). ``sweref99`` is one of the zones, and nobody
has said which."""

LocateMany = Callable[[Sequence[float], Sequence[float]], Sequence[Location]]
"""From longitudes and latitudes in WGS 84 degrees to where they are, in the same order."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the reader of a file was told; every part may be left to be found out.

    Parameters
    ----------
    what : {"activities", "walks", "findings"} or None
        What the rows are; None lets the columns decide.
    fields : mapping of str to str
        Column as the file writes it to our field; an empty field leaves the column out. Columns
        that are not named here are understood by their own names.
    grid : GridName or None
        What columns of coordinates are in; None lets their range decide.
    swap : bool
        Whether the two coordinate columns have each other's values.
    kind : str or None
        Activity kind of rows that give none, such as a GPX track's.
    category : str or None
        Finding category of rows that give none.
    area : str or None
        Area of rows that neither name one nor lie in one.
    day : datetime.date or None
        Day of rows that give no time, such as a drawn GPX route.
    month_first : bool or None
        Whether ``06/12/2018`` is 12 June; None lets each column's other days decide.
    link : bool
        Whether records that name no commitment are linked to those that would count them.
    """

    what: What | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    grid: GridName | None = None
    swap: bool = False
    kind: str | None = None
    category: str | None = None
    area: str | None = None
    day: date | None = None
    month_first: bool | None = None
    link: bool = True


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """How a column was understood.

    Parameters
    ----------
    header : str
        As the file writes it.
    field : str
        Our field; empty where it is not used.
    sample : str
        The first value that stands in it, shortened; empty for an empty column or a value that
        may not be shown.
    """

    header: str
    field: str
    sample: str


@dataclass(frozen=True, slots=True)
class GridUse:
    """How a file's coordinates were understood.

    Parameters
    ----------
    grid : str
        A `GridName`, or the name of the coordinate system that the file itself declares.
    declared : bool
        Whether the file itself says so, and it is not to be chosen.
    rows : int
        Rows that hold coordinates.
    swapped_rows : int
        Rows that make sense only with the two coordinates swapped.
    sample : tuple of float or None
        The first position, as longitude and latitude in WGS 84 degrees.
    """

    grid: str
    declared: bool
    rows: int
    swapped_rows: int
    sample: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the drafts' places are: rows outside every area, near a border, far from all.

    Those that are far, more than twenty kilometres, are among those outside.
    """

    outside: int = 0
    near_border: int = 0
    far: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds, before anything is saved.

    Parameters
    ----------
    file : str
        Its name without its folder.
    what : {"activities", "walks", "findings"}
        What its rows were read as.
    activities, walks, findings : tuple
        Drafts from the rows without an error, in the file's order; a GPX or GeoPackage file may
        hold several sorts.
    problems : tuple of RowProblem
        Errors and notices in the file's order.
    rows_read : int
        Rows, features or tracks that hold anything.
    columns : tuple of ColumnUse
        In the file's order; empty for a format without columns.
    grid : GridUse or None
        None where there are no coordinates.
    whereabouts : Whereabouts
        Of the drafts' places.
    needs : tuple of str
        Names of `ReadOptions` without which rows were refused, ``kind``, ``category``, ``day``, or
        that nobody but the person knows: ``month_first``, ``grid``.
    header : tuple of str
        The first row of `rest`.
    rest : tuple of tuple of str
        The refused rows as the file writes them, to be corrected and imported anew. Cells that
        hold an identity number are empty; what guarded a cell against being run as a formula
        is taken away, and is to be put back where they are written.
    verified : mapping of str to str
        The party that has confirmed the activity that a held walk is, by the walk's id.
    hot_spots : tuple of HotSpot
        Of a file of hot spots, which holds nothing else.
    """

    file: str
    what: What
    activities: tuple[Activity, ...]
    walks: tuple[Walk, ...]
    findings: tuple[Finding, ...]
    problems: tuple[RowProblem, ...]
    rows_read: int
    columns: tuple[ColumnUse, ...] = ()
    grid: GridUse | None = None
    whereabouts: Whereabouts = Whereabouts()
    needs: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rest: tuple[tuple[str, ...], ...] = ()
    verified: Mapping[str, str] = field(default_factory=dict)
    hot_spots: tuple[HotSpot, ...] = ()

    @property
    def rows_refused(self) -> int:
        """How many rows gave no draft."""
        records = (self.activities, self.walks, self.findings, self.hot_spots)
        return self.rows_read - sum(map(len, records))


Recall = Callable[[Sequence[ColumnUse]], Mapping[str, str]]
"""From columns as they are understood by their names to what somebody said of them earlier."""


def nothing_recalled(_columns: Sequence[ColumnUse]) -> Mapping[str, str]:
    """Recall nothing."""
    return {}


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """Reading or saving was stopped on request; nothing was saved."""


Watch = Callable[[float], None]
"""Told now and then how much is done, from 0 to 1; raises `Stopped` to stop."""


def unwatched(_share: float) -> None:
    """Watch nothing."""
