"""Registrera: the map beside a form for an activity, a safety walk or a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard import address, cached, chrome, pane, panel, state
from dashboard.address import NEW_FORMS
from dashboard.context import Context
from dashboard.forms import draft, place_list, sent_file, versions
from dashboard.map.layers import Picking
from dashboard.screens.record import fields
from dashboard.screens.record.fields import Filling
from dashboard.state import FormState, Sent, Values
from geodata.errors import IntakeError
from geodata.model import Entity, Work
from geodata.service.recording import Saved, Track

TEMPLATES: Final[Mapping[Entity, str]] = {
    "activity": "activity_form.html",
    "walk": "walk_form.html",
    "finding": "finding_form.html",
}

KEPT: Final[Mapping[Entity, tuple[str, ...]]] = {
    "activity": ("kind", "date", "area", "parties"),
    "walk": (),
    "finding": ("day", "owner"),
}
"""Fields that stay for the next record."""


def page(context: Context) -> None:
    """Show the page."""
    filling = _about_selected(_filling(context))
    picked = state.take_picked()
    if picked is not None:
        kept = _with_picked(filling, picked)
        state.keep_form(filling.draft, kept)
        filling = replace(filling, kept=kept)
    top = st.container(key="top")
    with st.container(key="workspace"):
        left, right = st.columns([pane.MAP_SHARE, 100 - pane.MAP_SHARE], gap="small")
    if filling.form == "walk":
        cached.readers().warm_up()
    with right, st.container(key="card_scroll"):
        filling = _with_track(filling)
        values = fields.shown(filling)
        if not isinstance(filling.kept.answer, Track):
            with st.container(key=f"{filling.form}_form"):
                _form(filling, values)
    with top:
        chrome.frame(context, "record")
    with left:
        pane.show(context, "record", _picking(filling, values))


def _form(filling: Filling, values: Values) -> None:
    context = filling.context
    panel.show(
        "form_panel",
        TEMPLATES[filling.form],
        view=f"form/{filling.draft}",
        focus=context.moved_by not in (None, "map", *chrome.PANELS, pane.LEGEND_PANEL),
        attempt=draft.attempt(filling.kept),
        on_ask=partial(_asked, filling),
        on_submit=partial(_submitted, filling),
        **context.base("record"),
        **_values(filling, values),
    )


def _filling(context: Context) -> Filling:
    chosen, service = context.state, context.service
    record: Work | None = None
    form: Entity = "walk" if chosen.form == "held" else chosen.form
    if chosen.activity:
        form, record = "activity", service.activity(chosen.activity)
    elif chosen.finding:
        form, record = "finding", service.finding(chosen.finding)
    elif chosen.walk and form != "finding":
        form, record = "walk", service.walk(chosen.walk)
    number = service.newest_number(form, record.id) if record else 0
    bare = Filling(context, form, record, number, FormState())
    return replace(bare, kept=state.form(bare.draft))


def _about_selected(filling: Filling) -> Filling:
    """Return a new form about the area that is selected now, if another one was before.

    What was begun for one area and left is not to be saved in it from another area's card.
    """
    kept, area = filling.kept, filling.context.state.area or ""
    if filling.record is not None or kept.about == area:
        return filling
    if area and kept.about is not None:
        kept = kept.decided({"area": area})
    kept = replace(kept, about=area)
    state.keep_form(filling.draft, kept)
    return replace(filling, kept=kept)


def _values(filling: Filling, values: Values) -> dict[str, Any]:
    context = filling.context
    outcome = draft.outcome(context, filling.form, filling.kept, values)
    saved: Saved | None = outcome["saved"]
    return {
        **outcome,
        "form": filling.form,
        "forms": [
            (name, replace(context.state, activity=None, walk=None, finding=None, form=name))
            for name in NEW_FORMS
        ],
        "record": filling.record,
        "holding": filling.holding,
        "draft": filling.draft,
        "v": values,
        "oddities": fields.oddities(filling, values),
        "saved_link": _card(context, saved) if saved else None,
        "undo": f"undo/{saved.record.id}" if saved else "",
        "back": replace(context.state, form="activity"),
        **fields.choices(filling, values),
    }


def _card(context: Context, saved: Saved) -> address.ViewState:
    chosen = replace(context.state, form="activity")
    if saved.entity == "activity":
        return chosen.with_activity(saved.record.id)
    if saved.entity == "walk":
        return chosen.with_walk(saved.record.id)
    return chosen.with_finding(saved.record.id)


# --- the map ---------------------------------------------------------------------------------


def _picking(filling: Filling, values: Values) -> Picking:
    if filling.form == "walk":
        return Picking("line", fields.route_points(values), f"{filling.draft}/{_way(filling)}")
    points = place_list.point(str(values.get("lon") or ""), str(values.get("lat") or ""))
    return Picking("point", points)


def _way(filling: Filling) -> str:
    """Return what changes when the way is not the browser's own drawing any more."""
    return f"{filling.kept.fresh}/{filling.kept.values.get('way', '')}"


def _with_picked(filling: Filling, picked: Mapping[str, Any]) -> FormState:
    """Return the form with what was picked on the map."""
    decided = fields.from_geometry(filling, picked)
    return filling.kept.decided(decided) if decided else filling.kept


# --- what the form sends ---------------------------------------------------------------------


def _asked(filling: Filling, sent: Sent) -> None:
    if sent.button == "clear":
        state.drop_form(filling.draft)
        return
    kept = replace(filling.kept, values=sent.values, touched=sent.touched)
    kept = replace(kept, values={**fields.server_values(filling.kept), **sent.values})
    pressed, _, upload_id = sent.button.partition(":")
    if pressed == "uploaded":
        upload = cached.uploads().find(upload_id)
        answer = Track(upload.path) if upload else IntakeError("reading.gone")
        state.keep_form(filling.draft, replace(kept, answer=answer))
        return
    found = fields.from_button(filling, sent)
    state.keep_form(filling.draft, kept.decided(found) if found else kept)


def _with_track(filling: Filling) -> Filling:
    """Return a walk's form with the way from a file that was sent, or why there is none."""
    kept, track = filling.kept, filling.kept.answer
    if not isinstance(track, Track):
        return filling
    standing = sent_file.answer(filling.context, track, "record")
    if standing is None:
        return filling
    upload = cached.uploads().find(track.path.parent.name)
    if upload is not None:
        cached.uploads().drop(upload)
    kept = replace(kept, answer=standing.error)
    if standing.stage == "answered":
        kept = kept.decided({"route": standing.answer, "way": track.path.parent.name})
    state.keep_form(filling.draft, kept)
    return replace(filling, kept=kept)


def _submitted(filling: Filling, sent: Sent) -> None:
    if sent.draft.startswith("undo/"):
        undone = versions.submitted(filling.context, sent)
        # What was typed for the next record since is no part of it.
        state.keep_form(filling.draft, replace(filling.kept, answer=undone))
        return
    saved = draft.save_record(
        filling.context,
        filling.form,
        filling.draft,
        sent,
        record_id=filling.record.id if filling.record else None,
        walk_id=filling.walk_id,
    )
    if saved is not None:
        _went_well(filling, sent, saved)


def _went_well(filling: Filling, sent: Sent, saved: Saved) -> None:
    if filling.record is None and saved.entity != "walk":
        # Ready for the next one, which often is of the same kind on the same day; what was saved
        # can be looked at, or undone.
        kept = {name: sent.values[name] for name in KEPT[filling.form] if name in sent.values}
        begun = replace(state.form(filling.draft), about=filling.kept.about)
        state.keep_form(filling.draft, replace(begun.decided(kept), answer=saved))
        return
    versions.keep_saved(saved, filling.draft)
    state.go_to(_card(filling.context, saved), "map")
