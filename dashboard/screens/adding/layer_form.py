"""Löften, a reference layer: its file, who stands for it, and what becomes of it later."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard import cached, chrome, progress, state
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.forms.draft import EntryForm
from dashboard.forms.versions import entry_history
from dashboard.state import FormState, Sent, Values
from geodata.palette import LAYER_COLOURS
from geodata.service import entries
from geodata.service.worker import FileQuestion

SAVED: Final = "layers"
"""Under which name the session remembers what was saved last, for the next page to say so."""


def form_of(context: Context) -> EntryForm | None:
    """Return the form that the address asks for; None where it asks for none."""
    asked = context.state.choices.get("layer")
    if asked is None:
        return None
    begun = entries.begun(context.service, "layer", asked)
    name = f"layer/{begun.base.id if begun.base else 'new'}"
    back = context.state.asking(layer=None)
    return EntryForm(context, name, begun, begun.values, SAVED, back, state.form(name))


def page(form: EntryForm) -> None:
    """Show the form."""
    context, base = form.context, form.begun.base
    cached.readers().warm_up()
    chrome.frame(context)
    with st.container(key="reading"):
        form = _with_file(form)
        if isinstance(form.kept.answer, FileQuestion):
            return
        found = entries.versions(context.service, "layer", base.id if base else "")
        form.show(
            "layer_form.html",
            partial(_submitted, form),
            partial(_asked, form),
            read=_read(form),
            colours=[(key, context.words(f"layers.colour.{key}")) for key in LAYER_COLOURS],
            megabytes=entries.BYTES_AT_MOST // 1_000_000,
            map_services=context.service.settings.map_services,
            history=entry_history(
                found, lambda name: context.words(f"layers.field.{name}"), partial(_who, context)
            ),
            gone=form.begun.gone,
        )


def _with_file(form: EntryForm) -> EntryForm:
    """Return the form with what its file holds where that has been read."""

    def take(kept: FormState, found: object, _path: Path) -> FormState:
        state.keep_form(f"{form.name}/file", FormState(answer=found))
        return replace(kept, answer=found)

    kept = progress.with_file(form.context, form.name, form.kept, take)
    return replace(form, kept=kept)


def _read(form: EntryForm) -> entries.LayerRead | None:
    """Return what the form's file holds, None where none was sent."""
    found = state.form(f"{form.name}/file").answer
    return found if isinstance(found, entries.LayerRead) else None


def _who(context: Context, version: entries.Version) -> str:
    """Return who stands for a layer, where its shapes alone are others."""
    if (layer := version.held) is None:
        return ""
    w, name = context.words, layer.name.to(context.state.language)
    about = {"source": layer.source, "licence": layer.licence, "day": w.day(layer.date)}
    return w("layers.source", name=name, **about)


def _asked(form: EntryForm, sent: Sent) -> None:
    if sent.button == "clear":
        state.drop_form(form.name)
        state.drop_form(f"{form.name}/file")
    if not sent.button.startswith("uploaded:"):
        return
    today = form.context.service.today()
    asked = progress.sent(sent.button, entries.read_shapes, today)
    kept = replace(state.form(form.name), values=sent.values, touched=sent.touched)
    state.keep_form(form.name, replace(kept, answer=asked))


def _submitted(form: EntryForm, sent: Sent) -> None:
    def do(seen: entries.Begun, given: Values) -> object:
        return entries.save_layer(form.context.service, seen, given, _read(form))

    if form.save(sent, do) is not None:
        state.drop_form(f"{form.name}/file")


def listed(context: Context) -> dict[str, Any]:
    """Return what the list of layers names: those in use, those withdrawn, and what was saved."""
    gone = entries.withdrawn(context.service, "layer")
    saved, told = draft.last_saved(SAVED)
    id_ = saved.record.id.removeprefix("layers/").removesuffix(".geojson") if saved else ""
    known = {layer.id: layer for layer in (*context.service.catalogue.layers, *gone.values())}
    return {
        "reference_layers": list(known.values()),
        "gone_layers": gone,
        "saved_layer": known.get(id_),
        "saved_layer_gone": id_ in gone,
        "saved_layer_draft": told.get("draft"),
        "saved_layer_number": saved.number if saved else 0,
    }
