"""Uppföljning, the indicators: what is seen beside the work, and the forms that it is told in."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final, get_args

import streamlit as st

from dashboard import chrome, state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.forms.draft import EntryForm
from dashboard.forms.versions import entry_history
from dashboard.state import Sent
from geodata.model import Goal, Level, Method, Unit
from geodata.service import entries
from geodata.service.following import drawing, seen_beside
from geodata.service.promises import every_promise

SAVED: Final = "indicators"
"""Under which name the session remembers what was saved last, for the page to say so."""

PROMISES_AT_MOST: Final = 6
"""Of more, one has to be chosen: each has charts of its own."""

KINDS: Final[tuple[entries.Kind, ...]] = ("reading", "indicator")
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


def page(form: EntryForm) -> None:
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


def _label(context: Context, kind: entries.Kind, name: str) -> str:
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


def _form(context: Context, of: str, kind: entries.Kind = "reading", goal: str = "") -> ViewState:
    """Return the form of a reading or an indicator, or of a new one of an indicator or a goal."""
    return replace(context.state, asked=()).asking(task=kind, of=of, goal=goal)
