"""What a hot spot or an area got: its figures in words, and the records that they are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final, TypeVar

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.listing import Listing, part_of
from dashboard.planner.tools import visit_minutes, visit_time
from geodata.model import Activity, Period, State, name_of
from geodata.planner.doses import (
    HOURS_A_CELL,
    Board,
    Dose,
    DoseState,
    Gap,
    Pass,
    Visit,
    is_advised,
    whole_minutes,
)
from geodata.texts import SWEDISH_TIME, Words

LOOKS: Final[Mapping[DoseState, State]] = {
    DoseState.NO_VISITS: State.NOT_FULFILLED,
    DoseState.BELOW: State.BEHIND,
    DoseState.AS_PLANNED: State.FULFILLED,
    DoseState.NOT_PLANNED: State.UNDER_WAY,
    DoseState.NOT_VALID: State.NOT_STARTED,
}
"""The sign and the colour each state has: those of the commitments' states that mean the same."""

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
    return w("plan_dose.cell", weekday=w.weekday(day), hours=hours_of(hour))


def foreseen(w: Words, dose: Dose) -> str:
    """Return how easy the visits are to foresee, in a few words."""
    return w(f"plan_dose.foreseen_{dose.predictability.word}")


def visit_source(w: Words, visit: Visit) -> str:
    """Return what shows that somebody came, with the gaps in it."""
    if visit.source == "record":
        return w("plan_dose.from_record")
    if whole_minutes(visit.gap_min):
        return w("plan_dose.from_track_gap", count=whole_minutes(visit.gap_min))
    return w("plan_dose.from_track")


def foreseen_why(w: Words, dose: Dose) -> str:
    """Return what that rests on: how many visits, and when most of them are."""
    found = dose.predictability
    if found.share is None:
        return w("plan_dose.too_few_why", count=found.visits)
    why = w("plan_dose.foreseen_why", share=w.percent(found.share), count=found.visits)
    if found.commonest is None:
        return why
    common = w(
        "plan_dose.commonest",
        cell=cell(w, *found.commonest),
        part=found.commonest_visits,
        count=found.visits,
    )
    return f"{common} {why}"


SHADES: Final = (1, 2, 4, 5)
"""From light to dark; on the middle one neither light nor dark figures can be read."""

# --- lists -----------------------------------------------------------------------------------

FEW: Final = 8
"""Lines shown before a reader asks for more."""

PAGE: Final = 50
"""Lines on each page when they do."""

_CELL: Final = re.compile(r"cell_([0-6])_([0-7])", re.ASCII)

LISTS: Final = ("visits", "no_minutes", "advised", "passes")
"""The lists that figures open; they stand by those."""

ELSEWHERE: Final = ("elsewhere", "unplaced")
"""Those of patrols that were at no hot spot."""

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
    """A list, by its name in the address: what it holds, and which part of it is shown."""

    shown: str
    title: str
    lines: tuple[Line, ...]
    part: Listing


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


def listed(context: Context, dose: Dose, *, of_area: bool = False) -> Listed | None:
    """Return the list that is open under a dose; all its visits where none is."""
    w, shown = context.words, context.state.choices.get("show", "")
    if shown == "gaps":
        dated = [visit for visit in dose.visits if visit.dated]
        gaps = list(zip(dose.gaps.between, pairwise(dated), strict=True))
        gaps.sort(key=lambda pair: -pair[0].hours)
        title = w("plan_dose.list_gaps", count=len(gaps))
        return _paged(context, shown, title, gaps, partial(_gaps, context))
    rows: Sequence[Visit | Pass] = chosen_visits(dose, shown)
    if shown == "passes":
        rows = dose.passes[::-1]
    if not rows and not shown:
        return None
    lines = partial(_lines, context, of_area=of_area)
    return _paged(context, shown, _title(w, shown, len(rows)), rows, lines)


def listed_patrols(context: Context, shown_board: Board) -> Listed | None:
    """Return the patrols that were at no hot spot, or have no place, where they are asked for."""
    shown = context.state.choices.get("show", "")
    if shown not in ELSEWHERE:
        return None
    wanted = shown_board.elsewhere if shown == "elsewhere" else shown_board.unplaced
    ids = [id_ for id_, _ in shown_board.patrols if id_ in wanted]
    title = context.words(f"plan_dose.list_{shown}", count=len(ids))
    return _paged(context, shown, title, ids, partial(_patrols, context))


def _paged(
    context: Context,
    shown: str,
    title: str,
    rows: Sequence[_Row],
    lines: Callable[[Sequence[_Row]], list[Line]],
) -> Listed:
    part = part_of(context, len(rows), FEW, PAGE)
    return Listed(shown, title, tuple(lines(rows[part.first - 1 : part.last])), part)


def _title(w: Words, shown: str, count: int) -> str:
    if place := _CELL.fullmatch(shown):
        named = cell(w, int(place[1]), int(place[2]) * HOURS_A_CELL)
        return w("plan_dose.list_cell", count=count, cell=named)
    return w(f"plan_dose.list_{shown if shown in LISTS else LISTS[0]}", count=count)


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
        return visit_time(w, row), visit_minutes(w, row), visit_source(w, row)
    length = "plan_dose.length_unknown" if row.minutes is None else "plan_dose.under_two"
    return w.day(row.day, short=True), w(length), w("plan_dose.passed")


def _gaps(context: Context, part: Sequence[tuple[Gap, tuple[Visit, Visit]]]) -> list[Line]:
    w = context.words
    return [
        Line(
            visit_time(w, before),
            "",
            w("plan_dose.until", when=visit_time(w, after)),
            span(w, gap.hours),
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
