"""A loop as it is kept and given out: what a plan's JSON holds, as values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any, Final
from uuid import uuid4

import shapely
from shapely import LineString

from geodata.crs import to_degrees, to_metres
from geodata.errors import PlanningError, RegisterError
from geodata.intake.form_records import read_activity
from geodata.intake.forms import POINTS_AT_MOST, FormValues, author
from geodata.intake.report import RowNotes
from geodata.model import Activity, Plan, PlanKind
from geodata.planner.loop.ask import all_stops, nearest_stop
from geodata.planner.loop.choices import LoopChoices, asked_of
from geodata.planner.loop.solve import LoopAnswer, PlannedLoop
from geodata.planner.plans import keep_plan, kept_plan
from geodata.planning.travel import TravelSource
from geodata.service.core import Service
from geodata.service.recording import Conflict, Outcome, Refused, Saved, save

VERSION: Final = 1
"""Of the JSON; another one is not read."""

_ROUNDED: Final = 6
"""Decimals of a degree: a decimetre."""


@dataclass(frozen=True, slots=True)
class KeptStop:
    """A stop of a kept loop.

    Parameters
    ----------
    kind : str
        ``spots``, ``findings``, ``places`` or ``own``.
    name : str
        What it is called; empty for a place of the planner's own.
    lon, lat : float
        WGS 84, degrees.
    reached_min : float
        When it is reached, in minutes after the walk begins.
    minutes : int
        How long the stop is.
    metres : float
        The way to it.
    about : tuple of str
        What is known of it.
    """

    kind: str
    name: str
    lon: float
    lat: float
    reached_min: float
    minutes: int
    metres: float
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptLoop:
    """A loop that is kept.

    Parameters
    ----------
    id, name : str
        The plan's.
    day : datetime.date
        The day of the walk.
    depart_min : int
        When it begins, in minutes after midnight.
    start_name : str
        What the place is called where it begins; empty where it has no name.
    stops : tuple of KeptStop
        In the order of the walk.
    line : shapely LineString
        The way, WGS 84.
    metres : float
        Its length.
    total_min : float
        How long it takes in all.
    source : TravelSource
        What lengths were found by.
    void : bool
        Whether the plan has been withdrawn.
    """

    id: str
    name: str
    day: date
    depart_min: int
    start_name: str
    stops: tuple[KeptStop, ...]
    line: LineString
    metres: float
    total_min: float
    source: TravelSource
    void: bool = False

    @property
    def stay_min(self) -> int:
        """Minutes at the stops."""
        return sum(stop.minutes for stop in self.stops)

    @property
    def whole_min(self) -> int:
        """How long it takes, as it is promised: see `whole_minutes`."""
        return whole_minutes(self.total_min)

    @property
    def comes_back(self) -> bool:
        """Whether it ends where it begins."""
        return self.line.coords[0] == self.line.coords[-1]


def whole_minutes(minutes: float) -> int:
    """Return minutes as they are promised: a begun one is counted."""
    return math.ceil(minutes - 1e-6)


def outcome_of(loop: KeptLoop) -> dict[str, object]:
    """Return a loop as a plan's outcome: JSON values, without what the plan itself holds."""
    day = loop.source.data_date
    return {
        "version": VERSION,
        "depart_min": loop.depart_min,
        "start_name": loop.start_name,
        "stops": [{**asdict(stop), "about": list(stop.about)} for stop in loop.stops],
        "route": {
            "type": "LineString",
            "coordinates": [
                [round(lon, _ROUNDED), round(lat, _ROUNDED)] for lon, lat, *_ in loop.line.coords
            ],
        },
        "metres": loop.metres,
        "total_min": loop.total_min,
        "source": {**asdict(loop.source), "data_date": day.isoformat() if day else None},
    }


def loop_of(plan: Plan) -> KeptLoop:
    """Return the loop that a plan holds.

    Parameters
    ----------
    plan : Plan
        Of the kind ``loop``.

    Returns
    -------
    KeptLoop
        As it was kept.

    Raises
    ------
    PlanningError
        ``plan_loop.not_readable`` if it holds no loop that this program reads.
    """
    try:
        return _read_loop(plan, plan.outcome)
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise PlanningError("plan_loop.not_readable", name=plan.name) from error


def _read_loop(plan: Plan, told: Mapping[str, Any]) -> KeptLoop:
    line = shapely.geometry.shape(told["route"])
    numbers = [told["metres"], told["total_min"], *(stop["lon"] for stop in told["stops"])]
    fits = not line.is_empty and all(map(math.isfinite, numbers))
    if told["version"] != VERSION or not isinstance(line, LineString) or not fits:
        raise ValueError(VERSION)
    return KeptLoop(
        id=plan.id,
        name=plan.name,
        day=plan.first_day,
        depart_min=int(told["depart_min"]),
        start_name=str(told["start_name"]),
        stops=tuple(_stop(stop) for stop in told["stops"]),
        line=line,
        metres=float(told["metres"]),
        total_min=float(told["total_min"]),
        source=_source(told["source"]),
        void=plan.void,
    )


def _stop(told: Mapping[str, Any]) -> KeptStop:
    known = {field.name: told[field.name] for field in fields(KeptStop)}
    return KeptStop(**{**known, "about": tuple(map(str, told["about"]))})


def _source(told: Mapping[str, Any]) -> TravelSource:
    known = {field.name: told[field.name] for field in fields(TravelSource)}
    day = told["data_date"]
    return TravelSource(**{**known, "data_date": date.fromisoformat(day) if day else None})


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
