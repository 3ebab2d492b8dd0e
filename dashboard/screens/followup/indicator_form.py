"""Uppföljning, the forms of an indicator's definition and of a reading: new, changed, withdrawn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import Any, Final, get_args

import streamlit as st

from dashboard import address, chrome, panel, state
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.forms.versions import entry_history
from dashboard.state import FormState, Sent, Values
from geodata.model import Goal, Level, Method, Unit
from geodata.service.entries import (
    SERIES,
    Begun,
    Kind,
    begun,
    bring_back,
    clashes,
    rows,
    save,
    versions,
    withdraw,
)
from geodata.service.promises import every_promise
from geodata.service.recording import Conflict, Saved

SAVED: Final = "indicators"
"""Under which name the session remembers what was saved last, for the page to say so."""

KINDS: Final[tuple[Kind, ...]] = ("reading", "indicator")
"""What the forms are of."""

LISTS: Final = ("caution", "series")
"""The fields of an indicator's form that hold a list's rows."""


def asked(context: Context) -> Begun | None:
    """Return what the form that the address asks for begins with; None where it asks for none."""
    choices = context.state.choices
    kind = next((known for known in KINDS if known == choices.get("task")), None)
    may_write = context.account.may("promise")
    return begun(context.service, kind, choices.get("of", "")) if kind and may_write else None


def page(context: Context, form: Begun) -> None:
    """Show the form."""
    chrome.frame(context)
    name = f"{form.kind}/{context.state.choices.get('of', '')}"
    with st.container(key="reading"):
        panel.show(
            context,
            "reading_panel",
            "indicator_form.html",
            view=name,
            focus=context.is_led,
            attempt=draft.attempt(state.form(name)),
            on_ask=partial(draft.asked, name),
            on_submit=partial(_submitted, context, form, name),
            **values(context, form, name, state.form(name)),
        )


def values(context: Context, form: Begun, name: str, kept: FormState) -> dict[str, Any]:
    """Return what the form's template names."""
    service, choices = context.service, context.state.choices
    indicators = service.catalogue.indicators
    suggested = {**form.values, "expected": str(form.number), "by": ""}
    if form.base is None and form.kind == "reading":
        about = [i.series[-1].id for i in indicators if i.id == choices.get("of")]
        suggested[SERIES] = next(iter(about), "")
    elif form.base is None:
        suggested["goals"] = tuple(filter(None, [choices.get("goal")]))
    v: Values = defaultdict(str, draft.shown(kept, suggested))
    theirs = kept.answer.theirs if isinstance(kept.answer, Conflict) else None
    label = partial(_label, context, form.kind)
    differ = clashes(form, theirs, v) if theirs else {}
    history = versions(service, form.kind, form.base.id if form.base else "")
    return {
        "draft": name,
        "record": form.base,
        "kind": form.kind,
        "gone": form.gone,
        "v": v,
        "indicators": indicators,
        "rows": partial(rows, v),
        "goals": _goals(context, v["goals"]),
        "levels": get_args(Level),
        "methods": get_args(Method),
        "units": get_args(Unit),
        "history": entry_history(history, label, lists=LISTS),
        **draft.outcome(context, "catalogue_entry", kept, v),
        "conflict": None,
        "theirs": theirs,
        "clashes": {label(field): both for field, both in differ.items()},
        "back": replace(context.state, asked=()),
    }


def _goals(context: Context, ticked: str | tuple[str, ...]) -> list[tuple[str, Goal]]:
    """Return the goals to choose from, each with its promise: those told about, and the ticked."""
    told = {promise.id for promise in context.promises}
    return [
        (promise.title.to(context.state.language), goal)
        for promise in every_promise(context.service).values()
        for goal in promise.goals
        if promise.id in told or promise.draft or goal.id in ticked
    ]


def _label(context: Context, kind: Kind, name: str) -> str:
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


def _submitted(context: Context, form: Begun, name: str, sent: Sent) -> None:
    service, (pressed, _, number) = context.service, sent.button.partition(":")

    def act(given: Values) -> object:
        expected = address.whole_number(given.get("expected"), form.number)
        seen = replace(form, number=expected)
        if pressed == "bring_back":
            return bring_back(service, seen, given, address.whole_number(number))
        return (withdraw if pressed == "withdraw" else save)(service, seen, given)

    saved = draft.save(name, sent, act)
    if isinstance(saved, Saved):
        state.keep_form(SAVED, FormState(answer=saved, values={"kind": form.kind, "draft": name}))
        state.go_to(replace(context.state, asked=()), "followup")
