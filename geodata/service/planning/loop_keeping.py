"""Loops that are kept: as a planned patrol or a planned walk, and once they have been walked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import uuid4

import shapely
from shapely import LineString

from geodata.crs import to_degrees, to_metres
from geodata.errors import RegisterError
from geodata.intake.form_records import read_activity
from geodata.intake.forms import POINTS_AT_MOST, FormValues, author
from geodata.intake.report import RowNotes
from geodata.model import Activity, Plan, PlanKind
from geodata.publish.kept_loop import KeptLoop, KeptStop, loop_of, outcome_of, whole_minutes
from geodata.publish.loop_gpx import loop_gpx
from geodata.publish.loop_sheet import LoopRow, LoopSheet, lay_out_loop
from geodata.service.core import Service
from geodata.service.planning.loop_answer import LoopAnswer, PlannedLoop
from geodata.service.planning.loop_choices import LoopChoices, asked_of
from geodata.service.planning.loop_stops import all_stops, nearest_stop
from geodata.service.planning.plans import keep_plan, kept_plan
from geodata.service.recording import Conflict, Outcome, Refused, Saved, save
from geodata.service.streets import told_source
from geodata.texts import Words

__all__ = [
    "KeptLoop",
    "KeptStop",
    "LoopRow",
    "LoopSheet",
    "area_of_way",
    "keep_as_patrol",
    "keep_as_walk",
    "kept_loop",
    "kept_loops",
    "loop_file",
    "made_loop",
    "printed_loop",
    "record_done",
    "whole_minutes",
]

PATROL: Final = "foot_patrol"
"""The kind of activity that a walked loop is recorded as."""


# --- keeping -------------------------------------------------------------------------------------


def made_loop(
    service: Service, choices: LoopChoices, loop: PlannedLoop, answer: LoopAnswer, day: date
) -> KeptLoop:
    """Return a planned loop as it would be kept; it has no name yet.

    Parameters
    ----------
    service : Service
        Knows what the start is called.
    choices : LoopChoices
        What was asked for.
    loop : PlannedLoop
        One of the answer's.
    answer : LoopAnswer
        What came out.
    day : datetime.date
        The day that is told about, for choices without a day of their own.
    """
    on_day = choices.day or day
    line = LineString(loop.line)
    start = nearest_stop(all_stops(service, on_day), *loop.line[0])
    return KeptLoop(
        id="",
        name="",
        day=on_day,
        depart_min=choices.depart_min,
        start_name=start.name if start and start.kind != "findings" else "",
        stops=tuple(
            KeptStop(
                visit.stop.kind,
                visit.stop.name,
                visit.stop.lon,
                visit.stop.lat,
                visit.reached_min,
                visit.stop.minutes,
                visit.leg.metres,
                visit.stop.about,
            )
            for visit in loop.visits
        ),
        line=_thinned(line),
        metres=loop.metres,
        total_min=loop.total_min,
        source=answer.source,
    )


def keep_as_patrol(
    service: Service, choices: LoopChoices, loop: KeptLoop, values: FormValues
) -> Saved | Refused | Conflict:
    """Keep a loop as a planned patrol.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    choices : LoopChoices
        What was asked for: enough to make it anew.
    loop : KeptLoop
        As `made_loop` gives it.
    values : mapping
        ``name``, ``by``, and ``id`` of the new plan, so that a form sent twice is saved once.
    """
    return keep_plan(
        service,
        PlanKind.LOOP,
        _text(values, "name"),
        loop.day,
        loop.day,
        {name: told for name, told in asked_of(replace(choices, pick=None)).items() if told},
        outcome_of(loop),
        _text(values, "by"),
        plan_id=_text(values, "id") or None,
    )


def keep_as_walk(service: Service, loop: KeptLoop, values: FormValues) -> Outcome:
    """Keep a loop as a planned safety walk.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    loop : KeptLoop
        As `made_loop` gives it.
    values : mapping
        As `geodata.service.recording.save` takes a walk's; status and route are the loop's, and
        so is what is not given: day, time, minutes, and the area that most of the way lies in.
    """
    hours, minutes = divmod(loop.depart_min, 60)
    own = {
        "area": area_of_way(service, loop.line) or "",
        "date": loop.day.isoformat(),
        "time": f"{hours:02}:{minutes:02}",
        "minutes": str(loop.whole_min),
        "meeting_point": loop.start_name,
    }
    given = {name: told for name, told in values.items() if told}
    route = json.dumps(shapely.geometry.mapping(loop.line))
    return save(service, "walk", {**own, **given, "status": "planned", "route": route})


def area_of_way(service: Service, line: LineString) -> str | None:
    """Return the area that most of a way lies in, None where it lies in none."""
    way = to_metres(line)
    within = {
        area.id: float(to_metres(area.outline).intersection(way).length)
        for area in service.catalogue.areas
    }
    most = max(within, key=lambda id_: within[id_], default=None)
    return most if most is not None and within[most] > 0 else None


# --- what is kept --------------------------------------------------------------------------------


def kept_loops(service: Service) -> tuple[Plan, ...]:
    """Return the kept loops, the newest first, without those that were withdrawn."""
    return service.plans(PlanKind.LOOP)


def kept_loop(service: Service, plan_id: str) -> KeptLoop:
    """Return a kept loop.

    Raises
    ------
    UnknownIdError
        If there is no such plan, or it is of another kind.
    PlanningError
        ``plan_loop.not_readable`` if it can't be read.
    """
    return loop_of(kept_plan(service, plan_id, PlanKind.LOOP))


def loop_file(service: Service, plan_id: str, words: Words) -> str:
    """Return a kept loop as GPX; raises as `kept_loop` does."""
    loop = kept_loop(service, plan_id)
    source = told_source(loop.source, words)
    return loop_gpx(loop, words, source, examples=service.has_examples())


def printed_loop(service: Service, plan_id: str, words: Words) -> LoopSheet:
    """Return a kept loop's printed sheet; raises as `kept_loop` does."""
    outlines = [area.outline for area in service.catalogue.areas]
    return lay_out_loop(
        kept_loop(service, plan_id),
        outlines,
        service.catalogue.places,
        words("plan_loop.own_stop"),
    )


# --- once it has been walked ---------------------------------------------------------------------


def record_done(service: Service, loop: KeptLoop, values: FormValues) -> Saved | Refused:
    """Record that a patrol has walked a loop: an activity with the loop's way as its place.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    loop : KeptLoop
        The loop that was walked.
    values : mapping
        As the form of an activity has them: ``id``, ``by``, ``date``, ``time``, ``minutes``,
        ``area``, ``commitments``, ``parties``, ``note``. The minutes are those that it took:
        what was planned is never taken for them.

    Returns
    -------
    Saved or Refused
        Checked as every activity's form is; a form that is sent twice is saved once.

    Raises
    ------
    RegisterError
        If the register can't be written to.
    """
    by, problems = author(values)
    draft = read_activity(
        {**values, "kind": PATROL, "lat": "", "lon": "", "place": ""},
        catalogue=service.catalogue,
        locate=service.locate,
        today=service.today(),
    )
    notes = RowNotes("", None)
    if not _text(values, "minutes").strip():
        notes.error("minutes", "form.needed")
    errors = (*draft.errors, *notes.problems, *problems)
    if draft.record is None or errors:
        return Refused(errors)
    return _added(service, replace(draft.record, place=loop.line), by)


def _added(service: Service, done: Activity, by: str) -> Saved:
    try:
        service.register.add(activities=[done], by=by)
    except RegisterError as error:
        if error.key != "register.duplicate_id":
            raise
        # Sent twice it is there already; another one with its id is an activity of its own.
        if service.activity(done.id) != done:
            return _added(service, replace(done, id=str(uuid4())), by)
    return Saved("activity", done, service.newest_number("activity", done.id))


def _text(values: FormValues, name: str) -> str:
    given: str | Sequence[str] = values.get(name, "")
    return given if isinstance(given, str) else ""


def _thinned(line: LineString) -> LineString:
    """Return a way with no more points than a form carries."""
    found, tolerance_m = line, 0.5
    while shapely.count_coordinates(found) > POINTS_AT_MOST:
        found = to_degrees(shapely.simplify(to_metres(line), tolerance_m))
        tolerance_m *= 2
    return found
