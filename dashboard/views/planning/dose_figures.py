"""What a hot spot or an area got: its figures, its week, and the visits that they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.views.planning import dose_words as said
from dashboard.views.planning.dose_lists import Listed, listed, showing
from geodata.model import Period
from geodata.planner.doses import CELLS_A_DAY, HOURS_A_CELL, Dose

SHADES: Final = (1, 2, 4, 5)
"""From light to dark; on the middle one neither light nor dark figures can be read."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with what it means, and where what it is made of is shown."""

    id: str
    label: str
    value: str
    note: str
    link: ViewState | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """Three hours of a weekday: how many visits, how dark, and where they are shown."""

    count: int
    shade: int
    label: str
    link: ViewState | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is told of a dose."""

    dose: Dose
    look: str
    state: str
    amount: str
    share: float | None
    tiles: tuple[Figure, ...]
    advised: Figure | None
    foreseen: str
    foreseen_why: str
    week: tuple[tuple[str, tuple[Cell, ...]], ...]
    hours: tuple[str, ...]
    notes: tuple[str, ...]
    besides: tuple[Figure, ...]
    listed: Listed | None


def figures(context: Context, dose: Dose, period: Period, *, of_area: bool = False) -> Figures:
    """Return everything that is told of a dose."""
    w, shown = context.words, context.state.choices.get("show", "")
    share = dose.done_share
    return Figures(
        dose=dose,
        look=said.LOOKS[dose.state],
        state=w(said.STATES[dose.state]),
        amount=said.done_of(w, dose),
        share=None if share is None else min(share, 1.0),
        tiles=tuple(_tiles(context, dose, period, shown)),
        advised=_advised(context, dose, shown),
        foreseen=said.foreseen(w, dose),
        foreseen_why=_foreseen_why(context, dose),
        week=_week(context, dose, shown),
        hours=tuple(said.hours_of(cell * HOURS_A_CELL) for cell in range(CELLS_A_DAY)),
        notes=tuple(_notes(context, dose)),
        besides=tuple(_besides(context, dose, shown)),
        listed=listed(context, dose, shown, of_area=of_area),
    )


# --- figures ---------------------------------------------------------------------------------


def _tiles(context: Context, dose: Dose, period: Period, shown: str) -> list[Figure]:
    w, gaps = context.words, dose.gaps
    opened, chosen = (showing(context, "gaps") if gaps.between else None), shown == "gaps"
    found: list[Figure] = []
    if dose.visits:
        found.append(_time(context, dose, shown))
    if dose.latest:
        day = w.day(dose.latest, short=True)
        found.append(Figure("since", w("plan_dose.latest"), said.since(w, dose), day))
    if gaps.longest:
        days = said.gap_days(w, gaps.longest, period)
        value = said.span(w, gaps.longest.hours)
        found.append(Figure("longest", w("plan_dose.longest"), value, days, opened, chosen))
    if gaps.median_hours is not None:
        note = w("plan_dose.median_of", count=len(gaps.between))
        value = said.span(w, gaps.median_hours)
        found.append(Figure("median", w("plan_dose.median"), value, note, opened, chosen))
    return found


def _time(context: Context, dose: Dose, shown: str) -> Figure:
    w = context.words
    note = ""
    if dose.planned and dose.planned.minutes:
        note = w("plan_dose.planned_time", time=said.duration(w, dose.planned.minutes))
    value = said.duration(w, dose.minutes) if dose.minutes_known else w("plan_dose.length_unknown")
    link = showing(context, "visits")
    return Figure("time", w("plan_dose.time"), value, note, link, shown == "visits")


def _advised(context: Context, dose: Dose, shown: str) -> Figure | None:
    if not dose.minutes_known:
        return None
    w = context.words
    value = w("plan_dose.of", part=dose.as_advised, count=dose.minutes_known)
    link = showing(context, "advised") if dose.as_advised else None
    caution = w("plan_dose.advised_caution")
    return Figure("advised", w("plan_dose.advised"), value, caution, link, shown == "advised")


def _besides(context: Context, dose: Dose, shown: str) -> list[Figure]:
    """Return what the figures don't hold, each with its list."""
    w, found = context.words, []
    if dose.minutes_unknown:
        text = w("plan_dose.without_minutes", count=dose.minutes_unknown)
        link, chosen = showing(context, "no_minutes"), shown == "no_minutes"
        found.append(Figure("no_minutes", text, "", "", link, chosen))
    if dose.passes:
        text = w("plan_dose.passes", count=len(dose.passes))
        found.append(Figure("passes", text, "", "", showing(context, "passes"), shown == "passes"))
    return found


def _notes(context: Context, dose: Dose) -> list[str]:
    w = context.words
    untimed = len(dose.visits) - dose.predictability.visits
    found = []
    if untimed:
        found.append(w("plan_dose.untimed", count=untimed))
    if dose.gaps.undated:
        found.append(w("plan_dose.undated", count=dose.gaps.undated))
    return found


def _foreseen_why(context: Context, dose: Dose) -> str:
    w, found = context.words, dose.predictability
    if found.share is None:
        return w("plan_dose.too_few_why", count=found.visits)
    why = w("plan_dose.foreseen_why", share=w.percent(found.share), count=found.visits)
    if found.commonest is None:
        return why
    common = w(
        "plan_dose.commonest",
        cell=said.cell(w, *found.commonest),
        part=found.commonest_visits,
        count=found.visits,
    )
    return f"{common} {why}"


# --- the week --------------------------------------------------------------------------------


def _week(context: Context, dose: Dose, shown: str) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    most = max(map(max, dose.pattern))
    if not most:
        return ()

    def cell(day: int, at: int) -> Cell:
        count, key = dose.pattern[day][at], f"cell_{day}_{at}"
        label = said.cell(context.words, day, at * HOURS_A_CELL)
        shade = SHADES[(len(SHADES) * count - 1) // most] if count else 0
        return Cell(count, shade, label, showing(context, key) if count else None, shown == key)

    return tuple(
        (context.words(name), tuple(cell(day, at) for at in range(CELLS_A_DAY)))
        for day, name in enumerate(said.WEEKDAYS)
    )
