"""Tracks and routes from GPX files (Topografix GPX 1.0 and 1.1)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.parsers import expat

import gpxpy
from gpxpy.gpx import GPX, GPXException
from shapely import LineString, MultiLineString

from geodata.crs import in_sweden
from geodata.errors import IntakeError
from geodata.intake.drafts import DEFAULT_LIMITS, Intake, Limits, RowNotes, RowProblem
from geodata.intake.fields import text
from geodata.intake.files import file_name, read_text

DEEPEST: Final = 40
"""Elements inside elements; a receiver's file, with extensions, has fewer than ten."""

MOST_NAMESPACES: Final = 100
"""gpxpy looks for namespaces in the raw text, in time that grows with their square."""

Position = tuple[float, float]


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


def read_gpx(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Intake[Track]:
    """Read a GPX file's tracks and routes.

    Parameters
    ----------
    path : pathlib.Path
        The file, in UTF-8.
    limits : Limits
        What is too much.

    Returns
    -------
    Intake of Track
        Tracks first, then routes. Points that are no position in Sweden are left out and
        counted in a notice; times and heights are not needed and not kept.

    Raises
    ------
    IntakeError
        If the file can't be read as text, is no well-formed GPX, declares a document type (it
        could hold entities that fill the memory), or has too many points.
    """
    name = file_name(path)
    gpx = _parse(read_text(path, limits), name)
    lines = _lines(gpx)
    if sum(len(part) for _, parts in lines for part in parts) > limits.rows:
        raise IntakeError("intake.too_many_points", file=name, limit=limits.rows)
    tracks: list[Track] = []
    problems: list[RowProblem] = []
    for number, (title, parts) in enumerate(lines, start=1):
        told = RowNotes(name, number)
        track = _track(title, parts, told, limits)
        if track is not None:
            tracks.append(track)
        problems.extend(told.problems)
    return Intake(name, tuple(tracks), tuple(problems), len(lines))


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


def _lines(gpx: GPX) -> list[tuple[str, list[list[Position]]]]:
    tracks = [
        (track.name or "", [_positions(segment.points) for segment in track.segments])
        for track in gpx.tracks
    ]
    return tracks + [(route.name or "", [_positions(route.points)]) for route in gpx.routes]


def _positions(points: Iterable[object]) -> list[Position]:
    return [
        (
            getattr(point, "longitude", None) or 0.0,
            getattr(point, "latitude", None) or 0.0,
        )
        for point in points
    ]


def _track(
    title: str, parts: Sequence[Sequence[Position]], told: RowNotes, limits: Limits
) -> Track | None:
    name = text({"name": " ".join(title.split())}, "name", told, limits.text)
    usable = [[p for p in part if _is_position(p)] for part in parts]
    dropped = sum(map(len, parts)) - sum(map(len, usable))
    if dropped:
        told.notice("", "intake.points_dropped", name, count=dropped)
    moving = [line for line in map(_without_repeats, usable) if len(line) > 1]
    if not moving:
        told.error("", "intake.no_line", name)
    if told.refused:
        return None
    return Track(name, LineString(moving[0]) if len(moving) == 1 else MultiLineString(moving))


def _is_position(position: Position) -> bool:
    lon, lat = position
    return math.isfinite(lon) and math.isfinite(lat) and in_sweden(lon, lat)


def _without_repeats(points: Sequence[Position]) -> list[Position]:
    return [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
