"""What a schedule is asked for, read from an address or a form, where anything may stand."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from geodata.analysis.dose import Predictability as Predictability
from geodata.errors import PlanningError
from geodata.model import HotSpot, Period
from geodata.planner.doses import LATEST_DAYS, board
from geodata.planner.plans import (
    EARLIEST,
    Choice,
    listed,
    read_chosen,
    read_day,
    read_number,
    written,
)
from geodata.planner.schedule.solve import ScheduleQuestion, ScheduleStop
from geodata.planning.schedule import APART_MINUTES as APART_MINUTES
from geodata.planning.schedule import Shift, one_after_the_other
from geodata.service.core import Service
from geodata.service.recording import holds_identity_number
from geodata.service.streets import streets_asked
from geodata.texts import SWEDISH_TIME, alphabetical

WEEKS: Final = (1, 4)
"""A schedule is for a week, or for four."""

ROWS_MOST: Final = 12
NAME_LONGEST: Final = 40
VISITS_MOST: Final = 50.0
"""More visits a week than two hours between them allow are a typing error."""

SEED_BELOW: Final = 1_000_000
"""A seed that can be read aloud."""

LATEST: Final = date(2199, 12, 1)

_TIME: Final = re.compile(r"(\d{1,2})(?:[.:]?(\d{2}))?")


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """When a patrol is out, by weekday; an end that is not later is the next day's."""

    # What it is called; never who is in it.
    patrol: str
    # On which days it starts, 0 for Monday.
    weekdays: tuple[int, ...]
    start: time
    end: time

    def written(self) -> str:
        """Return it as an address has it."""
        days = "".join(str(day + 1) for day in self.weekdays)
        return f"{self.patrol}*{days}*{self.start:%H%M}*{self.end:%H%M}"


SUGGESTED: Final = (ShiftRow("Patrull 1", (0, 1, 2, 3, 4, 5, 6), time(16), time(22)),)
"""What stands in an empty form."""


@dataclass(frozen=True, slots=True)
class ScheduleChoices:
    """What is asked for."""

    first_day: date
    weeks: int = 1
    # When there is whom; none as long as nothing is asked for.
    rows: tuple[ShiftRow, ...] = ()
    # Ids of the hot spots; None for all that are valid.
    spots: tuple[str, ...] | None = None
    seed: int = 1
    # Whether time that is left is filled with more visits than are wanted.
    beyond: bool = False
    # Visits a week at hot spots that no dose is planned for.
    unplanned: float = 0.0

    @property
    def last_day(self) -> date:
        """The last day."""
        return self.first_day + timedelta(days=7 * self.weeks - 1)


def first_monday(day: date) -> date:
    """Return the Monday that a schedule begins with unless another day is asked for."""
    return day + timedelta(days=-day.weekday() % 7)


def read_visits(text: str) -> float | None:
    """Return a number of visits a week, with a decimal comma or point; None where it is none."""
    return read_number(text.strip() or "0", 0, VISITS_MOST)


def read_first_day(text: str) -> date | None:
    """Return a day that a schedule can begin with; None where it is none."""
    return read_day(text, last=LATEST)


def read_time(text: str) -> time | None:
    """Return a time of day, such as 16, 16.30 or 16:30; 24 is midnight."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if (hour, minute) == (24, 0):
        return time(0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def patrol_name(text: str) -> str:
    """Return what a patrol is called, as an address can hold it."""
    return " ".join(re.sub(r"[*|]", " ", text).split())[:NAME_LONGEST]


def read_seed(text: str) -> int | None:
    """Return a seed of random numbers; None where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


def _read_rows(text: str) -> tuple[ShiftRow, ...]:
    rows = (_read_row(part) for part in text.split("|"))
    return tuple(row for row in rows if row is not None)[:ROWS_MOST]


def _read_row(text: str) -> ShiftRow | None:
    patrol, _, rest = text.partition("*")
    days, _, times = rest.partition("*")
    start, end = (read_time(one) for one in (times.partition("*")[0], times.partition("*")[2]))
    weekdays = tuple(day for day in range(7) if str(day + 1) in days)
    name = patrol_name(patrol)
    if not name or holds_identity_number(name) or not weekdays or start is None or end is None:
        return None
    return ShiftRow(name, weekdays, start, end)


_CHOICES: Final[tuple[Choice[Any], ...]] = (
    Choice("first", "first_day", read_first_day),
    Choice("weeks", "weeks", lambda text: next((n for n in WEEKS if str(n) == text), None)),
    Choice("shifts", "rows", _read_rows, lambda rows: "|".join(row.written() for row in rows)),
    Choice("stops", "spots", lambda text: listed(text) or None, ",".join),
    Choice("seed", "seed", read_seed),
    Choice("beyond", "beyond", lambda text: text == "1", lambda _beyond: "1"),
    Choice("visits", "unplanned", read_visits, "{:g}".format),
)


def read_choices(asked: Mapping[str, str], day: date) -> ScheduleChoices:
    """Return what an address asks for; what makes no sense there is as if it wasn't.

    Parameters
    ----------
    asked : mapping of str to str
        ``first``, ``weeks``, ``shifts``, ``stops``, ``seed``, ``beyond`` and ``visits``.
    day : datetime.date
        The day told about: a schedule begins on the Monday after unless it says another day.
    """
    usual = ScheduleChoices(first_monday(min(max(day, EARLIEST), LATEST)))
    return read_chosen(_CHOICES, asked, usual)


def asked_of(choices: ScheduleChoices) -> dict[str, str]:
    """Return choices as an address has them; empty for what is as usual."""
    # No first day and no seed is as usual: an address always says them.
    return written(_CHOICES, choices, ScheduleChoices(date.min, seed=-1))


def shifts_of(choices: ScheduleChoices) -> tuple[Shift, ...]:
    """Return every shift of the schedule's days."""
    days = (choices.first_day + timedelta(days=n) for n in range(7 * choices.weeks))
    found = [
        shift
        for day in days
        for row in choices.rows
        if day.weekday() in row.weekdays
        for shift in [_shift(row, day)]
        if shift.start.astimezone(UTC) < shift.end.astimezone(UTC)
    ]
    one_after_the_other(found)
    return tuple(found)


def _shift(row: ShiftRow, day: date) -> Shift:
    last = day if row.end > row.start else day + timedelta(days=1)
    return Shift(
        row.patrol,
        datetime.combine(day, row.start, SWEDISH_TIME),
        datetime.combine(last, row.end, SWEDISH_TIME),
    )


def ask_schedule(
    service: Service,
    choices: ScheduleChoices,
    day: date,
    within: Collection[str] | None = None,
    *,
    folder: Path | None = None,
) -> ScheduleQuestion:
    """Make the question of what a planner has chosen.

    Parameters
    ----------
    service : Service
        Knows the hot spots.
    choices : ScheduleChoices
        With shifts.
    day : datetime.date
        The day told about: what was lacking is counted up to it.
    within : collection of str, optional
        Only hot spots of these areas, by id.
    folder : pathlib.Path, optional
        Where streets are kept.

    Returns
    -------
    ScheduleQuestion
        Ready to be solved elsewhere.

    Raises
    ------
    PlanningError
        ``plan_schedule.no_shifts`` or ``plan_schedule.no_spots`` where there is nothing to plan,
        ``planning.schedule_overlap`` where a patrol would be out twice at once.
    StreetsError
        If there are streets that can't be read.
    """
    known = candidates(service, choices, day, within)
    chosen = [
        stop
        for stop in known
        if (choices.spots is None or stop.id in choices.spots) and any(stop.wanted)
    ]
    shifts = shifts_of(choices)
    if not shifts:
        raise PlanningError("plan_schedule.no_shifts")
    if not chosen:
        raise PlanningError("plan_schedule.no_spots")
    return ScheduleQuestion(
        tuple(chosen),
        shifts,
        choices.first_day,
        choices.last_day,
        choices.seed,
        choices.beyond,
        *streets_asked(folder),
    )


def candidates(
    service: Service,
    choices: ScheduleChoices,
    day: date,
    within: Collection[str] | None = None,
) -> tuple[ScheduleStop, ...]:
    """Return the hot spots that are valid in a schedule's days, those that lack most first.

    Parameters
    ----------
    service : Service
        Knows them.
    choices : ScheduleChoices
        Which days, and how many visits where none are planned.
    day : datetime.date
        The day told about.
    within : collection of str, optional
        Only those of these areas, by id.
    """
    latest = Period(day - timedelta(days=LATEST_DAYS - 1), day)
    planned = {one.hot_spot.id: one.dose.planned for one in board(service, latest).spots}
    found = []
    for spot in service.hot_spots():
        if not spot.days_within(choices.first_day, choices.last_day):
            continue
        here = spot.area_id or service.locate(spot.place.x, spot.place.y).area_at_hand
        if within is not None and here not in within:
            continue
        dose = planned.get(spot.id)
        lacking = min(max(dose.lacking / dose.visits, 0.0), 1.0) if dose and dose.visits else None
        found.append(
            ScheduleStop(
                spot.id,
                spot.name,
                spot.place.x,
                spot.place.y,
                spot.weight,
                lacking if spot.visits_a_week is not None else None,
                _wanted(spot, choices),
                spot.valid_from,
                spot.valid_to,
            )
        )
    return tuple(sorted(found, key=lambda s: (-(s.lacking or 0.0), alphabetical(s.name), s.id)))


def _wanted(spot: HotSpot, choices: ScheduleChoices) -> tuple[int, ...]:
    """Return the visits wanted in each week; a part of a week counts as that part.

    What is rounded away in one week is had in a later one: half a visit a week is two in four.
    """
    a_week = choices.unplanned if spot.visits_a_week is None else spot.visits_a_week
    found, before, days = [], 0, 0
    for week in range(choices.weeks):
        first = choices.first_day + timedelta(days=7 * week)
        days += spot.days_within(first, first + timedelta(days=6))
        upto = math.floor(a_week * days / 7 + 0.5 + 1e-9)
        found.append(upto - before)
        before = upto
    return tuple(found)


# --- what came out -------------------------------------------------------------------------------
