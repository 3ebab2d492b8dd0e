"""What a number in the matrix is made of: the rule in words, and the records behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.listing import Leaf, leaf, with_list
from geodata.model import (
    Appointment,
    Area,
    Commitment,
    Count,
    LeftOutReason,
    Milestone,
    Period,
    Progress,
    State,
    name_of,
)


@dataclass(frozen=True, slots=True)
class Pile:
    """Some of the records behind a number: those that count (no reason), or left out alike."""

    reason: LeftOutReason | None
    count: int
    link: ViewState
    chosen: bool


@dataclass(frozen=True, slots=True)
class Drill:
    """What stands below a row of the matrix when one of its cells is open."""

    commitment: Commitment
    area: Area | None
    progress: Progress
    overall: Progress
    facts: tuple[tuple[str, str], ...]
    step_titles: dict[str, str]
    piles: tuple[Pile, ...]
    leaf: Leaf
    on_map: ViewState
    closed: ViewState


def is_open(context: Context, commitment: Commitment, area_id: str | None) -> bool:
    """Tell whether a cell is the one that the address names."""
    chosen = context.state
    return (chosen.commitment, chosen.area) == (commitment.id, area_id)


def drill(context: Context, commitment: Commitment) -> Drill:
    """Return what the open cell of a row is made of."""
    catalogue, chosen = context.service.catalogue, context.state
    told = context.progress[commitment.id]
    area = catalogue.area_by_id.get(chosen.area or "")
    if area and area.id not in told.by_area:
        area = None
    progress = told.by_area[area.id] if area else told.overall
    here = chosen.with_commitment(commitment.id, area.id if area else None)
    reason = next((one for one in progress.left_out if one == chosen.listed), None)
    ids = progress.left_out[reason] if reason else progress.counted
    return Drill(
        commitment,
        area,
        progress,
        told.overall,
        tuple(_facts(context, commitment, area, progress, told.overall)),
        context.step_titles(commitment),
        tuple(_piles(progress, here, reason)),
        # Both kinds of ids come by day: the newest first, as every list of records.
        leaf(context, reason, ids[::-1]),
        here,
        here.cleared(),
    )


# --- records -----------------------------------------------------------------------------------


def _piles(progress: Progress, here: ViewState, chosen: LeftOutReason | None) -> list[Pile]:
    piles = [Pile(None, len(progress.counted), here, chosen is None)]
    piles += [
        Pile(reason, len(progress.left_out[reason]), with_list(here, reason), reason is chosen)
        for reason in LeftOutReason
        if progress.left_out.get(reason)
    ]
    return piles


# --- the rule in words -------------------------------------------------------------------------


def _facts(
    context: Context,
    commitment: Commitment,
    area: Area | None,
    progress: Progress,
    overall: Progress,
) -> list[tuple[str, str]]:
    w, language = context.words, context.state.language
    catalogue = context.service.catalogue
    period = catalogue.promise_by_id[commitment.promise_id].period
    kinds = [
        name_of(catalogue.vocabulary.activity_kinds, kind).to(language) for kind in commitment.kinds
    ]
    facts = [
        (w("drill.promised"), _promised(context, commitment, area)),
        (w("drill.counts"), ", ".join(kinds)),
        (w("drill.period"), w.period(period.start, period.end, period.precision)),
    ]
    if commitment.deadline:
        facts.append((w("commitment.deadline"), w.day(commitment.deadline)))
    told = progress if progress.target is not None else overall
    if told.expected is not None and told.state is not State.NOT_STARTED:
        label = w("drill.expected", day=w.day(context.as_of.day, short=True))
        facts.append((label, _expected(context, commitment, period, told)))
    return facts


def _promised(context: Context, commitment: Commitment, area: Area | None) -> str:
    w, areas = context.words, len(commitment.areas)
    if area and area.id in commitment.areas_where_needed:
        return w("drill.promised.where_needed")
    match commitment.measure:
        case Count(target=target, per="area") if area:
            return w("drill.promised.count_here", count=target)
        case Count(target=target, per="area") if areas:
            return w("drill.promised.count_each", target=target, count=areas)
        case Count(target=target):
            return w("drill.promised.count_together", count=target)
        case Milestone(steps=steps, per="area") if area:
            return w("drill.promised.steps_here", count=len(steps))
        case Milestone(steps=steps, per="area") if areas:
            return w("drill.promised.steps_each", steps=len(steps), count=areas)
        case Milestone(steps=steps):
            return w("drill.promised.steps_once", count=len(steps))
        case Appointment():
            return w("drill.promised.appointment")
        case _:
            return w("drill.promised.no_number")


def _expected(context: Context, commitment: Commitment, period: Period, progress: Progress) -> str:
    w, expected = context.words, progress.expected or 0.0
    if progress.unit == "areas":
        return w("drill.expected.areas", count=round(expected))
    if progress.unit == "steps":
        return w("drill.expected.steps", count=round(expected))
    gone, days = days_gone(commitment, period, context.as_of.day)
    decimals = 0 if expected == round(expected) else 1
    return w(
        "drill.expected.activities",
        target=progress.target or 0,
        gone=gone,
        days=days,
        expected=w.number(expected, decimals),
    )


def days_gone(commitment: Commitment, period: Period, as_of: date) -> tuple[int, int]:
    """Return how many days of an even pace have gone, and of how many, first and last included."""
    due = min(commitment.deadline or period.end, period.end)
    days = max((due - period.start).days + 1, 1)
    return min(max((as_of - period.start).days + 1, 0), days), days
