"""The dose board: hot spots and areas, the worst first, with the card and the form of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import uuid4

import shapely
from shapely import Point

from dashboard import state
from dashboard.address import ToolName, ViewState
from dashboard.context import Context
from dashboard.forms import draft, place_list, versions
from dashboard.look import STATE_TOKENS
from dashboard.map.canvas import Picking
from dashboard.pane import Feature, OnMap
from dashboard.planner import tools
from dashboard.planner.dose import figures
from dashboard.state import FormState, Sent
from geodata.model import HOT_SPOT_RADIUS_M, HotSpot
from geodata.palette import STATE_ICONS, UNCERTAIN
from geodata.planner import doses
from geodata.service import recording

POINTS_AT_MOST: Final = 300
"""The newest of the list's visits: more in one circle can't be told apart."""


def of_spot(context: Context, one: doses.SpotDose) -> OnMap:
    """Return a hot spot's circle and those of its visits that the open list holds."""
    spot = one.hot_spot
    ring = tools.point((spot.place.x, spot.place.y), "ring", radius_m=spot.radius_m)
    return OnMap(
        features=(*_visits(context, one), ring),
        token=f"dose/{spot.id}",
        bounds=doses.bounds_around(spot),
    )


def _visits(context: Context, one: doses.SpotDose) -> list[Feature]:
    w = context.words
    shown = figures.chosen_visits(one.dose, context.state.choices.get("show", ""))[:POINTS_AT_MOST]
    ids = list(dict.fromkeys(visit.activity_id for visit in shown))
    places = {a.id: a.place for a in context.service.activities_by_id(ids)}
    found: list[Feature] = []
    for visit in shown:
        place = places.get(visit.activity_id)
        if place is None:
            continue
        found.append(
            tools.feature(
                shapely.geometry.mapping(place),
                "reached" if isinstance(place, Point) else "way",
                weight=0.01,
                alternative=True,
                title=tools.visit_time(w, visit),
                lines=(tools.visit_minutes(w, visit), figures.visit_source(w, visit)),
            )
        )
    return found


ONWARD: Final[tuple[ToolName, ...]] = ("places", "loop", "schedule")
"""The tools that plan with a hot spot in mind."""


def card_values(context: Context, one: doses.SpotDose, period: Mapping[str, Any]) -> dict[str, Any]:
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
        "said": figures,
        "dose": one.dose,
        "listed": figures.listed(context, one.dose),
        "back": replace(context.state, hot_spot=None, list_page=0).asking(show=None),
        "edit": context.state.asking(form="edit"),
        "onward": ONWARD,
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
        tools.submitted(context, sent)


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
        tools.show_panel(
            context,
            "dose/card.html",
            f"dose/{spot.id}",
            on_submit=partial(_card_submitted, context, spot),
            **card_values(context, one, tools.period_values(context, asked)),
        )
        return of_spot(context, one)
    tools.show_panel(
        context,
        "dose/page.html",
        f"dose/{context.state.area or ''}",
        on_submit=partial(tools.submitted, context),
        **board_values(context, asked, whole),
    )
    return _on_board(context, whole)


def _on_board(context: Context, whole: doses.Board) -> OnMap:
    """Return the hot spots with the sign of their dose, and what the signs mean."""
    spots = [one for one in _shown(context, whole).spots if _counts(one)]
    if "hot_spots" in context.state.hidden:
        spots = []
    looks = {one.dose.state: figures.LOOKS[one.dose.state] for one in spots}
    return OnMap(
        features=tuple(_mark(context, one) for one in spots),
        signs=tuple(
            (looks[state], context.words(f"plan_dose.{state}"))
            for state in doses.DoseState
            if state in looks
        ),
    )


def _mark(context: Context, one: doses.SpotDose) -> Feature:
    spot, dose, w = one.hot_spot, one.dose, context.words
    place, look = spot.place, figures.LOOKS[one.dose.state]
    colours = STATE_TOKENS[look]
    return tools.point(
        (place.x, place.y),
        "spot",
        layer="hot_spot",
        id=spot.id,
        title=spot.name,
        lines=[w(f"plan_dose.{dose.state}"), figures.done_of(w, dose)],
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
        **tools.period_values(context, asked),
        "area": area,
        "dose": told.dose if told else None,
        "listed": figures.listed(context, told.dose, of_area=True) if told else None,
        "lead": _lead(context, shown),
        "rows": [_row(context, one, last) for one in shown.spots if _counts(one)],
        "idle": [_row(context, one, last) for one in shown.spots if not _counts(one)],
        "area_rows": [] if area else [_area_row(context, one) for one in shown.areas],
        "board": shown,
        "listed_patrols": figures.listed_patrols(context, shown),
        "any_spots": bool(whole.spots),
        "said": figures,
        "new": context.state.asking(form="new"),
        "all_areas": replace(context.state, area=None).asking(show=None),
    }


def _shown(context: Context, whole: doses.Board) -> doses.Board:
    """Return the board of what is chosen: an area, a promise's areas, or everything."""
    areas = tools.within(context)
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
                amount=figures.done_of(w, below[0].dose).lower(),
            ),
        )
    )


# --- a hot spot's form -----------------------------------------------------------------------

FORMS: Final = ("new", "edit")
"""What ``form`` may be among the choices of the tool that shows the dose."""


def show_form(context: Context) -> OnMap:
    """Show the form, and return what the map draws: the circle that it asks for."""
    record = _record(context)
    name = f"hot_spot/{record.id if record else 'new'}"
    kept = _with_picked(name, state.form(name))
    values = draft.shown(kept, _suggested(context, record))
    tools.show_panel(
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


def _on_map(values: state.Values) -> OnMap:
    points = place_list.point(str(values.get("lon", "")), str(values.get("lat", "")))
    radius = _radius(str(values.get("radius_m", "")))
    drawn = tuple(tools.point(place, "ring", radius_m=radius) for place in points[:1])
    return OnMap(features=drawn, picking=Picking("point", points))


def _radius(text: str) -> float:
    try:
        radius = float(text.replace(",", "."))
    except ValueError:
        return HOT_SPOT_RADIUS_M
    return radius if 0 < radius < 10_000 else HOT_SPOT_RADIUS_M


def _with_picked(name: str, kept: FormState) -> FormState:
    """Return the form with the place that was clicked on the map."""
    at = tools.picked_point()
    if at is None:
        return kept
    kept = kept.decided(_at(*at))
    state.keep_form(name, kept)
    return kept


def _at(lon: float, lat: float) -> dict[str, str]:
    return {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "known_place": ""}


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
