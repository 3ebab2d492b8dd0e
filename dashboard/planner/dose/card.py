"""A hot spot's card and its map: what it is, what it got, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import shapely
from shapely import Point

from dashboard import panel, state
from dashboard.address import ToolName, ViewState, whole_number
from dashboard.context import Context
from dashboard.forms import versions
from dashboard.pane import Feature, OnMap
from dashboard.panel import OnSent
from dashboard.planner.dose import words
from dashboard.planner.dose.figures import chosen_visits, figures
from dashboard.planner.marks import feature, point
from dashboard.planner.words import visit_minutes, visit_time
from dashboard.state import Sent
from geodata.errors import GeodataError
from geodata.model import HotSpot
from geodata.planner.doses import Asked, SpotDose, bounds_around
from geodata.service import recording
from geodata.service.following import following
from geodata.service.recording import Refused, Saved

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


def show(
    context: Context, one: SpotDose, asked: Asked, period: Mapping[str, Any], on_period: OnSent
) -> None:
    """Show a hot spot's card."""
    spot = one.hot_spot
    panel.show(
        "planning_panel",
        "dose/card.html",
        view=f"planning/dose/{spot.id}",
        focus=context.moved_by is not None and context.moved_by != "map",
        on_submit=partial(_submitted, context, spot, on_period),
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


def _submitted(context: Context, spot: HotSpot, on_period: OnSent, sent: Sent) -> None:
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
