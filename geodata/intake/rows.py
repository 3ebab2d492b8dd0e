"""Rows of a sheet to drafts of records, with what was wrong or odd in each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from geodata.errors import IntakeError
from geodata.intake.drafts import activity_from, finding_from, walk_from
from geodata.intake.formats.gpx import Track, read_gpx
from geodata.intake.positions import Places, find_places
from geodata.intake.reading import Job, Row, writing_of_columns
from geodata.intake.report import (
    GridUse,
    Limits,
    LocateMany,
    RowNotes,
    RowProblem,
    Watch,
    What,
    Whereabouts,
    unwatched,
)
from geodata.intake.sheets import CellReader, Sheet, holds_identity, tidy, unguarded
from geodata.intake.understanding import Understood, unused
from geodata.model import Location, Walk, Work
from geodata.records.tables import OWN_ID

Route = LineString | MultiLineString


def take_routes(
    sheet: Sheet, understood: Understood, places: Places, job: Job
) -> dict[int, tuple[RowProblem, ...]]:
    """Put the routes that rows name in their places."""
    column = understood.column_of("route")
    if column is None:
        return {}
    found: dict[int, tuple[RowProblem, ...]] = {}
    for index, values in enumerate(sheet.rows):
        named = values[column].strip() if len(values) > column else ""
        if not named:
            continue
        told = RowNotes(sheet.shown_file, sheet.numbers[index], {"route": sheet.header[column]})
        route, problems = _route(named, told, job.folder, job.limits)
        if places.shapes[index] is None:
            places.shapes[index] = route
        found[index] = (*told.problems, *problems)
    return found


def _route(
    named: str, told: RowNotes, folder: Path | None, limits: Limits
) -> tuple[Route | None, tuple[RowProblem, ...]]:
    """Return a walk's route and what its file's reading told."""
    path = None if folder is None else _beside(folder, named)
    if path is None:
        told.error("route", "intake.route_path", named)
        return None, ()
    try:
        found = read_gpx(path, limits=limits)
    except IntakeError as error:
        told.error("route", error.key, named, **error.values)
        return None, ()
    private = any(p.key == "intake.personal_identity_number" for p in found.problems)
    if private or not found.records:
        told.error("route", "intake.route_refused", named)
    return together(found.records), found.problems


def _beside(folder: Path, named: str) -> Path | None:
    """Return the file that a row names, None unless it lies in the folder or below it."""
    pure = PurePosixPath(named)
    windows = PureWindowsPath(named)
    if pure.is_absolute() or windows.drive or "\\" in named or ".." in pure.parts:
        return None
    if not named.isprintable() or pure.suffix.casefold() != ".gpx":
        return None
    try:
        path = folder / pure
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return None
    return path if inside else None


def together(tracks: tuple[Track, ...]) -> Route | None:
    """Return the lines of several tracks as one route, None if there are none."""
    lines = [
        line
        for track in tracks
        for line in (track.line.geoms if isinstance(track.line, MultiLineString) else [track.line])
    ]
    if len(lines) > 1:
        return MultiLineString(lines)
    return lines[0] if lines else None


WATCHED_ROWS: Final = 1_000
"""Rows between two words to whoever watches: some hundredths of a second."""

FAR_FROM_ALL_M: Final = 20_000.0
"""Farther from every area than a municipality is wide: hardly where somebody worked."""

_BUILDERS: Final[Mapping[What, Callable[[Row, RowNotes, Job], Work | None]]] = MappingProxyType(
    {"activities": activity_from, "walks": walk_from, "findings": finding_from}
)
_SHAPES: Final[Mapping[What, tuple[frozenset[type[BaseGeometry]], str]]] = MappingProxyType(
    {
        "activities": (
            frozenset({Point, LineString, MultiLineString}),
            "intake.not_a_place",
        ),
        "walks": (frozenset({LineString, MultiLineString}), "intake.not_a_line"),
        "findings": (frozenset({Point}), "intake.not_a_point"),
    }
)


@dataclass(slots=True)
class RowsRead:
    """What a sheet's rows gave; fields are those of `geodata.intake.report.Reading`."""

    what: What
    records: list[Work] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    rows_read: int = 0
    named: dict[str, Walk] = field(default_factory=dict)
    grid: GridUse | None = None
    whereabouts: Whereabouts = Whereabouts()  # noqa: RUF009 - frozen
    rest: list[tuple[str, ...]] = field(default_factory=list)


def read_rows(
    sheet: Sheet,
    understood: Understood,
    job: Job,
    locate_many: LocateMany,
    watch: Watch = unwatched,
) -> RowsRead:
    """Read a sheet's rows."""
    read = RowsRead(understood.what, problems=list(sheet.remarks))
    _tell_columns(sheet, understood, read)
    places = find_places(sheet, understood, job.options)
    read.grid = places.use
    if places.use is not None and places.use.grid == "sweref99":
        job.needs.add("grid")
    missing = _missing(understood, job)
    # Shapes alone tell where something was; a table of which nothing is understood tells nothing.
    if sheet.shapes is None and not understood.known:
        missing = [("", "intake.no_column_known"), *missing]
    if missing and sheet.rows:
        return _refuse_all(sheet, missing, job, read)
    writing, told = writing_of_columns(sheet, understood.fields, job.options)
    read.problems += told
    job = replace(job, writing=writing)
    more = take_routes(sheet, understood, places, job)
    locations = _located(places.shapes, understood.what, locate_many)
    cells = CellReader(sheet, understood.fields)
    rows = _Rows(sheet, understood, places, locations, more, cells)
    count = len(sheet.rows)
    for index in range(count):
        if index % WATCHED_ROWS == 0:
            watch(index / count)
        _read_one(rows, index, job, read)
    return read


@dataclass(slots=True)
class _Rows:
    """A sheet with everything that was found out about all rows at once."""

    sheet: Sheet
    understood: Understood
    places: Places
    locations: Mapping[int, Location]
    more: Mapping[int, tuple[RowProblem, ...]]
    cells: CellReader

    def row(self, index: int) -> Row:
        """Return a row as a builder takes it."""
        raw = self.cells.raw(index)
        cells = tidy(raw)
        return Row(
            self.sheet.numbers[index],
            cells,
            raw,
            self.places.shapes[index],
            self.locations.get(index),
            cells.get(OWN_ID, ""),
            self.sheet.stays[index] if self.sheet.stays else (),
        )


def _read_one(rows: _Rows, index: int, job: Job, read: RowsRead) -> None:
    row = rows.row(index)
    what = rows.understood.what
    if what == "activities" and row.own_id and row.cells.get("walk_id"):
        return  # The walk says the same, and more.
    read.rows_read += 1
    told = RowNotes(rows.sheet.shown_file, row.number, rows.cells.headers)
    told.problems += rows.sheet.told.get(index, ())
    told.problems += rows.more.get(index, ())
    rows.cells.tell_unread(index, told)
    for problem in rows.places.problems.get(index, ()):
        problem.tell(told)
    if not row.cells and row.place is None and not told.refused:
        told.error("", "intake.row_says_nothing")
    record = None
    if index not in rows.sheet.told or not told.refused:
        types, key = _SHAPES[what]
        if row.place is not None and type(row.place) not in types:
            told.error("geometry", key)
        record = _BUILDERS[what](row, told, job)
    if record is None:
        read.rest.append(as_rest(rows.sheet, rows.sheet.rows[index]))
    else:
        _keep(record, row, read)
    read.problems += told.problems


def _keep(record: Work, row: Row, read: RowsRead) -> None:
    read.records.append(record)
    if isinstance(record, Walk) and (name := row.cells.get("name")):
        read.named.setdefault(name, record)
    where = row.location
    if where is not None and (where.area_id is None or where.near_border):
        outside = where.area_id is None
        far = outside and where.border_m is not None and where.border_m > FAR_FROM_ALL_M
        so_far = read.whereabouts
        read.whereabouts = Whereabouts(
            so_far.outside + outside, so_far.near_border + where.near_border, so_far.far + far
        )


def as_rest(sheet: Sheet, values: Sequence[str]) -> tuple[str, ...]:
    """Return a refused row's cells: as they are meant, and without identity numbers."""
    meant = (unguarded(v) for v in values) if sheet.escaped else values
    return tuple("" if holds_identity(v) else v for v in meant)


# --- all rows at once ----------------------------------------------------------------------------


def _tell_columns(sheet: Sheet, understood: Understood, read: RowsRead) -> None:
    if not sheet.titled:
        return
    told = RowNotes(sheet.shown_file, sheet.header_row)
    for index in unused(sheet, understood):
        told.notice(sheet.header[index], "intake.column_unused", sheet.header[index])
    for index in understood.doubles:
        told.notice(sheet.header[index], "intake.column_aside", sheet.header[index])
    read.problems += told.problems


_NEEDED: Final[Mapping[What, tuple[tuple[frozenset[str], str, str], ...]]] = MappingProxyType(
    {
        "activities": (
            (frozenset({"date"}), "day", "intake.no_day"),
            (frozenset({"kind"}), "kind", "intake.no_kind"),
        ),
        "walks": ((frozenset({"date"}), "day", "intake.no_day"),),
        "findings": (
            (frozenset({"category"}), "category", "intake.no_category"),
            (frozenset({"text"}), "", "intake.no_text"),
            (frozenset({"day", "walk"}), "day", "intake.no_day"),
        ),
    }
)
"""Fields of which one column must be there, the option that does instead, and the sentence."""


def _missing(understood: Understood, job: Job) -> list[tuple[str, str]]:
    """Return options and sentences for what no column says, and nobody chose."""
    return [
        (option, key)
        for fields, option, key in _NEEDED[understood.what]
        if not fields & understood.known and not (option and getattr(job.options, option))
    ]


def _refuse_all(
    sheet: Sheet, missing: Sequence[tuple[str, str]], job: Job, read: RowsRead
) -> RowsRead:
    """Refuse every row for the same reason, told once."""
    told = RowNotes(sheet.shown_file, None)
    for option, key in missing:
        job.needs.update({option} - {""})
        told.error("", key)
    read.problems += told.problems
    read.rows_read = len(sheet.rows)
    read.rest = [as_rest(sheet, values) for values in sheet.rows]
    return read


def _headers(sheet: Sheet, understood: Understood) -> dict[str, str]:
    return {name: sheet.header[i] for i, name in enumerate(understood.fields) if name}


def _located(
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
