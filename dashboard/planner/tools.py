"""What the planner's tools share: their panel, the period asked for, words, and marks on maps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from dashboard import panel, state
from dashboard.address import ViewState
from dashboard.context import Context
from dashboard.map.canvas import Bounds, Json
from dashboard.pane import Feature
from dashboard.state import Sent
from geodata.planner.doses import Asked, Visit, whole_minutes
from geodata.planner.plans import Position
from geodata.service import recording
from geodata.texts import Words


def show_panel(context: Context, template: str, view: str, **values: Any) -> None:
    """Show a tool's panel, with what its templates name; `values` also as `panel.show` has them."""
    panel.show(
        context,
        "planning_panel",
        template,
        view=f"planning/{view}",
        focus=context.is_led,
        **{"oddities": {}, **values},
    )


PERIOD_DRAFT: Final = "dose/period"


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


def within(context: Context) -> frozenset[str] | None:
    """Return the areas that the page is limited to, by id; None where it is not."""
    if context.state.area:
        return frozenset({context.state.area})
    if context.state.promise:
        return frozenset(area.id for area in context.service.areas(context.promises))
    return None


def visit_time(w: Words, visit: Visit) -> str:
    """Return when a visit was, no more exact than it is known."""
    return w.when(visit.start, visit.precision)


def visit_minutes(w: Words, visit: Visit) -> str:
    """Return how long a visit was."""
    if visit.minutes is None:
        return w("plan_dose.length_unknown")
    return w("minutes.short", minutes=whole_minutes(visit.minutes))


LONGEST_NAME: Final = 60


def short(text: str) -> str:
    """Return a text as it has room in a list."""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1].rstrip()}…"


def feature(geometry: Json, role: str, **properties: Json) -> Feature:
    """Return something to draw: its shape, the role it has on the map, and what is known of it."""
    return {"type": "Feature", "geometry": geometry, "properties": {"role": role, **properties}}


def point(position: Position, role: str, **properties: Json) -> Feature:
    """Return something to draw at a position: WGS 84 degrees, longitude first."""
    return feature({"type": "Point", "coordinates": list(position)}, role, **properties)


def way(line: Sequence[Position], *, alternative: bool) -> Feature:
    """Return a way to draw."""
    points: Json = [[round(lon, 6), round(lat, 6)] for lon, lat, *_ in line]
    return feature({"type": "LineString", "coordinates": points}, "way", alternative=alternative)


def picked_point() -> Position | None:
    """Return where the map was clicked, once; None where it was not, or a way was drawn."""
    at: object = (state.take_picked() or {}).get("coordinates")
    if not isinstance(at, list | tuple) or len(at) != 2:
        return None
    return float(at[0]), float(at[1])


MARGIN_DEG: Final = 0.003
"""Round a single place, some two hundred metres, so that the map does not go all the way in."""


def around(positions: Iterable[Sequence[float]], margin_deg: float = MARGIN_DEG) -> Bounds | None:
    """Return what holds positions with a margin; None where there are none."""
    found = [(lon, lat) for lon, lat, *_ in positions]
    if not found:
        return None
    lons, lats = zip(*found, strict=True)
    return (
        min(lons) - margin_deg,
        min(lats) - margin_deg,
        max(lons) + margin_deg,
        max(lats) + margin_deg,
    )
