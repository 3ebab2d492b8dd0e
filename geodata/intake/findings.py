"""Findings from rows or features."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from shapely import Point

from geodata.intake import fields
from geodata.intake.columns import FINDING_STATUSES, YES_OR_NO
from geodata.intake.reading import Job, Row, as_uuid, place_key, uuid_in
from geodata.intake.report import RowNotes
from geodata.model import Finding, FindingStatus, Walk

_SETTLED: Final = (FindingStatus.DONE, FindingStatus.DISMISSED)


def finding_from(row: Row, told: RowNotes, job: Job) -> Finding | None:
    """Return the finding that a row or a feature tells of, None where it was refused."""
    cells, known = row.cells, job.known
    fields.required(cells, ("text",), told)
    category = job.chosen(cells, "category", known.categories, told, "intake.unknown_category")
    walk_id, walk = _walk(row, told, job)
    text = job.text(row, "text", told)
    owner = fields.choice(cells, "owner", told, known.parties, "intake.unknown_party")
    named = fields.choice(cells, "status", told, FINDING_STATUSES, "intake.unknown_status")
    status = FindingStatus(named or "open")
    # What is not understood is refused: taken for "no" it could be told to everybody.
    internal = fields.choice(cells, "internal", told, YES_OR_NO, "intake.unknown_yes_or_no")
    given = job.area(cells, told) or (walk.area_id if walk and row.place is None else None)
    days = _days(row, status, walk, told, job)
    origin = job.origin(row, told)
    if told.refused or category is None or days is None:
        return None
    said = ("finding", walk_id, category, place_key(row.place), text, days.found.isoformat())
    id_ = job.take_id(row, told, *said)
    if told.refused:
        return None
    return Finding(
        id=id_,
        walk_id=walk_id,
        area_id=job.area_of(row, given, told),
        place=row.place if isinstance(row.place, Point) else None,
        category=category,
        text=text,
        owner=owner,
        due=days.due,
        status=status,
        day=days.found,
        status_day=days.status,
        origin=origin,
        internal=internal == "yes",
    )


@dataclass(frozen=True, slots=True)
class _Days:
    found: date
    status: date
    due: date | None


def _days(
    row: Row, status: FindingStatus, walk: Walk | None, told: RowNotes, job: Job
) -> _Days | None:
    """Return when it was found, came to its status, and is due, if that order is possible."""
    cells = row.cells
    found = job.day(cells, "day", told)
    if found is None and not cells.get("day"):
        found = walk.day if walk else job.options.day
    if found is None and not cells.get("day"):
        job.needs.add("day")
        told.error("day", "intake.missing_value")
    if status in _SETTLED and not cells.get("status_day"):
        told.error("status_day", "intake.settled_without_day")
    status_day = job.day(cells, "status_day", told)
    due = job.day(cells, "due", told)
    if found is None:
        return None
    for field, later in (("status_day", status_day), ("due", due)):
        if later is not None and later < found:
            told.error(field, "intake.before_found", cells[field], found=found.isoformat())
    for field, done in (("day", found), ("status_day", status_day)):
        if done is not None and done > job.today:
            told.error(field, "intake.future", done.isoformat())
    return _Days(found, status_day or found, due)


def _walk(row: Row, told: RowNotes, job: Job) -> tuple[str | None, Walk | None]:
    """Return the walk that a row names, by its id or its name, with what is known of it."""
    if row.own_id:
        id_ = uuid_in(row.cells, "walk_id", told)
        return id_, job.walks.get(id_ or "")
    name = job.text(row, "walk", told)
    if not name:
        return None, None
    if (walk := job.walks.get(name)) is not None:
        return walk.id, walk
    if (id_ := as_uuid(name)) is None:
        told.error("walk", "intake.unknown_walk", name)
    return id_, None
