"""A meeting's minutes: how it is closed, what was frozen then, and what has come since."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import streamlit as st

from dashboard import chrome, panel, state
from dashboard.address import ViewState, whole_number
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.screens.meeting.stage import DOCUMENTS, parties_of
from dashboard.state import Sent
from geodata.model import Meeting
from geodata.service.meetings import Closing, closings, frozen, late_after
from geodata.service.reporting import close, reopen

CLOSING: Final = "close"
"""The step at which a meeting is closed; it is none of the agenda's."""

FIGURES: Final = (1, 2, 3, 4, 5)
"""The columns of the frozen matrix that are shown: the rest is in the file."""

LATE_SHOWN: Final = 50


def page(context: Context, meeting: Meeting) -> None:
    """Show the form that closes a meeting, or what it left once it is closed."""
    chrome.frame(context)
    service, name = context.service, f"close/{meeting.id}"
    versions = closings(service, meeting.id) if meeting.ended else ()
    late = late_after(service, meeting) if meeting.ended else ()
    told = () if meeting.ended else service.scope(meeting.promise_id, meeting.day).promises
    parties = parties_of(context, told)
    kept = state.form(name)
    functions = {f"function/{id_}": who for id_, who in meeting.present}
    suggested = {f"function/{party.id}": "" for party in parties} | functions
    values = {
        **suggested,
        "present": tuple(id_ for id_, _ in meeting.present),
        "reason": "",
        **kept.values,
        "expected": str(service.newest_number("meeting", meeting.id)),
    }
    with st.container(key="meeting_page"):
        panel.show(
            context,
            "meeting_panel",
            "minutes.html",
            view=f"meeting/{meeting.id}/{CLOSING}/{meeting.ended}",
            attempt=draft.attempt(kept),
            on_submit=partial(_submitted, context, meeting, name),
            **draft.outcome(context, "meeting", kept, values),
            draft=name,
            v=values,
            meeting=meeting,
            parties=parties,
            closings=versions[::-1],
            documents=DOCUMENTS,
            figures=_figures(context, meeting, versions),
            late=late[:LATE_SHOWN],
            more=len(late[LATE_SHOWN:]),
            back=replace(context.state, step="decisions"),
            leave=ViewState(language=context.state.language),
        )


def _figures(context: Context, meeting: Meeting, versions: Sequence[Closing]) -> list[list[str]]:
    """Return the frozen matrix, its headings first: read from the file that was kept."""
    if not versions:
        return []
    body = frozen(context.service, meeting.id, f"{context.state.language}/matris.csv")
    rows = csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";")
    return [[row[column] for column in FIGURES] for row in rows]


def _submitted(context: Context, meeting: Meeting, name: str, sent: Sent) -> Any:
    do = reopen if sent.button == "reopen" else close
    expected = whole_number(sent.values.get("expected"))
    saved = draft.save(
        name, sent, partial(do, context.service, meeting.id, expected_number=expected)
    )
    if saved is not None:
        now, _ = state.read()
        state.write(replace(now, step=None))
