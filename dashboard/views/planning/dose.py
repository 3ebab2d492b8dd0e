"""The dose board: hot spots and areas, those that got too little first, and the card of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final

from dashboard import panel, state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.pane import OnMap
from dashboard.state import Sent
from dashboard.views.planning import dose_card, dose_map
from dashboard.views.planning import dose_words as said
from dashboard.views.planning.dose_figures import figures
from dashboard.views.planning.dose_lists import listed_patrols, showing
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
from geodata.service import recording

PERIOD_DRAFT: Final = "dose/period"


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
    """Show the board, or the card of the hot spot that is looked at."""
    asked = asked_period(context.promises, context.as_of.day, context.state.choices)
    whole = board(context.service, asked.period)
    if context.state.hot_spot:
        spot = context.service.hot_spot(context.state.hot_spot)
        one = whole.dose_of(spot)
        dose_card.show(
            context, one, asked, period_values(context, asked), partial(submitted, context)
        )
        return dose_map.of_spot(context, one)
    panel.show(
        "planning_panel",
        "planning/dose.html",
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


def period_values(context: Context, asked: Asked) -> dict[str, Any]:
    """Return what the choice of a period needs: its ways, and the form for days of one's own."""
    w, choices = context.words, context.state.choices
    own = {"first": asked.period.start.isoformat(), "last": asked.period.end.isoformat()}
    if asked.choice == "own" and asked.fault:
        own = {name: choices.get(name, "") for name in own}
    here = replace(context.state, list_page=0)
    faults = {
        "days": {"first": w("plan_dose.fault_days")},
        "order": {"last": w("plan_dose.fault_order")},
        None: {},
    }
    return {
        "asked": asked,
        "ways": (
            ("promise", _promised(context), _over(here, None)),
            ("latest", w("plan_dose.period_latest"), _over(here, "latest")),
            ("own", w("plan_dose.period_own"), _over(here, "own", **own)),
        ),
        "v": own,
        "faults": faults[asked.fault],
        "oddities": {},
    }


def _promised(context: Context) -> str:
    several = len(context.promises) > 1
    return context.words("plan_dose.period_promises" if several else "plan_dose.period_promise")


def _over(here: ViewState, period: str | None, **days: str) -> ViewState:
    return here.asking(**{"first": None, "last": None, "show": None, **days, "period": period})


def submitted(context: Context, sent: Sent) -> None:
    """Take the days of a period that somebody wrote."""
    if sent.draft != PERIOD_DRAFT:
        return
    today = context.service.today()
    days: dict[str, str] = {}
    for name in ("first", "last"):
        text = str(sent.values.get(name, ""))
        day = recording.day_said(text, today)
        # What can't be read stays in the address, and is asked for again.
        days[name] = day.isoformat() if day else text or "?"
    state.write(_over(replace(context.state, list_page=0), "own", **days))


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
        look=said.LOOKS[dose.state],
        state=w(said.STATES[dose.state]),
        amount=said.done_short(w, dose),
        share=None if share is None else min(share, 1.0),
        since=said.since(w, dose),
        foreseen=said.foreseen(w, dose),
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
                amount=said.done_of(w, below[0].dose).lower(),
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
