"""Which coordinate system numbers are in, found by their range over the whole file.

Sweden's northings (in degrees 55 to 69, in metres above six million) and eastings (11 to 24
degrees; 250 to 950 km in SWEREF 99 TM, above 1,150 km in RT 90) don't overlap, so that a pair of
numbers tells by itself which system it is in and which of the two is the northing. The file's
rows vote: one that disagrees is rather a slip than another system.

The municipalities' own zones of SWEREF 99 (easting around 150 km) are told from those, but not from
one another: a place in one would be as good a place 90 km away in the next. Which zone it is must
be said, by the column's name or by the person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, get_args

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point, Polygon

from geodata.crs import (
    NORTHINGS_M,
    RT90,
    RT90_EASTINGS_M,
    SWEDEN_BOUNDS_DEG,
    SWEREF99_ZONES,
    SWEREF99TM,
    SWEREF99TM_EASTINGS_M,
    WGS84,
    ZONE_EASTINGS_M,
    crs_named,
    crs_numbered,
    positions_to_degrees,
)
from geodata.guards import shapes_from_wkt
from geodata.intake.report import GridName, GridUse, ReadOptions, RowNotes
from geodata.intake.sheets import Sheet, single
from geodata.intake.understanding import Understood
from geodata.records.columns import SWEREF_NAMED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    from shapely.geometry.base import BaseGeometry


Span = tuple[float, float]

_WEST, _SOUTH, _EAST, _NORTH = SWEDEN_BOUNDS_DEG

_ZONES: Final = {
    grid: SWEREF99_ZONES[grid.removeprefix("sweref99-")]
    for grid in get_args(GridName)
    if grid.startswith("sweref99-")
}

GRID_CRS: Final[dict[GridName, str]] = {
    "wgs84": WGS84,
    "sweref99tm": SWEREF99TM,
    "rt90": RT90,
    **_ZONES,
}

_SPANS: Final[dict[GridName, tuple[Span, Span]]] = {
    "wgs84": ((_WEST, _EAST), (_SOUTH, _NORTH)),
    "sweref99tm": (SWEREF99TM_EASTINGS_M, NORTHINGS_M),
    "rt90": (RT90_EASTINGS_M, NORTHINGS_M),
    **dict.fromkeys(("sweref99", *_ZONES), (ZONE_EASTINGS_M, NORTHINGS_M)),
}
"""Eastings and northings of Sweden in each system."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Positions in WGS 84, and which of them can't be used."""

    positions: Floats
    bad: Flags
    swapped: Flags
    use: GridUse


def grid_in(headers: Iterable[str]) -> GridName | None:
    """Return the SWEREF 99 zone, or TM, that a column's name gives: ``N (SWEREF 99 13 30)``."""
    for header in headers:
        if found := SWEREF_NAMED.search(header.casefold()):
            name = f"sweref99{'' if found[1] == 'tm' else '-'}{''.join(found[1].split())}"
            return next((grid for grid in GRID_CRS if grid == name), None)
    return None


def settle(
    given: Floats,
    rows: NDArray[np.int64],
    options: ReadOptions,
    *,
    named: bool,
    header_grid: GridName | None = None,
) -> Settled:
    """Find out which system numbers are in and bring them to WGS 84."""
    grid = options.grid or _voted(given)
    if grid == "sweref99":
        grid = header_grid or grid
    elif header_grid == "sweref99tm" and options.grid is None:
        grid = header_grid
    if grid == "sweref99":
        none = np.zeros(len(given), dtype=np.bool_)
        return Settled(given, ~none, none, _use(grid, rows, 0, given[:0], declared=False))
    turned = _fits(given[:, ::-1], grid)
    swap = turned if options.swap or not named else np.zeros_like(turned)
    positions = positions_to_degrees(
        np.where(swap[:, np.newaxis], given[:, ::-1], given), GRID_CRS[grid]
    )
    bad = ~_in_sweden(positions) | (turned & ~swap)
    swapped_rows = len(np.unique(rows[turned])) if named else 0
    use = _use(grid, rows, swapped_rows, positions[~bad], declared=False)
    return Settled(positions, bad, turned & ~swap, use)


def from_declared(given: Floats, rows: NDArray[np.int64], crs: str, name: str) -> Settled:
    """Bring positions from a system that the file declares to WGS 84."""
    positions = positions_to_degrees(given, crs)
    bad = ~_in_sweden(positions)
    turned = np.zeros_like(bad)
    if bad.any():
        turned[bad] = _in_sweden(positions_to_degrees(given[bad][:, ::-1], crs))
    use = _use(name, rows, len(np.unique(rows[turned])), positions[~bad], declared=True)
    return Settled(positions, bad, turned, use)


def _voted(given: Floats) -> GridName:
    """Return the system in which most positions lie in Sweden; WGS 84 where none does."""
    votes = {
        g: np.count_nonzero(_fits(given, g) | _fits(given[:, ::-1], g))
        for g in _SPANS
        if g not in _ZONES
    }
    return max(votes, key=lambda grid: votes[grid])


def _fits(given: Floats, grid: GridName) -> Flags:
    (west, east), (south, north) = _SPANS[grid]
    x, y = given[:, 0], given[:, 1]
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def _in_sweden(positions: Floats) -> Flags:
    return _fits(positions, "wgs84")


def _use(
    grid: str, rows: NDArray[np.int64], swapped_rows: int, good: Floats, *, declared: bool
) -> GridUse:
    sample = (float(good[0, 0]), float(good[0, 1])) if len(good) else None
    return GridUse(grid, declared, len(np.unique(rows)), swapped_rows, sample)


Shape = Point | LineString | MultiLineString

_NUMBER: Final = re.compile(r"[+-]?\d{1,18}(?:[.,]\d{1,18})?", re.ASCII)
# Thousands set apart by spaces, as a spreadsheet shows metres.
_SPACED: Final = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d{1,18})?", re.ASCII)
_PAIR: Final = re.compile(
    r"\(?\s*([+-]?\d{1,18}(?:[.,]\d{1,18})?)(?:\s*[,;/]\s*|\s+)([+-]?\d{1,18}(?:[.,]\d{1,18})?)\s*\)?",
    re.ASCII,
)

# Latitude, longitude, height and accuracy of a point, as ODK and KoboToolbox write them.
_SURVEYED: Final = re.compile(
    r"\s*([+-]?\d{1,3}\.\d{1,18})\s+([+-]?\d{1,3}\.\d{1,18})(?:\s+-?\d{1,9}(?:\.\d{1,18})?){0,2}\s*",
    re.ASCII,
)
_EWKT: Final = re.compile(r"SRID=(\d{1,6});\s*", re.ASCII | re.IGNORECASE)
# Points and lines, one or several: what nests may nest too deep for the library's stack.
_WKB: Final = re.compile(
    r"(?:010[1245]0000[0-9a-e]0|00[0-9a-e]000000[1245])[0-9a-f]{32,}", re.IGNORECASE
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
    """Where a sheet's rows are."""

    shapes: list[Shape | None]
    problems: dict[int, tuple[Problem, ...]] = field(default_factory=dict)
    use: GridUse | None = None


def find_places(sheet: Sheet, understood: Understood, options: ReadOptions) -> Places:
    """Return where a sheet's rows are."""
    if sheet.shapes is not None:
        return _from_shapes(sheet, sheet.shapes, {}, options)
    pairs = _pairs(sheet, understood)
    column = understood.column_of("geometry")
    texts = [] if column is None else [_cell(row, column) for row in sheet.rows]
    if not any(texts) and not pairs.lines:
        return _from_pairs(pairs, len(sheet.rows), options)
    return _from_texts(sheet, texts or [""] * len(sheet.rows), pairs, options)


# --- numbers in columns --------------------------------------------------------------------------


@dataclass(slots=True)
class _Pairs:
    """Numbers that rows give: easting before northing, as far as the file says which is which."""

    named: bool
    first: str
    grid: GridName | None = None
    lines: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    numbers: list[tuple[float, float]] = field(default_factory=list)
    problems: dict[int, tuple[Problem, ...]] = field(default_factory=dict)


def _pairs(sheet: Sheet, understood: Understood) -> _Pairs:
    position = understood.column_of("position")
    elsewhere = bool(understood.known & {"position", "geometry"})
    for first, second, named in (("lat", "lon", True), ("x", "y", False)):
        one, other = understood.column_of(first), understood.column_of(second)
        if one is None and other is None:
            continue
        if None in (one, other) and elsewhere:
            continue
        grid = grid_in(sheet.header[i] for i in (one, other) if i is not None)
        pairs = _Pairs(named=named, first=first, grid=grid)
        for index, row in enumerate(sheet.rows):
            cells = _cell(row, one), _cell(row, other)
            _take_two(pairs, index, (first, cells[0]), (second, cells[1]))
            # A row may say in one column what the others say in two.
            if not any(cells):
                _take_one(pairs, index, _cell(row, position))
        return pairs
    grid = None if position is None else grid_in([sheet.header[position]])
    pairs = _Pairs(named=False, first="position", grid=grid)
    for index, row in enumerate(sheet.rows):
        _take_one(pairs, index, _cell(row, position))
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
    found = _PAIR.fullmatch(text)
    points = [found] if found else [_SURVEYED.fullmatch(p) for p in text.split(";") if p.strip()]
    numbers = [(_plain(point[2]), _plain(point[1])) for point in points if point]
    if not numbers or len(numbers) < len(points):
        pairs.problems[index] = (Problem("position", "intake.not_position", text),)
    elif len(numbers) == 1:
        pairs.rows.append(index)
        pairs.numbers += numbers
    else:
        pairs.lines[index] = numbers


def _cell(row: Sequence[str], column: int | None) -> str:
    return row[column].strip() if column is not None and len(row) > column else ""


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
    settled = settle(
        given, np.array(pairs.rows), options, named=pairs.named, header_grid=pairs.grid
    )
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
    elif settled.use.grid == "sweref99":
        key = "intake.which_zone"
    else:
        key = "intake.swapped" if settled.swapped[at] else "intake.outside_sweden"
    return Problem(name, key, f"{north:.10g} {east:.10g}")


# --- shapes --------------------------------------------------------------------------------------


def _from_texts(sheet: Sheet, texts: Sequence[str], pairs: _Pairs, options: ReadOptions) -> Places:
    """Return places of rows of which some give a shape and others two numbers."""
    given = _shapes(texts)
    # A line in parts is a line as it is, and comes back as it was written.
    shapes = [s if isinstance(s, MultiLineString) else single(s) for s in given]
    problems = {**pairs.problems}
    declared: dict[int, set[int]] = {}
    for index, (text, shape) in enumerate(zip(texts, shapes, strict=True)):
        if text and shape is None:
            problems[index] = (Problem("geometry", "intake.not_wkt", text),)
        elif shape is not None and (srid := int(shapely.get_srid(given[index]))):
            declared.setdefault(srid, set()).add(index)
    for index, (east, north) in zip(pairs.rows, pairs.numbers, strict=True):
        if shapes[index] is None:
            shapes[index] = Point(east, north)
    for index, line in pairs.lines.items():
        if shapes[index] is None:
            closed = len(line) > 3 and line[0] == line[-1]
            shapes[index] = Polygon(line) if closed else LineString(line)
    rest = set(range(len(shapes))).difference(*declared.values())
    found = _some(sheet, shapes, rest, options, pairs.grid)
    found.problems.update(problems)
    for srid, members in declared.items():
        found = _with_declared(found, sheet, shapes, srid, members, options)
    return found


def _with_declared(
    found: Places,
    sheet: Sheet,
    shapes: Sequence[BaseGeometry | None],
    srid: int,
    members: AbstractSet[int],
    options: ReadOptions,
) -> Places:
    """Return places with those besides whose own text says which system they are in."""
    crs = crs_numbered(srid)
    if crs is None:
        unknown = (Problem("geometry", "intake.unknown_srid", str(srid)),)
        found.problems.update(dict.fromkeys(members, unknown))
        return found
    part = _some(replace(sheet, crs=crs), shapes, members, options)
    for index in members:
        found.shapes[index] = part.shapes[index]
    found.problems.update(part.problems)
    return found if found.use else replace(found, use=part.use)


def _shapes(texts: Sequence[str]) -> list[BaseGeometry | None]:
    """Return the shape that each text is in WKT, EWKT or WKB, with its SRID where it gives one."""
    said = [_EWKT.match(text) for text in texts]
    plain = [text[one.end() :] if one else text for text, one in zip(texts, said, strict=True)]
    shapes = list(shapes_from_wkt(plain))
    for index, (text, one) in enumerate(zip(plain, said, strict=True)):
        if _WKB.fullmatch(text):
            shapes[index] = shapely.from_wkb(text, on_invalid="ignore")
        if one and (shape := shapes[index]) is not None:
            shapes[index] = shapely.set_srid(shape, int(one[1]))
    return shapes


def _some(
    sheet: Sheet,
    shapes: Sequence[BaseGeometry | None],
    members: AbstractSet[int],
    options: ReadOptions,
    grid: GridName | None = None,
) -> Places:
    """Return the places of some rows; the others have none."""
    mine = [shape if index in members else None for index, shape in enumerate(shapes)]
    return _from_shapes(sheet, mine, {}, options, grid)


def _from_shapes(
    sheet: Sheet,
    given: Iterable[BaseGeometry | None],
    problems: dict[int, tuple[Problem, ...]],
    options: ReadOptions,
    grid: GridName | None = None,
) -> Places:
    plain = [None if shape is None or shape.is_empty else shape for shape in given]
    flat = shapely.force_2d(np.array(plain, dtype=object))
    numbers, rows = shapely.get_coordinates(flat, return_index=True)
    if not len(numbers):
        return Places(flat.tolist(), problems)
    settled = _settled(sheet, numbers, rows, options, grid)
    done = shapely.set_coordinates(flat.copy(), settled.positions).tolist()
    for at in np.flatnonzero(settled.bad).tolist():
        index = int(rows[at])
        done[index] = None
        problems.setdefault(index, (_refused(settled, at, numbers, "geometry"),))
    return Places(done, problems, settled.use)


def _settled(
    sheet: Sheet,
    numbers: np.ndarray,
    rows: np.ndarray,
    options: ReadOptions,
    grid: GridName | None,
) -> Settled:
    if sheet.crs is not None:
        return from_declared(numbers, rows, sheet.crs, crs_named(sheet.crs) or sheet.crs)
    return settle(numbers, rows, options, named=True, header_grid=grid)
