"""Möte: a steering group's meeting, step by step on every screen that follows it; its minutes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import uuid4

import streamlit as st

from dashboard import cached, chrome, pane, panel, state
from dashboard.address import ViewState, whole_number
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.screens.meeting import stage
from dashboard.state import FormState, Sent, Values
from geodata.errors import GeodataError
from geodata.model import Meeting
from geodata.service import AsOf
from geodata.service.meetings import (
    Closing,
    agenda_of,
    closings,
    frozen,
    held_before,
    late_after,
    meetings,
    moved,
    set_discussed,
    set_note,
)
from geodata.service.reporting import close, reopen

START_DRAFT: Final = "meeting/new"
SHOWN_MEETINGS: Final = 8


def page(context: Context) -> None:
    """Show the page: the meeting that the address names, or where one is begun."""
    if context.state.meeting is None:
        _start(context)
    else:
        _hold(context, context.service.meeting(context.state.meeting))


# --- beginning -------------------------------------------------------------------------------


def _start(context: Context) -> None:
    chrome.frame(context)
    told = draft.typed(context, "meeting", START_DRAFT, _suggested(context))
    held = meetings(context.service)
    shown = held if context.state.list_page else held[:SHOWN_MEETINGS]
    with st.container(key="meeting_page"):
        panel.show(
            context,
            "meeting_panel",
            "meeting_start.html",
            view="meeting/start",
            attempt=draft.attempt(told["kept"]),
            on_submit=partial(_begin, context),
            **told,
            meetings=[
                (one, replace(context.state.cleared(), meeting=one.id, step=_resumed(context, one)))
                for one in shown
            ],
            more=len(held) - len(shown),
            everything=replace(context.state, list_page=1),
            promises=[
                promise
                for promise in context.service.catalogue.promises
                if not promise.archived or promise.id == told["v"]["promise"]
            ],
        )


def _suggested(context: Context) -> dict[str, str]:
    day = context.as_of.day
    before = held_before(context.service, day, context.state.promise)
    return {
        "id": str(uuid4()),
        "day": day.isoformat(),
        "since": before.isoformat(),
        "next_day": moved(day, day - before).isoformat(),
        "promise": context.state.promise or "",
    }


def _begin(context: Context, sent: Sent) -> None:
    saved = draft.save_record(context, "meeting", START_DRAFT, sent)
    if saved is not None:
        begun = replace(context.state.cleared(), meeting=saved.record.id, step=None, as_of=None)
        state.go_to(begun, "meeting")


def _resumed(context: Context, meeting: Meeting) -> str | None:
    """Return the step where a meeting was left, else the first that is not discussed."""
    if meeting.ended:
        return None
    at = cached.live().at(meeting.id)
    if at is not None:
        return at.step
    steps = agenda_of(context.service, meeting).steps
    left = [name for name in steps if name not in meeting.discussed]
    return left[0] if meeting.discussed and left else None


# --- holding ---------------------------------------------------------------------------------


def _hold(context: Context, meeting: Meeting) -> None:
    leads = context.account.may("meet")
    if meeting.ended or (leads and context.state.step == CLOSING):
        _minutes(context, meeting)
        return
    agenda = agenda_of(context.service, meeting)
    chosen = context.state
    name = chosen.step if chosen.step in agenda.steps else agenda.steps[0]
    live = cached.live()
    moved = context.moved_by == stage.PANEL or (context.moved_by == "map")
    if moved and leads and not chosen.alone:
        live.move(meeting.id, name)
    at = live.at(meeting.id)
    held = stage.Held(_told_of(context, meeting, name), meeting, agenda, name)
    with st.container(key="stage_side"):
        panel.show(
            held.context,
            stage.PANEL,
            "stage.html",
            view=f"meeting/{meeting.id}/{name}/{chosen.decision or ''}",
            focus=context.moved_by == stage.PANEL,
            attempt=stage.attempt(held),
            on_ask=partial(_asked, meeting),
            on_submit=partial(_submitted, held),
            **stage.values(held, turn=at.turn if at else 0),
        )
    with st.container(key="stage_map"):
        pane.show(held.context, legend=False, large=True)


def _told_of(context: Context, meeting: Meeting, name: str) -> Context:
    """Return the context as of the meeting's day, with the step's area selected."""
    service = context.service
    promises = service.scope(meeting.promise_id, meeting.day).promises
    area = stage.area_of(name)
    chosen = replace(
        context.state, promise=meeting.promise_id, as_of=meeting.day, area=area, hidden=("places",)
    )
    return replace(
        context,
        state=chosen,
        promises=promises,
        as_of=AsOf(meeting.day, "chosen"),
        progress=service.progress(meeting.day),
        attention=service.attention(promises, meeting.day),
    )


def _asked(meeting: Meeting, sent: Sent) -> None:
    """Do what a screen that follows asks for: see the step that the meeting is at, or anew."""
    at = cached.live().at(meeting.id)
    now, _ = state.read()
    if sent.button == "follow" and at is not None and now.meeting == meeting.id:
        state.write(replace(now, step=at.step, decision=None, list_page=0))


def _submitted(held: stage.Held, sent: Sent) -> None:
    if sent.button in ("discuss", "undiscuss"):
        by = held.context.account.function or held.context.words("meeting.group")
        done = sent.button == "discuss"
        do = partial(set_discussed, held.context.service, held.meeting.id, held.name)
        error = draft.tried(partial(do, done=done, by=by))
        if isinstance(error, GeodataError):
            state.keep_form(sent.draft, FormState(answer=error))
        else:
            state.drop_form(sent.draft)
        return
    if sent.button == "note":
        save = partial(set_note, held.context.service, held.meeting.id, held.name)
        draft.save(held.note_draft, sent, save)
        return
    stage.save_decision(held, sent)


# --- its minutes -----------------------------------------------------------------------------

CLOSING: Final = "close"
"""The step at which a meeting is closed; it is none of the agenda's."""

FIGURES: Final = (1, 2, 3, 4, 5)
"""The columns of the frozen matrix that are shown: the rest is in the file."""

LATE_SHOWN: Final = 50


def _minutes(context: Context, meeting: Meeting) -> None:
    """Show the form that closes a meeting, or what it left once it is closed."""
    chrome.frame(context)
    service, name = context.service, f"close/{meeting.id}"
    versions = closings(service, meeting.id) if meeting.ended else ()
    late = late_after(service, meeting) if meeting.ended else ()
    promises = () if meeting.ended else service.scope(meeting.promise_id, meeting.day).promises
    parties = stage.parties_of(context, promises)
    functions = {f"function/{id_}": who for id_, who in meeting.present}
    suggested: Values = {
        **{f"function/{party.id}": "" for party in parties},
        **functions,
        "present": tuple(id_ for id_, _ in meeting.present),
        "reason": "",
    }
    expected = str(service.newest_number("meeting", meeting.id))
    told = draft.typed(context, "meeting", name, suggested, expected=expected)
    with st.container(key="meeting_page"):
        panel.show(
            context,
            "meeting_panel",
            "minutes.html",
            view=f"meeting/{meeting.id}/{CLOSING}/{meeting.ended}",
            attempt=draft.attempt(told["kept"]),
            on_submit=partial(_close, context, meeting, name),
            **told,
            meeting=meeting,
            parties=parties,
            closings=versions[::-1],
            documents=stage.DOCUMENTS,
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


def _close(context: Context, meeting: Meeting, name: str, sent: Sent) -> None:
    do = reopen if sent.button == "reopen" else close
    expected = whole_number(sent.values.get("expected"))
    saved = draft.save(
        name, sent, partial(do, context.service, meeting.id, expected_number=expected)
    )
    if saved is not None:
        now, _ = state.read()
        state.write(replace(now, step=None))
