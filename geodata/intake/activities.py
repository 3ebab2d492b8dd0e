"""Activities from rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import shapely
from pydantic import TypeAdapter, ValidationError

from geodata.intake import fields
from geodata.intake.reading import Job, Row, place_key, uuid_in, when_key
from geodata.intake.report import RowNotes, shown
from geodata.intake.tracks import Stay
from geodata.model import Activity, SourceKind

_TIMES: Final = TypeAdapter(tuple[tuple[int, int], ...])


def activity_from(row: Row, told: RowNotes, job: Job) -> Activity | None:
    """Return the activity that a row tells of, None where it was refused."""
    cells = row.cells
    when = job.when(row, told)
    job.require_past(when, told)
    kind = job.chosen(cells, "kind", job.known.kinds, told, "intake.unknown_kind")
    given = job.area(cells, told)
    minutes = fields.minutes(cells, "minutes", told)
    participants = fields.number(cells, "participants", told, fields.PARTICIPANTS_HIGHEST)
    commitments, parties = job.links(cells, told)
    note = job.text(row, "note", told)
    origin = job.origin(row, told)
    verified_by = job.party(cells, "verified_by", told)
    walk_id = uuid_in(cells, "walk_id", told)
    # Only of the project's own files is it known that an id is used once and kept.
    own_id = job.text(row, "id", told) if origin.kind is SourceKind.PUBLISHED else ""
    if told.refused or when is None or kind is None:
        return None
    said: tuple[str | int | None, ...] = (
        (kind, when_key(when), given, place_key(row.place), minutes, participants, note)
        if not own_id
        else ("id", own_id)
    )
    id_ = job.take_id(row, told, "activity", *said)
    if told.refused:
        return None
    return Activity(
        id=id_,
        kind=kind,
        area_id=job.area_of(row, given, told),
        place=row.place,
        start=when.start,
        precision=when.precision,
        day=when.day,
        minutes=minutes,
        commitments=commitments,
        parties=parties,
        participants=participants,
        note=note,
        origin=origin,
        verified_by=verified_by,
        walk_id=walk_id,
        times_s=_seconds_after(when.start, row.stays) or _written_times(row, told),
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
