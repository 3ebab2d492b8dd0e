"""Tracks, routes and waypoints from GPX files (Topografix GPX 1.0 and 1.1).

A file is read as a stream: only what a record can hold is kept. What can't be read of a point is
left out by itself and told of with its line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

import shapely
from shapely import LineString, MultiLineString, Point

from geodata.errors import IntakeError
from geodata.intake.fields import folded, text
from geodata.intake.formats import Format, text_of_start
from geodata.intake.incoming import file_name
from geodata.intake.positions import Shape
from geodata.intake.report import DEFAULT_LIMITS, Intake, Limits, RowNotes, RowProblem, What, shown
from geodata.intake.sheets import Sheet, Stay, features_of
from geodata.intake.tracks import Cleaned, Item, Route, cleaned, joined, read_items, times_of
from geodata.records import MINUTES_HIGHEST

HEADERS: Final[Mapping[What, tuple[str, ...]]] = {
    "activities": ("date", "minutes", "note", "remark", "kind"),
    "walks": ("date", "minutes", "note", "remark", "name", "status"),
    "findings": ("day", "minutes", "text", "remark"),
}
"""What a track, route or waypoint says, by what it becomes; ``remark`` is looked at, not kept."""


SORTS: Final[Mapping[What, tuple[str, ...]]] = {
    "activities": ("track", "route", "waypoint"),
    "walks": ("track", "route"),
    "findings": ("waypoint",),
}
"""What may become which: a finding is a point, a walk is a line."""

NO_KINDS: Final[Mapping[str, str]] = {}

NOT_SAID: Final = frozenset({"safety_walk"})
"""Kinds that a ``<type>`` never gives an activity: a walk is held only where somebody says so."""


@dataclass(frozen=True, slots=True)
class Track:
    """A line from a GPX file."""

    name: str
    line: LineString | MultiLineString


def read_gpx(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Intake[Track]:
    """Read a GPX file's tracks and routes.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    limits : Limits
        What is too much.

    Returns
    -------
    Intake of Track
        Tracks first, then routes, cleaned as `geodata.intake.tracks.cleaned` does; what was left
        out is told in notices. Heights are not needed and not kept.

    Raises
    ------
    IntakeError
        If the file can't be read as text, is no well-formed GPX, declares a document type (it
        could hold entities that fill the memory), or has too many points.
    """
    name = file_name(path)
    found, notices = read_items(path, name, limits, date.max)
    items = [item for item in found if item.sort != "waypoint"]
    tracks: list[Track] = []
    problems: list[RowProblem] = [*notices]
    for number, item in enumerate(items, start=1):
        told = RowNotes(name, number)
        title = text({"name": item.name}, "name", told, limits.text)
        clean = cleaned(item.parts, drawn=item.sort == "route")
        _tell(item, clean, title, told)
        if clean.line is not None and not told.refused:
            tracks.append(Track(title, clean.line))
        problems.extend(told.problems)
    return Intake(name, tuple(tracks), tuple(problems), len(items))


def gpx_sheets(
    path: Path,
    limits: Limits,
    what: What,
    kinds: Mapping[str, str] = NO_KINDS,
    today: date = date.max,
) -> list[Sheet]:
    """Read a GPX file as rows: tracks first, then routes, then waypoints, numbered from 1."""
    name = file_name(path)
    found, notices = read_items(path, name, limits, today)
    own = [item for item in found if item.own]
    others = [item for item in found if not item.own and item.sort in SORTS[what]]
    sheets = [_own_sheet(name, own)] if own else []
    if others or not own:
        sheets.append(_sheet(name, others, what, kinds, first=len(own) + 1))
    return [replace(sheets[0], remarks=notices), *sheets[1:]]


def _own_sheet(name: str, items: Sequence[Item]) -> Sheet:
    header = list(dict.fromkeys(column for item in items for column in item.own))
    rows = [[item.own.get(column, "") for column in header] for item in items]
    return features_of(name, header, rows, shapes=list(map(_as_written, items)), titled=False)


def _as_written(item: Item) -> Shape | None:
    """Return a record's place, without the points that say only when somebody went on."""
    if item.sort == "waypoint":
        return Point(item.parts[0][0].lon, item.parts[0][0].lat) if item.parts[0] else None
    stood = _stood(item)
    lines: list[list[tuple[float, float]]] = []
    for part in item.parts:
        fixes = iter(part)
        line: list[tuple[float, float]] = []
        for fix in fixes:
            line.append((fix.lon, fix.lat))
            if next(stood, False):
                next(fixes, None)
        if len(line) > 1:
            lines.append(line)
    return joined(lines)


def _stood(item: Item) -> Iterator[bool]:
    """Tell of each point of an own track whether it is there twice: reached, and left."""
    try:
        stood = [reached != left for reached, left in json.loads(item.own.get("times_s") or "[]")]
    except (ValueError, TypeError, RecursionError):
        stood = []
    # Somebody may have changed the track since, or it was written without times.
    fits = sum(map(len, item.parts)) == len(stood) + sum(stood)
    return iter(stood if fits else [])


def _sheet(
    name: str, items: Sequence[Item], what: What, kinds: Mapping[str, str], *, first: int
) -> Sheet:
    """Return what others wrote: what `HEADERS` names."""
    told: dict[int, tuple[RowProblem, ...]] = {}
    shapes: list[Shape | None] = []
    stays: list[tuple[Stay, ...]] = []
    cells: list[dict[str, str]] = []
    for index, item in enumerate(items):
        notes = RowNotes(name, index + first)
        shape, clean = _shape(item, notes)
        times = times_of(item.parts[0]) if clean is None else clean.times
        shapes.append(shape)
        cells.append(_cells(item, times, kinds, notes))
        kept = clean is not None and what == "activities"
        stays.append(_kept_stays(item, clean, notes) if clean is not None and kept else ())
        told[index] = tuple(notes.problems)
    # Without any kind there is no such column: then one is asked for, once for the whole file.
    header = [field for field in HEADERS[what] if field != "kind" or any(c[field] for c in cells)]
    rows = [[values[field] for field in header] for values in cells]
    more: dict[str, Any] = {"shapes": shapes, "stays": stays, "told": told, "titled": False}
    return features_of(name, header, rows, first, **more)


def _shape(item: Item, told: RowNotes) -> tuple[Shape | None, Cleaned | None]:
    if item.sort != "waypoint":
        clean = cleaned(item.parts, drawn=item.sort == "route")
        _tell(item, clean, item.name, told)
        return clean.line, clean
    if not item.parts[0]:
        lost = item.left_out.pop("intake.points_unread")
        told.error("geometry", "intake.not_degrees", lost.value)
    _tell_left_out(item, item.name, told)
    return next((Point(fix.lon, fix.lat) for fix in item.parts[0]), None), None


def _kept_stays(item: Item, clean: Cleaned, told: RowNotes) -> tuple[Stay, ...]:
    """Return a track's times, none and a notice where they can't be relied on."""
    if item.sort != "track" or not clean.times:
        return ()
    if clean.stays and clean.stays[0][0] >= _to_minute(clean.times[0]):
        return clean.stays
    # A lone first time is what a file has that tells when a track began, and no more.
    if len(clean.times) > 1:
        told.notice("", "intake.track_times_left_out", item.name)
    return ()


def _to_minute(time: datetime) -> datetime:
    """Return a time to the minute: so exactly the register knows a start."""
    return time.replace(second=0, microsecond=0)


def _cells(
    item: Item, times: Sequence[datetime], kinds: Mapping[str, str], told: RowNotes
) -> dict[str, str]:
    """Return what an item says, by the fields of `HEADERS`."""
    begun = _to_minute(times[0]).isoformat() if times else ""
    minutes = ""
    if times and item.sort == "track":
        length = (times[-1] - times[0]) / timedelta(minutes=1)
        if length >= MINUTES_HIGHEST:
            told.notice("minutes", "intake.track_too_long", item.name)
        elif length >= 0:
            minutes = str(round(length))
    kind = kinds.get(folded(item.said("type")), "")
    return {
        "date": begun,
        "day": begun,
        "minutes": minutes,
        "note": item.note,
        "text": item.note,
        "remark": item.said("src"),
        "name": item.name,
        "status": "held" if item.sort == "track" and times else "",
        "kind": "" if kind in NOT_SAID else kind,
    }


def _tell(item: Item, clean: Cleaned, name: str, told: RowNotes) -> None:
    """Tell what was left out of a line; refuse it if nothing is left."""
    _tell_left_out(item, name, told)
    for key, count in (
        ("intake.points_dropped", clean.junk),
        ("intake.spikes_dropped", clean.spikes),
        ("intake.track_gaps", clean.gaps),
        ("intake.points_alone", clean.alone),
    ):
        if count:
            told.notice("", key, name, count=count)
    if clean.line is None:
        told.error("", "intake.no_line", name)


def _tell_left_out(item: Item, name: str, told: RowNotes) -> None:
    for key, lost in item.left_out.items():
        told.notice("", key, name, count=lost.count, first=shown(lost.value), line=lost.line)


def take_routes(
    sheet: Sheet,
    column: int | None,
    shapes: list[Shape | None],
    folder: Path | None,
    limits: Limits,
) -> dict[int, list[RowProblem]]:
    """Put the ways of the files that rows name in their places, told of what is wrong or odd."""
    found: dict[int, list[RowProblem]] = {}
    if column is None:
        return found
    headers = {"route": sheet.header[column]}
    for index, values in enumerate(sheet.rows):
        if named := values[column].strip() if len(values) > column else "":
            told = RowNotes(sheet.shown_file, sheet.numbers[index], headers)
            route = _route(named, told, folder, limits)
            if shapes[index] is None:
                shapes[index] = route
            found[index] = told.problems
    return found


def _route(named: str, told: RowNotes, folder: Path | None, limits: Limits) -> Route | None:
    path = None if folder is None else _beside(folder, named)
    if path is None:
        told.error("route", "intake.route_path", named)
        return None
    try:
        tracks = read_gpx(path, limits=limits)
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


def _begins(start: bytes) -> bool:
    text = text_of_start(start)
    return text.startswith(b"<gpx") or (text.startswith(b"<?xml") and b"<gpx" in text)


FORMAT: Final = Format(
    lambda path, asked: gpx_sheets(path, asked.limits, asked.what, asked.kinds, asked.today),
    (".gpx",),
    _begins,
    place=3,
)
