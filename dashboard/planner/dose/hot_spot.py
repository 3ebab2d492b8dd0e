"""The form of a hot spot: where it is, why, and how much it is to be visited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import uuid4

from dashboard import panel, state
from dashboard.address import whole_number
from dashboard.context import Context
from dashboard.forms import place_list, versions
from dashboard.map.layers import Picking
from dashboard.pane import OnMap
from dashboard.planner.marks import point
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError
from geodata.model import HOT_SPOT_RADIUS_M, HotSpot
from geodata.service import recording
from geodata.service.recording import Conflict, Refused, Saved

FORMS: Final = ("new", "edit")
"""What ``form`` may be among the choices of the tool that shows the dose."""


def show(context: Context) -> OnMap:
    """Show the form, and return what the map draws: the circle that it asks for."""
    record = _record(context)
    draft = f"hot_spot/{record.id if record else 'new'}"
    kept = _with_picked(draft, state.form(draft))
    values = _shown(context, record, kept)
    answer = kept.answer
    conflict = answer if isinstance(answer, Conflict) else None
    refused = isinstance(answer, Refused | Conflict | GeodataError)
    panel.show(
        "planning_panel",
        "dose/hot_spot.html",
        view=f"planning/{draft}",
        focus=context.moved_by is not None and context.moved_by != "map",
        attempt=f"{kept.patch_number}/{kept.answers}" if refused else "",
        on_ask=partial(_asked, context, draft),
        on_submit=partial(_submitted, context, draft, record),
        **context.base("planning"),
        record=record,
        draft=draft,
        kept=kept,
        v=values,
        faults=_faults(context, kept, values),
        oddities={},
        failure=context.words.error(answer) if isinstance(answer, GeodataError) else "",
        conflict=conflict,
        versions=versions.rows(context, "hot_spot", conflict.differences) if conflict else [],
        back=_back(context),
        places=place_list.offered(context, ""),
    )
    return _on_map(values)


def _record(context: Context) -> HotSpot | None:
    chosen = context.state
    is_change = chosen.choices.get("form") == "edit" and chosen.hot_spot is not None
    return context.service.hot_spot(chosen.hot_spot or "") if is_change else None


def _back(context: Context) -> Any:
    return context.state.asking(form=None)


def _shown(context: Context, record: HotSpot | None, kept: FormState) -> state.Values:
    theirs = {name for name in kept.values if name in kept.touched or name in kept.patch}
    suggested = _suggested(context, record)
    return {**suggested, **{name: kept.values[name] for name in theirs}}


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


def _faults(context: Context, kept: FormState, values: state.Values) -> dict[str, str]:
    if not isinstance(kept.answer, Refused):
        return {}
    before, words = kept.refused, context.words
    return {
        problem.field: words(f"error.{problem.key}", **problem.values)
        for problem in kept.answer.problems
        if values.get(problem.field, "") == before.get(problem.field, "")
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


def _with_picked(draft: str, kept: FormState) -> FormState:
    """Return the form with the place that was clicked on the map."""
    picked = state.take_picked()
    at: Any = (picked or {}).get("coordinates")
    if not isinstance(at, list | tuple) or len(at) != 2:
        return kept
    kept = kept.decided(_at(float(at[0]), float(at[1])))
    state.keep_form(draft, kept)
    return kept


def _at(lon: float, lat: float) -> dict[str, str]:
    return {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "known_place": ""}


# --- what the form sends ---------------------------------------------------------------------


def _asked(context: Context, draft: str, sent: Sent) -> None:
    if sent.button == "clear":
        state.drop_form(draft)
        return
    kept = replace(state.form(draft), values=sent.values, touched=sent.touched)
    found: Mapping[str, str] = {}
    if sent.button == "no_place":
        found = {"lat": "", "lon": "", "known_place": ""}
    elif sent.button == "known_place":
        place = place_list.find(context.service, str(sent.values.get("known_place", "")))
        if place is not None:
            found = _at(place.lon, place.lat) | {"known_place": place_list.key_of(place)}
            if not sent.values.get("name"):
                found |= {"name": place.name}
    state.keep_form(draft, kept.decided(found) if found else kept)


def _submitted(context: Context, draft: str, record: HotSpot | None, sent: Sent) -> None:
    try:
        answer: object = recording.save(
            context.service,
            "hot_spot",
            sent.values,
            record_id=record.id if record else None,
            expected_number=whole_number(sent.values.get("expected")),
        )
    except GeodataError as error:
        answer = error
    if isinstance(answer, Saved):
        state.drop_form(draft)
        versions.keep_saved(answer, draft)
        state.write(replace(context.state.asking(form=None), hot_spot=answer.record.id))
        return
    kept = replace(
        state.form(draft),
        values=sent.values,
        touched=sent.touched,
        answer=answer,
        refused=sent.values,
    )
    if isinstance(answer, Conflict):
        # Saving again, having seen both, builds on theirs.
        kept = kept.decided({"expected": str(answer.theirs.number)})
    state.keep_form(draft, kept)
