"""The project's own files: the same readers, with columns that must be there.

What is shipped in ``data`` is checked more strictly than what people bring: a column that is
missing or there twice is a mistake in the file, not something to choose on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from geodata.errors import IntakeError
from geodata.intake.columns import COLUMNS
from geodata.intake.drafts import DEFAULT_LIMITS, Intake, Limits, shown
from geodata.intake.fields import Locate
from geodata.intake.geojson import read_geojson
from geodata.intake.gpx import gpx_sheets
from geodata.intake.plan import LocateMany, ReadOptions, What
from geodata.intake.reading import NO_WALKS, Job, known_from
from geodata.intake.rows import read_rows
from geodata.intake.sheets import Sheet
from geodata.intake.table import read_table
from geodata.intake.understanding import Understood, understand
from geodata.model import Activity, Catalogue, Finding, Location, SourceKind, Walk

R = TypeVar("R", Activity, Walk, Finding)


def read_activities(
    path: Path,
    *,
    catalogue: Catalogue,
    locate: Locate,
    origin_kind: SourceKind,
    limits: Limits = DEFAULT_LIMITS,
) -> Intake[Activity]:
    """Read drafts of activities."""
    sheet = read_table(path, limits)
    understood = _strictly(sheet, "activities", ("date", "kind"))
    job = Job(sheet.file, known_from(catalogue), origin_kind, limits)
    return _intake(sheet, understood, job, locate, Activity)


def read_tracks(
    path: Path,
    *,
    catalogue: Catalogue,
    locate: Locate,
    origin_kind: SourceKind,
    limits: Limits = DEFAULT_LIMITS,
) -> Intake[Activity]:
    """Read drafts of activities from tracks."""
    known = known_from(catalogue)
    *_, sheet = gpx_sheets(path, limits, "activities", known.kinds)
    understood = understand(sheet, ReadOptions(what="activities"))
    return _intake(sheet, understood, Job(sheet.file, known, origin_kind, limits), locate, Activity)


def read_walks(
    path: Path,
    *,
    catalogue: Catalogue,
    locate: Locate,
    origin_kind: SourceKind,
    limits: Limits = DEFAULT_LIMITS,
) -> Intake[Walk]:
    """Read drafts of walks."""
    sheet = read_table(path, limits)
    understood = _strictly(sheet, "walks", ("name", "status", "date"))
    job = Job(
        sheet.file,
        known_from(catalogue),
        origin_kind,
        limits,
        folder=path.parent,
        required=("name", "status"),
    )
    return _intake(sheet, understood, job, locate, Walk)


def read_findings(
    path: Path,
    *,
    catalogue: Catalogue,
    locate: Locate,
    origin_kind: SourceKind,
    walks: Mapping[str, Walk] = NO_WALKS,
    limits: Limits = DEFAULT_LIMITS,
) -> Intake[Finding]:
    """Read drafts of findings."""
    sheet = read_geojson(path, limits)
    understood = understand(sheet, ReadOptions(what="findings"))
    job = Job(sheet.file, known_from(catalogue), origin_kind, limits, walks=walks)
    return _intake(sheet, understood, job, locate, Finding)


def one_by_one(locate: Locate) -> LocateMany:
    """Return what locates many points by asking for each."""

    def many(lons: Sequence[float], lats: Sequence[float]) -> list[Location]:
        return [locate(lon, lat) for lon, lat in zip(lons, lats, strict=True)]

    return many


def _strictly(sheet: Sheet, what: What, needed: tuple[str, ...]) -> Understood:
    """Return how a sheet's columns are read, if all needed ones are there once."""
    understood = understand(sheet, ReadOptions(what=what))
    if not understood.known:
        raise IntakeError(
            "intake.no_known_column", file=sheet.file, expected=", ".join(COLUMNS[what])
        )
    for index, name in understood.doubles.items():
        first = understood.fields.index(name)
        raise IntakeError(
            "intake.column_twice",
            file=sheet.file,
            first=shown(sheet.header[first]),
            second=shown(sheet.header[index]),
        )
    if missing := [field for field in needed if field not in understood.known]:
        raise IntakeError("intake.column_missing", file=sheet.file, missing=", ".join(missing))
    return understood


def _intake(
    sheet: Sheet, understood: Understood, job: Job, locate: Locate, sort: type[R]
) -> Intake[R]:
    read = read_rows(sheet, understood, job, one_by_one(locate))
    records = tuple(record for record in read.records if isinstance(record, sort))
    named: dict[str, R] = {}
    for name, walk in read.named.items():
        if isinstance(walk, sort):
            named[name] = walk  # noqa: PERF403 - a comprehension loses its type
    return Intake(sheet.file, records, tuple(read.problems), read.rows_read, named)
