"""Rows of a sheet to drafts of records, with what was wrong or odd in each.

Columns that go together are read here, the others by the record's table. A row that is refused
gives no draft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import shapely
from pydantic import TypeAdapter, ValidationError
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from geodata import model
from geodata.intake import fields, reading, report
from geodata.intake.formats.gpx import take_routes
from geodata.intake.positions import find_places, located
from geodata.intake.sheets import CellReader, Sheet, Stay, holds_identity, tidy, unguarded
from geodata.intake.understanding import Understood, left_aside
from geodata.records import NEEDED, OWN_ID, Kept

_TIMES: Final = TypeAdapter(tuple[tuple[int, int], ...])
_SETTLED: Final = (model.FindingStatus.DONE, model.FindingStatus.DISMISSED)


def _activity(row: reading.Row) -> model.Activity | None:
    when = row.when()
    row.require_past(when)
    kind = row.chosen("kind")
    given = row.value("area")
    plain = row.plain()
    origin = row.origin()
    walk_id = row.uuid("walk_id")
    # Only of the project's own files is it known that an id is used once and kept.
    own_id = row.text("id") if origin.kind is model.SourceKind.PUBLISHED else ""
    if row.told.refused or when is None or kind is None:
        return None
    said: tuple[str | int | None, ...] = (
        *(kind, reading.when_key(when), given, reading.place_key(row.place)),
        *(plain["minutes"], plain["participants"], plain["note"]),
    )
    id_ = row.take_id("activity", *(("id", own_id) if own_id else said))
    return model.Activity(
        id=id_,
        kind=kind,
        area_id=row.area_of(given),
        place=row.place,
        **when.fields,
        origin=origin,
        walk_id=walk_id,
        times_s=seconds_after(when.start, row.stays) or _written_times(row),
        **plain,
    )


def seconds_after(start: datetime, stays: Iterable[Stay]) -> tuple[tuple[int, int], ...]:
    """Return when a track's points were reached and left, in whole seconds after its start."""
    second = timedelta(seconds=1)
    # Down, never to the nearest: so a pause of five minutes never becomes a longer one.
    return tuple(((reached - start) // second, (left - start) // second) for reached, left in stays)


def _written_times(row: reading.Row) -> tuple[tuple[int, int], ...]:
    """Return a track's times as the program's own files hold them, told of where they are none."""
    given = row.cells.get("times_s", "")
    if not given:
        return ()
    try:
        found = _TIMES.validate_json(given)
    except ValidationError:
        found = ()
    if len(found) != shapely.get_num_coordinates(row.place):
        row.told.notice("times_s", "intake.track_times_left_out", report.shown(given))
        return ()
    return found


def _walk(row: reading.Row) -> model.Walk | None:
    name = row.text("name")
    if name and (earlier := row.job.names.setdefault(name, row.number)) != row.number:
        row.told.error("name", "intake.name_twice", name, earlier=earlier)
    when = row.when()
    status = row.value("status")
    if status == model.WalkStatus.HELD:
        row.require_past(when)
    given = row.value("area")
    plain = row.plain()
    repeats = _repeats(row)
    verified_by = row.value("verified_by")
    origin = row.origin()
    area = given
    if given is not None or not row.cells.get("area"):
        area = row.area_of(given)
        if area is None:
            row.told.error("area", "intake.walk_without_area")
    if row.told.refused or when is None or area is None:
        return None
    id_ = row.take_id("walk", name or plain["meeting_point"], reading.when_key(when), area)
    if row.told.refused:
        return None
    if name:
        row.job.walk_ids[name] = id_
    if verified_by is not None:
        row.job.verified[id_] = verified_by
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


def _repeats(row: reading.Row) -> str | None:
    """Return the id of the earlier walk that a row names, by its id or as an earlier row does."""
    found = row.text("repeats")
    if not found:
        return None
    id_ = reading.as_uuid(found) or row.job.walk_id(found)
    if id_ is None:
        row.told.error("repeats", "intake.unknown_walk", found)
    return id_


def _finding(row: reading.Row) -> model.Finding | None:
    fields.required(row.cells, ("text",), row.told)
    category = row.chosen("category")
    walk_id, walk = _named_walk(row)
    plain = row.plain()
    status = model.FindingStatus(row.value("status") or "open")
    given = row.value("area")
    given = given or (walk.area_id if walk and row.place is None else None)
    days = _finding_days(row, status, walk)
    origin = row.origin()
    if row.told.refused or category is None or days is None:
        return None
    day = days["day"].isoformat()
    id_ = row.take_id(
        "finding", walk_id, category, reading.place_key(row.place), plain["text"], day
    )
    return model.Finding(
        id=id_,
        walk_id=walk_id,
        area_id=row.area_of(given),
        place=row.place if isinstance(row.place, Point) else None,
        category=category,
        status=status,
        **days,
        origin=origin,
        **plain,
    )


def _finding_days(
    row: reading.Row, status: model.FindingStatus, walk: model.Walk | None
) -> dict[str, Any] | None:
    """Return when it was found, came to its status, and is due, if that order is possible."""
    cells = row.cells
    found = row.day("day")
    if found is None and not cells.get("day"):
        found = walk.day if walk else row.job.options.day
    if found is None and not cells.get("day"):
        row.job.needs.add("day")
        row.told.error("day", "intake.missing_value")
    if status in _SETTLED and not cells.get("status_day"):
        row.told.error("status_day", "intake.settled_without_day")
    status_day = row.day("status_day")
    due = row.day("due")
    if found is None:
        return None
    for name, later in (("status_day", status_day), ("due", due)):
        if later is not None and later < found:
            row.told.error(name, "intake.before_found", cells[name], found=found.isoformat())
    for name, done in (("day", found), ("status_day", status_day)):
        if done is not None and done > row.job.today:
            row.told.error(name, "intake.future", done.isoformat())
    return {"day": found, "status_day": status_day or found, "due": due}


def _named_walk(row: reading.Row) -> tuple[str | None, model.Walk | None]:
    """Return the walk that a row names, by its id or its name, with what is known of it."""
    if row.own_id:
        id_ = row.uuid("walk_id")
        return id_, row.job.walks.get(id_ or "")
    name = row.text("walk")
    if not name:
        return None, None
    if (walk := row.job.walks.get(name)) is not None:
        return walk.id, walk
    if (id_ := reading.as_uuid(name)) is None:
        row.told.error("walk", "intake.unknown_walk", name)
    return id_, None


def _hot_spot(row: reading.Row) -> model.HotSpot | None:
    fields.required(row.cells, NEEDED["hot_spots"], row.told)
    plain = row.plain()
    plain["name"] = " ".join(plain["name"].split())
    first, last = (row.day(name) for name in ("valid_from", "valid_to"))
    _require_order({"valid_from": first, "valid_to": last}, row)
    given = row.value("area")
    origin = row.origin()
    place = row.place
    if row.told.refused or first is None or not isinstance(place, Point):
        return None
    id_ = row.take_id("hot_spot", plain["name"], reading.place_key(place), first.isoformat())
    # Where its middle lies, whatever was chosen for rows that lie nowhere.
    area = given if row.own_id or not row.location else fields.area_at(None, row.location, row.told)
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


def _require_order(days: Mapping[str, date | None], row: reading.Row) -> None:
    """Refuse a day that stands before the one that it follows."""
    known = [(name, day) for name, day in days.items() if day is not None]
    for (_, first), (name, last) in pairwise(known):
        if last < first:
            earlier = {"first": first.isoformat()}
            row.told.error(name, "intake.ends_before_it_begins", row.cells[name], **earlier)


# --- what is decided and planned: of files that the program itself wrote -------------------------


def _meeting(row: reading.Row) -> model.Meeting | None:
    found = _office(row, ("since", "day", "next_day"))
    for name, digest in found["documents"]:
        if digest not in row.job.documents:
            row.told.error("documents", "intake.minutes_missing", name)
    if row.told.refused:
        return None
    row.job.meetings.add(found["id"])
    return model.Meeting(**found)


def _decision(row: reading.Row) -> model.Decision | None:
    found = _office(row, ("day", "status_day"))
    meeting = row.uuid("meeting_id")
    if meeting is not None and meeting not in row.job.meetings:
        row.told.notice("meeting_id", "intake.unknown_meeting", meeting)
        meeting = None
    return None if row.told.refused else model.Decision(**found, meeting_id=meeting)


def _plan(row: reading.Row) -> model.Plan | None:
    found = _office(row, ("first_day", "last_day"))
    return None if row.told.refused else model.Plan(**found)


def _office(row: reading.Row, days: Sequence[str]) -> dict[str, Any]:
    """Return what a row's columns hold by field, with its id and origin; told of days' order."""
    fields.required(row.cells, (OWN_ID, *NEEDED[row.sort]), row.told)
    found = {**row.plain(), "origin": row.origin()}
    _require_order({name: found[name] for name in days}, row)
    return {**found, "id": row.take_id()}


# --- all rows of a sheet -------------------------------------------------------------------------

WATCHED_ROWS: Final = 1_000
"""Rows between two words to whoever watches: some hundredths of a second."""

_POINT: Final = frozenset({Point})
_LINE: Final = frozenset({LineString, MultiLineString})


@dataclass(frozen=True, slots=True)
class _Rules:
    """How a sort of record is read, what its place may be, and which columns must be there.

    Of each group of fields in `needed` one must be there; the option does instead.
    """

    build: Callable[[reading.Row], Kept | None]
    shapes: frozenset[type[BaseGeometry]]
    misplaced: str
    needed: tuple[tuple[frozenset[str], str, str], ...] = ()


_DAY: Final = (frozenset({"date"}), "day", "intake.no_day")
_RULES: Final[Mapping[report.What, _Rules]] = {
    "activities": _Rules(
        _activity,
        _POINT | _LINE,
        "intake.not_a_place",
        (_DAY, (frozenset({"kind"}), "kind", "intake.no_kind")),
    ),
    "walks": _Rules(_walk, _LINE, "intake.not_a_line", (_DAY,)),
    "findings": _Rules(
        _finding,
        _POINT,
        "intake.not_a_point",
        (
            (frozenset({"category"}), "category", "intake.no_category"),
            (frozenset({"text"}), "", "intake.no_text"),
            (frozenset({"day", "walk"}), "day", "intake.no_day"),
        ),
    ),
    "hot_spots": _Rules(_hot_spot, _POINT, "intake.not_a_point"),
    "meetings": _Rules(_meeting, frozenset(), "intake.not_a_place"),
    "decisions": _Rules(_decision, frozenset(), "intake.not_a_place"),
    "plans": _Rules(_plan, frozenset(), "intake.not_a_place"),
}


@dataclass(slots=True)
class RowsRead:
    """What a sheet's rows gave; fields are those of `geodata.intake.report.Reading`."""

    what: report.What
    records: list[Kept] = field(default_factory=list)
    problems: list[report.RowProblem] = field(default_factory=list)
    rows_read: int = 0
    named: dict[str, model.Walk] = field(default_factory=dict)
    grid: report.GridUse | None = None
    locations: list[model.Location] = field(default_factory=list)
    rest: list[tuple[str, ...]] = field(default_factory=list)
    reasons: list[tuple[report.RowProblem, ...]] = field(default_factory=list)


def read_rows(
    sheet: Sheet,
    understood: Understood,
    job: reading.Job,
    locate_many: report.LocateMany,
    watch: report.Watch = report.unwatched,
) -> RowsRead:
    """Read a sheet's rows."""
    read = RowsRead(understood.what, problems=[*sheet.remarks, *left_aside(sheet, understood)])
    places = find_places(sheet, understood, job.options)
    if (use := places.use) is not None and (use.assumed or use.grid == "sweref99"):
        job.needs.add("grid")
        if use.assumed:
            read.problems.append(report.remark(sheet.shown_file, None, "", "intake.rt90_assumed"))
    read.grid = use
    missing = _missing(sheet, understood, job)
    if missing and sheet.rows:
        # Every row is refused for the same reason, told once.
        job.needs.update({option for option, _ in missing} - {""})
        reasons = tuple(report.refusal(sheet.shown_file, None, "", key) for _, key in missing)
        read.rest = [_as_rest(sheet, values) for values in sheet.rows]
        read.rows_read, read.reasons = len(sheet.rows), [reasons] * len(sheet.rows)
        read.problems += reasons
        return read
    writing, told = reading.writing_of_columns(sheet, understood.fields, job.options)
    read.problems += told
    job = replace(job, writing=writing)
    routes = take_routes(
        sheet, understood.column_of("route"), places.shapes, job.folder, job.limits
    )
    locations = located(places.shapes, understood.what, locate_many)
    cells = CellReader(sheet, understood.fields)
    for index, number in enumerate(sheet.numbers):
        if index % WATCHED_ROWS == 0:
            watch(index / len(sheet.rows))
        raw = cells.raw(index)
        own_id = (tidied := tidy(raw)).get(OWN_ID, "")
        place, where = places.shapes[index], locations.get(index)
        if understood.what == "activities" and own_id and tidied.get("walk_id"):
            continue  # The walk says the same, and more.
        notes = report.RowNotes(sheet.shown_file, number, cells.headers)
        notes.problems += (*sheet.told.get(index, ()), *routes.get(index, ()))
        cells.tell_unread(index, notes)
        for problem in places.problems.get(index, ()):
            notes.error(*problem)
        row = reading.Row(job, read.what, notes, number, tidied, raw, place, where, own_id)
        row.stays = sheet.stays[index] if sheet.stays else ()
        _take(row, index, sheet, read)
    return read


def _take(row: reading.Row, index: int, sheet: Sheet, read: RowsRead) -> None:
    read.rows_read += 1
    told = row.told
    rules = _RULES[read.what]
    if not row.cells and row.place is None and not told.refused:
        told.error("", "intake.row_says_nothing")
    record = None
    if index not in sheet.told or not told.refused:
        if row.place is not None and type(row.place) not in rules.shapes:
            told.error("geometry", rules.misplaced)
        elif row.place is None and read.what == "hot_spots" and not told.refused:
            table = sheet.shapes is None
            told.error(*("lat", "intake.missing_value") if table else ("geometry", rules.misplaced))
        record = rules.build(row)
    read.problems += told.problems
    if record is None or told.refused:
        read.rest.append(_as_rest(sheet, sheet.rows[index]))
        read.reasons.append(tuple(one for one in told.problems if one.severity == "error"))
        return
    read.records.append(record)
    if row.location is not None:
        read.locations.append(row.location)
    if isinstance(record, model.Walk) and (name := row.cells.get("name")):
        read.named.setdefault(name, record)


def _as_rest(sheet: Sheet, values: Sequence[str]) -> tuple[str, ...]:
    """Return a refused row's cells: as they are meant, and without identity numbers."""
    meant = (unguarded(v) for v in values) if sheet.escaped else values
    return tuple("" if holds_identity(v) else v for v in meant)


def _missing(sheet: Sheet, understood: Understood, job: reading.Job) -> list[tuple[str, str]]:
    """Return options and sentences for what no column says, and nobody chose."""
    known = understood.known
    # Shapes alone tell where something was; a table of which nothing is understood tells nothing.
    nothing = sheet.shapes is None and not known
    return [("", "intake.no_column_known")] * nothing + [
        (option, key)
        for fields, option, key in _RULES[understood.what].needed
        if not fields & known and not (option and getattr(job.options, option))
    ]
