"""Registrera: the map beside a form for an activity, a safety walk or a finding."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import shapely
import streamlit as st
from shapely import LineString, MultiLineString

from dashboard import address, cached, chrome, pane, panel, progress, state
from dashboard.address import NEW_FORMS
from dashboard.context import Context
from dashboard.forms import draft, place_list, versions
from dashboard.map.canvas import Picking
from dashboard.state import FormState, Sent, Values
from geodata.errors import GeodataError
from geodata.model import Entity, FindingStatus, Walk, WalkStatus, Work
from geodata.service import recording
from geodata.service.recording import NOT_SHAPES, OUTSIDE, Saved, read_track
from geodata.service.worker import FileQuestion


@dataclass(frozen=True, slots=True)
class Filling:
    """A form that is being filled in."""

    context: Context
    form: Entity
    record: Work | None
    number: int
    kept: FormState

    @property
    def draft(self) -> str:
        """The draft's name, in this browser and in this session."""
        if self.record:
            return f"{'held' if self.holding else self.form}/{self.record.id}"
        chosen = self.context.state
        return f"{self.form}/new/{chosen.walk or chosen.again or ''}"

    @property
    def holding(self) -> bool:
        """Whether a walk is told to have been held: what was planned of it stays as it is."""
        return self.form == "walk" and self.context.state.form == "held"

    @property
    def walk_id(self) -> str | None:
        """The walk that a new finding is made on."""
        return self.context.state.walk if self.form == "finding" and not self.record else None


# --- what the fields hold --------------------------------------------------------------------


def shown(filling: Filling) -> Values:
    """Return what every field shows: what was typed or decided, else what is suggested."""
    kept = filling.kept
    values = defaultdict(str, draft.shown(kept, _suggested(filling)))
    is_chosen = "commitments" in kept.values and "commitments" in {*kept.touched, *kept.patch}
    if filling.form != "finding" and not is_chosen and filling.record is None:
        values["commitments"] = tuple(
            s.commitment.id for s in suggestions(filling, values) if s.counts
        )
    return values


def _suggested(filling: Filling) -> dict[str, str | tuple[str, ...]]:
    context = filling.context
    if filling.record is not None:
        values = recording.form_values(filling.record)
        held = {"status": WalkStatus.HELD.value} if filling.holding else {}
        own = {"expected": str(filling.number), "id": filling.record.id, "by": ""}
        return {**values, **own, **held}
    # Outside every area is a choice like the others, and nobody has made it yet.
    area = context.state.area or ""
    today = context.service.today().isoformat()
    values = {"id": str(uuid4()), "expected": "0", "area": area, "date": today}
    values |= {"commitments": (), "parties": context.account.parties}
    if filling.form == "walk":
        values |= {"status": WalkStatus.PLANNED.value, "date": "", "time": "18:00"}
        values |= {"minutes": "75", **_walked_again(filling)}
    if filling.form == "finding":
        values |= {"internal": (), "status": FindingStatus.OPEN.value, "day": today}
        if filling.walk_id:
            walk = context.service.walk(filling.walk_id)
            values |= {"area": walk.area_id, "day": walk.day.isoformat()}
    return values


def _walked_again(filling: Filling) -> dict[str, str | tuple[str, ...]]:
    """Return what a walk that repeats another takes over from it: all but what then came of it."""
    again = filling.context.state.again
    if again is None:
        return {}
    walk = filling.context.service.walk(again)
    values = recording.form_values(walk)
    taken = ("area", "minutes", "meeting_point", "invited", "route", "parties", "commitments")
    return {**{name: values[name] for name in taken}, "repeats": walk.id}


def suggestions(filling: Filling, values: Values) -> tuple[recording.Suggestion, ...]:
    """Return every commitment with whether the record would count for it, those first."""
    kind = "safety_walk" if filling.form == "walk" else str(values.get("kind") or "")
    day = draft.day_of(filling.context, values)
    return draft.suggestions(filling.context, kind, values, day)


# --- what the server decides -----------------------------------------------------------------


def from_geometry(filling: Filling, geometry: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields that a click on the map decides: a place with its area, or a way."""
    try:
        shape = shapely.geometry.shape(dict(geometry))
        positions = shapely.get_coordinates(shape)
    except NOT_SHAPES:
        return {}
    if filling.form == "walk":
        if not len(positions):
            return {"route": ""}
        if len(positions) < 2:
            # One point is not a way yet, but it is where it begins.
            return {"route": json.dumps({"type": "LineString", "coordinates": positions.tolist()})}
        return {"route": json.dumps(shapely.geometry.mapping(shape))}
    if len(positions) != 1:
        return {}
    return _at(filling, float(positions[0][0]), float(positions[0][1])) | {"known_place": ""}


def _at(filling: Filling, lon: float, lat: float) -> dict[str, str]:
    found = {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "place": ""}
    values = shown(filling)
    area = filling.context.service.locate(lon, lat).area_id
    before = place_list.point(str(values.get("lon", "")), str(values.get("lat", "")))
    derived = before and filling.context.service.locate(*before[0]).area_id == values.get("area")
    if area and (not values.get("area") or derived):
        found["area"] = area
    elif not values.get("area"):
        found["area"] = OUTSIDE
    return found


def from_button(filling: Filling, sent: Sent) -> dict[str, str]:
    """Return the fields that a button or a choice in the form decides."""
    if sent.button == "no_place":
        return {"lat": "", "lon": "", "known_place": "", "place": ""}
    if sent.button == "known_place":
        chosen = place_list.find(filling.context.service, str(sent.values.get("known_place", "")))
        if chosen is None:
            return {}
        if filling.form != "walk":
            # The list that is sent has known places alone.
            gone = {"known_place": ""} if chosen.kind == place_list.ADDRESS else {}
            return _at(filling, chosen.lon, chosen.lat) | gone
        points = [*route_points(sent.values), (chosen.lon, chosen.lat)]
        way = {"type": "LineString", "coordinates": points}
        return {"route": json.dumps(way), "known_place": "", "way": uuid4().hex}
    if sent.button == "no_way":
        return {"route": "", "way": uuid4().hex}
    return {}


def route_points(values: Values) -> tuple[tuple[float, float], ...]:
    """Return a way's points as longitude and latitude, none where there is no way."""
    try:
        given = json.loads(str(values.get("route") or "null"))
        kind = given["type"]
        parts = given["coordinates"] if kind == "MultiLineString" else [given["coordinates"]]
        return tuple((float(p[0]), float(p[1])) for part in parts for p in part)
    except (*NOT_SHAPES, IndexError):
        return ()


def route_length_m(filling: Filling, values: Values) -> float | None:
    """Return a way's length in metres, None where there is no way."""
    try:
        line = shapely.geometry.shape(json.loads(str(values.get("route") or "null")))
    except NOT_SHAPES:
        return None
    if not isinstance(line, LineString | MultiLineString) or line.is_empty:
        return None
    return filling.context.service.length_m(line)


# --- what is said beside them ----------------------------------------------------------------


def oddities(filling: Filling, values: Values) -> Mapping[str, str]:
    """Return what merely looks odd, by field."""
    context = filling.context
    if not values.get("lat") or filling.form == "walk":
        return {}
    try:
        odd = recording.notices(context.service, filling.form, values, filling.walk_id)
    except GeodataError:
        return {}
    return {problem.field: context.words.error(problem) for problem in reversed(odd)}


# --- what is chosen from ---------------------------------------------------------------------


def choices(filling: Filling, values: Values) -> dict[str, Any]:
    """Return what the form's lists offer."""
    context = filling.context
    catalogue = context.service.catalogue
    return {
        "kinds": _kinds(filling),
        "categories": list(catalogue.vocabulary.finding_categories.values()),
        "areas": list(context.service.areas(catalogue.promises)),
        "parties": list(catalogue.party_by_id.values()),
        "places": place_list.offered(context, str(values.get("area") or "")),
        "suggestions": suggestions(filling, values),
        "statuses": _statuses(filling),
        "today": context.service.today(),
        "length_m": route_length_m(filling, values) if filling.form == "walk" else None,
        "walk": context.service.walk(filling.walk_id) if filling.walk_id else None,
    }


def _statuses(filling: Filling) -> list[FindingStatus] | list[WalkStatus]:
    """Return the steps to choose from; that a planned walk was held has a form of its own."""
    if filling.form == "finding":
        return list(FindingStatus)
    walk = filling.record
    is_planned = isinstance(walk, Walk) and walk.status is WalkStatus.PLANNED
    return [s for s in WalkStatus if not (is_planned and s is WalkStatus.HELD)]


def _kinds(filling: Filling) -> list[Any]:
    """Return the activity kinds, those that count for something in the promises first."""
    known = filling.context.service.catalogue.vocabulary.activity_kinds
    promised = (c for p in filling.context.promises for c in p.commitments)
    # A safety walk is recorded as a walk, which then is an activity by itself.
    order = [*(kind for c in promised for kind in c.kinds), *known]
    return [known[k] for k in dict.fromkeys(order) if k in known and k != "safety_walk"]


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
        decided = from_geometry(filling, picked)
        kept = filling.kept.decided(decided) if decided else filling.kept
        state.keep_form(filling.draft, kept)
        filling = replace(filling, kept=kept)
    if filling.form == "walk":
        cached.readers().warm_up()
    pane.beside(context, partial(_card, filling))


def _card(filling: Filling) -> pane.OnMap:
    filling = _with_track(filling)
    values = shown(filling)
    if not isinstance(filling.kept.answer, FileQuestion):
        with st.container(key=f"{filling.form}_form"):
            _form(filling, values)
    # The form's own drawing stands for the record that is changed.
    return pane.OnMap(picking=_picking(filling, values), replaces=("record",))


def _form(filling: Filling, values: Values) -> None:
    context = filling.context
    panel.show(
        context,
        "form_panel",
        f"{filling.form}_form.html",
        view=f"form/{filling.draft}",
        focus=context.moved_by not in (None, "map", *chrome.PANELS, pane.LEGEND_PANEL),
        attempt=draft.attempt(filling.kept),
        on_ask=partial(_asked, filling),
        on_submit=partial(_submitted, filling),
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
        "forms": NEW_FORMS,
        "record": filling.record,
        "holding": filling.holding,
        "draft": filling.draft,
        "v": values,
        "oddities": oddities(filling, values),
        "saved_link": _card_of(context, saved) if saved else None,
        "back": replace(context.state, form="activity"),
        **choices(filling, values),
    }


def _card_of(context: Context, saved: Saved) -> address.ViewState:
    chosen: dict[str, Any] = {saved.entity: saved.record.id}
    return replace(context.state.without_record(), form="activity", **chosen)


# --- the map ---------------------------------------------------------------------------------


def _picking(filling: Filling, values: Values) -> Picking:
    if filling.form == "walk":
        # Another number where the way is not the browser's own drawing any more.
        number = f"{filling.draft}/{filling.kept.fresh}/{filling.kept.values.get('way', '')}"
        return Picking("line", route_points(values), number)
    points = place_list.point(str(values.get("lon") or ""), str(values.get("lat") or ""))
    return Picking("point", points)


# --- what the form sends ---------------------------------------------------------------------


def _asked(filling: Filling, sent: Sent) -> None:
    if sent.button == "clear":
        state.drop_form(filling.draft)
        return
    # The browser does not send what the server has decided of the way.
    own = {name: filling.kept.values[name] for name in ("way",) if name in filling.kept.values}
    values = {**own, **sent.values}
    kept = replace(filling.kept, values=values, touched=sent.touched)
    if sent.button.startswith("uploaded:"):
        kept = replace(kept, answer=progress.sent(sent.button, read_track))
        state.keep_form(filling.draft, kept)
        return
    found = from_button(filling, sent)
    state.keep_form(filling.draft, kept.decided(found) if found else kept)


def _with_track(filling: Filling) -> Filling:
    """Return a walk's form with the way from a file that was sent, or why there is none."""

    def take(kept: FormState, route: str, path: Path) -> FormState:
        return kept.decided({"route": route, "way": path.parent.name})

    kept = progress.with_file(filling.context, filling.draft, filling.kept, take)
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
    state.go_to(_card_of(filling.context, saved), "map")
