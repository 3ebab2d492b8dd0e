"""Tracks, routes and waypoints from GPX files (Topografix GPX 1.0 and 1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from xml.parsers import expat

import gpxpy
from gpxpy.gpx import GPX, GPXException
from shapely import LineString, MultiLineString, Point

from geodata.errors import IntakeError
from geodata.intake.drafts import DEFAULT_LIMITS, Intake, Limits, RowNotes, RowProblem
from geodata.intake.fields import MINUTES_HIGHEST, folded, text
from geodata.intake.files import file_name, limits_of_tree, read_text
from geodata.intake.places import Shape
from geodata.intake.plan import What
from geodata.intake.sheets import Sheet, require_no_identity
from geodata.intake.tracks import Cleaned, Fix, Stay, cleaned

DEEPEST: Final = 40
"""Elements inside elements; a receiver's file, with extensions, has fewer than ten."""

MOST_NAMESPACES: Final = 100
"""gpxpy looks for namespaces in the raw text, in time that grows with their square."""

HEADERS: Final[Mapping[What, tuple[str, ...]]] = MappingProxyType(
    {
        "activities": ("date", "minutes", "note", "remark", "kind"),
        "walks": ("date", "minutes", "note", "remark", "name", "status"),
        "findings": ("day", "minutes", "text", "remark"),
    }
)
"""What a track, route or waypoint says, by what it becomes; ``remark`` is looked at, not kept."""

SORTS: Final[Mapping[What, tuple[str, ...]]] = MappingProxyType(
    {
        "activities": ("track", "route", "waypoint"),
        "walks": ("track", "route"),
        "findings": ("waypoint",),
    }
)
"""What may become which: a finding is a point, a walk is a line."""

NO_KINDS: Final[Mapping[str, str]] = MappingProxyType({})

NOT_SAID: Final = frozenset({"safety_walk"})
"""Kinds that a ``<type>`` never gives an activity: a walk is held only where somebody says so."""


@dataclass(frozen=True, slots=True)
class Track:
    """A line from a GPX file.

    Parameters
    ----------
    name : str
        Its name in the file; empty where it has none.
    line : shapely LineString or MultiLineString
        WGS 84, longitude first. Several segments give several parts: nobody is known to have
        walked between them.
    """

    name: str
    line: LineString | MultiLineString


@dataclass(frozen=True, slots=True)
class _Item:
    """A track, a route or a waypoint.

    Parameters
    ----------
    sort : {"track", "route", "waypoint"}
        Which.
    name, words, remark : str
        Its name, its description, and what else it says, which is looked at and not kept.
    type : str
        What sort of thing the file says that it is.
    parts : tuple of tuple of Fix
        A track's segments, a route's one line, a waypoint's one point.
    """

    sort: str
    name: str
    words: str
    remark: str
    type: str
    parts: tuple[tuple[Fix, ...], ...]


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
    items = [item for item in _items(path, name, limits) if item.sort != "waypoint"]
    tracks: list[Track] = []
    problems: list[RowProblem] = []
    for number, item in enumerate(items, start=1):
        told = RowNotes(name, number)
        title = text({"name": item.name}, "name", told, limits.text)
        found = cleaned(item.parts, drawn=item.sort == "route")
        _tell(found, title, told)
        if found.line is not None and not told.refused:
            tracks.append(Track(title, found.line))
        problems.extend(told.problems)
    return Intake(name, tuple(tracks), tuple(problems), len(items))


def gpx_sheet(path: Path, limits: Limits, what: What, kinds: Mapping[str, str] = NO_KINDS) -> Sheet:
    """Read a GPX file as rows: tracks first, then routes, then waypoints, numbered from 1.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    limits : Limits
        What is too much.
    what : {"activities", "walks", "findings"}
        What they are to become: findings are waypoints only, walks are lines only.
    kinds : mapping of str to str
        Names of kinds of activities as `folded`, with their ids: where a ``<type>`` is one of
        them, it is the activity's kind. What else stands there, such as "running", means nothing.

    Returns
    -------
    Sheet
        With each one's shape in WGS 84. A track's day is that of its first point, its minutes
        are those to its last. A track with times has been walked; as an activity it keeps when
        each of its points was reached and left.

    Raises
    ------
    IntakeError
        As for `read_gpx`.
    """
    name = file_name(path)
    items = [item for item in _items(path, name, limits) if item.sort in SORTS[what]]
    told: dict[int, tuple[RowProblem, ...]] = {}
    shapes: list[Shape | None] = []
    stays: list[tuple[Stay, ...]] = []
    for index, item in enumerate(items):
        notes = RowNotes(name, index + 1)
        shape, times = _shape(item, notes)
        shapes.append(shape)
        stays.append(_kept_stays(item, times, notes) if what == "activities" else ())
        told[index] = tuple(notes.problems)
    cells = [_cells(item, kinds) for item in items]
    # Without any kind there is no such column: then one is asked for, once for the whole file.
    header = [field for field in HEADERS[what] if field != "kind" or any(c[field] for c in cells)]
    return Sheet(
        name,
        tuple(header),
        None,
        range(1, len(items) + 1),
        [[values[field] for field in header] for values in cells],
        shapes=shapes,
        crs=None,
        stays=stays,
        told=told,
        titled=False,
    )


def _shape(item: _Item, told: RowNotes) -> tuple[Shape | None, tuple[Stay, ...]]:
    """Return an item's place, and when its points were reached and left."""
    if item.sort == "waypoint":
        [[fix]] = item.parts
        return Point(fix.lon, fix.lat), ()
    found = cleaned(item.parts, drawn=item.sort == "route")
    _tell(found, item.name, told)
    return found.line, found.stays


def _kept_stays(item: _Item, stays: tuple[Stay, ...], told: RowNotes) -> tuple[Stay, ...]:
    """Return a track's times, none and a notice where they can't be relied on."""
    if item.sort != "track" or (begun := _begun(item)) is None:
        return ()
    # A lone first time is what a file has that tells when a track began, and no more.
    timed = sum(fix.time is not None for part in item.parts for fix in part)
    if stays and stays[0][0] >= begun:
        return stays
    if timed > 1:
        told.notice("", "intake.track_times_left_out", item.name)
    return ()


def _begun(item: _Item) -> datetime | None:
    """Return an item's first time, to the minute: so exactly the register knows a start."""
    times = (fix.time for part in item.parts for fix in part if fix.time is not None)
    first = next(times, None)
    return None if first is None else first.replace(second=0, microsecond=0)


def _cells(item: _Item, kinds: Mapping[str, str]) -> dict[str, str]:
    """Return what an item says, by the fields of `HEADERS`."""
    times = [fix.time for part in item.parts for fix in part if fix.time is not None]
    begun = _begun(item)
    date = "" if begun is None else begun.isoformat()
    minutes = ""
    if times and item.sort == "track":
        length = (times[-1] - times[0]) / timedelta(minutes=1)
        if 0 <= length < MINUTES_HIGHEST:
            minutes = str(round(length))
    said = ". ".join(filter(None, (item.name, item.words)))
    kind = kinds.get(folded(item.type), "")
    return {
        "date": date,
        "day": date,
        "minutes": minutes,
        "note": said,
        "text": said,
        "remark": item.remark,
        "name": item.name,
        "status": "held" if item.sort == "track" and times else "",
        "kind": "" if kind in NOT_SAID else kind,
    }


def _tell(found: Cleaned, name: str, told: RowNotes) -> None:
    """Tell what was left out of a line; refuse it if nothing is left."""
    for key, count in (
        ("intake.points_dropped", found.junk),
        ("intake.spikes_dropped", found.spikes),
        ("intake.track_gaps", found.gaps),
        ("intake.points_alone", found.alone),
    ):
        if count:
            told.notice("", key, name, count=count)
    if found.line is None:
        told.error("", "intake.no_line", name)


def _items(path: Path, name: str, limits: Limits) -> list[_Item]:
    gpx = _parse(read_text(path, limits_of_tree(limits)), name)
    require_no_identity(name, [_plain(gpx.name), _plain(gpx.description), _plain(gpx.keywords)])
    items = list(_each(gpx))
    if sum(len(part) for item in items for part in item.parts) > limits.rows:
        raise IntakeError("intake.too_many_points", file=name, limit=limits.rows)
    return items


def _each(gpx: GPX) -> Iterator[_Item]:
    for track in gpx.tracks:
        yield _item("track", track, tuple(_fixes(part.points) for part in track.segments))
    for route in gpx.routes:
        yield _item("route", route, (_fixes(route.points),))
    for point in gpx.waypoints:
        yield _item("waypoint", point, (_fixes([point]),))


def _item(sort: str, found: Any, parts: tuple[tuple[Fix, ...], ...]) -> _Item:
    remark = " ".join(filter(None, (_plain(found.comment), _plain(found.source))))
    words = _plain(found.description)
    return _Item(sort, _plain(found.name), words, remark, _plain(found.type), parts)


def _plain(words: str | None) -> str:
    return " ".join((words or "").split())


def _fixes(points: Iterable[Any]) -> tuple[Fix, ...]:
    return tuple(Fix(p.longitude or 0.0, p.latitude or 0.0, _time(p.time)) for p in points)


def _time(found: datetime | None) -> datetime | None:
    """Return a time with zone: GPX times are in UTC."""
    if found is None:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _parse(content: str, name: str) -> GPX:
    _check_structure(content, name)
    try:
        return gpxpy.parse(content)
    except (GPXException, ValueError) as error:
        raise IntakeError("intake.broken_gpx", file=name) from error


def _check_structure(content: str, name: str) -> None:
    """Refuse what must not reach the parser that builds a tree."""
    depth = 0

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        if depth == 0 and tag.rpartition(":")[2] != "gpx":
            raise IntakeError("intake.not_gpx", file=name)
        depth += 1
        if depth > DEEPEST:
            raise IntakeError("intake.too_deep", file=name)

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise IntakeError("intake.document_type", file=name)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(content, True)  # noqa: FBT003 - takes no keywords
    except expat.ExpatError as error:
        raise IntakeError("intake.not_gpx", file=name) from error
    if content.count("xmlns") > MOST_NAMESPACES:
        raise IntakeError("intake.too_deep", file=name)
