"""Activities from a CSV file."""

from __future__ import annotations

from pathlib import Path

from geodata.intake import fields
from geodata.intake.columns import ACTIVITY_COLUMNS
from geodata.intake.drafts import DEFAULT_LIMITS, Intake, Limits, RowNotes
from geodata.intake.fields import Locate
from geodata.intake.reading import Reading, place_key, reading, when_key
from geodata.intake.table import Row, read_table
from geodata.model import Activity, Catalogue, SourceKind


def read_activities(
    path: Path,
    *,
    catalogue: Catalogue,
    locate: Locate,
    origin_kind: SourceKind,
    limits: Limits = DEFAULT_LIMITS,
) -> Intake[Activity]:
    """Read drafts of activities.

    Parameters
    ----------
    path : pathlib.Path
        CSV with the columns of `geodata.intake.columns.ACTIVITY_COLUMNS`; positions in WGS 84
        degrees, times as `geodata.intake.dates.parse_when` has them.
    catalogue : Catalogue
        Which kinds, areas, commitments and parties there are.
    locate : callable
        From longitude and latitude to the area there.
    origin_kind : SourceKind
        How the records came to be.
    limits : Limits
        What is too much.

    Returns
    -------
    Intake of Activity
        One draft for every row without an error.

    Raises
    ------
    IntakeError
        If the file as a whole can't be read; never for a row.
    """
    table = read_table(path, ACTIVITY_COLUMNS, ("date", "kind"), limits)
    job = reading(table.file, catalogue, locate, origin_kind, limits)
    records: list[Activity] = []
    problems = list(table.problems)
    for row in table.rows:
        told = table.notes(row)
        draft = _activity(row, told, job)
        if draft is not None:
            records.append(draft)
        problems.extend(told.problems)
    return Intake(table.file, tuple(records), tuple(problems), len(table.rows))


def _activity(row: Row, told: RowNotes, job: Reading) -> Activity | None:
    cells = row.cells
    fields.required(cells, ("date", "kind"), told)
    when = fields.when(cells, "date", told)
    kind = fields.choice(cells, "kind", told, job.known.kinds, "intake.unknown_kind")
    given = job.area(cells, told)
    place = fields.point(cells, told)
    minutes = fields.number(cells, "minutes", told, fields.MINUTES_HIGHEST)
    participants = fields.number(cells, "participants", told, fields.PARTICIPANTS_HIGHEST)
    commitments, parties = job.links(cells, told)
    note = job.text(cells, "note", told)
    origin = job.origin(cells, row.number, told)
    # Only of the project's own files is it known that an id is used once and kept.
    own_id = job.text(cells, "id", told) if origin.kind is SourceKind.PUBLISHED else ""
    if told.refused or when is None or kind is None:
        return None
    said: tuple[str | int | None, ...] = (
        (kind, when_key(when), given, place_key(place), minutes, participants, note)
        if not own_id
        else ("id", own_id)
    )
    return Activity(
        id=job.take_id(row.number, told, "activity", *said),
        kind=kind,
        area_id=fields.area(given, place, told, job.locate),
        place=place,
        start=when.start,
        precision=when.precision,
        day=when.day,
        minutes=minutes,
        commitments=commitments,
        parties=parties,
        participants=participants,
        note=note,
        origin=origin,
    )
