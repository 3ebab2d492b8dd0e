"""Rows of a sheet to drafts of records, with what was wrong or odd in each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

import numpy as np
import shapely
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from geodata.errors import IntakeError
from geodata.intake import drafts, report
from geodata.intake.formats.gpx import read_gpx
from geodata.intake.positions import Places, find_places
from geodata.intake.reading import Job, Row, writing_of_columns
from geodata.intake.sheets import CellReader, Sheet, holds_identity, tidy, unguarded
from geodata.intake.tracks import Route, joined
from geodata.intake.understanding import Understood, unused
from geodata.model import Location, Meeting, Walk
from geodata.records.tables import OWN_ID, Kept


def take_routes(
    sheet: Sheet, understood: Understood, places: Places, job: Job
) -> dict[int, list[report.RowProblem]]:
    """Put the routes that rows name in their places."""
    found: dict[int, list[report.RowProblem]] = {}
    if (column := understood.column_of("route")) is None:
        return found
    headers = {"route": sheet.header[column]}
    for index, values in enumerate(sheet.rows):
        if named := values[column].strip() if len(values) > column else "":
            told = report.RowNotes(sheet.shown_file, sheet.numbers[index], headers)
            route = _route(named, told, job)
            if places.shapes[index] is None:
                places.shapes[index] = route
            found[index] = told.problems
    return found


def _route(named: str, told: report.RowNotes, job: Job) -> Route | None:
    """Return a walk's route, told of what is wrong or odd about its file."""
    path = None if job.folder is None else _beside(job.folder, named)
    if path is None:
        told.error("route", "intake.route_path", named)
        return None
    try:
        tracks = read_gpx(path, limits=job.limits)
    except IntakeError as error:
        told.error("route", error.key, named, **error.values)
        return None
    private = any(p.key == "intake.personal_identity_number" for p in tracks.problems)
    if private or not tracks.records:
        told.error("route", "intake.route_refused", named)
    told.problems += tracks.problems
    return joined(shapely.get_parts([track.line for track in tracks.records]).tolist())


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


WATCHED_ROWS: Final = 1_000
"""Rows between two words to whoever watches: some hundredths of a second."""

_POINT: Final = frozenset({Point})
_LINE: Final = frozenset({LineString, MultiLineString})


@dataclass(frozen=True, slots=True)
class _Rules:
    """How a sort of record is read, what its place may be, and which columns must be there.

    Of each group of fields in `needed` one must be there; the option does instead.
    """

    build: Callable[[Row, report.RowNotes, Job], Kept | None]
    shapes: frozenset[type[BaseGeometry]]
    misplaced: str
    needed: tuple[tuple[frozenset[str], str, str], ...] = ()


_DAY: Final = (frozenset({"date"}), "day", "intake.no_day")
_RULES: Final[Mapping[report.What, _Rules]] = {
    "activities": _Rules(
        drafts.activity_from,
        _POINT | _LINE,
        "intake.not_a_place",
        (_DAY, (frozenset({"kind"}), "kind", "intake.no_kind")),
    ),
    "walks": _Rules(drafts.walk_from, _LINE, "intake.not_a_line", (_DAY,)),
    "findings": _Rules(
        drafts.finding_from,
        _POINT,
        "intake.not_a_point",
        (
            (frozenset({"category"}), "category", "intake.no_category"),
            (frozenset({"text"}), "", "intake.no_text"),
            (frozenset({"day", "walk"}), "day", "intake.no_day"),
        ),
    ),
    "hot_spots": _Rules(drafts.hot_spot_from, _POINT, "intake.not_a_point"),
    "meetings": _Rules(drafts.meeting_from, frozenset(), "intake.not_a_place"),
    "decisions": _Rules(drafts.decision_from, frozenset(), "intake.not_a_place"),
    "plans": _Rules(drafts.plan_from, frozenset(), "intake.not_a_place"),
}


@dataclass(slots=True)
class RowsRead:
    """What a sheet's rows gave; fields are those of `geodata.intake.report.Reading`."""

    what: report.What
    records: list[Kept] = field(default_factory=list)
    problems: list[report.RowProblem] = field(default_factory=list)
    rows_read: int = 0
    named: dict[str, Walk] = field(default_factory=dict)
    grid: report.GridUse | None = None
    locations: list[Location] = field(default_factory=list)
    rest: list[tuple[str, ...]] = field(default_factory=list)
    reasons: list[tuple[report.RowProblem, ...]] = field(default_factory=list)


def read_rows(
    sheet: Sheet,
    understood: Understood,
    job: Job,
    locate_many: report.LocateMany,
    watch: report.Watch = report.unwatched,
) -> RowsRead:
    """Read a sheet's rows."""
    read = RowsRead(understood.what, problems=list(sheet.remarks))
    read.problems += _of_columns(sheet, understood)
    places = find_places(sheet, understood, job.options)
    if (use := places.use) is not None and (use.assumed or use.grid == "sweref99"):
        job.needs.add("grid")
        if use.assumed:
            read.problems.append(report.remark(sheet.shown_file, None, "", "intake.rt90_assumed"))
    read.grid = use
    missing = _missing(sheet, understood, job)
    if missing and sheet.rows:
        # Every row is refused for the same reason, told once.
        job.needs.update({option for option, _ in missing} - {""})
        reasons = tuple(report.refusal(sheet.shown_file, None, "", key) for _, key in missing)
        read.problems += reasons
        read.rows_read = len(sheet.rows)
        read.rest = [as_rest(sheet, values) for values in sheet.rows]
        read.reasons = [reasons] * len(sheet.rows)
        return read
    writing, told = writing_of_columns(sheet, understood.fields, job.options)
    read.problems += told
    job = replace(job, writing=writing)
    routes = take_routes(sheet, understood, places, job)
    locations = _located(places.shapes, understood.what, locate_many)
    cells = CellReader(sheet, understood.fields)
    for index, number in enumerate(sheet.numbers):
        if index % WATCHED_ROWS == 0:
            watch(index / len(sheet.rows))
        raw = cells.raw(index)
        own_id = (tidied := tidy(raw)).get(OWN_ID, "")
        place, where = places.shapes[index], locations.get(index)
        stays = sheet.stays[index] if sheet.stays else ()
        row = Row(number, tidied, raw, place, where, own_id, stays)
        if understood.what == "activities" and own_id and tidied.get("walk_id"):
            continue  # The walk says the same, and more.
        notes = report.RowNotes(sheet.shown_file, number, cells.headers)
        notes.problems += (*sheet.told.get(index, ()), *routes.get(index, ()))
        cells.tell_unread(index, notes)
        for problem in places.problems.get(index, ()):
            notes.error(*problem)
        _take(row, index, sheet, notes, job, read)
    return read


def _take(
    row: Row, index: int, sheet: Sheet, told: report.RowNotes, job: Job, read: RowsRead
) -> None:
    """Take a row's record, or the row as it is where it is refused."""
    read.rows_read += 1
    rules = _RULES[read.what]
    if not row.cells and row.place is None and not told.refused:
        told.error("", "intake.row_says_nothing")
    record = None
    if index not in sheet.told or not told.refused:
        if row.place is not None and type(row.place) not in rules.shapes:
            told.error("geometry", rules.misplaced)
        elif row.place is None and read.what == "hot_spots" and not told.refused:
            table = sheet.shapes is None
            told.error(*("lat", "intake.missing_value") if table else ("geometry", rules.misplaced))
        record = rules.build(row, told, job)
    read.problems += told.problems
    if record is None or told.refused:
        read.rest.append(as_rest(sheet, sheet.rows[index]))
        read.reasons.append(tuple(one for one in told.problems if one.severity == "error"))
        return
    read.records.append(record)
    if row.location is not None:
        read.locations.append(row.location)
    if isinstance(record, Walk) and (name := row.cells.get("name")):
        read.named.setdefault(name, record)


def as_rest(sheet: Sheet, values: Sequence[str]) -> tuple[str, ...]:
    """Return a refused row's cells: as they are meant, and without identity numbers."""
    meant = (unguarded(v) for v in values) if sheet.escaped else values
    return tuple("" if holds_identity(v) else v for v in meant)


def minutes_named(
    records: Iterable[Kept], job: Job, problems: list[report.RowProblem]
) -> Mapping[str, bytes]:
    """Return the frozen minutes that meetings name; told of those that none does."""
    named = {d for one in records if isinstance(one, Meeting) for _, d in one.documents}
    if left := len(job.documents.keys() - named):
        problems.append(report.remark(job.file, None, "", "intake.minutes_unnamed", count=left))
    return {digest: body for digest, body in job.documents.items() if digest in named}


# --- all rows at once ----------------------------------------------------------------------------


def _of_columns(sheet: Sheet, understood: Understood) -> list[report.RowProblem]:
    """Return notices of the columns that are left aside."""
    told = dict.fromkeys(unused(sheet, understood), "intake.column_unused")
    told |= dict.fromkeys(understood.doubles, "intake.column_aside")
    headers = [(sheet.header[index], key) for index, key in told.items() if sheet.titled]
    at = sheet.shown_file, sheet.header_row
    return [report.remark(*at, header, key, header) for header, key in headers]


def _missing(sheet: Sheet, understood: Understood, job: Job) -> list[tuple[str, str]]:
    """Return options and sentences for what no column says, and nobody chose."""
    known = understood.known
    # Shapes alone tell where something was; a table of which nothing is understood tells nothing.
    nothing = sheet.shapes is None and not known
    return [("", "intake.no_column_known")] * nothing + [
        (option, key)
        for fields, option, key in _RULES[understood.what].needed
        if not fields & known and not (option and getattr(job.options, option))
    ]


def _located(
    shapes: Sequence[BaseGeometry | None], what: report.What, locate_many: report.LocateMany
) -> dict[int, Location]:
    """Return where the rows' places are, by the rows' index."""
    rows = [index for index, shape in enumerate(shapes) if shape is not None]
    if not rows:
        return {}
    points = _points(np.array([shapes[index] for index in rows], dtype=object), what)
    found = locate_many(shapely.get_x(points).tolist(), shapely.get_y(points).tolist())
    return dict(zip(rows, found, strict=True))


def _points(shapes: np.ndarray, what: report.What) -> np.ndarray:
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
