"""A whole folder of files, as the example is laid out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from geodata.errors import IntakeError
from geodata.intake.drafts import (
    DEFAULT_LIMITS,
    FolderIntake,
    Intake,
    Limits,
    RowNotes,
    RowProblem,
    shown,
)
from geodata.intake.fields import Locate
from geodata.intake.hot_spots import read_hot_spots
from geodata.intake.own_files import read_activities, read_findings, read_tracks, read_walks
from geodata.model import Activity, Catalogue, Finding, HotSpot, SourceKind, Walk

R = TypeVar("R", Activity, Walk, Finding, HotSpot)

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
