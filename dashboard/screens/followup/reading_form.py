"""Uppföljning, the form of a reading: of an indicator's series, new or changed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard import address, chrome, panel, state
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.state import FormState, Sent, Values
from geodata.service.readings import (
    SERIES,
    ReadingBegun,
    begun,
    clashes,
    reading_values,
    save_reading,
    withdraw_reading,
)
from geodata.service.recording import Conflict, Saved

SAVED: Final = "readings"
"""Under which name the session remembers what was saved last, for the page to say so."""


def asked(context: Context) -> ReadingBegun | None:
    """Return what the form that the address asks for begins with; None where it asks for none."""
    choices = context.state.choices
    is_asked = choices.get("task") == "reading"
    return begun(context.service, choices.get("of", "")) if is_asked else None


def page(context: Context, form: ReadingBegun) -> None:
    """Show the form."""
    chrome.frame(context)
    name = f"reading/{context.state.choices.get('of', '')}"
    with st.container(key="reading"):
        panel.show(
            context,
            "reading_panel",
            "reading_form.html",
            view=name,
            focus=context.is_led,
            attempt=draft.attempt(state.form(name)),
            on_ask=lambda sent: state.drop_form(name) if sent.button == "clear" else None,
            on_submit=partial(_submitted, context, form, name),
            **values(context, form, name, state.form(name)),
        )


def values(context: Context, form: ReadingBegun, name: str, kept: FormState) -> dict[str, Any]:
    """Return what the form's template names."""
    indicators = context.service.catalogue.indicators
    own = {"expected": str(form.number), "by": ""}
    suggested = {**reading_values(form.base), **own}
    if form.base is None:
        about = [i.series[-1].id for i in indicators if i.id == context.state.choices.get("of")]
        suggested[SERIES] = next(iter(about), "")
    v: Values = draft.shown(kept, suggested)
    theirs = kept.answer.theirs if isinstance(kept.answer, Conflict) else None
    return {
        "draft": name,
        "record": form.base,
        "v": v,
        "indicators": indicators,
        **draft.outcome(context, "catalogue_entry", kept, v),
        "conflict": None,
        "theirs": theirs,
        "clashes": clashes(theirs, v) if theirs else {},
        "back": replace(context.state, asked=()),
    }


def _submitted(context: Context, form: ReadingBegun, name: str, sent: Sent) -> None:
    do = withdraw_reading if sent.button == "withdraw" else save_reading

    def act(given: Values) -> object:
        expected = address.whole_number(given.get("expected"), form.number)
        return do(context.service, replace(form, number=expected), given)

    saved = draft.save(name, sent, act)
    if isinstance(saved, Saved):
        state.keep_form(SAVED, FormState(answer=saved))
        state.go_to(replace(context.state, asked=()), "followup")
