"""Words and rows that several tools show: how long, when, how easily foreseen, what is listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from geodata.planner.doses import Foreseen, Visit, whole_minutes
from geodata.texts import Words

FORESEEN: Final[Mapping[Foreseen, str]] = {
    Foreseen.TOO_FEW: "plan_dose.foreseen_too_few",
    Foreseen.HARD: "plan_dose.foreseen_hard",
    Foreseen.SOMEWHAT: "plan_dose.foreseen_somewhat",
    Foreseen.EASY: "plan_dose.foreseen_easy",
}


def duration(w: Words, minutes: float) -> str:
    """Return a time in hours and minutes."""
    whole = whole_minutes(minutes)
    if whole < 60:
        return w("minutes.minutes", count=whole)
    if whole % 60:
        return w("minutes.hours", hours=whole // 60, minutes=whole % 60)
    return w("minutes.whole_hours", hours=whole // 60)


def visit_time(w: Words, visit: Visit) -> str:
    """Return when a visit was, no more exact than it is known."""
    return w.when(visit.start, visit.precision)


def visit_minutes(w: Words, visit: Visit) -> str:
    """Return how long a visit was."""
    if visit.minutes is None:
        return w("plan_dose.length_unknown")
    return w("minutes.short", minutes=whole_minutes(visit.minutes))


LONGEST_NAME: Final = 60


def short(text: str) -> str:
    """Return a text as it has room in a list."""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1].rstrip()}…"
