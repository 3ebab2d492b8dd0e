"""Löften: what files would change, or what is wrong with them, and the layers beside the areas."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from dashboard import cached, chrome, pane, panel, progress, state
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.forms.draft import EntryForm
from dashboard.forms.versions import entry_history
from dashboard.screens.adding import area_form, promises
from dashboard.state import FormState, Sent, Values
from geodata.errors import CatalogueError, GeodataError, SettingsError
from geodata.model import Catalogue
from geodata.palette import LAYER_COLOURS
from geodata.service import adding, entries
from geodata.service.worker import FileQuestion
from geodata.texts import Words

Result = adding.Proposal | adding.Taken | GeodataError | None
"""What came of the files that were sent: nothing yet, what they would change, what they have
changed, or why nothing can be done with them."""


DRAFT: Final = "adding"


def page(context: Context) -> None:
    """Show the page, or the form that the address asks for."""
    if about := area_form.filling(context):
        area_form.page(about)
        return
    if promise := promises.form_of(context):
        promises.page(promise, **area_form.saved_values(context))
        return
    if layer := layer_form(context):
        _layer_page(layer)
        return
    cached.readers().warm_up()
    pane.beside(context, partial(_files, context), map_first=False, legend=False)


def _files(context: Context) -> pane.OnMap | None:
    kept = _read(context)
    answer = kept.answer
    result = answer if isinstance(answer, adding.Proposal | adding.Taken | GeodataError) else None
    if not isinstance(answer, adding.Offered):
        with st.container(key="adding_card"):
            _card(context, kept, result)
    return preview(result) if isinstance(result, adding.Proposal) else None


def _card(context: Context, kept: FormState, result: Result) -> None:
    panel.show(
        context,
        "adding_panel",
        "adding_page.html",
        view=f"adding/{type(result).__name__}",
        focus=result is not None,
        attempt=str(kept.values.get("attempt", "")),
        on_ask=partial(_asked, context),
        on_submit=partial(_submitted, context),
        **values(result, context.service.catalogue, context.words),
        can_take=isinstance(result, adding.Proposal) and not result.is_nothing,
        kept=kept,
        by_fault=_by_fault(kept, context.words),
        former=adding.former_outlines(context.service),
        **promises.values(context),
        **_layers(context),
        **area_form.saved_values(context),
    )


def _by_fault(kept: FormState, words: Words) -> str:
    """Return what is wrong with who takes it in; empty where nothing is."""
    key = str(kept.values.get("by_fault", ""))
    return words.error(GeodataError(key)) if key else ""


def _asked(context: Context, sent: Sent) -> None:
    pressed, _, ids = sent.button.partition(":")
    if pressed != "uploaded":
        return
    uploads = [cached.uploads().find(id_) for id_ in ids.split(",")]
    paths = tuple(upload.path for upload in uploads if upload)
    # What is left of several files would be checked as though it were all of them.
    gone = len(paths) < len(uploads)
    answer = (
        SettingsError("reading.gone") if gone else adding.Offered(context.service.settings, paths)
    )
    state.keep_form(DRAFT, FormState(answer=answer, fresh=uuid4().hex))


def _read(context: Context) -> FormState:
    """Return what is known of the files, with what came of reading them where that is done."""
    kept = state.form(DRAFT)
    offered = kept.answer
    if not isinstance(offered, adding.Offered):
        return kept
    standing = progress.read(context, offered)
    if standing is None:
        return kept
    for path in offered.paths:
        progress.drop(path)
    kept = replace(kept, answer=standing.error or standing.answer, fresh=uuid4().hex)
    state.keep_form(DRAFT, kept)
    return kept


def _submitted(context: Context, sent: Sent) -> None:
    if sent.draft == promises.LISTED:
        promises.submitted(context, sent)
        return
    proposal = state.form(DRAFT).answer
    if sent.button == "forget":
        state.drop_form(DRAFT)
        return
    if not isinstance(proposal, adding.Proposal):
        return
    by = str(sent.values.get("by", ""))
    answer = draft.tried(partial(adding.take_in, context.service, proposal, by=by))
    key = answer.key if isinstance(answer, GeodataError) else ""
    if key in ("adding.no_author", "adding.author_identity_number"):
        # Only the author is to be put right: what was proposed stays to be taken in.
        fault = {"by_fault": key, "attempt": uuid4().hex}
        state.keep_form(DRAFT, replace(state.form(DRAFT), values=fault))
        return
    state.keep_form(DRAFT, FormState(answer=answer, fresh=uuid4().hex))


def values(result: Result, catalogue: Catalogue, words: Words) -> dict[str, Any]:
    """Return what ``adding.html`` names besides a page's common values."""
    told = result if isinstance(result, adding.Proposal | adding.Taken) else None
    problem = result.problem if isinstance(result, adding.Taken) else None
    return {
        "mistakes": _mistakes(result, words)[: adding.MISTAKES_AT_MOST],
        # Of very many only the first came along.
        "mistake_count": result.values["count"] if isinstance(result, CatalogueError) else 1,
        "found": told.found if told else None,
        "counts": told.counts if told else None,
        "moves": _moves(told, catalogue) if told else [],
        "is_done": isinstance(result, adding.Taken),
        "problem": words.error(problem) if problem else "",
        "area_m2": adding.area_m2,
        "changes": adding.promise_changes,
    }


def preview(proposal: adding.Proposal) -> pane.OnMap | None:
    """Return the outlines for the map, the old ones dashed, the new ones solid; None for none."""
    found = proposal.found
    old = [change.before for change in found.replaced_outlines]
    new = [*(change.after for change in found.replaced_outlines), *found.new_areas]
    if not new:
        return None
    # Drawn as a selected area is: one called nominal is dashed.
    features = tuple(
        pane.drawn(area.outline, "area", nominal=age == "old", id=area.id, age=age)
        for age, areas in (("old", old), ("new", new))
        for area in areas
    )
    bounds = pane.bounds_of(*(area.outline for area in (*old, *new)))
    return pane.OnMap(features, f"adding/{bounds}", bounds, replaces=pane.SELECTED)


def _mistakes(result: Result, words: Words) -> list[tuple[str, str]]:
    if isinstance(result, CatalogueError):
        return [(words.where(mistake), words.error(mistake)) for mistake in result.mistakes]
    return [("", words.error(result))] if isinstance(result, GeodataError) else []


def _moves(
    told: adding.Proposal | adding.Taken, catalogue: Catalogue
) -> list[tuple[str | None, str | None, int]]:
    """Return how many records go from one area to another, by name; None is no area."""
    names: dict[str | None, str | None] = {
        area.id: area.name for area in (*catalogue.areas, *told.found.new_areas)
    }
    moves = told.counts.moves if told.counts else {}
    rows = [(names.get(old, old), names.get(new, new), n) for (old, new), n in moves.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0] or "", row[1] or ""))


# --- reference layers ------------------------------------------------------------------------

LAYER_SAVED: Final = "layers"
"""Under which name the session remembers what was saved last, for the next page to say so."""


def layer_form(context: Context) -> EntryForm | None:
    """Return the form that the address asks for; None where it asks for none."""
    asked = context.state.choices.get("layer")
    if asked is None:
        return None
    begun = entries.begun(context.service, "layer", asked)
    name = f"layer/{begun.base.id if begun.base else 'new'}"
    back = context.state.asking(layer=None)
    return EntryForm(context, name, begun, begun.values, LAYER_SAVED, back, state.form(name))


def _layer_page(form: EntryForm) -> None:
    """Show the form."""
    context, base = form.context, form.begun.base
    cached.readers().warm_up()
    chrome.frame(context)
    with st.container(key="reading"):
        form = _with_layer_file(form)
        if isinstance(form.kept.answer, FileQuestion):
            return
        found = entries.versions(context.service, "layer", base.id if base else "")
        form.show(
            "layer_form.html",
            partial(_layer_submitted, form),
            partial(_layer_asked, form),
            read=_layer_read(form),
            colours=[(key, context.words(f"layers.colour.{key}")) for key in LAYER_COLOURS],
            megabytes=entries.BYTES_AT_MOST // 1_000_000,
            map_services=context.service.settings.map_services,
            history=entry_history(
                found, lambda name: context.words(f"layers.field.{name}"), partial(_who, context)
            ),
            gone=form.begun.gone,
        )


def _with_layer_file(form: EntryForm) -> EntryForm:
    """Return the form with what its file holds where that has been read."""

    def take(kept: FormState, found: object, _path: Path) -> FormState:
        state.keep_form(f"{form.name}/file", FormState(answer=found))
        return replace(kept, answer=found)

    kept = progress.with_file(form.context, form.name, form.kept, take)
    return replace(form, kept=kept)


def _layer_read(form: EntryForm) -> entries.LayerRead | None:
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


def _layer_asked(form: EntryForm, sent: Sent) -> None:
    if sent.button == "clear":
        state.drop_form(form.name)
        state.drop_form(f"{form.name}/file")
    if not sent.button.startswith("uploaded:"):
        return
    today = form.context.service.today()
    asked = progress.sent(sent.button, entries.read_shapes, today)
    kept = replace(state.form(form.name), values=sent.values, touched=sent.touched)
    state.keep_form(form.name, replace(kept, answer=asked))


def _layer_submitted(form: EntryForm, sent: Sent) -> None:
    def do(seen: entries.Begun, given: Values) -> object:
        return entries.save_layer(form.context.service, seen, given, _layer_read(form))

    if form.save(sent, do) is not None:
        state.drop_form(f"{form.name}/file")


def _layers(context: Context) -> dict[str, Any]:
    """Return what the list of layers names: those in use, those withdrawn, and what was saved."""
    gone = entries.withdrawn(context.service, "layer")
    saved, told = draft.last_saved(LAYER_SAVED)
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
