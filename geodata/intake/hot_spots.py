"""Hot spots from a table or GeoJSON: places, never people, and how much they are to be visited."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shapely import Point

from geodata.errors import IntakeError
from geodata.intake import fields
from geodata.intake.columns import ACTIVITY_COLUMNS, OWN_ID, OWN_NAMES, plain_name, ranks_of
from geodata.intake.fields import Cells, Locate
from geodata.intake.formats.geojson import read_geojson
from geodata.intake.formats.table import read_table
from geodata.intake.planning_forms import (
    LONGEST_NAME,
    LONGEST_REASON,
    LONGEST_SOURCE,
    MINUTES_A_VISIT_HIGHEST,
    RADIUS_M,
    VISITS_A_WEEK_HIGHEST,
    WEIGHT_HIGHEST,
)
from geodata.intake.reading import Job, Row, known_from, place_key, writing_of_columns
from geodata.intake.report import DEFAULT_LIMITS, Intake, Limits, RowNotes, RowProblem, shown
from geodata.intake.sheets import CellReader, Sheet, tidy
from geodata.model import HOT_SPOT_RADIUS_M, Catalogue, HotSpot, SourceKind

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "name": ("namn", "plats", "hot spot", "place"),
        "lat": ("latitude", "latitud"),
        "lon": ("lng", "longitude", "longitud"),
        "radius_m": ("radius", "radie", "radie m", "radie meter"),
        "weight": ("vikt",),
        "reason": ("skäl", "anledning", "orsak", "varför"),
        "source": ("källa", "underlag", "reason source"),
        "valid_from": ("gäller från", "gäller från och med", "från", "från och med", "from"),
        "valid_to": ("gäller till", "gäller till och med", "till", "till och med", "to"),
        "visits_a_week": (
            *("besök i veckan", "besök per vecka", "besök vecka", "visits per week"),
            "visits week",
        ),
        "minutes_a_visit": (
            *("minuter per besök", "minuter besök", "minuter varje besök", "minutes per visit"),
            "minutes visit",
        ),
    }
)
"""Columns or properties of a hot spot: our name, then what else is understood. The name, where it
is and from which day must be there."""

NEEDED: Final = ("name", "valid_from")

_OWN: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(
    (OWN_ID, "area", "source_kind", "source_file", "source_row", "source_reference"), ()
)
"""What a file that the program itself wrote has besides."""

_DECIMAL: Final = re.compile(r"[+-]?\d{1,18}(?:[.,]\d{1,24})?(?:e[+-]?\d{1,3})?", re.ASCII)


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
    ranks = ranks_of(COLUMNS)
    known = {ranks[name][0] for name in names if name in ranks}
    placed = sheet.shapes is not None or {"lat", "lon"} <= known
    # What has a day is something that was done.
    days = ranks_of({"date": ACTIVITY_COLUMNS["date"]})
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
        row = _row(sheet, cells, index, told)
        made = hot_spot_from(row, told, job, locate)
        if made is not None:
            found.append(made)
        problems += told.problems
    return Intake(sheet.file, tuple(found), tuple(problems), len(sheet.rows))


def _understood(sheet: Sheet) -> tuple[tuple[str, ...], list[RowProblem]]:
    """Return each column's field, and notices of those that are left aside."""
    own = plain_name(OWN_ID) in map(plain_name, sheet.header)
    ranks = ranks_of({**COLUMNS, **(_OWN if own else {})})
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


def _row(sheet: Sheet, cells: CellReader, index: int, told: RowNotes) -> Row:
    raw = cells.raw(index)
    values = tidy(raw)
    if sheet.shapes is None:
        place = fields.point(values, told)
        if place is None and not told.refused:
            told.error("lat", "intake.missing_value")
    else:
        place = _point_of(sheet, index, told)
    number = sheet.numbers[index]
    return Row(number, values, raw, place, None, values.get(OWN_ID, ""))


def _point_of(sheet: Sheet, index: int, told: RowNotes) -> Point | None:
    """Return a feature's point, refused if it is none or lies outside Sweden."""
    shape = sheet.shapes[index] if sheet.shapes is not None else None
    if isinstance(shape, Point) and not shape.is_empty:
        return fields.checked_point(shape.x, shape.y, "geometry", told)
    if not told.refused:
        told.error("geometry", "intake.not_a_point")
    return None


def hot_spot_from(row: Row, told: RowNotes, job: Job, locate: Locate) -> HotSpot | None:
    """Return the hot spot that a row tells of, None where it was refused."""
    cells = row.cells
    fields.required(cells, NEEDED, told)
    name = " ".join(fields.text(cells, "name", told, LONGEST_NAME).split())
    texts = row.raw if row.own_id else cells
    reason = fields.text(texts, "reason", told, LONGEST_REASON)
    source = fields.text(texts, "source", told, LONGEST_SOURCE)
    first, last = _days(cells, told, job)
    radius = _decimal(cells, "radius_m", told, *RADIUS_M)
    weight = _above(cells, "weight", told, WEIGHT_HIGHEST)
    visits = _above(cells, "visits_a_week", told, VISITS_A_WEEK_HIGHEST)
    minutes = fields.number(cells, "minutes_a_visit", told, MINUTES_A_VISIT_HIGHEST)
    if minutes == 0:
        told.error("minutes_a_visit", "intake.not_above_zero", cells["minutes_a_visit"])
    given = job.area(cells, told)
    origin = job.origin(row, told)
    place = row.place
    if told.refused or first is None or not isinstance(place, Point):
        return None
    id_ = job.take_id(row, told, "hot_spot", name, place_key(place), first.isoformat())
    if told.refused:
        return None
    return HotSpot(
        id=id_,
        name=name,
        place=place,
        valid_from=first,
        radius_m=HOT_SPOT_RADIUS_M if radius is None else radius,
        weight=1.0 if weight is None else weight,
        reason=reason,
        reason_source=source,
        valid_to=last,
        visits_a_week=visits,
        minutes_a_visit=minutes,
        area_id=given if row.own_id else fields.area_at(None, locate(place.x, place.y), told),
        origin=origin,
    )


def _days(cells: Cells, told: RowNotes, job: Job) -> tuple[date | None, date | None]:
    """Return the first and the last day, refused where they stand the other way round."""
    first = job.day(cells, "valid_from", told)
    last = job.day(cells, "valid_to", told)
    if first is not None and last is not None and last < first:
        told.error(
            "valid_to", "intake.ends_before_it_begins", cells["valid_to"], first=first.isoformat()
        )
    return first, last


def _above(cells: Cells, field: str, told: RowNotes, highest: float) -> float | None:
    """Return a number above 0, None where there is none or a wrong one."""
    value = _decimal(cells, field, told, 0.0, highest)
    if value == 0:
        told.error(field, "intake.not_above_zero", cells[field])
        return None
    return value


def _decimal(
    cells: Cells, field: str, told: RowNotes, lowest: float, highest: float
) -> float | None:
    """Return a number with a decimal comma or point, None where there is none or a wrong one."""
    found = cells.get(field, "")
    if not found:
        return None
    value = float(found.replace(",", ".")) if _DECIMAL.fullmatch(found) else math.nan
    if not math.isfinite(value):
        told.error(field, "intake.not_a_decimal", found)
        return None
    if not lowest <= value <= highest:
        told.error(field, "intake.number_between", found, lowest=lowest, highest=highest)
        return None
    return value
