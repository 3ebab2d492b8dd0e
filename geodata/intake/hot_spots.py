"""Hot spots from a table or GeoJSON: places, never people, and how much they are to be visited."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shapely import Point

from geodata.errors import IntakeError
from geodata.intake import fields
from geodata.intake.drafts import NEEDED, hot_spot_from
from geodata.intake.fields import Locate
from geodata.intake.formats.geojson import read_geojson
from geodata.intake.formats.table import read_table
from geodata.intake.reading import Job, Row, known_from, writing_of_columns
from geodata.intake.report import DEFAULT_LIMITS, Intake, Limits, RowNotes, RowProblem, shown
from geodata.intake.sheets import CellReader, Sheet, tidy
from geodata.model import Catalogue, HotSpot, SourceKind
from geodata.records import COLUMNS, OWN_COLUMNS, OWN_ID
from geodata.records.columns import OWN_NAMES, plain_name, ranks_of


def read_hot_spots(
    path: Path,
    *,
    catalogue: Catalogue,
    locate: Locate,
    origin_kind: SourceKind,
    limits: Limits = DEFAULT_LIMITS,
) -> Intake[HotSpot]:
    """Read drafts of hot spots."""
    table = path.suffix.casefold() == ".csv"
    sheet = read_table(path, limits) if table else read_geojson(path, limits)
    return hot_spots_of(sheet, Job(sheet.file, known_from(catalogue), origin_kind, limits), locate)


def are_hot_spots(sheet: Sheet) -> bool:
    """Tell whether a sheet's rows are hot spots: named places with a first day of their own."""
    names = set(map(plain_name, sheet.header))
    ranks = ranks_of(COLUMNS["hot_spots"])
    known = {ranks[name][0] for name in names if name in ranks}
    placed = sheet.shapes is not None or {"lat", "lon"} <= known
    # What has a day is something that was done.
    days = ranks_of({"date": COLUMNS["activities"]["date"]})
    done = names & days.keys()
    return placed and not done and set(NEEDED) <= known


def hot_spots_of(sheet: Sheet, job: Job, locate: Locate) -> Intake[HotSpot]:
    """Return drafts of hot spots from a sheet; as `read_hot_spots`, whose errors it raises."""
    columns, problems = _understood(sheet)
    problems += sheet.remarks
    cells = CellReader(sheet, columns)
    writing, told_of = writing_of_columns(sheet, columns, job.options)
    problems += told_of
    job = replace(job, writing=writing)
    found: list[HotSpot] = []
    for index in range(len(sheet.rows)):
        told = RowNotes(sheet.shown_file, sheet.numbers[index], cells.headers)
        told.problems += sheet.told.get(index, ())
        cells.tell_unread(index, told)
        row = _row(sheet, cells, index, told, locate)
        made = hot_spot_from(row, told, job)
        if made is not None:
            found.append(made)
        problems += told.problems
    return Intake(sheet.file, tuple(found), tuple(problems), len(sheet.rows))


def _understood(sheet: Sheet) -> tuple[tuple[str, ...], list[RowProblem]]:
    """Return each column's field, and notices of those that are left aside."""
    own = plain_name(OWN_ID) in map(plain_name, sheet.header)
    ranks = ranks_of({**COLUMNS["hot_spots"], **(OWN_COLUMNS["hot_spots"] if own else {})})
    columns = tuple(ranks.get(plain_name(header), ("", 0))[0] for header in sheet.header)
    for index, name in enumerate(columns):
        if name and (first := columns.index(name)) != index:
            raise IntakeError(
                "intake.column_twice",
                file=sheet.file,
                first=shown(sheet.header[first]),
                second=shown(sheet.header[index]),
            )
    needed = NEEDED if sheet.shapes is not None else (*NEEDED, "lat", "lon")
    # A collection without features has no properties either.
    if missing := [name for name in needed if sheet.rows and name not in columns]:
        raise IntakeError("intake.column_missing", file=sheet.file, missing=", ".join(missing))
    told = RowNotes(sheet.shown_file, sheet.header_row)
    for header, name in zip(sheet.header, columns, strict=True):
        if header and not name and not (own and plain_name(header) in OWN_NAMES):
            told.notice(header, "intake.column_unused", header)
    return columns, told.problems


def _row(sheet: Sheet, cells: CellReader, index: int, told: RowNotes, locate: Locate) -> Row:
    raw = cells.raw(index)
    values = tidy(raw)
    if sheet.shapes is None:
        place = fields.point(values, told)
        if place is None and not told.refused:
            told.error("lat", "intake.missing_value")
    else:
        place = _point_of(sheet, index, told)
    own_id = values.get(OWN_ID, "")
    # Of an own file the area is as it says.
    location = None if own_id or place is None else locate(place.x, place.y)
    return Row(sheet.numbers[index], values, raw, place, location, own_id)


def _point_of(sheet: Sheet, index: int, told: RowNotes) -> Point | None:
    """Return a feature's point, refused if it is none or lies outside Sweden."""
    shape = sheet.shapes[index] if sheet.shapes is not None else None
    if isinstance(shape, Point) and not shape.is_empty:
        return fields.checked_point(shape.x, shape.y, "geometry", told)
    if not told.refused:
        told.error("geometry", "intake.not_a_point")
    return None
