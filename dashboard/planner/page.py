"""Planera: the map beside a planner's tools, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from dashboard import cached, chrome, pane, panel
from dashboard.address import TOOL_NAMES, ToolName
from dashboard.context import Context
from dashboard.map.features import Query, hot_spot_features
from dashboard.pane import Feature, OnMap
from dashboard.planner import balance, change, streets
from dashboard.planner.dose import page as dose
from dashboard.planner.loop import page as loop
from dashboard.planner.places import page as places
from dashboard.planner.schedule import page as schedule
from geodata.errors import GeodataError


@dataclass(frozen=True, slots=True)
class Tool:
    """A planner's tool: it shows its panel, and returns what the map draws."""

    show: Callable[[Context], OnMap]
    # Whether every hot spot has a mark as long as the tool draws nothing itself.
    begins_with_hot_spots: bool = False


TOOLS: Final[Mapping[ToolName, Tool]] = {
    "dose": Tool(dose.show, begins_with_hot_spots=True),
    "balance": Tool(balance.show, begins_with_hot_spots=True),
    "change": Tool(change.show),
    "places": Tool(places.show),
    "loop": Tool(loop.show, begins_with_hot_spots=True),
    "schedule": Tool(schedule.show, begins_with_hot_spots=True),
    "streets": Tool(streets.show),
}


def page(context: Context) -> None:
    """Show the page."""
    cached.solvers().warm_up()
    top = st.container(key="top")
    with st.container(key="workspace"):
        left, right = st.columns([60, 40], gap="small")
    # The frame first: a tool may have to wait for its answer.
    with top:
        chrome.frame(context)
    with right, st.container(key="card_scroll"), st.container(key="planning"):
        _tools(context)
        drawn = _shown(context)
    with left:
        pane.show(context, besides=replace(drawn, signs=drawn.signs or ()))


def _tools(context: Context) -> None:
    panel.show(
        context,
        "tools_panel",
        "tools.html",
        tools=[(name, context.state.with_tool(name)) for name in TOOL_NAMES],
    )


def _shown(context: Context) -> OnMap:
    chosen = context.state
    try:
        return with_hot_spots(context, TOOLS[chosen.tool].show(context))
    except GeodataError as error:
        panel.show(
            context,
            "planning_panel",
            "failure.html",
            view=f"planning/{chosen.tool}/failure",
            failure=context.words.error(error),
            afresh=chosen.with_tool(chosen.tool),
        )
        return OnMap()


def with_hot_spots(context: Context, drawn: OnMap) -> OnMap:
    """Return what a tool draws, with a mark for each hot spot where the tool begins with them."""
    chosen = context.state
    is_bare = TOOLS[chosen.tool].begins_with_hot_spots and not drawn.features
    # A form asks for one place: the others would be taken for it.
    if not is_bare or "form" in chosen.choices or "hot_spots" in chosen.hidden:
        return drawn
    asked = {"lang": chosen.language, "as_of": context.as_of.day.isoformat()}
    if chosen.promise:
        asked["promise"] = chosen.promise
    marks = hot_spot_features(context.service, Query("hot_spots", asked, context.service.catalogue))
    return replace(drawn, features=tuple(_as_mark(mark) for mark in marks))


def _as_mark(feature: Feature) -> Feature:
    properties: Any = feature["properties"]
    return {**feature, "properties": {**properties, "role": "spot"}}
