"""Planera: the map beside a planner's tools, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st

from dashboard import cached, chrome, pane, panel
from dashboard.address import TOOL_NAMES, ToolName
from dashboard.context import Context
from dashboard.pane import OnMap
from dashboard.views.planning import (
    balance,
    change,
    dose,
    hot_spot,
    loop,
    places,
    schedule,
    streets,
)
from dashboard.views.planning.dose_map import with_hot_spots
from geodata.errors import GeodataError

Tool = Callable[[Context], OnMap]

TOOLS: Final[Mapping[ToolName, Tool]] = {
    "dose": dose.show,
    "balance": balance.show,
    "change": change.show,
    "places": places.show,
    "loop": loop.show,
    "schedule": schedule.show,
    "streets": streets.show,
}


def page(context: Context) -> None:
    """Show the page."""
    cached.solvers().warm_up()
    top = st.container(key="top")
    with st.container(key="workspace"):
        left, right = st.columns([60, 40], gap="small")
    # The frame first: a tool may have to wait for its answer.
    with top:
        chrome.frame(context, "planning")
    with right, st.container(key="card_scroll"), st.container(key="planning"):
        _tools(context)
        drawn = _shown(context)
    with left:
        pane.show(context, "planning", drawn=drawn)


def _tools(context: Context) -> None:
    panel.show(
        "tools_panel",
        "planning/tools.html",
        **context.base("planning"),
        tools=[(name, context.state.with_tool(name)) for name in TOOL_NAMES],
    )


def _shown(context: Context) -> OnMap:
    chosen = context.state
    if chosen.tool == "dose" and chosen.choices.get("form") in hot_spot.FORMS:
        return hot_spot.show(context)
    try:
        return with_hot_spots(context, TOOLS[chosen.tool](context))
    except GeodataError as error:
        panel.show(
            "planning_panel",
            "planning/failure.html",
            view=f"planning/{chosen.tool}/failure",
            **context.base("planning"),
            failure=context.words.error(error),
            afresh=chosen.with_tool(chosen.tool),
        )
        return OnMap()
