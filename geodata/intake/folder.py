"""The files of a folder, as the example and what the parties have published are laid out.

Strict where an import asks: their columns are known, and nobody chooses anything on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from geodata.errors import IntakeError
from geodata.intake.fields import Locate
from geodata.intake.formats.geojson import read_geojson
from geodata.intake.formats.gpx import gpx_sheets
from geodata.intake.formats.table import read_table
from geodata.intake.hot_spots import read_hot_spots
from geodata.intake.reading import NO_WALKS, Job, known_from
from geodata.intake.report import (
    DEFAULT_LIMITS,
    FolderIntake,
    Intake,
    Limits,
    LocateMany,
    ReadOptions,
    RowNotes,
    RowProblem,
    What,
    shown,
)
from geodata.intake.rows import read_rows
from geodata.intake.sheets import Sheet
from geodata.intake.understanding import Understood, understand
from geodata.model import Activity, Catalogue, Finding, HotSpot, Location, SourceKind, Walk
from geodata.records.columns import COLUMNS

R = TypeVar("R", Activity, Walk, Finding, HotSpot)
W = TypeVar("W", Activity, Walk, Finding)


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
    sheet: Sheet, understood: Understood, job: Job, locate: Locate, sort: type[W]
) -> Intake[W]:
    read = read_rows(sheet, understood, job, one_by_one(locate))
    records = tuple(record for record in read.records if isinstance(record, sort))
    named: dict[str, W] = {}
    for name, walk in read.named.items():
        if isinstance(walk, sort):
            named[name] = walk  # noqa: PERF403 - a comprehension loses its type
    return Intake(sheet.file, records, tuple(read.problems), read.rows_read, named)


ACTIVITY_FILES: Final = ("activities*.csv", "events*.csv", "activities*.gpx")
WALK_FILES: Final = ("walks*.csv",)
FINDING_FILES: Final = ("findings*.geojson",)
HOT_SPOT_FILES: Final = ("hot_spots*.csv", "hot_spots*.geojson")


def read_folder(
    folder: Path,
    *,
    catalogue: Catalogue,
    locate: Locate,
    origin_kind: SourceKind,
    limits: Limits = DEFAULT_LIMITS,
) -> FolderIntake:
    """Read every file of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        With ``activities*.csv``, ``events*.csv`` and ``activities*.gpx`` (activities),
        ``walks*.csv`` and the ``*.gpx`` that they name, ``findings*.geojson``, which may name the
        walks, and ``hot_spots*.csv`` or ``.geojson``. Others are left alone.
    catalogue : Catalogue
        Which kinds, areas, commitments and parties there are.
    locate : callable
        From longitude and latitude to the area there.
    origin_kind : SourceKind
        How the records came to be.
    limits : Limits
        What is too much, for each file.

    Returns
    -------
    FolderIntake
        All drafts and problems. A file that can't be read is one problem; a record that an
        earlier file holds as well is left out with a notice.

    Raises
    ------
    IntakeError
        If there is no such folder, or none of these files in it.
    """
    files = _files(folder)

    def reading(read: Callable[..., Intake[R]], **more: object) -> Callable[[Path], Intake[R]]:
        known = {"catalogue": catalogue, "locate": locate, "origin_kind": origin_kind}
        return partial(read, **known, limits=limits, **more)

    together = _Together()
    tables, tracks = reading(read_activities), reading(read_tracks)
    activities = together.take(
        lambda path: (tracks if path.suffix.casefold() == ".gpx" else tables)(path),
        _matching(files, ACTIVITY_FILES),
    )
    walks = together.take(reading(read_walks), _matching(files, WALK_FILES))
    by_name = {**together.named, **{walk.id: walk for walk in walks}}
    findings = together.take(reading(read_findings, walks=by_name), _matching(files, FINDING_FILES))
    hot_spots = together.take(reading(read_hot_spots), _matching(files, HOT_SPOT_FILES))
    return FolderIntake(
        activities, walks, findings, tuple(together.problems), together.rows_read, hot_spots
    )


def _files(folder: Path) -> list[Path]:
    """Return a folder's files that are read, in the order of their names."""
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise IntakeError("intake.no_folder", folder=shown(folder.name)) from error
    wanted = (*ACTIVITY_FILES, *WALK_FILES, *FINDING_FILES, *HOT_SPOT_FILES)
    if not _matching(files, wanted):
        raise IntakeError(
            "intake.nothing_in_folder", folder=shown(folder.name), wanted=", ".join(wanted)
        )
    return files


def _matching(files: Iterable[Path], patterns: Iterable[str]) -> list[Path]:
    patterns = tuple(patterns)
    return [path for path in files if any(fnmatch(path.name.casefold(), p) for p in patterns)]


class _Together:
    """Gathers what several files give."""

    def __init__(self) -> None:
        self.problems: list[RowProblem] = []
        self.rows_read = 0
        self.named: dict[str, Walk] = {}

    def take(self, read: Callable[[Path], Intake[R]], files: Iterable[Path]) -> tuple[R, ...]:
        """Return the records of files of one sort, each once."""
        records: dict[str, R] = {}
        for path in files:
            try:
                found = read(path)
            except IntakeError as error:
                self._tell_file(path, error)
                continue
            self.rows_read += found.rows_read
            self.problems.extend(found.problems)
            self._add(records, found)
        return tuple(records.values())

    def _add(self, records: dict[str, R], found: Intake[R]) -> None:
        for record in found.records:
            earlier = records.setdefault(record.id, record)
            if earlier is not record:
                told = RowNotes(found.file, record.origin.row)
                told.notice("", "intake.in_other_file", other=earlier.origin.file or "")
                self.problems.extend(told.problems)
        for name, record in found.named.items():
            if isinstance(record, Walk):
                self.named.setdefault(name, record)

    def _tell_file(self, path: Path, error: IntakeError) -> None:
        told = RowNotes(shown(path.name), None)
        told.error("", error.key, "", **error.values)
        self.problems.extend(told.problems)
