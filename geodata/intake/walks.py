"""Safety walks from rows."""

from __future__ import annotations

from shapely import LineString, MultiLineString

from geodata.intake import fields
from geodata.intake.columns import WALK_STATUSES
from geodata.intake.reading import Job, Row, as_uuid, when_key
from geodata.intake.report import RowNotes
from geodata.model import Walk, WalkStatus


def walk_from(row: Row, told: RowNotes, job: Job) -> Walk | None:
    """Return the walk that a row tells of, None where it was refused."""
    cells = row.cells
    fields.required(cells, job.required, told)
    name = _name(row, told, job)
    when = job.when(row, told)
    status = fields.choice(cells, "status", told, WALK_STATUSES, "intake.unknown_status")
    if status == "held":
        job.require_past(when, told)
    given = job.area(cells, told)
    minutes = fields.minutes(cells, "minutes", told)
    participants = fields.number(cells, "participants", told, fields.PARTICIPANTS_HIGHEST)
    commitments, parties = job.links(cells, told)
    meeting_point = job.text(row, "meeting_point", told)
    invited = job.text(row, "invited", told)
    followed_up = job.day(cells, "followed_up", told)
    repeats = _repeats(row, told, job)
    note = job.text(row, "note", told)
    verified_by = job.party(cells, "verified_by", told)
    origin = job.origin(row, told)
    area = given if cells.get("area") and given is None else _area(row, given, told, job)
    if told.refused or when is None or area is None:
        return None
    id_ = job.take_id(row, told, "walk", name or meeting_point, when_key(when), area)
    if told.refused:
        return None
    if name:
        job.walk_ids[name] = id_
    if verified_by is not None:
        job.verified[id_] = verified_by
    return Walk(
        id=id_,
        area_id=area,
        status=WalkStatus(status or "planned"),
        start=when.start,
        precision=when.precision,
        day=when.day,
        minutes=minutes,
        meeting_point=meeting_point,
        route=row.place if isinstance(row.place, LineString | MultiLineString) else None,
        participants=participants,
        parties=parties,
        commitments=commitments,
        note=note,
        origin=origin,
        invited=invited,
        followed_up=followed_up,
        repeats=repeats,
    )


def _name(row: Row, told: RowNotes, job: Job) -> str:
    """Return a walk's name, refused if an earlier row has it."""
    name = job.text(row, "name", told)
    if name and (earlier := job.names.setdefault(name, row.number)) != row.number:
        told.error("name", "intake.name_twice", name, earlier=earlier)
    return name


def _repeats(row: Row, told: RowNotes, job: Job) -> str | None:
    """Return the id of the earlier walk that a row names, by its id or as an earlier row does."""
    found = job.text(row, "repeats", told)
    if not found:
        return None
    id_ = as_uuid(found) or job.walk_id(found)
    if id_ is None:
        told.error("repeats", "intake.unknown_walk", found)
    return id_


def _area(row: Row, given: str | None, told: RowNotes, job: Job) -> str | None:
    """Return a walk's area, refused where nothing gives one."""
    area = job.area_of(row, given, told)
    if area is None:
        told.error("area", "intake.walk_without_area")
    return area
