"""Karta: the map, and beside it the list of areas or the card of what is selected."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import panel
from dashboard.state import Sent
from dashboard.views import cards, chrome, mapping, versions
from dashboard.views.context import Context


def page(context: Context) -> None:
    """Show the page."""
    top = st.container(key="top")
    with st.container(key="workspace"):
        left, right = st.columns([mapping.MAP_SHARE, 100 - mapping.MAP_SHARE], gap="small")
    # The card first: it is what a click waits for.
    with right, st.container(key="card_scroll"):
        _card(context)
    with top:
        chrome.frame(context, "map")
    with left:
        mapping.show(context)


def _submitted(context: Context, sent: Sent) -> None:
    versions.submitted(context, sent)


def _card(context: Context) -> None:
    card = cards.choose(context)
    with st.container(key=card.container):
        panel.show(
            "card_panel",
            card.template,
            view=card.view,
            on_submit=partial(_submitted, context),
            focus=context.moved_by not in (None, *chrome.PANELS, mapping.LEGEND_PANEL),
            **context.base("map"),
            **card.values,
        )
