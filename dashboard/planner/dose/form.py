"""A hot spot's form: where it is clicked or chosen, what it is, and how it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import uuid4

from dashboard import state
from dashboard.context import Context
from dashboard.forms import draft, place_list, versions
from dashboard.map.canvas import Picking
from dashboard.pane import OnMap
from dashboard.planner.tools import picked_point, point, show_panel
from dashboard.state import FormState, Sent
from geodata.model import HOT_SPOT_RADIUS_M, HotSpot
from geodata.service import recording

FORMS: Final = ("new", "edit")
"""What ``form`` may be among the choices of the tool that shows the dose."""


def show_form(context: Context) -> OnMap:
    """Show the form, and return what the map draws: the circle that it asks for."""
    record = _record(context)
    name = f"hot_spot/{record.id if record else 'new'}"
    kept = _with_picked(name, state.form(name))
    values = draft.shown(kept, _suggested(context, record))
    show_panel(
        context,
        "dose/hot_spot.html",
        f"{name}",
        attempt=draft.attempt(kept),
        on_ask=partial(_asked, context, name),
        on_submit=partial(_submitted, context, name, record),
        record=record,
        **draft.outcome(context, "hot_spot", kept, values),
        draft=name,
        v=values,
        back=context.state.asking(form=None),
        places=place_list.offered(context, ""),
    )
    return _on_map(values)


def _record(context: Context) -> HotSpot | None:
    chosen = context.state
    is_change = chosen.choices.get("form") == "edit" and chosen.hot_spot is not None
    return context.service.hot_spot(chosen.hot_spot or "") if is_change else None


def _suggested(context: Context, record: HotSpot | None) -> dict[str, str | tuple[str, ...]]:
    if record is not None:
        number = context.service.newest_number("hot_spot", record.id)
        own = {"id": record.id, "expected": str(number), "by": "", "known_place": ""}
        return {**recording.form_values(record), **own}
    names = ("name", "lat", "lon", "reason", "reason_source", "valid_to", "known_place", "by")
    return {
        **dict.fromkeys(names, ""),
        "id": str(uuid4()),
        "expected": "0",
        "radius_m": f"{HOT_SPOT_RADIUS_M:g}",
        "weight": "1",
        # The day that is looked at: who plans for an earlier period means that one.
        "valid_from": context.as_of.day.isoformat(),
        "visits_a_week": "",
        "minutes_a_visit": "15",
    }


# --- the map ---------------------------------------------------------------------------------


def _on_map(values: state.Values) -> OnMap:
    points = place_list.point(str(values.get("lon", "")), str(values.get("lat", "")))
    radius = _radius(str(values.get("radius_m", "")))
    drawn = tuple(point(place, "ring", radius_m=radius) for place in points[:1])
    return OnMap(features=drawn, picking=Picking("point", points))


def _radius(text: str) -> float:
    try:
        radius = float(text.replace(",", "."))
    except ValueError:
        return HOT_SPOT_RADIUS_M
    return radius if 0 < radius < 10_000 else HOT_SPOT_RADIUS_M


def _with_picked(name: str, kept: FormState) -> FormState:
    """Return the form with the place that was clicked on the map."""
    at = picked_point()
    if at is None:
        return kept
    kept = kept.decided(_at(*at))
    state.keep_form(name, kept)
    return kept


def _at(lon: float, lat: float) -> dict[str, str]:
    return {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "known_place": ""}


# --- what the form sends ---------------------------------------------------------------------


def _asked(context: Context, name: str, sent: Sent) -> None:
    if sent.button == "clear":
        state.drop_form(name)
        return
    kept = replace(state.form(name), values=sent.values, touched=sent.touched)
    found: Mapping[str, str] = {}
    if sent.button == "no_place":
        found = {"lat": "", "lon": "", "known_place": ""}
    elif sent.button == "known_place":
        place = place_list.find(context.service, str(sent.values.get("known_place", "")))
        if place is not None:
            found = _at(place.lon, place.lat) | {"known_place": place_list.key_of(place)}
            if not sent.values.get("name"):
                found |= {"name": place.name}
    state.keep_form(name, kept.decided(found) if found else kept)


def _submitted(context: Context, name: str, record: HotSpot | None, sent: Sent) -> None:
    record_id = record.id if record else None
    saved = draft.save_record(context, "hot_spot", name, sent, record_id=record_id)
    if saved is not None:
        versions.keep_saved(saved, name)
        state.write(replace(context.state.asking(form=None), hot_spot=saved.record.id))
