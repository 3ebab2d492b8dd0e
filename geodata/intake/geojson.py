"""Findings from a GeoJSON file (RFC 7946): points in WGS 84 with what was seen there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from shapely import Point

from geodata.errors import IntakeError
from geodata.intake import fields
from geodata.intake.columns import FINDING_PROPERTIES, FINDING_STATUSES, field_of
from geodata.intake.drafts import DEFAULT_LIMITS, Intake, Limits, RowNotes, RowProblem
from geodata.intake.fields import Cells, Locate
from geodata.intake.files import file_name, read_text
from geodata.intake.reading import Reading, place_key, reading
from geodata.model import Catalogue, Finding, FindingStatus, Origin, SourceKind, Walk

_SETTLED: Final = (FindingStatus.DONE, FindingStatus.DISMISSED)

_NO_WALKS: Final[Mapping[str, Walk]] = MappingProxyType({})


def read_findings(
    path: Path,
    *,
    catalogue: Catalogue,
    locate: Locate,
    origin_kind: SourceKind,
    walks: Mapping[str, Walk] = _NO_WALKS,
    limits: Limits = DEFAULT_LIMITS,
) -> Intake[Finding]:
    """Read drafts of findings.

    Parameters
    ----------
    path : pathlib.Path
        GeoJSON FeatureCollection whose features are points, or have no geometry, with the
        properties of `geodata.intake.columns.FINDING_PROPERTIES`.
    catalogue : Catalogue
        Which areas, categories and parties there are.
    locate : callable
        From longitude and latitude to the area there.
    origin_kind : SourceKind
        How the records came to be.
    walks : mapping of str to Walk
        By the name, or the id, that a feature's ``walk`` may use.
    limits : Limits
        What is too much.

    Returns
    -------
    Intake of Finding
        One draft for every feature without an error; `row` is the feature's number from 1. Day
        and area are the walk's where the feature gives none.

    Raises
    ------
    IntakeError
        If the file as a whole is no such collection; never for a feature.
    """
    name = file_name(path)
    features = _features(read_text(path, limits), name, limits)
    job = reading(name, catalogue, locate, origin_kind, limits)
    records: list[Finding] = []
    problems: list[RowProblem] = []
    for number, feature in enumerate(features, start=1):
        told = RowNotes(name, number)
        finding = _finding(feature, number, told, job, walks)
        if finding is not None:
            records.append(finding)
        problems.extend(told.problems)
    return Intake(name, tuple(records), tuple(problems), len(features))


def _features(content: str, name: str, limits: Limits) -> list[object]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise IntakeError("intake.not_geojson", file=name) from error
    features = found.get("features") if isinstance(found, dict) else None
    if not isinstance(features, list) or found.get("type") != "FeatureCollection":
        raise IntakeError("intake.not_geojson", file=name)
    if len(features) > limits.rows:
        raise IntakeError("intake.too_many_rows", file=name, limit=limits.rows)
    return features


def _cells(feature: object, told: RowNotes) -> Cells | None:
    """Return a feature's properties as cells."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        told.error("", "intake.not_a_feature")
        return None
    cells: dict[str, str] = {}
    for name, value in properties.items():
        field = field_of(name, FINDING_PROPERTIES)
        if field is None:
            told.notice(name, "intake.property_unused", name)
        elif isinstance(value, str):
            cells[field] = value.strip()
        elif value is not None:
            told.error(name, "intake.not_text")
    return cells


def _place(feature: object, told: RowNotes) -> Point | None:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if geometry is None:
        return None
    where = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(where, list) or geometry.get("type") != "Point" or len(where) < 2:
        told.error("geometry", "intake.not_a_point")
        return None
    lon, lat = (_degrees(value) for value in where[:2])
    return fields.checked_point(lon, lat, "geometry", told)


def _degrees(value: object) -> float:
    """Return a JSON number, not-a-number where it is none or too large for one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return float("nan")
    try:
        return float(value)
    except OverflowError:
        return float("nan")


@dataclass(frozen=True, slots=True)
class _Days:
    found: date
    status: date
    due: date | None


def _days(cells: Cells, status: FindingStatus, walk: Walk | None, told: RowNotes) -> _Days | None:
    """Return when it was found, came to its status, and is due, if that order is possible."""
    found = fields.day(cells, "day", told) or (walk.day if walk else None)
    if found is None and not cells.get("day"):
        told.error("day", "intake.missing_value")
    if status in _SETTLED and not cells.get("status_day"):
        told.error("status_day", "intake.settled_without_day")
    status_day = fields.day(cells, "status_day", told)
    due = fields.day(cells, "due", told)
    if found is None:
        return None
    for field, later in (("status_day", status_day), ("due", due)):
        if later is not None and later < found:
            told.error(field, "intake.before_found", cells[field], found=found.isoformat())
    return _Days(found, status_day or found, due)


def _walk(cells: Cells, told: RowNotes, walks: Mapping[str, Walk], job: Reading) -> Walk | None:
    name = job.text(cells, "walk", told)
    if name and name not in walks:
        told.error("walk", "intake.unknown_walk", name)
    return walks.get(name)


def _finding(
    feature: object, number: int, told: RowNotes, job: Reading, walks: Mapping[str, Walk]
) -> Finding | None:
    cells = _cells(feature, told)
    if cells is None:
        return None
    fields.required(cells, ("category", "text"), told)
    place = _place(feature, told)
    walk = _walk(cells, told, walks, job)
    known = job.known
    category = fields.choice(cells, "category", told, known.categories, "intake.unknown_category")
    text = job.text(cells, "text", told)
    owner = fields.choice(cells, "owner", told, known.parties, "intake.unknown_party")
    named = fields.choice(cells, "status", told, FINDING_STATUSES, "intake.unknown_status")
    status = FindingStatus(named or "open")
    given = job.area(cells, told) or (walk.area_id if walk and place is None else None)
    days = _days(cells, status, walk, told)
    if told.refused or category is None or days is None:
        return None
    said = ("finding", walk.id if walk else None, category, place_key(place), text)
    return Finding(
        id=job.take_id(number, told, *said, days.found.isoformat()),
        walk_id=walk.id if walk else None,
        area_id=fields.area(given, place, told, job.locate),
        place=place,
        category=category,
        text=text,
        owner=owner,
        due=days.due,
        status=status,
        day=days.found,
        status_day=days.status,
        origin=Origin(job.origin_kind, job.file, number),
    )
