"""Where each row of a sheet is: all rows at once, since one by one is a thousand times slower."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point

from geodata.crs import crs_named
from geodata.guards import shapes_from_wkt
from geodata.intake.drafts import RowNotes
from geodata.intake.grids import Settled, from_declared, settle
from geodata.intake.plan import GridUse, ReadOptions
from geodata.intake.sheets import Sheet
from geodata.intake.understanding import Understood

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Shape = Point | LineString | MultiLineString

_NUMBER: Final = re.compile(r"[+-]?\d{1,18}(?:[.,]\d{1,18})?", re.ASCII)
# Thousands set apart by spaces, as a spreadsheet shows metres.
_SPACED: Final = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d{1,18})?", re.ASCII)
_PAIR: Final = re.compile(
    r"\(?\s*([+-]?\d{1,18}(?:[.,]\d{1,18})?)(?:\s*[,;/]\s*|\s+)([+-]?\d{1,18}(?:[.,]\d{1,18})?)\s*\)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row has no usable place: our field, the sentence, and what stood there."""

    field: str
    key: str
    value: str

    def tell(self, told: RowNotes) -> None:
        """Refuse the row."""
        told.error(self.field, self.key, self.value)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a sheet's rows are.

    Parameters
    ----------
    shapes : list of Point, LineString, MultiLineString or None
        Each row's place in WGS 84, None where it has none or a wrong one.
    problems : mapping of int to tuple of Problem
        What is wrong, by the row's index.
    use : GridUse or None
        How the coordinates were understood; None where there are none.
    """

    shapes: list[Shape | None]
    problems: dict[int, tuple[Problem, ...]] = field(default_factory=dict)
    use: GridUse | None = None


def find_places(sheet: Sheet, understood: Understood, options: ReadOptions) -> Places:
    """Return where a sheet's rows are.

    Parameters
    ----------
    sheet : Sheet
        Its `shapes` count first, then a column of geometry in WKT, then columns of coordinates.
    understood : Understood
        Which columns those are.
    options : ReadOptions
        Its `grid` and `swap` are followed.

    Returns
    -------
    Places
        Rows in the sheet's order.
    """
    if sheet.shapes is not None:
        return _from_shapes(sheet, sheet.shapes, {}, options)
    pairs = _pairs(sheet, understood)
    column = understood.column_of("geometry")
    if column is None:
        return _from_pairs(pairs, len(sheet.rows), options)
    texts = [_cell(row, column) for row in sheet.rows]
    if not any(texts):
        return _from_pairs(pairs, len(sheet.rows), options)
    return _from_wkt(sheet, texts, pairs, options)


# --- numbers in columns --------------------------------------------------------------------------


@dataclass(slots=True)
class _Pairs:
    """Numbers that rows give: easting before northing, as far as the file says which is which."""

    named: bool
    first: str
    rows: list[int] = field(default_factory=list)
    numbers: list[tuple[float, float]] = field(default_factory=list)
    problems: dict[int, tuple[Problem, ...]] = field(default_factory=dict)


def _pairs(sheet: Sheet, understood: Understood) -> _Pairs:
    for first, second, named in (("lat", "lon", True), ("x", "y", False)):
        one, other = understood.column_of(first), understood.column_of(second)
        if one is not None and other is not None:
            pairs = _Pairs(named=named, first=first)
            for index, row in enumerate(sheet.rows):
                _take_two(pairs, index, (first, _cell(row, one)), (second, _cell(row, other)))
            return pairs
    pairs = _Pairs(named=False, first="position")
    if (column := understood.column_of("position")) is not None:
        for index, row in enumerate(sheet.rows):
            _take_one(pairs, index, _cell(row, column))
    return pairs


def _take_two(pairs: _Pairs, index: int, first: tuple[str, str], second: tuple[str, str]) -> None:
    if not first[1] and not second[1]:
        return
    north, east = _number(first[1]), _number(second[1])
    if north is not None and east is not None:
        pairs.rows.append(index)
        pairs.numbers.append((east, north))
        return
    pairs.problems[index] = tuple(
        Problem(name, "intake.not_degrees" if text else "intake.half_position", text)
        for (name, text), value in ((first, north), (second, east))
        if value is None
    )


def _take_one(pairs: _Pairs, index: int, text: str) -> None:
    if not text:
        return
    if found := _PAIR.fullmatch(text):
        pairs.rows.append(index)
        pairs.numbers.append((_plain(found[2]), _plain(found[1])))
    else:
        pairs.problems[index] = (Problem("position", "intake.not_position", text),)


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if len(row) > column else ""


def _number(text: str) -> float | None:
    if _NUMBER.fullmatch(text):
        return float(text.replace(",", "."))
    if _SPACED.fullmatch(text):
        return _plain("".join(text.split()))
    return None


def _plain(text: str) -> float:
    return float(text.replace(",", "."))


def _from_pairs(pairs: _Pairs, count: int, options: ReadOptions) -> Places:
    shapes: list[Shape | None] = [None] * count
    if not pairs.rows:
        return Places(shapes, pairs.problems)
    given = np.array(pairs.numbers, dtype=np.float64)
    settled = settle(given, np.array(pairs.rows), options, named=pairs.named)
    # One call: a point at a time takes ten times as long.
    points: list[Point] = np.array(shapely.points(settled.positions)).tolist()
    for index, point, bad in zip(pairs.rows, points, settled.bad.tolist(), strict=True):
        if not bad:
            shapes[index] = point
    for at in np.flatnonzero(settled.bad).tolist():
        pairs.problems[pairs.rows[at]] = (_refused(settled, at, given, pairs.first),)
    return Places(shapes, pairs.problems, settled.use)


def _refused(settled: Settled, at: int, given: np.ndarray, name: str) -> Problem:
    east, north = given[at].tolist()
    if not (math.isfinite(east) and math.isfinite(north)):
        key = "intake.not_degrees"
    else:
        key = "intake.swapped" if settled.swapped[at] else "intake.outside_sweden"
    return Problem(name, key, f"{north:.10g} {east:.10g}")


# --- shapes --------------------------------------------------------------------------------------


def _from_wkt(sheet: Sheet, texts: Sequence[str], pairs: _Pairs, options: ReadOptions) -> Places:
    """Return places of rows of which some give a shape and others two numbers."""
    shapes = list(shapes_from_wkt(texts))
    problems = {**pairs.problems}
    for index, text in enumerate(texts):
        if text and shapes[index] is None:
            problems[index] = (Problem("geometry", "intake.not_wkt", text),)
    for index, (east, north) in zip(pairs.rows, pairs.numbers, strict=True):
        if shapes[index] is None:
            shapes[index] = Point(east, north)
    return _from_shapes(sheet, shapes, problems, options)


def _from_shapes(
    sheet: Sheet,
    given: Iterable[BaseGeometry | None],
    problems: dict[int, tuple[Problem, ...]],
    options: ReadOptions,
) -> Places:
    plain = [None if shape is None or shape.is_empty else shape for shape in given]
    flat = shapely.force_2d(np.array(plain, dtype=object))
    numbers, rows = shapely.get_coordinates(flat, return_index=True)
    if not len(numbers):
        return Places(flat.tolist(), problems)
    settled = _settled(sheet, numbers, rows, options)
    done = shapely.set_coordinates(flat.copy(), settled.positions).tolist()
    for at in np.flatnonzero(settled.bad).tolist():
        index = int(rows[at])
        done[index] = None
        problems.setdefault(index, (_refused(settled, at, numbers, "geometry"),))
    return Places(done, problems, settled.use)


def _settled(sheet: Sheet, numbers: np.ndarray, rows: np.ndarray, options: ReadOptions) -> Settled:
    if sheet.crs is not None:
        return from_declared(numbers, rows, sheet.crs, crs_named(sheet.crs) or sheet.crs)
    return settle(numbers, rows, options, named=True)
