"""Uppföljning: every number and what it is made of, pace and rhythm, what counts for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final, get_args

import streamlit as st

from dashboard import chrome, panel, state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.forms.draft import EntryForm
from dashboard.forms.versions import entry_history
from dashboard.listing import Leaf, leaf, with_list
from dashboard.screens.duties import of_promises
from dashboard.screens.followup import charts
from dashboard.state import Sent
from geodata.model import (
    Activity,
    Area,
    Commitment,
    Goal,
    LeftOutReason,
    Level,
    Method,
    Period,
    Progress,
    Promise,
    State,
    Unit,
)
from geodata.service import entries
from geodata.service.following import (
    UncountedReason,
    comparisons,
    drawing,
    records,
    seen_beside,
    uncounted,
)
from geodata.service.promises import every_promise


@dataclass(frozen=True, slots=True)
class Drill:
    """What stands below a row of the matrix when one of its cells is open."""

    commitment: Commitment
    area: Area | None
    progress: Progress
    step_titles: dict[str, str]
    # Ids of the records behind the number: those that count (no reason), or left out alike.
    piles: Mapping[LeftOutReason | None, Sequence[str]]
    chosen: LeftOutReason | None
    leaf: Leaf[Activity]
    on_map: ViewState


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
    found = records(context.service, commitment, area.id if area else None, context.as_of.day)
    piles: dict[LeftOutReason | None, Sequence[str]] = {
        None: (),
        **{why: found[why] for why in (None, *LeftOutReason) if why in found},
    }
    return Drill(
        commitment,
        area,
        progress,
        context.step_titles(commitment),
        piles,
        reason,
        leaf(context, reason, piles[reason]),
        here,
    )


def days_gone(commitment: Commitment, period: Period, as_of: date) -> tuple[int, int]:
    """Return how many days of an even pace have gone, and of how many, first and last included."""
    due = min(commitment.deadline or period.end, period.end)
    days = max((due - period.start).days + 1, 1)
    return min(max((as_of - period.start).days + 1, 0), days), days


DO_ALIKE: Final = {
    UncountedReason.BEFORE_PERIOD: "period",
    UncountedReason.AFTER_PERIOD: "period",
}
"""Reasons about which the same can be done."""


@dataclass(frozen=True, slots=True)
class Group:
    """Records that count for nothing for one reason."""

    reason: UncountedReason
    ids: tuple[str, ...]
    leaf: Leaf[Activity] | None


def groups(context: Context) -> tuple[Group, ...]:
    """Return what counts for nothing on the day told about, reason by reason."""
    chosen = context.state
    found = uncounted(context.service, context.promises, context.as_of.day)
    # A selected area or commitment has lists of its own.
    opened = None if chosen.area or chosen.commitment else chosen.listed
    return tuple(
        Group(reason, ids, leaf(context, reason, ids) if reason == opened else None)
        for reason in UncountedReason
        if (ids := found.get(reason))
    )


def told_uncounted(context: Context) -> dict[str, Any]:
    """Return what the section's template names."""
    return {"groups": groups(context), "do_alike": DO_ALIKE, "with_list": with_list}


def page(context: Context) -> None:
    """Show the page, or the form that the address asks for."""
    if form := form_of(context):
        show_form(form)
        return
    chrome.frame(context)
    with st.container(key="reading"):
        chosen, commitment = context.state, context.state.commitment
        where = f"/{commitment}/{chosen.area}" if commitment else ""
        shown = matrix(context)
        _part(context, "matrix", where, **shown)
        if shown["many"]:
            return
        if compared := years(context)["comparisons"]:
            _part(context, "years", comparisons=compared)
        _part(context, "pace", **pace(context))
        if context.attention:
            rhythm_values = rhythm(context)
            opened = rhythm_values["opened"]
            where = f"/{opened.area.id}/{opened.span.first}" if opened else ""
            _part(context, "rhythm", where, **rhythm_values)
        _part(context, "uncounted", **told_uncounted(context))
        _part(context, "indicators", **seen(context))
        _part(context, "outcomes")


def _part(context: Context, name: str, where: str = "", **values: Any) -> None:
    with st.container(key=name):
        panel.show(
            context,
            f"{name}_panel",
            f"{name}.html",
            view=f"{name}{where}",
            focus=context.moved_by == f"{name}_panel",
            **values,
        )


def pace(context: Context) -> dict[str, Any]:
    """Return what the charts of promised numbers and steps are drawn from."""
    return {
        "charts": charts.together(context),
        "by_area": charts.each_area(context),
        "plans": [
            (promise, steps) for promise in context.promises if (steps := _stepwise(promise))
        ],
        "parts": partial(charts.parts, context),
        "share": charts.share,
        "quarters": charts.quarters,
        "step_titles": context.step_titles,
        "large": charts.LARGE,
        "small": charts.SMALL,
    }


def _stepwise(promise: Promise) -> list[Commitment]:
    return [one for one in promise.commitments if one.measure.drawn == "steps"]


def rhythm(context: Context) -> dict[str, Any]:
    """Return the tables of weeks and months, and what is open in one of them."""
    week, month = charts.heats(context)
    return {"week": week, "month": month, "opened": charts.opened(context, week, month)}


def matrix(context: Context) -> dict[str, Any]:
    """Return what the matrices of commitments by areas are made of."""
    owed = of_promises(context)
    return {
        "owed": owed,
        "late": sum(duty.late for duty in owed),
        "areas_of": lambda promise: context.service.areas((promise,)),
        "disposed": context.service.register.latest_disposal(),
        "many": len(context.promises) > chrome.PLACES_IN_A_ROW,
        "left_out": partial(_left_out, context),
        "counts": lambda promise: Counter(
            context.progress[commitment.id].overall.state for commitment in promise.commitments
        ),
        "drill": partial(drill, context),
        "days_gone": days_gone,
        "with_list": with_list,
    }


def years(context: Context) -> dict[str, Any]:
    """Return the promises told about beside those that they follow and are followed by."""
    service, chosen = context.service, context.state.as_of
    return {"comparisons": comparisons(service, context.promises, chosen)}


def _left_out(context: Context, commitment: Commitment) -> int:
    overall = context.progress[commitment.id].overall
    # What merely lies later than the day told about is not left out: its time has not come.
    later = {LeftOutReason.AFTER_AS_OF}
    period = context.service.catalogue.promise_by_id[commitment.promise_id].period
    if context.as_of.day <= period.end:
        later.add(LeftOutReason.AFTER_PERIOD)
    if overall.state is State.NOT_STARTED:
        later.add(LeftOutReason.BEFORE_PERIOD)
    return sum(count for reason, count in overall.left_out.items() if reason not in later)


# --- the indicators -------------------------------------------------------------------------------

SAVED: Final = "indicators"
"""Under which name the session remembers what was saved last, for the page to say so."""

PROMISES_AT_MOST: Final = 6
"""Of more, one has to be chosen: each has charts of its own."""

KINDS: Final[tuple[entries.EntryKind, ...]] = ("reading", "indicator")
"""What the forms are of."""

LISTS: Final = ("caution", "series")
"""The fields of an indicator's form that hold a list's rows."""


def form_of(context: Context) -> EntryForm | None:
    """Return the form that the address asks for; None where it asks for none."""
    choices = context.state.choices
    kind = next((known for known in KINDS if known == choices.get("task")), None)
    if kind is None or not context.account.may("promise"):
        return None
    of = choices.get("of", "")
    begun = entries.begun(context.service, kind, of)
    values = dict(begun.values)
    if begun.base is None and kind == "reading":
        about = [i.series[-1].id for i in context.service.catalogue.indicators if i.id == of]
        values[entries.SERIES] = next(iter(about), "")
    elif begun.base is None:
        values["goals"] = tuple(filter(None, [choices.get("goal")]))
    name, back = f"{kind}/{of}", replace(context.state, asked=())
    return EntryForm(context, name, begun, values, SAVED, back, state.form(name))


def show_form(form: EntryForm) -> None:
    """Show the form."""
    context, begun, v = form.context, form.begun, form.values
    chrome.frame(context)
    theirs = form.told()["theirs"]
    label = partial(_label, context, begun.kind)
    differ = entries.clashes(begun, theirs, v) if theirs else {}
    history = entries.versions(context.service, begun.kind, begun.base.id if begun.base else "")
    with st.container(key="reading"):
        form.show(
            "indicator_form.html",
            partial(_submitted, form),
            kind=begun.kind,
            gone=begun.gone,
            indicators=context.service.catalogue.indicators,
            goals=_goals(context, v["goals"]),
            levels=get_args(Level),
            methods=get_args(Method),
            units=get_args(Unit),
            history=entry_history(history, label, lists=LISTS),
            # It is told field by field, as only its own words can.
            conflict=None,
            clashes={label(field): both for field, both in differ.items()},
        )


def _goals(context: Context, ticked: str | tuple[str, ...]) -> list[tuple[str, Goal]]:
    """Return the goals to choose from, each with its promise: those told about, and the ticked."""
    told = {promise.id for promise in context.promises}
    return [
        (promise.title.to(context.state.language), goal)
        for promise in every_promise(context.service).values()
        for goal in promise.goals
        if promise.id in told or promise.draft or goal.id in ticked
    ]


def _label(context: Context, kind: entries.EntryKind, name: str) -> str:
    """Return what a field is called; one of a list's row with the row's number."""
    w, (*above, last) = context.words, name.split("-")
    if kind == "reading":
        return w(f"reading.field.{name}")
    field = last.removesuffix("_en")
    label = w(f"promises.field.{field}" if "source" in field else f"indicator.field.{field}")
    if field != last:
        label = w("promises.in_english", field=label)
    number = "".join(filter(str.isdigit, above[0])) if above else ""
    return w("indicator.in_row", number=number, field=label) if number else label


def _submitted(form: EntryForm, sent: Sent) -> None:
    form.save(sent, partial(entries.save, form.context.service), kind=form.begun.kind)


# --- beside the work -----------------------------------------------------------------------------


def seen(context: Context) -> dict[str, Any]:
    """Return what the section's template names: each goal's indicators, as small charts."""
    few = context.promises if len(context.promises) <= PROMISES_AT_MOST else ()
    promises = [(promise, seen_beside(context.service, promise)) for promise in few]
    shown = [told for _, goals in promises for _, some in goals for told in some]
    saved, last = draft.last_saved(SAVED)
    return {
        "saved": saved.record if saved else None,
        "saved_number": saved.number if saved else 0,
        "saved_kind": last.get("kind", "reading"),
        "saved_draft": last.get("draft", ""),
        "form": partial(_form, context),
        "seen": [(promise, goals) for promise, goals in promises if goals],
        "drawing": partial(drawing, context.words),
        "must_choose": not few,
        "has_intervals": any(point.interval for told in shown for point in told.points),
        "has_breaks": any(len(told.drawn) > 1 for told in shown),
    }


def _form(
    context: Context, of: str, kind: entries.EntryKind = "reading", goal: str = ""
) -> ViewState:
    """Return the form of a reading or an indicator, or of a new one of an indicator or a goal."""
    return replace(context.state, asked=()).asking(task=kind, of=of, goal=goal)
