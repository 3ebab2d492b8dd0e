"""The dose board: hot spots and areas, those that got too little first, and the card of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final

import shapely
from shapely import Point

from dashboard import state
from dashboard.address import ToolName, ViewState
from dashboard.context import Context
from dashboard.forms import draft, versions
from dashboard.look import STATE_TOKENS
from dashboard.pane import Feature, OnMap
from dashboard.planner.dose import words
from dashboard.planner.dose.figures import chosen_visits, figures, listed_patrols, showing
from dashboard.planner.dose.form import FORMS, show_form
from dashboard.planner.tools import (
    feature,
    period_values,
    point,
    show_panel,
    submitted,
    visit_minutes,
    visit_time,
    within,
)
from dashboard.state import FormState, Sent
from geodata.model import HotSpot
from geodata.palette import STATE_ICONS, UNCERTAIN
from geodata.planner import doses
from geodata.service import recording

POINTS_AT_MOST: Final = 300
"""The newest of the list's visits: more in one circle can't be told apart."""


def of_spot(context: Context, one: doses.SpotDose) -> OnMap:
    """Return a hot spot's circle and those of its visits that the open list holds."""
    spot = one.hot_spot
    ring = point((spot.place.x, spot.place.y), "ring", radius_m=spot.radius_m)
    return OnMap(
        features=(*_visits(context, one), ring),
        token=f"dose/{spot.id}",
        bounds=doses.bounds_around(spot),
    )


def _visits(context: Context, one: doses.SpotDose) -> list[Feature]:
    w = context.words
    shown = chosen_visits(one.dose, context.state.choices.get("show", ""))[:POINTS_AT_MOST]
    ids = list(dict.fromkeys(visit.activity_id for visit in shown))
    places = {a.id: a.place for a in context.service.activities_by_id(ids)}
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


def card_values(
    context: Context, one: doses.SpotDose, asked: doses.Asked, period: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the card's template names."""
    spot = one.hot_spot
    ending = state.form(_draft(spot))
    end_faults = _end_faults(context, ending)
    return {
        **period,
        "v": {**period["v"], **_end_values(context, spot, ending.values)},
        "faults": {**period["faults"], **end_faults},
        "spot": spot,
        "area": context.service.catalogue.area_by_id.get(spot.area_id or ""),
        "said": words,
        "f": figures(context, one.dose, asked.period),
        "back": replace(context.state, hot_spot=None, list_page=0).asking(show=None),
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


# --- ending it -------------------------------------------------------------------------------


def _draft(spot: HotSpot) -> str:
    return f"end/hot_spot/{spot.id}"


def _end_values(
    context: Context, spot: HotSpot, sent: Mapping[str, str | tuple[str, ...]]
) -> dict[str, str]:
    day = max(context.as_of.day, spot.valid_from)
    return {"valid_to": str(sent.get("valid_to", day.isoformat())), "by": str(sent.get("by", ""))}


def _end_faults(context: Context, ending: FormState) -> dict[str, str]:
    failure = draft.failure(context.words, ending.answer)
    faults = draft.faults(context.words, ending, ending.refused)
    return {**faults, "valid_to": failure} if failure else faults


def _card_submitted(context: Context, spot: HotSpot, sent: Sent) -> None:
    if sent.draft == _draft(spot):
        _end(context, spot, sent)
    elif sent.values.get("about"):
        versions.submitted(context, sent)
    else:
        submitted(context, sent)


def _end(context: Context, spot: HotSpot, sent: Sent) -> None:
    """Give a hot spot its last day."""
    name = _draft(spot)
    own = {field: str(sent.values.get(field, "")) for field in ("valid_to", "by")}
    changed = replace(sent, values={**sent.values, **recording.form_values(spot), **own})
    saved = draft.save_record(context, "hot_spot", name, changed, record_id=spot.id)
    if saved is not None:
        versions.keep_saved(saved, name)
        return
    answer = state.form(name).answer
    if isinstance(answer, recording.Conflict):
        # What others have done meanwhile is told on the card.
        card = versions.draft_of("hot_spot", spot.id)
        state.keep_form(card, replace(state.form(card), answer=answer))


@dataclass(frozen=True, slots=True)
class Row:
    """A hot spot or an area in a list, in words."""

    id: str
    name: str
    beside: str
    dose: doses.Dose
    link: ViewState


def show(context: Context) -> OnMap:
    """Show the board, the card of the hot spot that is looked at, or a hot spot's form."""
    if context.state.choices.get("form") in FORMS:
        return show_form(context)
    asked = doses.asked_period(context.promises, context.as_of.day, context.state.choices)
    whole = doses.board(context.service, asked.period)
    if context.state.hot_spot:
        spot = context.service.hot_spot(context.state.hot_spot)
        one = whole.dose_of(spot)
        show_panel(
            context,
            "dose/card.html",
            f"dose/{spot.id}",
            on_submit=partial(_card_submitted, context, spot),
            **card_values(context, one, asked, period_values(context, asked)),
        )
        return of_spot(context, one)
    show_panel(
        context,
        "dose/page.html",
        f"dose/{context.state.area or ''}",
        on_submit=partial(submitted, context),
        **board_values(context, asked, whole),
    )
    return _on_board(context, whole)


def _on_board(context: Context, whole: doses.Board) -> OnMap:
    """Return the hot spots with the sign of their dose, and what the signs mean."""
    spots = [one for one in _shown(context, whole).spots if _counts(one)]
    if "hot_spots" in context.state.hidden:
        spots = []
    looks = {one.dose.state: words.LOOKS[one.dose.state] for one in spots}
    return OnMap(
        features=tuple(_mark(context, one) for one in spots),
        signs=tuple(
            (looks[state], context.words(told))
            for state, told in words.STATES.items()
            if state in looks
        ),
    )


def _mark(context: Context, one: doses.SpotDose) -> Feature:
    spot, dose, w = one.hot_spot, one.dose, context.words
    place, look = spot.place, words.LOOKS[one.dose.state]
    colours = STATE_TOKENS[look]
    return point(
        (place.x, place.y),
        "spot",
        layer="hot_spot",
        id=spot.id,
        title=spot.name,
        lines=[w(words.STATES[dose.state]), words.done_of(w, dose)],
        fill=colours.fill,
        icon=STATE_ICONS[look],
        iconColour=colours.sign,
        dashed=look in UNCERTAIN,
    )


def board_values(context: Context, asked: doses.Asked, whole: doses.Board) -> dict[str, Any]:
    """Return what the board's template names."""
    shown, last = _shown(context, whole), asked.period.end
    area = context.service.catalogue.area_by_id.get(context.state.area or "")
    told = shown.area(area.id) if area else None
    return {
        **period_values(context, asked),
        "area": area,
        "f": figures(context, told.dose, asked.period, of_area=True) if told else None,
        "lead": _lead(context, shown),
        "rows": [_row(context, one, last) for one in shown.spots if _counts(one)],
        "idle": [_row(context, one, last) for one in shown.spots if not _counts(one)],
        "area_rows": [] if area else [_area_row(context, one) for one in shown.areas],
        "patrols": _patrols(context, shown),
        "listed_patrols": listed_patrols(context, shown, context.state.choices.get("show", "")),
        "any_spots": bool(whole.spots),
        "said": words,
        "new": context.state.asking(form="new"),
        "all_areas": replace(context.state, area=None).asking(show=None),
    }


def _shown(context: Context, whole: doses.Board) -> doses.Board:
    """Return the board of what is chosen: an area, a promise's areas, or everything."""
    areas = within(context)
    return whole if areas is None else whole.within(areas)


def _counts(one: doses.SpotDose) -> bool:
    return one.dose.state is not doses.DoseState.NOT_VALID


# --- the lists -------------------------------------------------------------------------------


def _row(context: Context, one: doses.SpotDose, last: date) -> Row:
    spot = one.hot_spot
    told = [] if context.state.area else [_area_name(context, spot.area_id)]
    if spot.valid_to is not None and spot.valid_to < last:
        ended = context.words.day(spot.valid_to, short=True)
        told.append(context.words("plan_dose.ended", day=ended))
    beside = " · ".join(told)
    link = context.state.with_hot_spot(spot.id).asking(show=None)
    return Row(spot.id, spot.name, beside, one.dose, replace(link, list_page=0))


def _area_row(context: Context, one: doses.AreaDose) -> Row:
    name = _area_name(context, one.area_id)
    beside = context.words("plan_dose.spots", count=len(one.spots))
    link = replace(context.state, area=one.area_id, list_page=0).asking(show=None)
    return Row(one.area_id or "", name, beside, one.dose, link)


def _area_name(context: Context, area_id: str | None) -> str:
    area = context.service.catalogue.area_by_id.get(area_id or "")
    return area.name if area else context.words("plan_dose.no_area")


def _lead(context: Context, shown: doses.Board) -> str:
    """Return the answer in a sentence or two: how many got too little, and which one least."""
    w = context.words
    planned = [one for one in shown.spots if one.dose.planned]
    below = [one for one in planned if one.dose.planned and one.dose.planned.lacking]
    if not planned:
        return w("plan_dose.lead_no_plan") if shown.spots else ""
    if not below:
        return w("plan_dose.lead_all", count=len(planned))
    worst: HotSpot = below[0].hot_spot
    return " ".join(
        (
            w("plan_dose.lead_below", below=len(below), count=len(planned)),
            w(
                "plan_dose.lead_worst",
                name=worst.name,
                amount=words.done_of(w, below[0].dose).lower(),
            ),
        )
    )


def _patrols(context: Context, shown: doses.Board) -> list[tuple[str, str, ViewState | None]]:
    """Return how many patrols there are, and how many were at no hot spot, with their lists."""
    w, total = context.words, len(shown.patrols)
    if not total:
        return [("none", w("plan_dose.no_patrols"), None)]
    patrols: list[tuple[str, str, ViewState | None]]
    patrols = [("all", w("plan_dose.patrols", count=total), None)]
    if shown.elsewhere:
        text = w("plan_dose.elsewhere", count=len(shown.elsewhere))
        patrols.append(("elsewhere", text, showing(context, "elsewhere")))
    if shown.unplaced:
        text = w("plan_dose.unplaced", count=len(shown.unplaced))
        patrols.append(("unplaced", text, showing(context, "unplaced")))
    return patrols
