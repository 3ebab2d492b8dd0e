"""A loop as it is kept and given out: what a plan holds, its GPX, and its sheet to print."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Annotated, Any, Final

import shapely
from gpxpy.gpx import GPX, GPXRoute, GPXRoutePoint, GPXWaypoint
from pydantic import Field, PlainSerializer, PlainValidator
from shapely import LineString, MultiPolygon, Point, Polygon

from geodata.crs import to_metres
from geodata.intake.form_records import read_form
from geodata.intake.forms import FormValues, author, thinned
from geodata.intake.report import RowNotes
from geodata.model import Place, PlanKind
from geodata.planner.loop.ask import all_stops, nearest_stop
from geodata.planner.loop.choices import LoopChoices, asked_of
from geodata.planner.loop.solve import LoopAnswer, PlannedLoop
from geodata.planner.plans import PATROL, STORED, PlanFormat, text_of
from geodata.planning.travel import TravelSource
from geodata.publish.gpx import VERSION, in_xml
from geodata.publish.paper import Backdrop
from geodata.publish.static_map import AROUND_M, MapArea
from geodata.publish.walk_sheet import STOP_WITHIN_M, SheetDrawing, Stop, draw_sheet, near_places
from geodata.service.core import Service
from geodata.service.paper_maps import backdrop_of
from geodata.service.recording import Outcome, Refused, Saved, add, save
from geodata.service.streets import told_source
from geodata.texts import SWEDISH_TIME, Words

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
    """A stop of a kept loop."""

    # ``spots``, ``findings``, ``places`` or ``own``.
    kind: str
    # Empty for a place of the planner's own.
    name: str
    lon: float
    lat: float
    # In minutes after the walk begins.
    reached_min: float
    minutes: int
    # The way to it.
    metres: float
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptLoop:
    """A loop that is kept: by its plan's id and name, its stops in the order of the walk."""

    __pydantic_config__ = STORED

    id: str
    name: str
    day: date
    # In minutes after midnight.
    depart_min: int
    # Empty where the place has no name.
    start_name: str
    stops: tuple[KeptStop, ...]
    # WGS 84.
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


@dataclass(frozen=True, slots=True)
class LoopRow:
    """A stop as the sheet lists it."""

    number: int
    stop: KeptStop
    reached_min: float
    left_min: float


@dataclass(frozen=True, slots=True)
class LoopSheet:
    """A loop's sheet."""

    loop: KeptLoop
    drawing: SheetDrawing
    rows: tuple[LoopRow, ...]
    back_min: float


def lay_out_loop(
    loop: KeptLoop,
    outlines: Iterable[Polygon | MultiPolygon],
    places: Iterable[Place],
    own_name: str,
    backdrop: Backdrop | None = None,
) -> LoopSheet:
    """Lay out a loop's sheet."""
    rows = tuple(
        LoopRow(number, stop, at, at + stop.minutes)
        for number, stop in enumerate(loop.stops, start=1)
        for at in (loop.depart_min + stop.reached_min,)
    )
    way = to_metres(loop.line)
    points = [to_metres(Point(stop.lon, stop.lat)) for stop in loop.stops]
    shown = shapely.union_all([way, *points]).buffer(AROUND_M)
    frame, at_stops = shapely.box(*shown.bounds), shapely.MultiPoint(points).buffer(STOP_WITHIN_M)
    areas = [to_metres(outline) for outline in outlines]
    along = accumulate(stop.metres for stop in loop.stops)
    drawing = draw_sheet(
        [MapArea("", o, nominal=False, state=None) for o in areas if o.intersects(frame)],
        way,
        [
            Stop(number, stop.name or own_name, metres, point)
            for number, (stop, metres, point) in enumerate(
                zip(loop.stops, along, points, strict=True), start=1
            )
        ],
        # None where a stop is.
        [known for known in near_places(places, way) if not known[1].intersects(at_stops)],
        shown=shown,
        length_m=loop.metres,
        backdrop=backdrop,
    )
    return LoopSheet(loop, drawing, rows, loop.depart_min + loop.whole_min)


SYMBOL: Final = "Flag, Blue"
"""A name that Garmin's receivers and the programs that follow them know."""


def loop_gpx(loop: KeptLoop, words: Words, told_source: str, *, examples: bool = False) -> str:
    """Return a loop as GPX."""
    gpx = GPX()
    gpx.creator = "Löfteskartan"
    name = f"{words('example.title')}: {loop.name}" if examples else loop.name
    gpx.name = in_xml(name)
    planned = words("plan_loop.gpx_about", metres=words.number(loop.metres))
    gpx.description = in_xml(f"{planned} {told_source}")
    gpx.time = at_minute(loop, 0)
    gpx.waypoints = [_waypoint(loop, n, stop, words) for n, stop in enumerate(loop.stops, 1)]
    route = GPXRoute(name=gpx.name, description=gpx.description)
    route.points = [GPXRoutePoint(lat, lon) for lon, lat, *_ in loop.line.coords]
    gpx.routes = [route]
    return gpx.to_xml(version=VERSION)


def at_minute(loop: KeptLoop, minutes: float) -> datetime:
    """Return when it is so many minutes after the walk begins, in UTC."""
    midnight = datetime.combine(loop.day, time(), SWEDISH_TIME)
    start = midnight.replace(hour=loop.depart_min // 60, minute=loop.depart_min % 60)
    # Counted in UTC: a walk over the night when the clocks change is no hour longer.
    return start.astimezone(UTC) + timedelta(minutes=round(minutes))


def _waypoint(loop: KeptLoop, number: int, stop: KeptStop, words: Words) -> GPXWaypoint:
    name = stop.name or words("plan_loop.own_stop")
    stay = words("plan_loop.gpx_stay", count=stop.minutes)
    made = GPXWaypoint(stop.lat, stop.lon, time=at_minute(loop, stop.reached_min))
    made.name = in_xml(f"{number}. {name}")
    made.description = in_xml("\n".join([stay, *stop.about]))
    made.symbol = SYMBOL
    made.type = stop.kind
    return made


def loop_file(service: Service, plan_id: str, words: Words) -> str:
    """Return a kept loop as GPX; raises as `PlanFormat.of` does."""
    loop = LOOPS.of(service, plan_id)
    source = told_source(loop.source, words)
    return loop_gpx(loop, words, source, examples=service.has_examples())


def printed_loop(
    service: Service, plan_id: str, words: Words, layers: Sequence[str] = ()
) -> LoopSheet:
    """Return a kept loop's printed sheet over reference layers; raises as `PlanFormat.of` does."""
    outlines = [area.outline for area in service.catalogue.areas]
    return lay_out_loop(
        LOOPS.of(service, plan_id),
        outlines,
        service.catalogue.places,
        words("plan_loop.own_stop"),
        backdrop_of(service, layers),
    )
