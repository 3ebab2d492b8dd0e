"""What another process works on: how far it has come is seen while it does, and can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard import cached, panel, state
from dashboard.context import Context
from dashboard.jobs.processes import Solvers, Standing
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError, IntakeError
from geodata.service.worker import FileQuestion, Question

SOLVED_S: Final = 1.2
"""So long an answer is waited for before the page shows that it is worked on."""

READ_S: Final = 2.5
"""So long a file is waited for, likewise: most are read by then."""

POLL_S: Final = 0.5


@st.fragment(run_every=POLL_S)
def follow(show: Callable[[], bool]) -> None:
    """Show how far something has come, time and again, until `show` tells that it has ended."""
    if not show():
        # What comes next is another page: another panel, and another map.
        st.rerun()


def answer(context: Context, question: Question, tool: str) -> Any:
    """Return what a solver answers; until it does, show how far it has come."""
    standing = cached.solvers().ask(question, SOLVED_S)
    if standing.stage == "answered":
        return standing.answer
    if standing.error is not None and standing.error.key != "planning.lost":
        raise standing.error
    with st.container(key=f"solving_{tool}"):
        if standing.is_open:
            follow(partial(_at_work, context, "solving", cached.solvers(), question))
        else:
            w = context.words
            why = w.error(standing.error) if standing.error else w("planning.stopped")
            _show(context, "solving", cached.solvers(), question, percent=0, stopped=why)
    return None


def attempt(context: Context, ask: Callable[[], Question], tool: str) -> tuple[Any, str]:
    """Return the answer to a question, None where there is none yet, and why there can't be one."""
    try:
        return answer(context, ask(), tool), ""
    except GeodataError as error:
        return None, context.words.error(error)


def _at_work(context: Context, what: str, solvers: Solvers, question: Question) -> bool:
    standing = solvers.ask(question)
    if standing.is_open:
        percent = round(standing.share * 100)
        _show(context, what, solvers, question, percent=percent, stopped="")
    return standing.is_open


def read(context: Context, question: Question) -> Standing | None:
    """Return what came of reading a file from outside, once; while it is read, show that."""
    standing = cached.readers().ask(question, READ_S)
    if not standing.is_open:
        cached.readers().forget(question)
        return standing
    with st.container(key="reading"):
        follow(partial(_at_work, context, "reading", cached.readers(), question))
    return None


def sent(button: str, solve: Callable[..., Any], *given: Any) -> object:
    """Return what is asked of the file whose id a button tells, or that it is gone."""
    upload = cached.uploads().find(button.partition(":")[2])
    return FileQuestion(solve, upload.path, given) if upload else IntakeError("reading.gone")


def drop(path: Path) -> None:
    """Keep a file that was sent no longer."""
    upload = cached.uploads().find(path.parent.name)
    if upload is not None:
        cached.uploads().drop(upload)


def with_file(
    context: Context,
    name: str,
    kept: FormState,
    take: Callable[[FormState, Any, Path], FormState],
) -> FormState:
    """Return a form with what the file holds that was sent with it, once that has been read.

    What is asked of the file is the form's answer until then. `take` is given the form, what was
    read and the file's path, and returns the form that holds it; where there is nothing it is not
    called, and why is the form's answer.
    """
    question = kept.answer
    if not isinstance(question, FileQuestion):
        return kept
    standing = read(context, question)
    if standing is None:
        return kept
    drop(question.path)
    kept = replace(kept, answer=standing.error)
    if standing.stage == "answered":
        kept = take(kept, standing.answer, question.path)
    state.keep_form(name, kept)
    return state.form(name)


def _show(context: Context, what: str, solvers: Solvers, question: Question, **values: Any) -> None:
    def submitted(sent: Sent) -> None:
        if sent.button == "again":
            solvers.forget(question)
        else:
            solvers.stop(question)

    panel.show(context, f"{what}_panel", f"{what}.html", view=what, on_submit=submitted, **values)
