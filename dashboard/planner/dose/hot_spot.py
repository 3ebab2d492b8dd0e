"""A hot spot: its form (where, why, how much it is to be visited) and its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import uuid4

import shapely
from shapely import Point

from dashboard import panel, state
from dashboard.address import ToolName, ViewState, whole_number
from dashboard.context import Context
from dashboard.forms import draft, place_list, versions
from dashboard.map.layers import Picking
from dashboard.pane import Feature, OnMap
from dashboard.panel import OnSent
from dashboard.planner.dose import words
from dashboard.planner.dose.figures import chosen_visits, figures
from dashboard.planner.marks import feature, picked_point, point
from dashboard.planner.words import visit_minutes, visit_time
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError
from geodata.model import HOT_SPOT_RADIUS_M, HotSpot
from geodata.planner.doses import Asked, SpotDose, bounds_around
from geodata.service import recording
from geodata.service.following import following
from geodata.service.recording import Refused, Saved

FORMS: Final = ("new", "edit")
"""What ``form`` may be among the choices of the tool that shows the dose."""


def show(context: Context) -> OnMap:
    """Show the form, and return what the map draws: the circle that it asks for."""
    record = _record(context)
    name = f"hot_spot/{record.id if record else 'new'}"
    kept = _with_picked(name, state.form(name))
    values = draft.shown(kept, _suggested(context, record))
    panel.show(
        "planning_panel",
        "dose/hot_spot.html",
        view=f"planning/{name}",
        focus=context.moved_by is not None and context.moved_by != "map",
        attempt=draft.attempt(kept),
        on_ask=partial(_asked, context, name),
        on_submit=partial(_submitted, context, name, record),
        **context.base("planning"),
        record=record,
        **draft.outcome(context, "hot_spot", kept, values),
        draft=name,
        v=values,
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


POINTS_AT_MOST: Final = 300
"""The newest of the list's visits: more in one circle can't be told apart."""


def of_spot(context: Context, one: SpotDose) -> OnMap:
    """Return a hot spot's circle and those of its visits that the open list holds."""
    spot = one.hot_spot
    ring = point((spot.place.x, spot.place.y), "ring", radius_m=spot.radius_m)
    return OnMap(
        features=(*_visits(context, one), ring),
        token=f"dose/{spot.id}",
        bounds=bounds_around(spot),
    )


def _visits(context: Context, one: SpotDose) -> list[Feature]:
    w = context.words
    shown = chosen_visits(one.dose, context.state.choices.get("show", ""))[:POINTS_AT_MOST]
    ids = list(dict.fromkeys(visit.activity_id for visit in shown))
    places = {a.id: a.place for a in following(context.service).records(ids)}
    found: list[Feature] = []
    for visit in shown:
        place = places.get(visit.activity_id)
        if place is None:
            continue
        found.append(
            feature(
                shapely.geometry.mapping(place),
                "reached" if isinstance(place, Point) else "way",
                weight=0.01,
                alternative=True,
                title=visit_time(w, visit),
                lines=(visit_minutes(w, visit), words.visit_source(w, visit)),
            )
        )
    return found


ONWARD: Final[Mapping[ToolName, str]] = {
    "places": "plan_dose.to_places",
    "loop": "plan_dose.to_loop",
    "schedule": "plan_dose.to_schedule",
}
"""The tools that plan with a hot spot in mind, and what their links say."""


def show_card(
    context: Context, one: SpotDose, asked: Asked, period: Mapping[str, Any], on_period: OnSent
) -> None:
    """Show a hot spot's card."""
    spot = one.hot_spot
    panel.show(
        "planning_panel",
        "dose/card.html",
        view=f"planning/dose/{spot.id}",
        focus=context.moved_by is not None and context.moved_by != "map",
        on_submit=partial(_card_submitted, context, spot, on_period),
        **context.base("planning"),
        **card_values(context, one, asked, period),
    )


def card_values(
    context: Context, one: SpotDose, asked: Asked, period: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the card's template names."""
    spot = one.hot_spot
    ending = state.form(_draft(spot))
    end_faults = _end_faults(context, ending.answer)
    return {
        **period,
        "v": {**period["v"], **_end_values(context, spot, ending.values)},
        "faults": {**period["faults"], **end_faults},
        "spot": spot,
        "area": context.service.catalogue.area_by_id.get(spot.area_id or ""),
        "facts": _facts(context, spot),
        "f": figures(context, one.dose, asked.period),
        "back": _without(context.state),
        "edit": context.state.asking(form="edit"),
        "onward": [
            (name, context.words(key), context.state.with_tool(name))
            for name, key in ONWARD.items()
        ],
        "record_void": spot.void,
        "follows": False,
        "end_draft": _draft(spot),
        "end_fresh": ending.fresh,
        "ending": bool(end_faults),
        **versions.values(context, "hot_spot", spot.id),
    }


def _without(chosen: ViewState) -> ViewState:
    return replace(chosen, hot_spot=None, list_page=0).asking(show=None)


def _facts(context: Context, spot: HotSpot) -> list[tuple[str, str]]:
    w = context.words
    until = w.day(spot.valid_to) if spot.valid_to else w("plan_dose.until_further")
    facts = [
        (w("plan_dose.valid"), w("plan_dose.from_to", first=w.day(spot.valid_from), last=until))
    ]
    facts.append((w("plan_dose.radius"), w("plan_dose.metres", metres=w.metres(spot.radius_m))))
    weight = w.number(spot.weight, 0 if spot.weight == round(spot.weight) else 1)
    facts.append((w("field.weight"), weight))
    facts.append((w("plan_dose.plan"), _plan(context, spot)))
    if spot.reason:
        facts.append((w("field.reason"), spot.reason))
    if spot.reason_source:
        facts.append((w("field.reason_source"), spot.reason_source))
    facts.append((w("plan_dose.record_from"), w(f"origin.{spot.origin.kind}")))
    return facts


def _plan(context: Context, spot: HotSpot) -> str:
    w = context.words
    if not spot.visits_a_week:
        return w("plan_dose.nothing_planned")
    visits = spot.visits_a_week
    number = w.number(visits, 0 if visits == round(visits) else 1)
    if spot.minutes_a_visit is None:
        return w("plan_dose.plan_visits", visits=number)
    return w("plan_dose.plan_minutes", visits=number, minutes=spot.minutes_a_visit)


# --- ending it -------------------------------------------------------------------------------


def _draft(spot: HotSpot) -> str:
    return f"end/hot_spot/{spot.id}"


def _end_values(
    context: Context, spot: HotSpot, sent: Mapping[str, str | tuple[str, ...]]
) -> dict[str, str]:
    day = max(context.as_of.day, spot.valid_from)
    return {"valid_to": str(sent.get("valid_to", day.isoformat())), "by": str(sent.get("by", ""))}


def _end_faults(context: Context, answer: object) -> dict[str, str]:
    w = context.words
    if isinstance(answer, GeodataError):
        return {"valid_to": w.error(answer)}
    if not isinstance(answer, Refused):
        return {}
    return {problem.field: w.error(problem) for problem in answer.problems}


def _card_submitted(context: Context, spot: HotSpot, on_period: OnSent, sent: Sent) -> None:
    if sent.draft == _draft(spot):
        _end(context, spot, sent)
    elif sent.values.get("about"):
        versions.submitted(context, sent)
    else:
        on_period(sent)


def _end(context: Context, spot: HotSpot, sent: Sent) -> None:
    """Give a hot spot its last day."""
    values = recording.form_values(spot) | {
        "valid_to": str(sent.values.get("valid_to", "")),
        "by": str(sent.values.get("by", "")),
    }
    try:
        answer: object = recording.save(
            context.service,
            "hot_spot",
            values,
            record_id=spot.id,
            expected_number=whole_number(sent.values.get("expected")),
        )
    except GeodataError as error:
        answer = error
    if isinstance(answer, Saved):
        state.drop_form(_draft(spot))
        versions.keep_saved(answer, _draft(spot))
        return
    if isinstance(answer, recording.Conflict):
        state.keep_form(
            versions.draft_of("hot_spot", spot.id),
            replace(state.form(versions.draft_of("hot_spot", spot.id)), answer=answer),
        )
        return
    kept = replace(state.form(_draft(spot)), answer=answer, values=sent.values)
    state.keep_form(_draft(spot), kept)
