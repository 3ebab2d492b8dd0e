"""A schedule as it is kept, followed and given out: a calendar (ICS), a table (CSV), a sheet.

The files say where to be and when, and nothing else. A visit's UID in the calendar comes of its
plan and of its key there, so that a calendar that is taken in again changes what it holds instead
of doubling it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final
from uuid import NAMESPACE_URL, uuid5

from pydantic import AfterValidator, AwareDatetime

from geodata.analysis.dose import Predictability, pattern, predictability
from geodata.analysis.visits import Matched, Wanted, match_visits
from geodata.analysis.visits import VisitStatus as VisitStatus
from geodata.errors import UnknownIdError
from geodata.model import Period, PlanKind
from geodata.planner.doses import board
from geodata.planner.plans import PATROL, STORED, PlanFormat, text_of
from geodata.planner.schedule.solve import ScheduleAnswer, ScheduleStop
from geodata.planning.schedule import Schedule
from geodata.planning.travel import TravelSource
from geodata.publish.calendar import Appointment
from geodata.publish.calendar import calendar as published
from geodata.publish.values import Value, csv_bytes
from geodata.service.core import Service
from geodata.service.recording import OUTSIDE, FormValues, Outcome, save
from geodata.texts import SWEDISH_TIME, Words, alphabetical

SwedishTime = Annotated[
    AwareDatetime, AfterValidator(lambda moment: moment.astimezone(SWEDISH_TIME))
]


@dataclass(frozen=True, slots=True)
class KeptVisit:
    """A planned visit."""

    # Its patrol, its shift's start and its number there: the same when the plan is made anew.
    key: str
    # What it is called, never who is in it.
    patrol: str
    spot_id: str
    # What the hot spot was called.
    name: str
    lon: float
    lat: float
    start: SwedishTime
    minutes: int
    # Minutes on foot from the visit before in the same shift; None for a shift's first.
    walk_minutes: int | None

    @property
    def end(self) -> datetime:
        """When it ends, in Swedish time."""
        ends = self.start.astimezone(UTC) + timedelta(minutes=self.minutes)
        return ends.astimezone(SWEDISH_TIME)

    @property
    def day(self) -> date:
        """The day that it begins on, in Swedish time."""
        return self.start.astimezone(SWEDISH_TIME).date()


@dataclass(frozen=True, slots=True)
class KeptTally:
    """How many visits a hot spot was to have, and how many it has in the schedule."""

    spot_id: str
    name: str
    wanted: int
    planned: int

    @property
    def missing(self) -> int:
        """How many are missing."""
        return max(self.wanted - self.planned, 0)


@dataclass(frozen=True, slots=True)
class KeptSchedule:
    """A schedule; it has no id as long as it is not kept."""

    __pydantic_config__ = STORED

    id: str
    name: str
    first_day: date
    last_day: date
    seed: int
    # By time, then by patrol.
    visits: tuple[KeptVisit, ...]
    # Those that lack most first.
    tallies: tuple[KeptTally, ...]
    # Names of hot spots that were left out: there is no way on foot to them.
    unreached: tuple[str, ...]
    source: TravelSource
    void: bool = False

    @property
    def days(self) -> tuple[date, ...]:
        """The days that have visits."""
        return tuple(sorted({visit.day for visit in self.visits}))

    @property
    def patrols(self) -> tuple[str, ...]:
        """The patrols, by name."""
        return tuple(sorted({visit.patrol for visit in self.visits}, key=alphabetical))

    def of(self, *, day: date | None = None, patrol: str | None = None) -> tuple[KeptVisit, ...]:
        """Return the visits of a day, of a patrol, or of a patrol's day."""
        return tuple(
            visit
            for visit in self.visits
            if day in (None, visit.day) and patrol in (None, visit.patrol)
        )


SCHEDULES: Final = PlanFormat(
    PlanKind.SCHEDULE,
    KeptSchedule,
    of_plan={name: name for name in ("id", "name", "first_day", "last_day", "void")},
    unreadable="plan_schedule.not_readable",
    version=1,
)
"""How a schedule stands in a plan."""


# --- how it stands -------------------------------------------------------------------------------


def followed(
    service: Service, schedule: KeptSchedule, now: datetime | None = None
) -> dict[str, Matched]:
    """Return how each planned visit stands beside what is recorded, by its key.

    See `geodata.analysis.visits` for what is whose; by default `now` is the time it is, on the
    service's day.
    """
    if not schedule.visits:
        return {}
    # A record may be of the day beside, as round midnight.
    period = Period(
        schedule.visits[0].day - timedelta(days=1), schedule.visits[-1].day + timedelta(days=1)
    )
    planned = [Wanted(visit.spot_id, visit.start, visit.minutes) for visit in schedule.visits]
    found = match_visits(planned, board(service, period).found.visits, now or _now(service))
    return dict(zip((visit.key for visit in schedule.visits), found, strict=True))


def _now(service: Service) -> datetime:
    clock = datetime.now(SWEDISH_TIME)
    return datetime.combine(service.today(), clock.time(), SWEDISH_TIME)


def suggested_values(visit: KeptVisit) -> dict[str, str]:
    """Return what stands in the form of a visit that was made: what was planned, to be changed."""
    return {
        "date": visit.day.isoformat(),
        "time": f"{visit.start:%H:%M}",
        "minutes": str(visit.minutes),
        "by": "",
    }


def record_visit(service: Service, visit: KeptVisit, values: FormValues) -> Outcome:
    """Record that a planned visit was made: a patrol on foot at the hot spot's middle.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    visit : KeptVisit
        The planned visit.
    values : mapping
        ``id``, ``date``, ``time``, ``minutes`` and ``by``: what was done, as somebody says it.

    Returns
    -------
    Saved, Refused or Conflict
        Checked as every activity's form is; a form that is sent twice is saved once.

    Raises
    ------
    RegisterError
        If the register can't be written to.
    """
    located = service.locate(visit.lon, visit.lat)
    return save(
        service,
        "activity",
        {
            **{name: text_of(values, name) for name in ("id", "date", "time", "minutes", "by")},
            "kind": PATROL,
            "lat": repr(visit.lat),
            "lon": repr(visit.lon),
            "area": located.area_id or OUTSIDE,
        },
    )


# --- files ---------------------------------------------------------------------------------------


def made_schedule(answer: ScheduleAnswer) -> KeptSchedule:
    """Return an answer as it would be kept; it has neither id nor name yet.

    Parameters
    ----------
    answer : ScheduleAnswer
        What came out.
    """
    stops = {stop.id: stop for stop in answer.question.stops}
    tallies = [
        KeptTally(tally.spot_id, stops[tally.spot_id].name, tally.wanted, tally.planned)
        for tally in answer.schedule.tallies
    ]
    tallies += [
        KeptTally(id_, stops[id_].name, sum(stops[id_].wanted), 0) for id_ in answer.unreached
    ]
    return KeptSchedule(
        "",
        "",
        answer.question.first_day,
        answer.question.last_day,
        answer.schedule.seed,
        _visits(answer.schedule, stops),
        tuple(sorted(tallies, key=lambda t: (-t.missing, alphabetical(t.name), t.spot_id))),
        tuple(stops[id_].name for id_ in answer.unreached),
        answer.source,
    )


def _visits(schedule: Schedule, stops: dict[str, ScheduleStop]) -> tuple[KeptVisit, ...]:
    numbers: dict[str, int] = {}
    found = []
    for visit in schedule.visits:
        shift = f"{visit.patrol}/{visit.shift_start:%Y-%m-%dT%H:%M%z}"
        numbers[shift] = numbers.get(shift, 0) + 1
        key, stop = f"{shift}/{numbers[shift]}", stops[visit.spot_id]
        where = stop.id, stop.name, stop.lon, stop.lat
        length = visit.minutes, visit.walk_minutes
        found.append(KeptVisit(key, visit.patrol, *where, visit.start, *length))
    return tuple(found)


def foreseen(visits: Sequence[KeptVisit]) -> Predictability:
    """Return how predictable planned visits are, by the measure of the dose board.

    Parameters
    ----------
    visits : sequence of KeptVisit
        A schedule's, or those of one hot spot.
    """
    return predictability(pattern(visit.start for visit in visits))


COLUMNS: Final[Mapping[str, Callable[[KeptVisit, Words], Value]]] = {
    "plan_schedule.column.day": lambda visit, _: visit.day.isoformat(),
    "plan_schedule.column.start": lambda visit, words: words.clock(visit.start),
    "plan_schedule.column.end": lambda visit, words: words.clock(visit.end),
    "plan_schedule.column.minutes": lambda visit, _: visit.minutes,
    "plan_schedule.column.walk": lambda visit, _: visit.walk_minutes,
    "plan_schedule.column.patrol": lambda visit, _: visit.patrol,
    "plan_schedule.column.place": lambda visit, _: visit.name,
    "plan_schedule.column.lat": lambda visit, _: visit.lat,
    "plan_schedule.column.lon": lambda visit, _: visit.lon,
}
"""What stands in the table, by the words over it."""


@dataclass(frozen=True, slots=True)
class PatrolDay:
    """A patrol's day on the printed sheet."""

    day: date
    patrol: str
    visits: tuple[KeptVisit, ...]


def calendar(
    schedule: KeptSchedule,
    words: Words,
    *,
    patrol: str | None = None,
    number: int = 1,
    at: datetime,
    examples: bool = False,
) -> bytes:
    """Return a kept schedule as a calendar (RFC 5545), a patrol's own under its name."""
    mark = f"{words('example.title')}: " if examples else ""
    titled = schedule.name if patrol is None else f"{schedule.name}: {patrol}"
    return published(
        f"{mark}{titled}",
        (_appointment(schedule, visit, words, number, at, mark) for visit in schedule.visits),
    )


def _appointment(
    schedule: KeptSchedule, visit: KeptVisit, words: Words, number: int, at: datetime, mark: str
) -> Appointment:
    summary = words("plan_schedule.event", place=visit.name, patrol=visit.patrol)
    return Appointment(
        str(uuid5(NAMESPACE_URL, f"{schedule.id}/{visit.key}")),
        f"{mark}{summary}",
        visit.start,
        visit.end,
        number,
        at,
        visit.name,
        lat_lon=(visit.lat, visit.lon),
    )


def table(schedule: KeptSchedule, words: Words, *, examples: bool = False) -> bytes:
    """Return a schedule as CSV that Swedish Excel opens, with nothing that it would run."""
    rows = ([cell(visit, words) for cell in COLUMNS.values()] for visit in schedule.visits)
    return csv_bytes(list(map(words, COLUMNS)), rows, words if examples else None)


def sheets(schedule: KeptSchedule) -> tuple[PatrolDay, ...]:
    """Return what is printed: each patrol's days, patrol after patrol."""
    return tuple(
        PatrolDay(day, patrol, visits)
        for patrol in schedule.patrols
        for day in schedule.days
        if (visits := schedule.of(day=day, patrol=patrol))
    )


def calendar_file(
    service: Service, plan_id: str, words: Words, *, patrol: str | None = None
) -> bytes:
    """Return a kept schedule as a calendar; raises as `PlanFormat.of` does."""
    schedule = for_patrol(SCHEDULES.of(service, plan_id), patrol)
    revision = service.revisions("plan", plan_id)[-1]
    return calendar(
        schedule,
        words,
        patrol=patrol,
        number=revision.number,
        at=revision.at,
        examples=service.has_examples(),
    )


def table_file(service: Service, plan_id: str, words: Words, *, patrol: str | None = None) -> bytes:
    """Return a kept schedule as CSV; raises as `PlanFormat.of` does."""
    schedule = for_patrol(SCHEDULES.of(service, plan_id), patrol)
    return table(schedule, words, examples=service.has_examples())


def printed_schedule(
    service: Service, plan_id: str, *, patrol: str | None = None
) -> tuple[KeptSchedule, tuple[PatrolDay, ...]]:
    """Return a kept schedule and its printed days; raises as `PlanFormat.of` does."""
    schedule = for_patrol(SCHEDULES.of(service, plan_id), patrol)
    return schedule, sheets(schedule)


def for_patrol(schedule: KeptSchedule, patrol: str | None) -> KeptSchedule:
    """Return a schedule with one patrol's visits alone."""
    if patrol is not None and patrol not in schedule.patrols:
        raise UnknownIdError("unknown.patrol", id=patrol)
    return schedule if patrol is None else replace(schedule, visits=schedule.of(patrol=patrol))
