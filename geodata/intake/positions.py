"""Which coordinate system numbers are in, found by their range over the whole file.

Sweden's northings (in degrees 55 to 69, in metres above six million) and eastings (11 to 24
degrees; 250 to 950 km in SWEREF 99 TM, above 1,150 km in RT 90) don't overlap, so that a pair of
numbers tells by itself which system it is in and which of the two is the northing. The file's
rows vote: one that disagrees is rather a slip than another system.

The municipalities' own zones of SWEREF 99 (easting around 150 km) are told from those, but not from
one another: a place in one would be as good a place 90 km away in the next. Which zone it is must
be said, by the column's name or by the person. So it is with RT 90, but that one of its zones was
the whole country's: positions are read in it, and it is told and asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geodata import crs
from geodata.guards import shapes_from_wkt
from geodata.intake.report import GridUse, LocateMany, ReadOptions, What
from geodata.intake.sheets import Sheet, single
from geodata.intake.understanding import Understood
from geodata.model import Location
from geodata.records import GRID_NAMED

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

Span = tuple[float, float]

_WEST, _SOUTH, _EAST, _NORTH = crs.SWEDEN_BOUNDS_DEG

GRID_CRS: Final = {
    "wgs84": crs.WGS84,
    "sweref99tm": crs.SWEREF99TM,
    "rt90": crs.RT90,
    **{f"rt90-{zone}": code for zone, code in crs.RT90_ZONES.items()},
    "sweref99": "",
    **{f"sweref99-{zone}": code for zone, code in sorted(crs.SWEREF99_ZONES.items())},
}
"""Coordinate systems that columns of numbers can be in: ``rt90`` is 2.5 gon V, and ``sweref99`` is
one of the zones, and nobody has said which."""

_SPANS: Final[dict[str, tuple[Span, Span]]] = {
    "wgs84": ((_WEST, _EAST), (_SOUTH, _NORTH)),
    "sweref99tm": (crs.SWEREF99TM_EASTINGS_M, crs.NORTHINGS_M),
    "rt90": (crs.RT90_EASTINGS_M, crs.NORTHINGS_M),
    "sweref99": (crs.ZONE_EASTINGS_M, crs.NORTHINGS_M),
}
"""Eastings and northings of Sweden in each system, in any of its zones."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Positions in WGS 84, and which of them can't be used."""

    positions: Floats
    bad: Flags
    swapped: Flags
    use: GridUse


def grid_in(headers: Iterable[str]) -> str | None:
    """Return the system, with its zone, that a column's name gives: ``N (SWEREF 99 13 30)``."""
    for header in headers:
        if found := GRID_NAMED.search(header.casefold()):
            zone = re.sub(
                r"[ _.,]", "", found["sweref99"] or f"{found['rt90']}{found['side'] or ''}"
            )
            name = f"{'sweref99' if found['sweref99'] else 'rt90'}-{zone}"
            name = {"sweref99-tm": "sweref99tm", "rt90-25v": "rt90"}.get(name, name)
            return name if name in GRID_CRS else None
    return None


def settle(
    given: Floats,
    rows: NDArray[np.int64],
    options: ReadOptions,
    *,
    named: bool,
    header_grid: str | None = None,
) -> Settled:
    """Find out which system numbers are in and bring them to WGS 84."""
    grid = options.grid or _voted(given)
    if header_grid and options.grid in (None, "sweref99"):
        same = _system(header_grid) == _system(grid)
        grid = header_grid if same or header_grid == "sweref99tm" else grid
    if grid == "sweref99":
        none = np.zeros(len(given), dtype=np.bool_)
        return Settled(given, ~none, none, _use(grid, rows, 0, given[:0], declared=False))
    assumed = grid == "rt90" and not options.grid and not header_grid
    turned = _fits(given[:, ::-1], grid)
    swap = turned if options.swap or not named else np.zeros_like(turned)
    positions = crs.positions_to_degrees(
        np.where(swap[:, np.newaxis], given[:, ::-1], given), GRID_CRS[grid]
    )
    bad = ~_fits(positions, "wgs84") | (turned & ~swap)
    swapped_rows = len(np.unique(rows[turned])) if named else 0
    use = _use(grid, rows, swapped_rows, positions[~bad], declared=False)
    return Settled(positions, bad, turned & ~swap, replace(use, assumed=assumed))


def from_declared(given: Floats, rows: NDArray[np.int64], declared: str, name: str) -> Settled:
    """Bring positions from a system that the file declares to WGS 84."""
    positions = crs.positions_to_degrees(given, declared)
    bad = ~_fits(positions, "wgs84")
    turned = np.zeros_like(bad)
    if bad.any():
        turned[bad] = _fits(crs.positions_to_degrees(given[bad][:, ::-1], declared), "wgs84")
    use = _use(name, rows, len(np.unique(rows[turned])), positions[~bad], declared=True)
    return Settled(positions, bad, turned, use)


def _voted(given: Floats) -> str:
    """Return the system in which most positions lie in Sweden; WGS 84 where none does."""
    votes = {g: np.count_nonzero(_fits(given, g) | _fits(given[:, ::-1], g)) for g in _SPANS}
    return max(votes, key=lambda grid: votes[grid])


def _system(grid: str) -> str:
    return grid.partition("-")[0]


def _fits(given: Floats, grid: str) -> Flags:
    (west, east), (south, north) = _SPANS[_system(grid)]
    x, y = given[:, 0], given[:, 1]
    return (x >= west) & (x <= east) & (y >= south) & (y <= north)


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


Problem = tuple[str, str, str]
"""Why a row has no usable place: our field, the sentence, and what stood there."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a sheet's rows are."""

    shapes: list[Shape | None]
    problems: dict[int, tuple[Problem, ...]] = field(default_factory=dict)
    use: GridUse | None = None


def find_places(sheet: Sheet, understood: Understood, options: ReadOptions) -> Places:
    """Return where a sheet's rows are."""
    if sheet.shapes is not None:
        return _placed(sheet.shapes, _Pairs(), options, sheet.crs)
    pairs = _pairs(sheet, understood)
    column = understood.column_of("geometry")
    texts = [_cell(row, column) for row in sheet.rows]
    if any(texts) or pairs.lines:
        return _from_texts(texts, pairs, options)
    shapes = np.full(len(texts), None, dtype=object)
    # One call: a point at a time takes ten times as long.
    shapes[pairs.rows] = shapely.points(np.array(pairs.numbers, dtype=np.float64).reshape(-1, 2))
    places = _placed(shapes, pairs, options)
    return replace(places, problems={**places.problems, **pairs.problems})


# --- numbers in columns --------------------------------------------------------------------------


@dataclass(slots=True)
class _Pairs:
    """Numbers that rows give: easting before northing, as far as the file says which is which."""

    named: bool = True
    first: str = "geometry"
    grid: str | None = None
    lines: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    numbers: list[tuple[float, float]] = field(default_factory=list)
    problems: dict[int, tuple[Problem, ...]] = field(default_factory=dict)


def _pairs(sheet: Sheet, understood: Understood) -> _Pairs:
    position = understood.column_of("position")
    elsewhere = bool(understood.known & {"position", "geometry"})
    names = ("position", "")
    columns: tuple[int | None, int | None] = (position, None)
    for two in (("lat", "lon"), ("x", "y")):
        found = understood.column_of(two[0]), understood.column_of(two[1])
        if found != (None, None) and not (None in found and elsewhere):
            names, columns = two, found
            break
    grid = grid_in(sheet.header[i] for i in columns if i is not None)
    pairs = _Pairs(names[0] == "lat", names[0], grid)
    for index, row in enumerate(sheet.rows):
        cells = [_cell(row, column) for column in columns]
        if names[1] and any(cells):
            _take_two(pairs, index, dict(zip(names, cells, strict=True)))
        # A row may say in one column what the others say in two.
        elif text := _cell(row, position):
            _take_one(pairs, index, text)
    return pairs


def _take_two(pairs: _Pairs, index: int, cells: Mapping[str, str]) -> None:
    north, east = map(_number, cells.values())
    if north is not None and east is not None:
        pairs.rows.append(index)
        pairs.numbers.append((east, north))
        return
    pairs.problems[index] = tuple(
        (name, "intake.not_degrees" if text else "intake.half_position", text)
        for name, text in cells.items()
        if _number(text) is None
    )


def _take_one(pairs: _Pairs, index: int, text: str) -> None:
    found = _PAIR.fullmatch(text)
    points = [found] if found else [_SURVEYED.fullmatch(p) for p in text.split(";") if p.strip()]
    numbers = [(_plain(point[2]), _plain(point[1])) for point in points if point]
    if not numbers or len(numbers) < len(points):
        pairs.problems[index] = (("position", "intake.not_position", text),)
    elif len(numbers) == 1:
        pairs.rows.append(index)
        pairs.numbers += numbers
    else:
        pairs.lines[index] = numbers


def _cell(row: Sequence[str], column: int | None) -> str:
    return row[column].strip() if column is not None and len(row) > column else ""


def _number(text: str) -> float | None:
    plain = "".join(text.split()) if _SPACED.fullmatch(text) else text
    return _plain(plain) if _NUMBER.fullmatch(plain) else None


def _plain(text: str) -> float:
    return float(text.replace(",", "."))


# --- shapes --------------------------------------------------------------------------------------


def _from_texts(texts: Sequence[str], pairs: _Pairs, options: ReadOptions) -> Places:
    """Return places of rows of which some give a shape and others two numbers."""
    given = _shapes(texts)
    # A line in parts is a line as it is, and comes back as it was written.
    shapes = [s if isinstance(s, MultiLineString) else single(s) for s in given]
    problems = {**pairs.problems}
    by_system: dict[int, set[int]] = {0: set()}
    for index, (text, shape) in enumerate(zip(texts, shapes, strict=True)):
        if text and shape is None:
            problems[index] = (("geometry", "intake.not_wkt", text),)
        srid = 0 if shape is None else int(shapely.get_srid(given[index]))
        by_system.setdefault(srid, set()).add(index)
    numbers: dict[int, BaseGeometry] = dict(zip(pairs.rows, map(Point, pairs.numbers), strict=True))
    for index, line in pairs.lines.items():
        closed = len(line) > 3 and line[0] == line[-1]
        numbers[index] = Polygon(line) if closed else LineString(line)
    shapes = [numbers.get(at) if shape is None else shape for at, shape in enumerate(shapes)]
    places = Places([None] * len(shapes), problems)
    for srid, members in by_system.items():
        declared = crs.crs_numbered(srid) if srid else None
        if srid and declared is None:
            unknown = (("geometry", "intake.unknown_srid", str(srid)),)
            problems.update(dict.fromkeys(members, unknown))
            continue
        mine = [shape if index in members else None for index, shape in enumerate(shapes)]
        part = _placed(mine, _Pairs(grid=pairs.grid), options, declared)
        for index in members:
            places.shapes[index] = part.shapes[index]
        problems.update({at: why for at, why in part.problems.items() if at not in problems})
        places = replace(places, use=places.use or part.use)
    return places


def _shapes(texts: Sequence[str]) -> list[BaseGeometry | None]:
    """Return the shape that each text is in WKT, EWKT or WKB, with its SRID where it gives one."""
    systems = [_EWKT.match(text) for text in texts]
    plain = [
        text[system.end() :] if system else text
        for text, system in zip(texts, systems, strict=True)
    ]
    shapes = list(shapes_from_wkt(plain))
    for index, (text, system) in enumerate(zip(plain, systems, strict=True)):
        if _WKB.fullmatch(text):
            shapes[index] = shapely.from_wkb(text, on_invalid="ignore")
        if system and (shape := shapes[index]) is not None:
            shapes[index] = shapely.set_srid(shape, int(system[1]))
    return shapes


def _placed(
    given: Iterable[BaseGeometry | None],
    pairs: _Pairs,
    options: ReadOptions,
    declared: str | None = None,
) -> Places:
    """Return shapes in WGS 84, from the system that is declared or else found out."""
    plain = [None if shape is None or shape.is_empty else shape for shape in given]
    flat = shapely.force_2d(np.array(plain, dtype=object))
    numbers, rows = shapely.get_coordinates(flat, return_index=True)
    if not len(numbers):
        return Places(flat.tolist())
    if declared is not None:
        settled = from_declared(numbers, rows, declared, crs.crs_named(declared) or declared)
    else:
        settled = settle(numbers, rows, options, named=pairs.named, header_grid=pairs.grid)
    places = Places(
        shapely.set_coordinates(flat.copy(), settled.positions).tolist(), use=settled.use
    )
    for at in np.flatnonzero(settled.bad).tolist():
        index = int(rows[at])
        places.shapes[index] = None
        places.problems.setdefault(index, (_refused(settled, at, numbers, pairs.first),))
    return places


def _refused(settled: Settled, at: int, given: np.ndarray, name: str) -> Problem:
    east, north = given[at].tolist()
    if not (math.isfinite(east) and math.isfinite(north)):
        key = "intake.not_degrees"
    elif settled.use.grid == "sweref99":
        key = "intake.which_zone"
    else:
        key = "intake.swapped" if settled.swapped[at] else "intake.outside_sweden"
    return name, key, f"{north:.10g} {east:.10g}"


def located(
    shapes: Sequence[BaseGeometry | None], what: What, locate_many: LocateMany
) -> dict[int, Location]:
    """Return where the rows' places are, by the rows' index."""
    rows = [index for index, shape in enumerate(shapes) if shape is not None]
    if not rows:
        return {}
    points = _points(np.array([shapes[index] for index in rows], dtype=object), what)
    found = locate_many(shapely.get_x(points).tolist(), shapely.get_y(points).tolist())
    return dict(zip(rows, found, strict=True))


def _points(shapes: np.ndarray, what: What) -> np.ndarray:
    """Return the point by which each shape's area is found.

    A walk belongs where it begins, at its meeting point; a patrol where it is half done, since
    it may begin at the station.
    """
    types = shapely.get_type_id(shapes)
    lines = np.isin(types, [1, 5])
    points = shapes.copy()
    if what == "walks":
        points[lines] = shapely.get_point(shapely.get_geometry(shapes[lines], 0), 0)
    else:
        points[lines] = shapely.line_interpolate_point(shapes[lines], 0.5, normalized=True)
    others = ~lines & (types != 0)
    points[others] = shapely.point_on_surface(shapes[others])
    return points
