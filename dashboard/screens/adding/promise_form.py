"""Löften, the form: a promise that is made, that follows another, or that is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, get_args

import streamlit as st

from dashboard import address, chrome, panel, state
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.state import FormState, Sent, Values
from geodata.errors import UnknownIdError
from geodata.model import name_of
from geodata.service.promises import (
    MEASURES,
    Filled,
    Task,
    every_promise,
    filled,
    form_values,
    rows,
    save,
)
from geodata.service.recording import Conflict, Saved, day_said

TASKS: Final[tuple[Task, ...]] = get_args(Task)

SAVED: Final = "promises"
"""Under which name the session remembers what was saved last, for the list to say so."""


def begun(context: Context) -> Filled | None:
    """Return what the form that the address asks for begins with; None where it asks for none."""
    choices = context.state.choices
    task = next((known for known in TASKS if known == choices.get("task")), None)
    try:
        return filled(context.service, task, choices.get("of", "")) if task else None
    except UnknownIdError:
        return None


def name_of_draft(context: Context, form: Filled) -> str:
    """Return the draft's name, in this browser and in this session."""
    return f"promise/{form.task}/{context.state.choices.get('of', '')}"


def shown(context: Context, form: Filled) -> Values:
    """Return what every field shows."""
    own = {"expected": str(form.number), "id": form.base.id if form.base else "", "by": ""}
    kept = state.form(name_of_draft(context, form))
    return defaultdict(str, draft.shown(kept, {**form_values(form.base), **own}))


def tick_area(context: Context, point: str, area_id: str) -> None:
    """Add an area that has been drawn to those of the commitment that it was drawn for."""
    form, field = begun(context), f"point{point}-areas"
    if form is not None:
        name = name_of_draft(context, form)
        ticked = tuple(shown(context, form)[field])
        state.keep_form(name, state.form(name).decided({field: (*ticked, area_id)}))


def page(context: Context, form: Filled, **told: Any) -> None:
    """Show the form, and what is told above it."""
    chrome.frame(context)
    name = name_of_draft(context, form)
    kept = state.form(name)
    with st.container(key="reading"):
        panel.show(
            context,
            "promise_panel",
            "promise_form.html",
            view=name,
            focus=context.is_led,
            attempt=draft.attempt(kept),
            on_ask=partial(draft.asked, name),
            on_submit=partial(_submitted, context, form, name),
            **values(context, form, name, kept),
            **told,
        )


def values(context: Context, form: Filled, name: str, kept: FormState) -> dict[str, Any]:
    """Return what the form's template names."""
    language = context.state.language
    v = shown(context, form)
    catalogue, of = context.service.catalogue, context.state.choices.get("of", "")
    here = [a for a in catalogue.areas if a.municipality == v["municipality"]]
    conflict = kept.answer if isinstance(kept.answer, Conflict) else None
    return {
        "draft": name,
        "kept": kept,
        "record": None,
        "v": v,
        "task": form.task,
        "about": every_promise(context.service)[of].title.to(language) if form.base else "",
        "base": form.base,
        "rows": partial(rows, v),
        "measures": MEASURES,
        "kinds": list(catalogue.vocabulary.activity_kinds.values()),
        "parties": [
            (mark, v[f"party{mark}-name"])
            for mark in rows(v, "party")
            if v[f"party{mark}-name"] and not v[f"party{mark}-dropped"]
        ],
        "areas": here or list(catalogue.areas),
        "counted": partial(counted, context, v),
        "faults": draft.faults(context.words, kept, v),
        "oddities": stale_english(context, form, v),
        "failure": draft.failure(context.words, kept.answer),
        "conflict": conflict,
        "versions": [],
        "back": replace(context.state, asked=()),
    }


def counted(context: Context, v: Values, at: str) -> str:
    """Return how a commitment will be counted, in a sentence; what is missing so far, if anything.

    Parameters
    ----------
    context : Context
        Whose words are spoken.
    v : mapping
        The form's values.
    at : str
        How the names of the commitment's fields begin.
    """
    w, kind = context.words, v[f"{at}measure"]
    ticked = [name for name in v[f"{at}kinds"] if name]
    terms = context.service.catalogue.vocabulary.activity_kinds
    names = [name_of(terms, id_).to(context.state.language) for id_ in ticked]
    names += [new] if (new := str(v[f"{at}new_kind"]).strip()) else []
    due = _day(context, str(v[f"{at}deadline"] or v["end"]))
    areas = len(v[f"{at}areas"]) if v[f"{at}per"] == "area" else 0
    where = w("promises.counts.each_area", count=areas) if areas else w("promises.counts.in_all")
    if kind == "milestone":
        steps = [s for s in rows(v, f"{at}step") if not v[f"{at}step{s}-dropped"]]
        if not steps:
            return w("promises.counts.no_steps")
        return w("promises.counts.milestone", count=len(steps), where=where)
    if kind not in MEASURES or not names:
        return w("promises.counts.choose")
    said = ", ".join(names)
    if kind == "count":
        target = address.whole_number(str(v[f"{at}target"]).strip())
        if not target:
            return w("promises.counts.no_target")
        return w("promises.counts.count", count=target, kinds=said, where=where, due=due)
    return w(f"promises.counts.{kind}", kinds=said, due=due)


def _day(context: Context, text: str) -> str:
    """Return a day in words; as it was typed where that is none yet."""
    day = day_said(text, context.service.today())
    return context.words.day(day) if day else text


def stale_english(context: Context, form: Filled, v: Values) -> dict[str, str]:
    """Return what is odd, by field: English that stayed as it was where the Swedish was changed."""
    before = form_values(form.base) if form.base else {}
    return {
        name: context.words("promises.stale_english")
        for name, text in before.items()
        if (english := before.get(f"{name}_en")) and text != v[name] and v[f"{name}_en"] == english
    }


# --- what the form sends -------------------------------------------------------------------------


def _submitted(context: Context, form: Filled, name: str, sent: Sent) -> None:
    def do(given: Mapping[str, Any]) -> object:
        seen = replace(form, number=address.whole_number(given.get("expected"), form.number))
        return save(context.service, seen, given, draft=sent.button == "draft")

    saved = draft.save(name, sent, do)
    if isinstance(saved, Saved):
        state.keep_form(SAVED, FormState(answer=saved, values={"draft": name}))
        state.go_to(replace(context.state, asked=()), "adding")
