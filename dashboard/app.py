"""Page set-up, navigation and language; nothing else. Streamlit runs this file."""

from __future__ import annotations

import streamlit as st

from dashboard import access, cached, state
from dashboard.views import chrome, followup, overview
from dashboard.views.context import Context, open_context


def main() -> None:
    """Set the page up, read the address, and run the page it names."""
    st.set_page_config(page_title="Löfteskartan", page_icon=chrome.ICON, layout="wide")
    service = cached.service()
    if not access.may_read(st.context.headers, service.settings):
        st.stop()
    pages = {
        "map": st.Page(lambda: _run(overview.page), title="Karta", url_path="karta", default=True),
        "followup": st.Page(
            lambda: _run(followup.page),
            title="Uppföljning",
            url_path=state.PAGE_PATHS["followup"],
        ),
    }
    current = st.navigation(list(pages.values()), position="hidden")
    wanted = state.take_pending_page()
    if wanted is not None and pages[wanted] is not current:
        st.switch_page(pages[wanted], query_params=state.current_query())
    current.run()


def _run(page: chrome.PageFunction) -> None:
    context: Context = open_context(cached.service())
    page(context)


main()
