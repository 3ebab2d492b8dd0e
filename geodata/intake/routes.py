"""Routes of walks from GPX files that lie beside their table."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from shapely import LineString, MultiLineString

from geodata.errors import IntakeError
from geodata.intake.formats.gpx import Track, read_gpx
from geodata.intake.positions import Places
from geodata.intake.reading import Job
from geodata.intake.report import Limits, RowNotes, RowProblem
from geodata.intake.sheets import Sheet
from geodata.intake.understanding import Understood

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
