"""Schedules that are kept: their files, and how each visit stands beside what is recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from geodata.analysis.matching import Matched, VisitStatus, Wanted, match_visits
from geodata.errors import UnknownIdError
from geodata.model import Period, Plan, PlanKind
from geodata.publish.kept_schedule import KeptSchedule, KeptVisit, outcome_of, schedule_of
from geodata.publish.schedule_files import PatrolDay, calendar, sheets, table
from geodata.service.core import Service
from geodata.service.planning.dose import board
from geodata.service.planning.plans import keep_plan, kept_plan
from geodata.service.planning.schedule_choices import ScheduleChoices, asked_of
from geodata.service.recording import OUTSIDE, Conflict, FormValues, Outcome, Refused, Saved, save
from geodata.texts import SWEDISH_TIME, Words

__all__ = [
    "PATROL",
    "Followed",
    "PatrolDay",
    "VisitStatus",
    "calendar_file",
    "followed",
    "keep_schedule",
    "kept_schedule",
    "kept_schedules",
    "printed_schedule",
    "record_visit",
    "suggested_values",
    "table_file",
]

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
) -> Saved | Refused | Conflict:
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
        As `geodata.service.planning.plans.keep_plan`.

    Raises
    ------
    RegisterError
        If the register can't be written to.
    """
    return keep_plan(
        service,
        PlanKind.SCHEDULE,
        _text(values, "name"),
        schedule.first_day,
        schedule.last_day,
        {name: told for name, told in asked_of(choices).items() if told},
        outcome_of(schedule),
        _text(values, "by"),
        plan_id=_text(values, "id") or None,
    )


def kept_schedules(service: Service) -> tuple[Plan, ...]:
    """Return the kept schedules, the newest first, without those that were withdrawn."""
    return service.plans(PlanKind.SCHEDULE)


def kept_schedule(service: Service, plan_id: str) -> KeptSchedule:
    """Return a kept schedule.

    Raises
    ------
    UnknownIdError
        If there is no such plan, or it is of another kind.
    PlanningError
        ``plan_schedule.not_readable`` if it can't be read.
    """
    return schedule_of(kept_plan(service, plan_id, PlanKind.SCHEDULE))


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
            **{name: _text(values, name) for name in ("id", "date", "time", "minutes", "by")},
            "kind": PATROL,
            "lat": repr(visit.lat),
            "lon": repr(visit.lon),
            "area": located.area_id or OUTSIDE,
        },
    )


# --- files ---------------------------------------------------------------------------------------


def calendar_file(
    service: Service, plan_id: str, words: Words, *, patrol: str | None = None
) -> bytes:
    """Return a kept schedule as a calendar; raises as `kept_schedule` does."""
    schedule = _of(kept_schedule(service, plan_id), patrol)
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
    """Return a kept schedule as CSV; raises as `kept_schedule` does."""
    schedule = _of(kept_schedule(service, plan_id), patrol)
    return table(schedule, words, patrol=patrol, examples=service.has_examples())


def printed_schedule(
    service: Service, plan_id: str, *, patrol: str | None = None
) -> tuple[KeptSchedule, tuple[PatrolDay, ...]]:
    """Return a kept schedule and its printed days; raises as `kept_schedule` does."""
    schedule = _of(kept_schedule(service, plan_id), patrol)
    return schedule, sheets(schedule, patrol=patrol)


def _of(schedule: KeptSchedule, patrol: str | None) -> KeptSchedule:
    if patrol is not None and patrol not in schedule.patrols:
        raise UnknownIdError("unknown.patrol", id=patrol)
    return schedule if patrol is None else replace(schedule, visits=schedule.of(patrol=patrol))


def _text(values: FormValues, name: str) -> str:
    given = values.get(name, "")
    return given if isinstance(given, str) else ""
