"""A planning tool's question while it is worked on: how far it has come, and a way to stop it."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard import cached, panel
from dashboard.context import Context
from dashboard.state import Sent
from geodata.service.worker import Question

WAIT_S: Final = 1.2
"""So long an answer is waited for before the page shows that it is worked on."""

POLL_S: Final = 0.5


def answer(context: Context, question: Question, tool: str) -> Any:
    """Return what a solver answers; until it does, show how far it has come."""
    solvers = cached.solvers()
    standing = solvers.ask(question, WAIT_S)
    if standing.stage == "answered":
        return standing.answer
    lost = standing.error is not None and standing.error.key == "planning.lost"
    if standing.error is not None and not lost:
        raise standing.error
    with st.container(key=f"solving_{tool}"):
        if standing.is_open:
            _progress(context, question)
        else:
            why = context.words.error(standing.error) if standing.error else None
            _shown(context, question, 0, why or context.words("planning.stopped"))
    return None


@st.fragment(run_every=POLL_S)
def _progress(context: Context, question: Question) -> None:
    standing = cached.solvers().ask(question)
    if not standing.is_open:
        st.rerun()
        return
    _shown(context, question, round(standing.share * 100), "")


def _shown(context: Context, question: Question, percent: int, stopped: str) -> None:
    panel.show(
        "solving_panel",
        "solving.html",
        view="solving",
        on_submit=partial(_submitted, question),
        **context.base("planning"),
        percent=percent,
        stopped=stopped,
    )


def _submitted(question: Question, sent: Sent) -> None:
    if sent.button == "again":
        cached.solvers().forget(question)
    else:
        cached.solvers().stop(question)
