"""Lägg till: what files would change of promises and areas, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import uuid4

import shapely
import streamlit as st

from dashboard import cached, chrome, pane, panel, progress, state
from dashboard.context import Context
from dashboard.map.layers import Preview
from dashboard.map.safe import Json
from dashboard.screens.adding import area_form, layer_form, promise_form, promise_list
from dashboard.state import FormState, Sent
from geodata.errors import CatalogueError, GeodataError, SettingsError
from geodata.model import Catalogue
from geodata.service.adding import (
    MISTAKES_AT_MOST,
    Offered,
    Proposal,
    Taken,
    area_m2,
    former_outlines,
    promise_changes,
    take_in,
)
from geodata.texts import Words

Result = Proposal | Taken | GeodataError | None
"""What came of the files that were sent: nothing yet, what they would change, what they have
changed, or why nothing can be done with them."""


DRAFT: Final = "adding"


def page(context: Context) -> None:
    """Show the page, or the form that the address asks for."""
    if about := area_form.filling(context):
        area_form.page(about)
        return
    if form := promise_form.begun(context):
        promise_form.page(context, form, **area_form.saved_values(context))
        return
    if (layer := layer_form.begun(context)) is not None:
        layer_form.page(context, layer)
        return
    cached.readers().warm_up()
    top = st.container(key="top")
    with st.container(key="workspace"):
        left, right = st.columns([100 - pane.MAP_SHARE, pane.MAP_SHARE], gap="small")
    with left, st.container(key="card_scroll"):
        kept = _read(context)
        answer = kept.answer
        result = answer if isinstance(answer, Proposal | Taken | GeodataError) else None
        if not isinstance(answer, Offered):
            with st.container(key="adding_card"):
                _card(context, kept, result)
    with top:
        chrome.frame(context)
    with right:
        shown = preview(result) if isinstance(result, Proposal) else None
        pane.show(context, preview=shown, legend=False)


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
        can_take=isinstance(result, Proposal) and not result.is_nothing,
        kept=kept,
        by_fault=_by_fault(kept, context.words),
        former=former_outlines(context.service),
        **promise_list.values(context),
        **layer_form.listed(context),
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
    answer = SettingsError("reading.gone") if gone else Offered(context.service.settings, paths)
    state.keep_form(DRAFT, FormState(answer=answer, fresh=uuid4().hex))


def _read(context: Context) -> FormState:
    """Return what is known of the files, with what came of reading them where that is done."""
    kept = state.form(DRAFT)
    offered = kept.answer
    if not isinstance(offered, Offered):
        return kept
    standing = progress.read(context, offered)
    if standing is None:
        return kept
    for path in offered.paths:
        upload = cached.uploads().find(path.parent.name)
        if upload is not None:
            cached.uploads().drop(upload)
    kept = replace(kept, answer=standing.error or standing.answer, fresh=uuid4().hex)
    state.keep_form(DRAFT, kept)
    return kept


def _submitted(context: Context, sent: Sent) -> None:
    if sent.draft == promise_list.LISTED:
        promise_list.submitted(context, sent)
        return
    proposal = state.form(DRAFT).answer
    if sent.button == "forget":
        state.drop_form(DRAFT)
        return
    if not isinstance(proposal, Proposal):
        return
    answer: object
    try:
        answer = take_in(context.service, proposal, by=str(sent.values.get("by", "")))
    except GeodataError as error:
        if error.key in ("adding.no_author", "adding.author_identity_number"):
            # Only the author is to be put right: what was proposed stays to be taken in.
            fault = {"by_fault": error.key, "attempt": uuid4().hex}
            state.keep_form(DRAFT, replace(state.form(DRAFT), values=fault))
            return
        answer = error
    state.keep_form(DRAFT, FormState(answer=answer, fresh=uuid4().hex))


def values(result: Result, catalogue: Catalogue, words: Words) -> dict[str, Any]:
    """Return what ``adding.html`` names besides a page's common values."""
    told = result if isinstance(result, Proposal | Taken) else None
    problem = result.problem if isinstance(result, Taken) else None
    return {
        "mistakes": _mistakes(result, words)[:MISTAKES_AT_MOST],
        # Of very many only the first came along.
        "mistake_count": result.values["count"] if isinstance(result, CatalogueError) else 1,
        "found": told.found if told else None,
        "counts": told.counts if told else None,
        "moves": _moves(told, catalogue) if told else [],
        "is_done": isinstance(result, Taken),
        "problem": words.error(problem) if problem else "",
        "area_m2": area_m2,
        "changes": promise_changes,
    }


def preview(proposal: Proposal) -> Preview | None:
    """Return the outlines for the map, the old ones dashed, the new ones solid; None for none."""
    found = proposal.found
    old = [change.before for change in found.replaced_outlines]
    new = [*(change.after for change in found.replaced_outlines), *found.new_areas]
    if not new:
        return None
    # Drawn as a selected area is: one called nominal is dashed.
    features: list[Json] = [
        pane.drawn(area.outline, "area", nominal=age == "old", id=area.id, age=age)
        for age, areas in (("old", old), ("new", new))
        for area in areas
    ]
    west, south, east, north = shapely.total_bounds([area.outline for area in (*old, *new)])
    bounds = float(west), float(south), float(east), float(north)
    selection: Mapping[str, Json] = {"type": "FeatureCollection", "features": features}
    return Preview(f"adding/{bounds}", selection, bounds)


def _mistakes(result: Result, words: Words) -> list[tuple[str, str]]:
    if isinstance(result, CatalogueError):
        return [(words.where(mistake), words.error(mistake)) for mistake in result.mistakes]
    return [("", words.error(result))] if isinstance(result, GeodataError) else []


def _moves(
    told: Proposal | Taken, catalogue: Catalogue
) -> list[tuple[str | None, str | None, int]]:
    """Return how many records go from one area to another, by name; None is no area."""
    names: dict[str | None, str | None] = {
        area.id: area.name for area in (*catalogue.areas, *told.found.new_areas)
    }
    moves = told.counts.moves if told.counts else {}
    rows = [(names.get(old, old), names.get(new, new), n) for (old, new), n in moves.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0] or "", row[1] or ""))
