"""A schedule as it is kept, shown and taken out: visits with their places' names and positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime

from geodata.analysis.matching import Matched, VisitStatus, Wanted, match_visits
from geodata.analysis.predictability import Predictability, pattern, predictability
from geodata.model import Period, PlanKind
from geodata.planner.doses import board
from geodata.planner.plans import STORED, PlanFormat, text_of
from geodata.planner.schedule.ask import ScheduleChoices, asked_of
from geodata.planner.schedule.solve import ScheduleAnswer, ScheduleStop
from geodata.planning.schedule import (
    Schedule,
)
from geodata.planning.travel import TravelSource
from geodata.service.core import Service
from geodata.service.recording import OUTSIDE, FormValues, Outcome, save
from geodata.texts import SWEDISH_TIME, alphabetical

__all__ = ["VisitStatus"]

SwedishTime = Annotated[
    AwareDatetime, AfterValidator(lambda moment: moment.astimezone(SWEDISH_TIME))
]


@dataclass(frozen=True, slots=True)
class KeptVisit:
    """A planned visit.

    Parameters
    ----------
    key : str
        What it is known by within its plan, also when the plan is made anew with other times: its
        patrol, its shift's start and its number in the shift.
    patrol : str
        Which patrol: what it is called, never who is in it.
    spot_id : str
        The hot spot.
    name : str
        What the hot spot was called.
    lon, lat : float
        Where, WGS 84.
    start : datetime.datetime
        When, in Swedish time.
    minutes : int
        How long.
    walk_minutes : int or None
        Minutes on foot from the visit before in the same shift; None for a shift's first.
    """

    key: str
    patrol: str
    spot_id: str
    name: str
    lon: float
    lat: float
    start: SwedishTime
    minutes: int
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
    """A schedule.

    Parameters
    ----------
    id : str
        The plan's; empty as long as it is not kept.
    name : str
        The plan's.
    first_day, last_day : datetime.date
        What it is for.
    seed : int
        Of its random numbers.
    visits : tuple of KeptVisit
        By time, then by patrol.
    tallies : tuple of KeptTally
        Those that lack most first.
    unreached : tuple of str
        Names of hot spots that were left out: there is no way on foot to them.
    source : TravelSource
        What the ways between them were measured by.
    void : bool
        Whether it was withdrawn.
    """

    __pydantic_config__ = STORED

    id: str
    name: str
    first_day: date
    last_day: date
    seed: int
    visits: tuple[KeptVisit, ...]
    tallies: tuple[KeptTally, ...]
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

PATROL: Final = "foot_patrol"
"""The kind of activity that a made visit is recorded as."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A planned visit and how it stands."""

    visit: KeptVisit
    matched: Matched


# --- keeping and opening -------------------------------------------------------------------------


def keep_schedule(
    service: Service, choices: ScheduleChoices, schedule: KeptSchedule, values: FormValues
) -> Outcome:
    """Keep a schedule.

    Parameters
    ----------
    service : Service
        Whose register is written to.
    choices : ScheduleChoices
        What was asked for, the seed with it: enough to make it anew.
    schedule : KeptSchedule
        What came out.
    values : mapping
        ``name``, ``by``, and ``id`` of the new plan, so that a form sent twice is saved once.

    Returns
    -------
    Saved, Refused or Conflict
        As `geodata.planner.plans.keep_plan`.

    Raises
    ------
    RegisterError
        If the register can't be written to.
    """
    days = schedule.first_day, schedule.last_day
    return SCHEDULES.keep(service, schedule, days, asked_of(choices), values)


# --- how it stands -------------------------------------------------------------------------------


def followed(
    service: Service, schedule: KeptSchedule, now: datetime | None = None
) -> tuple[Followed, ...]:
    """Return how each planned visit stands beside what is recorded.

    Parameters
    ----------
    service : Service
        Whose records and tracks.
    schedule : KeptSchedule
        The planned visits.
    now : datetime.datetime, optional
        With zone; by default the time it is, on the service's day.

    Returns
    -------
    tuple of Followed
        In the schedule's order; see `geodata.analysis.matching` for what is whose.
    """
    if not schedule.visits:
        return ()
    # A record may be of the day beside, as round midnight.
    period = Period(
        schedule.visits[0].day - timedelta(days=1), schedule.visits[-1].day + timedelta(days=1)
    )
    planned = [Wanted(visit.spot_id, visit.start, visit.minutes) for visit in schedule.visits]
    found = match_visits(planned, board(service, period).found.visits, now or _now(service))
    return tuple(
        Followed(visit, matched) for visit, matched in zip(schedule.visits, found, strict=True)
    )


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
