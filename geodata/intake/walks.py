"""Safety walks from a CSV file, with their routes from GPX files beside it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from shapely import LineString, MultiLineString, Point

from geodata.errors import IntakeError
from geodata.intake import fields
from geodata.intake.columns import WALK_COLUMNS, WALK_STATUSES
from geodata.intake.drafts import DEFAULT_LIMITS, Intake, Limits, RowNotes, RowProblem
from geodata.intake.fields import Locate
from geodata.intake.gpx import Track, read_gpx
from geodata.intake.reading import Reading, reading, when_key
from geodata.intake.table import Row, read_table
from geodata.model import Catalogue, SourceKind, Walk, WalkStatus

Route = LineString | MultiLineString


def read_walks(
    path: Path,
    *,
    catalogue: Catalogue,
    locate: Locate,
    origin_kind: SourceKind,
    limits: Limits = DEFAULT_LIMITS,
) -> Intake[Walk]:
    """Read drafts of walks.

    Parameters
    ----------
    path : pathlib.Path
        CSV with the columns of `geodata.intake.columns.WALK_COLUMNS`. ``route`` names a GPX file
        in the same folder or below it.
    catalogue : Catalogue
        Which areas, commitments and parties there are.
    locate : callable
        From longitude and latitude to the area there; asked for the route's first point.
    origin_kind : SourceKind
        How the records came to be.
    limits : Limits
        What is too much, for each file.

    Returns
    -------
    Intake of Walk
        One draft for every row without an error; `named` holds them by their names. A walk's
        id comes from its name, time and area, so that it stays the same once it is held.

    Raises
    ------
    IntakeError
        If the table as a whole can't be read; never for a row or a route.
    """
    table = read_table(path, WALK_COLUMNS, ("name", "status", "date"), limits)
    job = reading(table.file, catalogue, locate, origin_kind, limits)
    problems = list(table.problems)
    named: dict[str, Walk] = {}
    rows_by_name: dict[str, int] = {}
    for row in table.rows:
        told = table.notes(row)
        name = _name(row, told, job, rows_by_name)
        route, route_problems = _route(row, told, path.parent, limits)
        walk = _walk(row, name, route, told, job)
        if walk is not None:
            named[name] = walk
        problems.extend([*told.problems, *route_problems])
    return Intake(table.file, tuple(named.values()), tuple(problems), len(table.rows), named)


def _name(row: Row, told: RowNotes, job: Reading, rows_by_name: dict[str, int]) -> str:
    """Return a walk's name, refused if an earlier row has it."""
    name = job.text(row.cells, "name", told)
    if name and (earlier := rows_by_name.setdefault(name, row.number)) != row.number:
        told.error("name", "intake.name_twice", name, earlier=earlier)
    return name


def _route(
    row: Row, told: RowNotes, folder: Path, limits: Limits
) -> tuple[Route | None, tuple[RowProblem, ...]]:
    """Return a walk's route and what its file's reading told."""
    named = row.cells.get("route", "")
    if not named:
        return None, ()
    path = _beside(folder, named)
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
    return _together(found.records), found.problems


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


def _together(tracks: tuple[Track, ...]) -> Route | None:
    lines = [
        line
        for track in tracks
        for line in (track.line.geoms if isinstance(track.line, MultiLineString) else [track.line])
    ]
    if len(lines) > 1:
        return MultiLineString(lines)
    return lines[0] if lines else None


def _walk(row: Row, name: str, route: Route | None, told: RowNotes, job: Reading) -> Walk | None:
    cells = row.cells
    fields.required(cells, ("name", "status", "date"), told)
    when = fields.when(cells, "date", told)
    status = fields.choice(cells, "status", told, WALK_STATUSES, "intake.unknown_status")
    given = job.area(cells, told)
    minutes = fields.number(cells, "minutes", told, fields.MINUTES_HIGHEST)
    participants = fields.number(cells, "participants", told, fields.PARTICIPANTS_HIGHEST)
    commitments, parties = job.links(cells, told)
    meeting_point = job.text(cells, "meeting_point", told)
    note = job.text(cells, "note", told)
    origin = job.origin(cells, row.number, told)
    area = given if cells.get("area") and given is None else _area(given, route, told, job)
    if told.refused or when is None or status is None or area is None:
        return None
    return Walk(
        id=job.take_id(row.number, told, "walk", name, when_key(when), area),
        area_id=area,
        status=WalkStatus(status),
        start=when.start,
        precision=when.precision,
        day=when.day,
        minutes=minutes,
        meeting_point=meeting_point,
        route=route,
        participants=participants,
        parties=parties,
        commitments=commitments,
        note=note,
        origin=origin,
    )


def _area(given: str | None, route: Route | None, told: RowNotes, job: Reading) -> str | None:
    """Return a walk's area, refused where neither the row nor the route gives one."""
    start = None if route is None else Point(_first(route))
    area = given if start is None else fields.area(given, start, told, job.locate)
    if area is None:
        told.error("area", "intake.walk_without_area")
    return area


def _first(route: Route) -> tuple[float, ...]:
    line = route.geoms[0] if isinstance(route, MultiLineString) else route
    return tuple(line.coords[0])
