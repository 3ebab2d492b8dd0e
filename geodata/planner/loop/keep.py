"""A loop as it is kept and given out: what a plan's JSON holds, as values."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Final

import shapely
from pydantic import Field, PlainSerializer, PlainValidator
from shapely import LineString

from geodata.crs import to_metres
from geodata.intake.form_records import read_form
from geodata.intake.forms import FormValues, author, thinned
from geodata.intake.report import RowNotes
from geodata.model import PlanKind
from geodata.planner.loop.ask import all_stops, nearest_stop
from geodata.planner.loop.choices import LoopChoices, asked_of
from geodata.planner.loop.solve import LoopAnswer, PlannedLoop
from geodata.planner.plans import STORED, PlanFormat, text_of
from geodata.planning.travel import TravelSource
from geodata.service.core import Service
from geodata.service.recording import Outcome, Refused, Saved, add, save

_ROUNDED: Final = 6
"""Decimals of a degree: a decimetre."""


def _read_line(told: Any) -> LineString:
    line = shapely.geometry.shape(told)
    if line.is_empty or not isinstance(line, LineString):
        raise ValueError(line.geom_type)
    return line


def _written_line(line: LineString) -> dict[str, object]:
    points = [[round(lon, _ROUNDED), round(lat, _ROUNDED)] for lon, lat, *_ in line.coords]
    return {"type": "LineString", "coordinates": points}


Route = Annotated[
    LineString,
    PlainValidator(_read_line),
    PlainSerializer(_written_line),
    Field(alias="route"),
]
"""A way as GeoJSON has it."""


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

    __pydantic_config__ = STORED

    id: str
    name: str
    day: date
    depart_min: int
    start_name: str
    stops: tuple[KeptStop, ...]
    line: Route
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


LOOPS: Final = PlanFormat(
    PlanKind.LOOP,
    KeptLoop,
    of_plan={"id": "id", "name": "name", "day": "first_day", "void": "void"},
    unreadable="plan_loop.not_readable",
    version=1,
)
"""How a loop stands in a plan."""

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
            KeptStop(s.kind, s.name, s.lon, s.lat, v.reached_min, s.minutes, v.leg.metres, s.about)
            for v, s in ((visit, visit.stop) for visit in loop.visits)
        ),
        line=thinned(line, 0.5),
        metres=loop.metres,
        total_min=loop.total_min,
        source=answer.source,
    )


def keep_as_patrol(
    service: Service, choices: LoopChoices, loop: KeptLoop, values: FormValues
) -> Outcome:
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
    asked = asked_of(replace(choices, pick=None))
    return LOOPS.keep(service, loop, (loop.day, loop.day), asked, values)


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
    draft = read_form(
        "activity",
        {**values, "kind": PATROL, "lat": "", "lon": "", "place": ""},
        catalogue=service.catalogue,
        locate=service.locate,
        today=service.today(),
    )
    notes = RowNotes("", None)
    if not text_of(values, "minutes").strip():
        notes.error("minutes", "form.needed")
    errors = (*draft.errors, *notes.problems, *problems)
    if draft.record is None or errors:
        return Refused(errors)
    done = add(service, "activity", replace(draft.record, place=loop.line), by)
    return Saved("activity", done, service.newest_number("activity", done.id))
