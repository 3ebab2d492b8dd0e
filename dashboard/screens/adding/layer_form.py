"""Löften, a reference layer: its file, who stands for it, and what becomes of it later."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard import address, cached, chrome, panel, progress, state
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.forms.versions import entry_history
from dashboard.state import FormState, Sent, Values
from geodata.errors import SettingsError
from geodata.palette import LAYER_COLOURS
from geodata.service import entries
from geodata.service.recording import Conflict, Saved
from geodata.service.worker import FileQuestion

SAVED: Final = "layers"
"""Under which name the session remembers what was saved last, for the next page to say so."""


def begun(context: Context) -> entries.Begun | None:
    """Return what the form that the address asks for begins with; None where it asks for none."""
    asked = context.state.choices.get("layer")
    return None if asked is None else entries.begun(context.service, "layer", asked)


def page(context: Context, form: entries.Begun) -> None:
    """Show the form."""
    cached.readers().warm_up()
    chrome.frame(context)
    name = f"layer/{form.base.id if form.base else 'new'}"
    with st.container(key="reading"):
        kept = _with_file(context, name)
        if isinstance(kept.answer, FileQuestion):
            return
        panel.show(
            context,
            "layer_panel",
            "layer_form.html",
            view=name,
            focus=context.is_led,
            attempt=draft.attempt(kept),
            on_ask=partial(_asked, context, name),
            on_submit=partial(_submitted, context, form, name),
            **values(context, form, name, kept),
        )


def _with_file(context: Context, name: str) -> FormState:
    """Return what is known of the form, with what its file holds where that has been read."""
    kept = state.form(name)
    if not isinstance(kept.answer, FileQuestion):
        return kept
    standing = progress.read_upload(context, kept.answer, kept.answer.path)
    if standing is not None:
        kept = replace(kept, answer=standing.error or standing.answer)
        if standing.error is None:
            state.keep_form(f"{name}/file", FormState(answer=standing.answer))
        state.keep_form(name, kept)
    return kept


def _read(name: str) -> entries.LayerRead | None:
    """Return what the form's file holds, None where none was sent."""
    found = state.form(f"{name}/file").answer
    return found if isinstance(found, entries.LayerRead) else None


def values(context: Context, form: entries.Begun, name: str, kept: FormState) -> dict[str, Any]:
    """Return what the form's template names."""
    own = {"expected": str(form.number), "by": ""}
    v: Values = draft.shown(kept, {**form.values, **own})
    found = entries.versions(context.service, "layer", form.base.id if form.base else "")
    return {
        "draft": name,
        "record": form.base,
        "v": v,
        "read": _read(name),
        "colours": [(key, context.words(f"layers.colour.{key}")) for key in LAYER_COLOURS],
        "megabytes": entries.BYTES_AT_MOST // 1_000_000,
        "map_services": context.service.settings.map_services,
        "history": entry_history(
            found, lambda name: context.words(f"layers.field.{name}"), partial(_who, context)
        ),
        "gone": form.gone,
        **draft.outcome(context, "catalogue_entry", kept, v),
        "versions": [],
        "theirs": kept.answer.theirs if isinstance(kept.answer, Conflict) else None,
        "back": context.state.asking(layer=None),
    }


def _who(context: Context, version: entries.Version) -> str:
    """Return who stands for a layer, where its shapes alone are others."""
    if (layer := version.held) is None:
        return ""
    w, name = context.words, layer.name.to(context.state.language)
    about = {"source": layer.source, "licence": layer.licence, "day": w.day(layer.date)}
    return w("layers.source", name=name, **about)


def _asked(context: Context, name: str, sent: Sent) -> None:
    pressed, _, id_ = sent.button.partition(":")
    if pressed == "clear":
        state.drop_form(name)
        state.drop_form(f"{name}/file")
    if pressed != "uploaded":
        return
    upload = cached.uploads().find(id_)
    today = context.service.today()
    question = FileQuestion(entries.read_shapes, upload.path, (today,)) if upload else None
    kept = replace(state.form(name), values=sent.values, touched=sent.touched)
    state.keep_form(name, replace(kept, answer=question or SettingsError("reading.gone")))


def _submitted(context: Context, form: entries.Begun, name: str, sent: Sent) -> None:
    service, (pressed, _, number) = context.service, sent.button.partition(":")

    def act(given: Values) -> object:
        expected = address.whole_number(given.get("expected"), form.number)
        seen = replace(form, number=expected)
        if pressed == "save" or form.base is None:
            return entries.save_layer(service, seen, given, _read(name))
        if pressed == "withdraw":
            return entries.withdraw(service, seen, given)
        return entries.bring_back(service, seen, given, address.whole_number(number))

    saved = draft.save(name, sent, act)
    if isinstance(saved, Saved):
        state.drop_form(f"{name}/file")
        state.keep_form(SAVED, FormState(answer=saved, values={"draft": name}))
        state.go_to(context.state.asking(layer=None), "adding")


def listed(context: Context) -> dict[str, Any]:
    """Return what the list of layers names: those in use, those withdrawn, and what was saved."""
    gone = entries.withdrawn(context.service, "layer")
    kept = state.form(SAVED)
    saved = kept.answer
    entry = saved.record.id if isinstance(saved, Saved) else ""
    id_ = entry.removeprefix("layers/").removesuffix(".geojson")
    known = {layer.id: layer for layer in (*context.service.catalogue.layers, *gone.values())}
    return {
        "reference_layers": list(known.values()),
        "gone_layers": gone,
        "saved_layer": known.get(id_),
        "saved_layer_gone": id_ in gone,
        "saved_layer_draft": kept.values.get("draft"),
        "saved_layer_number": saved.number if isinstance(saved, Saved) else 0,
    }
