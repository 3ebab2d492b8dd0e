"""Page set-up, navigation and language; nothing else. Streamlit runs this file."""

from __future__ import annotations

import streamlit as st

from dashboard import access, address, cached, chrome, state
from dashboard.context import open_context
from dashboard.planner import page as planning
from dashboard.screens.adding import page as adding_page
from dashboard.screens.followup import page as followup_page
from dashboard.screens.importing import page as importing_page
from dashboard.screens.map import page as map_page
from dashboard.screens.meeting import page as meeting_page
from dashboard.screens.record import page as record_page
from dashboard.screens.statement import page as statement_page
from geodata.errors import GeodataError
from geodata.texts import words


def main() -> None:
    """Set the page up, read the address, and run the page it names; word what goes wrong."""
    st.set_page_config(page_title="Löfteskartan", page_icon=chrome.ICON, layout="wide")
    told = words(state.read()[0].language)
    try:
        if access.may_read(st.context.headers, cached.service().settings):
            _run_page()
        else:
            chrome.apology(told("access.refused"))
    except GeodataError as error:
        chrome.apology(told.error(error))


def _run_page() -> None:
    pages = {
        "map": st.Page(lambda: _show(map_page.page), title="Karta", default=True),
        "followup": st.Page(
            lambda: _show(followup_page.page),
            title="Uppföljning",
            url_path=address.PAGE_PATHS["followup"],
        ),
        "meeting": st.Page(
            lambda: _show(meeting_page.page), title="Möte", url_path=address.PAGE_PATHS["meeting"]
        ),
        "record": st.Page(
            lambda: _show(record_page.page),
            title="Registrera",
            url_path=address.PAGE_PATHS["record"],
        ),
        "planning": st.Page(
            lambda: _show(planning.page), title="Planera", url_path=address.PAGE_PATHS["planning"]
        ),
        "importing": st.Page(
            lambda: _show(importing_page.page),
            title="Importera",
            url_path=address.PAGE_PATHS["importing"],
        ),
        "adding": st.Page(
            lambda: _show(adding_page.page), title="Löften", url_path=address.PAGE_PATHS["adding"]
        ),
        "statement": st.Page(
            lambda: _show(statement_page.page),
            title="Tillgänglighet",
            url_path=address.PAGE_PATHS["statement"],
        ),
    }
    current = st.navigation(list(pages.values()), position="hidden")
    wanted = state.take_pending_page()
    if wanted is not None and pages[wanted] is not current:
        st.switch_page(pages[wanted], query_params=state.current_query())
    current.run()


def _show(page: chrome.PageFunction) -> None:
    page(open_context(cached.service()))


main()
