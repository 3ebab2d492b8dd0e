"""Möte: a steering group's meeting, step by step on one screen and on those that follow it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final
from uuid import uuid4

import streamlit as st

from dashboard import cached, chrome, pane, panel, state
from dashboard.context import Context
from dashboard.forms import draft
from dashboard.screens.meeting import minutes, stage
from dashboard.state import FormState, Sent
from geodata.errors import GeodataError
from geodata.model import Meeting
from geodata.service import AsOf
from geodata.service.meetings import agenda_of, held_before, meetings, moved, set_discussed

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
    kept = state.form(START_DRAFT)
    values = {**_suggested(context), **kept.values}
    held = meetings(context.service)
    shown = held if context.state.list_page else held[:SHOWN_MEETINGS]
    with st.container(key="meeting_page"):
        panel.show(
            context,
            "meeting_panel",
            "meeting_start.html",
            view="meeting/start",
            attempt=draft.attempt(kept),
            on_submit=partial(_begin, context),
            **draft.outcome(context, "meeting", kept, values),
            draft=START_DRAFT,
            v=values,
            meetings=[
                (one, replace(context.state.cleared(), meeting=one.id, step=_resumed(context, one)))
                for one in shown
            ],
            more=len(held) - len(shown),
            everything=replace(context.state, list_page=1),
            promises=[
                promise
                for promise in context.service.catalogue.promises
                if not promise.archived or promise.id == values.get("promise")
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
    if meeting.ended or (leads and context.state.step == minutes.CLOSING):
        minutes.page(context, meeting)
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
    chrome.style()
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
        try:
            set_discussed(held.context.service, held.meeting.id, held.name, done=done, by=by)
        except GeodataError as error:
            state.keep_form(sent.draft, FormState(answer=error))
            return
        state.drop_form(sent.draft)
        return
    if sent.button == "note":
        stage.save_note(held, sent)
        return
    stage.save_decision(held, sent)
