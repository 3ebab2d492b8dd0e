"""The dose board: hot spots and areas, those that got too little first, and the card of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from dashboard import panel
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.pane import OnMap
from dashboard.planner.dose import hot_spot, words
from dashboard.planner.dose.figures import figures, listed_patrols, showing
from dashboard.planner.period import period_values, submitted
from geodata.model import HotSpot
from geodata.planner.doses import (
    AreaDose,
    Asked,
    Board,
    Dose,
    DoseState,
    SpotDose,
    asked_period,
    board,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A hot spot or an area in a list, in words."""

    id: str
    name: str
    beside: str
    look: str
    state: str
    amount: str
    share: float | None
    since: str
    foreseen: str
    link: ViewState


def show(context: Context) -> OnMap:
    """Show the board, the card of the hot spot that is looked at, or a hot spot's form."""
    if context.state.choices.get("form") in hot_spot.FORMS:
        return hot_spot.show(context)
    asked = asked_period(context.promises, context.as_of.day, context.state.choices)
    whole = board(context.service, asked.period)
    if context.state.hot_spot:
        spot = context.service.hot_spot(context.state.hot_spot)
        one = whole.dose_of(spot)
        hot_spot.show_card(
            context, one, asked, period_values(context, asked), partial(submitted, context)
        )
        return hot_spot.of_spot(context, one)
    panel.show(
        "planning_panel",
        "dose/page.html",
        view=f"planning/dose/{context.state.area or ''}",
        focus=context.moved_by is not None and context.moved_by != "map",
        on_submit=partial(submitted, context),
        **context.base("planning"),
        **board_values(context, asked, whole),
    )
    return OnMap()


def board_values(context: Context, asked: Asked, whole: Board) -> dict[str, Any]:
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
        "new": context.state.asking(form="new"),
        "all_areas": replace(context.state, area=None).asking(show=None),
    }


def _shown(context: Context, whole: Board) -> Board:
    """Return the board of what is chosen: an area, a promise's areas, or everything."""
    if context.state.area:
        return whole.within({context.state.area})
    if context.state.promise is None:
        return whole
    return whole.within({area.id for area in context.service.areas(context.promises)})


def _counts(one: SpotDose) -> bool:
    return one.dose.state is not DoseState.NOT_VALID


# --- the period ------------------------------------------------------------------------------


# --- the lists -------------------------------------------------------------------------------


def _row(context: Context, one: SpotDose, last: date) -> Row:
    spot = one.hot_spot
    told = [] if context.state.area else [_area_name(context, spot.area_id)]
    if spot.valid_to is not None and spot.valid_to < last:
        ended = context.words.day(spot.valid_to, short=True)
        told.append(context.words("plan_dose.ended", day=ended))
    beside = " · ".join(told)
    link = context.state.with_hot_spot(spot.id).asking(show=None)
    return _worded(context, spot.id, spot.name, beside, one.dose, replace(link, list_page=0))


def _area_row(context: Context, one: AreaDose) -> Row:
    name = _area_name(context, one.area_id)
    beside = context.words("plan_dose.spots", count=len(one.spots))
    link = replace(context.state, area=one.area_id, list_page=0).asking(show=None)
    return _worded(context, one.area_id or "", name, beside, one.dose, link)


def _area_name(context: Context, area_id: str | None) -> str:
    area = context.service.catalogue.area_by_id.get(area_id or "")
    return area.name if area else context.words("plan_dose.no_area")


def _worded(context: Context, id_: str, name: str, beside: str, dose: Dose, link: ViewState) -> Row:
    w, share = context.words, dose.done_share
    return Row(
        id=id_,
        name=name,
        beside=beside,
        look=words.LOOKS[dose.state],
        state=w(words.STATES[dose.state]),
        amount=words.done_short(w, dose),
        share=None if share is None else min(share, 1.0),
        since=words.since(w, dose),
        foreseen=words.foreseen(w, dose),
        link=link,
    )


def _lead(context: Context, shown: Board) -> str:
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


def _patrols(context: Context, shown: Board) -> list[tuple[str, str, ViewState | None]]:
    """Return how many patrols there are, and how many were at no hot spot, with their lists."""
    w, total = context.words, len(shown.patrols)
    if not total:
        return [("none", w("plan_dose.no_patrols"), None)]
    found: list[tuple[str, str, ViewState | None]] = []
    found.append(("all", w("plan_dose.patrols", count=total), None))
    if shown.elsewhere:
        text = w("plan_dose.elsewhere", count=len(shown.elsewhere))
        found.append(("elsewhere", text, showing(context, "elsewhere")))
    if shown.unplaced:
        text = w("plan_dose.unplaced", count=len(shown.unplaced))
        found.append(("unplaced", text, showing(context, "unplaced")))
    return found
