"""What a hot spot or an area got: its figures, its week, and the visits that they are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Final, TypeVar

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.planner.dose import words
from dashboard.planner.tools import visit_minutes, visit_time
from geodata.model import Activity, Period, name_of
from geodata.planner.doses import (
    CELLS_A_DAY,
    HOURS_A_CELL,
    Board,
    Dose,
    Gap,
    Pass,
    Visit,
    is_advised,
)
from geodata.texts import SWEDISH_TIME, Words

FEW: Final = 8
"""Lines shown before a reader asks for more."""

PAGE: Final = 50
"""Lines on each page when they do."""

_CELL: Final = re.compile(r"cell_([0-6])_([0-7])", re.ASCII)

_TITLES: Final = {
    "visits": "plan_dose.list_visits",
    "no_minutes": "plan_dose.list_no_minutes",
    "advised": "plan_dose.list_advised",
    "passes": "plan_dose.list_passes",
}
"""What the lists that figures open are called; they stand by those."""

_ELSEWHERE: Final = {
    "elsewhere": "plan_dose.list_elsewhere",
    "unplaced": "plan_dose.list_unplaced",
}

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Line:
    """A record in a list: when, what and where, how long, what shows it, and its card."""

    when: str
    kind: str
    beside: str
    length: str
    link: ViewState


@dataclass(frozen=True, slots=True)
class Listed:
    """The open list: what it holds, which part is shown, and where the rest is."""

    title: str
    lines: tuple[Line, ...]
    total: int
    first: int
    newer: ViewState | None
    older: ViewState | None
    narrowed: bool = True
    early: bool = True


def showing(context: Context, show: str) -> ViewState:
    """Return the state with a list open from its start."""
    return replace(context.state, list_page=0).asking(show=show)


def chosen_visits(dose: Dose, show: str) -> tuple[Visit, ...]:
    """Return the visits that the open list holds, the newest first."""
    newest_first = dose.visits[::-1]
    if show == "passes":
        return ()
    if show == "no_minutes":
        return tuple(visit for visit in newest_first if visit.minutes is None)
    if show == "advised":
        return tuple(filter(is_advised, newest_first))
    if _CELL.fullmatch(show):
        return tuple(filter(_in_cell(show), newest_first))
    return newest_first


def _in_cell(key: str) -> Callable[[Visit], bool]:
    def is_in(visit: Visit) -> bool:
        local = visit.start.astimezone(SWEDISH_TIME)
        return visit.timed and key == f"cell_{local.weekday()}_{local.hour // HOURS_A_CELL}"

    return is_in


# --- lists -----------------------------------------------------------------------------------


def listed(context: Context, dose: Dose, shown: str, *, of_area: bool) -> Listed | None:
    """Return the list that is open under a dose; all its visits where none is."""
    w = context.words
    if shown == "gaps":
        dated = [visit for visit in dose.visits if visit.dated]
        gaps = list(zip(dose.gaps.between, pairwise(dated), strict=True))
        gaps.sort(key=lambda pair: -pair[0].hours)
        title = w("plan_dose.list_gaps", count=len(gaps))
        return _paged(context, title, gaps, partial(_gaps, context))
    rows: Sequence[Visit | Pass] = chosen_visits(dose, shown)
    if shown == "passes":
        rows = dose.passes[::-1]
    if not rows and not shown:
        return None
    title = _title(w, shown, len(rows))
    found = _paged(context, title, rows, partial(_lines, context, of_area=of_area))
    early = shown in _TITLES
    return replace(found, early=early, narrowed=early or bool(_CELL.fullmatch(shown)))


def listed_patrols(context: Context, shown_board: Board, shown: str) -> Listed | None:
    """Return the patrols that were at no hot spot, or have no place, where they are asked for."""
    if shown not in _ELSEWHERE:
        return None
    wanted = shown_board.elsewhere if shown == "elsewhere" else shown_board.unplaced
    ids = [id_ for id_, _ in shown_board.patrols if id_ in wanted]
    title = context.words(_ELSEWHERE[shown], count=len(ids))
    return _paged(context, title, ids, partial(_patrols, context))


def _paged(
    context: Context,
    title: str,
    rows: Sequence[_Row],
    lines: Callable[[Sequence[_Row]], list[Line]],
) -> Listed:
    page = min(context.state.list_page, -(-len(rows) // PAGE))
    first = (page - 1) * PAGE if page else 0
    part = rows[first : first + (PAGE if page else FEW)]

    def at(number: int) -> ViewState:
        return replace(context.state, list_page=number)

    return Listed(
        title,
        tuple(lines(part)),
        len(rows),
        first + 1,
        at(page - 1) if page > 1 else None,
        at(page + 1) if first + len(part) < len(rows) else None,
    )


def _title(w: Words, shown: str, count: int) -> str:
    if cell := _CELL.fullmatch(shown):
        named = words.cell(w, int(cell[1]), int(cell[2]) * HOURS_A_CELL)
        return w("plan_dose.list_cell", count=count, cell=named)
    return w(_TITLES.get(shown, _TITLES["visits"]), count=count)


# --- lines -----------------------------------------------------------------------------------


def _records(context: Context, ids: Sequence[str]) -> dict[str, Activity]:
    # Somebody may have withdrawn one since the board was made: it is then not among these.
    found = context.service.activities_by_id(list(dict.fromkeys(ids)))
    return {activity.id: activity for activity in found}


def _kind(context: Context, activity: Activity | None) -> str:
    kinds = context.service.catalogue.vocabulary.activity_kinds
    return name_of(kinds, activity.kind).to(context.state.language) if activity else ""


def _lines(context: Context, part: Sequence[Visit | Pass], *, of_area: bool) -> list[Line]:
    known = _records(context, [row.activity_id for row in part])
    names = {spot.id: spot.name for spot in context.service.hot_spots()} if of_area else {}
    found = []
    for row in part:
        when, length, source = _told(context.words, row)
        beside = " · ".join(filter(None, (names.get(row.hot_spot_id, ""), source)))
        kind = _kind(context, known.get(row.activity_id))
        link = context.state.with_activity(row.activity_id)
        found.append(Line(when, kind, beside, length, link))
    return found


def _told(w: Words, row: Visit | Pass) -> tuple[str, str, str]:
    """Return when, how long, and what shows it."""
    if isinstance(row, Visit):
        return visit_time(w, row), visit_minutes(w, row), words.visit_source(w, row)
    length = "plan_dose.length_unknown" if row.minutes is None else "plan_dose.under_two"
    return w.day(row.day, short=True), w(length), w("plan_dose.passed")


def _gaps(context: Context, part: Sequence[tuple[Gap, tuple[Visit, Visit]]]) -> list[Line]:
    w = context.words
    return [
        Line(
            visit_time(w, before),
            "",
            w("plan_dose.until", when=visit_time(w, after)),
            words.span(w, gap.hours),
            context.state.with_activity(after.activity_id),
        )
        for gap, (before, after) in part
    ]


def _patrols(context: Context, ids: Sequence[str]) -> list[Line]:
    w, areas = context.words, context.service.catalogue.area_by_id
    nowhere = w("activity.no_area")
    return [
        Line(
            w.record_day(one.day, one.start, one.precision),
            _kind(context, one),
            areas[one.area_id].name if one.area_id and one.area_id in areas else nowhere,
            w("plan_dose.length_unknown")
            if one.minutes is None
            else w("minutes.short", minutes=one.minutes),
            context.state.with_activity(one.id),
        )
        for one in _records(context, ids).values()
    ]


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
    tiles: tuple[Figure, ...]
    advised: Figure | None
    foreseen_why: str
    week: tuple[tuple[str, tuple[Cell, ...]], ...]
    besides: tuple[Figure, ...]
    listed: Listed | None


def figures(context: Context, dose: Dose, period: Period, *, of_area: bool = False) -> Figures:
    """Return everything that is told of a dose."""
    shown = context.state.choices.get("show", "")
    return Figures(
        dose=dose,
        tiles=tuple(_tiles(context, dose, period, shown)),
        advised=_advised(context, dose, shown),
        foreseen_why=_foreseen_why(context, dose),
        week=_week(context, dose, shown),
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
        found.append(Figure("since", w("plan_dose.latest"), words.since(w, dose), day))
    if gaps.longest:
        days = words.gap_days(w, gaps.longest, period)
        value = words.span(w, gaps.longest.hours)
        found.append(Figure("longest", w("plan_dose.longest"), value, days, opened, chosen))
    if gaps.median_hours is not None:
        note = w("plan_dose.median_of", count=len(gaps.between))
        value = words.span(w, gaps.median_hours)
        found.append(Figure("median", w("plan_dose.median"), value, note, opened, chosen))
    return found


def _time(context: Context, dose: Dose, shown: str) -> Figure:
    w = context.words
    note = ""
    if dose.planned and dose.planned.minutes:
        note = w("plan_dose.planned_time", time=w.duration(dose.planned.minutes))
    value = w.duration(dose.minutes) if dose.minutes_known else w("plan_dose.length_unknown")
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


def _foreseen_why(context: Context, dose: Dose) -> str:
    w, found = context.words, dose.predictability
    if found.share is None:
        return w("plan_dose.too_few_why", count=found.visits)
    why = w("plan_dose.foreseen_why", share=w.percent(found.share), count=found.visits)
    if found.commonest is None:
        return why
    common = w(
        "plan_dose.commonest",
        cell=words.cell(w, *found.commonest),
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
        label = words.cell(context.words, day, at * HOURS_A_CELL)
        shade = SHADES[(len(SHADES) * count - 1) // most] if count else 0
        return Cell(count, shade, label, showing(context, key) if count else None, shown == key)

    return tuple(
        (context.words(name), tuple(cell(day, at) for at in range(CELLS_A_DAY)))
        for day, name in enumerate(words.WEEKDAYS)
    )
