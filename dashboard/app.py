"""Page set-up, navigation and language; nothing else. Streamlit runs this file."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboard import access, cached, chrome, state
from dashboard.access import Account
from dashboard.address import PAGE_PATHS, PageName
from dashboard.context import open_context
from dashboard.planner import page as planning
from dashboard.screens import duties, importing, record, statement
from dashboard.screens import map as map_page
from dashboard.screens.adding import page as adding_page
from dashboard.screens.followup import page as followup_page
from dashboard.screens.meeting import page as meeting_page
from geodata.errors import GeodataError, RegisterError
from geodata.texts import words

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

# What shows each page, and its title until that is done.
PAGES: Final[Mapping[PageName, tuple[chrome.PageFunction, str]]] = {
    "map": (map_page.page, "Karta"),
    "followup": (followup_page.page, "Uppföljning"),
    "duties": (duties.page, "Att göra"),
    "meeting": (meeting_page.page, "Möte"),
    "record": (record.page, "Registrera"),
    "planning": (planning.page, "Planera"),
    "importing": (importing.page, "Importera"),
    "adding": (adding_page.page, "Löften"),
    "statement": (statement.page, "Tillgänglighet"),
}


def main() -> None:
    """Set the page up, read the address, and run the page it names; word what goes wrong."""
    st.set_page_config(page_title="Löfteskartan", page_icon=chrome.ICON, layout="wide")
    told = words(state.read()[0].language)
    try:
        settings = cached.service().settings
        if access.may_read(st.context.headers, settings):
            _run_page(state.account(settings))
        else:
            chrome.apology(told("access.refused"))
    except RegisterError as error:
        chrome.apology(told.error(error))
        chrome.try_again(count())
    except GeodataError as error:
        chrome.apology(told.error(error))


def _run_page(account: Account) -> None:
    pages = {name: _page(account, name, *told) for name, told in PAGES.items()}
    current = st.navigation(list(pages.values()), position="hidden")
    wanted = pages[state.settle(next(name for name in pages if pages[name] is current))]
    if wanted is not current:
        st.switch_page(wanted, query_params=state.current_query())
    current.run()


def _page(account: Account, name: PageName, show: chrome.PageFunction, title: str) -> StreamlitPage:
    def run() -> None:
        may_see = account.may(access.PAGES[name])
        context = open_context(cached.service_for(account), name, account)
        chrome.note_opening(context, may_see=may_see)
        if may_see:
            show(context)
        else:
            chrome.refusal(context)

    return st.Page(
        run, title=title, url_path=PAGE_PATHS[name] or None, default=not PAGE_PATHS[name]
    )


main()
