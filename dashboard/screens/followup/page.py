"""What is recorded and counts for nothing, by reason, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from dashboard import chrome, panel
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.listing import Leaf, leaf, with_list
from dashboard.screens.followup import charts
from dashboard.screens.followup.drill import Drill, drill, is_open
from geodata.model import (
    Area,
    Commitment,
    LeftOutReason,
    Outcome,
    Progress,
    Promise,
    State,
)
from geodata.service.following import UncountedReason, following

WORDS: Final[Mapping[UncountedReason, tuple[str, str]]] = {
    UncountedReason.OTHER_KIND: ("uncounted.other_kind", "uncounted.do.other_kind"),
    UncountedReason.BEFORE_PERIOD: ("uncounted.before_period", "uncounted.do.period"),
    UncountedReason.AFTER_PERIOD: ("uncounted.after_period", "uncounted.do.period"),
    UncountedReason.AFTER_DEADLINE: ("uncounted.after_deadline", "uncounted.do.after_deadline"),
    UncountedReason.OTHER_AREA: ("uncounted.other_area", "uncounted.do.other_area"),
    UncountedReason.UNKNOWN_COMMITMENT: (
        "uncounted.unknown_commitment",
        "uncounted.do.unknown_commitment",
    ),
    UncountedReason.NO_AREA: ("uncounted.no_area", "uncounted.do.no_area"),
    UncountedReason.NO_PERIOD: ("uncounted.no_period", "uncounted.do.no_period"),
    UncountedReason.NO_COMMITMENT: ("uncounted.no_commitment", "uncounted.do.no_commitment"),
}
"""Why, and what to do."""


@dataclass(frozen=True, slots=True)
class Group:
    """Records that count for nothing for one reason."""

    reason: UncountedReason
    why: str
    what_to_do: str
    count: int
    link: ViewState
    leaf: Leaf | None


def groups(context: Context) -> tuple[Group, ...]:
    """Return what counts for nothing on the day told about, reason by reason."""
    chosen = context.state
    found = following(context.service).uncounted(context.promises, context.as_of.day)
    # A selected area or commitment has lists of its own.
    opened = None if chosen.area or chosen.commitment else chosen.listed
    closed = chosen.cleared()
    shown = []
    for reason in UncountedReason:
        if ids := found.get(reason):
            is_open = reason == opened
            link = closed if is_open else with_list(closed, reason)
            part = leaf(context, reason, ids) if is_open else None
            shown.append(Group(reason, *WORDS[reason], len(ids), link, part))
    return tuple(shown)


@dataclass(frozen=True, slots=True)
class Cell:
    """A commitment in an area: None as progress where the commitment does not name it."""

    area: Area
    progress: Progress | None
    where_needed: bool
    link: ViewState
    is_open: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A commitment with its cells, where its links lead, and how many records don't count."""

    commitment: Commitment
    overall: Progress
    left_out: int
    cells: tuple[Cell, ...]
    on_map: ViewState
    link: ViewState
    is_open: bool
    drill: Drill | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """A promise's commitments by its areas."""

    promise: Promise
    areas: tuple[Area, ...]
    rows: tuple[Row, ...]


def page(context: Context) -> None:
    """Show the page."""
    chrome.frame(context, "followup")
    with st.container(key="reading"):
        _parts(context)


def _parts(context: Context) -> None:
    moved = context.moved_by
    chosen = context.state
    with st.container(key="matrix"):
        panel.show(
            "matrix_panel",
            "matrix.html",
            view=f"matrix/{chosen.commitment}/{chosen.area}" if chosen.commitment else "matrix",
            focus=moved == "matrix_panel",
            **context.base("followup"),
            matrices=[matrix(context, promise) for promise in context.promises],
        )
    with st.container(key="pace"):
        _pace(context)
    with st.container(key="rhythm"):
        _rhythm(context)
    with st.container(key="uncounted"):
        panel.show(
            "uncounted_panel",
            "uncounted.html",
            view="uncounted",
            focus=moved == "uncounted_panel",
            **context.base("followup"),
            groups=groups(context),
        )
    with st.container(key="outcomes"):
        panel.show(
            "outcomes_panel",
            "outcomes.html",
            **context.base("followup"),
            groups=outcome_groups(context.promises),
        )


def _pace(context: Context) -> None:
    panel.show(
        "pace_panel",
        "pace.html",
        **context.base("followup"),
        charts=charts.together(context),
        by_area=charts.each_area(context),
        plans=charts.plans(context),
        large=charts.LARGE,
        small=charts.SMALL,
    )


def _rhythm(context: Context) -> None:
    week, month = charts.week_heat(context), charts.month_heat(context)
    opened = charts.opened(context, week, month)
    panel.show(
        "rhythm_panel",
        "rhythm.html",
        view=f"rhythm/{opened.area.id}/{opened.span.first}" if opened else "rhythm",
        focus=context.moved_by == "rhythm_panel",
        **context.base("followup"),
        week=week,
        month=month,
        opened=opened,
    )


# --- matrix ------------------------------------------------------------------------------------


def matrix(context: Context, promise: Promise) -> Matrix:
    """Return a promise's matrix, with what its open cell is made of."""
    areas = context.service.areas((promise,))
    rows = tuple(_row(context, commitment, areas) for commitment in promise.commitments)
    return Matrix(promise, areas, rows)


def _row(context: Context, commitment: Commitment, areas: Sequence[Area]) -> Row:
    progress, chosen = context.progress[commitment.id], context.state
    whole = chosen.with_commitment(commitment.id)
    is_whole = is_open(context, commitment, None)
    return Row(
        commitment,
        progress.overall,
        _left_out(context, commitment, progress.overall),
        tuple(_cell(context, commitment, area) for area in areas),
        whole,
        chosen.cleared() if is_whole else whole,
        is_whole,
        drill(context, commitment) if chosen.commitment == commitment.id else None,
    )


def _cell(context: Context, commitment: Commitment, area: Area) -> Cell:
    chosen, shown = context.state, is_open(context, commitment, area.id)
    return Cell(
        area,
        context.progress[commitment.id].by_area.get(area.id),
        area.id in commitment.areas_where_needed,
        chosen.cleared() if shown else chosen.with_commitment(commitment.id, area.id),
        shown,
    )


def _left_out(context: Context, commitment: Commitment, overall: Progress) -> int:
    # What merely lies later than the day told about is not left out: its time has not come.
    later = {LeftOutReason.AFTER_AS_OF}
    period = context.service.catalogue.promise_by_id[commitment.promise_id].period
    if context.as_of.day <= period.end:
        later.add(LeftOutReason.AFTER_PERIOD)
    if overall.state is State.NOT_STARTED:
        later.add(LeftOutReason.BEFORE_PERIOD)
    return sum(len(ids) for reason, ids in overall.left_out.items() if reason not in later)


# --- outcomes ----------------------------------------------------------------------------------


def outcome_groups(
    promises: Sequence[Promise],
) -> list[tuple[Promise, list[tuple[Commitment | None, Outcome]]]]:
    """Return what the parties reported, promise by promise, each with its commitment if any."""
    groups = []
    for promise in promises:
        by_id = {commitment.id: commitment for commitment in promise.commitments}
        rows = [(by_id.get(o.commitment_id or ""), o) for o in promise.outcomes]
        if rows:
            groups.append((promise, rows))
    return groups
