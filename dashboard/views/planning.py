"""Planera: the map beside a planner's tools, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import streamlit as st

from dashboard import cached, panel
from dashboard.address import TOOL_NAMES, ToolName
from dashboard.views import chrome, mapping, plan_hot_spot
from dashboard.views.context import Context
from dashboard.views.on_map import OnMap
from geodata.errors import GeodataError

Tool = Callable[[Context], OnMap]


def _module(name: ToolName) -> Tool:
    try:
        found: Tool = import_module(f"dashboard.views.plan_{name}").show
    except ModuleNotFoundError:
        return lambda _context: OnMap()
    return found


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
        mapping.show(context, "planning", drawn=drawn)


def _tools(context: Context) -> None:
    panel.show(
        "tools_panel",
        "plan_tools.html",
        **context.base("planning"),
        tools=[(name, context.state.with_tool(name)) for name in TOOL_NAMES],
    )


def _shown(context: Context) -> OnMap:
    chosen = context.state
    if chosen.tool == "dose" and chosen.choices.get("form") in plan_hot_spot.FORMS:
        return plan_hot_spot.show(context)
    try:
        return _module(chosen.tool)(context)
    except GeodataError as error:
        panel.show(
            "planning_panel",
            "plan_failure.html",
            view=f"planning/{chosen.tool}/failure",
            **context.base("planning"),
            failure=context.words.error(error),
            afresh=chosen.with_tool(chosen.tool),
        )
        return OnMap()
