"""A sheet: rows of cells under a header, as every format with rows gives it.

Cells are text, whatever the format: a workbook's true numbers and days are written so that they
read back the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

import shapely

from geodata.errors import IntakeError
from geodata.intake.drafts import Limits, RowProblem
from geodata.intake.moments import EXCEL_ORIGIN
from geodata.intake.plan import What
from geodata.intake.privacy import holds_identity_number

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from geodata.intake.tracks import Stay

MOST_COLUMNS: Final = 1_000
"""More than a table made by people has; a row of a million cells is a mistake or a trap."""

MOST_CELLS: Final = 10_000_000
"""Cells of a layer, most of which may be empty and take no byte in their file."""

POSITIONS_EACH: Final = 10
"""Positions for each row that a file may have: few of its rows are long tracks."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under one header."""

    file: str
    header: tuple[str, ...]
    header_row: int | None
    numbers: Sequence[int]
    rows: Sequence[Sequence[str]]
    title: str = ""
    shapes: Sequence[BaseGeometry | None] | None = None
    crs: str | None = None
    stays: Sequence[tuple[Stay, ...]] = ()
    told: Mapping[int, tuple[RowProblem, ...]] = field(default_factory=dict)
    sort: What | None = None
    remarks: tuple[RowProblem, ...] = ()
    titled: bool = True
    escaped: bool = False
    encoded_twice: bool = False
    day_zero: date = EXCEL_ORIGIN

    @property
    def shown_file(self) -> str:
        """What a problem calls the file: with the layer, where there is one."""
        return f"{self.file} / {self.title}" if self.title else self.file


def require_narrow(name: str, columns: int) -> None:
    """Refuse a file that has too many columns."""
    if columns > MOST_COLUMNS:
        raise IntakeError("intake.too_many_columns", file=name, limit=MOST_COLUMNS)


def require_positions(name: str, count: int, limits: Limits) -> None:
    """Refuse a file whose shapes have more corners together than its rows could need."""
    most = POSITIONS_EACH * limits.rows
    if count > most:
        raise IntakeError("intake.too_many_points", file=name, limit=most)


def single(shape: BaseGeometry | None) -> BaseGeometry | None:
    """Return a shape of one part as that part: many programs write each as if it had several."""
    while (
        shape is not None
        and shape.geom_type in ("MultiPoint", "MultiLineString", "GeometryCollection")
        and shapely.get_num_geometries(shape) == 1
    ):
        shape = shapely.get_geometry(shape, 0)
    return shape


def require_no_identity(name: str, labels: Sequence[str]) -> None:
    """Refuse a file whose headers or names hold an identity number, which is not repeated."""
    if any(map(holds_identity_number, labels)):
        raise IntakeError("intake.heading_identity_number", file=name)
