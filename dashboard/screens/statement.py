"""Tillgänglighet: what was tested and how, what falls short, and where to report it."""

from __future__ import annotations

import streamlit as st

from dashboard import chrome, look, panel
from dashboard.context import Context


def page(context: Context) -> None:
    """Show the page."""
    chrome.frame(context)
    with st.container(key="reading"):
        panel.show(
            context,
            "statement_panel",
            "statement.html",
            view="statement",
            focus=context.moved_by not in (None, *chrome.PANELS),
            held_to=look,
            page_names=[context.words(f"page.{name}") for name in (*chrome.PAGES, "statement")],
        )
