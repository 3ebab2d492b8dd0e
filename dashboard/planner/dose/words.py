"""The dose in words: how it stands, how long between visits, how easy they are to foresee."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dashboard.planner.tools import FORESEEN
from geodata.model import Period, State
from geodata.planner.doses import HOURS_A_CELL, Dose, DoseState, Gap, Visit, whole_minutes
from geodata.texts import Words

STATES: Final[Mapping[DoseState, str]] = {
    DoseState.NO_VISITS: "plan_dose.no_visits",
    DoseState.BELOW: "plan_dose.below",
    DoseState.AS_PLANNED: "plan_dose.as_planned",
    DoseState.NOT_PLANNED: "plan_dose.not_planned",
    DoseState.NOT_VALID: "plan_dose.not_valid",
}

LOOKS: Final[Mapping[DoseState, State]] = {
    DoseState.NO_VISITS: State.NOT_FULFILLED,
    DoseState.BELOW: State.BEHIND,
    DoseState.AS_PLANNED: State.FULFILLED,
    DoseState.NOT_PLANNED: State.UNDER_WAY,
    DoseState.NOT_VALID: State.NOT_STARTED,
}
"""The sign and the colour each state has: those of the commitments' states that mean the same."""


WEEKDAYS: Final = (
    "plan_dose.monday",
    "plan_dose.tuesday",
    "plan_dose.wednesday",
    "plan_dose.thursday",
    "plan_dose.friday",
    "plan_dose.saturday",
    "plan_dose.sunday",
)

HOURS_TOLD: Final = 48
"""Longer than this is told in days: nobody thinks of two weeks as 336 hours."""


def planned_count(w: Words, number: float) -> str:
    """Return how many visits were planned: whole ones, as a part of a week gives only about so."""
    if abs(number - round(number)) < 0.05:
        return w.number(number)
    if number < 1:
        return w("number.below", least=w.number(1))
    return w("plan_dose.roughly", number=w.number(number))


def done_of(w: Words, dose: Dose) -> str:
    """Return visits done beside visits planned; no plan is said as such."""
    count = len(dose.visits)
    if dose.planned is None:
        return w("plan_dose.visits", count=count) if count else w("plan_dose.no_visits")
    return w("plan_dose.of_planned", done=count, planned=planned_count(w, dose.planned.visits))


def done_short(w: Words, dose: Dose) -> str:
    """Return visits done beside visits planned in a column that says so."""
    if dose.planned is None:
        return done_of(w, dose)
    planned = planned_count(w, dose.planned.visits)
    return w("plan_dose.done_of", done=len(dose.visits), planned=planned)


def span(w: Words, hours: float) -> str:
    """Return a time without visits: hours up to two days, then days."""
    if hours < 1:
        return w("plan_dose.under_an_hour")
    if hours < HOURS_TOLD:
        return w("plan_dose.hours", count=round(hours))
    return w("plan_dose.days", count=round(hours / 24))


def since(w: Words, dose: Dose) -> str:
    """Return how long ago the latest visit was, at the end of the period."""
    if dose.days_since is None:
        return w("plan_dose.none_yet")
    return w("plan_dose.days_ago", count=dose.days_since)


def gap_days(w: Words, gap: Gap, period: Period) -> str:
    """Return from when to when nobody came."""
    if gap.after is None and gap.before is None:
        return w("plan_dose.gap_all")
    if gap.after is None and gap.before is not None:
        return w("plan_dose.gap_first", day=w.day(gap.before, short=True))
    if gap.before is None and gap.after is not None:
        return w(
            "plan_dose.gap_last",
            day=w.day(gap.after, short=True),
            last=w.day(period.end, short=True),
        )
    days = [w.day(day, short=True) for day in (gap.after, gap.before) if day is not None]
    return w("plan_dose.gap_between", first=days[0], last=days[1])


def hours_of(hour: int) -> str:
    """Return the hours of a cell: 18–21."""
    return f"{hour:02}–{hour + HOURS_A_CELL:02}"


def cell(w: Words, day: int, hour: int) -> str:
    """Return a cell of the week in words: fredag kl. 18–21."""
    return w("plan_dose.cell", weekday=w(WEEKDAYS[day]), hours=hours_of(hour))


def foreseen(w: Words, dose: Dose) -> str:
    """Return how easy the visits are to foresee, in a few words."""
    return w(FORESEEN[dose.predictability.word])


def visit_source(w: Words, visit: Visit) -> str:
    """Return what shows that somebody came, with the gaps in it."""
    if visit.source == "record":
        return w("plan_dose.from_record")
    if whole_minutes(visit.gap_min):
        return w("plan_dose.from_track_gap", count=whole_minutes(visit.gap_min))
    return w("plan_dose.from_track")
