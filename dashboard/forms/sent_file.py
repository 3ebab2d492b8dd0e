"""A file from outside while it is read elsewhere: how long it takes is seen, and can be stopped."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from dashboard import cached, panel
from dashboard.address import PageName
from dashboard.context import Context
from dashboard.jobs.processes import Standing
from dashboard.state import Sent
from geodata.service.worker import Question

WAIT_S: Final = 2.5
"""So long a file is waited for before the page shows that it is read: most are read by then."""

POLL_S: Final = 0.6


def answer(context: Context, question: Question, page: PageName) -> Standing | None:
    """Return what came of reading a file, once; while it is read, show that."""
    readers = cached.readers()
    standing = readers.ask(question, WAIT_S)
    if not standing.is_open:
        readers.forget(question)
        return standing
    with st.container(key="reading"):
        _progress(context, question, page)
    return None


@st.fragment(run_every=POLL_S)
def _progress(context: Context, question: Question, page: PageName) -> None:
    if not cached.readers().ask(question).is_open:
        st.rerun()
        return
    panel.show(
        "reading_panel",
        "reading.html",
        view="reading",
        on_submit=partial(_stopped, question),
        **context.base(page),
    )


def _stopped(question: Question, _sent: Sent) -> None:
    cached.readers().stop(question)
