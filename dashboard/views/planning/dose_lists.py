"""What the dose's figures are made of: visits, passes, gaps and patrols, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, TypeVar

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.views.planning import dose_words as said
from geodata.model import Activity, name_of
from geodata.planner.doses import HOURS_A_CELL, Board, Dose, Gap, Pass, Visit, is_advised
from geodata.service.following import following
from geodata.texts import SWEDISH_TIME, Words

FEW: Final = 8
"""Lines shown before a reader asks for more."""

PAGE: Final = 50
"""Lines on each page when they do."""

_CELL: Final = re.compile(r"cell_([0-6])_([0-7])", re.ASCII)

_BY_FIGURES: Final = ("visits", "no_minutes", "advised", "passes")

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
        return _paged(context, title, gaps, lambda part: _gaps(context, part))
    rows: Sequence[Visit | Pass] = chosen_visits(dose, shown)
    if shown == "passes":
        rows = dose.passes[::-1]
    if not rows and not shown:
        return None
    title = _title(w, shown, len(rows))
    found = _paged(context, title, rows, lambda part: _lines(context, part, of_area=of_area))
    early = shown in _BY_FIGURES
    return replace(found, early=early, narrowed=early or bool(_CELL.fullmatch(shown)))


def listed_patrols(context: Context, shown_board: Board, shown: str) -> Listed | None:
    """Return the patrols that were at no hot spot, or have no place, where they are asked for."""
    w = context.words
    if shown == "elsewhere":
        wanted, key = shown_board.elsewhere, "plan_dose.list_elsewhere"
    elif shown == "unplaced":
        wanted, key = shown_board.unplaced, "plan_dose.list_unplaced"
    else:
        return None
    ids = [id_ for id_, _ in shown_board.patrols if id_ in wanted]
    return _paged(context, w(key, count=len(ids)), ids, lambda part: _patrols(context, part))


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
    if shown == "no_minutes":
        return w("plan_dose.list_no_minutes", count=count)
    if shown == "advised":
        return w("plan_dose.list_advised", count=count)
    if shown == "passes":
        return w("plan_dose.list_passes", count=count)
    if cell := _CELL.fullmatch(shown):
        named = said.cell(w, int(cell[1]), int(cell[2]) * HOURS_A_CELL)
        return w("plan_dose.list_cell", count=count, cell=named)
    return w("plan_dose.list_visits", count=count)


# --- lines -----------------------------------------------------------------------------------


def _records(context: Context, ids: Sequence[str]) -> dict[str, Activity]:
    # Somebody may have withdrawn one since the board was made: it is then not among these.
    found = following(context.service).records(list(dict.fromkeys(ids)))
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
        return said.visit_time(w, row), said.visit_minutes(w, row), said.visit_source(w, row)
    length = "plan_dose.length_unknown" if row.minutes is None else "plan_dose.under_two"
    return w.day(row.day, short=True), w(length), w("plan_dose.passed")


def _gaps(context: Context, part: Sequence[tuple[Gap, tuple[Visit, Visit]]]) -> list[Line]:
    w = context.words
    return [
        Line(
            said.visit_time(w, before),
            "",
            w("plan_dose.until", when=said.visit_time(w, after)),
            said.span(w, gap.hours),
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
