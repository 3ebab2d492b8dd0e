"""Drafts of records from rows: the columns that go together; the others are read by the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import shapely
from pydantic import TypeAdapter, ValidationError
from shapely import LineString, MultiLineString, Point

from geodata import model
from geodata.intake import fields
from geodata.intake.reading import Job, Row, as_uuid, place_key, uuid_in, when_key
from geodata.intake.report import RowNotes, shown
from geodata.intake.tracks import Stay
from geodata.records.tables import NEEDED, OWN_ID, Sort

_TIMES: Final = TypeAdapter(tuple[tuple[int, int], ...])
_SETTLED: Final = (model.FindingStatus.DONE, model.FindingStatus.DISMISSED)


def activity_from(row: Row, told: RowNotes, job: Job) -> model.Activity | None:
    """Return the activity that a row tells of, None where it was refused."""
    when = job.when(row, told)
    job.require_past(when, told)
    kind = job.chosen("activities", "kind", row, told)
    given = job.value("activities", "area", row, told)
    plain = job.plain("activities", row, told)
    origin = job.origin(row, told)
    walk_id = uuid_in(row.cells, "walk_id", told)
    # Only of the project's own files is it known that an id is used once and kept.
    own_id = job.text(row, "id", told) if origin.kind is model.SourceKind.PUBLISHED else ""
    if told.refused or when is None or kind is None:
        return None
    said: tuple[str | int | None, ...] = (
        *(kind, when_key(when), given, place_key(row.place)),
        *(plain["minutes"], plain["participants"], plain["note"]),
    )
    id_ = job.take_id(row, told, "activity", *(("id", own_id) if own_id else said))
    return model.Activity(
        id=id_,
        kind=kind,
        area_id=job.area_of(row, given, told),
        place=row.place,
        **when.fields,
        origin=origin,
        walk_id=walk_id,
        times_s=_seconds_after(when.start, row.stays) or _written_times(row, told),
        **plain,
    )


def _seconds_after(start: datetime, stays: Iterable[Stay]) -> tuple[tuple[int, int], ...]:
    """Return a track's times in whole seconds after the activity's start."""
    second = timedelta(seconds=1)
    # Down, never to the nearest: so a pause of five minutes never becomes a longer one.
    return tuple(((reached - start) // second, (left - start) // second) for reached, left in stays)


def _written_times(row: Row, told: RowNotes) -> tuple[tuple[int, int], ...]:
    """Return a track's times as the program's own files hold them, told of where they are none."""
    given = row.cells.get("times_s", "")
    if not given:
        return ()
    try:
        found = _TIMES.validate_json(given)
    except ValidationError:
        found = ()
    if len(found) != shapely.get_num_coordinates(row.place):
        told.notice("times_s", "intake.track_times_left_out", shown(given))
        return ()
    return found


def walk_from(row: Row, told: RowNotes, job: Job) -> model.Walk | None:
    """Return the walk that a row tells of, None where it was refused."""
    fields.required(row.cells, job.required, told)
    name = job.text(row, "name", told)
    if name and (earlier := job.names.setdefault(name, row.number)) != row.number:
        told.error("name", "intake.name_twice", name, earlier=earlier)
    when = job.when(row, told)
    status = job.value("walks", "status", row, told)
    if status == model.WalkStatus.HELD:
        job.require_past(when, told)
    given = job.value("walks", "area", row, told)
    plain = job.plain("walks", row, told)
    repeats = _repeats(row, told, job)
    verified_by = job.value("walks", "verified_by", row, told)
    origin = job.origin(row, told)
    area = given
    if given is not None or not row.cells.get("area"):
        area = job.area_of(row, given, told)
        if area is None:
            told.error("area", "intake.walk_without_area")
    if told.refused or when is None or area is None:
        return None
    id_ = job.take_id(row, told, "walk", name or plain["meeting_point"], when_key(when), area)
    if told.refused:
        return None
    if name:
        job.walk_ids[name] = id_
    if verified_by is not None:
        job.verified[id_] = verified_by
    return model.Walk(
        id=id_,
        area_id=area,
        status=model.WalkStatus(status or "planned"),
        **when.fields,
        route=row.place if isinstance(row.place, LineString | MultiLineString) else None,
        origin=origin,
        repeats=repeats,
        **plain,
    )


def _repeats(row: Row, told: RowNotes, job: Job) -> str | None:
    """Return the id of the earlier walk that a row names, by its id or as an earlier row does."""
    found = job.text(row, "repeats", told)
    if not found:
        return None
    id_ = as_uuid(found) or job.walk_id(found)
    if id_ is None:
        told.error("repeats", "intake.unknown_walk", found)
    return id_


def finding_from(row: Row, told: RowNotes, job: Job) -> model.Finding | None:
    """Return the finding that a row or a feature tells of, None where it was refused."""
    fields.required(row.cells, ("text",), told)
    category = job.chosen("findings", "category", row, told)
    walk_id, walk = _walk(row, told, job)
    plain = job.plain("findings", row, told)
    status = model.FindingStatus(job.value("findings", "status", row, told) or "open")
    given = job.value("findings", "area", row, told)
    given = given or (walk.area_id if walk and row.place is None else None)
    days = _finding_days(row, status, walk, told, job)
    origin = job.origin(row, told)
    if told.refused or category is None or days is None:
        return None
    day = days["day"].isoformat()
    id_ = job.take_id(
        row, told, "finding", walk_id, category, place_key(row.place), plain["text"], day
    )
    return model.Finding(
        id=id_,
        walk_id=walk_id,
        area_id=job.area_of(row, given, told),
        place=row.place if isinstance(row.place, Point) else None,
        category=category,
        status=status,
        **days,
        origin=origin,
        **plain,
    )


def _finding_days(
    row: Row, status: model.FindingStatus, walk: model.Walk | None, told: RowNotes, job: Job
) -> dict[str, Any] | None:
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
    return {"day": found, "status_day": status_day or found, "due": due}


def _walk(row: Row, told: RowNotes, job: Job) -> tuple[str | None, model.Walk | None]:
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


def hot_spot_from(row: Row, told: RowNotes, job: Job) -> model.HotSpot | None:
    """Return the hot spot that a row tells of, None where it was refused."""
    fields.required(row.cells, NEEDED["hot_spots"], told)
    plain = job.plain("hot_spots", row, told)
    plain["name"] = " ".join(plain["name"].split())
    first, last = (job.day(row.cells, name, told) for name in ("valid_from", "valid_to"))
    _require_order({"valid_from": first, "valid_to": last}, row, told)
    given = job.value("hot_spots", "area", row, told)
    origin = job.origin(row, told)
    place = row.place
    if told.refused or first is None or not isinstance(place, Point):
        return None
    id_ = job.take_id(row, told, "hot_spot", plain["name"], place_key(place), first.isoformat())
    # Where its middle lies, whatever was chosen for rows that lie nowhere.
    area = given if row.own_id or not row.location else fields.area_at(None, row.location, told)
    return model.HotSpot(
        id=id_,
        place=place,
        valid_from=first,
        valid_to=last,
        area_id=area,
        origin=origin,
        # What no row gives is as of a new one.
        **{name: value for name, value in plain.items() if value is not None},
    )


def _require_order(days: Mapping[str, date | None], row: Row, told: RowNotes) -> None:
    """Refuse a day that stands before the one that it follows."""
    known = [(name, day) for name, day in days.items() if day is not None]
    for (_, first), (name, last) in pairwise(known):
        if last < first:
            earlier = {"first": first.isoformat()}
            told.error(name, "intake.ends_before_it_begins", row.cells[name], **earlier)


# --- what is decided and planned: of files that the program itself wrote -------------------------


def meeting_from(row: Row, told: RowNotes, job: Job) -> model.Meeting | None:
    """Return the meeting that a row tells of, None where it was refused."""
    found = _office("meetings", ("since", "day", "next_day"), row, told, job)
    for name, digest in found["documents"]:
        if digest not in job.documents:
            told.error("documents", "intake.minutes_missing", name)
    if told.refused:
        return None
    job.meetings.add(found["id"])
    return model.Meeting(**found)


def decision_from(row: Row, told: RowNotes, job: Job) -> model.Decision | None:
    """Return the decision that a row tells of, None where it was refused."""
    found = _office("decisions", ("day", "status_day"), row, told, job)
    meeting = uuid_in(row.cells, "meeting_id", told)
    if meeting is not None and meeting not in job.meetings:
        told.notice("meeting_id", "intake.unknown_meeting", meeting)
        meeting = None
    return None if told.refused else model.Decision(**found, meeting_id=meeting)


def plan_from(row: Row, told: RowNotes, job: Job) -> model.Plan | None:
    """Return the plan that a row tells of, None where it was refused."""
    found = _office("plans", ("first_day", "last_day"), row, told, job)
    return None if told.refused else model.Plan(**found)


def _office(sort: Sort, days: Sequence[str], row: Row, told: RowNotes, job: Job) -> dict[str, Any]:
    """Return what a row's columns hold by field, with its id and origin; told of days' order."""
    fields.required(row.cells, (OWN_ID, *NEEDED[sort]), told)
    found = {**job.plain(sort, row, told), "origin": job.origin(row, told)}
    _require_order({name: found[name] for name in days}, row, told)
    return {**found, "id": job.take_id(row, told)}
