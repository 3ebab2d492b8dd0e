"""A schedule as files: a calendar for phones (ICS), a table (CSV), and a sheet to print.

They say where to be and when, and nothing else. A visit's UID in the calendar comes of its plan and
of its key there, so that a calendar that is taken in again changes what it holds instead of
doubling it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from geodata.errors import UnknownIdError
from geodata.planner.schedule.keep import SCHEDULES, KeptSchedule, KeptVisit
from geodata.publish.values import csv_bytes
from geodata.service.core import Service
from geodata.texts import SWEDISH_TIME, Words, comes_twice

if TYPE_CHECKING:
    from icalendar import Event


PRODUCT: Final = "-//Löfteskartan//schedule//SV"

HEADINGS: Final = (
    *("plan_schedule.column.day", "plan_schedule.column.start", "plan_schedule.column.end"),
    *("plan_schedule.column.minutes", "plan_schedule.column.walk", "plan_schedule.column.patrol"),
    *("plan_schedule.column.place", "plan_schedule.column.lat", "plan_schedule.column.lon"),
)
"""The words over the table's columns."""


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
    """Return a kept schedule as a calendar (RFC 5545)."""
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    mark = f"{words('example.title')}: " if examples else ""
    titled = schedule.name if patrol is None else f"{schedule.name}: {patrol}"
    made.add("x-wr-calname", f"{mark}{titled}")
    made.add("x-wr-timezone", "Europe/Stockholm")
    for visit in schedule.of(patrol=patrol):
        made.add_component(_event(schedule, visit, words, number, at, mark))
    made.add_missing_timezones()
    written: bytes = made.to_ical()
    return written


def _event(
    schedule: KeptSchedule, visit: KeptVisit, words: Words, number: int, at: datetime, mark: str
) -> Event:
    from icalendar import Event, vGeo

    event = Event()
    event.add("uid", f"{uuid5(NAMESPACE_URL, f'{schedule.id}/{visit.key}')}@lofteskartan")
    event.add("dtstamp", at)
    event.add("sequence", number - 1)
    # In the hour that comes twice a zone's name does not say which: it would be the first.
    zone = UTC if comes_twice(visit.start) or comes_twice(visit.end) else SWEDISH_TIME
    event.add("dtstart", visit.start.astimezone(zone))
    event.add("dtend", visit.end.astimezone(zone))
    summary = words("plan_schedule.event", place=visit.name, patrol=visit.patrol)
    event.add("summary", f"{mark}{summary}")
    event.add("location", visit.name)
    event.add("geo", vGeo((visit.lat, visit.lon)))
    return event


def table(
    schedule: KeptSchedule, words: Words, *, patrol: str | None = None, examples: bool = False
) -> bytes:
    """Return a schedule as CSV that Swedish Excel opens, with nothing that it would run."""
    rows = (
        (
            visit.day.isoformat(),
            words.clock(visit.start),
            words.clock(visit.end),
            visit.minutes,
            visit.walk_minutes,
            visit.patrol,
            visit.name,
            visit.lat,
            visit.lon,
        )
        for visit in schedule.of(patrol=patrol)
    )
    return csv_bytes([words(key) for key in HEADINGS], rows, words if examples else None)


def sheets(schedule: KeptSchedule, *, patrol: str | None = None) -> tuple[PatrolDay, ...]:
    """Return what is printed: each patrol's days, patrol after patrol."""
    wanted = schedule.patrols if patrol is None else (patrol,)
    return tuple(
        PatrolDay(day, one, visits)
        for one in wanted
        for day in schedule.days
        if (visits := schedule.of(day=day, patrol=one))
    )


def calendar_file(
    service: Service, plan_id: str, words: Words, *, patrol: str | None = None
) -> bytes:
    """Return a kept schedule as a calendar; raises as `PlanFormat.of` does."""
    schedule = _of(SCHEDULES.of(service, plan_id), patrol)
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
    schedule = _of(SCHEDULES.of(service, plan_id), patrol)
    return table(schedule, words, patrol=patrol, examples=service.has_examples())


def printed_schedule(
    service: Service, plan_id: str, *, patrol: str | None = None
) -> tuple[KeptSchedule, tuple[PatrolDay, ...]]:
    """Return a kept schedule and its printed days; raises as `PlanFormat.of` does."""
    schedule = _of(SCHEDULES.of(service, plan_id), patrol)
    return schedule, sheets(schedule, patrol=patrol)


def _of(schedule: KeptSchedule, patrol: str | None) -> KeptSchedule:
    if patrol is not None and patrol not in schedule.patrols:
        raise UnknownIdError("unknown.patrol", id=patrol)
    return schedule if patrol is None else replace(schedule, visits=schedule.of(patrol=patrol))
