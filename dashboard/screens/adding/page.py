"""Lägg till: what files would change of promises and areas, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from uuid import uuid4

import shapely
import streamlit as st
from shapely.geometry.base import BaseGeometry

from dashboard import cached, chrome, pane, panel, state
from dashboard.context import Context
from dashboard.forms import sent_file
from dashboard.map.layers import Bounds, Preview
from dashboard.map.safe import Json
from dashboard.state import FormState, Sent
from geodata.errors import CatalogueError, GeodataError, SettingsError
from geodata.model import Area, Catalogue
from geodata.service.adding import (
    MISTAKES_AT_MOST,
    Counts,
    Difference,
    Offered,
    Proposal,
    Taken,
    area_m2,
    former_outlines,
    promise_changes,
    take_in,
)
from geodata.texts import Words

COORDINATE_DECIMALS: Final = 6
"""About 0.1 m, finer than any outline is drawn."""

Result = Proposal | Taken | GeodataError | None
"""What came of the files that were sent: nothing yet, what they would change, what they have
changed, or why nothing can be done with them."""


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """An outline that is replaced: whose, and square metres before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MoveRow:
    """How many records go from one area to another; None is no area."""

    before: str | None
    after: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Told:
    """A proposal, or what became of it, as the page tells it."""

    found: Difference
    areas: tuple[tuple[Area, str], ...]
    outlines: tuple[OutlineRow, ...]
    described: tuple[Area, ...]
    counts: Counts | None
    moves: tuple[MoveRow, ...]
    is_done: bool


DRAFT: Final = "adding"


def page(context: Context) -> None:
    """Show the page."""
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
        chrome.frame(context, "adding")
    with right:
        pane.show(context, "adding", preview=_preview(result), legend=False)


def _card(context: Context, kept: FormState, result: Result) -> None:
    panel.show(
        "adding_panel",
        "adding_page.html",
        view=f"adding/{type(result).__name__}",
        focus=result is not None,
        attempt=str(kept.values.get("attempt", "")),
        on_ask=partial(_asked, context),
        on_submit=partial(_submitted, context),
        **context.base("adding"),
        **values(result, context.service.catalogue, context.words),
        can_take=isinstance(result, Proposal) and not result.is_nothing,
        kept=kept,
        by_fault=_by_fault(kept, context.words),
        former=former_outlines(context.service),
    )


def _by_fault(kept: FormState, words: Words) -> str:
    """Return what is wrong with who takes it in; empty where nothing is."""
    key = str(kept.values.get("by_fault", ""))
    return words.error(GeodataError(key)) if key else ""


def _preview(result: Result) -> Preview | None:
    if not isinstance(result, Proposal):
        return None
    drawn, bounds = preview(result), preview_bounds(result)
    if drawn is None or bounds is None:
        return None
    return Preview(f"adding/{bounds}", drawn, bounds)


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
    standing = sent_file.answer(context, offered, "adding")
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
    mistakes = _mistakes(result, words)
    problem = ""
    told = None
    if isinstance(result, Proposal):
        told = _told(result.found, result.counts, catalogue, words, is_done=False)
    elif isinstance(result, Taken):
        told = _told(result.found, result.counts, catalogue, words, is_done=True)
        problem = words.error(result.problem) if result.problem else ""
    return {
        "mistakes": mistakes[:MISTAKES_AT_MOST],
        "mistake_count": _mistake_count(result),
        "told": told,
        "problem": problem,
        "changes": promise_changes,
    }


def preview(proposal: Proposal) -> Mapping[str, Json] | None:
    """Return the outlines for the map: the old ones dashed, the new ones solid."""
    found = proposal.found
    old = [_feature(change.before, "old") for change in found.replaced_outlines]
    new = [change.after for change in found.replaced_outlines]
    features: list[Json] = [*old, *(_feature(area, "new") for area in (*new, *found.new_areas))]
    return {"type": "FeatureCollection", "features": features} if features else None


def preview_bounds(proposal: Proposal) -> Bounds | None:
    """Return where the map should look to show every outline of a proposal, None for none."""
    found = proposal.found
    shapes: list[BaseGeometry] = [area.outline for area in found.new_areas]
    for change in found.replaced_outlines:
        shapes += [change.before.outline, change.after.outline]
    if not shapes:
        return None
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(shapes))
    return west, south, east, north


def _feature(area: Area, age: str) -> Mapping[str, Json]:
    rounded = shapely.transform(area.outline, lambda xy: xy.round(COORDINATE_DECIMALS))
    geometry: Json = shapely.geometry.mapping(rounded)
    # Drawn as a selected area is: one called nominal is dashed.
    properties: Json = {"role": "area", "nominal": age == "old", "id": area.id, "age": age}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _mistakes(result: Result, words: Words) -> list[tuple[str, str]]:
    if isinstance(result, CatalogueError):
        return [(words.where(mistake), words.error(mistake)) for mistake in result.mistakes]
    return [("", words.error(result))] if isinstance(result, GeodataError) else []


def _mistake_count(result: Result) -> int:
    # Of very many only the first came along.
    if isinstance(result, CatalogueError):
        return int(result.values["count"])
    return int(isinstance(result, GeodataError))


def _told(
    found: Difference, counts: Counts | None, catalogue: Catalogue, words: Words, *, is_done: bool
) -> Told:
    names = {area.id: area.name for area in (*catalogue.areas, *found.new_areas)}
    return Told(
        found=found,
        areas=tuple((area, words.number(round(area_m2(area)))) for area in found.new_areas),
        outlines=tuple(
            OutlineRow(
                change.after.name,
                words.number(round(change.area_before_m2)),
                words.number(round(change.area_after_m2)),
            )
            for change in found.replaced_outlines
        ),
        described=tuple(c.after for c in found.changed_areas if not c.is_outline),
        counts=counts,
        moves=_moves(counts, names),
        is_done=is_done,
    )


def _moves(counts: Counts | None, names: Mapping[str, str]) -> tuple[MoveRow, ...]:
    def name(id_: str | None) -> str | None:
        return None if id_ is None else names.get(id_, id_)

    rows = [
        MoveRow(name(old), name(new), count)
        for (old, new), count in (counts.moves if counts else {}).items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.before or "", row.after or "")))
